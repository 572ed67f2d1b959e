"""Dual numbers against SymPy's derivatives, exactly."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from derivations.dual import Dual

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda x: 3 + x + x + 2,
    "difference": lambda x: (5 - x) - (x - 1) - x,
    "negation": lambda x: -(-x - 2),
    "product": lambda x: 3 * x * (x + 1) * 2,
    "quotient": lambda x: (x * x + 1) / (x - 3),
    "reciprocal": lambda x: 2 / x,
    "by a number": lambda x: x / 7,
    "power": lambda x: x**3 + x**2 + x**1 + x**0,
    "inverse power": lambda x: x**-2,
    "all": lambda x: (1 - x**2) / (2 + x) * (x / 3 - 1 / x) - x,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(x=st.fractions(-9, 9, max_denominator=12))
def test_values_and_slopes_are_exact(name: str, x: Fraction) -> None:
    assume(x not in (0, 3, -2))
    u = sympy.Symbol("u")
    at = {u: sympy.Rational(x.numerator, x.denominator)}
    expression = FUNCTIONS[name](u)
    found = FUNCTIONS[name](Dual(x, 1))
    for got, right in ((found.value, expression), (found.slope, sympy.diff(expression, u))):
        right = sympy.sympify(right).subs(at)
        assert got == Fraction(int(right.p), int(right.q))


def test_a_slope_is_carried_from_the_inside() -> None:
    assert (Dual(2, 5) ** 2).slope == 20
    assert (1 / Dual(2, 5)).slope == Fraction(-5, 4)


def test_no_side_of_a_kink_is_chosen() -> None:
    assert Dual(1, 1) > 0
    assert not Dual(-1, 1) > 0
    with pytest.raises(ArithmeticError, match="kink"):
        assert Dual(0, 1) > 0
