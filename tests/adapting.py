"""Small networks in other people's styles, and running every law that a subject's doors allow."""

from itertools import pairwise

import numpy as np

from derivations.evidence import Level, Outcome
from derivations.laws import Context
from derivations.ledger import checks, levels_of, run_check
from derivations.registry import claims

EVERY = (Level.SYMBOLS, Level.EXACT, Level.PRECISION, Level.FLOAT, Level.RUN)


def offered(subject, levels=EVERY):
    """Give every check whose doors are there: of the claims, and of the subject's own laws."""
    for claim in claims().values():
        for law, level in checks(claim):
            if law.needs and subject.has(law.needs) and level in levels:
                yield claim, law, level
    for name, law in subject.extra_laws:
        for level in levels_of(law):
            if level in levels:
                yield claims()[name], law, level


def run_all(subject, levels=EVERY, seed=0):
    return [
        (claim.id, run_check(claim, law, level, Context(subject, seed)))
        for claim, law, level in offered(subject, levels)
    ]


def not_passed(ran):
    """Give what did not pass; what was not run says why, and is not among them."""
    return [
        f"{claim}, {found.part}, {found.level.value}: {found.outcome.value}: {found.detail}"
        for claim, found in ran
        if found.outcome not in (Outcome.PASSED, Outcome.NOT_RUN)
    ]


def that_passed(ran):
    """Give the claims of which something passed."""
    return {claim for claim, found in ran if found.outcome is Outcome.PASSED}


def failures(subject, levels=EVERY, seed=0):
    return not_passed(run_all(subject, levels, seed))


# --- plain functions, examples in columns ---


def column_forward(x, W, b):
    return np.dot(W, x) + b


def column_backward(g, x, W, b):
    return np.dot(W.T, g), np.dot(g, x.T), np.sum(g, axis=1, keepdims=True)


def logistic(v):
    return 1 / (1 + np.exp(-v))


def column_softmax(v):
    e = np.exp(v - np.max(v, axis=0, keepdims=True))
    return e / np.sum(e, axis=0, keepdims=True)


def column_softmax_backward(g, v):
    p = column_softmax(v)
    return p * (g - np.sum(p * g, axis=0, keepdims=True))


ELEMENTWISE = {
    "tanh": (np.tanh, lambda g, v: g * (1 - np.tanh(v) ** 2)),
    "sigmoid": (logistic, lambda g, v: g * logistic(v) * (1 - logistic(v))),
    "relu": (lambda v: v * (v > 0), lambda g, v: g * (v > 0)),
}


# --- layers that update themselves, one example as a column ---


class UpdatingDense:
    def __init__(self, inputs, outputs):
        self.weights = np.zeros((outputs, inputs))
        self.bias = np.zeros((outputs, 1))

    def forward(self, x):
        self.x = x
        return self.weights @ x + self.bias

    def backward(self, g, rate):
        down = self.weights.T @ g
        self.weights -= rate * (g @ self.x.T)
        self.bias -= rate * g
        return down


class UpdatingActivation:
    def __init__(self, f, slope):
        self.f, self.slope = f, slope

    def forward(self, v):
        self.v = v
        return self.f(v)

    def backward(self, g, rate):
        return g * self.slope(self.v)


def tanh_layer():
    return UpdatingActivation(np.tanh, lambda v: 1 - np.tanh(v) ** 2)


MSE_ONE = (lambda y, t: ((y - t) ** 2).sum() / len(y), lambda y, t: 2 * (y - t) / len(y))


# --- layers that keep gradients, examples in rows, a bias without a second axis ---


class KeepingDense:
    def __init__(self, inputs, outputs):
        self.params = {"W": np.zeros((inputs, outputs)), "b": np.zeros(outputs)}
        self.grads = {}

    def forward(self, x):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, g):
        self.grads["W"] = self.x.T @ g
        self.grads["b"] = g.sum(axis=0)
        return g @ self.params["W"].T


class KeepingReLU:
    def forward(self, v):
        self.on = v > 0
        return v * self.on

    def backward(self, g):
        return g * self.on


class KeepingSoftmax:
    def forward(self, v):
        e = np.exp(v)
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, g):
        return self.p * (g - (g * self.p).sum(axis=1, keepdims=True))


