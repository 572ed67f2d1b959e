"""The mutation tool itself, on tiny sources: what each operator makes, what is only said, what survives, what resumes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.mutation import matrix
from benchmarks.mutation.equivalents import Entry, load, part
from benchmarks.mutation.mutants import mutants
from benchmarks.mutation.operators import ORDINARY, OWN
from derivations.report import kills

ROOT = Path(__file__).parents[2]


def made(text: str, operator: str, category: str | None = None) -> set[str]:
    """Give the statements that an operator makes of a source."""
    found = mutants({"tiny/f.py": text}, mathematics=["tiny/f.py"], batch_axis=1)
    return {
        mutant.new for mutant in found if mutant.operator == operator and category in (None, mutant.category)
    }


def function(line: str, name: str = "f", arguments: str = "self, g, x") -> str:
    return f"def {name}({arguments}):\n    {line}\n"


CASES = [
    ("operands of @ swapped", function("return g @ x.T"), {"return x.T @ g"}),
    ("transpose dropped", function("return g @ x.T"), {"return g @ x"}),
    ("transpose added", function("return g @ x.T"), {"return g.T @ x.T", "return (g @ x.T).T"}),
    ("axis", function("return g.sum(axis=0)"), {"return g.sum(axis=1)"}),
    ("axis", function("return g.sum(axis=EXAMPLES)"), {"return g.sum(axis=1 - EXAMPLES)"}),
    ("axis", function("return g / x.shape[FAN_IN]"), {"return g / x.shape[1 - FAN_IN]"}),
    ("keepdims off", function("return g.sum(keepdims=True)"), {"return g.sum(keepdims=False)"}),
    ("reversed off", function("return list(reversed(x))"), {"return list(x)"}),
    ("sum/mean", function("return g.sum()"), {"return g.mean()"}),
    ("sum/mean", function("return g.mean()"), {"return g.sum()"}),
    ("batch factor", function("return g", "_slope"), {"return g / g.shape[1]", "return g * g.shape[1]"}),
    ("batch factor", function("return g", "other"), set()),
    ("factor dropped", function("return g / batch"), {"return g"}),
    ("factor dropped", function("return 2 * g"), {"return 2", "return g"}),
    ("slope at y for v", function("return self.input > 0"), {"return self.output > 0"}),
    ("slope at y for v", function("return 1 - self.output"), {"return 1 - self.input"}),
    ("arithmetic", function("return g + x"), {"return g - x"}),
    ("arithmetic", function("return -x"), {"return x"}),
    ("arithmetic", function("return x ** 2"), {"return x * 2"}),
    ("arithmetic", function("return 'a' + x"), set()),
    ("comparison", function("return x > 0"), {"return x >= 0", "return x < 0"}),
    ("comparison", function("return x is g"), {"return x is not g"}),
    ("boolean", function("return x and g"), {"return x or g"}),
    ("boolean", function("return x & g"), {"return x | g"}),
    ("not", function("return not x"), {"return x"}),
    ("not", function("return 1 if x else 2"), {"return 1 if not x else 2"}),
    ("constant", function("return x[3]"), {"return x[4]"}),
    ("constant", function("return True"), {"return False"}),
    ("constant", "SIZE = 2\n", {"SIZE = 3"}),
    ("default value", "def f(x=2, y=None):\n    pass\n", {"def f(x=3, y=None):", "def f(x=2, y=0):"}),
    ("return value", function("return x"), {"return None"}),
    ("statement deletion", function("self.a = x"), {"pass"}),
    ("statement order", function("x = x + 1\n    g = x"), {"g = x; x = x + 1"}),
    ("statement order", function("a = x\n    b = x"), set()),
    ("argument swap", function("return x(1, g, 2)"), {"return x(g, 1, 2)", "return x(1, 2, g)"}),
    (
        "update before propagate",
        "def f(self, g):\n    for layer in self.layers:\n        found.append(layer._parameter_gradients(g))\n",
        {
            "(found.append(layer._parameter_gradients(g)), [setattr(layer, '_' + n, a - found[-1][n])"
            " for n, a in layer.parameters.items()])"
        },
    ),
]


@pytest.mark.parametrize(("operator", "text", "expected"), CASES)
def test_what_an_operator_makes(operator: str, text: str, expected: set[str]) -> None:
    assert made(text, operator) == expected


def test_every_operator_is_tested() -> None:
    assert {operator for operator, _, expected in CASES if expected} == {*OWN, *ORDINARY}


def test_docstrings_and_annotations_are_left_alone() -> None:
    text = '"""Module 1."""\n\ndef f(x: int = None, y: "3" = ()) -> 4:\n    """Say 5."""\n'
    assert {m.operator for m in mutants({"tiny/f.py": text})} == {"default value"}


def test_a_change_to_the_same_program_is_no_mutant() -> None:
    assert made("def f():\n    return 0 * 1\n", "argument swap") == set()
    one = list(mutants({"tiny/f.py": "def f(x):\n    return x + 0 if x else None\n"}))
    assert len({mutant.digest for mutant in one}) == len(one)


SAID = """
TEXT = "of size"

