"""What differs between the conventions, as data: shapes, and where an entry lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Kind = Literal["batch", "weights", "bias", "scalar"]


class Role(NamedTuple):
    """What an array is: its kind and the names of its sizes.

    A batch has (features, examples), weights have (fan_in, fan_out), a bias has (fan_out,).
    Entries are addressed alike in both conventions: a batch by (feature, example), weights by
    (neuron, input), a bias by (neuron,), a scalar by ().
    """

    kind: Kind
    sizes: tuple[str, ...]

    @property
    def ranges(self) -> tuple[str, ...]:
        """Names of the sizes over which the entry's indices run."""
        return self.sizes[::-1] if self.kind == "weights" else self.sizes


def batch(features: str, examples: str = "B") -> Role:
    """Give the role of a batch."""
    return Role("batch", (features, examples))


def weights(fan_in: str, fan_out: str) -> Role:
    """Give the role of a weight matrix."""
    return Role("weights", (fan_in, fan_out))


def bias(fan_out: str) -> Role:
    """Give the role of a bias."""
    return Role("bias", (fan_out,))


SCALAR = Role("scalar", ())


@dataclass(frozen=True)
class Convention:
    """Column: W x + b, one example per column. Row: x W + b, one example per row."""

    name: Literal["column", "row"]

    @property
    def is_column(self) -> bool:
        """Whether examples are columns."""
        return self.name == "column"

    def arrange(self, first: Any, second: Any) -> tuple[Any, Any]:
        """Put what is vertical in columns into the order of this convention."""
        return (first, second) if self.is_column else (second, first)

    def shape(self, role: Role, sizes: Mapping[str, Any]) -> tuple[Any, ...]:
        """Give the shape of an array of this role."""
        values = tuple(sizes[name] for name in role.sizes)
        if role.kind == "batch":
            return self.arrange(*values)
        if role.kind == "weights":
            return self.arrange(values[1], values[0])
        return self.arrange(values[0], 1) if role.kind == "bias" else ()

    def position(self, role: Role, at: tuple[Any, ...]) -> tuple[Any, ...]:
        """Give the place in the array of an entry that is addressed as `Role` says."""
        if role.kind in ("batch", "weights"):
            return self.arrange(*at)
        return self.arrange(at[0], 0) if role.kind == "bias" else ()

    @property
    def feature_axis(self) -> int:
        """Axis of a batch along which the features of one example lie."""
        return 0 if self.is_column else 1

    @property
    def example_axis(self) -> int:
        """Axis of a batch along which the examples lie."""
        return 1 - self.feature_axis

    @property
    def other(self) -> Convention:
        """The other convention."""
        return ROW if self.is_column else COLUMN


COLUMN = Convention("column")
ROW = Convention("row")
CONVENTIONS: Mapping[str, Convention] = {"column": COLUMN, "row": ROW}


def convention_of(convention: Convention | str) -> Convention:
    """Give a convention by its name.

    Raises
    ------
    ValueError
        When there is none of this name.
    """
    if isinstance(convention, Convention):
        return convention
    if convention not in CONVENTIONS:
        raise ValueError(f"no convention is called {convention!r}; there are {', '.join(CONVENTIONS)}")
    return CONVENTIONS[convention]
