"""The dense layer: by hand, by loops over entries, by exact differences; and what it may never do."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import colnet
import rownet
from tests import contract
from tests.layout import batch, bias, dense, examples, flip, neurons, numbers, weights
from tests.rounding import assert_within, exact_differences
from tests.strategies import dense_cases, dtypes, moderate

# By hand: two neurons, three inputs, two examples.
#   example 1: (1, 0, -1); example 2: (2, 1, 3); neuron 1: (1, 2, 3) + 10; neuron 2: (4, 5, 6) - 10
HAND = {
    "column": {
        "W": [[1, 2, 3], [4, 5, 6]],
        "b": [[10], [-10]],
        "x": [[1, 2], [0, 1], [-1, 3]],
        "v": [[8, 23], [-12, 21]],
        "g": [[1, 3], [2, -1]],
        "dW": [[7, 3, 8], [0, -1, -5]],
        "db": [[4], [1]],
        "dx": [[9, -1], [12, 1], [15, 3]],
    },
    "row": {
        "W": [[1, 4], [2, 5], [3, 6]],
        "b": [[10, -10]],
        "x": [[1, 0, -1], [2, 1, 3]],
        "v": [[8, -12], [23, 21]],
        "g": [[1, 2], [3, -1]],
        "dW": [[7, 0], [3, -1], [8, -5]],
        "db": [[4, 1]],
        "dx": [[9, 12, 15], [-1, 1, 3]],
    },
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32, object])
def test_by_hand(net, dtype):
    hand = {name: np.array(value, dtype=dtype) for name, value in HAND[net.CONVENTION].items()}
    layer = net.Dense.of(hand["W"], hand["b"])
    assert (layer.fan_in, layer.fan_out) == (3, 2)
    assert np.array_equal(layer(hand["x"]), hand["v"])
    assert layer.input is None
    assert layer.output is None
    assert np.array_equal(layer.forward(hand["x"]), hand["v"])
    assert np.array_equal(layer.input, hand["x"])
    assert np.array_equal(layer.output, hand["v"])
    found = layer.backward(hand["g"])
    assert found._fields == ("x", "W", "b")
    assert np.array_equal(found.x, hand["dx"])
    assert np.array_equal(found.W, hand["dW"])
    assert np.array_equal(found.b, hand["db"])
    assert np.array_equal(layer.input_gradient(hand["g"]), hand["dx"])
    assert np.array_equal(layer.weight_gradient(hand["g"]), hand["dW"])
    assert np.array_equal(layer.bias_gradient(hand["g"]), hand["db"])


def test_weight_21_joins_what_the_convention_says(net):
    """Column: from input 1 to neuron 2; row: from input 2 to neuron 1. No other output feels it."""
    layer = net.Dense.of(np.zeros((2, 2)), bias(net, [0, 0]))
    W = layer.W.copy()
    W[1, 0] = 1
    layer.W = W
    only_1, only_2 = batch(net, [[5, 0]]), batch(net, [[0, 5]])
    if net.CONVENTION == "column":
        assert examples(net, layer(only_1)) == [[0, 5]]
        assert examples(net, layer(only_2)) == [[0, 0]]
    else:
        assert examples(net, layer(only_1)) == [[0, 0]]
        assert examples(net, layer(only_2)) == [[5, 0]]


@given(case=dense_cases())
def test_entry_by_entry_on_rationals(net, case):
    """v_j = sum_i w_ji x_i + b_j per example, and the three gradients as sums over entries, exactly."""
    (fan_in, fan_out, count), w, b, xs, gs = case
    ins, outs, all_examples = range(fan_in), range(fan_out), range(count)
    layer = dense(net, w, b, object)
    v = layer.forward(batch(net, xs, object))
    found = layer.backward(batch(net, gs, object))

    vs, dx, dw, db = [], [], [[Fraction(0)] * fan_in for _ in outs], [Fraction(0)] * fan_out
    for k in all_examples:
        vs.append([])
        for j in outs:
            total = b[j]
            for i in ins:
                total += w[j][i] * xs[k][i]
            vs[k].append(total)
        dx.append([Fraction(0)] * fan_in)
        for j in outs:
            db[j] += gs[k][j]
            for i in ins:
                dx[k][i] += gs[k][j] * w[j][i]
                dw[j][i] += gs[k][j] * xs[k][i]
    assert examples(net, v) == vs
    assert examples(net, found.x) == dx
    assert neurons(net, found.W) == dw
    assert numbers(net, found.b) == db


@given(case=dense_cases())
def test_exact_differences_of_the_forward_pass_alone(net, case):
    """L = sum of g v is linear in each number, so its central difference is its derivative, exactly."""
    (fan_in, fan_out, _), w, b, xs, gs = case
    cut_w, cut_b = fan_in * fan_out, fan_in * fan_out + fan_out

    def rows(flat, length):
        return [flat[i : i + length] for i in range(0, len(flat), length)]

    def loss(point):
        layer = dense(net, rows(point[:cut_w], fan_in), point[cut_w:cut_b], object)
        vs = examples(net, layer(batch(net, rows(point[cut_b:], fan_in), object)))
        return sum(g * v for gk, vk in zip(gs, vs) for g, v in zip(gk, vk))

    point = [n for row in w for n in row] + b + [n for row in xs for n in row]
    slopes = exact_differences(loss, point)
    layer = dense(net, w, b, object)
    layer.forward(batch(net, xs, object))
    found = layer.backward(batch(net, gs, object))
    assert neurons(net, found.W) == rows(slopes[:cut_w], fan_in)
    assert numbers(net, found.b) == slopes[cut_w:cut_b]
    assert examples(net, found.x) == rows(slopes[cut_b:], fan_in)


@given(case=dense_cases(moderate()), dtype=dtypes())
def test_a_batch_is_its_examples_one_by_one(net, case, dtype):
    """Forward and dL/dx example by example, dL/dW and dL/db as sums; the order of adding is free."""
    (fan_in, fan_out, count), w, b, xs, gs = case
    layer = dense(net, w, b, dtype)
    together = layer.forward(batch(net, xs, dtype))
    all_of_it = layer.backward(batch(net, gs, dtype))
    dw = np.zeros_like(layer.W)
    db = np.zeros_like(layer.b)
    for k in range(count):
        alone = layer.forward(batch(net, [xs[k]], dtype))
        found = layer.backward(batch(net, [gs[k]], dtype))
        dw, db = dw + found.W, db + found.b
        # Each of the two is off by at most gamma(n) of the sum of absolute values, n terms in any order.
        size = [sum(abs(wj * x) for wj, x in zip(w[j], xs[k])) + abs(b[j]) for j in range(fan_out)]
        assert_within(alone, examples(net, together)[k], 2 * (fan_in + 1), size, dtype)
        size = [sum(abs(gs[k][j] * w[j][i]) for j in range(fan_out)) for i in range(fan_in)]
        assert_within(found.x, examples(net, all_of_it.x)[k], 2 * fan_out, size, dtype)
    size = [
        [sum(abs(gs[k][j] * xs[k][i]) for k in range(count)) for i in range(fan_in)] for j in range(fan_out)
    ]
    assert_within(neurons(net, dw), neurons(net, all_of_it.W), 2 * count + 1, size, dtype)
    size = [sum(abs(gs[k][j]) for k in range(count)) for j in range(fan_out)]
    assert_within(numbers(net, db), numbers(net, all_of_it.b), 2 * count, size, dtype)


@given(case=dense_cases(moderate()), dtype=dtypes())
def test_contract(net, case, dtype):
    _, w, b, xs, gs = case
    layer = dense(net, w, b, dtype)
    contract.check(layer, lambda: [layer.W, layer.b], batch(net, xs, dtype), batch(net, gs, dtype))


def test_parameters_are_copies_and_setting_them_is_checked(net):
    W, b = weights(net, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), bias(net, [1.0, 2.0])
    layer = net.Dense.of(W, b)
    W += 100
    b += 100
    assert neurons(net, layer.W) == [[1, 2, 3], [4, 5, 6]]
    assert numbers(net, layer.b) == [1, 2]
    assert list(layer.parameters) == ["W", "b"]
    assert layer.parameters["W"] is layer.W

    mine = layer.W * 2
    layer.W = mine
    mine += 100
    assert neurons(net, layer.W) == [[2, 4, 6], [8, 10, 12]]
    for bad in (flip(layer.W), layer.W[:1, :1], 3.0):
        with pytest.raises(net.ShapeError):
            layer.W = bad
    for bad in (flip(layer.b), layer.b.ravel(), layer.b[:1, :1]):
        with pytest.raises(net.ShapeError):
            layer.b = bad
    assert neurons(net, layer.W) == [[2, 4, 6], [8, 10, 12]]
    assert numbers(net, layer.b) == [1, 2]
    with pytest.raises(net.ShapeError):
        net.Dense.of(layer.W, flip(layer.b))
    with pytest.raises(net.ShapeError):
        net.Dense.of(flip(layer.W), layer.b)


@pytest.mark.parametrize("name", ["W", "b"])
def test_no_gradient_mixes_old_activations_with_new_parameters(net, name):
    layer = net.Dense(3, 2, 0)
    x, g = batch(net, [[1, 2, 3]]), batch(net, [[1, 1]])
    layer.forward(x)
    setattr(layer, name, getattr(layer, name) + 1)
    assert layer.input is None
    assert layer.output is None
    for door in (layer.backward, layer.input_gradient, layer.weight_gradient, layer.bias_gradient):
        with pytest.raises(net.NotForwardError, match=net.CONVENTION):
            door(g)


def test_promotion_of_whole_numbers(net):
    """Half a step from a weight of 3 is 2.5: integers are promoted, never truncated."""
    layer = net.Dense.of(np.array([[3]]), np.array([[True]]))
    assert layer.W.dtype == layer.b.dtype == np.float64
    network = net.Network([layer])
    network.update(net.NetworkGradients(None, ({"W": [[1]], "b": [[1]]},)), 0.5)
    assert layer.W.tolist() == [[2.5]]
    assert layer.b.tolist() == [[0.5]]


@given(seed=st.integers(0, 2**32), fan_in=st.integers(1, 6), fan_out=st.integers(1, 6), dtype=dtypes())
def test_equal_seeds_mean_equal_networks(seed, fan_in, fan_out, dtype):
    """Both conventions draw one matrix: the row package's is the transpose, bit for bit."""
    for init in colnet.INITIALISATIONS:
        column = colnet.Dense(fan_in, fan_out, seed, init, dtype)
        row = rownet.Dense(fan_in, fan_out, seed, init, dtype)
        assert neurons(colnet, column.W) == neurons(rownet, row.W)
        assert numbers(colnet, column.b) == numbers(rownet, row.b)
        assert column.W.shape == (fan_out, fan_in)
        assert row.W.shape == (fan_in, fan_out)
        assert column.W.dtype == column.b.dtype == row.W.dtype == row.b.dtype == dtype
        assert row.W.flags.c_contiguous


def test_initialisation(net):
    normal, scaled = net.Dense(400, 100, 5), net.Dense(400, 100, 5, "scaled")
    n = 400 * 100
    # Six standard errors of the mean and of the variance of n standard normal numbers.
    assert abs(normal.W.mean()) < 6 / n**0.5
    assert abs((normal.W**2).mean() - 1) < 6 * (2 / n) ** 0.5
    assert abs(normal.b.mean()) < 6 / 100**0.5
    assert len(np.unique(normal.W)) == n
    assert np.array_equal(scaled.W * 20, normal.W) or np.allclose(
        scaled.W * 20, normal.W, rtol=2**-52, atol=0
    )
    assert not scaled.b.any()
    rng = np.random.default_rng(5)
    first, second = net.Dense(3, 3, rng), net.Dense(3, 3, rng)
    assert not np.array_equal(first.W, second.W), "one generator goes on"
    assert not np.array_equal(net.Dense(3, 3).W, net.Dense(3, 3).W), "no seed, no repetition"


def test_repr(net):
    assert repr(net.Dense(3, 2)) == "Dense(3, 2)"
