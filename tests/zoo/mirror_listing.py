"""The network of `right_listing` with row vectors."""

from itertools import pairwise

import numpy as np

from derivations.adapters import layout, network


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


class Network:
    def __init__(self, sizes):
        self.depth = len(sizes) - 1
        self.biases = [np.random.randn(1, n) for n in sizes[1:]]
        self.weights = [np.random.randn(m, n) for m, n in pairwise(sizes)]

    def feedforward(self, a):
        for w, b in zip(self.weights, self.biases):
            a = sigmoid(np.dot(a, w) + b)
        return a

    def cost(self, x, y):
        return 0.5 * np.sum((self.feedforward(x) - y) ** 2)

    def cost_derivative(self, output, y):
        return output - y

    def backprop(self, x, y):
        nabla_b = [None] * self.depth
        nabla_w = [None] * self.depth
        activation = x
        activations = [x]
        zs = []
        for w, b in zip(self.weights, self.biases):
            z = np.dot(activation, w) + b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        delta = self.cost_derivative(activations[-1], y) * sigmoid_prime(zs[-1])
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(activations[-2].T, delta)
        for layer in range(2, self.depth + 1):
            slope = sigmoid_prime(zs[-layer])
            delta = np.dot(delta, self.weights[-layer + 1].T) * slope
            nabla_b[-layer] = delta
            nabla_w[-layer] = np.dot(activations[-layer - 1].T, delta)
        return nabla_b, nabla_w


# --- as a subject ---


def gradients(net, x, y):
    nabla_b, nabla_w = net.backprop(x, y)
    return [array for pair in zip(nabla_w, nabla_b) for array in pair]


def subject():
    return network(
        layout("row", example="(1, n)"),
        Network,
        activations=["sigmoid", "sigmoid"],
        loss="half-squared-error",
        parameters=["weights[0]", "biases[0]", "weights[1]", "biases[1]"],
        value=Network.cost,
        gradients=gradients,
        predict=Network.feedforward,
    )
