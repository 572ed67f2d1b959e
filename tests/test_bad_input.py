"""A fuzz of every door that takes an array: the right value, or the documented error; and nothing has changed.

`tests.test_edge` holds one array of each bad kind against every door. Here they are drawn: any dtype, number of axes,
values from subnormal to infinite, layout of memory and container. An oracle that knows only what the documentation
says tells the error, or else the plain values, from which 60 digits give the result.

Where a result, or a number on the way to it, is beyond the float type, it is infinite, and NumPy's own warning of
overflow says so: as warnings are errors here, that is raised. It is allowed only where the 60 digits say so.
"""

import sys
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import colnet
from derivations.accuracy.functions import FUNCTIONS
from tests.layout import batch, dense, examples, snapshot
from tests.rounding import high

CLASS = {"dtype": "DtypeError", "values": "DomainError", "shape": "ShapeError"}


class Own(np.ndarray):
    """A subclass as users write them: it says so when one of its operators is used."""

    def __mul__(self, other):
        raise AssertionError("an operator of the caller's subclass was used")

    __rmul__ = __matmul__ = __rmatmul__ = __add__ = __radd__ = __sub__ = __rsub__ = __neg__ = __mul__


class Holder:
    """No array, but it gives one when asked, as data frames do."""

    def __init__(self, held):
        self.held = held

    def __array__(self, dtype=None, copy=None):
        return np.array(self.held, dtype=dtype)

    @property
    def shape(self):
        return self.held.shape


def every_second(a):
    wide = np.zeros([2 * n for n in a.shape], a.dtype)
    wide[(slice(None, None, 2),) * a.ndim] = a
    return wide[(slice(None, None, 2),) * a.ndim]


def backwards(a):
    turn = (slice(None, None, -1),) * a.ndim
    return a[turn].copy()[turn]


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


def unaligned(a):
    room = np.zeros(a.nbytes + 1, np.uint8)
    other = room[1:].view(a.dtype).reshape(a.shape)
    other[...] = a
    return other


def of_rows(kind):
    return lambda a: kind(kind(row) for row in a) if a.ndim == 2 else a.tolist()


# How the same numbers may come.
LAYOUTS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "every second": every_second,
    "backwards": backwards,
    "read-only": read_only,
    "unaligned": unaligned,
    "inside": lambda a: np.pad(a, 2)[(slice(2, -2),) * a.ndim],
    "foreign bytes": lambda a: a.astype(a.dtype.newbyteorder()),
    "matrix": lambda a: a.view(np.matrix) if a.ndim == 2 else a,
    "subclass": lambda a: a.copy().view(Own),
    "list": lambda a: a.tolist(),
    "tuple of tuples": of_rows(tuple),
    "list of arrays": list,
    "memoryview": memoryview,
    "asked for": Holder,
}
NUMBERS = "?bhilqBHILQefdg"
"""The codes of every real type of NumPy: bool, signed and unsigned integers, half to extended precision."""

NO_NUMBERS = [
    *("F", "D", "G", "S3", "U3", "M8[s]", "m8[D]"),
    np.dtype([("a", "f8")]),
    np.dtype([("a", "i4"), ("b", "U2")]),
]


def snapshot_of(value):
    """Remember what an argument is, bit for bit."""
    if isinstance(value, (np.ndarray, np.generic)):
        return (type(value), value.dtype, value.shape, value.strides, value.tobytes(), value.flags.writeable)
    if isinstance(value, (list, tuple)):
        return (type(value), [snapshot_of(part) for part in value])
    if isinstance(value, Holder):
        return snapshot_of(value.held)
    return repr(value)


def spec(value, shape):
    """Say which error the documentation promises for a value at a door for this shape; None for none."""
    array = np.asarray(value.held if isinstance(value, Holder) else value)
    if array.dtype.kind not in "biuf":
        return "dtype"
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        return "values"
    fits = (
        array.ndim == 2 and array.size and all(want in (None, has) for want, has in zip(shape, array.shape))
    )
    return None if fits else "shape"


