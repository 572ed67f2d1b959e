"""Conversion: nothing but the layout changes, files keep every bit and their convention, everything else is refused."""

from __future__ import annotations

import io
import math
import os
import pickle
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import colnet
import derivations
import rownet
from derivations.adapters import layout
from derivations.cli import main
from derivations.converting import (
    ACTIVATIONS,
    RULE,
    STORES,
    NotAWeightFile,
    NotConvertible,
    Weights,
    WrongConvention,
    convert,
    from_flax,
    from_keras,
    from_sklearn,
    from_torch,
    load,
    of_network,
    of_pairs,
    pairs_of,
    read,
    save,
    to_flax,
    to_keras,
    to_sklearn,
    to_state_dict,
    to_torch,
)

from .strategies import dtypes, widths

PACKAGES = {"column": colnet, "row": rownet}
SQUARE = (3, 3, 3)
UNEQUAL = (2, 3, 5, 1)


def drawn(sizes, convention="column", dtype=np.float64, seed=0, kinds=None, whole=False):
    """Make weights with numbers that are all different; ``whole`` ones are added and multiplied without rounding."""
    rng = np.random.default_rng(seed)
    count = sum(n * m + m for n, m in pairwise(sizes))
    pool = rng.permutation(np.arange(-count, count) if whole else rng.standard_normal(2 * count))
    pool, layers = list(pool.astype(dtype)), []
    for place, (n, m) in enumerate(pairwise(sizes)):
        W = np.array([pool.pop() for _ in range(n * m)]).reshape((m, n) if convention == "column" else (n, m))
        b = np.array([pool.pop() for _ in range(m)]).reshape((m, 1) if convention == "column" else (1, m))
        layers.append(("dense", W, b))
        kind = kinds[place] if kinds else "relu" if place < len(sizes) - 2 else "identity"
        if kind != "identity":
            layers.append((kind,))
    return Weights(convention, layers)


@st.composite
def weights(draw):
    """Draw weights of any depth, size, activations, dtype and bits."""
    sizes, convention = draw(widths()), draw(st.sampled_from(["column", "row"]))
    layers = []
    for n, m in pairwise(sizes):
        dtype = draw(dtypes())
        numbers = st.floats(width=8 * dtype().itemsize, allow_nan=False, allow_infinity=False)
        flat = draw(st.lists(numbers, min_size=n * m + m, max_size=n * m + m))
        W, b = np.array(flat[: n * m], dtype), np.array(flat[n * m :], dtype)
        W = W.reshape((m, n) if convention == "column" else (n, m))
        layers.append(("dense", W, b.reshape((m, 1) if convention == "column" else (1, m))))
        layers.extend((kind,) for kind in draw(st.lists(st.sampled_from(sorted(ACTIVATIONS)), max_size=1)))
    return Weights(convention, layers)


def bits(held):
    """Everything about weights, every bit included (the two zeros differ)."""
    arrays = [(a.shape, a.dtype.str, a.tobytes()) for pair in held.pairs for a in pair]
    return held.convention.name, held.kinds, arrays


def examples(fan_in, count=4):
    """Whole numbers, as rows."""
    return np.random.default_rng(5).integers(-3, 4, (count, fan_in)).astype(float)


def predicted(held, x):
    """Predict with the package of the weights' own convention; examples come and go as rows."""
    network = held.network(PACKAGES[held.convention.name])
    out = network.predict(x.T).T if held.convention.name == "column" else network.predict(x)
    assert np.unique(out).size > 1, "predictions that are all alike say nothing"
    return out


def by_hand(pairs, activations, x):
    """Predict as Keras and Flax say that they do, neuron by neuron: kernel (in, out), bias (out,), examples in rows."""
    functions = {"relu": lambda v: max(v, 0.0), "identity": lambda v: v}
    rows = x.tolist()
    for (kernel, bias), name in zip(pairs, activations):
        assert kernel.shape == (len(rows[0]), len(bias))
        assert bias.ndim == 1
        rows = [
            [
                functions[name](sum(row[i] * float(kernel[i, j]) for i in range(len(row))) + float(bias[j]))
                for j in range(len(bias))
            ]
            for row in rows
        ]
    return np.array(rows)


def half_the_digits(one, two):
    """Libraries round tanh and exp differently in the last places; a wrong function differs in the first ones."""
    assert one.shape == two.shape
    assert np.abs(one - two).max() <= np.sqrt(np.finfo(np.float64).eps) * np.abs(two).max()


# --- between the conventions ---


@given(weights())
def test_there_and_back_is_bit_for_bit_the_same(held):
    other = held.to(held.convention.other)
    assert other.convention is held.convention.other
    assert bits(other.to(held.convention)) == bits(held)


@given(weights())
def test_every_entry_lands_where_the_convention_has_it(held):
    other = held.to(held.convention.other)
    assert (other.kinds, other.widths, other.count) == (held.kinds, held.widths, held.count)
    for (W, b), (W2, b2) in zip(held.pairs, other.pairs):
        assert (W2.shape, b2.shape) == (W.shape[::-1], b.shape[::-1])
        assert (W2.dtype, b2.dtype) == (W.dtype, b.dtype)
        assert all(W2[j, i] == W[i, j] for i, j in np.ndindex(W.shape))
        assert b2.ravel().tolist() == b.ravel().tolist()


