"""Errata of section 3.2 and of (15): losses, their gradients, domains and kinks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import sympy as sp

from .erratum import Erratum, Finding, Form, NotShown, Part, Proof, Refutation
from .judging import attempt, column, compare, derivative, every, matrix

# ------------------------------------------------------------------ E03, E04: the gradient of MSE


def _told(value: Any) -> str:
    """Write what is no number in words; SymPy's own name for infinity is known to few."""
    return "infinite" if value.has(sp.zoo, sp.oo) else "undefined" if value.has(sp.nan) else str(value)


def _squares(y: Any, t: Any) -> Any:
    return sum(((a - b) ** 2 for a, b in zip(y, t, strict=True)), sp.Integer(0))


Gradient = Callable[[Any, Any], Any]


def _mse_one(form: Gradient) -> Finding:
    def at(outputs: int) -> Finding:
        y, t = column("y", outputs), column("t", outputs)
        return compare(form(y, t), derivative(_squares(y, t) / outputs, y), what=f"dL/dy, {outputs} outputs")

    return every(at(outputs) for outputs in (1, 2, 3))


def _mse_batch(divide: Callable[[int], int]) -> Callable[[Gradient], Finding]:
    def judge(form: Gradient) -> Finding:
        def at(outputs: int, batch: int) -> Finding:
            y, t = matrix("y", outputs, batch), matrix("t", outputs, batch)
            losses = [_squares(y[:, k], t[:, k]) / outputs for k in range(batch)]
            true = derivative(sum(losses, sp.Integer(0)) / divide(batch), y)
            return compare(form(y, t), true, what=f"dL/dY, {outputs} outputs, {batch} examples")

        return every(at(*sizes) for sizes in ((1, 1), (1, 2), (2, 1), (2, 3)))

    return judge


def _slot_of_15(form: int) -> Finding:
    def at(outputs: int) -> Finding:
        pair = column("y", outputs), column("t", outputs)
        said = 2 * (pair[0] - pair[1]) / outputs
        return compare(
            said, derivative(_squares(*pair) / outputs, pair[form]), what=f"derivative, {outputs} outputs"
        )

    return every(at(outputs) for outputs in (1, 2, 3))


def _entropy_of_one_hot(form: Gradient) -> Finding:
    def at(classes: int, label: int) -> Finding:
        p = sp.Matrix([sp.Symbol(f"p_{i + 1}", positive=True) for i in range(classes)])
        t = sp.Matrix([sp.Integer(int(i == label)) for i in range(classes)])
        said = form(p, t)
        if said.has(sp.zoo, sp.oo, sp.nan):
            told = ", ".join(map(str, t))
            return Refutation(
                "counterexample",
                f"label ({told}), any positive prediction p: the value is {_told(said)}, for log 0 is taken",
                {"label": told, "value": str(said)},
            )
        return compare(said, -sp.log(p[label]), what=f"loss for label {label + 1} of {classes}")

    return every(at(classes, label) for classes in (2, 3) for label in range(classes))


def _entropy(weight: Any, inside: Any) -> Any:
    return -sum((a * sp.log(b) for a, b in zip(weight, inside, strict=True)), sp.Integer(0))


# ------------------------------------------------------------------ E16: kinks

Slopes = Mapping[int, int]


