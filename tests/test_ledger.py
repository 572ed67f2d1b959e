"""The ledger computes statuses from what ran, and from nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from derivations.claim import Claim, both
from derivations.cli import main
from derivations.evidence import Evidence, Level, NotRun, Outcome, Refuted, Status, status_of, strongest
from derivations.laws import Behaviour, Context
from derivations.ledger import Ledger, confirm, confirm_claim, pair, run_check, with_premises
from derivations.numbers import UnsoundError
from derivations.registry import UnknownClaim, aliases, claims, order, resolve
from derivations.show import failures
from derivations.sizes import EngineFault

from .ids import IDS
from .meta.faults import FAULTS
from .meta.test_planted_faults import planted

REQUIRED = {
    Level.DEPTH: {"parameter-count", "forward", "chain", "collapse"},
    Level.SYMBOLS: {"relu", "sigmoid", "tanh", "steepest-descent", "activation-necessary"},
    Level.RUN: {name for name in IDS if name.startswith("listing-")} | {"and-network", "decision-surface"},
}

EQUATIONS = {
    "eq1": "neuron",
    "eq2": "parameter-count",
    "eq3": "layer",
    "eq22": "layer",
    "eq14": "affine-entries",
    "eq23": "affine-entries",
    "eq4": "relu",
    "eq5": "sigmoid",
    "eq6": "tanh",
    "eq7": "softmax",
    "eq8": "mse",
    "eq9": "mae",
    "eq10": "cross-entropy",
    "eq11": "binary-cross-entropy",
    "eq12": "categorical-cross-entropy",
    "eq13": "hinge",
    "eq15": "mse-gradient",
    "eq16": "weight-gradient",
    "eq24": "weight-gradient",
    "eq17": "bias-gradient",
    "eq18": "input-gradient",
    "eq19": "weight-update",
    "eq20": "bias-update",
    "eq21": "activation-gradient",
}


def evidence(level: Level, outcome: Outcome = Outcome.PASSED, part: str = "a", cases: int = 3) -> Evidence:
    return Evidence(part=part, level=level, outcome=outcome, cases=cases)


def test_every_id_is_there_and_stays() -> None:
    assert sorted(claims()) == sorted(IDS)


def test_the_required_levels_are_those_that_were_set() -> None:
    for name, claim in claims().items():
        expected = next((level for level, names in REQUIRED.items() if name in names), Level.SIZE)
        assert claim.required is expected, name


def test_equation_numbers_are_aliases() -> None:
    for alias, name in EQUATIONS.items():
        assert aliases()[alias] == name
    assert resolve(["EQ16", "24", "(16)"]) == ("weight-gradient",)
    with pytest.raises(UnknownClaim, match="weight-gradient"):
        resolve(["weight-gradiant"])


@pytest.mark.parametrize(
    ("items", "required", "status"),
    [
        ([], Level.FLOAT, Status.NOT_RUN),
        ([evidence(Level.SYMBOLS)], Level.SYMBOLS, Status.CONFIRMED),
        ([evidence(Level.EXACT)], Level.SYMBOLS, Status.WEAKER),
        ([evidence(Level.SYMBOLS)], Level.SIZE, Status.WEAKER),
        ([evidence(Level.SIZE)], Level.DEPTH, Status.WEAKER),
        ([evidence(Level.SIZE), evidence(Level.EXACT, part="b")], Level.SIZE, Status.WEAKER),
        ([evidence(Level.SIZE), evidence(Level.RUN, part="b")], Level.SIZE, Status.CONFIRMED),
        ([evidence(Level.SIZE), evidence(Level.FLOAT, Outcome.FAILED)], Level.SIZE, Status.FAILED),
        ([evidence(Level.SIZE), evidence(Level.FLOAT, Outcome.NOT_RUN)], Level.SIZE, Status.NOT_RUN),
        ([evidence(Level.SIZE), evidence(Level.FLOAT, Outcome.INCONCLUSIVE)], Level.SIZE, Status.NOT_RUN),
        ([evidence(Level.SIZE, cases=0)], Level.SIZE, Status.NOT_RUN),
        ([evidence(Level.RUN)], Level.RUN, Status.CONFIRMED),
    ],
)
def test_status_is_computed(items: list[Evidence], required: Level, status: Status) -> None:
    assert status_of(items, required) is status


def test_a_claim_stands_at_the_level_of_its_weakest_part() -> None:
    items = [
        evidence(Level.SIZE),
        evidence(Level.FLOAT),
        evidence(Level.EXACT, part="b"),
        evidence(Level.RUN, part="c"),
    ]
    assert strongest(items) is Level.EXACT


def claim(name: str, *laws: Behaviour, uses: tuple[str, ...] = ()) -> Claim:
    return Claim(name, name, both("nowhere"), both("0 = 0"), Level.RUN, laws, uses)


def raising(error: Exception) -> Behaviour:
    def run(context: Context) -> int:
        raise error

    return Behaviour("part", (), run)


def test_what_raises_has_failed_and_what_compared_nothing_has_not_run() -> None:
    subject = pair()[0]
    context = Context(subject)
    wrong = claim("wrong", raising(Refuted("no", expected=1, got=2)))
    for law, outcome in (
        (wrong.laws[0], Outcome.FAILED),
        (raising(ZeroDivisionError("no")), Outcome.FAILED),
        (Behaviour("part", (), lambda context: 0), Outcome.NOT_RUN),
        (Behaviour("part", ("no such door",), lambda context: 1), Outcome.NOT_RUN),
        (Behaviour("part", (), lambda context: 1), Outcome.PASSED),
    ):
        assert run_check(wrong, law, Level.RUN, context).outcome is outcome
    entry = confirm_claim(wrong, subject)
    assert entry.status is Status.FAILED
    assert "wrong, column: no (expected: 1; got: 2)" in entry.failures[0].detail


def test_a_failed_premise_takes_the_confirmation_back() -> None:
    good = confirm(["weight-gradient"])
    layer = confirm(["layer"]).entry("layer", "column")
    broken = layer.model_copy(update={"status": Status.FAILED})
    entries = with_premises(
        [good.entry("weight-gradient", "column"), good.entry("weight-gradient", "row"), broken]
    )
    assert [entry.status for entry in entries[:2]] == [Status.PREMISE_FAILED, good.claims[1].status]
    assert [entry.broken for entry in entries[:2]] == [("layer",), ()]
    ledger = Ledger(version="0", seed=0, seconds=0, claims=entries[:2])
    assert not ledger.holds
    assert failures(ledger) == [
        "weight-gradient [column] uses layer, which is not confirmed; see colrow confirm --claim layer"
    ]
    assert not Ledger(version="0", seed=0, seconds=0, claims=()).holds


def test_not_run_is_not_passed_and_a_fault_of_the_engine_stops_everything() -> None:
    context = Context(pair()[0])
    absent = claim("absent", raising(NotRun("no package")))
    found = run_check(absent, absent.laws[0], Level.RUN, context)
    assert (found.outcome, found.detail) == (Outcome.NOT_RUN, "no package")
    for error in (EngineFault("no"), UnsoundError("no")):
        broken = claim("broken", raising(error))
        with pytest.raises(type(error)):
            run_check(broken, broken.laws[0], Level.RUN, context)


def test_premises_are_run_though_only_the_claim_was_asked_for(tmp_path: Path) -> None:
    """A layer that forgets its bias has a right gradient by the weights."""
    fault = next(fault for fault in FAULTS if fault.name == "bias dropped in forward")
    planted(fault, "row", tmp_path)
    (name,) = (path.name for path in tmp_path.iterdir())
    sys.path.insert(0, str(tmp_path))
    try:
        ledger = confirm(["weight-gradient"], packages=("colnet", name))
    finally:
        sys.path.remove(str(tmp_path))
    assert [entry.status for entry in ledger.claims] == [Status.CONFIRMED, Status.PREMISE_FAILED]
    assert ledger.claims[1].broken == ("layer",)
    assert not ledger.holds


def test_uses_may_not_go_in_a_circle_nor_nowhere() -> None:
    with pytest.raises(ValueError, match=r"a -> b -> a"):
        order({"a": claim("a", uses=("b",)), "b": claim("b", uses=("a",))})
    with pytest.raises(ValueError, match="which does not exist"):
        order({"a": claim("a", uses=("b",))})


def test_confirm_prints_json() -> None:
    result = CliRunner().invoke(main, ["confirm", "--json", "--claim", "eq17"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)["claims"]
    assert [(entry["id"], entry["convention"]) for entry in told] == [
        ("bias-gradient", "column"),
        ("bias-gradient", "row"),
    ]
    for entry in told:
        assert entry["status"] == "confirmed"
        assert all({"level", "cases"} <= item.keys() for item in entry["evidence"])


def test_confirm_prints_a_table_and_names_what_is_unknown() -> None:
    result = CliRunner().invoke(main, ["confirm", "--claim", "bias-gradient"])
    assert result.exit_code == 0
    assert "bias-gradient" in result.output
    assert "1 claim in 2 conventions" in result.output
    result = CliRunner().invoke(main, ["confirm", "--claim", "bias-gradent"])
    assert result.exit_code == 2
    assert "did you mean" in result.output
    result = CliRunner().invoke(main, ["confirm", "--column", "no_such_package"])
    assert result.exit_code == 1
    assert "no_such_package" in result.output


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--column", "rownet"], "rownet is of the row convention, and was given for the column convention"),
        (["--row", "colnet"], "colnet is of the column convention"),
        (["--column", "numpy"], "numpy has no CONVENTION, Dense"),
    ],
)
def test_a_package_that_cannot_be_checked_is_an_error_and_no_half_empty_ledger(
    given: list[str], told: str
) -> None:
    result = CliRunner().invoke(main, ["confirm", "--claim", "bias-gradient", *given])
    assert result.exit_code == 1
    assert told in result.output


def test_a_fault_makes_the_command_fail_and_name_the_claim(tmp_path: Path) -> None:
    import shutil

    root = Path(__file__).parents[1]
    for package in ("colnet", "rownet", "derivations"):
        shutil.copytree(root / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    source = tmp_path / "rownet" / "_3_dense.py"
    source.write_text(source.read_text().replace("return g.sum(axis=EXAMPLES, keepdims=True)", "return g"))
    run = subprocess.run(
        [sys.executable, "-m", "derivations", "confirm", "--claim", "bias-gradient"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "bias-gradient [row]" in run.stdout
    assert "wrong shape" in run.stdout
    assert "bias-gradient [column]" not in run.stdout
