"""Errata about gradient descent: what −∇ is good for, and what α does."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import sympy as sp

from .erratum import Erratum, Finding, Form, NotShown, Part, Proof, Refutation
from .judging import column, compare, every

# ------------------------------------------------------------------ E18: steepest, not shortest


def _points(form: Callable[[Any, Any, Any, Any], Any]) -> Finding:
    """Judge an identity about −∇ of the bowl (x² + κ y²)/2, whose minimum is the origin."""
    x, y = sp.symbols("x y", real=True)
    kappa = sp.Symbol("kappa", positive=True)
    bowl = (x**2 + kappa * y**2) / 2
    return compare(form(bowl, x, y, -sp.Matrix([bowl]).jacobian([x, y]).T), 0, what="(x² + κ y²)/2 at (x, y)")


def _sideways(bowl: Any, x: Any, y: Any, downhill: Any) -> Any:
    """Vanishes where −∇ and the way to the minimum are parallel."""
    return downhill[0] * (0 - y) - downhill[1] * (0 - x)


def _first_order(bowl: Any, x: Any, y: Any, downhill: Any) -> Any:
    """Vanishes where the loss falls along −∇ at the rate ‖∇‖²."""
    s = sp.Symbol("s", real=True)
    along = bowl.subs({x: x + s * downhill[0], y: y + s * downhill[1]}, simultaneous=True)
    return sp.diff(along, s).subs(s, 0) + (downhill.T * downhill)[0, 0]


Gain = Callable[[Any, Any, Any], Any]


def _best_direction(form: Gain) -> Finding:
    """Judge whether −∇ gains most, among all directions d, for a quadratic with curvatures 1, 4 (and 9)."""

    def at(size: int) -> Finding:
        g, d = column("g", size), column("d", size)
        curvature = sp.diag(*[(i + 1) ** 2 for i in range(size)])
        lead = form(g, -g, curvature) - form(g, d, curvature)
        squares = sum(
            ((g[i] * d[j] - g[j] * d[i]) ** 2 for i in range(size) for j in range(i)), sp.Integer(0)
        )
        if sp.simplify(lead * (d.T * d)[0, 0] - squares) == 0:
            return Proof(
                "symbols", f"lead of −∇ over d times ‖d‖² = Σ (g_i d_j − g_j d_i)² ≥ 0, {size} dimensions", 1
            )
        for values in product((-1, -2, 1, 2, 4), repeat=2 * size):
            point = dict(zip((*g, *d), values, strict=True))
            if lead.subs(point) < 0:
                gs, ds = (", ".join(str(point[item]) for item in vector) for vector in (g, d))
                mine, theirs = form(g, -g, curvature).subs(point), form(g, d, curvature).subs(point)
                return Refutation(
                    "counterexample",
                    f"curvatures {', '.join(map(str, curvature.diagonal()))}, ∇ = ({gs}): along −∇ "
                    f"the gain is {mine}, "
                    f"along ({ds}) it is {theirs}",
                    {
                        "gradient": gs,
                        "direction": ds,
                        "gain along -gradient": str(mine),
                        "gain along direction": str(theirs),
                    },
                )
        raise NotShown(f"undecided in {size} dimensions")

    return every(at(size) for size in (2, 3))


def _best_step(g: Any, d: Any, curvature: Any) -> Any:
    """Return how far the loss falls at the best point of the line along d."""
    return (g.T * d)[0, 0] ** 2 / (2 * (d.T * curvature * d)[0, 0])


def _rate(g: Any, d: Any, curvature: Any) -> Any:
    """Return the square of the rate of fall per length at the start of the line along d."""
    return (g.T * d)[0, 0] ** 2 / (d.T * d)[0, 0]


# ------------------------------------------------------------------ E25: α


def _step(said: Callable[[Any, Any], Any], of: Callable[[Any], Any], what: str) -> Finding:
    def at(size: int) -> Finding:
        w, g, alpha = column("w", size), column("g", size), sp.Symbol("alpha", positive=True)
        updated = w - alpha * g
        return compare(said(alpha, g), of(updated - w), what=f"{what} of the step of (19), {size} weights")

    return every(at(size) for size in (1, 2, 3))


def _squared(vector: Any) -> Any:
    return (vector.T * vector)[0, 0]


# ------------------------------------------------------------ E38: how large a step may be


def _lowers(form: Callable[[Any, Any], Any]) -> Finding:
    """Judge a family of learning rates, one for each s > 0, by one step on h w²/2 from w ≠ 0, any h > 0."""
    h, s = sp.symbols("h s", positive=True)
    w = sp.Symbol("w", real=True, nonzero=True)

    def loss(at: Any) -> Any:
        return h * at**2 / 2

    fall = sp.factor(loss(w) - loss(w - form(h, s) * sp.diff(loss(w), w)))
    if fall.is_positive:
        return Proof(
            "symbols",
            f"one step on h w²/2 with α = {form(h, s)} lowers it by {fall} > 0, for all h, s > 0",
            1,
        )
    for values in product((1, 2, 3), repeat=3):
        point = dict(zip((h, s, w), values, strict=True))
        if fall.subs(point) < 0:
            alpha = form(h, s).subs({h: values[0], s: values[1]})
            before, after = loss(w).subs(point), (loss(w) - fall).subs(point)
            return Refutation(
                "counterexample",
                f"h = {values[0]}, w = {values[2]}, α = {alpha}: the loss goes from {before} to {after}",
                {
                    "h": values[0],
                    "w": values[2],
                    "alpha": str(alpha),
                    "before": str(before),
                    "after": str(after),
                },
            )
    raise NotShown(f"undecided: the loss falls by {fall}")


ERRATA = (
    Erratum(
        "E18",
        "wrong",
        "§3.3",
        "−∇ is no pointer to the minimum",
        Form(
            "−∇(p) points to the local minimum, and is the most efficient direction",
            r"-\nabla L(p)\parallel p^*-p",
        ),
        Form(
            "where ∇ ≠ 0, −∇ is the direction in which the loss falls fastest to first order; no more",
            r"\min_{\|u\|=1}\nabla L\cdot u=-\|\nabla L\|,\ \text{at}\ u=-\nabla L/\|\nabla L\|",
        ),
        ("steepest-descent",),
        (
            Part("points to the minimum", _sideways, _first_order, _points),
            Part("best direction", _best_step, _rate, _best_direction),
        ),
        "κ = 1, a round bowl, is the exception. At a stationary point −∇ is 0 and has no direction.",
    ),
    Erratum(
        "E25",
        "wording",
        "after (20)",
        "the step goes against the gradient",
        Form(
            "α is how large a step is taken in the direction of the gradient",
            r"\Delta w=+\alpha\nabla L,\ \|\Delta w\|=\alpha",
        ),
        Form(
            "the step goes against the gradient and has length α‖∇L‖",
            r"\Delta w=-\alpha\nabla L,\ \|\Delta w\|=\alpha\|\nabla L\|",
        ),
        ("weight-update", "bias-update"),
        (
            Part(
                "direction",
                lambda alpha, g: alpha * g,
                lambda alpha, g: -alpha * g,
                lambda form: _step(form, lambda step: step, "vector"),
            ),
            Part(
                "length",
                lambda alpha, g: alpha**2,
                lambda alpha, g: alpha**2 * _squared(g),
                lambda form: _step(form, _squared, "squared length"),
            ),
        ),
    ),
    Erratum(
        "E38",
        "omission",
        "(19), (20)",
        "a step lowers the loss only if it is small enough",
        Form("the update reduces the loss, whatever α > 0", r"L(w-\alpha\nabla L)<L(w)"),
        Form(
            "it does for α small enough where ∇L ≠ 0; for h w²/2 exactly if α < 2/h",
            r"L(w-\alpha\nabla L)<L(w)\ \text{for}\ 0<\alpha<2/h",
        ),
        ("weight-update", "bias-update", "steepest-descent"),
        (Part("learning rate", lambda h, s: s, lambda h, s: 2 / h * s / (1 + s), _lowers),),
        "The paper speaks of stability and oscillation after (20), without a condition. 2s/(h(1 + "
        "s)) runs through "
        "all of (0, 2/h).",
    ),
)
