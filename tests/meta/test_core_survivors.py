"""What mutants of the trusted core showed to be unchecked: laws of its numbers, against what shares no code with it."""

from __future__ import annotations

import operator
from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from derivations.numbers import (
    HighPrecision,
    InexactNumberError,
    NotRationalError,
    Rational,
    Rounded,
    Symbolic,
    UndecidableComparison,
    fractions,
    outside,
    require_exact,
    unwrap,
)

KINDS = pytest.mark.parametrize("kind", [Rational, HighPrecision, Symbolic, Rounded])
DYADIC = st.builds(Fraction, st.integers(-40, 40), st.sampled_from([1, 2, 4, 8]))
ARITHMETIC = (operator.add, operator.sub, operator.mul, operator.truediv)
RELATIONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
MP = mpmath.MPContext()
MP.dps = 70


def exactly(number):
    """Give the number that a wrapping holds, as a fraction; that of an mpf is the binary one."""
    value = getattr(number, "value", number)
    if hasattr(value, "_mpf_"):
        sign, man, exponent, _ = value._mpf_
        return (-1) ** sign * int(man) * Fraction(2) ** exponent
    if isinstance(value, sympy.Rational):
        return Fraction(int(value.p), int(value.q))
    return Fraction(int(value)) if isinstance(value, np.integer) else Fraction(value)


def is_nearly(number, right, digits=47):
    return abs(exactly(number) - right) <= Fraction(1, 10**digits) * max(1, abs(right))


def forms(kind, value):
    """Give a number as each type of operand that it may come as."""
    yield kind(value)
    yield value
    if value.denominator == 1:
        yield from (int(value), np.int64(int(value)))


@KINDS
@given(DYADIC, DYADIC)
def test_arithmetic_is_that_of_fractions(kind, x, y):
    for operate in ARITHMETIC:
        for a, b in [*product([kind(x)], forms(kind, y)), *product(forms(kind, x), [kind(y)])]:
            if operate is operator.truediv and not y:
                with pytest.raises(ZeroDivisionError):
                    operate(a, b)
                continue
            found = operate(a, b)
            assert type(found) is kind
            assert is_nearly(found, operate(x, y))
    for n in range(-3, 5):
        if x or n >= 0:
            assert all(is_nearly(kind(x) ** power, x**n) for power in (n, np.int64(n), kind(n)))
    assert is_nearly(-kind(x), -x)
    assert is_nearly(+kind(x), x)
    assert is_nearly(abs(kind(x)), abs(x))
    assert is_nearly(kind(x).conjugate(), x)
    assert bool(kind(x)) is bool(x)
    assert kind(x).is_positive is (x > 0)
    if kind is not Symbolic:
        assert float(kind(x)) == x
    if kind is not Rounded:
        assert hash(kind(x)) == hash(kind(x + 1) - 1)


@KINDS
@given(DYADIC, st.one_of(DYADIC, st.just(None)))
def test_order_is_that_of_fractions(kind, x, y):
    y = x if y is None else y
    for relation in RELATIONS:
        for a, b in [*product([kind(x)], forms(kind, y)), *product(forms(kind, x), [kind(y)])]:
            assert bool(relation(a, b)) is relation(x, y)


@KINDS
def test_what_is_no_number_is_left_to_python(kind):
    for operate in (*ARITHMETIC, operator.pow, operator.lt, operator.le, operator.gt, operator.ge):
        for a, b in ((kind(2), object()), (object(), kind(2))):
            with pytest.raises(TypeError):
                operate(a, b)
    assert (kind(2) == object()) is False
    assert (kind(2) != object()) is True
    with pytest.raises(TypeError, match="not a"):
        kind(object())


def test_rationals_by_their_parts():
    assert (Rational(6, 4).numerator, Rational(6, 4).denominator) == (3, 2)
    assert Rational(Rational(1, 2), Fraction(3, 4)) == Rational(2, 3)
    assert repr(Rational(6, 4)) == "3/2"
    assert Rational(2) ** Fraction(4, 2) == 4
    for bad in ((object(), 1), (1, object())):
        with pytest.raises(TypeError):
            Rational(*bad)
    for root in (lambda: Rational(4) ** Fraction(1, 2), lambda: Rational(0) ** Fraction(1, 2)):
        with pytest.raises(NotRationalError):
            root()
    with pytest.raises(InexactNumberError):
        Rational(1, 0.5)


# --- 50 digits ---

