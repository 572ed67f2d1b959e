"""Sections 4.5 to 4.7: the AND gate, the 2-3-1 network that learns it, and its decision surface."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..claim import Claim, both
from ..evidence import Level
from ..regions import lay
from .s4_listing import Package, _part, same

SEEDS = (0, 1, 2)


def learns(package: Any, seed: int, alpha: float, epochs: int) -> bool:
    """Train the paper's network on AND; tell whether all four rows come out on the right side of 1/2."""
    x, t = package.and_gate()
    network = package.and_network(seed)
    package.train(network, "mse", x, t, epochs=epochs, alpha=alpha)
    return bool(np.array_equal(network.predict(x) > 0.5, t == 1))


def _table(p: Package) -> None:
    x, t = p.at.and_gate()
    rows = {
        tuple(one): [float(one[0] == one[1] == 1)] for one in ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
    }
    x, t = lay(p.convention, x), lay(p.convention, t)
    p.expect(x.shape == (2, 4) and t.shape == (1, 4), "Table 1 has 4 rows", got=(x.shape, t.shape))
    found = {tuple(x[:, k]): list(t[:, k]) for k in range(4)}
    p.expect(found == rows, "Table 1", expected=rows, got=found)


def _shape(p: Package) -> None:
    network = p.at.and_network(0)
    p.expect(
        repr(network) == "Network([Dense(2, 3), Tanh(), Dense(3, 1), Tanh()])", "not 2-3-1 tanh", got=network
    )
    p.expect(network.parameter_count == 13, "13 parameters", got=network.parameter_count)
    rng = np.random.default_rng(0)
    for place, (fan_in, fan_out) in ((0, (2, 3)), (2, (3, 1))):
        W = lay(p.convention, network.layers[place].W)
        p.expect(
            same(W, rng.standard_normal((fan_out, fan_in))), "weights are not drawn in order", layer=place
        )
        rng.standard_normal(fan_out)


def _learns(p: Package) -> None:
    x, t = p.at.and_gate()
    for seed in SEEDS:
        network = p.at.and_network(seed)
        before = p.at.MSE().value(network.predict(x), t)
        history = p.at.train(network, "mse", x, t, epochs=1000, alpha=0.1)
        after = p.at.MSE().value(network.predict(x), t)
        p.expect(np.array_equal(network.predict(x) > 0.5, t == 1), "AND is not learned", seed=seed)
        p.expect(
            after < before and history.losses[-1] < history.losses[0], "the loss did not fall", seed=seed
        )


def _grid(p: Package) -> None:
    """Hold each point of the surface against a prediction of its own; an untrained network is not symmetric."""
    network = p.at.and_network(4)
    surface = p.at.decision_surface(network)
    p.expect(surface.shape == (20, 20), "20 x 20 points", got=surface.shape)
    for i in range(20):
        for k in range(20):
            one = lay(p.convention, np.array([[i / 19], [k / 19]]))
            # A product of a batch may be summed in another order than that of one example: 2 and 3 terms, tanh
            # good to 4 units in the last place and of slope at most 1; weights below 4.
            # In float64, whatever the surface's type: float32 would round both to the same.
            gap = abs(float(surface[i, k]) - network.predict(one).item())
            p.expect(
                gap <= 128 * np.finfo(float).eps, "a point of the surface is another's", entry=(i, k), gap=gap
            )
    p.expect(
        not np.allclose(surface, surface.T), "the network of the test is symmetric: it would hide a transpose"
    )


def _region(p: Package) -> None:
    x, t = p.at.and_gate()
    for seed in SEEDS[:2]:
        network = p.at.and_network(seed)
        p.at.train(network, "mse", x, t, epochs=1000, alpha=0.1)
        inside = p.at.decision_surface(network) > 0.5
        corners = [bool(inside[i, k]) for i in (0, -1) for k in (0, -1)]
        p.expect(
            corners == [False, False, False, True], "the region holds other corners", seed=seed, got=corners
        )
        # Grow from the corner (1, 1): all of the region is reached.
        reached = np.zeros_like(inside)
        reached[-1, -1] = True
        while True:
            grown = reached.copy()
            grown[1:] |= reached[:-1]
            grown[:-1] |= reached[1:]
            grown[:, 1:] |= reached[:, :-1]
            grown[:, :-1] |= reached[:, 1:]
            grown &= inside
            if np.array_equal(grown, reached):
                break
            reached = grown
        p.expect(np.array_equal(reached, inside), "the region is in pieces", seed=seed)


CLAIMS = (
    Claim(
        id="and-network",
        title="a 2-3-1 tanh network learns AND",
        place={"column": "sections 4.5-4.6", "row": "sections 4.5-4.6, mirrored"},
        statement=both(
            r"y(0,0), y(0,1), y(1,0) < \tfrac12 < y(1,1) \text{ after 1000 epochs at } \alpha = 0.1"
        ),
        required=Level.RUN,
        laws=(_part("Table 1", _table), _part("the network", _shape), _part("learns", _learns)),
        uses=("listing-network", "listing-train", "listing-tanh"),
        errata=("E21",),
    ),
    Claim(
        id="decision-surface",
        title="the prediction on a grid over the unit square",
        place={"column": "section 4.7, Figure 3", "row": "section 4.7, Figure 3, mirrored"},
        statement=both(
            r"z_{ik} = y\bigl(\tfrac{i}{19}, \tfrac{k}{19}\bigr),\quad \{z > \tfrac12\} \ni (1,1) \text{ and no other corner}"
        ),
        required=Level.RUN,
        laws=(_part("values and orientation", _grid), _part("region", _region)),
        uses=("and-network",),
    ),
)