@pytest.mark.parametrize("sizes", [SQUARE, UNEQUAL, (4, 2)])
@pytest.mark.parametrize("convention", PACKAGES)
def test_the_other_package_computes_the_same(convention, sizes):
    # Whole numbers: nothing is rounded, so that the order of a sum does not matter.
    held = drawn(sizes, convention, whole=True)
    x = examples(sizes[0])
    one = predicted(held, x)
    assert (predicted(held.to(held.convention.other), x) == one).all()


def wrong_transpose(held):
    return [("dense", layer[1], layer[2].T) if layer[0] == "dense" else layer for layer in held.layers]


def wrong_bias(held):
    return [("dense", layer[1].T, layer[2]) if layer[0] == "dense" else layer for layer in held.layers]


def wrong_order(held):
    turned = [("dense", W.T, b.T) for W, b in held.pairs][::-1]
    return [turned.pop(0) if layer[0] == "dense" else layer for layer in held.layers]


@pytest.mark.parametrize("wrong", [wrong_transpose, wrong_bias, wrong_order])
@pytest.mark.parametrize("sizes", [SQUARE, UNEQUAL])
def test_a_wrong_conversion_would_be_noticed(wrong, sizes):
    held, x = drawn(sizes, whole=True), examples(sizes[0])
    try:
        converted = Weights("row", wrong(held))
    except NotConvertible:
        return  # by its shapes
    assert sizes == SQUARE  # where shapes tell nothing
    assert (predicted(converted, x) != predicted(held, x)).any()


@pytest.mark.parametrize("package", PACKAGES.values(), ids=PACKAGES)
def test_networks_of_the_packages(package):
    (other,) = set(PACKAGES.values()) - {package}
    layers = [
        package.Dense(2, 3, 0),
        package.Tanh(),
        package.Dense(3, 4, 1, dtype=np.float32),
        package.ReLU(),
    ]
    layers += [package.Dense(4, 4, 2), package.Sigmoid(), package.Dense(4, 2, 3), package.Softmax()]
    network = package.Network(layers)
    turned = convert(network, other)
    assert type(turned) is other.Network
    assert [type(layer).__name__ for layer in turned.layers] == [type(layer).__name__ for layer in layers]
    assert bits(of_network(convert(turned, package))) == bits(of_network(network))
    assert bits(convert(network, other.CONVENTION)) == bits(of_network(turned))
    x = examples(2)
    one, two = (
        net.predict(x.T).T
        if (net is network and package is colnet) or (net is turned and other is colnet)
        else net.predict(x)
        for net in (network, turned)
    )
    half_the_digits(one.astype(np.float64), two.astype(np.float64))


def test_nothing_is_shared():
    network = colnet.and_network(rng=0)
    before = bits(of_network(network))
    for made in (convert(network, "row"), convert(network, "column"), of_network(network)):
        for W, b in made.pairs:
            assert W.flags.c_contiguous
            W[...], b[...] = 7, 7
    for arrays in pairs_of(of_network(network), layout("column")):
        for array in arrays:
            array[...] = 7
    assert bits(of_network(network)) == before


def test_a_conversion_is_an_instance_of_a_proved_rule():
    from derivations.compare.rules import RULES, judge
    from derivations.ledger import pair

    (rule,) = [rule for rule in RULES if rule.id == RULE]
    assert rule.topic == "weights"
    (record,) = [record for record in judge(pair(("colnet", "rownet")), [], 0) if record.id == RULE]
    assert record.holds
    stored = Weights("column", [("dense", np.ones((5, 2)), np.ones((5, 1)))])
    sizes = {"fan_in": 2, "fan_out": 5}
    for side, text in (("column", rule.column), ("row", rule.row)):
        shapes = [array.shape for array in stored.to(side).pairs[0]]
        told = text.replace("fan_in", str(sizes["fan_in"])).replace("fan_out", str(sizes["fan_out"]))
        assert told == f"W {shapes[0]}, b {shapes[1]}"


def test_the_package_exports_them_lazily():
    assert derivations.convert is convert
    assert derivations.save_weights is save
    assert derivations.load_weights is load


# --- what is refused ---

