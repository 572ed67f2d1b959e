"""The edge: what may not come in, at every door; the error's class and words; and nothing has changed."""

import datetime

import numpy as np
import pytest

from tests.layout import batch, dense, examples, flip, no_address, same, snapshot


class House:
    """A network and its parts with a forward pass behind them, and every door that takes an array."""

    def __init__(self, net):
        self.net = net
        self.layer = dense(net, [[1, 2, 3], [4, 5, 6]], [7, 8])
        self.tanh = net.Tanh()
        self.network = net.Network([self.layer, self.tanh])
        self.x = batch(net, [[1, 2, 3], [0, 1, 0], [2, 2, 1], [1, 0, 1]])  # 3 features, 4 examples
        self.t = batch(net, [[0, 1], [1, 0], [1, 1], [0, 0]])
        self.g = batch(net, [[1, 2], [3, 4], [5, 6], [7, 8]])
        self.network.forward(self.x)

    def doors(self):
        """Give each door by name, with a good value for it."""
        net, layer, tanh, network = self.net, self.layer, self.tanh, self.network
        found = network.gradients(self.x, self.t, net.MSE())
        of = found.layers[0]

        def update(name):
            def door(value):
                layers = ({**of, name: value}, {})
                return network.update(net.NetworkGradients(found.x, layers), 0.1)

            return door

        doors = {
            "Dense call": (layer, self.x),
            "Dense.forward": (layer.forward, self.x),
            "Dense.backward": (layer.backward, self.g),
            "Dense.input_gradient": (layer.input_gradient, self.g),
            "Dense.weight_gradient": (layer.weight_gradient, self.g),
            "Dense.bias_gradient": (layer.bias_gradient, self.g),
            "Dense.W": (lambda value: setattr(layer, "W", value), layer.W),
            "Dense.b": (lambda value: setattr(layer, "b", value), layer.b),
            "Dense.of W": (lambda value: net.Dense.of(value, layer.b), layer.W),
            "Dense.of b": (lambda value: net.Dense.of(layer.W, value), layer.b),
            "Tanh.backward": (tanh.backward, self.g),
            "Tanh.input_gradient": (tanh.input_gradient, self.g),
            "predict": (network.predict, self.x),
            "network.forward": (network.forward, self.x),
            "network.backward": (network.backward, self.g),
            "gradients x": (lambda value: network.gradients(value, self.t, net.MSE()), self.x),
            "gradients t": (lambda value: network.gradients(self.x, value, net.MSE()), self.t),
            "update W": (update("W"), of["W"]),
            "update b": (update("b"), of["b"]),
            "train x": (lambda value: net.train(network, "mse", value, self.t, epochs=1), self.x),
            "train t": (lambda value: net.train(network, "mse", self.x, value, epochs=1), self.t),
        }
        for kind in (net.MSE, net.MAE, net.SigmoidBinaryCrossEntropy):
            loss = kind()
            for method in ("value", "per_example", "gradient"):
                run = getattr(loss, method)
                doors[f"{loss!r}.{method} y"] = (lambda value, run=run: run(value, self.t), self.t)
                doors[f"{loss!r}.{method} t"] = (lambda value, run=run: run(self.t, value), self.t)
        return doors


def with_entry(value, at=-1):
    """Put a value into one entry of a good array."""

    def make(good):
        bad = good.copy()
        bad[at, at] = value
        return bad

    return make


