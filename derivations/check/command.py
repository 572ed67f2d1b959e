"""The command `colrow check`."""

from __future__ import annotations

import sys

import click

from .limits import TIMEOUT, reasons


@click.command()
@click.argument("place", metavar="PACKAGE.MODULE:SUBJECT")
@click.option(
    "--claim", "names", multiple=True, metavar="ID", help="Only this claim (weight-gradient, eq16)."
)
@click.option("--sample", is_flag=True, help="Floats only: the code is not tried on symbols.")
@click.option("--fast", is_flag=True, help="One shape for each law; large gradients along random directions.")
@click.option(
    "--expect", multiple=True, metavar="ID=REASON", help="This claim is known to fail; told if it passes."
)
@click.option("--seed", default=0, show_default=True, help="For everything that is drawn.")
@click.option(
    "--timeout",
    default=TIMEOUT,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="For each rung of each part; what takes longer is stopped and told.",
)
@click.option("--json", "as_json", is_flag=True, help="Print data instead of a table.")
def check(
    place: str,
    names: tuple[str, ...],
    sample: bool,
    fast: bool,
    expect: tuple[str, ...],
    seed: int,
    timeout: float,
    as_json: bool,
) -> None:
    """Check an implementation: which equations it satisfies, which not, and why.

    The argument names a subject (see `derivations.adapters`), or a package such as colnet. It runs in a process
    of its own. Exits with 1 when a claim is wrong or undecided, or one expected to fail does not; with 2 when
    there is no such subject.

    Example: colrow check mynet:subject --claim weight-gradient
    """
    from rich.console import Console

    from ..progress import progress_bar
    from ..registry import UnknownClaim, resolve
    from .apart import Options, Stopped, check_apart
    from .show import show

    expected = reasons(expect)
    try:
        resolve(names)
    except UnknownClaim as error:
        raise click.BadParameter(str(error), param_hint="--claim") from None
    try:
        resolve(list(expected))
    except UnknownClaim as error:
        raise click.BadParameter(str(error), param_hint="--expect") from None
    bar = progress_bar()
    options = Options(sample=sample, seed=seed, fast=fast, names=names or None, expected=expected)
    seen: dict[str, None] = {}
    try:
        with bar:
            task = bar.add_task("starting", total=None)

            def told(claim: str, part: str, level: str) -> None:
                seen[claim] = None
                bar.update(task, completed=len(seen), description=f"{claim}: {part}, {level}")

            report = check_apart(place, options, timeout, told)
    except Stopped as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        click.echo(report.model_dump_json(indent=2))
    else:
        show(report, Console(width=None if sys.stdout.isatty() else 120))
    sys.exit(0 if report.ok else 1)
