"""The command `colrow numerics`."""

from __future__ import annotations

import json
import sys

import click

from ..compare.command import console_for, packages_options, progress


@click.command()
@click.option(
    "--points",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="How many to draw for each function and type.",
)
@click.option("--seed", default=0, show_default=True, help="For the points.")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of a table.")
@packages_options
def numerics(points: int, seed: int, as_json: bool, column: str, row: str) -> None:
    """Measure how accurate every activation, loss and gradient is in floats.

    Points are drawn over the whole range of float64 and float32, and the results held against 60 digits. Errors are
    in units of rounding, u = eps / 2, relative to what the last column says. Exits with 1 when a bound is exceeded,
    or when a function fails or cannot be run.

    Example: colrow numerics --points 4000
    """
    import numpy as np

    from ..subject import NoSubject, look_beside_the_caller
    from .functions import EVERYTHING
    from .measuring import measured
    from .show import table

    look_beside_the_caller()
    try:
        with progress("measuring", len(EVERYTHING)) as advance:
            rows = list(
                measured(EVERYTHING, packages=(column, row), points=points, seed=seed, progress=advance)
            )
    except ImportError as error:
        raise click.ClickException(f"{error}; is the package on the path?") from None
    except NoSubject as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        data = {
            "packages": {"column": column, "row": row},
            "numpy": np.__version__,
            "unit": "u = eps / 2, times what relative_to says",
            "points": points,
            "seed": seed,
            "rows": [one.data for one in rows],
        }
        click.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        console = console_for()
        console.print(table(rows), highlight=False)
        for one in rows:
            if not one.holds:
                console.print(one.told, markup=False, highlight=False)
        held = sum(one.holds for one in rows)
        console.print(f"{held} of {len(rows)} bounds hold at {points} points each", highlight=False)
    sys.exit(0 if all(one.holds for one in rows) else 1)
