"""A fault to paste: the numbers, the call, what comes out and what should."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..engine import _UnknownFloat
from ..laws import GradientLaw, Law
from ..regions import lay
from ..subject import Subject
from .floats import Difference

Array = np.typing.NDArray[Any]
ENTRIES = 400
"""Numbers beyond which a case is no longer something to paste."""


@dataclass(frozen=True)
class Origin:
    """Where a subject comes from, ``package.module:name``, and the seed of the run."""

    place: str
    subject: Subject
    seed: int

    def lines(self) -> list[str]:
        """Give the lines that fetch it."""
        if self.subject.package is not None:
            return [
                "from derivations import package_subject",
                f"subject = package_subject({self.subject.package.__name__!r})",
            ]
        if self.place:
            return [
                "from derivations.check.finding import subject_at",
                f"subject = subject_at({self.place!r})",
            ]
        return [f"# subject: {self.subject.name}, as it was handed to check"]


def _written(array: Any) -> str:
    array = np.asarray(array)
    kind = "" if array.dtype == np.float64 else f", dtype=np.{array.dtype.name}"
    text = np.array2string(array, separator=", ", floatmode="unique", threshold=10**6, max_line_width=90)
    return f"np.array({text}{kind})"


class _Recorder:
    """Doors that remember how they were called."""

    def __init__(self, subject: Subject) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        doors = {name: self._recorded(name, door) for name, door in subject.doors.items()}
        self.subject = replace(subject, doors=doors)

    def _recorded(self, name: str, door: Any) -> Any:
        def call(*args: Any) -> Any:
            self.calls.append((name, args))
            return door(*args)

        return call


def _spelled(value: Any, known: Mapping[str, Any]) -> str:
    for name, array in known.items():
        if value is array:
            return name
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_spelled(one, known)}" for key, one in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        parts = ", ".join(_spelled(one, known) for one in value)
        if isinstance(value, list):
            return f"[{parts}]"
        return f"({parts},)" if len(value) == 1 else f"({parts})"
    if isinstance(value, np.ndarray):
        return _written(value)
    if isinstance(value, np.generic):
        return repr(value.item())
    return repr(value)


def reproduction(law: Law, origin: Origin, found: Difference) -> str:
    """Write a few lines that show the fault when they are pasted; empty where the case is too large for that."""
    case, subject = found.case, origin.subject
    if case.count > ENTRIES:
        return ""
    recorder = _Recorder(subject)
    arrays = {name: lay(subject.convention, array) for name, array in case.arrays.items()}
    values = {name: array if array.ndim else array[()] for name, array in arrays.items()}
    unknown = {"f": _UnknownFloat.f, "df": _UnknownFloat.df}
    try:
        with np.errstate(all="ignore"):
            law.run(recorder.subject, {**{n: _copy(v) for n, v in values.items()}, **unknown})
            recorder.calls.clear()
            law.run(recorder.subject, {**values, **unknown})
    except Exception:
        pass  # it may be just this that is shown
    if not recorder.calls:
        return ""
    used = [(name, args) for name, args in recorder.calls]
    known = {**values, **unknown}
    body = [
        f"print(subject.door({name!r})({', '.join(_spelled(arg, known) for arg in args)}))"
        for name, args in used[:4]
    ]
    text = "\n".join(body)
    lines = ["import numpy as np", *origin.lines()]
    if "f" in _names(text):
        lines += [
            "f = lambda v: np.tanh(v) + 1 / (1 + v**2)",
            "df = lambda v: 1 - np.tanh(v) ** 2 - 2 * v / (1 + v**2) ** 2",
        ]
    lines += [f"{name} = {_written(array)}" for name, array in values.items() if name in _names(text)]
    lines.append(text)
    if found.right is not None:
        right = np.asarray(lay(subject.convention, found.right), dtype=np.float64)
        what = f"the gradient by {found.name}" if isinstance(law, GradientLaw) else "the result"
        told = _written(right).splitlines()
        lines += [f"# {what} should be {told[0]}", *(f"# {line}" for line in told[1:])]
    return "\n".join(lines)


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _names(text: str) -> set[str]:
    import io
    import tokenize

    return {
        token.string
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.NAME
    }
