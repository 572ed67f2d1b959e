"""Which claim kills what: read from files that `python -m benchmarks.mutation --matrix` writes, not found in this run.

Those of the two networks lie beside this file, in ``measured/``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..registry import claims
from .kept import KEPT


class BadKills(ValueError):
    """A file is no matrix of kills, or one about other claims."""


class Mutant(BaseModel):
    """A changed line of a package, and the claims that refuse it."""

    model_config = ConfigDict(frozen=True)

    mutant: str
    operator: str
    category: str = "mathematics"
    claims: tuple[str, ...]


class Kills(BaseModel):
    """Mutants of one package, when and on which sources; what else the file says is counted again here."""

    model_config = ConfigDict(frozen=True)

    target: str
    measured: str = "on an unknown day"
    sources: str = ""
    population: int = 0
    mutants: tuple[Mutant, ...]


@dataclass(frozen=True)
class Matrix:
    """For one package: its mutants, how many each claim kills, how many no other claim kills, those that none kills.

    Of ``survivors`` the mathematics is meant; ``left`` is the number of the other mutants that no claim kills, which
    are for the tests to notice: what is refused at the edge, for example.
    ``population`` is how many mutants there are of the package, where the file says it: perhaps not all were run.
    ``same`` tells whether the package's sources are still those that were mutated; None where that is not known.
    """

    target: str
    measured: str
    same: bool | None
    number: int
    kills: Counter[str]
    alone: Counter[str]
    survivors: tuple[str, ...]
    left: int
    population: int = 0

    @property
    def missing(self) -> int:
        """How many mutants were not run."""
        return max(self.population - self.number, 0)


MEASURED = Path(__file__).parent / "measured"


def shipped(packages: Iterable[str]) -> tuple[Matrix, ...]:
    """Give what was measured on these packages before they were shipped."""
    files = (MEASURED / f"kills-{package}.json" for package in packages)
    return tuple(read(file) for file in files if file.is_file())


def needed(claim: str, matrices: Iterable[Matrix]) -> bool:
    """Tell whether a claim kills something that no other claim kills."""
    return any(matrix.alone[claim] for matrix in matrices)


def purpose(claim: str, matrices: Sequence[Matrix]) -> str:
    """Say that a claim is needed, or what for it is kept all the same."""
    if needed(claim, matrices):
        return "needed"
    return KEPT.get(claim, "kills nothing alone here")


def digest_of(package: str) -> str:
    """Digest the sources of a package; empty where they cannot be found."""
    found = hashlib.sha256()
    try:
        where = find_spec(package)
    except (ImportError, ValueError):  # a name that is none, or of what was not imported from anywhere
        return ""
    if where is None or where.origin is None:
        return ""
    for path in sorted(Path(where.origin).parent.glob("*.py")):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


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
    none = [mutant for mutant in found.mutants if not mutant.claims]
    return Matrix(
        found.target,
        found.measured,
        found.sources == digest_of(found.target) if found.sources else None,
        len(lists),
        Counter(name for names in lists for name in names),
        Counter(name for names in lists if len(names) == 1 for name in names),
        tuple(mutant.mutant for mutant in none if mutant.category == "mathematics"),
        sum(mutant.category != "mathematics" for mutant in none),
        found.population,
    )
