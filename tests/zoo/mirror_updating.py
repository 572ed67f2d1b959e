"""The layers of `right_updating` with row vectors."""

import numpy as np

from derivations.adapters import layout, updating_layers


class Dense:
    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(input_size, output_size)
        self.bias = np.random.randn(1, output_size)

    def forward(self, input):
        self.input = input
        return np.dot(self.input, self.weights) + self.bias

    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(self.input.T, output_gradient)
        bias_gradient = output_gradient
        input_gradient = np.dot(output_gradient, self.weights.T)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * bias_gradient
        return input_gradient


class Activation:
    def __init__(self, activation, activation_prime):
        self.activation = activation
        self.activation_prime = activation_prime

    def forward(self, input):
        self.input = input
        self.output = self.activation(self.input)
        return self.output

    def backward(self, output_gradient, learning_rate):
        return np.multiply(output_gradient, self.activation_prime(self.input))


class Tanh(Activation):
    def __init__(self):
        super().__init__(np.tanh, lambda v: 1 - np.tanh(v) ** 2)


class Softmax:
    def forward(self, input):
        e = np.exp(input)
        self.output = e / np.sum(e)
        return self.output

    def backward(self, output_gradient, learning_rate):
        jacobian = (np.identity(self.output.size) - self.output.T) * self.output
        return np.dot(output_gradient, jacobian)


def mse(y, t):
    return np.mean(np.power(t - y, 2))


def mse_prime(y, t):
    return 2 * (y - t) / np.size(t)


class Network:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, output):
        for layer in self.layers:
            output = layer.forward(output)
        return output

    def backward(self, gradient, learning_rate):
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient, learning_rate)
        return gradient


# --- as a subject ---


def subject():
    return updating_layers(
        layout("row", example="(1, n)"),
        dense=Dense,
        activations={"tanh": Tanh, "softmax": Softmax},
        losses={"mse": (mse, mse_prime)},
        network=Network,
    )
