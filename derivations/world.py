"""Where a definition is evaluated: written once, entry by entry, it has a value in each of these worlds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any

import mpmath
import sympy

Scalar = Any
Index = Any


class UnknownPrime(sympy.Function):  # type: ignore[misc]
    """The derivative of a function of which nothing else is known."""

    nargs = 1


class Unknown(sympy.Function):  # type: ignore[misc]
    """A function of which nothing is known but that it has a derivative."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        """Give the derivative, by a name of its own."""
        return UnknownPrime(self.args[0])


class World(ABC):
    """Sums and functions of scalars; `+ - * / **` are the scalars' own."""

    @abstractmethod
    def sum(self, size: Any, term: Callable[[Index], Scalar]) -> Scalar:
        """Add up ``term`` of each index of a range of this size."""

    @abstractmethod
    def exp(self, u: Scalar) -> Scalar:
        """Compute the exponential."""

    @abstractmethod
    def log(self, u: Scalar) -> Scalar:
        """Compute the natural logarithm."""

    @abstractmethod
    def tanh(self, u: Scalar) -> Scalar:
        """Compute the hyperbolic tangent."""

    @abstractmethod
    def where_positive(
        self, u: Scalar, then: Callable[[], Scalar], otherwise: Callable[[], Scalar]
    ) -> Scalar:
        """Choose by whether u > 0."""

    @abstractmethod
    def where_zero(self, u: Scalar, then: Callable[[], Scalar], otherwise: Callable[[], Scalar]) -> Scalar:
        """Choose by whether u = 0."""

    @abstractmethod
    def f(self, u: Scalar) -> Scalar:
        """Apply a function of which nothing is known but that it is differentiable."""

    @abstractmethod
    def df(self, u: Scalar) -> Scalar:
        """Apply the derivative of `f`."""

    def absolute(self, u: Scalar) -> Scalar:
        """Compute |u|."""
        return self.where_positive(u, lambda: u, lambda: -u)

    def ramp(self, u: Scalar) -> Scalar:
        """Compute max(0, u)."""
        return self.where_positive(u, lambda: u, lambda: 0 * u)


class Explicit(World):
    """Sizes are numbers, indices are 0, 1, 2 and so on."""

    def sum(self, size: Any, term: Callable[[Index], Scalar]) -> Scalar:
        """Add up the terms in order."""
        return reduce(add, (term(index) for index in range(size)), 0)


class Rationals(Explicit):
    """Fractions; what is not rational is not there."""

    def exp(self, u: Scalar) -> Scalar:
        """Refuse: not rational."""
        raise ArithmeticError("exp is not rational")

    def log(self, u: Scalar) -> Scalar:
        """Refuse: not rational."""
        raise ArithmeticError("log is not rational")

    def tanh(self, u: Scalar) -> Scalar:
        """Refuse: not rational."""
        raise ArithmeticError("tanh is not rational")

    def where_positive(
        self, u: Scalar, then: Callable[[], Scalar], otherwise: Callable[[], Scalar]
    ) -> Scalar:
        """Choose by the value."""
        return then() if u > 0 else otherwise()

    def where_zero(self, u: Scalar, then: Callable[[], Scalar], otherwise: Callable[[], Scalar]) -> Scalar:
        """Choose by the value."""
        return then() if u == 0 else otherwise()

    def f(self, u: Scalar) -> Scalar:
        """Stand in a quadratic without symmetry for the unknown function."""
        return u**2 / 3 + 2 * u + 1

    def df(self, u: Scalar) -> Scalar:
        """Give the derivative of that quadratic."""
        return 2 * u / 3 + 2


class Precise(Explicit):
    """Numbers of an mpmath context, real or complex."""

    def __init__(self, context: Any) -> None:
        self.context = context

    def exp(self, u: Scalar) -> Scalar:
        """Compute the exponential."""
        return self.context.exp(u)

    def log(self, u: Scalar) -> Scalar:
        """Compute the natural logarithm."""
        return self.context.log(u)

    def tanh(self, u: Scalar) -> Scalar:
        """Compute the hyperbolic tangent."""
        return self.context.tanh(u)

    def where_positive(
        self, u: Scalar, then: Callable[[], Scalar], otherwise: Callable[[], Scalar]
    ) -> Scalar:
        """Choose by the real part: a complex step must not change the branch."""
        return then() if u.real > 0 else otherwise()

    def where_zero(self, u: Scalar, then: Callable[[], Scalar], otherwise: Callable[[], Scalar]) -> Scalar:
        """Choose by the value."""
        return then() if u == 0 else otherwise()

    def f(self, u: Scalar) -> Scalar:
        """Stand in an analytic function without symmetry for the unknown function."""
        return self.context.tanh(u) + 1 / (1 + u**2)

    def df(self, u: Scalar) -> Scalar:
        """Give its derivative."""
        return 1 - self.context.tanh(u) ** 2 - 2 * u / (1 + u**2) ** 2


class Symbols(Explicit):
    """SymPy expressions."""

    def exp(self, u: Scalar) -> Scalar:
        """Compute the exponential."""
        return sympy.exp(u)

    def log(self, u: Scalar) -> Scalar:
        """Compute the natural logarithm."""
        return sympy.log(u)

    def tanh(self, u: Scalar) -> Scalar:
        """Compute the hyperbolic tangent."""
        return sympy.tanh(u)

    def where_positive(
        self, u: Scalar, then: Callable[[], Scalar], otherwise: Callable[[], Scalar]
    ) -> Scalar:
        """Keep both branches; a region decides later."""
        return sympy.Piecewise((then(), sympy.sympify(u) > 0), (otherwise(), True))

    def where_zero(self, u: Scalar, then: Callable[[], Scalar], otherwise: Callable[[], Scalar]) -> Scalar:
        """Keep both branches; a region decides later."""
        return sympy.Piecewise((then(), sympy.Eq(u, 0)), (otherwise(), True))

    def f(self, u: Scalar) -> Scalar:
        """Leave the function undefined."""
        return Unknown(u)

    def df(self, u: Scalar) -> Scalar:
        """Leave it undefined."""
        return UnknownPrime(u)


def context(digits: int = 50) -> Any:
    """Make a private mpmath context of so many digits; the global one is left alone."""
    own = mpmath.MPContext()
    own.dps = digits
    return own
