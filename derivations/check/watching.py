"""What a subject does to the state of the whole process: seen, told, and put back."""

from __future__ import annotations

import os
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_legacy: Any = np.random  # the global generator, which other people's code draws from
_OUTSIDE = "PYTEST_CURRENT_TEST"  # pytest's own, which may change at any time


def _environment() -> dict[Any, Any]:
    # What lies beneath os.environ: os.environ itself decodes every name and value, which is slow for a look at each call.
    found = dict(getattr(os.environ, "_data", os.environ))
    found.pop(os.fsencode(_OUTSIDE), None)
    found.pop(_OUTSIDE, None)
    return found


def _directory() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


def _state() -> dict[str, Any]:
    return {
        "np.seterr": np.geterr(),
        "np.set_printoptions": dict(np.get_printoptions()),
        "the warnings filters": list(warnings.filters),
        "the working directory": _directory(),
        "os.environ": _environment(),
    }


def _restore(before: dict[str, Any]) -> None:
    np.seterr(**before["np.seterr"])
    np.set_printoptions(**before["np.set_printoptions"])
    warnings.filters[:] = before["the warnings filters"]  # type: ignore[index]
    if before["the working directory"] and _directory() != before["the working directory"]:
        os.chdir(before["the working directory"])
    now = _environment()
    if now != before["os.environ"]:
        for name in now.keys() - before["os.environ"].keys():
            del os.environ[os.fsdecode(name)]
        for name, value in before["os.environ"].items():
            os.environ[os.fsdecode(name)] = os.fsdecode(value)


def _generators() -> tuple[Any, Any]:
    legacy = _legacy.get_state(legacy=True)
    return (str(legacy[0]), legacy[1].tobytes(), legacy[2]), random.getstate()


class Watch:
    """Effects seen so far, in words."""

    def __init__(self) -> None:
        self.effects: dict[str, None] = {}
        self._ends: list[tuple[Any, Any]] = []
        self._starts: list[tuple[Any, Any]] = []
        self._runs = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Run something of the subject's; numerical warnings are silenced meanwhile.

        The generators start from another state each time: drawing leaves another one behind, seeding the same.
        """
        legacy, plain = _legacy.get_state(), random.getstate()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            errors = np.geterr()
            np.seterr(all="ignore")
            self._runs += 1
            _legacy.seed(self._runs)
            random.seed(self._runs)
            before, start = _state(), _generators()
            try:
                yield
            finally:
                after, end = _state(), _generators()
                for name, old in before.items():
                    if after[name] != old:
                        self.effects[f"changes {name}"] = None
                self._seeded(start, end)
                _restore(before)
                np.seterr(**errors)
                _legacy.set_state(legacy)
                random.setstate(plain)

    def _seeded(self, start: tuple[Any, Any], end: tuple[Any, Any]) -> None:
        for place, name in enumerate(("np.random", "random")):
            if end[place] == start[place]:
                continue
            for other_start, other_end in zip(self._starts, self._ends):
                if other_end[place] == end[place] and other_start[place] != start[place]:
                    self.effects[f"sets the seed of {name}"] = None
        self._starts.append(start)
        self._ends.append(end)
        del self._starts[:-8], self._ends[:-8]
