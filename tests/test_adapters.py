"""Correct implementations in other people's styles pass every law that their doors allow, at every level."""

from __future__ import annotations

import numpy as np
import pytest

import derivations
from derivations.adapters import (
    functions,
    layers_with_grads,
    layout,
    loss_and_gradients,
    network,
    updating_layers,
)
from derivations.adapters._subjects import read, write
from derivations.adapters.layout import Findings
from derivations.evidence import Level, Refuted

from . import adapting as own

PLAIN = (Level.SYMBOLS, Level.EXACT, Level.PRECISION, Level.FLOAT)


def column_functions():
    return functions(
        "column",
        forward=own.column_forward,
        backward=own.column_backward,
        activations=own.ELEMENTWISE | {"softmax": (own.column_softmax, own.column_softmax_backward)},
        activation=(lambda f, df, v: f(v), lambda f, df, g, v: g * df(v)),
        losses={
            "mse": (
                lambda y, t: ((y - t) ** 2).sum() / y.size,
                lambda y, t: 2 * (y - t) / y.size,
            )
        },
        descend=lambda p, g, alpha: p - alpha * g,
    )


def paper_style():
    return updating_layers(
        layout("column", example="(n, 1)"),
        dense=own.UpdatingDense,
        activation=own.UpdatingActivation,
        activations={"tanh": own.tanh_layer},
        losses={"mse": own.MSE_ONE},
    )


def updating_rows():
    class Rows:
        def __init__(self, inputs, outputs):
            self.weights, self.bias = np.zeros((inputs, outputs)), np.zeros((1, outputs))

        def forward(self, x):
            self.x = x
            return x @ self.weights + self.bias

        def backward(self, g, rate):
            down = g @ self.weights.T
            self.weights = self.weights - rate * (self.x.T @ g)
            self.bias = self.bias - rate * g.sum(axis=0, keepdims=True)
            return down

    return updating_layers("row", dense=Rows, activation=own.UpdatingActivation)


def keeping_rows():
    return layers_with_grads(
        layout("row", bias="(n,)"),
        dense=own.KeepingDense,
        parameters=("params.W", "params.b"),
        gradients=("grads.W", "grads.b"),
        activations={"relu": own.KeepingReLU, "softmax": own.KeepingSoftmax},
        losses={"half-squared-error": own.HALF_SQUARES},
    )


def two_layers():
    return network(
        "row",
        own.TwoLayers,
        activations=["tanh", "identity"],
        loss="mse",
        parameters=["W1", "b1", "W2", "b2"],
        value=lambda net, x, t: net.loss(x, t),
        gradients=lambda net, x, t: net.backward(x, t),
        kept=["dW1", "db1", "dW2", "db2"],
        predict=lambda net, x: net.predict(x),
    )


def learning():
    return network(
        layout("column", bias="last in W"),
        own.Learning,
        activations=["relu", "relu", "identity"],
        loss="squared-error",
        reduction="sum",
        parameters=["layers[0]", "layers[1]", "layers[2]"],
        value=lambda net, x, t: net.loss(x, t),
        step=lambda net, x, t: net.step(x, t, 1),
        predict=lambda net, x: net.run(x)[-1],
    )


def regression():
    return loss_and_gradients(
        layout("row", bias="(n,)"),
        own.regression_loss,
        own.regression_gradients,
        activations=["softmax"],
        loss="categorical-cross-entropy",
        form="dict",
        names=["W", "b"],
    )


def one_flat_example():
    """Vectors without a second axis, weights with the bias in their first column, no batch at all."""
    return functions(
        layout("column", bias="first in W", example="(n,)"),
        forward=lambda x, A: A[:, 0] + A[:, 1:] @ x,
        backward=lambda g, x, A: {
            "W": np.concatenate([g.reshape(-1, 1), np.multiply.outer(g, x)], axis=1),
            "x": g @ A[:, 1:],
        },
        activations=own.ELEMENTWISE,
        losses={"squared-error": (lambda y, t: sum((y - t) ** 2), lambda y, t: 2 * (y - t))},
    )


