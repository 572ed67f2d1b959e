"""What a definition says of given numbers is worked out once: it does not depend on whose code is run on them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

import numpy as np

from .laws import GradientLaw, Law, ValueLaw

T = TypeVar("T")
Array = np.typing.NDArray[Any]


def statement(law: Law) -> tuple[Hashable, ...]:
    """Give all that is read of a law when its definition is evaluated: laws that have this in common say the same.

    Functions are told apart by identity; being part of the key, they stay alive as long as it.
    """
    variables = tuple(law.variables.items())
    if isinstance(law, ValueLaw):
        return "value", law.definition, law.result, variables
    if isinstance(law, GradientLaw):
        return "gradient", law.loss, tuple(law.by), variables
    raise TypeError(f"{law.part} is no law of values or gradients")


def numbers(sizes: Mapping[str, int], arrays: Mapping[str, Array]) -> tuple[Hashable, ...]:
    """Give sizes and arrays as part of a key: floats as they are stored, objects one by one."""

    def inside(array: Array) -> Hashable:
        if array.dtype != object:
            return array.tobytes()
        # 1, True, 1.0 and Fraction(1) are equal, and not divided alike; floats by their bits, since 0.0 == -0.0.
        return tuple((type(item), item.hex() if isinstance(item, float) else item) for item in array.flat)

    return (
        tuple(sorted(sizes.items())),
        tuple((name, array.shape, array.dtype.str, inside(array)) for name, array in sorted(arrays.items())),
    )


_all: list[OrderedDict[Hashable, Any]] = []


def forget() -> None:
    """Forget everything: for those who measure how long working it out takes."""
    for kept in _all:
        kept.clear()


class Remembered(Generic[T]):
    """The latest results by key; what nobody asked for longest is forgotten first.

    Results are shared: whoever gets one leaves it as it is.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        _all.append(self._kept)

    def __call__(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what was made for this key, or make it."""
        try:
            found = self._kept.pop(key, None)
        except TypeError:  # something in it cannot be told apart by its hash
            return make()
        if found is None:
            found = make()
        self._kept[key] = found
        if len(self._kept) > self._room:
            self._kept.popitem(last=False)
        return found


def settled(arrays: Mapping[str, Array]) -> Mapping[str, Array]:
    """Let nobody write into arrays that are shared."""
    for array in arrays.values():
        array.setflags(write=False)
    return arrays
