"""How many seeds learn AND: the command behind the numbers in the README."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

SETTINGS = ((0.001, 1000), (0.1, 1000))


def count(package: Any, seeds: int, alpha: float, epochs: int) -> int:
    """Count the seeds from 0 on with which the paper's network classifies all four rows of AND."""
    from .claims.s4_and import learns

    return sum(learns(package, seed, alpha, epochs) for seed in range(seeds))


@click.command("and-seeds")
@click.option("--seeds", default=30, show_default=True, type=click.IntRange(1), help="How many, from 0 on.")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of a table.")
def and_seeds(seeds: int, as_json: bool) -> None:
    """Measure with how many seeds the 2-3-1 tanh network learns AND.

    At the paper's defaults (1000 epochs, learning rate 0.001) and at a learning rate of 0.1.

    Example: colrow and-seeds --seeds 30
    """
    from importlib import import_module

    from rich.console import Console
    from rich.table import Table

    from .ledger import PACKAGES

    found = [
        {
            "convention": (package := import_module(name)).CONVENTION,
            "alpha": alpha,
            "epochs": epochs,
            "seeds": seeds,
            "learned": count(package, seeds, alpha, epochs),
        }
        for alpha, epochs in SETTINGS
        for name in PACKAGES
    ]
    if as_json:
        click.echo(json.dumps({"and": found}, indent=2))
        return
    table = Table(header_style="bold")
    for heading in ("learning rate", "epochs", "convention", "seeds that learn AND"):
        table.add_column(heading)
    for row in found:
        table.add_row(
            str(row["alpha"]), str(row["epochs"]), row["convention"], f"{row['learned']} of {seeds}"
        )
    Console(width=None if sys.stdout.isatty() else 100).print(table)
