"""Layer objects: those that update themselves in their backward pass, and those that keep their gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..convention import Convention
from ..evidence import Refuted
from ..subject import Door, Subject
from ._layers import Layers, LossPair, layout_of, subject
from ._subjects import read
from .layout import Layout


def updating_layers(
    convention: Layout | Convention | str,
    *,
    dense: Callable[[int, int], Any] | None = None,
    parameters: Sequence[str] = ("weights", "bias"),
    activations: Mapping[str, Callable[[], Any]] | None = None,
    activation: Callable[..., Any] | None = None,
    losses: Mapping[str, LossPair] | None = None,
    reduction: str = "mean",
    forward: Callable[[Any, Any], Any] = lambda layer, x: layer.forward(x),
    backward: Callable[[Any, Any, Any], Any] = lambda layer, g, rate: layer.backward(g, rate),
    network: Callable[[list[Any]], Any] | None = None,
    name: str = "layers",
) -> Subject:
    """Make a subject of layers whose backward pass takes a learning rate and updates them in place.

    The gradients are what the parameters lose in one step with the rate 1: a smaller rate would drown the
    gradient in the rounding of the parameters. Before it, one step is taken with other numbers.

    Parameters
    ----------
    convention : str, Convention or Layout
        The convention; a `layout` where arrays are kept otherwise than the convention has them.
    dense : callable
        From fan_in and fan_out to a dense layer.
    parameters : sequence of str
        Where a dense layer keeps its weights and its bias: an attribute, ``params.W``, ``params[0]``.
    activations : mapping
        From tanh, sigmoid, relu, softmax to what makes such a layer.
    activation : callable
        From f and its derivative to a layer that applies f.
    losses : mapping
        From a name of `LOSSES` to functions (value, gradient) of predictions and targets.
    reduction : {"mean", "sum"}
        Of the losses over the batch; with one example at a time there is none, and they are added up.
    forward, backward : callable
        How a layer is driven: ``forward(layer, x)``, and ``backward(layer, g, rate)``, which returns the input
        gradient.
    network : callable
        From a list of layers to a network that is driven like a layer; by default they are run in a loop.
    name : str
        For messages.
    """
    layout = layout_of(convention)

    def lost(layer: Any, before: Sequence[Any]) -> list[Any]:
        return [old - read(layer, path) for path, old in zip(paths, before)]

    paths = _paths(layout, parameters)
    layers = Layers(
        layout, dense, paths, dict(activations or {}), activation, forward, backward, lost, network=network
    )
    more: dict[str, Door] = {}
    if dense is not None and layout.batch:
        more["network.updated"] = layers.updated
    return subject(name, layers, losses or {}, reduction, more)


def layers_with_grads(
    convention: Layout | Convention | str,
    *,
    dense: Callable[[int, int], Any] | None = None,
    parameters: Sequence[str] = ("W", "b"),
    gradients: Sequence[str] = ("dW", "db"),
    activations: Mapping[str, Callable[[], Any]] | None = None,
    activation: Callable[..., Any] | None = None,
    losses: Mapping[str, LossPair] | None = None,
    reduction: str = "mean",
    forward: Callable[[Any, Any], Any] = lambda layer, x: layer.forward(x),
    backward: Callable[[Any, Any], Any] = lambda layer, g: layer.backward(g),
    reset: Callable[[Any], Any] = lambda layer: None,
    network: Callable[[list[Any]], Any] | None = None,
    name: str = "layers",
) -> Subject:
    """Make a subject of layers that keep the gradients of their backward pass.

    Parameters
    ----------
    convention, dense, activations, activation, losses, reduction, forward, network, name
        As for `updating_layers`.
    parameters, gradients : sequence of str
        Where a dense layer keeps weights and bias, and their gradients: ``dW``, ``grads.W``, ``grads[0]``.
    backward : callable
        ``backward(layer, g)``, which returns the input gradient.
    reset : callable
        What is called before each backward pass, for layers that are meant to add up gradients until they are
        told to forget them; by default nothing is, and a second pass must give its own gradients.
    """
    layout = layout_of(convention)

    def kept(layer: Any, before: Sequence[Any]) -> list[Any]:
        for path, old in zip(paths, before):
            if not _same(read(layer, path), old):
                raise Refuted("the backward pass changed a parameter", parameter=path)
        return [read(layer, path) for path in slopes]

    paths, slopes = _paths(layout, parameters), _paths(layout, gradients)
    layers = Layers(
        layout,
        dense,
        paths,
        dict(activations or {}),
        activation,
        forward,
        lambda layer, g, rate: backward(layer, g),
        kept,
        reset,
        network,
    )
    return subject(name, layers, losses or {}, reduction, {})


def _same(new: Any, old: Any) -> bool:
    return new is old or bool(
        new.shape == old.shape and all(a is b or a == b for a, b in zip(new.flat, old.flat))
    )


def _paths(layout: Layout, paths: Sequence[str]) -> tuple[str, ...]:
    """Give the path of the weights only, where there is no bias of its own."""
    wanted = 1 if layout.inside or layout.bias == "none" else 2
    if len(paths) < wanted:
        raise ValueError(f"a layer with bias {layout.bias!r} has {wanted} parameters, not {len(paths)}")
    return tuple(paths[:wanted])
