"""The complex step: Im f(x + i h) / h, without any subtraction, for analytic functions at 50 digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..numbers.high_precision import CONTEXT, HighPrecision
from .central import number
from .verdict import Answer, Array, Verdict

# f(x + ih) = f + i h f' - h^2 f''/2 - i h^3 f'''/6 …: the error is h^2 f'''/6, here 1e-80 of the third
# derivative, and no rounding is magnified, since nothing is subtracted.
STEP = CONTEXT.mpf(10) ** -40


def complex_slopes(function: Callable[[Array], Any], x: Array) -> Array:
    """Give the gradient (mpf) of an analytic scalar function.

    ``function`` is given an object array of the element type of ``x``: HighPrecision, or mpf and mpc. A
    function that compares raises on complex numbers: it has no complex step.
    """
    x = np.asarray(x, dtype=object)
    result = np.empty(x.shape, dtype=object)
    wrapped = any(isinstance(item, HighPrecision) for item in x.flat)
    for at in np.ndindex(x.shape):
        shifted = np.empty(x.shape, dtype=object)
        for other in np.ndindex(x.shape):
            value = number(x[other])
            shifted[other] = HighPrecision(value) if wrapped else value
        value = number(x[at]) + CONTEXT.mpc(0, STEP)
        shifted[at] = HighPrecision(value) if wrapped else value
        result[at] = CONTEXT.mpf(number(function(shifted)).imag) / STEP
    return result


def complex_step(function: Callable[[Array], Any], x: Array, gradient: Array) -> Verdict:
    """Judge a claimed gradient: right if every entry agrees to 25 digits.

    The two errors that the step has (see STEP) are below that by many powers of ten as long as the
    third derivative is below 1e50; a function that is not analytic, or not defined, is inconclusive.
    """
    gradient = np.asarray(gradient)
    if gradient.shape != np.shape(x):
        return Verdict(Answer.WRONG, f"the gradient has shape {gradient.shape}, its variable {np.shape(x)}")
    try:
        slopes = complex_slopes(function, x)
    except (TypeError, ArithmeticError, ValueError, AttributeError) as error:
        return Verdict(Answer.INCONCLUSIVE, f"no complex step: {error}")
    if not slopes.size:
        return Verdict(Answer.INCONCLUSIVE, "no entry was looked at")
    half = CONTEXT.mpf(10) ** -25
    largest = max(abs(value) for value in slopes.flat)
    for at in np.ndindex(slopes.shape):
        # An entry that is nothing but cancellation has no digits of its own: 45 of the largest.
        tolerance = half * max(abs(slopes[at]), half * 10**5 * largest)
        if not abs(slopes[at] - number(gradient[at])) <= tolerance:
            return Verdict(Answer.WRONG, "complex step", at, slopes[at], gradient[at], estimate=slopes)
    return Verdict(Answer.RIGHT, f"{slopes.size} entries, complex step", estimate=slopes)
