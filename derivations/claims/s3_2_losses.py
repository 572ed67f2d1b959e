"""Section 3.2: the losses, their gradients by the prediction, and the reduction over the batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..claim import Claim, both
from ..convention import batch
from ..engine import on_rationals
from ..evidence import Level, NotRun, Refuted
from ..laws import AnyLaw, Behaviour, Context, Given, GradientLaw, ValueLaw
from ..regions import EVERYWHERE, Fresh, Region, distributions, elementwise, lay, one_hot, orderings
from ..world import Rationals, World

BATCH = batch("n")
PER_EXAMPLE = batch("one")
ORDER_SHAPE = {"one": 1, "n": 3, "B": 2}

Loss = Callable[[World, Given], Callable[[Any], Any]]


def mse(w: World, a: Given) -> Any:
    """Define the mean over outputs of squared differences, for example k."""
    return lambda k: w.sum(a.n, lambda i: (a.y(i, k) - a.t(i, k)) ** 2) / a.n


def mae(w: World, a: Given) -> Any:
    """Define the mean over outputs of absolute differences, for example k."""
    return lambda k: w.sum(a.n, lambda i: w.absolute(a.y(i, k) - a.t(i, k))) / a.n


def _weighted_log(w: World, t: Any, y: Any) -> Any:
    """Define t log y with its limit 0 at t = 0."""
    return w.where_zero(t, lambda: 0 * t, lambda: t * w.log(y))


def cross_entropy(w: World, a: Given) -> Any:
    """Define minus the sum over outputs of t log y, for example k."""
    return lambda k: -w.sum(a.n, lambda i: _weighted_log(w, a.t(i, k), a.y(i, k)))


def binary_cross_entropy(w: World, a: Given) -> Any:
    """Define minus the sum over outputs of t log y + (1 - t) log(1 - y), for example k."""
    return lambda k: (
        -w.sum(
            a.n,
            lambda i: _weighted_log(w, a.t(i, k), a.y(i, k)) + _weighted_log(w, 1 - a.t(i, k), 1 - a.y(i, k)),
        )
    )


def hinge(w: World, a: Given) -> Any:
    """Define the sum over outputs of max(0, 1 - t y), for example k."""
    return lambda k: w.sum(a.n, lambda i: w.ramp(1 - a.t(i, k) * a.y(i, k)))


def fused_softmax(w: World, a: Given) -> Any:
    """Define cross-entropy of the softmax of the logits y, for example k."""
    return lambda k: (
        -w.sum(a.n, lambda i: a.t(i, k) * w.log(w.exp(a.y(i, k)) / w.sum(a.n, lambda j: w.exp(a.y(j, k)))))
    )


def fused_sigmoid(w: World, a: Given) -> Any:
    """Define binary cross-entropy of the sigmoid of the logits y, for example k."""

    def term(i: Any, k: Any) -> Any:
        # The second is 1 - sigmoid(y), which is sigmoid(-y) (claim sigmoid).
        yes, no = 1 / (1 + w.exp(-a.y(i, k))), 1 / (1 + w.exp(a.y(i, k)))
        return a.t(i, k) * w.log(yes) + (1 - a.t(i, k)) * w.log(no)

    return lambda k: -w.sum(a.n, lambda i: term(i, k))


def total(loss: Loss, reduction: str) -> Callable[[World, Given], Any]:
    """Define the loss of a batch: the sum over examples, or their mean."""

    def summed(w: World, a: Given) -> Any:
        return w.sum(a.B, lambda k: loss(w, a)(k))

    return summed if reduction == "sum" else lambda w, a: summed(w, a) / a.B


VARIABLES = {"y": BATCH, "t": BATCH}


# Where a loss is defined, and where it has a slope, as proofs at every size word it.
NO_LOG_OF_0 = (
    "y + [t = 0] > 0",
    "y + [t = 0] ≠ 0",
    "y > 0 where it matters: 1 − [y > 0] − [t = 0] + [t = 0] [y > 0] = 0",
)
NO_LOG_OF_0_OR_1 = (
    *NO_LOG_OF_0,
    "1 + [1 − t = 0] − y > 0",
    "1 − y + [1 − t = 0] ≠ 0",
    "1 − y + [−t + 1 = 0] ≠ 0",
    "1 − y > 0 where it matters: 1 − [1 − y > 0] − [1 − t = 0] + [1 − t = 0] [1 − y > 0] = 0",
)


def laws_of(kind: str, loss: Loss, regions: Sequence[Region] = EVERYWHERE, **more: Any) -> tuple[AnyLaw, ...]:
    """Make the laws of value and gradient, for one example and for a batch under both reductions."""
    laws: list[AnyLaw] = [
        ValueLaw(
            part="value per example",
            variables=VARIABLES,
            needs=(f"{kind}.per_example",),
            run=lambda s, v: s.door(f"{kind}.per_example")(v["y"], v["t"]),
            definition=lambda w, a: lambda one, k: loss(w, a)(k),
            result=PER_EXAMPLE,
            regions=regions,
            **more,
        )
    ]
    for reduction in ("sum", "mean"):
        laws += [
            ValueLaw(
                part=f"value, {reduction}",
                variables=VARIABLES,
                needs=(f"{kind}.value",),
                run=_value_run(kind, reduction),
                definition=_scalar(total(loss, reduction)),
                regions=regions[:1],
                **more,
            ),
            GradientLaw(
                part=f"gradient, {reduction}",
                variables=VARIABLES,
                needs=(f"{kind}.gradient",),
                run=_gradient_run(kind, reduction),
                loss=total(loss, reduction),
                by=("y",),
                regions=regions,
                **more,
            ),
        ]
    return tuple(laws)


def _scalar(definition: Callable[[World, Given], Any]) -> Callable[[World, Given], Any]:
    return lambda w, a: lambda: definition(w, a)


def _value_run(kind: str, reduction: str) -> Any:
    return lambda s, v: s.door(f"{kind}.value")(v["y"], v["t"], reduction)


def _gradient_run(kind: str, reduction: str) -> Any:
    return lambda s, v: {"y": s.door(f"{kind}.gradient")(v["y"], v["t"], reduction)}


OFF_KINK = elementwise(
    BATCH,
    {"y > t": lambda f: _apart(f, 1), "y < t": lambda f: _apart(f, -1)},
)


def _apart(fresh: Fresh, sign: int) -> Mapping[str, Any]:
    t = fresh.real("t")
    return {"t": t, "y": t + sign * fresh.positive()}


POSITIVE = elementwise(
    BATCH,
    {
        "t > 0": lambda f: {"t": f.positive("t"), "y": f.positive("y")},
        "t = 0": lambda f: {"t": 0, "y": f.positive("y")},
        "t = y = 0": lambda f: {"t": 0, "y": 0},
    },
)
UNIT = elementwise(
    BATCH,
    {
        "0 < t < 1": lambda f: {"t": f.unit(), "y": f.unit()},
        "t = 0": lambda f: {"t": 0, "y": f.unit()},
        "t = 1": lambda f: {"t": 1, "y": f.unit()},
        "t = y = 0": lambda f: {"t": 0, "y": 0},
        "t = y = 1": lambda f: {"t": 1, "y": 1},
    },
)
MARGINS = elementwise(
    BATCH,
    {
        "t = 1, inside": lambda f: {"t": 1, "y": 1 - f.positive()},
        "t = 1, outside": lambda f: {"t": 1, "y": 1 + f.positive()},
        "t = -1, inside": lambda f: {"t": -1, "y": f.positive() - 1},
        "t = -1, outside": lambda f: {"t": -1, "y": -1 - f.positive()},
    },
)
LOGITS = elementwise(
    BATCH,
    {
        "v > 0": lambda f: {"y": f.positive("v"), "t": f.unit()},
        "v < 0": lambda f: {"y": -f.positive("v"), "t": f.unit()},
        "v > 0, t = 0": lambda f: {"y": f.positive("v"), "t": 0},
        "v < 0, t = 1": lambda f: {"y": -f.positive("v"), "t": 1},
    },
)


LABELS = elementwise(BATCH, {"t = 1": lambda f: {"t": 1}, "t = -1": lambda f: {"t": -1}})


def _classes(label: str, hot: bool) -> Region:
    def build(fresh: Fresh, sizes: Mapping[str, int]) -> Mapping[str, Any]:
        y = np.empty((sizes["n"], sizes["B"]), dtype=object)
        for at in np.ndindex(y.shape):
            y[at] = fresh.positive("y")
        return {"y": y, "t": one_hot(BATCH, sizes) if hot else distributions(fresh, BATCH, sizes)}

    return Region(label, build)


CLASSES = (_classes("t a distribution", False), _classes("t one-hot", True))


def _with_targets(order: Region, hot: bool) -> Region:
    def build(fresh: Fresh, sizes: Mapping[str, int]) -> Mapping[str, Any]:
        t = one_hot(BATCH, sizes) if hot else distributions(fresh, BATCH, sizes)
        return {**order.build(fresh, sizes), "t": t}

    return Region(f"{order.label}, {'one-hot' if hot else 'distribution'}", build)


FUSED = tuple(_with_targets(order, turn % 2 == 0) for turn, order in enumerate(orderings(BATCH, "y", 3)))


def _kink(
    kind: str, loss: Loss, at_kink: Callable[[Any], Any], regions: Sequence[Region]
) -> tuple[AnyLaw, ...]:
    """Make the laws of a kink: the slope there is 0, at every size; and 0 lies between the one-sided slopes.

    ``at_kink`` gives, for a target, the prediction at which the loss has its kink.
    """

    def run(context: Context) -> int:
        """Take one-sided slopes of the definition, which is linear on either side, exactly."""
        h, cases = Fraction(1, 1000), 0
        sizes = {"n": 3, "B": 2}
        for label in (1, -1):
            t = np.full((3, 2), Fraction(label), dtype=object)
            y = np.vectorize(at_kink, otypes=[object])(t)
            found = on_rationals(context.subject, f"{kind}.gradient", y, t, reduction="sum")

            def value(moved: Any) -> Any:
                given = Given({"y": lambda i, k: moved[i, k], "t": lambda i, k: t[i, k]}, sizes)  # noqa: B023
                return total(loss, "sum")(Rationals(), given)

            for at in np.ndindex(y.shape):
                up, down = y.copy(), y.copy()
                up[at] += h
                down[at] -= h
                low, high = sorted(((value(y) - value(down)) / h, (value(up) - value(y)) / h))
                if not (low < high and low <= found[at] <= high):
                    raise Refuted(
                        "no subgradient at the kink", entry=at, got=found[at], expected=f"[{low}, {high}]"
                    )
                cases += 1
        return cases

    return (
        ValueLaw(
            part="slope at the kink",
            variables={"t": BATCH},
            needs=(f"{kind}.gradient",),
            run=lambda s, v: s.door(f"{kind}.gradient")(at_kink(v["t"]), v["t"], "sum"),
            definition=lambda w, a: lambda i, k: 0 * a.t(i, k),
            result=BATCH,
            regions=regions,
            assumes=("t ≠ 0",),  # a label is -1 or 1
            without=(Level.PRECISION, Level.FLOAT),  # rounding moves a point off its kink
        ),
        Behaviour("a subgradient at the kink", (f"{kind}.gradient",), run),
    )


def _domain(kind: str, legal: Sequence[tuple[Any, Any]], illegal: Sequence[tuple[Any, Any]]) -> Behaviour:
    """Run the edges of the domain: what is legal gives a finite value and gradient, what is not is refused."""

    def run(context: Context) -> int:
        if context.subject.package is None:
            raise NotRun("only packages state a domain")
        for dtype in (np.float64, np.float32):
            for y, t in legal:
                arrays = [lay(context.subject.convention, np.array(value, dtype=dtype)) for value in (y, t)]
                value = context.subject.door(f"{kind}.value")(*arrays, "sum")
                slope = context.subject.door(f"{kind}.gradient")(*arrays, "sum")
                if not (np.isfinite(value) and np.isfinite(slope).all()):
                    raise Refuted("a legal point gives no number", y=y, t=t, value=value, gradient=slope)
            for y, t in illegal:
                arrays = [lay(context.subject.convention, np.array(value, dtype=dtype)) for value in (y, t)]
                for door in (f"{kind}.value", f"{kind}.gradient"):
                    try:
                        found = context.subject.door(door)(*arrays, "sum")
                    except ValueError:
                        continue
                    raise Refuted("a point outside the domain is not refused", y=y, t=t, got=found)
        return 2 * (len(legal) + 2 * len(illegal))

    return Behaviour("domain", (f"{kind}.value", f"{kind}.gradient"), run)


def _reductions(kind: str, regions: Sequence[Region], **more: Any) -> ValueLaw:
    """Make the law that batch times the gradient under the mean is the gradient under the sum."""

    def run(s: Any, v: Mapping[str, Any]) -> Any:
        gradient = s.door(f"{kind}.gradient")
        count = v["y"].shape[s.convention.example_axis]
        return gradient(v["y"], v["t"], "mean") * count - gradient(v["y"], v["t"], "sum")

    return ValueLaw(
        part=kind,
        variables=VARIABLES,
        needs=(f"{kind}.gradient",),
        run=run,
        definition=lambda w, a: lambda i, k: 0 * a.y(i, k),
        result=BATCH,
        regions=regions,
        **more,
    )


TENTHS = [[0.1]] * 10  # sums to 1 but for rounding, in either float type
PROBABILITIES = {"rational": False}
ON_FUSED: dict[str, Any] = {
    "rational": False,
    "symbol_shapes": (ORDER_SHAPE,),
    "traits": {"t": ("distribution",)},
}

CLAIMS = (
    Claim(
        id="mse",
        title="mean squared error",
        place=both("(8)"),
        statement=both(r"L = \frac{1}{N} \sum_{i=1}^{N} (y_i - t_i)^2"),
        required=Level.SIZE,
        laws=laws_of("mse", mse),
        errata=("E20",),
        aliases=("eq8",),
        argument="N is the number of outputs of one example; over the batch the losses are summed or averaged.",
    ),
    Claim(
        id="mae",
        title="mean absolute error",
        place=both("(9)"),
        statement=both(
            r"L = \frac{1}{N} \sum_{i=1}^{N} |y_i - t_i|, \qquad"
            r" \frac{\partial L}{\partial y_i} = \frac{\operatorname{sign}(y_i - t_i)}{N},\quad 0 \text{ at the kink}"
        ),
        required=Level.SIZE,
        laws=(
            *laws_of("mae", mae, OFF_KINK, assumes=("y − t ≠ 0 (off the kink)",)),
            *_kink("mae", mae, lambda t: t * 1, EVERYWHERE),
        ),
        errata=("E16", "E20"),
        aliases=("eq9",),
    ),
    Claim(
        id="cross-entropy",
        title="cross-entropy",
        place=both("(10)"),
        statement=both(
            r"L = -\sum_{i} t_i \log y_i, \qquad \frac{\partial L}{\partial y_i} = -\frac{t_i}{y_i}"
        ),
        printed=both(r"L(y, \hat y) = -\sum_{i=1}^{N} y_i \log \hat y_i"),
        required=Level.SIZE,
        laws=(
            *laws_of("cross-entropy", cross_entropy, POSITIVE, assumes=NO_LOG_OF_0, **PROBABILITIES),
            _domain(
                "cross-entropy",
                [([[0.0], [1.0]], [[0.0], [1.0]]), ([[0.5], [0.5]], [[0.0], [1.0]])],
                [
                    ([[0.0], [1.0]], [[1.0], [0.0]]),
                    ([[-0.5], [1.0]], [[0.0], [1.0]]),
                    ([[0.5], [0.5]], [[-1.0], [1.0]]),
                    ([[-0.5], [1.0]], [[1.0], [0.0]]),
                ],
            ),
        ),
        errata=("E04", "E17", "E20"),
        aliases=("eq10",),
    ),
    Claim(
        id="binary-cross-entropy",
        title="binary cross-entropy",
        place=both("(11)"),
        statement=both(r"L = -\sum_i \bigl(t_i \log y_i + (1 - t_i) \log(1 - y_i)\bigr)"),
        printed=both(r"L(y, \hat y) = -\sum_{i=1}^{N} (y_i \log \hat y_i + (1 - y_i) \log(1 - \hat y_i))"),
        required=Level.SIZE,
        laws=(
            *laws_of(
                "binary-cross-entropy", binary_cross_entropy, UNIT, assumes=NO_LOG_OF_0_OR_1, **PROBABILITIES
            ),
            _domain(
                "binary-cross-entropy",
                [([[0.0], [1.0]], [[0.0], [1.0]]), ([[0.5], [0.25]], [[0.0], [0.5]])],
                [
                    ([[0.0]], [[0.5]]),
                    ([[1.0]], [[0.5]]),
                    ([[1.5]], [[1.0]]),
                    ([[0.5]], [[2.0]]),
                    ([[0.5]], [[-1.0]]),
                    ([[-0.5]], [[0.0]]),
                    ([[1.5]], [[0.0]]),
                    ([[1.0]], [[0.0]]),
                    ([[0.0]], [[1.0]]),
                ],
            ),
        ),
        errata=("E04", "E17", "E20"),
        aliases=("eq11",),
    ),
    Claim(
        id="categorical-cross-entropy",
        title="categorical cross-entropy",
        place=both("(12)"),
        statement=both(r"L = -\sum_{k} \sum_{c} t_{ck} \log y_{ck}, \qquad \sum_c t_{ck} = 1"),
        printed=both(r"L(y, \hat y) = -\sum_{i=1}^{N} \sum_{c=1}^{C} y_{ic} \log \hat y_{ic}"),
        required=Level.SIZE,
        laws=(
            *laws_of(
                "categorical-cross-entropy", cross_entropy, CLASSES, assumes=NO_LOG_OF_0, **PROBABILITIES
            ),
            _domain(
                "categorical-cross-entropy",
                [
                    ([[0.0], [1.0]], [[0.0], [1.0]]),
                    ([[0.5], [0.5]], [[0.25], [0.75]]),
                    ([[0.1]] * 10, TENTHS),
                ],
                [
                    ([[0.5], [0.5]], [[1.0], [1.0]]),
                    ([[0.5], [0.5]], [[0.25], [0.25]]),
                    ([[0.5], [0.5]], [[0.5], [0.5 + 2.0**-12]]),
                    ([[0.0], [1.0]], [[1.0], [0.0]]),
                    ([[0.5], [0.5]], [[-1.0], [2.0]]),
                ],
            ),
        ),
        errata=("E04", "E17", "E20"),
        aliases=("eq12",),
        uses=("cross-entropy",),
    ),
    Claim(
        id="fused-softmax",
        title="softmax and cross-entropy in one",
        place=both("beyond the paper"),
        statement=both(
            r"\frac{\partial}{\partial v_i}\Bigl(-\sum_j t_j \log p_j(v)\Bigr) = p_i - t_i \quad\text{if } \sum_j t_j = 1"
        ),
        required=Level.SIZE,
        laws=(
            *laws_of("fused-softmax", fused_softmax, FUSED, **ON_FUSED),
            _domain(
                "fused-softmax",
                [
                    ([[1e4], [-1e4]], [[0.0], [1.0]]),
                    ([[0.5], [0.5]], [[0.25], [0.75]]),
                    ([[0.1]] * 10, TENTHS),
                ],
                [
                    ([[0.5], [0.5]], [[1.0], [1.0]]),
                    ([[0.5], [0.5]], [[-1.0], [2.0]]),
                    ([[0.5], [0.5]], [[0.25], [0.25]]),
                    ([[0.5], [0.5]], [[0.5], [0.5 + 2.0**-12]]),
                ],
            ),
        ),
        uses=("softmax", "categorical-cross-entropy"),
    ),
    Claim(
        id="fused-sigmoid",
        title="sigmoid and binary cross-entropy in one",
        place=both("beyond the paper"),
        statement=both(
            r"\frac{\partial}{\partial v}\bigl(-t \log\sigma(v) - (1 - t)\log(1 - \sigma(v))\bigr) = \sigma(v) - t"
        ),
        required=Level.SIZE,
        laws=(
            *laws_of("fused-sigmoid", fused_sigmoid, LOGITS, rational=False),
            _domain(
                "fused-sigmoid",
                [([[1e4], [-1e4]], [[0.0], [1.0]])],
                [([[0.5]], [[2.0]]), ([[0.5]], [[-1.0]])],
            ),
        ),
        uses=("sigmoid", "binary-cross-entropy"),
    ),
    Claim(
        id="hinge",
        title="hinge loss",
        place=both("(13)"),
        statement=both(
            r"L = \sum_i \max(0, 1 - t_i y_i),\; t_i \in \{-1, 1\}, \qquad"
            r" \frac{\partial L}{\partial y_i} = -t_i\,[\,1 - t_i y_i > 0\,]"
        ),
        required=Level.SIZE,
        laws=(
            *laws_of("hinge", hinge, MARGINS, assumes=("1 − t y ≠ 0 (off the kink)",)),
            *_kink("hinge", hinge, lambda t: 1 / t, LABELS),
            _domain("hinge", [([[3.0], [-0.5]], [[1.0], [-1.0]])], [([[0.5]], [[0.0]]), ([[0.5]], [[0.5]])]),
        ),
        errata=("E16", "E17"),
        aliases=("eq13",),
    ),
    Claim(
        id="batch-reduction",
        title="mean and sum over the batch",
        place=both("beyond the paper"),
        statement=both(r"\nabla \Bigl(\frac{1}{B}\sum_k L_k\Bigr) = \frac{1}{B}\,\nabla \sum_k L_k"),
        required=Level.SIZE,
        laws=(
            _reductions("mse", EVERYWHERE),
            _reductions("mae", OFF_KINK),
            _reductions("cross-entropy", POSITIVE[:2], assumes=NO_LOG_OF_0),
            _reductions("binary-cross-entropy", UNIT[:3], assumes=NO_LOG_OF_0_OR_1),
            _reductions("categorical-cross-entropy", CLASSES, assumes=NO_LOG_OF_0),
            _reductions("hinge", MARGINS),
            _reductions("fused-softmax", FUSED[:2], **ON_FUSED),
            _reductions("fused-sigmoid", LOGITS, rational=False),
        ),
        errata=("E20",),
        uses=(
            "mse",
            "mae",
            "cross-entropy",
            "binary-cross-entropy",
            "categorical-cross-entropy",
            "hinge",
            "fused-softmax",
            "fused-sigmoid",
        ),
        argument="Exact proportion says nothing of the gradients themselves: that they are right is the losses' claims.",
    ),
)
