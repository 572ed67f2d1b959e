"""The functions that are measured, each with its bound: counted from its operations, not measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from . import drawing, exact, running
from .drawing import FAN_IN, FAN_OUT, Draw
from .running import Run

ELEMENTARY = 8
"""NumPy states its exp, log, tanh, log1p to be within 4 units in the last place: at most 8 roundings."""


@dataclass(frozen=True)
class Function:
    """One function of the packages, its arguments, exact values and bound.

    Attributes
    ----------
    name : str
        As it is shown.
    claims : tuple of str
        Ids of the claims that it is about.
    draw, run : callable
        The arguments over the range of a type, and what a package makes of them.
    exact : callable
        From the arguments of one example, in 60 digits, to the values, each with its scale.
    bound : float
        On the error, in units of rounding times the scale.
    relative_to, because : str
        What the scale is, and how the bound was counted.
    whole : bool
        Whether ``exact`` takes each argument as the list of its features; else as numbers.
    at_once : bool
        Whether it takes the lists of all examples, and gives the values of each.
    """

    name: str
    claims: tuple[str, ...]
    draw: Draw
    run: Run
    exact: Callable[..., Any]
    bound: float
    relative_to: str
    because: str
    whole: bool = False
    at_once: bool = False


RESULT = "the result"

FUNCTIONS = [
    Function(
        "relu",
        ("relu",),
        drawing.one,
        running.forward("ReLU"),
        lambda v: exact.itself(max(v, 0)),
        0,
        RESULT,
        "a choice; nothing is rounded",
    ),
    Function(
        "relu slope",
        ("relu", "activation-gradient"),
        drawing.one,
        running.backward("ReLU"),
        lambda v: exact.itself(int(v > 0)),
        0,
        RESULT,
        "a choice; nothing is rounded",
    ),
    Function(
        "sigmoid",
        ("sigmoid",),
        drawing.one,
        running.forward("Sigmoid"),
        lambda v: exact.itself(exact.sigmoid(v)),
        ELEMENTARY + 2,
        RESULT,
        "e = exp(-|v|): 8; 1 + e: 1 more, and that of e counts e / (1 + e) of it, with the opposite sign; division: 1",
    ),
    Function(
        "sigmoid slope",
        ("sigmoid", "activation-gradient"),
        drawing.one,
        running.backward("Sigmoid"),
        exact.sigmoid_slope,
        ELEMENTARY + 6,
        "the result for v < 0, sigmoid(v) for v >= 0 (there 1 - y cancels: 0 beyond v = 37 in double)",
        "v < 0: y has 8 (1 - y) + 2, which 1 - y turns into y / (1 - y) as many: 8 + 2 / (1 - y), and y <= 1/2;"
        " 1 - y and the product: 2.  v >= 0: 8 (1 - y) + 2 <= 6, of y in one factor and of y in the other, and 2",
    ),
    Function(
        "tanh",
        ("tanh",),
        drawing.one,
        running.forward("Tanh"),
        lambda v: exact.itself(exact.high.tanh(v)),
        ELEMENTARY,
        RESULT,
        "tanh: 8",
    ),
    Function(
        "tanh slope",
        ("tanh", "activation-gradient"),
        drawing.one,
        running.backward("Tanh"),
        lambda v: [(exact.high.sech(v) ** 2, 1)],
        2 * ELEMENTARY + 1,
        "1, the largest operand (1 - y**2 cancels: 0 beyond v = 19 in double)",
        "y**2: 16 + 1, times y**2; 1 - y**2: 1, times 1 - y**2",
    ),
    Function(
        "softmax",
        ("softmax",),
        drawing.logits,
        running.forward("Softmax"),
        lambda *v: exact.softmax_values(*v),
        2 * ELEMENTARY + 4,
        "y (1 + d), d = max v - v (by nature: v itself is known to |v| u only)",
        "v - max: d; exp: 8; the sum: 8, 2 additions, and d exp(-d) <= 1/e for each of two; division: 1: less than 20 + d",
    ),
    Function(
        "softmax gradient",
        ("softmax",),
        drawing.logits_and_slopes,
        running.backward("Softmax"),
        exact.softmax_gradient,
        2 * ELEMENTARY + 7,
        "y ((1 + d) (|g| + sum y |g|) + sum y |g| (1 + d)), for |g| <= 1",
        "y: 20 (1 + d); products: 1, their sum: 2; g - sum: 1; product: 1: at most 23",
        whole=True,
    ),
    Function(
        "mse",
        ("mse",),
        drawing.pairs(0.5),
        running.loss("MSE", "per_example"),
        lambda y, t: exact.itself((y - t) ** 2),
        3,
        RESULT,
        "y - t: 1, twice in the square; square: 1 (one output; n of them: n - 1 additions and a division more)",
    ),
    Function(
        "mse gradient",
        ("mse", "mse-gradient"),
        drawing.pairs(1),
        running.loss("MSE", "gradient"),
        lambda y, t: exact.itself(2 * (y - t)),
        1,
        RESULT,
        "y - t: 1",
    ),
    Function(
        "mae",
        ("mae",),
        drawing.pairs(1),
        running.loss("MAE", "per_example"),
        lambda y, t: exact.itself(abs(y - t)),
        1,
        RESULT,
        "y - t: 1",
    ),
    Function(
        "mae gradient",
        ("mae",),
        drawing.pairs(1),
        running.loss("MAE", "gradient"),
        lambda y, t: exact.itself(exact.sign(y - t)),
        0,
        RESULT,
        "y - t is 0 only where y = t; a number by itself is 1",
    ),
    Function(
        "cross-entropy",
        ("cross-entropy",),
        drawing.probabilities,
        running.loss("CrossEntropy", "per_example"),
        lambda y, t: exact.itself(-t * exact.high.log(y)),
        ELEMENTARY + 1,
        RESULT,
        "log: 8; product: 1",
    ),
    Function(
        "cross-entropy gradient",
        ("cross-entropy",),
        drawing.probabilities,
        running.loss("CrossEntropy", "gradient"),
        lambda y, t: exact.itself(-t / y),
        1,
        RESULT,
        "division: 1",
    ),
    Function(
        "categorical-cross-entropy",
        ("categorical-cross-entropy",),
        drawing.predictions_and_distribution,
        running.loss("CategoricalCrossEntropy", "per_example"),
        exact.categorical,
        ELEMENTARY + 3,
        RESULT,
        "log: 8; product: 1; three terms of one sign: 2 additions",
        whole=True,
    ),
    Function(
        "categorical-cross-entropy gradient",
        ("categorical-cross-entropy",),
        drawing.predictions_and_distribution,
        running.loss("CategoricalCrossEntropy", "gradient"),
        lambda y, t: [(-b / a, b / a) for a, b in zip(y, t)],
        1,
        RESULT,
        "division: 1",
        whole=True,
    ),
    Function(
        "binary-cross-entropy",
        ("binary-cross-entropy",),
        drawing.probabilities,
        running.loss("BinaryCrossEntropy", "per_example"),
        exact.binary,
        ELEMENTARY + 3,
        RESULT,
        "1 - t: 1; log, log1p: 8; product: 1; both terms have one sign, their sum: 1",
    ),
    Function(
        "binary-cross-entropy gradient",
        ("binary-cross-entropy",),
        drawing.probabilities,
        running.loss("BinaryCrossEntropy", "gradient"),
        exact.binary_gradient,
        4,
        "(1 - t) / (1 - y) + t / y (the difference cancels at y = t)",
        "1 - t, 1 - y, division: 3; t / y: 1; difference: 1",
    ),
    Function(
        "hinge",
        ("hinge",),
        drawing.labels,
        running.loss("Hinge", "per_example"),
        lambda y, t: exact.itself(max(1 - t * y, 0)),
        1,
        RESULT,
        "t y is exact for a label; 1 - t y: 1",
    ),
    Function(
        "hinge gradient",
        ("hinge",),
        drawing.labels,
        running.loss("Hinge", "gradient"),
        lambda y, t: exact.itself(-t * int(1 - t * y > 0)),
        0,
        RESULT,
        "a difference is rounded to 0 only where it is 0",
    ),
    Function(
        "softmax-cross-entropy",
        ("fused-softmax",),
        drawing.logits_and_distribution,
        running.loss("SoftmaxCrossEntropy", "per_example"),
        exact.mean_below,
        ELEMENTARY + 6,
        "sum t (1 + log S + d), S = sum exp(-d) (1 stands for what log S loses where S is near 1)",
        "S: 8 + 2 + 2/e, in log S as many of 1; log: 8; v - max: d; sum of both: 1; product: 1; their sum: 2",
        whole=True,
    ),
    Function(
        "softmax-cross-entropy gradient",
        ("fused-softmax",),
        drawing.logits_and_distribution,
        running.loss("SoftmaxCrossEntropy", "gradient"),
        exact.softmax_minus,
        2 * ELEMENTARY + 5,
        "y (1 + d) + t, y = softmax v (the difference cancels at y = t)",
        "softmax: 20 (1 + d); difference: 1",
        whole=True,
    ),
    Function(
        "sigmoid-binary-cross-entropy",
        ("fused-sigmoid",),
        drawing.logit,
        running.loss("SigmoidBinaryCrossEntropy", "per_example"),
        exact.logit_value,
        2 * ELEMENTARY + 2,
        "max(v, 0) + t |v| + log1p(exp(-|v|)) (the first two cancel for t near 1)",
        "exp: 8, log1p: 8 more; product t v: 1; difference: 1; sum: 1: 17 for the third term, 3 for the others",
    ),
    Function(
        "sigmoid-binary-cross-entropy gradient",
        ("fused-sigmoid",),
        drawing.logit,
        running.loss("SigmoidBinaryCrossEntropy", "gradient"),
        lambda v, t: [(exact.sigmoid(v) - t, exact.sigmoid(v) + t)],
        ELEMENTARY + 3,
        "y + t, y = sigmoid v (the difference cancels at y = t)",
        "sigmoid: 10; difference: 1",
    ),
]

# The dense layer and the step: sums of products.

SUM = "the sum of the absolute values of the terms"

SUMS = [
    Function(
        "dense forward",
        ("layer", "neuron", "affine-entries"),
        drawing.affine,
        running.dense("forward"),
        exact.dense("forward"),
        FAN_IN + 1,
        SUM,
        "a product: 1; n terms and the bias: n additions, in any order",
        at_once=True,
    ),
    Function(
        "dense gradient x",
        ("input-gradient",),
        drawing.affine,
        running.dense("x"),
        exact.dense("x"),
        FAN_OUT,
        SUM,
        "a product: 1; fan_out terms: fan_out - 1 additions",
        at_once=True,
    ),
    Function(
        "dense gradient W",
        ("weight-gradient", "single-weight"),
        drawing.affine,
        running.dense("W"),
        exact.dense("W"),
        2,
        SUM,
        "a product: 1; batch of 2: 1 addition",
        at_once=True,
    ),
    Function(
        "dense gradient b",
        ("bias-gradient",),
        drawing.affine,
        running.dense("b"),
        exact.dense("b"),
        1,
        SUM,
        "batch of 2: 1 addition",
        at_once=True,
    ),
    Function(
        "descend",
        ("weight-update", "bias-update"),
        drawing.descent,
        running.descend,
        exact.descent,
        3,
        SUM,
        "alpha in single precision: 1; product: 1; sum: 1",
    ),
]

EVERYTHING = [*FUNCTIONS, *SUMS]


def functions_about(claims: Sequence[str]) -> list[Function]:
    """Give the functions that are about one of these claims."""
    wanted = set(claims)
    return [function for function in EVERYTHING if wanted & set(function.claims)]
