"""Laws: parts of a claim that can be run. A law knows its definition and a door; the levels do the rest.

`ValueLaw`: the door returns what the definition says, entry by entry.
`GradientLaw`: the door returns the derivative of the definition, a scalar, by each entry of some variables.
`Behaviour`: something that is shown by running it.
`Argument`: a computation of its own, at a stated level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from .convention import SCALAR, Role
from .evidence import Level
from .regions import EVERYWHERE, Region
from .subject import Subject
from .world import World

if TYPE_CHECKING:
    from .adapters.end_to_end import Architecture

Array = np.typing.NDArray[Any]
Entry = Callable[..., Any]


class Given:
    """The variables of a law by name, each a function of the indices of an entry; and the sizes by name."""

    def __init__(self, entries: Mapping[str, Any], sizes: Mapping[str, Any]) -> None:
        self._entries = entries
        self._sizes = sizes

    def __getattr__(self, name: str) -> Any:
        if name in self._entries:
            return self._entries[name]
        if name in self._sizes:
            return self._sizes[name]
        raise AttributeError(f"a law speaks of {name!r}, but has {sorted([*self._entries, *self._sizes])}")


@dataclass(frozen=True)
class Context:
    """What a law is run on: the subject, the one of the other convention if there is one, and a seed."""

    subject: Subject
    seed: int = 0

    @property
    def other(self) -> Subject | None:
        """The subject of the other convention, if there is one."""
        return self.subject.other

    def rng(self, *names: object) -> Random:
        """Give a generator for a purpose; both conventions draw the same."""
        return Random("/".join([str(self.seed), *map(str, names)]))


# Sizes for explicit shapes: all different, so that a lost transpose is an error of shape; square, so that it is
# one of value; one example; several of size 1.
DISTINCT = {"one": 1, "n": 3, "m": 2, "h": 5, "k": 6, "B": 4}
SQUARE = {"one": 1, "n": 2, "m": 2, "h": 2, "k": 2, "B": 3}
CUBE = {"one": 1, "n": 3, "m": 3, "h": 3, "k": 3, "B": 3}
SINGLE = {"one": 1, "n": 2, "m": 3, "h": 4, "k": 5, "B": 1}
# For a network of somebody else: its kinks and its domain are told with the proof, not pinned beforehand.
ANY_PREMISE = ("any",)
ONES = {"one": 1, "n": 1, "m": 1, "h": 1, "k": 1, "B": 2}
SMALL = {"one": 1, "n": 2, "m": 3, "h": 3, "k": 2, "B": 4}

Run = Callable[[Subject, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Law:
    """What value and gradient laws share.

    Attributes
    ----------
    part : str
        Name of the part within its claim.
    variables : mapping
        Letter to role.
    needs : sequence of str
        Doors of the subject.
    run : callable
        From the subject and the variables, laid out in its convention, to what it computes.
    regions : sequence of Region
        That cover the domain, kinks left out.
    rational : bool
        Whether values are rational for rational variables, so that `exact` applies.
    shapes : sequence of sizes
        For the explicit levels, on numbers.
    symbol_shapes : sequence of sizes
        For symbols; small, since expressions grow fast.
    without : sequence of Level
        Levels that do not apply, besides those that follow from the above.
    traits : mapping
        What is assumed of variables at every size: "positive", "nonnegative", "distribution".
    assumes : sequence of str
        The premises, without indices, that a proof at every size may rest on: the domain, and kinks left out.
        A proof that needs another one is refused: the code would be right in fewer places than is claimed.
    architecture : Architecture or None
        What is computed, where it is a whole network: the likely causes of a fault are looked for with it.
    """

    part: str
    variables: Mapping[str, Role]
    needs: Sequence[str]
    run: Run
    regions: Sequence[Region] = EVERYWHERE
    rational: bool = True
    shapes: Sequence[Mapping[str, int]] = (DISTINCT, SQUARE, SINGLE, ONES)
    symbol_shapes: Sequence[Mapping[str, int]] = (SMALL, SQUARE)
    without: Sequence[Level] = ()
    traits: Mapping[str, Sequence[str]] = field(default_factory=dict)
    assumes: Sequence[str] = ()
    architecture: Architecture | None = field(default=None, repr=False, compare=False)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels at which this law is checked, from the top."""
        ladder = [
            Level.SIZE,
            Level.SYMBOLS,
            *([Level.EXACT] if self.rational else []),
            Level.PRECISION,
            Level.FLOAT,
        ]
        return tuple(level for level in ladder if level not in self.without)


@dataclass(frozen=True)
class ValueLaw(Law):
    """The door returns an array whose entries are as defined.

    ``definition(world, given)`` returns a function of the indices of an entry; ``result`` is the role of
    the array, a scalar by default.
    """

    definition: Callable[[World, Given], Any] = field(kw_only=True)
    result: Role = SCALAR


@dataclass(frozen=True)
class GradientLaw(Law):
    """The door returns, by letter, the derivative of a scalar by each entry of some variables.

    ``loss(world, given)`` returns that scalar; ``by`` names the variables.
    """

    loss: Callable[[World, Given], Any] = field(kw_only=True)
    by: Sequence[str] = field(kw_only=True)


@dataclass(frozen=True)
class Behaviour:
    """Something shown by running it: returns the number of cases, raises Refuted."""

    part: str
    needs: Sequence[str]
    run: Callable[[Context], int]
    level: Level = Level.RUN


@dataclass(frozen=True)
class Argument(Behaviour):
    """A computation of its own at a stated level of the ladder."""

    level: Level = Level.SYMBOLS


AnyLaw = ValueLaw | GradientLaw | Behaviour
