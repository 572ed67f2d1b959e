"""The world of symbolic sizes, for definitions that are written once, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import terms
from .size import Index, Size, Unsupported
from .terms import Apply, Function, Sum, Term, to_term


class SizeWorld:
    """Sums over symbolic sizes and functions of terms; `+ - * / **` are the terms' own."""

    def sum(self, size: Size | int, term: Callable[[Any], Any]) -> Term:
        """Sum ``term`` of every index of a size; for the literal 1, ``term(0)``."""
        if not isinstance(size, Size):
            if type(size) is not int or size != 1:
                raise Unsupported(f"a sum over {size!r} values: a Size or the literal 1")
            return to_term(term(0))
        index = Index(size)
        return Sum(index, to_term(term(index)))

    def exp(self, u: Any) -> Term:
        """Compute the exponential."""
        return terms.exp(u)

    def log(self, u: Any) -> Term:
        """Compute the natural logarithm."""
        return terms.log(u)

    def tanh(self, u: Any) -> Term:
        """Compute the hyperbolic tangent."""
        return terms.tanh(u)

    def absolute(self, u: Any) -> Term:
        """Compute |u|."""
        return terms.absolute(u)

    def maximum(self, a: Any, b: Any) -> Term:
        """Compute the greater of two."""
        return terms.maximum(a, b)

    def where(self, condition: Term, a: Any, b: Any) -> Term:
        """Choose by a condition."""
        return terms.where(condition, a, b)

    def where_positive(self, u: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Term:
        """Choose by whether u > 0."""
        return terms.where(terms.greater(u, 0), then(), otherwise())

    def greater(self, a: Any, b: Any) -> Term:
        """1 where a > b."""
        return terms.greater(a, b)

    def greater_equal(self, a: Any, b: Any) -> Term:
        """1 where a >= b."""
        return terms.greater_equal(a, b)

    def equal(self, a: Any, b: Any) -> Term:
        """1 where a == b."""
        return terms.equals(a, b)

    def function(self, name: str, derivatives: int = 0) -> Callable[[Any], Any]:
        """Give a function of which nothing is known but its name, or one of its derivatives.

        It takes terms, and arrays of symbolic size entry by entry.
        """
        from .array import SymbolicArray, from_entry

        def apply(u: Any) -> Any:
            if isinstance(u, SymbolicArray):
                return from_entry(*u.shape, lambda i, k: Apply(Function(name, derivatives), u.entry(i, k)))
            return Apply(Function(name, derivatives), to_term(u))

        if Function(name) in terms.ELEMENTARY:
            raise Unsupported(f"{name} is a known function")
        return apply
