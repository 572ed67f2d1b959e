"""What is checked: an implementation, seen through doors that every convention and style can offer."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .convention import CONVENTIONS, Convention
from .rehearsal import rehearsed

if TYPE_CHECKING:
    from .laws import AnyLaw

Door = Callable[..., Any]

ACTIVATION_CLASSES = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "softmax": "Softmax"}
LOSS_CLASSES = {
    "mse": "MSE",
    "mae": "MAE",
    "cross-entropy": "CrossEntropy",
    "binary-cross-entropy": "BinaryCrossEntropy",
    "categorical-cross-entropy": "CategoricalCrossEntropy",
    "hinge": "Hinge",
    "fused-softmax": "SoftmaxCrossEntropy",
    "fused-sigmoid": "SigmoidBinaryCrossEntropy",
}


class NoSubject(Exception):
    """A package is not one that can be checked; the text says what is missing."""


@dataclass(frozen=True)
class Subject:
    """An implementation under check.

    Attributes
    ----------
    name : str
        For messages.
    convention : Convention
        In which its arrays are laid out.
    doors : mapping
        What it offers, by name; a claim that needs a door that is missing is not run. Arrays in and out
        are laid out in the convention; gradients come as a mapping from the variable's letter.

        ``dense.forward(W, b, x)``, ``dense.backward(W, b, x, g)``; ``relu.forward(v)``,
        ``relu.backward(v, g)`` and so for sigmoid, tanh, softmax; ``activation.forward(f, df, v)``,
        ``activation.backward(f, df, v, g)``; ``mse.per_example(y, t)``, ``mse.value(y, t, reduction)``,
        ``mse.gradient(y, t, reduction)`` and so for each loss; ``network.predict(layers, x)``,
        ``network.gradients(layers, x, t, loss, reduction)``, ``network.backward(layers, x, g)``,
        ``network.updated(layers, gradients, alpha)``,
        ``network.parameter_count(layers)``, ``network.collapse(layers)`` where layers are tuples
        ``("dense", W, b)``, ``("tanh",)``, ``("activation", f, df)``; ``descend(p, g, alpha)``.
    package : module or None
        For the claims about the objects of section 4.
    other : Subject or None
        Its counterpart in the other convention, for `duality`.
    extra_laws : tuple of (claim id, law)
        Laws of its own, each reported under a claim; for networks that are driven from end to end.
    batch : bool
        Whether its code takes batches; if not, its doors go through the examples one by one.
    reduction : str
        ``"mean"`` or ``"sum"`` when its losses offer only that reduction; empty when they offer both.
    """

    name: str
    convention: Convention
    doors: Mapping[str, Door] = field(repr=False)
    package: ModuleType | None = None
    other: Subject | None = field(default=None, repr=False)
    extra_laws: tuple[tuple[str, AnyLaw], ...] = field(default=(), repr=False)
    batch: bool = True
    reduction: str = ""

    def door(self, name: str) -> Door:
        """Return a door by its name; KeyError when the subject does not have it."""
        return self.doors[name]

    def has(self, names: Sequence[str]) -> bool:
        """Tell whether all these doors are there."""
        return all(name in self.doors for name in names)


def look_beside_the_caller() -> None:
    """Let packages in the working directory be found, after the installed ones."""
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())


def package_subject(name: str) -> Subject:
    """Make a subject of a package like `colnet` or `rownet`, imported by its name.

    Raises
    ------
    ImportError
        When there is no such package.
    NoSubject
        When it has not the public names that the doors need.
    """
    package: Any = import_module(name)
    needed = ["CONVENTION", "Dense", "Activation", "Network", "collapse", "descend"]
    needed += [*ACTIVATION_CLASSES.values(), *LOSS_CLASSES.values()]
    missing = [wanted for wanted in needed if not hasattr(package, wanted)]
    if missing:
        raise NoSubject(f"{name} has no {', '.join(missing)}; it needs the public names of colnet and rownet")
    if package.CONVENTION not in CONVENTIONS:
        raise NoSubject(
            f"{name}.CONVENTION is {package.CONVENTION!r}; expected one of {', '.join(CONVENTIONS)}"
        )
    doors: dict[str, Door] = {}

    def layer_of(kind: str, *rest: Any) -> Any:
        if kind == "dense":
            return package.Dense.of(*rest)
        if kind == "activation":
            return package.Activation(*rest)
        if kind == "layer":
            return rest[0]
        return getattr(package, ACTIVATION_CLASSES[kind])()

    def network_of(layers: Sequence[tuple[Any, ...]]) -> Any:
        return package.Network([layer_of(*layer) for layer in layers])

    def forward(kind: str) -> Door:
        def run(*args: Any) -> Any:
            *given, x = args
            return layer_of(kind, *given).forward(x)

        return run

    def dense_backward(W: Any, b: Any, x: Any, g: Any) -> dict[str, Any]:
        layer = layer_of("dense", W, b)
        layer.forward(rehearsed(x))  # a pass before, so that a stale cache shows
        layer.forward(x)
        return dict(layer.backward(g)._asdict())

    def activation_backward(kind: str) -> Door:
        def run(*args: Any) -> dict[str, Any]:
            *given, v, g = args
            layer = layer_of(kind, *given)
            layer.forward(rehearsed(v))
            layer.forward(v)
            return {"v": layer.backward(g)}

        return run

    doors["dense.forward"] = forward("dense")
    doors["dense.backward"] = dense_backward
    for kind in (*ACTIVATION_CLASSES, "activation"):
        doors[f"{kind}.forward"] = forward(kind)
        doors[f"{kind}.backward"] = activation_backward(kind)

    def loss_doors(kind: str, cls: Any) -> None:
        doors[f"{kind}.per_example"] = lambda y, t: cls().per_example(y, t)
        doors[f"{kind}.value"] = lambda y, t, reduction: cls(reduction).value(y, t)
        doors[f"{kind}.gradient"] = lambda y, t, reduction: cls(reduction).gradient(y, t)

    for kind, cls in LOSS_CLASSES.items():
        loss_doors(kind, getattr(package, cls))

    def gradients(layers: Any, x: Any, t: Any, loss: str, reduction: str) -> dict[str, Any]:
        found = network_of(layers).gradients(x, t, getattr(package, LOSS_CLASSES[loss])(reduction))
        return named(found)

    def backward(layers: Any, x: Any, g: Any) -> dict[str, Any]:
        network = network_of(layers)
        network.forward(rehearsed(x))
        network.forward(x)
        return named(network.backward(g))

    def named(found: Any) -> dict[str, Any]:
        result = {"x": found.x}
        return result | numbered(found.layers)

    def numbered(layers: Any) -> dict[str, Any]:
        """Name parameters W1, b1, W2, …: counted over the layers that have some."""
        having = [of for of in layers if of]
        return {
            f"{letter}{place}": array
            for place, of in enumerate(having, start=1)
            for letter, array in of.items()
        }

    def updated(layers: Any, x: Any, g: Any, alpha: Any) -> dict[str, Any]:
        network = network_of(layers)
        network.forward(x)
        network.update(network.backward(g), alpha)
        return numbered(network.parameters)

    def collapsed(layers: Any) -> tuple[Any, Any]:
        one = package.collapse([layer_of("dense", *layer[1:]) for layer in layers])
        return one.W, one.b

    doors["network.predict"] = lambda layers, x: network_of(layers).predict(x)
    doors["network.forward"] = lambda layers, x: network_of(layers).forward(x)
    doors["network.gradients"] = gradients
    doors["network.backward"] = backward
    doors["network.updated"] = updated
    doors["network.parameter_count"] = lambda layers: network_of(layers).parameter_count
    doors["collapse"] = collapsed
    doors["descend"] = package.descend
    return Subject(name, CONVENTIONS[package.CONVENTION], doors, package)
