"""Float cases that find faults: sizes that differ and square ones, several outputs, saturated values, odd targets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal, TypeVar

import numpy as np

from ..claims.s3_2_losses import BATCH, POSITIVE, UNIT
from ..laws import ANY_PREMISE, CUBE, Law
from ..regions import Region, draw, elementwise, reals
from ..subject import Subject

L = TypeVar("L", bound=Law)
Array = np.typing.NDArray[Any]
Manner = Literal["simple", "normal", "wide"]
MANNERS: tuple[Manner, ...] = ("simple", "normal", "wide")


class Drawn:
    """Numbers instead of the symbols of a region: small rationals, normal ones, or far apart and saturating."""

    def __init__(self, rng: Random, manner: Manner) -> None:
        self.rng = rng
        self.manner = manner
        self.symbols: list[Any] = []

    def real(self, name: str = "r") -> Any:
        """Draw any real number, not 0."""
        if self.manner == "simple":
            return draw(self.rng, False)
        return self.rng.gauss(0, 1) * (1 if self.manner == "normal" else 6)

    def positive(self, name: str = "d") -> Any:
        """Draw a positive number."""
        if self.manner == "simple":
            return draw(self.rng, True)
        if self.manner == "normal":
            return math.exp(self.rng.gauss(0, 0.7))
        # Up to 30: that saturates, and an exponential without a shift does not yet overflow.
        return math.exp(self.rng.uniform(-3.4, 3.4))

    def unit(self) -> Any:
        """Draw a number strictly between 0 and 1."""
        p, q = self.positive(), self.positive()
        return p / (p + q)


@dataclass(frozen=True)
class Case:
    """Numbers for the variables of a law, in column layout, exactly as floats have them."""

    label: str
    sizes: Mapping[str, int]
    arrays: Mapping[str, Array]
    wide: bool = False

    def as_type(self, dtype: Any) -> Case:
        """Round the numbers to a float type."""
        return replace(self, arrays={name: array.astype(dtype) for name, array in self.arrays.items()})

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return sum(array.size for array in self.arrays.values())


def drawn(law: Law, region: Region, sizes: Mapping[str, int], rng: Random, manner: Manner) -> Case:
    """Draw one case."""
    fresh: Any = Drawn(rng, manner)
    arrays = dict(region.build(fresh, sizes))
    for name, role in law.variables.items():
        if name not in arrays:
            arrays[name] = reals(fresh, role, sizes, name)
    floats = {name: np.asarray(array, dtype=object).astype(np.float64) for name, array in arrays.items()}
    return Case(
        f"{region.label}, {manner} numbers, {told(law, sizes)}", dict(sizes), floats, manner == "wide"
    )


def told(law: Law, sizes: Mapping[str, int]) -> str:
    """Name the sizes."""
    used = dict.fromkeys(name for role in law.variables.values() for name in role.sizes if name != "one")
    return ", ".join(f"{name} = {sizes[name]}" for name in used)


def cases(law: Law, rng_of: Any, fast: bool = False) -> Iterator[tuple[Any, Case]]:
    """Give the cases of a law, each with what draws it anew.

    Every shape meets every region; simple, normal and saturating numbers take turns over them, so that each region
    meets each.
    """
    shapes = [*law.shapes]
    if set(CUBE) <= set(shapes[0]):
        shapes.append(CUBE)
    if fast:
        shapes = shapes[:1]
    for number, sizes in enumerate(shapes):
        for place, region in enumerate(law.regions):
            manner = MANNERS[(number + place) % len(MANNERS)]

            def again(
                turn: int, sizes: Any = sizes, region: Region = region, manner: Manner = manner
            ) -> Case:
                rng = rng_of(law.part, region.label, str(sorted(sizes.items())), manner, turn)
                return drawn(law, region, sizes, rng, manner)

            yield again, again(0)


# --- regions for other people's code ---

_INSIDE_POSITIVE = elementwise(
    BATCH,
    {
        "t > 0": lambda f: {"t": f.positive("t"), "y": f.positive("y")},
        "t = 0": lambda f: {"t": 0, "y": f.positive("y")},
    },
)
_INSIDE_UNIT = elementwise(
    BATCH,
    {
        "0 < t < 1": lambda f: {"t": f.unit(), "y": f.unit()},
        "t = 0": lambda f: {"t": 0, "y": f.unit()},
        "t = 1": lambda f: {"t": 1, "y": f.unit()},
    },
)


def for_others(law: L, subject: Subject) -> L:
    """Leave out what only the packages promise: values at the very edge of a loss's domain; and premises are told, not pinned."""
    if subject.package is not None:
        return law
    law = replace(law, assumes=ANY_PREMISE)
    for edged, inside in ((POSITIVE, _INSIDE_POSITIVE), (UNIT, _INSIDE_UNIT)):
        if any(region in edged for region in law.regions):
            law = replace(law, regions=inside[: len(law.regions)])
    return law
