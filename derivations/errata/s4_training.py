"""Errata of sections 4.5 to 4.7: the data, the training loop, its defaults, the decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from .erratum import Erratum, Finding, Form, Part, Proof, Refutation
from .judging import attempt, column, compare, derivative, every, matrix

# ------------------------------------------------------------------ E05: minus the slope, arguments exchanged

Slope = Callable[[Any, Any], Any]
Call = Callable[[Slope, Any, Any], Any]

_LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "squared error": lambda y, t: (y - t) ** 2,
    "cross-entropy": lambda y, t: -t * sp.log(y),
    "binary cross-entropy": lambda y, t: -(t * sp.log(y) + (1 - t) * sp.log(1 - y)),
}


def _slope_by_first(loss: Callable[[Any, Any], Any]) -> Slope:
    a, b = sp.symbols("a b", real=True)
    slope = sp.diff(loss(a, b), a)
    return lambda first, second: slope.subs({a: first, b: second}, simultaneous=True)


def _call_of_slope(form: Call) -> Finding:
    """Judge a way of calling a loss's slope, by its first argument, for prediction y and label t."""
    y, t = sp.symbols("y t", real=True)
    held: list[str] = []
    for name, loss in _LOSSES.items():
        found = compare(form(_slope_by_first(loss), t, y), sp.diff(loss(y, t), y), what=f"dL/dy of {name}")
        if isinstance(found, Refutation):
            text = found.text + (f"; right for {', '.join(held)}" if held else "")
            return Refutation(found.method, text, {**found.data, "right for": held})
        held.append(name)
    return Proof("symbols", f"dL/dy is right for {', '.join(held)}", len(held))


# ------------------------------------------------------------ E21, E36: training at the defaults, and at 0.1

SEEDS = 30
EPOCHS = 1000
_INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
_TARGETS = np.array([0.0, 0.0, 0.0, 1.0])


class _Recipe(NamedTuple):
    epochs: int
    alpha: float


@cache
def _trained(recipe: _Recipe) -> Any:
    """Train 2-3-1 tanh networks on AND, all seeds side by side; return their outputs, (seed, table row).

    One example at a time, in the printed order of updates (E12). The legacy generator, for its stream is
    frozen by NumPy: weights and biases standard normal, drawn layer by layer.
    """
    drawn = [[source.randn(*shape) for shape in ((3, 2), (3, 1), (1, 3), (1, 1))] for source in _sources()]
    W1, b1, W2, b2 = (np.stack(part) for part in zip(*drawn, strict=True))
    for _ in range(recipe.epochs):
        for entry, target in zip(_INPUTS, _TARGETS, strict=True):
            x = entry.reshape(1, 2, 1)
            hidden = np.tanh(W1 @ x + b1)
            y = np.tanh(W2 @ hidden + b2)
            g = 2 * (y - target) * (1 - y**2)
            W2 = W2 - recipe.alpha * g * hidden.transpose(0, 2, 1)
            b2 = b2 - recipe.alpha * g
            g = W2.transpose(0, 2, 1) * g * (1 - hidden**2)
            W1 = W1 - recipe.alpha * g * x.transpose(0, 2, 1)
            b1 = b1 - recipe.alpha * g
    hidden = np.tanh(W1 @ _INPUTS.T + b1)
    return np.tanh(W2 @ hidden + b2)[:, 0, :]


def _sources() -> list[np.random.RandomState]:
    return [np.random.RandomState(seed) for seed in range(SEEDS)]


def _right_rows(outputs: Any, threshold: float) -> Any:
    return (outputs > threshold) == (_TARGETS > 0.5)


def _learns_and(form: _Recipe) -> Finding:
    outputs = _trained(form)
    learned = int(_right_rows(outputs, 0.5).all(axis=1).sum())
    loss = float(np.median(((outputs - _TARGETS) ** 2).mean(axis=1)))
    told = (
        f"{form.epochs} epochs at learning rate {form.alpha}: {learned} of {SEEDS} seeds classify all "
        "four rows "
        f"(threshold 1/2, standard-normal start, median loss {loss:.3g})"
    )
    data = {
        "epochs": form.epochs,
        "alpha": form.alpha,
        "seeds": SEEDS,
        "learned": learned,
        "median loss": loss,
    }
    if learned < SEEDS:
        return Refutation("counterexample", told, data)
    return Proof("run", told, SEEDS, data)


_DEFAULTS = _Recipe(EPOCHS, 0.001)
_FASTER = _Recipe(EPOCHS, 0.1)


