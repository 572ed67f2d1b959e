"""Object arrays of numbers: making them, unwrapping them, and seeing that nothing inexact got in."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np

from .errors import InexactNumberError

Array = np.typing.NDArray[Any]

_EXACT = (bool, int, np.bool_, np.integer, Fraction)


def each(function: Callable[[Any], Any], array: Any) -> Array:
    """Apply ``function`` to every element, giving an object array of the same shape."""
    source = np.asarray(array, dtype=object)
    result = np.empty(source.shape, dtype=object)
    flat = result.reshape(-1)  # the same numbers in a row
    for place, item in enumerate(source.flat):
        flat[place] = function(item)
    return result


def unwrap(array: Any) -> Array:
    """Take the ``.value`` of each element that has one; leave the others."""
    return each(lambda item: getattr(item, "value", item), array)


def fractions(rng: Random, shape: tuple[int, ...], *, positive: bool = False) -> Array:
    """Draw fractions with small numerators and denominators, never 0, so that no factor hides a fault."""
    result = np.empty(shape, dtype=object)
    for at in np.ndindex(shape):
        top = rng.choice((1, 2, 3, 4, 5, 7, 8, 11))
        result[at] = Fraction(top if positive or rng.random() < 0.5 else -top, rng.choice((1, 2, 3, 4, 5)))
    return result


def require_exact(array: Any, what: str = "an array of exact numbers") -> Array:
    """Give ``array`` back if every element is exact.

    An element is exact when it is an int, a bool, a Fraction, or a number of this package that is exact.

    Raises
    ------
    InexactNumberError
        Naming the first element that is not.
    """
    result = np.asarray(array)
    if result.dtype.kind in "biu":
        return result
    for at in np.ndindex(result.shape):
        item = result[at]
        if not (isinstance(item, _EXACT) or getattr(type(item), "exact", False)):
            raise InexactNumberError(f"{what}, at entry {at}", item)
    return result
