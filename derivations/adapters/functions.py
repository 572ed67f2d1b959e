"""Plain functions: of a layer, an activation, a loss; and of a whole network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..convention import Convention
from ..evidence import Refuted
from ..subject import Door, Subject
from ._layers import LossPair, layout_of
from ._subjects import loss_doors
from .layout import Findings, Layout, copied

Pair = tuple[Callable[..., Any], Callable[..., Any]]


def functions(
    convention: Layout | Convention | str,
    *,
    forward: Callable[..., Any] | None = None,
    backward: Callable[..., Any] | None = None,
    returns: Sequence[str] = ("x", "W", "b"),
    activations: Mapping[str, Pair] | None = None,
    activation: Pair | None = None,
    losses: Mapping[str, LossPair] | None = None,
    reduction: str = "mean",
    descend: Callable[..., Any] | None = None,
    name: str = "functions",
) -> Subject:
    """Make a subject of functions that return what they compute.

    Parameters
    ----------
    convention : str, Convention or Layout
        The convention; a `layout` where arrays are kept otherwise than the convention has them.
    forward : callable
        ``forward(x, W, b)`` of a dense layer; without b where it has none or has it in W.
    backward : callable
        ``backward(g, x, W, b)`` of a dense layer: the gradients, as a mapping or in the order of ``returns``.
    returns : sequence of str
        The order in which ``backward`` returns gradients.
    activations : mapping
        From tanh, sigmoid, relu, softmax to functions ``forward(v)`` and ``backward(g, v)``.
    activation : pair of callables
        ``forward(f, df, v)`` and ``backward(f, df, g, v)`` for any function f.
    losses : mapping
        From a name of `LOSSES` to functions (value, gradient) of predictions and targets.
    reduction : {"mean", "sum"}
        Of the losses over the batch; with one example at a time there is none, and they are added up.
    descend : callable
        ``descend(parameter, gradient, alpha)`` returns the parameter after the step.
    name : str
        For messages.
    """
    layout = layout_of(convention)
    reduction = reduction if layout.batch else "sum"
    doors, laws = loss_doors(layout, reduction, losses or {})
    if forward is not None:
        doors["dense.forward"] = _dense_forward(layout, forward)
    if backward is not None:
        doors["dense.backward"] = _dense_backward(layout, backward, returns)
    for kind, (value, vjp) in (activations or {}).items():
        doors[f"{kind}.forward"] = _activation_forward(layout, value)
        doors[f"{kind}.backward"] = _activation_backward(layout, vjp)
    if activation is not None:
        value, vjp = activation
        doors["activation.forward"] = lambda f, df, v: _activation_forward(
            layout, lambda one: value(f, df, one)
        )(v)
        doors["activation.backward"] = lambda f, df, v, g: _activation_backward(
            layout, lambda up, one: vjp(f, df, up, one)
        )(v, g)
    if descend is not None:
        step = descend
        # A step may be meant to change its argument in place: it gets a copy, and what it returns counts.
        doors["descend"] = lambda p, g, alpha: step(copied(p), g, alpha)
    return Subject(
        name,
        layout.convention,
        doors,
        extra_laws=tuple(laws),
        batch=layout.batch,
        reduction=reduction if losses else "",
    )


def _dense_forward(layout: Layout, forward: Callable[..., Any]) -> Door:
    def door(W: Any, b: Any, x: Any) -> Any:
        parameters = layout.stored(W, b)
        return layout.per_example(lambda one: forward(one, *parameters), "the output", x)

    return door


def _dense_backward(layout: Layout, backward: Callable[..., Any], returns: Sequence[str]) -> Door:
    letters = ("W",) if layout.inside or layout.bias == "none" else ("W", "b")

    def once(W: Any, b: Any, x: Any, g: Any) -> Findings:
        found = backward(g, x, *layout.stored(W, b))
        if not isinstance(found, Mapping):
            if len(found) != len(returns):
                raise Refuted(f"backward returns {len(found)} arrays, not {', '.join(returns)}")
            found = dict(zip(returns, found))
        missing = [letter for letter in letters if letter not in found]
        if missing:
            raise Refuted(f"backward returns no gradient by {missing[0]}", returned=sorted(found))
        slope, shift = layout.restored([found[letter] for letter in letters], W, b)
        result = Findings(W=slope) if shift is None else Findings(W=slope, b=shift)
        if "x" in found:
            result["x"] = found["x"]
        return result

    def door(W: Any, b: Any, x: Any, g: Any) -> Findings:
        if layout.batch:
            return once(W, b, x, g)
        parts = [once(W, b, *one) for one in layout.examples(x, g)]
        inputs = [part.pop("x") for part in parts if "x" in part]
        total = Findings.added(parts)
        if inputs:
            total["x"] = layout.joined(inputs, "the input gradient")
        return total

    return door


def _activation_forward(layout: Layout, value: Callable[..., Any]) -> Door:
    return lambda v: layout.per_example(value, "the output", v)


def _activation_backward(layout: Layout, vjp: Callable[..., Any]) -> Door:
    return lambda v, g: {"v": layout.per_example(vjp, "the gradient", g, v)}
