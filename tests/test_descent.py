"""One step of gradient descent, and the schedules: alpha for each step, and nothing but alpha."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.layout import batch, dense, same, snapshot
from tests.rounding import assert_within
from tests.strategies import rationals, table

F = Fraction
BAD_RATES = [
    0,
    0.0,
    -0.0,
    -0.1,
    math.nan,
    math.inf,
    -math.inf,
    True,
    np.True_,
    "0.1",
    b"1",
    1j,
    np.complex128(1),
    None,
    [0.1],
    np.array(0.1),
    np.float32(np.nan),
    10**400,
    F(10**400),
    F(-1, 2),
]
GOOD_RATES = [1, 0.1, F(1, 10), np.float64(0.1), np.float32(0.5), np.int64(2), 5e-324, 1e308]


def test_by_hand(net):
    parameter, gradient = np.array([[2.0, -1.0]]), np.array([[4.0, 8.0]])
    new = net.descend(parameter, gradient, 0.25)
    assert new.tolist() == [[1, -3]]
    assert parameter.tolist() == [[2, -1]]
    assert gradient.tolist() == [[4, 8]]
    assert not np.shares_memory(new, parameter)


@given(p=table(2, 3, rationals()), g=table(2, 3, rationals()), alpha=st.fractions(F(1, 9), 3))
def test_entry_by_entry_on_rationals(net, p, g, alpha):
    new = net.descend(np.array(p, dtype=object), np.array(g, dtype=object), alpha)
    for i in range(2):
        for k in range(3):
            assert new[i, k] - p[i][k] == -(g[i][k] * alpha)


@given(seed=st.integers(0, 2**16))
def test_a_small_enough_step_lowers_the_loss(net, seed):
    rng = np.random.default_rng(seed)
    network = net.Network([net.Dense(2, 3, rng), net.Tanh(), net.Dense(3, 2, rng)])
    x, t = (batch(net, rng.standard_normal((4, 2))) for _ in range(2))
    loss = net.MSE()
    found = network.gradients(x, t, loss)
    steepness = sum(float((a**2).sum()) for of in found.layers for a in of.values())
    before, start = loss.value(network.predict(x), t), snapshot(network)
    alpha = 1.0
    # Halved until the first-order decrease is reached up to a half: 40 times would mean it is no gradient.
    for _ in range(40):
        network.update(found, alpha)
        if before - loss.value(network.predict(x), t) > alpha * steepness / 2:
            break
        for layer, named in zip(network.layers, start):
            for name, array in named.items():
                setattr(layer, name, array)
        alpha /= 2
    else:
        raise AssertionError("no step lowered the loss")


def test_schedules_by_hand(net):
    constant = net.Constant(0.5)
    assert [constant(step) for step in (0, 1, 1000)] == [0.5, 0.5, 0.5]
    stairs = net.StepDecay(0.8, every=3)
    assert [stairs(step) for step in range(8)] == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2]
    stairs = net.StepDecay(F(1), every=2, factor=F(1, 10))
    assert [stairs(step) for step in range(5)] == [1, 1, F(1, 10), F(1, 10), F(1, 100)]
    falling = net.ExponentialDecay(8.0, 0.5)
    assert [falling(step) for step in range(5)] == [8, 4, 2, 1, 0.5]
    wave = net.CosineDecay(3.0, steps=4, end=1.0)
    # cos 0, pi/4, pi/2, 3 pi/4, pi: 1, r, 0, -r, -1 with r the root of 1/2; then it stays.
    r = math.sqrt(0.5)
    assert_within([wave(step) for step in range(6)], [3, 2 + r, 2, 2 - r, 1, 1], 8)
    assert wave(4) == wave(5) == wave(10**6) == 1


@given(alpha=st.floats(1e-3, 10), share=st.floats(0.01, 1), steps=st.integers(1, 50), step=st.integers(0, 60))
def test_schedules_start_at_alpha_and_never_rise(net, alpha, share, steps, step):
    made = [
        net.Constant(alpha),
        net.StepDecay(alpha, steps, share),
        net.ExponentialDecay(alpha, share),
        net.CosineDecay(alpha, steps, alpha * share),
    ]
    for one in made:
        assert_within([one(0)], [alpha], 3)
        assert 0 < one(step + 1) <= one(step) <= alpha * (1 + 2**-50)
    assert made[3](steps) == alpha * share
    assert made[1](steps - 1) == alpha


@pytest.mark.parametrize("name", ["constant", "step", "exponential", "cosine"])
def test_schedules_by_name(net, name):
    settings = {"step": {"every": 5}, "exponential": {"factor": 0.5}, "cosine": {"steps": 5, "end": 0.1}}
    made = net.schedule(name, 0.5, **settings.get(name, {}))
    assert type(made) is net.SCHEDULES[name]
    assert made(0) == 0.5
    with pytest.raises(net.UnknownNameError, match="one of constant, cosine, exponential, step"):
        net.schedule(name.upper(), 0.5)


@pytest.mark.parametrize("alpha", BAD_RATES, ids=repr)
def test_no_learning_rate(net, alpha):
    network = net.Network([dense(net, [[1, 2], [3, 4]], [5, 6])])
    x = batch(net, [[1, 2], [3, 4]])
    found = network.gradients(x, x, net.MSE())
    before = snapshot(network)
    for door in (
        lambda: network.update(found, alpha),
        lambda: net.train(network, "mse", x, x, epochs=1, alpha=alpha),
        lambda: net.Constant(alpha),
        lambda: net.StepDecay(alpha, 1),
        lambda: net.StepDecay(0.1, 1, alpha),
        lambda: net.ExponentialDecay(alpha, 0.5),
        lambda: net.ExponentialDecay(0.1, alpha),
        lambda: net.CosineDecay(alpha, 1, 0.1),
        lambda: net.CosineDecay(0.1, 1, alpha),
        lambda: net.schedule("constant", alpha),
    ):
        with pytest.raises(net.DomainError, match=rf"\[{net.CONVENTION} convention\]") as error:
            door()
        assert f"got {alpha!r}" in str(error.value)
        assert "a positive finite number" in str(error.value)
    assert same(before, snapshot(network))


@pytest.mark.parametrize("alpha", GOOD_RATES, ids=repr)
def test_learning_rates(net, alpha):
    assert net.Constant(alpha)(7) == alpha


def test_settings_of_schedules(net):
    for make in (
        lambda: net.StepDecay(0.1, 0),
        lambda: net.StepDecay(0.1, 1.5),
        lambda: net.StepDecay(0.1, True),
        lambda: net.StepDecay(0.1, 1, 1.5),
        lambda: net.ExponentialDecay(0.1, 2),
        lambda: net.CosineDecay(0.1, -1, 0.01),
        lambda: net.CosineDecay(0.1, 5, 0.2),
    ):
        with pytest.raises(net.DomainError, match=rf"\[{net.CONVENTION} convention\] \w+Decay: "):
            make()


def test_settings_at_their_bounds_are_taken(net):
    assert net.CosineDecay(0.5, steps=3, end=0.5)(1) == 0.5
    assert net.StepDecay(0.5, every=1, factor=1)(9) == 0.5
    assert net.ExponentialDecay(0.5, 1)(9) == 0.5
