"""Where somebody's code stopped: the last frame of a traceback that is the subject's own."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

from ..evidence import Refuted
from .report import Stop

_PACKAGE = str(Path(__file__).parents[1])
_STDLIB = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
_LIBRARIES = tuple(
    f"{part}/" for part in ("site-packages/numpy", "site-packages/sympy", "site-packages/mpmath")
)


def own(filename: str) -> bool:
    """Tell whether a file is neither ours, nor Python's, nor that of NumPy, SymPy or mpmath."""
    path = filename.replace("\\", "/")
    if filename.startswith(_PACKAGE) or any(part in path for part in _LIBRARIES):
        return False
    in_stdlib = any(filename.startswith(place) for place in _STDLIB if place) and "site-packages" not in path
    return not in_stdlib and not path.startswith("<frozen")


def _short(filename: str) -> str:
    path = Path(filename)
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return "/".join(path.parts[-2:])


def stop_of(error: BaseException) -> Stop:
    """Say where and at which operation an error arose."""
    told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, Refuted):
        told = str(error)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if own(frame.filename):
            return Stop(
                error=told, file=_short(frame.filename), line=frame.lineno or 0, operation=frame.line or ""
            )
    return Stop(error=told)
