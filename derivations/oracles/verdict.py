"""What an oracle answers: right, wrong, or inconclusive."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn

import numpy as np

Array = np.typing.NDArray[Any]


class Answer(StrEnum):
    """The three values of a verdict."""

    RIGHT = "right"
    WRONG = "wrong"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Verdict:
    """The answer of an oracle, and what it rests on.

    A verdict has no truth value: ``if verdict:`` raises, since inconclusive is neither.

    Attributes
    ----------
    answer : Answer
    detail : str
        What was tried, in words.
    entry : tuple of int or None
        The first entry that is wrong, or that could not be decided.
    expected, got : object
        The oracle's value and the claimed one at that entry.
    error : object
        How far the oracle itself may be off there.
    estimate : array or None
        The oracle's whole gradient, if it was made entry by entry.
    """

    answer: Answer
    detail: str = ""
    entry: tuple[int, ...] | None = None
    expected: Any = None
    got: Any = None
    error: Any = None
    estimate: Array | None = field(default=None, compare=False, repr=False)

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        return self.answer is Answer.RIGHT

    @property
    def wrong(self) -> bool:
        """Whether the answer is wrong."""
        return self.answer is Answer.WRONG

    @property
    def inconclusive(self) -> bool:
        """Whether there is no answer."""
        return self.answer is Answer.INCONCLUSIVE

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict has three values: ask .right, .wrong or .inconclusive")
