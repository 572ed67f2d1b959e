"""Side by side: formulas, numbers, lines and rules are computed, and a fault shows."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import unicodedata
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest
from click.testing import CliRunner

from derivations.cli import main
from derivations.compare import changes
from derivations.compare.changes import Change
from derivations.compare.lines import Watch, of_law, statements_of
from derivations.compare.plain import UnreadableFormula, plain
from derivations.compare.rules import RULES, judge
from derivations.compare.sheet import compare, form, lines, shapes
from derivations.compare.trying import BadNumbers, drawn, example, parse_sizes, parse_values
from derivations.laws import DISTINCT, Law
from derivations.ledger import pair
from derivations.registry import claims

ROOT = Path(__file__).parents[1]
PAIR = pair()
SOME = (
    "weight-gradient",
    "bias-gradient",
    "input-gradient",
    "layer",
    "softmax",
    "mse",
    "relu",
    "weight-update",
)


def invoke(*args):
    return CliRunner().invoke(main, args)


def faulty(tmp_path, package, old, new):
    """Copy a shipped package under a name of its own with one line changed; give the name."""
    name = f"faulty_{package}_{abs(hash((old, new))):x}"
    shutil.copytree(ROOT / package, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (source,) = [path for path in (tmp_path / name).glob("*.py") if old in path.read_text()]
    text = source.read_text()
    assert text.count(old) == 1
    source.write_text(text.replace(old, new))
    return name


# --- formulas as text ---


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{\partial L}{\partial W} = g\,x^{\mathsf T}", "∂L/∂W = g xᵀ"),
        (r"L = \frac{1}{N} \sum_{i=1}^{N} (y_i - t_i)^2", "L = (1/N) Σ(i = 1 … N) (yᵢ − tᵢ)²"),
        (r"-\frac{t_i}{y_i}", "−tᵢ/yᵢ"),
        (r"\frac{a - b}{c}", "(a − b)/c"),
        (r"\tfrac12", "1/2"),
        (r"\frac{1}{1 + e^{-v}}", "1/(1 + e⁻ᵛ)"),
        (r"e^{v_{ik}}", "e^(vᵢₖ)"),
        (r"t_{ck} \log y_{ck}", "t_(ck) log y_(ck)"),
        (r"x \in \mathbb R^{n \times B}", "x ∈ ℝ^(n × B)"),
        (r"\|\nabla L\|", "‖∇L‖"),
        (r"\{z > \tfrac12\} \ni (1,1)", "{z > 1/2} ∋ (1,1)"),
        (r"W_{21}\text{ connects input 1}", "W₂₁ connects input 1"),
        (r"\hat y", "y\u0302"),
    ],
)
def test_formulas_are_readable(latex, text):
    assert unicodedata.normalize("NFC", plain(latex)) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    "latex",
    [r"\unknown x", r"x_", r"\frac{1}", r"{x", r"x}", r"\mathbb Q", r"\begin{cases}x\end{cases}", "x$"],
)
def test_what_is_not_known_is_refused(latex):
    with pytest.raises(UnreadableFormula):
        plain(latex)


ALL = sorted(
    {latex for claim in claims().values() for m in (claim.statement, claim.printed) for latex in m.values()}
)


def letters(latex):
    """Give the letters and digits of a formula in order, commands left out."""
    latex = re.sub(r"\\(begin|end)\{\w+\}", "", latex)
    latex = re.sub(r"\\(log|max|min|tanh)(?![A-Za-z])", r" \1 ", latex)
    latex = re.sub(r"\\ell(?![A-Za-z])", "l", latex).replace(r"\alpha", "α").replace(r"\sigma", "σ")
    return [c for c in re.sub(r"\\[A-Za-z]+", "", latex) if c.isalnum()]


@pytest.mark.parametrize("latex", ALL)
def test_every_formula_of_a_claim_keeps_every_letter_in_order(latex):
    text = plain(latex)
    assert not re.search(r"[\\&]|[_^]\{", text)
    assert "{" not in text or r"\{" in latex
    # Subscripts and superscripts fold back into the letters that they are.
    folded = unicodedata.normalize("NFKD", text).replace("Σ", "")
    assert [c for c in folded if c.isalnum()] == letters(latex)


def test_formulas_that_differ_are_shown_to_differ():
    shown = {}
    for latex in ALL:
        shown.setdefault(plain(latex), []).append(re.sub(r"\\[,;! ]|\\[bB]ig[lr]|\s", "", latex))
    assert all(len(set(same)) == 1 for same in shown.values()), shown


# --- what changed ---


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("weight-gradient", (Change.REVERSED,)),
        ("input-gradient", (Change.REVERSED,)),
        ("layer", (Change.REVERSED,)),
        ("neuron", (Change.INDICES, Change.REVERSED)),
        ("affine-entries", (Change.INDICES, Change.REVERSED)),
        ("bias-gradient", (Change.INDICES,)),
        ("softmax", (Change.INDICES, Change.REVERSED)),
        ("dense-jacobians", (Change.TRANSPOSED,)),
        ("collapse", (Change.REVERSED,)),
        ("weight-index", (Change.INDICES,)),
        ("shapes", (Change.INDICES,)),
        ("mse", (Change.UNCHANGED,)),
        ("activation-gradient", (Change.UNCHANGED,)),
    ],
)
def test_what_changed_in_the_formula(claim, expected):
    assert form(claims()[claim]).changes == expected


def test_no_formula_changes_in_a_way_without_a_name():
    assert [name for name, claim in claims().items() if Change.OTHER in form(claim).changes] == []


def test_formulas_that_say_something_else_are_told():
    assert changes.of_formulas("y = W x", "y = W z") == (Change.OTHER,)


@pytest.mark.parametrize(
    ("column", "row", "expected"),
    [
        ("return self.W @ x + self.b", "return x @ self.W + self.b", (Change.REVERSED,)),
        ("return g @ x.T", "return x.T @ g", (Change.REVERSED,)),
        ("return x.T, t.T", "return x, t", (Change.TRANSPOSED,)),
        ("return (a, 1)", "return (1, a)", (Change.AXIS,)),
        ("return x[:, which]", "return x[which, :]", (Change.AXIS,)),
        ("return g.sum(axis=A)", "return g.sum(axis=A)", (Change.AXIS,)),
        ("return g * y", "return g * y", (Change.UNCHANGED,)),
        ("return W.T @ g", "return g @ W", (Change.REVERSED, Change.TRANSPOSED)),
        ("return g * y", "return g + y", (Change.OTHER,)),
        ("return a - b", "return b - a", (Change.OTHER,)),
        ("return f(a, b)", "return f(b, a)", (Change.OTHER,)),
    ],
)
def test_what_changed_in_a_line(column, row, expected):
    one, two = (ast.parse(f"def f():\n {text}").body[0].body[0] for text in (column, row))
    assert changes.of_code(one, two, {"A": 1}, {"A": 0})[0] == expected


def test_results_are_compared_entry_by_entry():
    array = np.array([[1, 2, 3], [4, 5, 6]], dtype=object)
    assert changes.of_arrays(array, array.T) is Change.TRANSPOSED
    assert changes.of_arrays(array, array) is Change.UNCHANGED
    wrong = array.T.copy()
    wrong[2, 1] += Fraction(1, 10**30)
    assert changes.of_arrays(array, wrong) is Change.OTHER


@pytest.mark.parametrize("name", list(claims()))
def test_every_claim_that_takes_numbers_has_an_example_that_both_compute(name):
    trial = example(claims()[name], PAIR)
    if trial is None:
        assert not any(isinstance(law, Law) for law in claims()[name].laws)
        return
    assert not trial.errors
    for key, column in trial.results["column"].items():
        changed = changes.of_arrays(column, trial.results["row"][key])
        assert changed is (Change.TRANSPOSED if column.ndim else Change.UNCHANGED)


def test_shapes_are_those_of_the_roles():
    found = {shape.name: (shape.column, shape.row, shape.change) for shape in shapes(claims()["layer"])}
    assert found["W"] == (("m", "n"), ("n", "m"), Change.TRANSPOSED)
    assert found["b"] == (("m", "1"), ("1", "m"), Change.TRANSPOSED)
    scalars = {shape.name: shape for shape in shapes(claims()["weight-update"])}
    assert scalars["alpha"].change is Change.UNCHANGED


# --- lines ---


@pytest.mark.parametrize(
    ("claim", "column", "row", "changed"),
    [
        ("weight-gradient", "return g @ self.input.T", "return self.input.T @ g", Change.REVERSED),
        ("input-gradient", "return self._W.T @ g", "return g @ self._W.T", Change.REVERSED),
        ("bias-gradient", "return g.sum(axis=EXAMPLES, keepdims=True)", None, Change.AXIS),
        ("layer", "return self._W @ x + self._b", "return x @ self._W + self._b", Change.REVERSED),
        ("affine-entries", "return self._W @ x + self._b", "return x @ self._W + self._b", Change.REVERSED),
    ],
)
def test_the_lines_are_the_ones_that_made_the_result(claim, column, row, changed):
    found = [
        line for line in lines(claims()[claim], PAIR) if line.computes and line.changes != (Change.UNCHANGED,)
    ]
    (line,) = found
    assert line.column.startswith(column)
    assert line.row.startswith(row or column)
    assert line.changes == (changed,)
    for place, text in ((line.column_place, line.column), (line.row_place, line.row)):
        file, number = place.split(":")
        assert (ROOT / file).read_text().splitlines()[int(number) - 1].strip() == text


def test_no_line_changes_in_a_way_without_a_name():
    odd = [
        (name, line.column, line.row)
        for name in SOME
        for line in lines(claims()[name], PAIR)
        if {Change.OTHER, Change.ALONE} & set(line.changes)
    ]
    assert odd == []


def test_numbers_that_remember_know_lines_of_the_package_alone():
    subject = PAIR[0]
    for name in SOME:
        for law in claims()[name].laws:
            if isinstance(law, Law):
                watch = Watch(subject.package)
                given = drawn(law, DISTINCT, Random(1))
                of_law(law, subject, [given], watch)
                assert watch.computed, (name, law.part)
                assert all("colnet" in path for path, _ in watch.computed)


def test_a_line_that_is_moved_is_found_where_it_is(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    name = faulty(
        tmp_path,
        "colnet",
        "        return g @ self.input.T  # (16)",
        "        g = 1 * g\n\n        return g @ self.input.T",
    )
    found = lines(claims()["weight-gradient"], pair((name, "rownet")))
    places = [line.column_place for line in found if line.column and line.column.startswith("return g @")]
    (place,) = places
    text = (tmp_path / place.split(":")[0]).read_text().splitlines()
    assert text[int(place.split(":")[1]) - 1].strip() == "return g @ self.input.T"
    statements_of.cache_clear()


def test_behaviours_are_traced():
    found = lines(claims()["parameter-count"], PAIR)
    assert any("array.shape[0] * array.shape[1]" in (line.column or "") for line in found if line.computes)


def test_tracing_gives_a_debugger_its_trace_back():
    def mine(frame, event, arg):
        return None

    before = sys.gettrace()
    sys.settrace(mine)
    try:
        lines(claims()["parameter-count"], PAIR)
        assert sys.gettrace() is mine
    finally:
        sys.settrace(before)


# --- one's own numbers ---


@pytest.mark.parametrize("text", ["n", "n=0", "n=-1", "n=1.5", "n=x", "n=1,n=2", "n=1000", "=3", "n=²"])
def test_sizes_that_are_none_are_refused(text):
    with pytest.raises(BadNumbers):
        parse_sizes(text)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x=",
        "x=[1,2]",
        "x=[]",
        "x=[[]]",
        "x=[[1],[2,3]]",
        "x=[[1,NaN]]",
        "x=[[Infinity]]",
        "x=[[true]]",
        "x=[[null]]",
        'x=[["1/0"]]',
        'x=[["one"]]',
        "x=[[[1]]]",
        "x=[[1,2",
        "1=[[1]]",
        "x={}",
        "x=[[1e999999999]]",
        'x=[["1e999999999"]]',
    ],
)
def test_values_that_are_none_are_refused(text):
    with pytest.raises(BadNumbers):
        parse_values([text])


def test_values_are_taken_exactly():
    (array,) = parse_values(['x=[[0.1, "1/3"], [2, -3]]']).values()
    assert array.tolist() == [[Fraction(1, 10), Fraction(1, 3)], [2, -3]]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--values", "x=[[1,2],[3,4]]", "--values", "W=[[1,2,3]]"), "W has 3 columns"),
        (("--sizes", "q=3"), "there is no size q here; there are n, m, B"),
        (("--values", "q=[[1]]"), "there is no variable q"),
        (("--values", "b=[[1,2]]"), "b has 2 columns, but b is (m, 1)"),
        (("--values", "x=3"), "x has to be an array (n, B)"),
        (("--sizes", "n=4", "--values", "x=[[1]]"), "n is 4 by --sizes n=4"),
        (("--part", "no such"), "has no part 'no such'"),
    ],
)
def test_numbers_that_do_not_fit_are_told(args, told):
    done = invoke("compare", "layer", "--no-status", *args)
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())


def test_ones_own_numbers_in_either_layout():
    results = []
    for layout, x, W, b in (
        ("column", "[[1,2],[3,4]]", '[[1,"1/2"]]', "[[3]]"),
        ("row", "[[1,3],[2,4]]", '[[1],["1/2"]]', "[[3]]"),
    ):
        args = ["--layout", layout, "--values", f"x={x}", "--values", f"W={W}", "--values", f"b={b}"]
        done = invoke("compare", "affine-entries", "--no-status", "--json", *args)
        assert done.exit_code == 0, done.output
        (claim,) = json.loads(done.output)["claims"]
        (array,) = [array for array in claim["example"]["arrays"] if not array["given"]]
        results.append((array["column"], array["row"]))
    assert results[0] == results[1] == ([["11/2", "7"]], [["11/2"], ["7"]])


# --- commands ---


def test_compare_shows_both_sides():
    done = invoke("compare", "eq16")
    assert done.exit_code == 0, done.output
    for text in (
        "g xᵀ",
        "xᵀ g",
        "order reversed",
        "colnet/_3_dense.py",
        "rownet/_3_dense.py",
        "(n, B)",
        "every size",
    ):
        assert text in done.output
    assert "\x1b" not in done.output


def test_compare_without_status_claims_nothing():
    done = invoke("compare", "relu", "--no-status")
    assert done.exit_code == 0
    assert "not run" in done.output
    assert "✓" not in done.output


def test_compare_refuses_unknown_claims_and_numbers_without_a_claim():
    assert "did you mean weight-gradient" in invoke("compare", "weight-gradiant").output
    assert invoke("compare", "--sizes", "n=2").exit_code == 2
    assert invoke("compare", "shapes", "--no-status", "--column", "no_such_package").exit_code == 1


FAULTS = [
    ("colnet", "return g @ self.input.T", "return -g @ self.input.T", "weight-gradient"),
    ("rownet", "return x @ self._W + self._b", "return x @ self._W", "layer"),
]


@pytest.mark.parametrize(("package", "old", "new", "claim"), FAULTS)
def test_a_fault_shows(tmp_path, monkeypatch, package, old, new, claim):
    monkeypatch.syspath_prepend(tmp_path)
    name = faulty(tmp_path, package, old, new)
    side = "column" if package == "colnet" else "row"
    done = invoke("compare", claim, "--json", f"--{side}", name)
    assert done.exit_code == 1, done.output
    (found,) = json.loads(done.output)["claims"]
    status = {record["convention"]: record["status"] for record in found["status"]}
    assert status[side] == "failed"
    assert set(status.values()) - {"failed"} == {"confirmed"}
    (result,) = [array for array in found["example"]["arrays"] if not array["given"]]
    assert result["change"] == "differs"


def test_a_package_that_raises_is_told(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    name = faulty(tmp_path, "colnet", "return self._W.T @ g", "raise RuntimeError('out of order')")
    found = compare(claims()["input-gradient"], pair((name, "rownet")))
    assert found.example.errors == {"column": "RuntimeError: out of order"}
    assert invoke("compare", "input-gradient", "--column", name).exit_code == 1


# --- the rule sheet ---


def test_every_rule_names_claims_and_is_done_to_numbers():
    assert {rule.topic for rule in RULES} == {"formula", "weights", "code", "derivatives"}
    assert len({rule.id for rule in RULES}) == len(RULES)
    for record in judge(PAIR, []):
        assert record.claims
        assert set(record.claims) <= set(claims())
        assert record.cases > 0, record.id
        assert record.refuted == ""


AFFINE_RULES = {
    "transpose-all",
    "swap-indices",
    "transpose-weights",
    "numerator-layout",
    "denominator-layout",
}
COLLAPSE = "Dense.of(first.W @ second.W, first.b @ second.W + second.b)"
RULE_FAULTS = [
    (
        "colnet",
        "return g @ self.input.T",
        "return 2 * g @ self.input.T",
        {"reverse-products", "leave-updates"},
    ),
    ("rownet", "return self.input.T @ g", "return (self.input.T @ g).T", {"gradients-have-the-shape"}),
    ("colnet", "return self._W @ x + self._b", "return 2 * (self._W @ x) + self._b", AFFINE_RULES),
    (
        "rownet",
        "return g @ self._W.T",
        "return 2 * g @ self._W.T",
        {"reverse-input-gradient", "mixed-layout"},
    ),
    ("rownet", "return g @ self._W.T", "return -g @ self._W.T", {"chain-in-either-layout"}),
    (
        "colnet",
        "return g.sum(axis=EXAMPLES, keepdims=True)",
        "return g.sum(axis=FEATURES, keepdims=True)",
        {"move-axes"},
    ),
    ("rownet", COLLAPSE, COLLAPSE.replace(" + ", " - "), {"order-of-layers"}),
    ("rownet", "return np.maximum(v, 0)", "return np.maximum(v, 1)", {"leave-elementwise"}),
]


@pytest.mark.parametrize(("package", "old", "new", "rules"), RULE_FAULTS)
def test_rules_refuse_a_fault(tmp_path, monkeypatch, package, old, new, rules):
    monkeypatch.syspath_prepend(tmp_path)
    name = faulty(tmp_path, package, old, new)
    names = (name, "rownet") if package == "colnet" else ("colnet", name)
    refused = {record.id for record in judge(pair(names), []) if record.refuted}
    assert refused >= rules


def test_the_rule_of_square_weights_can_fail(tmp_path, monkeypatch):
    """A package that takes either layout would hide the forgotten transpose."""
    monkeypatch.syspath_prepend(tmp_path)
    name = faulty(tmp_path, "colnet", "return self._W @ x + self._b", "return 0 * (self._W @ x)")
    zero = faulty(tmp_path, "rownet", "return x @ self._W + self._b", "return 0 * (x @ self._W)")
    refused = {record.id for record in judge(pair((name, zero)), []) if record.refuted}
    assert "mind-square-weights" in refused


def test_rules_say_what_was_not_run():
    done = invoke("rules", "--no-run")
    assert done.exit_code == 0
    assert "not run" in done.output
    data = json.loads(invoke("rules", "--no-run", "--json").output)
    assert all(rule["holds"] and rule["status"] for rule in data["rules"])
    assert not any(records for rule in data["rules"] for records in rule["status"].values())


@pytest.mark.parametrize("command", ["compare", "rules", "certify", "verify", "cite"])
def test_help_has_an_example(command):
    done = invoke(command, "--help")
    assert done.exit_code == 0
    assert f"Example: colrow {command}" in done.output


def test_the_commands_load_nothing_heavy():
    code = "import sys, derivations.cli; print(*sorted({n.split('.')[0] for n in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"sympy", "numpy", "mpmath", "rich", "pydantic", "colnet", "rownet"}
