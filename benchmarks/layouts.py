"""Row against column, operation by operation: where the memory layout makes a difference.

Arrays are in C order in both conventions. What differs is which axis is contiguous: the examples in the column
convention, the features in the row convention. A matrix product is handed to BLAS as it lies, with a flag for each
operand that is a transposed view (N or T), so that no transpose is ever copied; but the flags of the two gradients'
products change places, and the bias is spread, and its gradient summed, along the other axis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich.table import Table

from .networks import Problem
from .show import spelled
from .step import DTYPES, SIZES
from .timing import Run, side_by_side


@dataclass(frozen=True)
class Operation:
    """One operation of the first layer in both conventions."""

    work: str
    dtype: str
    operation: str
    column_form: str
    row_form: str
    column: float
    row: float

    def told(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {**asdict(self), "ratio": self.row / self.column}


FORMS = {
    "forward": ("W @ x, NN", "x @ W, NN"),
    "gradient by W": ("g @ x.T, NT", "x.T @ g, TN"),
    "gradient by x": ("W.T @ g, TN", "g @ W.T, NT"),
    "bias added": ("v + (m, 1): one number for each row", "v + (1, m): one row for each row"),
    "bias summed": ("sum within each row", "sum of rows"),
}


def operations(problem: Problem, repeats: int, block: float) -> list[Operation]:
    """Time the operations of the first layer, both conventions side by side."""
    runs: dict[str, Run] = {}
    for name, made in {"column": _column(problem), "row": _row(problem)}.items():
        runs |= {f"{operation} {name}": run for operation, run in made.items()}
    times = side_by_side(runs, repeats, block)
    return [
        Operation(
            f"step {problem.name}",
            problem.dtype,
            operation,
            *forms,
            times[f"{operation} column"].least,
            times[f"{operation} row"].least,
        )
        for operation, forms in FORMS.items()
    ]


def _repeated(once: Callable[[], object]) -> Run:
    def run(count: int) -> None:
        for _ in range(count):
            once()

    return run


def _column(problem: Problem) -> dict[str, Run]:
    x, _, W, b, *_ = problem.arrays(row=False)
    g = np.ascontiguousarray(W @ x)
    return {
        "forward": _repeated(lambda: W @ x),
        "gradient by W": _repeated(lambda: g @ x.T),
        "gradient by x": _repeated(lambda: W.T @ g),
        "bias added": _repeated(lambda: g + b),
        "bias summed": _repeated(lambda: g.sum(axis=1, keepdims=True)),
    }


def _row(problem: Problem) -> dict[str, Run]:
    x, _, W, b, *_ = problem.arrays(row=True)
    g = np.ascontiguousarray(x @ W)
    return {
        "forward": _repeated(lambda: x @ W),
        "gradient by W": _repeated(lambda: x.T @ g),
        "gradient by x": _repeated(lambda: g @ W.T),
        "bias added": _repeated(lambda: g + b),
        "bias summed": _repeated(lambda: g.sum(axis=0, keepdims=True)),
    }


def measured(quick: bool, told: Callable[[str], object]) -> Iterator[Operation]:
    """Time the operations at all sizes."""
    for sizes in SIZES[:2] if quick else SIZES:
        for dtype in DTYPES:
            problem = Problem(*sizes, dtype)
            told(f"layout {problem.name}, {dtype}")
            yield from operations(problem, *((3, 0.002) if quick else (15, 0.02)))


def table(of: list[Operation]) -> Table:
    """Lay the times out."""
    found = Table(
        title="row against column, first layer", caption="N, T: as it lies, as a transposed view, to BLAS"
    )
    for heading in ("work", "dtype", "operation", "column", "row"):
        found.add_column(heading)
    found.add_column("row / column", justify="right")
    before = ""
    for one in of:
        if before and one.work + one.dtype != before:
            found.add_section()
        before = one.work + one.dtype
        sides = (
            f"{form}: {spelled(time)}"
            for form, time in ((one.column_form, one.column), (one.row_form, one.row))
        )
        found.add_row(one.work, one.dtype, one.operation, *sides, f"{one.row / one.column:.2f}")
    return found
