"""Classic faults, each planted in one line of a correct implementation, are refused through the adapters, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from derivations.adapters import (
    functions,
    layers_with_grads,
    layout,
    loss_and_gradients,
    network,
    updating_layers,
)
from derivations.evidence import Level, Outcome
from derivations.subject import Subject

from .. import adapting as own

# The implementations, as text to plant faults in. Each takes the place of what a user would have written.

FUNCTIONS = """
def forward(x, W, b):
    return W @ x + b

def backward(g, x, W, b):
    dx = W.T @ g
    dW = g @ x.T
    db = g.sum(axis=1, keepdims=True)
    return dx, dW, db

def tanh(v):
    return np.tanh(v)

def tanh_backward(g, v):
    return g * (1 - np.tanh(v) ** 2)

def softmax(v):
    e = np.exp(v)
    return e / e.sum(axis=0, keepdims=True)

def softmax_backward(g, v):
    p = softmax(v)
    return p * (g - (p * g).sum(axis=0, keepdims=True))

def mse(y, t):
    return ((y - t) ** 2).sum() / len(y) / y.shape[1]

def mse_gradient(y, t):
    return 2 * (y - t) / len(y) / y.shape[1]
"""

UPDATING = """
class Dense:
    def __init__(self, inputs, outputs):
        self.weights = np.zeros((inputs, outputs))
        self.bias = np.zeros((1, outputs))
        self.x = None

    def forward(self, x):
        self.x = x
        return x @ self.weights + self.bias

    def backward(self, g, rate):
        down = g @ self.weights.T
        dW = self.x.T @ g
        db = g.sum(axis=0, keepdims=True)
        self.weights -= rate * dW
        self.bias -= rate * db
        return down

class Tanh:
    def forward(self, v):
        self.v = v
        return np.tanh(v)

    def backward(self, g, rate):
        return g * (1 - np.tanh(self.v) ** 2)

class Softmax:
    def forward(self, v):
        e = np.exp(v)
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, g, rate):
        return self.p * (g - (self.p * g).sum(axis=1, keepdims=True))

def mse(y, t):
    return ((y - t) ** 2).sum() / y.shape[1]

def mse_gradient(y, t):
    return 2 * (y - t) / y.shape[1]
"""

KEEPING = """
class Dense:
    def __init__(self, inputs, outputs):
        self.W = np.zeros((inputs, outputs))
        self.b = np.zeros(outputs)
        self.dW, self.db, self.x = 0, 0, None

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, g):
        self.dW = self.x.T @ g
        self.db = g.sum(axis=0)
        return g @ self.W.T

class Sigmoid:
    def forward(self, v):
        self.y = 1 / (1 + np.exp(-v))
        return self.y

    def backward(self, g):
        return g * self.y * (1 - self.y)

class Softmax:
    def forward(self, v):
        e = np.exp(v)
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, g):
        return self.p * (g - (self.p * g).sum(axis=1, keepdims=True))

def entropy(y, t):
    return -(t * np.log(y)).sum() / len(y)

def entropy_gradient(y, t):
    return -t / y / len(y)
"""

NETWORK = """
class Net:
    def __init__(self, widths):
        n, h, m = widths
        self.W1, self.b1 = np.zeros((h, n)), np.zeros((h, 1))
        self.W2, self.b2 = np.zeros((m, h)), np.zeros((m, 1))

    def predict(self, x):
        self.x = x
        self.h = np.tanh(self.W1 @ x + self.b1)
        return self.W2 @ self.h + self.b2

    def loss(self, x, t):
        return ((self.predict(x) - t) ** 2).sum() / t.shape[1]

    def step(self, x, t, rate):
        y = self.predict(x)
        g = 2 * (y - t) / t.shape[1]
        down = self.W2.T @ g
        self.W2 = self.W2 - rate * (g @ self.h.T)
        self.b2 = self.b2 - rate * g.sum(axis=1, keepdims=True)
        g = down * (1 - self.h**2)
        self.W1 = self.W1 - rate * (g @ self.x.T)
        self.b1 = self.b1 - rate * g.sum(axis=1, keepdims=True)
