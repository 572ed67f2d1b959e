"""What mutants of the zero test and of symbols as numbers showed to be unchecked."""

from __future__ import annotations

import operator
from fractions import Fraction
from random import Random

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from derivations.numbers import (
    InexactNumberError,
    Rational,
    Symbolic,
    UndecidableComparison,
    UnsoundError,
    proved_zero,
    sign_of,
    symbolic,
    zero,
    zero_test,
)
from derivations.numbers import (
    _laurent as laurent,
)

x, y, z = sympy.symbols("x y z", real=True)
a, b, c = sympy.symbols("a b c", positive=True)
low, high = sympy.Symbol("low", negative=True), sympy.Symbol("high", nonnegative=True)
most = sympy.Symbol("most", nonpositive=True)
some = sympy.Symbol("some", real=True, nonzero=True)
whole = sympy.Symbol("whole", integer=True)
w = sympy.Symbol("w")
f, g = sympy.Function("f"), sympy.Function("g")
half = sympy.Rational(1, 2)

# --- fractions of Laurent polynomials ---

POINT = (Fraction(2, 3), Fraction(-5, 2), Fraction(7))


def term_at(monomial, point=POINT):
    value = Fraction(1)
    for number, power in laurent.unpacked(monomial).items():
        value *= point[number] ** power
    return value


def poly_at(poly):
    return sum((c * term_at(m) for m, c in (poly.items() if isinstance(poly, dict) else poly)), Fraction(0))


def ratio_at(ratio):
    value = poly_at(ratio.top)
    for key, power in ratio.below.items():
        value /= poly_at(key) ** power
    return value


@st.composite
def polys(draw):
    rng = Random(draw(st.integers(0, 2**32)))
    found = {}
    for _ in range(rng.randint(1, 3)):
        key = laurent.packed({n: rng.randint(-2, 2) for n in range(3)})
        found[key] = Fraction(rng.choice((-3, -2, -1, 1, 2, 4)), rng.randint(1, 3))
    return found


@given(polys(), polys(), polys(), st.integers(-3, 3))
def test_ratios_compute_as_their_values_do(p, q, s, power):
    one, two, three = (laurent.Ratio(top, {}) for top in (p, q, s))
    assert poly_at(laurent.plus(p, q)) == poly_at(p) + poly_at(q)
    assert laurent.plus(p, {m: -v for m, v in p.items()}) == {}
    assert poly_at(laurent.times(p, q)) == poly_at(p) * poly_at(q)
    assert poly_at(laurent.power_of(p, 5)) == poly_at(p) ** 5
    assert laurent.power_of(p, 0) == {0: 1}
    if not all(map(poly_at, (p, q, s))):
        return
    over = laurent.multiply(one, laurent.inverse(two))
    other = laurent.multiply(three, laurent.inverse(laurent.multiply(two, two)))
    assert ratio_at(over) == poly_at(p) / poly_at(q)
    for made, right in (
        (laurent.add(over, other), ratio_at(over) + ratio_at(other)),
        (laurent.add(over, over), 2 * ratio_at(over)),
        (laurent.add(over, three), ratio_at(over) + poly_at(s)),
        (laurent.multiply(over, other), ratio_at(over) * ratio_at(other)),
        (laurent.inverse(other), 1 / ratio_at(other)),
        (laurent.power(over, power), ratio_at(over) ** power),
    ):
        if all(poly_at(key) for key in made.below):
            assert ratio_at(made) == right
        assert all(power_ > 0 for power_ in made.below.values())
        assert all(made.top.values())
    minus = laurent.constant(Fraction(-1))
    assert laurent.add(over, laurent.multiply(minus, over)) == laurent.Ratio({}, {})
    # A polynomial over itself is 1, not only in value: that is what makes softmax quick.
    assert laurent.multiply(two, laurent.inverse(two)) == laurent.ONE
    assert over.key == laurent.multiply(laurent.inverse(two), one).key


