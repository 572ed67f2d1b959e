"""The normal forms: polynomials of einsum-monomials.

An *atom* is a closed *head* at indices: x at (i, k), tanh(Σ_j ·p[0],j ·p[1]...) at (i, k). A head never mentions the
indices around it: what is inside speaks of its own slots only (its ports, which the atom fills, and the indices that
it binds). So nothing can be captured, and two heads are the same object exactly when they are the same but for the
names of bound indices, the order of the ports, and the order of sums and factors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import count
from typing import Any

from .labelling import Symmetries, label
from .size import Index, Size
from .terms import ArraySymbol, Function, ScalarSymbol

Exponent = int | Fraction
"""Whole, but for exponentials: exp(u) to the 1/2 is exp(u/2)."""

NO_SYMMETRY = Symmetries()

_serial = count()


class Head:
    """What an atom is, whatever its indices: an entry, a size, a sum, a function of a polynomial, ...

    Attributes
    ----------
    kind : str
        "entry", "size", "scalar", "delta", "sum", "max", "exp", "apply", "group" (a polynomial of several terms,
        only ever divided by), "pos" (1 where the inside is > 0), "zero" (1 where it is 0).
    data : ArraySymbol, Size, ScalarSymbol, Function or None
    ports : tuple of Size
        What the indices of an atom run over, in order.
    inner : mapping
        The polynomial inside, over `slots`: the ports, then the bound indices.
    symmetries : Symmetries
        Orders of the indices that make no difference.
    """

    __slots__ = ("__dict__", "bound", "data", "inner", "kind", "number", "ports", "symmetries")

    def __init__(
        self,
        kind: str,
        data: Any,
        ports: tuple[Size, ...],
        bound: tuple[Size, ...] = (),
        inner: Poly | None = None,
        symmetries: Symmetries = NO_SYMMETRY,
    ) -> None:
        self.kind = kind
        self.data = data
        self.ports = ports
        self.bound = bound
        self.inner: Poly = {} if inner is None else inner
        self.symmetries = symmetries
        self.number = next(_serial)

    @cached_property
    def slots(self) -> tuple[Index, ...]:
        """What the inside calls its ports and its bound indices."""
        return tuple(slot(size, n) for n, size in enumerate((*self.ports, *self.bound)))

    @cached_property
    def symbols(self) -> frozenset[ArraySymbol | ScalarSymbol]:
        """All arrays and scalars that occur, at any depth."""
        if self.kind in ("entry", "scalar"):
            return frozenset((self.data,))
        return symbols(self.inner)

    @cached_property
    def positive(self) -> bool:
        """Whether every value is > 0, as can be seen from how it is built."""
        if self.kind in ("size", "exp"):
            return True
        if self.kind in ("entry", "scalar"):
            return "positive" in self.data.traits
        return self.kind in ("sum", "group", "max") and definite(self.inner) == (1, True)

    @cached_property
    def nonnegative(self) -> bool:
        """Whether every value is >= 0, as can be seen from how it is built."""
        if self.positive or self.kind in ("pos", "zero", "delta"):
            return True
        if self.kind in ("entry", "scalar"):
            return "nonnegative" in self.data.traits
        return self.kind in ("sum", "group", "max") and definite(self.inner)[0] == 1

    @cached_property
    def is_indicator(self) -> bool:
        """Whether every value is 0 or 1."""
        return self.kind in ("pos", "zero", "delta")


@dataclass(frozen=True, slots=True)
class Atom:
    """A head at indices."""

    head: Head
    indices: tuple[Index, ...]

    @property
    def key(self) -> tuple[int, ...]:
        """Where it stands among the factors of a monomial."""
        return (self.head.number, *(index.number for index in self.indices))


Monomial = tuple[tuple[Atom, Exponent], ...]
"""Factors with their powers, in order; bound indices are inside of "sum" atoms only."""

Poly = dict[Monomial, Fraction]
"""Monomials and their coefficients, none of them 0. Never changed once it is made."""

UNIT: Monomial = ()

_slots: dict[tuple[int, int], Index] = {}
_heads: dict[Any, Head] = {}


def slot(size: Size, n: int) -> Index:
    """Give the n-th slot of a head, if it is of this size."""
    found = _slots.get((size.number, n))
    if found is None:
        found = _slots[size.number, n] = Index(size, f"·{n}")
    return found


def simple_head(kind: str, data: Any, ports: tuple[Size, ...]) -> Head:
    """Give the head of an entry, a size, a scalar or a delta."""
    key = (kind, data, tuple(size.number for size in ports))
    found = _heads.get(key)
    if found is None:
        symmetries = Symmetries(blocks=((0, 1),)) if kind == "delta" else NO_SYMMETRY
        found = _heads[key] = Head(kind, data, ports, symmetries=symmetries)
    return found


def atom(head: Head, indices: Iterable[Index]) -> Atom:
    """Put a head at indices, in the first of the orders that make no difference."""
    at = tuple(indices)
    if any(head.symmetries):
        by_number = {index.number: index for index in at}
        at = tuple(by_number[n] for n in head.symmetries.first(tuple(index.number for index in at)))
    return Atom(head, at)


def close(
    kind: str, data: Function | None, inner: Poly, bound: Iterable[Index] = ()
) -> tuple[Atom, tuple[Any, ...]]:
    """Close a polynomial into an atom: its free indices become ports, in canonical order.

    Also give the encoding, by which a polynomial and its negative are compared.
    """
    bound = tuple(bound)
    free = sorted(indices(inner) - set(bound), key=lambda index: index.number)
    found = label(inner, free, bound)
    ports = tuple(index.size for index in found.free)
    binds = tuple(index.size for index in found.bound)
    sizes = tuple(size.number for size in (*ports, *binds))
    key = (kind, data, len(ports), sizes, found.encoding)
    head = _heads.get(key)
    if head is None:
        to = {index: slot(index.size, n) for n, index in enumerate((*found.free, *found.bound))}
        closed = {relabel(monomial, to): coefficient for monomial, coefficient in inner.items()}
        head = _heads[key] = Head(kind, data, ports, binds, closed, found.symmetries)
    return atom(head, found.free), (sizes, found.encoding)


def relabel(monomial: Monomial, to: Mapping[Index, Index]) -> Monomial:
    """Rename indices one to one."""
    return ordered((atom(a.head, (to.get(i, i) for i in a.indices)), power) for a, power in monomial)


def ordered(factors: Iterable[tuple[Atom, Exponent]]) -> Monomial:
    """Put factors in order."""
    return tuple(sorted(factors, key=lambda factor: factor[0].key))


def atoms(poly: Poly) -> Iterator[tuple[Atom, Exponent]]:
    """Give every factor of every monomial."""
    for monomial in poly:
        yield from monomial


def indices(poly: Poly) -> set[Index]:
    """Give the free indices."""
    return {index for a, _ in atoms(poly) for index in a.indices}


def symbols(poly: Poly) -> frozenset[ArraySymbol | ScalarSymbol]:
    """Give all arrays and scalars that occur, at any depth."""
    return frozenset(symbol for a, _ in atoms(poly) for symbol in a.head.symbols)


def definite(poly: Poly) -> tuple[int, bool]:
    """Say what is seen of the sign: (1, strictly) if never negative, (-1, strictly) if never positive, else 0."""
    direction, strictly = 0, False
    for monomial, coefficient in poly.items():
        sign = 1 if coefficient > 0 else -1
        if not all(
            a.head.nonnegative or (power.denominator == 1 and power % 2 == 0) for a, power in monomial
        ):
            return 0, False
        if direction not in (0, sign):
            return 0, False
        direction = sign
        strictly |= all(a.head.positive for a, _ in monomial)
    return direction, strictly
