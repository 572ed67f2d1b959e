"""The ledger for people: a table, and what went wrong below it."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from .evidence import Outcome, Status
from .ledger import Entry, Ledger, by_claim

STYLES = {
    Status.CONFIRMED: ("✓", "green"),
    Status.WEAKER: ("~", "yellow"),
    Status.FAILED: ("✗", "bold red"),
    Status.NOT_RUN: ("·", "magenta"),
    Status.PREMISE_FAILED: ("!", "red"),
}


def cell(entry: Entry | None) -> Text:
    """Show a status with the level that was reached."""
    if entry is None:
        return Text("—")
    sign, style = STYLES[entry.status]
    if entry.status is Status.CONFIRMED:
        return Text(f"{sign} {entry.level}", style=style)
    level = f": {entry.level}" if entry.status is Status.WEAKER else ""
    return Text(f"{sign} {entry.status}{level}", style=style)


def cases(entries: list[Entry]) -> str:
    """Count the compared entries of all checks."""
    return f"{sum(item.cases for entry in entries for item in entry.evidence if item.outcome is Outcome.PASSED):,}"


def table(ledger: Ledger) -> Table:
    """Lay the ledger out: claim, place, evidence by column and by row, what is required, comparisons made."""
    result = Table(title=None, pad_edge=False, header_style="bold")
    result.add_column("claim", no_wrap=True)
    result.add_column("place")
    for heading in ("column", "row", "required"):
        result.add_column(heading, no_wrap=True)
    result.add_column("compared", justify="right")
    for name, entries in by_claim(ledger.claims).items():
        first = next(iter(entries.values()))
        places = list(dict.fromkeys(entry.place for entry in entries.values()))
        result.add_row(
            name,
            " / ".join(places),
            cell(entries.get("column")),
            cell(entries.get("row")),
            str(first.required),
            cases(list(entries.values())),
        )
    return result


def summary(ledger: Ledger) -> str:
    """Count the statuses in one line."""
    counts = Counter(entry.status for entry in ledger.claims)
    told = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    claims, conventions = len(by_claim(ledger.claims)), len({entry.convention for entry in ledger.claims})
    return (
        f"{claims} claim{'s' * (claims != 1)} in {conventions} convention{'s' * (conventions != 1)}: {told}"
    )


def failures(ledger: Ledger) -> list[str]:
    """Tell every check that did not pass, naming claim, convention, part and level; and every failed premise."""
    told = [
        f"{entry.id} [{entry.convention}] {item.part} ({item.level}): {item.outcome}: {item.detail}"
        for entry in ledger.claims
        for item in entry.failures
    ]
    shown = {(entry.id, entry.convention) for entry in ledger.claims}
    for entry in ledger.claims:
        for used in entry.broken:
            more = "" if (used, entry.convention) in shown else f"; see colrow confirm --claim {used}"
            told.append(f"{entry.id} [{entry.convention}] uses {used}, which is not confirmed{more}")
    return told


def show(ledger: Ledger, console: Console) -> None:
    """Print the ledger."""
    console.print(table(ledger))
    for line in failures(ledger):
        console.print(f"[red]✗[/red] {escape(line)}", soft_wrap=True, highlight=False)
    console.print(f"{summary(ledger)}; seed {ledger.seed}, {ledger.seconds:.1f} s", highlight=False)
    if any(entry.status is Status.WEAKER for entry in ledger.claims):
        console.print("weaker: every check passed, at a level below the required one", highlight=False)
