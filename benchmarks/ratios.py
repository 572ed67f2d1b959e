"""What a timing says: ratios of our time over theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .timing import Times


@dataclass(frozen=True)
class Ratio:
    """Our time over theirs: of the least disturbed repeats, and the median over the repeats."""

    work: str
    convention: str
    dtype: str
    against: str
    ratio: float | None
    median_ratio: float | None
    ours: float
    theirs: float | None

    def told(self) -> dict[str, Any]:
        """Give it for JSON; a ratio of None means that the other was not run."""
        return asdict(self)


def ratio(work: str, convention: str, dtype: str, against: str, ours: Times, theirs: Times | None) -> Ratio:
    """Hold one candidate against another of the same run."""
    if theirs is None:
        return Ratio(work, convention, dtype, against, None, None, ours.least, None)
    return Ratio(
        work,
        convention,
        dtype,
        against,
        ours.over(theirs),
        ours.median_over(theirs),
        ours.least,
        theirs.least,
    )


def of_all(
    work: str, convention: str, dtype: str, ours: Times, others: Mapping[str, Times | None]
) -> list[Ratio]:
    """Hold ours against all others."""
    return [ratio(work, convention, dtype, against, ours, theirs) for against, theirs in others.items()]