@given(polys(), polys())
def test_a_primitive_part_is_that_of_all_multiples(p, q):
    content, common, rest = laurent.primitive(p)
    assert {m + common: content * v for m, v in rest} == p
    for monomial, coefficient in q.items():
        multiple = {m + monomial: coefficient * v for m, v in p.items()}
        assert laurent.primitive(multiple)[2] == rest
    powers = [laurent.unpacked(m) for m, _ in rest]
    assert all(min(power.get(n, 0) for power in powers) == 0 for n in range(3))
    assert all(v.denominator == 1 for _, v in rest)


def test_exponents_are_packed_and_found_again():
    for powers in ({}, {0: 1}, {0: -1}, {3: 5, 1: -7}, {0: -1, 1: 2, 40: -3}, {0: 2**50, 1: -(2**50)}):
        assert laurent.unpacked(laurent.packed(powers)) == powers
    product = laurent.packed({0: 2, 1: -3, 2: 1}) + laurent.packed({0: -2, 1: 4, 2: 1})
    assert laurent.unpacked(product) == {1: 1, 2: 2}
    for power in (2**60, -(2**60)):
        with pytest.raises(laurent.TooLargeError, match="exponent"):
            laurent.unpacked(laurent.packed({1: power}))


def test_what_outgrows_the_limits_raises():
    def many(count, step):
        return {laurent.packed({0: step * n}): Fraction(1) for n in range(count)}

    assert len(laurent.times(many(100, 1), many(200, 100))) == 20_000
    for left, right in ((many(101, 1), many(200, 101)), (many(3, 100_000), many(20_001, 1))):
        with pytest.raises(laurent.TooLargeError, match="too many terms"):
            laurent.times(left, right)
    with pytest.raises(laurent.TooLargeError, match="product"):  # at once, though little would be left of it
        laurent.times(many(1000, 1), many(801, 1))
    with pytest.raises(ZeroDivisionError):
        laurent.inverse(laurent.constant(Fraction(0)))


# --- what the zero test proves and refutes ---

