"""Section 2.2: the neuron, the layer, the count of parameters, the activations."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import sympy

from .. import depth
from ..claim import Claim, both
from ..convention import Role, batch, bias, weights
from ..engine import on_symbols, positive
from ..evidence import Level, NotRun, Refuted
from ..laws import DISTINCT, SMALL, SQUARE, Argument, Behaviour, Context, Given, GradientLaw, Run, ValueLaw
from ..regions import Fresh, elementwise, lay, orderings, reals
from ..subject import Subject
from ..world import World

DENSE = {"W": weights("n", "m"), "b": bias("m"), "x": batch("n")}


def affine(w: World, a: Given) -> Any:
    """Define v: sum over inputs i of (weight from i to neuron j) x_i + b_j, for each example k."""
    return lambda j, k: w.sum(a.n, lambda i: a.W(j, i) * a.x(i, k)) + a.b(j)


def dense(s: Subject, v: Mapping[str, Any]) -> Any:
    """Run the dense layer."""
    return s.door("dense.forward")(v["W"], v["b"], v["x"])


def value_of(kind: str, definition: Any, **more: Any) -> ValueLaw:
    """Make the law that an activation has its value."""
    return ValueLaw(
        part="value",
        variables={"v": batch("n")},
        needs=(f"{kind}.forward",),
        run=lambda s, v: s.door(f"{kind}.forward")(v["v"]),
        definition=definition,
        result=batch("n"),
        **more,
    )


def vjp_of(kind: str, definition: Any, **more: Any) -> GradientLaw:
    """Make the law that an activation's backward pass is the derivative of sum g y."""
    return GradientLaw(
        part="derivative",
        variables={"v": batch("n"), "g": batch("n")},
        needs=(f"{kind}.backward",),
        run=lambda s, v: s.door(f"{kind}.backward")(v["v"], v["g"]),
        loss=lambda w, a: w.sum(a.n, lambda i: w.sum(a.B, lambda k: a.g(i, k) * definition(w, a)(i, k))),
        by=("v",),
        **more,
    )


def relu(w: World, a: Given) -> Any:
    """Define max(0, v)."""
    return lambda i, k: w.ramp(a.v(i, k))


def sigmoid(w: World, a: Given) -> Any:
    """Define 1 / (1 + exp(-v))."""
    return lambda i, k: 1 / (1 + w.exp(-a.v(i, k)))


def tanh(w: World, a: Given) -> Any:
    """Define (exp v - exp -v) / (exp v + exp -v)."""
    return lambda i, k: (w.exp(a.v(i, k)) - w.exp(-a.v(i, k))) / (w.exp(a.v(i, k)) + w.exp(-a.v(i, k)))


def softmax(w: World, a: Given) -> Any:
    """Define exp v_i / sum over j of exp v_j, for each example."""
    return lambda i, k: w.exp(a.v(i, k)) / w.sum(a.n, lambda j: w.exp(a.v(j, k)))


VB = batch("n")
SIGNS = elementwise(VB, {"v > 0": lambda f: {"v": f.positive()}, "v < 0": lambda f: {"v": -f.positive()}})
ORDERS = tuple(orderings(VB, "v", 3))
ORDER_SHAPE = {"one": 1, "n": 3, "B": 2}


def _range(kind: str, low: int, high: int | None) -> Argument:
    """Show on symbols that every value lies strictly between the bounds; from ``low`` on, if there is no upper."""

    def run(context: Context) -> int:
        cases = 0
        for region in SIGNS:
            v = region.build(Fresh(), SMALL)["v"]
            y = on_symbols(context.subject, f"{kind}.forward", v)
            for at in np.ndindex(y.shape):
                gaps = [y[at] - low] if high is None else [y[at] - low, high - y[at]]
                for gap in gaps:
                    if not (positive(gap) or (high is None and gap == 0)):
                        raise Refuted(f"{kind} leaves its range", entry=at, value=y[at], not_positive=gap)
                cases += 1
        return cases

    return Argument("range", (f"{kind}.forward",), run)


