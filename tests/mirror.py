"""What differs between the two packages, line by line, and of which kind each difference is.

`difference` counts it; the README's numbers are tested against it.
"""

import ast
import io
import re
import tokenize
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
KINDS = (
    "name of the convention",
    "axes",
    "shape",
    "order of a product",
    "transposition of data",
)


class Line(NamedTuple):
    """One line of a file, parted into code and words (docstrings and comments)."""

    number: int
    code: str
    words: str


class Pair(NamedTuple):
    """A line that differs, in both packages."""

    file: str
    number: int
    column: str
    row: str


class Difference(NamedTuple):
    """Where the packages differ: in code, and in docstrings and comments."""

    code: list[Pair]
    words: list[Pair]
    code_lines: int

    def kinds(self):
        """Count the differing lines of code by kind; None stands for a line that has none."""
        return Counter(kind_of(pair.column, pair.row) for pair in self.code)


def files(package):
    """Name the Python files of a package."""
    return sorted(path.name for path in (ROOT / package).glob("*.py"))


def lines(path):
    """Part each line of a file into code and words."""
    text = Path(path).read_text(encoding="utf-8")
    docstrings = set()
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            docstrings.update(range(node.lineno, node.end_lineno + 1))
    comments = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = token.start[1]
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        cut = 0 if number in docstrings else comments.get(number, len(line))
        found.append(Line(number, line[:cut].strip(), line[cut:].strip()))
    return found


def difference(column="colnet", row="rownet"):
    """Compare the packages line by line; they must have the same files, of the same length."""
    if files(column) != files(row):
        raise ValueError("not the same files")
    code, words, count = [], [], 0
    for file in files(column):
        left, right = lines(ROOT / column / file), lines(ROOT / row / file)
        if len(left) != len(right):
            raise ValueError(f"{file}: {len(left)} lines and {len(right)}")
        for a, b in zip(left, right):
            count += bool(a.code)
            if a.code != b.code:
                code.append(Pair(file, a.number, a.code, b.code))
            if a.words != b.words:
                words.append(Pair(file, a.number, a.words, b.words))
    return Difference(code, words, count)


def kind_of(column, row):
    """Say of which kind a differing line of code is; None if the convention does not force it."""
    left, right = _statement(column), _statement(row)
    if left is None or right is None:
        return None
    if _is_name(left, "column") and _is_name(right, "row"):
        return "name of the convention"
    if _dump(_PairSwapped().visit(_statement(column))) == _dump(right):
        return "shape"
    if _axes(left, right) or _dump(_IndexSwapped().visit(_statement(column))) == _dump(right):
        return "axes"
    if _dump(_Reversed().visit(_statement(column))) == _dump(right):
        return "order of a product"
    one_sided = "@" not in column + row and (".T" in column) != (".T" in row)
    if one_sided and _dump(_Untransposed().visit(left)) == _dump(_Untransposed().visit(right)):
        return "transposition of data"
    return None


def _statement(line):
    try:
        return ast.parse("def f():\n    " + line).body[0].body[0]
    except SyntaxError:
        return None


def _dump(node):
    return ast.dump(node)


def _is_name(node, convention):
    """CONVENTION = "column", or BATCH = words that say "one example per column"."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and ast.unparse(node.targets[0]) in ("CONVENTION", "BATCH")
        and str(node.value.value).endswith(convention)
    )


def _axes(left, right):
    """A, B = 0, 1 against B, A = 0, 1."""
    if isinstance(left, ast.Assign) and isinstance(right, ast.Assign):
        names = [ast.unparse(node.targets[0]).strip("()").split(", ") for node in (left, right)]
        values = [ast.unparse(node.value) for node in (left, right)]
        return values == ["(0, 1)"] * 2 and names[0] == names[1][::-1] and len(names[0]) == 2
    return False


class _PairSwapped(ast.NodeTransformer):
    """A pair of sizes that is returned, the other way round."""

    def visit_Return(self, node):
        if isinstance(node.value, ast.Tuple) and all(
            isinstance(part, (ast.Name, ast.Constant)) for part in node.value.elts
        ):
            node.value.elts.reverse()
            return node
        return node


class _IndexSwapped(ast.NodeTransformer):
    """An index of two axes, the other way round."""

    def visit_Subscript(self, node):
        if isinstance(node.slice, ast.Tuple):
            node.slice.elts.reverse()
        return node


class _Reversed(ast.NodeTransformer):
    """Every matrix product with its factors the other way round."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult):
            node.left, node.right = node.right, node.left
        return node


class _Untransposed(ast.NodeTransformer):
    """Without .T, and without the copy that makes a transpose contiguous."""

    def visit_Attribute(self, node):
        self.generic_visit(node)
        return node.value if node.attr == "T" else node

    def visit_Call(self, node):
        self.generic_visit(node)
        return node.args[0] if ast.unparse(node.func) == "np.ascontiguousarray" else node


_SAID = {"columns": "rows", "column": "row", "Column": "Row", "colnet": "rownet"}
_PLACES = {"App", "Appendix", "B", "equation", "equations"}


def forced_words(column, row):
    """Tell whether two lines of words differ only in the convention's name, order, places in the paper."""

    def bag(text):
        found = re.findall(r"[A-Za-z_]+", text)
        return Counter(_SAID.get(word, word) for word in found if word not in _PLACES)

    return bag(column) == bag(row)