TRUE = {
    "coth": sympy.coth(x) - sympy.cosh(x) / sympy.sinh(x),
    "coth by exp": sympy.coth(x) - (sympy.exp(2 * x) + 1) / (sympy.exp(2 * x) - 1),
    "sinh": 2 * sympy.sinh(x) - sympy.exp(x) + sympy.exp(-x),
    "cosh": 2 * sympy.cosh(x) - sympy.exp(x) - sympy.exp(-x),
    "sech": sympy.sech(x) - 2 / (sympy.exp(x) + sympy.exp(-x)),
    "csch": sympy.csch(x) - 2 / (sympy.exp(x) - sympy.exp(-x)),
    "tanh": sympy.tanh(x) * (sympy.exp(2 * x) + 1) - sympy.exp(2 * x) + 1,
    "tanh in tanh": sympy.tanh(sympy.tanh(x) + sympy.tanh(-x)),
    "Pythagoras": sympy.cosh(x) ** 2 - sympy.sinh(x) ** 2 - 1,
    "exp of a quotient": sympy.exp(x / (1 + a)) ** 2 * sympy.exp(y / (1 + a))
    - sympy.exp((2 * x + y) / (1 + a)),
    "exp of fractions": sympy.exp(x / 3) * sympy.exp(x / 6) - sympy.exp(x / 2),
    "exp of a small fraction": sympy.exp(x / 289) ** 289 - sympy.exp(x),
    "e": sympy.E**2 * sympy.exp(x) - sympy.exp(x + 2),
    "pi": (sympy.pi + x) ** 2 - sympy.pi**2 - 2 * sympy.pi * x - x**2,
    "i": (x + sympy.I * y) * (x - sympy.I * y) - x**2 - y**2,
    "powers": a**x * a**y / a ** (x + y) - 1,
    "power of a power": sympy.log(a**x) - x * sympy.log(a),
    "power by exp": a**x - sympy.exp(x * sympy.log(a)),
    "power of nothing": a ** (x - x * sympy.cosh(y) ** 2 + x * sympy.sinh(y) ** 2) - 1,
    "a power of what may be negative": x ** (y + z) - x ** (z + y),
    "log of a power": sympy.log(a**3 * b**-2) - 3 * sympy.log(a) + 2 * sympy.log(b),
    "log of exp": sympy.log(sympy.exp(x) * a) - x - sympy.log(a),
    "log of a number": sympy.log(a * sympy.Rational(12, 35))
    - sympy.log(a)
    - 2 * sympy.log(2)
    - sympy.log(3)
    + sympy.log(5)
    + sympy.log(7),
    "log of a sum of squares": sympy.log(a * x**2 * y**2 + a * b) - sympy.log(a) - sympy.log(x**2 * y**2 + b),
    "log of a quotient of sums": sympy.log((a + b) / (a + c)) - sympy.log(a + b) + sympy.log(a + c),
    "log of a product with one unknown factor": sympy.log((1 - a / (a + b)) * c)
    - sympy.log(b)
    - sympy.log(c)
    + sympy.log(a + b),
    "log of a sum over a sum of squares": sympy.log((x**2 + b) / (y**2 + c) + 1)
    - sympy.log(x**2 + b + y**2 + c)
    + sympy.log(y**2 + c),
    "log of a real": sympy.log(2 * x) - sympy.log(x + x),
    "square root": sympy.sqrt(a + b) ** 3 - (a + b) * sympy.sqrt(a + b),
    "square root below": 1 / sympy.sqrt(a + b) - sympy.sqrt(a + b) / (a + b),
    "cube root": (x**2 + 1) ** sympy.Rational(4, 3) - (x**2 + 1) ** sympy.Rational(1, 3) * (1 + x**2),
    "root of a root": sympy.sqrt(1 + sympy.sqrt(a)) ** 2 - 1 - sympy.sqrt(a),
    "root of 0": sympy.sqrt(sympy.cosh(x) ** 2 - sympy.sinh(x) ** 2 - 1),
    "function": f(x + x, y) - f(2 * x, y),
    "function of a normal form": f(sympy.cosh(x) ** 2 - sympy.sinh(x) ** 2) - f(1),
    **{
        f"exp of {n} parts": (sympy.exp(x / n) + 1) * sympy.exp(x - x / n)
        - sympy.exp(x)
        - sympy.exp(x - x / n)
        for n in (16, 9, 5, 7, 11, 13)
    },
    "derivative": sympy.Derivative(f(x), x) * 2 - sympy.Derivative(f(x), x) - sympy.Derivative(f(x), x),
    "indexed": sympy.IndexedBase("v")[1] * 2 - sympy.IndexedBase("v")[1] - sympy.IndexedBase("v")[1],
    "softmax": sum((v / (a + b + c) for v in (a, b, c)), -sympy.Integer(1)),
    "different denominators": 1 / (a + b) - 1 / (a + c) - (c - b) / (a + b) / (a + c),
    # branches
    "abs squared": sympy.Abs(x - y) ** 2 - (x - y) ** 2,
    "sign": sympy.sign(x) * sympy.Abs(x) - x,
    "sign turned": sympy.sign(x - y) + sympy.sign(y - x),
    "sign cubed": sympy.sign(x) ** 3 - sympy.sign(x),
    "heaviside": sympy.Heaviside(x) - (1 + sympy.sign(x)) / 2,
    "heaviside with a value at 0": sympy.Heaviside(x, 1) - sympy.Piecewise((1, x >= 0), (0, True)),
    "max": sympy.Max(x, y) + sympy.Min(x, y) - x - y,
    "and": sympy.Piecewise((1, (x > 0) & (y > 0)), (0, True)) - sympy.Heaviside(x, 0) * sympy.Heaviside(y, 0),
    "or": sympy.Piecewise((1, (x > 0) | (y > 0)), (0, True))
    + sympy.Heaviside(-x, 1) * sympy.Heaviside(-y, 1)
    - 1,
    "not": sympy.Piecewise((1, ~((x > 0) & (y > 0))), (0, True))
    + sympy.Heaviside(x, 0) * sympy.Heaviside(y, 0)
    - 1,
    "equal": sympy.Piecewise((x, sympy.Eq(x, y)), (y, True)) - y,
    "unequal": sympy.Piecewise((x, sympy.Ne(x, y)), (y, True)) - x,
    "at least": sympy.Piecewise((x, x >= y), (y, True)) - sympy.Piecewise((x, x > y), (y, True)),
    "at most": sympy.Piecewise((y, x <= y), (x, True)) - sympy.Max(x, y),
    "less": sympy.Piecewise((1, x < y), (0, True)) + sympy.Piecewise((1, x >= y), (0, True)) - 1,
    "no value": sympy.Piecewise((0, x > 0)),
    "what is 0 is put in": sympy.Piecewise((sympy.exp(x) - 1, sympy.Eq(x, 0)), (0, True)),
    "a multiple is put in": sympy.Piecewise((f(3 * x) - f(2 * y), sympy.Eq(3 * x - 2 * y, 0)), (0, True)),
    "nested": sympy.Piecewise((sympy.Piecewise((x, y > 0), (z, True)), x > 0), (0, True))
    - sympy.Piecewise(
        (sympy.Piecewise((x, x > 0), (0, True)), y > 0), (sympy.Piecewise((z, x > 0), (0, True)), True)
    ),
}
# Nearly the same, and false for some values; or true where it is not known that it is.
FALSE = {
    "coth": sympy.coth(x) - sympy.tanh(x),
    "sinh": 2 * sympy.sinh(x) - sympy.exp(x) - sympy.exp(-x),
    "sech": sympy.sech(x) - sympy.csch(x),
    "exp of fractions": sympy.exp(x / 3) * sympy.exp(x / 6) - sympy.exp(x / 3),
    "exp of a small fraction": sympy.exp(x / 289) ** 288 - sympy.exp(x),
    "log of a number": sympy.log(12) - sympy.log(6),
    "log of a prime": sympy.log(a * 13) - sympy.log(a) - sympy.log(11),
    "log of a root": sympy.log(sympy.sqrt(a)) - sympy.log(a),
    "log of a square of what may be negative": sympy.log(x**2 * a) - 2 * sympy.log(x) - sympy.log(a),
    "log of a product of sums that may be negative": sympy.log((x + y) * (x + z))
    - sympy.log(x + y)
    - sympy.log(x + z),
    "log of logs": sympy.log(sympy.log(a) * sympy.log(b)) - sympy.log(sympy.log(a)) - sympy.log(sympy.log(b)),
    "log of minus": sympy.log(-x) - sympy.log(x),
    "log of a quotient that may be negative": sympy.log(x / y) - sympy.log(x) + sympy.log(y),
    "root": sympy.sqrt(a + b) - a - b,
    "root of a square": sympy.sqrt((x - y) ** 2) - x + y,
    "cube root": (x**2 + 1) ** sympy.Rational(2, 3) - (x**2 + 1),
    "power of a power of what may be negative": sympy.log(x**y) - y * sympy.log(x),
    "i": sympy.I * x - x,
    "i squared": (x + sympy.I) * (x - sympy.I) - x**2 + 1,
    "e": sympy.E * x - 2 * x,
    "pi": sympy.pi * x - 3 * x,
    "function": f(x) - g(x),
    "function of two": f(x, y) - f(y, x),
    "abs": sympy.Abs(x) + x,
    "sign": sympy.sign(x) - 1,
    "heaviside": sympy.Heaviside(x, 0) - sympy.Heaviside(-x, 0),
    "max": sympy.Max(x, y) - sympy.Min(x, y),
    "max of three": sympy.Max(x, y, z) - sympy.Max(x, y),
    "and": sympy.Piecewise((1, (x > 0) & (y > 0)), (0, True)) - sympy.Heaviside(x, 0),
    "or": sympy.Piecewise((1, (x > 0) | (y > 0)), (0, True)) - sympy.Heaviside(x, 0),
    "not": sympy.Piecewise((1, ~((x > 0) & (y > 0))), (0, True))
    - sympy.Heaviside(x, 0) * sympy.Heaviside(y, 0),
    "unequal": sympy.Piecewise((x, sympy.Ne(x, y)), (y, True)) - y,
    "at most": sympy.Piecewise((y, x <= y), (x, True)) - sympy.Min(x, y),
}


