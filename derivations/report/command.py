"""The command `colrow report`."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import click


@click.command()
@click.option(
    "-o",
    "--output",
    "directory",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where to put the page; made if it is not there.",
)
@click.option(
    "--claim",
    "names",
    multiple=True,
    metavar="ID",
    help="Only this claim and what it uses; an equation number will do (eq16).",
)
@click.option(
    "--kills",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Which claim kills which mutants, from a file of benchmarks.mutation; what was shipped by default. "
    "May be repeated.",
)
@click.option("--pdf", is_flag=True, help="Print the page to a PDF as well; needs Chromium or Chrome.")
@click.option("--jobs", default=0, metavar="N", help="Processes; as many as there are cores by default.")
@click.option("--seed", default=0, show_default=True, help="For everything that is drawn.")
@click.option(
    "--column", default="colnet", show_default=True, metavar="PACKAGE", help="Implementation with columns."
)
@click.option(
    "--row", default="rownet", show_default=True, metavar="PACKAGE", help="Implementation with rows."
)
def report(
    directory: Path,
    names: tuple[str, ...],
    files: tuple[Path, ...],
    pdf: bool,
    jobs: int,
    seed: int,
    column: str,
    row: str,
) -> None:
    """Run every claim and write one page of HTML that shows each step of it.

    The page is DIR/colrow.html; it needs no network. Exits with 1 when a claim does not hold, or a bound on
    accuracy in floats: the page is written all the same, and shows which.

    Example: colrow report -o report
    """
    from ..certificate.writing import write_whole
    from ..ledger import closure
    from ..progress import progress_bar
    from ..registry import UnknownClaim, claims, resolve
    from ..show import summary
    from ..subject import NoSubject, look_beside_the_caller
    from .build import FILE, ExtraMissing, count, demand_extra, gather, render
    from .kills import BadKills, read, shipped
    from .pdf import NoBrowser, browser, print_page

    try:
        demand_extra()
        program = browser() if pdf else ""
        wanted = resolve(names) if names else tuple(claims())
        matrices = tuple(map(read, files)) or shipped((column, row))
    except (ExtraMissing, NoBrowser) as error:
        raise click.ClickException(str(error)) from None
    except BadKills as error:
        raise click.BadParameter(str(error), param_hint="--kills") from None
    except UnknownClaim as error:
        raise click.BadParameter(str(error), param_hint="--claim") from None
    look_beside_the_caller()
    bar = progress_bar()
    try:
        with bar:
            task = bar.add_task("running", total=count(closure(wanted)) + 1 + pdf)
            facts = gather(
                wanted,
                packages=(column, row),
                seed=seed,
                jobs=jobs if jobs > 0 else os.cpu_count() or 1,
                progress=lambda what: bar.update(task, advance=1, description=what),
            )
            facts = replace(facts, matrices=matrices)
            bar.update(task, description="writing")
            path = directory / FILE
            directory.mkdir(parents=True, exist_ok=True)
            write_whole(path, render(facts))
            bar.update(task, advance=1, description="printing" if pdf else "done")
            if pdf:
                write_whole(path.with_suffix(".pdf"), print_page(program, render(facts, opened=True)))
    except ImportError as error:
        raise click.ClickException(f"{error}; is the package on the path?") from None
    except (NoBrowser, NoSubject, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {facts.seconds:.0f} s")
    click.echo(summary(facts.ledger))
    for one in facts.inaccurate:
        click.echo(one.told)
    sys.exit(0 if facts.holds else 1)
