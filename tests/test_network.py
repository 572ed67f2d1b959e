"""Networks: the chain backward, the step, the count, the collapse; and what no call may change."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests import contract
from tests.layout import batch, bias, dense, examples, neurons, numbers, same, snapshot, weights
from tests.rounding import ELEMENTARY, assert_within, differences, exact_differences, gamma, high
from tests.strategies import batches, distributions, dtypes, moderate, rationals, table, widths

F = Fraction


@st.composite
def chains(draw, values, least=1, most=3, widest=3):
    """Draw widths and, for each dense layer, the weights and bias on paper."""
    sizes = [min(n, widest) for n in draw(widths(least, most))]
    return sizes, [
        (draw(table(n_out, n_in, values)), draw(table(1, n_out, values))[0])
        for n_in, n_out in pairwise(sizes)
    ]


def built(net, drawn, between, dtype):
    """Put an activation between any two dense layers."""
    layers = []
    for place, (w, b) in enumerate(drawn):
        if place and between:
            layers.append(net.activation(between))
        layers.append(dense(net, w, b, dtype))
    return net.Network(layers)


def flattened(drawn):
    return [n for w, b in drawn for n in [*(n for row in w for n in row), *b]]


def unflattened(numbers, drawn):
    numbers = iter(numbers)
    return [([[next(numbers) for _ in row] for row in w], [next(numbers) for _ in b]) for w, b in drawn]


def gradients_on_paper(net, found):
    """Read the gradients of the dense layers as flat numbers, in the order of `flattened`."""
    return [
        n
        for of in found.layers
        if of
        for n in [*(n for row in neurons(net, of["W"]) for n in row), *numbers(net, of["b"])]
    ]


def test_by_hand(net):
    """One ReLU network on paper: 2 inputs, 2 neurons, 1 output, two examples, squared error summed.

    x1 = (1, 2): v = (1 - 2 + 0, 3 + 2 - 4) = (-1, 1), y = (0, 1), out = 5*0 + 2*1 + 1 = 3; t = 1, loss 4.
    x2 = (2, 1): v = (2 - 1 + 0, 6 + 1 - 4) = (1, 3), y = (1, 3), out = 5 + 6 + 1 = 12; t = 13, loss 1.
    dL/dout = 2 (3 - 1) = 4 and 2 (12 - 13) = -2.
    Second layer: dW = 4 (0, 1) - 2 (1, 3) = (-2, -2), db = 2.
    dL/dy = (20, 8) and (-10, -4); dL/dv = (0, 8) and (-10, -4).
    First layer: neuron 1: -10 (2, 1) = (-20, -10), db -10; neuron 2: 8 (1, 2) - 4 (2, 1) = (0, 12), db 4.
    dL/dx: 0 (1, -1) + 8 (3, 1) = (24, 8); -10 (1, -1) - 4 (3, 1) = (-22, 6).
    """
    network = net.Network([dense(net, [[1, -1], [3, 1]], [0, -4]), net.ReLU(), dense(net, [[5, 2]], [1])])
    x, t = batch(net, [[1, 2], [2, 1]]), batch(net, [[1], [13]])
    assert examples(net, network.predict(x)) == [[3], [12]]
    assert all(layer.output is None for layer in network.layers), "predict remembers nothing"
    found = network.gradients(x, t, net.MSE("sum"))
    assert examples(net, found.x) == [[24, 8], [-22, 6]]
    assert [sorted(of) for of in found.layers] == [["W", "b"], [], ["W", "b"]]
    assert neurons(net, found.layers[0]["W"]) == [[-20, -10], [0, 12]]
    assert numbers(net, found.layers[0]["b"]) == [-10, 4]
    assert neurons(net, found.layers[2]["W"]) == [[-2, -2]]
    assert numbers(net, found.layers[2]["b"]) == [2]
    # A step of 1/4 against it, all parameters at once.
    network.update(found, 0.25)
    assert neurons(net, network.layers[0].W) == [[6, 1.5], [3, -2]]
    assert numbers(net, network.layers[0].b) == [2.5, -5]
    assert neurons(net, network.layers[2].W) == [[5.5, 2.5]]
    assert numbers(net, network.layers[2].b) == [0.5]
    # Under the mean of two examples everything is half.
    network = net.Network([dense(net, [[1, -1], [3, 1]], [0, -4]), net.ReLU(), dense(net, [[5, 2]], [1])])
    half = network.gradients(x, t, "mse")
    assert examples(net, half.x) == [[12, 4], [-11, 3]]
    assert neurons(net, half.layers[2]["W"]) == [[-1, -1]]


@given(data=st.data(), between=st.sampled_from(["", "relu"]), count=batches())
def test_exact_differences_of_the_loss_alone(net, data, between, count):
    """On rationals, off the kinks of ReLU, the loss is quadratic in each single parameter: no tolerance."""
    sizes, drawn = data.draw(chains(rationals(3)))
    xs = data.draw(table(count, sizes[0], rationals(3)))
    ts = data.draw(table(count, sizes[-1], rationals(3)))
    x, t, loss = batch(net, xs, object), batch(net, ts, object), net.MSE()
    network = built(net, drawn, between, object)
    found = network.gradients(x, t, loss)
    kinks = [layer.input for layer in network.layers if isinstance(layer, net.ReLU)]
    # So small a step cannot reach a kink that is 1/1000 away: numbers <= 3, at most 3 layers of 3.
    assume(all(abs(v) > F(1, 1000) for array in kinks for v in array.ravel()))
    step = F(1, 10**6)

    def value(point):
        return loss.value(built(net, unflattened(point, drawn), between, object).predict(x), t)

    assert gradients_on_paper(net, found) == exact_differences(value, flattened(drawn), step)

    def value_at(point):
        rows = [point[k * sizes[0] : (k + 1) * sizes[0]] for k in range(count)]
        return loss.value(network.predict(batch(net, rows, object)), t)

    slopes = exact_differences(value_at, [n for row in xs for n in row], step)
    assert [n for row in examples(net, found.x) for n in row] == slopes


def on_paper(drawn, between, x, output):
    """Pass one example through, number by number, from the definitions, in 60 digits."""
    define = {
        "tanh": high.tanh,
        "sigmoid": lambda v: 1 / (1 + high.exp(-v)),
        "": lambda v: v,
    }
    y = x
    for place, (w, b) in enumerate(drawn):
        if place:
            y = [define[between](v) for v in y]
        y = [sum((wi * yi for wi, yi in zip(row, y)), start=bj) for row, bj in zip(w, b)]
    if output == "softmax":
        e = [high.exp(v) for v in y]
        return [v / sum(e) for v in e]
    return [define[output](v) for v in y]


@pytest.mark.parametrize(
    ("between", "output", "loss"),
    [
        ("tanh", "tanh", "mse"),
        ("sigmoid", "", "mse"),
        ("tanh", "softmax", "categorical-cross-entropy"),
        ("sigmoid", "sigmoid", "binary-cross-entropy"),
    ],
)
@given(data=st.data(), count=batches())
def test_differences_of_60_digit_numbers(net, between, output, loss, data, count):
    """The whole chain against differences of a scalar program that knows no gradient."""
    sizes, drawn = data.draw(chains(moderate(1), most=2))
    xs = data.draw(table(count, sizes[0], moderate(1)))
    if output == "softmax":
        ts = data.draw(distributions(count, sizes[-1]))
    else:
        ts = data.draw(table(count, sizes[-1], st.integers(0, 4).map(lambda n: n / 4)))
    network = built(net, drawn, between, np.float64)
    if output:
        network = net.Network([*network.layers, net.activation(output)])
    found = network.gradients(batch(net, xs), batch(net, ts), net.loss(loss, "sum"))

    def value(point):
        inside = unflattened(point, drawn)
        total = high.mpf(0)
        for x, t in zip(xs, ts):
            for y, label in zip(on_paper(inside, between, [high.mpf(v) for v in x], output), t):
                if loss == "mse":
                    total += (y - label) ** 2 / len(t)
                elif label:
                    total -= label * high.log(y)
                if loss == "binary-cross-entropy" and label != 1:
                    total -= (1 - label) * high.log(1 - y)
        return total

    slopes = differences(value, [high.mpf(n) for n in flattened(drawn)])
    # Every number is at most 1 and every layer at most 3 wide: |v| <= 4, so a slope of the loss by a
    # pre-activation is at most 4 * 2 per output, a row of weights multiplies it by at most 3. Twice as
    # many roundings of size e^4 (one over the least sigmoid) as a forward and a backward pass make.
    roundings = 2 * 2 * (2 * (4 + 2 * ELEMENTARY) + 4) * 2
    assert_within(gradients_on_paper(net, found), slopes, roundings, [8 * 3 * 3 * count * 55] * len(slopes))


@given(data=st.data(), dtype=dtypes(), between=st.sampled_from(["tanh", "relu", "sigmoid", "softmax"]))
def test_contract(net, data, dtype, between):
    sizes, drawn = data.draw(chains(moderate()))
    count = data.draw(batches())
    network = built(net, drawn, between, dtype)
    x = batch(net, data.draw(table(count, sizes[0], moderate())), dtype)
    g = batch(net, data.draw(table(count, sizes[-1], moderate())), dtype)
    contract.check(network, lambda: [a for named in network.parameters for a in named.values()], x, g)
    assert np.array_equal(network.predict(x), network.forward(x))
    t = network.predict(x) + 1
    before = snapshot(network)
    network.gradients(x, t, net.MSE())
    assert same(before, snapshot(network))


@given(data=st.data())
def test_a_batch_is_its_examples_one_by_one_on_rationals(net, data):
    sizes, drawn = data.draw(chains(rationals()))
    xs = data.draw(table(3, sizes[0], rationals()))
    network = built(net, drawn, "relu", object)
    together = examples(net, network.predict(batch(net, xs, object)))
    assert [examples(net, network.predict(batch(net, [x], object)))[0] for x in xs] == together


@given(sizes=widths(1, 5))
def test_parameter_count(net, sizes):
    """Counted one by one, not from the sizes."""
    network = net.Network([net.Dense(a, b, 0) for a, b in pairwise(sizes)])
    one_by_one = sum(1 for named in network.parameters for array in named.values() for _ in array.flat)
    assert network.parameter_count == one_by_one
    assert network.parameter_count == sum(a * b + b for a, b in pairwise(sizes))


def test_parameter_count_by_hand(net):
    """2-3-1: six weights, three biases, three weights, one bias."""
    network = net.Network([net.Dense(2, 3), net.Tanh(), net.Dense(3, 1), net.Tanh()])
    assert network.parameter_count == 13
    assert net.Network([net.ReLU()]).parameter_count == 0


# Collapse.


def test_collapse_two_by_hand(net):
    """First: y1 = x1 + 2 x2 + 1, y2 = 3 x1 - 1; second: 5 y1 + 7 y2 + 2 = 26 x1 + 10 x2 + 5 - 7 + 2."""
    first, second = dense(net, [[1, 2], [3, 0]], [1, -1]), dense(net, [[5, 7]], [2])
    one = net.collapse_two(first, second)
    assert neurons(net, one.W) == [[26, 10]]
    assert numbers(net, one.b) == [0]


@given(data=st.data())
def test_collapse_keeps_the_function_exactly(net, data):
    sizes, drawn = data.draw(chains(rationals(), least=1, most=6))
    layers = [dense(net, w, b, object) for w, b in drawn]
    before = [(layer.W.copy(), layer.b.copy()) for layer in layers]
    x = batch(net, data.draw(table(3, sizes[0], rationals())), object)
    expected = net.Network(layers).predict(x)
    one = net.collapse(layers)
    assert (one.fan_in, one.fan_out) == (sizes[0], sizes[-1])
    assert np.array_equal(one(x), expected)
    network = net.Network(layers).collapse()
    assert len(network.layers) == 1
    assert np.array_equal(network.predict(x), expected)
    for mine in (one, network.layers[0]):
        for layer, (W, b) in zip(layers, before):
            assert mine is not layer
            assert not np.shares_memory(mine.W, layer.W)
            assert not np.shares_memory(mine.b, layer.b)
            assert np.array_equal(layer.W, W)
            assert np.array_equal(layer.b, b)


def test_collapse_of_runs_between_activations(net):
    layers = [
        net.Dense(2, 3, 0),
        net.Dense(3, 4, 1),
        net.Tanh(),
        net.Softmax(),
        net.Dense(4, 5, 2),
        net.Dense(5, 2, 3),
        net.Dense(2, 1, 4),
        net.Activation(np.sin, np.cos),
    ]
    network = net.Network(layers)
    x = batch(net, [[0.5, -1.0], [2.0, 0.25], [-3.0, 1.0]])
    network.forward(x)
    other = network.collapse()
    assert repr(other) == "Network([Dense(2, 4), Tanh(), Softmax(), Dense(4, 1), Activation()])"
    assert repr(network).count("Dense") == 5, "the original stays"
    # Sums of at most 5 terms, regrouped, of numbers below 100; slopes of tanh, softmax and sin are at most 1.
    assert np.abs(other.predict(x) - network.predict(x)).max() < gamma(100) * 100**2
    for mine in other.layers:
        assert mine.output is None
        assert all(mine is not layer for layer in layers)
        for array in mine.parameters.values():
            assert not any(np.shares_memory(array, a) for layer in layers for a in layer.parameters.values())
    before = snapshot(network)
    found = other.gradients(x, batch(net, [[0], [0], [0]]), net.MSE())
    other.update(found, 0.5)
    assert same(before, snapshot(network))
    assert np.array_equal(network.layers[0].input, x)


def test_what_cannot_be_collapsed(net):
    with pytest.raises(net.ShapeError, match="dense layers only"):
        net.collapse([net.Dense(2, 2), net.Tanh()])
    with pytest.raises(net.ShapeError, match="at least one"):
        net.collapse([])
    with pytest.raises(net.ShapeError, match="fan_in 3"):
        net.collapse_two(net.Dense(2, 3), net.Dense(2, 3))
    with pytest.raises(net.ShapeError, match="fan_in 3"):
        net.collapse([net.Dense(2, 3), net.Dense(2, 3)])


# What a network is made of.


def test_layers_that_do_not_fit(net):
    shared = net.Tanh()
    for layers, said in [
        ([], "at least one"),
        (None, "a sequence of layers"),
        (3, "a sequence of layers"),
        (net.Dense(2, 2), "a sequence of layers"),
        ([net.Dense(2, 3), net.Dense(2, 1)], r"Dense\(2, 1\) after Dense\(2, 3\); expected fan_in 3"),
        ([net.Dense(2, 3), net.Tanh(), net.Dense(2, 1)], "layer 2.*expected fan_in 3"),
        ([net.Dense(2, 3), "tanh"], "layer 1: got 'tanh'"),
        ([net.Dense(2, 3), net.Tanh], "a layer of this convention"),
        ([net.Network([net.Dense(2, 3)])], "a layer of this convention"),
        ([shared, net.Dense(2, 2), shared], r"layer 2: got Tanh\(\) a second time"),
    ]:
        with pytest.raises(net.ShapeError, match=rf"\[{net.CONVENTION} convention\] Network") as error:
            net.Network(layers)
        error.match(said)


def test_the_other_convention_is_refused(net):
    import colnet
    import rownet

    other = rownet if net is colnet else colnet
    square = net.Network([net.Dense(2, 2, 0)])
    foreign = other.Network([other.Dense(2, 2, 0)])
    x = np.eye(2)
    before = snapshot(square)
    with pytest.raises(net.ShapeError, match="a layer of this convention"):
        net.Network([other.Dense(2, 2)])
    with pytest.raises(net.ShapeError, match="a layer of this convention"):
        net.Network([net.Dense(2, 2), other.Tanh()])
    with pytest.raises(net.ShapeError, match="a layer of this convention"):
        net.collapse_two(other.Dense(2, 2), other.Dense(2, 2))
    with pytest.raises(net.UnknownNameError):
        square.gradients(x, x, other.MSE())
    with pytest.raises(net.ShapeError, match="NetworkGradients"):
        square.update(foreign.gradients(x, x, other.MSE()), 0.1)
    with pytest.raises(net.ShapeError, match="a Network of this convention"):
        net.train(foreign, "mse", x, x, epochs=1)
    with pytest.raises(net.UnknownNameError):
        net.train(square, other.MSE(), x, x, epochs=1)
    with pytest.raises(net.DomainError):
        net.train(square, "mse", x, x, epochs=1, alpha=other.Constant(0.1))
    assert same(before, snapshot(square))


def test_backward_needs_the_networks_own_forward_pass(net):
    network = net.Network([net.Dense(2, 3, 0), net.Tanh(), net.Dense(3, 1, 1), net.Tanh()])
    x, g = batch(net, [[1, 2], [3, 4]]), batch(net, [[1], [1]])

    def refused():
        with pytest.raises(net.NotForwardError, match=rf"\[{net.CONVENTION} convention\]"):
            network.backward(g)

    refused()
    network.predict(x)
    refused()
    expected = None
    for spoil in (
        lambda: setattr(network.layers[0], "W", network.layers[0].W),
        lambda: setattr(network.layers[2], "b", network.layers[2].b),
        lambda: network.layers[0].forward(x * 2),
        lambda: network.layers[1].forward(batch(net, [[1, 2, 3], [4, 5, 6]])),
        lambda: network.layers[3].forward(g),
        lambda: network.update(network.backward(g), 1e-9),
    ):
        network.forward(x)
        found = network.backward(g)
        expected = expected or found
        spoil()
        refused()
    network.forward(x)
    with pytest.raises(net.ShapeError):
        network.backward(batch(net, [[1, 1], [1, 1]]))


# The step.


def small(net, dtype=np.float64):
    network = net.Network(
        [dense(net, [[1, 2, 3], [4, 5, 6]], [7, 8], dtype), net.ReLU(), dense(net, [[9, 10]], [11], dtype)]
    )
    x, t = batch(net, [[1, 2, 3], [3, 1, 1]], dtype), batch(net, [[1], [2]], dtype)
    return network, network.gradients(x, t, net.MSE())


def test_gradients_of_another_structure(net):
    network, good = small(net)
    W, b = good.layers[0]["W"], good.layers[0]["b"]
    second = good.layers[2]

    def with_first(of):
        return net.NetworkGradients(good.x, (of, {}, second))

    before = snapshot(network)
    for bad, kind in [
        (None, net.ShapeError),
        (good.layers, net.ShapeError),
        (tuple(good), net.ShapeError),
        (W, net.ShapeError),
        (net.NetworkGradients(good.x, good.layers[:2]), net.ShapeError),
        (net.NetworkGradients(good.x, (*good.layers, {})), net.ShapeError),
        (net.NetworkGradients(good.x, good.layers[::-1]), net.ShapeError),
        (with_first({}), net.ShapeError),
        (with_first({"W": W}), net.ShapeError),
        (with_first({"W": W, "b": b, "c": b}), net.ShapeError),
        (with_first({"W": W.T, "b": b}), net.ShapeError),
        (with_first({"W": W, "b": b.T}), net.ShapeError),
        (with_first({"W": W, "b": b.ravel()}), net.ShapeError),
        (with_first({"W": W[:1, :1], "b": b}), net.ShapeError),
        (with_first({"W": W * np.nan, "b": b}), net.DomainError),
        (with_first({"W": W, "b": b + np.inf}), net.DomainError),
        (with_first({"W": W + 1j, "b": b}), net.DtypeError),
        (with_first({"W": W, "b": "b"}), net.DtypeError),
        (with_first({"W": None, "b": b}), net.DtypeError),
    ]:
        with pytest.raises(kind, match=rf"\[{net.CONVENTION} convention\] Network.update") as error:
            network.update(bad, 0.1)
        assert "got " in str(error.value)
        assert "expected " in str(error.value)
        assert same(before, snapshot(network))
    network.update(good, 0.1)
    assert not same(before, snapshot(network))


def test_gradients_as_lists_and_whole_numbers(net):
    """A list times 2 would be the list twice."""
    network = net.Network([dense(net, [[1, 2, 3]], [4])])
    network.update(
        net.NetworkGradients(None, ({"W": weights(net, [[1, 0, -1]]).tolist(), "b": [[True]]},)), 2
    )
    assert neurons(net, network.layers[0].W) == [[-1, 2, 5]]
    assert numbers(net, network.layers[0].b) == [2]


def test_a_step_leaves_the_old_arrays_and_the_gradients(net):
    network, found = small(net)
    old, kept = network.layers[0].W, network.layers[0].W.copy()
    gradients = [{name: array.copy() for name, array in of.items()} for of in found.layers]
    network.update(found, 0.5)
    assert network.layers[0].W is not old
    assert np.array_equal(old, kept)
    assert same(gradients, list(found.layers))


@pytest.mark.parametrize("alpha", [0.5, 1, F(1, 2), np.float32(0.5), np.float64(0.5)], ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_keeps_the_float_type(net, dtype, alpha):
    network, _ = small(net, dtype)
    wide = small(net)[1]  # float64 gradients
    network.update(wide, alpha)
    assert all(array.dtype == dtype for named in network.parameters for array in named.values())
    # By hand: the gradient of the last bias is the sum of 2 (y - t) / 2.
    #   x1: (7 + 14, 8 + 32) = (21, 40), 189 + 400 + 11 = 600; x2: (7 + 8, 8 + 23) = (15, 31), 456.
    assert numbers(net, network.layers[2].b) == [11 - float(alpha) * (599 + 454)]


def test_a_step_on_rationals_is_exact(net):
    network = net.Network(
        [net.Dense.of(np.array([[F(1, 3)]], dtype=object), np.array([[F(2, 7)]], dtype=object))]
    )
    one = np.array([[F(1)]], dtype=object)
    network.update(network.gradients(one, one * 0, net.MSE()), F(1, 10))
    # v = 13/21, slope 26/21
    assert network.layers[0].W.item() == F(1, 3) - F(26, 210)
    assert network.layers[0].b.item() == F(2, 7) - F(26, 210)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_into_infinity_is_not_taken(net, dtype):
    """The second layer would overflow; the first, which would not, stays as well."""
    network, good = small(net, dtype)
    huge = np.full_like(good.layers[2]["W"], np.finfo(dtype).max)
    bad = net.NetworkGradients(good.x, (good.layers[0], {}, {"W": huge, "b": good.layers[2]["b"]}))
    before = snapshot(network)
    with pytest.raises(
        net.DivergedError, match=rf"\[{net.CONVENTION} convention\] update of W of Dense\(2, 1\)"
    ):
        network.update(bad, 2)
    assert same(before, snapshot(network))


def test_repr(net):
    network = net.Network([net.Dense(2, 3), net.Tanh(), net.Dense(3, 1), net.Sigmoid()])
    assert repr(network) == "Network([Dense(2, 3), Tanh(), Dense(3, 1), Sigmoid()])"
    made = eval(repr(network), vars(net))
    assert [type(layer) for layer in made.layers] == [type(layer) for layer in network.layers]


def test_a_single_layer_and_a_network_without_weights(net):
    assert examples(net, net.Network([net.ReLU()]).predict(batch(net, [[-1, 2]]))) == [[0, 2]]
    network = net.Network([net.Dense.of(weights(net, [[2.0]]), bias(net, [1.0]))])
    assert examples(net, network.forward(batch(net, [[3]]))) == [[7]]
    assert examples(net, network.backward(batch(net, [[5]])).x) == [[10]]


def test_one_infinite_entry_is_enough_to_diverge(net):
    network = net.Network([dense(net, [[1.0, 1.0]], [0.0])])
    kept = snapshot(network)
    x, t = batch(net, [[1e200, 1.0]]), batch(net, [[0.0]])
    gradients = network.gradients(x / 1e100, t, net.MSE("sum"))
    with pytest.raises(net.DivergedError, match="update of W"):
        network.update(gradients, 1e200)
    assert same(kept, snapshot(network))


def test_the_list_of_layers_is_the_networks_own(net):
    layers = [net.Dense(2, 3, 0), net.Tanh()]
    network = net.Network(layers)
    layers.append(net.Dense(3, 1, 0))
    assert len(network.layers) == 2
    assert repr(net.Network(iter(layers))) == "Network([Dense(2, 3), Tanh(), Dense(3, 1)])"
