"""The pass before the one that counts: run with other numbers, so that what is kept from it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

_SAME: ContextVar[bool] = ContextVar("same", default=False)


def rehearsed(array: Any) -> Any:
    """Give the numbers of the pass before: minus twice the array, so that a mask of signs that is kept shows, too.

    Other numbers than floats are doubled, by additions alone: the sign of a symbol's opposite sum may be unknown.
    """
    if _SAME.get():
        return array
    total = array + array
    return -total if isinstance(array, np.ndarray) and array.dtype.kind == "f" else total


@contextmanager
def same_numbers() -> Iterator[None]:
    """Let the pass before have the same numbers: what was kept is right then, what was added up is doubled."""
    token = _SAME.set(True)
    try:
        yield
    finally:
        _SAME.reset(token)
