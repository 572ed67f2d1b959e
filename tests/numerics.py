"""How accurate activations, losses and gradients are, in units of rounding, over all that a float type holds.

The error of a result is measured in units of ``u * scale``: u = eps / 2 is what one rounding to nearest can
change, relative to its result, and ``scale`` is the exact result itself (then the figure is its relative error)
or, where accuracy is lost by the nature of the expression, the sum of the absolute values of what was added up.
A scale below the smallest normal number counts as that number: there one rounding is half the smallest
subnormal, which is u times it.

Each bound is counted, not measured: +, -, *, / round once (1 unit); exp, log, log1p and tanh of NumPy are within
4 units in the last place, which is 8 (`tests.rounding.ELEMENTARY`); an error of k units stays one of k units
under a product or quotient, and under a sum of terms of one sign.  Products of units (k u)**2 are covered by
1 % on top.  The exact values are other expressions than those in the packages, in 60 digits: sech for the slope of tanh.

``python -m tests.numerics [--json FILE] [--points N]`` prints the table.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any

import numpy as np

from tests.layout import batch, dense, examples, neurons, numbers
from tests.rounding import ELEMENTARY, high

SLACK = 1.01
"""For the products of units: at most 30 units of 6e-8 each, squared, are far below 1 % of one."""

Pair = tuple[Any, Any]  # exact value, scale
Drawn = list[list[list[float]]]  # arguments; of each the examples; of each the features


@dataclass(frozen=True)
class Function:
    """One function of the packages, its arguments, exact values and bound.

    ``draw(dtype, rng, n)`` gives the arguments as lists of examples; ``run(net, dtype, *arguments)`` the results of
    the package as a list of lists; ``exact(*arguments)``, for one example in 60 digits, the values and scales. With
    ``whole`` set, for all examples at once.
    """

    name: str
    draw: Callable[[Any, np.random.Generator, int], Drawn]
    run: Callable[..., list[list[float]]]
    exact: Callable[..., list[Pair]]
    bound: float
    relative_to: str
    because: str
    whole: bool = False


@dataclass(frozen=True)
class Row:
    """What was measured."""

    function: str
    convention: str
    dtype: str
    points: int
    worst: float
    at: str
    bound: float
    relative_to: str
    because: str

    @property
    def holds(self) -> bool:
        return self.worst <= self.bound * SLACK


# Arguments. All magnitudes are as likely: exponents are drawn, not numbers.


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


def _one(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    return [alone(signed(dtype, rng, n))]


def _pairs(top: float) -> Callable[[Any, np.random.Generator, int], Drawn]:
    """Draw two numbers, a third of the time near each other, of at most 2**(top * maxexp)."""

    def draw(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
        limit = top * np.finfo(dtype).maxexp - 2
        y, t = signed(dtype, rng, n, limit), signed(dtype, rng, n, limit)
        near = rng.random(n) < 1 / 3
        t = np.where(near, np.nextafter(y, t), t)
        return [alone(y), alone(t)]

    return draw


def _probabilities(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    y, t = fractions(dtype, rng, n), fractions(dtype, rng, n)
    kind = rng.random(n)
    t = np.where(kind < 0.25, 0, np.where(kind < 0.5, 1, t)).astype(dtype)
    # Where the slope t / y is more than the type holds, the packages refuse: see test_losses.
    y = np.where(y <= 4 * (t / np.finfo(dtype).max), dtype(0.5), y)
    return [alone(y), alone(t)]


def _labels(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    y = signed(dtype, rng, n)
    t = rng.choice([-1, 1], n).astype(dtype)
    y = np.where(rng.random(n) < 1 / 4, np.nextafter(t, y), y)
    return [alone(y), alone(t)]


def _logit(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    return [alone(signed(dtype, rng, n)), _probabilities(dtype, rng, n)[1]]


CLASSES = 3


def _logits(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    """Draw three scores; their differences must be finite, so half the range."""
    flat = signed(dtype, rng, n * CLASSES, np.finfo(dtype).maxexp - 2)
    return [list(flat.reshape(n, CLASSES))]


def _logits_and_slopes(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    (v,) = _logits(dtype, rng, n)
    # Linear in g, so of size 1 at most: a y below the smallest normal number has lost digits, which g would magnify.
    g = signed(dtype, rng, n * CLASSES, 0)
    return [v, list(g.reshape(n, CLASSES))]


def _logits_and_distribution(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    (v,) = _logits(dtype, rng, n)
    cut = np.sort(rng.integers(0, 257, (n, 2)), axis=1)
    t = np.stack([cut[:, 0], cut[:, 1] - cut[:, 0], 256 - cut[:, 1]], axis=1) / 256  # exact
    t = np.where(rng.random((n, 1)) < 0.5, np.eye(CLASSES)[rng.integers(0, CLASSES, n)], t)
    return [v, list(t.astype(dtype))]


# What the packages give.


def _forward(name: str) -> Callable[..., list[list[float]]]:
    def run(net: ModuleType, dtype: Any, v: Any) -> list[list[float]]:
        return examples(net, net.activation(name).forward(batch(net, v, dtype)))

    return run


def _backward(name: str) -> Callable[..., list[list[float]]]:
    def run(net: ModuleType, dtype: Any, v: Any, g: Any = None) -> list[list[float]]:
        layer = net.activation(name)
        layer.forward(batch(net, v, dtype))
        g = [[1] * len(v[0])] * len(v) if g is None else g
        return examples(net, layer.backward(batch(net, g, dtype)))

    return run


def _loss(name: str, method: str) -> Callable[..., list[list[float]]]:
    def run(net: ModuleType, dtype: Any, y: Any, t: Any) -> list[list[float]]:
        loss = net.loss(name, "sum")
        return examples(net, getattr(loss, method)(batch(net, y, dtype), batch(net, t, dtype)))

    return run


# Exact values, each with its scale.


def _itself(value: Any) -> list[Pair]:
    return [(value, abs(value))]


def _sigmoid(v: Any) -> Any:
    return 1 / (1 + high.exp(-v))


def _sigmoid_slope(v: Any) -> list[Pair]:
    slope = high.sech(v / 2) ** 2 / 4
    return [(slope, slope if v < 0 else _sigmoid(v))]


def _softmax(v: list[Any]) -> tuple[list[Any], list[Any]]:
    most = max(v)
    powers = [high.exp(a - most) for a in v]
    return [p / sum(powers) for p in powers], [most - a for a in v]


def _softmax_values(*v: Any) -> list[Pair]:
    y, below = _softmax(list(v))
    return [(a, a * (1 + d)) for a, d in zip(y, below)]


def _softmax_gradient(v: list[Any], g: list[Any]) -> list[Pair]:
    y, below = _softmax(v)
    mean = sum(a * b for a, b in zip(y, g))
    size = sum(a * abs(b) for a, b in zip(y, g))
    spread = sum(a * abs(b) * (1 + d) for a, b, d in zip(y, g, below))
    return [(a * (b - mean), a * ((1 + d) * (abs(b) + size) + spread)) for a, b, d in zip(y, g, below)]


def _mean_below(y: list[Any], t: list[Any]) -> list[Pair]:
    """Softmax cross-entropy: the sum of t times (log S + d), where d says how far below the largest."""
    most = max(y)
    log = high.log(sum(high.exp(a - most) for a in y))
    value = sum(b * (log + most - a) for a, b in zip(y, t))
    return [(value, sum(b * (1 + log + most - a) for a, b in zip(y, t)))]


def _softmax_minus(y: list[Any], t: list[Any]) -> list[Pair]:
    p, below = _softmax(y)
    return [(a - b, a * (1 + d) + b) for a, b, d in zip(p, t, below)]


def _binary(y: Any, t: Any) -> list[Pair]:
    yes = t * high.log(y) if t else high.mpf(0)
    no = (1 - t) * high.log1p(-y) if t != 1 else high.mpf(0)
    return _itself(-(yes + no))


def _binary_gradient(y: Any, t: Any) -> list[Pair]:
    yes, no = t / y, (1 - t) / (1 - y)
    return [(no - yes, no + yes)]


def _logit_value(v: Any, t: Any) -> list[Pair]:
    """The same loss, as t log(1 + exp(-v)) + (1 - t) log(1 + exp(v))."""

    def softplus(a: Any) -> Any:
        return high.log1p(high.exp(a)) if a < 0 else a + high.log1p(high.exp(-a))

    value = t * softplus(-v) + (1 - t) * softplus(v)
    return [(value, max(v, 0) + t * abs(v) + high.log1p(high.exp(-abs(v))))]


def _sign(a: Any) -> int:
    return (a > 0) - (a < 0)


RESULT = "the result"

FUNCTIONS = [
    Function("relu", _one, _forward("relu"), lambda v: _itself(max(v, 0)), 0, RESULT, "a choice"),
    Function("relu slope", _one, _backward("relu"), lambda v: _itself(int(v > 0)), 0, RESULT, "a choice"),
    Function(
        "sigmoid",
        _one,
        _forward("sigmoid"),
        lambda v: _itself(_sigmoid(v)),
        ELEMENTARY + 2,
        RESULT,
        "e = exp(-|v|): 8; 1 + e: 1 more, and that of e counts e / (1 + e) of it, with the opposite sign; /: 1",
    ),
    Function(
        "sigmoid slope",
        _one,
        _backward("sigmoid"),
        _sigmoid_slope,
        ELEMENTARY + 6,
        "the result for v < 0, sigmoid(v) for v >= 0 (there 1 - y cancels: 0 beyond v = 37 in double)",
        "v < 0: y has 8 (1 - y) + 2, which 1 - y turns into y / (1 - y) as many: 8 + 2 / (1 - y), and y <= 1/2;"
        " 1 - y and the product: 2.  v >= 0: 8 (1 - y) + 2 <= 6, of y in one factor and of y in the other, and 2",
    ),
    Function("tanh", _one, _forward("tanh"), lambda v: _itself(high.tanh(v)), ELEMENTARY, RESULT, "tanh: 8"),
    Function(
        "tanh slope",
        _one,
        _backward("tanh"),
        lambda v: [(high.sech(v) ** 2, 1)],
        2 * ELEMENTARY + 1,
        "1, the largest operand (1 - y**2 cancels: 0 beyond v = 19 in double)",
        "y**2: 16 + 1, times y**2; 1 - y**2: 1, times 1 - y**2",
    ),
    Function(
        "softmax",
        _logits,
        _forward("softmax"),
        lambda *v: _softmax_values(*v),
        2 * ELEMENTARY + 4,
        "y (1 + d), d = max v - v (by nature: v itself is known to |v| u only)",
        "v - max: d; exp: 8; the sum: 8, 2 additions, and d exp(-d) <= 1/e for each of two; /: 1: less than 20 + d",
    ),
    Function(
        "softmax gradient",
        _logits_and_slopes,
        _backward("softmax"),
        _softmax_gradient,
        2 * ELEMENTARY + 7,
        "y ((1 + d) (|g| + sum y |g|) + sum y |g| (1 + d)), for |g| <= 1",
        "y: 20 (1 + d); products: 1, their sum: 2; g - sum: 1; product: 1: at most 23",
        whole=True,
    ),
    Function(
        "mse",
        _pairs(0.5),
        _loss("mse", "per_example"),
        lambda y, t: _itself((y - t) ** 2),
        3,
        RESULT,
        "y - t: 1, twice in the square; square: 1 (one output; n of them: n - 1 additions and a division more)",
    ),
    Function(
        "mse gradient",
        _pairs(1),
        _loss("mse", "gradient"),
        lambda y, t: _itself(2 * (y - t)),
        1,
        RESULT,
        "y - t: 1",
    ),
    Function(
        "mae", _pairs(1), _loss("mae", "per_example"), lambda y, t: _itself(abs(y - t)), 1, RESULT, "y - t: 1"
    ),
    Function(
        "mae gradient",
        _pairs(1),
        _loss("mae", "gradient"),
        lambda y, t: _itself(_sign(y - t)),
        0,
        RESULT,
        "y - t is 0 only where y = t; a number by itself is 1",
    ),
    Function(
        "cross-entropy",
        _probabilities,
        _loss("cross-entropy", "per_example"),
        lambda y, t: _itself(-t * high.log(y)),
        ELEMENTARY + 1,
        RESULT,
        "log: 8; product: 1",
    ),
    Function(
        "cross-entropy gradient",
        _probabilities,
        _loss("cross-entropy", "gradient"),
        lambda y, t: _itself(-t / y),
        1,
        RESULT,
        "/: 1",
    ),
    Function(
        "binary-cross-entropy",
        _probabilities,
        _loss("binary-cross-entropy", "per_example"),
        _binary,
        ELEMENTARY + 3,
        RESULT,
        "1 - t: 1; log, log1p: 8; product: 1; both terms have one sign, +: 1",
    ),
    Function(
        "binary-cross-entropy gradient",
        _probabilities,
        _loss("binary-cross-entropy", "gradient"),
        _binary_gradient,
        4,
        "(1 - t) / (1 - y) + t / y (the difference cancels at y = t)",
        "1 - t, 1 - y, /: 3; t / y: 1; difference: 1",
    ),
    Function(
        "hinge",
        _labels,
        _loss("hinge", "per_example"),
        lambda y, t: _itself(max(1 - t * y, 0)),
        1,
        RESULT,
        "t y is exact for a label; 1 - t y: 1",
    ),
    Function(
        "hinge gradient",
        _labels,
        _loss("hinge", "gradient"),
        lambda y, t: _itself(-t * int(1 - t * y > 0)),
        0,
        RESULT,
        "a difference is rounded to 0 only where it is 0",
    ),
    Function(
        "softmax-cross-entropy",
        _logits_and_distribution,
        _loss("softmax-cross-entropy", "per_example"),
        _mean_below,
        ELEMENTARY + 6,
        "sum t (1 + log S + d), S = sum exp(-d) (1 stands for what log S loses where S is near 1)",
        "S: 8 + 2 + 2/e, in log S as many of 1; log: 8; v - max: d; sum of both: 1; product: 1; their sum: 2",
        whole=True,
    ),
    Function(
        "softmax-cross-entropy gradient",
        _logits_and_distribution,
        _loss("softmax-cross-entropy", "gradient"),
        _softmax_minus,
        2 * ELEMENTARY + 5,
        "y (1 + d) + t, y = softmax v (the difference cancels at y = t)",
        "softmax: 20 (1 + d); difference: 1",
        whole=True,
    ),
    Function(
        "sigmoid-binary-cross-entropy",
        _logit,
        _loss("sigmoid-binary-cross-entropy", "per_example"),
        _logit_value,
        2 * ELEMENTARY + 2,
        "max(v, 0) + t |v| + log1p(exp(-|v|)) (the first two cancel for t near 1)",
        "exp: 8, log1p: 8 more; product t v: 1; difference: 1; sum: 1: 17 for the third term, 3 for the others",
    ),
    Function(
        "sigmoid-binary-cross-entropy gradient",
        _logit,
        _loss("sigmoid-binary-cross-entropy", "gradient"),
        lambda v, t: [(_sigmoid(v) - t, _sigmoid(v) + t)],
        ELEMENTARY + 3,
        "y + t, y = sigmoid v (the difference cancels at y = t)",
        "sigmoid: 10; difference: 1",
    ),
]


# The dense layer and the step: sums of products.

FAN_IN, FAN_OUT = 3, 2


def _affine(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    """Draw W and b for each example anew; products must be finite: half the exponents each."""
    top = np.finfo(dtype).maxexp / 2 - 2
    x, g = (signed(dtype, rng, n * width, top).reshape(n, width) for width in (FAN_IN, FAN_OUT))
    W, b = signed(dtype, rng, n * FAN_OUT * FAN_IN, top), signed(dtype, rng, n * FAN_OUT, top)
    return [list(x), list(g), list(W.reshape(n, -1)), list(b.reshape(n, -1))]


def _per_network(
    pick: Callable[[ModuleType, Any, Any, Any, Any], list[float]],
) -> Callable[..., list[list[float]]]:
    """Run a dense layer of its own for each example, which comes twice, so that sums over the batch add two."""

    def run(net: ModuleType, dtype: Any, x: Any, g: Any, W: Any, b: Any) -> list[list[float]]:
        found = []
        for place in range(len(x)):
            other = (place + 1) % len(x)
            layer = dense(net, np.reshape(W[place], (FAN_OUT, FAN_IN)), b[place], dtype)
            y = layer.forward(batch(net, [x[place], x[other]], dtype))
            found.append(pick(net, layer, y, batch(net, [g[place], g[other]], dtype), None))
        return found

    return run


def _flat(lists: Any) -> list[float]:
    return [number for row in lists for number in row]


def _sum(terms: list[Any]) -> Pair:
    return sum(terms), sum(map(abs, terms))


def _dense_exact(what: str) -> Callable[..., list[list[Pair]]]:
    def exact(x: Any, g: Any, W: Any, b: Any) -> list[list[Pair]]:
        found = []
        for place in range(len(x)):
            both = place, (place + 1) % len(x)
            w = [W[place][j * FAN_IN : (j + 1) * FAN_IN] for j in range(FAN_OUT)]
            inputs, outputs = range(FAN_IN), range(FAN_OUT)
            if what == "forward":
                row = [
                    _sum([b[place][j], *(w[j][i] * x[k][i] for i in inputs)]) for k in both for j in outputs
                ]
            elif what == "x":
                row = [_sum([w[j][i] * g[k][j] for j in outputs]) for k in both for i in inputs]
            elif what == "W":
                row = [_sum([g[k][j] * x[k][i] for k in both]) for j in outputs for i in inputs]
            else:
                row = [_sum([g[k][j] for k in both]) for j in outputs]
            found.append(row)
        return found

    return exact


def _descent(dtype: Any, rng: np.random.Generator, n: int) -> Drawn:
    top = np.finfo(dtype).maxexp - 2
    return [alone(signed(dtype, rng, n, top)), alone(signed(dtype, rng, n, top))]


ALPHA = 0.1
SUM = "the sum of the absolute values of the terms"

SUMS = [
    (
        Function(
            "dense forward",
            _affine,
            _per_network(lambda net, layer, y, g, _: _flat(examples(net, y))),
            _dense_exact("forward"),
            FAN_IN + 1,
            SUM,
            "a product: 1; n terms and the bias: n additions, in any order",
        )
    ),
    Function(
        "dense gradient x",
        _affine,
        _per_network(lambda net, layer, y, g, _: _flat(examples(net, layer.backward(g).x))),
        _dense_exact("x"),
        FAN_OUT,
        SUM,
        "a product: 1; fan_out terms: fan_out - 1 additions",
    ),
    Function(
        "dense gradient W",
        _affine,
        _per_network(lambda net, layer, y, g, _: _flat(neurons(net, layer.backward(g).W))),
        _dense_exact("W"),
        2,
        SUM,
        "a product: 1; batch of 2: 1 addition",
    ),
    Function(
        "dense gradient b",
        _affine,
        _per_network(lambda net, layer, y, g, _: numbers(net, layer.backward(g).b)),
        _dense_exact("b"),
        1,
        SUM,
        "batch of 2: 1 addition",
    ),
    Function(
        "descend",
        _descent,
        lambda net, dtype, p, g: examples(
            net, net.descend(batch(net, p, dtype), batch(net, g, dtype), ALPHA)
        ),
        lambda p, g: [(p - high.mpf(ALPHA) * g, abs(p) + high.mpf(ALPHA) * abs(g))],
        3,
        SUM,
        "alpha in single precision: 1; product: 1; sum: 1",
    ),
]

EVERYTHING = [*FUNCTIONS, *SUMS]


def _expected(function: Function, drawn: Drawn) -> list[list[Pair]]:
    exact = [[[high.mpf(float(a)) for a in example] for example in argument] for argument in drawn]
    if function.draw is _affine:
        whole: Any = function.exact(*exact)
        return whole
    if function.whole:
        return [function.exact(*arguments) for arguments in zip(*exact)]
    return [function.exact(*(a for argument in arguments for a in argument)) for arguments in zip(*exact)]


def measure(function: Function, net: ModuleType, dtype: Any, points: int, seed: int = 0) -> Row:
    """Find the worst error among so many points."""
    drawn = function.draw(dtype, np.random.default_rng(seed), points)
    info = np.finfo(dtype)
    with np.errstate(under="ignore"):
        found = function.run(net, dtype, *drawn)
    unit, least = high.mpf(float(info.eps)) / 2, high.mpf(float(info.tiny))
    worst, at = high.mpf(-1), ""
    expected = _expected(function, drawn)
    if [len(row) for row in found] != [len(row) for row in expected]:
        raise ValueError(f"{function.name}: another number of results than expected")
    for place, (results, pairs) in enumerate(zip(found, expected)):
        for result, (value, scale) in zip(results, pairs):
            if not np.isfinite(result):
                error = high.inf
            else:
                error = abs(high.mpf(float(result)) - value) / (unit * max(abs(scale), least))
            if error > worst:
                arguments = (", ".join(f"{float(a):.9g}" for a in argument[place]) for argument in drawn)
                worst, at = error, " | ".join(arguments)
    return Row(
        function=function.name,
        convention=net.CONVENTION,
        dtype=np.dtype(dtype).name,
        points=points,
        worst=float(worst),
        at=at,
        bound=float(function.bound),
        relative_to=function.relative_to,
        because=function.because,
    )


def table(points: int) -> Iterator[Row]:
    """Measure everything, in both conventions and types."""
    import colnet
    import rownet

    for function in EVERYTHING:
        for dtype in (np.float64, np.float32):
            for net in (colnet, rownet):
                yield measure(function, net, dtype, points)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; with --json write it too. The exit code says whether every bound holds."""
    from pathlib import Path

    from rich.console import Console
    from rich.table import Table

    from derivations.certificate.writing import write_whole

    parser = argparse.ArgumentParser(
        prog="python -m tests.numerics", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--points", type=int, default=4000, metavar="N", help="for each line [4000]")
    options = parser.parse_args(arguments)
    shown = Table(title="Worst error in units of rounding (u = eps / 2)")
    for name in ("function", "type", "convention", "worst", "bound", "relative to"):
        shown.add_column(name, justify="right" if name in ("worst", "bound") else "left", overflow="fold")
    rows = []
    for row in table(options.points):
        rows.append(row)
        mark = "" if row.holds else " [red]exceeded[/]"
        worst, bound = f"{row.worst:.2f}{mark}", f"{row.bound:g}"
        shown.add_row(row.function, row.dtype, row.convention, worst, bound, row.relative_to)
    Console().print(shown)
    if options.json:
        facts = {
            "numpy": np.__version__,
            "unit": "u = eps / 2, times the scale",
            "rows": [asdict(row) | {"holds": row.holds} for row in rows],
        }
        write_whole(options.json, json.dumps(facts, indent=1) + "\n")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
