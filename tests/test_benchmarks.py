"""The benchmarks run and say what they promise to say; how long anything takes is not asserted."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import colnet
import rownet
from benchmarks import checkers, faults, layouts, machine, networks, step, tanh_faults
from benchmarks.checking import Net, gradients, value
from benchmarks.timing import Times, side_by_side

ROOT = Path(__file__).parents[1]
AGAINST = {"straight-line", "products", "torch", "loop"}
SHAPE = tanh_faults.Shape(2, 3, 4)


def quickly(command: str, *options: str) -> dict:
    """Run a command in a process of its own, where it may set the number of threads."""
    line = [sys.executable, "-m", "benchmarks", command, "--quick", "--json", *options]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("command", ["step", "proof", "check"])
def test_ratios(command):
    found = quickly(command)
    assert found["benchmark"] == command
    assert found["machine"]["threads"] == 1
    assert found["machine"]["numpy"] == np.__version__
    # Checks are compared with those of PyTorch alone: without it there is no ratio, and that is said.
    alone = command == "check" and not machine.has("torch")
    assert bool(found["ratios"]) is not alone
    if alone:
        assert "torch" in found["not_run"]
    for one in found["ratios"]:
        assert one["against"] in AGAINST
        assert one["convention"] in ("column", "row")
        assert one["work"].startswith(command)
        assert one["dtype"] in ("float64", "float32", "symbols")
        assert one["ratio"] > 0
        assert one["median_ratio"] > 0
        assert one["ratio"] == pytest.approx(one["ours"] / one["theirs"])
    keys = [
        tuple(one[name] for name in ("work", "convention", "dtype", "against")) for one in found["ratios"]
    ]
    assert len(set(keys)) == len(keys)
    if command == "step":
        missing = set() if machine.has("torch") else {"torch"}
        assert set(found["not_run"]) == missing
        for work in ("2-3-1 batch 4", "64-128-10 batch 64"):
            for convention in ("column", "row"):
                for dtype in ("float64", "float32"):
                    against = {key[3] for key in keys if key[:3] == (f"step {work}", convention, dtype)}
                    assert against == AGAINST - missing


def test_layout():
    found = quickly("layout")["operations"]
    assert len(found) == 2 * 2 * 5
    assert {one["operation"] for one in found} == set(layouts.FORMS)
    assert all(one["ratio"] == pytest.approx(one["row"] / one["column"]) for one in found)


@pytest.mark.parametrize("operation", layouts.FORMS)
def test_both_layouts_compute_the_same(operation, monkeypatch):
    problem = networks.Problem(5, 4, 3, 6, "float64")
    kept = []
    monkeypatch.setattr(layouts, "_repeated", lambda once: lambda count: kept.append(once()))
    layouts._column(problem)[operation](1)
    layouts._row(problem)[operation](1)
    np.testing.assert_allclose(kept[0], kept[1].T, rtol=1e-12)


def test_the_fault_table():
    found = quickly("faults")
    counts = found["counts"]
    assert set(counts) == {"(3, 3, 1)", "(3, 3, 4), g × 1e-08"}
    assert sum(cell["is_fault"] for cell in found["cells"] if cell["checker"] == "ours") >= 2 * 13
    for of in counts.values():
        ours = of["ours"]
        assert ours["found"] == ours["faults"] >= 13
        assert ours["accepted"] == ours["right"] >= 1
        assert not ours["missed"]
        assert not ours["false alarms"]
        for name, one in of.items():
            if not machine.has(checkers.CHECKERS[name][1]):
                assert one == "not run"


def test_digits():
    pytest.importorskip("sklearn")
    (run,) = quickly("digits")["runs"]
    assert run["steps"] >= 1
    assert 0 <= run["worst"] <= 1
    assert run["column"] == run["row"] == run["same_order"]
    assert run["drift"] < 1e-9  # some steps from the same parameters; an error of value would be far larger
    assert run["drift_sklearn"] < 1e-9
    assert 0.5 < run["sklearn"] <= 1


# --- what the candidates compute ---


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_all_candidates_take_the_same_step(dtype, monkeypatch):
    """Each candidate's losses are those of the others: nobody does less."""
    problem = networks.Problem(5, 4, 3, 6, dtype)
    close = {
        "rel": 1e-3 if dtype == "float32" else 1e-9
    }  # a rough identity: what is timed, not what is proved
    expected = networks.straight_column(problem)(4)
    assert expected[3] < expected[0]
    assert networks.straight_row(problem)(4) == pytest.approx(expected, **close)
    if machine.has("torch"):
        assert networks.torch_step(problem)(4) == pytest.approx(expected, **close)
    for net in (colnet, rownet):
        kept = []
        train = net.train

        def keeping(network, *args, train=train, kept=kept, **kwargs):
            kept.append(train(network, *args, **kwargs).losses)

        monkeypatch.setattr(net, "train", keeping)
        networks.package(net, problem)(4)
        assert kept[0] == pytest.approx(expected, **close)


