"""Every activation, loss and gradient stays within its counted bound over the whole range of both float types."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import colnet
from tests import numerics
from tests.numerics import EVERYTHING, FUNCTIONS, SLACK, measure
from tests.rounding import differences, high

POINTS = 120
BY_NAME = {function.name: function for function in EVERYTHING}
TYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=lambda dtype: dtype.__name__)
EACH = pytest.mark.parametrize("name", BY_NAME)


@TYPES
@EACH
def test_the_bound_holds(net, name, dtype):
    row = measure(BY_NAME[name], net, dtype, POINTS)
    assert row.holds, row
    assert row.worst >= 0


@pytest.mark.parametrize("name", [f.name for f in EVERYTHING if f.bound])
def test_results_that_are_off_by_more_are_refused(name):
    function = BY_NAME[name]

    def off(net, dtype, *arguments):
        amount = 1 + dtype(2 * function.bound + 2) * np.finfo(dtype).eps
        return [[a * float(amount) for a in row] for row in function.run(net, dtype, *arguments)]

    assert not measure(replace(function, run=off), colnet, np.float64, POINTS).holds


@pytest.mark.parametrize("name", [f.name for f in EVERYTHING if not f.bound])
def test_choices_that_are_wrong_are_refused(name):
    function = BY_NAME[name]

    def off(net, dtype, *arguments):
        return [[np.nextafter(a, 9) for a in row] for row in function.run(net, dtype, *arguments)]

    assert not measure(replace(function, run=off), colnet, np.float64, POINTS).holds


NAIVE = {
    "sigmoid": lambda v: np.exp(v) / (1 + np.exp(v)),
    "sigmoid slope": lambda v: np.exp(-v) / (1 + np.exp(-v)) ** 2,
    "tanh": lambda v: (np.exp(v) - np.exp(-v)) / (np.exp(v) + np.exp(-v)),
    "binary-cross-entropy": lambda y, t: -(t * np.log(y) + (1 - t) * np.log(1 - y)),
    "sigmoid-binary-cross-entropy": lambda v, t: np.log(1 + np.exp(v)) - t * v,
    "mse": lambda y, t: y * y - 2 * y * t + t * t,
}


@pytest.mark.parametrize("name", NAIVE)
def test_the_naive_formulas_are_refused(name):
    """What one would write first overflows, or cancels."""

    def run(net, dtype, *arguments):
        with np.errstate(all="ignore"):
            return NAIVE[name](*(np.array(argument, dtype) for argument in arguments)).tolist()

    assert not measure(replace(BY_NAME[name], run=run), colnet, np.float64, POINTS).holds


SLOPES = {
    "sigmoid slope": "sigmoid",
    "tanh slope": "tanh",
    "mse gradient": "mse",
    "cross-entropy gradient": "cross-entropy",
    "binary-cross-entropy gradient": "binary-cross-entropy",
    "softmax-cross-entropy gradient": "softmax-cross-entropy",
    "sigmoid-binary-cross-entropy gradient": "sigmoid-binary-cross-entropy",
    "mae gradient": "mae",
    "hinge gradient": "hinge",
    "relu slope": "relu",
}


@pytest.mark.parametrize("name", SLOPES)
def test_the_exact_gradients_are_those_of_the_exact_values(name):
    """The references are checked too: each gradient by central differences of the value, away from the kinks."""
    slope, value = BY_NAME[name], BY_NAME[SLOPES[name]]
    for sign in (1, -1):
        y = [high.mpf(sign * a) / 7 for a in ((2, -5, 3) if slope.whole else (2,))]
        t = [high.mpf(a) / 8 for a in ((1, 5, 2) if slope.whole else (5,))]
        rest = (t,) if len(value.draw(np.float64, np.random.default_rng(0), 6)) > 1 else ()

        def at(point, function=value, rest=rest):
            if function.whole:
                return function.exact(point, *rest)
            return function.exact(*point, *(a for argument in rest for a in argument))

        if "cross-entropy" in name and not name.startswith(("softmax", "sigmoid")):
            y = [abs(a) for a in y]
        expected = differences(lambda point: at(point)[0][0], y)
        found = [pair[0] for pair in at(y, slope)]
        assert len(found) == len(expected)
        assert all(abs(a - b) < high.mpf(10) ** -30 for a, b in zip(found, expected)), name


def test_the_exact_softmax_gradient_is_that_of_softmax():
    v, g = [high.mpf(a) / 7 for a in (2, -5, 3)], [high.mpf(a) / 3 for a in (1, -4, 2)]
    value = BY_NAME["softmax"].exact
    expected = differences(lambda p: sum(b * pair[0] for b, pair in zip(g, value(*p))), v)
    found = [pair[0] for pair in BY_NAME["softmax gradient"].exact(v, g)]
    assert all(abs(a - b) < high.mpf(10) ** -30 for a, b in zip(found, expected))


def test_nothing_is_left_out(net):
    assert {*net.ACTIVATIONS} | {*net.LOSSES} - {"categorical-cross-entropy"} <= BY_NAME.keys()
    # It computes what cross-entropy does; only its domain is smaller.
    assert net.CategoricalCrossEntropy._per_example is net.CrossEntropy._per_example
    assert net.CategoricalCrossEntropy._slope is net.CrossEntropy._slope
    for name in [*net.ACTIVATIONS, *net.LOSSES]:
        if name != "categorical-cross-entropy":
            assert {f"{name} slope", f"{name} gradient"} & BY_NAME.keys(), name


@TYPES
def test_the_points_reach_everywhere(dtype):
    info = np.finfo(dtype)
    rng = np.random.default_rng(0)
    drawn = np.abs(numerics.signed(dtype, rng, 400))
    assert drawn.dtype == dtype
    assert drawn.min() == 0
    assert drawn.max() == info.max
    assert (drawn == info.smallest_subnormal).any()
    assert np.isfinite(drawn).all()
    between = numerics.fractions(dtype, rng, 400)
    assert 0 < between.min() < info.tiny
    assert 1 - info.eps / 2 == between.max() < 1


def test_the_command(tmp_path, capsys):
    file = tmp_path / "numerics.json"
    assert numerics.main(["--points", "8", "--json", str(file)]) == 0
    facts = json.loads(file.read_text())
    assert len(facts["rows"]) == 4 * len(EVERYTHING)
    assert all(row["holds"] and row["worst"] <= row["bound"] * SLACK for row in facts["rows"])
    assert {row["convention"] for row in facts["rows"]} == {"column", "row"}
    assert "softmax gradient" in capsys.readouterr().out
    assert all(function.because and function.relative_to for function in FUNCTIONS)


def test_the_command_fails_when_a_bound_is_exceeded(monkeypatch):
    monkeypatch.setattr(numerics, "EVERYTHING", [replace(BY_NAME["mse"], bound=0)])
    assert numerics.main(["--points", "8"]) == 1
