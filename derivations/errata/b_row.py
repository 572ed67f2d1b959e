"""Errata of appendix B, the row convention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from .erratum import Erratum, Finding, Form, Part, Proof, Refutation
from .judging import Shape, attempt, column, compare, derivative, every, fits, matrix, seen_to_first_order

M, N = sp.symbols("m n", integer=True, positive=True)

# ------------------------------------------------------------------ E10: entries of the row bias


def _bias_entries(form: Any) -> Finding:
    return fits(lambda: Shape(1, M) @ Shape(M, N) + Shape(1, form), Shape(1, N), "x W + b, W m × n")


# ------------------------------------------------------------------ E11: examples in the batch matrix


def _examples(form: Callable[[Sequence[Any]], Any]) -> Finding:
    def at(inputs: int, batch: int, outputs: int) -> Finding:
        W, b = matrix("w", inputs, outputs), column("b", outputs).T
        rows = [matrix("x", batch, inputs)[k, :] for k in range(batch)]
        g = matrix("g", batch, outputs)
        each = sum((seen_to_first_order(g[k, :], rows[k] * W + b) for k in range(batch)), sp.Integer(0))
        said = form(rows).T * g
        return compare(
            said, derivative(each, W), what=f"Xᵀ ∂L/∂Y, {inputs} inputs, {batch} examples, {outputs} outputs"
        )

    sizes = ((1, 1, 1), (2, 2, 1), (3, 2, 2))
    return attempt(lambda: every(at(*size) for size in sizes), "Xᵀ ∂L/∂Y")


# ------------------------------------------------------------------ E29: the same computation, transposed


def _relation(form: str) -> Finding:
    """Judge how the row computation on transposed arguments relates to the column computation."""

    def parts(outputs: int, inputs: int, batch: int) -> dict[str, tuple[Any, Any]]:
        W, x, b = matrix("w", outputs, inputs), matrix("x", inputs, batch), column("b", outputs)
        g, alpha = matrix("g", outputs, batch), sp.Symbol("alpha", real=True)
        forward = W * x + b * sp.ones(1, batch), x.T * W.T + sp.ones(batch, 1) * b.T
        weights = g * x.T, (x.T).T * g.T
        biases = g * sp.ones(batch, 1), sp.ones(1, batch) * g.T
        return {
            "forward": forward,
            "dL/dW": weights,
            "dL/db": biases,
            "dL/dx": (W.T * g, g.T * (W.T).T),
            "updated W": (W - alpha * weights[0], W.T - alpha * weights[1]),
            "updated b": (b - alpha * biases[0], b.T - alpha * biases[1]),
        }

    compared = 0
    first = ""
    for sizes in ((1, 1, 1), (2, 3, 1), (2, 3, 2)):
        for name, (by_columns, by_rows) in parts(*sizes).items():
            gap = (by_rows - by_columns.T).applyfunc(sp.expand)
            compared += gap.rows * gap.cols
            if gap != sp.zeros(*gap.shape) and not first:
                first = f"{name} at m, n, B = {sizes}: {gap.tolist()}"
    found = "different" if first else "transposed"
    told = (
        first
        or f"row results minus transposed column results are 0 in all {compared} entries (forward, "
        "gradients, updates)"
    )
    if form == found:
        return Proof("symbols", told, compared)
    return Refutation("symbolic difference", f"not {form}: {told}", {"entries": compared, "found": found})


ERRATA = (
    Erratum(
        "E10",
        "wrong",
        "App. B",
        "the row bias has one entry per neuron, not per input",
        Form("b = [b_1 … b_i], i the number of inputs as in the matrix beside it", r"\vec b=[b_1\cdots b_i]"),
        Form("b = [b_1 … b_j], one entry per neuron (n of them)", r"\vec b=[b_1\cdots b_n]"),
        ("layer", "shapes"),
        (Part("entries", M, N, _bias_entries),),
        "(23) has it right.",
    ),
    Erratum(
        "E11",
        "wrong",
        "after (24)",
        "examples are rows of X",
        Form(
            "each training example is a column of X", r"X=[x_1^\top\cdots x_B^\top]\in\mathbb R^{m\times B}"
        ),
        Form(
            "each training example is a row of X; then Xᵀ ∂L/∂Y = Σ_k x_kᵀ g_k", r"X\in\mathbb R^{B\times m}"
        ),
        ("weight-gradient", "shapes"),
        (
            Part(
                "examples",
                lambda rows: sp.Matrix.hstack(*[row.T for row in rows]),
                lambda rows: sp.Matrix.vstack(*rows),
                _examples,
            ),
        ),
        "They are columns of Xᵀ, which may be what was meant.",
    ),
    Erratum(
        "E29",
        "wording",
        "final note",
        "not a fundamentally different computation",
        Form(
            "the row convention performs the matrix mathematics in a fundamentally different way",
            r"\text{row}\neq\text{column}^\top",
        ),
        Form("it is the same computation, transposed", r"(Wx+b)^\top=x^\top W^\top+b^\top"),
        ("duality", "shapes"),
        (Part("relation", "different", "transposed", _relation),),
        "That one has to keep to one convention is right.",
    ),
)
