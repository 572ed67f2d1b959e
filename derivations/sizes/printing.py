"""Terms as text and as LaTeX. What is printed can be read; what is proved is the term."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from .size import Index
from .terms import (
    Add,
    Apply,
    At,
    Delta,
    Diff,
    EntryTerm,
    IsPositive,
    IsZero,
    Max,
    Mul,
    Not,
    Number,
    Power,
    ScalarTerm,
    SizeTerm,
    Sum,
    Template,
    Term,
    Truth,
    Where,
)

if TYPE_CHECKING:
    from .normal import Premise

_LETTERS = "ikjlmnpqrsuvwabcdeh"
_SUM, _SIGMA, _PRODUCT, _ATOM = 0, 1, 2, 3
# What an expression is outermost: a part is put in parentheses where that binds less than its place asks for.

Names = dict[Index, str]


def text(term: Term) -> str:
    """Write a term in plain text, such as ``Σ_k g[p,k] x[q,k]``."""
    return _Printer(False).show(term, {})


def latex(term: Term) -> str:
    r"""Write a term in LaTeX, such as ``\sum_{k} g_{pk} x_{qk}``."""
    return _Printer(True).show(term, {})


def premise_text(premise: Premise) -> str:
    """Write a premise in plain text."""
    from .normal import readback
    from .poly import close

    # Ports in canonical order get the same letters whatever they were called.
    head = close("premise", None, premise.about)[0].head
    printer = _Printer(False)
    about = printer.show(readback(head.inner), {})
    sign = {"nonzero": "≠ 0", "positive": "> 0", "kink": "≠ 0 (off the kink)"}[premise.kind]
    from . import calculus

    unguarded = calculus.zero(premise.about)
    if premise.kind == "positive":
        unguarded = calculus.subtract(calculus.ONE, calculus.positive(premise.about))
    if unguarded == premise.violation:
        return f"{about} {sign}"
    violation = printer.show(readback(premise.closed.inner), {})
    return f"{about} {sign} where it matters: {violation} = 0"


def _closed(last: Term) -> bool:
    """Tell whether a product that ends so can have another factor after it: not if a sum is open."""
    while isinstance(last, (Mul, At, Template)):
        last = (
            last.parts[-1]
            if isinstance(last, Mul)
            else last.template.body
            if isinstance(last, At)
            else last.body
        )
    return not isinstance(last, (Sum, Max, Diff))


class _Printer:
    def __init__(self, tex: bool) -> None:
        self.tex = tex
        self.used: set[str] = set()

    def show(self, term: Term, names: Names, level: int = _SUM) -> str:
        written, own = self._write(term, names)
        return f"({written})" if own < level else written

    def name(self, index: Index | None, names: Names) -> str:
        if index is None:
            return "1" if self.tex else "0"
        if index not in names:
            bare = "" if not index.name or index.name.startswith("·") else index.name
            names[index] = bare if bare and bare not in names.values() else self._letter(names)
        return names[index]

    @staticmethod
    def _letter(names: Names) -> str:
        taken = set(names.values())
        tail = 0
        while True:
            for letter in _LETTERS:
                candidate = letter + (str(tail) if tail else "")
                if candidate not in taken:
                    return candidate
            tail += 1

    def _bind(self, index: Index, names: Names) -> Names:
        inner = {other: name for other, name in names.items() if other is not index}
        inner[index] = self._letter(inner)
        return inner

    def _write(self, term: Term, names: Names) -> tuple[str, int]:
        show, tex = self.show, self.tex
        match term:
            case Number(value):
                return self._number(value)
            case Truth(truth):
                return str(truth), _ATOM
            case Not(condition):
                return f"not {show(condition, names, _ATOM)}", _PRODUCT
            case SizeTerm(size):
                return size.name, _ATOM
            case ScalarTerm(symbol):
                return symbol.name, _ATOM
            case EntryTerm(array, (row, column)):
                at = (self.name(row, names), self.name(column, names))
                return (
                    f"{array.name}_{{{at[0]}{at[1]}}}" if tex else f"{array.name}[{at[0]},{at[1]}]"
                ), _ATOM
            case Delta(left, right):
                pair = self.name(left, names), self.name(right, names)
                return (f"\\delta_{{{pair[0]}{pair[1]}}}" if tex else f"δ[{pair[0]},{pair[1]}]"), _ATOM
            case Add(parts):
                joined = show(parts[0], names)
                for part in parts[1:]:
                    shown = show(part, names, _SIGMA)
                    joined += f" − {shown[1:]}" if shown.startswith("−") else f" + {shown}"
                return joined.replace("−", "-") if tex else joined, _SUM
            case Mul(parts):
                shown = self._product(list(parts), names)
                return shown, _SIGMA if shown.startswith(("-", "−")) or not _closed(parts[-1]) else _PRODUCT
            case Power(base, power):
                if power == -1 and not tex:
                    return f"1/{show(base, names, _ATOM)}", _PRODUCT
                shown = show(base, names, _ATOM)
                if not isinstance(base, (Number, SizeTerm, ScalarTerm, EntryTerm)) and not shown.startswith(
                    "("
                ):
                    shown = f"({shown})"
                return (f"{shown}^{{{power}}}" if tex else f"{shown}^{power}"), _ATOM
            case Sum(index, body) | Max(index, body):
                inner = self._bind(index, names)
                word = "Σ" if isinstance(term, Sum) else "max"
                if tex:
                    word = "\\sum" if isinstance(term, Sum) else "\\max"
                # Names that the body gives to free indices are kept by those outside.
                shown = show(body, inner, _SIGMA)
                shown = f"({shown})" if shown.startswith(("-", "−")) else shown
                names.update({i: n for i, n in inner.items() if i is not index and i not in names})
                sub = f"_{{{inner[index]}}}" if tex else f"_{inner[index]}"
                return f"{word}{sub} {shown}", _SIGMA
            case Apply(function, argument):
                name = f"\\{function}" if tex and function.name in ("exp", "log", "tanh") else str(function)
                return f"{name}({show(argument, names)})", _ATOM
            case IsPositive(argument):
                return f"[{show(argument, names)} > 0]", _ATOM
            case IsZero(argument):
                return f"[{show(argument, names)} = 0]", _ATOM
            case Where(condition, then, otherwise):
                shown = ", ".join(show(part, names) for part in (condition, then, otherwise))
                return (f"\\operatorname{{where}}({shown})" if tex else f"where({shown})"), _ATOM
            case Diff(body, array, (row, column)):
                at = self.name(row, names), self.name(column, names)
                shown = show(body, names, _PRODUCT)
                if tex:
                    return (
                        f"\\frac{{\\partial}}{{\\partial {array.name}_{{{at[0]}{at[1]}}}}} {shown}",
                        _PRODUCT,
                    )
                return f"∂/∂{array.name}[{at[0]},{at[1]}] {shown}", _PRODUCT
            case Template(_, body):
                return self._write(body, names)
            case At(template, indices):
                inner = {p: self.name(i, names) for p, i in zip(template.parameters, indices)}
                # Other names in scope stay taken, so that nothing inside is called like them.
                inner = {**{i: n for i, n in names.items() if i not in inner}, **inner}
                return self._write(template.body, inner)
        return f"<{type(term).__name__}>", _ATOM

    def _number(self, value: Fraction) -> tuple[str, int]:
        minus = "-" if self.tex else "−"
        shown = str(abs(value))
        if self.tex and value.denominator != 1:
            shown = f"\\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}"
        level = _ATOM if value.denominator == 1 or self.tex else _PRODUCT
        return (minus + shown, _SUM) if value < 0 else (shown, level)

    def _product(self, parts: list[Term], names: Names) -> str:
        minus = ""
        while parts and isinstance(parts[0], Number) and parts[0].value < 0 and len(parts) > 1:
            minus = "" if minus else ("-" if self.tex else "−")
            rest = -parts[0].value
            parts = parts[1:] if rest == 1 else [Number(rest), *parts[1:]]
            if rest != 1:
                break
        shown: list[str] = []
        parts = [p for p in parts if not (isinstance(p, Number) and p.value == 1)] or parts[:1]
        for n, part in enumerate(parts):
            if not self.tex and shown and isinstance(part, Power) and part.power == -1:
                shown.append("/ " + self.show(part.base, names, _ATOM))
            else:
                factor = self.show(part, names, _SIGMA if n == len(parts) - 1 else _PRODUCT)
                # A minus sign in the midst of a product would be read as a difference.
                shown.append(f"({factor})" if n and factor.startswith(("-", "−")) else factor)
        return minus + " ".join(shown)
