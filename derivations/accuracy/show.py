"""What was measured, as a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from .measuring import Outcome, Row, units

STYLES = {Outcome.EXCEEDED: "red", Outcome.FAILED: "red", Outcome.NOT_RUN: "yellow"}


def table(rows: Iterable[Row]) -> Table:
    """Make the table, a line for each function, type and convention."""
    shown = Table(title="Worst error in units of rounding (u = eps / 2)")
    # In a narrow terminal the words fold: float… would be either type, and a number without its end another one.
    shown.add_column("function", overflow="fold")
    for name in ("type", "convention"):
        shown.add_column(name, no_wrap=True)
    for name in ("worst", "bound"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("relative to", overflow="fold")
    for row in rows:
        worst = Text(units(row.worst))
        if not row.holds:
            worst = Text(f"{units(row.worst)} {row.outcome}", STYLES[row.outcome])
        shown.add_row(row.function, row.dtype, row.convention, worst, f"{row.bound:g}", Text(row.relative_to))
    return shown
