"""Smaller cases that show the same fault: fewer entries, simpler numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any

import numpy as np

from ..evidence import NotRun
from ..laws import Law
from ..subject import Subject
from .cases import Case, drawn, told
from .floats import Difference, Unusable, difference
from .watching import Watch

TRIES = 80
"""After which a case is small enough as it is: shrinking is a courtesy. Counted, so that the clock changes nothing."""


class _Shrinker:
    def __init__(self, law: Law, subject: Subject, found: Difference, watch: Watch) -> None:
        self.law = law
        self.subject = subject
        self.best = found
        self.watch = watch
        self.left = TRIES

    @property
    def late(self) -> bool:
        return self.left <= 0

    def takes(self, case: Case) -> bool:
        """Keep a case that shows the same: the same result is wrong in the same way."""
        self.left -= 1
        try:
            found, _ = difference(self.law, self.subject, case, self.best.dtype, self.watch)
        except (Unusable, NotRun):
            return False
        if found is None or (found.kind, found.name) != (self.best.kind, self.best.name):
            return False
        self.best = found
        return True

    def sizes(self) -> Iterator[Mapping[str, int]]:
        """Give smaller sizes, the smallest first."""
        names = list(
            dict.fromkeys(n for role in self.law.variables.values() for n in role.sizes if n != "one")
        )
        now = self.best.case.sizes
        offers = [range(1, min(now[name], 3) + 1) for name in names]
        for chosen in sorted(product(*offers), key=lambda sizes: (sum(sizes), max(sizes))):
            yield {**now, **dict(zip(names, chosen)), **({"scale": 1} if "scale" in now else {})}

    def smaller(self) -> None:
        before = self.best.case.count
        for sizes in self.sizes():
            for region in self.law.regions:
                if self.late:
                    return
                case = drawn(self.law, region, sizes, Random(0), "simple")
                if case.count < before and self.takes(case):
                    return

    def simpler(self) -> None:
        """Put small whole numbers where any number may stand."""
        for name in self._free():
            array = self.best.case.arrays[name]
            counted = np.arange(1.0, array.size + 1).reshape(array.shape)
            for simple in (np.ones(array.shape), counted, np.round(array)):
                if self.late:
                    return
                if np.array_equal(simple, array) or self._with(name, simple):
                    break
        for name in self._free():
            for at in np.ndindex(self.best.case.arrays[name].shape):
                now = self.best.case.arrays[name][at]
                for value in (0.0, 1.0):
                    if self.late:
                        return
                    if now == value:
                        break
                    array = self.best.case.arrays[name].copy()
                    array[at] = value
                    if self._with(name, array):
                        break

    def _with(self, name: str, array: Any) -> bool:
        case = self.best.case
        label = f"shrunk, {told(self.law, case.sizes)}"
        kind = case.arrays[name].dtype
        return self.takes(replace(case, label=label, arrays={**case.arrays, name: array.astype(kind)}))

    def _free(self) -> list[str]:
        """Name the variables that may be any numbers in every region."""
        bound: set[str] = set()
        for region in self.law.regions:
            bound |= drawn_by(region, self.best.case.sizes)
        return [name for name in self.best.case.arrays if name not in bound]


def drawn_by(region: Any, sizes: Mapping[str, int]) -> set[str]:
    """Name the variables that a region draws itself."""
    from ..regions import Fresh

    return set(region.build(Fresh(), sizes))


def shrunk(law: Law, subject: Subject, found: Difference, watch: Watch, fixed: bool = False) -> Difference:
    """Find a smaller case that shows the same; with ``fixed``, of the same sizes."""
    one = _Shrinker(law, subject, found, watch)
    try:
        if not fixed:
            one.smaller()
        one.simpler()
    except Exception:
        return one.best  # what the code does on yet other numbers is no matter here
    return one.best