def _kink(function: Callable[[Any], Any], at: int) -> Callable[[Slopes], Finding]:
    """Judge slopes left (−1) of a kink, at it (0, where given) and right (+1) of it."""

    def judge(form: Slopes) -> Finding:
        h = sp.Symbol("h", positive=True)
        right = sp.simplify((function(at + h) - function(at)) / h)
        left = sp.simplify((function(at) - function(at - h)) / h)
        slopes = {"left": str(left), "right": str(right)}
        if left.free_symbols | right.free_symbols:
            raise NotShown(f"not straight on both sides of {at}: {slopes}")
        for sign, true in ((-1, left), (1, right)):
            if form[sign] != true:
                return Refutation(
                    "counterexample", f"slope on side {sign:+d}: said {form[sign]}, true {true}", slopes
                )
        if 0 not in form:
            if left == right:
                return Proof("symbols", f"differentiable at {at}: both slopes are {left}", 2, slopes)
            return Refutation(
                "counterexample",
                f"at {at} the slope is {left} from the left and {right} from the right, for every "
                "step h > 0: "
                "there is no derivative to take",
                slopes,
            )
        if not left <= form[0] <= right:
            return Refutation(
                "counterexample",
                f"{form[0]} at {at} is no subgradient: it is outside [{left}, {right}]",
                slopes,
            )
        return Proof(
            "symbols", f"{form[0]} at {at} lies between the one-sided slopes {left} and {right}", 3, slopes
        )

    return judge


# ------------------------------------------------------------------ E17: domains

Domain = Callable[[Any, Any], bool]
Term = Callable[[Any, Any], Any]


def _finite_on(form: tuple[Domain, Term]) -> Finding:
    """Judge whether a term of a loss is a finite real number on the whole domain that is stated for it."""
    domain, term = form
    targets = [sp.Rational(n, 2) for n in (2, 1, 0)]
    predictions = [sp.Rational(n, 4) for n in (0, 4, 1, 2, 3, -1, 5)]
    admitted = [(t, y) for t, y in product(targets, predictions) if domain(t, y)]
    for t, y in admitted:
        value = term(t, y)
        if value.has(sp.zoo, sp.oo, sp.nan) or not value.is_real:
            return Refutation(
                "counterexample",
                f"target {t}, prediction {y}: the term is {_told(value)}",
                {"target": str(t), "prediction": str(y), "value": str(value)},
            )
    inner = sp.Symbol("y", positive=True), sp.Symbol("s", positive=True)
    if not (sp.log(inner[0]).is_real and sp.log(inner[0]).is_finite and sp.log(inner[1]).is_finite):
        raise NotShown("the logarithm of a positive number could not be seen to be finite")
    admits_target = {str(t) for t, _ in admitted}
    if admits_target != {"1", "1/2", "0"}:
        raise NotShown(f"the domain leaves targets out: it has {sorted(admits_target)}")
    return Proof(
        "exhaustive, symbols",
        f"finite at all {len(admitted)} admitted points of a grid with the borders; inside, every "
        "logarithm is of a "
        "positive number",
        len(admitted),
    )


def _times_log(t: Any, y: Any) -> Any:
    """Return t log y; where the target is 0 the term is left out."""
    return sp.Integer(0) if t == 0 else t * sp.log(y)


def _hinge_labels(form: tuple[tuple[int, ...], tuple[Any, ...]]) -> Finding:
    """Judge whether, for every label, some admitted score is a right prediction: one without loss."""
    labels, scores = form
    for t in labels:
        losses = {str(y): sp.Max(0, 1 - t * y) for y in scores}
        if min(losses.values()) != 0:
            shown = ", ".join(f"{y}: {loss}" for y, loss in losses.items())
            return Refutation(
                "counterexample",
                f"label {t}: no score is without loss (score: loss) {shown}",
                {"label": t, "losses": {y: str(loss) for y, loss in losses.items()}},
            )
    if len(set(labels)) < 2 or any(t * t != 1 for t in labels):
        raise NotShown(f"labels {labels} do not name two classes of margin 1")
    return Proof("exact", "for t² = 1 the score y = t has 1 − t y = 0, hence no loss", len(labels))


_RAW = tuple(sp.Integer(n) for n in (-2, -1, 0, 1, 2))
_PROBABILITIES = tuple(sp.Rational(n, 4) for n in range(5))

# ------------------------------------------------------------------ E20: what N is