ELEMENTARY = ("exp", "expm1", "log", "log1p", "tanh", "sqrt")


@given(st.builds(Fraction, st.integers(1, 900), st.sampled_from([7, 64, 300])))
def test_elementary_functions_have_fifty_digits(x):
    for name, sign in product(ELEMENTARY, (1, -1)):
        if sign < 0 and name in ("log", "log1p", "sqrt"):
            continue
        right = getattr(MP, name)(sign * MP.mpf(x.numerator) / x.denominator)
        found = getattr(np, name)(np.array([HighPrecision(sign * x)], dtype=object))[0]
        # The argument itself is rounded to 50 digits, and exp passes on what its argument is off by.
        assert is_nearly(found, exactly(right), 46)
    assert is_nearly(2 ** HighPrecision(x), exactly(MP.mpf(2) ** (MP.mpf(x.numerator) / x.denominator)), 46)
    assert is_nearly(
        HighPrecision(x) ** Fraction(1, 2), exactly(MP.sqrt(MP.mpf(x.numerator) / x.denominator)), 46
    )


def test_the_domain_of_fifty_digits_is_the_real_one():
    for outside_ in (
        lambda: HighPrecision(0).log(),
        lambda: HighPrecision(-1).log(),
        lambda: HighPrecision(-1).log1p(),
        lambda: HighPrecision(-2).log1p(),
        lambda: HighPrecision(Fraction(-1, 100)).sqrt(),
    ):
        with pytest.raises(ArithmeticError, match="outside the domain"):
            outside_()
    assert HighPrecision(0).sqrt() == 0
    assert HighPrecision(0).log1p() == 0
    assert HighPrecision(Fraction(1, 2)).log() < 0
    assert HighPrecision(Fraction(-1, 2)).log1p() < 0


def test_complex_numbers_of_fifty_digits():
    number = HighPrecision(0.5 + 0.25j)
    assert number.is_complex
    assert not number.real.is_complex
    assert (number.real, number.imag) == (Fraction(1, 2), Fraction(1, 4))
    assert (number * number.conjugate()).real == Fraction(5, 16)
    assert (number * number.conjugate()).imag == 0
    assert number != number.conjugate()
    assert number == HighPrecision(np.complex128(0.5 + 0.25j))
    assert (number - 0.25j).is_positive
    assert not number.is_positive
    assert not (-(number - 0.25j)).is_positive
    for x in (HighPrecision(3), number):
        for a, b in ((x, 1j), (number, x)):
            for relation in RELATIONS[:4]:
                with pytest.raises(TypeError, match="no order"):
                    relation(a, b)
    with pytest.raises(InexactNumberError):
        HighPrecision(0.5 + 0.1j)
    # Of the complex step: the imaginary part of f(x + ih) is h f'(x), to the square of h.
    step = HighPrecision(mpmath.mpc(2, 0)) + HighPrecision(mpmath.mpc(0, 1)) * HighPrecision(10) ** -20
    assert abs((step**3).imag * HighPrecision(10) ** 20 - 12) < HighPrecision(10) ** -38


def test_floats_of_few_binary_places_are_what_their_author_wrote():
    assert HighPrecision(2.0**-10) == Fraction(1, 1024)
    assert HighPrecision(np.float32(3 + 2.0**-10)) == Fraction(3073, 1024)
    with pytest.raises(InexactNumberError):
        HighPrecision(2.0**-11)
    assert HighPrecision(mpmath.mpf(0.1)) != Fraction(1, 10)  # somebody else's mpf is the number that it is
    assert HighPrecision(Rational(1, 3)) == HighPrecision(1) / 3
    assert HighPrecision(np.bool_(True)) == 1
    assert repr(HighPrecision(Fraction(1, 3))) == "0." + 20 * "3"


# --- numbers that carry their rounding ---

UNITS = {"float64": Fraction(1, 2**53), "float32": Fraction(1, 2**24)}
SMALLEST = {"float64": Fraction(1, 2**1022), "float32": Fraction(1, 2**126)}
DTYPE = pytest.mark.parametrize("dtype", UNITS)
ABOUT = 1 + Fraction(1, 10**5)  # u is taken a little larger, for the rounding of the 50 digits


def wide(value, dtype="float64"):
    """Make a number whose float counterpart may be off by about a half: its digits were lost in a large one."""
    large = 1 / UNITS[dtype] / 8
    found = (Rounded(value, dtype) + large) - large
    assert exactly(found) == value
    assert Fraction(1, 5) < exactly(found.error) < 1
    return found


