"""One-sided slopes, for kinks: a claimed subgradient has to lie between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numbers.high_precision import CONTEXT
from .central import kind_of, moved, number
from .slope import Kind, _Table, measured_noise
from .verdict import Answer, Array, Verdict


@dataclass(frozen=True)
class Sides:
    """The slopes to the left and to the right, and how far each may be off (mpf)."""

    left: Any
    right: Any
    left_error: Any
    right_error: Any

    @property
    def kink(self) -> bool:
        """Whether they differ by more than they may be off."""
        return bool(abs(self.right - self.left) > self.left_error + self.right_error)


def one_sided(function: Callable[[Array], Any], x: Array, at: tuple[int, ...]) -> Sides:
    """Estimate the slopes of a scalar function by one entry, from the left and from the right.

    Richardson's extrapolation of (f(x + h) - f(x)) / h, in which every power of h occurs.

    Raises
    ------
    ArithmeticError
        When the function has no values at all on one side.
    """
    x = np.asarray(x)
    kind = kind_of(x)

    def along(step: Any) -> Any:
        return number(function(moved(x, at, step)))

    return sides(along, kind, measured_noise(along, kind))


def sides(along: Callable[[Any], Any], kind: Kind, noise: Any) -> Sides:
    """Estimate both one-sided slopes at 0 of a function of one number."""
    middle = along(CONTEXT.mpf(0))
    found = []
    for sign in (-1, 1):
        table = _Table(kind.ratio, lambda column: column + 1, 8)
        for count in range(kind.count):
            step = sign * CONTEXT.mpf(2) ** (-kind.first - kind.ratio * count)
            try:
                value = along(step)
            except (ArithmeticError, ValueError):
                continue
            if CONTEXT.isfinite(value):
                table.add((value - middle) / step, 2 * noise / abs(step))
        if table.error is None:
            raise ArithmeticError("no values on one side")
        found.append(table)
    return Sides(found[0].value, found[1].value, found[0].error, found[1].error)


def subgradient(function: Callable[[Array], Any], x: Array, at: tuple[int, ...], claim: Any) -> Verdict:
    """Judge a claimed slope by one entry, at a kink or not: right if it lies between the one-sided slopes.

    At a concave kink the interval is turned round; either way it is the one between the two slopes.
    """
    try:
        found = one_sided(function, x, at)
    except (ArithmeticError, ValueError) as failure:
        return Verdict(Answer.INCONCLUSIVE, str(failure), at, got=claim)
    kind = kind_of(np.asarray(x))
    low = min(found.left - found.left_error, found.right - found.right_error)
    high = max(found.left + found.left_error, found.right + found.right_error)
    scale = max(abs(found.left), abs(found.right))
    told = f"one-sided slopes {CONTEXT.nstr(found.left, 8)} and {CONTEXT.nstr(found.right, 8)}"
    slack = CONTEXT.sqrt(kind.unit) * scale
    error = max(found.left_error, found.right_error)
    if not low - slack <= number(claim) <= high + slack:
        return Verdict(Answer.WRONG, told, at, (found.left, found.right), claim, error)
    # One-sided differences reach half of the digits that central ones do.
    if error <= CONTEXT.sqrt(kind.accuracy) * scale or (not scale and number(claim) == 0):
        return Verdict(Answer.RIGHT, told, at, (found.left, found.right), claim, error)
    return Verdict(Answer.INCONCLUSIVE, f"too little precision: {told}", at, None, claim, error)
