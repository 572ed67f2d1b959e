"""The commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from . import machine
from .ratios import Ratio, ratio
from .timing import clock


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


def finish(
    name: str,
    title: str,
    ratios: list[Ratio],
    others: list[Ratio],
    as_json: bool,
    plot: Path | None,
    measured_by: str,
) -> None:
    """Show ratios: those against straight-line NumPy, products, PyTorch and the loop, and others."""
    from . import show

    if plot is not None:
        show.plot_ratios(ratios + others, title, plot)
    if as_json:
        ran = [one for one in ratios if one.ratio is not None]
        missing = sorted({one.against for one in ratios + others if one.ratio is None})
        printed(
            name,
            {
                "ratios": [one.told() for one in ran],
                "others": [one.told() for one in others if one.ratio is not None],
                "not_run": missing,
                "clock": measured_by,
            },
        )
        return
    out = show.stdout()
    out.print(show.ratio_table(ratios + others, f"{title} (clock: {measured_by})"))
    out.print(show.machine_line(machine.facts()))


@main.command()
@options
def step(quick: bool, as_json: bool, plot: Path | None) -> None:
    """One training step, against straight-line NumPy, its products alone, PyTorch, and a loop over examples."""
    from . import show
    from .step import measured

    ratios, others = [], []
    with show.stderr().status("step") as status:
        for of, more in measured(quick, lambda what: status.update(what)):
            ratios += of
            others += more
    finish("step", "training step", ratios, others, as_json, plot, clock()[0])


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


@main.command()
@options
def layout(quick: bool, as_json: bool, plot: Path | None) -> None:
    """Row against column, operation by operation: where the memory layout makes a difference."""
    from . import layouts as of
    from . import show

    if plot is not None:
        raise click.UsageError("layout has no plot")
    with show.stderr().status("layout") as status:
        operations = list(of.measured(quick, status.update))
    if as_json:
        printed("layout", {"operations": [one.told() for one in operations]})
    else:
        show.stdout().print(of.table(operations))
        show.stdout().print(show.machine_line(machine.facts()))


@main.command()
@options
def check(quick: bool, as_json: bool, plot: Path | None) -> None:
    """The check of a network's gradients, against PyTorch's gradcheck and JAX's check_grads, by parameters."""
    from . import show
    from .checking import measured

    ratios, others = [], []
    with show.stderr().status("check") as status:
        for of, more in measured(quick, lambda what: status.update(what)):
            ratios += of
            others += more
    finish("check", "checking gradients", ratios, others, as_json, plot, "wall")


@main.command()
@options
def proof(quick: bool, as_json: bool, plot: Path | None) -> None:
    """Proofs: for every size against the depth; on symbols against the width, beside plain differentiation."""
    from . import proof as of
    from . import show

    repeats = 1 if quick else 3
    with show.stderr().status("proof") as status:
        told = status.update
        points = list(of.by_depth(of.DEPTHS[:2] if quick else of.DEPTHS, repeats, told))
        ratios = []
        for ours, plain, times, others in of.by_width(of.WIDTHS[:1] if quick else of.WIDTHS, 1, told):
            points += [ours, plain]
            work = f"proof on symbols, width {ours.number}"
            ratios.append(ratio(work, "column", "symbols", "straight-line", times, others))
    if plot is not None:
        of.plot(points, plot)
    if as_json:
        printed("proof", {"ratios": [one.told() for one in ratios], "times": [one.told() for one in points]})
    else:
        out = show.stdout()
        out.print(of.table(points))
        out.print(
            show.ratio_table(
                ratios, "proof on symbols, against writing the loss out and `diff` by each entry"
            )
        )
        out.print(show.machine_line(machine.facts()))


@main.command()
@click.option("--epochs", type=click.IntRange(1), default=30, show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="How many.")
@options
def digits(quick: bool, as_json: bool, plot: Path | None, epochs: int, seeds: int) -> None:
    """Train 64-128-64-10 on the digits in both conventions, beside scikit-learn's classifier."""
    from . import digits as of
    from . import show

    if not machine.has("sklearn"):
        if as_json:
            printed("digits", {"runs": [], "not_run": "scikit-learn is not installed"})
        else:
            show.stdout().print("not run: scikit-learn is not installed")
        return
    if quick:
        epochs, seeds = 2, 1
    with show.stderr().status("digits") as status:
        runs = [of.trained(seed, epochs, 1 if quick else 20, status.update) for seed in range(seeds)]
    if plot is not None:
        of.plot(runs, plot)
    if as_json:
        printed("digits", {"runs": [one.told() for one in runs]})
    else:
        show.stdout().print(of.table(runs))
        show.stdout().print(show.machine_line(machine.facts()))
