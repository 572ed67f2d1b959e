"""The operators: what may be changed in a syntax tree, one place at a time.

Annotations and docstrings are never touched: nothing computes with them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple

Made = Iterator[tuple[str, ast.AST]]
Axes = {"FEATURES": "EXAMPLES", "EXAMPLES": "FEATURES", "FAN_IN": "FAN_OUT", "FAN_OUT": "FAN_IN"}
OWN = (
    "operands of @ swapped",
    "transpose dropped",
    "transpose added",
    "axis",
    "keepdims off",
    "reversed off",
    "sum/mean",
    "batch factor",
    "slope at y for v",
    "update before propagate",
)
ORDINARY = (
    "arithmetic",
    "factor dropped",
    "comparison",
    "boolean",
    "not",
    "constant",
    "default value",
    "return value",
    "statement deletion",
    "statement order",
    "argument swap",
)
MATHEMATICS = {*OWN, "arithmetic", "factor dropped"}

ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
}
COMPARISON: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
BITS: dict[type[ast.operator], type[ast.operator]] = {ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
# Swapping these two arguments makes a type error, which says nothing about the checks.
UNSWAPPED = {"isinstance", "issubclass", "hasattr", "getattr", "setattr", "super", "cast", "zip", "range"}


class Place(NamedTuple):
    """Where a node hangs: its parent, the field, the position in a list (or None), and what is around it."""

    node: ast.AST
    parent: ast.AST
    field: str
    at: int | None
    around: tuple[ast.AST, ...]

    def put(self, node: ast.AST) -> None:
        """Hang another node here."""
        if self.at is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.at] = node


SKIPPED = {"annotation", "returns", "decorator_list", "type_params"}


def places(tree: ast.AST) -> Iterator[Place]:
    """Give every place that may be changed, in the order of the source."""

    def walk(node: ast.AST, around: tuple[ast.AST, ...]) -> Iterator[Place]:
        for field, value in ast.iter_fields(node):
            if field in SKIPPED or (isinstance(node, ast.AnnAssign) and field == "target"):
                continue
            several = value if isinstance(value, list) else [value]
            for number, child in enumerate(several):
                if not isinstance(child, ast.AST) or _told(child) or _typing(child):
                    continue
                index = number if isinstance(value, list) else None
                inside = (*around, node)
                yield Place(child, node, field, index, inside)
                yield from walk(child, inside)

    yield from walk(tree, ())


def _told(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _typing(node: ast.AST) -> bool:
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name):
        return node.test.id == "TYPE_CHECKING"
    return isinstance(node, (ast.Import, ast.ImportFrom))


def made(place: Place, batch_axis: int | None = None) -> Made:
    """Give what each operator makes of a place: its name and the node to be put there.

    Parameters
    ----------
    place : Place
        Which is not changed.
    batch_axis : int, optional
        Axis of the examples; without it no batch factor is planted.
    """
    for operator in (
        _products, _arithmetic, _comparison, _boolean, _constants, _names, _calls, _statements, _order
    ):  # fmt: skip
        for name, node in operator(place):
            yield name, _like(node, place.node)
    if batch_axis is not None:
        for name, node in _batch(place, batch_axis):
            yield name, _like(node, place.node)


def _like(new: ast.AST, old: ast.AST) -> ast.AST:
    # New nodes take the old position, so that a traceback and a tracer tell the shipped line.
    ast.copy_location(new, old)
    return ast.fix_missing_locations(new)


def _changed(node: ast.AST, **fields: Any) -> ast.AST:
    other = deepcopy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _transposed(node: ast.expr) -> ast.expr:
    return ast.Attribute(value=deepcopy(node), attr="T", ctx=ast.Load())


def _products(place: Place) -> Made:
    node = place.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield "operands of @ swapped", _changed(node, left=deepcopy(node.right), right=deepcopy(node.left))
        for side in ("left", "right"):
            operand = getattr(node, side)
            if not (isinstance(operand, ast.Attribute) and operand.attr == "T"):
                yield "transpose added", _changed(node, **{side: _transposed(operand)})
        if isinstance(place.parent, ast.Return):
            yield "transpose added", _transposed(node)
    if isinstance(node, ast.Attribute) and node.attr == "T" and isinstance(node.ctx, ast.Load):
        yield "transpose dropped", deepcopy(node.value)


def _arithmetic(place: Place) -> Made:
    node = place.node
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC and not _text(node):
        yield "arithmetic", _changed(node, op=ARITHMETIC[type(node.op)]())
        if isinstance(node.op, (ast.Mult, ast.Div, ast.Pow)):
            yield "factor dropped", deepcopy(node.left)
        if isinstance(node.op, ast.Mult):
            yield "factor dropped", deepcopy(node.right)
    if isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        yield "arithmetic", _changed(node, op=ARITHMETIC[type(node.op)]())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "arithmetic", deepcopy(node.operand)


def _text(node: ast.BinOp) -> bool:
    """Tell a sum of texts or tuples: its difference is a type error, no fault that anybody makes."""
    return any(
        isinstance(part, (ast.JoinedStr, ast.Tuple, ast.List))
        or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        for part in ast.walk(node)
    )


def _comparison(place: Place) -> Made:
    node = place.node
    if isinstance(node, ast.Compare):
        for number, op in enumerate(node.ops):
            for other in COMPARISON[type(op)]:
                yield "comparison", _changed(node, ops=[*node.ops[:number], other(), *node.ops[number + 1 :]])


def _boolean(place: Place) -> Made:
    node = place.node
    if isinstance(node, ast.BoolOp):
        yield "boolean", _changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    if isinstance(node, ast.BinOp) and type(node.op) in BITS:
        yield "boolean", _changed(node, op=BITS[type(node.op)]())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.Invert)):
        yield "not", deepcopy(node.operand)
    if place.field == "test" and isinstance(node, (ast.Name, ast.Call, ast.BoolOp, ast.Attribute)):
        yield "not", ast.UnaryOp(op=ast.Not(), operand=deepcopy(node))


def _constants(place: Place) -> Made:
    node = place.node
    if not isinstance(node, ast.Constant) or isinstance(place.parent, ast.JoinedStr):
        return
    default = isinstance(place.parent, ast.arguments)
    name = "default value" if default else "constant"
    value = node.value
    if isinstance(place.parent, ast.keyword) and place.parent.arg in ("axis", "keepdims"):
        return  # own operators
    if isinstance(value, bool):
        yield name, ast.Constant(not value)
    elif isinstance(value, (int, float)):
        yield name, ast.Constant(value + 1 if isinstance(value, int) else 2 * value + (value == 0))
        if value == 1 and not default:
            yield name, ast.Constant(0)
    elif isinstance(value, str):
        yield name, ast.Constant(value + "x")
    elif value is None and default:
        yield name, ast.Constant(0)


def _names(place: Place) -> Made:
    node = place.node
    if isinstance(node, ast.Name) and node.id in Axes and isinstance(node.ctx, ast.Load):
        # Two names may stand for one number; an index is turned, whatever is imported here.
        yield "axis", ast.BinOp(left=ast.Constant(1), op=ast.Sub(), right=deepcopy(node))
    if isinstance(node, ast.keyword):
        if node.arg == "axis" and isinstance(node.value, ast.Constant) and node.value.value in (0, 1):
            yield "axis", _changed(node, value=ast.Constant(1 - node.value.value))
        if node.arg == "keepdims" and isinstance(node.value, ast.Constant) and node.value.value is True:
            yield "keepdims off", _changed(node, value=ast.Constant(False))
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        if node.attr in ("sum", "mean") and place.field == "func":
            yield "sum/mean", _changed(node, attr="mean" if node.attr == "sum" else "sum")
        if node.attr in ("input", "output"):
            yield "slope at y for v", _changed(node, attr="output" if node.attr == "input" else "input")


def _callee(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _calls(place: Place) -> Made:
    node = place.node
    if not isinstance(node, ast.Call):
        return
    if _callee(node) == "reversed":
        yield "reversed off", deepcopy(node.args[0])
    if _callee(node) in UNSWAPPED or any(isinstance(arg, ast.Starred) for arg in node.args):
        return
    for number in range(len(node.args) - 1):
        one, two = node.args[number : number + 2]
        if ast.dump(one) != ast.dump(two):
            swapped = [*node.args[:number], two, one, *node.args[number + 2 :]]
            yield "argument swap", _changed(node, args=deepcopy(swapped))


DELETED = (
    ast.Assign,
    ast.AugAssign,
    ast.Expr,
    ast.Raise,
    ast.If,
    ast.For,
    ast.While,
    ast.Continue,
    ast.Break,
)


def _statements(place: Place) -> Made:
    node = place.node
    if isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield "return value", _changed(node, value=ast.Constant(None))
    elif isinstance(node, DELETED) and any(isinstance(outer, ast.FunctionDef) for outer in place.around):
        yield "statement deletion", ast.Pass()


def _order(place: Place) -> Made:
    node, body = place.node, getattr(place.parent, place.field, None)
    if (
        not isinstance(body, list)
        or place.at is None
        or not isinstance(node, (ast.Assign, ast.Expr, ast.AugAssign))
    ):
        return
    if _is_gradient_append(node):
        yield "update before propagate", _updating(node)
    if place.at + 1 < len(body):
        after = body[place.at + 1]
        simple = isinstance(after, (ast.Assign, ast.Expr, ast.AugAssign))
        if simple and not _told(after) and (_written(node) & _read(after) or _read(node) & _written(after)):
            # Both in one place, the second emptied: `Both` is opened when the tree is compiled.
            yield "statement order", Both([deepcopy(after), deepcopy(node)])


def _written(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _read(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


class Both(ast.Module):
    """Two statements in the place of this one and the next; `Mutant` opens it."""

    def __init__(self, body: list[ast.stmt]) -> None:
        super().__init__(body=body, type_ignores=[])


def _is_gradient_append(node: ast.AST) -> bool:
    return "append(" in (text := ast.unparse(node)) and "._parameter_gradients(" in text


def _updating(node: ast.AST) -> ast.AST:
    """Let a layer take its step as soon as its gradients are known, before the gradient has gone through it."""
    text = ast.unparse(node)
    listed, layer = text.split(".append(")[0], text.split(".append(")[1].split("._parameter_gradients(")[0]
    step = f"[setattr({layer}, '_' + n, a - {listed}[-1][n]) for n, a in {layer}.parameters.items()]"
    return ast.parse(f"({text}, {step})").body[0]


GRADIENTS = ("_slope", "_input_gradient", "_weight_gradient", "_bias_gradient", "_per_example")


def _batch(place: Place, axis: int) -> Made:
    node = place.node
    inside = [outer for outer in place.around if isinstance(outer, ast.FunctionDef)]
    if (
        not isinstance(node, ast.Return)
        or node.value is None
        or not inside
        or inside[-1].name not in GRADIENTS
    ):
        return
    arguments = [arg.arg for arg in inside[-1].args.args]
    of = next((name for name in ("g", "y") if name in arguments), "self.output")
    for op in (ast.Div, ast.Mult):
        size = ast.parse(f"{of}.shape[{axis}]", mode="eval").body
        yield "batch factor", ast.Return(ast.BinOp(left=deepcopy(node.value), op=op(), right=size))


Operator = Callable[[Place], Made]
