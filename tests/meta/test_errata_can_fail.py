"""The errata ledger refuses what is false: wrong corrections, refutations of truths, judges that break."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from click.testing import CliRunner

from derivations.errata import errata, ledger
from derivations.errata import s4_listing as listing
from derivations.errata import s4_training as training
from derivations.errata.command import errata as command
from derivations.errata.erratum import NotShown, Proof, Refutation
from derivations.errata.judging import Shape
from derivations.errata.ledger import run_erratum

M, N, B = sp.symbols("m n B", integer=True, positive=True)
IDS = list(errata())
PARTS = [(name, k) for name, item in errata().items() for k in range(len(item.parts))]


def planted(name, number, **changes):
    item = errata()[name]
    parts = list(item.parts)
    parts[number] = replace(parts[number], **changes)
    return replace(item, parts=tuple(parts))


@pytest.mark.parametrize("name", IDS)
def test_true_form_for_printed_is_right_as_printed(name):
    item = errata()[name]
    parts = tuple(replace(part, printed=part.corrected) for part in item.parts)
    result = run_erratum(replace(item, parts=parts))
    assert result.status == "right as printed"
    assert result.refutation is None
    assert "true as printed" in result.detail


@pytest.mark.parametrize(("name", "number"), PARTS)
def test_one_true_part_among_the_printed_is_not_shown(name, number):
    part = errata()[name].parts[number]
    result = run_erratum(planted(name, number, printed=part.corrected))
    assert result.status == ("right as printed" if len(errata()[name].parts) == 1 else "failed")


@pytest.mark.parametrize(("name", "number"), PARTS)
def test_printed_form_is_no_correction(name, number):
    result = run_erratum(planted(name, number, corrected=errata()[name].parts[number].printed))
    assert result.status == "failed"
    assert result.proof is None


# ------------------------------------------------------------ corrections that are nearly right


class TransposeLost(listing._Affine):
    def backward(self, g, alpha):
        onward = self.W.T @ g
        self.W = self.W - alpha * (g @ self.input.T)
        return -onward


class BiasMeaned(listing._Affine):
    def backward(self, g, alpha):
        self.W -= alpha * (g @ self.input.T)
        self.b -= alpha * g.sum(axis=1, keepdims=True) / g.shape[1]


class NoSlope(listing._Curve):
    def backward(self, g, alpha):
        return g


class RememberedZero(listing._Base):
    def __init__(self, outputs, inputs):
        self.input = 0


class OutputIsInput(listing._CallsBase):
    def forward(self, x):
        self.output = x
        return super().forward(x)


def made_with_wrong_slope():
    return listing._CurveOfTwo(lambda z: z**2, lambda z: z)


def predict_twice(layers, x):
    return 2 * layers[0](x)


OR = {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 1}

WRONG = {
    "one layer too few": ("E01", 0, lambda n: sum(n[i] * n[i + 1] + n[i + 1] for i in range(1, len(n) - 1))),
    "no biases": ("E01", 0, lambda n: sum(n[i] * n[i + 1] for i in range(1, len(n)))),
    "softmax Jacobian, sign": ("E02", 0, lambda p: sp.diag(*p) + p * p.T),
    "softmax backward, no mean": ("E02", 1, lambda p, g: g.multiply_elementwise(p)),
    "MSE divided by N twice": ("E03", 0, lambda y, t: 2 * (y - t) / y.rows**2),
    "MSE, sign": ("E03", 0, lambda y, t: 2 * (t - y) / y.rows),
    "sum with 1/B": ("E03", 1, lambda y, t: 2 * (y - t) / (y.rows * y.cols)),
    "mean without 1/B": ("E03", 2, lambda y, t: 2 * (y - t) / y.rows),
    "entropy, sign": ("E04", 1, lambda y, t: sum((a * sp.log(b) for a, b in zip(t, y)), sp.Integer(0))),
    "slope, minus": ("E05", 0, lambda slope, t, y: -slope(y, t)),
    "slope, exchanged": ("E05", 0, lambda slope, t, y: slope(t, y)),
    "always the first row": ("E06", 0, lambda W, i, j: W[0, i]),
    "w22": ("E07", 0, ((1, 1), lambda g, x: g[1] * x[0])),
    "third entry": ("E07", 2, (3, 1)),
    "both factors": ("E07", 4, "both"),
    "Jacobian not transposed": ("E08", 2, lambda g, J: J @ g),
    "first example for all": ("E09", 0, lambda g: g[:, 0]),
    "mean for sum": ("E09", 0, lambda g: g * sp.ones(g.cols, 1) / g.cols),
    "batch space transposed": ("E09", 1, (B, M)),
    "one bias": ("E10", 0, sp.Integer(1)),
    "rows in reverse": ("E11", 0, lambda rows: sp.Matrix.vstack(*reversed(rows))),
    "returned, sign": ("E12", 0, TransposeLost),
    "no slope": ("E13", 0, NoSlope),
    "wrong slope": ("E14", 0, made_with_wrong_slope),
    "bias by the mean": ("E15", 0, BiasMeaned),
    "ReLU slope 2 at 0": ("E16", 0, {-1: 0, 0: 2, 1: 1}),
    "ReLU slope 1 on the left": ("E16", 0, {-1: 1, 0: 1, 1: 1}),
    "hinge slope 1 at the kink": ("E16", 2, {-1: -1, 0: 1, 1: 0}),
    "negative predictions": ("E17", 0, (lambda t, y: y != 0 or t == 0, lambda t, y: -training_log(t, y))),
    "prediction 1 for target 0": (
        "E17",
        1,
        (lambda t, y: 0 < y <= 1, lambda t, y: -t * sp.log(y) - (1 - t) * sp.log(1 - y)),
    ),
    "empty domain": ("E17", 0, (lambda t, y: False, lambda t, y: -t * sp.log(y))),
    "one label": ("E17", 2, ((1,), (sp.Integer(1),))),
    "uphill": ("E18", 0, lambda f, x, y, d: sp.diff(f, x) * d[0] + sp.diff(f, y) * d[1] - (d.T * d)[0, 0]),
    "rate without its square": ("E18", 1, lambda g, d, H: (g.T * d)[0, 0] / (d.T * d)[0, 0]),
    "product, reversed inside": ("E19", 0, lambda Ws: Ws[0] if len(Ws) == 1 else Ws[-1] * prod(Ws[:-1])),
    "biases not transformed": ("E19", 1, lambda Ws, bs: sum(bs[1:], bs[0])),
    "N of outputs and examples": ("E20", 0, lambda outputs, batch: outputs * batch),
    "N - 1 examples": ("E20", 1, lambda classes, batch: batch - 1),
    "reduction by B²": ("E20", 2, lambda batch: sp.Rational(1, batch**2)),
    "negative α": ("E38", 0, lambda h, s: -s / (h * (1 + s))),
    "learning rate 0": ("E21", 0, training._Recipe(50, 0.0)),
    "affine, minus": ("E22", 0, lambda f, u, v, s: f(s * u + (1 - s) * v) - s * f(u) + (1 - s) * f(v)),
    "no bias": ("E23", 0, lambda terms, b: sum(terms, sp.Integer(0))),
    "mean of gradients": ("E24", 0, lambda losses, g: g * sp.ones(g.cols, 1) / g.cols),
    "along the gradient": ("E25", 0, lambda alpha, g: alpha * g),
    "length α": ("E25", 1, lambda alpha, g: alpha * (g.T * g)[0, 0]),
    "slope at y": ("E26", 0, lambda v, y: y.applyfunc(lambda e: 1 - sp.tanh(e) ** 2)),
    "pattern, one index": ("E27", 0, lambda g, x, i, j: g[j] * x[j]),
    "square": ("E27", 1, (M, M)),
    "input 0 before forward": ("E28", 0, RememberedZero),
    "sizes exchanged": ("E28", 2, lambda layer: layer.W.shape[::-1]),
    "same": ("E29", 0, "equal"),
    "a row of biases": ("E30", 0, lambda m: Shape(1, m)),
    "slope twice": ("E31", 0, lambda g, s, x, W: g.multiply_elementwise(s).multiply_elementwise(s) * x.T),
    "slope outside": ("E31", 2, lambda g, s, x, W: W.T * g),
    "output is input": ("E32", 0, OutputIsInput),
    "wrong prediction": ("E33", 0, predict_twice),
    "rows for columns": ("E34", 0, lambda rows: rows),
    "columns in reverse": ("E34", 0, lambda rows: rows[::-1].T),
    "sum for mean": ("E35", 0, lambda own, before, after: sum(own, sp.Integer(0))),
    "last loss": ("E35", 0, lambda own, before, after: own[-1]),
    "threshold 1": ("E36", 0, 1.0),
    "OR": ("E37", 0, OR),
    "α up to 3/h": ("E38", 0, lambda h, s: 3 / h * s / (1 + s)),
    "α = 2/h": ("E38", 0, lambda h, s: 2 / h),
}


def training_log(t, y):
    return sp.Integer(0) if t == 0 else t * sp.log(y)


def prod(Ws):
    result = Ws[0]
    for W in Ws[1:]:
        result = result * W
    return result


@pytest.mark.parametrize("case", WRONG)
def test_wrong_correction_is_refused(case):
    name, number, wrong = WRONG[case]
    result = run_erratum(planted(name, number, corrected=wrong))
    assert result.status == "failed"
    assert result.proof is None
    assert result.refutation is not None
    assert result.detail


def test_each_erratum_has_a_wrong_correction():
    assert {name for name, _, _ in WRONG.values()} == set(IDS)


# ------------------------------------------------------------ judges that break, and those with no opinion


def broken(form):
    raise ZeroDivisionError("out of order")


def undecided(form):
    raise NotShown("cannot tell")


def refuses_all(form):
    return Refutation("counterexample", "no")


def accepts_all(form):
    return Proof("run", "yes", 1)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("judge", [broken, undecided, refuses_all])
def test_judge_that_cannot_tell_shows_nothing(name, judge):
    result = run_erratum(planted(name, 0, judge=judge))
    assert result.status == "failed"
    assert result.proof is None
    assert result.detail


@pytest.mark.parametrize("name", IDS)
def test_judge_that_accepts_all_never_ends_as_shown(name):
    assert run_erratum(planted(name, 0, judge=accepts_all)).status != "shown"


def test_erratum_without_parts_is_refused():
    with pytest.raises(ValueError, match="nothing to run"):
        replace(errata()["E01"], parts=())


def test_command_exits_with_1_when_one_fails(monkeypatch):
    bad = planted("E12", 0, corrected=listing._UpdatesFirst)
    monkeypatch.setattr(ledger, "errata", lambda: {"E12": bad})
    for arguments in ([], ["E12"], ["--json"]):
        result = CliRunner().invoke(command, arguments)
        assert result.exit_code == 1
        assert "failed" in result.output


def test_command_exits_with_1_when_nothing_ran(monkeypatch):
    monkeypatch.setattr(ledger, "errata", dict)
    assert CliRunner().invoke(command, []).exit_code == 1


def test_printed_fault_that_is_mended_is_seen(monkeypatch):
    # If NumPy summed (m, B) into (m, 1) by itself, E15 would be no fault: the ledger would have to say so.
    monkeypatch.setattr(listing._BiasInPlace, "backward", listing._BiasSummed.backward)
    assert run_erratum(errata()["E15"]).status == "right as printed"


def test_two_rows_exchanged_in_the_table_are_seen():
    table = np.array([[0, 0], [1, 1]])
    assert training._as_batch(lambda rows: np.sort(rows.T, axis=1)).__class__ is Refutation, table
