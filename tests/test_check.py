"""`derivations.check`: three doors, verdicts, diagnosis, reproductions, and what code does besides computing."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import derivations
from derivations.adapters import functions, layers_with_grads, layout, loss_and_gradients, updating_layers
from derivations.check import Answer
from derivations.check.apart import Options, Stopped, check_apart
from derivations.check.finding import NoSubjectThere, subject_at
from derivations.cli import main
from derivations.evidence import Level
from derivations.proofs import ONE_BY_ONE
from derivations.registry import UnknownClaim
from derivations.subject import package_subject

ROOT = Path(__file__).parents[1]

# --- a small implementation, with a place for a fault ---

CODE = """
import numpy as np
from derivations.adapters import functions

def forward(x, W, b):
    return x @ W + b

def backward(g, x, W, b):
    dx = g @ W.T
    dW = x.T @ g
    db = g.sum(axis=0, keepdims=True)
    return dx, dW, db

def tanh(v):
    return np.tanh(v)

def tanh_backward(g, v):
    return g * (1 - np.tanh(v) ** 2)

subject = functions("row", forward=forward, backward=backward, activations={"tanh": (tanh, tanh_backward)})
"""


def made(code: str, old: str = "", new: str = ""):
    """Run code in which a line is replaced; give its subject."""
    assert old in code
    space: dict = {"__name__": "made"}
    exec(compile(code.replace(old, new) if old else code, "made.py", "exec"), space)
    return space["subject"]


@pytest.fixture
def placed(tmp_path, monkeypatch):
    """Write code as a module; give the address of its subject."""
    monkeypatch.syspath_prepend(tmp_path)
    count = iter(range(100))

    def write(code, old="", new=""):
        assert old in code
        name = f"placed_{abs(hash(str(tmp_path))) % 10**6}_{next(count)}"
        text = textwrap.dedent(code)
        (tmp_path / f"{name}.py").write_text(text.replace(old, new) if old else text)
        return f"{name}:subject"

    return write


# --- verdicts ---


@pytest.mark.parametrize("name", ["colnet", "rownet"], ids=["column", "row"])
def test_the_packages_pass_through_the_same_door(name):
    report = derivations.check(package_subject(name), sample=True)
    assert report.ok
    assert not report.side_effects
    assert {claim.verdict for claim in report.claims} <= {Answer.RIGHT, Answer.NOT_RUN}
    assert len([claim for claim in report.claims if claim.verdict is Answer.RIGHT]) > 40


def test_plain_code_is_proved_for_every_size():
    report = derivations.check(made(CODE))
    assert report.ok
    levels = {claim.id: claim.level for claim in report.claims}
    for name in ("weight-gradient", "bias-gradient", "input-gradient", "affine-entries"):
        assert levels[name] is Level.SIZE
    assert levels["tanh"] is Level.SYMBOLS  # an elementwise function: a claim at symbols
    # Duality needs a counterpart, updates need a network: nothing is said of what is not offered.
    assert not {"duality", "weight-update", "softmax", "mse"} & set(levels)


def test_what_stops_a_rung_is_told_with_file_line_and_operation():
    subject = made(CODE, "dW = x.T @ g", "dW = np.einsum('ki,kj->ij', x, g)")
    claim = derivations.check(subject, names=["weight-gradient"]).claim("weight-gradient")
    assert claim.verdict is Answer.RIGHT
    assert claim.level is not Level.SIZE
    assert "made.py:10" in claim.stops[Level.SIZE]
    assert "einsum" in claim.stops[Level.SIZE]


def test_sample_stays_on_floats():
    report = derivations.check(made(CODE), sample=True)
    assert {rung.level for claim in report.claims for rung in claim.rungs} <= {Level.FLOAT, Level.RUN}


FAULTS = [
    ("dW = x.T @ g", "dW = x.T @ g / len(x)", "weight-gradient", "smaller by the batch size"),
    ("dW = x.T @ g", "dW = len(x) * x.T @ g", "weight-gradient", "larger by the batch size"),
    ("dW = x.T @ g", "dW = (x.T @ g).T", "weight-gradient", "equals the transpose"),
    ("dW = x.T @ g", "dW = -x.T @ g", "weight-gradient", "the sign is flipped"),
    ("dW = x.T @ g", "dW = 2 * x.T @ g", "weight-gradient", "larger by a factor of 2"),
    ("dW = x.T @ g", "dW = np.outer(x[0], g[0])", "weight-gradient", "share of the first example"),
    ("axis=0, keepdims=True)", "axis=1, keepdims=True)", "bias-gradient", "wrong axis"),
    ("db = g.sum(", "db = g.mean(", "bias-gradient", "smaller by the batch size"),
    ("db = g.sum(axis=0, keepdims=True)", "db = g.sum(axis=0)", "bias-gradient", ""),
    ("dx = g @ W.T", "dx = g", "input-gradient", "not multiplied by W"),
    ("dx = g @ W.T", "dx = g @ (W - 0.5 * (x.T @ g)).T", "input-gradient", "already updated (0.5 times"),
    ("g * (1 - np.tanh(v) ** 2)", "g * (1 - v**2)", "tanh", "handed v instead of y"),
    ("g * (1 - np.tanh(v) ** 2)", "g * (1 - np.tanh(np.tanh(v)) ** 2)", "tanh", "at y instead of v"),
    ("g * (1 - np.tanh(v) ** 2)", "g", "tanh", "no slope at all"),
    ("g * (1 - np.tanh(v) ** 2)", "1 - np.tanh(v) ** 2", "tanh", "without the upstream gradient"),
]


@pytest.mark.parametrize(("old", "new", "claim", "word"), FAULTS, ids=[new for _, new, _, _ in FAULTS])
def test_a_fault_is_wrong_and_named(old, new, claim, word):
    report = derivations.check(made(CODE, old, new), sample=True)
    found = report.claim(claim)
    assert found.verdict is Answer.WRONG
    assert word in " | ".join(found.causes), found.message()
    assert not report.ok
    others = {one.id for one in report.wrong} - {claim, "single-weight"}
    assert not others, others


@pytest.mark.parametrize(
    ("old", "new", "claim", "word"), FAULTS[:6], ids=[new for _, new, _, _ in FAULTS[:6]]
)
def test_the_higher_rungs_refuse_the_fault_alone(old, new, claim, word):
    """Not floats alone: a rung above them that the code runs on says so, too."""
    found = derivations.check(made(CODE, old, new), names=[claim]).claim(claim)
    wrong = {rung.level for rung in found.rungs if rung.outcome == "wrong"}
    assert wrong & {Level.SIZE, Level.SYMBOLS, Level.EXACT}, found.rungs


def test_the_first_wrong_entry_is_told_with_both_values():
    subject = made(CODE, "return dx, dW, db", "dW[1, 0] += 1\n    return dx, dW, db")
    found = derivations.check(subject, sample=True, names=["weight-gradient"]).claim("weight-gradient")
    finding = found.findings[0]
    assert finding.entry == (1, 0)
    assert float(finding.got) - float(finding.expected) == pytest.approx(1, abs=1e-3)
    assert "only entry (1, 0) is wrong" in found.causes


# --- reproductions ---


def test_the_reproduction_runs_as_printed_and_shows_the_fault(placed):
    place = placed(CODE, "dW = x.T @ g", "dW = x.T @ g / len(x)")
    report = derivations.check(subject_at(place), sample=True, names=["weight-gradient"], origin=place)
    text = report.claim("weight-gradient").findings[0].reproduction
    assert len(text.splitlines()) < 16
    printed = StringIO()
    with redirect_stdout(printed):
        exec(text, {})
    right = next(line for line in text.splitlines() if line.startswith("# the gradient by W should be"))
    value = float(right.rpartition("[[")[2].partition("]")[0].split(",")[0])
    # Shrunk to two examples, the least in which a mean is no sum.
    assert f"'W': array([[{value / 2:g}" in printed.getvalue()
    assert f"'W': array([[{value:g}" not in printed.getvalue()


# --- styles ---


class Linear:
    """Keeps gradients; a flag plants a fault."""

    fault = ""

    def __init__(self, inputs, outputs):
        self.W, self.b = np.zeros((inputs, outputs)), np.zeros(outputs)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def forward(self, x):
        if self.fault != "stale" or not hasattr(self, "x"):
            self.x = x
        return x @ self.W + self.b

    def backward(self, g):
        if self.fault == "added":
            self.dW, self.db = self.dW + self.x.T @ g, self.db + g.sum(axis=0)
        else:
            self.dW, self.db = self.x.T @ g, g.sum(axis=0)
        return g @ self.W.T


@pytest.mark.parametrize(
    ("fault", "word"), [("", ""), ("stale", "a stale cache"), ("added", "never set to zero")]
)
def test_what_is_kept_from_a_pass_before_is_told(fault, word):
    made = type("Made", (Linear,), {"fault": fault})
    report = derivations.check(layers_with_grads(layout("row", bias="(n,)"), dense=made), sample=True)
    if not fault:
        assert report.ok
        return
    causes = report.claim("weight-gradient").causes
    assert any(word in cause for cause in causes)
    assert not any("factor" in cause for cause in causes)


class Updating:
    """Updates in its backward pass, column vectors of one example."""

    early = False

    def __init__(self, inputs, outputs):
        self.weights, self.bias = np.zeros((outputs, inputs)), np.zeros((outputs, 1))

    def forward(self, x):
        self.x = x
        return self.weights @ x + self.bias

    def backward(self, g, rate):
        before = self.weights
        self.weights = self.weights - rate * (g @ self.x.T)
        self.bias = self.bias - rate * g
        return (self.weights if self.early else before).T @ g


@pytest.mark.parametrize("early", [False, True])
def test_an_input_gradient_after_the_update_is_told(early):
    made = type("Made", (Updating,), {"early": early})
    report = derivations.check(updating_layers(layout("column", example="(n, 1)"), dense=made), sample=True)
    assert report.ok is not early
    if early:
        assert [claim.id for claim in report.wrong] == ["input-gradient"]
        assert any("already updated (1 times" in cause for cause in report.claim("input-gradient").causes)


def test_every_size_alone_refuses_code_of_one_example():
    """The batch size is 1 there, and told as a premise; a fault is refused all the same, and the right code proved."""
    at = layout("column", example="(n, 1)")
    for early, outcome in ((False, "right"), (True, "wrong")):
        subject = updating_layers(at, dense=type("Made", (Updating,), {"early": early}))
        claim = derivations.check(subject, names=["input-gradient"]).claim("input-gradient")
        rungs = [rung for rung in claim.rungs if rung.level is Level.SIZE]
        assert {rung.outcome for rung in rungs} == {outcome}
        assert early or all(ONE_BY_ONE in rung.premises for rung in rungs)


def model(fault=""):
    def softmax(v):
        e = np.exp(v - v.max(axis=0, keepdims=True))
        return e / e.sum(axis=0, keepdims=True)

    def value(p, x, t):
        h = np.tanh(p["W1"] @ x + p["b1"])
        return -(t * np.log(softmax(p["W2"] @ h + p["b2"]))).sum() / x.shape[1]

    def gradients(p, x, t):
        h = np.tanh(p["W1"] @ x + p["b1"])
        y = softmax(p["W2"] @ h + p["b2"])
        d = y - t if fault == "summed" else (y - t) / x.shape[1]
        d = d * y * (1 - y) if fault == "twice" else d
        slope = {"y": 1 - np.tanh(h) ** 2, "none": 1}.get(fault, 1 - h**2)
        W2 = p["W2"] - d @ h.T if fault == "updated" else p["W2"]
        e = W2.T @ d * slope
        sums = {"axis": 1, "keepdims": True}
        return {"W1": e @ x.T, "b1": e.sum(**sums), "W2": d @ h.T, "b2": d.sum(**sums)}

    return loss_and_gradients(
        "column",
        value,
        gradients,
        activations=["tanh", "softmax"],
        loss="categorical-cross-entropy",
        reduction="mean",
        form="dict",
        names=["W1", "b1", "W2", "b2"],
    )


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("", ""),
        ("summed", "larger by the batch size"),
        ("twice", "which has it already"),
        ("y", "at y instead of v"),
        ("none", "no slope at all"),
        ("updated", "already updated (learning rate 1)"),
    ],
)
def test_a_network_from_end_to_end(fault, word):
    report = derivations.check(model(fault), sample=True)
    if not fault:
        assert report.ok
        return
    assert {claim.id for claim in report.wrong} == {"weight-gradient", "bias-gradient"}
    for claim in report.wrong:
        assert any(word in cause for cause in claim.causes), claim.message()
        assert not any("number of outputs" in cause for cause in claim.causes)


def test_the_other_convention_is_recognised():
    space = made(CODE)
    wrong = functions(
        "column", forward=space.doors["dense.forward"]
    )  # not what a user writes, but the like of it
    subject = functions("column", forward=lambda x, W, b: x @ W + b)
    report = derivations.check(subject, sample=True)
    assert wrong.convention.name == "column"
    assert report.claim("affine-entries").verdict is Answer.WRONG
    assert "the code agrees with the row convention" in report.claim("affine-entries").causes


# --- what code does besides computing ---


def test_an_argument_that_is_written_into_is_told():
    subject = made(CODE, "return x @ W + b", "x *= 1\n    return x @ W + b")
    report = derivations.check(subject, sample=True)
    assert report.ok  # nothing was changed by it
    subject = made(
        CODE, "return g * (1 - np.tanh(v) ** 2)", "v *= 2\n    return g * (1 - np.tanh(v / 2) ** 2)"
    )
    claim = derivations.check(subject, sample=True).claim("tanh")
    assert claim.verdict is Answer.WRONG
    assert "writes into its argument" in claim.causes


def test_a_random_answer_is_told():
    subject = made(CODE, "return np.tanh(v)", "return np.tanh(v) * (1 + 1e-3 * np.random.rand())")
    assert derivations.check(subject, sample=True).claim("tanh").verdict is Answer.WRONG
    noisy = made(
        CODE,
        "subject =",
        "calls = []\ndef noisy(v):\n    calls.append(1)\n    return np.tanh(v) + len(calls) % 2\nsubject =",
    )
    doors = {**noisy.doors, "tanh.forward": lambda v: np.tanh(v)}
    flips = iter([0.0, 1e-3] * 500)
    doors["tanh.backward"] = lambda v, g: {"v": g * (1 - np.tanh(v) ** 2) + next(flips)}
    from dataclasses import replace

    claim = derivations.check(replace(noisy, doors=doors), sample=True).claim("tanh")
    assert "two equal calls differ: something is kept between them, or drawn at random" in claim.causes


@pytest.mark.parametrize(
    ("line", "effect"),
    [
        ("np.seterr(all='raise')", "changes np.seterr"),
        ("np.random.seed(0)", "sets the seed of np.random"),
        ("import random; random.seed(0)", "sets the seed of random"),
        ("import os; os.environ['COLROW_SEEN'] = 'yes'", "changes os.environ"),
        ("np.set_printoptions(precision=3)", "changes np.set_printoptions"),
        ("import warnings; warnings.simplefilter('ignore')", ""),
    ],
)
def test_a_change_of_global_state_is_told_and_put_back(line, effect):
    import os

    generator = np.random
    before = (np.geterr(), np.get_printoptions(), dict(os.environ), generator.get_state()[1].copy())
    report = derivations.check(made(CODE, "    dx = g", f"    {line}\n    dx = g"), sample=True)
    if effect:
        assert effect in report.side_effects
    assert all(claim.verdict is Answer.RIGHT for claim in report.claims)
    assert before[:2] == (np.geterr(), np.get_printoptions())
    assert before[2].keys() == dict(os.environ).keys()
    assert (before[3] == generator.get_state()[1]).all()


def test_drawing_random_numbers_is_no_seeding():
    report = derivations.check(made(CODE, "    dx = g", "    np.random.rand()\n    dx = g"), sample=True)
    assert report.ok
    assert not report.side_effects


def test_nan_is_wrong():
    subject = made(CODE, "dx = g @ W.T", "dx = g @ W.T * np.nan")
    claim = derivations.check(subject, sample=True).claim("input-gradient")
    assert claim.verdict is Answer.WRONG
    assert "not finite" in claim.message()


def test_what_raises_is_wrong_with_the_place():
    subject = made(CODE, "dx = g @ W.T", "dx = g @ W.T / {}['no']")
    claim = derivations.check(subject).claim("input-gradient")
    assert claim.verdict is Answer.WRONG
    assert "made.py:9" in claim.message()


# --- precision, kinks ---


def test_single_precision_is_judged_by_what_it_resolves():
    single = CODE.replace(
        "return dx, dW, db", "return dx.astype('f'), dW.astype('f'), db.astype('f')"
    ).replace("dx = g @ W.T", "x, g, W = (a.astype('f') for a in (x, g, W))\n    dx = g @ W.T")
    for seed in range(3):
        report = derivations.check(made(single), sample=True, seed=seed)
        assert report.ok
        assert any("float32" in note for claim in report.claims for note in claim.notes)
    wrong = single.replace("dW = x.T @ g", "dW = x.T @ g * 1.001")
    assert derivations.check(made(wrong), sample=True).claim("weight-gradient").verdict is Answer.WRONG


def test_single_precision_inside_is_named():
    line = "dW = x.T.astype('f') @ g.astype('f') + np.zeros(1)"
    claim = derivations.check(made(CODE, "dW = x.T @ g", line), sample=True).claim("weight-gradient")
    assert claim.verdict is Answer.WRONG
    assert "as near as single precision would be: something inside is float32" in claim.causes


LEAKY = """
import numpy as np
from derivations.adapters import functions
KINK = 0.7

