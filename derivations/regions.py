"""Where the variables of a law live: parametrised by symbols of known sign, so that every comparison is decided.

One parametrisation serves all levels: as it stands on symbols, and with rationals put in for the symbols
on numbers. Arrays here are in column layout, (feature, example) and (neuron, input); `lay` turns them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from random import Random
from typing import Any

import numpy as np
import sympy

from .convention import Convention, Role

Array = np.typing.NDArray[Any]
Sizes = Mapping[str, int]


class Fresh:
    """A source of new symbols; `sample` draws a rational for each that has its sign."""

    def __init__(self) -> None:
        self.symbols: list[Any] = []

    def _new(self, name: str, **assumptions: bool) -> Any:
        symbol = sympy.Symbol(f"{name}_{len(self.symbols)}", real=True, **assumptions)
        self.symbols.append(symbol)
        return symbol

    def real(self, name: str = "r") -> Any:
        """Make a symbol for any real number."""
        return self._new(name)

    def positive(self, name: str = "d") -> Any:
        """Make a symbol for a positive number."""
        return self._new(name, positive=True)

    def unit(self) -> Any:
        """Make an expression that takes every value strictly between 0 and 1."""
        p, q = self.positive("p"), self.positive("q")
        return p / (p + q)

    def sample(self, rng: Random) -> dict[Any, Any]:
        """Draw a rational for each symbol; reals are never 0, so that no factor hides a fault."""
        drawn = {symbol: draw(rng, bool(symbol.is_positive)) for symbol in self.symbols}
        return {symbol: sympy.Rational(value.numerator, value.denominator) for symbol, value in drawn.items()}


def draw(rng: Random, positive: bool) -> Fraction:
    """Draw a rational that is not 0."""
    value = Fraction(rng.choice([1, 2, 3, 4, 5, 7, 8, 11]), rng.choice([1, 2, 3, 4, 5]))
    return value if positive or rng.random() < 0.5 else -value


def shape_of(role: Role, sizes: Sizes) -> tuple[int, ...]:
    """Give the shape in column layout."""
    ranges = tuple(int(sizes[name]) for name in role.ranges)
    return (*ranges, 1) if role.kind == "bias" else ranges


def scalar(value: Any) -> Array:
    """Wrap one expression as an array without axes."""
    array = np.empty((), dtype=object)
    array[()] = value
    return array


def lay(convention: Convention, array: Array) -> Array:
    """Turn an array from column layout into the layout of the convention; the same turns it back."""
    return array if convention.is_column or array.ndim != 2 else np.ascontiguousarray(array.T)


def reals(fresh: Fresh, role: Role, sizes: Sizes, name: str) -> Array:
    """Fill an array with symbols for any reals."""
    array = np.empty(shape_of(role, sizes), dtype=object)
    for at in np.ndindex(array.shape):
        array[at] = fresh.real(name)
    return array


Build = Callable[[Fresh, Sizes], Mapping[str, Array]]


@dataclass(frozen=True)
class Region:
    """A part of the domain; ``build`` gives the variables that are not simply any reals."""

    label: str
    build: Build


EVERYWHERE = (Region("everywhere", lambda fresh, sizes: {}),)

Variant = Callable[[Fresh], Mapping[str, Any]]


def elementwise(role: Role, variants: Mapping[str, Variant]) -> tuple[Region, ...]:
    """Make regions in which neighbouring entries lie in different variants and each entry meets each of them."""
    labels = list(variants)

    def region(turn: int) -> Region:
        def build(fresh: Fresh, sizes: Sizes) -> dict[str, Array]:
            arrays: dict[str, Array] = {}
            for number, at in enumerate(np.ndindex(shape_of(role, sizes))):
                entry = variants[labels[(number + turn) % len(labels)]](fresh)
                for name, value in entry.items():
                    arrays.setdefault(name, np.empty(shape_of(role, sizes), dtype=object))[at] = value
            return arrays

        return Region(f"{labels[turn]} first" if len(labels) > 1 else labels[0], build)

    return tuple(region(turn) for turn in range(len(labels)))


def distributions(fresh: Fresh, role: Role, sizes: Sizes) -> Array:
    """Fill a batch with distributions: positive, summing to 1 for each example."""
    features, count = shape_of(role, sizes)
    array = np.empty((features, count), dtype=object)
    for example in range(count):
        parts = [fresh.positive("s") for _ in range(features)]
        for feature in range(features):
            array[feature, example] = parts[feature] / sum(parts)
    return array


def one_hot(role: Role, sizes: Sizes) -> Array:
    """Fill a batch with one-hot targets, a different class for neighbouring examples."""
    features, count = shape_of(role, sizes)
    array = np.full((features, count), sympy.Integer(0), dtype=object)
    for example in range(count):
        array[example % features, example] = sympy.Integer(1)
    return array


def orderings(role: Role, name: str, features: int) -> Iterator[Region]:
    """Make regions that fix which feature is the greatest, and how the others follow: one for each order."""
    for order in permutations(range(features)):
        yield _ordering(role, name, order)


def _ordering(role: Role, name: str, order: Sequence[int]) -> Region:
    def build(fresh: Fresh, sizes: Sizes) -> dict[str, Array]:
        features, count = shape_of(role, sizes)
        array = np.empty((features, count), dtype=object)
        for example in range(count):
            value = fresh.real(name)
            for feature in sorted(
                range(features), key=lambda place: order[place % len(order)] + place // len(order)
            ):
                array[feature, example] = value
                value = value + fresh.positive()
        return {name: array}

    return Region(f"order {order}", build)


def rational(value: Any) -> Fraction:
    """Turn a rational of SymPy into a Fraction."""
    value = sympy.nsimplify(value) if not isinstance(value, sympy.Rational) else value
    return Fraction(int(value.p), int(value.q))


def put(array: Array, values: Mapping[Any, Any]) -> Array:
    """Put numbers in for the symbols of an array."""
    result = np.empty(array.shape, dtype=object)
    for at in np.ndindex(array.shape):
        result[at] = rational(sympy.sympify(array[at]).xreplace(values))
    return result
