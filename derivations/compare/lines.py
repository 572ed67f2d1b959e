"""The lines of a package that made a claim's results: found by running its laws, never listed.

Laws are run on numbers that remember which lines computed them, so that what the result carries are the lines
that it came from; comparisons count as well, since they choose between branches. Behaviours bring numbers of
their own, often floats, which remember nothing: there every line that ran counts that has an arithmetic operator.
"""

from __future__ import annotations

import ast
import operator
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import numpy as np

from ..laws import Law
from ..numbers import HighPrecision, Rational, each
from ..regions import Array, lay
from ..subject import Subject

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


Key = tuple[str, str, int]
Line = tuple[str, int]


@dataclass(frozen=True)
class Ran:
    """What made the results: statements by file, function and place, those that computed, and their modules' names."""

    statements: Mapping[Key, Statement]
    computing: frozenset[Key]
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
    """Knows which lines are a package's, and finds their statements.

    Attributes
    ----------
    computed : set of (path, line)
        Where arithmetic was called from.
    passed : set of (path, line)
        What called that, within the package.
    """

    def __init__(self, package: ModuleType) -> None:
        self.root = str(Path(str(package.__file__)).resolve().parent)
        self.names: dict[str, Mapping[str, Any]] = {}
        self.computed: set[Line] = set()
        self.passed: set[Line] = set()
        # By path, not by code object: those of mirrored packages are equal.
        self._inside: dict[str, bool] = {}
        self._calls: dict[Line, int] = {}

    def is_inside(self, code: CodeType) -> bool:
        """Tell whether code belongs to the package."""
        path = code.co_filename
        if path not in self._inside:
            self._inside[path] = path.endswith(".py") and self.root in map(str, Path(path).resolve().parents)
        return self._inside[path]

    def here(self) -> frozenset[tuple[Line, bool]]:
        """Give the package's lines that are being run: the innermost (True), and those that called it."""
        found: list[tuple[Line, bool]] = []
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if self.is_inside(frame.f_code):
                self.names.setdefault(frame.f_code.co_filename, frame.f_globals)
                found.append(((frame.f_code.co_filename, frame.f_lineno), not found))
            frame = frame.f_back
        return frozenset(found)

    def take(self, lines: Iterable[tuple[Line, bool]]) -> None:
        """Count lines as having made a result."""
        for line, innermost in lines:
            (self.computed if innermost else self.passed).add(line)

    # For behaviours.

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if not self.is_inside(code):
            return None
        place = (code.co_filename, code.co_firstlineno)
        self._calls[place] = self._calls.get(place, 0) + 1
        if self._calls[place] > ENOUGH:
            return None
        self.names.setdefault(code.co_filename, frame.f_globals)
        return self._line

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            self.passed.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """Trace what runs in this block; a debugger or a coverage tool gets its trace back afterwards."""
        before = sys.gettrace()
        sys.settrace(self._call)
        try:
            yield
        finally:
            sys.settrace(before)

    def ran(self, by_operator: bool = False) -> Ran:
        """Give the statements on the lines; ``by_operator`` lets an operator in the source count as computing."""
        found: dict[Key, Statement] = {}
        computing: set[Key] = set()
        names: dict[str, Mapping[str, Any]] = {}
        for path in sorted({path for path, _ in self.computed | self.passed}):
            hot = {line for other, line in self.computed if other == path}
            warm = {line for other, line in self.passed if other == path} | hot
            source = Path(path).read_text(encoding="utf-8").splitlines()
            name = Path(path).resolve().relative_to(self.root).as_posix()
            names[name] = self.names[path]
            counts: dict[str, int] = {}
            for function, node in statements_of(path):
                counts[function] = counts.get(function, 0) + 1
                span = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                if warm.isdisjoint(span) or isinstance(node, ast.Raise):
                    continue
                key = (name, function, counts[function])
                text = "\n".join(_dedented([source[line - 1] for line in span]))
                found[key] = Statement(name, function, counts[function], node.lineno, text, node)
                if not hot.isdisjoint(span) or (by_operator and has_arithmetic(node)):
                    computing.add(key)
        return Ran(found, frozenset(computing), names)


class Remembering:
    """A number that remembers which lines of a package it was computed on."""

    __slots__ = ("lines", "value", "watch")

    def __init__(self, value: Any, watch: Watch, lines: frozenset[tuple[Line, bool]] = frozenset()) -> None:
        self.value = value
        self.watch = watch
        self.lines = lines

    def _made(self, value: Any, *others: Any) -> Any:
        if value is NotImplemented:
            return value
        lines = self.lines.union(self.watch.here(), *(getattr(other, "lines", ()) for other in others))
        return Remembering(value, self.watch, lines)

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
        if isinstance(other, np.ndarray):  # NumPy takes it entry by entry, and comes back
            return NotImplemented
        return self._made(operation(self.value, getattr(other, "value", other)), other)

    def _under(self, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
        return self._made(operation(getattr(other, "value", other), self.value), other)

    def _compared(self, other: Any, relation: Callable[[Any, Any], Any]) -> Any:
        self.watch.take(self.watch.here())
        return relation(self.value, getattr(other, "value", other))

    def __add__(self, other: Any) -> Any:
        return self._with(other, operator.add)

    def __radd__(self, other: Any) -> Any:
        return self._under(other, operator.add)

    def __sub__(self, other: Any) -> Any:
        return self._with(other, operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return self._under(other, operator.sub)

    def __mul__(self, other: Any) -> Any:
        return self._with(other, operator.mul)

    def __rmul__(self, other: Any) -> Any:
        return self._under(other, operator.mul)

    def __truediv__(self, other: Any) -> Any:
        return self._with(other, operator.truediv)

    def __rtruediv__(self, other: Any) -> Any:
        return self._under(other, operator.truediv)

    def __pow__(self, other: Any) -> Any:
        return self._with(other, operator.pow)

    def __neg__(self) -> Any:
        return self._made(-self.value)

    def __abs__(self) -> Any:
        return self._made(abs(self.value))

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._compared(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, operator.ge)

    def __eq__(self, other: object) -> Any:
        return self._compared(other, operator.eq)

    def __ne__(self, other: object) -> Any:
        return self._compared(other, operator.ne)

    def __hash__(self) -> int:
        return hash(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __getattr__(self, name: str) -> Any:
        """Lend the number's own functions (exp, log, tanh), which NumPy calls by their names."""
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self.value, name)
        return (lambda: self._made(found())) if callable(found) else found


def of_law(law: Law, subject: Subject, cases: Iterable[Mapping[str, Array]], watch: Watch) -> None:
    """Run a law on remembering numbers, given in column layout, and take the lines that made its results."""
    number = Rational if law.rational else HighPrecision
    for given in cases:
        values: dict[str, Any] = {}
        for name, array in given.items():
            lifted = each(lambda value: Remembering(number(value), watch), lay(subject.convention, array))
            values[name] = lifted if lifted.ndim else lifted[()]
        found = law.run(subject, {**values, "f": lambda v: v * v + v, "df": lambda v: 2 * v + 1})
        for result in found.values() if isinstance(found, Mapping) else [found]:
            for entry in np.asarray(result, dtype=object).flat:
                watch.take(getattr(entry, "lines", ()))


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