W23, B2 = np.ones((2, 3)), np.ones((2, 1))


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ([("dense", W23, B2.T)], r"b has shape \(1, 2\).*\(2, 1\)"),
        ([("dense", W23, B2[:, 0])], r"b has shape \(2,\).*\(2, 1\)"),
        ([("dense", W23, np.ones((3, 1)))], r"b has shape \(3, 1\).*\(2, 1\)"),
        ([("dense", W23[0], B2)], r"W has shape \(3,\)"),
        ([("dense", W23, B2), ("dense", W23, B2)], "layer 1: .* fan_in 3 .* fan_out 2"),
        ([("tanh",)], "no dense layer"),
        ([], "no dense layer"),
        ([("dense", W23, B2), ("swish",)], "layer 1: 'swish' cannot be stored"),
        ([("dense", W23)], "cannot be stored"),
        ([("dense", W23, B2), ("tanh", 1)], "cannot be stored"),
        ([("dense", W23, B2), ()], "cannot be stored"),
        ([("dense", W23.astype(object), B2)], "dtype object"),
        ([("dense", W23 + 1j, B2)], "dtype complex128"),
        ([("dense", W23.astype(str), B2)], "dtype <U"),
        ([("dense", W23.astype(np.longdouble), B2)], "dtype (float128|longdouble|float96)"),
        ([("dense", np.ma.masked_array(W23), B2)], "masked"),
        ([("dense", [[1, 2], [3]], [[1], [2]])], "is no array"),
        ([("dense", np.ones((2, 0)), B2)], "no entries"),
        ([("dense", W23 * np.inf, B2)], r"inf at entry \(0, 0\).*finite=False"),
        ([("dense", W23, B2 * np.nan)], "nan at entry"),
        ([("dense", [[2**53 + 1]], [[0]])], "2\\*\\*53"),
    ],
)
def test_what_is_no_network_in_this_convention_is_refused(layers, told):
    with pytest.raises(NotConvertible, match=told):
        Weights("column", layers)


def test_no_such_convention():
    with pytest.raises(ValueError, match="'diagonal'; there are column, row"):
        Weights("diagonal", [("dense", W23, B2)])
    with pytest.raises(ValueError, match="'diagonal'"):
        convert(colnet.and_network(rng=0), "diagonal")


def test_nan_passes_when_told_and_keeps_its_bits():
    odd = np.array([[np.nan, -0.0, np.inf]])
    odd.view(np.uint64)[0, 0] ^= 5  # a payload
    held = Weights("column", [("dense", odd, [[-np.inf]])], finite=False)
    assert held.to("row").pairs[0][0].tobytes() == odd.tobytes()


@pytest.mark.parametrize("dtype", [">f4", ">f8", "<f4", "<f8", "<f2"])
def test_the_precision_is_kept_and_the_byte_order_is_the_machines(dtype):
    W, b = np.arange(6).reshape(2, 3).astype(dtype), np.array([[1], [2]], dtype)
    found = Weights("column", [("dense", W, b)]).pairs[0]
    for array, held in zip(found, (W, b)):
        assert array.dtype.isnative
        assert array.dtype.itemsize == held.dtype.itemsize
        assert (array == held).all()


def test_whole_numbers_and_booleans_become_float64():
    W, b = Weights("row", [("dense", [[1, 2**53]], np.array([[True, False]]))]).pairs[0]
    assert (W.dtype, W.tolist(), b.tolist()) == (np.float64, [[1.0, 2.0**53]], [[1.0, 0.0]])


class Renamed(colnet.Tanh):
    pass


class MyDense(colnet.Dense):
    pass


@pytest.mark.parametrize(
    "layer", [colnet.Activation(np.sin, np.cos), Renamed(), MyDense(2, 2, 0)], ids=["custom", "tanh", "dense"]
)
def test_what_is_code_is_refused(layer, tmp_path):
    network = colnet.Network([colnet.Dense(2, 2, 0), layer])
    for action in (lambda: save(tmp_path / "a.npz", network), lambda: convert(network, rownet)):
        with pytest.raises(
            NotConvertible, match=r"layer 1: .* cannot be stored.*Dense, ReLU, Sigmoid, Tanh, Softmax"
        ):
            action()
    assert list(tmp_path.iterdir()) == []


def test_other_objects_are_refused():
    class Mixed:
        layers = (colnet.Dense(2, 2, 0), rownet.Dense(2, 2, 0))

    class Foreign:
        layers = (object(),)

    class Empty:
        layers = ()

    for held, told in [
        (Mixed(), "column and row convention"),
        (Foreign(), "no package that declares"),
        (Empty(), "no convention"),
        (object(), "has no layers"),
        (None, "has no layers"),
    ]:
        with pytest.raises(NotConvertible, match=told):
            convert(held, "row")
    with pytest.raises(NotConvertible, match="math declares no CONVENTION"):
        convert(colnet.and_network(rng=0), math)


def test_weights_do_not_become_a_network_of_the_other_convention():
    with pytest.raises(
        WrongConvention, match=r"column convention, and rownet is of the row convention.*to\('row'\)"
    ):
        drawn(SQUARE).network(rownet)


# --- files ---


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=weights())
def test_a_file_keeps_every_bit(held, tmp_path):
    path = tmp_path / "weights.npz"
    assert bits(save(path, held)) == bits(held)
    assert bits(read(path)) == bits(held)
    assert bits(load(path, held.convention.name)) == bits(held)
    network = load(path, PACKAGES[held.convention.name])
    assert bits(of_network(network)) == bits(held)
    with pytest.raises(WrongConvention):
        load(path, held.convention.other)


