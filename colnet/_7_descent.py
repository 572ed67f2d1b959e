"""Gradient descent: one step, and how the learning rate may change from step to step (equations 19, 20)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from ._1_edge import Array, DomainError, as_python, as_rate, as_size, message, one_of


def descend(parameter: Array, gradient: Array, alpha: Any) -> Array:
    """Return the parameter after one step against its gradient; the old array stays as it is ((19), (20))."""
    # A sum is taken into the product's memory, a difference is not.
    return parameter + -as_python(alpha) * gradient


class Schedule(ABC):
    """A learning rate for each step; it changes alpha and nothing else."""

    @abstractmethod
    def __call__(self, step: int) -> Any:
        """Return alpha for a step, counted from 0 over all updates."""


class Constant(Schedule):
    """The same alpha at every step."""

    def __init__(self, alpha: Any) -> None:
        self.alpha = as_rate(alpha, "Constant: alpha")

    def __call__(self, step: int) -> Any:
        return self.alpha


class StepDecay(Schedule):
    """alpha times ``factor`` once more after every ``every`` steps."""

    def __init__(self, alpha: Any, every: int, factor: float = 0.5) -> None:
        self.alpha = as_rate(alpha, "StepDecay: alpha")
        self.every = as_size(every, "StepDecay: every")
        self.factor = _as_factor(factor, "StepDecay: factor")

    def __call__(self, step: int) -> Any:
        return self.alpha * self.factor ** (step // self.every)


class ExponentialDecay(Schedule):
    """alpha times ``factor`` to the power of the step."""

    def __init__(self, alpha: Any, factor: float) -> None:
        self.alpha = as_rate(alpha, "ExponentialDecay: alpha")
        self.factor = _as_factor(factor, "ExponentialDecay: factor")

    def __call__(self, step: int) -> Any:
        return self.alpha * self.factor**step


class CosineDecay(Schedule):
    """From alpha down to ``end`` along half a cosine over ``steps`` steps, then constant."""

    def __init__(self, alpha: Any, steps: int, end: Any) -> None:
        self.alpha = as_rate(alpha, "CosineDecay: alpha")
        self.steps = as_size(steps, "CosineDecay: steps")
        self.end = as_rate(end, "CosineDecay: end")
        if self.end > self.alpha:
            raise DomainError(message("CosineDecay: end", repr(end), f"at most alpha = {alpha}"))

    def __call__(self, step: int) -> Any:
        done = min(step / self.steps, 1)
        return self.end + (self.alpha - self.end) * (1 + math.cos(math.pi * done)) / 2


def _as_factor(value: Any, where: str) -> Any:
    factor = as_rate(value, where)
    if factor > 1:
        raise DomainError(message(where, repr(value), "a factor of at most 1"))
    return factor


SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "constant": Constant,
    "step": StepDecay,
    "exponential": ExponentialDecay,
    "cosine": CosineDecay,
}


def schedule(name: str, alpha: Any, **settings: Any) -> Schedule:
    """Make a schedule by its name: constant, step, exponential or cosine."""
    return SCHEDULES[one_of(name, SCHEDULES, "schedule")](alpha, **settings)
