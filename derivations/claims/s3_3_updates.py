"""Section 3.3, updates: the step of gradient descent, its size over time, and that it lowers the loss."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ..claim import Claim, both
from ..convention import SCALAR
from ..engine import rational_arrays
from ..evidence import Level, NotRun, Refuted
from ..laws import DISTINCT, AnyLaw, Behaviour, Context, Given, ValueLaw
from ..regions import lay
from ..world import World
from .s2_2_components import DENSE
from .s3_3_backward import STEP, UPSTREAM, updated


def _weight_slope(w: World, a: Given) -> Any:
    return lambda j, i: w.sum(a.B, lambda k: a.g(j, k) * a.x(i, k))


def _bias_slope(w: World, a: Given) -> Any:
    return lambda j: w.sum(a.B, lambda k: a.g(j, k))


LOWERS = ("mse.value", "mse.gradient", "dense.forward", "dense.backward", "descend")


def _laws(letter: str, slope: Any) -> tuple[AnyLaw, ...]:
    def entry(a: Given, *at: Any) -> Any:
        return getattr(a, letter)(*at)

    def decrease(w: World, a: Given) -> Any:
        if letter == "W":
            squares = w.sum(a.m, lambda j: w.sum(a.n, lambda i: _weight_slope(w, a)(j, i) ** 2))
        else:
            squares = w.sum(a.m, lambda j: _bias_slope(w, a)(j) ** 2)
        return lambda: -a.alpha() * squares

    def moved(s: Any, v: Any) -> Any:
        new = updated(s, v)
        W, b = (new["W1"], v["b"]) if letter == "W" else (v["W"], new["b1"])
        change = s.door("dense.forward")(W, b, v["x"]) - s.door("dense.forward")(v["W"], v["b"], v["x"])
        return (v["g"] * change).sum()

    return (
        ValueLaw(
            part="step",
            run=lambda s, v: updated(s, v)[f"{letter}1"],
            definition=lambda w, a: lambda *at: entry(a, *at) - a.alpha() * slope(w, a)(*at),
            result=DENSE[letter],
            **STEP,
        ),
        ValueLaw(
            part="any parameter, any gradient",
            variables={"p": DENSE[letter], "q": DENSE[letter], "alpha": SCALAR},
            needs=("descend",),
            run=lambda s, v: s.door("descend")(v["p"], v["q"], v["alpha"]),
            definition=lambda w, a: lambda *at: a.p(*at) - a.alpha() * a.q(*at),
            result=DENSE[letter],
            regions=STEP["regions"],
        ),
        ValueLaw(
            part="first-order decrease",
            run=moved,
            definition=decrease,
            **STEP,
        ),
        Behaviour("a small enough step lowers the loss", LOWERS, _lowers),
        Behaviour("a schedule changes only alpha", (), _schedules),
    )


def _lowers(context: Context) -> int:
    """Halve alpha until the squared error falls, exactly; and see that it falls by alpha |gradient|^2 in the limit."""
    cases = 0
    for case in range(4):
        v = rational_arrays(context, UPSTREAM, DISTINCT, f"lowers {case}")
        s = context.subject

        def loss(W: Any, b: Any) -> Any:
            return s.door("mse.value")(s.door("dense.forward")(W, b, v["x"]), v["g"], "sum")  # noqa: B023

        g = s.door("mse.gradient")(s.door("dense.forward")(v["W"], v["b"], v["x"]), v["g"], "sum")
        slopes = s.door("dense.backward")(v["W"], v["b"], v["x"], g)
        square = sum(entry * entry for letter in "Wb" for entry in slopes[letter].ravel())
        start = loss(v["W"], v["b"])

        def ratio(alpha: Fraction) -> Any:
            after = loss(
                s.door("descend")(v["W"], slopes["W"], alpha),  # noqa: B023
                s.door("descend")(v["b"], slopes["b"], alpha),  # noqa: B023
            )
            return (start - after) / alpha  # noqa: B023

        alpha = Fraction(1)
        while not ratio(alpha) > 0:
            alpha /= 2
            if alpha < Fraction(1, 2**60):
                raise Refuted("no step against the gradient lowers the loss", case=case)
        # The loss is quadratic along the step, so that (start - after) / alpha = |gradient|^2 - c alpha, exactly.
        one, two = ratio(alpha), ratio(alpha / 2)
        if 2 * two - one != square:
            raise Refuted(
                "the first-order decrease is not alpha |gradient|^2", expected=square, got=2 * two - one
            )
        cases += 1
    return cases


def _schedules(context: Context) -> int:
    """Train with each schedule, and repeat by hand with the alphas that it gives."""
    package: Any = context.subject.package
    if package is None:
        raise NotRun("only packages have schedules")
    convention = context.subject.convention
    x = lay(convention, np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]]))
    t = lay(convention, np.array([[1.0, 0.0, -1.0]]))
    settings: dict[str, dict[str, Any]] = {
        "constant": {},
        "step": {"every": 2, "factor": 0.5},
        "exponential": {"factor": 0.75},
        "cosine": {"steps": 5, "end": 0.001},
    }
    for name, more in settings.items():
        schedule = package.schedule(name, 0.125, **more)
        trained, byhand = (package.Network([package.Dense(2, 1, 7)]) for _ in range(2))
        package.train(trained, "mse", x, t, epochs=6, alpha=schedule, batch_size=None)
        for step in range(6):
            byhand.update(byhand.gradients(x, t, package.MSE()), schedule(step))
        for letter in "Wb":
            if not np.array_equal(trained.parameters[0][letter], byhand.parameters[0][letter]):
                raise Refuted("a schedule changes more than alpha", schedule=name, parameter=letter)
    return len(settings)


CLAIMS = (
    Claim(
        id="weight-update",
        title="a gradient step of the weights",
        place=both("(19)"),
        statement=both(r"W \leftarrow W - \alpha\,\frac{\partial L}{\partial W}"),
        required=Level.SIZE,
        laws=_laws("W", _weight_slope),
        uses=("weight-gradient", "mse-gradient"),
        errata=("E25",),
        aliases=("eq19",),
    ),
    Claim(
        id="bias-update",
        title="a gradient step of the bias",
        place=both("(20)"),
        statement=both(r"b \leftarrow b - \alpha\,\frac{\partial L}{\partial b}"),
        required=Level.SIZE,
        laws=_laws("b", _bias_slope),
        uses=("bias-gradient", "mse-gradient"),
        errata=("E25",),
        aliases=("eq20",),
    ),
)
