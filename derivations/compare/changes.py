"""What changes from the column to the row form of a formula, an array or a line of code: computed from both."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import numpy as np

from .plain import TOKEN

Array = np.typing.NDArray[Any]


class Change(StrEnum):
    """Kinds of change."""

    UNCHANGED = "unchanged"
    TRANSPOSED = "transposed"
    REVERSED = "order reversed"
    AXIS = "axis moved"
    INDICES = "indices swapped"
    OTHER = "differs"
    ALONE = "in one package only"


# --- formulas ---

_TRANSPOSE = re.compile(r"\^(\{\\mathsf T\}|\\mathsf T)")
_SCRIPT = re.compile(r"[_^](\{(?:[^{}]|\{[^{}]*\})*\}|\\?\w)")


def of_formulas(column: str, row: str) -> tuple[Change, ...]:
    """Compare two formulas in LaTeX, symbol by symbol."""
    if column == row:
        return (Change.UNCHANGED,)
    found = []
    one, two = _TRANSPOSE.sub("", column), _TRANSPOSE.sub("", row)
    if len(_TRANSPOSE.findall(column)) != len(_TRANSPOSE.findall(row)):
        found.append(Change.TRANSPOSED)
    bare_one, bare_two = _SCRIPT.sub("", one), _SCRIPT.sub("", two)
    if sorted(_scripts(one)) != sorted(_scripts(two)) and _uncounted(_marks(one)) == _uncounted(_marks(two)):
        found.append(Change.INDICES)
    if _marks(bare_one) != _marks(bare_two):
        if _uncounted(_marks(bare_one)) == _uncounted(_marks(bare_two)):
            # Words are no factors: in a sentence it is the numbers that trade places.
            swapped = Change.INDICES if _factors(bare_one) == _factors(bare_two) else Change.REVERSED
            found.append(swapped)
        else:
            found.append(Change.OTHER)
    elif Change.TRANSPOSED not in found and _marked(column) != _marked(row):
        found.append(Change.REVERSED)  # the transpose sits on the other factor
    return tuple(dict.fromkeys(found)) or (Change.OTHER,)


def _marks(latex: str) -> list[str]:
    spaces = {"\\,", "\\;", "\\!", "\\ ", "\\quad", "\\qquad", "\\bigl", "\\bigr", "\\Bigl", "\\Bigr"}
    return [token for token in TOKEN.findall(latex) if not token.isspace() and token not in spaces]


def _marked(latex: str) -> list[str]:
    """Give the symbols with transposes marked and other scripts left out."""
    return _marks(_SCRIPT.sub("", _TRANSPOSE.sub("@", latex)))


def _uncounted(marks: list[str]) -> Counter[str]:
    """Count symbols; brackets may be needed in one order and not in the other."""
    return Counter(mark for mark in marks if mark not in "()")


def _factors(latex: str) -> list[str]:
    return [token for token in _marks(latex) if not token.isdigit()]


def _scripts(latex: str) -> list[str]:
    """Give the scripts with more than one letter, as written and in order of their letters."""
    return [script for script in _SCRIPT.findall(latex) if len(re.findall(r"\w|\\cdot", script)) > 1]


# --- arrays ---


def of_shapes(column: tuple[Any, ...], row: tuple[Any, ...]) -> Change:
    """Compare two shapes."""
    if not column and not row:
        return Change.UNCHANGED
    if column == row[::-1]:
        return Change.TRANSPOSED
    return Change.UNCHANGED if column == row else Change.OTHER


def of_arrays(column: Array, row: Array) -> Change:
    """Compare two results entry by entry, exactly."""
    if column.ndim == row.ndim == 2 and column.shape == row.T.shape and (column == row.T).all():
        return Change.TRANSPOSED
    if column.shape == row.shape and (column == row).all():
        return Change.UNCHANGED
    return Change.OTHER


# --- code ---


class _Plain(ast.NodeTransformer):
    """Undo, one after the other, what the choice of convention does to a line."""

    def __init__(self, *undo: Change) -> None:
        self.undo = undo

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if Change.REVERSED in self.undo and isinstance(node.op, ast.MatMult):
            left, right = sorted((node.left, node.right), key=ast.dump)
            return ast.BinOp(left, node.op, right)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return node.value if Change.TRANSPOSED in self.undo and node.attr == "T" else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        one = len(node.args) == 1 and not node.keywords
        return (
            node.args[0] if Change.TRANSPOSED in self.undo and name == "ascontiguousarray" and one else node
        )

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        self.generic_visit(node)
        if Change.AXIS in self.undo and len(node.elts) == 2 and isinstance(node.ctx, ast.Load):
            return ast.Tuple(sorted(node.elts, key=ast.dump), node.ctx)
        return node


def of_code(
    column: ast.stmt, row: ast.stmt, names: Mapping[str, Any], other_names: Mapping[str, Any]
) -> tuple[tuple[Change, ...], str]:
    """Compare two statements as syntax trees; names of axes are looked up in their modules.

    Returns
    -------
    changes : tuple of Change
    note : str
        Which axis moved, and whereto.
    """
    moved = [
        f"{name}: {names[name]} | {other_names[name]}"
        for name in dict.fromkeys(node.id for node in ast.walk(column) if isinstance(node, ast.Name))
        if _is_axis(names.get(name)) and _is_axis(other_names.get(name)) and names[name] != other_names[name]
    ]
    found = [Change.AXIS] if moved else []
    kinds = (Change.REVERSED, Change.TRANSPOSED, Change.AXIS)
    if not _same(column, row):
        for undo in ((kind,) for kind in kinds):
            if _same(column, row, *undo):
                found += undo
                break
        else:
            if _same(column, row, *kinds):
                # More than one of them: each that the line does not do without.
                found += [
                    kind
                    for kind in kinds
                    if not _same(column, row, *(other for other in kinds if other != kind))
                ]
            else:
                found.append(Change.OTHER)
    return tuple(dict.fromkeys(found)) or (Change.UNCHANGED,), "; ".join(moved)


def _is_axis(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _same(column: ast.stmt, row: ast.stmt, *undo: Change) -> bool:
    one, two = (_Plain(*undo).visit(ast.parse(ast.unparse(node))) for node in (column, row))
    return ast.dump(one) == ast.dump(two)
