"""Which claim kills what: read from files that `python -m benchmarks.mutation --matrix` writes, not found in this run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..registry import claims


class BadKills(ValueError):
    """A file is no matrix of kills, or one about other claims."""


class Mutant(BaseModel):
    """A changed line of a package, and the claims that refuse it."""

    model_config = ConfigDict(frozen=True)

    mutant: str
    operator: str
    claims: tuple[str, ...]


class Kills(BaseModel):
    """All mutants of one package; what else the file says is counted again here."""

    model_config = ConfigDict(frozen=True)

    target: str
    mutants: tuple[Mutant, ...]


@dataclass(frozen=True)
class Matrix:
    """For one package: its mutants, how many each claim kills, how many no other claim kills, those that none kills."""

    target: str
    number: int
    kills: Counter[str]
    alone: Counter[str]
    survivors: tuple[str, ...]


def read(path: Path) -> Matrix:
    """Read a file and count.

    Raises
    ------
    BadKills
        With the reason.
    """
    try:
        found = Kills.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BadKills(f"{path} is no matrix of kills: {str(error).splitlines()[0]}") from None
    lists: Sequence[frozenset[str]] = [frozenset(mutant.claims) for mutant in found.mutants]
    unknown = sorted(frozenset().union(*lists) - set(claims()))
    if unknown:
        raise BadKills(f"{path} names claims that are not known: {', '.join(unknown)}")
    return Matrix(
        found.target,
        len(lists),
        Counter(name for names in lists for name in names),
        Counter(name for names in lists if len(names) == 1 for name in names),
        tuple(mutant.mutant for mutant in found.mutants if not mutant.claims),
    )
