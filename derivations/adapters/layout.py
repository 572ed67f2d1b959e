"""Between a subject's own arrays and those of its convention: every conversion is here, and none repairs anything.

Arrays of objects and duck arrays pass: nothing is cast, and only views, copies, `reshape` and `concatenate` are
used, those only where the layouts differ. What comes back must have the shape that the layout says; another one
is a finding (`Refuted`), since a conversion that silently put shapes right would hide a collapsed one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..convention import COLUMN, CONVENTIONS, ROW, Convention, convention_of
from ..evidence import Refuted

VECTORS = ("(n,)", "(n, 1)", "(1, n)")
INSIDE = ("first in W", "last in W")


def copied(array: Any) -> Any:
    """Copy an array that can be changed in place; a duck array cannot."""
    return array.copy() if isinstance(array, np.ndarray) else array


def whole(size: Any) -> int:
    """Give a size to make an object with; any will do for a symbolic one, since its parameters are set."""
    return size if isinstance(size, int) else 1


def _spaced(form: str, known: Sequence[str], what: str) -> str:
    for name in known:
        if name.replace(" ", "") == form.replace(" ", ""):
            return name
    raise ValueError(f"{what} is one of {', '.join(map(repr, known))}, not {form!r}")


class Findings(dict[str, Any]):
    """Gradients by name. One that is out of shape is a `Refuted`, raised when it is asked for: the others still count."""

    def __getitem__(self, name: str) -> Any:
        return _raised(super().__getitem__(name))

    def items(self) -> Any:
        """Give names and arrays, if all are arrays."""
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        """Give the arrays, if all are."""
        return [self[name] for name in self]

    def raw(self, name: str) -> Any:
        """Give an array, or what is to be said of it."""
        return super().__getitem__(name)

    @classmethod
    def added(cls, parts: Sequence[Findings]) -> Findings:
        """Add up, name by name."""
        total = cls()
        for name in parts[0]:
            arrays = [part.raw(name) for part in parts]
            refuted = [array for array in arrays if isinstance(array, Refuted)]
            dict.__setitem__(total, name, refuted[0] if refuted else _sum(arrays))
        return total


def _raised(value: Any) -> Any:
    if isinstance(value, Refuted):
        raise value
    return value


def _sum(arrays: Sequence[Any]) -> Any:
    total = arrays[0]
    for array in arrays[1:]:
        total = total + array
    return total


@dataclass(frozen=True)
class Layout:
    """How a subject keeps its arrays.

    Attributes
    ----------
    convention : Convention
        Of its batches: examples in columns or in rows.
    weights : {"column", "row"}
        How it stores a weight matrix: (fan_out, fan_in) or (fan_in, fan_out); by default as its convention does.
    bias : str
        The shape of a bias, ``"(n,)"``, ``"(n, 1)"`` or ``"(1, n)"``; ``"first in W"`` or ``"last in W"`` when it
        is kept in the weight matrix, at that place among the inputs; ``"none"`` when there is none. By default
        (n, 1) in the column convention and (1, n) in the row convention.
    example : str
        ``"batch"`` when it takes batches; otherwise the shape of the one example that it takes.
    """

    convention: Convention
    weights: Literal["column", "row", ""] = ""
    bias: str = ""
    example: str = "batch"

    def __post_init__(self) -> None:
        own = "(n, 1)" if self.convention.is_column else "(1, n)"
        weights = self.weights or self.convention.name
        if weights not in CONVENTIONS:
            raise ValueError(f"weights is 'column' or 'row', not {weights!r}")
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "bias", _spaced(self.bias or own, (*VECTORS, *INSIDE, "none"), "bias"))
        object.__setattr__(self, "example", _spaced(self.example, ("batch", *VECTORS), "example"))

    @property
    def batch(self) -> bool:
        """Whether the subject takes batches."""
        return self.example == "batch"

    @property
    def inside(self) -> bool:
        """Whether the bias is kept in the weight matrix."""
        return self.bias in INSIDE

    # --- parameters ---

    def stored(self, W: Any, b: Any) -> tuple[Any, ...]:
        """Put weights and bias, given as the convention has them, as the subject stores them: copies."""
        return tuple(copied(array) for array in self._stored(W, b))

    def _stored(self, W: Any, b: Any) -> tuple[Any, ...]:
        turned = self.weights != self.convention.name
        if self.bias == "none":
            return (W.T if turned else W,)
        if self.inside:
            bias = self._vector(b, "(n, 1)" if self.convention.is_column else "(1, n)")
            axis = 1 if self.convention.is_column else 0
            parts = [bias, W] if self.bias == "first in W" else [W, bias]
            joined = np.concatenate(parts, axis=axis)
            return (joined.T if turned else joined,)
        return (W.T if turned else W, self._vector(b, self.bias))

    def _vector(self, array: Any, form: str) -> Any:
        """Reshape a bias from the convention's shape."""
        if form == "(n,)":
            return array.reshape(-1)
        own = "(n, 1)" if self.convention.is_column else "(1, n)"
        return array if form == own else array.T

    def restored(self, found: Sequence[Any], W: Any, b: Any, what: str = "gradient") -> tuple[Any, Any]:
        """Give back what was stored for weights and bias, or has the same shape, as the convention has it.

        An array that has not the shape of the stored parameter comes back as the `Refuted` that says so: see
        `Findings`. There is None for a bias where there is none.
        """
        like = self._stored(W, b)
        if len(found) != len(like):
            refuted = Refuted(f"{what}: {len(found)} arrays for a layer that stores {len(like)}")
            return refuted, None if self.bias == "none" else refuted
        kept = [self._shaped(f"{what} by {letter}", *pair) for letter, *pair in zip("Wb", found, like)]
        weights = kept[0]
        if not isinstance(weights, Refuted) and self.weights != self.convention.name:
            weights = weights.T
        if self.bias == "none":
            return weights, None
        if self.inside:
            return (weights, weights) if isinstance(weights, Refuted) else self._parted(weights)
        bias = kept[1]
        if isinstance(bias, Refuted):
            return weights, bias
        own = "(n, 1)" if self.convention.is_column else "(1, n)"
        if self.bias == "(n,)":
            bias = bias.reshape((-1, 1) if self.convention.is_column else (1, -1))
        elif self.bias != own:
            bias = bias.T
        return weights, bias

    def _parted(self, weights: Any) -> tuple[Any, Any]:
        """Part weights, laid out as in the convention, from the bias in them."""
        count = weights.shape[1 if self.convention.is_column else 0]
        at, rest = (0, slice(1, None)) if self.bias == "first in W" else (count - 1, slice(0, count - 1))
        if self.convention.is_column:
            return weights[:, rest], weights[:, at : at + 1]
        return weights[rest], weights[at : at + 1]

    def _shaped(self, what: str, got: Any, like: Any) -> Any:
        """Give an array that has the shape of another, or what is to be said of it."""
        shape = getattr(got, "shape", None)
        if shape == like.shape:
            return got
        refuted = Refuted(
            f"{what} has the wrong shape",
            convention=self.convention.name,
            expected=like.shape,
            got="no array" if shape is None else shape,
        )
        refuted.array = got if shape is not None else None
        return refuted

    # --- examples ---

    def examples(self, *batches: Any) -> Iterator[tuple[Any, ...]]:
        """Go through the examples of batches, each as the subject takes it."""
        axis = self.convention.example_axis
        for k in range(batches[0].shape[axis]):
            yield tuple(self.single(array, k) for array in batches)

    def single(self, array: Any, k: int) -> Any:
        """Give example k of a batch, as the subject takes one."""
        if self.example == "(n,)":
            return array[:, k] if self.convention.is_column else array[k]
        part = array  # of symbolic size: a single example
        if isinstance(array, np.ndarray):
            part = array[:, k : k + 1] if self.convention.is_column else array[k : k + 1]
        own = "(n, 1)" if self.convention.is_column else "(1, n)"
        return part if self.example == own else part.T

    def joined(self, parts: Sequence[Any], what: str) -> Any:
        """Make a batch of arrays of one example each.

        Raises
        ------
        Refuted
            When one of them has not the shape of one example.
        """
        if len(parts) == 1 and not isinstance(parts[0], np.ndarray):
            return self._alone(parts[0], what)
        columns = []
        for part in parts:
            shape = getattr(part, "shape", None)
            size = len(part.ravel()) if isinstance(part, np.ndarray) else 0
            expected = {"(n,)": (size,), "(n, 1)": (size, 1), "(1, n)": (1, size)}[self.example]
            if shape != expected:
                raise Refuted(f"{what} is not one example of shape {self.example}", got=shape)
            columns.append(part.reshape((-1, 1)))
        joined = np.concatenate(columns, axis=1)
        return joined if self.convention.is_column else joined.T

    def _alone(self, part: Any, what: str) -> Any:
        """Take an array of symbolic size as a batch of one."""
        shape = getattr(part, "shape", ())
        axis = 1 if self.example == "(n, 1)" else 0
        if self.example == "(n,)" or len(shape) != 2 or shape[axis] != 1:
            raise Refuted(f"{what} is not one example of shape {self.example}", got=shape)
        return part if (axis == 1) == self.convention.is_column else part.T

    def per_example(self, run: Callable[..., Any], what: str, *batches: Any) -> Any:
        """Run something that takes a batch or one example on batches."""
        if self.batch:
            return run(*batches)
        return self.joined([run(*one) for one in self.examples(*batches)], what)


def layout(
    convention: Convention | str,
    *,
    weights: Literal["column", "row", ""] = "",
    bias: str = "",
    example: str = "batch",
) -> Layout:
    """Describe how a subject keeps its arrays; see `Layout`."""
    return Layout(convention_of(convention), weights, bias, example)


__all__ = ["COLUMN", "ROW", "Layout", "convention_of", "copied", "layout"]