@DTYPE
def test_a_number_enters_with_the_error_of_being_rounded_once(dtype):
    u = UNITS[dtype]
    third = Fraction(1, 3)
    for value in (third, Rational(1, 3), HighPrecision(third), -third):
        error = exactly(Rounded(value, dtype).error)
        assert u / 3 <= error <= ABOUT * u / 3 + SMALLEST[dtype]
    assert Rounded(1 / u, dtype).error == 0  # the last whole number before which none is left out
    assert Rounded(1 / u + 1, dtype).error > 0
    # Below the normal numbers there is flush to zero.
    assert exactly(Rounded(third * SMALLEST[dtype], dtype).error) >= SMALLEST[dtype]
    # Equal to 50 digits is not equal.
    assert Rounded(1 + Fraction(1, 10**60), dtype).error > 0
    assert Rounded(np.finfo(dtype).max, dtype).error == 0
    assert Rounded(Rational(1, 4), dtype).error == 0
    assert Rounded(third, dtype).float_type == dtype
    for bad in (float("inf"), float("nan"), np.float32("inf")):
        with pytest.raises(ValueError, match="not finite"):
            Rounded(bad, dtype)
    for bad in (1j, np.complex64(1), HighPrecision(1j), "1"):
        with pytest.raises(TypeError):
            Rounded(bad, dtype)
    for bad in (10**400, Fraction(10**400), 2 * Fraction(float(np.finfo(dtype).max))):
        with pytest.raises(OverflowError), np.errstate(over="ignore"):
            Rounded(bad, dtype)
    with pytest.raises(TypeError):
        Rounded(1, dtype) + 1j


def corners(operate, *numbers):
    """Give how far a result is off, at most, if its arguments are off by their errors."""
    ends = [(exactly(x) - exactly(x.error), exactly(x) + exactly(x.error)) for x in numbers]
    right = operate(*map(exactly, numbers))
    return right, max(abs(operate(*corner) - right) for corner in product(*ends))


def is_bounded(found, right, off, rounding, dtype):
    """Hold an error against what it must cover, and against that it should not be much more."""
    assert is_nearly(found, right)
    least = off + rounding * UNITS[dtype] * (abs(right) + off)
    assert least * (1 - Fraction(1, 10**40)) <= exactly(found.error) <= least * ABOUT + SMALLEST[dtype]


@DTYPE
@given(st.integers(1, 30), st.integers(1, 30))
def test_products_and_quotients_cover_every_corner_of_their_arguments(dtype, a, b):
    exact = [Rounded(Fraction(n, 4), dtype) for n in (a, -b)]
    inexact = [
        Rounded(Fraction(a, 7), dtype),
        wide(2 + Fraction(b, 4), dtype),
        wide(-2 - Fraction(a, 4), dtype),
    ]
    for x, y in product([*exact, *inexact], repeat=2):
        if 1 not in (abs(x.value), abs(y.value)):
            # What both are off by may meet in one corner of a product, and a bound that is a sum has it too.
            is_bounded(x * y, *corners(operator.mul, x, y), 1, dtype)
        right, off = corners(operator.truediv, x, y)
        is_bounded(x / y, right, off, 1, dtype)


@DTYPE
def test_masks_and_signs_are_exact(dtype):
    for x in (Rounded(Fraction(1, 3), dtype), wide(Fraction(3), dtype), Rounded(5, dtype)):
        for one in (1, True, np.int64(1), Rounded(1, dtype), -1):
            for found in (x * one, one * x):
                assert found.error == x.error
                assert exactly(found) == exactly(one) * exactly(x)
        for found in (x * 0, 0 * x):
            assert found.value == found.error == 0
        for same in (+x, -x, abs(x), abs(-x), x.conjugate(), x**1, x + 0, 0 + x, x - 0, -(0 - x)):
            assert same.error == x.error
            assert abs(exactly(x)) <= exactly(same.magnitude) <= exactly(x.magnitude)
        assert (-x).value == (0 - x).value == -x.value
        assert (x**0).value == 1
        assert (x**0).error == 0
    charge = exactly((Rounded(5, dtype) * 3).error) - SMALLEST[dtype]
    assert is_nearly(
        charge / UNITS[dtype] / 15, 1 + Fraction(1, 2**20), 20
    )  # for what 50 digits lose themselves
    for doubled in (Rounded(5, dtype) * 2, Rounded(1, dtype) / 2, Rounded(5, dtype) * 5):
        assert doubled.error > 0


