"""Survivors that are no faults: each with its argument, in ``equivalents.toml``; and entries that are stale."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .mutants import Mutant

FILE = Path(__file__).with_name("equivalents.toml")


@dataclass(frozen=True)
class Entry:
    """Survivors of one kind, and why nobody could tell them from the shipped code.

    Attributes
    ----------
    file : str
        Relative to the root; ``*/`` stands for both networks.
    function : str
    old, new : str
        The statement before and after; ``new`` may be a list in the file, which makes one entry each.
    argument : str
    """

    file: str
    function: str
    old: str
    new: str
    argument: str

    def matches(self, mutant: Mutant) -> bool:
        """Tell whether this is about a mutant."""
        file = mutant.file.split("/", 1)[1] if self.file.startswith("*/") else mutant.file
        same = file == self.file.removeprefix("*/")
        return same and (self.function, self.old, self.new) == (mutant.function, mutant.old, mutant.new)


def load(path: Path = FILE) -> list[Entry]:
    """Read the entries.

    Raises
    ------
    ValueError
        When one has no argument.
    """
    if not path.exists():
        return []
    found = []
    for item in tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", []):
        news = item["new"] if isinstance(item["new"], list) else [item["new"]]
        if not item.get("argument", "").strip():
            raise ValueError(f"{path.name}: {item['old']} has no argument")
        found += [Entry(item["file"], item["function"], item["old"], new, item["argument"]) for new in news]
    return found


@dataclass(frozen=True)
class Sorted:
    """Survivors parted into those that are argued to be equivalent and those that are not; and stale entries."""

    equivalent: list[tuple[Mutant, Entry]]
    open: list[Mutant]
    stale: list[tuple[Entry, str]]


def part(
    entries: Iterable[Entry], survivors: Iterable[Mutant], killed: Iterable[Mutant], files: Iterable[str]
) -> Sorted:
    """Part survivors; an entry about these files that matches no survivor is stale, and it is said why."""
    survivors, killed = list(survivors), list(killed)
    equivalent, open_ = [], []
    used: set[Entry] = set()
    entries = list(entries)
    for mutant in survivors:
        entry = next((entry for entry in entries if entry.matches(mutant)), None)
        if entry:
            used.add(entry)
            equivalent.append((mutant, entry))
        else:
            open_.append(mutant)
    names = {file.split("/", 1)[1] for file in files} | set(files)
    stale = []
    for entry in entries:
        if entry in used or entry.file.removeprefix("*/") not in names:
            continue
        noticed = any(entry.matches(mutant) for mutant in killed)
        stale.append((entry, "is killed" if noticed else "no such mutant"))
    return Sorted(equivalent, open_, stale)
