"""A report on the terminal."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from .report import Answer, ClaimReport, Report

_SIGNS = {
    Answer.RIGHT: ("✓", "green"),
    Answer.WRONG: ("✗", "bold red"),
    Answer.INCONCLUSIVE: ("?", "yellow"),
    Answer.NOT_RUN: ("–", "dim"),
}


def _verdict(claim: ClaimReport) -> str:
    sign, colour = _SIGNS[claim.verdict]
    told = claim.told if not claim.expected else claim.outcome
    return f"[{colour}]{sign} {escape(told)}[/{colour}]"


def show(report: Report, console: Console) -> None:
    """Print the table, what stopped the code at higher rungs, and what is wrong, in full."""
    table = Table(title=f"{report.subject}, {report.convention} convention", title_justify="left")
    table.add_column("claim", no_wrap=True)
    table.add_column("place")
    table.add_column("verdict", no_wrap=True)
    table.add_column("compared", justify="right", no_wrap=True)
    for claim in report.claims:
        table.add_row(
            claim.id, escape(claim.place), _verdict(claim), f"{sum(r.cases for r in claim.rungs):,}"
        )
    console.print(table)
    _show_stops(report, console)
    for claim in report.claims:
        if claim.verdict is Answer.RIGHT and not claim.expected:
            continue
        if claim.verdict is Answer.NOT_RUN and not claim.expected:
            continue
        console.print()
        _show_claim(claim, console)
    _show_notes(report, console)
    console.print()
    console.print(summary(report), highlight=False)


def _show_stops(report: Report, console: Console) -> None:
    stops: dict[str, list[str]] = {}
    for claim in report.claims:
        for level, why in claim.stops.items():
            stops.setdefault(f"{level}: {why}", []).append(claim.id)
    if stops:
        console.print("\nWhat stopped the code on higher rungs:", highlight=False)
        for told, names in stops.items():
            console.print(f"  {escape(told)}", style="dim", highlight=False, soft_wrap=True)
            console.print(f"    in {', '.join(names)}", style="dim", highlight=False)


def _show_claim(claim: ClaimReport, console: Console) -> None:
    text, _, _ = claim.message().partition("to see it:")
    first, *rest = text.rstrip().splitlines()
    colour = _SIGNS[claim.verdict][1] if not claim.ok else "default"
    console.print(f"[{colour}]{escape(first)}[/{colour}]", highlight=False)
    for line in rest:
        console.print(escape(line), highlight=False, soft_wrap=True)
    shown = next((finding.reproduction for finding in claim.findings if finding.reproduction), "")
    if shown:
        console.print("to see it:")
        console.print(Syntax(shown, "python", background_color="default", word_wrap=False))


def _show_notes(report: Report, console: Console) -> None:
    notes: dict[str, list[str]] = {}
    for claim in report.claims:
        for note in claim.notes:
            notes.setdefault(note, []).append(claim.id)
    for effect in report.side_effects:
        console.print(f"\n[yellow]side effect:[/yellow] {escape(effect)}", highlight=False)
    if notes:
        console.print("\nNotes:", highlight=False)
        for note, names in notes.items():
            told = f"{', '.join(names[:4])}{' …' if len(names) > 4 else ''}"
            console.print(f"  {escape(note)} ({told})", style="dim", highlight=False, soft_wrap=True)


def summary(report: Report) -> str:
    """Count the verdicts in one line."""
    counted = Counter(claim.verdict for claim in report.claims)
    parts = [f"{counted[answer]} {answer}" for answer in Answer if counted[answer]]
    line = f"{', '.join(parts) or 'nothing to check'}; seed {report.seed}, {report.seconds:.1f} s"
    if report.moved:
        line += f"; {report.moved} points at kinks or swamped by rounding were moved"
    unexpected = [claim.id for claim in report.claims if claim.expected and not claim.ok]
    if unexpected:
        line += f"; expected to fail, but did not: {', '.join(unexpected)}"
    return line
