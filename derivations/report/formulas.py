"""Formulas as pictures: LaTeX is set by ziamath, offline; each glyph and each formula is stored once a page."""

from __future__ import annotations

import re
from html import escape
from importlib import import_module
from typing import Any, NamedTuple

SIZE = 20.0
# A line of text in a formula's place from this width on, in ems: no screen shows it in one line.
TOO_WIDE = 46.0
_NUMBERED = re.compile(r"(?<![A-Za-z\\])([A-Za-z])(\d+)_\{")
_TWICE = re.compile(r"--([A-Za-z]\w*_\{\w+\})")


def readable(latex: str) -> str:
    """Set what the printers of terms give as people write it: layers as upper marks, minus signs once."""
    latex = _NUMBERED.sub(r"\1^{(\2)}_{", latex)
    latex = _TWICE.sub(r"-(-\1)", latex)
    latex = re.sub(r"\bnot \[", r"\\neg [", latex)
    return re.sub(r"\+ -(?!-)", r"- ", latex)


def pieces(latex: str) -> list[str]:
    r"""Split a formula at its outermost \quad and \qquad, where a line may break."""
    found, depth, start, at = [], 0, 0, 0
    for token in re.finditer(r"\\(?:[A-Za-z]+|.)|[{}]", latex, re.DOTALL):
        name, at = token[0], token.end()
        if name in ("{", r"\left", r"\begin"):
            depth += 1
        elif name in ("}", r"\right", r"\end"):
            depth -= 1
        elif name in (r"\quad", r"\qquad") and depth == 0:
            found.append(latex[start : token.start()])
            start = at
    found.append(latex[start:])
    return [piece.strip() for piece in found if piece.strip()]


class Drawn(NamedTuple):
    """A formula that was set: its symbol's name, its box, its size in units of which SIZE are an em."""

    name: str
    box: str
    width: float
    height: float


class Formulas:
    """Sets formulas and keeps what they are made of, for one page."""

    def __init__(self) -> None:
        self._engine: Any = import_module("ziamath")
        self._glyphs: dict[str, str] = {}
        self._symbols: list[str] = []
        self._known: dict[str, Drawn] = {}

    def show(self, latex: str, text: str) -> str:
        """Give a formula as HTML; ``text`` is read out in its place.

        What is longer than a line may break between its pieces; what no line holds is given as text.
        """
        drawn = [self.draw(piece) for piece in pieces(latex)]
        widest = max(one.width for one in drawn) / SIZE
        if widest > TOO_WIDE:
            return f'<code class="long">{escape(text)}</code>'
        # Narrow screens shrink a formula to 0.65 of its size (see the style); what is still wider is scrolled.
        scrolls = ' tabindex="0"' if widest * 0.65 > 15 else ""
        inner = "".join(
            f'<svg class="f" style="--w:{one.width / SIZE:.2f}" viewBox="{one.box}"><use href="#{one.name}"/></svg>'
            for one in drawn
        )
        return f'<span class="formula" role="img" aria-label="{escape(text)}"{scrolls}>{inner}</span>'

    def inside(self, latex: str, x: float, y: float, scale: float = 1.0, anchor: str = "middle") -> str:
        """Give a formula for use within another picture, centred at a point, or beginning or ending there."""
        one = self.draw(latex)
        width, height = one.width * scale, one.height * scale
        left = x - width / 2 if anchor == "middle" else x - width if anchor == "end" else x
        return (
            f'<svg class="fi" x="{left:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}"'
            f' viewBox="{one.box}"><use href="#{one.name}"/></svg>'
        )

    def sprite(self) -> str:
        """Give the glyphs and formulas that were used, to be put on the page once."""
        return (
            '<svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
            + "".join(self._symbols)
            + "</defs></svg>"
        )

    def draw(self, latex: str) -> Drawn:
        """Set a formula; the same one is set once."""
        if latex not in self._known:
            picture = self._engine.Math.fromlatex(readable(latex), size=SIZE).svgxml()
            for glyph in picture.iter("symbol"):
                self._keep(glyph)
            name, box = f"f{len(self._known):x}", picture.attrib["viewBox"]
            body = "".join(self._element(child) for child in picture if child.tag != "symbol")
            self._symbols.append(f'<symbol id="{name}" viewBox="{box}">{body}</symbol>')
            _, _, width, height = (float(number) for number in box.split())
            self._known[latex] = Drawn(name, box, width, height)
        return self._known[latex]

    def _keep(self, glyph: Any) -> None:
        known = glyph.attrib["id"]
        if known in self._glyphs:
            return
        self._glyphs[known] = f"g{len(self._glyphs):x}"
        path = glyph.find("path")
        outline = "" if path is None else re.sub(r"\s*([A-Z])\s*", r"\1", path.attrib["d"].strip())
        self._symbols.append(
            f'<symbol id="{self._glyphs[known]}" viewBox="{glyph.attrib["viewBox"]}"><path d="{outline}"/></symbol>'
        )

    def _element(self, element: Any) -> str:
        at = " ".join(
            f'{name}="{float(element.attrib[name]):g}"'
            for name in ("x", "y", "width", "height")
            if name in element.attrib
        )
        if element.tag == "use":
            return f'<use href="#{self._glyphs[element.attrib["href"][1:]]}" {at}/>'
        if element.tag == "rect":
            return f"<rect {at}/>"
        if element.tag == "path":
            return f'<path d="{escape(element.attrib["d"])}"/>'
        raise ValueError(f"ziamath drew a {element.tag}, which is not known here")
