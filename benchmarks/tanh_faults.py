"""Faults of the backward pass of a tanh dense layer, y = tanh(W x + b), in the column convention.

Each is written with operators that NumPy arrays and JAX tracers share, so that every checker is given the very same
lines. Whether one is a fault at some shape is computed: its result differs from the right one there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any


@dataclass(frozen=True)
class Pass:
    """What a backward pass has: the upstream gradient g, and what the forward pass had and made."""

    g: Array
    x: Array
    W: Array
    v: Array
    y: Array

    @property
    def s(self) -> Array:
        """The gradient by v."""
        return self.g * (1 - self.y * self.y)


Gradients = tuple[Array, Array, Array]
"""By x, W and b."""
Backward = Callable[[Pass], Gradients]


def from_slope(p: Pass, s: Array) -> Gradients:
    """Give the gradients by x, W and b from that by v."""
    return p.W.T @ s, s @ p.x.T, s.sum(axis=1, keepdims=True)


def right(p: Pass) -> Gradients:
    """Give the right gradients."""
    return from_slope(p, p.s)


def _ones(array: Array, changed: tuple[Any, Any], value: float) -> Array:
    """Make an array of ones of this shape, and of another value at some entries."""
    result = np.ones(array.shape, dtype=array.dtype)
    result[changed] = value
    return result


def by(**changes: Callable[[Pass, Array], Array]) -> Backward:
    """Change some of the right gradients."""

    def backward(p: Pass) -> Gradients:
        found = dict(zip(("x", "W", "b"), right(p)))
        found |= {name: change(p, found[name]) for name, change in changes.items()}
        return found["x"], found["W"], found["b"]

    return backward


def _swapped(p: Pass) -> Gradients:
    dx, dW, db = right(p)
    return dx, db, dW


FAULTS: dict[str, Backward] = {
    "dW transposed": by(W=lambda p, dW: dW.T),
    "dW: minus": by(W=lambda p, dW: -dW),
    "dW: twice": by(W=lambda p, dW: 2 * dW),
    "dW: times the outputs": by(W=lambda p, dW: dW * p.y.shape[0]),
    "dW: averaged over the batch": by(W=lambda p, dW: dW / p.x.shape[1]),
    "dW: off by 0.1 %": by(W=lambda p, dW: dW * 1.001),
    "dW: one entry twice": by(W=lambda p, dW: dW * _ones(dW, (0, -1), 2)),
    "dW: one column zero": by(W=lambda p, dW: dW * _ones(dW, (slice(None), -1), 0)),
    "dW: last example missing": by(W=lambda p, dW: p.s[:, :-1] @ p.x[:, :-1].T),
    "dW: examples in reverse": by(W=lambda p, dW: p.s @ p.x[:, ::-1].T),
    "dW: of y for x": by(W=lambda p, dW: p.s @ p.y.T),
    "db: averaged": by(b=lambda p, db: db / p.x.shape[1]),
    "db: of the first example only": by(b=lambda p, db: p.s[:, :1]),
    "db: zero": by(b=lambda p, db: 0 * db),
    "dW and db swapped": _swapped,
    "dx: W for W.T": by(x=lambda p, dx: p.W @ p.s),
    "dx: twice": by(x=lambda p, dx: 2 * dx),
    "dx: minus": by(x=lambda p, dx: -dx),
    "dx: last example twice": by(x=lambda p, dx: dx * _ones(dx, (slice(None), -1), 2)),
    "slope at v, not y": lambda p: from_slope(p, p.g * (1 - p.v * p.v)),
    "slope missing": lambda p: from_slope(p, p.g),
    "slope y (1 - y)": lambda p: from_slope(p, p.g * p.y * (1 - p.y)),
}


@dataclass(frozen=True)
class Shape:
    """A shape with numbers: pre-activations are of size 1, the upstream gradient of the size ``scale``."""

    fan_out: int
    fan_in: int
    batch: int
    scale: float = 1.0

    @property
    def name(self) -> str:
        """Name it."""
        told = f"({self.fan_out}, {self.fan_in:,}, {self.batch})"
        return told if self.scale == 1 else f"{told}, g × {self.scale:g}"

    def arrays(self) -> tuple[Array, Array, Array, Array]:
        """Draw x, W, b and g."""
        rng = np.random.default_rng(1)
        return (
            rng.standard_normal((self.fan_in, self.batch)),
            rng.standard_normal((self.fan_out, self.fan_in)) / self.fan_in**0.5,
            rng.standard_normal((self.fan_out, 1)),
            rng.standard_normal((self.fan_out, self.batch)) * self.scale,
        )


def run(backward: Backward, x: Array, W: Array, b: Array, g: Array) -> Gradients:
    """Run a backward pass behind a forward pass."""
    v = W @ x + b
    return backward(Pass(g, x, W, v, np.tanh(v)))


def faulty(backward: Backward, shape: Shape) -> bool | None:
    """Tell whether the results differ from the right ones at this shape; None where the code does not run.

    Rounding differs with the order of products: what is closer than half of the digits is the same.
    """
    arrays = shape.arrays()
    try:
        found = run(backward, *arrays)
    except ValueError:
        return None  # a product that does not fit: NumPy refuses it before any checker
    for mine, exact in zip(found, run(right, *arrays)):
        if mine.shape != exact.shape or np.abs(mine - exact).max() > 1e-8 * np.abs(exact).max():
            return True
    return False
