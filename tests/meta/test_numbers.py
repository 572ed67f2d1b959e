"""The number types and the zero test, attacked: what they must refuse, and what they must not get wrong."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.numbers import (
    CONTEXT,
    HighPrecision,
    InexactNumberError,
    NotRationalError,
    Rational,
    Rounded,
    Symbolic,
    UndecidableComparison,
    fractions,
    ordered,
    orderings,
    outside,
    proved_zero,
    require_exact,
    sign_of,
    sign_patterns,
    unwrap,
    zero_test,
)

x, y, z = sympy.symbols("x y z", real=True)
a, b, c = sympy.symbols("a b c", positive=True)
w = sympy.Symbol("w")
f = sympy.Function("f")


def of(kind, *values):
    return kind.array(np.array(values, dtype=object))


# --- what every type shares ---

KINDS = [Rational, HighPrecision, Symbolic, Rounded]


@pytest.mark.parametrize("kind", KINDS)
def test_numpy_code_runs(kind):
    v = of(kind, 3, -1, 2, 0) if kind is not Rounded else Rounded.array(np.array([3.0, -1.0, 2.0, 0.0]))
    m = v.reshape(2, 2)
    assert (np.maximum(v, 0) == np.array([3, 0, 2, 0])).all()
    assert (np.abs(v) == np.array([3, 1, 2, 0])).all()
    assert (np.sign(v) == np.array([1, -1, 1, 0])).all()
    assert v.max() == 3
    assert (m.max(axis=0, keepdims=True) == np.array([[3, 0]])).all()
    assert ((v > 0) * v == np.array([3, 0, 2, 0])).all()
    assert (np.where(v >= 0, v, 7) == np.array([3, 7, 2, 0])).all()
    assert (np.square(v) + v**2 - v * v == np.square(v)).all() if kind is not Rounded else True
    product_ = unwrap(m @ m.T - 2 * m + Fraction(1, 2))
    assert [float(sympy.sympify(str(item))) for item in product_.flat] == [4.5, 8.5, 2.5, 4.5]
    assert float(sympy.sympify(str(unwrap(v / 4)[0]))) == 0.75
    assert float(sympy.sympify(str(unwrap(np.array([v.mean()]))[0]))) == 1.0
    empty = np.empty((2, 0), dtype=object)
    assert (empty.sum(axis=1) + v[:2] == v[:2]).all()


@pytest.mark.parametrize("kind", [Rational, Symbolic])
@pytest.mark.parametrize(
    "meet",
    [
        lambda v: v * 0.5,
        lambda v: 0.5 * v,
        lambda v: v + np.float64(1),
        lambda v: v / np.float32(2),
        lambda v: v - np.array([1.0, 2.0]),
        lambda v: np.array([1.0, 2.0]) @ v,
        lambda v: v * (1 / 3),
        lambda v: np.maximum(v, 0.0),
        lambda v: v > 0.0,
        lambda v: v == 1.0,
        lambda v: v**0.5,
        lambda v: v * 1j,
        lambda v: np.where(v > 0, 1 / 4, 0) * v,
    ],
)
def test_a_float_that_meets_exact_numbers_raises(kind, meet):
    with pytest.raises(InexactNumberError):
        meet(of(kind, 1, 2))


def test_a_float_that_met_nothing_is_found():
    # NumPy's sign gives ints, and int / int is a float: no number of ours takes part.
    leaked = np.sign(of(Rational, 1, -2)) / 3
    with pytest.raises(InexactNumberError, match="entry"):
        require_exact(leaked)
    with pytest.raises(InexactNumberError):
        require_exact(np.array([0.5]))
    assert require_exact(of(Rational, 1, 2)).shape == (2,)
    assert require_exact(of(Symbolic, 1, x)).shape == (2,)
    with pytest.raises(InexactNumberError):
        require_exact(of(HighPrecision, 1))


def test_rationals_are_exact_and_stay_rational():
    v = Rational.array(fractions(Random(0), (3, 4)))
    assert ((v / 7) * 7 == v).all()
    assert v.sum().value == sum((item.value for item in v.flat), Fraction(0))
    for name in ("exp", "log", "log1p", "tanh", "sqrt", "expm1"):
        with pytest.raises(NotRationalError):
            getattr(np, name)(v)
    with pytest.raises(ZeroDivisionError):
        v / 0
    assert all(item.value != 0 for item in v.flat)


def test_fifty_digits():
    third = HighPrecision(Fraction(1, 3))
    assert str(CONTEXT.nstr((third * 3 - 1).value, 3)) == "0.0"
    assert abs((third.exp().log() - third).value) < CONTEXT.mpf(10) ** -49
    v = of(HighPrecision, 1, Fraction(1, 7))
    assert (v * 0.5 * 2 == v).all()
    for inexact in (0.1, 1 / 3, float("inf"), float("nan")):
        with pytest.raises(InexactNumberError):
            v * inexact
    complex_ = HighPrecision(CONTEXT.mpc(1, 2))
    for meet in (lambda: complex_ > 0, lambda: abs(complex_), lambda: max(complex_, HighPrecision(1))):
        with pytest.raises(TypeError):
            meet()
    with pytest.raises(ArithmeticError):
        HighPrecision(-1).log()
    import mpmath

    with mpmath.workdps(5):
        assert (HighPrecision(1) / 3).value == third.value


# --- symbols ---


def test_comparisons_follow_from_assumptions_or_raise():
    s = Symbolic
    assert s(a) > 0
    assert s(a + b) >= a
    assert not s(x) > x
    assert s(x + a) > x
    assert s(a / (a + b)) < 1
    assert s((x + y) ** 2) == s(x**2 + 2 * x * y + y**2)
    assert s(1) / 2 > 0
    for left, right in ((x, 0), (x, y), (a, b), (a - b, 0), (x * y, 1)):
        with pytest.raises(UndecidableComparison) as caught:
            s(left) > right  # noqa: B015
        assert str(left) in str(caught.value)
    with pytest.raises(UndecidableComparison):
        bool(s(x))
    with pytest.raises(UndecidableComparison):
        np.maximum(of(s, x), 0)
    with pytest.raises(UndecidableComparison):
        s(a) == s(b)  # noqa: B015
    assert s(x**2) >= 0
    with pytest.raises(UndecidableComparison):
        s(x**2) > 0  # noqa: B015
    with pytest.raises(ZeroDivisionError):
        s(a) / (s(x) - x)
    with pytest.raises(InexactNumberError):
        s(sympy.Float("0.5") * x)


@given(st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_signs_are_never_wrong(seed):
    rng = Random(seed)
    atoms = [a, b, -c, a + b, a / (a + b), sympy.exp(x), x**2 + 1, sympy.Integer(rng.randint(-3, 3))]
    expr = sum((rng.choice([-1, 1, 2]) * rng.choice(atoms) * rng.choice(atoms) for _ in range(3)), sympy.S(0))
    sign = sign_of(expr)
    for _ in range(4):
        point = {s: sympy.Rational(rng.randint(1, 30), rng.randint(1, 30)) for s in (a, b, c)}
        value = expr.subs(point | {x: sympy.Rational(rng.randint(-30, 30), 7)}).evalf(30)
        assert sign is None or int(bool(value > 0)) - int(bool(value < 0)) == sign


def test_regions_cover_and_decide():
    weak = list(orderings("v", 3, ties=True))
    assert len(weak) == 13  # the weak orders of three things
    assert len(list(orderings("v", 3))) == 6
    for values in weak:
        v = of(Symbolic, *values)
        assert all(v.max() >= item for item in v)
        softmax = np.exp(v - v.max()) / np.exp(v - v.max()).sum()
        assert proved_zero(softmax.sum() - 1)
    one, two, three = ordered("v", (1, 0, 1))
    assert one == three
    assert (one - two).is_positive
    assert len(list(sign_patterns("v", 2, zero=True))) == 9
    for values in sign_patterns("v", 2, zero=True):
        v = of(Symbolic, *values)
        assert (np.maximum(v, 0) - np.where(v > 0, v, 0) == 0).all()


# --- the zero test ---

S = sympy.exp(x) + sympy.exp(y) + sympy.exp(z)
TRUE = [
    sympy.tanh(x) - 2 / (1 + sympy.exp(-2 * x)) + 1,
    sympy.diff(sympy.tanh(x), x) - 4 * sympy.exp(2 * x) / (sympy.exp(2 * x) + 1) ** 2,
    sympy.diff(sympy.log(S), y) - sympy.exp(y) / S,
    sympy.exp(x) / S - sympy.exp(x - z) / (sympy.exp(x - z) + sympy.exp(y - z) + 1),
    sympy.log(S) - z - sympy.log(sympy.exp(x - z) + sympy.exp(y - z) + 1),
    sympy.log(a * b) - sympy.log(a) - sympy.log(b),
    sympy.log(a * x**2 + a) - sympy.log(a) - sympy.log(1 + x**2),
    sympy.log(1 - a / (a + b)) - sympy.log(b) + sympy.log(a + b),
    sympy.log(12) - 2 * sympy.log(2) - sympy.log(3),
    1 / (sympy.sqrt(2) - 1) - sympy.sqrt(2) - 1,
    sympy.sqrt(x**2 + y**2) * sympy.sqrt(x**2 + y**2 + 2 * x - 2 * x) - x**2 - y**2,
    f((x + y) ** 2) - f(x**2 + 2 * x * y + y**2),
    a**x * a**y - a ** (x + y),
    sympy.sinh(2 * x) - 2 * sympy.sinh(x) * sympy.cosh(x),
    sympy.Max(0, x) - sympy.Piecewise((x, x > 0), (0, True)),
    sympy.Max(0, x) + sympy.Min(0, x) - x,
    sympy.Max(x, y) - (x + y + sympy.Abs(x - y)) / 2,
    sympy.Abs(x) - x * sympy.sign(x),
    sympy.Abs(x - y) - sympy.Abs(y - x),
    sympy.Max(0, x) * sympy.Heaviside(x) - sympy.Max(0, x),
    sympy.exp(x / 17) ** 3 * sympy.exp(y) - sympy.exp(y + 3 * x / 17),
]
NONZERO = [
    sympy.exp(x) / S - sympy.exp(y) / S,
    x**2 - y,
    sympy.tanh(x) - x,
    sympy.log(a + b) - sympy.log(a) - sympy.log(b),
    sympy.log(x * y) - sympy.log(x) - sympy.log(y),  # false for negative x and y
    sympy.sqrt(x**2) - x,
    sympy.Abs(x) - x,
    sympy.Max(0, x) - x,
    f(x + y) - f(x - y),
    f(x) - f(y),
    sympy.Piecewise((x, x > 0), (0, True)) - sympy.Piecewise((x, x > 0), (sympy.Rational(1, 10**9), True)),
    sympy.exp(x + y) - sympy.exp(x) - sympy.exp(y),
    sympy.Rational(1, 10**30) * x,
    1 / (1 + sympy.exp(-x)) - 1 / (1 + sympy.exp(x)),
]


@pytest.mark.parametrize("expr", TRUE, ids=str)
def test_zero_is_proved(expr):
    assert proved_zero(expr) is True
    scaled = expr * (sympy.tanh(x) + 3) ** 2
    assert proved_zero(scaled) is True


@pytest.mark.parametrize("expr", NONZERO, ids=str)
def test_what_is_not_zero_is_refuted_with_a_point(expr):
    found = zero_test(expr)
    assert found.verdict is False
    value = expr.xreplace(found.point)
    for symbol, number in found.point.items():
        if symbol.is_Symbol:
            assert not (symbol.is_positive and number <= 0)
    if not expr.has(f):
        assert abs(CONTEXT.mpmathify(sympy.N(value, 30)) - found.value) < 1e-25 * abs(found.value)


@pytest.mark.parametrize("expr", TRUE, ids=str)
def test_a_small_fault_is_seen(expr):
    assert proved_zero(expr + sympy.Rational(1, 10**12) * (1 + x**2)) is False


def test_the_zero_test_does_not_claim_what_it_does_not_know():
    assert proved_zero(sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1) is None
    assert proved_zero(sympy.log(sympy.exp(w)) - w) is None  # false for complex w
    assert proved_zero(sympy.zoo) is None
    with pytest.raises(TypeError):
        proved_zero(x - 0.5 * x)


@given(st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_never_proved_where_the_value_differs(seed):
    rng = Random(seed)

    def grown(depth):
        if depth == 0:
            return rng.choice([x, y, a, b, sympy.Integer(rng.randint(-2, 3)), sympy.Rational(1, 3)])
        left, right = grown(depth - 1), grown(rng.randrange(depth))
        return rng.choice(
            [
                lambda: left + right,
                lambda: left * right,
                lambda: left - right,
                lambda: left / (1 + right**2),
                lambda: sympy.tanh(left),
                lambda: sympy.exp(sympy.tanh(left)) * right,
                lambda: sympy.log(1 + left**2),
                lambda: sympy.Max(left, right),
                lambda: sympy.sqrt(1 + left**2),
            ]
        )()

    expr = grown(3)
    derivative = sympy.diff(expr, x) if not expr.has(sympy.Max) else expr
    point = {s: sympy.Rational(rng.randint(1, 40), rng.randint(20, 40)) for s in (x, y, a, b)}
    value = abs(sympy.N(derivative.subs(point), 30))
    verdict = proved_zero(derivative)
    if verdict is True:
        assert value < 1e-20
    if value > 1e-15:
        assert verdict is False


# --- rounding ---

DTYPES = (np.float64, np.float32)
sizes = st.tuples(st.integers(1, 5), st.integers(1, 12), st.integers(1, 4))


def drawn(rng, shape, dtype):
    """Draw values of very different sizes, so that sums cancel and orders matter."""
    return (rng.standard_normal(shape) * 10.0 ** rng.uniform(-3, 2, shape)).astype(dtype)


def within(run, arrays, dtype):
    """Run code on floats and on error-carrying numbers; hold the floats against the bounds."""
    computed = np.asarray(run(*arrays))
    assert computed.dtype == dtype
    bounded = np.asarray(run(*(Rounded.array(array) for array in arrays)), dtype=object)
    at = outside(computed.reshape(bounded.shape), bounded)
    assert at is None, f"entry {at}: {computed.reshape(bounded.shape)[at]!r} is not in {bounded[at]}"
    return computed, bounded


def stable_sigmoid(v):
    e = np.exp(-np.abs(v))
    return np.where(v >= 0, np.ones_like(v) if v.dtype != object else 1, e) / (1 + e)


def softmax(v):
    e = np.exp(v - v.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


def logsumexp(v):
    m = v.max(axis=0, keepdims=True)
    return m + np.log(np.exp(v - m).sum(axis=0, keepdims=True))


RUNS = {
    "dense": lambda W, v, b: W @ v + b,
    "dense tanh dense": lambda W, v, b: W.T @ np.tanh(W @ v + b),
    "sigmoid": lambda W, v, b: stable_sigmoid(v),
    "softmax": lambda W, v, b: softmax(v),
    "log-sum-exp": lambda W, v, b: logsumexp(v),
    "softplus": lambda W, v, b: np.maximum(v, 0) + np.log1p(np.exp(-np.abs(v))),
    "products": lambda W, v, b: ((v * v - 3) ** 2 * v).sum(),
    "quotients": lambda W, v, b: v / (1 + v**2) / 7 - v.sum(axis=0) / v.shape[0],
    "cubes": lambda W, v, b: (1 + v**2) ** 3,
    "roots": lambda W, v, b: np.sqrt((v**2).sum() + 1),
    "gradient": lambda W, v, b: ((1 - np.tanh(W @ v + b) ** 2) * (W @ v)) @ v.T,
}


@pytest.mark.parametrize("dtype", DTYPES, ids=["float64", "float32"])
@pytest.mark.parametrize("name", RUNS)
@given(shape=sizes, seed=st.integers(0, 10**9))
@settings(max_examples=12, deadline=None)
def test_float_runs_are_within_their_bound(name, dtype, shape, seed):
    rng = np.random.default_rng(seed)
    m, n, batch = shape
    arrays = drawn(rng, (m, n), dtype), drawn(rng, (n, batch), dtype), drawn(rng, (m, 1), dtype)
    try:
        with np.errstate(under="ignore"):
            within(RUNS[name], arrays, dtype)
    except UndecidableComparison:
        pass


@pytest.mark.parametrize("dtype", DTYPES, ids=["float64", "float32"])
@given(st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_every_order_of_summation_is_within_the_bound(dtype, seed):
    rng = np.random.default_rng(seed)
    terms = drawn(rng, 40, dtype)
    terms[rng.integers(40)] *= dtype(1e6)
    bound = Rounded.array(terms).sum()
    sorted_ = np.sort(terms)
    for order in (terms, terms[::-1], sorted_, sorted_[::-1], rng.permutation(terms)):
        total = dtype(0)
        for term in order:
            total = dtype(total + term)
        assert bound.holds(total)
        assert bound.holds(np.sum(order))
        assert bound.holds(order @ np.ones(40, dtype))


def test_the_bound_is_not_empty_talk():
    """It is a few units wide, and planted errors of a few more units are refused."""
    rng = np.random.default_rng(0)
    for dtype, eps in ((np.float64, 2.0**-53), (np.float32, 2.0**-24)):
        W, v, b = (rng.standard_normal(s).astype(dtype) for s in ((3, 8), (8, 4), (3, 1)))
        computed, bounded = within(RUNS["dense"], (W, v, b), dtype)
        scale = np.abs(W) @ np.abs(v) + np.abs(b)
        for at in np.ndindex(computed.shape):
            assert bounded[at].error < 12 * eps * scale[at]
        wrong = computed.astype(np.float64)
        wrong[1, 2] += 24 * eps * scale[1, 2]
        assert outside(wrong, bounded) == (1, 2)
        wrong[0, 0] = np.nan
        assert outside(wrong, bounded) == (0, 0)


def test_comparisons_that_rounding_can_change_raise():
    third = Rounded(1) / 3
    with pytest.raises(UndecidableComparison):
        third * 3 >= 1  # noqa: B015
    with pytest.raises(UndecidableComparison):
        np.maximum(np.array([third - Rounded(Fraction(1, 3))], dtype=object), 0)
    with pytest.raises(UndecidableComparison):
        1 / (third - third)
    with pytest.raises(UndecidableComparison):
        (third - third).log()
    assert Rounded(0.5) == 0.5
    assert Rounded(0.5) >= Rounded(0.5)
    assert third > 0
    with pytest.raises(OverflowError):
        Rounded(1000).exp()
    with pytest.raises(OverflowError):
        Rounded(1e38, np.float32) * 10
    with pytest.raises(TypeError):
        Rounded(1, np.float32) + Rounded(1, np.float64)


def test_what_a_float_does_not_hold_has_the_error_of_being_rounded():
    assert Rounded(0.1).error == 0
    assert Rounded(Fraction(1, 2), np.float32).error == 0
    assert Rounded(Fraction(1, 3)).holds(1 / 3)
    assert Rounded(Fraction(1, 3)).error > 0
    assert Rounded(0.1, np.float32).error > 0
    assert Rounded(2**53 + 1).error > 0
    assert Rounded(HighPrecision(1) / 3).error > 0


@pytest.mark.parametrize("dtype", DTYPES, ids=["float64", "float32"])
@pytest.mark.parametrize("name", ["exp", "log", "log1p", "expm1", "tanh", "sqrt"])
def test_elementary_functions_are_within_four_units(name, dtype):
    rng = np.random.default_rng(1)
    v = np.concatenate([drawn(rng, 150, dtype), 10.0 ** rng.uniform(-6, 1.5, 100)]).astype(dtype)
    v = np.abs(v) if name in ("log", "sqrt", "log1p") else np.clip(v, -80, 80)
    within(getattr(np, name), (v,), dtype)


def test_underflow_is_covered():
    for dtype in DTYPES:
        tiny = np.array([np.finfo(dtype).tiny, 1e-30], dtype)
        with np.errstate(under="ignore"):
            within(lambda v: v * v, (tiny,), dtype)
            within(np.exp, (np.array([-700, -800, -1e4], dtype),), dtype)


def test_all_signs_of_a_small_square_are_bounded():
    for values in product((-1.5, 0.0, 2.25), repeat=3):
        within(lambda v: (v**2).sum() - v.sum() ** 2, (np.array(values),), np.float64)


@pytest.mark.parametrize("dtype", DTYPES, ids=["float64", "float32"])
def test_cancellation_is_charged_by_the_terms_and_not_by_the_sum(dtype):
    large = dtype(2.0**60)
    bound = Rounded.array(np.array([large, -large, 1], dtype)).sum()
    assert float(bound) == 1
    assert bound.holds((large + dtype(1)) - large)  # 0: another order loses the 1
