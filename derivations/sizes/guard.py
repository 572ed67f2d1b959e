"""Plain evaluation of terms at concrete sizes: knows nothing of normal forms, and watches over them.

Rationals stay exact; where exp, log or tanh come in, numbers of 50 digits are used. A derivative is evaluated by dual
numbers on the term as it was written: no delta is made, none contracted.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

import mpmath

from .size import EngineFault, Index, Size, SizesError, Unsupported
from .terms import (
    EXP,
    LOG,
    TANH,
    Add,
    Apply,
    ArraySymbol,
    At,
    Delta,
    Diff,
    EntryTerm,
    Function,
    IsPositive,
    IsZero,
    Max,
    Mul,
    Not,
    Number,
    Power,
    ScalarSymbol,
    ScalarTerm,
    SizeTerm,
    Sum,
    Template,
    Term,
    Truth,
    Where,
    free_indices,
)

CONTEXT = mpmath.MPContext()
CONTEXT.dps = 50

# A small term of a few hundred operations loses a few of the 50 digits: 40 are certain unless it cancels badly, and
# two different values of random rationals agree to 30 by no accident.
NEARLY = CONTEXT.mpf(10) ** -30
NOTHING = CONTEXT.mpf(10) ** -40

Pair = tuple[Any, Any]

# Most slopes are 0, and most sums begin with one: these two are known by identity, and no time is spent on them.
NONE, WHOLE = Fraction(0), Fraction(1)


class OutsideDomain(SizesError):
    """At these values something is divided by 0, has no logarithm, or has a kink."""


class AtKink(OutsideDomain):
    """At these values something that is differentiated has a kink as it is written."""


def _is_zero(value: Any) -> bool:
    return bool(value == 0 if isinstance(value, Fraction) else abs(value) < NOTHING)


def _lift(value: Any) -> Any:
    return CONTEXT.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value


def _plus(a: Any, b: Any) -> Any:
    if a is NONE or b is NONE:
        return b if a is NONE else a
    return a + b if isinstance(a, Fraction) and isinstance(b, Fraction) else _lift(a) + _lift(b)


def _times(a: Any, b: Any) -> Any:
    if a is NONE or b is NONE:
        return NONE
    if a is WHOLE or b is WHOLE:
        return b if a is WHOLE else a
    return a * b if isinstance(a, Fraction) and isinstance(b, Fraction) else _lift(a) * _lift(b)


def same(a: Any, b: Any) -> bool:
    """Tell whether two values are equal: exactly if they are rational, to 30 digits otherwise."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a == b
    a, b = _lift(a), _lift(b)
    return bool(abs(a - b) <= NEARLY * max(1, abs(a), abs(b)))