@pytest.mark.parametrize("expr", TRUE.values(), ids=TRUE.keys())
def test_what_is_zero_is_proved(expr):
    assert proved_zero(expr) is True
    assert proved_zero(expr + sympy.Rational(1, 1000)) is False


@pytest.mark.parametrize("expr", FALSE.values(), ids=FALSE.keys())
def test_what_is_not_zero_everywhere_is_refuted(expr):
    found = zero_test(expr)
    assert found.verdict is False
    value = sympy.N(expr.xreplace(found.point), 40)
    if not expr.has(f):
        assert abs(complex(value) - complex(found.value)) <= 1e-12 * abs(complex(value))


def test_what_is_undecided_says_why():
    six = sum(sympy.Abs(s) - s * sympy.sign(s) for s in sympy.symbols("s:6", real=True))
    assert "too many branches: 6 signs" in zero_test(six).reason
    assert zero_test(six).verdict is None
    assert proved_zero(sum(sympy.Abs(s) - s * sympy.sign(s) for s in sympy.symbols("s:5", real=True))) is True
    for infinite in (sympy.oo, -sympy.oo, sympy.nan, sympy.zoo, x + sympy.oo):
        assert zero_test(infinite).verdict is None
        assert zero_test(infinite).reason == "not finite"
    trigonometric = zero_test(sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1)
    assert trigonometric.verdict is None
    assert trigonometric.reason == "not zero as a polynomial, but no point refutes it"
    assert "no normal form" in zero_test(1 / sympy.log(sympy.cosh(x) ** 2 - sympy.sinh(x) ** 2)).reason