@DTYPE
@given(st.lists(st.integers(-50, 50).filter(bool), min_size=2, max_size=9))
def test_a_sum_is_charged_for_every_order_as_documented(dtype, tops):
    """Off by the sum of e_i + ((1 + u)**(n - 1) - 1) M, in whatever tree the terms are added."""
    u = UNITS[dtype]
    terms = [Rounded(Fraction(top, 3), dtype) for top in tops]
    errors = sum(exactly(term.error) for term in terms)
    mass = sum(abs(exactly(term)) + exactly(term.error) for term in terms)
    right = errors + ((1 + u) ** (len(terms) - 1) - 1) * mass
    left, rest = terms[0], terms[-1]
    for term in terms[1:]:
        left = left + term
    for term in terms[-2::-1]:
        rest = term + rest
    half = len(terms) // 2
    pairs = sum(terms[:half]) + sum(terms[half:])
    for found in (left, rest, pairs, 0 - (0 - left)):
        assert right * (1 - Fraction(1, 10**40)) <= exactly(found.error) <= right * ABOUT
        assert is_nearly(found.magnitude, mass)
        assert is_nearly(found, sum(exactly(term) for term in terms))
    turned = terms[0]
    for term in terms[1:]:
        turned = turned - term
    assert is_nearly(turned.error, exactly(left.error))
    assert is_nearly(turned, 2 * exactly(terms[0]) - exactly(left))
    back = (terms[1] * 1).__rsub__(terms[0])
    assert is_nearly(back, exactly(terms[0]) - exactly(terms[1]))


@DTYPE
@given(st.integers(1, 40))
def test_functions_cover_both_ends_of_their_argument(dtype, a):
    def real(name):
        return lambda x: exactly(getattr(MP, name)(MP.mpf(x.numerator) / x.denominator))

    for name, x in product(ELEMENTARY, (Rounded(Fraction(a, 8), dtype), wide(1 + Fraction(a, 8), dtype))):
        ends = [exactly(x) - exactly(x.error), exactly(x), exactly(x) + exactly(x.error)]
        low, right, high = map(real(name), ends)
        found = getattr(np, name)(np.array([x], dtype=object))[0]
        off = max(high - right, right - low)
        # Four units in the last place are 8 u; a root is rounded correctly, within one unit.
        is_bounded(found, right, off, 2 if name == "sqrt" else 8, dtype)
    for x in (Rounded(Fraction(a, 8), dtype), wide(-1 - Fraction(a, 8), dtype)):
        for n in (3, -3, 5):
            right, off = corners(lambda v, n=n: v**n, x)
            is_bounded(x**n, right, off, 8, dtype)
    x = wide(1 + Fraction(a, 8), dtype)
    assert (x**2).error == (x * x).error
    assert (x**-1).error == (1 / x).error
    for half in (Fraction(1, 2), 0.5, Rounded(Fraction(1, 2), dtype)):
        assert (x**half).error == x.sqrt().error


def test_roots_and_powers_where_the_sign_is_in_doubt():
    for power in (3, -3, 4, Fraction(1, 2), Fraction(3, 2), -1):
        with pytest.raises(UndecidableComparison):
            wide(Fraction(1, 8)) ** power
    with pytest.raises(UndecidableComparison):
        Rounded(-2) ** Fraction(3, 2)
    with pytest.raises(UndecidableComparison):
        Rounded(0) ** -3
    for nothing in (Rounded(0) ** 3, Rounded(0) ** Fraction(3, 2), Rounded(0).sqrt()):
        assert nothing.value == 0
    assert is_nearly(Rounded(-2) ** 3, -8)
    for name, edge in (("log", 0), ("log1p", -1), ("sqrt", 0)):
        for bad in (wide(edge + Fraction(1, 8)), wide(edge - Fraction(1, 8)), Rounded(edge - 1)):
            with pytest.raises(UndecidableComparison, match=f"the domain of {name}"):
                getattr(bad, name)()
        if name != "sqrt":
            with pytest.raises(UndecidableComparison):
                getattr(Rounded(edge), name)()
        getattr(wide(edge + Fraction(9, 8)), name)()
        getattr(Rounded(edge + Fraction(1, 2**40)), name)()


