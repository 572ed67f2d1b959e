"""A layer: an input, an output, a direction forward and a direction backward (section 4.1)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ._1_edge import Array, NotForwardError, as_batch, as_like, message, own


class Layer(ABC):
    """What every layer has.

    Subclasses give the mathematics in ``_value`` and ``_input_gradient``; what stands here checks what
    comes in and remembers the last forward pass. A backward pass computes and returns; it changes nothing.

    Attributes
    ----------
    input, output : array or None
        Of the last `forward`, (batch, features); None before it, and None again when a parameter is set,
        so that no gradient mixes old activations with new parameters.
    """

    def __init__(self) -> None:
        self.input: Array = None
        self.output: Array = None

    @abstractmethod
    def _value(self, x: Array) -> Array:
        """Compute the output for ``x``; pure, unchecked."""

    @abstractmethod
    def _input_gradient(self, g: Array) -> Array:
        """Compute dL/d(input) from dL/d(output); pure, unchecked."""

    def _parameter_gradients(self, g: Array) -> dict[str, Array]:
        """Compute the gradient of each parameter by its name; pure, unchecked."""
        return {}

    @property
    def parameters(self) -> dict[str, Array]:
        """The trainable arrays by name; empty for a layer that learns nothing."""
        return {}

    def _assign(self, parameters: dict[str, Array]) -> None:
        """Take new parameters that were checked already."""
        del parameters

    def _features(self) -> Any:
        """Say how many features the input must have; None if any number will do."""
        return None

    def __call__(self, x: Any) -> Array:
        """Compute the output for a batch and remember nothing."""
        return self._value(as_batch(x, f"{self!r}: x", self._features()))

    def _forward(self, x: Array) -> Array:
        output = self._value(x)  # first: if it raises, the pass before is still what is remembered
        self.input = x
        self.output = output
        return output

    def forward(self, x: Any) -> Array:
        """Compute the output for a batch (batch, features) and remember both for the backward pass.

        What is remembered is a copy of the caller's, so that changing ``x`` or the result in place later
        cannot change a gradient.

        Raises
        ------
        ShapeError, DtypeError, DomainError
            When ``x`` is no batch of finite reals with the right number of features.
        """
        return own(self._forward(own(as_batch(x, f"{self!r}.forward: x", self._features()))))

    def _upstream(self, g: Any, where: str) -> Array:
        if self.output is None:
            given = "no forward pass, or parameters that were set after it"
            raise NotForwardError(message(f"{self!r}.{where}", given, "a call of forward first"))
        return as_like(g, f"{self!r}.{where}: g", self.output.shape, "the output of the last forward")

    def input_gradient(self, g: Any) -> Array:
        """Return dL/d(input), of the input's shape, for the upstream gradient ``g`` of the output's shape."""
        return self._input_gradient(self._upstream(g, "input_gradient"))

    def backward(self, g: Any) -> Any:
        """Return the gradients for the upstream gradient ``g`` = dL/d(output); change nothing.

        Raises
        ------
        NotForwardError
            When no forward pass belongs to the present parameters.
        ShapeError, DtypeError, DomainError
            When ``g`` is not like the output.
        """
        return self._input_gradient(self._upstream(g, "backward"))
