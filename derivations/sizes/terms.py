"""Terms as they were written: scalars with indices, never rewritten, so that they can bear witness.

The index calculus (`normal`) brings a term to its normal form; the guard (`guard`) evaluates the term itself, as it
stands here, at concrete sizes. The two share nothing but these classes.

Division is total: 1/0 is 0, as in a proof assistant. A run of real code divides by zero nowhere, and that it
does not is recorded as a premise (see `normal.Premise`).
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, Never, dataclass_transform

import numpy as np

from .size import Index, Size, Unsupported

if TYPE_CHECKING:
    from .normal import Normal

Dimension = Size | int
"""A symbolic size, or the literal 1."""

TRAITS = ("positive", "nonnegative", "rows-sum-to-1", "columns-sum-to-1")
"""What may be declared of the entries of an array. "columns-sum-to-1": Σ_i t[i,k] = 1 for every k."""


class _Plain:
    """What symbols have in common: they are what they are declared as."""

    name: str
    traits: frozenset[str]

    def _check(self) -> None:
        for trait in self.traits:
            if trait not in TRAITS:
                raise Unsupported(f"{self.name}: {trait!r} is none of {', '.join(TRAITS)}")


@dataclass(frozen=True)
class ArraySymbol(_Plain):
    """An array of which nothing is known but its shape and what is declared of its entries."""

    name: str
    shape: tuple[Dimension, Dimension]
    traits: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._check()
        for dimension in self.shape:
            if not isinstance(dimension, Size) and (type(dimension) is not int or dimension != 1):
                raise Unsupported(f"{self.name}: a dimension is a Size or the literal 1, not {dimension!r}")

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, ArraySymbol) and self._key == other._key)

    def __hash__(self) -> int:
        return hash(self._key)

    @cached_property
    def _key(self) -> tuple[Any, ...]:
        sizes = tuple(d.number if isinstance(d, Size) else -1 for d in self.shape)
        return (self.name, sizes, tuple(sorted(self.traits)))


@dataclass(frozen=True)
class ScalarSymbol(_Plain):
    """A number of which nothing is known but what is declared of it, such as a learning rate."""

    name: str
    traits: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._check()


@dataclass(frozen=True)
class Function:
    """A function of one real variable: exp, log, tanh, or one of which only the name is known.

    ``order`` counts derivatives: f, f', f'', ...
    """

    name: str
    order: int = 0

    def __str__(self) -> str:
        return self.name + "'" * self.order


EXP, LOG, TANH = Function("exp"), Function("log"), Function("tanh")
ELEMENTARY = (EXP, LOG, TANH)


class Term:
    """A scalar with free indices. Immutable; arithmetic makes new terms, comparisons make conditions (0 or 1)."""

    # --- arithmetic ---

    def __add__(self, other: Any) -> Any:
        return _binary(other, lambda o: _added(self, o))

    def __radd__(self, other: Any) -> Any:
        return _binary(other, lambda o: _added(o, self))

    def __sub__(self, other: Any) -> Any:
        return _binary(other, lambda o: _added(self, Mul((MINUS_ONE, o))))

    def __rsub__(self, other: Any) -> Any:
        return _binary(other, lambda o: _added(o, Mul((MINUS_ONE, self))))

    def __mul__(self, other: Any) -> Any:
        return _binary(other, lambda o: Mul((self, o)))

    def __rmul__(self, other: Any) -> Any:
        return _binary(other, lambda o: Mul((o, self)))

    def __truediv__(self, other: Any) -> Any:
        return _binary(other, lambda o: Mul((self, Power(o, -1))))

    def __rtruediv__(self, other: Any) -> Any:
        return _binary(other, lambda o: Mul((o, Power(self, -1))))

    def __neg__(self) -> Term:
        return Mul((MINUS_ONE, self))

    def __pos__(self) -> Term:
        return self

    def __pow__(self, power: Any) -> Term:
        return Power(self, whole_power(power))

    def __abs__(self) -> Term:
        return absolute(self)

    # --- conditions ---

    def __gt__(self, other: Any) -> Any:
        return _binary(other, lambda o: greater(self, o))

    def __lt__(self, other: Any) -> Any:
        return _binary(other, lambda o: greater(o, self))

    def __ge__(self, other: Any) -> Any:
        return _binary(other, lambda o: greater_equal(self, o))

    def __le__(self, other: Any) -> Any:
        return _binary(other, lambda o: greater_equal(o, self))

    def __eq__(self, other: Any) -> Any:
        return _binary(other, lambda o: equals(self, o))

    def __ne__(self, other: Any) -> Any:
        return _binary(other, lambda o: negation(equals(self, o)))

    def __and__(self, other: Any) -> Any:
        return _binary(other, lambda o: conjunction(self, o))

    def __or__(self, other: Any) -> Any:
        return _binary(other, lambda o: disjunction(self, o))

    def __invert__(self) -> Term:
        return negation(self)

    def __hash__(self) -> int:
        return id(self)

    # --- what would need a number ---

    def _refuse(self) -> Never:
        raise Unsupported(f"{self} is a term; it has no single value to branch on or to convert")

    def __bool__(self) -> bool:
        self._refuse()

    def __int__(self) -> int:
        self._refuse()

    def __float__(self) -> float:
        self._refuse()

    def __index__(self) -> int:
        self._refuse()

    def __array__(self, *args: Any, **options: Any) -> Never:
        raise Unsupported("a term cannot be turned into a NumPy array")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Answer NumPy's functions of scalars."""
        from .array import SymbolicArray, scalar_ufunc

        if any(isinstance(value, SymbolicArray) for value in inputs):
            return NotImplemented
        return scalar_ufunc(ufunc, method, inputs, options)

    # --- reading ---

    @property
    def normal(self) -> Normal:
        """The normal form, with the premises that the term brings along; computed once."""
        found: Normal | None = self.__dict__.get("_normal")
        if found is None:
            from .normal import normalise

            found = normalise(self)
            self.__dict__["_normal"] = found  # a cache; the record itself is frozen
        return found

    def __str__(self) -> str:
        from .printing import text

        return text(self)

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        from .printing import latex

        return f"${latex(self)}$"


