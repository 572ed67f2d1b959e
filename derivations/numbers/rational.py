"""Exact rationals that refuse floats."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from .arrays import Array, each
from .errors import InexactNumberError


class NotRationalError(ArithmeticError):
    """The result of this function is not rational."""


def _fraction(value: Any) -> Fraction | None:
    """Give an exact operand as a Fraction; None for a type that is not known; floats raise."""
    if isinstance(value, Rational):
        return value.value
    if isinstance(value, Fraction):
        return value
    # A comparison gives booleans, and a mask is multiplied as 0 or 1: exact.
    if isinstance(value, (int, np.integer, np.bool_)):
        return Fraction(int(value))
    if isinstance(value, (float, complex, np.inexact)):
        raise InexactNumberError("an exact rational", value)
    return None


class Rational:
    """A rational number; every operation is exact, and a float that meets it raises.

    Python's own Fraction turns silently into a float when a float meets it. This class does not: a code
    that computes ``1 / batch`` in floats is found out instead of being off by a rounding.

    `float(r)` is allowed, for messages only; `require_exact` finds what was turned into floats.

    Parameters
    ----------
    value, denominator : int, Fraction or Rational
        The number ``value / denominator``.
    """

    __slots__ = ("value",)
    exact: ClassVar[bool] = True

    def __init__(self, value: Any, denominator: Any = 1) -> None:
        top, bottom = _fraction(value), _fraction(denominator)
        if top is None or bottom is None:
            raise TypeError(f"not a rational: {value!r} / {denominator!r}")
        self.value: Fraction = top / bottom

    @classmethod
    def array(cls, array: Any) -> Array:
        """Wrap every element."""
        return each(cls, array)

    @property
    def numerator(self) -> int:
        """Numerator in lowest terms."""
        return self.value.numerator

    @property
    def denominator(self) -> int:
        """Denominator in lowest terms."""
        return self.value.denominator

    def _with(self, other: Any, operation: Callable[[Fraction, Fraction], Fraction]) -> Any:
        operand = _fraction(other)
        return NotImplemented if operand is None else _wrap(operation(self.value, operand))

    def __add__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a + b)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a * b)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a / b)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: b / a)

    def __pow__(self, power: Any) -> Any:
        exponent = _fraction(power)
        if exponent is None:
            return NotImplemented
        if exponent.denominator != 1:
            raise NotRationalError(f"{self} ** {exponent} is not rational")
        return _wrap(Fraction(self.value ** int(exponent)))

    def __neg__(self) -> Rational:
        return _wrap(-self.value)

    def __pos__(self) -> Rational:
        return self

    def __abs__(self) -> Rational:
        return _wrap(abs(self.value))

    def _compared(self, other: Any, relation: Callable[[Fraction, Fraction], bool]) -> Any:
        operand = _fraction(other)
        return NotImplemented if operand is None else relation(self.value, operand)

    def __eq__(self, other: object) -> Any:
        return self._compared(other, lambda a, b: a == b)

    def __ne__(self, other: object) -> Any:
        return self._compared(other, lambda a, b: a != b)

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, lambda a, b: a < b)

    def __le__(self, other: Any) -> Any:
        return self._compared(other, lambda a, b: a <= b)

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, lambda a, b: a > b)

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, lambda a, b: a >= b)

    def __hash__(self) -> int:
        return hash(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        return float(self.value)

    @property
    def is_positive(self) -> bool:
        """Whether it is known to be positive, as SymPy says it; a learning rate must be."""
        return self.value > 0

    def __repr__(self) -> str:
        return str(self.value)

    def conjugate(self) -> Rational:
        """Give itself; NumPy asks for it in inner products."""
        return self

    # NumPy calls these methods from the ufuncs of the same name.

    def exp(self) -> Rational:
        """Refuse."""
        raise NotRationalError(f"exp({self}) is not rational")

    def log(self) -> Rational:
        """Refuse."""
        raise NotRationalError(f"log({self}) is not rational")

    def log1p(self) -> Rational:
        """Refuse."""
        raise NotRationalError(f"log1p({self}) is not rational")

    def expm1(self) -> Rational:
        """Refuse."""
        raise NotRationalError(f"expm1({self}) is not rational")

    def tanh(self) -> Rational:
        """Refuse."""
        raise NotRationalError(f"tanh({self}) is not rational")

    def sqrt(self) -> Rational:
        """Refuse, even for squares of rationals: whether it is rational must not depend on the draw."""
        raise NotRationalError(f"sqrt({self}) need not be rational")


def _wrap(value: Fraction) -> Rational:
    result = Rational.__new__(Rational)
    result.value = value
    return result
