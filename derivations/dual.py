"""Dual numbers: value + slope e with e*e = 0. Exact derivatives of definitions on rationals, without SymPy."""

from __future__ import annotations

from fractions import Fraction
from typing import Any


class Dual:
    """A rational and the derivative that comes with it."""

    __slots__ = ("slope", "value")

    def __init__(self, value: Any, slope: Any = 0) -> None:
        self.value = Fraction(value)
        self.slope = Fraction(slope)

    def __add__(self, other: Any) -> Dual:
        other = _dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slope)

    def __sub__(self, other: Any) -> Dual:
        return self + -_dual(other)

    def __rsub__(self, other: Any) -> Dual:
        return _dual(other) - self

    def __mul__(self, other: Any) -> Dual:
        other = _dual(other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Dual:
        other = _dual(other)
        slope = (self.slope * other.value - self.value * other.slope) / other.value**2
        return Dual(self.value / other.value, slope)

    def __rtruediv__(self, other: Any) -> Dual:
        return _dual(other) / self

    def __pow__(self, power: int) -> Dual:
        return Dual(self.value**power, power * self.value ** (power - 1) * self.slope if power else 0)

    def __gt__(self, other: Any) -> bool:
        gap = self.value - _dual(other).value
        if gap == 0:
            raise ArithmeticError("a derivative was asked for at a kink")
        return gap > 0

    def __repr__(self) -> str:
        return f"Dual({self.value}, {self.slope})"


def _dual(value: Any) -> Dual:
    return value if isinstance(value, Dual) else Dual(value)