"""

PAIR = """
def softmax(v):
    e = np.exp(v)
    return e / e.sum(axis=1, keepdims=True)

def run(p, x):
    h = np.tanh(x @ p[0] + p[1])
    return h, softmax(h @ p[2] + p[3])

def loss(p, x, t):
    return -(t * np.log(run(p, x)[1])).sum() / len(x)

def gradients(p, x, t):
    h, y = run(p, x)
    g = (y - t) / len(x)
    up = (g @ p[2].T) * (1 - h**2)
    return [x.T @ up, up.sum(axis=0), h.T @ g, g.sum(axis=0)]
"""


def of_functions(at: dict[str, Any]) -> Subject:
    return functions(
        "column",
        forward=at["forward"],
        backward=at["backward"],
        activations={
            "tanh": (at["tanh"], at["tanh_backward"]),
            "softmax": (at["softmax"], at["softmax_backward"]),
        },
        losses={"mse": (at["mse"], at["mse_gradient"])},
    )


def of_updating(at: dict[str, Any]) -> Subject:
    return updating_layers(
        "row",
        dense=at["Dense"],
        activations={"tanh": at["Tanh"], "softmax": at["Softmax"]},
        losses={"mse": (at["mse"], at["mse_gradient"])},
        reduction="sum",
    )


def of_keeping(at: dict[str, Any]) -> Subject:
    return layers_with_grads(
        layout("row", bias="(n,)"),
        dense=at["Dense"],
        activations={"sigmoid": at["Sigmoid"], "softmax": at["Softmax"]},
        losses={"categorical-cross-entropy": (at["entropy"], at["entropy_gradient"])},
    )


def of_network(at: dict[str, Any]) -> Subject:
    return network(
        "column",
        at["Net"],
        activations=["tanh", "identity"],
        loss="squared-error",
        parameters=["W1", "b1", "W2", "b2"],
        value=lambda net, x, t: net.loss(x, t),
        step=lambda net, x, t: net.step(x, t, 1),
        predict=lambda net, x: net.predict(x),
    )


def of_pair(at: dict[str, Any]) -> Subject:
    return loss_and_gradients(
        layout("row", bias="(n,)"),
        at["loss"],
        at["gradients"],
        activations=["tanh", "softmax"],
        loss="categorical-cross-entropy",
    )


ADAPTERS: dict[Callable[[dict[str, Any]], Subject], str] = {
    of_functions: FUNCTIONS,
    of_updating: UPDATING,
    of_keeping: KEEPING,
    of_network: NETWORK,
    of_pair: PAIR,
}


def adapted(adapter: Callable[[dict[str, Any]], Subject], old: str = "", new: str = "") -> Subject:
    text = ADAPTERS[adapter]
    if old:
        assert text.count(old) == 1, f"the text to change is there {text.count(old)} times"
        text = text.replace(old, new)
    names: dict[str, Any] = {"np": np}
    exec(compile(text, "<planted>", "exec"), names)
    return adapter(names)


@dataclass(frozen=True)
class Fault:
    name: str
    adapter: Callable[[dict[str, Any]], Subject]
    old: str
    new: str
    refused: tuple[str, ...]
    spared: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.name}-{self.adapter.__name__}".replace(" ", "-")


DENSE = ("weight-gradient", "bias-gradient", "input-gradient")
FAULTS = (
    # k times too large
    Fault("k times", of_functions, "return 2 * (y - t) / len(y) /", "return 2 * (y - t) /", ("mse",), DENSE),
    Fault("k times", of_updating, "return 2 * (y - t) / y.shape[1]", "return 2 * (y - t)", ("mse",), DENSE),
    Fault(
        "k times", of_network, "g = 2 * (y - t)", "g = 2 * len(y) * (y - t)", DENSE[:2], ("mse", "forward")
    ),
    # softmax as if it were element-wise
    Fault(
        "softmax element-wise",
        of_functions,
        "p * (g - (p * g).sum(axis=0, keepdims=True))",
        "g * p * (1 - p)",
        ("softmax",),
        DENSE,
    ),
    Fault(
        "softmax element-wise",
        of_updating,
        "self.p * (g - (self.p * g).sum(axis=1, keepdims=True))",
        "g * self.p * (1 - self.p)",
        ("softmax", "chain"),
        DENSE,
    ),
    Fault(
        "softmax element-wise",
        of_keeping,
        "self.p * (g - (self.p * g).sum(axis=1, keepdims=True))",
        "g * self.p * (1 - self.p)",
        ("softmax", "chain"),
        DENSE,
    ),
    Fault(
        "softmax element-wise",
        of_pair,
        "g = (y - t) / len(x)",
        "g = -t / y / len(x) * y * (1 - y)",
        DENSE[:2],
        ("categorical-cross-entropy",),
    ),
    # the input gradient with the updated weights
    Fault(
        "after the update",
        of_updating,
        "        return down",
        "        return g @ self.weights.T",
        ("input-gradient", "chain"),
        DENSE[:2],
    ),
    Fault(
        "after the update",
        of_network,
        "g = down * (1 - self.h**2)",
        "g = (self.W2.T @ g) * (1 - self.h**2)",
        DENSE[:2],
        ("mse", "forward"),
    ),
    # an averaged loss with a summed gradient
    Fault(
        "summed gradient",
        of_functions,
        "2 * (y - t) / len(y) / y.shape[1]",
        "2 * (y - t) / len(y)",
        ("mse",),
        DENSE,
    ),
    Fault("summed gradient", of_keeping, "-t / y / len(y)", "-t / y", ("categorical-cross-entropy",), DENSE),
    Fault(
        "summed gradient", of_network, "g = 2 * (y - t) / t.shape[1]", "g = 2 * (y - t)", DENSE[:2], ("mse",)
    ),
    Fault("summed gradient", of_pair, "g = (y - t) / len(x)", "g = y - t", DENSE[:2]),
    Fault("averaged twice", of_functions, "g @ x.T", "g @ x.T / x.shape[1]", DENSE[:1], DENSE[1:]),
    # signs
    Fault("sign", of_functions, "dx = W.T @ g", "dx = -(W.T @ g)", DENSE[2:], DENSE[:2]),
    Fault("sign", of_updating, "self.weights -= rate", "self.weights += rate", DENSE[:1], DENSE[1:]),
    Fault("sign", of_keeping, "self.db = g.sum(axis=0)", "self.db = -g.sum(axis=0)", DENSE[1:2], DENSE[:1]),
    Fault("sign", of_pair, "g = (y - t)", "g = (t - y)", DENSE[:2], ("categorical-cross-entropy",)),
    # transposes, forgotten or too many
    Fault("transposed", of_functions, "dW = g @ x.T", "dW = x @ g.T", DENSE[:1], DENSE[1:]),
    Fault("transposed", of_keeping, "self.dW = self.x.T @ g", "self.dW = g.T @ self.x", DENSE[:1], DENSE[1:]),
    Fault(
        "transposed",
        of_updating,
        "down = g @ self.weights.T",
        "down = g @ self.weights",
        DENSE[2:],
        ("tanh",),
    ),
    Fault(
        "transposed where square",
        of_keeping,
        "return g @ self.W.T",
        "return g @ (self.W if self.W.shape[0] == self.W.shape[1] else self.W.T)",
        DENSE[2:],
        DENSE[:2],
    ),
    # what is kept from another pass
    Fault(
        "stale cache",
        of_updating,
        "        self.x = x\n",
        "        self.x = x if self.x is None else self.x\n",
        DENSE[:1],
        DENSE[1:],
    ),
    Fault(
        "stale cache",
        of_keeping,
        "        self.x = x\n",
        "        self.x = x if self.x is None else self.x\n",
        DENSE[:1],
        DENSE[1:],
    ),
    Fault(
        "stale cache",
        of_network,
        "        self.x = x\n",
        "        self.x = getattr(self, 'x', x)\n",
        DENSE[:1],
        ("forward", "mse"),
    ),
    Fault(
        "accumulated",
        of_keeping,
        "self.dW = self.x.T @ g",
        "self.dW = self.dW + self.x.T @ g",
        DENSE[:1],
        DENSE[1:],
    ),
    Fault(
        "accumulated",
        of_keeping,
        "self.db = g.sum(axis=0)",
        "self.db = self.db + g.sum(axis=0)",
        DENSE[1:2],
        DENSE[:1],
    ),
    # the rest
    Fault(
        "bias not summed",
        of_functions,
        "g.sum(axis=1, keepdims=True)\n    return dx",
        "g\n    return dx",
        DENSE[1:2],
        DENSE[:1],
    ),
    Fault(
        "bias summed wrongly",
        of_updating,
        "g.sum(axis=0, keepdims=True)",
        "g.sum(axis=1, keepdims=True)",
        DENSE[1:2],
    ),
    Fault(
        "bias dropped", of_functions, "return W @ x + b", "return W @ x + 0 * b", ("affine-entries",), DENSE
    ),
    Fault(
        "slope at the output", of_functions, "np.tanh(v) ** 2)", "np.tanh(np.tanh(v)) ** 2)", ("tanh",), DENSE
    ),
    Fault(
        "slope at the input",
        of_keeping,
        "g * self.y * (1 - self.y)",
        "g * self.y * (1 - self.y**2)",
        ("sigmoid", "chain"),
    ),
    Fault("no slope", of_network, "g = down * (1 - self.h**2)", "g = down", DENSE[:2], ("mse", "forward")),
    Fault(
        "softmax over the batch", of_functions, "e.sum(axis=0, keepdims=True)", "e.sum()", ("softmax",), DENSE
    ),
    Fault("in place", of_keeping, "        self.db = g", "        g *= 2\n        self.db = g", DENSE[1:2]),
    Fault(
        "collapsed shape",
        of_functions,
        "g.sum(axis=1, keepdims=True)\n    return dx",
        "g.sum(axis=1)\n    return dx",
        DENSE[1:2],
    ),
    Fault(
        "another loss",
        of_pair,
        "-(t * np.log(run(p, x)[1])).sum()",
        "((t - run(p, x)[1]) ** 2).sum()",
        ("categorical-cross-entropy",),
        DENSE[:2],
    ),
    Fault(
        "another dtype",
        of_keeping,
        "self.dW = self.x.T @ g",
        "self.dW = (self.x.T @ g) * np.float64(1)",
        DENSE[:1],
    ),
)


def test_the_correct_ones_pass() -> None:
    for adapter in ADAPTERS:
        assert own.failures(adapted(adapter), [Level.FLOAT]) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_the_named_claims_refuse_the_fault_and_the_others_do_not(fault: Fault) -> None:
    found = own.run_all(adapted(fault.adapter, fault.old, fault.new), [Level.FLOAT])
    failed = {claim for claim, item in found if item.outcome is Outcome.FAILED}
    passed = {claim for claim, item in found if item.outcome is Outcome.PASSED} - failed
    assert failed >= set(fault.refused), sorted(failed)
    assert passed >= set(fault.spared), sorted(passed)


def test_at_least_three_adapters_and_both_conventions() -> None:
    used = {fault.adapter for fault in FAULTS}
    assert len(used) >= 3
    assert {adapted(adapter).convention.name for adapter in used} == {"column", "row"}
    assert len({fault.name for fault in FAULTS}) >= 15


def test_layers_that_are_meant_to_add_up_are_told_to_forget() -> None:
    text = KEEPING.replace("self.dW = self.x.T @ g", "self.dW = self.dW + self.x.T @ g").replace(
        "self.db = g.sum(axis=0)", "self.db = self.db + g.sum(axis=0)"
    )
    names: dict[str, Any] = {"np": np}
    exec(compile(text, "<meant>", "exec"), names)

    def forget(layer: Any) -> None:
        layer.dW, layer.db = 0, 0

    subject = layers_with_grads(layout("row", bias="(n,)"), dense=names["Dense"], reset=forget)
    assert own.failures(subject, [Level.FLOAT]) == []
    assert own.failures(layers_with_grads(layout("row", bias="(n,)"), dense=names["Dense"]), [Level.FLOAT])
