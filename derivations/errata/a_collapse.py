"""Errata of appendix A, and of what §2.2 says of it: collapse of affine layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import sympy as sp

from .erratum import Erratum, Finding, Form, NotShown, Part, Proof, Refutation
from .judging import column, compare, every, matrix

# ------------------------------------------------------------------ E19: order of the product

Collapse = Callable[[Sequence[Any], Sequence[Any]], Any]

# Numbers that tell one order of a product from another.
_SHEARS = (
    sp.Matrix([[1, 1], [0, 1]]),
    sp.Matrix([[1, 0], [1, 1]]),
    sp.Matrix([[2, 0], [0, 1]]),
    sp.Matrix([[0, 1], [1, 0]]),
)
_SHIFTS = (sp.Matrix([1, 2]), sp.Matrix([3, 1]), sp.Matrix([0, 1]), sp.Matrix([1, 1]))


def _stacked(weights: Sequence[Any], biases: Sequence[Any], x: Any, row: bool) -> Any:
    for W, b in zip(weights, biases, strict=True):
        x = (x * W if row else W * x) + b
    return x


def _letters(depth: int) -> tuple[list[Any], list[Any], Any]:
    """Return symbols that do not commute: what they satisfy holds for matrices of all sizes that fit."""
    weights = [sp.Symbol(f"W_{k}", commutative=False) for k in range(1, depth + 1)]
    biases = [sp.Symbol(f"b_{k}", commutative=False) for k in range(1, depth + 1)]
    return weights, biases, sp.Symbol("x", commutative=False)


def _product_of(row: bool) -> Callable[[Callable[[Sequence[Any]], Any]], Finding]:
    def judge(form: Callable[[Sequence[Any]], Any]) -> Finding:
        def at(depth: int) -> Finding:
            weights, _, x = _letters(depth)
            W = form(weights)
            gap = sp.expand((x * W if row else W * x) - _stacked(weights, [0] * depth, x, row))
            if gap == 0:
                return Proof("non-commuting symbols", f"{depth} layers: product {W}", 1)
            numbers = list(_SHEARS[:depth])
            start = _SHIFTS[0].T if row else _SHIFTS[0]
            said = start * form(numbers) if row else form(numbers) * start
            true = _stacked(numbers, [sp.zeros(*start.shape)] * depth, start, row)
            return _apart(said, true, f"{depth} layers, W_k = {_shown(numbers)}, x = {_shown([start])}", gap)

        return every(at(depth) for depth in (1, 2, 3, 4))

    return judge


def _bias_of(form: Collapse) -> Finding:
    def at(depth: int) -> Finding:
        weights, biases, _ = _letters(depth)
        b = form(weights, biases)
        gap = sp.expand(b - _stacked(weights, biases, 0, False))
        if gap == 0:
            return Proof("non-commuting symbols", f"{depth} layers: b = {sp.expand(b)}", 1)
        numbers, shifts = list(_SHEARS[:depth]), list(_SHIFTS[:depth])
        true = _stacked(numbers, shifts, sp.zeros(2, 1), False)
        return _apart(
            form(numbers, shifts),
            true,
            f"{depth} layers, W_k = {_shown(numbers)}, b_k = {_shown(shifts)}",
            gap,
        )

    return every(at(depth) for depth in (1, 2, 3, 4))


def _apart(said: Any, true: Any, what: str, gap: Any) -> Finding:
    if said == true:
        raise NotShown(f"{what}: the symbols differ by {gap}, these numbers do not")
    return Refutation(
        "counterexample",
        f"{what}: said {_shown([said])}, true {_shown([true])} (difference {gap})",
        {"said": _shown([said]), "true": _shown([true]), "difference": str(gap)},
    )


def _shown(matrices: Sequence[Any]) -> str:
    return ", ".join(str(item.tolist()) for item in matrices)


def _first_to_last(weights: Sequence[Any]) -> Any:
    result = weights[0]
    for W in weights[1:]:
        result = result * W
    return result


def _last_to_first(weights: Sequence[Any]) -> Any:
    result = weights[0]
    for W in weights[1:]:
        result = W * result
    return result


def _each_by_its_own(weights: Sequence[Any], biases: Sequence[Any]) -> Any:
    result = weights[0] * biases[0]
    for W, b in zip(weights[1:], biases[1:], strict=True):
        result = result + W * b
    return result


def _each_by_what_follows(weights: Sequence[Any], biases: Sequence[Any]) -> Any:
    result = biases[-1]
    for j in range(len(weights) - 1):
        result = result + _last_to_first(weights[j + 1 :]) * biases[j]
    return result


# ------------------------------------------------------------------ E22: affine, not linear


def _equation(form: Callable[[Callable[[Any], Any], Any, Any, Any], Any]) -> Finding:
    """Judge a functional equation of f(x) = W x + b."""

    def at(outputs: int, inputs: int) -> Finding:
        W, b = matrix("w", outputs, inputs), column("b", outputs)
        u, v, s = column("u", inputs), column("v", inputs), sp.Symbol("s", real=True)
        return compare(
            form(lambda x: W * x + b, u, v, s),
            sp.zeros(outputs, 1),
            what=f"f(x) = W x + b, {outputs}×{inputs}",
        )

    return every(at(*sizes) for sizes in ((1, 1), (2, 3)))


# ------------------------------------------------------------------ E37: necessary for what

Table = Mapping[tuple[int, int], int]
_CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
AND: Table = {corner: int(corner == (1, 1)) for corner in _CORNERS}
XOR: Table = {corner: (corner[0] + corner[1]) % 2 for corner in _CORNERS}


def _needs_activation(form: Table) -> Finding:
    """Judge whether no affine function, read at 1/2, has this table: search first, then the parallelogram."""
    half = Fraction(1, 2)
    steps = [Fraction(k, 4) for k in range(-4, 5)]

    def margin(affine: tuple[Fraction, ...]) -> Fraction:
        p, q, r = affine
        return min((p * a + q * c + r - half) * (1 if t else -1) for (a, c), t in form.items())

    clearest = max(product(steps, repeat=3), key=margin)
    if margin(clearest) > 0:
        p, q, r = clearest
        shown = ", ".join(f"f{corner} = {p * corner[0] + q * corner[1] + r}" for corner in _CORNERS)
        return Refutation(
            "counterexample",
            f"without any activation, f(a, b) = ({p}) a + ({q}) b + ({r}) read at 1/2 has the table: {shown}",
            {"p": str(p), "q": str(q), "r": str(r), "margin": str(margin(clearest))},
        )
    p, q, r = sp.symbols("p q r", real=True)
    value = {(a, c): p * a + q * c + r for a, c in _CORNERS}
    if sp.expand(value[0, 0] + value[1, 1] - value[0, 1] - value[1, 0]) != 0:
        raise NotShown("the parallelogram does not close")
    if form[0, 0] != form[1, 1] or form[0, 1] != form[1, 0] or form[0, 0] == form[0, 1]:
        raise NotShown("the diagonals of the table do not contradict an affine function")
    unknowns = (p, q, r)
    loss = sum(((value[corner] - t) ** 2 for corner, t in form.items()), sp.Integer(0)) / 4
    best = sp.solve([sp.diff(loss, u) for u in unknowns], unknowns, dict=True)
    least = sp.simplify(loss.subs(best[0]))
    return Proof(
        "symbols",
        "f(0,0) + f(1,1) = f(0,1) + f(1,0) for every affine f, but the table puts one diagonal above "
        "1/2 at both ends "
        f"and the other at or below; least MSE of an affine fit: {least}",
        4,
        {"least mse": str(least)},
    )


ERRATA = (
    Erratum(
        "E19",
        "ambiguous",
        "App. A",
        "order of the product of all weight matrices",
        Form(
            "W = W_1 W_2 … W_k, from layer 1 to layer k; b = Σ_j W_j b_j, each bias transformed by its layer",
            r"W=W_1W_2\cdots W_k,\ b=\sum_jW_jb_j",
        ),
        Form(
            "column: W = W_k … W_1, b = Σ_j (W_k … W_{j+1}) b_j; row: W = W_1 … W_k",
            r"W=W_k\cdots W_1,\ b=\sum_j(W_k\cdots W_{j+1})b_j",
        ),
        ("collapse", "collapse-two"),
        (
            Part("column, product", _first_to_last, _last_to_first, _product_of(row=False)),
            Part("column, bias", _each_by_its_own, _each_by_what_follows, _bias_of),
            Part("row, product", _last_to_first, _first_to_last, _product_of(row=True)),
        ),
        "Run for up to four layers; `collapse` carries it to every depth by induction.",
    ),
    Erratum(
        "E22",
        "wording",
        "App. A, §2.2",
        "affine, not linear",
        Form("x ↦ W x + b is a linear transformation", r"f(u+v)=f(u)+f(v)"),
        Form("it is affine; linear only where b = 0", r"f(su+(1-s)v)=sf(u)+(1-s)f(v)"),
        ("collapse", "collapse-two", "layer"),
        (
            Part(
                "equation",
                lambda f, u, v, s: f(u + v) - f(u) - f(v),
                lambda f, u, v, s: f(s * u + (1 - s) * v) - s * f(u) - (1 - s) * f(v),
                _equation,
            ),
        ),
        '"Linear layer" for an affine one is common usage.',
    ),
    Erratum(
        "E37",
        "omission",
        "App. A",
        "necessary for what is not said",
        Form(
            "activation functions are necessary, without saying for which functions; read for the "
            "paper's own example: no "
            "affine function decides AND",
            r"\text{AND}\notin\{\,[\,pa+qb+r>\tfrac12\,]\,\}",
        ),
        Form(
            "they are necessary for functions that are not affine: AND at threshold 1/2 needs none, XOR does",
            r"\text{XOR}\notin\{\,[\,pa+qb+r>\tfrac12\,]\,\}",
        ),
        ("activation-necessary", "collapse"),
        (Part("table", AND, XOR, _needs_activation),),
        "The appendix proves that depth adds nothing without activations, and that is right.",
    ),
)
