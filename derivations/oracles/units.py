"""Differences of floats in units of rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..numbers.high_precision import CONTEXT
from .central import number
from .verdict import Array


def units(got: Array, right: Any, scale: Any = None) -> float:
    """Give the largest difference in units of the last place of ``scale``.

    Parameters
    ----------
    got : array of float64 or float32
    right : array of the same shape
        Numbers of any kind; mpf is not rounded.
    scale : number or array, optional
        Whose unit is meant; by default that of each entry of ``right``. For a sum with cancellation, give
        the sum of the absolute values.

    Returns
    -------
    float
        Infinite where ``got`` is not finite.
    """
    got = np.asarray(got)
    right = np.asarray(right, dtype=object) if not isinstance(right, np.ndarray) else right
    if got.dtype.kind != "f" or got.shape != right.shape:
        raise TypeError(f"floats of one shape are needed: {got.dtype} {got.shape} and {right.shape}")
    info = np.finfo(got.dtype)
    scales = np.broadcast_to(np.asarray(right if scale is None else scale), got.shape)
    worst = CONTEXT.mpf(0)
    for at in np.ndindex(got.shape):
        if not np.isfinite(got[at]):
            return float("inf")
        size = abs(number(scales[at]))
        power = CONTEXT.frexp(size)[1] - 1 if size else int(info.minexp)
        unit = CONTEXT.mpf(2) ** (max(int(power), int(info.minexp)) - int(info.nmant))
        worst = max(worst, abs(number(got[at]) - number(right[at])) / unit)
    return float(worst)
