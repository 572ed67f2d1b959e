"""The commands `colrow compare` and `colrow rules`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

Advance = Callable[[str], None]


def packages_options(command: Any) -> Any:
    """Add the options that name the two packages."""
    command = click.option(
        "--row", default="rownet", show_default=True, metavar="PACKAGE", help="Implementation with rows."
    )(command)
    return click.option(
        "--column",
        default="colnet",
        show_default=True,
        metavar="PACKAGE",
        help="Implementation with columns.",
    )(command)


def console_for(wide: int = 150) -> Console:
    """Make a console; where the output is no terminal, of a fixed width."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else wide)


@contextmanager
def _bar(label: str, total: int) -> Iterator[Advance]:
    from ..progress import progress_bar

    bar = progress_bar(clock=False)
    with bar:
        task = bar.add_task(label, total=total)
        yield lambda told: bar.update(task, advance=1, description=f"{label} {told}")


def progress(label: str, total: int) -> AbstractContextManager[Advance]:
    """Show progress on the error output, if that is a terminal."""
    return _bar(label, total)


@click.command()
@click.argument("names", nargs=-1, metavar="[CLAIM]...")
@click.option("--sizes", default="", metavar="n=3,m=2,B=4", help="Sizes for the worked example.")
@click.option(
    "--values",
    "values",
    multiple=True,
    metavar="x=[[...]]",
    help='Values of a variable, exact: [[1, 0.5], ["1/3", 2]]. May be repeated; the others are drawn.',
)
@click.option(
    "--layout",
    type=click.Choice(["column", "row"]),
    default="column",
    show_default=True,
    help="In which convention --values are laid out.",
)
@click.option("--part", default="", help="Which part of the claim to take for the example.")
@click.option("--seed", default=0, show_default=True, help="For the numbers that are drawn.")
@click.option(
    "--status/--no-status",
    "with_status",
    default=None,
    help="Run the claim's checks for its status; by default for claims that are named.",
)
@click.option("--json", "as_json", is_flag=True, help="Print data instead of tables.")
@packages_options
def compare(
    names: tuple[str, ...],
    sizes: str,
    values: tuple[str, ...],
    layout: str,
    part: str,
    seed: int,
    with_status: bool | None,
    as_json: bool,
    column: str,
    row: str,
) -> None:
    """Put the conventions side by side: formula, shapes, an example that both packages compute, and their lines.

    What changed is computed from the formulas, the results and the lines that ran. Without CLAIM, an overview of
    all claims. Exits with 1 when a claim that was run fails or did not run, or when the packages' results differ
    by more than their layout.

    \b
    Example: colrow compare weight-gradient
             colrow compare eq16 --sizes n=2,m=2,B=3
             colrow compare layer --values 'x=[[1, 2], [3, 4]]' --values 'W=[[1, "1/2"]]'
    """  # noqa: D301
    from ..ledger import confirm, pair
    from ..registry import UnknownClaim, claims, resolve
    from .changes import Change
    from .sheet import compare as side_by_side
    from .show import overview, show_claim
    from .trying import BadNumbers, parse_sizes, parse_values

    if not names and (sizes or values or part):
        raise click.UsageError("--sizes, --values and --part need a claim to be named")
    try:
        wanted = resolve(names) if names else tuple(claims())
    except UnknownClaim as error:
        raise click.BadParameter(str(error), param_hint="CLAIM") from None
    try:
        subjects = pair((column, row))
    except ImportError as error:
        raise click.ClickException(f"{error}; is the package on the path?") from None
    if with_status is None:
        with_status = bool(names)
    try:
        numbers: dict[str, Any] = {
            "sizes": parse_sizes(sizes),
            "values": parse_values(values),
            "layout": layout,
            "part": part,
        }
        entries = []
        if with_status:
            from ..ledger import closure

            with progress("confirming", 2 * len(closure(wanted))) as advance:
                entries = list(
                    confirm(
                        wanted,
                        packages=(column, row),
                        seed=seed,
                        jobs=(os.cpu_count() or 1) if len(wanted) > 5 else 1,
                        progress=lambda claim, convention: advance(f"{claim}, {convention}"),
                    ).claims
                )
        found = []
        with progress("comparing", len(wanted)) as advance:
            for name in wanted:
                own = [entry for entry in entries if entry.id == name]
                found.append(side_by_side(claims()[name], subjects, entries=own, seed=seed, **numbers))
                advance(name)
    except BadNumbers as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        data = [
            {**item.model_dump(mode="json"), "changes": {k: list(v) for k, v in item.changes.items()}}
            for item in found
        ]
        click.echo(json.dumps({"claims": data, "seed": seed}, indent=2, ensure_ascii=False))
    elif names:
        console = console_for()
        for item in found:
            show_claim(item, console)
    else:
        console = console_for()
        console.print(overview(found), highlight=False)
        if not with_status:
            console.print("The claims' checks were not run here: colrow compare --status, or colrow confirm.")
    broken = any(entry.status not in ("confirmed", "weaker") for entry in entries) or any(
        item.example is not None
        and (item.example.errors or any(array.change == Change.OTHER for array in item.example.arrays))
        for item in found
    )
    sys.exit(1 if broken else 0)


@click.command()
@click.option("--run/--no-run", "run", default=True, help="Run the checks of the claims that the rules name.")
@click.option("--seed", default=0, show_default=True, help="For the numbers that are drawn.")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of a table.")
@packages_options
def rules(run: bool, seed: int, as_json: bool, column: str, row: str) -> None:
    """Show how to translate a formula, a weight file or code from one convention into the other.

    Also how both relate to the numerator, denominator and mixed layouts of derivatives. Every rule names the claims
    that prove it, with their status as computed now, and is done to numbers with both packages. Exits with 1 when
    a rule or one of its claims fails.

    \b
    Example: colrow rules
             colrow rules --no-run
    """  # noqa: D301
    from ..ledger import closure, confirm, pair
    from .rules import RULES, judge
    from .show import rules_table

    wanted = tuple(dict.fromkeys(name for rule in RULES for name in rule.claims))
    try:
        subjects = pair((column, row))
        entries = []
        if run:
            with progress("confirming", 2 * len(closure(wanted))) as advance:
                entries = list(
                    confirm(
                        wanted,
                        packages=(column, row),
                        seed=seed,
                        jobs=(os.cpu_count() or 1) if len(wanted) > 5 else 1,
                        progress=lambda claim, convention: advance(f"{claim}, {convention}"),
                    ).claims
                )
    except ImportError as error:
        raise click.ClickException(f"{error}; is the package on the path?") from None
    records = judge(subjects, entries, seed)
    if as_json:
        data = [{**record.model_dump(mode="json"), "holds": record.holds} for record in records]
        click.echo(json.dumps({"rules": data, "seed": seed}, indent=2, ensure_ascii=False))
    else:
        console_for().print(rules_table(records), highlight=False)
    sys.exit(0 if all(record.holds for record in records) else 1)
