"""The worst error of a package's functions, against the exact values of the same points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import inf, isfinite, nan
from types import ModuleType
from typing import Any

import numpy as np

from ..ledger import PACKAGES, pair
from .drawing import Drawn
from .exact import Pair, high
from .functions import EVERYTHING, Function
from .running import Lacks, Results

SLACK = 1.01
"""For the products of units: at most 30 units of 6e-8 each, squared, are far below 1 % of one."""
TYPES = (np.float64, np.float32)


class Outcome(StrEnum):
    """What came of a function in one type and convention."""

    WITHIN = "within"
    EXCEEDED = "exceeded"
    FAILED = "failed"
    """The package raised, or gave what are no results."""
    NOT_RUN = "not run"
    """The package lacks the name."""


@dataclass(frozen=True)
class Row:
    """What was measured: the worst error, and at which arguments; NaN where there is none."""

    function: str
    claims: tuple[str, ...]
    convention: str
    dtype: str
    points: int
    bound: float
    relative_to: str
    because: str
    worst: float = nan
    at: str = ""
    detail: str = ""
    lacking: bool = False

    @property
    def outcome(self) -> Outcome:
        """Whether the bound holds; never within where nothing was measured."""
        if self.lacking:
            return Outcome.NOT_RUN
        if self.detail:
            return Outcome.FAILED
        return Outcome.WITHIN if self.worst <= self.bound * SLACK else Outcome.EXCEEDED

    @property
    def holds(self) -> bool:
        """Whether it was run and the bound holds."""
        return self.outcome is Outcome.WITHIN

    @property
    def told(self) -> str:
        """What there is to say about it in a sentence."""
        what = self.detail or f"{units(self.worst)} units, the bound is {self.bound:g}; at {self.at}"
        return f"{self.function}, {self.dtype}, {self.convention}: {self.outcome}: {what}"

    @property
    def data(self) -> dict[str, Any]:
        """All of it as data; JSON knows no infinity."""
        found = asdict(self) | {"outcome": str(self.outcome), "holds": self.holds}
        del found["lacking"]
        return found | {"worst": self.worst if isfinite(self.worst) else None}


def units(number: float) -> str:
    """Write a number of units."""
    if not isfinite(number):
        return "∞" if number == inf else "—"
    if number == 0:
        return "0"
    return f"{number:.2f}" if number < 1e4 else f"{number:.1e}"


@dataclass(frozen=True)
class Sample:
    """Points of a function in one type, with the exact values there; both conventions are held against it."""

    function: Function
    dtype: Any
    drawn: Drawn
    expected: list[list[Pair]]

    @classmethod
    def of(cls, function: Function, dtype: Any, points: int, seed: int = 0) -> Sample:
        """Draw so many points."""
        drawn = function.draw(dtype, np.random.default_rng([abs(seed), 1] if seed < 0 else seed), points)
        arguments = [[[high.mpf(float(a)) for a in example] for example in argument] for argument in drawn]
        if function.at_once:
            expected = function.exact(*arguments)
        elif function.whole:
            expected = [function.exact(*example) for example in zip(*arguments)]
        else:
            expected = [function.exact(*(a for part in example for a in part)) for example in zip(*arguments)]
        return cls(function, dtype, drawn, expected)

    def measure(self, net: ModuleType) -> Row:
        """Run a package there, and find its worst error."""

        def row(**measured: Any) -> Row:
            return Row(
                function=self.function.name,
                claims=self.function.claims,
                convention=net.CONVENTION,
                dtype=np.dtype(self.dtype).name,
                points=len(self.drawn[0]),
                bound=float(self.function.bound),
                relative_to=self.function.relative_to,
                because=self.function.because,
                **measured,
            )

        try:
            with np.errstate(under="ignore"):
                found = self.function.run(net, self.dtype, *self.drawn)
            if [len(results) for results in found] != [len(pairs) for pairs in self.expected]:
                return row(detail="another number of results than expected")
            worst, at = self._worst(found)
        except Lacks as lack:
            return row(detail=str(lack), lacking=True)
        except (Exception, SystemExit) as error:  # a finding, not an accident of ours
            return row(detail=f"raised {type(error).__name__}: {error}")
        return row(worst=worst, at=at)

    def _worst(self, found: Results) -> tuple[float, str]:
        info = np.finfo(self.dtype)
        unit, least = high.mpf(float(info.eps)) / 2, high.mpf(float(info.tiny))
        worst, where = high.mpf(-1), 0
        for place, (results, pairs) in enumerate(zip(found, self.expected)):
            for result, (value, scale) in zip(results, pairs):
                if not np.isfinite(result):
                    error = high.inf
                else:
                    error = abs(high.mpf(float(result)) - value) / (unit * max(abs(scale), least))
                if error > worst:
                    worst, where = error, place
        # As many digits as tell a number of this type from its neighbours.
        at = (", ".join(str(self.dtype(a)) for a in argument[where]) for argument in self.drawn)
        return float(worst), " | ".join(at)


def measure(function: Function, net: ModuleType, dtype: Any, points: int, seed: int = 0) -> Row:
    """Find the worst error of a package among so many points."""
    return Sample.of(function, dtype, points, seed).measure(net)


def measured(
    functions: Iterable[Function] = EVERYTHING,
    *,
    packages: Sequence[str] = PACKAGES,
    points: int,
    seed: int = 0,
    progress: Callable[[str], None] = lambda function: None,
) -> Iterator[Row]:
    """Measure functions in both types and conventions.

    Parameters
    ----------
    functions : iterable of Function
        All by default.
    packages : sequence of str
        Importable names of the column and of the row implementation; errors as for `ledger.pair`.
    points, seed : int
        How many are drawn for each function and type, and from which seed.
    progress : callable
        Told each function when it is done.
    """
    networks = [subject.package for subject in pair(packages)]
    for function in functions:
        for dtype in TYPES:
            sample = Sample.of(function, dtype, points, seed)
            # Values decide, not flags: what overflows on the way is infinite, and found.
            with np.errstate(all="ignore"):
                rows = [sample.measure(net) for net in networks if net is not None]
            yield from rows
        progress(function.name)


def by_function(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    """Gather the rows of each function."""
    table: dict[str, list[Row]] = {}
    for row in rows:
        table.setdefault(row.function, []).append(row)
    return table
