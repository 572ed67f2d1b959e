"""Section 3.3: the gradients of a dense layer and of an activation, and the chain rule through a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from .. import depth
from ..claim import Claim, both
from ..convention import SCALAR, batch, weights
from ..evidence import Level, Refuted
from ..laws import SQUARE, AnyLaw, Argument, Context, Given, GradientLaw, ValueLaw
from ..regions import Region, scalar
from ..subject import Subject
from ..world import World
from .s2_2_components import DENSE, affine
from .s2_3_forward import DEEP, NARROW, layers_of, network, output, stack
from .s3_2_losses import BATCH, VARIABLES, laws_of, mse

UPSTREAM = {**DENSE, "g": batch("m")}


def backward(s: Subject, v: Mapping[str, Any]) -> Any:
    """Run the backward pass of the dense layer."""
    return s.door("dense.backward")(v["W"], v["b"], v["x"], v["g"])


def pulled(w: World, a: Given) -> Any:
    """Define sum g v: the scalar whose derivatives are the gradients for the upstream gradient g."""
    return w.sum(a.m, lambda j: w.sum(a.B, lambda k: a.g(j, k) * affine(w, a)(j, k)))


def _gradient(letter: str, form: Any, result: Any) -> tuple[AnyLaw, ...]:
    """Make the laws of one gradient: it is the derivative, and it has the form that the claim states."""
    return (
        GradientLaw(
            part="derivative",
            variables=UPSTREAM,
            needs=("dense.backward",),
            run=lambda s, v: {letter: backward(s, v)[letter]},
            loss=pulled,
            by=(letter,),
        ),
        ValueLaw(
            part="matrix form",
            variables=UPSTREAM,
            needs=("dense.backward",),
            run=lambda s, v: backward(s, v)[letter],
            definition=form,
            result=result,
        ),
    )


def _chain(layers: int, **more: Any) -> GradientLaw:
    def loss(w: World, a: Given) -> Any:
        size = getattr(a, output(layers).sizes[0])
        return w.sum(size, lambda j: w.sum(a.B, lambda k: a.g(j, k) * network(layers)(w, a)(j, k)))

    return GradientLaw(
        part=f"depth {layers}",
        variables={**stack(layers), "x": batch("n"), "g": output(layers)},
        needs=("network.backward",),
        run=lambda s, v: s.door("network.backward")(layers_of(layers, v), v["x"], v["g"]),
        loss=loss,
        by=("x", *stack(layers)),
        shapes=(DEEP, SQUARE),
        symbol_shapes=NARROW[: 4 - layers],
        # Depth 3 on numbers adds nothing but time to depth 2, and to the proofs at every size and depth.
        without=(Level.PRECISION, Level.FLOAT) if layers > 2 else (),
        **more,
    )


def _lagrange(context: Context) -> int:
    """Show |g|^2 |u|^2 - (g u)^2 to be a sum of squares: no unit vector goes down faster than -g / |g|."""
    for count in (1, 2, 3, 4):
        g, u = sympy.symbols(f"g:{count}", real=True), sympy.symbols(f"u:{count}", real=True)
        slope = sum(p * q for p, q in zip(g, u))
        gap = sum(p**2 for p in g) * sum(q**2 for q in u) - slope**2
        squares = sum((g[i] * u[j] - g[j] * u[i]) ** 2 for i in range(count) for j in range(i))
        if sympy.expand(gap - squares) != 0:
            raise Refuted("the gap of Cauchy and Schwarz is no sum of squares", count=count, gap=gap)
        norm = sympy.sqrt(sum(p**2 for p in g))
        if sympy.simplify(slope.subs(dict(zip(u, [-p / norm for p in g]))) + norm) != 0:
            raise Refuted("-g / |g| does not attain -|g|", count=count)
    return 4


POSITIVE_RATE = (Region("alpha > 0", lambda fresh, sizes: {"alpha": scalar(fresh.positive("alpha"))}),)
STEP: dict[str, Any] = {
    "variables": {**UPSTREAM, "alpha": SCALAR},
    "needs": ("network.updated",),
    "regions": POSITIVE_RATE,
}


def updated(s: Subject, v: Mapping[str, Any]) -> Any:
    """Take one step of gradient descent with a network of one dense layer."""
    return s.door("network.updated")([("dense", v["W"], v["b"])], v["x"], v["g"], v["alpha"])


STEEPEST: tuple[AnyLaw, ...] = (
    Argument("Cauchy-Schwarz", (), _lagrange, Level.SYMBOLS),
    ValueLaw(
        part="the step goes along minus the gradient",
        run=lambda s, v: updated(s, v)["W1"] - v["W"],
        definition=lambda w, a: lambda j, i: -a.alpha() * w.sum(a.B, lambda k: a.g(j, k) * a.x(i, k)),
        result=DENSE["W"],
        **STEP,
    ),
)

CLAIMS: Sequence[Claim] = (
    Claim(
        id="steepest-descent",
        title="minus the gradient is the direction of steepest first-order decrease",
        place=both("section 3.3"),
        statement=both(
            r"\min_{\|u\| = 1} \nabla L \cdot u = -\|\nabla L\|, \text{ attained only at } u = -\nabla L / \|\nabla L\|"
        ),
        required=Level.SYMBOLS,
        laws=STEEPEST,
        errata=("E18",),
        uses=("weight-gradient",),
        argument="The gap of Cauchy and Schwarz is a sum of squares of g_i u_j - g_j u_i: it vanishes only where u lies along"
        " g, and of the two unit vectors there only -g / |g| goes down.",
    ),
    Claim(
        id="mse-gradient",
        title="gradient of the mean squared error by the prediction",
        place=both("(15)"),
        statement=both(r"\frac{\partial L}{\partial y} = \frac{2}{N}\,(y - t)"),
        printed=both(r"\frac{\partial L}{\partial y} = 2(y - \hat y)"),
        required=Level.SIZE,
        laws=(
            *(law for law in laws_of("mse", mse) if law.part.startswith("gradient")),
            ValueLaw(
                part="matrix form",
                variables=VARIABLES,
                needs=("mse.gradient",),
                run=lambda s, v: s.door("mse.gradient")(v["y"], v["t"], "sum"),
                definition=lambda w, a: lambda i, k: 2 * (a.y(i, k) - a.t(i, k)) / a.n,
                result=BATCH,
            ),
        ),
        errata=("E03", "E04"),
        aliases=("eq15",),
        uses=("mse",),
    ),
    Claim(
        id="dense-jacobians",
        title="Jacobians of the dense layer",
        place={"column": "steps before (17) and (18)", "row": "App. B"},
        statement={
            "column": r"\frac{\partial v}{\partial b} = I, \qquad \frac{\partial v}{\partial x} = W",
            "row": r"\frac{\partial v}{\partial b} = I, \qquad \frac{\partial v}{\partial x} = W^{\mathsf T}",
        },
        required=Level.SIZE,
        laws=(
            ValueLaw(
                part="dv/db",
                variables={**DENSE, "s": DENSE["b"]},
                needs=("dense.forward",),
                run=lambda s, v: (
                    s.door("dense.forward")(v["W"], v["b"] + v["s"], v["x"])
                    - s.door("dense.forward")(v["W"], v["b"], v["x"])
                ),
                definition=lambda w, a: lambda j, k: a.s(j),
                result=batch("m"),
            ),
            ValueLaw(
                part="dv/dx",
                variables={**DENSE, "s": DENSE["x"]},
                needs=("dense.forward",),
                run=lambda s, v: (
                    s.door("dense.forward")(v["W"], v["b"], v["x"] + v["s"])
                    - s.door("dense.forward")(v["W"], v["b"], v["x"])
                ),
                definition=lambda w, a: lambda j, k: w.sum(a.n, lambda i: a.W(j, i) * a.s(i, k)),
                result=batch("m"),
            ),
        ),
        errata=("E08",),
        uses=("layer",),
        argument="v is affine in b and in x, so its Jacobian is what a change is multiplied with, for any change s.",
    ),
    Claim(
        id="single-weight",
        title="the gradient by one weight, as in parts 1 to 3",
        place={"column": "parts 1-3 before (16)", "row": "parts 1-3 before (24)"},
        statement={
            "column": r"\frac{\partial L}{\partial w_{ji}} = g_j\,x_i:\quad g_1 x_1,\; g_1 x_2,\; g_2 x_1"
            r"\text{ for } w_{11}, w_{12}, w_{21}",
            "row": r"\frac{\partial L}{\partial w_{ij}} = x_i\,g_j:\quad x_1 g_1,\; x_1 g_2,\; x_2 g_1"
            r"\text{ for } w_{11}, w_{12}, w_{21}",
        },
        required=Level.SIZE,
        laws=(
            ValueLaw(
                part="general entry, one example",
                variables={**DENSE, "x": batch("n", "one"), "g": batch("m", "one")},
                needs=("dense.backward",),
                run=lambda s, v: backward(s, v)["W"],
                definition=lambda w, a: lambda j, i: a.g(j, 0) * a.x(i, 0),
                result=weights("n", "m"),
            ),
        ),
        errata=("E07",),
        uses=("weight-gradient",),
    ),
    Claim(
        id="weight-gradient",
        title="gradient by the weights",
        place={"column": "(16)", "row": "(24)"},
        statement={
            "column": r"\frac{\partial L}{\partial W} = g\,x^{\mathsf T}",
            "row": r"\frac{\partial L}{\partial W} = x^{\mathsf T} g",
        },
        required=Level.SIZE,
        laws=_gradient(
            "W", lambda w, a: lambda j, i: w.sum(a.B, lambda k: a.g(j, k) * a.x(i, k)), DENSE["W"]
        ),
        errata=("E08", "E11"),
        uses=("layer",),
        aliases=("eq16", "eq24"),
    ),
    Claim(
        id="bias-gradient",
        title="gradient by the bias",
        place={"column": "(17)", "row": "App. B"},
        statement={
            "column": r"\frac{\partial L}{\partial b} = \sum_{k} g_{\cdot k}",
            "row": r"\frac{\partial L}{\partial b} = \sum_{k} g_{k \cdot}",
        },
        printed={
            "column": r"\frac{\partial L}{\partial b} = \begin{bmatrix} \sum_B \frac{\partial L}{\partial y_1} \\ \vdots"
            r" \end{bmatrix} = \frac{\partial L}{\partial Y}"
        },
        required=Level.SIZE,
        laws=_gradient("b", lambda w, a: lambda j: w.sum(a.B, lambda k: a.g(j, k)), DENSE["b"]),
        errata=("E08", "E09", "E24"),
        uses=("layer",),
        aliases=("eq17",),
    ),
    Claim(
        id="input-gradient",
        title="gradient by the input",
        place={"column": "(18)", "row": "App. B"},
        statement={
            "column": r"\frac{\partial L}{\partial x} = W^{\mathsf T} g",
            "row": r"\frac{\partial L}{\partial x} = g\,W^{\mathsf T}",
        },
        required=Level.SIZE,
        laws=_gradient(
            "x", lambda w, a: lambda i, k: w.sum(a.m, lambda j: a.W(j, i) * a.g(j, k)), DENSE["x"]
        ),
        errata=("E08",),
        uses=("layer",),
        aliases=("eq18",),
    ),
    Claim(
        id="activation-gradient",
        title="gradient by the pre-activation, for element-wise f",
        place=both("(21)"),
        statement=both(r"\frac{\partial L}{\partial v} = g \odot f'(v)"),
        printed=both(r"\frac{\partial L}{\partial y} \odot \frac{\partial y}{\partial x}"),
        required=Level.SIZE,
        laws=(
            GradientLaw(
                part="derivative",
                variables={"v": BATCH, "g": BATCH},
                needs=("activation.backward",),
                run=lambda s, v: s.door("activation.backward")(v["f"], v["df"], v["v"], v["g"]),
                loss=lambda w, a: w.sum(a.n, lambda i: w.sum(a.B, lambda k: a.g(i, k) * w.f(a.v(i, k)))),
                by=("v",),
            ),
            ValueLaw(
                part="matrix form",
                variables={"v": BATCH, "g": BATCH},
                needs=("activation.backward",),
                run=lambda s, v: s.door("activation.backward")(v["f"], v["df"], v["v"], v["g"])["v"],
                definition=lambda w, a: lambda i, k: a.g(i, k) * w.df(a.v(i, k)),
                result=BATCH,
            ),
        ),
        errata=("E02", "E13", "E26"),
        aliases=("eq21",),
    ),
    Claim(
        id="chain",
        title="backpropagation gives the gradient at any depth",
        place=both("section 3.3"),
        statement=both(
            r"g_{\ell-1} = \Bigl(\frac{\partial \ell_\ell}{\partial x}\Bigr)^{\!*} g_\ell"
            r"\;\text{ for } \ell = L, \ldots, 1 \text{ gives } \nabla L"
        ),
        required=Level.DEPTH,
        laws=(
            Argument("every depth: the loop", ("network.backward",), depth.hands_on, Level.DEPTH),
            Argument("every depth: base and step", ("network.backward",), depth.chain, Level.DEPTH),
            *(_chain(layers) for layers in (1, 2, 3)),
        ),
        argument=depth.INDUCTION,
        uses=("forward", "weight-gradient", "bias-gradient", "input-gradient", "activation-gradient"),
    ),
)