def _n_of_8(form: Callable[[int, int], int]) -> Finding:
    def at(outputs: int, batch: int) -> Finding:
        y, t = column("y", outputs), column("t", outputs)
        mean = sum(((a - b) ** 2 for a, b in zip(y, t)), sp.Integer(0)) / len(y)
        said = _squares(y, t) / form(outputs, batch)
        return compare(said, mean, what=f"loss of one of {batch} examples with {outputs} outputs")

    return every(at(*sizes) for sizes in ((1, 1), (1, 2), (2, 1), (3, 2)))


def _n_of_12(form: Callable[[int, int], int]) -> Finding:
    def at(classes: int, batch: int) -> Finding:
        labels = matrix("t", batch, classes)
        logs = matrix("l", batch, classes)
        said = -sum(
            (labels[i, c] * logs[i, c] for i in range(form(classes, batch)) for c in range(classes)),
            sp.Integer(0),
        )
        true = -sum(labels.multiply_elementwise(logs), sp.Integer(0))
        return compare(said, true, what=f"loss of {batch} examples with {classes} classes (l = log y)")

    return attempt(lambda: every(at(*sizes) for sizes in ((2, 2), (2, 3), (3, 2))), "row 3 of 2 examples")


def _reduction(form: Callable[[int], Any]) -> Finding:
    def at(outputs: int, batch: int) -> Finding:
        y, t = matrix("y", outputs, batch), matrix("t", outputs, batch)
        losses = [_squares(y[:, k], t[:, k]) / outputs for k in range(batch)]
        total = sum(losses, sp.Integer(0))
        mean = derivative(total / batch, y)
        return compare(
            derivative(total, y) * form(batch), mean, what=f"dL/dY under the mean, {batch} examples"
        )

    return every(at(*sizes) for sizes in ((2, 1), (1, 2), (2, 3)))


