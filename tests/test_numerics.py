"""Every activation, loss and gradient stays within its counted bound over the whole range of both float types."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

import colnet
import rownet
from derivations.accuracy import drawing, functions
from derivations.accuracy.functions import EVERYTHING, functions_about
from derivations.accuracy.measuring import SLACK, Outcome, measure, measured, units
from derivations.accuracy.show import table
from derivations.cli import main
from derivations.registry import claims
from derivations.report import build
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
    "categorical-cross-entropy gradient": "categorical-cross-entropy",
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
    assert {*net.ACTIVATIONS, *net.LOSSES} <= BY_NAME.keys()
    for name in [*net.ACTIVATIONS, *net.LOSSES]:
        assert {f"{name} slope", f"{name} gradient"} & BY_NAME.keys(), name
    assert {"dense forward", *(f"dense gradient {letter}" for letter in "xWb"), "descend"} <= BY_NAME.keys()


def test_each_function_is_about_claims_that_there_are():
    for function in EVERYTHING:
        assert function.claims, function.name
        assert set(function.claims) <= claims().keys()
        assert function.because
        assert function.relative_to
    about = [function.name for function in functions_about(["tanh", "layer"])]
    assert about == ["tanh", "tanh slope", "dense forward"]
    assert functions_about(["collapse"]) == []


@TYPES
def test_the_points_reach_everywhere(dtype):
    info = np.finfo(dtype)
    rng = np.random.default_rng(0)
    drawn = np.abs(drawing.signed(dtype, rng, 400))
    assert drawn.dtype == dtype
    assert drawn.min() == 0
    assert drawn.max() == info.max
    assert (drawn == info.smallest_subnormal).any()
    assert np.isfinite(drawn).all()
    between = drawing.fractions(dtype, rng, 400)
    assert 0 < between.min() < info.tiny
    assert 1 - info.eps / 2 == between.max() < 1


def test_the_points_are_those_of_the_seed():
    first, again, other = (measure(BY_NAME["tanh"], colnet, np.float64, 50, seed) for seed in (0, 0, 1))
    assert first == again
    assert first.at != other.at


@TYPES
def test_a_row_says_where_the_worst_error_is(dtype):
    """From what it says alone the same error is found again."""
    row = measure(BY_NAME["mse"], colnet, dtype, POINTS)
    y, t = (high.mpf(float(dtype(part))) for part in row.at.split(" | "))
    found = colnet.MSE().per_example(*(np.array([[float(a)]], dtype) for a in (y, t)))[0, 0]
    unit = high.mpf(float(np.finfo(dtype).eps)) / 2
    least = high.mpf(float(np.finfo(dtype).tiny))
    assert float(abs(found - (y - t) ** 2) / (unit * max((y - t) ** 2, least))) == row.worst


# --- packages that are not ours ---


def test_what_a_package_lacks_is_not_run_and_never_within():
    bare = ModuleType("bare")
    bare.CONVENTION = "row"
    rows = [measure(function, bare, np.float64, 3) for function in EVERYTHING]
    assert {row.outcome for row in rows} == {Outcome.NOT_RUN}
    assert not any(row.holds for row in rows)
    assert (
        measure(BY_NAME["mse"], bare, np.float64, 3).told
        == "mse, float64, row: not run: bare has no MSE.per_example"
    )
    bare.MSE = type("MSE", (), {"gradient": rownet.MSE.gradient})
    assert measure(BY_NAME["mse"], bare, np.float64, 3).detail == "bare has no MSE.per_example"


@pytest.mark.parametrize(
    ("result", "outcome", "told"),
    [
        (lambda v: 1 / 0, Outcome.FAILED, "raised ZeroDivisionError: division by zero"),
        (lambda v: sys.exit(0), Outcome.FAILED, "raised SystemExit: 0"),
        (lambda v: v[:, :1], Outcome.FAILED, "another number of results than expected"),
        (lambda v: None, Outcome.FAILED, "raised "),
        (lambda v: v * np.nan, Outcome.EXCEEDED, "∞ units, the bound is 8"),
        (lambda v: v * np.inf, Outcome.EXCEEDED, "∞ units, the bound is 8"),
        (lambda v: v.astype(complex), Outcome.FAILED, "raised TypeError"),
    ],
)
def test_what_is_no_result_is_a_finding(result, outcome, told):
    class Tanh(colnet.Tanh):
        def forward(self, v):
            with np.errstate(all="ignore"):
                return result(v)

    odd = ModuleType("odd")
    odd.CONVENTION, odd.Tanh = "column", Tanh
    row = measure(BY_NAME["tanh"], odd, np.float64, 9)
    assert row.outcome is outcome
    assert told in row.told
    assert not row.holds
    assert row.data["worst"] is None


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0"), (0.456, "0.46"), (12.0, "12.00"), (4.5e15, "4.5e+15"), (np.inf, "∞"), (np.nan, "—")],
)
def test_units_are_short(number, text):
    assert units(number) == text


# --- the command ---


def invoke(*args):
    return CliRunner().invoke(main, ["numerics", *map(str, args)])


def test_the_command_prints_data():
    done = invoke("--points", 8, "--json")
    assert done.exit_code == 0
    facts = json.loads(done.output)
    assert len(facts["rows"]) == 4 * len(EVERYTHING)
    assert all(row["holds"] and row["worst"] <= row["bound"] * SLACK for row in facts["rows"])
    assert {row["convention"] for row in facts["rows"]} == {"column", "row"}
    assert {row["points"] for row in facts["rows"]} == {facts["points"]} == {8}
    # What the command says is what is measured.
    assert facts["rows"] == json.loads(json.dumps([row.data for row in measured(points=8)]))


def test_the_command_prints_a_table(monkeypatch):
    monkeypatch.setattr(functions, "EVERYTHING", [BY_NAME["softmax gradient"]])
    done = invoke("--points", 8)
    assert done.exit_code == 0
    assert done.output.count("softmax gradient") == 4
    assert "4 of 4 bounds hold at 8 points each" in done.output


@pytest.mark.parametrize("width", [80, 60])
def test_a_narrow_terminal_loses_no_type_and_no_number(width):
    rows = [
        replace(row, worst=1.2e7, relative_to="the sum of the absolute values of the terms")
        for row in measured([BY_NAME["sigmoid-binary-cross-entropy gradient"]], points=1)
    ]
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(table(rows))
    text = console.export_text()
    assert "…" not in text
    for word, count in {
        "float64": 2,
        "float32": 2,
        "column": 2,
        "row": 2,
        "1.2e+07 exceeded": 4,
        "11 │": 4,
    }.items():
        assert text.count(f" {word}") == count, word


def test_a_seed_may_be_negative():
    function = BY_NAME["descend"]
    drawn = [measure(function, colnet, np.float64, 9, seed).at for seed in (-1, 1, -2, 0)]
    assert len(set(drawn)) == 4
    assert build._accuracy(("weight-update",), ("colnet", "rownet"), -1)


def test_the_command_fails_when_a_bound_is_exceeded(monkeypatch):
    monkeypatch.setattr(functions, "EVERYTHING", [replace(BY_NAME["mse"], bound=0)])
    done = invoke("--points", 8)
    assert done.exit_code == 1
    assert "mse, float64, column: exceeded: " in done.output
    assert "0 of 4 bounds hold" in done.output


@pytest.mark.parametrize(
    ("options", "status", "told"),
    [
        (["--column", "no_such_package"], 1, "is the package on the path?"),
        (["--column", "json"], 1, "json has no CONVENTION"),
        (["--row", "colnet"], 1, "was given for the row convention"),
        (["--points", 0], 2, "Invalid value for '--points'"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_a_sentence(options, status, told):
    done = invoke(*options)
    assert done.exit_code == status
    assert told in " ".join(done.output.split())
    assert isinstance(done.exception, SystemExit)