def _kink(context: Context) -> int:
    """Show that at v = 0 the slope is a number between the one-sided ones, 0 and 1; for a package, the 0 that is stated.

    Other people's functions may choose another subgradient.
    """
    cases = 0
    v = np.full((SMALL["n"], SMALL["B"]), sympy.Integer(0), dtype=object)
    upstream = reals(Fresh(), batch("n"), SMALL, "g")
    found = on_symbols(context.subject, "relu.backward", v, upstream)["v"]
    for at in np.ndindex(found.shape):
        slope = sympy.cancel(found[at] / upstream[at])
        if not (slope.is_number and 0 <= slope <= (1 if context.subject.package is None else 0)):
            expected = "in [0, 1]" if context.subject.package is None else 0
            raise Refuted(
                "the slope at the kink is not the one that is stated", entry=at, got=slope, expected=expected
            )
        cases += 1
    return cases


def _positive(context: Context) -> int:
    """Show on symbols that every entry of a softmax is positive."""
    cases = 0
    for region in ORDERS[:2]:
        y = on_symbols(context.subject, "softmax.forward", region.build(Fresh(), ORDER_SHAPE)["v"])
        for at in np.ndindex(y.shape):
            if not positive(y[at]):
                raise Refuted("an entry of a softmax is not positive", entry=at, value=y[at])
            cases += 1
    return cases


def _promised(context: Context) -> Subject:
    if context.subject.package is None:
        raise NotRun("only a package promises to be silent far from 0")
    return context.subject


def _large(kind: str, limits: Mapping[int, float]) -> Behaviour:
    """Run the function and its slope at |v| = 10000 and 80: finite, silent, and at its limits.

    ``limits`` gives the value far to the right and to the left; it is reached to within exp(-80), which neither
    float type can tell from 0 beside 1. The slope is below exp(-79) there, but for ReLU's.
    """

    def run(context: Context) -> int:
        s, cases = _promised(context), 0
        for dtype in (np.float64, np.float32):
            v = lay(s.convention, np.array([[1e4, -1e4, 80.0], [-80.0, 1e4, -1e4]], dtype=dtype))
            g = lay(s.convention, np.array([[1.0, -2.0, 3.0], [-1.0, 2.0, 1.0]], dtype=dtype))
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                y, slope = s.door(f"{kind}.forward")(v), s.door(f"{kind}.backward")(v, g)["v"]
            for at in np.ndindex(v.shape):
                limit = limits[1 if v[at] > 0 else -1]
                if not abs(float(y[at]) - limit) <= np.exp(-79):
                    raise Refuted(f"{kind} is not at its limit", v=v[at], expected=limit, got=y[at])
                if not abs(float(slope[at])) <= np.exp(-77):
                    raise Refuted(f"the slope of {kind} does not vanish", v=v[at], g=g[at], got=slope[at])
                cases += 1
        return cases

    return Behaviour("far from 0", (f"{kind}.forward", f"{kind}.backward"), run)


def _large_softmax(context: Context) -> int:
    """Run the softmax on logits up to 10000 in size: finite, silent, one-hot where one logit leads by that much."""
    s, cases = _promised(context), 0
    for dtype in (np.float64, np.float32):
        v = np.array([[1e4, -1e4, 1e4], [-1e4, -1e4, 1e4], [0.0, 1e4, -1e4]], dtype=dtype)
        right = np.array([[1.0, 0.0, 0.5], [0.0, 0.0, 0.5], [0.0, 1.0, 0.0]])
        g = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]], dtype=dtype)
        slopes = np.array([[0.0, 0.0, -0.75], [0.0, 0.0, 0.75], [0.0, 0.0, 0.0]])
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            y = s.door("softmax.forward")(lay(s.convention, v))
            slope = s.door("softmax.backward")(lay(s.convention, v), lay(s.convention, g))["v"]
        # exp(0) = 1 and exp(-10000) = 0 in either float type: nothing here is rounded.
        for what, found, expected in (("value", y, right), ("slope", slope, slopes)):
            if not np.array_equal(lay(s.convention, found), expected):
                raise Refuted(
                    f"softmax of large logits: {what}", expected=expected.tolist(), got=found.tolist()
                )
            cases += 1
    return cases


