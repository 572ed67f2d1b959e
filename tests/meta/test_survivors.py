"""What mutants showed to be unchecked: each test here killed one that everything else let live."""

import ast
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest


def batch(net, *examples):
    """Lay out examples, each a list of features."""
    array = np.array(examples)
    return array.T if net.CONVENTION == "column" else array


def test_what_is_offered_is_what_is_imported(net):
    # Read in the text: a name that __all__ leaves out, or has and nobody imports, is neither here nor there.
    tree = ast.parse(Path(net.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(net.__all__) == imported
    assert all(hasattr(net, name) for name in net.__all__)


class Wrapped:
    """A wrapper of an array that speaks NumPy's protocols and can be turned into an array."""

    def __init__(self, array):
        self.array, self.ndim, self.shape = array, array.ndim, array.shape

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, **more):
        return NotImplemented


def test_what_can_be_turned_into_an_array_is_no_duck(net):
    x = batch(net, [1.0, 2.0], [3.0, 4.0], [5.0, 6.0])
    assert np.array_equal(net.Tanh()(Wrapped(x)), np.tanh(x))


def test_the_largest_rate_there_is(net):
    assert net.Constant(sys.float_info.max).alpha == sys.float_info.max


def test_an_infinite_slope_is_refused_and_a_huge_one_is_not(net):
    least = 1 / sys.float_info.max  # 1 / least is infinite
    t = batch(net, [1.0, 0.0])
    for loss in (net.CrossEntropy(), net.BinaryCrossEntropy(), net.CategoricalCrossEntropy()):
        with pytest.raises(net.DomainError):
            loss.gradient(batch(net, [least, 0.5]), t)
        assert np.isfinite(loss.gradient(batch(net, [2 * least, 0.5]), t)).all()


@pytest.mark.parametrize("swap", [False, True])
def test_floats_beside_exact_numbers_are_not_held_to_the_domain_of_floats(net, swap):
    y, t = batch(net, [Fraction(1, 2), Fraction(1, 4)]), batch(net, [3.0, -1.0])
    if swap:
        y, t = t, y
    # Nothing is known of what the entries of an object array can do: only its shape is looked at.
    assert net.Hinge("sum").value(y, t) == sum(max(0, 1 - a * b) for a, b in zip(y.flat, t.flat))


def test_targets_may_be_rounded_so_often_and_no_more(net):
    """A sum of n features may be off by n + 4 roundings, whatever the batch; by one more, it is no distribution."""
    eps = sys.float_info.epsilon
    for features in (2, 10):
        y = batch(net, [1.0 / features] * features)
        # The last entry takes it all: every sum before it is exact.
        t = [0.5] + [0.0] * (features - 2) + [0.5 + (features + 4) * eps]
        assert net.CategoricalCrossEntropy().value(y, batch(net, t)) > 0
        assert net.SoftmaxCrossEntropy().value(y, batch(net, t)) > 0
        t[-1] += eps
        for loss in (net.CategoricalCrossEntropy(), net.SoftmaxCrossEntropy()):
            with pytest.raises(net.DomainError):
                loss.value(y, batch(net, t))


def test_without_a_seed_each_training_draws_an_order_of_its_own(net):
    # Of 30! orders, that the same is drawn twice is not to be expected; with one order the parameters are the same.
    x = batch(net, *[[float(k)] for k in range(30)]) / 30
    start = net.Dense(1, 1, 0)
    found = []
    for _ in range(2):
        network = net.Network([net.Dense.of(start.W, start.b)])
        net.train(network, "mse", x, x**2, epochs=1, alpha=0.1, shuffle=True)
        found.append(network.layers[0].W.item())
    assert found[0] != found[1]


def test_what_an_array_can_hold_is_for_the_machine_to_refuse(net):
    most = sys.maxsize // np.dtype(np.longdouble).itemsize
    with pytest.raises(MemoryError):  # no machine has room for so many, but an array could have them
        net.Dense(1, most)
    with pytest.raises(net.DomainError):
        net.Dense(1, most + 1)


def test_a_list_that_holds_itself_is_no_batch(net):
    endless = []
    endless.append(endless)
    with pytest.raises(net.DtypeError):
        net.Tanh()(endless)


def test_a_difference_that_is_infinite_is_refused_whichever_side_is_larger(net):
    largest = sys.float_info.max
    for y, t in ((0.6, -0.5), (0.5, -0.6)):
        with pytest.raises(net.DomainError):
            net.MAE().gradient(batch(net, [y * largest]), batch(net, [t * largest]))
    assert net.MAE("sum").gradient(batch(net, [largest]), batch(net, [0.0])).item() == 1


def test_lists_of_three_levels_are_of_the_wrong_shape_whatever_is_in_them(net):
    # A mask deeper than the entries of a matrix is not looked for: the shape is what is wrong.
    with pytest.raises(net.ShapeError):
        net.Tanh()([[[np.ma.array([1.0])]]])


def test_an_infinite_loss_of_a_finite_prediction_ends_training_before_the_step(net):
    network = net.Network([net.Dense.of([[1e200]], [[0.0]])])
    one, zero = batch(net, [1.0]), batch(net, [0.0])
    with pytest.raises(net.DivergedError, match="loss"):
        net.train(network, "mse", one, zero, epochs=1, alpha=1e-9)
    assert network.layers[0].W.item() == 1e200


def test_training_never_asks_for_the_gradient_of_its_own_input(net):
    class First(net.Dense):
        def _input_gradient(self, g):
            raise AssertionError("nobody reads it")

    x = batch(net, [1.0], [2.0])
    start = net.Dense(1, 1, 0)
    network = net.Network([First.of(start.W, start.b), net.Tanh()])
    net.train(network, "mse", x, x, epochs=2)
    assert network.layers[0].W.item() != start.W.item()


def test_the_progress_bar_goes_one_by_one_and_shows_the_last_loss(net, monkeypatch):
    from rich.progress import Progress

    told = []
    monkeypatch.setattr(Progress, "update", lambda self, task, **what: told.append(what))
    x = batch(net, [1.0], [2.0])
    network = net.Network([net.Dense(1, 1, 0)])
    losses = net.train(network, "mse", x, -x, epochs=3, alpha=0.1, progress=True).losses
    assert [what["advance"] for what in told] == [1, 1, 1]
    assert [what["description"] for what in told] == [f"loss {loss:.3g}" for loss in losses]
    assert len(set(losses)) == 3


def test_the_example_network_is_drawn_anew_unless_a_seed_is_given(net):
    assert (net.and_network().layers[0].W != net.and_network().layers[0].W).any()


def test_a_decision_surface_asks_for_room_for_as_many_numbers_as_it_predicts_from(net, monkeypatch):
    module = sys.modules[net.and_network.__module__]
    asked, given = [], []
    monkeypatch.setattr(module, "demand_memory", lambda count, *_: asked.append(count))
    network = net.and_network(0)
    predict = network.predict
    monkeypatch.setattr(network, "predict", lambda x: (given.append(x.size), predict(x))[1])
    net.decision_surface(network, 5)
    assert asked == given
