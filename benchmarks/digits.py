"""Training at scale: 64-128-64-10 on scikit-learn's digits, in both conventions, beside scikit-learn's own MLP.

The same split, plain SGD (no momentum, no penalty), the same batch size, rate and number of epochs; all start from
scikit-learn's own initial parameters. Both conventions see the same examples in the same order; scikit-learn is run
twice, in an order of its own (`fit`) and, batch by batch, in ours (`partial_fit`).

That both follow one trajectory is shown step by step: from common parameters, each takes one step, and the two
results must lie within twice the rounding that a float run of the definition may have (`derivations.check.near`):
derived for each entry, not tuned. How far two free runs drift apart is only told: rounding grows with the steps.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

import colnet
import rownet

from .machine import has
from .show import plotting

WIDTHS = (64, 128, 64, 10)
BATCH, RATE = 32, 0.1


@dataclass(frozen=True)
class Run:
    """What came of one seed."""

    seed: int
    epochs: int
    column: float
    row: float
    sklearn: float
    same_order: float
    losses: tuple[float, ...]
    drift: float
    """Largest difference of a parameter between the conventions after all epochs, relative to the array's largest."""
    drift_sklearn: float
    """The same between colnet and scikit-learn in our order."""
    steps: int
    """Steps that were compared from common parameters."""
    worst: float
    """Largest difference in them, as a share of the derived bound; at most 1."""

    def told(self) -> dict[str, Any]:
        """Give it for JSON."""
        return asdict(self)


def split(seed: int) -> tuple[Any, Any, Any, Any] | None:
    """Give training and test examples, in rows; None where scikit-learn is not installed."""
    if not has("sklearn"):
        return None
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]
    from sklearn.model_selection import train_test_split  # type: ignore[import-untyped]

    x, labels = load_digits(return_X_y=True)
    parts: tuple[Any, Any, Any, Any] = train_test_split(
        x / 16, labels, test_size=0.25, random_state=seed, stratify=labels
    )
    return parts


def network(net: Any, start: list[tuple[Any, Any]]) -> Any:
    """Make the network from W and b of each layer in the column convention."""
    layers: list[Any] = []
    for W, b in start:
        layers += [net.Dense.of(laid(net, W), laid(net, b)), net.Tanh()]
    return net.Network(layers[:-1])


def laid(net: Any, array: Any) -> Any:
    """Lay an array of the column convention out in a package's own."""
    return np.ascontiguousarray(array if net.CONVENTION == "column" else array.T)


def columns(net: Any, found: Any) -> dict[str, Any]:
    """Give parameters, or their gradients, by name in the column convention."""
    having = [of for of in found if of]
    return {
        f"{letter}{place}": laid(net, array)
        for place, of in enumerate(having, start=1)
        for letter, array in of.items()
    }


def accuracy(net: Any, of: Any, x: Any, labels: Any) -> float:
    """Give the share of examples whose greatest output is that of their label."""
    y = laid(net, of.predict(laid(net, x.T)))
    return float((y.argmax(axis=0) == labels).mean())


def trained(seed: int, epochs: int, steps: int, told: Callable[[str], object]) -> Run:
    """Train all three with one seed.

    Raises
    ------
    RuntimeError
        When a step of the two conventions from common parameters differs by more than rounding explains.
    """
    parts = split(seed)
    if parts is None:
        raise LookupError("scikit-learn is not installed")
    x, test, labels, test_labels = parts
    targets = np.eye(WIDTHS[-1])[:, labels]
    start = initial(seed, x, labels)
    networks = {net: network(net, start) for net in (colnet, rownet)}
    losses: dict[Any, list[float]] = {}
    for net, of in networks.items():
        told(f"seed {seed}: {net.__name__}")
        settings: dict[str, Any] = {"epochs": epochs, "alpha": RATE, "batch_size": BATCH, "shuffle": True}
        history = net.train(
            of, "softmax-cross-entropy", laid(net, x.T), laid(net, targets), rng=seed, **settings
        )
        losses[net] = [float(loss) for loss in history.losses]
    told(f"seed {seed}: scikit-learn")
    theirs = classifier(seed, max_iter=epochs, n_iter_no_change=epochs)
    with quiet():
        theirs.fit(x, labels)
    same = in_our_order(seed, epochs, x, labels)
    ends = [columns(net, of.parameters) for net, of in networks.items()]
    told(f"seed {seed}: step by step")
    return Run(
        seed=seed,
        epochs=epochs,
        column=accuracy(colnet, networks[colnet], test, test_labels),
        row=accuracy(rownet, networks[rownet], test, test_labels),
        sklearn=float(theirs.score(test, test_labels)),
        same_order=float(same.score(test, test_labels)),
        losses=tuple(losses[colnet]),
        drift=apart(*ends),
        drift_sklearn=apart(ends[0], columns(colnet, [{"W": W, "b": b} for W, b in learned(same)])),
        steps=steps,
        worst=step_by_step(start, seed, steps, x.T, targets),
    )


def apart(one: dict[str, Any], two: dict[str, Any]) -> float:
    """Give the largest difference of parameters, relative to the largest of the array."""
    return max(float(np.abs(one[name] - two[name]).max() / np.abs(one[name]).max()) for name in one)


# --- scikit-learn ---


def quiet() -> Any:
    """Let it end without convergence: the number of epochs is what is asked for."""
    from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]

    return warnings.catch_warnings(action="ignore", category=ConvergenceWarning)


