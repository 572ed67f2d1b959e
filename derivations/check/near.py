"""Arrays of numbers that carry a bound on the rounding of a float run: `Rounded`, an array at a time.

The values are computed in extended precision; the bounds are those of a run of the same formula in a float type
with unit u, whatever the order of its sums:

- fl(a op b) = (a op b)(1 + δ) + η, |δ| <= u, |η| at most the smallest normal number;
- a sum of n terms of magnitude M is off by at most ((1 + u)**(n - 1) - 1) M, beside the terms' own errors;
- exp, log and tanh are off by at most 4 units in the last place, 8 u relative.

With u = 0 the bounds are 0, and complex values may be used, for the complex step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1, inf, log1p
from typing import Any

import numpy as np

Array = np.typing.NDArray[Any]
_LIBRARY = 8  # units of u: 4 units in the last place


@dataclass(frozen=True)
class Unit:
    """The unit of rounding of a float type, and its smallest normal number; both 0 for no bounds at all."""

    u: float
    eta: float

    @classmethod
    def of(cls, dtype: Any) -> Unit:
        """Give those of a float type; u a little larger, which covers the rounding of the bounds themselves."""
        info = np.finfo(dtype)
        return cls(float(info.eps) / 2 * (1 + 2.0**-20), float(info.smallest_normal))

    def growth(self, count: int) -> float:
        """Give (1 + u)**count - 1; infinite where that is more than a float holds."""
        try:
            return expm1(count * log1p(self.u))
        except OverflowError:  # a million additions in half precision
            return inf


NONE = Unit(0.0, 0.0)


def _size(value: Any) -> Array:
    return np.asarray(np.abs(value), dtype=np.float64)


class Near:
    """Values and bounds of one shape."""

    __slots__ = ("error", "unit", "value")

    def __init__(self, unit: Unit, value: Any, error: Any = None) -> None:
        self.unit = unit
        self.value: Array = np.asarray(value)
        self.error: Array = np.zeros(self.value.shape) if error is None else np.asarray(error)

    def _rounded(self, value: Any, error: Any, units: int = 1) -> Near:
        charge = units * self.unit.u * (_size(value) + error) + self.unit.eta
        return Near(self.unit, value, error + charge)

    def __add__(self, other: Near) -> Near:
        value, error = self.value + other.value, self.error + other.error
        return Near(self.unit, value, error + self.unit.u * (_size(value) + error))

    def __sub__(self, other: Near) -> Near:
        return self + (-other)

    def __neg__(self) -> Near:
        return Near(self.unit, -self.value, self.error)

    def __mul__(self, other: Near) -> Near:
        a, b = _size(self.value), _size(other.value)
        error = a * other.error + b * self.error + self.error * other.error
        return self._rounded(self.value * other.value, error)

    def weighted(self, factor: Near) -> Near:
        """Multiply, where 0 times anything is 0: no slope comes from a branch that was not taken."""
        found = self * factor
        nothing = (self.value == 0) & (self.error == 0)
        if not nothing.any():
            return found
        return Near(self.unit, np.where(nothing, 0, found.value), np.where(nothing, 0.0, found.error))

    def inverse(self) -> Near:
        """Compute 1 / x."""
        size = _size(self.value)
        with np.errstate(all="ignore"):
            error = np.where(size > self.error, self.error / (size * (size - self.error)), np.inf)
            return self._rounded(1 / self.value, error)

    def total(self, axes: tuple[int, ...]) -> Near:
        """Add up along axes."""
        count = int(np.prod([self.value.shape[axis] for axis in axes], dtype=int))
        value, error = self.value.sum(axis=axes), self.error.sum(axis=axes)
        growth = self.unit.growth(count - 1)
        return Near(self.unit, value, error + growth * (_size(self.value) + self.error).sum(axis=axes))

    def contracted(self, other: Near, spec: str, count: int) -> Near:
        """Multiply and add up, as `numpy.einsum` spells it; ``count`` terms for each entry."""
        a, b = _size(self.value), _size(other.value)
        error = np.einsum(spec, a, other.error) + np.einsum(spec, self.error, b + other.error)
        growth = self.unit.growth(count)
        value = np.einsum(spec, self.value, other.value)
        if self.unit.u:
            error = error + growth * np.einsum(spec, a + self.error, b + other.error)
        return Near(self.unit, value, error + count * self.unit.eta)

    def exp(self) -> Near:
        """Compute the exponential."""
        value = np.exp(self.value)
        with np.errstate(all="ignore"):
            error = np.where(self.error > 0, _size(value) * np.expm1(self.error), 0.0)
        return self._rounded(value, error, _LIBRARY)

    def log(self) -> Near:
        """Compute the natural logarithm; NaN outside its domain."""
        with np.errstate(all="ignore"):
            value = np.log(self.value)
            share = self.error / _size(self.value)
            error = np.where(share < 1, -np.log1p(-np.minimum(share, 1)), np.inf)
        return self._rounded(value, np.where(self.error > 0, error, 0.0), _LIBRARY)

    def tanh(self) -> Near:
        """Compute the hyperbolic tangent, whose slope is at most 1."""
        return self._rounded(np.tanh(self.value), self.error, _LIBRARY)

    def chosen(self, mask: Array, other: Near) -> Near:
        """Take self where the mask holds, else the other."""
        return Near(
            self.unit, np.where(mask, self.value, other.value), np.where(mask, self.error, other.error)
        )

    def arranged(self, order: Sequence[int], shape: tuple[int, ...]) -> Near:
        """Transpose and reshape."""
        order = tuple(order)
        if shape == self.value.shape == self.error.shape and order == tuple(range(len(order))):
            return self
        return Near(
            self.unit, self.value.transpose(order).reshape(shape), self.error.transpose(order).reshape(shape)
        )

    def spread(self, shape: tuple[int, ...]) -> Near:
        """Broadcast."""
        if shape == self.value.shape == self.error.shape:
            return self
        return Near(self.unit, np.broadcast_to(self.value, shape), np.broadcast_to(self.error, shape))
