"""Numbers that carry a bound on the rounding error that floats would commit: the code derives its own tolerance.

The shipped code is run on `Bounded` numbers in object arrays. Each holds the exact value (to 80 digits) and a
bound on how far the same straight-line code, run in IEEE floats with unit roundoff u, may end from it:
fl(a op b) = (a op b)(1 + d) + h with |d| <= u and h the underflow unit (Higham, Accuracy and Stability, 2.2-3.1).

Sums are charged gamma_n times the sum of magnitudes, n the number of additions: that holds for every order of
summation, so for NumPy's pairwise sums and for whatever BLAS does, with fused multiply-add or without.
Elementary functions are charged 4 units in the last place, what NumPy states for its vectorised ones.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from .world import context

MP = context(80)
ULPS = 4
ZERO = MP.mpf(0)


class Undecidable(ArithmeticError):
    """Rounding may turn a comparison round, or make a divisor 0: the code has no bound here."""


class Bounded:
    """A value and a bound on the error of its float image; subclasses fix the float format."""

    __slots__ = ("added", "adds", "base", "mag", "value")
    unit: ClassVar[Any]
    tiny: ClassVar[Any]

    def __init__(self, value: Any) -> None:
        self.value = _precise(value)
        self.base = ZERO  # error brought in by the terms
        self.adds = 0  # additions not yet charged
        self.mag = abs(self.value)  # at least the sum of the magnitudes of the terms

    @classmethod
    def _made(cls, value: Any, error: Any) -> Any:
        number = object.__new__(cls)
        number.value, number.base, number.adds, number.mag = value, error, 0, abs(value) + error
        return number

    @property
    def error(self) -> Any:
        """Bound on the absolute error of the float image."""
        if not self.adds:
            return self.base
        return self.base + self.adds * self.unit / (1 - self.adds * self.unit) * self.mag

    def _peer(self, other: Any) -> Any:
        if isinstance(other, Bounded):
            return other
        if isinstance(other, (int, float, Fraction, np.floating, np.integer)):
            return type(self)(other)
        return NotImplemented

    def __add__(self, other: Any) -> Any:
        peer = self._peer(other)
        if peer is NotImplemented:
            return NotImplemented
        if isinstance(other, int) and other == 0:  # the empty start of a sum
            return self
        number = object.__new__(type(self))
        number.value = self.value + peer.value
        number.base = self.base + peer.base
        number.adds = self.adds + peer.adds + 1
        number.mag = self.mag + peer.mag
        return number

    __radd__ = __add__

    def __neg__(self) -> Any:
        number = object.__new__(type(self))
        number.value, number.base, number.adds, number.mag = -self.value, self.base, self.adds, self.mag
        return number

    def __sub__(self, other: Any) -> Any:
        peer = self._peer(other)
        return peer if peer is NotImplemented else self + -peer

    def __rsub__(self, other: Any) -> Any:
        peer = self._peer(other)
        return peer if peer is NotImplemented else peer + -self

    def __mul__(self, other: Any) -> Any:
        peer = self._peer(other)
        if peer is NotImplemented:
            return NotImplemented
        a, b, ea, eb = abs(self.value), abs(peer.value), self.error, peer.error
        error = a * eb + b * ea + ea * eb
        return self._made(self.value * peer.value, error + self.unit * (a + ea) * (b + eb) + self.tiny)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        peer = self._peer(other)
        if peer is NotImplemented:
            return NotImplemented
        a, b, ea, eb = abs(self.value), abs(peer.value), self.error, peer.error
        if not b > eb:
            raise Undecidable("a divisor may be 0 within its rounding error")
        error = (ea + a / b * eb) / (b - eb)
        return self._made(self.value / peer.value, error + self.unit * (a + ea) / (b - eb) + self.tiny)

    def __rtruediv__(self, other: Any) -> Any:
        peer = self._peer(other)
        return peer if peer is NotImplemented else peer / self

    def __pow__(self, power: Any) -> Any:
        if power != 2:
            return NotImplemented
        return self * self

    def _function(self, value: Any, spread: Any) -> Any:
        # One unit in the last place is at most 2 u times the result.
        return self._made(value, spread + 2 * ULPS * self.unit * (abs(value) + spread) + self.tiny)

    def exp(self) -> Any:
        """Compute the exponential."""
        value = MP.exp(self.value)
        return self._function(value, value * MP.expm1(self.error))

    def log(self) -> Any:
        """Compute the natural logarithm."""
        if not self.value > self.error:
            raise Undecidable("the argument of a logarithm may be 0 within its rounding error")
        return self._function(MP.log(self.value), -MP.log1p(-self.error / self.value))

    def log1p(self) -> Any:
        """Compute log(1 + self)."""
        base = 1 + self.value
        if not base > self.error:
            raise Undecidable("the argument of a logarithm may be 0 within its rounding error")
        return self._function(MP.log1p(self.value), -MP.log1p(-self.error / base))

    def tanh(self) -> Any:
        """Compute the hyperbolic tangent; its slope is at most 1."""
        return self._function(MP.tanh(self.value), self.error)

    def __abs__(self) -> Any:
        return self if self.value >= 0 else -self

    def _against(self, other: Any) -> int:
        peer = self._peer(other)
        if peer is NotImplemented:
            raise TypeError(f"cannot compare {self!r} with {other!r}")
        gap, slack = self.value - peer.value, self.error + peer.error
        if slack and abs(gap) <= slack:
            raise Undecidable("rounding may turn a comparison round")
        return int(gap > 0) - int(gap < 0)

    def __lt__(self, other: Any) -> bool:
        return self._against(other) < 0

    def __le__(self, other: Any) -> bool:
        return self._against(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self._against(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self._against(other) >= 0

    def __eq__(self, other: object) -> bool:
        return self._against(other) == 0

    def __ne__(self, other: object) -> bool:
        return self._against(other) != 0

    __hash__ = None  # type: ignore[assignment]

    @property
    def is_positive(self) -> bool:
        """Whether it is positive; a learning rate must be."""
        return bool(self.value > 0)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({MP.nstr(self.value, 8)} ± {MP.nstr(self.error, 3)})"


class Bounded64(Bounded):
    """For float64."""

    __slots__ = ()
    unit = MP.mpf(2) ** -53
    tiny = MP.mpf(2) ** -1075


class Bounded32(Bounded):
    """For float32."""

    __slots__ = ()
    unit = MP.mpf(2) ** -24
    tiny = MP.mpf(2) ** -150


class Bounded50(Bounded):
    """For the numbers of 50 digits, whose inputs are rounded too; twice their unit, for functions that miss the last bit."""

    __slots__ = ()
    unit = MP.mpf(2) ** (1 - context(50).prec)
    tiny = ZERO

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        if isinstance(value, Fraction) and value.denominator & (value.denominator - 1):
            self.base = self.unit * self.mag
            self.mag += self.base


def _precise(value: Any) -> Any:
    if isinstance(value, Fraction):
        return MP.mpf(value.numerator) / value.denominator
    return MP.mpf(value.item() if isinstance(value, np.generic) else value)
