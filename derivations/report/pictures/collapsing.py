"""Appendix A: a stack of dense layers against the one it collapses to, without and with activations between."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...regions import lay
from ...subject import Subject
from .canvas import ACCENT, COLUMN, INK, ROW, Panel, Picture, figure

WIDTHS, SEED, POINTS = (1, 8, 8, 1), 4, 121


def draw(subjects: Sequence[Subject]) -> Picture:
    """Draw the functions that three dense layers and their collapse compute."""
    inputs = np.linspace(-3, 3, POINTS)[np.newaxis, :]
    found: dict[str, tuple[str, Any, Any, Any]] = {}
    for subject in subjects:
        package: Any = subject.package
        rng = np.random.default_rng(SEED)
        dense = [package.Dense(*sizes, rng, "scaled") for sizes in itertools.pairwise(WIDTHS)]
        bias = np.random.default_rng(SEED + 1)
        for layer in dense:
            layer.b = lay(subject.convention, bias.standard_normal((layer.fan_out, 1)) / 2)
        x = lay(subject.convention, inputs)
        one = package.collapse(dense)
        bent = package.Network([dense[0], package.Tanh(), dense[1], package.Tanh(), dense[2]])
        stack = package.Network([package.Dense.of(layer.W, layer.b) for layer in dense])
        found[subject.convention.name] = (
            subject.name,
            *(lay(subject.convention, run(x))[0] for run in (stack.predict, one, bent.predict)),
        )
    panels, gaps = [], {}
    for side, (name, stack, one, bent) in found.items():
        colour = COLUMN if side == "column" else ROW
        # Where the function crosses 0 it has no digits of its own: its largest value sets the scale.
        gaps[side] = np.abs(stack - one).max() / np.spacing(np.abs(stack).max()), np.abs(bent - one).max()
        with figure(f"collapse-{side}", 5.0, 3.5) as page:
            axes = page.axes
            axes.plot(inputs[0], stack, color=colour, linewidth=5, alpha=0.4, label="three dense layers")
            axes.plot(
                inputs[0], one, color=INK, linewidth=1.3, linestyle=(0, (4, 2)), label="collapsed to one"
            )
            axes.plot(inputs[0], bent, color=ACCENT, label="the same with tanh between")
            axes.set(xlabel="input", ylabel="output")
            axes.legend(fontsize=9)
        panels.append(
            Panel(
                page.svg,
                f"{name}: the stack and the collapsed layer, at most {gaps[side][0]:.2g} units of rounding apart, are a"
                f" straight line; with tanh between the layers the curve leaves it by up to {gaps[side][1]:.2g}.",
                f"{name}, {side}",
            )
        )
    told = "; ".join(
        f"{side}s: {units:.2g} units of rounding between the stack and its collapse, {apart:.2g} with tanh between"
        for side, (units, apart) in gaps.items()
    )
    return Picture(
        "picture-collapse",
        "A stack of dense layers collapses; with an activation between it does not",
        tuple(panels),
        f"Widths {'-'.join(map(str, WIDTHS))}, {POINTS} inputs. Largest differences, {told}.",
        ("collapse", "activation-necessary"),
        ("E19", "E22"),
    )