def test_what_was_not_carried_out_is_equal_to_itself():
    left = sympy.Derivative(f(x), x)
    assert proved_zero(left * (x + y) - left * x - left * y) is True


def test_a_condition_that_is_not_known_decides_nothing():
    assert zero_test(sympy.Piecewise((x, sympy.Xor(x > 0, y > 0)), (0, True))).verdict is None


def test_numbers_are_tested_at_once():
    assert zero_test(0).verdict is True
    found = zero_test(sympy.Rational(1, 3))
    assert (found.verdict, found.point, found.value) == (False, {}, sympy.Rational(1, 3))
    assert zero_test(Symbolic(x) - x).verdict is True
    with pytest.raises(TypeError, match="float"):
        zero_test(x * 0.5)


def test_a_wrong_normal_form_stops_everything(monkeypatch):
    monkeypatch.setattr(zero._Normal, "is_zero", lambda self, expr: True)
    with pytest.raises(UnsoundError, match="was proved to be zero, but is"):
        zero_test(x + sympy.Symbol("unsound", real=True))


# --- evaluation at points ---

VALUES = {
    "sum": x + 2 * y - a / 3,
    "product": x * y * a * -2,
    "powers": x**3 / (1 + y**2) + a**x + (a + b) ** half,
    "negative power": x**-3,
    "exp": sympy.exp(x) + sympy.exp(-a),
    "log": sympy.log(a) + sympy.log(1 + b),
    "tanh": sympy.tanh(x),
    "sinh": sympy.sinh(x),
    "cosh": sympy.cosh(x),
    "coth": sympy.coth(x),
    "sech": sympy.sech(x),
    "csch": sympy.csch(x),
    "sin": sympy.sin(x),
    "cos": sympy.cos(x),
    "abs": sympy.Abs(x),
    "sign": sympy.sign(x),
    "max": sympy.Max(x, y, z),
    "min": sympy.Min(x, y, z),
    "constants": sympy.pi + sympy.E * x,
    "complex": sympy.I * x + sympy.exp(sympy.I * y),
    "heaviside": sympy.Heaviside(x, half) + sympy.Heaviside(y, half),
    "heaviside at 0": sympy.Heaviside(x - x * sympy.cosh(0), sympy.Rational(1, 3)),
    "pieces": sympy.Piecewise((x, x > y), (y, True)),
    "equal pieces": sympy.Piecewise((x, sympy.Eq(x, y)), (y, True)),
    "unequal pieces": sympy.Piecewise((x, sympy.Ne(x, y)), (y, True)),
    "at least": sympy.Piecewise((x, x >= y), (y, True)),
    "at most": sympy.Piecewise((x, x <= y), (y, True)),
    "less": sympy.Piecewise((x, x < y), (y, True)),
    "and": sympy.Piecewise((x, (x > 0) & (y > 0)), (y, True)),
    "or": sympy.Piecewise((x, (x > 0) | (y > 0)), (y, True)),
    "not": sympy.Piecewise((x, ~((x > 0) & (y > 0))), (y, True)),
}


