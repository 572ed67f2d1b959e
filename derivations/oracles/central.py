"""Central differences against a claimed gradient: right, wrong or inconclusive."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from ..numbers.high_precision import CONTEXT, HighPrecision, to_precise
from ..numbers.rational import Rational
from .slope import FLOAT32, FLOAT64, PRECISE, Kind, Slope, measured_noise, slope
from .verdict import Answer, Array, Verdict

Function = Callable[[Array], Any]


def number(value: Any) -> Any:
    """Turn a scalar, or an array of one element, into a number of 50 digits; floats as they are."""
    if isinstance(value, np.ndarray):
        if value.size != 1:
            raise TypeError(f"a scalar function gave an array of shape {value.shape}")
        value = value.reshape(-1)[0]
    if isinstance(value, (float, np.floating)):
        return CONTEXT.mpf(float(value))
    result = to_precise(value, CONTEXT)
    if result is None:
        raise TypeError(f"not a number: {value!r}")
    return result


def kind_of(x: Array) -> Kind:
    """Say of which kind the elements are."""
    if x.dtype == np.float64:
        return FLOAT64
    if x.dtype == np.float32:
        return FLOAT32
    if x.dtype == object:
        return PRECISE
    raise TypeError(f"no differences for dtype {x.dtype}; give float64, float32 or an object array")


def moved(x: Array, at: tuple[int, ...], step: Any) -> Array:
    """Give a copy of ``x`` with ``step`` added to one entry, in the type of that entry."""
    result = x.copy()
    if x.dtype == object:
        item = x[at]
        result[at] = item + (HighPrecision(step) if isinstance(item, HighPrecision) else step)
    else:
        # In float64 also for float32, so that the entry is rounded once.
        result[at] = float(x[at]) + float(step)
    return result


def _made_precise(x: Array) -> Array:
    if x.dtype != object or not any(isinstance(item, (int, Fraction, Rational)) for item in x.flat):
        return x
    result = np.empty(x.shape, dtype=object)
    for at in np.ndindex(x.shape):
        result[at] = HighPrecision(x[at])
    return result


def central_differences(
    function: Function,
    x: Array,
    gradient: Array,
    *,
    entries: Iterable[tuple[int, ...]] | None = None,
    accuracy: float | None = None,
) -> Verdict:
    """Judge a claimed gradient of a scalar function, entry by entry.

    Each entry's difference from the claim is held against what the oracle itself may be off by (see
    `slope`): if it is larger, by half of the digits of the largest entry, the claim
    is wrong. It is right only if that uncertainty is below ``accuracy`` times the largest entry: all is
    relative to the gradient's own scale, never to 1 or to the value of the function.

    Parameters
    ----------
    function : callable
        From an array like ``x`` to a number.
    x : array
        float64, float32, or objects (mpf, HighPrecision; rationals are taken to 50 digits). Not changed.
    gradient : array of the shape of ``x``
        The claim.
    entries : iterable of indices, optional
        Which entries to look at; all by default.
    accuracy : float, optional
        By default 1e-25 for 50 digits, the cube root of the unit of rounding for floats.
    """
    x = np.asarray(x)
    gradient = np.asarray(gradient)
    if gradient.shape != x.shape:
        return Verdict(Answer.WRONG, f"the gradient has shape {gradient.shape}, its variable {x.shape}")
    x = _made_precise(x)
    kind = kind_of(x)
    if accuracy is not None:
        kind = Kind(kind.name, kind.unit, CONTEXT.mpf(accuracy), kind.first, kind.ratio, kind.count)
    claimed = {at: _claim(gradient[at]) for at in np.ndindex(x.shape)}
    for at, value in claimed.items():
        if value is None:
            return Verdict(Answer.WRONG, "not a finite real number", at, got=gradient[at])
    chosen = list(entries) if entries is not None else list(claimed)
    if not chosen:
        return Verdict(Answer.INCONCLUSIVE, "no entry was looked at")
    try:
        noise = measured_noise(lambda t: number(function(_all_moved(x, t))), kind)
    except (ArithmeticError, ValueError) as error:
        return Verdict(Answer.INCONCLUSIVE, f"the function has no values around the point: {error}")
    scale = max(abs(claimed[at]) for at in chosen)
    return _judge(function, x, gradient, claimed, chosen, kind, noise, scale)


def _claim(value: Any) -> Any:
    result = number(value)
    return result if CONTEXT.isfinite(result) and not hasattr(result, "_mpc_") else None


def _all_moved(x: Array, step: Any) -> Array:
    if x.dtype != object:
        return (x.astype(np.float64) * (1 + float(step)) + float(step)).astype(x.dtype)
    result = x
    for at in np.ndindex(x.shape):
        result = moved(result, at, step)
    return result


def _judge(
    function: Function,
    x: Array,
    gradient: Array,
    claimed: dict[tuple[int, ...], Any],
    chosen: list[tuple[int, ...]],
    kind: Kind,
    noise: Any,
    scale: Any,
) -> Verdict:
    estimate = np.full(x.shape, None, dtype=object)
    found: dict[tuple[int, ...], Slope] = {}
    for at in chosen:
        size = max(CONTEXT.mpf(1), abs(number(x[at])))

        def along(step: Any, at: tuple[int, ...] = at) -> Any:
            return number(function(moved(x, at, step)))

        line = slope(along, kind, noise, scale, size)
        found[at] = line
        estimate[at] = line.value
    # The scale is the gradient's own: of the claim or of the estimate, whichever is smaller, so that a
    # claim that is far too large does not make its own error look small.
    known = [abs(line.value) for line in found.values() if line.value is not None]
    scale = min(scale, max(known, default=CONTEXT.mpf(0)))
    undecided: Verdict | None = None
    for at, line in found.items():
        verdict = _entry(at, line, claimed[at], gradient[at], kind, scale, estimate)
        if verdict is not None and verdict.wrong:
            return verdict
        if undecided is None:
            undecided = verdict
    if undecided is not None:
        return undecided
    return Verdict(Answer.RIGHT, f"{len(chosen)} entries, {kind.name}", estimate=estimate)


def _entry(
    at: tuple[int, ...], line: Slope, claim: Any, got: Any, kind: Kind, scale: Any, estimate: Array
) -> Verdict | None:
    """Judge one entry; None for right."""

    def verdict(answer: Answer, why: str) -> Verdict:
        return Verdict(answer, why, at, line.value, got, line.error, estimate)

    if not line.smooth:
        return verdict(Answer.INCONCLUSIVE, line.why)
    off = abs(line.value - claim)
    # The claim was computed with rounding of its own: half of the largest entry's digits are left to it.
    if off > line.error + CONTEXT.sqrt(kind.unit) * max(abs(line.value), scale):
        return verdict(Answer.WRONG, line.why)
    if line.error <= kind.accuracy * max(abs(line.value), scale):
        return None
    return verdict(Answer.INCONCLUSIVE, line.why)
