"""A network: layers in order; forward, backward through them in reverse, and the collapse of Appendix A."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import reduce
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ._1_edge import (
    Array,
    DivergedError,
    NotForwardError,
    ShapeError,
    all_finite,
    as_batch,
    as_like,
    as_rate,
    is_float,
    message,
    own,
)
from ._2_layer import Layer
from ._3_dense import Dense
from ._5_losses import Loss, as_loss
from ._7_descent import descend


class NetworkGradients(NamedTuple):
    """What a backward pass through a network returns.

    ``x`` is the gradient by the input; ``layers`` has, for each layer in order, the gradients of its
    parameters by name, so that ``gradients.layers[0]["W"]`` belongs to ``network.layers[0].W``.
    """

    x: Array
    layers: tuple[dict[str, Array], ...]


class Network:
    """An ordered list of layers; the output of each is the input of the next (sections 2.3, 4.5).

    Parameters
    ----------
    layers : sequence of Layer
        At least one, all different objects, each dense one fitting the dense one before it.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers: tuple[Layer, ...] = _chained(layers)

    @property
    def parameters(self) -> tuple[dict[str, Array], ...]:
        """For each layer its trainable arrays by name."""
        return tuple(layer.parameters for layer in self.layers)

    @property
    def parameter_count(self) -> int:
        """Number of trainable numbers (2)."""
        return sum(array.shape[0] * array.shape[1] for named in self.parameters for array in named.values())

    def _features(self) -> Any:
        return next((layer.fan_in for layer in self.layers if isinstance(layer, Dense)), None)

    def predict(self, x: Any) -> Array:
        """Return the output for a batch (batch, features) and remember nothing (section 2.4)."""
        x = as_batch(x, "Network.predict: x", self._features())
        for layer in self.layers:
            x = layer._value(x)
        return x

    def forward(self, x: Any) -> Array:
        """Return the output for a batch (batch, features); each layer remembers what backward needs."""
        return own(self._forward(own(as_batch(x, "Network.forward: x", self._features()))))

    def _forward(self, x: Array) -> Array:
        for layer in self.layers:
            x = layer._forward(x)
        return x

    def backward(self, g: Any) -> NetworkGradients:
        """Return the gradients by the input and by every parameter, for g = dL/d(output); change nothing.

        Raises
        ------
        NotForwardError
            When no forward pass belongs to the present parameters of some layer.
        ShapeError, DtypeError, DomainError
            When ``g`` is not like the output of the last forward pass.
        """
        g = self.layers[-1]._upstream(g, "backward")
        for layer, after in pairwise(self.layers):
            if layer.output is None or after.input is not layer.output:
                given = f"{layer!r} and {after!r} that remember different passes"
                raise NotForwardError(
                    message("Network.backward", given, "a call of the network's forward first")
                )
        return self._backward(g)

    def _backward(self, g: Array, first: bool = True) -> NetworkGradients:
        """Go through the layers in reverse; ``first=False`` leaves out dL/d(input): training ignores it."""
        gradients: list[dict[str, Array]] = []
        for layer in reversed(self.layers):
            gradients.append(layer._parameter_gradients(g))
            if first or layer is not self.layers[0]:
                g = layer._input_gradient(g)
        return NetworkGradients(g if first else None, tuple(reversed(gradients)))

    def gradients(self, x: Any, t: Any, loss: Loss | str) -> NetworkGradients:
        """Return the gradients of ``loss`` between the prediction for ``x`` and the target ``t``.

        ``loss`` may be a name; it is then averaged over the batch.
        """
        return self.backward(as_loss(loss).gradient(self.forward(x), t))

    def update(self, gradients: NetworkGradients, alpha: Any) -> None:
        """Take one step of gradient descent, all parameters at once ((19), (20)).

        Raises
        ------
        ShapeError, DtypeError, DomainError
            When a gradient is not like its parameter, or alpha is no positive finite number.
        DivergedError
            When a parameter would become infinite or NaN. No parameter has changed then.
        """
        alpha = as_rate(alpha, "Network.update: alpha")
        if not isinstance(gradients, NetworkGradients):
            given, expected = type(gradients).__name__, "the NetworkGradients of a network of this convention"
            raise ShapeError(message("Network.update", given, expected))
        if not isinstance(gradients.layers, (tuple, list)) or len(gradients.layers) != len(self.layers):
            count = len(gradients.layers) if isinstance(gradients.layers, (tuple, list)) else "no"
            given, expected = f"gradients of {count} layers", f"of {len(self.layers)} layers"
            raise ShapeError(message("Network.update", given, expected))
        checked = []
        for layer, of in zip(self.layers, gradients.layers):
            if not isinstance(of, Mapping) or of.keys() != layer.parameters.keys():
                raise ShapeError(
                    message(
                        f"Network.update: {layer!r}",
                        f"gradients of {sorted(map(str, of)) if isinstance(of, Mapping) else of}",
                        f"of {sorted(layer.parameters)}",
                    )
                )
            where = f"Network.update: {layer!r}: gradient of"
            checked.append(
                {
                    name: as_like(of[name], f"{where} {name}", array.shape, name)
                    for name, array in layer.parameters.items()
                }
            )
        with np.errstate(over="ignore", invalid="ignore"):  # what they warn of is raised as DivergedError
            self._update(NetworkGradients(gradients.x, tuple(checked)), alpha)

    def _update(self, gradients: NetworkGradients, alpha: Any) -> None:
        new: list[tuple[Layer, dict[str, Array]]] = []
        for layer, of in zip(self.layers, gradients.layers):
            if of:
                named = {
                    name: _stepped(layer, name, array, of[name], alpha)
                    for name, array in layer.parameters.items()
                }
                new.append((layer, named))
        for layer, named in new:
            layer._assign(named)

    def collapse(self) -> Network:
        """Return an equal network in which each run of dense layers is one dense layer (Appendix A)."""
        layers: list[Layer] = []
        for layer in self.layers:
            if layers and isinstance(layer, Dense) and isinstance(layers[-1], Dense):
                layers[-1] = _together(layers[-1], layer)
            else:
                layers.append(Dense.of(layer.W, layer.b) if isinstance(layer, Dense) else _fresh(layer))
        return Network(layers)

    def __repr__(self) -> str:
        return "Network([" + ", ".join(repr(layer) for layer in self.layers) + "])"