def hinge(y, t):
    return np.maximum(0, 1 - t * y).sum(axis=1).sum()

def hinge_gradient(y, t):
    return np.where(1 - t * y > 0, -t, 0.0)

subject = functions("row", losses={"hinge": (hinge, hinge_gradient)}, reduction="sum")
"""


def test_a_black_box_with_a_kink_of_its_own_is_not_called_wrong_there(monkeypatch):
    """Points at kinks are moved and counted: here one is planted where the case is."""
    from derivations.check import cases as of_cases

    true = of_cases.drawn

    def at_kink(law, region, sizes, rng, manner):
        case = true(law, region, sizes, rng, manner)
        if law.part.startswith("gradient") and not getattr(at_kink, "once", False):
            at_kink.once = True
            case.arrays["y"].flat[0] = 1.0
            case.arrays["t"].flat[0] = 1.0
        return case

    monkeypatch.setattr(of_cases, "drawn", at_kink)
    report = derivations.check(made(LEAKY), sample=True)
    assert report.ok
    assert report.moved >= 1


# --- expectations ---


def test_expected_failures():
    subject = made(CODE, "dW = x.T @ g", "dW = 2 * x.T @ g")
    known = {"weight-gradient": "counts twice", "eq18": "wrongly expected", "softmax": "not offered"}
    report = derivations.check(subject, sample=True, expected_failures={**known, "single-weight": "the same"})
    assert report.claim("weight-gradient").outcome == "wrong, as expected"
    assert report.claim("weight-gradient").ok
    assert report.claim("input-gradient").outcome == "right, but expected to fail"
    assert not report.claim("input-gradient").ok
    assert report.claim("softmax").outcome == "not run, but expected to fail"
    assert not report.ok
    with pytest.raises(UnknownClaim):
        derivations.check(subject, expected_failures={"no-such": ""})


def test_nothing_checked_is_not_ok():
    assert not derivations.check(functions("row")).ok
    report = derivations.check(made(CODE), names=["softmax"])
    assert not report.ok
    assert "offers no softmax" in report.claim("softmax").message()


# --- apart ---


def test_a_hang_is_stopped_and_told(placed):
    place = placed(CODE, "dx = g @ W.T", "import time; time.sleep(60)\n    dx = g @ W.T")
    report = check_apart(place, Options(sample=True, names=["affine-entries", "input-gradient"]), timeout=1)
    assert report.claim("affine-entries").verdict is Answer.RIGHT
    stuck = report.claim("input-gradient")
    assert stuck.verdict is Answer.INCONCLUSIVE
    assert "took more than 1 s" in stuck.message()
    assert not report.ok


def test_code_that_ends_its_process_is_told(placed):
    place = placed(CODE, "dx = g @ W.T", "import os; os._exit(3)")
    report = check_apart(place, Options(sample=True, names=["tanh", "bias-gradient"]))
    assert report.claim("tanh").verdict is Answer.RIGHT
    assert "ended the process (exit status 3)" in report.claim("bias-gradient").message()


def test_what_hangs_on_symbols_alone_is_right_on_floats(placed):
    line = "import time; time.sleep(60 if g.dtype == object else 0)\n    dx = g @ W.T"
    place = placed(CODE, "dx = g @ W.T", line)
    report = check_apart(place, Options(names=["bias-gradient"]), timeout=2)
    claim = report.claim("bias-gradient")
    assert claim.verdict is Answer.RIGHT, claim.message()
    assert claim.level is Level.FLOAT
    assert any("took more than 2 s" in why for why in claim.stops.values())


def test_there_is_no_subject(placed):
    for place, word in [
        ("no_such_module:subject", "no module"),
        (placed("x = 1"), "no 'subject'"),
        (placed("subject = 1"), "is a int"),
        (placed("1 / 0"), "ZeroDivisionError"),
        ("json", "it needs the public names"),
    ]:
        with pytest.raises(Stopped, match=word):
            check_apart(place, Options())
    with pytest.raises(NoSubjectThere):
        subject_at(placed("def subject(): return 3"))
    assert subject_at("rownet").name == "rownet"


# --- command ---


def invoke(*args):
    return CliRunner().invoke(main, ["check", *args])


def test_command(placed):
    done = invoke(placed(CODE), "--sample")
    assert done.exit_code == 0, done.output
    assert "weight-gradient" in done.output
    done = invoke(placed(CODE, "dW = x.T @ g", "dW = 2 * x.T @ g"), "--sample", "--claim", "eq24")
    assert done.exit_code == 1
    assert "larger by a factor of 2" in done.output
    assert "subject_at" in done.output
    done = invoke(
        placed(CODE, "dW = x.T @ g", "dW = 2 * x.T @ g"),
        "--sample",
        "--claim",
        "eq24",
        "--expect",
        "eq24=so it is",
    )
    assert done.exit_code == 0
    assert "as expected" in done.output


def test_command_json(placed):
    done = invoke(placed(CODE), "--claim", "bias-gradient", "--json")
    data = json.loads(done.output)
    assert data["claims"][0]["verdict"] == "right"
    assert data["claims"][0]["level"] == "every size"


@pytest.mark.parametrize(
    "args",
    [
        ("nowhere:x",),
        ("rownet", "--claim", "nonsense"),
        ("rownet", "--timeout", "0"),
        ("rownet", "--expect", "nonsense=x"),
    ],
)
def test_command_refuses(args):
    assert invoke(*args).exit_code == 2


# --- pytest ---


def pytest_run(tmp_path, *args):
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-p",
            "derivations.pytest_plugin",
            "-v",
            *args,
        ]
        if "colrow" not in _entry_points()
        else [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", *args],
        cwd=tmp_path,
        env={**_environment(), "PYTHONPATH": f"{ROOT}:{tmp_path}"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def _environment():
    import os

    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}


def _entry_points():
    from importlib.metadata import entry_points

    return {entry.name for entry in entry_points(group="pytest11")}


def test_plugin(tmp_path):
    (tmp_path / "mine.py").write_text(CODE.replace("dW = x.T @ g", "dW = -x.T @ g"))
    (tmp_path / "test_other.py").write_text("def test_other(): pass\n")
    done = pytest_run(
        tmp_path, "--colrow", "mine:subject", "--colrow-sample", "-k", "weight-gradient or tanh"
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "mine:subject::weight-gradient-row FAILED" in done.stdout
    assert "mine:subject::tanh-row PASSED" in done.stdout
    assert "the sign is flipped" in done.stdout
    assert "test_other" not in done.stdout
    done = pytest_run(tmp_path, "--colrow", "mine:nothing")
    assert done.returncode == 2
    assert "mine has no 'nothing'" in done.stdout


def test_decorator(tmp_path):
    (tmp_path / "mine.py").write_text(CODE.replace("dW = x.T @ g", "dW = -x.T @ g"))
    (tmp_path / "test_mine.py").write_text(
        textwrap.dedent(
            """
            import mine
            from derivations import parametrize_with_claims

            KNOWN = {"weight-gradient": "minus", "single-weight": "minus", "tanh": "is right, in truth"}

            @parametrize_with_claims(mine.subject, sample=True, expected_failures=KNOWN)
            def test_mine(check):
                check()

            @parametrize_with_claims("mine:subject", sample=True, names=["bias-gradient"])
            def test_apart(check):
                check()
            """
        )
    )
    done = pytest_run(tmp_path, "test_mine.py")
    assert "test_mine[weight-gradient-row] XFAIL" in done.stdout
    assert "test_mine[input-gradient-row] PASSED" in done.stdout
    assert "test_mine[tanh-row] FAILED" in done.stdout
    assert "test_apart[bias-gradient-row] PASSED" in done.stdout


def test_the_plugin_is_light():
    """A start of pytest that does not use it pays for neither SymPy nor NumPy."""
    code = "import sys; import derivations.pytest_plugin; print(sorted({'sympy', 'numpy', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    text = (ROOT / "pyproject.toml").read_text()
    assert 'colrow = "derivations.pytest_plugin"' in text
