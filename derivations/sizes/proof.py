"""The derivative of a definition by an entry, and its steps for a proof log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .array import SymbolicArray, as_index, from_entry, symbol_of
from .normal import readback
from .size import Index
from .terms import ArraySymbol, Diff, Term, to_term


@dataclass(frozen=True)
class Derivation:
    """How a derivative was found.

    Attributes
    ----------
    definition : Term
        As it was written.
    expanded : Term
        Its normal form.
    uncontracted : Term
        The derivative of that, with its Kronecker deltas.
    contracted : Term
        The normal form of the derivative.
    """

    definition: Term
    expanded: Term
    uncontracted: Term
    contracted: Term

    def steps(self) -> tuple[tuple[str, Term], ...]:
        """Give the steps in order, each with its name; terms print as text, and by `printing.latex`."""
        return (
            ("definition", self.definition),
            ("expanded", self.expanded),
            ("derivative", self.uncontracted),
            ("contracted", self.contracted),
        )


def diff(
    definition: Any, array: SymbolicArray | ArraySymbol, i: Index | int | None, k: Index | int | None
) -> Term:
    """Give the derivative of a term by the entry (i, k) of an array."""
    symbol = array if isinstance(array, ArraySymbol) else symbol_of(array)
    at = as_index(symbol.shape[0], i), as_index(symbol.shape[1], k)
    return Diff(to_term(definition), symbol, at)


def derivation(
    definition: Any, array: SymbolicArray | ArraySymbol, i: Index | int | None, k: Index | int | None
) -> Derivation:
    """Give the derivative of a term by the entry (i, k) of an array, step by step."""
    from .derivative import derivative

    symbol = array if isinstance(array, ArraySymbol) else symbol_of(array)
    at = as_index(symbol.shape[0], i), as_index(symbol.shape[1], k)
    written = to_term(definition)
    uncontracted, _ = derivative(written.normal.poly, symbol, at)
    return Derivation(
        written, readback(written.normal.poly), uncontracted, readback(Diff(written, symbol, at).normal.poly)
    )


def gradient(definition: Any, array: SymbolicArray) -> SymbolicArray:
    """Give the array of the derivatives of a term by each entry of an array; of that array's shape."""
    written = to_term(definition)
    rows, columns = symbol_of(array).shape
    return from_entry(rows, columns, lambda i, k: diff(written, array, i, k))
