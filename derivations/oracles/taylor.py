"""Directions instead of entries: for gradients of many entries, and for remainders of second order."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from ..numbers.high_precision import CONTEXT
from .central import kind_of, number
from .slope import Kind, measured_noise, slope
from .verdict import Answer, Array, Verdict

Function = Callable[[Array], Any]


def _along(function: Function, x: Array, direction: Array) -> Callable[[Any], Any]:
    def value(step: Any) -> Any:
        if x.dtype == object:
            moved = np.empty(x.shape, dtype=object)
            for at in np.ndindex(x.shape):
                moved[at] = x[at] + type(x[at])(step * int(direction[at]))
            return number(function(moved))
        return number(function((x + float(step) * direction).astype(x.dtype)))

    return value


def _inner(gradient: Array, direction: Array) -> Any:
    """Add up the entries with their signs; for floats without any rounding of their sum."""
    if gradient.dtype != object:
        terms = gradient.astype(np.float64) * direction
        return CONTEXT.mpf(math.fsum(terms.flat) if np.isfinite(terms).all() else math.nan)
    return CONTEXT.fsum(
        number(gradient[at]) * int(direction[at]) for at in np.ndindex(gradient.shape) if direction[at]
    )


def _length(gradient: Array, direction: Array) -> Any:
    """Give the root of the sum of squares of the entries that take part."""
    if gradient.dtype != object:
        return CONTEXT.mpf(math.hypot(*(gradient.astype(np.float64) * direction).flat))
    return CONTEXT.sqrt(
        CONTEXT.fsum(number(gradient[at]) ** 2 for at in np.ndindex(gradient.shape) if direction[at])
    )


def directional(
    function: Function, x: Array, gradient: Array, rng: np.random.Generator, directions: int = 4
) -> Verdict:
    """Judge a gradient along random directions of signs, and find a wrong entry by halving.

    Each direction takes a number of evaluations that does not grow with the number of entries. The slope
    along it is the signed sum of all entries: a wrong entry changes it by its whole error, whatever the
    signs of the others; it is refused when that is above the noise of the function, and above half of the
    digits of the root of the sum of squares, the scale of such a slope. Errors of several entries cancel
    along one direction at most half of the time, hence several directions.
    """
    x, gradient = np.asarray(x), np.asarray(gradient)
    if gradient.shape != x.shape:
        return Verdict(Answer.WRONG, f"the gradient has shape {gradient.shape}, its variable {x.shape}")
    if not x.size or directions < 1:
        return Verdict(Answer.INCONCLUSIVE, "no direction was looked at")
    kind = kind_of(x)
    undecided: Verdict | None = None
    for _ in range(directions):
        signs = rng.choice(np.array([-1, 1]), size=x.shape)
        verdict = _judged(function, x, gradient, signs, kind)
        if verdict.wrong:
            return _located(function, x, gradient, signs, kind, verdict)
        if verdict.inconclusive and undecided is None:
            undecided = verdict
    if undecided is not None:
        return undecided
    return Verdict(Answer.RIGHT, f"{directions} random directions, {kind.name}")


def _judged(function: Function, x: Array, gradient: Array, signs: Array, kind: Kind) -> Verdict:
    along = _along(function, x, signs)
    claim = _inner(gradient, signs)
    if not CONTEXT.isfinite(claim):
        return Verdict(Answer.WRONG, "the gradient is not finite", got=claim)
    scale = _length(gradient, signs)
    try:
        line = slope(along, kind, measured_noise(along, kind), scale)
    except (ArithmeticError, ValueError) as error:
        return Verdict(Answer.INCONCLUSIVE, f"the function has no values around the point: {error}")
    if not line.smooth:
        return Verdict(Answer.INCONCLUSIVE, line.why, None, line.value, claim, line.error)
    off = abs(line.value - claim)
    answer = Answer.INCONCLUSIVE
    if off > line.error + CONTEXT.sqrt(kind.unit) * max(abs(line.value), scale):
        answer = Answer.WRONG
    elif line.error <= kind.accuracy * max(abs(line.value), scale):
        answer = Answer.RIGHT
    return Verdict(answer, line.why, None, line.value, claim, line.error)


def _located(
    function: Function, x: Array, gradient: Array, signs: Array, kind: Kind, verdict: Verdict
) -> Verdict:
    """Halve the direction as long as one half is refused."""
    places = np.flatnonzero(signs)
    flat = signs.reshape(-1)
    while len(places) > 1:
        for half in (places[: len(places) // 2], places[len(places) // 2 :]):
            part = np.zeros_like(flat)
            part[half] = flat[half]
            found = _judged(function, x, gradient, part.reshape(x.shape), kind)
            if found.wrong:
                places, verdict = half, found
                break
        else:
            return verdict
    entry = tuple(int(i) for i in np.unravel_index(int(places[0]), x.shape))
    sign = int(flat[places[0]])
    return Verdict(
        Answer.WRONG, verdict.detail, entry, sign * verdict.expected, gradient[entry], verdict.error
    )


def taylor(
    function: Function, x: Array, gradient: Array, rng: np.random.Generator, directions: int = 2
) -> Verdict:
    """Judge a gradient by the order of the remainder f(x + h d) - f(x) - h <gradient, d>.

    It is of order 2 in h for the gradient and of order 1 for anything else; steps are halved as long as
    the remainder is above the measured noise. Right if the last orders seen are at least 1.9 on all
    directions (or the remainder is all noise, as for a linear function), wrong if they are at most 1.1,
    inconclusive otherwise. These two numbers are no tolerances of a value: they tell the order 1 from 2.
    """
    x, gradient = np.asarray(x), np.asarray(gradient)
    if gradient.shape != x.shape:
        return Verdict(Answer.WRONG, f"the gradient has shape {gradient.shape}, its variable {x.shape}")
    if not x.size or directions < 1:
        return Verdict(Answer.INCONCLUSIVE, "no direction was looked at")
    kind = kind_of(x)
    worst = Verdict(Answer.RIGHT, f"remainders of order 2, {directions} directions, {kind.name}")
    for _ in range(directions):
        signs = rng.choice(np.array([-1, 1]), size=x.shape)
        along = _along(function, x, signs)
        try:
            order, why = _order(along, _inner(gradient, signs), kind)
        except (ArithmeticError, ValueError) as error:
            return Verdict(Answer.INCONCLUSIVE, f"the function has no values around the point: {error}")
        if order is not None and order <= 1.1:
            return Verdict(Answer.WRONG, why)
        if order is None or order < 1.9:
            worst = Verdict(Answer.INCONCLUSIVE, why)
    return worst


def _order(along: Callable[[Any], Any], claim: Any, kind: Kind) -> tuple[Any, str]:
    """Give the last order of the remainder that is seen above the noise; 2 where it is all noise."""
    noise = measured_noise(along, kind)
    middle = along(CONTEXT.mpf(0))
    seen: list[Any] = []
    for number_ in range(kind.count * kind.ratio):
        step = CONTEXT.mpf(2) ** (-kind.first - number_)
        remainder = abs(along(step) - middle - step * claim)
        if remainder <= 64 * noise:  # 6 bits, so that an order is known to a few percent
            break
        seen.append(remainder)
    orders = [CONTEXT.log(big / small, 2) for big, small in pairwise(seen)]
    if not seen:
        # Nothing but noise at the largest step: the claim is right to that noise, if it is above it at all.
        enough = abs(claim) * CONTEXT.mpf(2) ** -kind.first > 64 * noise
        return (CONTEXT.mpf(2) if enough else None), "the remainder is all noise"
    if len(orders) < 2:
        return None, "too few steps above the noise"
    told = ", ".join(CONTEXT.nstr(order, 4) for order in orders[-3:])
    return sum(orders[-2:]) / 2, f"orders of the remainder {told}"