def _binary(other: Any, make: Callable[[Term], Term]) -> Any:
    term = as_term(other)
    return NotImplemented if term is None else make(term)


def _added(left: Term, right: Term) -> Term:
    if is_condition(left) and is_condition(right):
        raise Unsupported("the sum of two truth values, which NumPy takes for their disjunction")
    return Add((left, right))


def as_term(value: Any) -> Term | None:
    """Take a number, a size or a term as a term; give None for anything else.

    A float is taken for the rational number that it is.
    """
    if isinstance(value, Term):
        return value
    if isinstance(value, Size):
        return SizeTerm(value)
    if isinstance(value, (bool, np.bool_)):
        return Truth(bool(value))
    if isinstance(value, numbers.Rational):
        return Number(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, (float, np.floating)):
        if not isfinite(value):
            raise Unsupported(f"{value} is not a finite number")
        return Number(Fraction(*value.as_integer_ratio()))
    return None


def to_term(value: Any) -> Term:
    """Take a number, a size or a term as a term.

    Raises
    ------
    Unsupported
        For anything else.
    """
    term = as_term(value)
    if term is None:
        raise Unsupported(f"{type(value).__name__} is no scalar of this calculus")
    return term


def whole_power(power: Any) -> int:
    """Take a whole number as an exponent; 2.0 is one too."""
    if isinstance(power, numbers.Rational) and power.denominator == 1:
        return int(power.numerator)
    if isinstance(power, (float, np.floating)) and float(power).is_integer():
        return int(power)
    raise Unsupported(f"power {power!r}: whole numbers only")


@dataclass_transform(eq_default=False, frozen_default=True)
def _node(cls: type[Any]) -> Any:
    """Make a class of terms a frozen record; `==` stays a condition."""
    return dataclass(frozen=True, eq=False, repr=False)(cls)


@_node
class Number(Term):
    """A rational number."""

    value: Fraction


@_node
class Truth(Term):
    """True or False: 1 or 0, but a truth value to NumPy."""

    value: bool


@_node
class SizeTerm(Term):
    """A symbolic size as a number."""

    size: Size


@_node
class ScalarTerm(Term):
    """A scalar symbol."""

    symbol: ScalarSymbol

    @property
    def is_positive(self) -> bool:
        """Whether it is declared positive, as SymPy says it; a learning rate must be."""
        return "positive" in self.symbol.traits


@_node
class EntryTerm(Term):
    """An entry of an array; the index of a dimension of literal size 1 is None."""

    array: ArraySymbol
    indices: tuple[Index | None, Index | None]


@_node
class Delta(Term):
    """1 where two indices of one size are equal, else 0."""

    left: Index
    right: Index


@_node
class Add(Term):
    """A sum of terms."""

    parts: tuple[Term, ...]


@_node
class Mul(Term):
    """A product of terms."""

    parts: tuple[Term, ...]


@_node
class Power(Term):
    """A whole power; a negative one is a division, and brings the premise that the base is not 0."""

    base: Term
    power: int


@_node
class Sum(Term):
    """The sum over all values of an index, which is bound in ``body``."""

    index: Index
    body: Term


@_node
class Max(Term):
    """The greatest value over all values of an index, which is bound in ``body``."""

    index: Index
    body: Term


@_node
class Apply(Term):
    """A function of a term."""

    function: Function
    argument: Term


@_node
class IsPositive(Term):
    """1 where the argument is > 0, else 0."""

    argument: Term


@_node
class IsZero(Term):
    """1 where the argument is 0, else 0."""

    argument: Term


@_node
class Not(Term):
    """1 where the condition is 0, and the other way round."""

    condition: Term


@_node
class Where(Term):
    """``then`` where the condition is 1, ``otherwise`` where it is 0."""

    condition: Term
    then: Term
    otherwise: Term


@_node
class Diff(Term):
    """The derivative of a term by one entry of an array."""

    body: Term
    array: ArraySymbol
    indices: tuple[Index | None, Index | None]


