"""The paper's example in both conventions: Table 1, the 2-3-1 network, its trajectory and its surface."""

import math
from functools import cache

import numpy as np
import pytest

import colnet
import rownet
from tests.layout import batch, dense, examples, neurons, numbers, shape, snapshot
from tests.rounding import ELEMENTARY, assert_within

UNIT = 2.0**-53
TABLE = [((0.0, 0.0), 0.0), ((0.0, 1.0), 0.0), ((1.0, 0.0), 0.0), ((1.0, 1.0), 1.0)]
SEEDS = (0, 1, 2)


def test_table_1(net):
    x, t = net.and_gate()
    literal = {
        "column": ([[0, 0, 1, 1], [0, 1, 0, 1]], [[0, 0, 0, 1]]),
        "row": ([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [0], [0], [1]]),
    }[net.CONVENTION]
    assert (x.tolist(), t.tolist()) == literal
    x += 1
    assert net.and_gate()[0].tolist() == literal[0], "each call gives arrays of its own"


def test_the_network_of_section_4_5(net):
    network = net.and_network(0)
    assert repr(network) == "Network([Dense(2, 3), Tanh(), Dense(3, 1), Tanh()])"
    assert network.parameter_count == 13
    x, _ = net.and_gate()
    assert network.predict(x).shape == shape(net, 1, 4)
    for bad in (-1, 0.5, True, "0"):
        with pytest.raises(net.DomainError, match=rf"\[{net.CONVENTION} convention\] and_network: rng"):
            net.and_network(bad)


def on_paper(network, package):
    """Read the 13 numbers: three neurons of two weights and a bias, one neuron of three and a bias."""
    hidden, out = network.layers[0], network.layers[2]
    rows = zip(neurons(package, hidden.W), numbers(package, hidden.b))
    return [n for w, b in rows for n in (*w, b)] + neurons(package, out.W)[0] + numbers(package, out.b)


@pytest.mark.parametrize("seed", SEEDS)
def test_equal_seeds_mean_equal_networks(seed):
    assert on_paper(colnet.and_network(seed), colnet) == on_paper(rownet.and_network(seed), rownet)


class Bounded:
    """A float and a bound on how far any program may be from it that does the same sums in any order.

    Each operation passes on the errors of its arguments and adds its own rounding: the standard model
    fl(a op b) = (a op b)(1 + d), |d| <= u. The bound holds for this program and the one compared
    with it, so two programs differ by at most twice the bound.
    """

    def __init__(self, value, error=0.0):
        self.value, self.error = value, error

    def __mul__(self, other):
        value = self.value * other.value
        passed = abs(self.value) * other.error + (abs(other.value) + other.error) * self.error
        return Bounded(value, passed + UNIT * (abs(value) + passed))

    @staticmethod
    def total(terms):
        """Add up n numbers in whatever order: n roundings of at most the sum of absolute values."""
        size = sum(abs(term.value) + term.error for term in terms)
        return Bounded(
            sum(t.value for t in terms), sum(t.error for t in terms) + (len(terms) + 1) * UNIT * size
        )

    def __sub__(self, other):
        return Bounded.total([self, Bounded(-other.value, other.error)])

    def tanh(self):
        """Tanh has slopes of at most 1; its own value is off by ELEMENTARY roundings."""
        value = math.tanh(self.value)
        return Bounded(value, self.error + ELEMENTARY * UNIT * (abs(value) + self.error))


def epoch_on_paper(p, alpha):
    """Train one epoch entry by entry, as sections 3.3 and 4.6 say: 13 numbers in, 13 out, and the loss."""
    one, two, rate = Bounded(1.0), Bounded(2.0), Bounded(alpha)
    losses = []
    for x, t in TABLE:
        x, t = [Bounded(v) for v in x], Bounded(t)
        w, b = [p[3 * j : 3 * j + 2] for j in range(3)], [p[3 * j + 2] for j in range(3)]
        u, c = p[9:12], p[12]
        hidden = [Bounded.total([w[j][0] * x[0], w[j][1] * x[1], b[j]]).tanh() for j in range(3)]
        out = Bounded.total([*(u[j] * hidden[j] for j in range(3)), c]).tanh()
        losses.append((out - t) * (out - t))
        g_out = two * (out - t) * (one - out * out)
        g_hidden = [g_out * u[j] * (one - hidden[j] * hidden[j]) for j in range(3)]
        slopes = []
        for j in range(3):
            slopes += [g_hidden[j] * x[0], g_hidden[j] * x[1], g_hidden[j]]
        slopes += [*(g_out * hidden[j] for j in range(3)), g_out]
        p = [old - rate * slope for old, slope in zip(p, slopes)]
    return p, Bounded.total(losses) * Bounded(0.25)


def assert_follows(found, bounded, message):
    for value, one in zip(found, bounded):
        assert abs(value - one.value) <= 2 * one.error, message


def set_on_paper(network, package, p):
    made = dense(package, [p[0:2], p[3:5], p[6:8]], [p[2], p[5], p[8]]), dense(package, [p[9:12]], [p[12]])
    for place, layer in zip((0, 2), made):
        network.layers[place].W, network.layers[place].b = layer.W, layer.b


