"""Symbolic sizes, indices, and the errors of this package."""

from __future__ import annotations

from itertools import count
from typing import Any, Never

_numbers = count()


class SizesError(Exception):
    """What went wrong with arrays of symbolic size."""


class UndecidableSize(SizesError, TypeError):
    """A question about a symbolic size that has not the same answer for every size."""


class Unsupported(SizesError, TypeError):
    """An operation that is not modelled exactly, and so not at all."""


class EngineFault(SizesError, RuntimeError):
    """The index calculus contradicts plain evaluation: nothing that it says may be believed."""


class Size:
    """A whole number, at least 1, of which nothing else is known.

    Equal to itself; every other comparison raises, because its answer would depend on the size.
    """

    __slots__ = ("name", "number")

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = next(_numbers)

    def _refuse(self, other: object, sign: str) -> Never:
        raise UndecidableSize(f"{self!r} {sign} {other!r} does not hold or fail for every size")

    def __eq__(self, other: object) -> bool:
        return True if self is other else self._refuse(other, "==")

    def __ne__(self, other: object) -> bool:
        return False if self is other else self._refuse(other, "!=")

    def __lt__(self, other: object) -> bool:
        self._refuse(other, "<")

    def __le__(self, other: object) -> bool:
        self._refuse(other, "<=")

    def __gt__(self, other: object) -> bool:
        self._refuse(other, ">")

    def __ge__(self, other: object) -> bool:
        self._refuse(other, ">=")

    def __hash__(self) -> int:
        return hash((Size, self.number))

    def __repr__(self) -> str:
        return self.name

    def _no_number(self) -> Never:
        raise UndecidableSize(f"{self!r} is a symbolic size; it stands for no single number")

    def __bool__(self) -> bool:
        self._no_number()

    def __int__(self) -> int:
        self._no_number()

    def __float__(self) -> float:
        self._no_number()

    def __complex__(self) -> complex:
        self._no_number()

    def __index__(self) -> int:
        self._no_number()

    def _term(self) -> Any:
        from .terms import SizeTerm

        return SizeTerm(self)

    # Arithmetic makes a term of it. Arrays answer for themselves.

    def __add__(self, other: Any) -> Any:
        return self._term().__add__(other)

    def __radd__(self, other: Any) -> Any:
        return self._term().__radd__(other)

    def __sub__(self, other: Any) -> Any:
        return self._term().__sub__(other)

    def __rsub__(self, other: Any) -> Any:
        return self._term().__rsub__(other)

    def __mul__(self, other: Any) -> Any:
        return self._term().__mul__(other)

    def __rmul__(self, other: Any) -> Any:
        return self._term().__rmul__(other)

    def __truediv__(self, other: Any) -> Any:
        return self._term().__truediv__(other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._term().__rtruediv__(other)

    def __pow__(self, power: int) -> Any:
        return self._term() ** power

    def __neg__(self) -> Any:
        return -self._term()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Take part in NumPy's arithmetic as a term."""
        inputs = tuple(value._term() if isinstance(value, Size) else value for value in inputs)
        return getattr(ufunc, method)(*inputs, **options)


class Index:
    """An index that runs over 0 .. size - 1; each one is itself only."""

    __slots__ = ("name", "number", "size")

    def __init__(self, size: Size, name: str = "") -> None:
        if not isinstance(size, Size):
            raise Unsupported(f"an index runs over a symbolic size, not over {size!r}")
        self.size = size
        self.name = name
        self.number = next(_numbers)

    def __repr__(self) -> str:
        return self.name or f"#{self.number}"
