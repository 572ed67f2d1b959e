"""What the pictures share: matplotlib without a display, colours that follow the page's light or dark scheme."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ...subject import Subject

# Colours that occur nowhere else: in the finished picture each becomes a variable of the page's style.
INK, MUTED, GRID, COLUMN, ROW, ACCENT, PAPER = (f"#0a0b{number:02x}" for number in range(1, 8))
VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--rule",
    COLUMN: "--column",
    ROW: "--row",
    ACCENT: "--accent",
    PAPER: "--card",
}
SETTINGS = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    # What a legend covers shows through, but does not disturb.
    "legend.edgecolor": "none",
    "legend.facecolor": PAPER,
    "legend.framealpha": 0.85,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.8,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.edgecolor": "none",
    "image.composite_image": False,
}


@dataclass(frozen=True)
class Panel:
    """One drawing and its text alternative."""

    svg: str
    alternative: str
    title: str = ""


@dataclass(frozen=True)
class Picture:
    """One figure of the report: panels, a caption that is made of what was computed, the claims it belongs to."""

    id: str
    title: str
    panels: tuple[Panel, ...]
    caption: str
    claims: tuple[str, ...]
    errata: tuple[str, ...] = ()


Draw = Callable[[Sequence[Subject]], Picture]


@contextmanager
def figure(name: str, width: float = 4.4, height: float = 3.4, **axes: Any) -> Iterator[Any]:
    """Open a figure with one pair of axes; what is drawn is kept in ``.svg`` of the drawing handed out."""
    matplotlib: Any = import_module("matplotlib")
    backend: Any = import_module("matplotlib.backends.backend_svg")
    shape: Any = import_module("matplotlib.figure")
    with matplotlib.rc_context({**SETTINGS, "svg.hashsalt": name}):
        drawing = shape.Figure(figsize=(width, height), layout="constrained")
        backend.FigureCanvasSVG(drawing)
        page = Drawing(drawing, drawing.add_subplot(**axes), name)
        yield page
        page.finish()


class Drawing:
    """A figure of matplotlib while it is drawn, and its SVG afterwards."""

    def __init__(self, drawing: Any, axes: Any, name: str) -> None:
        self.figure = drawing
        self.axes = axes
        self.name = name
        self.svg = ""

    def finish(self) -> None:
        """Write the figure as SVG for a page: no size in points, no names that two pictures could share."""
        buffer = io.StringIO()
        self.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        self.svg = adapt(buffer.getvalue(), self.name)


def adapt(svg: str, name: str) -> str:
    """Make an SVG of matplotlib part of a page: its size, its colours and its names are the page's affair."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"^(<svg[^>]*?) (?:width|height)=\"[^\"]*\"", r"\1", svg)
    svg = re.sub(r"^(<svg[^>]*?) (?:width|height)=\"[^\"]*\"", r"\1", svg)
    svg = re.sub(r' xmlns(?::\w+)?="[^"]*"', "", svg)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r"(\d+\.\d\d)\d+", r"\1", svg)
    svg = re.sub(r'font: ([\d.]+)px [^;"]*', r"font-size: \1px", svg)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return re.sub(r"\n\s*", "\n", svg)
