"""What the packages give: runs of them on lists of examples, whatever their convention."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from ..convention import convention_of
from ..regions import lay
from .drawing import ALPHA, FAN_IN, FAN_OUT

Results = list[list[float]]
Run = Callable[..., Results]
"""From a package, a float type and the arguments as they were drawn to the results of each example."""


class Lacks(Exception):
    """A package has not the name that is to be run."""


def _demand(net: ModuleType, name: str) -> Any:
    found: Any = net
    for part in name.split("."):
        if not hasattr(found, part):
            raise Lacks(f"{net.__name__} has no {name}")
        found = getattr(found, part)
    return found


def batch(net: ModuleType, examples: Any, dtype: Any) -> Any:
    """Lay out a list of examples, each a list of features."""
    return lay(convention_of(net.CONVENTION), np.array(examples, dtype).T.copy())


def examples(net: ModuleType, array: Any) -> Results:
    """Read a batch back as a list of examples."""
    read: Results = lay(convention_of(net.CONVENTION), np.asarray(array)).T.tolist()
    return read


def forward(name: str) -> Run:
    """Run an activation."""

    def run(net: ModuleType, dtype: Any, v: Any) -> Results:
        _demand(net, f"{name}.forward")
        return examples(net, getattr(net, name)().forward(batch(net, v, dtype)))

    return run


def backward(name: str) -> Run:
    """Run an activation's gradient: its slope, where no g is given."""

    def run(net: ModuleType, dtype: Any, v: Any, g: Any = None) -> Results:
        _demand(net, f"{name}.backward")
        layer = getattr(net, name)()
        layer.forward(batch(net, v, dtype))
        g = [[1] * len(v[0])] * len(v) if g is None else g
        return examples(net, layer.backward(batch(net, g, dtype)))

    return run


def loss(name: str, method: str) -> Run:
    """Run a method of a loss."""

    def run(net: ModuleType, dtype: Any, y: Any, t: Any) -> Results:
        _demand(net, f"{name}.{method}")
        of = getattr(net, name)("sum")
        return examples(net, getattr(of, method)(batch(net, y, dtype), batch(net, t, dtype)))

    return run


def dense(what: str) -> Run:
    """Run a dense layer of its own for each example together with the next, so that sums over the batch add two.

    ``what`` is "forward", or the letter of the gradient.
    """

    def run(net: ModuleType, dtype: Any, x: Any, g: Any, W: Any, b: Any) -> Results:
        make = _demand(net, "Dense.of")
        _demand(net, "Dense.forward" if what == "forward" else "Dense.backward")
        convention, found = convention_of(net.CONVENTION), []
        for place in range(len(x)):
            both = place, (place + 1) % len(x)
            weights = lay(convention, np.reshape(W[place], (FAN_OUT, FAN_IN)).astype(dtype))
            layer = make(weights, batch(net, [b[place]], dtype))
            y = layer.forward(batch(net, [x[k] for k in both], dtype))
            if what == "forward":
                rows = examples(net, y)
            else:
                gradient = getattr(layer.backward(batch(net, [g[k] for k in both], dtype)), what)
                # Weights are read neuron by neuron, which in columns is row by row.
                rows = (
                    lay(convention, np.asarray(gradient)).tolist() if what == "W" else examples(net, gradient)
                )
            found.append([number for row in rows for number in row])
        return found

    return run


def descend(net: ModuleType, dtype: Any, p: Any, g: Any) -> Results:
    """Take a step."""
    step = _demand(net, "descend")
    return examples(net, step(batch(net, p, dtype), batch(net, g, dtype), ALPHA))
