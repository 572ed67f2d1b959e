"""Appendix A: a run of dense layers is one dense layer; why activations are needed."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import sympy

from .. import depth
from ..claim import Claim, both
from ..convention import batch, bias, weights
from ..engine import draw_rationals, exact, on_rationals, on_symbols, plain
from ..evidence import Level, NotRun, Refuted
from ..laws import Argument, Behaviour, Context, ValueLaw
from ..regions import lay
from ..subject import Subject

TWO = {"W1": weights("n", "h"), "b1": bias("h"), "W2": weights("h", "m"), "b2": bias("m")}


def _collapsed(s: Subject, v: Mapping[str, Any]) -> tuple[Any, Any]:
    W, b = s.door("collapse")([("dense", v["W1"], v["b1"]), ("dense", v["W2"], v["b2"])])
    return W, b


def _product(left: Any, right: Any) -> Any:
    """Multiply matrices of rationals in column layout, entry by entry."""
    rows, inner = left.shape
    result = np.empty((rows, right.shape[1]), dtype=object)
    for i, k in np.ndindex(result.shape):
        result[i, k] = sum(left[i, j] * right[j, k] for j in range(inner))
    return result


def _collapse(context: Context) -> int:
    """Collapse stacks of 1 to 6 layers of random shapes; hold the product formulas against it."""
    convention, cases = context.subject.convention, 0
    for layers_count in range(1, 7):
        rng = context.rng("collapse", layers_count)
        widths = [rng.randint(1, 4) for _ in range(layers_count + 1)]
        Ws = [draw_rationals(rng, (m, n)) for n, m in pairwise(widths)]
        bs = [draw_rationals(rng, (m, 1)) for m in widths[1:]]
        x = draw_rationals(rng, (widths[0], 3))
        layers = [("dense", exact(lay(convention, W)), exact(lay(convention, b))) for W, b in zip(Ws, bs)]
        W, b = (lay(convention, plain(array)) for array in context.subject.door("collapse")(layers))
        product, shift = Ws[0], bs[0]
        for place in range(1, layers_count):
            product = _product(Ws[place], product)
            # b = sum over j of (W_k ... W_{j+1}) b_j, each term on its own
        shift = np.full((widths[-1], 1), Fraction(0), dtype=object)
        for place in range(layers_count):
            term = bs[place]
            for later in range(place + 1, layers_count):
                term = _product(Ws[later], term)
            shift = shift + term
        y = x
        for W_one, b_one in zip(Ws, bs):
            y = _product(W_one, y) + b_one
        one = on_rationals(context.subject, "dense.forward", W, b, x)
        for what, got, expected in (("W", W, product), ("b", b, shift), ("output", one, y)):
            if got.shape != expected.shape or not (got == expected).all():
                raise Refuted(
                    f"collapse of {layers_count} layers: {what} differs",
                    widths=widths,
                    expected=expected,
                    got=got,
                )
        cases += 1
    return cases


def _network_collapse(context: Context) -> int:
    """Collapse networks: each run of dense layers becomes one, all else stays, the function is the same, exactly."""
    package: Any = context.subject.package
    if package is None:
        raise NotRun("only a package has networks that collapse themselves")
    convention, cases = context.subject.convention, 0
    for kinds, left in (("DD", "D"), ("DDRD", "DRD"), ("DRDD", "DRD"), ("RDDDRRD", "RDRRD"), ("DRD", "DRD")):
        rng = context.rng("network", kinds)
        widths, layers = [3], []
        for kind in kinds:
            if kind == "D":
                fan_in, fan_out = (
                    widths[-1],
                    rng.choice([size for size in (1, 2, 3, 4) if size != widths[-1]]),
                )
                W, b = draw_rationals(rng, (fan_out, fan_in)), draw_rationals(rng, (fan_out, 1))
                layers.append(package.Dense.of(exact(lay(convention, W)), exact(lay(convention, b))))
                widths.append(fan_out)
            else:
                layers.append(package.ReLU())
        network = package.Network(layers)
        x = exact(lay(convention, draw_rationals(rng, (3, 4))))
        y = plain(network.forward(x))
        collapsed = network.collapse()
        found = "".join("D" if isinstance(layer, package.Dense) else "R" for layer in collapsed.layers)
        if found != left:
            raise Refuted("other layers are left", of=kinds, expected=left, got=found)
        if not (plain(collapsed.predict(x)) == y).all():
            raise Refuted("the collapsed network computes something else", of=kinds)
        if len(network.layers) != len(kinds) or any(one is two for one in layers for two in collapsed.layers):
            raise Refuted("the collapsed network shares layers with the first", of=kinds)
        if any(layer.input is not None or layer.output is not None for layer in collapsed.layers):
            raise Refuted("the collapsed network remembers a pass that it never made", of=kinds)
        cases += 1
        if kinds == "DD":
            two, run = package.collapse_two(*layers), collapsed.layers[0]
            if not all((plain(getattr(two, it)) == plain(getattr(run, it))).all() for it in "Wb"):
                raise Refuted("collapse_two gives another layer than a network's collapse")
            cases += 1
    return cases


XOR_X = [[0, 0, 1, 1], [0, 1, 0, 1]]
XOR_T = [[0, 1, 1, 0]]


def _no_affine_fit(context: Context) -> int:
    """Show the MSE of any affine map on XOR to be 1/4 plus squares; the code's own MSE says so too."""
    p, q, r = sympy.symbols("p q r", real=True)
    points = list(zip(*XOR_X, *XOR_T))
    error = sum(
        (p * first + q * second + r - target) ** 2 for first, second, target in points
    ) / sympy.Integer(4)
    squares = ((p + q + 2 * r - 1) ** 2 + p**2 + q**2) / sympy.Integer(4)
    if sympy.expand(error - sympy.Rational(1, 4) - squares) != 0:
        raise Refuted("the error on XOR is not 1/4 plus squares", difference=sympy.expand(error - squares))
    best = {p: 0, q: 0, r: sympy.Rational(1, 2)}
    if error.subs(best) != sympy.Rational(1, 4):
        raise Refuted("1/4 is not attained", got=error.subs(best))
    cases = 1
    for case in range(5):
        rng = context.rng("xor", case)
        W1, b1, W2, b2 = (draw_rationals(rng, shape) for shape in ((3, 2), (3, 1), (1, 3), (1, 1)))
        if case == 0:  # the best affine map, as a stack of two layers
            W2, b2 = W2 * 0, b2 * 0 + Fraction(1, 2)
        convention = context.subject.convention
        layers = [("dense", *(exact(lay(convention, a)) for a in pair)) for pair in ((W1, b1), (W2, b2))]
        y = context.subject.door("network.predict")(layers, exact(lay(convention, _rationals(XOR_X))))
        found = plain(context.subject.door("mse.value")(y, exact(lay(convention, _rationals(XOR_T))), "mean"))
        if found < Fraction(1, 4) or (case == 0 and found != Fraction(1, 4)):
            raise Refuted("dense layers alone fit XOR better than any affine map can", case=case, got=found)
        cases += 1
    return cases


