"""Training: what a history says, in which order examples come, and what a failure leaves behind."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.layout import batch, dense, examples, flip, neurons, no_address, numbers, same, snapshot
from tests.strategies import rationals, table

F = Fraction


def line(net, dtype=object):
    """Make the network v = 1 x + 0."""
    one, zero = (F(1), F(0)) if dtype is object else (1, 0)
    return net.Network([dense(net, [[one]], [zero], dtype)])


def points(net, xs, dtype=object):
    kind = F if dtype is object else float
    return batch(net, [[kind(x)] for x in xs], dtype), batch(net, [[kind(0)] for _ in xs], dtype)


def state(net, network):
    (layer,) = network.layers
    return neurons(net, layer.W)[0][0], numbers(net, layer.b)[0]


def test_per_example_by_hand(net):
    """x = 1, then 2, target 0, alpha 1/10, slope 2v.

    x = 1: v = 1, loss 1, W = 1 - 2/10 = 4/5, b = -1/5.
    x = 2: v = 8/5 - 1/5 = 7/5, loss 49/25, W = 4/5 - (14/5)(2)/10 = 6/25, b = -1/5 - 14/50 = -12/25.
    """
    network = line(net)
    history = net.train(network, "mse", *points(net, [1, 2]), epochs=1, alpha=F(1, 10))
    assert history.losses == [(1 + F(49, 25)) / 2]
    assert state(net, network) == (F(6, 25), F(-12, 25))


def test_all_at_once_by_hand(net):
    """Losses 1 and 4, slopes 2 and 4: dW = (2 + 8) / 2, db = (2 + 4) / 2; under "sum" twice that."""
    for kind, share in (("mean", 1), ("sum", 2)):
        network = line(net)
        x, t = points(net, [1, 2])
        history = net.train(network, net.MSE(kind), x, t, epochs=1, alpha=F(1, 10), batch_size=None)
        assert history.losses == [F(5, 2)], "the mean of the examples' losses, whatever the reduction"
        assert state(net, network) == (1 - share * F(5, 10), -share * F(3, 10))


@pytest.mark.parametrize("size", [2, np.int64(2)])
def test_a_smaller_last_batch_by_hand(net, size):
    """x = 1, 2 together as above, then 3 alone: v = 3/2 - 3/10 = 6/5, loss 36/25, slope 12/5, batch of 1.

    W = 1/2 - (12/5)(3)/10 = -11/50, b = -3/10 - 12/50 = -27/50.
    """
    network = line(net)
    history = net.train(network, "mse", *points(net, [1, 2, 3]), epochs=1, alpha=F(1, 10), batch_size=size)
    assert history.losses == [(1 + 4 + F(36, 25)) / 3]
    assert state(net, network) == (F(-11, 50), F(-27, 50))


def test_a_batch_larger_than_the_data_is_all_of_it(net):
    x, t = points(net, [1, 2, 3])
    found = []
    for size in (None, 3, 4, 10**6):
        network = line(net)
        history = net.train(network, "mse", x, t, epochs=3, alpha=F(1, 20), batch_size=size)
        found.append((history.losses, state(net, network)))
    assert all(one == found[0] for one in found)


@given(data=st.data(), size=st.sampled_from([1, 2, None]), reduction=st.sampled_from(["mean", "sum"]))
def test_training_is_the_public_steps_in_order(net, data, size, reduction):
    """On rationals, exactly: forward, loss, backward, update, batch after batch, epoch after epoch."""
    count = 2 if size == 1 else 3  # at most 4 updates: each triples the digits
    xs, ts = (data.draw(table(count, 2, rationals(3))) for _ in range(2))
    w, (b,) = data.draw(table(2, 2, rationals(3))), data.draw(table(1, 2, rationals(3)))
    x, t = batch(net, xs, object), batch(net, ts, object)
    trained, stepped = (net.Network([dense(net, w, b, object), net.ReLU()]) for _ in range(2))
    loss, schedule = net.MSE(reduction), net.StepDecay(F(1, 8), every=2, factor=F(1, 2))
    history = net.train(trained, loss, x, t, epochs=2, alpha=schedule, batch_size=size)
    step, means = 0, []
    for _ in range(2):
        seen = []
        for start in range(0, count, size or count):
            these = slice(start, start + (size or count))
            one_x, one_t = batch(net, xs[these], object), batch(net, ts[these], object)
            seen += [n for (n,) in examples(net, loss.per_example(stepped.predict(one_x), one_t))]
            alpha = [F(1, 8), F(1, 8), F(1, 16), F(1, 16)][step]
            stepped.update(stepped.gradients(one_x, one_t, loss), alpha)
            step += 1
        means.append(sum(seen) / count)
    assert history.losses == means
    assert same(snapshot(trained), snapshot(stepped))


class Spy:
    """A first layer that changes nothing and notes which examples passed in training."""

    def __init__(self, net):
        self.seen = []

        def note(v):
            self.seen.append([n for (n,) in examples(net, v)])
            return v * 1

        self.layer = net.Activation(note, lambda v: v * 0 + 1)


def orders(net, count, epochs, **settings):
    spy = Spy(net)
    network = net.Network([spy.layer, net.Dense(1, 1, 0)])
    x, t = points(net, range(count), float)
    net.train(network, "mse", x, t, epochs=epochs, alpha=1e-3, **settings)
    passed = [
        n for batch_seen in spy.seen[1:] for n in batch_seen
    ]  # the first pass is the check of arguments
    return [passed[e * count : (e + 1) * count] for e in range(epochs)]


def test_the_order_of_examples(net):
    given = [float(n) for n in range(7)]
    assert orders(net, 7, 2) == [given, given]
    assert orders(net, 7, 2, batch_size=3) == [given, given]
    drawn = orders(net, 7, 6, shuffle=True, rng=5)
    assert all(sorted(order) == given for order in drawn), "each example once an epoch"
    assert len({tuple(order) for order in drawn}) > 1, "a new order in each epoch"
    assert drawn == orders(net, 7, 6, shuffle=True, rng=5), "a seed repeats it"
    assert drawn == orders(net, 7, 6, shuffle=True, rng=np.random.default_rng(5), batch_size=2)
    assert drawn != orders(net, 7, 6, shuffle=True, rng=6)


def test_inputs_and_targets_are_shuffled_together(net):
    """Targets are inputs times 3: only if they stay together does v = 3 x come out."""
    x = batch(net, [[n / 8] for n in range(8)])
    network = net.Network([net.Dense(1, 1, 0)])
    history = net.train(network, "mse", x, 3 * x, epochs=400, alpha=0.5, batch_size=2, shuffle=True, rng=1)
    assert history.losses[-1] < 1e-12 < history.losses[0]


def test_without_shuffling_nothing_is_drawn(net):
    rng = np.random.default_rng(3)
    before = rng.bit_generator.state
    net.train(line(net, float), "mse", *points(net, [1, 2], float), epochs=2, rng=rng)
    assert rng.bit_generator.state == before


def test_arguments_are_left_alone(net):
    x, t = points(net, [1, 2, 3], float)
    x.flags.writeable = t.flags.writeable = False
    network = line(net, float)
    old, kept = network.layers[0].W, network.layers[0].W.copy()
    history = net.train(network, "mse", x, t, epochs=4, alpha=0.01, shuffle=True, rng=0)
    assert len(history.losses) == 4
    assert history._fields == ("losses",)
    assert np.array_equal(old, kept), "an update makes new arrays"
    assert not np.array_equal(network.layers[0].W, kept)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_float_type_stays(net, dtype):
    rng = np.random.default_rng(0)
    layers = [net.Dense(2, 3, rng, dtype=dtype), net.Tanh(), net.Dense(3, 1, rng, dtype=dtype)]
    network = net.Network(layers)
    x, t = net.and_gate()
    for data in ((x.astype(dtype), t.astype(dtype)), (x, t)):
        net.train(network, "mse", *data, epochs=3, alpha=0.1)
        assert all(a.dtype == dtype for named in network.parameters for a in named.values())


def test_lists_and_whole_numbers(net):
    """Integers and booleans train like the floats they stand for."""
    found = []
    for kind in (float, int, bool):
        network = line(net, float)
        x, t = batch(net, [[0], [1], [1]], kind), batch(net, [[1], [0], [1]], kind)
        found.append((net.train(network, "mse", x.tolist(), t, epochs=3, alpha=0.1), state(net, network)))
    assert found[0] == found[1] == found[2]


# Divergence: (data, alpha) that end in an infinite prediction, loss or parameter.


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("alpha", [10.0, 1e30])
def test_divergence_leaves_the_parameters_before_the_step(net, dtype, alpha):
    """One clear error, no warning on the way, and not half a step."""
    kept = []
    network = None

    def note(v):
        if network is not None:
            kept.append(snapshot(network))
        return v * 1

    made = net.Network(
        [
            net.Activation(note, lambda v: v * 0 + 1),
            net.Dense(2, 3, 0, dtype=dtype),
            net.Dense(3, 1, 1, dtype=dtype),
        ]
    )
    network = made
    x, t = (part.astype(dtype) for part in net.and_gate())
    with pytest.raises(
        net.DivergedError, match=rf"\[{net.CONVENTION} convention\].*expected a smaller alpha"
    ):
        net.train(network, "mse", x, t, epochs=1000, alpha=alpha)
    assert same(kept[-1], snapshot(network)), "those with which the last forward pass was made"
    assert all(np.isfinite(a).all() for named in network.parameters for a in named.values())
    assert len(kept) > 2


def test_an_infinite_prediction_is_divergence_even_where_the_loss_is_finite(net):
    """Hinge takes an infinite score of the right sign for perfect: loss 0, slope 0.

    W1 = 1, W2 = 1/2, x = t = 1: y = 1/2, slope -1, so W1 = 1 + A/2, W2 = 1/2 + A with A = 1e200.
    """
    network = net.Network([dense(net, [[1]], [0]), dense(net, [[0.5]], [0])])
    x = batch(net, [[1.0], [1.0]])
    with pytest.raises(net.DivergedError, match="train: epoch 0: prediction"):
        net.train(network, "hinge", x, x, epochs=3, alpha=1e200)
    assert neurons(net, network.layers[0].W) == [[0.5e200]]
    assert neurons(net, network.layers[1].W) == [[1e200]]


def test_a_prediction_that_leaves_the_domain_stops_before_the_step(net):
    """Cross-entropy needs y > 0; a large step makes a raw score negative."""
    network = net.Network([dense(net, [[1.0], [1.0]], [1.0, 1.0])])
    x, t = batch(net, [[1.0], [1.0]]), batch(net, [[1.0, 0.0], [0.0, 1.0]])
    kept = snapshot(network)
    net.train(network, "cross-entropy", x, t, epochs=1, alpha=0.1)
    assert not same(kept, snapshot(network))

    falling = net.Network([dense(net, [[1.0]], [1.0])])
    x, t = batch(net, [[1.0], [-3.0]]), batch(net, [[1.0], [0.0]])
    with pytest.raises(net.DomainError, match="a probability"):
        net.train(falling, "cross-entropy", x, t, epochs=1, alpha=0.1)
    assert state(net, falling) == (1, 1), "refused before the first step"


def test_a_prediction_that_leaves_the_domain_between_steps_stops_there(net):
    """Binary cross-entropy at y = 3/2, t = 1 would be a number, and a negative one.

    W = 1/2, b = 0, x = t = 1: y = 1/2, slope -2, so W = 1, b = 1/2 with alpha = 1/4, and y = 3/2.
    """
    network = net.Network([dense(net, [[0.5]], [0.0])])
    ones = batch(net, [[1.0], [1.0]])
    with pytest.raises(net.DomainError, match="a probability"):
        net.train(network, "binary-cross-entropy", ones, ones, epochs=3, alpha=0.25)
    assert state(net, network) == (1, 0.5), "after the first step, and no other"


# Bad arguments.

FINE = {"epochs": 1, "alpha": 0.1}


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"epochs": 0}, "DomainError"),
        ({"epochs": -1}, "DomainError"),
        ({"epochs": 1.0}, "DomainError"),
        ({"epochs": True}, "DomainError"),
        ({"epochs": "1"}, "DomainError"),
        ({"epochs": None}, "DomainError"),
        ({"batch_size": 0}, "DomainError"),
        ({"batch_size": -2}, "DomainError"),
        ({"batch_size": 2.0}, "DomainError"),
        ({"batch_size": True}, "DomainError"),
        ({"batch_size": "all"}, "DomainError"),
        ({"alpha": 0}, "DomainError"),
        ({"alpha": "cosine"}, "DomainError"),
        ({"alpha": lambda step: 0.1}, "DomainError"),
        ({"rng": -1}, "DomainError"),
        ({"rng": 1.5}, "DomainError"),
        ({"rng": True}, "DomainError"),
        ({"rng": "seed"}, "DomainError"),
    ],
    ids=no_address,
)
def test_bad_settings(net, settings, error):
    network = line(net, float)
    before = snapshot(network)
    with pytest.raises(getattr(net, error), match=rf"\[{net.CONVENTION} convention\] train: ") as raised:
        net.train(network, "mse", *points(net, [1, 2], float), **(FINE | settings))
    ((name, value),) = settings.items()
    assert f"train: {name}: got {value!r}; expected" in str(raised.value)
    assert same(before, snapshot(network))


def test_bad_data(net):
    network = net.Network([net.Dense(2, 3, 0), net.Tanh(), net.Dense(3, 1, 1)])
    before = snapshot(network)
    x, t = net.and_gate()
    few = batch(net, [[0], [0], [1]])
    for bad_x, bad_t, error in [
        (flip(x), t, net.ShapeError),
        (x, flip(t), net.ShapeError),
        (x, few, net.ShapeError),
        (x, t.ravel(), net.ShapeError),
        (x, batch(net, [[0, 1]] * 4), net.ShapeError),
        (x * np.nan, t, net.DomainError),
        (x, t + np.inf, net.DomainError),
        (x + 1j, t, net.DtypeError),
        (x, "t", net.DtypeError),
        (None, t, net.DtypeError),
    ]:
        with pytest.raises(error, match=rf"\[{net.CONVENTION} convention\] train: "):
            net.train(network, "mse", bad_x, bad_t, epochs=1)
        assert same(before, snapshot(network))
    for loss, error in (
        ("squares", net.UnknownNameError),
        (None, net.UnknownNameError),
        ("hinge", net.DomainError),
    ):
        with pytest.raises(error, match=rf"\[{net.CONVENTION} convention\]"):
            net.train(network, loss, x, t, epochs=1)
    for other in (None, "network", net.Dense(2, 1), [net.Dense(2, 1)]):
        with pytest.raises(net.ShapeError, match=r"train: network: .*a Network of this convention"):
            net.train(other, "mse", x, t, epochs=1)
    assert same(before, snapshot(network))


# The progress bar.


def test_no_bar_unless_wanted(net, capfd):
    net.train(line(net, float), "mse", *points(net, [1, 2], float), epochs=3)
    out, err = capfd.readouterr()
    assert out == err == ""


def test_the_bar_shows_progress_and_changes_nothing(net, capfd):
    found = []
    for progress in (True, False):
        network = line(net, float)
        history = net.train(
            network, "mse", *points(net, [1, 2], float), epochs=3, alpha=0.1, progress=progress
        )
        found.append((history, state(net, network)))
    out, err = capfd.readouterr()
    assert "loss" in out
    assert "100%" in out
    assert err == ""
    assert found[0] == found[1]
