"""What judges share: exact comparison that ends in a proof, in a minimal counterexample, or in neither."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import sympy as sp

from .erratum import Finding, NotShown, Proof, Refutation

# Small numbers first, so that the counterexample that is found is a readable one.
_VALUES = tuple(sp.Rational(n) for n in (1, 2, 3, -1))
_ATTEMPTS = 4096


def matrix(letter: str, rows: int, columns: int) -> Any:
    """Return a matrix of real symbols, numbered from 1."""
    return sp.Matrix(rows, columns, lambda i, j: sp.Symbol(f"{letter}_{i + 1}{j + 1}", real=True))


def column(letter: str, size: int) -> Any:
    """Return a column of real symbols, numbered from 1."""
    return sp.Matrix(size, 1, lambda i, _: sp.Symbol(f"{letter}_{i + 1}", real=True))


def derivative(scalar: Any, by: Any) -> Any:
    """Differentiate a scalar by each entry of a matrix of symbols; the result has that matrix's shape."""
    return sp.Matrix(by.rows, by.cols, lambda i, j: sp.diff(scalar, by[i, j]))


def seen_to_first_order(g: Any, y: Any) -> Any:
    """Return Σ g y: as far as first derivatives go, any loss whose gradient by y is g."""
    return sum((a * b for a, b in zip(g, y, strict=True)), sp.Integer(0))


def compare(
    said: Any,
    true: Any,
    *,
    what: str,
    stand_in: Callable[[Any], Any] = lambda difference: difference,
) -> Finding:
    """Hold what a form says against what is true, entry by entry, as expressions.

    Parameters
    ----------
    said, true : scalar or SymPy matrix
    what : str
        Named in the finding.
    stand_in : callable
        Puts a concrete function for an undefined one before numbers are sought.

    Raises
    ------
    NotShown
        When an entry neither simplifies to zero nor shows itself different at a tried point.
    """
    if not isinstance(said, sp.MatrixBase):
        said = sp.Matrix([[said]])
    if not isinstance(true, sp.MatrixBase):
        true = sp.Matrix([[true]])
    if said.shape != true.shape:
        return Refutation(
            "shapes",
            f"{what}: said has shape {said.shape}, true has {true.shape}",
            {"said": list(said.shape), "true": list(true.shape)},
        )
    for i, j in product(range(said.rows), range(said.cols)):
        difference = sp.expand(said[i, j] - true[i, j])
        if difference != 0:
            difference = sp.simplify(difference)
        if difference == 0:
            continue
        return _different(said[i, j], true[i, j], difference, _at(what, said.shape, i, j), stand_in)
    cases = said.rows * said.cols
    return Proof("symbols", f"{what}: equal" + (f" in all {cases} entries" if cases > 1 else ""), cases)


def _at(what: str, shape: tuple[int, int], i: int, j: int) -> str:
    return what if shape == (1, 1) else f"{what}, entry ({i + 1}, {j + 1})"


def _different(said: Any, true: Any, difference: Any, what: str, stand_in: Callable[[Any], Any]) -> Finding:
    said, true, tried = (stand_in(item) for item in (said, true, difference))
    symbols = sorted(said.free_symbols | true.free_symbols, key=str)
    for tries, values in enumerate(product(_VALUES, repeat=len(symbols))):
        if tries >= _ATTEMPTS:
            break
        point = dict(zip(symbols, values, strict=True))
        gap = sp.simplify(tried.subs(point))
        if gap.is_number and gap.is_zero is False:
            numbers = {str(symbol): str(value) for symbol, value in point.items()}
            left, right = (sp.simplify(item.subs(point)) for item in (said, true))
            where = f" at {', '.join(f'{k} = {v}' for k, v in numbers.items())}" if numbers else ""
            return Refutation(
                "counterexample",
                f"{what}: said {left}, true {right}{where} (difference {difference})",
                {"at": numbers, "said": str(left), "true": str(right), "difference": str(difference)},
            )
    raise NotShown(f"{what}: undecided, difference {difference}")


def every(findings: Iterable[Finding], text: str = "") -> Finding:
    """Join findings: the first refutation, or one proof of all."""
    proofs: list[Proof] = []
    for item in findings:
        if isinstance(item, Refutation):
            return item
        proofs.append(item)
    if not proofs:
        raise NotShown("nothing was compared")
    cases = sum(item.cases for item in proofs)
    method = ", ".join(dict.fromkeys(item.method for item in proofs))
    shown = [item.text for item in proofs] if len(proofs) <= 3 else [proofs[0].text, "…", proofs[-1].text]
    return Proof(method, text or "; ".join(shown), cases)


def holds(condition: bool, refuted: Refutation, proved: Proof) -> Finding:
    """Return the finding that a decided condition calls for."""
    return proved if condition else refuted


def attempt(action: Callable[[], Finding], what: str) -> Finding:
    """Run what may raise; an exception refutes, and is shown."""
    try:
        return action()
    except NotShown:
        raise
    except (TypeError, ValueError, RuntimeError, AttributeError, LookupError) as error:
        name = type(error).__name__
        return Refutation("exception", f"{what}: {name}: {error}", {"exception": name, "message": str(error)})


class ShapeMismatch(ValueError):
    """Two shapes do not fit for every size."""


class Shape:
    """The shape of a matrix whose sizes are names; only the same name fits."""

    def __init__(self, rows: Any, columns: Any) -> None:
        self.rows = sp.sympify(rows)
        self.columns = sp.sympify(columns)

    def __matmul__(self, other: Shape) -> Shape:
        if self.columns != other.rows:
            raise ShapeMismatch(f"{self} · {other}: {self.columns} columns meet {other.rows} rows")
        return Shape(self.rows, other.columns)

    def __add__(self, other: Shape) -> Shape:
        if self != other:
            raise ShapeMismatch(f"{self} + {other}")
        return self

    @property
    def T(self) -> Shape:
        """The transpose."""
        return Shape(self.columns, self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and (self.rows, self.columns) == (other.rows, other.columns)

    def __hash__(self) -> int:
        return hash((self.rows, self.columns))

    def __repr__(self) -> str:
        return f"({self.rows}, {self.columns})"


def fits(action: Callable[[], Shape], wanted: Shape, what: str) -> Finding:
    """Check a product of shapes at symbolic sizes."""
    try:
        found = action()
    except ShapeMismatch as error:
        return Refutation("shapes", f"{what}: {error}", {"shapes": str(error)})
    return holds(
        found == wanted,
        Refutation(
            "shapes", f"{what}: comes out as {found}, not {wanted}", {"said": str(found), "true": str(wanted)}
        ),
        Proof("shapes", f"{what}: has shape {wanted} for every size", 1),
    )