class E(ValueError):
    pass

def message(where, given):
    return where + ": " + given

def check(x, where):
    hint = "small" if x else "large"
    if x == 1:
        raise ShapeError(message(where, hint + TEXT))
    return x

def use(x):
    return check(x, "use: x")
"""


def test_what_is_only_said_is_a_category_of_its_own() -> None:
    found = list(mutants({"tiny/f.py": SAID}))
    said = {m.new for m in found if m.category == "message"}
    assert "return check(x, 'use: xx')" in said  # through a parameter that is only put into messages
    assert "TEXT = 'of sizex'" in said  # a constant at the top
    assert "hint = 'smallx' if x else 'large'" in said  # through a variable
    counted = {m.new for m in found if m.category != "message"}
    assert {"if x == 2:", "if x != 1:", "pass", "return None"} <= counted


def test_the_lines_on_which_a_mutant_matters() -> None:
    text = "A = 1\n\ndef f(x=2):\n    if x > (\n        3\n    ):\n        return 4\n"
    lines = {m.new: (m.first, m.last) for m in mutants({"tiny/f.py": text})}
    assert lines["A = 2"] == (0, 0)
    assert lines["def f(x=3):"] == (4, 7)
    assert lines["if x > 4:"] == (4, 5)
    assert lines["return 5"] == (7, 7)


# --- whole runs ---

TINY = """
import time

def double(x):
    return 2 * x

def absolute(x):
    return x if x >= 0 else -x

def wait(n):
    while n:
        n -= 1
    return 0
"""
TESTS = """
from tiny.f import absolute, double, wait

def test_double():
    assert double(3) == 6

def test_absolute():
    assert absolute(2) == 2 and absolute(-2) == 2

def test_wait():
    assert wait(3) == 0
"""
DRIVER = """
import json, sys
from pathlib import Path
from benchmarks.mutation import killers
from benchmarks.mutation.__main__ import judged
from benchmarks.mutation.equivalents import load
from benchmarks.mutation.running import Campaign
from benchmarks.mutation.targets import Target

