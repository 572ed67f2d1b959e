"""The edge: what may come in, and what is said when it may not. No mathematics here, but the two axes."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np

Array = Any
"""A NumPy array, or a duck array that speaks NumPy's protocols (symbolic sizes)."""

CONVENTION = "row"
BATCH = "(batch, features), one example per row"
EXAMPLES, FEATURES = 0, 1  # axes of a batch
FAN_IN, FAN_OUT = 0, 1  # axes of the weights


def bias_shape(fan_out: Any) -> tuple[Any, Any]:
    """Give the shape of the bias: one number per neuron."""
    return (1, fan_out)


def examples(x: Array, which: Any) -> Array:
    """Take some examples of a batch: a slice or an array of their numbers."""
    return x[which, :]


class ShapeError(ValueError):
    """An array has the wrong number of axes or the wrong sizes."""


class DtypeError(TypeError):
    """Values of a kind that a real network cannot compute with (complex, text, dates, masked)."""


class DomainError(ValueError):
    """A value outside the domain of the function: NaN or infinity, a label or a rate out of range."""


class UnknownNameError(ValueError):
    """A name that no activation, loss, reduction or initialisation has."""


class NotForwardError(RuntimeError):
    """A backward pass was asked for, but no forward pass belongs to the present parameters."""


class DivergedError(ArithmeticError):
    """A step would make a parameter infinite or NaN; it was not taken."""


def message(where: str, given: str, expected: str) -> str:
    """Word an error: the convention, the place, what was given, what is expected."""
    return f"[{CONVENTION} convention] {where}: got {given}; expected {expected}"


def is_duck(value: object) -> bool:
    """Tell a duck array, which gets the checks of shape only, from a NumPy one."""
    kind = type(value)
    return (
        not isinstance(value, np.ndarray)
        and hasattr(kind, "__array_ufunc__")
        and not hasattr(kind, "__array__")
        and hasattr(value, "ndim")
    )


def is_masked(value: object, depth: int = 2) -> bool:
    """Tell whether an array, the rows of a list or their entries are masked: NumPy would drop the mask."""
    if depth and isinstance(value, (list, tuple)):
        return any(is_masked(part, depth - 1) for part in value)
    return isinstance(value, np.ma.MaskedArray)


def is_float(value: object) -> bool:
    """Tell floats, an array of them or one, from what is exact or symbolic."""
    return isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f"


def all_finite(floats: Array) -> bool:
    """Tell whether floats, an array of them or one, are all finite."""
    # A finite sum of squares has finite terms, and takes one fast pass; an infinite one may have overflowed.
    told = np.vdot(floats, floats) if floats.ndim else floats
    return math.isfinite(told) or bool(np.isfinite(floats).all())


def as_real(value: Any, where: str) -> Array:
    """Take ``value`` as an array of reals.

    Booleans and integers are promoted to float64, floats keep their precision, lists are converted;
    object and duck arrays pass as they are.

    Raises
    ------
    DtypeError
        For complex numbers, text, dates, masked arrays and whatever is no array.
    DomainError
        For NaN and infinity.
    """
    if is_duck(value):
        return value
    if is_masked(value):
        raise DtypeError(
            message(where, "a masked array", "a plain array: fill or drop the masked entries first")
        )
    try:
        array = np.asarray(value)
    except Exception as error:  # what is no array may raise anything when it is asked for one
        raise DtypeError(
            message(where, f"{type(value).__name__} ({error})", "a two-dimensional array of reals")
        ) from None
    kind = array.dtype.kind
    if kind == "O" and isinstance(value, np.ndarray):
        return array
    if kind in "biu":
        return array.astype(np.float64)
    if kind != "f":
        raise DtypeError(message(where, f"{type(value).__name__} of dtype {array.dtype}", "real numbers"))
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if not all_finite(array):
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise DomainError(message(where, f"{array[at]} at entry {at}", "finite numbers"))
    return array


