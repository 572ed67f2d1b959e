"""The pass before the one that counts: run with other numbers, so that what is kept from it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_TIMES: ContextVar[int] = ContextVar("times", default=2)


def rehearsed(array: Any) -> Any:
    """Give the numbers of the pass before: twice the array, by additions alone, which all kinds of numbers have."""
    total = array
    for _ in range(_TIMES.get() - 1):
        total = total + array
    return total


@contextmanager
def same_numbers() -> Iterator[None]:
    """Let the pass before have the same numbers: what was kept is right then, what was added up is doubled."""
    token = _TIMES.set(1)
    try:
        yield
    finally:
        _TIMES.reset(token)
