"""Weights of a network object, and of plain arrays in any layout."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..convention import Convention, convention_of
from .arrays import as_floats
from .errors import NotConvertible
from .weights import ACTIVATIONS, DENSE, IDENTITY, Weights, convention_of_package

if TYPE_CHECKING:
    from ..adapters.layout import Layout


def of_network(network: Any, *, finite: bool = True) -> Weights:
    """Read the parameters of a network of a package such as colnet or rownet.

    The convention is the one that the package of its layers declares. A layer is known by its class, which must be
    the package's own: a subclass may compute something else.

    Raises
    ------
    NotConvertible
        When a layer is none that can be stored, such as a custom ``Activation(f, df)``.
    """
    layers = getattr(network, "layers", None)
    if not isinstance(layers, Iterable):
        raise NotConvertible(f"{type(network).__name__} has no layers; for plain arrays there is of_pairs")
    layers = list(layers)
    packages = {_package(layer) for layer in layers}
    conventions = {convention_of_package(package) for package in packages}
    if len(conventions) != 1:
        names = " and ".join(sorted(convention.name for convention in conventions)) or "no"
        raise NotConvertible(f"a network with layers of {names} convention")
    (convention,) = conventions
    return Weights(convention, [_read(place, layer) for place, layer in enumerate(layers)], finite=finite)


def convert(network: Any, to: Convention | str | ModuleType, *, finite: bool = True) -> Any:
    """Convert a network, or `Weights`, to the other convention, or to the one that it has.

    Parameters
    ----------
    network : network or Weights
        A network: of a package such as colnet or rownet.
    to : package, or "column" or "row"
        With a package a network of it is built; otherwise `Weights` come back.
    finite : bool
        Whether NaN and infinity are refused.

    Raises
    ------
    NotConvertible
        When a layer cannot be converted: a custom activation, say, which is code.
    """
    weights = network if isinstance(network, Weights) else of_network(network, finite=finite)
    if isinstance(to, ModuleType):
        return weights.to(convention_of_package(to)).network(to)
    return weights.to(to)


def _package(layer: Any) -> ModuleType:
    """Find the package that a layer's class, or one that it inherits from, belongs to."""
    for kind in type(layer).__mro__:
        module = sys.modules.get(kind.__module__.partition(".")[0])
        if module is not None and hasattr(module, "CONVENTION"):
            return module
    raise NotConvertible(
        f"{layer!r} is of no package that declares a CONVENTION; for plain arrays there is of_pairs"
    )


def _read(place: int, layer: Any) -> tuple[Any, ...]:
    package = _package(layer)
    if type(layer) is getattr(package, "Dense", None):
        parameters = layer.parameters
        return DENSE, parameters["W"], parameters["b"]
    for kind, name in ACTIVATIONS.items():
        if type(layer) is getattr(package, name, None):
            return (kind,)
    known = ", ".join(("Dense", *ACTIVATIONS.values()))
    raise NotConvertible(
        f"layer {place}: {layer!r} cannot be stored: what it computes is code, and only {known} of"
        f" {package.__name__} itself have a name that can be"
    )


def of_pairs(
    pairs: Iterable[Sequence[Any]],
    layout: Layout | Convention | str,
    activations: Sequence[str],
    *,
    finite: bool = True,
) -> Weights:
    """Take the arrays of dense layers, in a stated layout.

    Parameters
    ----------
    pairs : iterable of (W, b)
        From input to output; (W,) where the layout keeps the bias in W, or has none. None for b is zeros.
    layout : Layout, or convention, or its name
        How they are stored; ``derivations.adapters.layout`` makes one: ``layout("row", weights="column",
        bias="(n,)")`` is PyTorch's.
    activations : sequence of str
        What follows each: relu, sigmoid, tanh, softmax or identity.

    Returns
    -------
    Weights
        In the convention of the layout.
    """
    from ..adapters.layout import Layout

    own = layout if isinstance(layout, Layout) else Layout(convention_of(layout))
    given = [tuple(pair) for pair in pairs]
    names = _names(activations, len(given))
    layers: list[tuple[Any, ...]] = []
    for place, (pair, name) in enumerate(zip(given, names)):
        layers.append((DENSE, *_restored(own, pair, f"dense layer {place}", finite)))
        if name != IDENTITY:
            layers.append((name,))
    return Weights(own.convention, layers, finite=finite)


def pairs_of(weights: Weights, layout: Layout | Convention | str) -> list[tuple[Any, ...]]:
    """Give the arrays of the dense layers as a layout stores them: copies, in C order."""
    from ..adapters.layout import Layout

    own = layout if isinstance(layout, Layout) else Layout(convention_of(layout))
    if own.bias == "none" and any(b.any() for _, b in weights.pairs):
        raise NotConvertible("these weights have a bias that is not zero, and the layout has none")
    turned = weights.to(own.convention)
    return [tuple(np.ascontiguousarray(array) for array in own.stored(W, b)) for W, b in turned.pairs]


def _names(activations: Sequence[str], count: int) -> list[str]:
    if isinstance(activations, str) or len(activations) != count:
        raise NotConvertible(
            f"{count} dense layers need {count} activations (identity is one): {activations!r}"
        )
    for name in activations:
        if name not in (*ACTIVATIONS, IDENTITY):
            known = ", ".join((*ACTIVATIONS, IDENTITY))
            raise NotConvertible(f"the activation {name!r} cannot be stored; only {known} can")
    return list(activations)


def _restored(layout: Layout, pair: tuple[Any, ...], what: str, finite: bool) -> tuple[Any, Any]:
    """Turn stored arrays into those of the layout's convention."""
    from ..evidence import Refuted

    letters = ("W",) if layout.inside or layout.bias == "none" else ("W", "b")
    if len(pair) != len(letters):
        raise NotConvertible(f"{what}: {len(pair)} arrays; the layout stores {' and '.join(letters)}")
    W = as_floats(pair[0], f"{what}: W", finite=finite)
    if W.ndim != 2:
        raise NotConvertible(f"{what}: W has shape {W.shape}; it has two axes")
    fan_out, fan_in = W.shape if layout.weights == "column" else W.shape[::-1]
    if layout.inside:
        fan_in -= 1
    sizes = layout.convention.arrange(fan_out, fan_in), layout.convention.arrange(fan_out, 1)
    like_W, like_b = (np.zeros(size, W.dtype) for size in sizes)
    arrays = [W]
    if len(pair) == 2:
        zeros = pair[1] is None
        b = layout.stored(like_W, like_b)[1] if zeros else as_floats(pair[1], f"{what}: b", finite=finite)
        arrays.append(b)
    found = layout.restored(arrays, like_W, like_b, what)
    for letter, array, part in zip(letters, arrays, found):
        if isinstance(part, Refuted):
            expected = part.facts["expected"]
            raise NotConvertible(
                f"{what}: {letter} has shape {array.shape}; with W {W.shape} the layout has {expected}"
            )
    return found
