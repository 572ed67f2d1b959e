"""Formulas before they are set: as people write them, and broken into pieces where a line may end."""

from __future__ import annotations

import re

# What a telephone shows in one line, in ems; a wider formula may break where people break it, into pieces of about PIECE.
LINE, PIECE = 15.0, 8.0
_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|\s+|.", re.DOTALL)
_NUMBERED = re.compile(r"(?<![A-Za-z\\])([A-Za-z])(\d+)_\{")
_TWICE = re.compile(r"--([A-Za-z]\w*_\{\w+\})")
# A minus sign after one of these has nothing to its left to subtract from.
_BEFORE_SIGN = r"^|[=(\[{,;+/<>]|\\(?:in|leftarrow|quad|qquad|[Bb]igl)\b|\\sum_\{\w+\}|\\text\{[^{}]*\}"
_UNARY = re.compile(rf"({_BEFORE_SIGN})((?:\s|\\[,;! ])*)-(?!\}})")
_WORDS = re.compile(r"\\text\{([^{}]*)\}\s*")
_SPACES = {r"\,", r"\;", r"\!", r"\ "}
_EDGE = re.compile(r"^(?:\s|\\[,;! ])+|(?:\\[,;! ]|\s)+$")
_RELATIONS = {"=", "<", ">", r"\in", r"\le", r"\ge", r"\to", r"\text", r"\Rightarrow", r"\leftarrow"}
_SIGNS = {"+", "-", r"\cdot", r"\odot"}
_LARGE = {r"\sum", r"\prod", r"\max", r"\min"}
_NAMES = {r"\exp", r"\log", r"\tanh"} | _LARGE
_OPEN, _CLOSE = {"(", "[", r"\{"}, {")", "]", r"\}"}


def readable(latex: str) -> str:
    """Set what the printers of terms give as people write it: layers as upper marks, minus signs once."""
    latex = _NUMBERED.sub(r"\1^{(\2)}_{", latex)
    latex = _TWICE.sub(r"-(-\1)", latex)
    latex = re.sub(r"\bnot \[", r"\\neg [", latex)
    latex = re.sub(r"\+ -(?!-)", r"- ", latex)
    latex = re.sub(r"(?<![\\A-Za-z])alpha\b", r"\\alpha", latex)
    return _UNARY.sub(r"\1\2{-}", latex.replace(":=", r"\coloneqq"))


def words(latex: str) -> str | None:
    """Give what is words and nothing else as words; None for anything else."""
    if not re.fullmatch(rf"(?:{_WORDS.pattern})+", latex):
        return None
    return "".join(found[1] for found in _WORDS.finditer(latex)).replace(r"\_", "_")


def pieces(latex: str) -> list[str]:
    r"""Split a formula at its outermost \quad and \qquad, where a line may always break."""
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


def breaks(latex: str) -> list[tuple[tuple[int, int], int]]:
    """Give the places before which a line may break: how bad it is to break there, and where.

    The fewer brackets around it the better; best after a comma and before a relation, then before a sign, then
    between factors. Never in a fraction or an index, nor between the sign of a sum and what it binds.
    """
    found: list[tuple[tuple[int, int], int]] = []
    braces = brackets = 0
    before, spaced, glued, told = "", False, True, False
    for token in _TOKEN.finditer(latex):
        name = token[0]
        if name.isspace() or name in _SPACES:
            spaced = True
            continue
        if braces == 0 and name not in "{}_^" and before not in ("_", "^"):
            kind = 0 if told or before in {",", ";"} or name in _RELATIONS else 1 if name in _SIGNS else 2
            factor = spaced and (before in _CLOSE or before == "}" or before.isalnum())
            if not glued and name not in _CLOSE and (kind < 2 or factor):
                found.append(((brackets, kind), token.start()))
            told = name == r"\text"
            glued = (name in _RELATIONS and not told) or name in _SIGNS or name in _LARGE or name in _OPEN
            brackets += (name in _OPEN) - (name in _CLOSE)
        braces += (name in ("{", r"\left", r"\begin")) - (name in ("}", r"\right", r"\end"))
        before, spaced = name, False
    return found


def estimate(latex: str) -> float:
    """Say about how wide a formula will be, in ems; it decides about breaks and nothing else."""
    width, before = 0.0, ""
    small: list[bool] = [False]
    for token in _TOKEN.finditer(latex):
        name = token[0]
        if name == "{":
            small.append(small[-1] or before in ("_", "^"))
        elif name == "}":
            small = small[:-1] or [False]
        elif not name.isspace() and name not in ("_", "^"):
            wide = 1.0 if name in _RELATIONS | _SIGNS | _LARGE else 0.47
            width += (0.43 * len(name) if name in _NAMES else wide) * (0.65 if small[-1] else 1.0)
        before = name
    return width


def lines(latex: str) -> list[str]:
    """Break a formula that is wider than a line, where it hurts least."""
    where = breaks(latex)
    if estimate(latex) <= LINE or not where:
        return [latex]
    best = min(badness for badness, _ in where)
    ends = [at for badness, at in where if badness == best] + [len(latex)]
    joined: list[str] = []
    for start, end in zip([0, *ends], ends):
        for part in lines(_EDGE.sub("", latex[start:end])):
            if joined and estimate(joined[-1]) + estimate(part) <= PIECE:
                joined[-1] += rf"\; {part}" if joined[-1].endswith((",", ";")) else f" {part}"
            else:
                joined.append(part)
    # A sign at the beginning of a line adds or subtracts all the same.
    return [f"{{}} {part}" if at and part[0] in "+-" else part for at, part in enumerate(joined)]
