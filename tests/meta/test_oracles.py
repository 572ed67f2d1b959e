"""The oracles, attacked: planted faults are refused, right gradients are not, kinks and noise are inconclusive."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from derivations.numbers import CONTEXT, HighPrecision, InexactNumberError, Rational, fractions
from derivations.oracles import (
    Answer,
    Verdict,
    cause,
    central_differences,
    complex_slopes,
    complex_step,
    directional,
    exact_differences,
    first_wrong_entry,
    one_sided,
    subgradient,
    taylor,
    units,
)

SHAPE = (2, 3)


def loss(x):
    e = np.exp(x)
    return (np.tanh(x) ** 2).sum() + np.log(e.sum()) + x[0, 0] * x[1, 1]


def gradient(x):
    e = np.exp(x)
    y = np.tanh(x)
    g = 2 * y * (1 - y * y) + e / e.sum()
    g[0, 0] = g[0, 0] + x[1, 1]
    g[1, 1] = g[1, 1] + x[0, 0]
    return g


def point(kind, seed):
    if kind == "50 digits":
        return HighPrecision.array(fractions(Random(seed), SHAPE))
    return np.random.default_rng(seed).standard_normal(SHAPE).astype(kind)


def one_entry(g):
    g = g.copy()
    g[1, 2] = g[1, 2] * 2
    return g


FAULTS = {
    "sign": lambda g: -g,
    "factor 2": lambda g: 2 * g,
    "factor 1/2": lambda g: g / 2,
    "a thousandth": lambda g: g * 1001 / 1000,
    "one entry": one_entry,
    "swapped": lambda g: g[::-1].copy(),
    "zero": lambda g: g * 0,
    "transposed and reshaped": lambda g: g.T.reshape(SHAPE).copy(),
}
KINDS = ["50 digits", "float64", "float32"]


def test_a_verdict_is_no_boolean():
    with pytest.raises(TypeError):
        bool(Verdict(Answer.RIGHT))
    assert Verdict(Answer.RIGHT).right
    assert Verdict(Answer.WRONG).wrong
    assert Verdict(Answer.INCONCLUSIVE).inconclusive


@pytest.mark.parametrize("kind", KINDS)
def test_right_gradients_are_right(kind):
    answers = [central_differences(loss, x, gradient(x)).answer for x in (point(kind, s) for s in range(12))]
    assert Answer.WRONG not in answers
    assert answers.count(Answer.RIGHT) == 12 if kind != "float32" else answers.count(Answer.RIGHT) >= 9


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", KINDS)
def test_wrong_gradients_are_wrong(kind, fault):
    for seed in range(6):
        x = point(kind, seed)
        verdict = central_differences(loss, x, FAULTS[fault](gradient(x)))
        if kind == "float32" and fault == "a thousandth":  # at the edge of what float32 can tell
            continue
        assert verdict.wrong, verdict
        assert verdict.entry is not None


def test_fifty_digits_see_the_25th():
    x = point("50 digits", 3)
    g = gradient(x)
    g[0, 1] = g[0, 1] * (1 + HighPrecision(10) ** -23)
    assert central_differences(loss, x, g).entry == (0, 1)
    assert complex_step(loss, x, g).entry == (0, 1)
    estimate = central_differences(loss, x, gradient(x)).estimate
    for at in np.ndindex(SHAPE):
        assert abs(estimate[at] - gradient(x)[at].value) < CONTEXT.mpf(10) ** -25


@pytest.mark.parametrize("size", [1e-7, 1e-8, 1e-10])
@pytest.mark.parametrize("factor", [5, -1, -5, 0.2, 1.01])
def test_small_gradients_are_judged_by_their_own_size(size, factor):
    x = np.random.default_rng(1).standard_normal(4)
    for offset in (0, 1e-3):
        verdict = central_differences(
            lambda v, offset=offset: size * np.sin(v).sum() + offset, x, factor * size * np.cos(x)
        )
        assert not verdict.right
        if size > 1e-9 or offset == 0:
            assert verdict.wrong
    assert central_differences(lambda v: size * np.sin(v).sum(), x, size * np.cos(x)).right


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("claim", [-1, 0, 0.5, 1])
def test_at_a_kink_nothing_is_concluded(kind, claim):
    wrap = HighPrecision.array if kind == "50 digits" else (lambda v: np.array(v, dtype=kind))
    for kinked in (lambda v: np.abs(v).sum(), lambda v: np.maximum(v, 0).sum()):
        verdict = central_differences(kinked, wrap([0, 1]), wrap([claim, 1]))
        assert verdict.inconclusive
        assert verdict.entry == (0,)
        assert "kink" in verdict.detail


def absolute(v):
    return np.abs(v).sum()


def kinked(v):
    return (np.maximum(v, 0) * 3 + v * v).sum()


@pytest.mark.parametrize("distance", [1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-9, 1e-15, 1e-20])
@pytest.mark.parametrize("kind", KINDS)
def test_near_a_kink_no_wrong_conclusion(kind, distance):
    exact = HighPrecision.array([Fraction(distance), 1])
    x = exact if kind == "50 digits" else np.array([distance, 1.0], dtype=kind)
    for function, right in ((absolute, x / x), (kinked, 3 + 2 * x)):
        assert not central_differences(function, x, right).wrong
        for factor in (0, -1, 2):
            claimed = right.copy()
            claimed[0] = claimed[0] * factor
            assert not central_differences(function, x, claimed).right
    reach = {"50 digits": 1e-11, "float64": 1e-4, "float32": 1e-2}[kind]
    if distance >= reach:
        assert central_differences(absolute, x, x / x).right


def test_noise_and_steps_are_inconclusive():
    x = np.array([0.3, 0.7])

    def noisy(v):
        return np.sin(v).sum() + 1e-2 * np.sin(1e9 * v.sum())

    assert central_differences(noisy, x, np.cos(x)).inconclusive
    assert not central_differences(noisy, x, np.cos(x) * 1.01).right
    assert not central_differences(lambda v: np.floor(v * 1000).sum() / 1000, x, np.ones(2)).right
    assert central_differences(lambda v: v.sum() * np.nan, x, np.ones(2)).inconclusive
    root = central_differences(
        lambda v: np.abs(v[0]) ** 1.5 + v[1], np.array([0.0, 1.0]), np.array([0.0, 1.0])
    )
    assert not root.wrong


def test_no_values_beside_the_point():
    with np.errstate(all="ignore"):
        edge = central_differences(lambda v: np.sqrt(v).sum(), np.array([0.0, 1.0]), np.array([1.0, 0.5]))
        near = np.array([1e-3, 1.0])
        assert edge.inconclusive
        assert central_differences(lambda v: np.log(v).sum(), near, 1 / near).right
        assert central_differences(lambda v: np.log(v).sum(), near, 2 / near).wrong


def test_shapes_nan_and_nothing():
    x = np.ones((2, 2))
    assert central_differences(np.sum, x, np.ones(4)).wrong
    assert central_differences(np.sum, x, np.full((2, 2), np.nan)).wrong
    assert central_differences(np.sum, x, np.ones((2, 2)), entries=[]).inconclusive
    assert central_differences(np.sum, np.ones((0, 2)), np.ones((0, 2))).inconclusive
    assert central_differences(lambda v: 3.0, x, np.zeros((2, 2))).right
    with pytest.raises(TypeError):
        central_differences(lambda v: v, x, x)
    with pytest.raises(TypeError):
        central_differences(np.sum, np.ones(2, complex), np.ones(2))
    before = x.copy()
    central_differences(np.sum, x, np.ones((2, 2)))
    assert (x == before).all()


def test_complex_step():
    for seed in range(8):
        x = point("50 digits", seed)
        assert complex_step(loss, x, gradient(x)).right
        for fault in FAULTS.values():
            assert complex_step(loss, x, fault(gradient(x))).wrong
    raw = np.array([CONTEXT.mpf(2), CONTEXT.mpf(3)], dtype=object)
    assert abs(complex_slopes(lambda v: v[0] ** 2 * v[1], raw)[0] - 12) < 1e-45
    x = HighPrecision.array([1, 2])
    for not_analytic in (lambda v: np.abs(v).sum(), lambda v: np.maximum(v, 0).sum(), lambda v: v.max()):
        assert complex_step(not_analytic, x, HighPrecision.array([1, 1])).inconclusive


# --- exact ---


def quadratic(x):
    return (x * x).sum() / 3 + x[0, 0] * x[1, 1] * 2


def quadratic_gradient(x):
    g = 2 * x / 3
    g[0, 0] = g[0, 0] + 2 * x[1, 1]
    g[1, 1] = g[1, 1] + 2 * x[0, 0]
    return g


@pytest.mark.parametrize("wrap", [Rational.array, lambda v: v], ids=["Rational", "Fraction"])
def test_exact_differences(wrap):
    for seed in range(5):
        x = wrap(fractions(Random(seed), SHAPE))
        assert exact_differences(quadratic, x, quadratic_gradient(x)).right
        for fault in FAULTS.values():
            assert exact_differences(quadratic, x, fault(quadratic_gradient(x))).wrong
        near = quadratic_gradient(x)
        near[1, 0] = near[1, 0] + Fraction(1, 10**40)
        assert exact_differences(quadratic, x, near).entry == (1, 0)
        assert exact_differences(lambda v: (v**5).sum(), x, 5 * x**4, degree=5).right
        assert exact_differences(lambda v: (v**5).sum(), x, 5 * x**4, degree=2).inconclusive
        assert exact_differences(lambda v: (v**4).sum(), x, 4 * x**3, degree=3).inconclusive
        assert exact_differences(lambda v: (1 / v).sum(), x, -1 / x**2, degree=4).inconclusive


def test_exact_differences_of_piecewise_polynomials():
    x = Rational.array([Fraction(1, 3), Fraction(-2, 5)])
    assert exact_differences(lambda v: np.maximum(v, 0).sum(), x, Rational.array([1, 0])).right
    assert exact_differences(lambda v: np.maximum(v, 0).sum(), x, Rational.array([1, 1])).wrong
    kink = Rational.array([0, 1])
    for claim in (0, 1, Fraction(1, 2)):
        at_kink = exact_differences(lambda v: np.abs(v).sum(), kink, Rational.array([claim, 1]))
        assert at_kink.inconclusive
    with pytest.raises(InexactNumberError):
        exact_differences(lambda v: v.sum(), x, np.array([1.0, 1.0]))
    with pytest.raises(InexactNumberError):
        exact_differences(lambda v: 0.5, x, Rational.array([1, 1]))


# --- one-sided ---


@pytest.mark.parametrize("kind", KINDS)
def test_one_sided_slopes(kind):
    wrap = HighPrecision.array if kind == "50 digits" else (lambda v: np.array(v, dtype=kind))
    x = wrap([0, 2])

    def kinked(v):
        return (np.maximum(v, 0) * 3 - np.maximum(-v, 0) + v * v).sum()

    found = one_sided(kinked, x, (0,))
    assert found.kink
    assert abs(found.left - 1) < 1e-3
    assert abs(found.right - 3) < 1e-3
    assert not one_sided(kinked, x, (1,)).kink
    for claim in (1, 2, 3):
        assert subgradient(kinked, x, (0,), claim).right
    for claim in (0, 4, -1):
        assert subgradient(kinked, x, (0,), claim).wrong
    assert subgradient(kinked, x, (1,), 7).right
    assert subgradient(kinked, x, (1,), 3).wrong
    assert subgradient(lambda v: -np.abs(v).sum(), x, (0,), 0).right
    assert subgradient(lambda v: -np.abs(v).sum(), x, (0,), -2).wrong


# --- directions ---


@pytest.mark.parametrize("oracle", [taylor, directional])
@pytest.mark.parametrize("kind", ["50 digits", "float64"])
def test_directions(oracle, kind):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x = point(kind, seed)
        assert oracle(loss, x, gradient(x), rng).right
        for name, fault in FAULTS.items():
            assert oracle(loss, x, fault(gradient(x)), rng).wrong, name
        assert oracle(loss, x, gradient(x).T, rng).wrong


def test_one_entry_in_a_hundred_thousand():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((250, 400))
    scale = np.exp(rng.standard_normal(x.shape))

    def many(v):
        return (scale * np.sin(v)).sum()

    right = scale * np.cos(x)
    assert directional(many, x, right, rng).right
    for at in ((123, 321),):
        wrong = right.copy()
        wrong[at] *= 2
        verdict = directional(many, x, wrong, rng)
        assert verdict.wrong
        assert verdict.entry == at
    assert directional(many, x, right * 1.0001, rng).wrong


def test_taylor_of_linear_functions_and_kinks():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 4))
    assert taylor(lambda v: 3 * v.sum(), x, np.full((3, 4), 3.0), rng).right
    assert taylor(lambda v: 3 * v.sum(), x, np.full((3, 4), 3.3), rng).wrong
    assert not taylor(lambda v: np.abs(v).sum(), x * 0, x * 0, rng).right
    assert not directional(lambda v: np.abs(v).sum(), x * 0, x * 0, rng).right


# --- words ---


def test_units():
    one = np.array([1.0, 2.0])
    assert units(one, one) == 0
    assert units(one + np.array([2**-52, 0]), one) == 1
    assert units(np.array([1.5], np.float32), np.array([1.5 + 2**-24])) == 0.5
    assert units(np.array([1e-20]), np.array([0.0]), scale=1) == pytest.approx(1e-20 / 2**-52)
    assert units(np.array([np.nan]), np.array([1.0])) == float("inf")
    third = np.array([CONTEXT.mpf(1) / 3], dtype=object)
    assert 0 < units(np.array([1 / 3]), third) <= 0.5
    with pytest.raises(TypeError):
        units(one, one[:1])


RIGHT = np.random.default_rng(5).standard_normal((3, 4))
SQUARE = np.random.default_rng(6).standard_normal((3, 3))
SIZES = {"the batch size": 5, "the number of outputs": 3}
CAUSES = [
    (RIGHT.T, RIGHT, "equals the transpose"),
    (SQUARE.T, SQUARE, "equals the transpose"),
    (-SQUARE.T, SQUARE, "equals minus the transpose"),
    (-RIGHT, RIGHT, "the sign is flipped"),
    (2 * RIGHT, RIGHT, "larger by a factor of 2"),
    (RIGHT / 2, RIGHT, "smaller by a factor of 2"),
    (5 * RIGHT, RIGHT, "larger by the batch size (5)"),
    (RIGHT / 5, RIGHT, "smaller by the batch size (5)"),
    (RIGHT / 3, RIGHT, "smaller by the number of outputs (3)"),
    (-RIGHT / 5, RIGHT, "the sign is flipped, and smaller by the batch size (5)"),
    (1.7 * RIGHT, RIGHT, "larger by a factor of 1.7"),
    (0 * RIGHT, RIGHT, "is zero everywhere"),
    (RIGHT * np.nan, RIGHT, "is not finite"),
    (RIGHT.sum(axis=0), RIGHT, "equals the sum over axis 0"),
    (RIGHT.mean(axis=1, keepdims=True), RIGHT, "equals the mean over axis 1"),
    (RIGHT[:, :1].ravel(), RIGHT[:, :1], "has the right values, but 1 axes instead of 2"),
    (RIGHT, RIGHT.sum(axis=1, keepdims=True), "a sum over axis 1 is missing"),
    (np.where(np.arange(4) == 2, -RIGHT, RIGHT), RIGHT, "has the wrong sign in 3 of 12 entries"),
    (RIGHT + 1, RIGHT, "equals the gradient at the updated weights"),
]


@pytest.mark.parametrize(("got", "right", "told"), CAUSES, ids=[told for *_, told in CAUSES])
def test_causes(got, right, told):
    others = {"the gradient at the updated weights": RIGHT + 1}
    assert told in cause(got, right, SIZES, others)


def test_no_cause_is_made_up():
    rng = np.random.default_rng(0)
    assert cause(rng.standard_normal((3, 4)), RIGHT, SIZES) == []
    one = RIGHT.copy()
    one[2, 1] += 1
    assert cause(one, RIGHT) == ["only entry (2, 1) is wrong"]
    assert cause(RIGHT, RIGHT) == []
    # At size 1 a sum and a mean over that axis are no faults, and are not named.
    assert cause(2 * RIGHT[:, :1], RIGHT[:, :1]) == ["larger by a factor of 2"]


def test_first_wrong_entry():
    one = RIGHT.copy()
    assert first_wrong_entry(one, RIGHT) is None
    one[1, 3] += 1e-3
    one[2, 0] = np.nan
    assert first_wrong_entry(one, RIGHT) == (1, 3)
    assert first_wrong_entry(one, RIGHT, 1e-2) == (2, 0)
    with pytest.raises(ValueError, match="shapes"):
        first_wrong_entry(one.T, RIGHT)
    exact = Rational.array([1, 2])
    assert first_wrong_entry(exact, Rational.array([1, 3])) == (1,)
