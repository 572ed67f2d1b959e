"""Figures 1 and 2 of the paper: a neuron and the layers, labelled with each convention's indices."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from ..convention import COLUMN, CONVENTIONS, Convention, bias, weights
from .formulas import Formulas
from .pictures.canvas import Panel

Weight = Callable[[int, int], str]
SIZES = (2, 3, 1)


def entry(convention: Convention, neuron: int, source: int) -> tuple[int, int]:
    """Give the indices, counted from 1, of the weight from an input to a neuron."""
    row, column = convention.position(weights("n", "m"), (neuron - 1, source - 1))
    return row + 1, column + 1


def weight(convention: Convention, neuron: str | int, source: str | int, layer: int = 0) -> str:
    """Name the weight from an input to a neuron as the convention does."""
    first, second = convention.position(weights("n", "m"), (neuron, source))
    return rf"w_{{{first}{second}}}" + (f"^{{({layer})}}" if layer else "")


def neuron(formulas: Formulas, side: str) -> Panel:
    """Draw neuron j with three inputs (Figure 1)."""
    convention = CONVENTIONS[side]
    box, at = (560, 250), [(70, 50), (70, 125), (70, 200)]
    names = ["1", "2", "n"]
    parts = [_begin(*box, left=36, right=8)]
    for (x, y), name in zip(at, names):
        parts.append(f'<path class="wire {side}" d="M{x + 21} {y}L236 125"/>')
        parts.append(f'<circle class="cell" cx="{x}" cy="{y}" r="21"/>')
        parts.append(formulas.inside(f"x_{name}", x, y))
    for (x, y), name in zip(at, names):
        parts.append(_plate(formulas, weight(convention, "j", name), (x + 236) / 2 + 6, (y + 125) / 2))
    parts.append('<text class="dots" x="70" y="167">⋮</text>')
    parts.append('<path class="wire bias" d="M270 38L270 91"/>')
    parts.append(formulas.inside("b_j", 270, 24))
    parts.append('<circle class="cell" cx="270" cy="125" r="34"/>')
    parts.append(formulas.inside(r"\sum", 270, 125, 0.9))
    parts.append('<path class="wire" d="M304 125L374 125"/>')
    parts.append(_plate(formulas, "v_j", 339, 108, plate=False))
    parts.append('<rect class="cell" x="374" y="98" width="60" height="54" rx="9"/>')
    parts.append(formulas.inside("f", 404, 125, 1.1))
    parts.append('<path class="wire" d="M434 125L500 125" />')
    parts.append(formulas.inside("y_j", 522, 125, 1.1))
    names_told = ", ".join(
        f"x {name} by the weight w {' '.join(convention.position(weights('n', 'm'), ('j', name)))}"
        for name in names
    )
    told = f"A neuron: inputs {names_told} are summed with the bias b j to v j, which f turns into the output y j."
    return Panel("".join(parts) + "</svg>", told, f"neuron j, {side} indices")


def layers(formulas: Formulas, side: str) -> Panel:
    """Draw the 2-3-1 network with its weights (Figure 2)."""
    convention = CONVENTIONS[side]
    width, height, gap = 600, 310, 84
    columns = [80.0, 300.0, 520.0]
    places = [
        [(x, height / 2 - 14 + (place - (count - 1) / 2) * gap) for place in range(count)]
        for x, count in zip(columns, SIZES)
    ]
    parts, plates, told = [_begin(width, height, left=44, right=44)], [], []
    for layer, (sources, targets) in enumerate(itertools.pairwise(places), start=1):
        for j, (u, v) in enumerate(targets, start=1):
            for i, (x, y) in enumerate(sources, start=1):
                parts.append(f'<path class="wire {side}" d="M{x + 21:.0f} {y:.0f}L{u - 21:.0f} {v:.0f}"/>')
                # Labels of wires that cross are set apart along the wire.
                along = 0.27 if layer == 1 and i == 1 else 0.73 if layer == 1 else 0.45
                plates.append(
                    _plate(formulas, weight(convention, j, i), x + (u - x) * along, y + (v - y) * along, 0.85)
                )
                told.append(
                    f"layer {layer}, input {i} to neuron {j}: w {' '.join(map(str, entry(convention, j, i)))}"
                )
    for layer, cells in enumerate(places):
        for place, (x, y) in enumerate(cells, start=1):
            plates.append(f'<circle class="cell" cx="{x:.0f}" cy="{y:.0f}" r="21"/>')
            letter = "x" if layer == 0 else "h" if layer == 1 else "y"
            plates.append(formulas.inside(f"{letter}_{place}", x, y))
    for layer, x in ((1, 190.0), (2, 410.0)):
        sizes = {"n": SIZES[layer - 1], "m": SIZES[layer]}
        W, b = convention.shape(weights("n", "m"), sizes), convention.shape(bias("m"), sizes)
        plates.append(
            formulas.inside(
                rf"W^{{({layer})}}: {W[0]} \times {W[1]},\; b^{{({layer})}}: {b[0]} \times {b[1]}",
                x,
                height - 16,
                0.8,
            )
        )
        told.append(f"W {layer} is {W[0]} by {W[1]}, b {layer} is {b[0]} by {b[1]}")
    text = "A network with 2 inputs, 3 hidden neurons and 1 output. " + "; ".join(told) + "."
    return Panel("".join(parts + plates) + "</svg>", text, f"layers 2-3-1, {side} indices")


def _begin(width: float, height: float, left: float, right: float) -> str:
    return f'<svg class="diagram" viewBox="{left:.0f} 0 {width - left - right:.0f} {height:.0f}">'


def _plate(formulas: Formulas, latex: str, x: float, y: float, scale: float = 1.0, plate: bool = True) -> str:
    drawn = formulas.draw(latex)
    width, height = drawn.width * scale + 6, drawn.height * scale + 2
    ground = (
        f'<rect class="plate" x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}"'
        f' height="{height:.1f}" rx="4"/>'
        if plate
        else ""
    )
    return ground + formulas.inside(latex, x, y, scale)


def diagrams(formulas: Formulas) -> tuple[Panel, ...]:
    """Draw all four."""
    return tuple(draw(formulas, side) for draw in (neuron, layers) for side in ("column", "row"))


__all__ = ["COLUMN", "diagrams", "entry", "layers", "neuron", "weight"]
