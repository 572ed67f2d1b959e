"""Results on disk: one JSON object a line, only ever appended to, so that a run may be ended at any time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    """What became of a mutant.

    Attributes
    ----------
    mutant : str
        Its digest.
    rest : str
        Digest of the other files of the target.
    outcome : str
        ``killed``, ``survived``, ``timeout`` (killed: it took far longer than the shipped code), ``message``
        (not run) or ``undecided`` (waited too long for something else than the processor: counted as survived).
    by : str
        The killer that noticed.
    how : str
        How.
    evidence : str
        Digest of what the outcome rests on: of the killer for a killed one, of all killers for a survivor.
    ran : int
        Killers that were run.
    seconds : float
        Of processor time.
    """

    mutant: str
    rest: str
    outcome: str
    by: str
    how: str
    evidence: str
    ran: int
    seconds: float


def folder(given: str | None) -> Path:
    """Give the cache folder, made if it is not there."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = Path(given) if given else base / "colrow" / "mutation"
    path.mkdir(parents=True, exist_ok=True)
    return path


def digest(paths: Iterable[Path]) -> str:
    """Give a digest of files, by name and content."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:24]


class Store:
    """The results of one target."""

    def __init__(self, path: Path, fresh: bool = False) -> None:
        self.path = path
        if fresh:
            path.unlink(missing_ok=True)
        self._known: dict[tuple[str, str], Result] = {}
        for item in _lines(path):
            result = Result(**item)
            self._known[result.mutant, result.rest] = result

    def known(self, mutant: str, rest: str) -> Result | None:
        """Give what became of a mutant the last time, on whatever evidence."""
        return self._known.get((mutant, rest))

    def add(self, result: Result) -> None:
        """Keep a result."""
        self._known[result.mutant, result.rest] = result
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result)) + "\n")


def _lines(path: Path) -> list[dict[str, Any]]:
    """Read what is there; a last line that was cut off by the end of the process is left out."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found