class House:
    """Layers and losses with a forward pass behind them."""

    FAN_IN, FAN_OUT, BATCH = 3, 2, 4

    def __init__(self, net, dtype=np.float64):
        self.net = net
        rng = np.random.default_rng(1)
        self.first = net.Dense(self.FAN_IN, self.FAN_OUT, rng, dtype=dtype)
        self.layers = [self.first, net.Tanh(), net.ReLU(), net.Sigmoid(), net.Softmax()]
        self.network = net.Network(self.layers)
        self.x = rng.standard_normal(self.shape(self.FAN_IN)).astype(dtype)
        self.network.forward(self.x)
        self.t = np.full(self.shape(self.FAN_OUT), 0.5, dtype)

    def shape(self, features, count=BATCH):
        return (features, count) if self.net.CONVENTION == "column" else (count, features)

    def doors(self):
        """Give each by its name, with the shape that it takes; None for any size."""
        net, first, network = self.net, self.first, self.network
        found = network.gradients(self.x, self.t, "mse")
        of = found.layers[0]
        rest = found.layers[1:]

        def setter(name):
            return lambda value: setattr(first, name, value)

        def step(name):
            return lambda value: network.update(net.NetworkGradients(None, ({**of, name: value}, *rest)), 0.5)

        out, any_shape = self.shape(self.FAN_OUT), (None, None)
        features = self.shape(self.FAN_IN, None)
        doors = {
            "Dense()": (first, features),
            "Dense.forward": (first.forward, features),
            "predict": (network.predict, features),
            "network.forward": (network.forward, features),
            "Dense.W": (setter("W"), of["W"].shape),
            "Dense.b": (setter("b"), of["b"].shape),
            "Dense.of W": (lambda value: net.Dense.of(value, first.b), self._weights(None, self.FAN_OUT)),
            "Dense.of b": (lambda value: net.Dense.of(first.W, value), of["b"].shape),
            "update W": (step("W"), of["W"].shape),
            "update b": (step("b"), of["b"].shape),
            "gradients x": (
                lambda value: network.gradients(value, self.t, "mse"),
                self.shape(self.FAN_IN),
            ),
            "gradients t": (lambda value: network.gradients(self.x, value, "mse"), out),
            "train x": (
                lambda value: net.train(network, "mse", value, self.t, epochs=1),
                self.shape(self.FAN_IN),
            ),
            "train t": (lambda value: net.train(network, "mse", self.x, value, epochs=1), out),
            "network.backward": (network.backward, out),
        }
        for layer in self.layers:
            if layer is not first:
                doors[f"{layer!r}()"] = (type(layer)(), any_shape)
                doors[f"{layer!r}.forward"] = (type(layer)().forward, any_shape)
            doors[f"{layer!r}.backward"] = (layer.backward, out)
            doors[f"{layer!r}.input_gradient"] = (layer.input_gradient, out)
        for name in net.LOSSES:
            loss = net.loss(name)
            for method in ("value", "per_example", "gradient"):
                run = getattr(loss, method)
                doors[f"{name}.{method} y"] = (lambda value, run=run: run(value, self.t), out)
                doors[f"{name}.{method} t"] = (lambda value, run=run: run(self.t, value), out)
        return doors

    def _weights(self, fan_in, fan_out):
        return (fan_out, fan_in) if self.net.CONVENTION == "column" else (fan_in, fan_out)


def extreme(dtype):
    """Draw any value of a dtype, NaN, infinities, subnormals and both ends of its range among them."""
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        return hnp.from_dtype(dtype)
    info = np.finfo(dtype)
    ends = [
        info.max,
        info.min,
        info.tiny,
        info.smallest_subnormal,
        -info.smallest_subnormal,
        info.eps,
        dtype.type(-0.0),
    ]
    special = st.sampled_from([*ends, *map(dtype.type, ("nan", "inf", "-inf"))])
    plain = st.integers(-8, 8).map(lambda n: dtype.type(n) / 4)
    return st.one_of(plain, plain, st.sampled_from(ends), special)