ERRATA = (
    Erratum(
        "E03",
        "wrong",
        "(15) and its batch form",
        "the gradient of MSE lacks 1/N",
        Form("dL/dy = 2(y − ŷ); dL/dY = 2(Y − Ŷ)", r"\partial L/\partial y=2(y-\hat y)"),
        Form(
            "dL/dy = 2(y − t)/N; dL/dY = 2(Y − T)/N for the sum over the batch, 2(Y − T)/(N B) for the mean",
            r"\partial L/\partial y=\tfrac2N(y-t)",
        ),
        ("mse-gradient", "mse", "batch-reduction"),
        (
            Part("one example", lambda y, t: 2 * (y - t), lambda y, t: 2 * (y - t) / y.rows, _mse_one),
            Part(
                "batch, sum of losses",
                lambda y, t: 2 * (y - t),
                lambda y, t: 2 * (y - t) / y.rows,
                _mse_batch(lambda batch: 1),
            ),
            Part(
                "batch, mean of losses",
                lambda y, t: 2 * (y - t),
                lambda y, t: 2 * (y - t) / (y.rows * y.cols),
                _mse_batch(lambda batch: batch),
            ),
        ),
        "Right for a single output (N = 1), as in the paper's own network; the listing has the 1/N.",
    ),
    Erratum(
        "E04",
        "ambiguous",
        "(8)–(15)",
        "y and ŷ change places",
        Form(
            "(15) is the derivative with respect to ŷ; in (10) y is the prediction, as it is in (15)",
            r"\partial L/\partial\hat y=\tfrac2N(y-\hat y);\quad L=-\sum_i y_i\log t_i",
        ),
        Form(
            "(15) is the derivative with respect to y, the prediction; in (10) the label stands "
            "before the logarithm "
            "of the prediction",
            r"\partial L/\partial y=\tfrac2N(y-t);\quad L=-\sum_i t_i\log y_i",
        ),
        ("mse-gradient", "cross-entropy"),
        (
            Part("(15) by which argument", 1, 0, _slot_of_15),
            Part(
                "(10)", _entropy, lambda prediction, label: _entropy(label, prediction), _entropy_of_one_hot
            ),
        ),
        "The missing 1/N of E03 is put in on both sides, so that only the letters are at issue.",
    ),
    Erratum(
        "E16",
        "omission",
        "(4), (9), (13)",
        "no derivative at the kinks",
        Form(
            "ReLU, absolute error and hinge are differentiated as if they had a derivative everywhere",
            r"\max(0,x),\ |y-t|,\ \max(0,1-ty)",
        ),
        Form(
            "at the kink a subgradient is chosen, between the one-sided slopes: here 0 for all three",
            r"\partial\max(0,x)|_0=[0,1],\ \partial|x||_0=[-1,1],\ \partial\max(0,1-s)|_1=[-1,0]",
        ),
        ("relu", "mae", "hinge"),
        (
            Part("ReLU at 0", {-1: 0, 1: 1}, {-1: 0, 0: 0, 1: 1}, _kink(lambda x: sp.Max(0, x), 0)),
            Part("absolute error at 0", {-1: -1, 1: 1}, {-1: -1, 0: 0, 1: 1}, _kink(sp.Abs, 0)),
            Part(
                "hinge at margin 1",
                {-1: -1, 1: 0},
                {-1: -1, 0: 0, 1: 0},
                _kink(lambda s: sp.Max(0, 1 - s), 1),
            ),
        ),
        "The paper mentions subgradient descent for losses in a note, without a convention.",
    ),
    Erratum(
        "E17",
        "omission",
        "(10)–(13)",
        "no domain is stated",
        Form(
            "the losses are given for any labels and predictions", r"-\sum t\log y\ \text{etc., no condition}"
        ),
        Form(
            "(10), (12): y > 0 where t > 0, the term is 0 where t = 0; (11): also y < 1 where t < 1; "
            "(13): labels ±1, "
            "raw scores",
            r"t>0\Rightarrow y>0;\ t<1\Rightarrow y<1;\ t\in\{-1,+1\}",
        ),
        ("cross-entropy", "binary-cross-entropy", "categorical-cross-entropy", "hinge"),
        (
            Part(
                "(10), (12)",
                (lambda t, y: 0 <= y <= 1, lambda t, y: -t * sp.log(y)),
                (lambda t, y: y > 0 or (t == 0 and y == 0), lambda t, y: -_times_log(t, y)),
                _finite_on,
            ),
            Part(
                "(11)",
                (lambda t, y: 0 <= y <= 1, lambda t, y: -(t * sp.log(y) + (1 - t) * sp.log(1 - y))),
                (
                    lambda t, y: 0 <= y <= 1 and (y > 0 or t == 0) and (y < 1 or t == 1),
                    lambda t, y: -(_times_log(t, y) + _times_log(1 - t, 1 - y)),
                ),
                _finite_on,
            ),
            Part("(13), labels", ((0, 1), _RAW), ((-1, 1), _RAW), _hinge_labels),
            Part("(13), scores", ((-1, 1), _PROBABILITIES), ((-1, 1), _RAW), _hinge_labels),
        ),
    ),
    Erratum(
        "E20",
        "omission",
        "(8)–(13)",
        "N is not defined",
        Form(
            "N is left open: with the N of (12), examples, in (8); with the N of the listing, "
            "outputs, in (12); "
            "reduction over the batch left open",
            r"\tfrac1N\sum_{i=1}^N,\quad\sum_{i=1}^N\sum_{c=1}^C",
        ),
        Form(
            "(8): N = outputs of one example; (12): N = examples; the gradient of the mean over a "
            "batch of B is 1/B of "
            "that of the sum",
            r"\nabla\tfrac1B\sum_kL_k=\tfrac1B\nabla\sum_kL_k",
        ),
        ("batch-reduction", "mse", "categorical-cross-entropy"),
        (
            Part("N in (8)", lambda outputs, batch: batch, lambda outputs, batch: outputs, _n_of_8),
            Part("N in (12)", lambda classes, batch: classes, lambda classes, batch: batch, _n_of_12),
            Part("reduction", lambda batch: 1, lambda batch: sp.Rational(1, batch), _reduction),
        ),
    ),
)