def _decides(form: float) -> Finding:
    """Judge a threshold on the outputs of networks that have learned AND."""
    right = _right_rows(_trained(_FASTER), form)
    networks = int(right.all(axis=1).sum())
    told = f"threshold {form:g}: {networks} of {SEEDS} trained networks classify all four rows"
    data: dict[str, Any] = {"threshold": form, "networks": networks, "of": SEEDS}
    if networks < SEEDS:
        seed, row = (int(k) for k in np.argwhere(~right)[0])
        output = float(_trained(_FASTER)[seed, row])
        inputs = [int(k) for k in _INPUTS[row]]
        told += f"; seed {seed} gives {output:.4f} at {tuple(inputs)}, where AND is {int(_TARGETS[row])}"
        return Refutation("counterexample", told, {**data, "seed": seed, "input": inputs, "output": output})
    return Proof("run", told, SEEDS, data)


# ------------------------------------------------------------ E33: predicting between forward and backward


class _Affine:
    def __init__(self, W: Any, b: Any) -> None:
        self.W, self.b, self.input = W, b, None

    def __call__(self, x: Any) -> Any:
        return self.W * x + self.b

    def forward(self, x: Any) -> Any:
        self.input = x
        return self(x)


def _predict_remembers(layers: Sequence[Any], x: Any) -> Any:
    for layer in layers:
        x = layer.forward(x)
    return x


def _predict_pure(layers: Sequence[Any], x: Any) -> Any:
    for layer in layers:
        x = layer(x)
    return x


def _predict_between(form: Callable[[Sequence[Any], Any], Any]) -> Finding:
    """Judge predict by the weight gradient: forward on x, a prediction for another input z, backward."""

    def at(outputs: int, inputs: int) -> Finding:
        W, b, g = matrix("w", outputs, inputs), column("b", outputs), column("g", outputs)
        x, z = column("x", inputs), column("z", inputs)
        layer = _Affine(W, b)
        y = layer.forward(x)
        predicted = form([layer], z)
        true = derivative((g.T * y)[0, 0], W)
        return every(
            (
                compare(predicted, W * z + b, what="prediction for z"),
                compare(g * layer.input.T, true, what=f"dL/dW at x, {outputs}×{inputs}"),  # type: ignore[attr-defined]
            )
        )

    return every(at(*sizes) for sizes in ((1, 1), (2, 3)))


# ------------------------------------------------------------------ E34: two things called X


def _as_batch(form: Callable[[Any], Any]) -> Finding:
    """Judge an array of all inputs as the X of the batch equations: V = W X + b, dL/dW = G Xᵀ."""

    def at(rows: Sequence[Sequence[int]], outputs: int) -> Finding:
        examples, features = len(rows), len(rows[0])
        X = form(np.array(rows, dtype=object))
        W, b, g = matrix("w", outputs, features), column("b", outputs), matrix("g", outputs, examples)
        V = np.dot(np.array(W.tolist(), dtype=object), X) + np.array(b.tolist(), dtype=object)
        if V.shape != (outputs, examples):
            return Refutation(
                "shapes",
                f"W X + b with W {W.shape} and X {X.shape} has shape {V.shape}, not {(outputs, examples)}",
                {"X": list(X.shape), "said": list(V.shape), "true": [outputs, examples]},
            )
        each = sp.Matrix.hstack(*[W * sp.Matrix(row) + b for row in rows])
        gradient = np.dot(np.array(g.tolist(), dtype=object), X.T)
        summed = sum(
            (g[:, k] * sp.Matrix([list(row)]) for k, row in enumerate(rows)), sp.zeros(outputs, features)
        )
        return every(
            (
                compare(sp.Matrix(V.tolist()), each, what="V, example by example"),
                compare(sp.Matrix(gradient.tolist()), summed, what="dL/dW = G Xᵀ, summed over the examples"),
            )
        )

    table = [[0, 0], [0, 1], [1, 0], [1, 1]]
    return attempt(
        lambda: every((at(table, 3), at([[1, 2], [3, 4]], 2), at([[1, 2, 3]], 2))), "batch equations"
    )


# ------------------------------------------------------------------ E35: the error of an epoch

Reading = Callable[[Sequence[Any], Any, Any], Any]


def _epoch_error(form: Reading) -> Finding:
    """Judge a reading of the error by running one epoch of y = w x, squared error, example by example."""
    w, alpha = sp.symbols("w alpha", real=True)

    def at(examples: int) -> Finding:
        pairs = [
            (sp.Symbol(f"x_{k}", real=True), sp.Symbol(f"t_{k}", real=True)) for k in range(1, examples + 1)
        ]

        def loss(weight: Any, pair: tuple[Any, Any]) -> Any:
            return (weight * pair[0] - pair[1]) ** 2

        weight, error, own = w, sp.Integer(0), []
        for pair in pairs:
            own.append(loss(weight, pair))
            error += own[-1]
            weight = weight - alpha * 2 * (weight * pair[0] - pair[1]) * pair[0]
        before, after = (
            sum((loss(at_weight, pair) for pair in pairs), sp.Integer(0)) / examples
            for at_weight in (w, weight)
        )
        return compare(
            form(own, before, after), error / examples, what=f"error of an epoch of {examples} examples"
        )

    return every(at(examples) for examples in (1, 2, 3))


