"""Differences of polynomials on rationals: exact, so without any tolerance."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from ..numbers.rational import Rational
from .verdict import Answer, Array, Verdict

# Steps from large to small: where the large ones meet a kink, the small ones may not.
_STEPS = (Fraction(1), Fraction(1, 2**10), Fraction(1, 2**30))


def _fraction(value: Any) -> Fraction:
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(-1)[0]
    return Rational(value).value


def _extrapolated(rows: list[Fraction], powers: Callable[[int], int]) -> Fraction:
    """Remove powers of the step from values for successively halved steps."""
    column = 0
    while len(rows) > 1:
        factor = 2 ** powers(column)
        rows = [(factor * fine - rough) / (factor - 1) for rough, fine in pairwise(rows)]
        column += 1
    return rows[0]


def exact_slope(function: Callable[[Fraction], Fraction], degree: int, step: Fraction) -> Fraction | None:
    """Give the slope at 0 of a polynomial of this degree, exactly; None where it is no such polynomial.

    A central difference of a polynomial of degree d is its slope plus the even powers of the step below d,
    and the difference of its one-sided slopes has the odd ones: so many steps determine them. Two more
    have to agree, and the one-sided slopes with each other.
    """
    for_slope, for_jump = max(1, (degree + 1) // 2), degree // 2 + 1
    steps = [step / 2**k for k in range(max(for_slope, for_jump) + 2)]
    above = [function(h) for h in steps]
    below = [function(-h) for h in steps]
    middle = function(Fraction(0))
    central = [(a - b) / (2 * h) for a, b, h in zip(above, below, steps)]
    jumps = [(a - 2 * middle + b) / h for a, b, h in zip(above, below, steps)]
    found = {_extrapolated(central[k : k + for_slope], lambda column: 2 * column + 2) for k in range(3)}
    jump = {_extrapolated(jumps[k : k + for_jump], lambda column: 2 * column + 1) for k in range(3)}
    return found.pop() if len(found) == 1 and jump == {Fraction(0)} else None


def exact_differences(
    function: Callable[[Array], Any], x: Array, gradient: Array, degree: int = 2
) -> Verdict:
    """Judge a claimed gradient of a piecewise polynomial, on Rationals or Fractions, with tolerance zero.

    Parameters
    ----------
    function : callable
        From an array like ``x`` to an exact number.
    x, gradient : object arrays of one shape
        Of Rational, Fraction or int; a float raises InexactNumberError.
    degree : int
        The degree in each single entry; where two further steps do not fit it, or the point is on a kink,
        the answer is inconclusive.
    """
    x, gradient = np.asarray(x, dtype=object), np.asarray(gradient, dtype=object)
    if x.shape != gradient.shape:
        return Verdict(Answer.WRONG, f"the gradient has shape {gradient.shape}, its variable {x.shape}")
    if not x.size:
        return Verdict(Answer.INCONCLUSIVE, "no entry was looked at")
    estimate = np.full(x.shape, None, dtype=object)
    undecided: tuple[int, ...] | None = None
    for at in np.ndindex(x.shape):

        def along(step: Fraction, at: tuple[int, ...] = at) -> Fraction:
            moved = x.copy()
            moved[at] = moved[at] + step
            return _fraction(function(moved))

        for step in _STEPS:
            try:
                estimate[at] = exact_slope(along, degree, step)
            except ZeroDivisionError:  # no polynomial; another step may tell more
                continue
            if estimate[at] is not None:
                break
        if estimate[at] is None:
            undecided = at if undecided is None else undecided
        elif estimate[at] != _fraction(gradient[at]):
            detail = f"exact differences, degree {degree}"
            return Verdict(Answer.WRONG, detail, at, estimate[at], gradient[at], 0, estimate)
    if undecided is not None:
        why = f"a kink, or no polynomial of degree {degree}, with steps {', '.join(map(str, _STEPS))}"
        return Verdict(Answer.INCONCLUSIVE, why, undecided, got=gradient[undecided], estimate=estimate)
    return Verdict(Answer.RIGHT, f"{x.size} entries, exact", error=0, estimate=estimate)
