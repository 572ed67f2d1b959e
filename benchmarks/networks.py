"""One training step of a fan_in-hidden-fan_out network (tanh, MSE averaged over the batch), by everyone.

Each function returns a `Run`: so many steps, one after the other, on parameters of its own that start the same.
Every step computes the loss, the gradients of all parameters (not of the input) and the new parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .machine import has, threads
from .timing import Run

Array = np.typing.NDArray[Any]
ALPHA = 1e-3


@dataclass(frozen=True)
class Problem:
    """Sizes, and numbers for them; arrays are kept in the column convention, in C order as `transposed` copies."""

    fan_in: int
    hidden: int
    fan_out: int
    batch: int
    dtype: str

    @property
    def name(self) -> str:
        """Name it by its sizes."""
        return f"{self.fan_in}-{self.hidden}-{self.fan_out} batch {self.batch}"

    def arrays(self, row: bool) -> tuple[Array, ...]:
        """Draw x, t, W1, b1, W2, b2, the same numbers in both conventions, each in C order."""
        rng = np.random.default_rng(0)

        def drawn(*shape: int, scale: float = 1) -> Array:
            array = (rng.standard_normal(shape) * scale).astype(self.dtype)
            return np.ascontiguousarray(array.T) if row else array

        return (
            drawn(self.fan_in, self.batch),
            drawn(self.fan_out, self.batch, scale=0.3),
            drawn(self.hidden, self.fan_in, scale=self.fan_in**-0.5),
            drawn(self.hidden, 1, scale=0.1),
            drawn(self.fan_out, self.hidden, scale=self.hidden**-0.5),
            drawn(self.fan_out, 1, scale=0.1),
        )


def package(net: Any, problem: Problem) -> Run:
    """Train with `colnet` or `rownet`: the public `train`, on one batch for so many epochs."""
    x, t, W1, b1, W2, b2 = problem.arrays(net.CONVENTION == "row")
    network = net.Network([net.Dense.of(W1, b1), net.Tanh(), net.Dense.of(W2, b2), net.Tanh()])
    loss = net.MSE()

    def run(count: int) -> None:
        net.train(network, loss, x, t, epochs=count, alpha=ALPHA, batch_size=None)

    return run


def checked(net: Any, problem: Problem) -> Run:
    """Take the steps one by one through the public `gradients` and `update`, which check and copy what comes in."""
    x, t, W1, b1, W2, b2 = problem.arrays(net.CONVENTION == "row")
    network = net.Network([net.Dense.of(W1, b1), net.Tanh(), net.Dense.of(W2, b2), net.Tanh()])
    loss = net.MSE()

    def run(count: int) -> None:
        for _ in range(count):
            network.update(network.gradients(x, t, loss), ALPHA)

    return run


def straight_column(problem: Problem) -> Run:
    """Write the same mathematics down in plain NumPy, nothing checked, parameters changed in place."""
    x, t, W1, b1, W2, b2 = problem.arrays(row=False)

    def run(count: int) -> list[Any]:
        nonlocal W1, b1, W2, b2
        losses = []
        for _ in range(count):
            y1 = np.tanh(W1 @ x + b1)
            y2 = np.tanh(W2 @ y1 + b2)
            off = y2 - t
            losses.append((off**2).mean())
            g2 = 2 * off / off.size * (1 - y2**2)
            g1 = (W2.T @ g2) * (1 - y1**2)
            W2 -= ALPHA * (g2 @ y1.T)
            b2 -= ALPHA * g2.sum(axis=1, keepdims=True)
            W1 -= ALPHA * (g1 @ x.T)
            b1 -= ALPHA * g1.sum(axis=1, keepdims=True)
        return losses

    return run


def straight_row(problem: Problem) -> Run:
    """Write it down in the row convention."""
    x, t, W1, b1, W2, b2 = problem.arrays(row=True)

    def run(count: int) -> list[Any]:
        nonlocal W1, b1, W2, b2
        losses = []
        for _ in range(count):
            y1 = np.tanh(x @ W1 + b1)
            y2 = np.tanh(y1 @ W2 + b2)
            off = y2 - t
            losses.append((off**2).mean())
            g2 = 2 * off / off.size * (1 - y2**2)
            g1 = (g2 @ W2.T) * (1 - y1**2)
            W2 -= ALPHA * (y1.T @ g2)
            b2 -= ALPHA * g2.sum(axis=0, keepdims=True)
            W1 -= ALPHA * (x.T @ g1)
            b1 -= ALPHA * g1.sum(axis=0, keepdims=True)
        return losses

    return run


def products_column(problem: Problem) -> Run:
    """Compute the five matrix products of a step and nothing else."""
    x, _, W1, _, W2, _ = problem.arrays(row=False)
    y1 = np.ascontiguousarray(W1 @ x)
    g2 = np.ascontiguousarray(W2 @ y1)

    def run(count: int) -> None:
        for _ in range(count):
            W1 @ x, W2 @ y1, W2.T @ g2, g2 @ y1.T, y1 @ x.T

    return run


def products_row(problem: Problem) -> Run:
    """Compute the five matrix products in the row convention."""
    x, _, W1, _, W2, _ = problem.arrays(row=True)
    y1 = np.ascontiguousarray(x @ W1)
    g2 = np.ascontiguousarray(y1 @ W2)

    def run(count: int) -> None:
        for _ in range(count):
            x @ W1, y1 @ W2, g2 @ W2.T, y1.T @ g2, x.T @ y1

    return run


def loop_column(problem: Problem) -> Run:
    """Go through the examples one by one, as the paper does: forward, backward, update for each."""
    x, t, W1, b1, W2, b2 = problem.arrays(row=False)
    examples = [(x[:, [k]], t[:, [k]]) for k in range(problem.batch)]

    def run(count: int) -> None:
        nonlocal W1, b1, W2, b2
        for _ in range(count):
            for one, target in examples:
                y1 = np.tanh(W1 @ one + b1)
                y2 = np.tanh(W2 @ y1 + b2)
                g2 = 2 * (y2 - target) / target.size * (1 - y2**2)
                g1 = (W2.T @ g2) * (1 - y1**2)
                W2 -= ALPHA * (g2 @ y1.T)
                b2 -= ALPHA * g2
                W1 -= ALPHA * (g1 @ one.T)
                b1 -= ALPHA * g1

    return run


def loop_row(problem: Problem) -> Run:
    """Go through the examples one by one in the row convention."""
    x, t, W1, b1, W2, b2 = problem.arrays(row=True)
    examples = [(x[[k]], t[[k]]) for k in range(problem.batch)]

    def run(count: int) -> None:
        nonlocal W1, b1, W2, b2
        for _ in range(count):
            for one, target in examples:
                y1 = np.tanh(one @ W1 + b1)
                y2 = np.tanh(y1 @ W2 + b2)
                g2 = 2 * (y2 - target) / target.size * (1 - y2**2)
                g1 = (g2 @ W2.T) * (1 - y1**2)
                W2 -= ALPHA * (y1.T @ g2)
                b2 -= ALPHA * g2
                W1 -= ALPHA * (one.T @ g1)
                b1 -= ALPHA * g1

    return run


def torch_step(problem: Problem) -> Run | None:
    """Train with PyTorch on the CPU, modules and autograd; None where it is not installed."""
    if not has("torch"):
        return None
    import torch

    torch.set_num_threads(threads())
    x, t, W1, b1, W2, b2 = (torch.from_numpy(array) for array in problem.arrays(row=True))
    first = torch.nn.Linear(problem.fan_in, problem.hidden, dtype=x.dtype)
    second = torch.nn.Linear(problem.hidden, problem.fan_out, dtype=x.dtype)
    with torch.no_grad():
        for parameter, value in zip([*first.parameters(), *second.parameters()], (W1.T, b1[0], W2.T, b2[0])):
            parameter.copy_(value)
    network = torch.nn.Sequential(first, torch.nn.Tanh(), second, torch.nn.Tanh())
    parameters: list[torch.Tensor] = list(network.parameters())

    def run(count: int) -> list[float]:
        losses = []
        for _ in range(count):
            loss = torch.nn.functional.mse_loss(network(x), t)
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                torch._foreach_add_(parameters, gradients, alpha=-ALPHA)
            losses.append(loss.item())
        return losses

    return run
