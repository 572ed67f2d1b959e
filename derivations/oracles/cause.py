"""What a wrong array looks like beside the right one: the likely causes, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .verdict import Array

# Two gradients that are both computed in float64 by a few thousand operations agree to far more than half of
# their digits; a cause that is only so near is no coincidence either. This decides about words, no verdict.
_NEAR = float(np.sqrt(np.finfo(np.float64).eps))

_UNNAMED = re.compile(r"by a factor of (?![234]$)")


def _same(left: Array, right: Array) -> bool:
    if left.shape != right.shape or not left.size:
        return False
    scale = float(np.abs(right).max())
    if not scale or not np.isfinite(scale) or not np.isfinite(left).all():
        return False  # beside something infinite everything would be near
    return bool(np.abs(left - right).max() <= _NEAR * scale)


def first_wrong_entry(got: Any, right: Any, tolerance: Any = 0) -> tuple[int, ...] | None:
    """Give the first index at which two arrays of one shape differ by more than ``tolerance``, or None.

    Works on floats and on exact objects. What cannot be compared (NaN) differs.
    """
    got, right = np.asarray(got), np.asarray(right)
    if got.shape != right.shape:
        raise ValueError(f"shapes {got.shape} and {right.shape}: every entry is wrong")
    for at in np.ndindex(right.shape):
        if not abs(got[at] - right[at]) <= tolerance:
            return at
    return None


def cause(
    got: Any,
    right: Any,
    sizes: Mapping[str, int] | None = None,
    alternatives: Mapping[str, Any] | None = None,
) -> list[str]:
    """Say what the wrong array ``got`` looks like; an empty list if it looks like nothing known.

    Parameters
    ----------
    got, right : array of floats
        The wrong one and the right one.
    sizes : mapping of name to size, optional
        Such as ``{"the batch size": 4}``: a factor that is one of them, or one over it, is named.
    alternatives : mapping of name to array, optional
        Other quantities that it might be: ``{"the gradient at the updated weights": …}``.
    """
    got, right = np.asarray(got, dtype=float), np.asarray(right, dtype=float)
    return list(dict.fromkeys(_causes(got, right, dict(sizes or {}), dict(alternatives or {}))))


def _causes(got: Array, right: Array, sizes: dict[str, int], alternatives: dict[str, Any]) -> Iterator[str]:
    for name, other in alternatives.items():
        # A mistake that changes nothing here, at a batch of 1 say, is none that was made.
        if _same(got, np.asarray(other, dtype=float)) and not _same(right, np.asarray(other, dtype=float)):
            yield f"equals {name}"
    if got.shape == right.shape:
        yield from _alike(got, right, sizes)
    else:
        yield f"has shape {got.shape} instead of {right.shape}"
    if right.ndim == 2 and got.shape == right.T.shape and right.size > max(right.shape):
        if _same(got, right.T):
            yield "equals the transpose"
        elif _same(got, -right.T):
            yield "equals minus the transpose"
    yield from _reshaped(got, right)


def _alike(got: Array, right: Array, sizes: dict[str, int]) -> Iterator[str]:
    if not np.isfinite(got).all():
        yield "is not finite"
        return
    if not got.any() and right.any():
        yield "is zero everywhere"
        return
    if not right.any():
        return
    at = np.unravel_index(int(np.abs(right).argmax()), right.shape)
    factor = float(got[at] / right[at])
    if factor and abs(factor - 1) > _NEAR and _same(got, factor * right):
        told = _factor(factor, sizes)
        # A single number is a multiple of any other: only a factor that has a name says something then.
        if np.count_nonzero(right) > 1 or not _UNNAMED.search(told):
            yield told
        return
    wrong = np.abs(got - right) > _NEAR * np.abs(right).max()
    where = [tuple(int(i) for i in index) for index in np.argwhere(wrong)]
    limit = float(np.abs(got).max())
    # Less than single precision resolves is cut off by no one.
    if 0 < limit < np.abs(right).max() * (1 - 1e-6) and _same(got, np.clip(right, -limit, limit)):
        yield f"is clipped at {limit:.6g}"
    if len(where) == 1 and right.size > 1:
        yield f"only entry {where[0]} is wrong"
    elif where and _same(np.abs(got), np.abs(right)):
        yield f"has the wrong sign in {len(where)} of {right.size} entries"


def _factor(factor: float, sizes: dict[str, int]) -> str:
    sign, size = ("the sign is flipped", -factor) if factor < 0 else ("", factor)
    known: dict[float, list[str]] = {}
    for name, value in sizes.items():
        if value != 1:
            known.setdefault(float(value), []).append(f"larger by {name} ({value})")
            known.setdefault(1 / value, []).append(f"smaller by {name} ({value})")
    # Where a size explains a factor, the plain number would say less; 2 is also the 2 of a square.
    for value in (2, 3, 4):
        if value == 2 or float(value) not in known:
            known.setdefault(float(value), []).append(f"larger by a factor of {value}")
            known.setdefault(1 / value, []).append(f"smaller by a factor of {value}")
    told = [words for value, several in known.items() if abs(size / value - 1) <= _NEAR for words in several]
    if abs(size - 1) <= _NEAR:
        return sign
    plain = f"larger by a factor of {size:.10g}" if size > 1 else f"smaller by a factor of {1 / size:.10g}"
    amount = " or ".join(told) if told else plain
    return f"{sign}, and {amount}" if sign else amount


def _reshaped(got: Array, right: Array) -> Iterator[str]:
    """Name sums, means and broadcasts over an axis."""
    same_size = right.size and got.size == right.size and got.ndim != right.ndim
    if same_size and _same(got.reshape(-1), right.reshape(-1)):
        yield f"has the right values, but {got.ndim} axes instead of {right.ndim}"
    for axis in range(right.ndim):
        if right.shape[axis] < 2:
            continue
        for name, reduced in (("sum", right.sum(axis=axis)), ("mean", right.mean(axis=axis))):
            kept = np.expand_dims(reduced, axis)
            if _same(got, reduced) or _same(got, kept) or _same(got, np.broadcast_to(kept, right.shape)):
                yield f"equals the {name} over axis {axis}"
    for axis in range(got.ndim):
        if got.shape[axis] < 2 or got.ndim != right.ndim:
            continue
        for name, reduced in (("sum", got.sum(axis=axis)), ("mean", got.mean(axis=axis))):
            kept = np.expand_dims(reduced, axis)
            if got.shape != right.shape and _same(kept, right):
                yield f"a {name} over axis {axis} is missing"