def shapes(want):
    """Draw the shape that a door takes, most of the time; otherwise any, from none to four axes, and empty ones."""
    right = st.tuples(*(st.integers(1, 5) if n is None else st.just(n) for n in want))
    return st.one_of(
        right, right, right.map(lambda s: s[::-1]), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0)
    )


def offered(data, want):
    """Draw an array, and the value in which it comes."""
    dtype = data.draw(st.one_of(st.sampled_from(NUMBERS), st.sampled_from(NO_NUMBERS)), label="dtype")
    shape = data.draw(shapes(want), label="shape")
    entries = (
        extreme(dtype) if isinstance(dtype, str) and dtype in NUMBERS else hnp.from_dtype(np.dtype(dtype))
    )
    drawn = data.draw(hnp.arrays(dtype, shape, elements=entries, fill=st.nothing()), label="array")
    layout = data.draw(st.sampled_from(sorted(LAYOUTS)), label="layout")
    try:
        return LAYOUTS[layout](drawn)
    except (
        TypeError,
        ValueError,
    ):  # this layout has no such dtype or shape: a memoryview of dates, a list of a number
        assume(False)


OWN_ERRORS = ("ShapeError", "DtypeError", "DomainError", "NotForwardError", "DivergedError")


@settings(max_examples=5 * settings().max_examples)
@given(data=st.data())
def test_any_array_at_any_door(net, data):
    house = House(net)
    doors = house.doors()
    door = data.draw(st.sampled_from(sorted(doors)), label="door")
    run, want = doors[door]
    value = offered(data, want)
    expected = spec(value, want)
    before, held = snapshot(house.network), snapshot_of(value)
    seen = [(layer.input, layer.output) for layer in house.layers]
    raised = None
    try:
        run(value)
    except Exception as error:
        raised = error
    if isinstance(raised, RuntimeWarning):
        assert "overflow" in str(raised), raised
        assert beyond(value, before), raised
    elif raised is not None:
        assert isinstance(raised, tuple(getattr(net, name) for name in OWN_ERRORS)), repr(raised)
        text = str(raised)
        assert text.startswith(f"[{net.CONVENTION} convention] ")
        assert ": got " in text
        assert "; expected " in text
    if expected:
        assert raised is not None, "a bad argument was taken"
        assert type(raised).__name__ == CLASS[expected], raised
    elif raised is not None and not isinstance(raised, RuntimeWarning):
        # Only values can be wrong now: outside a loss's domain, or a step too large for the parameters.
        assert isinstance(raised, (net.DomainError, net.DivergedError)), raised
        assert "." in door or door.startswith(("update", "train", "gradients")), raised
        assert not door.startswith(("mse", "Dense", "Tanh", "ReLU", "Sigmoid", "Softmax", "predict")), raised
    assert snapshot_of(value) == held, "the argument was changed"
    if door.startswith("train") and isinstance(raised, net.DivergedError):
        # A later example diverged: those before it have been learned, one by one.
        assert all(np.isfinite(array).all() for named in snapshot(house.network) for array in named.values())
    elif raised is not None or not door.startswith(("Dense.W", "Dense.b", "update", "train")):
        changed = snapshot(house.network)
        assert all(a[name].tobytes() == b[name].tobytes() for a, b in zip(before, changed) for name in a), (
            "parameters were changed"
        )
    if raised is not None and isinstance(raised, (net.ShapeError, net.DtypeError)):
        now = [(layer.input, layer.output) for layer in house.layers]
        # Whether a prediction fits its targets is seen after the pass, which is the one remembered then, as a whole.
        late = door == "gradients t" or (
            door == "gradients x" and spec(value, house.shape(house.FAN_IN, None)) is None
        )
        if late:
            assert all(after.input is layer.output for layer, after in pairwise(house.network.layers)), (
                "half a pass"
            )
        else:
            assert all(a is c and b is d for (a, b), (c, d) in zip(seen, now)), (
                "the pass remembered was changed"
            )


