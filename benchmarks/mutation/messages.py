"""What is only said: expressions whose value can reach nothing but the text of an error or a ``__repr__``.

Found by following names and arguments to a fixed point: a variable that is only put into messages, a parameter that
the called function only puts into messages (``where``), and so on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from itertools import pairwise

from .operators import Place


class Messages:
    """Answers whether a place is only said, over several modules at once."""

    def __init__(self, trees: Iterable[ast.Module]) -> None:
        trees = list(trees)
        self._constants: set[str] = set()
        self._functions = [
            node
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.Lambda))
        ]
        self._parameters: dict[str, set[int]] = {}
        # Several functions of one name: what is said must be said by each of them.
        by_name: dict[str, list[ast.FunctionDef]] = {}
        for function in self._functions:
            if isinstance(function, ast.FunctionDef):
                by_name.setdefault(function.name, []).append(function)
        self._local: dict[ast.AST, set[str]] = {function: set() for function in self._functions}
        changed = True
        while changed:
            changed = False
            for function in self._functions:
                said = self._said_names(function)
                if said != self._local[function]:
                    self._local[function], changed = said, True
            for name, group in by_name.items():
                positions = [_parameters(function) for function in group]
                said_at = set(range(max(map(len, positions), default=0)))
                for function, names in zip(group, positions):
                    said_at &= {at for at, arg in enumerate(names) if arg in self._local[function]}
                if said_at != self._parameters.get(name, set()):
                    self._parameters[name], changed = said_at, True
        self._constants = self._said_constants(trees)

    def _said_constants(self, trees: list[ast.Module]) -> set[str]:
        """Find the names of texts at the top of a module that are only put into messages, in any module."""
        loads: dict[str, bool] = {}

        def walk(node: ast.AST, said: bool, function: ast.AST | None) -> None:
            function = node if node in self._local else function
            for child, also in self._children(node, said, function):
                if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
                    loads[child.id] = loads.get(child.id, True) and also
                walk(child, also, function)

        texts = set()
        for tree in trees:
            walk(tree, False, None)
            for node in tree.body:
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                    texts |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        return {name for name in texts if loads.get(name, False)}

    def _said_names(self, function: ast.AST) -> set[str]:
        loads: dict[str, bool] = {}

        def walk(node: ast.AST, said: bool) -> None:
            for child, also in self._children(node, said, function):
                if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
                    loads[child.id] = loads.get(child.id, True) and also
                walk(child, also)

        walk(function, getattr(function, "name", "") == "__repr__")
        return {name for name, only in loads.items() if only}

    def _children(
        self, node: ast.AST, said: bool, function: ast.AST | None
    ) -> Iterable[tuple[ast.AST, bool]]:
        local = self._local.get(function, set()) if function is not None else set()
        for name, value in ast.iter_fields(node):
            for at, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.AST):
                    yield child, said or self._says(node, name, at, local)

    def _says(self, node: ast.AST, field: str, at: int, local: set[str]) -> bool:
        """Tell whether what hangs here is only said, by what it hangs from."""
        if isinstance(node, ast.Raise):
            return False  # which error it is matters; its arguments are below
        if isinstance(node, ast.JoinedStr):
            return True
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if (
                called in ("message", "add_task")
                or called.endswith(("Error", "Exception"))
                or called in ERRORS
            ):
                return field in ("args", "keywords")
            return field == "args" and at in self._parameters.get(called, set())
        if isinstance(node, ast.Assign) and field == "value":
            names = [
                name for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)
            ]
            plain = all(isinstance(target, (ast.Name, ast.Tuple)) for target in node.targets)
            return plain and bool(names) and all(name.id in local for name in names)
        return isinstance(node, ast.FunctionDef) and node.name in ("__repr__", "message") and field == "body"

    def holds(self, place: Place) -> bool:
        """Tell whether a change of this place changes nothing but words."""
        around = [*place.around, place.node]
        if _may_raise(place):
            return False
        function: ast.AST | None = None
        for parent, child in pairwise(around):
            if isinstance(parent, (ast.FunctionDef, ast.Lambda)):
                function = parent
            for field, value in ast.iter_fields(parent):
                for at, one in enumerate(value if isinstance(value, list) else [value]):
                    if one is child and self._says(
                        parent, field, at, self._local.get(function, set()) if function else self._constants
                    ):
                        return True
        return False

    def swaps(self, old: ast.AST, new: ast.AST) -> bool:
        """Tell whether a swap of arguments swaps two that are only said."""
        if not isinstance(old, ast.Call) or not isinstance(new, ast.Call):
            return False
        moved = [
            at for at, pair in enumerate(zip(old.args, new.args)) if ast.dump(pair[0]) != ast.dump(pair[1])
        ]
        return all(self._says(old, "args", at, set()) for at in moved)


def _may_raise(place: Place) -> bool:
    """Tell whether a change here may raise another error than the one that was meant: then it is no mere word."""
    node = place.node
    if isinstance(node, (ast.stmt, ast.keyword)) and not isinstance(node, ast.Return):
        return True  # an unbound name, an argument that is missing
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return False
    statement = next(outer for outer in reversed(place.around) if isinstance(outer, (ast.stmt, ast.Module)))
    said = statement.value if isinstance(statement, ast.Assign) else node
    return any(isinstance(part, ast.Subscript) for part in ast.walk(said)) or isinstance(
        place.parent, ast.Subscript
    )


ERRORS = {"Unsupported", "Refuted", "Inconclusive", "NotRun", "EngineFault", "UndecidableComparison"}


def _parameters(function: ast.FunctionDef) -> list[str]:
    """Give the parameters by position as a call counts them, without self."""
    names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names
