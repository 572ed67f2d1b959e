"""A comparison for people: one table for a claim, one line for each in the overview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..evidence import Status
from ..show import STYLES
from .changes import Change
from .rules import RuleRecord
from .sheet import Comparison, LineRecord, StatusRecord

CHANGE_STYLES = {Change.UNCHANGED: "dim", Change.OTHER: "bold red", Change.ALONE: "bold red"}
SHOWN = 4  # digits of a number that is not exact
LEGEND = {
    "n": "inputs (features)",
    "m": "neurons (outputs)",
    "h": "hidden neurons",
    "k": "hidden neurons",
    "B": "examples",
}


def changes_text(changes: Sequence[Change]) -> Text:
    """Join kinds of change."""
    return Text(", ").join(Text(str(change), style=CHANGE_STYLES.get(change, "")) for change in changes)


def status_text(record: StatusRecord | None) -> Text:
    """Show a status as the ledger does."""
    if record is None:
        return Text("· not run", style="magenta")
    sign, style = STYLES[Status(record.status)]
    if record.status == Status.CONFIRMED:
        return Text(f"{sign} {record.level}", style=style)
    level = f": {record.level}" if record.status == Status.WEAKER else ""
    return Text(f"{sign} {record.status}{level}", style=style)


def _short(entry: str, exact: bool) -> str:
    return entry if exact else f"{float(Fraction(entry)):.{SHOWN}g}"


def array_text(value: Any, exact: bool) -> str:
    """Lay an array out in aligned columns; fractions exactly, others with a few digits."""
    if value is None:
        return "—"
    if isinstance(value, str):
        return _short(value, exact)
    value = [[_short(entry, exact) for entry in line] for line in value]
    widths = [max(len(line[place]) for line in value) for place in range(len(value[0]))]
    return "\n".join(
        "[ " + "  ".join(entry.rjust(width) for entry, width in zip(line, widths)) + " ]" for line in value
    )


def shape_text(shape: Sequence[str]) -> str:
    """Write a shape as code has it."""
    return f"({', '.join(shape)})" if shape else "a number"


def _line(place: str | None, text: str | None) -> Text:
    if place is None or text is None:
        return Text("—", style="dim")
    return Text.assemble((place + "\n", "dim"), text)


def claim_table(comparison: Comparison) -> Table:
    """Lay one claim out: formula, shapes, example, lines and status, column beside row."""
    columns, rows = (comparison.packages[side] for side in ("column", "row"))
    table = Table(
        title=Text(f"{comparison.id}: {comparison.title}", style="bold"),
        title_justify="left",
        pad_edge=False,
        header_style="bold",
    )
    table.add_column("")
    table.add_column(f"column ({columns})", overflow="fold")
    table.add_column(f"row ({rows})", overflow="fold")
    table.add_column("what changed", overflow="fold", max_width=16)
    table.add_row("in the paper", comparison.place["column"], comparison.place["row"], "")
    form = comparison.statement
    table.add_row("formula", Text(form.column), Text(form.row), changes_text(form.changes), end_section=True)
    for shape in comparison.shapes:
        table.add_row(
            Text(f"shape of {shape.name}"),
            Text(shape_text(shape.column)),
            Text(shape_text(shape.row)),
            changes_text([shape.change]),
        )
    table.add_section()
    _add_example(table, comparison)
    for line in comparison.lines:
        if line.computes:
            _add_line(table, line, "computes")
    table.add_section()
    for line in comparison.lines:
        if not line.computes:
            _add_line(table, line, "leads there")
    table.add_section()
    known = {record.convention: record for record in comparison.status}
    table.add_row("status", status_text(known.get("column")), status_text(known.get("row")), "")
    return table


def _add_example(table: Table, comparison: Comparison) -> None:
    example = comparison.example
    if example is None:
        table.add_row("example", "none: shown by running it", "", "", end_section=True)
        return
    for array in example.arrays:
        table.add_row(
            Text(array.name if array.given else f"{array.name} =", style="" if array.given else "bold"),
            Text(array_text(array.column, example.exact)),
            Text(array_text(array.row, example.exact)),
            changes_text([array.change]),
        )
    if example.errors:
        table.add_row(
            Text("raised", style="bold red"),
            Text(example.errors.get("column", "—")),
            Text(example.errors.get("row", "—")),
            "",
        )
    table.add_section()


def _add_line(table: Table, line: LineRecord, what: str) -> None:
    changes = changes_text(line.changes)
    if line.note:
        changes.append(f"\n{line.note}", style="dim")
    table.add_row(what, _line(line.column_place, line.column), _line(line.row_place, line.row), changes)


def show_claim(comparison: Comparison, console: Console) -> None:
    """Print one claim, what its example is, and what failed."""
    console.print(claim_table(comparison), highlight=False)
    example = comparison.example
    if example is not None:
        whose = "" if example.claim == comparison.id else f" of {example.claim}, which it rests on,"
        numbers = "exact rationals" if example.exact else f"50 digits, {SHOWN} of them shown"
        sizes = ", ".join(f"{name} = {size}" for name, size in example.sizes.items())
        legend = ", ".join(f"{name}: {LEGEND[name]}" for name in example.sizes if name in LEGEND)
        told = f"Example: part “{example.part}”{whose} run in both packages on {numbers}; {sizes} ({legend})."
        function = f" Here {example.function}." if example.function else ""
        console.print(told + function, highlight=False, markup=False)
    for record in comparison.status:
        for failure in record.failures:
            console.print(f"✗ {failure}", style="red", highlight=False, markup=False)
    console.print()


def overview(comparisons: Sequence[Comparison]) -> Table:
    """Lay all claims out, one to a line."""
    ran = any(comparison.status for comparison in comparisons)
    table = Table(pad_edge=False, header_style="bold", show_lines=True)
    table.add_column("claim", overflow="fold")
    for heading in ("column form", "row form", "formula", "arrays", "code"):
        table.add_column(heading, overflow="fold")
    if ran:
        table.add_column("column")
        table.add_column("row")
    for comparison in comparisons:
        changes: Mapping[str, Sequence[Change]] = comparison.changes
        known = {record.convention: record for record in comparison.status}
        same = comparison.statement.column == comparison.statement.row
        table.add_row(
            comparison.id,
            Text(comparison.statement.column),
            Text("the same" if same else comparison.statement.row, style="dim" if same else ""),
            *(changes_text(changes[what]) for what in ("formula", "arrays", "code")),
            *([status_text(known.get(side)) for side in ("column", "row")] if ran else []),
        )
    return table


def rules_table(records: Sequence[RuleRecord]) -> Table:
    """Lay the rule sheet out by topic: the rule, both sides, its own check and the status of each of its claims."""
    table = Table(pad_edge=False, header_style="bold", show_lines=True)
    table.add_column("")
    table.add_column("rule", ratio=3, overflow="fold")
    table.add_column("column", ratio=2, overflow="fold")
    table.add_column("row", ratio=2, overflow="fold")
    table.add_column("proved by claim (column | row)", ratio=3, overflow="fold")
    topic = ""
    for record in records:
        proof = Text("\n").join(_proof(name, told) for name, told in record.status.items())
        own = f"✗ {record.refuted}" if record.refuted else f"✓ done to numbers: {record.cases} cases"
        proof.append(f"\n{own}", style="bold red" if record.refuted else "green")
        table.add_row(
            Text(record.topic if record.topic != topic else "", style="bold"),
            Text(record.rule),
            Text(record.column),
            Text(record.row),
            proof,
        )
        topic = record.topic
    return table


def _proof(name: str, told: Sequence[StatusRecord]) -> Text:
    known = {record.convention: record for record in told}
    return Text.assemble(f"{name}: ", status_text(known.get("column")), " | ", status_text(known.get("row")))