def beyond(value, parameters):
    """Tell whether products and squares of these numbers leave their type: then overflow may be warned of."""
    array = np.asarray(value.held if isinstance(value, Holder) else value)
    info = np.finfo(array.dtype if array.dtype.kind == "f" else np.float64)
    most = high.mpf(str(np.abs(array.astype(np.longdouble)).max()))
    factor = max(
        (high.mpf(float(np.abs(a).max())) for named in parameters for a in named.values()), default=1
    )
    return 8 * (most + 1) * max(most, factor) >= high.mpf(str(info.max))


# Good numbers, however they come, give the right value.


def exactly(number):
    """Take a number of any float type as one of 60 digits."""
    head = float(number)
    return high.mpf(head) + high.mpf(float(number - type(number)(head)))


def quarters(dtype):
    """Draw small numbers which every type of that kind holds exactly, and their products too."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return st.booleans()
    return st.integers(0 if kind == "u" else -6, 6).map(lambda n: n if kind in "iu" else n / 4)


def good(data, rows, columns, kept=()):
    """Draw a good array in any type and layout, and give it with its plain numbers and the type it is taken as."""
    dtype = np.dtype(data.draw(st.sampled_from(NUMBERS), label="dtype"))
    drawn = data.draw(hnp.arrays(dtype, (rows, columns), elements=quarters(dtype)), label="array")
    layout = data.draw(st.sampled_from(sorted(set(LAYOUTS) - set(kept))), label="layout")
    try:
        value = LAYOUTS[layout](drawn)
    except (TypeError, ValueError):
        assume(False)
    # Lists say nothing of the type their numbers came from; a memoryview and arrays do.
    taken = np.asarray(value.held if isinstance(value, Holder) else value).dtype.newbyteorder("=")
    return value, drawn, taken if taken.kind == "f" else np.dtype(np.float64)


ACTIVATIONS = {f.name: f for f in FUNCTIONS if f.name in colnet.ACTIVATIONS}


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@given(data=st.data())
def test_activations_of_any_type_and_layout(net, name, data):
    shape = (3, 2) if net.CONVENTION == "column" else (2, 3)
    value, drawn, dtype = good(data, *shape)
    held = snapshot_of(value)
    layer = net.activation(name)
    given_v = examples(net, drawn)
    for found in (layer(value), layer.forward(value)):
        assert type(found) is np.ndarray
        assert found.dtype == dtype
        assert found.shape == shape
        for row, v in zip(np.asarray(found).T if net.CONVENTION == "column" else found, given_v):
            v = [high.mpf(float(a)) for a in v]
            pairs = (
                ACTIVATIONS[name].exact(*v)
                if name == "softmax"
                else [ACTIVATIONS[name].exact(a)[0] for a in v]
            )
            for result, (exact, scale) in zip(row, pairs):
                unit = high.mpf(float(np.finfo(dtype).eps)) / 2
                assert abs(exactly(result) - exact) <= 1.01 * ACTIVATIONS[name].bound * unit * scale
    assert snapshot_of(value) == held
    assert not isinstance(value, np.ndarray) or not np.shares_memory(layer.input, value)


@given(data=st.data())
def test_a_dense_layer_of_any_type_and_layout_is_exact(net, data):
    W, b = [[1, -2, 0.5], [0.25, 3, -1]], [0.75, -2]
    column = net.CONVENTION == "column"
    kept = data.draw(st.sampled_from([np.float16, np.float32, np.float64, np.longdouble]), label="parameters")
    layer = dense(net, W, b, kept)
    value, drawn, dtype = good(data, *((3, 4) if column else (4, 3)))
    held = snapshot_of(value)
    found = layer.forward(value)
    x = [[Fraction(float(a)) for a in row] for row in examples(net, drawn)]
    expected = [
        [sum((Fraction(w) * a for w, a in zip(row, of)), Fraction(c)) for row, c in zip(W, b)] for of in x
    ]
    assert [[Fraction(float(a)) for a in row] for row in examples(net, found)] == expected
    assert found.dtype == np.result_type(kept, dtype)

    g, drawn_g, kind = good(data, *((2, 4) if column else (4, 2)))
    held_g = snapshot_of(g)
    back = layer.backward(g)
    of = [[Fraction(float(a)) for a in row] for row in examples(net, drawn_g)]
    wanted = {
        "x": [[sum(Fraction(W[j][i]) * row[j] for j in range(2)) for i in range(3)] for row in of],
        "W": [[sum(row[j] * a[i] for row, a in zip(of, x)) for j in range(2)] for i in range(3)],
        "b": [[sum(row[j] for row in of) for j in range(2)]],
    }
    for name, exact in wanted.items():
        assert [[Fraction(float(a)) for a in row] for row in examples(net, getattr(back, name))] == exact, (
            name
        )
    assert back.W.dtype == np.result_type(kind, dtype)
    assert snapshot_of(value) == held
    assert snapshot_of(g) == held_g


GRADIENTS = {"mse": 2, "mae": 2, "hinge": 1, "sigmoid-binary-cross-entropy": 1, "softmax-cross-entropy": None}
"""By how many outputs of two the gradient is divided; softmax takes the outputs together."""


@pytest.mark.parametrize("name", sorted(GRADIENTS))
@given(data=st.data())
def test_losses_of_any_type_and_layout(net, name, data):
    shape = (2, 3) if net.CONVENTION == "column" else (3, 2)
    value, drawn, dtype = good(data, *shape)
    held = snapshot_of(value)
    function = next(f for f in FUNCTIONS if f.name == f"{name} gradient")
    t = [[1, 0]] * 3 if name != "hinge" else [[1, -1]] * 3
    found = net.loss(name).gradient(value, batch(net, t, np.float16))  # the widest of both types is taken
    assert found.dtype == np.result_type(dtype, np.float16)
    assert found.shape == shape
    unit = high.mpf(float(np.finfo(dtype).eps)) / 2
    rows = found.T if net.CONVENTION == "column" else found
    for row, y, of in zip(rows, examples(net, drawn), t):
        y, of = [high.mpf(float(a)) for a in y], [high.mpf(a) for a in of]
        pairs = function.exact(y, of) if function.whole else [function.exact(a, b)[0] for a, b in zip(y, of)]
        for result, (exact, scale) in zip(row, pairs):
            parts = 3 * (GRADIENTS[name] or 1)
            # Two divisions more: by the outputs and by the batch.
            bound = 1.01 * (function.bound + 2) * unit * scale / parts
            assert abs(exactly(result) - high.mpf(exact) / parts) <= bound, (result, exact)
    assert snapshot_of(value) == held


# What the fuzz and its forerunners found: each was wrong once.


class Refuses:
    """Something that raises what it likes when asked for an array, as a tensor that needs its gradient does."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("call detach() first")


