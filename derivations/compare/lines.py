"""The lines of a package that ran when a claim's laws ran: traced, never listed.

A line *computes* when arithmetic of the numbers that were handed in is called from it. Behaviours bring numbers
of their own, often floats, whose arithmetic leaves no trace: there a line computes when an arithmetic operator
stands in it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

ARITHMETIC = {
    f"__{side}{name}__"
    for side in ("", "r")
    for name in ("add", "sub", "mul", "truediv", "pow", "matmul")
} | {"__neg__", "__abs__", "__gt__", "__lt__", "__ge__", "__le__", "exp", "log", "log1p", "tanh"}
# A loop of training calls the same code ten thousand times; after so many calls its lines are known.
ENOUGH = 200


@dataclass(frozen=True)
class Statement:
    """A simple statement of the source."""

    file: str
    function: str
    number: int
    line: int
    text: str
    node: ast.stmt = field(repr=False, compare=False)


@dataclass
class Ran:
    """What ran: statements, those that computed, and the names that their modules have."""

    statements: dict[tuple[str, str, int], Statement]
    computing: set[tuple[str, str, int]]
    names: Mapping[str, Mapping[str, Any]]


@cache
def statements_of(path: str) -> tuple[tuple[str, ast.stmt], ...]:
    """Give the simple statements of a file that stand in functions, with the names of the functions."""
    found: list[tuple[str, ast.stmt]] = []

    def walk(node: ast.AST, names: tuple[str, ...], inside: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                walk(child, (*names, child.name), child.name != "__repr__")
            elif isinstance(child, ast.ClassDef):
                walk(child, (*names, child.name), inside)
            elif isinstance(child, ast.stmt) and not hasattr(child, "body"):
                if inside and not _is_docstring(child):
                    found.append((".".join(names), child))
            elif isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
                walk(child, names, inside)

    walk(ast.parse(Path(path).read_text(encoding="utf-8")), (), False)
    return tuple(found)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


class Watch:
    """Records the lines of one package while code runs."""

    def __init__(self, package: ModuleType) -> None:
        self.root = str(Path(str(package.__file__)).resolve().parent)
        self.lines: set[tuple[str, int]] = set()
        self.computing: set[tuple[str, int]] = set()
        self.names: dict[str, Mapping[str, Any]] = {}
        # Not by code object: those of mirrored packages are equal.
        self._inside: dict[str, bool] = {}
        self._calls: dict[tuple[str, int], int] = {}

    def _is_inside(self, code: CodeType) -> bool:
        path = code.co_filename
        if path not in self._inside:
            self._inside[path] = path.endswith(".py") and self.root in map(str, Path(path).resolve().parents)
        return self._inside[path]

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if self._is_inside(code):
            place = (code.co_filename, code.co_firstlineno)
            self._calls[place] = self._calls.get(place, 0) + 1
            if self._calls[place] > ENOUGH:
                return None
            self.names.setdefault(code.co_filename, frame.f_globals)
            return self._line
        if code.co_name in ARITHMETIC:
            caller = frame.f_back
            if caller is not None and self._is_inside(caller.f_code):
                self.computing.add((caller.f_code.co_filename, caller.f_lineno))
        return None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Trace what runs in this block; a debugger or a coverage tool gets its trace back afterwards."""
        before = sys.gettrace()
        sys.settrace(self._call)
        try:
            yield
        finally:
            sys.settrace(before)

    def ran(self, by_operator: bool) -> Ran:
        """Give the statements on the lines; ``by_operator`` lets an operator in the source count as computing."""
        found: dict[tuple[str, str, int], Statement] = {}
        computing: set[tuple[str, str, int]] = set()
        names: dict[str, Mapping[str, Any]] = {}
        for path in sorted({path for path, _ in self.lines}):
            hit = {line for other, line in self.lines if other == path}
            hot = {line for other, line in self.computing if other == path}
            source = Path(path).read_text(encoding="utf-8").splitlines()
            name = Path(path).resolve().relative_to(self.root).as_posix()
            names[name] = self.names[path]
            counts: dict[str, int] = {}
            for function, node in statements_of(path):
                counts[function] = counts.get(function, 0) + 1
                span = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                if hit.isdisjoint(span) or isinstance(node, ast.Raise):
                    continue
                key = (name, function, counts[function])
                text = "\n".join(_dedented([source[line - 1] for line in span]))
                found[key] = Statement(name, function, counts[function], node.lineno, text, node)
                if not hot.isdisjoint(span) or (by_operator and has_arithmetic(node)):
                    computing.add(key)
        return Ran(found, computing, names)


def _dedented(lines: list[str]) -> list[str]:
    margin = len(lines[0]) - len(lines[0].lstrip())
    return [line[margin:] if not line[:margin].strip() else line.lstrip() for line in lines]


def has_arithmetic(node: ast.AST) -> bool:
    """Tell whether an operator for numbers stands in a statement; joining texts is none."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.BinOp) and isinstance(
            inner.op, (ast.MatMult, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
        ):
            texts = (
                isinstance(part, ast.JoinedStr)
                or (isinstance(part, ast.Constant) and isinstance(part.value, str))
                for part in ast.walk(inner)
            )
            if not any(texts):
                return True
    return False


def watch(package: ModuleType, run: Callable[[], object], by_operator: bool = False) -> Ran:
    """Run something and give the statements of the package that ran; what it raises is left to the checks."""
    watcher = Watch(package)
    with watcher.watching():
        try:
            run()
        except Exception:  # a faulty package: what ran before still ran, and the ledger tells the fault
            pass
    return watcher.ran(by_operator)
