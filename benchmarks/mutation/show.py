"""Tables for the terminal, and the same as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .equivalents import Sorted
from .mutants import Mutant
from .operators import ORDINARY, OWN
from .running import Campaign
from .store import Result

KILLED = ("killed", "timeout")


def score(killed: int, counted: int) -> str:
    """Word a share; of nothing there is none."""
    return f"{100 * killed / counted:.1f} %" if counted else "–"


class Outcome:
    """The results of a campaign, counted."""

    def __init__(self, campaign: Campaign, parted: Sorted, results: dict[str, Result]) -> None:
        self.campaign, self.parted, self.results = campaign, parted, results
        self.done = [mutant for mutant in campaign.mutants if mutant.digest in results]
        self._equivalent = {mutant.digest for mutant, _ in parted.equivalent}

    def counts(self, mutants: Sequence[Mutant]) -> Counter[str]:
        """Count what became of some mutants: by claims, by tests, timeout, equivalent, survived."""
        found: Counter[str] = Counter()
        for mutant in mutants:
            result = self.results[mutant.digest]
            if result.outcome == "timeout":
                found["timeout"] += 1
            elif result.outcome == "killed":
                claims = self.campaign.target.claims and (" | " in result.by or result.by == "import")
                found["claims" if claims else "tests"] += 1
            elif mutant.digest in self._equivalent:
                found["equivalent"] += 1
            else:
                found["survived"] += 1
        return found

    def total(self) -> Counter[str]:
        """Count all."""
        return self.counts(self.done)

    @property
    def score(self) -> str:
        """The share of non-equivalent mutants that were killed."""
        found = self.total()
        counted = sum(found.values()) - found["equivalent"]
        return score(counted - found["survived"], counted)

    def as_json(self) -> dict[str, Any]:
        """Give all that the tables hold."""
        return {
            "target": self.campaign.target.name,
            "mutants": len(self.campaign.mutants),
            "population": self.campaign.population,
            "messages": self.campaign.messages,
            "run": len(self.done),
            "total": dict(self.total()),
            "score": self.score,
            "operators": {name: dict(self.counts(found)) for name, found in self._by("operator")},
            "files": {name: dict(self.counts(found)) for name, found in self._by("file")},
            "survivors": [mutant.name for mutant in self.parted.open],
            "equivalents": [
                {"mutant": mutant.name, "argument": entry.argument} for mutant, entry in self.parted.equivalent
            ],
            "stale": [{"file": entry.file, "old": entry.old, "new": entry.new, "why": why}
                      for entry, why in self.parted.stale],
        }  # fmt: skip

    def _by(self, name: str) -> list[tuple[str, list[Mutant]]]:
        groups: dict[str, list[Mutant]] = {}
        for mutant in self.done:
            groups.setdefault(getattr(mutant, name), []).append(mutant)
        order: Callable[[str], Any] = ([*OWN, *ORDINARY].index) if name == "operator" else str
        return sorted(groups.items(), key=lambda item: order(item[0]))


COLUMNS = ("claims", "tests", "timeout", "equivalent", "survived")
SHORT = {"equivalent": "equiv", "survived": "lived", "timeout": "hung"}


def show(outcome: Outcome, console: Console) -> None:
    """Print tables per operator and file, what survived, what is argued to be equivalent, and what is stale."""
    campaign = outcome.campaign
    for what in ("operator", "file"):
        table = Table(title=f"{campaign.target.name}: mutants by {what}")
        table.add_column(what, no_wrap=True)
        for column in ("mutants", *COLUMNS, "score"):
            table.add_column(SHORT.get(column, column), justify="right", no_wrap=True)
        for name, found in [*outcome._by(what), ("all", outcome.done)]:
            counts = outcome.counts(found)
            counted = len(found) - counts["equivalent"]
            cells = [str(counts[column] or "") for column in COLUMNS]
            table.add_row(name, str(len(found)), *cells, score(counted - counts["survived"], counted))
        console.print(table)
    for mutant in outcome.parted.open:
        result = outcome.results[mutant.digest]
        console.print(
            Text(f"{result.outcome}: {mutant.file}:{mutant.line} {mutant.function} ({mutant.operator})")
        )
        console.print(
            Text(f"  - {mutant.old}"), Text(f"\n  + {mutant.new}"), f"\n  after {result.ran} checks and tests"
        )
    for entry, why in outcome.parted.stale:
        console.print(Text(f"stale entry: {entry.file} {entry.function}: {entry.old} -> {entry.new}: {why}"))
    of = f" of {campaign.population}, {campaign.drawn}" if len(campaign.mutants) < campaign.population else ""
    left = len(campaign.mutants) - len(outcome.done)
    console.print(
        f"{campaign.target.name}: {len(campaign.mutants)} mutants{of}; {outcome.score} of the non-equivalent ones killed"
        f"; {len(outcome.parted.equivalent)} equivalent by argument; {campaign.messages} that change only words not run"
        + (f"; {left} not run yet" if left else "")
    )
