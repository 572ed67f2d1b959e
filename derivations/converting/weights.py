"""The parameters of a network in one convention: what is converted, saved and loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from ..convention import CONVENTIONS, Convention, Role, bias, convention_of, weights
from .arrays import Array, as_floats
from .errors import NotConvertible, WrongConvention

ACTIVATIONS = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "softmax": "Softmax"}
"""Activations that can be stored, and the names of their classes in a package."""

DENSE = "dense"
IDENTITY = "identity"
RULE = "transpose-weights"
"""The rule (`colrow rules`) of which every conversion is an instance."""

Stored = tuple[Any, ...]


class Weights:
    """The layers of a network, laid out in one convention.

    Parameters
    ----------
    convention : {"column", "row"} or Convention
        column: W (fan_out, fan_in), b (fan_out, 1). row: W (fan_in, fan_out), b (1, fan_out).
    layers : iterable of tuple
        In order from input to output: ``("dense", W, b)``, ``("relu",)``, ``("sigmoid",)``, ``("tanh",)``,
        ``("softmax",)``. Arrays are copied. ``b`` may be None: zeros, which compute the same.
    finite : bool
        Whether NaN and infinity are refused.

    Attributes
    ----------
    convention : Convention
    layers : tuple of tuple
        As above.

    Raises
    ------
    NotConvertible
        When a layer is none of these, an array is no array of floats, or the shapes do not chain.
    """

    def __init__(
        self, convention: Convention | str, layers: Iterable[Sequence[Any]], *, finite: bool = True
    ) -> None:
        self.convention = convention_of(convention)
        self.finite = finite
        self.layers: tuple[Stored, ...] = tuple(
            self._layer(place, tuple(layer)) for place, layer in enumerate(layers)
        )
        if not self.pairs:
            raise NotConvertible("there is no dense layer: nothing to convert")
        before = None
        for place, layer in enumerate(self.layers):
            if layer[0] == DENSE:
                fan_in, fan_out = self._fans(layer[1])
                if before is not None and fan_in != before:
                    raise NotConvertible(
                        f"layer {place}: W {layer[1].shape} has fan_in {fan_in} in the {self.convention.name}"
                        f" convention, but the layer before has fan_out {before}; are these the other convention's,"
                        " or in the wrong order?"
                    )
                before = fan_out

    def _layer(self, place: int, layer: Stored) -> Stored:
        kind = layer[0] if layer else None
        if kind == DENSE and len(layer) == 3:
            return (DENSE, *self._dense(f"layer {place}", *layer[1:]))
        if isinstance(kind, str) and kind in ACTIVATIONS and len(layer) == 1:
            return (kind,)
        known = ", ".join(ACTIVATIONS)
        raise NotConvertible(f'layer {place}: {kind!r} cannot be stored; only ("dense", W, b), {known} can')

    def _dense(self, what: str, W: Any, b: Any) -> tuple[Array, Array]:
        W = as_floats(W, f"{what}: W", finite=self.finite)
        if W.ndim != 2:
            raise NotConvertible(f"{what}: W has shape {W.shape}; it has two axes: {self._form(_W)}")
        fan_out = self._fans(W)[1]
        shape = self.convention.shape(_B, {"fan_out": fan_out})
        if b is None:
            return W, np.zeros(shape, W.dtype)
        b = as_floats(b, f"{what}: b", finite=self.finite)
        if b.shape != shape:
            raise NotConvertible(
                f"{what}: b has shape {b.shape}; with W {W.shape} in the {self.convention.name} convention it is {shape}"
            )
        return W, b

    def _fans(self, W: Array) -> tuple[int, int]:
        rows, columns = W.shape
        return (columns, rows) if self.convention.is_column else (rows, columns)

    def _form(self, role: Role) -> str:
        return "(" + ", ".join(self.convention.shape(role, {name: name for name in role.sizes})) + ")"

    @property
    def pairs(self) -> tuple[tuple[Array, Array], ...]:
        """(W, b) of each dense layer."""
        return tuple((layer[1], layer[2]) for layer in self.layers if layer[0] == DENSE)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What each layer is."""
        return tuple(layer[0] for layer in self.layers)

    @property
    def activations(self) -> tuple[str, ...]:
        """What follows each dense layer: an activation, or identity.

        Raises
        ------
        NotConvertible
            When some layer is not a dense one or the only activation after it.
        """
        found: list[str] = []
        for place, kind in enumerate(self.kinds):
            if kind == DENSE:
                found.append(IDENTITY)
            elif found and found[-1] == IDENTITY and self.kinds[place - 1] == DENSE:
                found[-1] = kind
            else:
                raise NotConvertible(f"layer {place}: {kind} does not follow a dense layer")
        return tuple(found)

    @property
    def widths(self) -> tuple[int, ...]:
        """Number of inputs, and of neurons of each dense layer."""
        fans = [self._fans(W) for W, _ in self.pairs]
        return (fans[0][0], *(fan_out for _, fan_out in fans))

    @property
    def count(self) -> int:
        """Number of trainable numbers."""
        return sum(W.size + b.size for W, b in self.pairs)

    def to(self, convention: Convention | str) -> Weights:
        """Convert: the transpose of each W and b (rule transpose-weights); in the same convention, a copy."""
        target = convention_of(convention)
        turned = target != self.convention
        layers = [
            (layer[0], *(array.T if turned else array for array in layer[1:])) if layer[0] == DENSE else layer
            for layer in self.layers
        ]
        return Weights(target, layers, finite=self.finite)

    def network(self, package: ModuleType) -> Any:
        """Build a network of a package such as colnet or rownet.

        Raises
        ------
        WrongConvention
            When the package has the other convention.
        """
        wanted = convention_of_package(package)
        if wanted != self.convention:
            raise WrongConvention(
                f"these weights are in the {self.convention.name} convention, and {package.__name__} is of the"
                f" {wanted.name} convention; convert first: weights.to({wanted.name!r})"
            )
        of: Any = package
        layers = [
            of.Dense.of(*layer[1:]) if layer[0] == DENSE else getattr(of, ACTIVATIONS[layer[0]])()
            for layer in self.layers
        ]
        return of.Network(layers)

    def __repr__(self) -> str:
        widths = "-".join(map(str, self.widths))
        return f"Weights({self.convention.name!r}, {widths}: {', '.join(self.kinds)})"


_W, _B = weights("fan_in", "fan_out"), bias("fan_out")


def convention_of_package(package: ModuleType) -> Convention:
    """Give the convention that a package declares.

    Raises
    ------
    NotConvertible
        When it declares none.
    """
    name: Any = getattr(package, "CONVENTION", None)
    if name not in CONVENTIONS:
        raise NotConvertible(f"{package.__name__} declares no CONVENTION; colnet and rownet do")
    return CONVENTIONS[name]