def perceptrons_in_pairs():
    """Sigmoid layers without a loop, pairs of parameters, weights stored as the other convention has them."""

    def value(pairs, x, t):
        for W, b in pairs:
            x = own.logistic(x @ W.T + b)
        return -(t * np.log(x) + (1 - t) * np.log(1 - x)).sum()

    def gradients(pairs, x, t):
        (V, c), (W, b) = pairs
        h = own.logistic(x @ V.T + c)
        g = own.logistic(h @ W.T + b) - t
        up = (g @ W) * h * (1 - h)
        return [(up.T @ x, up.sum(axis=0)), (g.T @ h, g.sum(axis=0))]

    return loss_and_gradients(
        layout("row", weights="column", bias="(n,)"),
        value,
        gradients,
        activations=["sigmoid", "sigmoid"],
        loss="binary-cross-entropy",
        reduction="sum",
        form="pairs",
    )


STYLES = {
    function.__name__: function
    for function in (
        column_functions,
        paper_style,
        updating_rows,
        keeping_rows,
        two_layers,
        learning,
        regression,
        one_flat_example,
        perceptrons_in_pairs,
    )
}


WHAT = {
    "column_functions": {"weight-gradient", "bias-gradient", "input-gradient", "softmax", "mse", "neuron"},
    "paper_style": {"weight-gradient", "bias-gradient", "input-gradient", "tanh", "mse", "chain"},
    "updating_rows": {"weight-gradient", "bias-gradient", "input-gradient", "weight-update", "chain"},
    "keeping_rows": {"weight-gradient", "bias-gradient", "input-gradient", "relu", "softmax", "mse"},
    "two_layers": {"weight-gradient", "bias-gradient", "mse", "forward"},
    "learning": {"weight-gradient", "bias-gradient", "mse", "forward"},
    "regression": {"weight-gradient", "bias-gradient", "categorical-cross-entropy"},
    "one_flat_example": {"weight-gradient", "bias-gradient", "input-gradient", "relu", "mse"},
    "perceptrons_in_pairs": {"weight-gradient", "bias-gradient", "binary-cross-entropy"},
}


@pytest.mark.parametrize("name", STYLES)
def test_a_correct_implementation_passes(name):
    """Passing means that something ran: each of the claims named above. The zoo is taken up all rungs."""
    report = derivations.check(STYLES[name](), sample=True)
    assert report.ok, [claim.message() for claim in report.claims if not claim.ok]
    assert {claim.id for claim in report.claims if claim.verdict == "right"} >= WHAT[name]


@pytest.mark.parametrize("level", PLAIN, ids=lambda level: level.value.replace(" ", "-"))
@pytest.mark.parametrize("name", ["paper_style", "two_layers", "one_flat_example"])
def test_it_passes_at_each_level_alone(name, level):
    ran = own.run_all(STYLES[name](), [level])
    assert own.not_passed(ran) == []
    assert own.that_passed(ran) or (name, level) == ("two_layers", Level.EXACT)  # tanh is not rational


@pytest.mark.parametrize("convention", ["column", "row"])
@pytest.mark.parametrize("weights", ["column", "row"])
@pytest.mark.parametrize("bias", ["(n,)", "(n,1)", "(1, n)", "first in W", "last in W"])
def test_a_layout_gives_back_what_it_stored(convention, weights, bias):
    at = layout(convention, weights=weights, bias=bias)
    W = np.arange(6.0).reshape((2, 3) if convention == "column" else (3, 2))
    b = np.array([[10.0], [20.0]]) if convention == "column" else np.array([[10.0, 20.0]])
    stored = at.stored(W, b)
    back = at.restored(stored, W, b)
    assert np.array_equal(back[0], W)
    assert np.array_equal(back[1], b)
    assert not any(np.shares_memory(array, kept) for array in stored for kept in (W, b))
    inside = 1 if "in W" in bias else 0
    assert stored[0].shape == ((2, 3 + inside) if weights == "column" else (3 + inside, 2))


