"""Formulas as pictures: LaTeX is set by ziamath, offline; each glyph and each formula is stored once a page."""

from __future__ import annotations

import re
import warnings
from functools import cache
from hashlib import sha256
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


class Glyph(NamedTuple):
    """A glyph: its name on the page, the box that ziamath puts it in, its outline."""

    name: str
    left: float
    top: float
    width: float
    path: str


class Drawn(NamedTuple):
    """A formula that was set: its symbol's name, its box, its size in units of which SIZE are an em."""

    name: str
    box: str
    width: float
    height: float
    symbol: str


@cache
def _engine() -> Any:
    with warnings.catch_warnings():
        # It opens its font in a way that Python 3.11 and 3.12 call deprecated, and 3.13 no longer does.
        warnings.simplefilter("ignore", DeprecationWarning)
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
        for piece in pieces(latex):
            self.draw(piece)

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
            f'<svg class="f" style="--w:{one.width / SIZE:.2f}" viewBox="{one.box}">{self._use(one)}</svg>'
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
            picture = _engine().Math.fromlatex(readable(latex), size=SIZE).svgxml()
            for glyph in picture.iter("symbol"):
                self._keep(glyph)
            # The same name in every process, so that what they set can be put together.
            name, box = "f" + sha256(latex.encode()).hexdigest()[:10], picture.attrib["viewBox"]
            symbol = f'<g id="{name}">{self._body(picture)}</g>'
            _, _, width, height = (float(number) for number in box.split())
            self._known[latex] = Drawn(name, box, width, height, symbol)
        return self._known[latex]

    def _keep(self, glyph: Any) -> None:
        known = glyph.attrib["id"]
        if known in self._glyphs:
            return
        left, top, width, _ = (float(number) for number in glyph.attrib["viewBox"].split())
        path = glyph.find("path")
        outline = "" if path is None else re.sub(r"\s*([A-Z])\s*", r"\1", path.attrib["d"].strip())
        self._glyphs[known] = Glyph(
            "g" + re.sub(r"^STIXTwoMathRegular_", "", known), left, top, width, outline
        )

    def _body(self, picture: Any) -> str:
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
                glyph = self._glyphs[element.attrib["href"][1:]]
                by = width / glyph.width if glyph.width else 1.0
                now = f"{by:.4g}"
                shown = f'<use href="#{glyph.name}" x="{x / by - glyph.left:.5g}" y="{_rounded(y / by - glyph.top)}"/>'
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


def _rounded(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}"