def as_matrix(value: Any, where: str) -> Array:
    """Take ``value`` as an array of reals with exactly two axes, neither of them empty."""
    array = as_real(value, where)
    if array.ndim != 2:
        hint = "a single example needs both axes too" if array.ndim < 2 else "one axis too many"
        raise ShapeError(message(where, f"shape {array.shape} ({array.ndim}-D)", f"2-D {BATCH} ({hint})"))
    if isinstance(array, np.ndarray) and array.size == 0:
        raise ShapeError(
            message(where, f"shape {array.shape}", f"at least one example and one feature, {BATCH}")
        )
    return array


def as_batch(value: Any, where: str, features: Any = None) -> Array:
    """Take ``value`` as a batch, of ``features`` features if that number is known."""
    array = as_matrix(value, where)
    if features is not None and array.shape[FEATURES] != features:
        swapped = array.shape[EXAMPLES] == features and not is_duck(array)
        hint = "; the transpose would fit: are these the other convention's?" if swapped else ""
        raise ShapeError(message(where, f"shape {array.shape}", f"{features} features in {BATCH}{hint}"))
    return array


def as_like(value: Any, where: str, shape: tuple[Any, ...], of: str) -> Array:
    """Take ``value`` as an array of exactly this shape; nothing is broadcast."""
    array = as_matrix(value, where)
    if tuple(array.shape) != tuple(shape):
        raise ShapeError(message(where, f"shape {array.shape}", f"{shape}, the shape of {of}, in {BATCH}"))
    return array


def own(array: Array) -> Array:
    """Copy a NumPy array, so that nobody else holds it; duck arrays cannot be changed anyway."""
    return array.copy() if isinstance(array, np.ndarray) else array


def as_size(value: Any, where: str) -> int:
    """Take ``value`` as a positive whole number."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral) or value < 1:
        raise DomainError(message(where, repr(value), "a positive whole number"))
    return int(value)


def demand_memory(count: int, where: str, given: str) -> None:
    """Refuse more numbers than an array can have; whether the machine has room for fewer is not known here."""
    if count > sys.maxsize // np.dtype(np.longdouble).itemsize:
        raise DomainError(message(where, given, "no more numbers than an array can hold"))


def as_float_type(value: Any, where: str) -> np.dtype[Any]:
    """Take ``value`` as one of NumPy's float types."""
    kind: np.dtype[Any]
    try:
        kind = np.dtype(value)
    except Exception:  # SyntaxError among others
        kind = np.dtype(object)
    if value is None or kind.kind != "f":
        raise DtypeError(message(where, repr(value), "a float type"))
    return kind.newbyteorder("=")


def as_python(value: Any) -> Any:
    """Take a number out of NumPy's types: there the negative of an unsigned 1 is 255, or more."""
    if isinstance(value, np.integer):
        return int(value)
    return float(value) if isinstance(value, np.floating) else value


def as_rate(value: Any, where: str) -> Any:
    """Take ``value`` as a learning rate: real, positive and finite.

    Exact rationals stay exact, and a symbol that is known to be positive passes.
    """
    if isinstance(value, Real) and not isinstance(value, (bool, np.bool_)):
        rate = as_python(value)
        if 0 < rate <= sys.float_info.max:
            return rate
    elif getattr(value, "is_positive", False) is True:
        return value
    raise DomainError(message(where, repr(value), "a positive finite number as learning rate"))


def as_generator(value: Any, where: str) -> np.random.Generator:
    """Take a generator, a seed, or None (fresh entropy)."""
    if value is None or isinstance(value, np.random.Generator):
        return np.random.default_rng(value)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral) or value < 0:
        raise DomainError(
            message(where, repr(value), "a numpy Generator, a seed (whole number from 0) or None")
        )
    return np.random.default_rng(int(value))


def one_of(name: Any, names: Iterable[str], where: str) -> str:
    """Take ``name`` if it is among ``names``."""
    known = sorted(names)
    if not isinstance(name, str) or name not in known:
        raise UnknownNameError(message(where, repr(name), "one of " + ", ".join(known)))
    return name
