"""What is drawn: numbers over all that a float type holds. All magnitudes are as likely: exponents are drawn, not numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Drawn = list[list[list[float]]]
"""Arguments; of each the examples; of each the features."""
Draw = Callable[[Any, np.random.Generator, int], Drawn]
"""From a float type, a generator and the number of examples."""

CLASSES = 3
FAN_IN, FAN_OUT = 3, 2
ALPHA = 0.1
"""The rate of the step; no float is a tenth."""


def magnitudes(
    dtype: Any, rng: np.random.Generator, n: int, low: float = -np.inf, top: float = np.inf
) -> Any:
    """Draw positive numbers between 2**low and 2**top, from the smallest subnormal to the largest number."""
    info = np.finfo(dtype)
    low, top = max(low, info.minexp - info.nmant), min(top, info.maxexp)
    exponent = rng.uniform(low, top, n)
    whole = np.floor(exponent)
    # In two steps: 2**1023 times a number below 2 does not pass through infinity.
    numbers = np.ldexp(1 + rng.random(n), whole.astype(int)).astype(dtype)
    return np.minimum(numbers, dtype(2.0**top) if top < info.maxexp else info.max)


def signed(dtype: Any, rng: np.random.Generator, n: int, top: float = np.inf) -> Any:
    """Draw numbers of either sign, half of them from 2**-12 to 2**10, where functions turn; and the extremes."""
    half = n // 2
    drawn = np.concatenate(
        [magnitudes(dtype, rng, n - half, top=top), magnitudes(dtype, rng, half, -12, min(10, top))]
    )
    info = np.finfo(dtype)
    extremes = [
        0.0,
        info.smallest_subnormal,
        info.tiny,
        info.eps,
        1.0,
        float(info.max) if top >= info.maxexp else 2.0**top,
    ]
    count = min(len(extremes), n)
    drawn[:count] = extremes[:count]
    return rng.permutation(drawn * rng.choice([-1, 1], n).astype(dtype))


def fractions(dtype: Any, rng: np.random.Generator, n: int) -> Any:
    """Draw numbers in (0, 1): of all magnitudes from 0 on, and as near to 1 as the type holds."""
    half = n // 2
    small = magnitudes(dtype, rng, n - half, top=-1)
    near = 1 - magnitudes(dtype, rng, half, np.finfo(dtype).negep + 0.0, -1)
    return rng.permutation(np.concatenate([small, np.minimum(near, np.nextafter(dtype(1), dtype(0)))]))


def alone(array: Any) -> list[list[float]]:
    """Make each number an example of its own."""
    return [[number] for number in array]


def one(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    """Draw one number, of the whole range."""
    return [alone(signed(dtype, rng, n))]


def pairs(top: float) -> Draw:
    """Draw two numbers, a third of the time near each other, of at most 2**(top * maxexp)."""

    def draw(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
        limit = top * np.finfo(dtype).maxexp - 2
        y, t = signed(dtype, rng, n, limit), signed(dtype, rng, n, limit)
        near = rng.random(n) < 1 / 3
        t = np.where(near, np.nextafter(y, t), t)
        return [alone(y), alone(t)]

    return draw


def probabilities(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    """Draw a prediction in (0, 1) and a target, which is 0 or 1 half of the time."""
    y, t = fractions(dtype, rng, n), fractions(dtype, rng, n)
    kind = rng.random(n)
    t = np.where(kind < 0.25, 0, np.where(kind < 0.5, 1, t)).astype(dtype)
    return [alone(_large_enough(y, t)), alone(t)]


def _large_enough(y: Any, t: Any) -> Any:
    """Replace predictions where the slope t / y is more than the type holds: there losses are not defined."""
    return np.where(y <= 4 * (t / np.finfo(y.dtype).max), y.dtype.type(0.5), y)


def labels(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    """Draw a score and a label, -1 or +1; a quarter of the scores next to the label, where the kink is."""
    y = signed(dtype, rng, n)
    t = rng.choice([-1, 1], n).astype(dtype)
    y = np.where(rng.random(n) < 1 / 4, np.nextafter(t, y), y)
    return [alone(y), alone(t)]


def logit(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    """Draw a score and a target from 0 to 1."""
    return [alone(signed(dtype, rng, n)), probabilities(dtype, rng, n)[1]]


def logits(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    """Draw three scores; their differences must be finite, so half the range."""
    return [_rows(signed(dtype, rng, n * CLASSES, np.finfo(dtype).maxexp - 2), n)]


def logits_and_slopes(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    """Draw three scores and the gradient by what is computed from them."""
    # Linear in g, so of size 1 at most: a y below the smallest normal number has lost digits, which g would magnify.
    return [*logits(dtype, rng, n), _rows(signed(dtype, rng, n * CLASSES, 0), n)]


def logits_and_distribution(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    """Draw three scores and a distribution over the classes."""
    return [*logits(dtype, rng, n), list(_distribution(dtype, rng, n))]


def predictions_and_distribution(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    """Draw a prediction for each of three classes and a distribution over them."""
    y, t = fractions(dtype, rng, n * CLASSES).reshape(n, CLASSES), _distribution(dtype, rng, n)
    return [list(_large_enough(y, t)), list(t)]


def _distribution(dtype: Any, rng: np.random.Generator, n: int) -> Any:
    """Draw, half of the time one class, else multiples of 1/256, which are exact and sum to 1 exactly."""
    cut = np.sort(rng.integers(0, 257, (n, 2)), axis=1)
    t = np.stack([cut[:, 0], cut[:, 1] - cut[:, 0], 256 - cut[:, 1]], axis=1) / 256
    t = np.where(rng.random((n, 1)) < 0.5, np.eye(CLASSES)[rng.integers(0, CLASSES, n)], t)
    return t.astype(dtype)


def _rows(flat: Any, n: int) -> list[list[float]]:
    return list(flat.reshape(n, -1))


def affine(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    """Draw x, g, W and b, for each example anew; products must be finite: half the exponents each."""
    top = np.finfo(dtype).maxexp / 2 - 2
    return [
        _rows(signed(dtype, rng, n * width, top), n) for width in (FAN_IN, FAN_OUT, FAN_OUT * FAN_IN, FAN_OUT)
    ]


def descent(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    """Draw a parameter and a gradient."""
    top = np.finfo(dtype).maxexp - 2
    return [alone(signed(dtype, rng, n, top)), alone(signed(dtype, rng, n, top))]
