"""LaTeX for a terminal: the constructs that the claims are written in, as one line of Unicode.

Nothing is dropped but spacing and the size of brackets, and what is not known raises: a formula is shown
as it is written, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SYMBOLS = {
    "partial": "∂",
    "sigma": "σ",
    "alpha": "α",
    "nabla": "∇",
    "ell": "ℓ",
    "sum": "Σ",
    "odot": "⊙",
    "oplus": "⊕",
    "times": "×",
    "in": "∈",
    "ni": "∋",
    "leftarrow": "←",
    "cdot": "·",
    "cdots": "⋯",
    "ldots": "…",
    "vdots": "⋮",
    "|": "‖",
    "{": "{",
    "}": "}",
}
NAMES = {"log", "max", "min", "tanh", "exp"}
SPACES = {"quad": "   ", "qquad": "   ", ";": " ", ",": " ", " ": " ", "!": "", "textstyle": ""}
BRACKETS = {"bigl", "bigr", "Bigl", "Bigr", "left", "right"}
UPRIGHT = {"mathsf", "mathrm", "operatorname"}
RELATION = re.compile(r"\s*(:=|[=<>∈∋←])\s*")
DOUBLED = {"R": "ℝ", "N": "ℕ"}
SUBSCRIPTS = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"))
SUPERSCRIPTS = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
    )
)
# A subscript to a superscript is shown where Unicode has it; ℓ has none, and is as good as l.
SUBSCRIPTS |= {"ℓ": "ₗ"}
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}_^&]|'+|\s+|[0-9]+|.", re.DOTALL)


class UnreadableFormula(ValueError):
    """A formula has a construct that is not known here."""


class _Reader:
    """The tokens of a formula, read once, left to right."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens: list[str] = TOKEN.findall(latex)
        self.at = 0

    def fail(self, what: str) -> UnreadableFormula:
        return UnreadableFormula(f"{what} in the formula {self.latex}")

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        if self.at >= len(self.tokens):
            raise self.fail("something is missing at the end")
        self.at += 1
        return self.tokens[self.at - 1]

    def skip_spaces(self) -> None:
        while self.peek().isspace():
            self.at += 1

    def raw(self) -> str:
        """Take a group's text as it stands."""
        self.skip_spaces()
        if self.peek() != "{":
            return self.take()
        self.take()
        start, depth = self.at, 1
        while depth:
            token = self.take()
            depth += {"{": 1, "}": -1}.get(token, 0)
        return "".join(self.tokens[start : self.at - 1])

    def argument(self) -> str:
        """Read a group, or a single token, as a formula."""
        self.skip_spaces()
        if self.peek() == "{":
            return plain(self.raw())
        if self.peek() in ("_", "^", "}", ""):
            raise self.fail("an argument is missing")
        token = self.take()
        if token.isdigit() and len(token) > 1:  # without a group, one digit is the argument
            self.at -= 1
            self.tokens[self.at] = token[1:]
            token = token[0]
        return "".join(self.atom(token))

    def atom(self, token: str) -> Iterator[str]:
        if token == "{":
            self.at -= 1
            yield plain(self.raw())
        elif token in ("}", "&"):
            raise self.fail(f"{token!r} where none is expected")
        elif token in ("_", "^"):
            yield self.script(token)
        elif token[0] == "'":
            yield "′" * len(token)
        elif token.startswith("\\"):
            yield self.command(token[1:])
        elif token.isspace():
            yield " "
        elif token == "-":
            yield "−"
        elif token.isalnum() or token in "=<>+()[]|,.:;/!*":
            yield token
        elif token == "~":
            yield " "
        else:
            raise self.fail(f"{token!r} is not known")

    def script(self, kind: str) -> str:
        text = self.argument().replace(" ", "")
        table = SUBSCRIPTS if kind == "_" else {**SUPERSCRIPTS, "*": "*"}
        letters = text.replace("−", "-")
        if all(letter in table for letter in letters):
            return "".join(table[letter] for letter in letters)
        return f"{kind}{text}" if len(text) == 1 else f"{kind}({text})"

    def limits(self) -> str:
        """Read the limits of a sum: Σᵢ, or Σ(i = 1 … N) with both."""
        found: dict[str, str] = {}
        self.skip_spaces()
        while self.peek() in ("_", "^"):
            kind = self.take()
            mark = self.at
            found[kind] = self.argument()
            if kind == "_" and "^" not in found and self.peek() != "^":
                self.at = mark
                return self.script("_") + " "
            self.skip_spaces()
        if not found:
            return " "
        return f"({' … '.join(_spaced(found[kind]) for kind in ('_', '^') if kind in found)}) "

    def command(self, name: str) -> str:
        if name == "sum":
            return "Σ" + self.limits()
        if name in ("frac", "tfrac"):
            return self.ratio(self.argument().strip(), self.argument().strip())
        if name == "text":
            return self.raw()
        if name in UPRIGHT:
            word = self.raw()
            operator = len(word) > 1 and self.peek() not in ("(", "_", "^", "")
            return word + " " if operator else word
        if name == "mathbb":
            letter = self.raw()
            if letter not in DOUBLED:
                raise self.fail(f"the doubled letter {letter} is not known")
            return DOUBLED[letter]
        if name == "hat":
            return self.argument() + "\u0302"
        if name == "begin":
            return self.matrix(self.raw())
        if name in BRACKETS:
            self.skip_spaces()
            bracket = self.take()
            return "‖" if bracket == "\\|" else bracket
        if name in NAMES:
            self.skip_spaces()
            return name if self.peek()[:1] in ("(", "_", "^", "'", "") else name + " "
        if name in SPACES:
            return SPACES[name]
        if name in SYMBOLS:
            return SYMBOLS[name]
        raise self.fail(f"\\{name} is not known")

    def ratio(self, above: str, below: str) -> str:
        """Write a fraction; in brackets where a factor follows, which would seem to stand below the line."""
        text = f"{_grouped(above)}/{_grouped(below)}"
        self.skip_spaces()
        after = self.peek()
        factor = after[:1].isalnum() or after in ("(", "\\Bigl", "\\bigl", "\\sum", "\\nabla", "\\,")
        if not factor:
            return text
        return f"{text} " if above.startswith("∂") else f"({text}) "

    def matrix(self, kind: str) -> str:
        """Read a matrix as [a, b; c, d]."""
        if kind not in ("bmatrix", "pmatrix"):
            raise self.fail(f"the environment {kind} is not known")
        start = self.at
        end = ["\\end", "{", *kind, "}"]
        while self.tokens[self.at : self.at + 1] != ["\\end"]:
            self.take()
        body = "".join(self.tokens[start : self.at])
        self.at += len(end)
        rows = [", ".join(plain(cell) for cell in row.split("&")) for row in body.split("\\\\")]
        return f"[{'; '.join(rows)}]"


