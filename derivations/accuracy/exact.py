"""Exact values, in 60 digits, each with the scale that its error is relative to.

They are other expressions than those in the packages: sech for the slope of tanh, softplus for cross-entropy of logits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath

from .drawing import ALPHA, FAN_IN, FAN_OUT

high = mpmath.mp.clone()
high.dps = 60
Pair = tuple[Any, Any]
"""Exact value, scale."""


def itself(value: Any) -> list[Pair]:
    """Give a value whose error is relative to itself."""
    return [(value, abs(value))]


def sigmoid(v: Any) -> Any:
    """Give 1 / (1 + exp(-v))."""
    return 1 / (1 + high.exp(-v))


def sigmoid_slope(v: Any) -> list[Pair]:
    """Give the slope of sigmoid; relative to sigmoid where 1 - y cancels."""
    slope = high.sech(v / 2) ** 2 / 4
    return [(slope, slope if v < 0 else sigmoid(v))]


def softmax(v: list[Any]) -> tuple[list[Any], list[Any]]:
    """Give softmax, and how far each score is below the largest."""
    most = max(v)
    powers = [high.exp(a - most) for a in v]
    return [p / sum(powers) for p in powers], [most - a for a in v]


def softmax_values(*v: Any) -> list[Pair]:
    """Give softmax; a score is known to |v| u only, which counts."""
    y, below = softmax(list(v))
    return [(a, a * (1 + d)) for a, d in zip(y, below)]


def softmax_gradient(v: list[Any], g: list[Any]) -> list[Pair]:
    """Give the product of a gradient with the Jacobian of softmax."""
    y, below = softmax(v)
    mean = sum(a * b for a, b in zip(y, g))
    size = sum(a * abs(b) for a, b in zip(y, g))
    spread = sum(a * abs(b) * (1 + d) for a, b, d in zip(y, g, below))
    return [(a * (b - mean), a * ((1 + d) * (abs(b) + size) + spread)) for a, b, d in zip(y, g, below)]


def mean_below(y: list[Any], t: list[Any]) -> list[Pair]:
    """Give cross-entropy of softmax: the sum of t times (log S + d), where d says how far below the largest."""
    most = max(y)
    log = high.log(sum(high.exp(a - most) for a in y))
    value = sum(b * (log + most - a) for a, b in zip(y, t))
    return [(value, sum(b * (1 + log + most - a) for a, b in zip(y, t)))]


def softmax_minus(y: list[Any], t: list[Any]) -> list[Pair]:
    """Give softmax minus the target."""
    p, below = softmax(y)
    return [(a - b, a * (1 + d) + b) for a, b, d in zip(p, t, below)]


def categorical(y: list[Any], t: list[Any]) -> list[Pair]:
    """Give cross-entropy over the classes; a class that is no target adds nothing."""
    return itself(-sum(b * high.log(a) for a, b in zip(y, t) if b))


def binary(y: Any, t: Any) -> list[Pair]:
    """Give binary cross-entropy of a prediction."""
    yes = t * high.log(y) if t else high.mpf(0)
    no = (1 - t) * high.log1p(-y) if t != 1 else high.mpf(0)
    return itself(-(yes + no))


def binary_gradient(y: Any, t: Any) -> list[Pair]:
    """Give its derivative; relative to both terms, which cancel at y = t."""
    yes, no = t / y, (1 - t) / (1 - y)
    return [(no - yes, no + yes)]


def logit_value(v: Any, t: Any) -> list[Pair]:
    """Give binary cross-entropy of sigmoid, as t log(1 + exp(-v)) + (1 - t) log(1 + exp(v))."""

    def softplus(a: Any) -> Any:
        return high.log1p(high.exp(a)) if a < 0 else a + high.log1p(high.exp(-a))

    value = t * softplus(-v) + (1 - t) * softplus(v)
    return [(value, max(v, 0) + t * abs(v) + high.log1p(high.exp(-abs(v))))]


def sign(a: Any) -> int:
    """Give -1, 0 or 1."""
    return int(a > 0) - int(a < 0)


def total(terms: list[Any]) -> Pair:
    """Give a sum; its error is relative to the sum of absolute values."""
    return sum(terms), sum(map(abs, terms))


def dense(what: str) -> Callable[..., list[list[Pair]]]:
    """Give a dense layer's output, or its gradient by x, W or b, for each example together with the next."""

    def exact(x: Any, g: Any, W: Any, b: Any) -> list[list[Pair]]:
        found = []
        for place in range(len(x)):
            both = place, (place + 1) % len(x)
            w = [W[place][j * FAN_IN : (j + 1) * FAN_IN] for j in range(FAN_OUT)]
            inputs, outputs = range(FAN_IN), range(FAN_OUT)
            if what == "forward":
                row = [
                    total([b[place][j], *(w[j][i] * x[k][i] for i in inputs)]) for k in both for j in outputs
                ]
            elif what == "x":
                row = [total([w[j][i] * g[k][j] for j in outputs]) for k in both for i in inputs]
            elif what == "W":
                row = [total([g[k][j] * x[k][i] for k in both]) for j in outputs for i in inputs]
            else:
                row = [total([g[k][j] for k in both]) for j in outputs]
            found.append(row)
        return found

    return exact


def descent(p: Any, g: Any) -> list[Pair]:
    """Give the parameter after a step."""
    return [total([p, -high.mpf(ALPHA) * g])]