@dataclass
class Point:
    """Concrete sizes, and a value for every symbol, drawn when it is first asked for."""

    sizes: dict[Size, int]
    rng: random.Random
    mood: int = 0
    values: dict[Any, Fraction] = field(default_factory=dict)
    total: bool = False
    memo: dict[Any, Pair] = field(default_factory=dict)

    def number(self, traits: frozenset[str]) -> Fraction:
        """Draw a value; small ones, so that ties and zeros occur."""
        rng = self.rng
        if self.mood == 2 and not traits:
            return Fraction(rng.choice((-1, 0, 0, 1)))
        if "positive" in traits or self.mood == 1:
            return Fraction(rng.randint(1, 5), rng.choice((6, 7, 8)))
        value = Fraction(rng.randint(-4, 4), rng.choice((1, 2, 3)))
        return abs(value) if "nonnegative" in traits else value

    def scalar(self, symbol: ScalarSymbol) -> Fraction:
        """Give the value of a scalar symbol."""
        if symbol not in self.values:
            self.values[symbol] = self.number(symbol.traits)
        return self.values[symbol]

    def entry(self, array: ArraySymbol, at: tuple[int, int]) -> Fraction:
        """Give the value of an entry."""
        if (array, at) not in self.values:
            rows, columns = (self.sizes[d] if isinstance(d, Size) else 1 for d in array.shape)
            entries = {(i, k): self.number(array.traits) for i in range(rows) for k in range(columns)}
            lines: list[list[tuple[int, int]]] = []
            if "columns-sum-to-1" in array.traits:
                lines = [[(i, k) for i in range(rows)] for k in range(columns)]
            if "rows-sum-to-1" in array.traits:
                lines = [[(i, k) for k in range(columns)] for i in range(rows)]
            for line in lines:
                weight = sum(entries[place] for place in line)
                if weight == 0:
                    entries[line[0]], weight = entries[line[0]] + 1, Fraction(1)
                for place in line:
                    entries[place] /= weight
            self.values.update({(array, place): value for place, value in entries.items()})
        return self.values[array, at]

    def value(self, term: Term, at: Mapping[Index, int] | None = None) -> Any:
        """Evaluate a term.

        Raises
        ------
        OutsideDomain
            When the term is not defined at these values, or its derivative is not.
        """
        return self._pair(term, dict(at or {}), None)[0]

    def _pair(self, term: Term, at: dict[Index, int], seed: Any) -> Pair:
        """Give a value and its derivative by the entry ``seed``."""
        match term:  # the most frequent first
            case At(template, indices):
                inside = {p: at[i] for p, i in zip(template.parameters, indices)}
                key = (template, tuple(inside.values()), seed)
                if key not in self.memo:
                    self.memo[key] = self._pair(template.body, inside, seed)
                return self.memo[key]
            case EntryTerm(array, (row, column)):
                place = (0 if row is None else at[row], 0 if column is None else at[column])
                return self.entry(array, place), WHOLE if seed == (array, place) else NONE
            case Add(parts):
                value, slope = NONE, NONE
                for part in parts:
                    v, d = self._pair(part, at, seed)
                    value, slope = _plus(value, v), _plus(slope, d)
                return value, slope
            case Mul(parts):
                value, slope = WHOLE, NONE
                for part in parts:
                    v, d = self._pair(part, at, seed)
                    value, slope = _times(value, v), _plus(_times(value, d), _times(slope, v))
                return value, slope
            case Sum(index, body):
                value, slope = NONE, NONE
                for n in range(self.sizes[index.size]):
                    v, d = self._pair(body, {**at, index: n}, seed)
                    value, slope = _plus(value, v), _plus(slope, d)
                return value, slope
            case Number(value):
                return value, NONE
            case Truth(truth):
                return Fraction(int(truth)), NONE
            case Not(condition):
                return 1 - self._pair(condition, at, seed)[0], NONE
            case SizeTerm(size):
                return Fraction(self.sizes[size]), NONE
            case ScalarTerm(symbol):
                return self.scalar(symbol), NONE
            case Delta(left, right):
                return Fraction(int(at[left] == at[right])), NONE
            case Power(base, power):
                return self._power(self._pair(base, at, seed), power)
            case Max(index, body):
                pairs = [self._pair(body, {**at, index: n}, seed) for n in range(self.sizes[index.size])]
                best = max(pairs, key=lambda pair: pair[0])
                if seed is not None and any(not same(d, best[1]) for v, d in pairs if same(v, best[0])):
                    raise AtKink("a kink of the maximum")
                return best
            case Apply(function, argument):
                return self._apply(function, *self._pair(argument, at, seed))
            case IsPositive(argument) | IsZero(argument):
                v, d = self._pair(argument, at, seed)
                if _is_zero(v) and not _is_zero(d):
                    raise AtKink("a kink")
                holds = _is_zero(v) if isinstance(term, IsZero) else not _is_zero(v) and v > 0
                return Fraction(int(holds)), NONE
            case Where(condition, then, otherwise):
                chosen = then if self._pair(condition, at, seed)[0] == 1 else otherwise
                return self._pair(chosen, at, seed)
            case Diff(body, array, (row, column)):
                if seed is not None:
                    raise Unsupported("a derivative of a derivative")
                place = (0 if row is None else at[row], 0 if column is None else at[column])
                return self._pair(body, at, (array, place))[1], NONE
        raise Unsupported(f"a term of the kind {type(term).__name__}")

    def _power(self, pair: Pair, power: int) -> Pair:
        value, slope = pair
        if power < 0:
            if _is_zero(value):
                if self.total:
                    return Fraction(0), Fraction(0)
                raise OutsideDomain("a division by 0")
            value = 1 / value
            slope = -_times(slope, _times(value, value))
        result, d = WHOLE, NONE
        for _ in range(abs(power)):
            result, d = _times(result, value), _plus(_times(d, value), _times(result, slope))
        return result, d

    def _apply(self, function: Function, u: Any, du: Any) -> Pair:
        if function == EXP:
            if u == 0:
                return Fraction(1), du
            value = CONTEXT.exp(_lift(u))
            return value, _times(value, du)
        if function == LOG:
            if _is_zero(u) or u < 0:
                if self.total:
                    return Fraction(0), Fraction(0)
                raise OutsideDomain("a logarithm of what is not positive")
            value = Fraction(0) if u == 1 else CONTEXT.log(_lift(u))
            return value, _times(du, 1 / u)
        if function == TANH:
            if u == 0:
                return Fraction(0), du
            value = CONTEXT.tanh(_lift(u))
            return value, _times(du, 1 - value**2)
        value, slope = _unknown(function, u)
        return value, _times(slope, du)


