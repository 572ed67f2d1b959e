"""Erratum E18 as a picture: on an ill-conditioned bowl minus the gradient does not point to the minimum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...subject import Subject
from .canvas import ACCENT, COLUMN, INK, MUTED, ROW, Panel, Picture, figure

KAPPA, START, STEPS = 15.0, (9.0, 1.0), 40


def draw(subjects: Sequence[Subject]) -> Picture:
    """Walk down (p² + κ q²) / 2 with the packages' own step."""
    curvature = np.array([[1.0], [KAPPA]])
    alpha = 1.8 / KAPPA
    paths = []
    for subject in subjects:
        turned = curvature if subject.convention.is_column else curvature.T
        point = np.array([START]).T if subject.convention.is_column else np.array([START])
        path = [point.ravel()]
        for _ in range(STEPS):
            point = subject.door("descend")(point, turned * point, alpha)
            path.append(point.ravel())
        paths.append(np.array(path))
    start = np.array(START)
    down, towards = -curvature.ravel() * start, -start
    cosine = float(down @ towards / np.linalg.norm(down) / np.linalg.norm(towards))
    angle = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    p, q = np.meshgrid(np.linspace(-1.5, 10.5, 121), np.linspace(-1.6, 1.6, 61))
    with figure("bowl", 6.2, 3.6) as page:
        axes = page.axes
        axes.grid(False)
        height = (p**2 + KAPPA * q**2) / 2
        axes.contour(
            p, q, height, levels=np.array([1, 4, 9, 16, 25, 36, 49, 64]) * 0.8, colors=MUTED, linewidths=0.6
        )
        axes.plot(
            *paths[0].T, "-", color=COLUMN, linewidth=4, alpha=0.4, label=f"{subjects[0].name}, {STEPS} steps"
        )
        axes.plot(
            *paths[1].T,
            "o--",
            color=ROW,
            linewidth=1.1,
            markersize=3,
            label=f"{subjects[1].name}, {STEPS} steps",
        )
        for way, colour, label in ((down, ACCENT, "minus the gradient"), (towards, INK, "to the minimum")):
            tip = start + way / np.linalg.norm(way) * (1.3 if way is down else 3.0)
            axes.annotate(
                "",
                tip,
                start,
                arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2, "shrinkA": 0, "shrinkB": 0},
            )
            axes.plot([], [], color=colour, linewidth=2, label=label)
        axes.plot(0, 0, marker="+", color=INK, markersize=10)
        axes.set(xlabel="p", ylabel="q", xlim=(-1.5, 10.5), ylim=(-1.6, 1.6))
        axes.legend(loc="lower left", fontsize=9, ncols=2)
    equal = (
        "equal to the last bit"
        if np.array_equal(paths[0], paths[1])
        else f"up to {np.abs(paths[0] - paths[1]).max():.2g} apart"
    )
    return Picture(
        "picture-bowl",
        "Steepest is not shortest: gradient descent on an ill-conditioned bowl",
        (
            Panel(
                page.svg,
                f"Contours of a narrow bowl; the path of gradient descent zigzags across it from {START}; at the start minus"
                f" the gradient and the way to the minimum are {angle:.0f} degrees apart.",
            ),
        ),
        f"Bowl (p² + {KAPPA:g} q²)/2, start {START}, learning rate {alpha:.3g}. At the start −∇ and the way to the minimum"
        f" enclose {angle:.1f}°. After {STEPS} steps {np.linalg.norm(paths[0][-1]):.2g} are left of"
        f" {np.linalg.norm(start):.2g}. The paths of the two conventions are {equal}.",
        ("steepest-descent", "weight-update"),
        ("E18",),
    )
