"""What a wrong array looks like, next to the right one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def causes(got: Any, right: Any, named: Mapping[str, float] | None = None) -> str:
    """Say in words of which image of the right array the wrong one is; empty when it is none that is known.

    Parameters
    ----------
    got, right : float arrays
        What was computed and what is right.
    named : mapping, optional
        Names of numbers that a factor may be, such as the batch size.
    """
    if got.shape != right.shape:
        return "equals the transpose" if got.shape == right.shape[::-1] and np.allclose(got.T, right) else ""
    if not np.isfinite(got).all():
        return "not finite"
    if not got.any():
        return "zero everywhere"
    if right.ndim == 2 and right.shape[0] == right.shape[1] and np.allclose(got, right.T):
        return "equals the transpose"
    big = np.abs(right) > np.abs(right).max() * 1e-6
    ratios = got[big] / right[big]
    factor = float(ratios.flat[0]) if ratios.size else 0.0
    if ratios.size > 1 and np.allclose(got, factor * right, rtol=1e-6) and factor != 0:
        if np.isclose(factor, -1):
            return "sign flipped"
        names = {"2": 2.0, "1/2": 0.5, **(named or {})}
        match = next(
            (name for name, value in names.items() if np.isclose(abs(factor), value)), f"{abs(factor):.6g}"
        )
        return f"{'minus ' if factor < 0 else ''}{match} times the right one"
    return ""