@pytest.mark.parametrize("own", PACKAGES)
def test_the_wrong_convention_is_refused_for_square_weights_too(own, tmp_path):
    path = tmp_path / "square.npz"
    (other,) = set(PACKAGES) - {own}
    save(path, drawn(SQUARE, own).network(PACKAGES[own]))
    assert type(load(path, PACKAGES[own])) is PACKAGES[own].Network
    for into, name in (
        (PACKAGES[other], f"{PACKAGES[other].__name__} is of"),
        (other, "they were asked for in"),
    ):
        with pytest.raises(WrongConvention) as caught:
            load(path, into)
        told = str(caught.value)
        assert f"holds weights in the {own} convention; {name} the {other} convention" in told
        assert f"colrow convert {path} OUT.npz --to {other}" in told
        python = told.rpartition("in Python: ")[2]
        assert bits(eval(python, {"derivations": derivations})) == bits(read(path).to(other))


def test_files_are_plain_and_the_same_every_time(tmp_path):
    one, two = tmp_path / "one.npz", tmp_path / "two.npz"
    for path in (one, two):
        save(path, colnet.and_network(rng=0))
    assert one.read_bytes() == two.read_bytes()
    with np.load(one, allow_pickle=False) as archive:
        assert sorted(archive) == sorted(["format", "convention", "layers", "W1", "b1", "W2", "b2"])
        assert archive["convention"] == "column"
        assert archive["layers"].tolist() == ["dense", "tanh", "dense", "tanh"]
        assert not any(archive[name].dtype.hasobject for name in archive)


def test_only_packages_and_conventions_are_loaded_into(tmp_path):
    save(tmp_path / "a.npz", drawn(SQUARE))
    for into in (3, None, object()):
        with pytest.raises(NotConvertible, match="neither a package nor a convention"):
            load(tmp_path / "a.npz", into)
    with pytest.raises(ValueError, match="no convention is called"):
        load(tmp_path / "a.npz", "rows")


def spring():
    os.environ["COLROW_TRAP"] = "sprung"


class Trap:
    """Unpickling this would leave a mark."""

    def __reduce__(self):
        return spring, ()


def contents(**changes):
    """Give the arrays of a good file, some of them changed; None takes one out."""
    arrays = {
        "format": np.array("colrow-weights-1"),
        "convention": np.array("column"),
        "layers": np.array(["dense"]),
        "W1": W23,
        "b1": B2,
    } | changes
    return {name: array for name, array in arrays.items() if array is not None}


def test_the_good_contents_are_good(tmp_path):
    np.savez(tmp_path / "a.npz", **contents())
    assert read(tmp_path / "a.npz").widths == (3, 2)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"format": None}, "records no format"),
        ({"format": np.array("colrow-weights-2")}, "of the format 'colrow-weights-2'"),
        ({"convention": None}, "records no convention"),
        ({"convention": np.array(1)}, "records no convention"),
        ({"convention": np.array(["row"])}, "records no convention"),
        ({"convention": np.array("diagonal")}, "no convention is called 'diagonal'"),
        ({"convention": np.array("row")}, r"b has shape \(2, 1\)"),
        ({"layers": None}, "no list of layers"),
        ({"layers": np.array("dense")}, "no list of layers"),
        ({"layers": np.array([1])}, "no list of layers"),
        ({"layers": np.array([], str)}, "more than its layers: W1, b1"),
        ({"layers": np.array(["dense", "dense"])}, "W2 and b2 of a dense layer is missing"),
        ({"layers": np.array(["dense", "sin"])}, "'sin' cannot be stored"),
        ({"W1": None}, "W1 of a dense layer is missing"),
        ({"W2": W23}, "more than its layers: W2"),
        ({"W1": W23 * np.nan}, "nan at entry"),
        ({"W1": np.ones((2, 3), complex)}, "dtype complex128"),
        ({"W1": np.ones((2, 0))}, "no entries"),
        ({"W1": np.array([[Trap()] * 3] * 2)}, "not of plain arrays.*allow_pickle"),
        ({"format": np.array(Trap(), dtype=object)}, "not of plain arrays.*allow_pickle"),
    ],
)
def test_files_with_other_contents_are_refused(changes, told, tmp_path):
    np.savez(tmp_path / "a.npz", **contents(**changes))
    with pytest.raises(NotAWeightFile, match=told):
        read(tmp_path / "a.npz")
    assert "COLROW_TRAP" not in os.environ


def test_nan_in_a_file_passes_when_told(tmp_path):
    np.savez(tmp_path / "a.npz", **contents(W1=W23 * np.nan))
    assert np.isnan(read(tmp_path / "a.npz", finite=False).pairs[0][0]).all()


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"a text", pickle.dumps(Trap()), npy(W23), b"PK\x05\x06" + 18 * b"\0"],
    ids=["empty", "two bytes", "text", "pickle", "npy", "empty archive"],
)
def test_files_of_another_kind_are_refused(content, tmp_path):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(NotAWeightFile):
        read(tmp_path / "a.npz")
    assert "COLROW_TRAP" not in os.environ


