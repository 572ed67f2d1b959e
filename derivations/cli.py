"""The command `colrow`."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Any

import click

from . import __version__
from .accuracy.command import numerics
from .and_seeds import and_seeds
from .certificate.command import certify, verify
from .check.command import check
from .citing import cite
from .compare.command import compare, rules
from .converting.command import convert
from .errata.command import errata
from .report.command import report

CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"]}


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="colrow")
def main() -> None:
    """Confirm the derivations of backpropagation in both vector conventions.

    Example: colrow confirm
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a pipe that takes ASCII alone is no reason to stop


main.add_command(check)
main.add_command(errata)
main.add_command(and_seeds)
main.add_command(compare)
main.add_command(rules)
main.add_command(certify)
main.add_command(verify)
main.add_command(cite)
main.add_command(convert)
main.add_command(numerics)
main.add_command(report)
for command in main.commands.values():
    command.context_settings.update(CONTEXT)  # also where one is run by itself


@main.command()
@click.option(
    "--claim",
    "names",
    multiple=True,
    metavar="ID",
    help="Only this claim; an equation number will do (eq16).",
)
@click.option("--json", "as_json", is_flag=True, help="Print data instead of a table.")
@click.option("--explain", "as_log", is_flag=True, help="Print the derivation step by step; with --claim.")
@click.option("--jobs", default=0, metavar="N", help="Processes; as many as there are cores by default.")
@click.option("--seed", default=0, show_default=True, help="For everything that is drawn.")
@click.option(
    "--column", default="colnet", show_default=True, metavar="PACKAGE", help="Implementation with columns."
)
@click.option(
    "--row", default="rownet", show_default=True, metavar="PACKAGE", help="Implementation with rows."
)
def confirm(
    names: tuple[str, ...], as_json: bool, as_log: bool, jobs: int, seed: int, column: str, row: str
) -> None:
    """Run every claim on both packages and show the ledger.

    Exits with 1 when a claim fails, did not run, or stands below the level that it requires.

    Example: colrow confirm --claim weight-gradient --explain
    """
    from rich.console import Console

    from .ledger import closure, pair
    from .ledger import confirm as run
    from .progress import progress_bar
    from .registry import UnknownClaim, claims, resolve
    from .show import show
    from .subject import NoSubject, look_beside_the_caller

    try:
        wanted = resolve(names) if names else tuple(claims())
    except UnknownClaim as error:
        raise click.BadParameter(str(error), param_hint="--claim") from None
    look_beside_the_caller()
    try:
        subjects = pair((column, row))
    except ImportError as error:
        raise click.ClickException(f"{error}; is the package on the path?") from None
    except NoSubject as error:
        raise click.ClickException(str(error)) from None
    if as_log:
        if not names or as_json:
            raise click.UsageError("--explain goes with --claim, and not with --json")
        from .explain import explain

        console = Console(width=None if sys.stdout.isatty() else 160)
        for name in wanted:
            explain(claims()[name], subjects, console, seed)
    bar = progress_bar()
    with bar:
        task = bar.add_task("confirming", total=2 * len(closure(wanted)))
        ledger = run(
            wanted,
            packages=(column, row),
            seed=seed,
            jobs=jobs if jobs > 0 else os.cpu_count() or 1,
            progress=lambda claim, convention: bar.update(
                task, advance=1, description=f"{claim}, {convention}"
            ),
        )
    if as_json:
        click.echo(ledger.model_dump_json(indent=2))
    else:
        show(ledger, Console(width=None if sys.stdout.isatty() else 120))
    sys.exit(0 if ledger.holds else 1)
