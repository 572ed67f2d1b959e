"""The layers of `right_keeping` with examples in columns."""

import numpy as np

from derivations.adapters import layers_with_grads


class DenseLayer:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_neurons, n_inputs)
        self.biases = np.zeros((n_neurons, 1))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(self.weights, inputs) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(dvalues, self.inputs.T)
        self.dbiases = np.sum(dvalues, axis=1, keepdims=True)
        self.dinputs = np.dot(self.weights.T, dvalues)


class ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


class Tanh:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.tanh(inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues * (1 - self.output**2)


class Softmax:
    def forward(self, inputs):
        e = np.exp(inputs - np.max(inputs, axis=0, keepdims=True))
        self.output = e / np.sum(e, axis=0, keepdims=True)

    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for k, (y, g) in enumerate(zip(self.output.T, dvalues.T)):
            jacobian = np.diagflat(y) - np.outer(y, y)
            self.dinputs[:, k] = np.dot(jacobian, g)


class CrossEntropy:
    def forward(self, y, t):
        return -np.sum(t * np.log(y))

    def backward(self, y, t):
        return -t / y


class SquaredError:
    def forward(self, y, t):
        return np.sum((y - t) ** 2)

    def backward(self, y, t):
        return 2 * (y - t)


# --- as a subject ---


def forward(layer, x):
    layer.forward(x)
    return layer.output


def backward(layer, g):
    layer.backward(g)
    return layer.dinputs


def subject():
    return layers_with_grads(
        "column",
        dense=DenseLayer,
        parameters=("weights", "biases"),
        gradients=("dweights", "dbiases"),
        activations={"relu": ReLU, "tanh": Tanh, "softmax": Softmax},
        losses={
            "categorical-cross-entropy": (CrossEntropy().forward, CrossEntropy().backward),
            "squared-error": (SquaredError().forward, SquaredError().backward),
        },
        reduction="sum",
        forward=forward,
        backward=backward,
    )