HALF_SQUARES = (
    lambda y, t: ((y - t) ** 2).sum() / (2 * len(y)),
    lambda y, t: (y - t) / len(y),
)


# --- a network of two layers, examples in rows ---


class TwoLayers:
    def __init__(self, widths):
        n, h, m = widths
        self.W1, self.b1 = np.zeros((n, h)), np.zeros((1, h))
        self.W2, self.b2 = np.zeros((h, m)), np.zeros((1, m))

    def predict(self, x):
        self.x, self.h = x, np.tanh(x @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2

    def loss(self, x, t):
        return np.mean((self.predict(x) - t) ** 2)

    def backward(self, x, t):
        y = self.predict(x)
        g = 2 * (y - t) / y.size
        self.dW2, self.db2 = self.h.T @ g, g.sum(axis=0, keepdims=True)
        g = (g @ self.W2.T) * (1 - self.h**2)
        self.dW1, self.db1 = self.x.T @ g, g.sum(axis=0, keepdims=True)


# --- a network that learns, examples in columns, each bias in the last column of its weights ---


class Learning:
    def __init__(self, widths):
        self.layers = [np.zeros((m, n + 1)) for n, m in pairwise(widths)]

    def run(self, x):
        outputs = [x]
        for place, A in enumerate(self.layers):
            v = A[:, :-1] @ outputs[-1] + A[:, -1:]
            outputs.append(v if place == len(self.layers) - 1 else v * (v > 0))
        return outputs

    def step(self, x, t, rate):
        outputs = self.run(x)
        g = 2 * (outputs[-1] - t)
        for place in reversed(range(len(self.layers))):
            A = self.layers[place]
            down = A[:, :-1].T @ g
            slope = np.concatenate([g @ outputs[place].T, g.sum(axis=1, keepdims=True)], axis=1)
            self.layers[place] = A - rate * slope
            g = down * (outputs[place] > 0)

    def loss(self, x, t):
        return ((self.run(x)[-1] - t) ** 2).sum()


# --- a loss and its gradients over a dictionary, examples in rows, softmax regression ---


def row_softmax(v):
    e = np.exp(v)
    return e / e.sum(axis=1, keepdims=True)


def regression_loss(p, x, t):
    return -(t * np.log(row_softmax(x @ p["W"] + p["b"]))).sum() / len(x)


def regression_gradients(p, x, t):
    g = (row_softmax(x @ p["W"] + p["b"]) - t) / len(x)
    return {"b": g.sum(axis=0), "W": x.T @ g}


# --- a network of any layers as a loss and its gradients, examples in columns ---

SLOPES = {
    "tanh": (np.tanh, lambda y: 1 - y**2),
    "sigmoid": (logistic, lambda y: y * (1 - y)),
    "relu": (lambda v: v * (v > 0), lambda y: y > 0),
    "identity": (lambda v: v, lambda y: 1),
}


def of_layers(activations, loss):
    """Give value and gradients of a network over pairs of parameters, the loss averaged over the batch."""

    def outputs(pairs, x):
        found = [x]
        for kind, (W, b) in zip(activations, pairs):
            v = W @ found[-1] + b
            found.append(column_softmax(v) if kind == "softmax" else SLOPES[kind][0](v))
        return found

    def value(pairs, x, t):
        y = outputs(pairs, x)[-1]
        if loss == "mse":
            return ((y - t) ** 2).sum() / y.shape[0] / y.shape[1]
        p = column_softmax(y) if loss == "fused-softmax" else y
        return -(t * np.log(p)).sum() / y.shape[1]

    def gradients(pairs, x, t):
        through = outputs(pairs, x)
        y = through[-1]
        if loss == "mse":
            g = 2 * (y - t) / y.shape[0] / y.shape[1]
        else:
            g = (column_softmax(y) - t if loss == "fused-softmax" else -t / y) / y.shape[1]
        found = []
        for kind, (W, _), before, after in reversed(list(zip(activations, pairs, through, through[1:]))):
            along = (g * after).sum(axis=0, keepdims=True)
            g = after * (g - along) if kind == "softmax" else g * SLOPES[kind][1](after)
            found.insert(0, (g @ before.T, g.sum(axis=1, keepdims=True)))
            g = W.T @ g
        return found

    return value, gradients