class Shapeless:
    """It speaks NumPy's protocol, and is no array."""

    __array_ufunc__ = None


@pytest.mark.parametrize(
    ("value", "given"),
    [
        ([np.ma.masked_array([1.0, 2.0, 3.0], [0, 1, 0])] * 2, "a masked array"),
        (([1.0, np.ma.masked, 2.0],), "a masked array"),
        (Refuses(), "call detach"),
        (Shapeless(), "Shapeless"),
        ([[10**400, 1.5, 2.0]], "list"),
        (np.float64, "type"),
        (range(3).__iter__(), "iterator"),
    ],
    ids=["masked rows", "masked entry", "refuses", "shapeless", "too large", "a class", "iterator"],
)
def test_what_is_no_array_is_told(net, value, given):
    for door in (
        net.Dense(3, 2, 0),
        net.Tanh().forward,
        lambda v: net.MSE().value(v, v),
        lambda v: net.Dense.of(v, v),
    ):
        with pytest.raises(net.DtypeError, match=given):
            door(value)


@pytest.mark.parametrize(
    "kind", [np.uint8, np.uint16, np.uint32, np.uint64, np.int8, np.int64, int], ids=lambda k: k.__name__
)
def test_a_rate_of_any_whole_type_goes_down(net, kind):
    """The negative of an unsigned 1 is 255 in NumPy: the step went up, 255 times as far."""
    network = net.Network([dense(net, [[1.0]], [2.0])])
    gradients = net.NetworkGradients(None, ({"W": np.ones((1, 1)), "b": np.ones((1, 1))},))
    network.update(gradients, kind(1))
    assert network.layers[0].W.item() == 0
    assert net.descend(np.ones((1, 1)), np.ones((1, 1)), kind(3)).item() == -2
    losses = net.train(network, "mse", [[1.0]], [[5.0]], epochs=1, alpha=kind(1)).losses
    assert losses == [16.0]
    assert (network.layers[0].W.item(), network.layers[0].b.item()) == (8, 9)