def classifier(seed: int, **settings: Any) -> Any:
    """Make scikit-learn's classifier with the same architecture, for plain SGD."""
    from sklearn.neural_network import MLPClassifier  # type: ignore[import-untyped]

    plain = {"activation": "tanh", "solver": "sgd", "momentum": 0, "alpha": 0, "batch_size": BATCH}
    more = {"hidden_layer_sizes": WIDTHS[1:-1], "learning_rate_init": RATE, "random_state": seed}
    return MLPClassifier(**{**plain, **more, **settings})


def learned(model: Any) -> list[tuple[Any, Any]]:
    """Give W and b of each layer in the column convention."""
    return [
        (np.ascontiguousarray(W.T), b.reshape(-1, 1).copy()) for W, b in zip(model.coefs_, model.intercepts_)
    ]


def initial(seed: int, x: Any, labels: Any) -> list[tuple[Any, Any]]:
    """Give the parameters that it starts from: those after an epoch at a rate that rounding swallows."""
    model = classifier(seed, max_iter=1, learning_rate_init=1e-300)
    with quiet():
        model.fit(x, labels)
    return learned(model)


def in_our_order(seed: int, epochs: int, x: Any, labels: Any) -> Any:
    """Let it take our batches, one step each."""
    model, rng = classifier(seed, shuffle=False, batch_size="auto"), np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for place in range(0, len(x), BATCH):
            at = order[place : place + BATCH]
            with quiet():
                model.partial_fit(x[at], labels[at], classes=range(WIDTHS[-1]))
    return model


# --- step by step ---


def step_by_step(start: list[tuple[Any, Any]], seed: int, steps: int, x: Any, targets: Any) -> float:
    """Take steps from common parameters in both conventions; give the largest difference as a share of its bound.

    Raises
    ------
    RuntimeError
        When a difference is beyond its bound.
    """
    from derivations.adapters.end_to_end import Architecture, laws_for
    from derivations.check.near import Unit
    from derivations.check.vectorised import Reference
    from derivations.laws import GradientLaw

    description = Architecture(("tanh", "tanh", "identity"), "fused-softmax", widths=WIDTHS)
    law = next(law for _, law in laws_for(description) if isinstance(law, GradientLaw))
    law = replace(law, by=tuple(description.parameters))
    u = Unit.of(np.float64).u
    order = np.random.default_rng(seed).permutation(x.shape[1])
    common, worst = network(colnet, start), 0.0
    for step in range(steps):
        at = order[np.arange(step * BATCH, (step + 1) * BATCH) % len(order)]
        part, target = np.ascontiguousarray(x[:, at]), np.ascontiguousarray(targets[:, at])
        before = columns(colnet, common.parameters)
        sizes = {
            "one": 1,
            "B": BATCH,
            "scale": 1,
            **{f"n{place}": width for place, width in enumerate(WIDTHS)},
        }
        reference = Reference(law, sizes, {**before, "x": part, "t": target})
        after = [stepped(net, before, part, target) for net in (colnet, rownet)]
        for name, old in before.items():
            change = RATE * np.abs(np.asarray(reference.right[name], dtype=float))
            # Gradient, product with the rate, and the sum are each rounded.
            off = RATE * reference.bounds[name]
            bound = off + u * (change + off) + u * (np.abs(old) + change + off) * (1 + u)
            share = float((np.abs(after[0][name] - after[1][name]) / (2 * bound)).max())
            if share > 1:
                raise RuntimeError(f"step {step}: {name} differs by {share:.3g} of what rounding explains")
            worst = max(worst, share)
        place = 0
        for layer in common.layers:
            if isinstance(layer, colnet.Dense):
                place += 1
                layer.W, layer.b = after[0][f"W{place}"], after[0][f"b{place}"]
    return worst


def stepped(net: Any, before: dict[str, Any], x: Any, t: Any) -> dict[str, Any]:
    """Take one step from given parameters."""
    layers: list[Any] = []
    for place in range(1, len(WIDTHS)):
        layers += [
            net.Dense.of(laid(net, before[f"W{place}"]), laid(net, before[f"b{place}"])),
            net.Tanh(),
        ]
    of = net.Network(layers[:-1])
    net.train(
        of,
        "softmax-cross-entropy",
        laid(net, x),
        laid(net, t),
        epochs=1,
        alpha=RATE,
        batch_size=None,
    )
    return columns(net, of.parameters)


def table(runs: list[Run]) -> Table:
    """Lay the runs out."""
    found = Table(
        title=f"digits, {'-'.join(map(str, WIDTHS))}, {runs[0].epochs} epochs: test accuracy",
        caption="drift: of the free runs, relative; steps: from common parameters, largest difference / bound",
    )
    for heading in (
        "seed",
        "column",
        "row",
        "scikit-learn, own order",
        "our order",
        "last loss",
        "drift",
        "from scikit-learn",
        "steps",
    ):
        found.add_column(heading, justify="right")
    for one in runs:
        accuracies = (f"{value:.4f}" for value in (one.column, one.row, one.sklearn, one.same_order))
        drifts = (f"{value:.1g}" for value in (one.drift, one.drift_sklearn))
        found.add_row(
            str(one.seed), *accuracies, f"{one.losses[-1]:.3g}", *drifts, f"{one.steps}: {one.worst:.2g}"
        )
    means = [
        sum(values) / len(runs) for values in zip(*((r.column, r.row, r.sklearn, r.same_order) for r in runs))
    ]
    found.add_row("mean", *(f"{mean:.4f}" for mean in means))
    return found


def plot(runs: list[Run], path: Path) -> None:
    """Draw the losses over the epochs."""
    pyplot = plotting()
    figure, axis = pyplot.subplots(figsize=(6, 3.5))
    for one in runs:
        axis.semilogy(range(1, one.epochs + 1), one.losses, label=f"seed {one.seed}")
    axis.set_xlabel("epoch")
    axis.set_ylabel("mean loss before the updates")
    axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
