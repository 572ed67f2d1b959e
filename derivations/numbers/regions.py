"""Symbols arranged so that every comparison is decided: signs, orders, ties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations, product
from typing import Any

import sympy


def signed(name: str, sign: int) -> Any:
    """Make an expression of known sign: p, -p for a positive symbol p, or 0."""
    return sign * sympy.Symbol(name, positive=True) if sign else sympy.Integer(0)


def sign_patterns(name: str, count: int, *, zero: bool = False) -> Iterator[tuple[Any, ...]]:
    """Give ``count`` expressions for each pattern of signs, with zeros among them if asked for."""
    for signs in product((1, -1, 0) if zero else (1, -1), repeat=count):
        yield tuple(signed(f"{name}_{i}", sign) for i, sign in enumerate(signs))


def ordered(name: str, order: Sequence[int]) -> tuple[Any, ...]:
    """Give expressions whose ranks are ``order``: any reals of that order, equal ranks being ties.

    The smallest is a real symbol; each next rank adds a positive one. ``order = (1, 0, 1)`` gives
    (a + d, a, a + d).
    """
    value: Any = sympy.Symbol(f"{name}_0", real=True)
    levels = {}
    for number, rank in enumerate(sorted(set(order))):
        if number:
            value = value + sympy.Symbol(f"{name}_d{number}", positive=True)
        levels[rank] = value
    return tuple(levels[rank] for rank in order)


def orderings(name: str, count: int, *, ties: bool = False) -> Iterator[tuple[Any, ...]]:
    """Give ``count`` expressions for each strict order; with ``ties``, for each weak order.

    Together the weak orders cover all of the reals to the power ``count``.
    """
    orders: Iterator[tuple[int, ...]] = permutations(range(count))
    if ties:
        weak = product(range(count), repeat=count)
        orders = (ranks for ranks in weak if set(ranks) == set(range(max(ranks) + 1)))
    for order in orders:
        yield ordered(name, order)