@_node
class Template(Term):
    """A term in which nothing but the parameters is free; what an array keeps of its entries."""

    parameters: tuple[Index, ...]
    body: Term

    def __post_init__(self) -> None:
        others = free_indices(self.body) - set(self.parameters)
        if others:
            names = ", ".join(sorted(map(repr, others)))
            raise Unsupported(f"an array whose entries depend on the index {names} from outside")


@_node
class At(Term):
    """A template at given indices, all at once: no index of the template is seen outside, and none inside."""

    template: Template
    indices: tuple[Index, ...]


def free_indices(term: Term) -> frozenset[Index]:
    """Give the indices that a term speaks of and does not bind; those of its derivatives' entries too."""
    match term:
        case EntryTerm(_, indices):
            return frozenset(index for index in indices if index is not None)
        case Delta(left, right):
            return frozenset((left, right))
        case Add(parts) | Mul(parts):
            return frozenset[Index]().union(*map(free_indices, parts))
        case Sum(index, body) | Max(index, body):
            return free_indices(body) - {index}
        case Power(part, _) | Apply(_, part) | IsPositive(part) | IsZero(part) | Not(part):
            return free_indices(part)
        case Where(condition, then, otherwise):
            return free_indices(condition) | free_indices(then) | free_indices(otherwise)
        case Diff(body, _, indices):
            return free_indices(body) | {index for index in indices if index is not None}
        case At(_, indices):
            return frozenset(indices)
    return frozenset()


ZERO, ONE, MINUS_ONE = (Number(Fraction(value)) for value in (0, 1, -1))


def scalar(name: str, *traits: str) -> Term:
    """Make a scalar symbol, such as a learning rate."""
    return ScalarTerm(ScalarSymbol(name, frozenset(traits)))


def delta(i: Index | None, j: Index | None) -> Term:
    """1 where the indices are equal.

    Raises
    ------
    Unsupported
        Unless both run over the identical size; for another size, even one that may be equal, there is no delta.
    """
    if i is None and j is None:
        return ONE
    if i is None or j is None or i.size is not j.size:
        sizes = " and ".join("1" if index is None else repr(index.size) for index in (i, j))
        raise Unsupported(f"a Kronecker delta between indices of the sizes {sizes}")
    return ONE if i is j else Delta(i, j)


def total(index: Index, body: Term) -> Term:
    """Sum over an index."""
    return Sum(index, body)


def is_condition(term: Term) -> bool:
    """Tell whether a term is a truth value, by the way it is written."""
    if isinstance(term, Mul):
        return all(map(is_condition, term.parts))
    if isinstance(term, At):
        return is_condition(term.template)
    if isinstance(term, Template):
        return is_condition(term.body)
    if isinstance(term, Where):
        return is_condition(term.then) and is_condition(term.otherwise)
    return isinstance(term, (IsPositive, IsZero, Not, Truth))


def _condition(term: Term) -> Term:
    if not is_condition(term):
        raise Unsupported(f"{term} is no condition")
    return term


def negation(term: Term) -> Term:
    """1 where the condition is 0, and the other way round."""
    return Not(_condition(term))


def conjunction(left: Term, right: Term) -> Term:
    """1 where both conditions are."""
    return Mul((_condition(left), _condition(right)))


def disjunction(left: Term, right: Term) -> Term:
    """1 where at least one of the conditions is."""
    return Not(Mul((negation(left), negation(right))))


def where(condition: Term, then: Any, otherwise: Any) -> Term:
    """Choose by a condition."""
    return Where(_condition(condition), to_term(then), to_term(otherwise))


def greater(left: Any, right: Any) -> Term:
    """1 where left > right."""
    return IsPositive(to_term(left) - to_term(right))


def greater_equal(left: Any, right: Any) -> Term:
    """1 where left >= right."""
    return negation(greater(right, left))


def equals(left: Any, right: Any) -> Term:
    """1 where left == right."""
    return IsZero(to_term(left) - to_term(right))


def absolute(u: Any) -> Term:
    """|u|, by the sign of u."""
    u = to_term(u)
    return Where(IsPositive(u), u, -u)


def maximum(left: Any, right: Any) -> Term:
    """Give the greater of two, by the sign of their difference."""
    return Where(greater(left, right), to_term(left), to_term(right))


def minimum(left: Any, right: Any) -> Term:
    """Give the smaller of two, by the sign of their difference."""
    return Where(greater(left, right), to_term(right), to_term(left))


def sign(u: Any) -> Term:
    """-1, 0 or 1."""
    u = to_term(u)
    return Add((IsPositive(u), Mul((MINUS_ONE, IsPositive(-u)))))


def exp(u: Any) -> Term:
    """Apply the exponential."""
    return Apply(EXP, to_term(u))


def log(u: Any) -> Term:
    """Apply the natural logarithm; brings the premise u > 0."""
    return Apply(LOG, to_term(u))


def tanh(u: Any) -> Term:
    """Apply the hyperbolic tangent."""
    return Apply(TANH, to_term(u))
