"""The derivative of a normal form by one entry of an array, written out before any delta is contracted."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import sympy

from . import calculus
from .normal import read_atom, readback
from .poly import Atom, Poly, symbols
from .size import Index, Unsupported
from .terms import (
    ELEMENTARY,
    ZERO,
    Add,
    Apply,
    ArraySymbol,
    EntryTerm,
    Function,
    IsZero,
    Mul,
    Not,
    Number,
    Power,
    Sum,
    Term,
    Where,
    delta,
)

At = tuple[Index | None, Index | None]


def derivative(poly: Poly, array: ArraySymbol, at: At) -> tuple[Term, list[Poly]]:
    """Differentiate; also give what must not be 0, because an indicator has a jump there.

    Raises
    ------
    Unsupported
        Where a greatest value would have to be differentiated, or an array whose entries are bound to each other.
    """
    if array.traits & {"rows-sum-to-1", "columns-sum-to-1"}:
        raise Unsupported(f"the entries of {array.name} are not independent: no derivative by one of them")
    for dimension, index in zip(array.shape, at):
        if (index.size if index is not None else 1) is not dimension:
            raise Unsupported(f"{array.name} has no entry {at}: dimension {dimension!r}")
    kinks: list[Poly] = []
    return _of_poly(poly, array, at, kinks), kinks


def _of_poly(poly: Poly, array: ArraySymbol, at: At, kinks: list[Poly]) -> Term:
    """Differentiate by each atom that depends on the array, and that in turn by the entry."""
    parts: list[Term] = []
    cofactors: dict[Atom, list[Poly]] = {}
    sums: dict[tuple[int, ...], tuple[tuple[Index, ...], list[Poly]]] = {}
    for monomial, coefficient in poly.items():
        dependent = [(a, p) for a, p in monomial if array in a.head.symbols]
        if len(dependent) == 1 and dependent[0][0].head.kind == "sum" and dependent[0][1] == 1:
            _join(sums, dependent[0][0], {monomial: coefficient})
            continue
        for a, p in monomial:
            if array not in a.head.symbols:
                continue
            rest = {tuple(f for f in monomial if f[0] != a): coefficient * Fraction(p)}
            if a.head.kind == "exp":  # d exp(u)^p = p exp(u)^p du
                rest = {monomial: coefficient * Fraction(p)}
            elif p != 1:
                rest = calculus.multiply(rest, calculus.of_atom(a, p - 1))
            cofactors.setdefault(a, []).append(rest)
    for bound, bodies in sums.values():
        slope = _of_poly(calculus.add(*bodies), array, at, kinks)
        if slope is not ZERO:
            for index in reversed(bound):
                slope = Sum(index, slope)
            parts.append(slope)
    for a, polys in cofactors.items():
        slope = _of_atom(a, array, at, kinks)
        if slope is ZERO:
            continue
        cofactor = calculus.add(*polys)
        part = slope if cofactor == calculus.ONE else Mul((readback(cofactor), slope))
        parts.append(_only_where_it_counts(part, cofactor, array))
    if not parts:
        return ZERO
    return parts[0] if len(parts) == 1 else Add(tuple(parts))


def _join(sums: dict[tuple[int, ...], tuple[tuple[Index, ...], list[Poly]]], a: Atom, whole: Poly) -> None:
    """Put sums over the same sizes under one: their bodies are differentiated together, with what they share."""
    ((monomial, coefficient),) = whole.items()
    order = sorted(range(len(a.head.bound)), key=lambda n: a.head.bound[n].number)
    key = tuple(a.head.bound[n].number for n in order)
    if key not in sums:
        sums[key] = tuple(Index(a.head.bound[n]) for n in order), []
    bound, bodies = sums[key]
    slots = [a.head.slots[len(a.head.ports) + n] for n in order]
    inner = calculus.rename(a.head.inner, {**dict(zip(a.head.slots, a.indices)), **dict(zip(slots, bound))})
    rest = {tuple(factor for factor in monomial if factor[0] != a): coefficient}
    bodies.append(calculus.multiply(rest, inner))


def _only_where_it_counts(part: Term, cofactor: Poly, array: ArraySymbol) -> Term:
    """Ask for the premises of a part only where its cofactor is not 0, if that is constant.

    Where it is 0, it is so whatever the entry is that is differentiated by: the part plays no role there.
    """
    if array in symbols(cofactor) or not part.normal.premises or not calculus.zero(cofactor):
        return part
    return Where(Not(IsZero(readback(cofactor))), part, ZERO)


def _of_atom(a: Atom, array: ArraySymbol, at: At, kinks: list[Poly]) -> Term:
    """Differentiate an atom; of an exponential, only its exponent."""
    kind = a.head.kind
    if kind == "entry":
        written = read_atom(a)
        if not isinstance(written, EntryTerm):
            raise Unsupported(str(written))
        deltas = tuple(delta(i, j) for i, j in zip(written.indices, at) if i is not None)
        return deltas[0] if len(deltas) == 1 else Mul(deltas)
    inner, bound = calculus.opened(a.head, a.indices)
    if kind == "max":
        raise Unsupported(f"the derivative of {read_atom(a)} by an entry of {array.name}")
    if kind in ("pos", "zero"):
        kinks.append(inner)
        return ZERO
    slope = _of_poly(inner, array, at, kinks)
    if slope is ZERO:
        return ZERO
    if kind == "sum":
        for index in reversed(bound):
            slope = Sum(index, slope)
        return slope
    if kind in ("exp", "group"):
        return slope
    if kind == "apply":
        return Mul((outer_slope(a.head.data, readback(inner)), slope))
    raise Unsupported(f"the derivative of an atom of the kind {kind}")


def outer_slope(function: Function, u: Term) -> Term:
    """Give f'(u): by SymPy's rule for the elementary functions, f' for a function that is only a name."""
    if function not in ELEMENTARY:
        return Apply(Function(function.name, function.order + 1), u)
    return _translated(_rule(function), u)


@cache
def _rule(function: Function) -> Any:
    u = sympy.Symbol("u", real=True)
    return sympy.diff(getattr(sympy, function.name)(u), u)


def _translated(expression: Any, u: Term) -> Term:
    """Write what SymPy answers as a term."""
    if expression.is_Symbol:
        return u
    if expression.is_Rational:
        return Number(Fraction(int(expression.p), int(expression.q)))
    parts = [_translated(part, u) for part in expression.args]
    if expression.is_Add:
        return Add(tuple(parts))
    if expression.is_Mul:
        return Mul(tuple(parts))
    if expression.is_Pow and expression.exp.is_Integer:
        return Power(parts[0], int(expression.exp))
    name = type(expression).__name__
    if Function(name) in ELEMENTARY:
        return Apply(Function(name), parts[0])
    raise Unsupported(f"{expression} in the derivative of an elementary function")