# What is made of a good array, the class of the error, and what the message says was given.
BAD = {
    "number": (lambda good: 3.0, "ShapeError", "shape ()"),
    "one axis": (lambda good: good.ravel(), "ShapeError", "(1-D)"),
    "one example without its axis": (lambda good: good[0], "ShapeError", "(1-D)"),
    "three axes": (lambda good: good[None], "ShapeError", "(3-D)"),
    "empty list": (lambda good: [], "ShapeError", "shape (0,)"),
    "no columns": (lambda good: good[:, :0], "ShapeError", ", 0)"),
    "no rows": (lambda good: good[:0], "ShapeError", "(0, "),
    "transposed": (flip, "ShapeError", "shape"),
    "one feature and one example more": (lambda good: np.pad(good, (0, 1)), "ShapeError", "shape"),
    "NaN": (with_entry(np.nan), "DomainError", "nan at entry ("),
    "infinity": (with_entry(np.inf, 0), "DomainError", "inf at entry (0, 0)"),
    "minus infinity": (with_entry(-np.inf), "DomainError", "-inf at entry ("),
    "NaN in a list": (lambda good: with_entry(np.nan)(good).tolist(), "DomainError", "nan at entry ("),
    "complex": (lambda good: good + 0j, "DtypeError", "complex128"),
    "text": (lambda good: good.astype(str), "DtypeError", "dtype <U"),
    "bytes": (lambda good: good.astype(bytes), "DtypeError", "dtype |S"),
    "a word": (lambda good: "batch", "DtypeError", "str"),
    "dates": (lambda good: good.astype("datetime64[s]"), "DtypeError", "datetime64"),
    "time spans": (lambda good: good.astype("timedelta64[s]"), "DtypeError", "timedelta64"),
    "a date": (lambda good: datetime.date(2020, 1, 1), "DtypeError", "date"),
    "None": (lambda good: None, "DtypeError", "NoneType"),
    "None in a list": (lambda good: [[None] * good.shape[1]] * good.shape[0], "DtypeError", "list"),
    "ragged": (lambda good: [[1.0, 2.0], [3.0]], "DtypeError", "list"),
    "mapping": (lambda good: {"x": good}, "DtypeError", "dict"),
    "set": (lambda good: {1.0, 2.0}, "DtypeError", "set"),
    "object": (lambda good: object(), "DtypeError", "object"),
    "generator": (lambda good: (row for row in good), "DtypeError", "generator"),
    "masked": (lambda good: np.ma.masked_array(good, mask=good > 1), "DtypeError", "a masked array"),
    "masked nothing": (np.ma.masked_array, "DtypeError", "a masked array"),
    "record": (lambda good: np.zeros(good.shape, dtype=[("a", "f8")]), "DtypeError", "dtype [("),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arrays_at_every_door(net, case):
    make, error, given = BAD[case]
    house = House(net)
    doors = house.doors()
    before = snapshot(house.network)
    tried = 0
    for name, (door, good) in doors.items():
        bad = make(good)
        with pytest.raises(getattr(net, error)) as raised:
            door(bad)
        text = str(raised.value)
        assert text.startswith(f"[{net.CONVENTION} convention] "), name
        assert ": got " in text, name
        assert "; expected " in text, name
        if not (error == "ShapeError" and name == "train t" and "targets" in text):  # says how many there are
            assert given in text, (name, text)
        assert same(before, snapshot(house.network)), name
        tried += 1
    assert tried == len(doors)
    house.network.forward(house.x)
    house.network.backward(house.g)


def test_every_door_takes_a_good_array(net):
    """The table above would prove nothing of a door that refuses everything."""
    for name in House(net).doors():
        house = House(net)
        door, good = house.doors()[name]
        door(good)
        house = House(net)
        door, good = house.doors()[name]
        door(good.tolist())
        house = House(net)
        door, good = house.doors()[name]
        door(good.astype(">f8"))


@pytest.mark.parametrize("name", ["Dense call", "Dense.forward", "predict", "network.forward", "train x"])
def test_the_message_says_when_the_transpose_would_fit(net, name):
    """Four examples of three features, the other way round: the other convention's array."""
    house = House(net)
    door, good = house.doors()[name]
    with pytest.raises(net.ShapeError) as raised:
        door(flip(good))
    text = str(raised.value)
    assert f"got shape {flip(good).shape}" in text
    assert "expected 3 features" in text
    assert "the other convention's?" in text
    layout = {
        "column": "(features, batch), one example per column",
        "row": "(batch, features), one example per row",
    }
    assert layout[net.CONVENTION] in text


def test_no_such_hint_where_it_would_not(net):
    with pytest.raises(net.ShapeError) as raised:
        House(net).layer(batch(net, [[1.0, 2.0], [3.0, 4.0]]))
    assert "the other convention" not in str(raised.value)


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint64, np.int64])
def test_whole_numbers_are_promoted(net, kind):
    layer = dense(net, [[0.5, -0.25]], [0.125])
    x = batch(net, [[1, 0], [0, 1], [1, 1]], kind)
    y = layer.forward(x)
    assert y.dtype == np.float64
    assert examples(net, y) == [[0.625], [-0.125], [0.375]]
    found = layer.backward(batch(net, [[1], [0], [1]], kind))
    assert all(array.dtype == np.float64 for array in found)
    assert examples(net, found.x) == [[0.5, -0.25], [0, 0], [0.5, -0.25]]
    assert net.MSE().value(x, x * 0) == pytest.approx(4 / 6, rel=2**-51, abs=0)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble])
def test_floats_keep_their_precision(net, kind):
    layer = dense(net, [[0.5, -0.25]], [0.125], kind)
    y = layer.forward(batch(net, [[1, 2]], kind))
    assert y.dtype == kind
    assert all(array.dtype == kind for array in layer.backward(y))
    swapped = np.dtype(kind).newbyteorder()
    assert layer(batch(net, [[1, 2]], kind).astype(swapped)).dtype == kind


