"""Sections 2.3 and 2.4: the forward pass through a network, and what its output means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import depth
from ..claim import Claim, both
from ..convention import Role, batch, bias, weights
from ..evidence import Level
from ..laws import SQUARE, Argument, Given, ValueLaw
from ..regions import orderings
from ..world import World
from .s2_2_components import softmax

WIDTHS = ("n", "h", "k", "m", "n")


def stack(depth: int) -> dict[str, Role]:
    """Name the parameters of a network of so many dense layers: W1, b1, W2, …; all neighbours differ in size."""
    roles: dict[str, Role] = {}
    for layer in range(1, depth + 1):
        roles |= {f"W{layer}": weights(WIDTHS[layer - 1], WIDTHS[layer]), f"b{layer}": bias(WIDTHS[layer])}
    return roles


def output(depth: int) -> Role:
    """Give the role of the output of that network."""
    return batch(WIDTHS[depth])


def layers_of(depth: int, v: Mapping[str, Any], activated: bool = True) -> list[tuple[Any, ...]]:
    """Name the layers for the doors of a subject, each dense one followed by f."""
    layers: list[tuple[Any, ...]] = []
    for layer in range(1, depth + 1):
        layers.append(("dense", v[f"W{layer}"], v[f"b{layer}"]))
        if activated:
            layers.append(("activation", v["f"], v["df"]))
    return layers


def network(depth: int, activated: bool = True) -> Any:
    """Define the output of neuron j for example k: each layer's formula put into the next."""

    def definition(w: World, a: Given) -> Any:
        def neuron(layer: int, j: Any, k: Any) -> Any:
            if layer == 0:
                return a.x(j, k)
            W, b, size = getattr(a, f"W{layer}"), getattr(a, f"b{layer}"), getattr(a, WIDTHS[layer - 1])
            v = w.sum(size, lambda i: W(j, i) * neuron(layer - 1, i, k)) + b(j)
            return w.f(v) if activated else v

        return lambda j, k: neuron(depth, j, k)

    return definition


DEEP = {"one": 1, "n": 3, "h": 2, "k": 4, "m": 1, "B": 5}
NARROW = (
    {"one": 1, "n": 2, "h": 3, "k": 2, "m": 1, "B": 2},
    {"one": 1, "n": 2, "h": 2, "k": 2, "m": 2, "B": 2},
)


def _forward(layers: int) -> ValueLaw:
    return ValueLaw(
        part=f"depth {layers}",
        variables={**stack(layers), "x": batch("n")},
        needs=("network.predict",),
        run=lambda s, v: s.door("network.predict")(layers_of(layers, v), v["x"]),
        definition=network(layers),
        result=output(layers),
        shapes=(DEEP, SQUARE),
        symbol_shapes=NARROW,
    )


CLAIMS = (
    Claim(
        id="forward",
        title="the forward pass composes the layers in order",
        place=both("section 2.3"),
        statement=both(r"y = \ell_L(\cdots \ell_2(\ell_1(x)))"),
        required=Level.DEPTH,
        laws=(
            Argument("every depth: the loop", ("network.predict",), depth.hands_on, Level.DEPTH),
            Argument("every depth: base and step", ("network.predict",), depth.forward, Level.DEPTH),
            *(_forward(layers) for layers in (1, 2, 3)),
        ),
        argument=depth.INDUCTION,
        uses=("layer",),
    ),
    Claim(
        id="inference",
        title="the last output is the prediction; a softmax output is a distribution",
        place=both("section 2.4"),
        statement=both(
            r"y = \text{output of the last layer}, \qquad \sum_i y_i = 1 \text{ and } y_i > 0 \text{ after softmax}"
        ),
        required=Level.SIZE,
        laws=(
            ValueLaw(
                part="prediction",
                variables={**stack(1), "x": batch("n")},
                needs=("network.predict", "network.forward"),
                run=lambda s, v: s.door("network.predict")([*layers_of(1, v, False), ("softmax",)], v["x"]),
                definition=lambda w, a: softmax(w, Given({"v": network(1, False)(w, a)}, {"n": a.h})),
                result=output(1),
                rational=False,
                without=(Level.SYMBOLS,),
            ),
            ValueLaw(
                part="distribution per example",
                variables={"v": batch("n")},
                needs=("network.predict",),
                run=lambda s, v: s.door("network.predict")([("softmax",)], v["v"]).sum(
                    axis=s.convention.feature_axis, keepdims=True
                ),
                definition=lambda w, a: lambda one, k: 1 + 0 * w.sum(a.n, lambda i: a.v(i, k)),
                result=batch("one"),
                regions=tuple(orderings(batch("n"), "v", 3))[2:4],
                rational=False,
                symbol_shapes=({"one": 1, "n": 3, "B": 2},),
            ),
        ),
        uses=("forward", "softmax"),
    ),
)
