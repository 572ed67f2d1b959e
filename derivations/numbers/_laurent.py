"""Fractions of Laurent polynomials over the rationals, small and quick: what the zero test computes with.

A monomial is one Python int that packs the signed exponents of all generators, 64 bits each, so that the
product of two monomials is the sum of two ints, and a new generator needs no new ring. A polynomial is a
dict from monomial to coefficient. A fraction has a polynomial over a product of powers of polynomials that
are kept apart: a denominator that occurs a hundred times (the sum of a softmax) is still only one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd

Monomial = int
Poly = dict[Monomial, Fraction]
Key = frozenset[tuple[Monomial, Fraction]]

_BITS = 64
_HALF = 1 << (_BITS - 1)
_MASK = (1 << _BITS) - 1


class TooLargeError(ArithmeticError):
    """An expression outgrew the limits set for it."""


LIMIT = 20_000  # terms of one polynomial


def packed(exponents: dict[int, int]) -> Monomial:
    """Pack exponents by generator number."""
    return sum(power << (_BITS * number) for number, power in exponents.items())


def unpacked(monomial: Monomial) -> dict[int, int]:
    """Give the exponents that are not zero, by generator number."""
    result = {}
    number = 0
    while monomial:
        low = monomial & _MASK
        if low >= _HALF:
            low -= 1 << _BITS
        if low:
            if abs(low) >= _HALF >> 8:
                raise TooLargeError("an exponent is too large")
            result[number] = low
        monomial = (monomial - low) >> _BITS
        number += 1
    return result


def plus(left: Poly, right: Poly) -> Poly:
    """Add."""
    result = dict(left)
    for monomial, coefficient in right.items():
        total = result.get(monomial, 0) + coefficient
        if total:
            result[monomial] = total
        else:
            del result[monomial]
    return result


def times(left: Poly, right: Poly) -> Poly:
    """Multiply."""
    if len(left) * len(right) > 40 * LIMIT:
        raise TooLargeError("a product has too many terms")
    if len(left) > len(right):
        left, right = right, left
    result: Poly = {}
    for m, c in left.items():
        for n, d in right.items():
            key = m + n
            total = result.get(key, 0) + c * d
            if total:
                result[key] = total
            else:
                del result[key]
    if len(result) > LIMIT:
        raise TooLargeError("a polynomial has too many terms")
    return result


def power_of(poly: Poly, power: int) -> Poly:
    """Raise to a power that is not negative."""
    result: Poly = {0: Fraction(1)}
    while power:
        if power & 1:
            result = times(result, poly)
        power >>= 1
        if power:
            poly = times(poly, poly)
    return result


def primitive(poly: Poly) -> tuple[Fraction, Monomial, Key]:
    """Split into a constant, a monomial and the rest, which is the same for all multiples by such."""
    monomials = list(poly)
    shared = unpacked(monomials[0])
    for monomial in monomials[1:]:
        other = unpacked(monomial)
        shared = {n: min(shared.get(n, 0), other.get(n, 0)) for n in shared.keys() | other.keys()}
    common = packed(shared)
    top, bottom = 0, 1
    for coefficient in poly.values():
        top = gcd(top, coefficient.numerator)
        bottom = bottom * coefficient.denominator // gcd(bottom, coefficient.denominator)
    content = Fraction(top, bottom)
    if poly[max(monomials)] < 0:
        content = -content
    return content, common, frozenset((m - common, c / content) for m, c in poly.items())


@dataclass(frozen=True)
class Ratio:
    """``top`` over the product of ``below`` (polynomial, as made by `primitive`) to its powers."""

    top: Poly
    below: dict[Key, int]

    @property
    def key(self) -> tuple[Key, frozenset[tuple[Key, int]]]:
        """A hashable form."""
        return frozenset(self.top.items()), frozenset(self.below.items())


def constant(value: Fraction) -> Ratio:
    """Make a constant."""
    return Ratio({0: value} if value else {}, {})


ONE = constant(Fraction(1))


def monomial(key: Monomial, coefficient: Fraction = Fraction(1)) -> Ratio:
    """Make a single term."""
    return Ratio({key: coefficient}, {})


def add(left: Ratio, right: Ratio) -> Ratio:
    """Add, over the least common denominator."""
    if left.below == right.below:
        return _tidy(plus(left.top, right.top), left.below)
    below = {key: max(left.below.get(key, 0), right.below.get(key, 0)) for key in left.below | right.below}
    return _tidy(plus(_raised(left, below), _raised(right, below)), below)


def _raised(ratio: Ratio, below: dict[Key, int]) -> Poly:
    top = ratio.top
    for key, power in below.items():
        lacking = power - ratio.below.get(key, 0)
        if lacking:
            top = times(top, power_of(dict(key), lacking))
    return top


def _tidy(top: Poly, below: dict[Key, int]) -> Ratio:
    if not top:
        return Ratio({}, {})
    if below and len(top) > 1:
        content, common, rest = primitive(top)
        if rest in below:  # the sum of a softmax: S / S
            return Ratio({common: content}, _less(below, rest))
    return Ratio(top, below)


def _less(below: dict[Key, int], key: Key) -> dict[Key, int]:
    return {k: p - (k == key) for k, p in below.items() if p - (k == key)}


def multiply(left: Ratio, right: Ratio) -> Ratio:
    """Multiply."""
    below = dict(left.below)
    for key, power in right.below.items():
        below[key] = below.get(key, 0) + power
    return _tidy(times(left.top, right.top), below)


def inverse(ratio: Ratio) -> Ratio:
    """Invert; zero raises ZeroDivisionError."""
    if not ratio.top:
        raise ZeroDivisionError("division by what is zero")
    top: Poly = {0: Fraction(1)}
    for key, power in ratio.below.items():
        top = times(top, power_of(dict(key), power))
    content, common, rest = primitive(ratio.top)
    return _tidy({m - common: c / content for m, c in top.items()}, {} if len(rest) == 1 else {rest: 1})


def power(ratio: Ratio, exponent: int) -> Ratio:
    """Raise to an integer power."""
    if exponent < 0:
        ratio, exponent = inverse(ratio), -exponent
    return Ratio(power_of(ratio.top, exponent), {k: p * exponent for k, p in ratio.below.items() if exponent})