@pytest.mark.parametrize("size", [sys.maxsize, 2**62, 10**30, 2**31], ids=str)
def test_sizes_that_no_array_has(net, size):
    with pytest.raises(net.DomainError, match="no more numbers than an array can hold"):
        net.Dense(size, size)
    with pytest.raises(net.DomainError, match="no more numbers than an array can hold"):
        net.decision_surface(net.and_network(0), size)


@pytest.mark.parametrize(
    "kind",
    ["f8,(", "i,,", "a", {"names": ["a"], "formats": []}, Refuses, Shapeless()],
    ids=lambda k: type(k).__name__,
)
def test_types_that_numpy_chokes_on(net, kind):
    with pytest.raises(net.DtypeError, match="expected a float type"):
        net.Dense(2, 2, dtype=kind)


@given(kind=st.text(max_size=5))
def test_any_text_as_a_type(net, kind):
    try:
        made = net.Dense(1, 1, 0, dtype=kind)
    except net.DtypeError:
        return
    assert made.W.dtype.kind == "f"


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda d: d.__name__)
def test_differences_beyond_the_type_are_refused_before_they_make_nan(net, dtype):
    most = np.finfo(dtype).max
    y, t = batch(net, [[most, -most]], dtype), batch(net, [[-most, most]], dtype)
    for method in ("value", "per_example", "gradient"):
        with pytest.raises(net.DomainError, match="y - t that is finite"):
            getattr(net.MAE(), method)(y, t)
        with pytest.raises(net.DomainError, match=r"logit .* in size"):
            getattr(net.SoftmaxCrossEntropy(), method)(y, batch(net, [[1, 0]], dtype))
    half = batch(net, [[most / 2, -most / 2]], dtype)
    assert np.isfinite(net.MAE("sum").gradient(half, -half)).all()
    assert np.isfinite(net.SoftmaxCrossEntropy().gradient(half, batch(net, [[1, 0]], dtype))).all()


@pytest.mark.parametrize("layers", [None, 3, (), (None,), ([],), ({"W": 1},)], ids=str)
def test_gradients_of_another_form(net, layers):
    network = net.Network([net.Dense(1, 1, 0)])
    before = snapshot(network)
    with pytest.raises(net.ShapeError, match="got gradients of"):
        network.update(net.NetworkGradients(None, layers), 0.1)
    assert [a.tobytes() for n in before for a in n.values()] == [
        a.tobytes() for n in snapshot(network) for a in n.values()
    ]
