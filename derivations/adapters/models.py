"""Networks that are driven from end to end: objects with a fixed architecture, and pairs of functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from ..convention import Convention
from ..evidence import Refuted
from ..rehearsal import rehearsed
from ..subject import Door, Subject
from ._layers import layout_of
from ._subjects import model_subject, read, restored, stored, write
from .end_to_end import Architecture
from .layout import Findings, Layout, copied, whole

Form = Literal["list", "pairs", "dict"]


def _described(
    layout: Layout, activations: Sequence[str], loss: str, reduction: str, widths: Sequence[int], targets: str
) -> Architecture:
    return Architecture(
        tuple(activations),
        loss,
        # One example at a time has no reduction: its losses and gradients are added up.
        reduction if layout.batch else "sum",
        tuple(widths),
        biased=layout.bias != "none",
        targets=targets,
    )


def _chunks(layout: Layout, description: Architecture, flat: Sequence[Any], what: str) -> list[list[Any]]:
    """Divide a list of arrays among the layers."""
    each = 1 if layout.inside or layout.bias == "none" else 2
    if len(flat) != each * description.depth:
        raise Refuted(f"{len(flat)} {what} for {description.depth} layers with {each} each")
    return [list(flat[at : at + each]) for at in range(0, len(flat), each)]


def _model_doors(
    layout: Layout,
    description: Architecture,
    value: Callable[..., Any] | None,
    gradients: Callable[..., Sequence[Sequence[Any]]] | None,
    predict: Callable[..., Any] | None,
) -> dict[str, Door]:
    """Make doors from functions of the stored parameters, a list for each layer."""
    doors: dict[str, Door] = {}

    def one_by_one(run: Callable[..., Any], parameters: Any, x: Any, t: Any) -> list[Any]:
        pairs = [(x, t)] if layout.batch else layout.examples(x, t)
        return [run(stored(layout, description, parameters), *pair) for pair in pairs]

    if value is not None:
        of_value = value

        def loss(parameters: Mapping[str, Any], x: Any, t: Any) -> Any:
            first, *rest = one_by_one(of_value, parameters, x, t)
            for other in rest:
                first = first + other
            return first

        doors["model.loss"] = loss
    if gradients is not None:
        of_gradients = gradients

        def slopes(parameters: Mapping[str, Any], x: Any, t: Any) -> dict[str, Any]:
            found = one_by_one(of_gradients, parameters, x, t)
            return Findings.added([restored(layout, description, of, parameters) for of in found])

        doors["model.gradients"] = slopes
    if predict is not None:
        of_predict = predict

        def output(parameters: Mapping[str, Any], x: Any) -> Any:
            return layout.per_example(
                lambda one: of_predict(stored(layout, description, parameters), one), "the prediction", x
            )

        doors["model.predict"] = output
    return doors


def network(
    convention: Layout | Convention | str,
    make: Callable[..., Any],
    *,
    activations: Sequence[str],
    loss: str,
    parameters: Sequence[str],
    reduction: str = "mean",
    widths: Sequence[int] = (),
    value: Callable[[Any, Any, Any], Any] | None = None,
    gradients: Callable[[Any, Any, Any], Any] | None = None,
    kept: Sequence[str] = (),
    step: Callable[[Any, Any, Any], Any] | None = None,
    predict: Callable[[Any, Any], Any] | None = None,
    targets: str = "",
    name: str = "network",
) -> Subject:
    """Make a subject of a network object that computes the gradients of its own loss.

    Parameters
    ----------
    convention : str, Convention or Layout
        The convention; a `layout` where arrays are kept otherwise than the convention has them.
    make : callable
        From the widths, a tuple: inputs, then the outputs of each layer, to a new network.
    activations : sequence of str
        One for each dense layer: identity, tanh, sigmoid, relu, softmax.
    loss : str
        A name of `LOSSES`; with softmax or sigmoid in the loss, as in fused-softmax, the last activation is identity.
    parameters : sequence of str
        Where the network keeps its parameters, layer by layer, weights before bias: ``W1``, ``layers[0].W``, …
    reduction : {"mean", "sum"}
        Of its losses over the batch; with one example at a time there is none, and they are added up.
    widths : sequence of int
        Where the network cannot have any; ``make`` is called with them.
    value : callable
        ``value(net, x, t)`` gives the loss.
    gradients : callable
        ``gradients(net, x, t)`` returns the gradients in the order of the parameters, or a mapping that is read in
        its own order; or it only computes them, and ``kept`` says where.
    kept : sequence of str
        Where the network keeps its gradients, in the order of the parameters.
    step : callable
        Instead of ``gradients``: ``step(net, x, t)`` takes one step with the learning rate 1; the gradients are what
        the parameters lose.
    predict : callable
        ``predict(net, x)``.
    targets : str
        ``"one-hot"``, where the loss takes no others.
    name : str
        For messages.
    """
    layout = layout_of(convention)
    if (gradients is None) == (step is None) and value is None:
        raise ValueError("a network has a value, gradients or a step to be checked")
    description = _described(layout, activations, loss, reduction, widths, targets)
    of_layers = _chunks(layout, description, list(parameters), "parameters")

    def put(net: Any, layers: Sequence[Sequence[Any]]) -> None:
        for paths, arrays in zip(of_layers, layers):
            for path, array in zip(paths, arrays):
                write(net, path, copied(array))

    def built(layers: Sequence[Sequence[Any]], x: Any) -> Any:
        net = make(_widths(layout, layers))
        put(net, layers)
        return net

    def slopes(layers: Sequence[Sequence[Any]], x: Any, t: Any) -> list[list[Any]]:
        net = built(layers, x)
        run = step or gradients
        if run is None:
            raise TypeError("there are no gradients")
        run(net, rehearsed(x), t)  # a pass before, so that what is kept from it shows
        put(net, layers)
        found = run(net, x, t)
        if step is not None:
            found = [
                old - read(net, path) for paths, of in zip(of_layers, layers) for path, old in zip(paths, of)
            ]
        elif kept:
            found = [read(net, path) for path in kept]
        flat = list(found.values()) if isinstance(found, Mapping) else list(found)
        return _chunks(layout, description, flat, "gradients")

    of_value, of_predict = value, predict
    doors = _model_doors(
        layout,
        description,
        None if of_value is None else lambda layers, x, t: of_value(built(layers, x), x, t),
        None if gradients is None and step is None else slopes,
        None if of_predict is None else lambda layers, x: of_predict(built(layers, x), x),
    )
    return model_subject(name, layout, description, doors)


def _widths(layout: Layout, layers: Sequence[Sequence[Any]]) -> tuple[int, ...]:
    """Give the widths of a network from its weights as stored."""
    extra = 1 if layout.inside else 0
    shapes = [of[0].shape if layout.weights == "row" else of[0].shape[::-1] for of in layers]
    return (whole(shapes[0][0] - extra), *(whole(shape[1]) for shape in shapes))


def loss_and_gradients(
    convention: Layout | Convention | str,
    value: Callable[[Any, Any, Any], Any],
    gradients: Callable[[Any, Any, Any], Any],
    *,
    activations: Sequence[str],
    loss: str,
    reduction: str = "mean",
    form: Form = "list",
    names: Sequence[str] = (),
    widths: Sequence[int] = (),
    predict: Callable[[Any, Any], Any] | None = None,
    targets: str = "",
    name: str = "loss and gradients",
) -> Subject:
    """Make a subject of a loss and its gradients, functions of all parameters, inputs and targets.

    Parameters
    ----------
    convention, activations, loss, reduction, widths, targets, name
        As for `network`.
    value, gradients : callable
        ``value(parameters, x, t)`` and ``gradients(parameters, x, t)``, which returns the form of the parameters.
    form : {"list", "pairs", "dict"}
        The form of the parameters: W1, b1, W2, … in a list; a list of pairs (W, b); a dictionary.
    names : sequence of str
        The keys of that dictionary, layer by layer, weights before bias; W1, b1, W2, … by default.
    predict : callable
        ``predict(parameters, x)``.
    """
    layout = layout_of(convention)
    description = _described(layout, activations, loss, reduction, widths, targets)
    each = ["W"] if layout.inside or layout.bias == "none" else ["W", "b"]
    usual = [f"{letter}{layer}" for layer in range(1, description.depth + 1) for letter in each]
    keys = list(names or usual)
    _chunks(layout, description, keys, "names")

    def packed(layers: Sequence[Sequence[Any]]) -> Any:
        if form == "pairs":
            return [tuple(of) for of in layers]
        flat = [array for of in layers for array in of]
        return flat if form == "list" else dict(zip(keys, flat))

    def unpacked(found: Any) -> list[list[Any]]:
        if form == "pairs":
            return [list(of) for of in found]
        if form == "dict":
            missing = [key for key in keys if key not in found]
            if missing:
                raise Refuted(f"there is no gradient by {missing[0]}", returned=sorted(found))
            found = [found[key] for key in keys]
        return _chunks(layout, description, list(found), "gradients")

    of_predict = predict
    doors = _model_doors(
        layout,
        description,
        lambda layers, x, t: value(packed(layers), x, t),
        lambda layers, x, t: unpacked(gradients(packed(layers), x, t)),
        None if of_predict is None else lambda layers, x: of_predict(packed(layers), x),
    )
    return model_subject(name, layout, description, doors)
