"""The proof log: what was proved, step by step, in both conventions side by side."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from .claim import Claim
from .evidence import Level, NotRun, Refuted
from .laws import AnyLaw, Context, Law
from .ledger import levels_of, run_check
from .proofs import Proof, prove
from .subject import Subject


def steps(proof: Proof) -> list[tuple[str, str]]:
    """Tell one proof as named lines, from the definition to the comparison."""
    told: list[tuple[str, str]] = []
    if proof.steps is None:
        told.append(("the definition says", str(proof.defined)))
    else:
        told.append(("definition", str(proof.steps.definition)))
        told.append((f"its derivative by {proof.entry}", str(proof.steps.uncontracted)))
        told.append(("Kronecker deltas contracted", str(proof.steps.contracted)))
    told.append((f"the code returned, at {proof.entry}", str(proof.returned)))
    told.append(("both come to", str(proof.normal)))
    premises = f", if {'; '.join(proof.premises)}" if proof.premises else ""
    told.append(("so they are", f"equal at every size{premises}"))
    told.append(
        ("guard", f"both sides, as they were written, agree at {proof.points} random points of small sizes")
    )
    return told


def part(law: AnyLaw, subject: Subject) -> Group:
    """Tell what was shown of one part in one convention."""
    lines: list[Text] = []
    try:
        if isinstance(law, Law) and Level.SIZE in law.levels:
            for proof in prove(law, subject):
                for name, text in steps(proof):
                    lines.append(Text.from_markup(f"[dim]{escape(name)}:[/dim]"))
                    lines.append(Text("  " + text))
                lines.append(Text())
    except Refuted as refuted:
        lines.append(Text(str(refuted), style="bold red"))
    except NotRun as absent:
        lines.append(Text(str(absent), style="magenta"))
    return Group(*lines)


def explain(claim: Claim, subjects: Sequence[Subject], console: Console, seed: int = 0) -> None:
    """Print the proof log of a claim."""
    console.rule(f"[bold]{escape(claim.id)}[/bold]: {escape(claim.title)}")
    head = Table(show_header=True, header_style="bold", expand=True, box=None)
    for subject in subjects:
        head.add_column(
            f"{subject.convention.name}: {claim.place[subject.convention.name]}", ratio=1, overflow="fold"
        )
    head.add_row(*(escape(claim.statement[subject.convention.name]) for subject in subjects))
    console.print(head)
    if claim.uses:
        console.print(f"uses: {', '.join(claim.uses)}", highlight=False)
    if claim.argument:
        console.print(f"argument: {escape(claim.argument)}", highlight=False)
    for law in claim.laws:
        console.print()
        console.print(f"[bold]{escape(law.part)}[/bold]")
        table = Table(show_header=False, expand=True, box=None, padding=(0, 2, 0, 0))
        for _ in subjects:
            table.add_column(ratio=1, overflow="fold")
        table.add_row(*(part(law, subject) for subject in subjects))
        for level in levels_of(law):
            found = [run_check(claim, law, level, Context(subject, seed)) for subject in subjects]
            table.add_row(
                *(
                    f"[dim]{level}:[/dim] {item.outcome}, {item.cases} compared"
                    + (f": {escape(item.detail)}" if item.detail else "")
                    for item in found
                )
            )
        console.print(table)


__all__ = ["explain", "part", "steps"]
