"""The ladder of evidence, and what a run leaves behind: records, never opinions."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Level(StrEnum):
    """How strong evidence is; `run` stands beside the ladder, for behaviour."""

    SIZE = "every size"
    DEPTH = "every depth"
    SYMBOLS = "symbols"
    EXACT = "exact"
    PRECISION = "high precision"
    FLOAT = "float"
    RUN = "run"

    @property
    def rank(self) -> int:
        """Height on the ladder; every size and every depth share the top."""
        return _RANK[self]


_RANK = {
    Level.SIZE: 5,
    Level.DEPTH: 5,
    Level.SYMBOLS: 4,
    Level.EXACT: 3,
    Level.PRECISION: 2,
    Level.FLOAT: 1,
    Level.RUN: 0,
}


class Outcome(StrEnum):
    """What became of one check."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


class Status(StrEnum):
    """What became of a claim in one convention."""

    CONFIRMED = "confirmed"
    WEAKER = "weaker"
    FAILED = "failed"
    NOT_RUN = "not run"
    PREMISE_FAILED = "premise failed"


class Evidence(BaseModel):
    """One check of one part of a claim at one level: what was run, how often, what came of it."""

    model_config = ConfigDict(frozen=True)

    part: str
    level: Level
    outcome: Outcome
    cases: int
    detail: str = ""
    premises: tuple[str, ...] = ()


def strongest(evidence: Iterable[Evidence]) -> Level | None:
    """Say at which level the whole claim stands: that of its weakest part, each taken at its best.

    Parts that were only run count when there is nothing else.
    """
    best: dict[str, Level] = {}
    for item in evidence:
        if item.outcome is Outcome.PASSED and (
            item.part not in best or item.level.rank > best[item.part].rank
        ):
            best[item.part] = item.level
    reached: list[Level] = list(best.values())
    ladder = [level for level in reached if level.rank] or reached
    return min(ladder, key=lambda level: level.rank, default=None)


def status_of(evidence: Iterable[Evidence], required: Level) -> Status:
    """Compute the status of a claim from what ran; no evidence is no confirmation."""
    items = list(evidence)
    outcomes = {item.outcome for item in items}
    if Outcome.FAILED in outcomes:
        return Status.FAILED
    level = strongest(items)
    # A check of no case has checked nothing; a check without a verdict has confirmed nothing.
    if (
        level is None
        or outcomes & {Outcome.NOT_RUN, Outcome.INCONCLUSIVE}
        or any(item.cases < 1 for item in items)
    ):
        return Status.NOT_RUN
    if level.rank < required.rank or (required is Level.DEPTH and not _has(items, Level.DEPTH)):
        return Status.WEAKER
    return Status.CONFIRMED


def _has(items: list[Evidence], level: Level) -> bool:
    return any(item.level is level and item.outcome is Outcome.PASSED for item in items)


class Refuted(Exception):
    """A check found a difference. The arguments say where, what was expected and what was found.

    ``array`` may hold the array that is out of shape, for whoever looks for the cause.
    """

    array: Any = None

    def __init__(self, what: str, **facts: Any) -> None:
        self.what = what
        self.facts = facts
        told = "; ".join(
            f"{name.replace('_', ' ')}: {value}" for name, value in facts.items() if value is not None
        )
        super().__init__(f"{what} ({told})" if told else what)


class Inconclusive(Exception):
    """A check could decide neither way; the text says what was tried."""


class NotRun(Exception):
    """A check does not apply to this subject, or what it needs is missing; the text says what."""