@pytest.mark.parametrize("expr", VALUES.values(), ids=VALUES.keys())
def test_values_are_those_of_sympy(expr):
    for number in range(4):
        evaluation = zero.Evaluation(zero.LOW, number)
        value = evaluation.of(expr)
        right = mpmath.mp.mpmathify(sympy.N(expr.xreplace(evaluation.point), 40))
        assert abs(zero.LOW.mpmathify(value) - right) < 1e-35 * (1 + abs(right))
        assert set(evaluation.point) <= expr.free_symbols
        assert evaluation.largest >= abs(value)


def test_draws_are_what_symbols_are_assumed_to_be():
    for symbol, holds in (
        (a, lambda v: v > 0),
        (low, lambda v: v < 0),
        (high, lambda v: v >= 0),
        (most, lambda v: v <= 0),
        (whole, lambda v: v.denominator == 1),
    ):
        assert all(holds(zero._drawn(symbol, number)) for number in range(30))
    drawn = [zero._drawn(x, number) for number in range(30)]
    assert min(drawn) < 0 < max(drawn)
    assert len(set(drawn)) == 30
    assert zero._drawn(x, 3) == zero._drawn(sympy.Symbol("x", real=True), 3) != zero._drawn(y, 3)
    assert all(Fraction(1, 200) < abs(value) < 5 for value in drawn)
    at = zero.Evaluation(zero.LOW, 1)
    assert at.of(f(x + x)) == at.of(f(2 * x))
    assert len({at.of(expr) for expr in (f(x), f(y), g(x), f(x, y), f(y, x))}) == 5
    assert zero.Evaluation(zero.HIGH, 1).of(f(x / 3)) - at.of(f(x / 3)) < 1e-40
    drawn = [zero.Evaluation(zero.LOW, number).of(f(x)) for number in range(12)]
    assert min(drawn) < 0 < max(drawn)
    assert all(0.005 < abs(value) < 5 for value in drawn), "of a size that shows a difference"


def test_where_there_is_no_value_it_is_said():
    at = zero.Evaluation(zero.LOW, 0)
    nothing = sympy.Add(x, -x, evaluate=False)

    def edge(off):
        off += zero._drawn(x, 0) - zero._drawn(y, 0)
        return sympy.Piecewise((1, y + sympy.Rational(off.numerator, off.denominator) > x), (2, True))

    for undefined in (
        1 / nothing,
        sympy.log(nothing, evaluate=False),
        sympy.exp(2000 + x - x * x),
        sympy.Piecewise((x, sympy.Gt(x**2, 10**6))),
        sympy.Piecewise((x, sympy.Xor(x > 0, y > 0)), (y, True)),
        sympy.gamma(x),
        sympy.EulerGamma,
        sympy.Integral(f(x), x),
        edge(Fraction(1, 10**45)),
        edge(Fraction(5, 10**41)),
    ):
        with pytest.raises(zero.UndefinedAtPointError):
            at.of(undefined)
    assert at.of(sympy.exp(x * 0 + 900)) > 0
    assert at.of(sympy.Heaviside(nothing, half)) == 0.5
    assert at.of(edge(Fraction(1, 10**30))) == 1
    assert at.of(edge(Fraction(-1, 10**30))) == 2


# --- symbols as numbers ---

SIGNS = [
    (a, 1),
    (a + b, 1),
    (low, -1),
    (-a * b, -1),
    (a * low, -1),
    (low * low, 1),
    (a / (a + b) - 1, -1),
    (a / (a + b) - 2, -1),
    ((a + b) ** 2 - (a - b) ** 2, 1),
    ((a - b) ** 2 - (a + b) ** 2, -1),
    (sympy.exp(x) - sympy.exp(x) * (1 + a), -1),
    (sympy.cosh(x) ** 2 - sympy.sinh(x) ** 2 - 1, 0),
    (x - x, 0),
    (sympy.Integer(0), 0),
    (sympy.Rational(-1, 3), -1),
    (sympy.Rational(1, 3), 1),
    (1 / (1 + a) - 1 / (1 + a + b), 1),
    (1 / low - 1 / (low - a), -1),
    (x, None),
    (x**2, None),
    (a - b, None),
    (high, None),
    (some, None),
    (high + a, 1),
]