def _unknown(function: Function, u: Any) -> Pair:
    """Let a polynomial without symmetry stand for a function of which nothing is known; and give its slope."""
    start = sum(map(ord, function.name))
    coefficients = [Fraction(1 + (start * (n + 3)) % 5, n + 2) for n in range(5)]
    for _ in range(function.order):
        coefficients = [n * c for n, c in enumerate(coefficients)][1:] or [Fraction(0)]
    value, slope = Fraction(0), Fraction(0)
    for c in reversed(coefficients):
        value, slope = _plus(_times(value, u), c), _plus(_times(slope, u), value)
    return value, slope


def sizes_of(term: Term) -> set[Size]:
    """Give the sizes of a term as it is written."""
    sizes: set[Size] = set()

    def take(*given: Index | None) -> None:
        sizes.update(index.size for index in given if index is not None)

    for node in _nodes(term):
        match node:
            case SizeTerm(size):
                sizes.add(size)
            case EntryTerm(_, indices) | Diff(_, _, indices) | At(_, indices):
                take(*indices)
            case Delta(left, right):
                take(left, right)
            case Sum(index, _) | Max(index, _):
                take(index)
    return sizes


def symbols_of(term: Term) -> set[ArraySymbol | ScalarSymbol]:
    """Give the arrays and scalars of a term as it is written, also those that its normal form has lost."""
    found: set[ArraySymbol | ScalarSymbol] = set()
    for node in _nodes(term):
        match node:
            case EntryTerm(array, _):
                found.add(array)
            case ScalarTerm(symbol):
                found.add(symbol)
    return found


def _nodes(term: Term) -> Iterator[Term]:
    """Give a term and all that is inside of it; a template once."""
    seen: set[int] = set()
    todo: list[Term] = [term]
    while todo:
        node = todo.pop()
        yield node
        match node:
            case Add(parts) | Mul(parts):
                todo += parts
            case Power(part, _) | Apply(_, part) | IsPositive(part) | IsZero(part) | Not(part):
                todo.append(part)
            case Sum(_, body) | Max(_, body) | Diff(body, _, _) | Template(_, body):
                todo.append(body)
            case Where(condition, then, otherwise):
                todo += (condition, then, otherwise)
            case At(template, _) if id(template) not in seen:
                seen.add(id(template))
                todo.append(template.body)


