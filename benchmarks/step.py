"""One training step: ours against straight-line NumPy, its matrix products, PyTorch and a loop over examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import colnet
import rownet

from . import networks
from .networks import Problem
from .ratios import Ratio, of_all, ratio
from .timing import Run, Times, side_by_side

SIZES = ((2, 3, 1, 4), (64, 128, 10, 64), (784, 512, 10, 256))
REPEATS = {SIZES[0]: (60, 0.01), SIZES[1]: (60, 0.03), SIZES[2]: (9, 0.5)}
"""How many, and seconds for each: `train` checks its arguments once, which has to be little beside its steps."""
DTYPES = ("float64", "float32")


def measured(quick: bool, told: Callable[[str], object]) -> Iterator[tuple[list[Ratio], list[Ratio]]]:
    """Measure all sizes; what is slow by design, the loop, takes part in fewer repeats."""
    for sizes in SIZES[:2] if quick else SIZES:
        for dtype in DTYPES:
            problem = Problem(*sizes, dtype)
            told(f"{problem.name}, {dtype}")
            yield of_problem(problem, *((3, 0.005) if quick else REPEATS[sizes]))


def of_problem(problem: Problem, repeats: int, block: float) -> tuple[list[Ratio], list[Ratio]]:
    """Time everybody on one problem; apart from the ratios, the public steps, and row against column."""
    torch = networks.torch_step(problem)
    fast: dict[str, Run] = {
        "column": networks.package(colnet, problem),
        "row": networks.package(rownet, problem),
        "column straight-line": networks.straight_column(problem),
        "row straight-line": networks.straight_row(problem),
        "column products": networks.products_column(problem),
        "row products": networks.products_row(problem),
        "column checked": networks.checked(colnet, problem),
        "row checked": networks.checked(rownet, problem),
    }
    if torch is not None:
        fast["torch"] = torch
    times: dict[str, Times] = side_by_side(fast, repeats, block)
    # The loop takes up to a hundred times as long: with one of ours beside it, in repeats of its own.
    slow = {name: fast[name] for name in ("column", "row")}
    slow |= {"column loop": networks.loop_column(problem), "row loop": networks.loop_row(problem)}
    loops = side_by_side(slow, 3, block)
    found: list[Ratio] = []
    more: list[Ratio] = []
    work = f"step {problem.name}"
    for name in ("column", "row"):
        others: dict[str, Any] = {
            "straight-line": times[f"{name} straight-line"],
            "products": times[f"{name} products"],
            "torch": times.get("torch"),
        }
        found += of_all(work, name, problem.dtype, times[name], others)
        found.append(ratio(work, name, problem.dtype, "loop", loops[name], loops[f"{name} loop"]))
        more.append(
            ratio(
                f"checked {work}",
                name,
                problem.dtype,
                "straight-line",
                times[f"{name} checked"],
                times[f"{name} straight-line"],
            )
        )
    more.append(ratio(work, "row", problem.dtype, "column", times["row"], times["column"]))
    return found, more