@pytest.mark.parametrize(("expr", "sign"), SIGNS, ids=str)
def test_signs_that_follow_are_found_and_others_are_not_guessed(expr, sign):
    assert sign_of(expr) == sign
    assert sign_of(-expr) == (None if sign is None else -sign)
    number = Symbolic(expr)
    assert number.is_positive is (sign == 1)
    relations = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
    if sign is not None:
        for relation in relations:
            assert relation(number, 0) is relation(sign, 0)
            assert relation(0, number) is relation(0, sign)
        assert bool(number) is (sign != 0)
        assert abs(number).value == (expr if sign >= 0 else -expr)


@pytest.mark.parametrize(
    ("expr", "known"),
    [
        (high, {">=": True, "<": False}),
        (x**2, {">=": True, "<": False}),
        (most, {"<=": True, ">": False}),
        (-(x**2), {"<=": True, ">": False}),
        (some, {"==": False, "!=": True}),
        (x, {}),
    ],
    ids=str,
)
def test_what_is_known_by_half_decides_half(expr, known):
    relations = {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
        "!=": operator.ne,
    }
    for sign, relation in relations.items():
        for number, other in ((Symbolic(expr), 0), (Symbolic(expr + y), y)):
            if sign in known:
                assert relation(number, other) is known[sign]
            else:
                with pytest.raises(UndecidableComparison):
                    relation(number, other)


def test_symbols_compute_as_sympy_does():
    one = Symbolic(x)
    for made, right in (
        (one + y, x + y),
        (y + one, x + y),
        (one - 2, x - 2),
        (2 - one, 2 - x),
        (Fraction(1, 3) * one, x / 3),
        (one * Rational(1, 3), x / 3),
        (one / a, x / a),
        (a / Symbolic(b), a / b),
        (one**3, x**3),
        (2**one, 2**x),
        (Symbolic(a) ** y, a**y),
        (-one, -x),
        (+one, x),
        (one.exp(), sympy.exp(x)),
        (one.expm1(), sympy.exp(x) - 1),
        (Symbolic(a).log(), sympy.log(a)),
        (Symbolic(a).log1p(), sympy.log(1 + a)),
        (one.tanh(), sympy.tanh(x)),
        (Symbolic(a).sqrt(), sympy.sqrt(a)),
        (one.conjugate(), x),
        (one * np.bool_(True), x),
        (one + np.int64(2), x + 2),
    ):
        assert type(made) is Symbolic
        assert made.value == right
    assert repr(one) == "x"
    assert hash(one) == hash(Symbolic(x))
    for undefined, told in (
        (lambda: one / 0, "x / 0"),
        (lambda: 1 / (one - x), "1 / 0"),
        (lambda: (one - x).log(), r"log\(0\)"),
        (lambda: (one * 0 - 1).log1p(), r"log\(0\)"),
    ):
        with pytest.raises(ZeroDivisionError, match=told):
            undefined()
    for inexact in (0.5, 1j, np.float32(1), sympy.Float(1), x * sympy.Float("0.5")):
        with pytest.raises(InexactNumberError):
            Symbolic(inexact)
        with pytest.raises(InexactNumberError):
            one + inexact


def test_a_wrong_sign_stops_everything(monkeypatch):
    monkeypatch.setattr(symbolic, "_assumed", lambda expr: 1)
    with pytest.raises(UnsoundError, match="was said to have sign 1, but is"):
        sign_of(low * sympy.Symbol("strange", positive=True))
    monkeypatch.setattr(symbolic, "_assumed", lambda expr: -1)
    with pytest.raises(UnsoundError, match="sign -1"):
        sign_of(a + sympy.Symbol("strange", positive=True))
    monkeypatch.setattr(symbolic, "_assumed", lambda expr: 0)
    with pytest.raises(UnsoundError, match="sign 0"):
        sign_of(a * sympy.Symbol("strange", positive=True))