def test_a_layout_repairs_no_shape():
    at = layout("column", bias="(n,)")
    W, b = np.ones((2, 3)), np.ones((2, 1))
    slope, shift = at.restored([W, b], W, b)
    assert slope is W
    assert isinstance(shift, Refuted)
    slope, shift = at.restored([W.T, b[:, 0]], W, b)
    assert isinstance(slope, Refuted)
    assert shift.shape == (2, 1)
    found = Findings(W=slope, b=shift)
    assert found["b"] is shift
    for ask in (lambda: found["W"], found.items, found.values):
        with pytest.raises(Refuted, match="wrong shape"):
            ask()
    with pytest.raises(Refuted, match="one example"):
        layout("column", example="(n, 1)").joined([np.ones(3)], "the output")


@pytest.mark.parametrize("path", ["params.W", "params['W']", 'params["W"]', "layers[0].params.W"])
def test_paths(path):
    class Holder:
        def __init__(self):
            self.params = {"W": 1}
            self.layers = [self]

    holder = Holder()
    write(holder, path, 2)
    assert read(holder, path) == 2


def test_a_misspelt_parameter_is_refused():
    with pytest.raises(AttributeError, match="wieghts"):
        write(own.UpdatingDense(2, 3), "wieghts", 0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"loss": "cross"}, "no loss is called"),
        ({"activations": ["selu"]}, "activations are some of"),
        ({"reduction": "max"}, "'mean' or 'sum'"),
        ({"parameters": ["W1"]}, "parameters for 2 layers"),
        ({"widths": (1, 2)}, "widths"),
        ({"loss": "cross-entropy"}, "not defined everywhere"),
    ],
)
def test_a_wrong_description_is_refused(change, told):
    described = {
        "activations": ["tanh", "identity"],
        "loss": "mse",
        "parameters": ["W1", "b1", "W2", "b2"],
        "value": lambda net, x, t: net.loss(x, t),
    }
    with pytest.raises((ValueError, Refuted), match=told):
        network("row", own.TwoLayers, **described | change)


ANY_LAYERS = [
    (["tanh", "softmax"], "categorical-cross-entropy"),
    (["tanh", "identity"], "fused-softmax"),
    (["relu", "softmax"], "categorical-cross-entropy"),
    (["tanh", "tanh", "tanh"], "mse"),
    (["sigmoid", "relu", "identity"], "mse"),
]


def any_layers(activations, loss):
    return loss_and_gradients(
        "column", *own.of_layers(activations, loss), activations=activations, loss=loss, form="pairs"
    )


@pytest.mark.parametrize(("activations", "loss"), ANY_LAYERS)
@pytest.mark.parametrize("level", [Level.SIZE, *PLAIN], ids=lambda level: level.value.replace(" ", "-"))
def test_a_whole_network_in_plain_numpy_passes_at_every_level(level, activations, loss):
    """At the top: proved for every width and batch, all gradients of the network at once."""
    subject = any_layers(activations, loss)
    ran = own.run_all(subject, [level])
    assert own.not_passed(ran) == []
    claims = own.that_passed(ran)
    irrational = {"tanh", "sigmoid", "softmax"} & set(activations)
    if not (level is Level.EXACT and irrational):
        assert claims >= {"weight-gradient", "bias-gradient"}


def test_layers_that_update_themselves_are_proved_for_every_size():
    ran = own.run_all(updating_rows(), [Level.SIZE])
    assert own.not_passed(ran) == []
    assert own.that_passed(ran) >= WHAT["updating_rows"]


@pytest.mark.parametrize("name", STYLES)
def test_what_cannot_be_run_on_symbolic_sizes_says_so(name):
    """Nothing is refuted there: it is proved, or an operation that symbolic sizes do not have is named."""
    for told in own.failures(STYLES[name](), [Level.SIZE]):
        assert "raised Unsupported" in told or "raised UndecidableSize" in told