ERRATA = (
    Erratum(
        "E05",
        "fragile",
        "§4.6",
        "gradient as minus the slope with exchanged arguments",
        Form("g = −loss_prime(y, output) for any loss that is passed", r"g=-\ell'(t,y)"),
        Form(
            "g = loss_prime(output, label), the slope by the prediction",
            r"g=\ell'(y,t)=\partial\ell(y,t)/\partial y",
        ),
        ("listing-train", "mse-gradient", "cross-entropy", "binary-cross-entropy"),
        (
            Part(
                "call",
                lambda slope, label, prediction: -slope(label, prediction),
                lambda slope, label, prediction: slope(prediction, label),
                _call_of_slope,
            ),
        ),
        "Right for MSE, whose slope changes sign when its arguments are exchanged.",
    ),
    Erratum(
        "E21",
        "omission",
        "§4.6",
        "at its defaults the training does not reliably learn AND",
        Form(
            "1000 epochs at learning rate 0.001 (defaults), nothing said of how far they get",
            r"\alpha=0.001,\ 1000\ \text{epochs}",
        ),
        Form(
            "1000 epochs at learning rate 0.1 learn AND from each of the seeds tried",
            r"\alpha=0.1,\ 1000\ \text{epochs}",
        ),
        ("and-network", "listing-train"),
        (Part("training", _DEFAULTS, _FASTER, _learns_and),),
        "A measurement over seeds 0 to 29 in floats, not a proof for every start.",
    ),
    Erratum(
        "E33",
        "fragile",
        "§4.6",
        "predict overwrites what backward needs",
        Form(
            "predict runs each layer's forward, which stores its input",
            r"\text{predict}(z)\Rightarrow\text{input}\leftarrow z",
        ),
        Form(
            "predicting leaves the stored inputs alone; only a training pass stores them",
            r"\partial L/\partial W=g\,x^\top",
        ),
        ("inference", "listing-network", "weight-gradient"),
        (Part("predict between forward and backward", _predict_remembers, _predict_pure, _predict_between),),
        "Right in the printed loop, where backward follows the pass it belongs to.",
    ),
    Erratum(
        "E34",
        "ambiguous",
        "§3.3, §4.5",
        "the X of the listing is not the X of the batch equations",
        Form(
            "X is the stack of columns of §4.5, of shape (examples, features, 1)",
            r"X\in\mathbb R^{4\times2\times1}",
        ),
        Form(
            "in W X + b and G Xᵀ the columns stand side by side: X has shape (features, examples)",
            r"X\in\mathbb R^{2\times4}",
        ),
        ("weight-gradient", "affine-entries", "shapes", "and-network"),
        (
            Part(
                "X",
                lambda rows: np.reshape(rows, (*rows.shape, 1)),
                lambda rows: rows.T,
                _as_batch,
            ),
        ),
        "The listing goes through its stack one example at a time, which is right.",
    ),
    Erratum(
        "E35",
        "ambiguous",
        "§4.6",
        "the mean error of an epoch is no network's loss",
        Form(
            "the error of an epoch is the mean loss of the network the epoch ends (or starts) with",
            r"\tfrac1n\sum_k\ell_k(w_n)\ \text{or}\ \tfrac1n\sum_k\ell_k(w_0)",
        ),
        Form(
            "it is the mean of the losses each taken just before its own update",
            r"\tfrac1n\sum_k\ell_k(w_{k-1})",
        ),
        ("listing-train",),
        (
            Part(
                "network at the end",
                lambda own, before, after: after,
                lambda own, before, after: sum(own, sp.Integer(0)) / len(own),
                _epoch_error,
            ),
            Part(
                "network at the start",
                lambda own, before, after: before,
                lambda own, before, after: sum(own, sp.Integer(0)) / len(own),
                _epoch_error,
            ),
        ),
        "With a single example the second reading is right.",
    ),
    Erratum(
        "E36",
        "omission",
        "§4.5–4.7",
        "no threshold turns the output into 0 or 1",
        Form(
            "the decision boundary is left open; at the middle of tanh's range, 0, as for labels −1 and 1",
            r"y>0",
        ),
        Form("for labels 0 and 1 the boundary is y = 1/2, half-way between them", r"y>\tfrac12"),
        ("and-network", "decision-surface"),
        (Part("threshold", 0.0, 0.5, _decides),),
        "A measurement on the networks of E21 at learning rate 0.1.",
    ),
)
