"""Formulas as pictures: LaTeX is set by ziamath, offline; each glyph and each formula is stored once a page."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from html import escape
from importlib import import_module
from typing import Any, NamedTuple

from .breaking import lines, pieces, readable, words

SIZE = 20.0


class Glyph(NamedTuple):
    """A glyph: its name on the page, the box that ziamath puts it in, its outline."""

    name: str
    left: float
    top: float
    width: float
    path: str


class Drawn(NamedTuple):
    """What was set: its symbol's name, its box, its size and depth in units of which SIZE are an em."""

    name: str
    box: str
    width: float
    height: float
    depth: float
    symbol: str


@cache
def _engine() -> Any:
    with warnings.catch_warnings():
        # It opens its font in a way that Python 3.11 and 3.12 call deprecated, and 3.13 no longer does.
        warnings.filterwarnings("ignore", "path is deprecated", DeprecationWarning)
        return import_module("ziamath")


class Formulas:
    """Sets formulas and keeps what they are made of, for one page."""

    def __init__(self) -> None:
        self._glyphs: dict[str, Glyph] = {}
        self._known: dict[str, Drawn] = {}
        self._used: dict[str, str] = {}

    def take(self, others: Formulas) -> None:
        """Take over what was set elsewhere, in a worker process."""
        self._glyphs |= others._glyphs
        self._known |= others._known

    def set(self, latex: str) -> None:
        """Set the pieces of a formula for later."""
        for line in (line for piece in pieces(latex) for line in lines(readable(piece))):
            if words(line) is None:
                self.draw(line)

    def show(self, latex: str, text: str) -> str:
        """Give a formula as HTML; ``text`` is read out in its place. Words are given as words."""
        told = words(latex)
        if told is not None:
            return f'<span class="words">{escape(told)}</span>'
        inner = '<span class="q"></span> '.join(
            " ".join(self._line(line) for line in lines(readable(piece))) for piece in pieces(latex)
        )
        return f'<span class="formula" role="img" aria-label="{escape(text)}">{inner}</span>'

    def _line(self, latex: str) -> str:
        told = words(latex)
        if told is not None:
            return escape(told.strip())
        one = self.draw(latex)
        size = f"--w:{one.width / SIZE:.2f};--d:{one.depth / SIZE:.2f}"
        return f'<svg class="f" style="{size}" viewBox="{one.box}">{self._use(one)}</svg>'

    def inside(self, latex: str, x: float, y: float, scale: float = 1.0, anchor: str = "middle") -> str:
        """Give a formula for use within another picture, centred at a point, or beginning or ending there."""
        one = self.draw(latex)
        width, height = one.width * scale, one.height * scale
        left = x - width / 2 if anchor == "middle" else x - width if anchor == "end" else x
        return (
            f'<svg class="fi" x="{left:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}"'
            f' viewBox="{one.box}">{self._use(one)}</svg>'
        )

    def _use(self, one: Drawn) -> str:
        self._used[one.name] = one.symbol
        return f'<use href="#{one.name}"/>'

    def sprite(self) -> str:
        """Give the glyphs and formulas that were used, to be put on the page once."""
        return (
            '<svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
            + "".join(f'<path id="{glyph.name}" d="{glyph.path}"/>' for glyph in self._glyphs.values())
            + "".join(self._used.values())
            + "</defs></svg>"
        )

    def draw(self, latex: str) -> Drawn:
        """Set a formula; the same one is set once."""
        if latex not in self._known:
            self._known[latex], glyphs = _drawn(latex)
            self._glyphs |= glyphs
        return self._known[latex]


@cache
def _drawn(latex: str) -> tuple[Drawn, dict[str, Glyph]]:
    picture = _engine().Math.fromlatex(readable(latex), size=SIZE).svgxml()
    glyphs = {symbol.attrib["id"]: _glyph(symbol) for symbol in picture.iter("symbol")}
    # The same name in every process, so that what they set can be put together.
    name, box = "f" + sha256(latex.encode()).hexdigest()[:10], picture.attrib["viewBox"]
    _, top, width, height = (float(number) for number in box.split())
    # The baseline is at 0.
    return Drawn(
        name, box, width, height, top + height, f'<g id="{name}">{_body(picture, glyphs)}</g>'
    ), glyphs


def _glyph(symbol: Any) -> Glyph:
    left, top, width, _ = (float(number) for number in symbol.attrib["viewBox"].split())
    path = symbol.find("path")
    outline = "" if path is None else re.sub(r"\s*([A-Z])\s*", r"\1", path.attrib["d"].strip())
    return Glyph("g" + re.sub(r"^STIXTwoMathRegular_", "", symbol.attrib["id"]), left, top, width, outline)


def _body(picture: Any, glyphs: Mapping[str, Glyph]) -> str:
    """Write glyphs at their origins, those of one scale together: a fifth of the length of what ziamath writes."""
    done: list[str] = []
    scale = ""
    for element in picture:
        if element.tag == "symbol":
            continue
        x, y, width, height = (
            float(element.attrib.get(name, "nan")) for name in ("x", "y", "width", "height")
        )
        now = ""
        if element.tag == "use":
            glyph = glyphs[element.attrib["href"][1:]]
            by = width / glyph.width if glyph.width else 1.0
            now = f"{by:.4g}"
            shown = (
                f'<use href="#{glyph.name}"{_at("x", x / by - glyph.left)}{_at("y", y / by - glyph.top)}/>'
            )
        elif element.tag == "rect":
            shown = f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"/>'
        elif element.tag == "path":
            shown = f'<path d="{escape(element.attrib["d"])}"/>'
        else:
            raise ValueError(f"ziamath drew a {element.tag}, which is not known here")
        if now != scale:
            done.append(("</g>" if scale else "") + (f'<g transform="scale({now})">' if now else ""))
            scale = now
        done.append(shown)
    return "".join(done) + ("</g>" if scale else "")


def _at(name: str, value: float) -> str:
    # A tenth is a two-hundredth of an em.
    return f' {name}="{round(value, 1):g}"' if round(value, 1) else ""
