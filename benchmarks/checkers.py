"""The checkers: each is given a backward pass and a shape with numbers, and accepts or refuses.

All have the tolerances that they come with. SciPy gives a number and leaves the verdict to the reader: it is read in
two ways, refused above 1e-5 (the absolute tolerance of PyTorch's), or above 1e-5 times the length of the gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any
from unittest.mock import patch

import numpy as np

from .machine import has, threads
from .tanh_faults import Backward, Pass, Shape, run

Checker = Callable[[Backward, Shape], bool]
SCIPY_LIMIT = 1e-5


def ours(backward: Backward, shape: Shape) -> bool:
    """Check with `derivations.check` on these numbers, floats only: a proof would speak of every other shape, too."""
    from derivations import check
    from derivations.adapters.end_to_end import Architecture, chain_law
    from derivations.check.report import Answer
    from derivations.convention import COLUMN
    from derivations.laws import GradientLaw
    from derivations.regions import Region
    from derivations.subject import Subject

    x, W, b, g = shape.arrays()
    claim, law = chain_law(Architecture(("tanh",), "mse", widths=(shape.fan_in, shape.fan_out)))
    sizes = {"one": 1, "B": shape.batch, "scale": 1, "n0": shape.fan_in, "n1": shape.fan_out}
    numbers = Region("the numbers of the table", lambda fresh, sizes: {"x": x, "W1": W, "b1": b, "g": g})

    def door(x: Any, W: Any, b: Any, g: Any) -> dict[str, Any]:
        return dict(zip(("x", "W1", "b1"), run(backward, x, W, b, g)))

    if not isinstance(law, GradientLaw):
        raise TypeError(f"{law.part} is no law of gradients")
    law = replace(
        law,
        part="tanh layer",
        # A door of its own: the laws of other claims are about networks of any layers, which this is not.
        needs=("tanh layer.backward",),
        run=lambda s, v: s.door("tanh layer.backward")(v["x"], v["W1"], v["b1"], v["g"]),
        shapes=(sizes,),
        regions=(numbers,),
    )
    subject = Subject("tanh layer", COLUMN, {"tanh layer.backward": door}, extra_laws=((claim, law),))
    report = check(subject, sample=True)
    if [one.id for one in report.claims] != [claim]:
        raise RuntimeError(f"more was checked than the layer: {[one.id for one in report.claims]}")
    verdict = report.claims[0].verdict
    if verdict not in (Answer.RIGHT, Answer.WRONG):
        raise RuntimeError(f"no verdict: {report.claims[0].message()}")
    return verdict is Answer.RIGHT


def _torch_function(backward: Backward) -> Any:
    import torch

    class Layer(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, W: Any, b: Any) -> Any:
            v = W @ x + b
            y = torch.tanh(v)
            ctx.save_for_backward(x, W, v, y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, W, v, y = (array.detach().numpy() for array in ctx.saved_tensors)
            found = backward(Pass(g.detach().numpy(), x, W, v, y))
            return tuple(torch.from_numpy(np.ascontiguousarray(array)) for array in found)

    return Layer


def _torch(backward: Backward, shape: Shape, fast: bool) -> bool:
    import torch

    torch.set_num_threads(threads())
    torch.manual_seed(0)
    *arrays, g = shape.arrays()
    inputs = [torch.from_numpy(array).requires_grad_() for array in arrays]
    upstream = torch.from_numpy(g)
    layer = _torch_function(backward)

    def scaled(*of: Any) -> Any:
        # PyTorch checks the whole Jacobian of outputs; a small upstream gradient is a small output.
        y = layer.apply(*of)
        return y if shape.scale == 1 else y * upstream

    # Having refused, the fast mode runs the full one for the sake of its message; only the verdict is wanted here.
    private = "torch.autograd.gradcheck._run_slow_mode_and_get_error"
    silent = patch(private, lambda *args, **kwargs: "") if fast else nullcontext()
    try:
        with silent:
            return bool(torch.autograd.gradcheck(scaled, inputs, fast_mode=fast, raise_exception=False))
    except RuntimeError:  # a gradient of a wrong shape
        return False


def torch_full(backward: Backward, shape: Shape) -> bool:
    """Check with `torch.autograd.gradcheck`."""
    return _torch(backward, shape, fast=False)


def torch_fast(backward: Backward, shape: Shape) -> bool:
    """Check with `torch.autograd.gradcheck` in its fast mode."""
    return _torch(backward, shape, fast=True)


@cache
def _jax() -> Any:
    jax: Any = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    return jax


def jax_check(backward: Backward, shape: Shape) -> bool:
    """Check with `jax.test_util.check_grads`, in reverse mode, to first order."""
    jax = _jax()
    check_grads: Any = import_module("jax.test_util").check_grads
    *arrays, g = shape.arrays()

    @jax.custom_vjp  # type: ignore[untyped-decorator]
    def layer(x: Any, W: Any, b: Any) -> Any:
        return jax.numpy.tanh(W @ x + b)

    def forward(x: Any, W: Any, b: Any) -> Any:
        v = W @ x + b
        y = jax.numpy.tanh(v)
        return y, (x, W, v, y)

    layer.defvjp(forward, lambda kept, g: backward(Pass(g, *kept)))

    def scaled(*of: Any) -> Any:
        return layer(*of) if shape.scale == 1 else layer(*of) * g

    np.random.seed(0)  # noqa: NPY002  JAX draws its directions from there
    try:
        check_grads(scaled, tuple(arrays), order=1, modes=["rev"])
    except (AssertionError, ValueError, TypeError):  # the last two for a gradient of a wrong shape
        return False
    return True


def _scipy(backward: Backward, shape: Shape) -> tuple[float, float]:
    """Give what `scipy.optimize.check_grad` says of the sum of g y over all entries, and the gradient's length."""
    check_grad: Any = import_module("scipy.optimize").check_grad
    *arrays, g = shape.arrays()
    ends = np.cumsum([array.size for array in arrays])[:-1]

    def value(theta: Any) -> Any:
        x, W, b = _parts(theta, arrays, ends)
        return (g * np.tanh(W @ x + b)).sum()

    def gradient(theta: Any) -> Any:
        x, W, b = _parts(theta, arrays, ends)
        return np.concatenate([array.ravel() for array in run(backward, x, W, b, g)])

    theta = np.concatenate([array.ravel() for array in arrays])
    try:
        return float(check_grad(value, gradient, theta)), float(np.linalg.norm(gradient(theta)))
    except ValueError:  # a gradient of a wrong size
        return np.inf, 0.0


def _parts(theta: Any, arrays: list[Any], ends: Any) -> list[Any]:
    return [part.reshape(array.shape) for part, array in zip(np.split(theta, ends), arrays)]


def scipy_absolute(backward: Backward, shape: Shape) -> bool:
    """Check with `scipy.optimize.check_grad`, its number taken as it is."""
    return _scipy(backward, shape)[0] <= SCIPY_LIMIT


def scipy_relative(backward: Backward, shape: Shape) -> bool:
    """Check with `scipy.optimize.check_grad`, its number taken relative to the length of the gradient."""
    off, length = _scipy(backward, shape)
    return off <= SCIPY_LIMIT * length


CHECKERS: dict[str, tuple[Checker, str]] = {
    "ours": (ours, "derivations"),
    "torch full": (torch_full, "torch"),
    "torch fast": (torch_fast, "torch"),
    "JAX": (jax_check, "jax"),
    "SciPy abs": (scipy_absolute, "scipy"),
    "SciPy rel": (scipy_relative, "scipy"),
}


def available(name: str) -> Checker | None:
    """Give a checker; None where it is not installed."""
    checker, module = CHECKERS[name]
    return checker if has(module) else None