killers.SPARE = 1.0
root = Path(sys.argv[1])
target = Target("tiny", "tiny", ("tiny/f.py",), (), ("tests/test_tiny.py", "tests/test_more.py"), False, None, ("pytest",))
campaign = Campaign(root, target, root / "cache", told=lambda text: None)
campaign.prepare()
ran = []
campaign.run(int(sys.argv[2]), lambda mutant, result: ran.append(mutant.new))
outcome = judged(campaign, load(root / "equivalents.toml"))
print(json.dumps({**outcome.as_json(), "ran": ran}))
"""


def run(root: Path, jobs: int = 1) -> dict:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(root), str(jobs)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """Give a folder in which all mutants of a tiny package were run, and what was told."""
    root = tmp_path_factory.mktemp("tiny")
    for folder in ("tiny", "tests", "cache"):
        (root / folder).mkdir()
    (root / "tiny" / "__init__.py").write_text("")
    (root / "tiny" / "f.py").write_text(TINY)
    (root / "tests" / "test_tiny.py").write_text(TESTS)
    return root, run(root, jobs=2)


@pytest.fixture
def tiny(ran: tuple[Path, dict], tmp_path: Path) -> Path:
    """Give a copy of it: results are known by content, not by place."""
    return Path(shutil.copytree(ran[0], tmp_path / "root"))


def test_a_run(ran: tuple[Path, dict]) -> None:
    first = ran[1]
    assert len(first["ran"]) == first["run"] == first["mutants"] > 10
    # At 0 both are 0.
    survivors = {text.split("-> ")[1].strip("'\"") for text in first["survivors"]}
    assert "return x if x > 0 else -x" in survivors
    assert "return 3 * x" not in survivors
    assert first["total"]["timeout"] >= 1  # n = n + 1 in the loop
    assert first["score"] != "100.0 %"


def test_a_second_run_has_nothing_to_do(ran: tuple[Path, dict], tiny: Path) -> None:
    assert run(tiny) == {**ran[1], "ran": []}


def test_a_run_that_was_ended_goes_on(ran: tuple[Path, dict], tiny: Path) -> None:
    path = tiny / "cache" / "tiny.jsonl"
    kept = path.read_text().splitlines()[:-3]
    path.write_text("\n".join(kept) + '\n{"mutant": "cut o')
    found = run(tiny)
    assert len(found["ran"]) == 3
    assert sorted(found["survivors"]) == sorted(ran[1]["survivors"])


def test_a_new_test_runs_the_survivors_again(ran: tuple[Path, dict], tiny: Path) -> None:
    (tiny / "tests" / "test_more.py").write_text(
        "from tiny.f import absolute\n\ndef test_zero():\n    assert str(absolute(0.0)) == '0.0'\n"
    )
    found = run(tiny)
    assert len(found["ran"]) == len(ran[1]["survivors"])
    assert set(found["survivors"]) < set(ran[1]["survivors"])


def test_equivalents_need_arguments_and_stale_ones_are_told(tiny: Path) -> None:
    def entry(old: str, new: str) -> str:
        return f"[[equivalent]]\nfile = 'tiny/f.py'\nfunction = 'absolute'\nold = '{old}'\nnew = '{new}'\nargument = 'why'\n"

    shipped = "return x if x >= 0 else -x"
    path = tiny / "equivalents.toml"
    path.write_text(
        entry(shipped, "return x if x > 0 else -x")
        + entry(shipped, "return x if x <= 0 else -x")
        + entry(shipped, "return 7")
    )
    found = run(tiny)
    assert [item["argument"] for item in found["equivalents"]] == ["why"]
    assert {item["new"]: item["why"] for item in found["stale"]} == {
        "return x if x <= 0 else -x": "is killed",
        "return 7": "no such mutant",
    }
    path.write_text(entry(shipped, "return 7").replace("'why'", "' '"))
    with pytest.raises(ValueError, match="no argument"):
        load(path)


def test_a_matrix_says_when_and_on_what_it_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown again on another day, or of a part, it is neither new nor whole; sources are those of the beginning."""
    now = ["as they were"]
    monkeypatch.setattr(kills, "digest_of", lambda package: now[0])
    mutant = SimpleNamespace(digest="1", name="a: - for +", operator="sign", category="mathematics")

    def killing_claims(todo: Any, jobs: int, budget: float) -> Any:
        for one in todo:
            now[0] = "changed on the way"
            yield one, ["layer"]

    campaign: Any = SimpleNamespace(
        target=SimpleNamespace(name="colnet", package="colnet"),
        prepare=lambda: None,
        rest="",
        _digests={"": ""},
        mutants=[mutant],
        population=7,
        killing_claims=killing_claims,
    )
    assert matrix.measure(campaign, tmp_path, 1, report=True)["measured"] == "never"
    assert matrix.measure(campaign, tmp_path, 1)["sources"] == "as they were"
    os.utime(tmp_path / "matrix-colnet.jsonl", (0, 10**8))  # 1973-03-03
    found = matrix.measure(campaign, tmp_path, 1, report=True)
    assert (found["measured"], found["population"], len(found["mutants"])) == ("1973-03-03", 7, 1)


def test_the_list_that_is_kept_can_be_read() -> None:
    assert all(entry.argument for entry in load())


def test_an_entry_may_stand_for_both_networks() -> None:
    (mutant,) = (m for m in mutants({"rownet/f.py": "A = 1\n"}) if m.new == "A = 2")
    entry = Entry("*/f.py", "", "A = 1", "A = 2", "why")
    assert part([entry], [mutant], [], ["rownet/f.py"]).open == []
    assert part([entry], [], [mutant], ["rownet/f.py"]).stale == [(entry, "is killed")]
    assert part([entry], [], [], ["rownet/g.py"]).stale == []
