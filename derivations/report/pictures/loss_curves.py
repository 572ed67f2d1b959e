"""The loss over the epochs in both conventions, on top of each other, and their difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...subject import Subject
from .canvas import ACCENT, COLUMN, INK, MUTED, ROW, Panel, Picture, figure

SEED, ALPHA, EPOCHS = 0, 0.1, 1000
SIZES = (1, 2, 4)
STYLES = {1: ("-", 1.8), 2: ("-", 0.9), 4: ("--", 1.2)}


def draw(subjects: Sequence[Subject]) -> Picture:
    """Train in both conventions from equal parameters and draw the losses."""
    losses: dict[int, list[Any]] = {}
    for size in SIZES:
        for subject in subjects:
            package: Any = subject.package
            x, t = package.and_gate()
            network = package.and_network(SEED)
            history = package.train(network, "mse", x, t, epochs=EPOCHS, alpha=ALPHA, batch_size=size)
            losses.setdefault(size, []).append(np.array(history.losses))
    gaps = {size: np.abs(one - two) / np.spacing(np.maximum(one, two)) for size, (one, two) in losses.items()}
    names = [subject.name for subject in subjects]
    epochs = np.arange(1, EPOCHS + 1)
    with figure("losses", 5.0, 3.6) as curves:
        axes = curves.axes
        for size, (column, row) in losses.items():
            first = size == SIZES[0]
            told = [f"{name} ({side})" if first else None for name, side in zip(names, ("column", "row"))]
            axes.plot(epochs, column, color=COLUMN, linewidth=5, alpha=0.4, label=told[0])
            axes.plot(epochs, row, color=ROW, linewidth=1.5, linestyle=(0, (4, 2)), label=told[1])
            axes.annotate(f"{size}", (epochs[-1], column[-1]), (5, -4), textcoords="offset points")
        axes.set(xscale="log", yscale="log", xlabel="epoch", ylabel="mean squared error")
        axes.legend(loc="lower left")
    top = max(float(gap.max()) for gap in gaps.values())
    with figure("losses-gap", 5.0, 3.6) as apart:
        axes = apart.axes
        for (size, gap), colour in zip(gaps.items(), (INK, ACCENT, MUTED)):
            style, width = STYLES[size]
            axes.plot(epochs, gap, style, color=colour, linewidth=width, label=f"batches of {size}")
        axes.set(
            xlabel="epoch", ylabel="units of rounding", ylim=(-0.02 * max(1.0, top), max(1.0, top * 1.08))
        )
        axes.legend(loc="upper left")
    ends = ", ".join(
        f"{column[0]:.3g} to {column[-1]:.3g} and {row[0]:.3g} to {row[-1]:.3g} in batches of {size}"
        for size, (column, row) in losses.items()
    )
    told_gaps = "; ".join(
        f"batches of {size}: equal to the last bit in {int((gap == 0).sum())} of {EPOCHS} epochs, at most {gap.max():.3g} units"
        for size, gap in gaps.items()
    )
    return Picture(
        "picture-losses",
        "Loss curves of both conventions",
        (
            Panel(
                curves.svg,
                f"Loss over {EPOCHS} epochs on logarithmic axes, columns and rows: {ends}.",
                "both losses on the same axes, by batch size",
            ),
            Panel(
                apart.svg,
                f"Difference of the two losses over the epochs; {told_gaps}.",
                "their difference, in units of rounding of the loss",
            ),
        ),
        f"AND, seed {SEED}, learning rate {ALPHA}, equal parameters at the start. {told_gaps[0].upper()}{told_gaps[1:]} of"
        " rounding of float64.",
        ("duality", "listing-train"),
    )
