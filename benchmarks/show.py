"""Tables and plots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from .ratios import Ratio


def spelled(seconds: float | None) -> str:
    """Give a time with three digits in the unit that fits."""
    if seconds is None:
        return "not run"
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def number(one: Ratio) -> str:
    """Give a ratio with two places, or three digits where it is large; and its median."""
    if one.ratio is None or one.median_ratio is None:
        return "not run"
    return " ".join(
        form.format(f"{value:.2f}" if value < 100 else f"{value:.0f}")
        for form, value in (("{}", one.ratio), ("({})", one.median_ratio))
    )


def ratio_table(ratios: Sequence[Ratio], title: str) -> Table:
    """Lay ratios out, one line for each piece of work: below 1 we are faster."""
    caption = "our time over theirs: least of the repeats (median of the ratios within a repeat); below 1 ours is less"
    table = Table(title=title, caption=caption)
    against = list(dict.fromkeys(one.against for one in ratios))
    for heading in ("work", "convention", "dtype"):
        table.add_column(heading, no_wrap=True)
    for heading in ("ours", *against):
        table.add_column(heading, justify="right", no_wrap=True)
    lines: dict[tuple[str, str, str], dict[str, Ratio]] = {}
    for one in ratios:
        lines.setdefault((one.work, one.convention, one.dtype), {})[one.against] = one
    before = ""
    for key, of in lines.items():
        if before and key[0] != before:
            table.add_section()
        before = key[0]
        cells = [number(of[name]) if name in of else "" for name in against]
        table.add_row(*key, spelled(next(iter(of.values())).ours), *cells)
    return table


def plotting() -> Any:
    """Import matplotlib for drawing into files.

    Raises
    ------
    click.ClickException
        When it is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        raise click.ClickException("a plot needs matplotlib, which is not installed") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def plot_ratios(ratios: Sequence[Ratio], title: str, path: Path) -> None:
    """Draw ratios on a logarithmic axis, one panel for each dtype."""
    plt = plotting()
    shown = [one for one in ratios if one.ratio is not None]
    dtypes = list(dict.fromkeys(one.dtype for one in shown))
    figure, axes = plt.subplots(
        1, len(dtypes), figsize=(6 * len(dtypes), 1 + 0.28 * len(shown) / len(dtypes)), squeeze=False
    )
    for axis, dtype in zip(axes[0], dtypes):
        of = [one for one in shown if one.dtype == dtype][::-1]
        places = range(len(of))
        colours = {name: f"C{n}" for n, name in enumerate(dict.fromkeys(one.against for one in shown))}
        axis.barh(places, [one.ratio for one in of], color=[colours[one.against] for one in of])
        axis.set_yticks(places, [f"{one.work}, {one.convention} / {one.against}" for one in of], fontsize=7)
        axis.axvline(1, color="black", linewidth=0.8)
        axis.set_xscale("log")
        axis.set_xlabel("our time / theirs")
        axis.set_title(f"{title}, {dtype}", fontsize=9)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


def stdout() -> Console:
    """Give the console for results; wide enough for the tables where nobody's window says how wide."""
    console = Console()
    return console if console.is_terminal else Console(width=170)


def stderr() -> Console:
    """Give the console for what is no result."""
    return Console(stderr=True)


def machine_line(facts: dict[str, object]) -> str:
    """Tell in one line what was measured on."""
    return ", ".join(f"{name} {value}" for name, value in facts.items())
