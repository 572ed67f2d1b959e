"""The commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from . import machine


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Measure Colrow side by side with others, within one run."""


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what all of them have."""

    @click.option("--quick", is_flag=True, help="Few repeats and small sizes: to see that it runs.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON in place of tables.")
    @click.option(
        "--plot", type=click.Path(dir_okay=False, path_type=Path), help="Write a plot to this file."
    )
    @click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="For everybody.")
    @wraps(command)
    def run(*args: Any, threads: int, **kwargs: Any) -> Any:
        machine.use_threads(threads)
        return command(*args, **kwargs)

    return run


def printed(name: str, result: dict[str, Any]) -> None:
    """Print a result as JSON, with what it was measured on."""
    click.echo(json.dumps({"benchmark": name, "machine": machine.facts(), **result}, indent=1))


@main.command()
@options
def step(quick: bool, as_json: bool, plot: Path | None) -> None:
    """One training step, against straight-line NumPy, its products alone, PyTorch, and a loop over examples."""
    from . import show
    from .step import measured

    console = show.stderr()
    ratios = []
    with console.status("step") as status:
        for of in measured(quick, lambda what: status.update(what)):
            ratios += of
    if plot is not None:
        show.plot_ratios(ratios, "training step", plot)
    if as_json:
        printed("step", {"ratios": [one.told() for one in ratios]})
    else:
        show.stdout().print(show.ratio_table(ratios, "training step"))
        show.stdout().print(show.machine_line(machine.facts()))


@main.command()
@click.option("--everything", is_flag=True, help="Also what is too slow: minutes for each fault.")
@options
def faults(quick: bool, as_json: bool, plot: Path | None, everything: bool) -> None:
    """Which planted faults each checker finds: ours, PyTorch's, JAX's, SciPy's."""
    from . import faults as of
    from . import show

    with show.stderr().status("faults") as status:
        cells = list(of.cells(quick, everything, lambda what: status.update(what)))
    counts = of.found(cells)
    if plot is not None:
        of.plot(counts, plot)
    if as_json:
        printed("faults", {"counts": counts, "cells": of.told(cells)})
    else:
        out = show.stdout()
        out.print(of.cells_table(cells))
        out.print(of.counts_table(counts))
        out.print(show.machine_line(machine.facts()))
