"""Central differences at 80 digits, extrapolated, with an error estimate and a third verdict: inconclusive.

The error of (F(h) - F(-h)) / 2h is a series in h**2. Three halvings and Richardson's extrapolation leave a term
of order h**8; the last two columns of the table differ by what the column before was wrong by, which bounds the
error of the last. Where the table does not settle down so, there is a kink or too little precision.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from .evidence import Inconclusive
from .world import context

MP = context(80)
STEP = MP.mpf(10) ** -6
COLUMNS = 4


def slope(function: Callable[[Any], Any]) -> tuple[Any, Any]:
    """Return the derivative of ``function(step)`` at 0, and a bound on its error.

    Raises
    ------
    Inconclusive
        When the differences do not converge with order 2.
    """
    rows: list[list[Any]] = []
    largest = MP.mpf(0)
    for halving in range(COLUMNS):
        h = STEP / 2**halving
        up, down = function(h), function(-h)
        largest = max(largest, abs(up), abs(down))
        row = [(up - down) / (2 * h)]
        for column in range(halving):
            row.append(row[-1] + (row[-1] - rows[-1][column]) / (4 ** (column + 1) - 1))
        rows.append(row)
    found = rows[-1][-1]
    # A value of F is good to some 60 of its 80 digits; a difference quotient divides that by the step.
    rounding = MP.mpf(10) ** -60 * (largest + 1) / STEP
    gaps = [abs(rows[k + 1][0] - rows[k][0]) for k in range(COLUMNS - 1)]
    # With order 2 each gap is a quarter of the one before, but for terms of order h**2 within it.
    for first, second in pairwise(gaps):
        if first > rounding * 10**6 and not abs(first / second - 4) < MP.mpf(10) ** -3:
            tried = ", ".join(MP.nstr(gap, 3) for gap in gaps)
            raise Inconclusive(f"differences do not converge with order 2: successive gaps {tried}")
    return found, abs(rows[-1][-1] - rows[-1][-2]) + rounding
