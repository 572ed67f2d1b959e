"""Which arrays can be stored: floats of a known size; everything else is refused, nothing is rounded."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import NotConvertible

Array = np.typing.NDArray[Any]

SIZES = (2, 4, 8)  # bytes of the float types that mean the same on every machine


def as_floats(value: Any, what: str, *, finite: bool = True) -> Array:
    """Take ``value`` as an array of floats in the machine's byte order; a copy, in C order.

    float16, float32 and float64 are kept. Booleans and integers become float64, as in the networks, if that
    changes none of them.

    Raises
    ------
    NotConvertible
        For objects, complex numbers, text, long doubles, masked arrays, ragged lists, whole numbers that float64
        does not hold; for no number at all; and for NaN and infinity, unless ``finite=False``.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise NotConvertible(f"{what}: a masked array; fill the masked entries first")
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        raise NotConvertible(f"{what}: {type(value).__name__} is no array ({error})") from None
    if array.dtype.kind in "biu":
        array = _promoted(array, what)
    if array.dtype.kind != "f" or array.dtype.itemsize not in SIZES:
        raise NotConvertible(
            f"{what}: values of dtype {array.dtype}; only float16, float32 and float64 can be stored"
        )
    if array.size == 0:
        raise NotConvertible(f"{what}: shape {array.shape} has no entries")
    if finite and not np.isfinite(array).all():
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise NotConvertible(f"{what}: {array[at]} at entry {at}; finite=False lets it pass")
    return np.array(array, dtype=array.dtype.newbyteorder("="), order="C", copy=True)


def _promoted(array: Array, what: str) -> Array:
    promoted = array.astype(np.float64)
    if array.dtype.kind != "b" and any(int(a) != int(b) for a, b in zip(promoted.flat, array.flat)):
        raise NotConvertible(f"{what}: whole numbers beyond 2**53, which float64 would round")
    return promoted
