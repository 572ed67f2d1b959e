"""A plain forward and reverse pass, run on error-carrying numbers: how far off a float computation may be.

A framework cannot be run on such numbers itself. What it does is this computation, in whatever order it adds, and
the bounds hold for every order. Only the bound is taken from here, never an expected value: that comes from
the definition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..convention import Convention
from ..numbers import Rounded
from ..regions import Array, lay
from .end_to_end import LOSSES, Architecture


def _forward(kind: str, v: Any) -> Any:
    if kind == "tanh":
        return np.tanh(v)
    if kind == "sigmoid":
        return 1 / (1 + np.exp(-v))
    if kind == "relu":
        return np.where(v > 0, v, v * 0)
    if kind == "softmax":
        e = np.exp(v)
        return e / e.sum(axis=0, keepdims=True)
    return v


def _backward(kind: str, y: Any, g: Any) -> Any:
    if kind == "tanh":
        return g * (1 - y**2)
    if kind == "sigmoid":
        return g * (y * (1 - y))
    if kind == "relu":
        return np.where(y > 0, g, g * 0)
    if kind == "softmax":
        return y * (g - (g * y).sum(axis=0, keepdims=True))
    return g


def _times_log(t: Any, y: Any) -> Any:
    # A target of 0, and 1 minus one of 1, are exactly 0 in floats.
    return t * y.log() if t.value else t * 0


_each = np.frompyfunc(_times_log, 2, 1)


def _cross(y: Array, t: Array) -> tuple[Array, Array]:
    return -_each(t, y), -t / y


def _binary(y: Array, t: Array) -> tuple[Array, Array]:
    return -(_each(t, y) + _each(1 - t, 1 - y)), (1 - t) / (1 - y) - t / y


def _fused_softmax(y: Array, t: Array) -> tuple[Array, Array]:
    e = np.exp(y)
    total = e.sum(axis=0, keepdims=True)
    return t * (np.log(total) - y), e / total * t.sum(axis=0, keepdims=True) - t


def _fused_sigmoid(y: Array, t: Array) -> tuple[Array, Array]:
    p = 1 / (1 + np.exp(-y))
    return _binary(p, t)[0], p - t


_LOSSES: Mapping[str, Callable[[Array, Array], tuple[Array, Array]]] = {
    "mse": lambda y, t: ((y - t) ** 2 / len(y), 2 * (y - t) / len(y)),
    "mae": lambda y, t: (abs(y - t) / len(y), np.where(y > t, 1 + 0 * y, -1 + 0 * y) / len(y)),
    "cross-entropy": _cross,
    "categorical-cross-entropy": _cross,
    "binary-cross-entropy": _binary,
    "fused-softmax": _fused_softmax,
    "fused-sigmoid": _fused_sigmoid,
    "hinge": lambda y, t: (
        np.where(1 - t * y > 0, 1 - t * y, 0 * y),
        np.where(1 - t * y > 0, -t, 0 * t),
    ),
}


def bounded(*arrays: Any) -> bool:
    """Tell whether arrays hold error-carrying numbers."""
    return all(isinstance(entry, Rounded) for array in arrays for entry in np.ravel(array))


def _outputs(
    description: Architecture, convention: Convention, parameters: Mapping[str, Array], x: Array
) -> list[Array]:
    """Give the inputs and the outputs of each layer, in column layout."""
    outputs = [lay(convention, x)]
    for layer, kind in enumerate(description.activations, start=1):
        v = lay(convention, parameters[f"W{layer}"]) @ outputs[-1]
        if description.biased:
            v = v + lay(convention, parameters[f"b{layer}"])
        outputs.append(_forward(kind, v))
    return outputs


def plain_prediction(
    description: Architecture, convention: Convention, parameters: Mapping[str, Array], x: Array
) -> Array:
    """Give the prediction of a network; arrays as the convention lays them out."""
    return lay(convention, _outputs(description, convention, parameters, x)[-1])


def plain_pass(
    description: Architecture, convention: Convention, parameters: Mapping[str, Array], x: Array, t: Array
) -> tuple[Any, dict[str, Array]]:
    """Give loss and all gradients, also by x, of a network; arrays as the convention lays them out."""
    outputs = _outputs(description, convention, parameters, x)
    named, n, count = LOSSES[description.loss], len(outputs[-1]), outputs[0].shape[1]
    per_entry, g = _LOSSES[named.claim](outputs[-1], lay(convention, t))
    # The scale is linear in the loss, so that it scales the gradient alike.
    loss, g = named.scale(per_entry.sum(), n), named.scale(g, n)
    if description.reduction == "mean":
        loss, g = loss / count, g / count
    gradients: dict[str, Array] = {}
    for layer in range(description.depth, 0, -1):
        W = lay(convention, parameters[f"W{layer}"])
        g = _backward(description.activations[layer - 1], outputs[layer], g)
        gradients[f"W{layer}"] = g @ outputs[layer - 1].T
        if description.penalty:
            share = W * description.penalty
            gradients[f"W{layer}"] = (gradients[f"W{layer}"] * count + share) / count
            loss = loss + (share * W).sum() / 2 / count
        if description.biased:
            gradients[f"b{layer}"] = g.sum(axis=1, keepdims=True)
        g = W.T @ g
    gradients["x"] = g
    return loss, {name: lay(convention, array) for name, array in gradients.items()}
