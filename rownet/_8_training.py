"""Training: predict, compare, go back, step, for many epochs (section 4.6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ._1_edge import (
    EXAMPLES,
    Array,
    DivergedError,
    ShapeError,
    all_finite,
    as_batch,
    as_generator,
    as_like,
    as_rate,
    as_size,
    examples,
    is_float,
    message,
)
from ._5_losses import Loss, as_loss
from ._6_network import Network
from ._7_descent import Constant, Schedule


class History(NamedTuple):
    """What `train` returns: per epoch the mean over the examples of their losses before each update."""

    losses: list[Any]


def train(
    network: Network,
    loss: Loss | str,
    x: Any,
    t: Any,
    *,
    epochs: int = 1000,
    alpha: Any = 0.001,
    batch_size: int | None = 1,
    shuffle: bool = False,
    rng: Any = None,
    progress: bool = False,
) -> History:
    """Train a network by gradient descent.

    Parameters
    ----------
    network : Network
        Its parameters are updated after every batch.
    loss : Loss or str
        Or its name, then averaged over the batch.
    x, t : array (examples, features)
        Inputs and targets.
    epochs : int
        How often to go through all examples; the paper's default is 1000.
    alpha : float or Schedule
        Learning rate; the paper's default is 0.001.
    batch_size : int or None
        1 as in the paper; None takes all examples at once. The last batch may be smaller.
    shuffle : bool
        Draw a new order in each epoch; otherwise the given order, as in the paper.
    rng : numpy.random.Generator, int or None
        For the order.
    progress : bool
        Show a progress bar (needs the package `rich`).

    Returns
    -------
    History
        ``losses[e]``: the mean of the losses of epoch e, each taken before the update that it led to.

    Raises
    ------
    ShapeError, DtypeError, DomainError, UnknownNameError
        For bad arguments; nothing was trained then.
    DivergedError
        When a loss or a parameter would be infinite or NaN; the parameters are those before that step.
    """
    if not isinstance(network, Network):
        raise ShapeError(message("train: network", repr(network), "a Network of this convention"))
    loss = as_loss(loss)
    x = as_batch(x, "train: x", network._features())
    t = as_batch(t, "train: t")
    count = x.shape[EXAMPLES]
    if t.shape[EXAMPLES] != count:
        raise ShapeError(
            message("train: t", f"{t.shape[EXAMPLES]} targets", f"{count}, one for each example of x")
        )
    loss._checked(as_like(network.predict(x), "train: prediction", t.shape, "the targets t"), t)
    epochs = as_size(epochs, "train: epochs")
    size = count if batch_size is None else min(as_size(batch_size, "train: batch_size"), count)
    rate = alpha if isinstance(alpha, Schedule) else Constant(as_rate(alpha, "train: alpha"))
    rng = as_generator(rng, "train: rng")

    losses: list[Any] = []
    step = 0
    # What these warnings say is raised as DivergedError.
    with _bar(epochs, progress) as advance, np.errstate(over="ignore", invalid="ignore"):
        for epoch in range(epochs):
            order = rng.permutation(count) if shuffle else None
            total: Any = 0
            for start in range(0, count, size):
                # A slice is a view, which costs nothing; a drawn order has to be gathered.
                which = slice(start, start + size) if order is None else order[start : start + size]
                total = total + _train_step(
                    network, loss, examples(x, which), examples(t, which), rate(step), epoch
                )
                step += 1
            losses.append(total / count)
            advance(losses[-1])
    return History(losses)


def _train_step(network: Network, loss: Loss, x: Array, t: Array, alpha: Any, epoch: int) -> Any:
    """Make one update and return the sum of the losses of the examples before it."""
    y = network._forward(x)
    _demand_finite(y, "prediction", epoch)
    loss._check_domain(y, t)
    total = loss._per_example(y, t).sum()
    _demand_finite(total, "loss", epoch)
    g = loss._reduced(loss._slope(y, t), y.shape[EXAMPLES])
    network._update(network._backward(g, first=False), alpha)
    return total


def _demand_finite(value: Any, what: str, epoch: int) -> None:
    if is_float(value) and not all_finite(value):
        where = f"train: epoch {epoch}: {what}"
        raise DivergedError(message(where, "an infinite or NaN entry", "a smaller alpha"))


@contextmanager
def _bar(epochs: int, wanted: bool) -> Iterator[Any]:
    if not wanted:
        yield lambda loss: None
        return
    from rich.progress import Progress

    with Progress() as progress:
        task = progress.add_task("training", total=epochs)
        yield lambda loss: progress.update(task, advance=1, description=f"loss {float(loss):.3g}")
