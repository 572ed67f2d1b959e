"""Numbers that carry a bound on the error of a float run: running error analysis.

A `Rounded` holds the value that exact arithmetic gives (to 50 digits) and a bound on how far the result of
the *same code*, run in float64 or float32, can be from it. The tolerance for a float run is what the shipped
code yields on these numbers; nobody chooses it.

What is assumed of the floats
-----------------------------
- fl(a op b) = (a op b)(1 + δ) + η for + - * / and sqrt, with |δ| <= u, u = 2**-53 or 2**-24. Additions have
  no η. |η| is at most the smallest *normal* number: with gradual underflow it is far less, with flush to
  zero exactly that.
- exp, log, log1p, expm1, tanh and powers other than -1, 0, 1, 2 are off by at most 4 units in the last
  place of their result, so by 8 u relative, and η. NumPy's vector routines for x86 were taken in with a
  "maximum ULP error" of 4 (numpy pull request 19478); those of the C library are better.
- Nothing overflows: a value that could raises OverflowError here.

Why any order of summation, and fused multiply-add, are covered
---------------------------------------------------------------
np.sum adds in pairs, BLAS in blocks, an object array from left to right; charging each addition as it
comes would describe only the last. So a sum is kept open: it knows how many terms it has, the sum M of the
terms' magnitudes |a_i| + e_i, and the sum of their own errors e_i. In whatever tree n terms are added, each
of them goes through at most n - 1 additions, so that the result is off by at most

    sum of e_i  +  ((1 + u)**(n - 1) - 1) M,

which is what is charged. A sum of sums is again a tree over all the terms. Only when it is used in another
operation does a sum become one number. With a fused multiply-add a product in a sum is not rounded, so
its charge stays and is not needed; wider accumulators round less.

The 50 digits have a rounding of their own, 10**33 times smaller than u; u is taken larger by 2**-20 to
cover it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from .arrays import Array, each
from .errors import UndecidableComparison
from .high_precision import CONTEXT, to_precise

_LIBRARY_ULPS = 4


@dataclass(frozen=True)
class FloatKind:
    """A float type: unit of rounding, smallest normal and largest number."""

    dtype: str
    unit: Any
    smallest: Any
    largest: Any


def _kind(dtype: type) -> FloatKind:
    info = np.finfo(dtype)
    covered = 1 + CONTEXT.mpf(2) ** -20
    unit = CONTEXT.mpf(2) ** -(int(info.nmant) + 1) * covered
    return FloatKind(
        np.dtype(dtype).name, unit, CONTEXT.mpf(float(info.smallest_normal)), CONTEXT.mpf(float(info.max))
    )


KINDS = {"float64": _kind(np.float64), "float32": _kind(np.float32)}


class Rounded:
    """A number with a bound on the error of its float counterpart; see the module.

    Comparisons are decided by the values, if the errors cannot change the outcome; otherwise they raise
    `UndecidableComparison`, since the float run may take the other branch.

    Parameters
    ----------
    value : int, float, Fraction, mpf, HighPrecision or Rational
        If the float type holds it exactly there is no error yet; if not, that of rounding it once.
    dtype : {"float64", "float32"}
    """

    __slots__ = ("_bound", "_count", "_kind", "_mass", "_own", "value")

    def __init__(self, value: Any, dtype: Any = "float64") -> None:
        kind = KINDS[np.dtype(dtype).name]
        exact, error = _entered(value, kind)
        if exact is None:
            raise TypeError(f"not a real number: {value!r}")
        self._set(kind, exact, error)

    @classmethod
    def array(cls, array: Any, dtype: Any = None) -> Array:
        """Wrap every element, for runs in ``dtype`` (by default that of the array)."""
        dtype = np.asarray(array).dtype if dtype is None else dtype
        return each(lambda item: cls(item, dtype), array)

    def _set(self, kind: FloatKind, value: Any, error: Any) -> None:
        self._kind = kind
        self.value = value
        self._own = error
        self._mass = abs(value) + error
        self._count = 1
        self._bound = error
        if not self._mass <= kind.largest:
            raise OverflowError(f"{CONTEXT.nstr(value, 5)} may overflow in {kind.dtype}")

    @property
    def error(self) -> Any:
        """Bound on the error of the float run (mpf)."""
        if self._bound is None:
            depth = self._count - 1
            self._bound = self._own + ((1 + self._kind.unit) ** depth - 1) * self._mass
        return self._bound

    @property
    def magnitude(self) -> Any:
        """Sum of the magnitudes of the terms, if it is a sum; else its own (mpf)."""
        return self._mass

    @property
    def float_type(self) -> str:
        """Name of the float type; the name ``dtype`` NumPy would take for one of its own."""
        return self._kind.dtype

    def _operand(self, other: Any) -> Rounded | None:
        if isinstance(other, Rounded):
            if other._kind is not self._kind:
                raise TypeError(f"a number for {other.float_type} met one for {self.float_type}")
            return other
        value, error = _entered(other, self._kind)
        return None if value is None else _made(self._kind, value, error)

    # + and -: sums stay open

    def _plus(self, other: Rounded, sign: int) -> Rounded:
        if not other._mass:  # an exact zero; adding it is exact
            return self
        if not self._mass:
            return other if sign > 0 else -other
        result = Rounded.__new__(Rounded)
        result._kind = self._kind
        result.value = self.value + sign * other.value
        result._own = self._own + other._own
        result._mass = self._mass + other._mass
        result._count = self._count + other._count
        result._bound = None
        if not result._mass * (1 + self._kind.unit) ** result._count <= self._kind.largest:
            raise OverflowError(f"a sum of magnitude {CONTEXT.nstr(result._mass, 5)} in {self.float_type}")
        return result

    def __add__(self, other: Any) -> Any:
        operand = self._operand(other)
        return NotImplemented if operand is None else self._plus(operand, 1)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        operand = self._operand(other)
        return NotImplemented if operand is None else self._plus(operand, -1)

    def __rsub__(self, other: Any) -> Any:
        operand = self._operand(other)
        return NotImplemented if operand is None else operand._plus(self, -1)

    def __neg__(self) -> Rounded:
        result = Rounded.__new__(Rounded)
        for name in Rounded.__slots__:
            setattr(result, name, getattr(self, name))
        result.value = -self.value
        return result

    def __pos__(self) -> Rounded:
        return self

    def __abs__(self) -> Rounded:
        # Also right where the sign is in doubt: ||x'| - |x|| <= |x' - x|.
        return _made(self._kind, abs(self.value), self.error)

    # what is rounded once

    def _once(self, value: Any, propagated: Any, units: Any = 1) -> Rounded:
        """Charge ``units`` of rounding to a result that is off by ``propagated`` already."""
        unit = self._kind.unit if units == 1 else units * self._kind.unit
        charge = unit * (abs(value) + propagated) + self._kind.smallest
        return _made(self._kind, value, propagated + charge)

    def __mul__(self, other: Any) -> Any:
        y = self._operand(other)
        if y is None:
            return NotImplemented
        a, b, error_a, error_b = abs(self.value), abs(y.value), self.error, y.error
        if not error_a and (not a or a == 1):  # a mask, a sign: exact
            return _made(self._kind, self.value * y.value, a * error_b)
        if not error_b and (not b or b == 1):
            return _made(self._kind, self.value * y.value, b * error_a)
        if not error_a:
            propagated = a * error_b
        elif not error_b:
            propagated = b * error_a
        else:
            propagated = a * error_b + b * error_a + error_a * error_b
        return self._once(self.value * y.value, propagated)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        y = self._operand(other)
        return NotImplemented if y is None else self._over(y)

    def __rtruediv__(self, other: Any) -> Any:
        x = self._operand(other)
        return NotImplemented if x is None else x._over(self)

    def _over(self, y: Rounded) -> Rounded:
        size = abs(y.value)
        if not y.value and not y.error:
            raise ZeroDivisionError(f"{self} / 0")
        if size <= y.error:
            raise UndecidableComparison(y, "!=", 0, "the divisor may be rounded to zero")
        propagated = (self.error * size + abs(self.value) * y.error) / (size * (size - y.error))
        return self._once(self.value / y.value, propagated)

    def __pow__(self, power: Any) -> Any:
        exponent = power.value if isinstance(power, Rounded) and not power.error else power
        exact = to_precise(exponent) if not isinstance(exponent, Rounded) else None
        if exact is None:
            return NotImplemented
        if exact == 2:
            return self * self
        if exact == 1:
            return self
        if exact == 0:
            return _made(self._kind, CONTEXT.mpf(1), CONTEXT.mpf(0))
        if exact == -1:
            return 1 / self
        if exact == CONTEXT.mpf(1) / 2:
            return self.sqrt()
        return self._power(exact)

    def _power(self, exponent: Any) -> Rounded:
        low, high = self.value - self.error, self.value + self.error
        if low < 0 < high or (exponent < 0 and low <= 0 <= high) or (low < 0 and exponent != int(exponent)):
            raise UndecidableComparison(self, ">", 0, f"the base of a power {exponent}")
        power = int(exponent) if exponent == int(exponent) else exponent
        return self._monotone(lambda x: x**power)

    def _monotone(self, function: Callable[[Any], Any], ulps: int = _LIBRARY_ULPS) -> Rounded:
        """Apply a function that is monotone between the ends: it is off by most at one of them."""
        value = function(self.value)
        error = self.error
        propagated = CONTEXT.mpf(0)
        if error:
            ends = (function(self.value - error), function(self.value + error))
            # Where the ends are close, their difference has lost digits of the 50: less than u is larger than it need be.
            propagated = max(abs(end - value) for end in ends)
        return self._once(value, propagated, 2 * ulps)

    # NumPy calls these methods from the ufuncs of the same name.

    def exp(self) -> Rounded:
        """Compute the exponential."""
        return self._monotone(CONTEXT.exp)

    def expm1(self) -> Rounded:
        """Compute exp(x) - 1."""
        return self._monotone(CONTEXT.expm1)

    def tanh(self) -> Rounded:
        """Compute the hyperbolic tangent."""
        return self._monotone(CONTEXT.tanh)

    def log(self) -> Rounded:
        """Compute the natural logarithm."""
        self._above(0, "log")
        return self._monotone(CONTEXT.log)

    def log1p(self) -> Rounded:
        """Compute log(1 + x)."""
        self._above(-1, "log1p")
        return self._monotone(CONTEXT.log1p)

    def sqrt(self) -> Rounded:
        """Compute the square root, which IEEE 754 rounds correctly."""
        if self.value or self.error:
            self._above(0, "sqrt")
        return self._monotone(CONTEXT.sqrt, 1)

    def _above(self, edge: int, name: str) -> None:
        if self.value - self.error <= edge:
            raise UndecidableComparison(self, ">", edge, f"the domain of {name}")

    # comparisons

    def _compared(self, other: Any, relation: str) -> Any:
        y = self._operand(other)
        if y is None:
            return NotImplemented
        difference = self.value - y.value
        if self is other:  # the float run compares a number with itself
            difference = CONTEXT.mpf(0)
        elif (self.error or y.error) and abs(difference) <= self.error + y.error:
            raise UndecidableComparison(self, relation, y, "the float run may decide either way")
        return _RELATIONS[relation](difference)

    def __eq__(self, other: object) -> Any:
        return self._compared(other, "==")

    def __ne__(self, other: object) -> Any:
        return self._compared(other, "!=")

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, "<")

    def __le__(self, other: Any) -> Any:
        return self._compared(other, "<=")

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, ">")

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, ">=")

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(self != 0)

    def __float__(self) -> float:
        return float(self.value)

    @property
    def is_positive(self) -> bool:
        """Whether it is positive, as SymPy says it; a learning rate must be."""
        return bool(self.value > self.error)

    def __repr__(self) -> str:
        return f"{CONTEXT.nstr(self.value, 17)} ± {CONTEXT.nstr(self.error, 3)}"

    def conjugate(self) -> Rounded:
        """Give itself."""
        return self

    def holds(self, computed: Any) -> bool:
        """Say whether the result of a float run is within the bound."""
        computed = float(computed)
        # "not <=" would also let NaN through.
        return bool(np.isfinite(computed) and abs(CONTEXT.mpf(computed) - self.value) <= self.error)


_RELATIONS: dict[str, Callable[[Any], bool]] = {
    "==": lambda difference: bool(difference == 0),
    "!=": lambda difference: bool(difference != 0),
    "<": lambda difference: bool(difference < 0),
    "<=": lambda difference: bool(difference <= 0),
    ">": lambda difference: bool(difference > 0),
    ">=": lambda difference: bool(difference >= 0),
}


def _made(kind: FloatKind, value: Any, error: Any) -> Rounded:
    result = Rounded.__new__(Rounded)
    result._set(kind, value, error)
    return result


def _entered(value: Any, kind: FloatKind) -> tuple[Any, Any]:
    """Give the value of an operand and the error of holding it in the float type; None for unknown types."""
    if isinstance(value, (float, np.floating)):
        exact = CONTEXT.mpf(float(value))
        if not CONTEXT.isfinite(exact):
            raise ValueError(f"not finite: {value!r}")
    elif isinstance(value, (complex, np.complexfloating)):
        return None, None
    else:
        exact = to_precise(value)
        if exact is None or hasattr(exact, "_mpc_"):
            return None, None
    representable = _is_held(value, exact, kind)
    return exact, CONTEXT.mpf(0) if representable else kind.unit * abs(exact) + kind.smallest


def _is_held(value: Any, exact: Any, kind: FloatKind) -> bool:
    # A fraction need not have 50 digits; compared as a fraction nothing is lost.
    value = getattr(value, "value", value)
    try:
        nearest = float(np.dtype(kind.dtype).type(float(value if isinstance(value, Fraction) else exact)))
    except OverflowError:
        return False
    if not np.isfinite(nearest):
        return False
    if isinstance(value, Fraction):
        return Fraction(nearest) == value
    return bool(CONTEXT.mpf(nearest) == exact)


def outside(computed: Any, bounded: Array) -> tuple[int, ...] | None:
    """Give the first index at which a float array is not within its bounds, or None.

    Raises
    ------
    ValueError
        When the shapes differ.
    """
    computed = np.asarray(computed)
    bounded = np.asarray(bounded, dtype=object)
    if computed.shape != bounded.shape:
        raise ValueError(f"shapes {computed.shape} and {bounded.shape}")
    for at in np.ndindex(bounded.shape):
        item = bounded[at]
        held = item.holds(computed[at]) if isinstance(item, Rounded) else computed[at] == item
        if not held:
            return at
    return None
