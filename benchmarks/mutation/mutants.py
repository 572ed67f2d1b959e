"""Mutants: one place of one file changed by one operator, and of which category that is."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from types import CodeType

from .messages import Messages
from .operators import MATHEMATICS, OWN, Both, Place, made, places

# What may be done to a text, and to a choice between two, so that it is still a text.
SAYING = ("constant", "argument swap", "not", "comparison", "boolean", "return value")


@dataclass(frozen=True)
class Mutant:
    """One changed place.

    Attributes
    ----------
    file : str
        Relative to the root.
    function : str
        Qualified; empty at the top of a module.
    first, last : int
        The lines that are executed if and only if the change can make a difference; 0, 0 when that is not known
        by lines (the top of a module or class, a signature).
    category : str
        ``mathematics`` (own operators and arithmetic where the formulas are), ``behaviour`` or ``message`` (what
        an error says; not counted).
    """

    file: str
    function: str
    line: int
    first: int
    last: int
    operator: str
    category: str
    old: str
    new: str
    digest: str
    tree: ast.Module = field(repr=False, compare=False)
    place: Place = field(repr=False, compare=False)
    node: ast.AST = field(repr=False, compare=False)

    def code(self, filename: str) -> CodeType:
        """Compile the changed module; the shared tree is as before afterwards."""
        with _planted(self.tree, self.place, self.node):
            return compile(ast.fix_missing_locations(self.tree), filename, "exec")

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.file}:{self.line} {self.operator}: {self.old!r} -> {self.new!r}"


class _planted:  # noqa: N801
    """Within it, the tree is changed."""

    def __init__(self, tree: ast.Module, place: Place, node: ast.AST) -> None:
        self.place, self.node = place, node

    def __enter__(self) -> None:
        if isinstance(self.node, Both):
            body, at = self._body()
            self.kept = body[at : at + 2]
            body[at : at + 2] = self.node.body
        else:
            self.place.put(self.node)

    def __exit__(self, *of: object) -> None:
        if isinstance(self.node, Both):
            body, at = self._body()
            body[at : at + 2] = self.kept
        else:
            self.place.put(self.place.node)

    def _body(self) -> tuple[list[ast.stmt], int]:
        at = self.place.at
        assert at is not None  # only statements of a body are swapped
        return getattr(self.place.parent, self.place.field), at


def mutants(
    sources: Mapping[str, str], *, mathematics: Iterable[str] = (), batch_axis: int | None = None
) -> Iterator[Mutant]:
    """Make every mutant of some files, without those that compile to the shipped code.

    Parameters
    ----------
    sources : mapping
        Text by file; what is a message is found out over all of them.
    mathematics : iterable of str
        The files that hold formulas.
    batch_axis : int, optional
        Axis of the examples, for planted batch factors.
    """
    trees = {file: ast.parse(text) for file, text in sources.items()}
    messages = Messages(trees.values())
    formulas = set(mathematics)
    for file, tree in trees.items():
        shipped = _bytes(compile(tree, file, "exec"))
        seen = {shipped}
        for place in list(places(tree)):
            axis = batch_axis if file in formulas else None
            for operator, node in made(place, axis):
                category = "behaviour"
                if operator in OWN or (operator in MATHEMATICS and file in formulas):
                    category = "mathematics"
                if (operator in SAYING and messages.holds(place)) or (
                    operator == "argument swap" and messages.swaps(place.node, node)
                ):
                    category = "message"
                statement = _statement(place)
                old = _header(statement)
                with _planted(tree, place, node):
                    try:
                        compiled = _bytes(compile(ast.fix_missing_locations(tree), file, "exec"))
                    except (SyntaxError, ValueError):  # e.g. `(f(x)) = 1`: no program
                        continue
                    new = _after(place, node, statement)
                if compiled in seen:
                    continue  # the same program: as shipped, or as another operator made it
                seen.add(compiled)
                first, last = _lines(place)
                yield Mutant(
                    file, _function(place), getattr(place.node, "lineno", getattr(statement, "lineno", 0)),
                    first, last, operator, category, old, new, _digest(file, compiled), tree, place, node,
                )  # fmt: skip


def _bytes(code: CodeType) -> bytes:
    """What a module does, without the positions in its source."""
    parts = [code.co_code, repr((code.co_names, code.co_varnames, code.co_freevars, code.co_flags)).encode()]
    parts.append(code.co_exceptiontable)
    for constant in code.co_consts:
        parts.append(_bytes(constant) if isinstance(constant, CodeType) else _constant(constant))
    return hashlib.sha256(b"\0".join(parts)).digest()


def _constant(value: object) -> bytes:
    told = repr(sorted(map(repr, value))) if isinstance(value, frozenset) else repr(value)
    return f"{type(value).__name__} {told}".encode()


def _digest(file: str, compiled: bytes) -> str:
    return hashlib.sha256(file.encode() + compiled).hexdigest()[:24]


def _statement(place: Place) -> ast.AST:
    around = [*place.around, place.node]
    return next(node for node in reversed(around) if isinstance(node, (ast.stmt, ast.Module)))


def _header(node: ast.AST) -> str:
    """The statement in one line; of a compound one, what stands before its body."""
    if isinstance(node, (ast.If, ast.For, ast.While, ast.With, ast.FunctionDef, ast.ClassDef, ast.Try)):
        short = deepcopy(node)
        short.body = [ast.Pass()]
        for rest in ("orelse", "handlers", "finalbody", "decorator_list"):
            if getattr(short, rest, None):
                setattr(short, rest, [])
        if isinstance(short, ast.Try):
            return "try:"
        return ast.unparse(ast.fix_missing_locations(short)).rsplit("\n", 1)[0]
    if isinstance(node, ast.Module):
        return "; ".join(_header(part) for part in node.body) if isinstance(node, Both) else ""
    return ast.unparse(node)


def _after(place: Place, node: ast.AST, statement: ast.AST) -> str:
    return _header(node) if place.node is statement else _header(statement)


def _function(place: Place) -> str:
    named = (ast.FunctionDef, ast.ClassDef)
    return ".".join(node.name for node in [*place.around, place.node] if isinstance(node, named))


def _lines(place: Place) -> tuple[int, int]:
    around = [*place.around, place.node]
    functions = [at for at, node in enumerate(around) if isinstance(node, (ast.FunctionDef, ast.Lambda))]
    if not functions:
        return 0, 0
    if any(isinstance(node, ast.arguments) for node in around[functions[-1] :]):
        called = around[functions[-1]]  # a default matters when the function is called
        if isinstance(called, ast.FunctionDef) and len(functions) == 1:
            return called.body[0].lineno, called.end_lineno or called.lineno
        return 0, 0
    if isinstance(around[functions[-1]], ast.Lambda):
        outer = around[functions[-1]]
        if len(functions) == 1:
            return 0, 0
        return outer.lineno, outer.end_lineno or outer.lineno  # type: ignore[attr-defined]
    node = place.node
    if isinstance(node, ast.stmt):
        # Deleted or swapped: it matters whenever it is reached, so its first line is executed.
        return node.lineno, node.lineno if hasattr(node, "body") else node.end_lineno or node.lineno
    statement = _statement(place)
    if hasattr(statement, "body"):
        return statement.lineno, max(statement.lineno, getattr(node, "end_lineno", 0) or 0)  # type: ignore[attr-defined]
    return statement.lineno, statement.end_lineno or statement.lineno  # type: ignore[attr-defined]
