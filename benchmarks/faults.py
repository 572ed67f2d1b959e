"""Which faults of a tanh dense layer's backward pass each checker finds, at several shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from .checkers import CHECKERS, available
from .show import plotting
from .tanh_faults import FAULTS, Backward, Shape, faulty, right

SHAPES = (Shape(3, 3, 1), Shape(3, 3, 4), Shape(64, 64, 32))
TINY = Shape(3, 3, 4, scale=1e-8)
WIDE = Shape(1, 100_000, 2)
SHORT = ("our", "tor", "fas", "JAX", "Sab", "Sre")
ONLY = {WIDE: ("dW: twice", "db: averaged", "dx: twice")}
TOO_SLOW = {"torch full": 500_000, "SciPy abs": 100_000, "SciPy rel": 100_000}
"""Numbers in what a checker goes through, from which it is left out: entries of the Jacobian, arguments."""


@dataclass(frozen=True)
class Cell:
    """What one checker said of one backward pass at one shape; ``accepted`` is None where it was not run."""

    shape: str
    fault: str
    is_fault: bool
    checker: str
    accepted: bool | None
    why_not: str = ""

    @property
    def correct(self) -> bool | None:
        """Whether the verdict is the true one."""
        return None if self.accepted is None else self.accepted != self.is_fault


def cells(quick: bool, everything: bool, told: Callable[[str], object]) -> Iterator[Cell]:
    """Run all checkers on all faults, and on the right gradient."""
    for shape in (SHAPES[0], TINY) if quick else (*SHAPES, TINY, WIDE):
        for name, backward in {"the right gradient": right, **FAULTS}.items():
            is_fault = faulty(backward, shape)
            if is_fault is None or (is_fault and shape in ONLY and name not in ONLY[shape]):
                continue
            for checker in CHECKERS:
                told(f"{shape.name}: {name}: {checker}")
                yield _cell(shape, name, backward, is_fault, checker, everything)


def _cell(
    shape: Shape, name: str, backward: Backward, is_fault: bool, checker: str, everything: bool
) -> Cell:
    run = available(checker)
    if run is None:
        return Cell(shape.name, name, is_fault, checker, None, "not run")
    if not everything and _work(checker, shape) > TOO_SLOW.get(checker, float("inf")):
        return Cell(shape.name, name, is_fault, checker, None, "–")
    return Cell(shape.name, name, is_fault, checker, run(backward, shape))


def _work(checker: str, shape: Shape) -> int:
    arguments = shape.fan_in * shape.batch + shape.fan_out * (shape.fan_in + 1)
    return arguments * (shape.fan_out * shape.batch if checker == "torch full" else 1)


def found(of: list[Cell]) -> dict[str, dict[str, Any]]:
    """Count, for each shape and checker, the faults that were found, and whether the right gradient was accepted.

    What is no fault at a shape has to be accepted there like the right gradient.
    """
    counts: dict[str, dict[str, Any]] = {}
    for shape in dict.fromkeys(cell.shape for cell in of):
        counts[shape] = {}
        for checker in CHECKERS:
            cells = [cell for cell in of if (cell.shape, cell.checker) == (shape, checker)]
            if any(cell.accepted is None for cell in cells):
                counts[shape][checker] = cells[0].why_not
                continue
            faults = [cell for cell in cells if cell.is_fault]
            others = [cell for cell in cells if not cell.is_fault]
            counts[shape][checker] = {
                "found": sum(not cell.accepted for cell in faults),
                "faults": len(faults),
                "accepted": sum(bool(cell.accepted) for cell in others),
                "right": len(others),
                "missed": [cell.fault for cell in faults if cell.accepted],
                "false alarms": [cell.fault for cell in others if not cell.accepted],
            }
    return counts


def counts_table(counts: dict[str, dict[str, Any]]) -> Table:
    """Lay the counts out."""
    table = Table(
        title="faults found",
        caption="at (fan_out, fan_in, batch), g × scale of the upstream gradient; – too slow",
    )
    table.add_column("shape", no_wrap=True)
    table.add_column("faults", justify="right")
    for checker in CHECKERS:
        table.add_column(checker, justify="right", no_wrap=True)
    for shape, of in counts.items():
        faults = next((str(one["faults"]) for one in of.values() if isinstance(one, dict)), "")
        row = []
        for one in of.values():
            if isinstance(one, str):
                row.append(one)
                continue
            alarms = len(one["false alarms"])
            row.append(str(one["found"]) + (f", {alarms} false alarm{'s' * (alarms > 1)}" if alarms else ""))
        table.add_row(shape, faults, *row)
    return table


def cells_table(of: list[Cell]) -> Table:
    """Lay all verdicts out: who found what."""
    table = Table(
        title="each fault",
        caption="✓ refused, ✗ accepted; · no fault here, and accepted; ! no fault, but refused",
    )
    shapes = list(dict.fromkeys(cell.shape for cell in of))
    table.add_column("fault", no_wrap=True)
    for shape in shapes:
        table.add_column(f"{shape}\n{' '.join(SHORT)}", no_wrap=True)
    signs = {(True, False): "✓", (True, True): "✗", (False, True): "·", (False, False): "!"}
    for fault in dict.fromkeys(cell.fault for cell in of):
        row = []
        for shape in shapes:
            mine = [cell for cell in of if (cell.fault, cell.shape) == (fault, shape)]
            row.append("   ".join("–" if c.accepted is None else signs[c.is_fault, c.accepted] for c in mine))
        table.add_row(fault, *row)
    return table


def told(of: list[Cell]) -> list[dict[str, Any]]:
    """Give the cells for JSON."""
    return [{**asdict(cell), "correct": cell.correct} for cell in of]


def plot(counts: dict[str, dict[str, Any]], path: Path) -> None:
    """Draw, for each shape, the share of the faults that each checker found."""
    pyplot = plotting()
    figure, axis = pyplot.subplots(figsize=(8, 4))
    width = 0.8 / len(CHECKERS)
    for place, checker in enumerate(CHECKERS):
        shares = [
            one[checker]["found"] / max(one[checker]["faults"], 1) if isinstance(one[checker], dict) else 0
            for one in counts.values()
        ]
        axis.bar([at + place * width for at in range(len(counts))], shares, width, label=checker)
    axis.set_xticks([at + 0.4 - width / 2 for at in range(len(counts))], list(counts), fontsize=7)
    axis.set_ylabel("share of the faults that was found")
    axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
