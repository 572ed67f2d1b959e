"""Subjects made of layer objects, whichever way these hand their gradients over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..convention import Convention
from ..evidence import NotRun
from ..rehearsal import rehearsed
from ..subject import Door, Subject
from ._subjects import Laws, loss_doors, read, write
from .end_to_end import Architecture, chain_law
from .layout import Findings, Layout, convention_of, copied, whole

Spec = tuple[Any, ...]
LossPair = tuple[Callable[..., Any], Callable[..., Any]]


def layout_of(convention: Layout | Convention | str) -> Layout:
    """Give the layout that is meant: that of a convention, unless one is given."""
    return convention if isinstance(convention, Layout) else Layout(convention_of(convention))


@dataclass(frozen=True)
class Layers:
    """Layer objects and how to drive them.

    ``backward(layer, g, rate)`` returns the input gradient; ``slopes(layer, before)`` gives what the layer
    found for each stored parameter, ``before`` being copies of them from before the backward pass.
    """

    layout: Layout
    dense: Callable[[int, int], Any] | None
    paths: tuple[str, ...]
    activations: Mapping[str, Callable[[], Any]]
    activation: Callable[..., Any] | None
    forward: Callable[[Any, Any], Any]
    backward: Callable[[Any, Any, Any], Any]
    slopes: Callable[[Any, Sequence[Any]], list[Any]]
    reset: Callable[[Any], Any] = field(default=lambda layer: None)
    network: Callable[[list[Any]], Any] | None = None

    def made(self, spec: Spec) -> Any:
        """Make a layer as it is named in the doors of a network."""
        kind, *rest = spec
        if kind == "dense":
            if self.dense is None:
                raise NotRun("there is no dense layer")
            fan_out, fan_in = self.layout.convention.arrange(*rest[0].shape)
            layer = self.dense(whole(fan_in), whole(fan_out))
            self.put(layer, spec)
            return layer
        if kind == "activation":
            if self.activation is None:
                raise NotRun("there is no activation layer for any function f")
            return self.activation(*rest)
        if kind not in self.activations:
            raise NotRun(f"there is no {kind} layer")
        return self.activations[kind]()

    def put(self, layer: Any, spec: Spec) -> None:
        """Set the parameters of a dense layer."""
        if spec[0] == "dense":
            for path, array in zip(self.paths, self.layout.stored(spec[1], spec[2]), strict=True):
                write(layer, path, array)

    def predicted(self, specs: Sequence[Spec], x: Any) -> Any:
        """Run layers one after the other."""

        def run(x: Any) -> Any:
            return self._forward([self.made(spec) for spec in specs], x)

        return self.layout.per_example(run, "the output", x)

    def _forward(self, layers: Sequence[Any], x: Any) -> Any:
        if self.network is not None and len(layers) > 1:
            return self.forward(self.network(list(layers)), x)
        for layer in layers:
            x = self.forward(layer, x)
        return x

    def _once(self, specs: Sequence[Spec], layers: Sequence[Any], x: Any, g: Any, rate: Any) -> Findings:
        """Go forward and back once; give the gradients by name, W1, b1, W2, …, and x."""
        before = [
            [copied(read(layer, path)) for path in self.paths] if spec[0] == "dense" else []
            for spec, layer in zip(specs, layers)
        ]
        if self.network is not None and len(layers) > 1:
            whole = self.network(list(layers))
            self.forward(whole, x)
            g = self.backward(whole, g, rate)
        else:
            for layer in layers:
                x = self.forward(layer, x)
            for layer in reversed(layers):
                g = self.backward(layer, g, rate)
        found = Findings(x=g)
        having = [place for place, spec in enumerate(specs) if spec[0] == "dense"]
        for number, place in enumerate(having, start=1):
            slopes = self.slopes(layers[place], before[place])
            W, b = specs[place][1:]
            found[f"W{number}"], found[f"b{number}"] = self.layout.restored(slopes, W, b)
        return found

    def gradients(self, specs: Sequence[Spec], x: Any, g: Any) -> Findings:
        """Go forward and back on other numbers first, so that what is kept from then shows, and then on these."""
        layers = [self.made(spec) for spec in specs]
        pairs = [(x, g)] if self.layout.batch else list(self.layout.examples(x, g))
        parts: list[Findings] = []
        rehearsal = (rehearsed(pairs[0][0]), rehearsed(pairs[0][1]))
        for one, upstream in (rehearsal, *pairs):
            for spec, layer in zip(specs, layers):
                self.put(layer, spec)
                self.reset(layer)
            parts.append(self._once(specs, layers, one, upstream, 1))
        del parts[0]
        if self.layout.batch:
            return parts[0]
        inputs = self.layout.joined([part.pop("x") for part in parts], "the input gradient")
        total = Findings.added(parts)
        total["x"] = inputs
        return total

    def updated(self, specs: Sequence[Spec], x: Any, g: Any, alpha: Any) -> Findings:
        """Take one step with a batch; give the parameters after it by name."""
        layers = [self.made(spec) for spec in specs]
        self._once(specs, layers, x, g, alpha)
        found = Findings()
        dense = [(spec, layer) for spec, layer in zip(specs, layers) if spec[0] == "dense"]
        for number, (spec, layer) in enumerate(dense, start=1):
            after = [read(layer, path) for path in self.paths]
            W, b = self.layout.restored(after, spec[1], spec[2], "after a step: parameter")
            found[f"W{number}"], found[f"b{number}"] = W, b
        return found

    def doors(self) -> dict[str, Door]:
        """Make the doors of the layers and of networks of them."""
        doors: dict[str, Door] = {}

        def letter(found: Findings, **names: str) -> Findings:
            raw = {name: found.raw(key) for name, key in names.items()}
            return Findings({name: array for name, array in raw.items() if array is not None})

        if self.dense is not None:
            doors["dense.forward"] = lambda W, b, x: self.predicted([("dense", W, b)], x)
            doors["dense.backward"] = lambda W, b, x, g: letter(
                self.gradients([("dense", W, b)], x, g), x="x", W="W1", b="b1"
            )
        for kind in self.activations:
            doors[f"{kind}.forward"] = _forward_door(self, kind)
            doors[f"{kind}.backward"] = _backward_door(self, kind)
        if self.activation is not None:
            doors["activation.forward"] = lambda f, df, v: self.predicted([("activation", f, df)], v)
            doors["activation.backward"] = lambda f, df, v, g: letter(
                self.gradients([("activation", f, df)], v, g), v="x"
            )
        if self.dense is not None:
            doors["network.predict"] = self.predicted
            doors["network.backward"] = self.gradients
        return doors


def _forward_door(layers: Layers, kind: str) -> Door:
    return lambda v: layers.predicted([(kind,)], v)


def _backward_door(layers: Layers, kind: str) -> Door:
    return lambda v, g: {"v": layers.gradients([(kind,)], v, g)["x"]}


def _chains(layers: Layers) -> Laws:
    """Make the laws of networks of two and three dense layers with the activations that there are, softmax last."""
    kinds = sorted(layers.activations, key=lambda kind: kind == "softmax")
    if not kinds:
        return []
    inner = [kind for kind in kinds if kind != "softmax"] or ["identity"]
    biased = layers.layout.bias != "none"
    return [
        chain_law(Architecture((*(*inner, *inner)[: depth - 1], kinds[-1]), "mse", biased=biased))
        for depth in (2, 3)
        if len(inner) * 2 >= depth - 1
    ]


def subject(
    name: str,
    layers: Layers,
    losses: Mapping[str, LossPair],
    reduction: str,
    more: Mapping[str, Door],
) -> Subject:
    """Make the subject of these layers and losses."""
    reduction = reduction if layers.layout.batch else "sum"
    doors, laws = loss_doors(layers.layout, reduction, losses)
    doors |= layers.doors()
    if layers.dense is not None and layers.activation is None:
        laws += _chains(layers)
    return Subject(
        name,
        layers.layout.convention,
        {**doors, **more},
        extra_laws=tuple(laws),
        batch=layers.layout.batch,
        reduction=reduction,
    )