@pytest.mark.parametrize("net", [colnet, rownet])
def test_memory_of_a_step(net):
    """The peak is at most 1.5 times what a step has to hold: parameters, activations, gradients."""
    problem = networks.Problem(*step.SIZES[2], "float64")
    x, t, W1, b1, W2, b2 = problem.arrays(net is rownet)
    network = net.Network([net.Dense.of(W1, b1), net.Tanh(), net.Dense.of(W2, b2), net.Tanh()])
    parameters = sum(array.nbytes for of in network.parameters for array in of.values())
    network.forward(x)
    activations = sum(layer.output.nbytes for layer in network.layers)
    tracemalloc.start()
    try:
        # From the second step on, the old parameters are traced, too.
        net.train(network, "mse", x, t, epochs=3, batch_size=None)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    held = parameters + activations + parameters
    assert held <= peak <= 1.5 * held


def test_the_network_that_is_checked_is_right():
    x, t, *parameters = Net(3, 4, 2, 5).arrays()
    found = gradients(parameters, x, t)
    for place, array in enumerate(parameters):
        moved = [part.astype(complex) for part in parameters]
        moved[place][0, 0] += 1e-20j
        assert found[place].shape == array.shape
        assert found[place][0, 0] == pytest.approx(value(moved, x, t).imag / 1e-20)


# --- faults ---


def test_what_is_a_fault_is_computed():
    assert tanh_faults.faulty(tanh_faults.right, SHAPE) is False
    single = tanh_faults.Shape(3, 3, 1)
    several = tanh_faults.Shape(3, 3, 4)
    for name in ("db: averaged", "dW: averaged over the batch", "dW: examples in reverse"):
        assert tanh_faults.faulty(tanh_faults.FAULTS[name], single) is False
        assert tanh_faults.faulty(tanh_faults.FAULTS[name], several) is True
    assert tanh_faults.faulty(tanh_faults.FAULTS["dx: W for W.T"], SHAPE) is None
    assert len(tanh_faults.FAULTS) >= 13
    assert all(tanh_faults.faulty(fault, several) for fault in tanh_faults.FAULTS.values())


def test_the_right_gradient_is_right():
    """Against the complex step, which knows nothing of the formula."""
    x, W, b, g = SHAPE.arrays()
    found = tanh_faults.run(tanh_faults.right, x, W, b, g)
    for place, array in enumerate((x, W, b)):
        for at in np.ndindex(array.shape):
            moved = [part.astype(complex) for part in (x, W, b)]
            moved[place][at] += 1e-20j
            y = np.tanh(moved[1] @ moved[0] + moved[2])
            assert found[place][at] == pytest.approx((g * y).sum().imag / 1e-20, rel=1e-9, abs=1e-12)


def test_ours_at_the_wide_shape_and_one_that_is_not_square():
    for shape, names in ((faults.WIDE, faults.ONLY[faults.WIDE]), (SHAPE, tanh_faults.FAULTS)):
        assert checkers.ours(tanh_faults.right, shape)
        for name in names:
            if tanh_faults.faulty(tanh_faults.FAULTS[name], shape):
                assert not checkers.ours(tanh_faults.FAULTS[name], shape), name


def test_what_is_not_installed_is_not_run(monkeypatch):
    monkeypatch.setattr(checkers, "has", lambda name: name == "derivations")
    cells = [
        faults._cell(SHAPE, "right", tanh_faults.right, False, checker, False)
        for checker in checkers.CHECKERS
    ]
    assert [cell.accepted for cell in cells] == [True, *[None] * (len(cells) - 1)]
    counts = faults.found(cells)[SHAPE.name]
    assert [one for name, one in counts.items() if name != "ours"] == ["not run"] * (len(cells) - 1)
    monkeypatch.setattr(networks, "has", lambda name: False)
    assert networks.torch_step(networks.Problem(2, 3, 1, 4, "float64")) is None


# --- timing ---


def test_times():
    ours, theirs = Times((2.0, 4.0, 9.0)), Times((1.0, 8.0, 3.0))
    assert ours.least == 2
    assert ours.median == 4
    assert ours.over(theirs) == 2
    assert ours.median_over(theirs) == 2  # of 2, 0.5, 3


def test_candidates_take_turns():
    log = []
    candidates = {name: (lambda count, name=name: log.append(name)) for name in "abc"}
    found = side_by_side(candidates, repeats=3, block=0)
    assert "".join(log[-9:]) == "abcbcacab"
    assert [len(times.seconds) for times in found.values()] == [3, 3, 3]
