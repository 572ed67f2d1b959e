"""Activations, each a layer of its own: y = f(v) and dL/dv (equations 4-7 and 21)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from ._1_edge import FEATURES, Array, ShapeError, message, one_of
from ._2_layer import Layer


class Elementwise(Layer):
    """A function applied element by element; subclasses give f in ``_value`` and f' in ``_slope``."""

    @abstractmethod
    def _slope(self) -> Array:
        """Compute f' at the input of the last forward pass."""

    def _input_gradient(self, g: Array) -> Array:
        return g * self._slope()  # (21)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Activation(Elementwise):
    """Any element-wise function, given with its derivative.

    Parameters
    ----------
    function, derivative : callable
        f and f', each from a batch of pre-activations to an array of the same shape.
    """

    def __init__(self, function: Callable[[Any], Any], derivative: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function
        self.derivative = derivative

    def _value(self, v: Array) -> Array:
        return _same_shape(self.function(v), v, "function")

    def _slope(self) -> Array:
        return _same_shape(self.derivative(self.input), self.input, "derivative")


class ReLU(Elementwise):
    """max(0, v), equation (4). At the kink v = 0 the slope is taken as 0, a subgradient."""

    def _value(self, v: Array) -> Array:
        return np.maximum(v, 0)

    def _slope(self) -> Array:
        return self.input > 0


class Sigmoid(Elementwise):
    """1 / (1 + exp(-v)), equation (5), written so that exp never overflows; slope y (1 - y)."""

    def _value(self, v: Array) -> Array:
        return sigmoid(v)

    def _slope(self) -> Array:
        return self.output * (1 - self.output)


class Tanh(Elementwise):
    """tanh(v), equation (6); slope 1 - y**2."""

    def _value(self, v: Array) -> Array:
        return np.tanh(v)

    def _slope(self) -> Array:
        return 1 - self.output**2


class Softmax(Layer):
    """exp(v_i) / sum_j exp(v_j) per example, equation (7).

    Not element-wise: its backward pass is the vector-Jacobian product with diag(y) - y y^T.
    """

    def _value(self, v: Array) -> Array:
        return softmax(v)

    def _input_gradient(self, g: Array) -> Array:
        return self.output * (g - (g * self.output).sum(axis=FEATURES, keepdims=True))

    def __repr__(self) -> str:
        return "Softmax()"


def sigmoid(v: Array) -> Array:
    """Compute 1 / (1 + exp(-v)) for each entry, without overflow (5)."""
    e = np.exp(-np.abs(v))
    return np.where(v >= 0, 1, e) / (1 + e)


def softmax(v: Array) -> Array:
    """Compute exp(v_i) / sum_j exp(v_j) for each example of (features, batch), without overflow (7)."""
    e = np.exp(v - v.max(axis=FEATURES, keepdims=True))
    return e / e.sum(axis=FEATURES, keepdims=True)


def _same_shape(result: Array, v: Array, what: str) -> Array:
    shape = getattr(result, "shape", None)
    if shape != v.shape:
        raise ShapeError(
            message(f"Activation: {what}", f"a result of shape {shape}", f"{v.shape}, the shape of v")
        )
    return result


ACTIVATIONS: dict[str, Callable[[], Layer]] = {
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "softmax": Softmax,
}


def activation(name: str) -> Layer:
    """Make an activation layer by its name: relu, sigmoid, tanh or softmax."""
    return ACTIVATIONS[one_of(name, ACTIVATIONS, "activation")]()