def _grouped(text: str) -> str:
    """Put brackets around what a fraction line held together."""
    bare = text
    while (inner := re.sub(r"\([^()]*\)", "", bare)) != bare:
        bare = inner
    return f"({text})" if re.search(r"[\s+−·/]", bare) else text


def _spaced(text: str) -> str:
    text = RELATION.sub(r" \1 ", text)
    text = re.sub(r"([∂∇])\s+", r"\1", text)
    text = re.sub(rf"(?<=\))({'|'.join(sorted(NAMES))})", r" \1", text)
    return re.sub(r"(?<=[\w)\]|′*⁾ᵀ²}])\s*([+−⊙⊕×])\s*(?=\S)", r" \1 ", text)


def plain(latex: str) -> str:
    """Write a formula as one line of text.

    Raises
    ------
    UnreadableFormula
        For a construct that is not known; nothing is guessed and nothing left out.
    """
    reader = _Reader(latex)
    parts: list[str] = []
    while reader.at < len(reader.tokens):
        parts.extend(reader.atom(reader.take()))
    text = _spaced("".join(parts))
    text = re.sub(r" {4,}", "   ", text)
    text = re.sub(r"(?<=\S) {2}(?=\S)", " ", text)
    return re.sub(r" +([,;:)\]](?!=))", r"\1", re.sub(r"([(\[]) +", r"\1", text)).strip()