def test_archives_of_other_things_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no array")
    with pytest.raises(NotAWeightFile, match="no array"):
        read(path)
    np.savez(path, **contents())
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("convention.npy", npy(np.array("row")))
    with pytest.raises(NotAWeightFile, match="twice"):
        read(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(data=st.data())
def test_damage_is_refused_or_harmless(data, tmp_path):
    """Any byte changed, or any end cut off: another number never comes out, nor another error."""
    path = tmp_path / "a.npz"
    good = save(path, drawn((2, 3, 1)))
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans(), label="cut"):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        found = read(path)
    except NotAWeightFile:
        return
    assert bits(found) == bits(good)


def test_a_cut_file_is_refused_at_every_length(tmp_path):
    path = tmp_path / "a.npz"
    save(path, drawn((1, 1)))
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(NotAWeightFile):
            read(path)


def test_what_cannot_be_opened_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.npz")
    with pytest.raises(FileNotFoundError):
        save(tmp_path / "none" / "a.npz", drawn(SQUARE))


@pytest.mark.parametrize("where", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_write_that_fails_leaves_the_old_file(where, error, tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    old = save(path, drawn(SQUARE))

    def fails(*_):
        assert len(list(tmp_path.iterdir())) == 2  # the new one is beside the old one
        raise error("planted")

    monkeypatch.setattr(os, where, fails)
    with pytest.raises(error, match="planted"):
        save(path, drawn(UNEQUAL))
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == [path]
    assert bits(read(path)) == bits(old)


def test_a_network_that_is_refused_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.npz"
    old = save(path, drawn(SQUARE))
    with pytest.raises(NotConvertible):
        save(path, colnet.Network([colnet.Dense(2, 2, 0), colnet.Activation(np.sin, np.cos)]))
    assert bits(read(path)) == bits(old)


def test_a_new_file_takes_the_old_ones_place_whole(tmp_path):
    path = tmp_path / "a.npz"
    save(path, drawn(SQUARE))
    new = save(path, drawn(UNEQUAL))
    assert list(tmp_path.iterdir()) == [path]
    assert bits(read(path)) == bits(new)


# --- layouts ---


@given(held=weights(), store=st.sampled_from(sorted(STORES)))
def test_there_and_back_through_every_layout(held, store):
    own = STORES[store].layout
    activations = held.activations
    stored = pairs_of(held, own)
    for (W, b), n, m in zip(stored, held.widths, held.widths[1:]):
        sizes = {"fan_in": n, "fan_out": m}
        assert str(W.shape) == filled(STORES[store].weight_shape, sizes)
        assert str(b.shape) == filled(STORES[store].bias_shape, sizes)
    found = of_pairs(stored, own, activations)
    assert bits(found.to(held.convention)) == bits(held)


def filled(shape, sizes):
    for name, size in sizes.items():
        shape = shape.replace(name, str(size))
    return shape


@given(held=weights(), place=st.sampled_from(["first in W", "last in W"]))
def test_a_bias_in_the_weights(held, place):
    for convention, kept in (("column", "column"), ("column", "row"), ("row", "column"), ("row", "row")):
        own = layout(convention, weights=kept, bias=place)
        stored = pairs_of(held, own)
        for (joined,), (W, b) in zip(stored, held.to("column").pairs):
            beside = joined if kept == "column" else joined.T
            at = 0 if place == "first in W" else -1
            assert beside[:, at].tolist() == b[:, 0].tolist()
            assert np.delete(beside, at, axis=1).tolist() == W.tolist()
        assert of_pairs(stored, own, held.activations).to(held.convention).widths == held.widths
        if len({array.dtype for pair in held.pairs for array in pair}) == 1:
            back = of_pairs(stored, own, held.activations).to(held.convention)
            assert bits(back) == bits(held)


def test_nielsens_lists():
    # network.py keeps one list of weights and one of biases, columns, and sigmoid after every layer.
    rng = np.random.default_rng(0)
    sizes = (2, 3, 1)
    biases = [rng.standard_normal((m, 1)) for m in sizes[1:]]
    matrices = [rng.standard_normal((m, n)) for n, m in pairwise(sizes)]
    found = of_pairs(zip(matrices, biases), STORES["nielsen"].layout, ["sigmoid", "sigmoid"])
    assert found.convention.name == "column"
    a = x = np.array([[0.5], [-1.0]])
    for W, b in zip(matrices, biases):
        a = 1 / (1 + np.exp(-(W @ a + b)))
    half_the_digits(found.network(colnet).predict(x), a)


@pytest.mark.parametrize(
    ("pairs", "own", "activations", "told"),
    [
        ([(W23, B2)], layout("column"), [], "1 dense layers need 1 activations"),
        ([(W23, B2)], layout("column"), "t", "need 1 activations"),
        ([(W23, B2)], layout("column"), ["gelu"], "'gelu' cannot be stored"),
        ([(W23,)], layout("column"), ["tanh"], "1 arrays; the layout stores W and b"),
        ([(W23, B2)], layout("column", bias="none"), ["tanh"], "2 arrays; the layout stores W$"),
        ([(W23, B2)], layout("column", bias="(n,)"), ["tanh"], r"b has shape \(2, 1\).*has \(2,\)"),
        ([(W23, B2.T)], layout("column"), ["tanh"], r"b has shape \(1, 2\).*has \(2, 1\)"),
        ([(W23, np.ones(3))], layout("column", bias="(n,)"), ["tanh"], r"b has shape \(3,\).*has \(2,\)"),
        ([(W23[0], B2)], layout("column"), ["tanh"], "W has shape"),
        ([(W23[:, :1],)], layout("column", bias="last in W"), ["tanh"], "no entries"),
    ],
)
def test_arrays_that_do_not_fit_the_layout_are_refused(pairs, own, activations, told):
    with pytest.raises(NotConvertible, match=told):
        of_pairs(pairs, own, activations)


def test_a_layout_without_bias():
    own = layout("row", bias="none")
    found = of_pairs([(W23,)], own, ["identity"])
    assert found.pairs[0][1].tolist() == [[0, 0, 0]]
    assert [len(arrays) for arrays in pairs_of(found, own)] == [1]
    with pytest.raises(NotConvertible, match="not zero"):
        pairs_of(drawn(SQUARE), own)


def test_activations_that_do_not_follow_a_dense_layer():
    odd = Weights("column", [("dense", W23, B2), ("tanh",), ("relu",)])
    with pytest.raises(NotConvertible, match="layer 2: relu does not follow a dense layer"):
        to_sklearn(odd)
    with pytest.raises(NotConvertible, match="layer 0: tanh"):
        _ = Weights("column", [("tanh",), ("dense", W23, B2)]).activations


# --- frameworks ---


def torch():
    return pytest.importorskip("torch")


@settings(max_examples=10)
@given(held=weights())
def test_torch_and_back(held):
    torch()
    module = to_torch(held)
    assert bits(from_torch(module).to(held.convention)) == bits(held)
    # As a state dict, which knows no activations.
    names = held.activations
    assert bits(from_torch(module.state_dict(), names).to(held.convention)) == bits(held)
    assert bits(from_torch(to_state_dict(held), names).to(held.convention)) == bits(held)
    assert list(to_state_dict(held)) == list(module.state_dict())


@pytest.mark.parametrize("sizes", [SQUARE, UNEQUAL])
@pytest.mark.parametrize("convention", PACKAGES)
def test_torch_computes_the_same(convention, sizes):
    held, x = drawn(sizes, convention, whole=True), examples(sizes[0])
    library = torch()
    out = to_torch(held)(library.from_numpy(x)).detach().numpy()
    assert (out == predicted(held, x)).all()


@pytest.mark.parametrize("convention", PACKAGES)
def test_what_torch_made_computes_the_same_here(convention):
    nn = torch().nn
    torch().manual_seed(0)
    module = nn.Sequential(
        nn.Linear(2, 3),
        nn.Tanh(),
        nn.Linear(3, 3),
        nn.Sigmoid(),
        nn.Identity(),
        nn.Linear(3, 3, bias=False),
        nn.Softmax(-1),
    ).double()
    found = from_torch(module)
    assert found.convention.name == "row"
    assert found.activations == ("tanh", "sigmoid", "softmax")
    x = examples(2)
    half_the_digits(predicted(found.to(convention), x), module(torch().from_numpy(x)).detach().numpy())


def test_one_linear_of_torch_in_single_precision():
    linear = torch().nn.Linear(2, 3)
    found = from_torch(linear)
    assert found.kinds == ("dense",)
    assert found.pairs[0][0].dtype == np.float32
    assert found.to("column").pairs[0][0].tolist() == linear.weight.tolist()


def test_modules_that_are_no_stack_of_linear_layers_are_refused():
    nn = torch().nn
    for module, told in [
        (nn.Sequential(nn.Linear(2, 2), nn.GELU()), "GELU"),
        (nn.Sequential(nn.Tanh(), nn.Linear(2, 2)), "Tanh"),
        (nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Tanh()), "Tanh"),
        (nn.Sequential(nn.Linear(2, 2), nn.Softmax(0)), "dim=1"),
        (nn.Sequential(nn.Linear(2, 2), nn.Dropout()), "Dropout"),
        (nn.Sequential(), "no dense layer"),
        (nn.Conv2d(1, 1, 1), "neither Linear nor Sequential"),
        (object(), "neither Linear nor Sequential"),
        (nn.Linear(2, 2, dtype=torch().bfloat16), "bfloat16"),
    ]:
        with pytest.raises(NotConvertible, match=told):
            from_torch(module)
    with pytest.raises(NotConvertible, match="says its own"):
        from_torch(nn.Linear(2, 2), ["tanh"])
    for state, told in [
        ({"0.weight": W23, "0.scale": 1}, "'0.scale'"),
        ({"0.bias": B2}, "no weight"),
        ({}, "no dense"),
    ]:
        with pytest.raises(NotConvertible, match=told):
            from_torch(state, ["tanh"] if state else [])


def mlp(kind, **options):
    """Fit for one step: it is to be a real, fitted one, not a good one."""
    neural = pytest.importorskip("sklearn.neural_network")
    import warnings

    x = examples(3, 12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it did not converge
        if kind == "regressor":
            return x, neural.MLPRegressor(max_iter=1, random_state=0, **options).fit(x, x[:, :2])
        classes = np.arange(12) % options.pop("classes")
        return x, neural.MLPClassifier(max_iter=1, random_state=0, **options).fit(x, classes)


@pytest.mark.parametrize("convention", PACKAGES)
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_a_regressor_of_scikit_learn(activation, convention):
    x, estimator = mlp("regressor", activation=activation, hidden_layer_sizes=(4, 4, 3))
    found = from_sklearn(estimator).to(convention)
    half_the_digits(predicted(found, x), estimator.predict(x))
    back = to_sklearn(found)
    assert (back.activation, back.out_activation_) == (activation, "identity")
    for mine, its in zip(
        (*back.coefs_, *back.intercepts_), (*estimator.coefs_, *estimator.intercepts_), strict=True
    ):
        assert mine.shape == its.shape
        assert mine.dtype == its.dtype
        assert (mine == its).all()


@pytest.mark.parametrize(("classes", "last"), [(2, "sigmoid"), (3, "softmax")])
def test_a_classifier_of_scikit_learn(classes, last):
    x, estimator = mlp("classifier", classes=classes, hidden_layer_sizes=(3,))
    found = from_sklearn(estimator)
    assert found.activations == ("relu", last)
    half_the_digits(predicted(found, x), estimator.predict_proba(x)[:, 1 if classes == 2 else 0 :])


@pytest.mark.parametrize("sizes", [(3, 3, 3, 2), (3, 4, 2)])
def test_scikit_learn_computes_the_same(sizes):
    x, estimator = mlp("regressor", hidden_layer_sizes=sizes[1:-1])
    held = drawn(sizes, whole=True, kinds=[*(len(sizes) - 2) * ["relu"], "identity"])
    for name, value in to_sklearn(held)._asdict().items():
        setattr(estimator, name, value)
    assert (estimator.predict(x) == predicted(held, x)).all()


def test_what_scikit_learn_has_not():
    for kinds in (["tanh", "relu", "identity"], ["softmax", "softmax", "identity"]):
        with pytest.raises(NotConvertible, match="one activation for all hidden layers"):
            to_sklearn(drawn((2, 2, 2, 2), kinds=kinds))
    with pytest.raises(NotConvertible, match="no fitted MLP"):
        from_sklearn(pytest.importorskip("sklearn.neural_network").MLPRegressor())
    coefs = to_sklearn(drawn(SQUARE, kinds=["tanh", "identity"]))
    with pytest.raises(NotConvertible, match="2 coefs_ and 1 intercepts_"):
        from_sklearn(coefs._replace(intercepts_=coefs.intercepts_[:1]))
    assert to_sklearn(drawn((2, 3), kinds=["softmax"])).out_activation_ == "softmax"


@given(weights())
def test_keras_and_flax_and_back(held):
    names = held.activations
    assert bits(from_keras(to_keras(held), names).to(held.convention)) == bits(held)
    assert bits(from_flax(to_flax(held), names).to(held.convention)) == bits(held)


@pytest.mark.parametrize("sizes", [SQUARE, UNEQUAL])
@pytest.mark.parametrize("convention", PACKAGES)
def test_keras_and_flax_arrays_compute_the_same(convention, sizes):
    held, x = drawn(sizes, convention, whole=True), examples(sizes[0])
    kernels = to_keras(held)
    assert (by_hand(zip(kernels[::2], kernels[1::2]), held.activations, x) == predicted(held, x)).all()
    params = to_flax(held)["params"]
    assert list(params) == [f"Dense_{place}" for place in range(len(sizes) - 1)]
    pairs = [(of["kernel"], of["bias"]) for of in params.values()]
    assert (by_hand(pairs, held.activations, x) == predicted(held, x)).all()


def test_the_tenth_layer_of_flax_comes_after_the_ninth():
    held = drawn(12 * (2,), "row")
    params = to_flax(held)["params"]
    shuffled = {"params": dict(sorted(params.items()))}
    assert list(shuffled["params"])[2] == "Dense_10"
    assert bits(from_flax(shuffled, held.activations)) == bits(held)


def test_a_flax_layer_without_bias():
    found = from_flax({"params": {"Dense_0": {"kernel": W23}}}, ["identity"])
    assert found.pairs[0][1].tolist() == [[0, 0, 0]]


def test_structures_of_another_form_are_refused():
    with pytest.raises(NotConvertible, match="3 arrays"):
        from_keras([W23, B2, W23], ["tanh"])
    one = {"kernel": W23, "bias": np.ones(3)}
    for held in (
        {"Dense_0": one},
        {"params": {"Dense_0": one}, "batch_stats": {}},
        {"params": [one]},
        {"params": {"Conv_0": one}},
        {"params": {"Dense_0": {"bias": np.ones(3)}}},
        {"params": {"Dense_0": one | {"scale": 1}}},
        {"params": {"Dense_0": [W23]}},
        [one],
    ):
        with pytest.raises(NotConvertible, match="Flax variables"):
            from_flax(held, ["tanh"])


# --- the table, held against the libraries ---


def test_the_table_says_what_torch_stores():
    nn, store = torch().nn, STORES["torch"]
    linear = nn.Linear(2, 3).double()
    assert str(tuple(linear.weight.shape)) == filled(store.weight_shape, {"fan_in": 2, "fan_out": 3})
    assert str(tuple(linear.bias.shape)) == filled(store.bias_shape, {"fan_out": 3})
    x = torch().from_numpy(examples(2))
    out = eval(store.forward.strip("`"), {"x": x, "W": linear.weight, "b": linear.bias})
    assert out.shape == linear(x).shape == (4, 3)  # axis 0 is that of the examples
    assert store.batch_axis == "0"
    half_the_digits(linear(x).detach().numpy(), out.detach().numpy())


def test_the_table_says_what_scikit_learn_stores():
    x, estimator = mlp("regressor", hidden_layer_sizes=(5,), activation="identity")
    store, out = STORES["sklearn"], x
    for i, (n, m) in enumerate(pairwise((3, 5, 2))):
        assert str(estimator.coefs_[i].shape) == filled(store.weight_shape, {"fan_in": n, "fan_out": m})
        assert str(estimator.intercepts_[i].shape) == filled(store.bias_shape, {"fan_out": m})
        names = {"x": out, "i": i, "coefs_": estimator.coefs_, "intercepts_": estimator.intercepts_}
        out = eval(store.forward.strip("`"), names)
    assert store.batch_axis == "0"
    half_the_digits(out, estimator.predict(x))


@pytest.mark.parametrize("package", PACKAGES.values(), ids=PACKAGES)
def test_the_table_says_what_the_packages_store(package):
    store, dense = STORES[package.__name__], package.Dense(2, 3, 0)
    assert store.weights == store.batch == package.CONVENTION
    sizes = {"fan_in": 2, "fan_out": 3}
    assert str(dense.W.shape) == filled(store.weight_shape, sizes)
    assert str(dense.b.shape) == filled(store.bias_shape, sizes)
    x = examples(2) if package is rownet else examples(2).T
    assert (dense(x) == eval(store.forward.strip("`"), {"x": x, "W": dense.W, "b": dense.b})).all()
    assert x.shape[int(store.batch_axis)] == 4


def test_the_table_says_what_flax_stores():
    nn, jax = pytest.importorskip("flax.linen"), pytest.importorskip("jax")
    variables = nn.Dense(3).init(jax.random.key(0), np.ones((4, 2), np.float32))
    store = STORES["flax"]
    sizes = {"fan_in": 2, "fan_out": 3}
    assert str(variables["params"]["kernel"].shape) == filled(store.weight_shape, sizes)
    assert str(variables["params"]["bias"].shape) == filled(store.bias_shape, sizes)


def test_the_table_says_what_keras_stores():
    keras = pytest.importorskip("keras")
    dense = keras.layers.Dense(3)
    dense.build((None, 2))
    sizes = {"fan_in": 2, "fan_out": 3}
    kernel, bias = dense.get_weights()
    assert str(kernel.shape) == filled(STORES["keras"].weight_shape, sizes)
    assert str(bias.shape) == filled(STORES["keras"].bias_shape, sizes)


# --- the command ---


def run(*args):
    return CliRunner().invoke(main, ["convert", *map(str, args)])


def test_the_command_converts(tmp_path):
    source, target = tmp_path / "in.npz", tmp_path / "out.npz"
    held = save(source, colnet.and_network(rng=0))
    done = run(source, target, "--to", "row")
    assert done.exit_code == 0, done.output
    assert done.output.strip() == (
        f"{target}: 2-3-1 (dense, tanh, dense, tanh), 13 numbers; column to row by the rule transpose-weights (colrow rules)"
    )
    assert bits(read(target)) == bits(held.to("row"))
    done = run(target, target, "--to", "row")
    assert "already" in done.output
    assert run(target, target, "--to", "column").exit_code == 0
    assert target.read_bytes() == source.read_bytes()


def test_the_command_refuses(tmp_path):
    bad, target = tmp_path / "bad.npz", tmp_path / "out.npz"
    bad.write_bytes(b"nothing")
    done = run(bad, target, "--to", "row")
    assert (done.exit_code, target.exists()) == (1, False)
    assert "no .npz archive" in done.output
    good = tmp_path / "good.npz"
    save(good, drawn(SQUARE))
    assert run(good, tmp_path / "none" / "a.npz", "--to", "row").exit_code == 1
    for args in (
        (good, target),
        (good, target, "--to", "diagonal"),
        (tmp_path / "none", target, "--to", "row"),
        (),
    ):
        assert run(*args).exit_code == 2
    assert not target.exists()
    nan = tmp_path / "nan.npz"
    np.savez(nan, **contents(W1=W23 * np.nan))
    assert run(nan, target, "--to", "row").exit_code == 1
    assert run(nan, target, "--to", "row", "--nonfinite").exit_code == 0
    assert Path(target).exists()


def test_the_table_in_the_readme_is_this_one():
    from .readme import block, frameworks

    assert frameworks().strip() in block("frameworks")