def collapse_two(first: Dense, second: Dense) -> Dense:
    """Return the one dense layer that does what ``first`` and then ``second`` do (Appendix A)."""
    return collapse((first, second))


def collapse(layers: Iterable[Dense]) -> Dense:
    """Return the one dense layer that does what a run of dense layers does, in their order (Appendix A)."""
    run = []
    for layer in _chained(layers):
        if not isinstance(layer, Dense):
            raise ShapeError(message("collapse", repr(layer), "dense layers only"))
        run.append(layer)
    return reduce(_together, run[1:], Dense.of(run[0].W, run[0].b))


def _together(first: Dense, second: Dense) -> Dense:
    return Dense.of(first.W @ second.W, first.b @ second.W + second.b)


def _stepped(layer: Layer, name: str, array: Array, gradient: Array, alpha: Any) -> Array:
    """Compute one parameter after a step: of the float type that it had, and finite."""
    new = descend(array, gradient, alpha)
    if is_float(array):
        new = new.astype(array.dtype, copy=False)
        if not all_finite(new):
            raise DivergedError(
                message(f"update of {name} of {layer!r}", "an infinite or NaN entry", "a smaller alpha")
            )
    return new


def _fresh(layer: Layer) -> Layer:
    other = copy(layer)
    other.input = other.output = None
    return other


def _chained(layers: Any) -> tuple[Layer, ...]:
    if isinstance(layers, Layer) or not isinstance(layers, Iterable):
        raise ShapeError(message("Network", repr(layers), "a sequence of layers"))
    chain: tuple[Layer, ...] = tuple(layers)
    if not chain:
        raise ShapeError(message("Network", "no layer", "at least one"))
    before: Any = None
    for place, layer in enumerate(chain):
        if not isinstance(layer, Layer):
            raise ShapeError(message(f"Network: layer {place}", repr(layer), "a layer of this convention"))
        if any(layer is other for other in chain[:place]):
            raise ShapeError(
                message(
                    f"Network: layer {place}",
                    f"{layer!r} a second time",
                    "each object once: it remembers one pass",
                )
            )
        if isinstance(layer, Dense):
            if before is not None and layer.fan_in != before.fan_out:
                raise ShapeError(
                    message(
                        f"Network: layer {place}", f"{layer!r} after {before!r}", f"fan_in {before.fan_out}"
                    )
                )
            before = layer
    return chain
