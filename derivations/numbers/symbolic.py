"""SymPy expressions as numbers: every comparison is decided by what is known of the symbols, or raises."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import sympy

from .arrays import Array, each
from .errors import InexactNumberError, UndecidableComparison
from .zero import LOW, Evaluation, UndefinedAtPointError, UnsoundError, proved_zero


def to_expression(value: Any) -> Any:
    """Turn an exact operand into a SymPy expression; None for a type that is not known; floats raise."""
    if isinstance(value, Symbolic):
        return value.value
    if isinstance(value, (int, np.integer, np.bool_)):
        return sympy.Integer(int(value))
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    if isinstance(value, (float, complex, np.inexact)):
        raise InexactNumberError("a symbolic expression", value)
    if isinstance(value, sympy.Expr):
        if value.has(sympy.Float):
            raise InexactNumberError("a symbolic expression", value)
        return value
    if isinstance(getattr(value, "value", None), Fraction):
        return to_expression(value.value)
    return None


def sign_of(expr: Any) -> int | None:
    """Say 1, 0 or -1 if ``expr`` has that sign wherever its symbols are as assumed; None if not known.

    By SymPy's assumptions: of the expression, of its expansion, and of numerator and denominator. A sign is
    believed only if it is the sign at two points as well.

    Raises
    ------
    UnsoundError
        When the value at a point has another sign than was concluded.
    """
    sign: int | None = _sign_of(sympy.sympify(expr))
    return sign


@lru_cache(maxsize=8192)
def _sign_of(expr: Any) -> int | None:
    if expr.is_Rational:
        return int(expr.p > 0) - int(expr.p < 0)
    sign = _concluded(expr)
    if sign is not None:
        _hold_against_points(expr, sign)
    return sign


def _concluded(expr: Any) -> int | None:
    sign = _assumed(expr)
    if sign is None:
        sign = _assumed(sympy.expand(expr))
    if sign is not None:
        return sign
    if proved_zero(expr):
        return 0
    top, bottom = sympy.fraction(sympy.cancel(sympy.together(expr)))
    sign = 1
    for part in (top, bottom):
        own = _assumed(part)
        if not own:  # 0 would have been found above
            return None
        sign *= own
    return sign


def _assumed(expr: Any) -> int | None:
    if expr.is_positive:
        return 1
    if expr.is_negative:
        return -1
    return 0 if expr.is_zero else None


def _hold_against_points(expr: Any, sign: int) -> None:
    for number in range(2):
        try:
            evaluation = Evaluation(LOW, number)
            value = evaluation.of(expr)
        except (UndefinedAtPointError, ZeroDivisionError, ValueError, TypeError, OverflowError):
            continue
        slack = evaluation.largest * LOW.mpf(10) ** -40
        found = 0 if abs(value) <= slack else (1 if value > 0 else -1)
        # A value below the rounding does not contradict a strict sign.
        if found not in (sign, 0):
            raise UnsoundError(f"{expr} was said to have sign {sign}, but is {value} at {evaluation.point}")


class Symbolic:
    """A SymPy expression as a number that NumPy code can be run on.

    Comparisons are decided by the assumptions of the symbols (``positive=True``, `orderings`, `signed`)
    or raise `UndecidableComparison`: the branch not taken would have been left unproved. Floats raise.

    Parameters
    ----------
    value : SymPy expression, int, Fraction or Rational
    """

    __slots__ = ("value",)
    exact: ClassVar[bool] = True

    def __init__(self, value: Any) -> None:
        self.value = to_expression(value)
        if self.value is None:
            raise TypeError(f"not an expression: {value!r}")

    @classmethod
    def array(cls, array: Any) -> Array:
        """Wrap every element."""
        return each(cls, array)

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
        operand = to_expression(other)
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
        return self._with(other, _quotient)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: _quotient(b, a))

    def __pow__(self, power: Any) -> Any:
        return self._with(power, lambda a, b: a**b)

    def __rpow__(self, base: Any) -> Any:
        return self._with(base, lambda a, b: b**a)

    def __neg__(self) -> Symbolic:
        return _wrap(-self.value)

    def __pos__(self) -> Symbolic:
        return self

    def __abs__(self) -> Symbolic:
        return self if self >= 0 else -self

    def _compared(self, other: Any, relation: str) -> Any:
        operand = to_expression(other)
        if operand is None:
            return NotImplemented
        difference = self.value - operand
        sign = sign_of(difference)
        if sign is not None:
            return _RELATIONS[relation](sign)
        # What is only known not to be negative decides >= and <.
        if relation in (">=", "<") and difference.is_nonnegative:
            return relation == ">="
        if relation in ("<=", ">") and difference.is_nonpositive:
            return relation == "<="
        if relation in ("==", "!=") and difference.is_nonzero:
            return relation == "!="
        raise UndecidableComparison(
            self.value, relation, operand, "the sign of the difference does not follow from the assumptions"
        )

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

    def __hash__(self) -> int:
        return hash(self.value)

    def __bool__(self) -> bool:
        return bool(self != 0)

    @property
    def is_positive(self) -> bool:
        """Whether it is known to be positive, as SymPy says it; a learning rate must be."""
        return sign_of(self.value) == 1

    def __repr__(self) -> str:
        return str(self.value)

    def conjugate(self) -> Symbolic:
        """Give itself: symbols are real here."""
        return self

    # NumPy calls these methods from the ufuncs of the same name.

    def exp(self) -> Symbolic:
        """Compute the exponential."""
        return _wrap(sympy.exp(self.value))

    def expm1(self) -> Symbolic:
        """Compute exp(x) - 1."""
        return _wrap(sympy.exp(self.value) - 1)

    def log(self) -> Symbolic:
        """Compute the natural logarithm."""
        return _wrap(sympy.log(self._nonzero("log")))

    def log1p(self) -> Symbolic:
        """Compute log(1 + x)."""
        return (self + 1).log()  # type: ignore[no-any-return]

    def tanh(self) -> Symbolic:
        """Compute the hyperbolic tangent."""
        return _wrap(sympy.tanh(self.value))

    def sqrt(self) -> Symbolic:
        """Compute the square root."""
        return _wrap(sympy.sqrt(self.value))

    def _nonzero(self, name: str) -> Any:
        if self.value.is_zero:
            raise ZeroDivisionError(f"{name}(0)")
        return self.value


_RELATIONS: dict[str, Callable[[int], bool]] = {
    "==": lambda sign: sign == 0,
    "!=": lambda sign: sign != 0,
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}


def _quotient(top: Any, bottom: Any) -> Any:
    if bottom.is_zero:  # SymPy would go on with a complex infinity
        raise ZeroDivisionError(f"{top} / 0")
    return top / bottom


def _wrap(value: Any) -> Symbolic:
    result = Symbolic.__new__(Symbolic)
    result.value = value
    return result
