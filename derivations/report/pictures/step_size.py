"""Why a finite difference is judged by its slope: its error against the step, with the complex step beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...numbers.high_precision import CONTEXT
from ...subject import Subject
from .canvas import ACCENT, COLUMN, INK, MUTED, ROW, Panel, Picture, figure

SEED = 0
STEPS = np.logspace(0, -14, 57)


def definition(W1: Any, b1: Any, W2: Any, b2: Any, x: Any, t: Any, *, tanh: Any) -> Any:
    """Define the loss of the 2-3-1 network, in columns and for any kind of numbers."""
    y = tanh(W2 @ tanh(W1 @ x + b1) + b2)
    return ((y - t) ** 2).sum() / t.shape[1]


def draw(subjects: Sequence[Subject]) -> Picture:
    """Differentiate the loss of the AND network by its first weight in every way, and hold 50 digits against it."""
    package: Any = subjects[0].package
    x, t = package.and_gate()
    network = package.and_network(SEED)
    dense = [named for named in network.parameters if named]
    arrays: list[Any] = [dense[0]["W"], dense[0]["b"], dense[1]["W"], dense[1]["b"], x, t]

    def shipped(step: float) -> float:
        moved = package.and_network(SEED)
        W = moved.layers[0].W.copy()
        W[0, 0] += step
        moved.layers[0].W = W
        return float(package.MSE().value(moved.predict(x), t))

    def in_complex(step: float) -> float:
        W = arrays[0].astype(complex)
        W[0, 0] += 1j * step
        return float(definition(W, *arrays[1:], tanh=np.tanh).imag)

    def precise(step: Any) -> Any:
        lifted = [np.vectorize(CONTEXT.mpf, otypes=[object])(array) for array in arrays]
        lifted[0][0, 0] += step
        return definition(*lifted, tanh=np.vectorize(CONTEXT.tanh, otypes=[object]))

    exact = CONTEXT.diff(precise, 0)
    third = abs(float(CONTEXT.diff(precise, 0, 3)))
    value = abs(float(precise(0)))
    # A step that does not survive the addition is taken as it came out.
    centre = arrays[0][0, 0]
    error, complex_error = [], []
    for step in STEPS:
        up, down = centre + step, centre - step
        slope = (shipped(float(up - centre)) - shipped(float(down - centre))) / (up - down)
        error.append(abs(float(CONTEXT.mpf(slope) - exact)))
        complex_error.append(abs(float(CONTEXT.mpf(in_complex(step) / step) - exact)))
    backward = [abs(float(CONTEXT.mpf(float(_gradient(subject))) - exact)) for subject in subjects]
    size = abs(float(exact))
    relative = np.array(error) / size, np.array(complex_error) / size
    unit = np.finfo(float).eps / 2
    truncation, rounding = third / 6 / size, unit * value / size
    best = int(np.argmin(relative[0]))
    falling = _order(relative[0][: best // 2])
    with figure("step-size", 5.6, 4.2) as page:
        axes = page.axes
        floor = unit / 8
        axes.loglog(
            STEPS,
            np.maximum(relative[0], floor),
            "o-",
            color=COLUMN,
            markersize=3.5,
            label="central difference",
        )
        axes.loglog(
            STEPS, np.maximum(relative[1], floor), "s-", color=ROW, markersize=3, label="complex step"
        )
        low = STEPS[best] / 10, STEPS[best] * 30
        wide = np.array([1.0, low[0]])
        axes.loglog(wide, truncation * wide**2, "--", color=INK, linewidth=1.1)
        narrow = np.array([low[1], STEPS[-1]])
        axes.loglog(narrow, rounding / narrow, ":", color=INK, linewidth=1.4)
        axes.annotate(
            "truncation, slope 2",
            (1e-2, truncation * 1e-2**2),
            (12, 2),
            textcoords="offset points",
            color=INK,
        )
        axes.annotate(
            "rounding, slope −1", (1e-9, rounding / 1e-9), (4, -46), textcoords="offset points", color=INK
        )
        axes.axhline(unit, color=MUTED, linewidth=0.8)
        axes.annotate(
            "unit of rounding", (1, unit), (0, 4), textcoords="offset points", color=MUTED, fontsize=9
        )
        axes.axhline(
            max(max(backward) / size, floor), color=ACCENT, linewidth=1.4, label="backpropagation (float64)"
        )
        axes.invert_xaxis()
        axes.set(xlabel="step h", ylabel="relative error", ylim=(floor / 2, 10))
        axes.legend(loc="upper center", fontsize=9, bbox_to_anchor=(0.47, 1.0))
    return Picture(
        "picture-step",
        "Finite differences: the error against the step",
        (
            Panel(
                page.svg,
                f"Relative error over the step from 1 to 1e-14 on logarithmic axes. The central difference is best at"
                f" {STEPS[best]:.1e}, with an error of {relative[0][best]:.1e}; for larger steps the error grows with"
                f" order {falling:.2f}, for smaller ones like rounding divided by the step. The complex step reaches"
                f" {relative[1][-1]:.1e}.",
            ),
        ),
        f"Derivative of the AND network's loss by its first weight (seed {SEED}), against 50 digits. Lines: h²|L‴|/6 and"
        f" u|L|/h, computed, not fitted. Best central difference: {relative[0][best]:.1e} at h = {STEPS[best]:.1e}; measured"
        f" order above it: {falling:.2f}. Complex step at h = {STEPS[-1]:.0e}: {relative[1][-1]:.1e}. Backpropagation:"
        f" {backward[0] / size:.1e} with columns, {backward[1] / size:.1e} with rows.",
        ("weight-gradient", "chain"),
    )


def _order(errors: Any) -> float:
    steps = STEPS[: len(errors)]
    inner = slice(len(errors) // 2, None)
    return float(np.polyfit(np.log(steps[inner]), np.log(errors[inner]), 1)[0])


def _gradient(subject: Subject) -> Any:
    package: Any = subject.package
    x, t = package.and_gate()
    return package.and_network(SEED).gradients(x, t, package.MSE()).layers[0]["W"][0, 0]
