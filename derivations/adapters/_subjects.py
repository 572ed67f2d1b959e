"""What the adapters share: reaching into other people's objects, and the doors of losses and of whole models."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..evidence import NotRun, Refuted
from ..laws import AnyLaw, Behaviour, Context
from ..subject import LOSS_CLASSES, Door, Subject
from .end_to_end import LOSSES, Architecture, laws_for, loss_laws, prediction_law
from .layout import Findings, Layout

Laws = list[tuple[str, AnyLaw]]


def steps(path: str) -> Iterator[str | int]:
    """Split a path such as ``params.W``, ``params['W']`` or ``layers[0].W`` into attributes, keys and places."""
    for name, place, quoted in re.findall(r"([^.\[\]]+)(?![^\[]*\])|\[(-?\d+)\]|\[['\"](.+?)['\"]\]", path):
        yield int(place) if place else (name or quoted)


def read(of: Any, path: str) -> Any:
    """Read an attribute, key or place of an object."""
    for step in steps(path):
        of = of[step] if isinstance(step, int) or isinstance(of, Mapping) else getattr(of, step)
    return of


def write(of: Any, path: str, value: Any) -> None:
    """Set an attribute, key or place of an object.

    Raises
    ------
    AttributeError
        When there is no such attribute: a misspelt name must not make a new one.
    """
    *before, last = steps(path)
    for step in before:
        of = of[step] if isinstance(step, int) or isinstance(of, Mapping) else getattr(of, step)
    if isinstance(last, int) or isinstance(of, Mapping):
        of[last] = value
        return
    if not hasattr(of, last):
        raise AttributeError(f"{type(of).__name__} has no attribute {last!r} to set")
    setattr(of, last, value)


# --- losses ---


def loss_doors(
    layout: Layout,
    reduction: str,
    losses: Mapping[str, tuple[Callable[..., Any], Callable[..., Any]]],
) -> tuple[dict[str, Door], Laws]:
    """Make the doors of losses ``(value, gradient)`` by name, and the laws of those that no claim has as they are.

    A loss that takes one example is added up over the examples, so that its reduction is the sum.
    """
    doors: dict[str, Door] = {}
    laws: Laws = []
    for name, (value, gradient) in losses.items():
        if name not in LOSSES:
            raise ValueError(f"no loss is called {name!r}; there are {', '.join(LOSSES)}")
        doors[f"{name}.value"] = _value_door(name, layout, reduction, value)
        doors[f"{name}.gradient"] = _gradient_door(name, layout, reduction, gradient)
        if not layout.batch:
            doors[f"{name}.per_example"] = _per_example_door(layout, value)
        if name not in LOSS_CLASSES:
            laws += [
                (claim, law)
                for claim, law in loss_laws(name, reduction)
                if all(n in doors for n in law.needs)
            ]
    return doors, laws


def _asked(name: str, offered: str, wanted: str) -> None:
    if wanted != offered:
        raise NotRun(f"{name} is offered under the reduction {offered!r} only")


def _value_door(name: str, layout: Layout, reduction: str, value: Callable[..., Any]) -> Door:
    def door(y: Any, t: Any, wanted: str) -> Any:
        _asked(name, reduction, wanted)
        if layout.batch:
            return value(y, t)
        first, *rest = (value(*one) for one in layout.examples(y, t))
        for one in rest:
            first = first + one
        return first

    return door


def _gradient_door(name: str, layout: Layout, reduction: str, gradient: Callable[..., Any]) -> Door:
    def door(y: Any, t: Any, wanted: str) -> Any:
        _asked(name, reduction, wanted)
        return layout.per_example(gradient, f"the gradient of {name}", y, t)

    return door


def _per_example_door(layout: Layout, value: Callable[..., Any]) -> Door:
    def door(y: Any, t: Any) -> Any:
        import numpy as np

        found = [value(*one) for one in layout.examples(y, t)]
        row = np.array([found], dtype=getattr(found[0], "dtype", object))
        return row if layout.convention.is_column else row.T

    return door


# --- whole models ---


def model_subject(
    name: str,
    layout: Layout,
    description: Architecture,
    doors: Mapping[str, Door],
) -> Subject:
    """Make a subject that is driven from end to end."""
    laws: Laws = []
    if "model.predict" in doors:
        laws.append(prediction_law(description))
    laws += laws_for(description)
    return Subject(
        name,
        layout.convention,
        doors,
        extra_laws=tuple((claim, law) for claim, law in laws if all(need in doors for need in law.needs)),
        reduction=description.reduction,
        batch=layout.batch,
    )


def stored(layout: Layout, description: Architecture, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Give, for each layer, its parameters as the subject stores them."""
    return [
        layout.stored(parameters[f"W{layer}"], parameters.get(f"b{layer}"))
        for layer in range(1, description.depth + 1)
    ]


def restored(
    layout: Layout,
    description: Architecture,
    found: Sequence[Sequence[Any]],
    parameters: Mapping[str, Any],
) -> Findings:
    """Give the gradients by name, in the layout of the convention, from those of each layer as stored.

    Raises
    ------
    Refuted
        When there are not as many as layers.
    """
    if len(found) != description.depth:
        raise Refuted(f"gradients of {len(found)} layers for a network of {description.depth}")
    result = Findings()
    for layer, of in enumerate(found, start=1):
        W, b = parameters[f"W{layer}"], parameters.get(f"b{layer}")
        result[f"W{layer}"], slope = layout.restored(list(of), W, b, f"layer {layer}: gradient")
        if b is not None:
            result[f"b{layer}"] = slope
    return result


def unavailable(name: str, layout: Layout, reason: str) -> Subject:
    """Make a subject of which nothing can be run; its one check says why."""

    def run(context: Context) -> int:
        raise NotRun(reason)

    return Subject(name, layout.convention, {}, extra_laws=(("chain", Behaviour("end to end", (), run)),))
