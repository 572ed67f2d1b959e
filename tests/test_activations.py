"""Activations: by hand, against 60-digit numbers, at kinks, and far out."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import contract
from tests.layout import batch, examples
from tests.rounding import ELEMENTARY, assert_within, differences, flat, gamma, high
from tests.strategies import batches, dtypes, moderate, rationals, table

LN2, LN3, LN5 = np.log(2.0), np.log(3.0), np.log(5.0)
F = Fraction

# By hand: layer, pre-activation, output, upstream gradient, gradient; one example, then another.
HAND = {
    "relu": (
        [[-2, 0, 3], [0.5, -7, 0]],
        [[0, 0, 3], [0.5, 0, 0]],
        [[5, 7, 11], [2, 3, 4]],
        [[0, 0, 11], [2, 0, 0]],
    ),
    "sigmoid": (
        [[0, LN3], [-LN3, LN2]],
        [[F(1, 2), F(3, 4)], [F(1, 4), F(2, 3)]],
        [[4, 16], [-16, 9]],
        [[1, 3], [-3, 2]],
    ),
    "tanh": (
        [[0, LN2], [-LN2, LN3]],
        [[0, F(3, 5)], [F(-3, 5), F(4, 5)]],
        [[7, 25], [-50, 25]],
        [[7, 16], [-32, 9]],
    ),
    # (1, 2, 5) / 8; p g summed: 1 + 4 + 0 = 5.   (1, 1, 2) / 4; p g summed: 4 - 1 + 1 = 4.
    "softmax": (
        [[0, LN2, LN5], [0, 0, LN2]],
        [[F(1, 8), F(2, 8), F(5, 8)], [F(1, 4), F(1, 4), F(2, 4)]],
        [[8, 16, 0], [16, -4, 2]],
        [[F(3, 8), F(22, 8), F(-25, 8)], [3, -2, -1]],
    ),
}
# The definitions, for 60-digit numbers, one example each; nothing is said of derivatives.
DEFINITION = {
    "relu": lambda v: [max(high.mpf(0), a) for a in v],
    "sigmoid": lambda v: [1 / (1 + high.exp(-a)) for a in v],
    "tanh": lambda v: [(high.exp(a) - high.exp(-a)) / (high.exp(a) + high.exp(-a)) for a in v],
    "softmax": lambda v: [high.exp(a) / sum(high.exp(c) for c in v) for a in v],
}
NAMES = list(HAND)


@pytest.mark.parametrize("name", NAMES)
def test_by_hand(net, name):
    v, y, g, dv = HAND[name]
    layer = net.activation(name)
    # An argument ln n is itself rounded, which moves exp by at most u ln 5 < 2u: 2 roundings more.
    found = examples(net, layer.forward(batch(net, v)))
    assert_within(found, y, 2 * ELEMENTARY + 10)
    assert np.array_equal(layer(batch(net, v)), batch(net, found))
    assert_within(
        examples(net, layer.backward(batch(net, g))), dv, 6 * (2 * ELEMENTARY + 10), [[50] * len(v[0])] * 2
    )
    assert repr(layer) == f"{type(layer).__name__}()"
    assert not layer.parameters


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data(), dtype=dtypes(), features=st.integers(1, 5), count=batches())
def test_value_and_gradient_against_60_digits(net, name, data, dtype, features, count):
    """Against the definition, differentiated by differences of its own values."""
    vs = data.draw(table(count, features, moderate(20)))
    gs = data.draw(table(count, features, moderate()))
    if name == "relu":
        # The kink has a test of its own.
        vs = [[v if abs(v) > 1e-9 else 1.0 for v in row] for row in vs]
    layer, define = net.activation(name), DEFINITION[name]
    ys = examples(net, layer.forward(batch(net, vs, dtype)))
    dvs = examples(net, layer.backward(batch(net, gs, dtype)))
    for v, g, y, dv in zip(vs, gs, ys, dvs):
        v, g = list(flat(v)), list(flat(g))
        exact = define(v)
        # softmax: v - max rounds once, which exp turns into up to `spread` roundings, above and below;
        # two elementary functions, the sum of them, the quotient. The others need less.
        spread = float(max(v) - min(v)) if name == "softmax" else 0
        roundings = 2 * spread + 2 * ELEMENTARY + features + 4
        assert_within(y, exact, roundings, dtype=dtype)
        slopes = differences(lambda p, g=g: sum(a * b for a, b in zip(g, define(p))), v)
        # y enters at most twice, and no term is larger than max |g|.
        largest = max(abs(a) for a in g)
        assert_within(dv, slopes, 4 * roundings + 2 * features + 6, [largest] * features, dtype)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_relu_at_its_kink_is_a_subgradient(net, zero):
    layer = net.ReLU()
    layer.forward(batch(net, [[zero]]))
    slope = layer.backward(batch(net, [[1.0]])).item()
    h = 2.0**-20
    at, right, left = (layer(batch(net, [[v]])).item() for v in (zero, h, -h))
    assert (at - left) / h <= slope <= (right - at) / h
    assert slope == 0


@given(rows=table(2, 3, rationals()), gs=table(2, 3, rationals()))
def test_relu_on_rationals(net, rows, gs):
    layer = net.ReLU()
    y = layer.forward(batch(net, rows, object))
    found = layer.backward(batch(net, gs, object))
    flattened = (
        [a for row in part for a in row] for part in (rows, gs, examples(net, y), examples(net, found))
    )
    for v, g, out, slope in zip(*flattened):
        assert out == (v if v > 0 else 0)
        assert slope == (g if v > 0 else 0)


@given(
    rows=table(3, 4, st.integers(-30, 30)),
    shift=st.integers(-(2**20), 2**20),
    order=st.permutations(range(4)),
)
def test_softmax_sums_to_one_and_feels_neither_shift_nor_order(net, rows, shift, order):
    layer = net.Softmax()
    y = examples(net, layer(batch(net, rows)))
    for row in y:
        assert all(p >= 0 for p in row)
        assert_within([sum(flat(row))], [1], 4 + 4)  # the quotients and the sum in them
    # Whole numbers: v - max is exact, so the shift changes not a bit.
    assert examples(net, layer(batch(net, [[v + shift for v in row] for row in rows]))) == y
    moved = examples(net, layer(batch(net, [[row[i] for i in order] for row in rows])))
    assert_within(moved, [[row[i] for i in order] for row in y], 2 * 4)  # the sum in another order


@given(vs=table(2, 3, moderate(5)), a=table(2, 3, moderate()), b=table(2, 3, moderate()))
def test_softmax_jacobian_is_symmetric_and_flat_along_ones(net, vs, a, b):
    """Sum of a (J b) = sum of b (J a), and a constant upstream gradient gives zero."""
    layer = net.Softmax()
    layer.forward(batch(net, vs))
    ja, jb = (examples(net, layer.backward(batch(net, g))) for g in (a, b))
    for k in range(2):
        left = sum(x * y for x, y in zip(flat(a[k]), flat(jb[k])))
        right = sum(x * y for x, y in zip(flat(b[k]), flat(ja[k])))
        # J enters rounded: some 4 (3 + ELEMENTARY) roundings of products that add up to 4 * 4 * 2 at most.
        assert abs(left - right) <= 2 * gamma(4 * (3 + ELEMENTARY)) * 32
        assert abs(sum(flat(ja[k]))) <= gamma(4 * (3 + ELEMENTARY)) * 8
    constant = examples(net, layer.backward(batch(net, [[1.0] * 3] * 2)))
    assert_within(constant, [[0] * 3] * 2, 8, [[1] * 3] * 2)


def test_softmax_is_not_element_wise(net):
    """The element-wise product with p (1 - p) is another number."""
    layer = net.Softmax()
    layer.forward(batch(net, [[0.0, 0.0]]))
    assert examples(net, layer.backward(batch(net, [[4.0, 0.0]]))) == [[1.0, -1.0]]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NAMES)
def test_far_out(net, name, dtype):
    """Up to 1e4 either way: no overflow, no NaN, no other dtype, and values in range."""
    edge = [0.0, -0.0, 1e-30, 1.0, 16.0, 36.8, 87.3, 88.8, 104.0, 709.7, 709.9, 745.2, 1e3, 1e4]
    if dtype is np.float64:
        edge.append(5e-324)
    vs = [[v, -v, other] for v in edge for other in (1e4, 0.0, -1e4)]
    layer = net.activation(name)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = layer.forward(batch(net, vs, dtype))
        back = [layer.backward(batch(net, [[g, 1.0, -g]] * len(vs), dtype)) for g in (1.0, -3.0, 1e4)]
    assert y.dtype == dtype
    for array in (y, *back):
        assert array.dtype == dtype
        assert np.isfinite(array).all()
    low, high_end = {"relu": (0, 1e4), "tanh": (-1, 1)}.get(name, (0, 1))
    assert (y >= low).all()
    assert (y <= high_end).all()
    if name == "softmax":
        assert_within([sum(flat(row)) for row in examples(net, y)], [1] * len(vs), 8, dtype=dtype)


def test_saturation_is_exact(net):
    far = batch(net, [[1e4, -1e4]])
    assert examples(net, net.Sigmoid()(far)) == [[1, 0]]
    assert examples(net, net.Tanh()(far)) == [[1, -1]]
    assert examples(net, net.Softmax()(far)) == [[1, 0]]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", [*NAMES, "square"])
def test_contract(net, name, dtype):
    layer = net.Activation(lambda v: v**2, lambda v: 2 * v) if name == "square" else net.activation(name)
    x = batch(net, [[0.5, -1.0, 2.0], [3.0, 0.25, -0.75]], dtype)
    g = batch(net, [[1.0, -2.0, 0.5], [0.25, 4.0, -1.0]], dtype)
    contract.check(layer, list, x, g)


@pytest.mark.parametrize("name", NAMES)
@given(vs=table(4, 3, moderate(10)), gs=table(4, 3, moderate()))
def test_a_batch_is_its_examples_one_by_one(net, name, vs, gs):
    layer = net.activation(name)
    together = examples(net, layer.forward(batch(net, vs)))
    back = examples(net, layer.backward(batch(net, gs)))
    for k in range(4):
        # NumPy may compute an elementary function in another way in a longer array: 2 ELEMENTARY, twice.
        alone = layer.forward(batch(net, [vs[k]]))
        assert_within(examples(net, alone), [together[k]], 4 * ELEMENTARY + 2 * 3)
        found = layer.backward(batch(net, [gs[k]]))
        assert_within(examples(net, found), [back[k]], 16 * ELEMENTARY, [[max(map(abs, gs[k]))] * 3])


def test_any_function(net):
    """v squared: the slope at 3 is 6, at -2 it is -4."""
    layer = net.Activation(lambda v: v**2, lambda v: 2 * v)
    assert examples(net, layer.forward(batch(net, [[3.0, -2.0]]))) == [[9, 4]]
    assert examples(net, layer.backward(batch(net, [[1.0, 10.0]]))) == [[6, -40]]


def test_a_function_must_keep_the_shape(net):
    x = batch(net, [[1.0, 2.0, 3.0]])
    for wrong in (
        lambda v: v.sum(),
        lambda v: v.T,
        lambda v: v[:, :1].T,
        lambda v: None,
        lambda v: v.ravel(),
    ):
        with pytest.raises(net.ShapeError, match=rf"\[{net.CONVENTION} convention\] Activation: function"):
            net.Activation(wrong, lambda v: v)(x)
        layer = net.Activation(lambda v: v + 0, wrong)
        layer.forward(x)
        with pytest.raises(net.ShapeError, match="Activation: derivative"):
            layer.backward(x)


def test_names(net):
    assert sorted(net.ACTIVATIONS) == ["relu", "sigmoid", "softmax", "tanh"]
    for name, kind in net.ACTIVATIONS.items():
        assert type(net.activation(name)) is kind
        assert kind.__name__.lower() == name
    for bad in ("Tanh", "", "leaky", None, 3, net.Tanh):
        with pytest.raises(net.UnknownNameError, match=r"one of relu, sigmoid, softmax, tanh"):
            net.activation(bad)


@pytest.mark.parametrize("name", NAMES)
def test_backward_needs_a_forward_pass(net, name):
    layer = net.activation(name)
    assert layer.input is None
    assert layer.output is None
    layer(batch(net, [[1.0, 2.0]]))
    for door in (layer.backward, layer.input_gradient):
        with pytest.raises(net.NotForwardError, match="a call of forward first"):
            door(batch(net, [[1.0, 2.0]]))
