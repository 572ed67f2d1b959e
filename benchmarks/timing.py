"""Timing of candidates side by side: all of them in every repeat, so that a load on the machine hits all alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from .machine import threads

Run = Callable[[int], object]
"""Do the work a given number of times."""


@dataclass(frozen=True)
class Times:
    """Seconds for one piece of work, one number for each repeat; all candidates of a run have as many."""

    seconds: tuple[float, ...]

    @property
    def least(self) -> float:
        """The least disturbed repeat."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The repeat in the middle."""
        return median(self.seconds)

    def over(self, other: Times) -> float:
        """Give the ratio of the least disturbed repeats."""
        return self.least / other.least

    def median_over(self, other: Times) -> float:
        """Give the median, over the repeats, of the ratio within a repeat."""
        return median(mine / theirs for mine, theirs in zip(self.seconds, other.seconds))


def side_by_side(candidates: Mapping[str, Run], repeats: int, block: float) -> dict[str, Times]:
    """Time candidates; each does so many pieces of work in a repeat as take about ``block`` seconds.

    The order changes from repeat to repeat: whoever comes first may find caches cold.
    """
    now = clock()[1]
    counts = {name: _count(run, block) for name, run in candidates.items()}
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    names = list(candidates)
    for repeat in range(repeats):
        turn = repeat % len(names)
        for name in names[turn:] + names[:turn]:
            seconds[name].append(_once(candidates[name], counts[name], now) / counts[name])
    return {name: Times(tuple(values)) for name, values in seconds.items()}


def interleaved(candidates: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, Times]:
    """Time by the wall candidates that take long enough to be run once in a repeat; each has run before, if there is time."""
    if repeats > 1:
        for run in candidates.values():
            run()
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(repeats):
        for name, run in candidates.items():
            seconds[name].append(_once(lambda _, run=run: run(), 1))  # type: ignore[misc]
    return {name: Times(tuple(values)) for name, values in seconds.items()}


def clock() -> tuple[str, Callable[[], float]]:
    """Choose the clock for short work: with one thread that of the processor, which stands still for others' work."""
    if threads() == 1:
        return "processor", time.process_time
    return "wall", time.perf_counter


def _count(run: Run, block: float) -> int:
    run(1)  # whatever is done once only
    count, now = 1, clock()[1]
    while (seconds := _once(run, count, now)) < block / 4:
        count *= 2
    return max(1, round(count * block / seconds))


def _once(run: Run, count: int, now: Callable[[], float] = time.perf_counter) -> float:
    collecting = gc.isenabled()
    gc.disable()
    try:
        start = now()
        run(count)
        return now() - start
    finally:
        if collecting:
            gc.enable()
