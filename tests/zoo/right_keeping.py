"""Layer objects that keep what they compute: outputs, gradients by parameters, gradients by inputs.

Examples in rows, a bias of shape (1, n), ReLU and softmax, losses added up over the batch.
"""

import numpy as np

from derivations.adapters import layers_with_grads


class DenseLayer:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


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
        e = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = e / np.sum(e, axis=1, keepdims=True)

    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for k, (y, g) in enumerate(zip(self.output, dvalues)):
            jacobian = np.diagflat(y) - np.outer(y, y)
            self.dinputs[k] = np.dot(jacobian, g)


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
        "row",
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
