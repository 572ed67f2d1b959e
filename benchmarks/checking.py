"""The check of a network's gradients, against PyTorch's and JAX's, by the number of parameters.

Each checks the gradients of a fan_in-hidden-fan_out network (tanh, then mean squared error) by all parameters: we those
of plain NumPy code, against its definition; PyTorch and JAX those of their own automatic differentiation, against
differences. "full" looks at every entry, "fast" along random directions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np

from .machine import has, threads
from .ratios import Ratio, of_all
from .timing import Times, interleaved

SIZES = ((4, 8, 3, 8), (16, 32, 10, 8), (64, 128, 10, 8))
FULL_LIMIT = 20_000
"""Parameters from which PyTorch's full mode is left out: minutes."""


@dataclass(frozen=True)
class Net:
    """A network to be checked."""

    fan_in: int
    hidden: int
    fan_out: int
    batch: int

    @property
    def parameters(self) -> int:
        """The number of its parameters."""
        return self.hidden * (self.fan_in + 1) + self.fan_out * (self.hidden + 1)

    @property
    def name(self) -> str:
        """Name it by its sizes."""
        return (
            f"{self.fan_in}-{self.hidden}-{self.fan_out} batch {self.batch} ({self.parameters:,} parameters)"
        )

    def arrays(self) -> tuple[Any, ...]:
        """Draw x, t, W1, b1, W2, b2 in the column convention."""
        rng = np.random.default_rng(0)
        return (
            rng.standard_normal((self.fan_in, self.batch)),
            rng.standard_normal((self.fan_out, self.batch)),
            rng.standard_normal((self.hidden, self.fan_in)) / self.fan_in**0.5,
            rng.standard_normal((self.hidden, 1)),
            rng.standard_normal((self.fan_out, self.hidden)) / self.hidden**0.5,
            rng.standard_normal((self.fan_out, 1)),
        )


def value(parameters: Any, x: Any, t: Any) -> Any:
    """Compute the loss, from scratch."""
    W1, b1, W2, b2 = parameters
    y = W2 @ np.tanh(W1 @ x + b1) + b2
    return ((y - t) ** 2).sum() / (y.shape[0] * y.shape[1])


def gradients(parameters: Any, x: Any, t: Any) -> list[Any]:
    """Compute the gradients, from scratch."""
    W1, b1, W2, b2 = parameters
    h = np.tanh(W1 @ x + b1)
    y = W2 @ h + b2
    g = 2 * (y - t) / (y.shape[0] * y.shape[1])
    s = (W2.T @ g) * (1 - h**2)
    return [s @ x.T, s.sum(axis=1, keepdims=True), g @ h.T, g.sum(axis=1, keepdims=True)]


def ours(net: Net, fast: bool) -> Callable[[], object]:
    """Check with `derivations.check` on floats, at this batch size, float64 and float32, the loss as well."""
    from derivations import check
    from derivations.adapters import loss_and_gradients
    from derivations.laws import Law
    from derivations.remembering import forget

    subject = loss_and_gradients(
        "column",
        value,
        gradients,
        activations=("tanh", "identity"),
        loss="mse",
        widths=(net.fan_in, net.hidden, net.fan_out),
    )
    laws = []
    for claim, law in subject.extra_laws:
        if not isinstance(law, Law):
            raise TypeError(f"{law.part} has no shapes")
        laws.append((claim, replace(law, shapes=({**law.shapes[0], "B": net.batch},))))
    subject = replace(subject, extra_laws=tuple(laws))

    def run() -> None:
        forget()  # each repeat is the first, as it is for who checks once
        report = check(subject, sample=True, fast=fast)
        if not report.ok:
            raise RuntimeError(f"the right gradients were refused: {report.wrong}")

    return run


def torch_check(net: Net, fast: bool) -> Callable[[], object] | None:
    """Check with `torch.autograd.gradcheck`; None where PyTorch is not installed."""
    if not has("torch"):
        return None
    import torch

    torch.set_num_threads(threads())
    x, t, *parameters = (torch.from_numpy(array) for array in net.arrays())
    for parameter in parameters:
        parameter.requires_grad_()

    def loss(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        return torch.nn.functional.mse_loss(W2 @ torch.tanh(W1 @ x + b1) + b2, t)

    def run() -> None:
        torch.autograd.gradcheck(loss, parameters, fast_mode=fast)

    return run


def jax_check(net: Net) -> Callable[[], object] | None:
    """Check with `jax.test_util.check_grads`, which goes along one random direction; None where it is not installed."""
    if not has("jax"):
        return None
    jax: Any = import_module("jax")
    check_grads: Any = import_module("jax.test_util").check_grads
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    x, t, *parameters = net.arrays()

    def loss(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        return ((W2 @ jax.numpy.tanh(W1 @ x + b1) + b2 - t) ** 2).mean()

    return lambda: check_grads(loss, tuple(parameters), order=1, modes=["rev"])


def measured(quick: bool, told: Callable[[str], object]) -> Iterator[tuple[list[Ratio], list[Ratio]]]:
    """Time all checkers for each size: ratios against PyTorch, and those against others."""
    sizes = SIZES[:2] if quick else (*SIZES, (256, 128, 10, 8))
    for size in sizes:
        net = Net(*size)
        told(f"check {net.name}")
        yield of_net(net, 1 if quick else 2)


def of_net(net: Net, repeats: int) -> tuple[list[Ratio], list[Ratio]]:
    """Time all checkers on one network, side by side."""
    candidates: dict[str, Callable[[], object] | None] = {
        "full": ours(net, fast=False),
        "fast": ours(net, fast=True),
        "torch full": torch_check(net, fast=False) if net.parameters < FULL_LIMIT else None,
        "torch fast": torch_check(net, fast=True),
        "jax": jax_check(net),
    }
    times = interleaved({name: run for name, run in candidates.items() if run is not None}, repeats)

    def of(name: str) -> Times | None:
        return times.get(name)

    ratios, others = [], []
    for mode in ("full", "fast"):
        work = f"check {net.name}, {mode}"
        if of(f"torch {mode}") is not None or not has("torch"):  # it may be left out as too slow
            ratios += of_all(work, "column", "float64", times[mode], {"torch": of(f"torch {mode}")})
        others += of_all(work, "column", "float64", times[mode], {"jax": of("jax")})
    return ratios, others