def points(sizes: Sequence[Size], seed: int) -> Iterator[Point]:
    """Give points without end: sizes that rise, that fall, that are equal, that are 1, then any.

    Values are drawn in turn from small rationals, from -1, 0 and 1, and from positive rationals.
    """
    rng = random.Random(seed)
    ordered = sorted(sizes, key=lambda size: size.number)
    # Up to three sizes are all different; of more, each is different from the next.
    rising = [2 + n if len(ordered) < 4 else 1 + n % 3 for n in range(len(ordered))]
    number = 0
    while True:
        chosen = (rising, rising[::-1], [2] * len(ordered), [1] * len(ordered))[number % 4]
        if number >= 8:
            chosen = [rng.randint(1, 3) for _ in ordered]
        yield Point(dict(zip(ordered, chosen)), rng, mood=(0, 2, 1)[number // 4 % 3])
        number += 1


@dataclass(frozen=True)
class Counterexample:
    """Sizes, indices and values at which two terms differ."""

    sizes: dict[str, int]
    indices: dict[str, int]
    values: dict[str, Fraction]
    left: Any
    right: Any

    def __str__(self) -> str:
        def shown(given: Mapping[str, Any]) -> str:
            return ", ".join(f"{name} = {value}" for name, value in given.items())

        places = "; ".join(filter(None, (shown(self.sizes), shown(self.indices), shown(self.values))))
        return f"at {places}: {_short(self.left)} is not {_short(self.right)}"


def _short(value: Any) -> str:
    return str(value) if isinstance(value, Fraction) else str(CONTEXT.nstr(value, 12))


def compare(
    left: Term,
    right: Term,
    given: Sequence[Term] = (),
    *,
    want: int,
    tries: int,
    seed: int = 1,
    everywhere: bool = False,
) -> tuple[int, Counterexample | None]:
    """Evaluate two terms at random points until ``want`` of them are inside the domain of both.

    At each, indices are at the end of their range, and anywhere. Give how many points were compared, and the first
    one at which they differ. With ``everywhere``, let
    `OutsideDomain` through: both are said to be defined at every point.
    """
    sizes = sizes_of(Add((left, right, *given)))
    free = free_indices(Add((left, right, *given)))
    done = 0
    for number, point in enumerate(points(list(sizes), seed)):
        if number >= tries or done >= want:
            break
        ordered = sorted(free, key=lambda i: i.number)
        last = {i: point.sizes[i.size] - 1 for i in ordered}
        other = {i: point.rng.randrange(point.sizes[i.size]) for i in ordered}
        for at in (last, other) if other != last else (last,):
            try:
                if not all(_holds(point, condition) for condition in given):
                    break
                a, b = point.value(left, at), point.value(right, at)
            except OutsideDomain as outside:
                if everywhere and not isinstance(outside, AtKink):
                    raise
                continue
            done += at is last
            if not same(a, b):
                return done, Counterexample(
                    {size.name: n for size, n in point.sizes.items()},
                    {i.name: n for i, n in at.items() if i.name},
                    {_named(symbol): value for symbol, value in point.values.items()},
                    a,
                    b,
                )
    return done, None


def _holds(point: Point, condition: Term) -> bool:
    """Tell whether a condition holds for all values of its free indices."""
    ranges = [[(i, n) for n in range(point.sizes[i.size])] for i in free_indices(condition)]
    return all(point.value(condition, dict(choice)) == 1 for choice in product(*ranges))


def _named(symbol: Any) -> str:
    if isinstance(symbol, ScalarSymbol):
        return symbol.name
    array, (i, k) = symbol
    return f"{array.name}[{i},{k}]"


def watch(
    left: Term, right: Term, given: Sequence[Term] = (), *, premised: bool = True, points_wanted: int = 8
) -> int:
    """Evaluate both sides of what was called equal; give the number of points.

    Raises
    ------
    EngineFault
        When they differ somewhere; when one of them is not defined somewhere, though no premise was named; or
        when no point of the domain was found: then nothing was watched.
    """
    try:
        done, found = compare(left, right, given, want=points_wanted, tries=200, everywhere=not premised)
    except OutsideDomain as outside:
        raise EngineFault(f"called equal without a premise, but there is {outside}") from outside
    if found is not None:
        raise EngineFault(f"called equal, but {found}")
    if not done:
        raise EngineFault(f"no point of the domain was found to compare {left} with {right}")
    return done
