"""Normal forms of terms, with the premises under which the run that made them is what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from . import calculus
from .calculus import ONE, multiply, scale, subtract
from .poly import Atom, Head, Poly, atom, close, simple_head
from .size import Index, Size, Unsupported
from .terms import (
    LOG,
    Add,
    Apply,
    ArraySymbol,
    At,
    Delta,
    Diff,
    EntryTerm,
    IsPositive,
    IsZero,
    Max,
    Mul,
    Not,
    Number,
    Power,
    ScalarTerm,
    SizeTerm,
    Sum,
    Template,
    Term,
    Truth,
    Where,
)


@dataclass(frozen=True)
class Premise:
    """What has to hold, for all values of the indices, so that a run is defined, or differentiable.

    Attributes
    ----------
    kind : str
        "nonzero" (something is divided by it), "positive" (its logarithm is taken), "kink" (a derivative was taken
        where this is not 0).
    about : polynomial
    violation : polynomial
        1 where the premise is violated: so it must be 0.
    """

    kind: str
    about: Poly
    violation: Poly

    def __hash__(self) -> int:
        return hash((self.kind, self.closed.number))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Premise) and (self.kind, self.closed) == (other.kind, other.closed)

    @property
    def closed(self) -> Head:
        """The violation whatever the indices are called: premises are meant for all of them."""
        return close("premise", None, self.violation)[0].head

    def renamed(self, to: Mapping[Index, Index]) -> Premise:
        """Put other indices."""
        return Premise(self.kind, calculus.rename(self.about, to), calculus.rename(self.violation, to))

    def only_where(self, condition: Poly) -> Premise:
        """Weaken: it has to hold only where the condition does."""
        return Premise(self.kind, self.about, multiply(condition, self.violation))

    def __str__(self) -> str:
        from .printing import premise_text

        return premise_text(self)


@dataclass(frozen=True)
class Normal:
    """A normal form and the premises that came along."""

    poly: Poly
    premises: frozenset[Premise] = frozenset()

    def __str__(self) -> str:
        from .printing import text

        return text(readback(self.poly))


def normalise(term: Term) -> Normal:
    """Bring a term to its normal form."""
    match term:
        case Number(value):
            return Normal(calculus.constant(value))
        case Truth(truth):
            return Normal(calculus.constant(int(truth)))
        case Not(condition):
            return _joined(subtract(ONE, condition.normal.poly), (condition,))
        case SizeTerm(size):
            return Normal(calculus.size_poly(size))
        case ScalarTerm(symbol):
            return Normal(calculus.of_atom(Atom(simple_head("scalar", symbol, ()), ())))
        case EntryTerm(array, indices):
            return Normal(calculus.of_atom(entry_atom(array, indices)))
        case Delta(left, right):
            return Normal(delta_poly(left, right))
        case Add(parts):
            return _joined(calculus.add(*(part.normal.poly for part in parts)), parts)
        case Mul(parts):
            return _joined(calculus.product(part.normal.poly for part in parts), parts)
        case Power(base, power):
            found = _joined(calculus.power(base.normal.poly, power), (base,))
            if power >= 0:
                return found
            if not base.normal.poly:
                raise ZeroDivisionError(f"division by {base}, which is 0 whatever the values")
            return _with(found, "nonzero", base.normal.poly, calculus.zero(base.normal.poly))
        case Sum(index, body):
            return _joined(calculus.bind(index, body.normal.poly), (body,))
        case Max(index, body):
            return _joined(calculus.greatest(index, body.normal.poly), (body,))
        case Apply(function, argument):
            u = argument.normal.poly
            found = _joined(calculus.apply(function, u), (argument,))
            return (
                _with(found, "positive", u, subtract(ONE, calculus.positive(u))) if function == LOG else found
            )
        case IsPositive(argument):
            return _joined(calculus.positive(argument.normal.poly), (argument,))
        case IsZero(argument):
            return _joined(calculus.zero(argument.normal.poly), (argument,))
        case Where(condition, then, otherwise):
            return _where(condition.normal, then.normal, otherwise.normal)
        case Diff(body, array, indices):
            from .derivative import derivative

            found_term, kinks = derivative(body.normal.poly, array, indices)
            found = _joined(found_term.normal.poly, (body, found_term))
            for kink in kinks:
                found = _with(found, "kink", kink, calculus.zero(kink))
            return found
        case Template(_, body):
            return body.normal
        case At(template, indices):
            inner = template.normal
            to = dict(zip(template.parameters, indices))
            return Normal(calculus.rename(inner.poly, to), frozenset(p.renamed(to) for p in inner.premises))
    raise Unsupported(f"a term of the kind {type(term).__name__}")


def _joined(poly: Poly, parts: Iterable[Term]) -> Normal:
    return Normal(poly, frozenset[Premise]().union(*(part.normal.premises for part in parts)))


def _with(found: Normal, kind: str, about: Poly, violation: Poly) -> Normal:
    if not violation:
        return found
    return Normal(found.poly, found.premises | {Premise(kind, about, violation)})


def _where(condition: Normal, then: Normal, otherwise: Normal) -> Normal:
    c = condition.poly
    not_c = subtract(ONE, c)
    premises = set(condition.premises)
    for side, chosen in ((c, then), (not_c, otherwise)):
        for premise in chosen.premises:
            weaker = premise.only_where(side)
            if weaker.violation:
                premises.add(weaker)
    poly = calculus.add(multiply(c, then.poly), multiply(not_c, otherwise.poly))
    return Normal(poly, frozenset(premises))


def entry_atom(array: ArraySymbol, indices: tuple[Index | None, Index | None]) -> Atom:
    """Make the atom of an entry."""
    ports = []
    for dimension, index in zip(array.shape, indices):
        if (index is None) is isinstance(dimension, Size):
            raise Unsupported(f"{array.name}: index {index} along a dimension of size {dimension!r}")
        if index is not None:
            if index.size is not dimension:
                raise Unsupported(f"{array.name}: index of size {index.size!r} along {dimension!r}")
            ports.append(index)
    head = simple_head("entry", array, tuple(index.size for index in ports))
    return Atom(head, tuple(ports))


def delta_poly(left: Index, right: Index) -> Poly:
    """Give δ, a polynomial."""
    if left is right:
        return ONE
    if left.size is not right.size:
        raise Unsupported(f"a Kronecker delta between indices of the sizes {left.size!r} and {right.size!r}")
    return calculus.of_atom(atom(simple_head("delta", None, (left.size, right.size)), (left, right)))


# --- back to terms, to be printed, differentiated and evaluated ---


def readback(poly: Poly) -> Term:
    """Write a normal form as a term."""
    parts = []
    for monomial, coefficient in poly.items():
        factors = [read_atom(a) if p == 1 else _read_power(a, p) for a, p in monomial]
        if coefficient != 1 or not factors:
            factors.insert(0, Number(coefficient))
        parts.append(factors[0] if len(factors) == 1 else Mul(tuple(factors)))
    if not parts:
        return Number(Fraction(0))
    return parts[0] if len(parts) == 1 else Add(tuple(parts))


def _read_power(a: Atom, p: int | Fraction) -> Term:
    if a.head.kind == "exp":
        inner, _ = calculus.opened(a.head, a.indices)
        return Apply(a.head.data, readback(scale(inner, Fraction(p))))
    return Power(read_atom(a), int(p))


def read_atom(a: Atom) -> Term:
    """Write an atom as a term."""
    head = a.head
    if head.kind == "entry":
        rest = iter(a.indices)
        row, column = (next(rest) if isinstance(dimension, Size) else None for dimension in head.data.shape)
        return EntryTerm(head.data, (row, column))
    if head.kind == "size":
        return SizeTerm(head.data)
    if head.kind == "scalar":
        return ScalarTerm(head.data)
    if head.kind == "delta":
        return Delta(*a.indices)
    inner, bound = calculus.opened(head, a.indices)
    body = readback(inner)
    if head.kind in ("sum", "max"):
        for index in reversed(bound):
            body = Sum(index, body) if head.kind == "sum" else Max(index, body)
        return body
    if head.kind in ("exp", "apply"):
        return Apply(head.data, body)
    if head.kind == "group":
        return body
    return IsPositive(body) if head.kind == "pos" else IsZero(body)
