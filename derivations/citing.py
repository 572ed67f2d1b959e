"""How to cite Colrow, a claim of it, and the paper: the command `colrow cite`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from . import __version__

if TYPE_CHECKING:
    from .claim import Claim

# The same as in CITATION.cff, which is no part of an installation; a test holds them together.
TITLE = "Colrow: the reference check for backpropagation in both vector conventions"
AUTHORS = "The Colrow authors"
RELEASED = "2026-11-23"
PAPER_TITLE = "Neural Networks from Scratch: Insights via Linear Algebra and Object-Oriented Python"
PAPER_AUTHOR = ("Michael", "Allen")


def reference(claim: str = "", convention: str = "", version: str = __version__) -> str:
    """Give the words by which a claim is referred to: name, version, claim, convention."""
    parts = [f"Colrow {version}"]
    parts += [f"claim {claim}"] if claim else []
    parts += [f"{convention} convention"] if convention else []
    return ", ".join(parts)


def software_text() -> str:
    """Give the entry of the software as a sentence."""
    return f"{AUTHORS} ({RELEASED[:4]}). {TITLE}. Version {__version__}, released {RELEASED}. MIT licence."


def paper_text() -> str:
    """Give the entry of the paper as a sentence."""
    first, last = PAPER_AUTHOR
    return f"{last}, {first}. {PAPER_TITLE}."


def key(claim: str = "", convention: str = "") -> str:
    """Give a BibTeX key that does not change while the version stays."""
    parts = ["colrow", __version__, *([claim] if claim else []), *([convention] if convention else [])]
    return re.sub(r"[^A-Za-z0-9.:-]", "-", ":".join(parts))


def bibtex(claim: str = "", convention: str = "") -> str:
    """Give BibTeX entries of the software, naming a claim in its note, and of the paper."""
    year, month, _ = RELEASED.split("-")
    first, last = PAPER_AUTHOR
    note = f"Version {__version__}" + (
        f", {reference(claim, convention).partition(', ')[2]}" if claim else ""
    )
    software = {
        "author": f"{{{AUTHORS}}}",
        "title": f"{{Colrow}}{TITLE.removeprefix('Colrow')}",
        "year": year,
        "month": str(int(month)),
        "version": __version__,
        "note": note,
    }
    paper = {"author": f"{last}, {first}", "title": PAPER_TITLE.replace("Python", "{Python}")}
    return (
        _entry("software", key(claim, convention), software)
        + "\n\n"
        + _entry("misc", "allen-neural-networks-from-scratch", paper)
    )


def _entry(kind: str, name: str, fields: dict[str, str]) -> str:
    body = ",\n".join(f"  {field} = {{{value}}}" for field, value in fields.items())
    return f"@{kind}{{{name},\n{body}\n}}"


def _about(claim: Claim, convention: str) -> list[str]:
    from .compare.plain import plain

    sides = (convention,) if convention else ("column", "row")
    lines = [f"Claim {claim.id}: {claim.title}"]
    for side in sides:
        lines.append(f"  {side} convention: {plain(claim.statement[side])}")
        lines.append(f"    in the paper: {claim.place[side]}")
        lines.append(f"    refer to it as: {reference(claim.id, side)}")
    if claim.errata:
        lines.append(f"  errata of the printed form: {', '.join(claim.errata)} (colrow errata)")
    return lines


@click.command()
@click.argument("name", required=False, metavar="[CLAIM]")
@click.option(
    "--convention",
    type=click.Choice(["column", "row"]),
    default=None,
    help="Cite the claim in one convention.",
)
@click.option("--bibtex", "as_bibtex", is_flag=True, help="Print BibTeX entries.")
def cite(name: str | None, convention: str | None, as_bibtex: bool) -> None:
    """Say how to cite Colrow, a claim by its id and version, and the paper.

    Ids of claims do not change; what a claim says may be corrected with a version, so give both.

    \b
    Example: colrow cite
             colrow cite weight-gradient --convention row
             colrow cite eq16 --bibtex >> references.bib
    """  # noqa: D301
    if convention and not name:
        raise click.UsageError("--convention needs a claim to be named")
    claim = None
    if name:
        from .registry import UnknownClaim, claims, resolve

        try:
            (found,) = resolve([name])
        except UnknownClaim as error:
            raise click.BadParameter(str(error), param_hint="CLAIM") from None
        claim = claims()[found]
    if as_bibtex:
        click.echo(bibtex(claim.id if claim else "", convention or ""))
        return
    if claim is not None:
        click.echo("\n".join(_about(claim, convention or "")) + "\n")
    click.echo(f"Software: {software_text()}")
    click.echo(f"Paper: {paper_text()}")
    if claim is None:
        click.echo(f"A claim: by its id and the version, as “{reference('weight-gradient', 'row')}”.")
