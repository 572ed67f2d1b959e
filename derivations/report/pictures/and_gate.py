"""Figure 3 of the paper: the AND network's prediction over the unit square, in both conventions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...subject import Subject
from .canvas import COLUMN, INK, MUTED, ROW, Panel, Picture, figure

SEED, ALPHA, EPOCHS, POINTS = 0, 0.1, 1000, 20
SIGNS = {"column": COLUMN, "row": ROW}


def draw(subjects: Sequence[Subject]) -> Picture:
    """Train the 2-3-1 network in both conventions and draw what it predicts on the grid."""
    surfaces: dict[str, Any] = {}
    for subject in subjects:
        package: Any = subject.package
        x, t = package.and_gate()
        network = package.and_network(SEED)
        package.train(network, "mse", x, t, epochs=EPOCHS, alpha=ALPHA)
        surfaces[subject.convention.name] = (subject.name, package.decision_surface(network, POINTS))
    panels = [_scatter(name, surface, side) for side, (name, surface) in surfaces.items()]
    panels += [_contour(name, surface, side) for side, (name, surface) in surfaces.items()]
    column, row = (surfaces[side][1] for side in ("column", "row"))
    # A prediction near 0 is a difference of larger numbers and has their rounding: the largest sets the unit.
    gap = np.abs(column - row) / np.spacing(max(np.abs(column).max(), np.abs(row).max()))
    panels.append(_difference(gap))
    inside = [int((surface > 0.5).sum()) for _, surface in surfaces.values()]
    caption = (
        f"Seed {SEED}, learning rate {ALPHA}, {EPOCHS} epochs, {POINTS} × {POINTS} points. Points above ½: "
        f"{inside[0]} of {POINTS**2} with columns, {inside[1]} with rows. Largest difference between the two: "
        f"{gap.max():.3g} units of rounding ({np.abs(column - row).max():.2g})."
    )
    return Picture(
        "picture-and",
        "The AND network over the unit square (Figure 3)",
        tuple(panels),
        caption,
        ("decision-surface", "and-network"),
        ("E21",),
    )


def _ticks() -> Any:
    return np.linspace(0, 1, POINTS)


def _told(name: str, surface: Any) -> str:
    corners = ", ".join(f"({i}, {k}): {surface[-i, -k]:.2f}" for i in (0, 1) for k in (0, 1))
    return f"{name}; prediction at the corners {corners}; from {surface.min():.2f} to {surface.max():.2f}."


def _scatter(name: str, surface: Any, side: str) -> Panel:
    first, second = np.meshgrid(_ticks(), _ticks(), indexing="ij")
    with figure(f"scatter-{side}", 4.4, 3.6, projection="3d") as page:
        axes = page.axes
        axes.scatter(
            first.ravel(),
            second.ravel(),
            surface.ravel(),
            c=surface.ravel(),
            cmap="viridis",
            s=9,
            depthshade=False,
            linewidths=0.3,
            edgecolors=MUTED,
        )
        for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
            axis.set_pane_color((0, 0, 0, 0))
            axis.line.set_color(MUTED)
        axes.view_init(elev=24, azim=-125)
        halves = [0, 0.5, 1]
        axes.set(xlabel="first input", ylabel="second input", xticks=halves, yticks=halves, zticks=halves)
        axes.set_zlabel("prediction", labelpad=2)
        axes.set_box_aspect((4, 4, 3), zoom=0.92)
    return Panel(page.svg, f"Scatter in three dimensions, {_told(name, surface)}", f"{name}, {side}: scatter")


def _contour(name: str, surface: Any, side: str) -> Panel:
    with figure(f"contour-{side}") as page:
        axes = page.axes
        axes.grid(False)
        levels = np.linspace(min(surface.min(), 0) - 1e-9, max(surface.max(), 1) + 1e-9, 13)
        filled = axes.contourf(_ticks(), _ticks(), surface.T, levels=levels, cmap="viridis")
        axes.contour(_ticks(), _ticks(), surface.T, levels=[0.5], colors="white", linewidths=2.2)
        bar = page.figure.colorbar(filled, ax=axes, format="%.2f", ticks=[0, 0.25, 0.5, 0.75, 1])
        bar.outline.set_visible(False)
        for i in (0, 1):
            for k in (0, 1):
                axes.plot(
                    i,
                    k,
                    marker="^" if i * k else "o",
                    color="white",
                    markeredgecolor="black",
                    markersize=9,
                    clip_on=False,
                )
        axes.set(xlabel="first input", ylabel="second input", aspect="equal")
    return Panel(
        page.svg,
        f"Contours, the white line at ½, triangle: target 1, discs: target 0; {_told(name, surface)}",
        f"{name}, {side}: contours, white at ½",
    )


def _difference(gap: Any) -> Panel:
    with figure("and-difference") as page:
        axes = page.axes
        axes.grid(False)
        top = max(1.0, float(gap.max()))
        shown = axes.pcolormesh(
            _ticks(),
            _ticks(),
            gap.T,
            cmap="viridis",
            vmin=0,
            vmax=top,
            shading="nearest",
            rasterized=False,
            linewidth=0.4,
            edgecolor="face",
        )
        bar = page.figure.colorbar(shown, ax=axes, ticks=np.linspace(0, top, 3))
        bar.outline.set_visible(False)
        bar.set_label("units of rounding", color=INK)
        axes.set(xlabel="first input", ylabel="second input", aspect="equal")
    return Panel(
        page.svg,
        f"Difference between the conventions at each point of the grid: at most {gap.max():.3g} units of rounding,"
        f" none at {int((gap == 0).sum())} of {gap.size} points.",
        "column − row, in units of rounding",
    )
