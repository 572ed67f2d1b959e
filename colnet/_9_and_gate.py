"""The paper's example: the AND gate, the 2-3-1 tanh network, its decision surface (sections 4.5-4.7)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._1_edge import FEATURES, Array, as_batch, as_generator, as_size, demand_memory
from ._3_dense import Dense
from ._4_activations import Tanh
from ._6_network import Network


def and_gate() -> tuple[Array, Array]:
    """Return Table 1: inputs (2, 4) and targets (1, 4), in the order 00, 01, 10, 11."""
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    t = np.array([[0.0], [0.0], [0.0], [1.0]])
    return x.T, t.T


def and_network(rng: Any = None) -> Network:
    """Make the untrained network of section 4.5: 2 inputs, 3 tanh neurons, 1 tanh neuron."""
    rng = as_generator(rng, "and_network: rng")
    return Network([Dense(2, 3, rng), Tanh(), Dense(3, 1, rng), Tanh()])


def decision_surface(network: Network, points: int = 20) -> Array:
    """Return the predictions on a grid over the unit square, (points, points).

    Entry (i, k) is the prediction for first input i / (points - 1) and second input k / (points - 1),
    as for Figure 3; a plot with the first input along the horizontal axis shows the transpose.
    """
    points = as_size(points, "decision_surface: points")
    demand_memory(2 * points * points, "decision_surface: points", str(points))
    ticks = np.linspace(0, 1, points)
    first, second = np.meshgrid(ticks, ticks, indexing="ij")
    x = np.stack([first.ravel(), second.ravel()], axis=FEATURES)
    return as_batch(network.predict(x), "decision_surface: prediction", 1).reshape(first.shape)