def test_layouts_of_memory_are_all_the_same(net):
    layer = dense(net, [[1, 2, 3], [4, 5, 6]], [7, 8])
    x = batch(net, [[1, 2, 3], [4, 5, 6]])
    wide = np.zeros((2 * x.shape[0], 2 * x.shape[1]))
    wide[::2, ::2] = x
    for other in (
        np.asfortranarray(x),
        wide[::2, ::2],
        x[::-1, ::-1][::-1, ::-1],
        x.view(np.matrix) if False else x,
    ):
        assert np.array_equal(layer(other), layer(x))


class Duck:
    """An array of unknown values: a shape, and NumPy's protocol."""

    __array_ufunc__ = None

    def __init__(self, shape):
        self.shape, self.ndim = shape, len(shape)

    def __rmatmul__(self, other):
        return Duck((other.shape[0], self.shape[1]))

    def __matmul__(self, other):
        return Duck((self.shape[0], other.shape[1]))

    def __add__(self, other):
        return self


def test_duck_arrays_get_the_checks_of_shape_only(net):
    layer = dense(net, [[1, 2, 3], [4, 5, 6]], [7, 8])
    shape = batch(net, [[0] * 3] * 4).shape
    assert layer.forward(Duck(shape)).shape == batch(net, [[0] * 2] * 4).shape
    for bad in (shape[::-1], shape[:1], (*shape, 1)):
        with pytest.raises(net.ShapeError, match=rf"\[{net.CONVENTION} convention\]"):
            layer.forward(Duck(bad))


# Numbers that are sizes, types, seeds and names.


@pytest.mark.parametrize(
    "bad", [0, -1, True, np.True_, 2.0, np.float64(2), "2", None, [2], 1j, float("nan")], ids=repr
)
def test_sizes(net, bad):
    for make in (lambda: net.Dense(bad, 2), lambda: net.Dense(2, bad)):
        with pytest.raises(net.DomainError) as raised:
            make()
        text = str(raised.value)
        assert text.startswith(f"[{net.CONVENTION} convention] Dense: fan_")
        assert f"got {bad!r}; expected a positive whole number" in text
    assert net.Dense(np.int32(2), np.uint8(3)).fan_out == 3


@pytest.mark.parametrize(
    "bad",
    [None, int, bool, complex, object, str, "float", "int64", "nonsense", 5, "M8[s]", [("a", "f8")]],
    ids=str,
)
def test_float_types(net, bad):
    if bad == "float":
        assert net.Dense(2, 2, dtype=bad).W.dtype == np.float64
        return
    with pytest.raises(net.DtypeError, match=rf"\[{net.CONVENTION} convention\] Dense: dtype: got "):
        net.Dense(2, 2, dtype=bad)


def test_a_foreign_byte_order_becomes_the_machines_own(net):
    assert net.Dense(2, 2, dtype=np.dtype(np.float32).newbyteorder()).W.dtype == np.float32


@pytest.mark.parametrize("bad", [-1, 1.5, True, "seed", [1, 2], np.random.RandomState(0), 1j], ids=no_address)
def test_seeds(net, bad):
    with pytest.raises(
        net.DomainError, match=rf"\[{net.CONVENTION} convention\] Dense: rng: got .*Generator, a seed"
    ):
        net.Dense(2, 2, bad)


@pytest.mark.parametrize("bad", ["", "Scaled", "xavier", None, 1, ["scaled"]], ids=repr)
def test_initialisations(net, bad):
    with pytest.raises(net.UnknownNameError, match=r"got .*; expected one of scaled, standard-normal"):
        net.Dense(2, 2, 0, bad)


def test_the_errors_are_the_usual_ones(net):
    """Each can be caught by the built-in class that a NumPy user would expect."""
    for error, built_in in {
        net.ShapeError: ValueError,
        net.DomainError: ValueError,
        net.UnknownNameError: ValueError,
        net.DtypeError: TypeError,
        net.NotForwardError: RuntimeError,
        net.DivergedError: ArithmeticError,
    }.items():
        assert issubclass(error, built_in)


def test_single_numbers_need_both_axes(net):
    with pytest.raises(net.ShapeError, match="a single example needs both axes too"):
        net.Dense(3, 2, 0)([1.0, 2.0, 3.0])
    with pytest.raises(net.ShapeError, match="one axis too many"):
        net.Dense(3, 2, 0)([[[1.0, 2.0, 3.0]]])


def test_parameters_are_of_the_machines_own_byte_order(net):
    swapped = np.dtype(np.float64).newbyteorder()
    layer = dense(net, [[1.0, 2.0]], [3.0])
    made = net.Dense.of(layer.W.astype(swapped), layer.b.astype(swapped))
    assert made.W.dtype.isnative
    assert made.b.dtype.isnative
    assert np.array_equal(made.W, layer.W)