def _vanishes(
    kind: str, part: str, left: Run, *needs: str, extra: Mapping[str, Role] | None = None, **more: Any
) -> ValueLaw:
    """Make the law that a combination of outputs is 0 for every v."""
    return ValueLaw(
        part=part,
        variables={"v": VB, **(extra or {})},
        needs=(f"{kind}.forward", *needs),
        run=left,
        definition=lambda w, a: lambda i, k: 0 * a.v(i, k),
        result=VB,
        **more,
    )


def _parameter_count(context: Context) -> int:
    """Count the entries of networks of depth 1 to 6, and hold the sum over layers against it."""
    rng = context.rng("parameter-count")
    for layers_count in range(1, 7):
        widths = rng.sample(range(1, 9), layers_count + 1)
        layers: list[Any] = []
        counted = 0
        for fan_in, fan_out in pairwise(widths):
            W, b = np.ones((fan_out, fan_in)), np.ones((fan_out, 1))
            counted += len(list(np.ndindex(W.shape))) + len(list(np.ndindex(b.shape)))
            layers += [
                ("dense", lay(context.subject.convention, W), lay(context.subject.convention, b)),
                ("tanh",),
            ]
        stated = sum(fan_in * fan_out + fan_out for fan_in, fan_out in pairwise(widths))
        if stated != counted:
            raise Refuted("the formula (2) miscounts", widths=widths, expected=counted, got=stated)
        said = context.subject.door("network.parameter_count")(layers)
        if said != counted:
            raise Refuted("wrong number of parameters", widths=widths, expected=counted, got=said)
    return 6


def _weight_index(context: Context) -> int:
    """Raise W[2, 1] as printed, and see which neuron's output moves, and with which input."""
    convention, cases = context.subject.convention, 0
    for sizes in (DISTINCT, SQUARE):
        fresh = Fresh()
        W, b, x = (reals(fresh, role, sizes, name) for name, role in DENSE.items())
        moved = W.copy()
        neuron, source = (1, 0) if convention.is_column else (0, 1)
        moved[neuron, source] += fresh.real("step")
        before = on_symbols(context.subject, "dense.forward", W, b, x)
        after = on_symbols(context.subject, "dense.forward", moved, b, x)
        for j, k in np.ndindex(before.shape):
            expected = fresh.symbols[-1] * x[source, k] if j == neuron else 0
            change = sympy.expand(after[j, k] - before[j, k])
            if sympy.expand(change - expected) != 0:
                raise Refuted("W[2, 1] acts elsewhere", entry=(j, k), expected=expected, got=change)
            cases += 1
    return cases


LAYER = ValueLaw(
    part="value",
    variables=DENSE,
    needs=("dense.forward", "activation.forward"),
    run=lambda s, v: s.door("activation.forward")(v["f"], v["df"], dense(s, v)),
    definition=lambda w, a: lambda j, k: w.f(affine(w, a)(j, k)),
    result=batch("m"),
)
AFFINE = ValueLaw(
    part="value", variables=DENSE, needs=("dense.forward",), run=dense, definition=affine, result=batch("m")
)