def _breaks(context: Context) -> int:
    """Run each activation at 0, log 2 and log 4, where an affine map has second difference 0; none has.

    So a network of one neuron with that activation is no affine map, and cannot be collapsed into one.
    """
    # By hand: sigmoid 1/2, 2/3, 4/5; tanh 0, 3/5, 15/17; relu shifted by log 2; softmax of (v, 0) as sigmoid.
    half = sympy.Rational(1, 2)
    expected = {
        "relu": sympy.log(2),
        "sigmoid": half - 2 * sympy.Rational(2, 3) + sympy.Rational(4, 5),
        "tanh": -2 * sympy.Rational(3, 5) + sympy.Rational(15, 17),
        "softmax": half - 2 * sympy.Rational(2, 3) + sympy.Rational(4, 5),
    }
    for kind, bend in expected.items():
        shift = sympy.log(2) if kind == "relu" else sympy.Integer(0)
        points = [sympy.Integer(0), sympy.log(2), 2 * sympy.log(2)]
        v = np.array([[point - shift for point in points], [sympy.Integer(0)] * 3], dtype=object)
        y = on_symbols(context.subject, f"{kind}.forward", v)
        found = sympy.simplify((y[0, 0] - 2 * y[0, 1] + y[0, 2]).rewrite(sympy.exp))
        if sympy.simplify(found - bend) != 0 or sympy.simplify(found) == 0:
            raise Refuted(f"second difference of {kind}", expected=bend, got=found)
    return len(expected)


