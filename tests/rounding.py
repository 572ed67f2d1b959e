"""Bounds on rounding, and derivatives from 60-digit numbers; neither knows a formula of a gradient.

The bounds are a priori: k roundings change a result by at most gamma(k) times the sum of the absolute
values that were added up (Higham, Accuracy and Stability of Numerical Algorithms, 3.1).
"""

import math

import numpy as np

from derivations.accuracy.exact import high
from derivations.accuracy.functions import ELEMENTARY as ELEMENTARY

STEP = high.mpf(10) ** -20  # a central difference is then right to 1e-40, far below any float


def gamma(roundings, dtype=np.float64):
    """Bound the relative effect of that many roundings to nearest."""
    amount = math.ceil(roundings) * float(np.finfo(dtype).eps) / 2
    assert amount < 0.01, "a bound this wide says nothing"
    return amount / (1 - amount)


def assert_within(actual, expected, roundings, scale=None, dtype=np.float64):
    """Hold each number against its exact value; ``scale`` is what the roundings are relative to."""
    actual, expected = list(flat(actual)), list(flat(expected))
    scale = expected if scale is None else list(flat(scale))
    assert len(actual) == len(expected) == len(scale)
    least = float(np.finfo(dtype).smallest_subnormal)  # below it nothing can be told apart
    for a, e, s in zip(actual, expected, scale):
        bound = gamma(roundings, dtype) * abs(s) + least
        assert abs(high.mpf(a) - high.mpf(e)) <= bound, (a, e, "bound", bound)


def flat(value):
    """Give the numbers in nested lists and arrays, in order."""
    if isinstance(value, np.ndarray):
        value = [high.mpf(float(v)) for v in value.ravel()]
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from flat(part)
    elif hasattr(value, "numerator") and not isinstance(value, (int, np.generic)):
        yield high.mpf(value.numerator) / value.denominator  # a Fraction
    elif isinstance(value, np.generic):
        yield high.mpf(float(value))
    else:
        yield high.mpf(value)


def differences(function, point):
    """Differentiate a function of a list of 60-digit numbers by each of them, from its values alone."""
    slopes = []
    for i in range(len(point)):
        up = function([*point[:i], point[i] + STEP, *point[i + 1 :]])
        down = function([*point[:i], point[i] - STEP, *point[i + 1 :]])
        slopes.append((up - down) / (2 * STEP))
    return slopes


def exact_differences(function, point, step=1):
    """Differentiate exactly a function that is at most quadratic in each number, from its values alone."""
    slopes = []
    for i in range(len(point)):
        up = function([*point[:i], point[i] + step, *point[i + 1 :]])
        down = function([*point[:i], point[i] - step, *point[i + 1 :]])
        slopes.append((up - down) / (2 * step))
    return slopes