CLAIMS = (
    Claim(
        id="neuron",
        title="a neuron: weighted sum of inputs, plus bias, through f",
        place={"column": "(1)", "row": "App. B, first line"},
        statement={
            "column": r"y_j = f\Bigl(\bigl(\sum_i w_{ji}\,x_i\bigr) + b_j\Bigr)",
            "row": r"y_j = f\Bigl(b_j + \sum_i x_i\,w_{ij}\Bigr)",
        },
        printed={"column": r"y_j = f(\sum w_{ij}x_i + b_j)"},
        required=Level.SIZE,
        laws=(LAYER,),
        errata=("E06", "E23"),
        aliases=("eq1",),
        argument="Entry j of the layer's output, for each example, is the neuron's formula with the convention's index order.",
    ),
    Claim(
        id="parameter-count",
        title="number of trainable numbers",
        place=both("(2)"),
        statement=both(r"N = \sum_{\ell=1}^{L-1} \bigl(n_\ell\, n_{\ell+1} + n_{\ell+1}\bigr)"),
        printed=both(r"N = \sum_{i=1}^{L} n_i \times n_{i+1} + n_{i+1}"),
        required=Level.DEPTH,
        laws=(
            Argument("every depth", ("network.parameter_count",), depth.parameter_count, Level.DEPTH),
            Behaviour("depth 1 to 6, counted", ("network.parameter_count",), _parameter_count),
        ),
        argument=depth.INDUCTION,
        errata=("E01", "E23"),
        aliases=("eq2",),
    ),
    Claim(
        id="layer",
        title="a layer of neurons in matrix form",
        place={"column": "(3)", "row": "(22)"},
        statement={"column": r"y = f(W x + b)", "row": r"y = f(x W + b)"},
        required=Level.SIZE,
        laws=(LAYER,),
        errata=("E10", "E31"),
        aliases=("eq3", "eq22"),
    ),
    Claim(
        id="affine-entries",
        title="the matrix form, entry by entry",
        place={"column": "(14)", "row": "(23)"},
        statement={
            "column": r"v_{jk} = \sum_i W_{ji}\,x_{ik} + b_j",
            "row": r"v_{kj} = \sum_i x_{ki}\,W_{ij} + b_j",
        },
        required=Level.SIZE,
        laws=(AFFINE,),
        aliases=("eq14", "eq23"),
    ),
    Claim(
        id="weight-index",
        title="what W[2, 1] connects",
        place={"column": "section 2.2", "row": "App. B"},
        statement={
            "column": r"W_{21}\text{ connects input 1 to neuron 2, and to no other}",
            "row": r"W_{21}\text{ connects input 2 to neuron 1, and to no other}",
        },
        required=Level.SIZE,
        laws=(
            ValueLaw(
                part="any weight",
                variables={**DENSE, "S": weights("n", "m")},
                needs=("dense.forward",),
                run=lambda s, v: s.door("dense.forward")(v["W"] + v["S"], v["b"], v["x"]) - dense(s, v),
                definition=lambda w, a: lambda j, k: w.sum(a.n, lambda i: a.S(j, i) * a.x(i, k)),
                result=batch("m"),
            ),
            Behaviour("W[2, 1] as printed", ("dense.forward",), _weight_index),
        ),
        errata=("E06", "E27"),
        uses=("layer",),
        argument="A change S of the weights changes output j by sum_i S(j, i) x_i: each acts on one neuron only.",
    ),
    Claim(
        id="relu",
        title="rectified linear unit",
        place=both("(4)"),
        statement=both(r"f(v) = \max(0, v), \qquad f'(v) = [v > 0], \qquad f'(0) := 0 \in [0, 1]"),
        required=Level.SYMBOLS,
        laws=(
            value_of("relu", relu, regions=SIGNS),
            vjp_of("relu", relu, regions=SIGNS, assumes=("v ≠ 0 (off the kink)",)),
            _range("relu", 0, None),
            _vanishes(
                "relu",
                "relu(v) - relu(-v) = v",
                lambda s, v: s.door("relu.forward")(v["v"]) - s.door("relu.forward")(-v["v"]) - v["v"],
                regions=SIGNS,
            ),
            Argument("kink", ("relu.backward",), _kink),
        ),
        errata=("E16",),
        aliases=("eq4",),
    ),
    Claim(
        id="sigmoid",
        title="logistic sigmoid",
        place=both("(5)"),
        statement=both(
            r"\sigma(v) = \frac{1}{1 + e^{-v}}, \qquad \sigma' = \sigma\,(1 - \sigma), \qquad 0 < \sigma < 1"
        ),
        required=Level.SYMBOLS,
        laws=(
            value_of("sigmoid", sigmoid, regions=SIGNS, rational=False),
            vjp_of("sigmoid", sigmoid, regions=SIGNS, rational=False),
            _range("sigmoid", 0, 1),
            _large("sigmoid", {1: 1.0, -1: 0.0}),
            _vanishes(
                "sigmoid",
                "sigmoid(v) + sigmoid(-v) = 1",
                lambda s, v: s.door("sigmoid.forward")(v["v"]) + s.door("sigmoid.forward")(-v["v"]) - 1,
                regions=SIGNS,
                rational=False,
            ),
        ),
        aliases=("eq5",),
    ),
    Claim(
        id="tanh",
        title="hyperbolic tangent",
        place=both("(6)"),
        statement=both(
            r"\tanh v = \frac{e^{v} - e^{-v}}{e^{v} + e^{-v}}, \qquad \tanh' = 1 - \tanh^2, \qquad"
            r" \tanh v = 2\sigma(2v) - 1, \qquad \tanh(-v) = -\tanh v"
        ),
        required=Level.SYMBOLS,
        laws=(
            value_of("tanh", tanh, rational=False),
            vjp_of("tanh", tanh, rational=False),
            _range("tanh", -1, 1),
            _large("tanh", {1: 1.0, -1: -1.0}),
            _vanishes(
                "tanh",
                "tanh(v) = 2 sigmoid(2 v) - 1",
                lambda s, v: s.door("tanh.forward")(v["v"]) - 2 * s.door("sigmoid.forward")(2 * v["v"]) + 1,
                "sigmoid.forward",
                regions=SIGNS,
                rational=False,
            ),
            _vanishes(
                "tanh",
                "tanh(-v) = -tanh(v)",
                lambda s, v: s.door("tanh.forward")(v["v"]) + s.door("tanh.forward")(-v["v"]),
                rational=False,
            ),
        ),
        uses=("sigmoid",),
        errata=("E16",),
        aliases=("eq6",),
    ),
    Claim(
        id="softmax",
        title="softmax, one distribution per example",
        place=both("(7)"),
        statement={
            "column": r"p_{ik} = \frac{e^{v_{ik}}}{\sum_j e^{v_{jk}}}, \quad \sum_i p_{ik} = 1, \quad"
            r" \frac{\partial p}{\partial v} = \operatorname{diag}(p) - p\,p^{\mathsf T}",
            "row": r"p_{ki} = \frac{e^{v_{ki}}}{\sum_j e^{v_{kj}}}, \quad \sum_i p_{ki} = 1, \quad"
            r" \frac{\partial p}{\partial v} = \operatorname{diag}(p) - p^{\mathsf T} p",
        },
        printed=both(r"f(x_i) = \frac{e^{x_i}}{\sum_j e^{x_j}},\quad g \odot f'(x)"),
        required=Level.SIZE,
        laws=(
            value_of("softmax", softmax, regions=ORDERS, rational=False, symbol_shapes=(ORDER_SHAPE,)),
            vjp_of("softmax", softmax, regions=ORDERS[:2], rational=False, symbol_shapes=(ORDER_SHAPE,)),
            ValueLaw(
                part="sums to 1",
                variables={"v": VB},
                needs=("softmax.forward",),
                run=lambda s, v: s.door("softmax.forward")(v["v"]).sum(
                    axis=s.convention.feature_axis, keepdims=True
                ),
                definition=lambda w, a: lambda i, k: 1 + 0 * w.sum(a.n, lambda j: a.v(j, k)),
                result=batch("one"),
                regions=ORDERS[-2:],
                rational=False,
                symbol_shapes=(ORDER_SHAPE,),
            ),
            _vanishes(
                "softmax",
                "shift invariance",
                lambda s, v: s.door("softmax.forward")(v["v"] + v["c"]) - s.door("softmax.forward")(v["v"]),
                regions=ORDERS[1:3],
                rational=False,
                symbol_shapes=(ORDER_SHAPE,),
                extra={"c": batch("one")},
            ),
            Behaviour("every entry is positive", ("softmax.forward",), _positive),
            Behaviour("large logits", ("softmax.forward", "softmax.backward"), _large_softmax),
        ),
        errata=("E02",),
        aliases=("eq7",),
    ),
)
