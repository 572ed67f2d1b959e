"""The dense layer: v = W x + b, and its three gradients (equations 3, 14, 16, 17, 18)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ._1_edge import (
    EXAMPLES,
    FAN_IN,
    FAN_OUT,
    Array,
    as_float_type,
    as_generator,
    as_like,
    as_matrix,
    as_size,
    bias_shape,
    demand_memory,
    one_of,
    own,
)
from ._2_layer import Layer

INITIALISATIONS = ("standard-normal", "scaled")


class DenseGradients(NamedTuple):
    """What `Dense.backward` returns; each of the shape of what it is the gradient of."""

    x: Array
    W: Array
    b: Array


class Dense(Layer):
    """A fully connected layer in the column convention.

    Parameters
    ----------
    fan_in, fan_out : int
        Number of inputs and of neurons.
    rng : numpy.random.Generator, int or None
        Where the weights are drawn from; a seed makes them repeatable.
    init : {"standard-normal", "scaled"}
        As in the paper (section 4.2), or the same divided by sqrt(fan_in), with the bias zero.
    dtype : float type
        Of the parameters.

    Attributes
    ----------
    W : array (fan_out, fan_in)
        Row j holds the weights of neuron j.
    b : array (fan_out, 1)
    """

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        rng: Any = None,
        init: str = "standard-normal",
        dtype: Any = np.float64,
    ) -> None:
        super().__init__()
        fan_in, fan_out = as_size(fan_in, "Dense: fan_in"), as_size(fan_out, "Dense: fan_out")
        demand_memory(fan_in * fan_out, "Dense: sizes", f"{fan_in} x {fan_out}")
        one_of(init, INITIALISATIONS, "Dense: init")
        kind = as_float_type(dtype, "Dense: dtype")
        rng = as_generator(rng, "Dense: rng")
        W = rng.standard_normal((fan_out, fan_in))
        b = rng.standard_normal(bias_shape(fan_out))
        if init == "scaled":
            W, b = W / np.sqrt(fan_in), 0 * b
        self._W: Array = W.astype(kind)
        self._b: Array = b.astype(kind)

    @classmethod
    def of(cls, W: Any, b: Any) -> Dense:
        """Make a layer of given parameters, W (fan_out, fan_in) and b (fan_out, 1); they are copied."""
        W = as_matrix(W, "Dense.of: W")
        b = as_like(b, "Dense.of: b", bias_shape(W.shape[FAN_OUT]), "the bias of these weights")
        layer = cls.__new__(cls)
        Layer.__init__(layer)
        layer._W, layer._b = own(W), own(b)
        return layer

    @property
    def fan_in(self) -> Any:
        """Number of inputs."""
        return self._W.shape[FAN_IN]

    @property
    def fan_out(self) -> Any:
        """Number of neurons."""
        return self._W.shape[FAN_OUT]

    @property
    def W(self) -> Array:
        """The weights, (fan_out, fan_in). Setting them checks the shape and forgets the last forward pass."""
        return self._W

    @W.setter
    def W(self, W: Any) -> None:
        self._assign({"W": own(as_like(W, f"{self!r}.W", self._W.shape, "the weights"))})

    @property
    def b(self) -> Array:
        """The bias, (fan_out, 1). Setting it checks the shape and forgets the last forward pass."""
        return self._b

    @b.setter
    def b(self, b: Any) -> None:
        self._assign({"b": own(as_like(b, f"{self!r}.b", self._b.shape, "the bias"))})

    @property
    def parameters(self) -> dict[str, Array]:
        """W and b by name."""
        return {"W": self._W, "b": self._b}

    def _assign(self, parameters: dict[str, Array]) -> None:
        self.input = self.output = None
        self._W = parameters.get("W", self._W)
        self._b = parameters.get("b", self._b)

    def _features(self) -> Any:
        return self.fan_in

    # The mathematics.

    def _value(self, x: Array) -> Array:
        return self._W @ x + self._b  # (3), (14)

    def _weight_gradient(self, g: Array) -> Array:
        return g @ self.input.T  # (16)

    def _bias_gradient(self, g: Array) -> Array:
        return g.sum(axis=EXAMPLES, keepdims=True)  # (17)

    def _input_gradient(self, g: Array) -> Array:
        return self._W.T @ g  # (18)

    # The same with its arguments checked.

    def _parameter_gradients(self, g: Array) -> dict[str, Array]:
        return {"W": self._weight_gradient(g), "b": self._bias_gradient(g)}

    def weight_gradient(self, g: Any) -> Array:
        """Return dL/dW (fan_out, fan_in), summed over the examples, for g = dL/dv (16)."""
        return self._weight_gradient(self._upstream(g, "weight_gradient"))

    def bias_gradient(self, g: Any) -> Array:
        """Return dL/db (fan_out, 1), summed over the examples, for g = dL/dv (17)."""
        return self._bias_gradient(self._upstream(g, "bias_gradient"))

    def backward(self, g: Any) -> DenseGradients:
        """Return dL/dx, dL/dW and dL/db for g = dL/dv; change nothing ((16)-(18)).

        Parameters
        ----------
        g : array (fan_out, batch)
            Gradient of the loss by this layer's own output.

        Returns
        -------
        DenseGradients
            ``x`` (fan_in, batch), ``W`` (fan_out, fan_in) and ``b`` (fan_out, 1); the last two are sums
            over the examples: a mean over the batch is the loss's affair and comes in with ``g``.
        """
        g = self._upstream(g, "backward")
        return DenseGradients(self._input_gradient(g), self._weight_gradient(g), self._bias_gradient(g))

    def __repr__(self) -> str:
        return f"Dense({self.fan_in}, {self.fan_out})"
