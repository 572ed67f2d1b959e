"""The slope of a function of one number by central differences, with an estimate of its own error.

With D(h) = (f(h) - f(-h)) / 2h and f smooth, D(h) = f'(0) + c2 h^2 + c4 h^4 + …: halving h divides the
error by 4, and Richardson's extrapolation removes one power after the other. Three things are demanded
before the result is believed, none of them a tuned tolerance:

- *slope*: as long as the differences between successive D are above the rounding, they shrink with order 2
  (or higher, where c2 vanishes);
- *plateau*: the extrapolated values settle, up to the rounding, which is **measured** on the function itself
  (differences of high order over tiny steps leave nothing but noise) and never taken lower than one unit of
  rounding of the value;
- *no kink*: J(h) = (f(h) - 2 f(0) + f(-h)) / h, the right-hand slope minus the left-hand one, goes to 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import factorial
from typing import Any

from ..numbers.high_precision import CONTEXT

Number = Any
_FAILURES = (ArithmeticError, ValueError, TypeError)


@dataclass(frozen=True)
class Kind:
    """A kind of numbers: how precise they are, and which steps make sense.

    Attributes
    ----------
    unit : mpf
        Unit of rounding; 0 for exact numbers.
    accuracy : mpf
        The relative accuracy at which a verdict is given. For floats the cube root of the unit, which a
        central difference reaches with room to spare; for 50 digits the square root: 25 digits.
    first, ratio, count : int
        The steps are 2**-first, then 2**-ratio times the one before, so many of them.
    """

    name: str
    unit: Any
    accuracy: Any
    first: int
    ratio: int
    count: int


def float_kind(name: str, bits: int, count: int) -> Kind:
    """Make the kind of floats with so many bits."""
    unit = CONTEXT.mpf(2) ** -bits
    return Kind(name, unit, CONTEXT.cbrt(unit), 2, 1, count)


PRECISE = Kind("50 digits", CONTEXT.mpf(10) ** -50, CONTEXT.mpf(10) ** -25, 5, 3, 14)
FLOAT64 = float_kind("float64", 53, 19)
FLOAT32 = float_kind("float32", 24, 11)


@dataclass
class Slope:
    """An estimated slope.

    Attributes
    ----------
    value, error : mpf
        The slope, and how far it may be off.
    smooth : bool
        Whether slope, plateau and the absence of a kink were all seen.
    settled : bool
        Whether the error is below what was demanded.
    why : str
        What is missing, or what was seen.
    """

    value: Any
    error: Any
    smooth: bool
    settled: bool
    why: str


def measured_noise(function: Callable[[Number], Any], kind: Kind) -> Any:
    """Estimate the rounding noise in the values of a function: four standard deviations, at least one unit.

    A difference of order k of a smooth function over steps d is of size d**k, of noise of variance s**2 it
    has variance s**2 (2k)! / (k!)**2: over steps of the square root of the unit nothing but noise is left
    from order 3 on.
    """
    step = CONTEXT.sqrt(kind.unit)
    points = 12
    values = [function(step * (number - points // 2)) for number in range(points + 1)]
    largest = max(abs(value) for value in values)
    found = CONTEXT.mpf(0)
    for order in range(1, 8):
        values = [right - left for left, right in pairwise(values)]
        if order >= 3:
            mean = CONTEXT.fsum(value * value for value in values) / len(values)
            found = max(found, CONTEXT.sqrt(mean * factorial(order) ** 2 / factorial(2 * order)))
    return max(4 * found, kind.unit * largest)


class _Table:
    """Richardson's extrapolation, a row for each step; keeps the entry whose error is estimated lowest.

    Column j removes the power ``powers(j)`` of the step. The error of an entry is taken as the larger of its
    differences from the two entries it was made of (it is better than both of them), plus the noise of the
    values it is made of, for the worst signs.
    """

    def __init__(self, ratio: int, powers: Callable[[int], int], columns: int) -> None:
        self._ratio = ratio
        self._powers = powers
        self._columns = columns
        self._row: list[Any] = []
        self.value: Any = None
        self.error: Any = None

    def add(self, value: Any, noise: Any) -> None:
        row = [value]
        amplified = noise
        if self._row:
            self._keep(value, abs(value - self._row[0]) + amplified)
        for column, old in enumerate(self._row[: self._columns]):
            factor = CONTEXT.mpf(2) ** (self._ratio * self._powers(column))
            new = (factor * row[column] - old) / (factor - 1)
            # The older values have larger steps, so less noise.
            amplified = amplified * (factor + 1) / (factor - 1)
            self._keep(new, max(abs(new - row[column]), abs(new - old)) + amplified)
            row.append(new)
        self._row = row

    def _keep(self, value: Any, error: Any) -> None:
        if self.error is None or error < self.error:
            self.value, self.error = value, error


def slope(function: Callable[[Number], Any], kind: Kind, noise: Any, scale: Any = 0, size: Any = 1) -> Slope:
    """Estimate the slope of ``function`` at 0.

    Parameters
    ----------
    function : callable
        From a number (mpf) to the value of the function (mpf); may raise, or give what is not finite,
        where it is not defined.
    kind : Kind
    noise : mpf
        From `measured_noise`.
    scale : mpf
        The scale of the whole gradient: errors below ``accuracy * scale`` count as small enough.
    size : mpf
        What the steps are multiplied with.
    """
    try:
        middle = _finite(function(CONTEXT.mpf(0)))
    except _FAILURES as error:
        return Slope(None, None, False, False, f"no value at the point itself: {error}")
    even = _Table(kind.ratio, lambda column: 2 * column + 2, 8)
    jump = _Table(kind.ratio, lambda column: 2 * column + 1, 8)
    orders: list[Any] = []
    before: Any = None
    last: Any = None
    skipped = 0
    plateau = False
    flat = True
    for number in range(kind.count):
        step = size * CONTEXT.mpf(2) ** (-kind.first - kind.ratio * number)
        try:
            above, below = _finite(function(step)), _finite(function(-step))
        except _FAILURES:
            even = _Table(kind.ratio, lambda column: 2 * column + 2, 8)
            jump = _Table(kind.ratio, lambda column: 2 * column + 1, 8)
            orders, before, last, skipped = [], None, None, skipped + 1
            continue
        flat = flat and bool(above == below == middle)
        here = max(noise, kind.unit * max(abs(above), abs(below)))
        central = (above - below) / (2 * step)
        even.add(central, here / step)
        jump.add((above - 2 * middle + below) / step, 4 * here / step)
        if last is not None:
            change = abs(central - last)
            seen = change > 8 * here / step
            if seen and before is not None:
                orders.append(CONTEXT.log(before / change, 2) / kind.ratio)
            before = change if seen else None
            plateau = not seen
        last = central
        if number - skipped >= 3 and _small(even, jump, kind, scale):
            break
    if even.error is None:
        return Slope(None, None, False, False, "no two steps at which the function has a value")
    if flat:
        return Slope(CONTEXT.mpf(0), CONTEXT.mpf(0), True, True, "the same value at every step")
    return _judged(even, jump, orders, plateau, kind, scale)


def _finite(value: Any) -> Any:
    if not CONTEXT.isfinite(value):
        raise ArithmeticError("not finite")
    return value


def _demanded(value: Any, kind: Kind, scale: Any) -> Any:
    return kind.accuracy * max(abs(value), scale)


def _small(even: _Table, jump: _Table, kind: Kind, scale: Any) -> bool:
    demanded = _demanded(even.value, kind, scale)
    return bool(even.error <= demanded and jump.error <= demanded)


def _judged(even: _Table, jump: _Table, orders: list[Any], plateau: bool, kind: Kind, scale: Any) -> Slope:
    demanded = _demanded(even.value, kind, scale)
    told = ", ".join(CONTEXT.nstr(order, 3) for order in orders[-3:])
    why = f"orders of convergence {told}" if orders else "nothing but rounding between the steps"
    smooth = True
    if abs(jump.value) > jump.error and abs(jump.value) > demanded:
        smooth = False
        why = f"a kink: the one-sided slopes differ by {CONTEXT.nstr(jump.value, 5)}"
    elif not plateau and len(orders) >= 2 and max(orders[-2:]) < 1.5:
        # One order alone may be an accident of large steps; on the plateau there is no order to be seen.
        smooth = False
        why = f"no convergence of order 2: {why}"
    settled = bool(even.error <= demanded and jump.error <= demanded)
    if smooth and not settled:
        why = f"too little precision: off by up to {CONTEXT.nstr(even.error, 3)}; {why}"
    return Slope(even.value, even.error, smooth, settled, why)
