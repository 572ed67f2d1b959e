"""The errata for people: a table, or one entry in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from .erratum import ErratumResult

STYLES = {"shown": ("✓", "green"), "right as printed": ("=", "yellow"), "failed": ("✗", "bold red")}


def render(results: Sequence[ErratumResult], *, detailed: bool = False) -> RenderableType:
    """Lay results out: a table of all, or each in full; below, what failed and the count."""
    body: list[RenderableType] = [_entry(item) for item in results] if detailed else [_table(results)]
    if not detailed:
        body += [
            Text(f"✗ {item.id}: {item.detail}", style="red") for item in results if item.status == "failed"
        ]
    return Group(*body, Text(summary(results)))


def summary(results: Sequence[ErratumResult]) -> str:
    """Count the statuses in one line."""
    counts = Counter(item.status for item in results)
    told = ", ".join(f"{counts[status]} {status}" for status in STYLES if counts[status])  # type: ignore[index]
    return f"{len(results)} errata: {told or 'nothing ran'}; {sum(item.seconds for item in results):.1f} s"


def show(results: Sequence[ErratumResult], console: Console, *, detailed: bool = False) -> None:
    """Print the results."""
    console.print(render(results, detailed=detailed), highlight=False)


def _status(item: ErratumResult) -> Text:
    sign, style = STYLES[item.status]
    return Text(f"{sign} {item.status}", style=style)


def _table(results: Sequence[ErratumResult]) -> Table:
    table = Table(pad_edge=False, header_style="bold")
    for heading in ("id", "kind", "place", "what", "refuted by", "proved by", "status"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "id")
    for item in results:
        table.add_row(
            item.id,
            item.kind,
            item.place,
            Text(item.title),
            item.refutation.method if item.refutation else "—",
            item.proof.method if item.proof else "—",
            _status(item),
        )
    return table


def _entry(item: ErratumResult) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(item.id), Text(f"{item.title} ({item.kind}; {item.place})"))
    grid.add_row("printed", Text(item.printed.text))
    if item.refutation:
        grid.add_row("refuted", Text(f"by {item.refutation.method}\n{item.refutation.text}"))
    grid.add_row("corrected", Text(item.corrected.text))
    if item.proof:
        grid.add_row(
            "proved", Text(f"by {item.proof.method}, {item.proof.cases} compared\n{item.proof.text}")
        )
    grid.add_row("carried by", Text(", ".join(item.claims)))
    if item.remark:
        grid.add_row("remark", Text(item.remark))
    if item.detail:
        grid.add_row("detail", Text(item.detail))
    grid.add_row("status", _status(item))
    return Group(grid, Text(""))
