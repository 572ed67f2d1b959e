"""Numbers of 50 digits, real or complex."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from .arrays import Array, each
from .errors import InexactNumberError

DIGITS = 50


def precise_context(digits: int = DIGITS) -> Any:
    """Make a private mpmath context; the global one, and whoever changes its precision, are left alone."""
    own = mpmath.MPContext()
    own.dps = digits
    return own


CONTEXT = precise_context()

# A float with so few binary places is what its author wrote (0.5, 0.25); one with more is in all
# likelihood a rounded decimal (0.1) or quotient (1 / 3), right to 16 digits only.
_SHORT = 1 << 10


def to_precise(value: Any, context: Any = CONTEXT) -> Any:
    """Turn an exact number into one of the context; None for a type that is not known.

    Floats with at most 10 binary places are taken as they are, all others refused: converting them
    exactly would carry the rounding of a double into 50 digits, where it looks like a wrong formula.
    """
    if isinstance(value, HighPrecision):
        return value.value
    if isinstance(value, (int, np.integer, np.bool_)):
        return context.mpf(int(value))
    if isinstance(value, Fraction):
        return context.mpf(value.numerator) / value.denominator
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if not (number * _SHORT).is_integer():  # also refuses infinity and NaN
            raise InexactNumberError("a number of 50 digits", value)
        return context.mpf(number)
    if isinstance(value, (complex, np.complexfloating)):
        return context.mpc(to_precise(value.real, context), to_precise(value.imag, context))
    if hasattr(value, "_mpf_"):
        return context.make_mpf(value._mpf_)
    if hasattr(value, "_mpc_"):
        return context.make_mpc(value._mpc_)
    if hasattr(value, "value"):
        return to_precise(value.value, context)
    return None


class HighPrecision:
    """A number of 50 digits, real or complex, in a context of its own.

    Complex numbers are for the complex step. They have no order: comparing one raises, so that a branch is
    never chosen by an imaginary part; `where`, `maximum` and `abs` are not analytic and need real numbers.

    Parameters
    ----------
    value : int, Fraction, mpf, mpc, Rational or float of few binary places
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = to_precise(value)
        if self.value is None:
            raise TypeError(f"not a number: {value!r}")

    @classmethod
    def array(cls, array: Any) -> Array:
        """Wrap every element."""
        return each(cls, array)

    @property
    def is_complex(self) -> bool:
        """Whether it is of the complex type, with whatever imaginary part."""
        return hasattr(self.value, "_mpc_")

    @property
    def real(self) -> HighPrecision:
        """Real part."""
        return _wrap(self.value.real)

    @property
    def imag(self) -> HighPrecision:
        """Imaginary part."""
        return _wrap(self.value.imag)

    def conjugate(self) -> HighPrecision:
        """Give the complex conjugate."""
        return _wrap(self.value.conjugate())

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
        operand = to_precise(other)
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
        return self._with(power, lambda a, b: a**b)

    def __rpow__(self, base: Any) -> Any:
        return self._with(base, lambda a, b: b**a)

    def __neg__(self) -> HighPrecision:
        return _wrap(-self.value)

    def __pos__(self) -> HighPrecision:
        return self

    def __abs__(self) -> HighPrecision:
        if self.is_complex:
            raise TypeError("abs of a complex number is not analytic: no complex step through it")
        return _wrap(abs(self.value))

    def _compared(self, other: Any, relation: Callable[[Any, Any], bool]) -> Any:
        operand = to_precise(other)
        if operand is None:
            return NotImplemented
        if self.is_complex or hasattr(operand, "_mpc_"):
            raise TypeError(f"complex numbers have no order: {self} and {other}")
        return bool(relation(self.value, operand))

    def __eq__(self, other: object) -> Any:
        operand = to_precise(other)
        return NotImplemented if operand is None else bool(self.value == operand)

    def __ne__(self, other: object) -> Any:
        operand = to_precise(other)
        return NotImplemented if operand is None else bool(self.value != operand)

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
        return bool(self.value.imag == 0 and self.value.real > 0)

    def __repr__(self) -> str:
        return str(CONTEXT.nstr(self.value, 20))

    # NumPy calls these methods from the ufuncs of the same name.

    def exp(self) -> HighPrecision:
        """Compute the exponential."""
        return _wrap(CONTEXT.exp(self.value))

    def expm1(self) -> HighPrecision:
        """Compute exp(x) - 1."""
        return _wrap(CONTEXT.expm1(self.value))

    def log(self) -> HighPrecision:
        """Compute the natural logarithm of a positive number, or of a complex one near those."""
        self._needs(self.value.real > 0, "log")
        return _wrap(CONTEXT.log(self.value))

    def log1p(self) -> HighPrecision:
        """Compute log(1 + x)."""
        self._needs(self.value.real > -1, "log1p")
        return _wrap(CONTEXT.log1p(self.value))

    def tanh(self) -> HighPrecision:
        """Compute the hyperbolic tangent."""
        return _wrap(CONTEXT.tanh(self.value))

    def sqrt(self) -> HighPrecision:
        """Compute the square root of what is not negative."""
        self._needs(self.value.real >= 0, "sqrt")
        return _wrap(CONTEXT.sqrt(self.value))

    def _needs(self, holds: bool, name: str) -> None:
        # mpmath would go on with a complex number.
        if not holds:
            raise ArithmeticError(f"{name}({self}) is outside the domain of real numbers")


def _wrap(value: Any) -> HighPrecision:
    result = HighPrecision.__new__(HighPrecision)
    result.value = value
    return result