@pytest.mark.parametrize("seed", SEEDS)
def test_the_trajectory_runs_within_its_rounding_bound(seed):
    """From one seed, both packages and the program on paper stay together; the bound is carried along."""
    alpha = 0.1
    networks = [(package, package.and_network(seed)) for package in (colnet, rownet)]
    p = [Bounded(n) for n in on_paper(networks[0][1], colnet)]
    for epoch in range(4):
        p, loss = epoch_on_paper(p, alpha)
        for package, network in networks:
            history = package.train(network, "mse", *package.and_gate(), epochs=1, alpha=alpha)
            assert_follows(on_paper(network, package), p, f"{package.__name__}, epoch {epoch}")
            assert_follows(history.losses, [loss], f"{package.__name__}, loss of epoch {epoch}")
    assert max(one.error for one in p) < 1e-6, "a wider bound would say little"


@pytest.mark.parametrize("seed", SEEDS)
def test_each_epoch_of_a_long_training_is_the_one_on_paper(seed):
    """Where the carried bound grows too wide: every epoch anew, all three from the same 13 numbers."""
    alpha = 0.1
    networks = [(package, package.and_network(seed)) for package in (colnet, rownet)]
    for epoch in range(150):
        start = on_paper(networks[0][1], colnet)
        p, loss = epoch_on_paper([Bounded(n) for n in start], alpha)
        assert max(one.error for one in p) < 1e-11
        for package, network in networks:
            set_on_paper(network, package, start)
            history = package.train(network, "mse", *package.and_gate(), epochs=1, alpha=alpha)
            assert_follows(on_paper(network, package), p, f"{package.__name__}, epoch {epoch}")
            assert_follows(history.losses, [loss], f"{package.__name__}, loss of epoch {epoch}")


def test_the_bound_refuses_a_wrong_step():
    """A rate off by 1e-9 in one epoch is seen: the bound is not just wide."""
    network = rownet.and_network(0)
    p, _ = epoch_on_paper([Bounded(n) for n in on_paper(network, rownet)], 0.1)
    rownet.train(network, "mse", *rownet.and_gate(), epochs=1, alpha=0.1 + 1e-9)
    with pytest.raises(AssertionError, match="planted"):
        assert_follows(on_paper(network, rownet), p, "planted")


@cache
def trained(package, seed):
    network = package.and_network(seed)
    history = package.train(network, "mse", *package.and_gate(), epochs=1000, alpha=0.1)
    return network, history


@pytest.mark.parametrize("seed", SEEDS)
def test_it_learns_and(net, seed):
    network, history = trained(net, seed)
    x, _ = net.and_gate()
    assert [y > 0.5 for (y,) in examples(net, network.predict(x))] == [False, False, False, True]
    assert len(history.losses) == 1000
    assert history.losses[-1] < 0.01 < history.losses[0]


# The decision surface.


def test_the_first_input_runs_along_the_first_axis(net):
    """3 x1 + 100 x2 on a grid of 5: a quarter apart."""
    network = net.Network([dense(net, [[3, 100]], [7])])
    surface = net.decision_surface(network, 5)
    assert surface.shape == (5, 5)
    expected = [[7 + 3 * i / 4 + 100 * k / 4 for k in range(5)] for i in range(5)]
    assert surface.tolist() == expected
    assert net.decision_surface(network).shape == (20, 20)
    assert_within(
        net.decision_surface(network)[[0, 19, 0, 19, 1], [0, 0, 19, 19, 0]], [7, 10, 107, 110, 7 + 3 / 19], 4
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_corner_11_is_above_the_threshold(net, seed):
    network, _ = trained(net, seed)
    before = snapshot(network)
    surface = net.decision_surface(network)
    above = surface > 0.5
    assert [bool(above[i, k]) for i in (0, -1) for k in (0, -1)] == [False, False, False, True]
    # One region: from the corner every point above is reached through neighbours above.
    reached, waiting = set(), [(19, 19)]
    while waiting:
        i, k = waiting.pop()
        if (i, k) in reached or not (0 <= i < 20 and 0 <= k < 20) or not above[i, k]:
            continue
        reached.add((i, k))
        waiting += [(i + 1, k), (i - 1, k), (i, k + 1), (i, k - 1)]
    assert len(reached) == above.sum()
    # The value at a point is the prediction there.
    for i, k in ((0, 19), (19, 0), (7, 13)):
        alone = network.predict(batch(net, [[i / 19, k / 19]])).item()
        # Two sums of at most 4 terms, two tanh; numbers that training leaves below 10, in either order.
        assert_within([surface[i, k]], [alone], 4 * (ELEMENTARY + 6), [10 * 10])
    assert all(np.array_equal(a[name], b[name]) for a, b in zip(before, snapshot(network)) for name in a)


def test_bad_surfaces(net):
    network = net.and_network(0)
    for bad in (0, -3, 2.0, True, "20", None):
        with pytest.raises(
            net.DomainError, match=rf"\[{net.CONVENTION} convention\] decision_surface: points"
        ):
            net.decision_surface(network, bad)
    with pytest.raises(net.ShapeError, match=rf"\[{net.CONVENTION} convention\]"):
        net.decision_surface(net.Network([net.Dense(3, 1)]))
    with pytest.raises(net.ShapeError, match="decision_surface: prediction"):
        net.decision_surface(net.Network([net.Dense(2, 2)]))
