"""The command `colrow errata`."""

from __future__ import annotations

import json
import sys

import click


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--id", "more", multiple=True, metavar="ID", help="The same as an argument.")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of a table.")
def errata(ids: tuple[str, ...], more: tuple[str, ...], as_json: bool) -> None:
    """Refute each erratum's printed form and prove the corrected one, on the spot.

    Exits with 1 when one could not be shown.

    Example: colrow errata E12
    """
    from rich.console import Console

    from .ledger import UnknownErratum, run_errata
    from .show import show

    wanted = ids + more
    try:
        results = run_errata(wanted or None)
    except UnknownErratum as error:
        raise click.BadParameter(str(error), param_hint="ID") from None
    if as_json:
        click.echo(
            json.dumps(
                {"errata": [item.model_dump(mode="json") for item in results]}, indent=2, ensure_ascii=False
            )
        )
    else:
        show(results, Console(width=None if sys.stdout.isatty() else 120), detailed=bool(wanted))
    sys.exit(0 if results and all(item.status != "failed" for item in results) else 1)