def _relu_fits(context: Context) -> int:
    """Run a 2-2-1 network with ReLU on XOR: exact."""
    convention = context.subject.convention
    parameters = ([[1, 1], [1, 1]], [[0], [-1]]), ([[1, -2]], [[0]])
    hidden, last = ([exact(lay(convention, _rationals(a))) for a in pair] for pair in parameters)
    layers = [("dense", *hidden), ("relu",), ("dense", *last)]
    y = lay(
        convention,
        plain(context.subject.door("network.predict")(layers, exact(lay(convention, _rationals(XOR_X))))),
    )
    if y.tolist() != _rationals(XOR_T).tolist():
        raise Refuted("the ReLU network does not compute XOR", expected=XOR_T, got=y.tolist())
    return 4


def _rationals(rows: Any) -> Any:
    return np.array([[Fraction(entry) for entry in row] for row in rows], dtype=object)


CLAIMS = (
    Claim(
        id="collapse-two",
        title="two affine layers are one",
        place=both("App. A"),
        statement={
            "column": r"W_2(W_1 x + b_1) + b_2 = (W_2 W_1)\,x + (W_2 b_1 + b_2)",
            "row": r"(x W_1 + b_1) W_2 + b_2 = x\,(W_1 W_2) + (b_1 W_2 + b_2)",
        },
        required=Level.SIZE,
        laws=(
            ValueLaw(
                part="weights",
                variables=TWO,
                needs=("collapse",),
                run=lambda s, v: _collapsed(s, v)[0],
                definition=lambda w, a: lambda j, i: w.sum(a.h, lambda k: a.W2(j, k) * a.W1(k, i)),
                result=weights("n", "m"),
            ),
            ValueLaw(
                part="bias",
                variables=TWO,
                needs=("collapse",),
                run=lambda s, v: _collapsed(s, v)[1],
                definition=lambda w, a: lambda j: w.sum(a.h, lambda k: a.W2(j, k) * a.b1(k)) + a.b2(j),
                result=bias("m"),
            ),
            ValueLaw(
                part="same function",
                variables={**TWO, "x": batch("n")},
                needs=("collapse", "dense.forward"),
                run=lambda s, v: s.door("dense.forward")(*_collapsed(s, v), v["x"]),
                definition=lambda w, a: (
                    lambda j, k: (
                        w.sum(
                            a.h,
                            lambda h: a.W2(j, h) * (w.sum(a.n, lambda i: a.W1(h, i) * a.x(i, k)) + a.b1(h)),
                        )
                        + a.b2(j)
                    )
                ),
                result=batch("m"),
                symbol_shapes=(
                    {"one": 1, "n": 2, "h": 3, "m": 1, "B": 2},
                    {"one": 1, "n": 2, "h": 2, "m": 2, "B": 2},
                ),
            ),
        ),
        uses=("layer",),
        errata=("E22",),
    ),
    Claim(
        id="collapse",
        title="any run of affine layers is one",
        place=both("App. A"),
        statement={
            "column": r"W = W_k \cdots W_1, \qquad b = \sum_{j=1}^{k} (W_k \cdots W_{j+1})\, b_j",
            "row": r"W = W_1 \cdots W_k, \qquad b = \sum_{j=1}^{k} b_j\, (W_{j+1} \cdots W_k)",
        },
        printed=both(r"W \text{ is the product of all weight matrices from layer } 1 \text{ to layer } k"),
        required=Level.DEPTH,
        laws=(
            Argument("every depth", ("collapse", "dense.forward"), depth.collapse, Level.DEPTH),
            Behaviour("1 to 6 layers, exactly", ("collapse", "dense.forward"), _collapse),
            Behaviour("a network, run by run", (), _network_collapse),
        ),
        argument=depth.INDUCTION,
        uses=("collapse-two",),
        errata=("E19", "E22"),
    ),
    Claim(
        id="activation-necessary",
        title="without activations depth adds nothing; with one it does",
        place=both("App. A"),
        statement=both(
            r"\min_{W, b} \mathrm{MSE}_{\mathrm{XOR}}(W, b) = \tfrac14, \qquad"
            r" \max(0, x_1 + x_2) - 2 \max(0, x_1 + x_2 - 1) = x_1 \oplus x_2"
        ),
        required=Level.SYMBOLS,
        laws=(
            Argument("no affine fit of XOR", ("network.predict", "mse.value"), _no_affine_fit, Level.SYMBOLS),
            Argument(
                "no activation is affine",
                tuple(f"{kind}.forward" for kind in ("relu", "sigmoid", "tanh", "softmax")),
                _breaks,
                Level.SYMBOLS,
            ),
            Argument(
                "a ReLU network fits it", ("network.predict", "relu.forward"), _relu_fits, Level.SYMBOLS
            ),
        ),
        uses=("collapse", "relu", "mse"),
    ),
)