def test_a_comparison_is_decided_just_where_no_rounding_can_turn_it():
    x = wide(Fraction(7))
    reach = exactly(x.error)
    near, far = reach * Fraction(99, 100), reach * Fraction(101, 100)
    for relation, other in product(RELATIONS, (7 - near, 7, 7 + near)):
        with pytest.raises(UndecidableComparison):
            relation(x, other)
    for relation, other in product(RELATIONS, (7 - far, 7 + far)):
        assert relation(x, other) is relation(7, other)
        assert relation(x, x) is relation(7, 7)
    y = wide(Fraction(121, 16))  # off by more than either error, and by less than both
    for relation in RELATIONS:
        with pytest.raises(UndecidableComparison):  # both are off
            relation(x, y)
    assert x.is_positive
    assert not (-x).is_positive
    assert not wide(Fraction(1, 8)).is_positive
    with pytest.raises(UndecidableComparison):
        bool(wide(Fraction(1, 8)))
    with pytest.raises(UndecidableComparison, match="the divisor may be"):
        1 / wide(Fraction(1, 8))
    with pytest.raises(TypeError):
        hash(x)


def test_what_a_bound_holds():
    x = wide(Fraction(7))
    reach = float(x.error)
    assert all(map(x.holds, (7.0, 7 + 0.999 * reach, 7 - 0.999 * reach)))
    assert not any(map(x.holds, (7 + 1.001 * reach, 7 - 1.001 * reach, float("nan"), float("inf"), -7.0)))
    bounds = np.array([[x, Rounded(2)], [3, x]], dtype=object)
    assert outside(np.array([[7.0, 2], [3, 7]]), bounds) is None
    assert outside(np.array([[7.0, 2], [4, 7]]), bounds) == (1, 0)
    assert outside(np.array([[7.0, 2.5], [4, 7]]), bounds) == (0, 1)
    assert outside([[7.0, 2], [3, 8]], bounds.tolist()) == (1, 1)
    with pytest.raises(ValueError, match="shapes"):
        outside(np.zeros((2, 3)), bounds)
    assert repr(Rounded(0.5)) == "0.5 ± 0.0"


@DTYPE
def test_what_may_overflow_raises(dtype):
    largest = Rounded(np.finfo(dtype).max, dtype)
    quarter = Rounded(largest.value / 4, dtype)
    assert (quarter + quarter).value == largest.value / 2
    for too_large in (
        lambda: largest + largest,
        lambda: largest - (-largest),
        lambda: largest * 2,
        lambda: largest / Rounded(0.5, dtype),
        lambda: quarter * Rounded(4, dtype),  # by the rounding of the product itself
        lambda: (quarter + quarter) + (quarter + quarter),
        lambda: largest**2,
    ):
        with pytest.raises(OverflowError):
            too_large()
    with pytest.raises(TypeError, match="met"):
        Rounded(1, "float32") * Rounded(1, "float64")


def test_an_array_takes_its_own_type():
    assert Rounded.array(np.ones(2, np.float32))[1].float_type == "float32"
    assert Rounded.array(np.ones(2))[1].float_type == "float64"
    assert Rounded.array(np.ones(2), np.float32)[1].float_type == "float32"
    assert Rounded(1).float_type == "float64"


# --- arrays of them ---


def test_draws_are_small_and_never_zero():
    from random import Random

    drawn = [*fractions(Random(3), (20, 30)).flat]
    assert 0 not in drawn
    assert 200 < sum(value > 0 for value in drawn) < 400
    assert max(abs(value.numerator) for value in drawn) <= 11
    assert {value.denominator for value in drawn} == {1, 2, 3, 4, 5}
    assert all(value > 0 for value in fractions(Random(3), (200,), positive=True))


def test_only_exact_entries_are_exact():
    for exact in ([True], [1], np.arange(3), np.ones(1, np.uint64), [Fraction(1, 3)], [np.int64(3)]):
        assert require_exact(exact).shape == np.shape(exact)
    for inexact in (
        [0.5],
        [1j],
        [None, 1],
        np.array([1, 0.5], dtype=object),
        [np.float64(1)],
        [HighPrecision(1)],
    ):
        with pytest.raises(InexactNumberError):
            require_exact(inexact)
    with pytest.raises(InexactNumberError, match=r"what it is, at entry \(1, 0\)"):
        require_exact(np.array([[1], [0.5]], dtype=object), "what it is")
    plain = unwrap(np.array([Rational(1, 2), 3], dtype=object))
    assert plain.tolist() == [Fraction(1, 2), 3]
    assert type(plain[0]) is Fraction
