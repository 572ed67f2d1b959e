"""Errata of section 2: neuron, layers, parameters, activation functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from typing import Any

import sympy as sp

from .erratum import Erratum, Finding, Form, Part, Proof, Refutation
from .judging import Shape, attempt, column, compare, derivative, every, fits, matrix, seen_to_first_order

# ------------------------------------------------------------------ E01, E23: the number of parameters

Count = Callable[[dict[int, int]], int]


def _networks() -> Iterator[tuple[int, ...]]:
    yield (2, 3, 1)
    for depth in (2, 3, 4):
        yield from product((1, 2, 3), repeat=depth)


def _counted(sizes: Sequence[int]) -> int:
    """Count what there is: a weight for each pair of neighbours, a bias for each neuron that computes."""
    pairs = sum(1 for before, after in pairwise(sizes) for _ in product(range(before), range(after)))
    return pairs + sum(1 for after in sizes[1:] for _ in range(after))


def _parameters(form: Count) -> Finding:
    cases = 0
    for sizes in _networks():
        n = dict(enumerate(sizes, start=1))
        said, true = form(n), _counted(sizes)
        if said != true:
            return Refutation(
                "counterexample",
                f"layers of {', '.join(map(str, sizes))}: said {said} parameters, counted {true}",
                {"sizes": list(sizes), "said": said, "true": true},
            )
        cases += 1
    return Proof(
        "exhaustive", f"equals the count in all {cases} networks of 2 to 4 layers with 1 to 3 neurons", cases
    )


def _summed_to(last: Callable[[int], int]) -> Count:
    return lambda n: sum(n[i] * n[i + 1] + n[i + 1] for i in range(1, last(len(n)) + 1))


def _second_term_outside(n: dict[int, int]) -> int:
    last = len(n) - 1
    return sum(n[i] * n[i + 1] for i in range(1, last + 1)) + n[last + 1]


def _e01(form: Count) -> Finding:
    return attempt(lambda: _parameters(form), "L = 3 layers of n_1, n_2, n_3 = 2, 3, 1, asked for n_4")


# ------------------------------------------------------------------ E02: softmax is not element by element


def _softmax(x: Any) -> Any:
    return x.applyfunc(sp.exp) / sum(x.applyfunc(sp.exp), sp.Integer(0))


def _softmax_jacobian(form: Callable[[Any], Any]) -> Finding:
    def at(size: int) -> Finding:
        x = column("x", size)
        return compare(form(_softmax(x)), _softmax(x).jacobian(x), what=f"Jacobian, {size} outputs")

    return every(at(size) for size in (1, 2, 3))


def _softmax_backward(form: Callable[[Any, Any], Any]) -> Finding:
    def at(size: int) -> Finding:
        x, g = column("x", size), column("g", size)
        true = derivative(seen_to_first_order(g, _softmax(x)), x)
        return compare(form(_softmax(x), g), true, what=f"dL/dx, {size} outputs")

    return every(at(size) for size in (1, 2, 3))


def _own_slope(p: Any) -> Any:
    return p.applyfunc(lambda entry: entry * (1 - entry))


# ------------------------------------------------------------------ E06, E23: the neuron


def _neuron_index(form: Callable[[Any, int, int], Any]) -> Finding:
    def at(neurons: int, inputs: int) -> Finding:
        W, x, b = matrix("w", neurons, inputs), column("x", inputs), column("b", neurons)
        said = [sum((form(W, i, j) * x[i] for i in range(inputs)), b[j]) for j in range(neurons)]
        return compare(sp.Matrix(said), W * x + b, what=f"{neurons} neurons with {inputs} inputs")

    sizes = ((1, 1), (2, 2), (2, 3), (3, 1))
    return attempt(lambda: every(at(*size) for size in sizes), "a matrix that is not square")


def _neuron_bias(form: Callable[[Sequence[Any], Any], Any]) -> Finding:
    def at(inputs: int) -> Finding:
        W, x, b = matrix("w", 1, inputs), column("x", inputs), sp.Symbol("b", real=True)
        return compare(
            form([W[0, i] * x[i] for i in range(inputs)], b), (W * x)[0, 0] + b, what=f"{inputs} inputs"
        )

    return every(at(inputs) for inputs in (1, 2, 3))


# ------------------------------------------------------------------ E30: one number per neuron


def _bias_shape(form: Callable[[Any], Shape]) -> Finding:
    m, n = sp.symbols("m n", integer=True, positive=True)
    return fits(lambda: Shape(m, n) @ Shape(n, 1) + form(m), Shape(m, 1), "W x + b")


ERRATA = (
    Erratum(
        "E01",
        "ambiguous",
        "(2)",
        "the sum over layers runs one too far if the input is a layer",
        Form(
            "N = Σ_{i=1}^{L} (n_i n_{i+1} + n_{i+1}), L = number of layers, input layer included",
            r"N=\sum_{i=1}^{L} n_i n_{i+1}+n_{i+1}",
        ),
        Form(
            "N = Σ_{i=1}^{L−1} (n_i n_{i+1} + n_{i+1}) for L layers, input layer included",
            r"N=\sum_{i=1}^{L-1}\left(n_i n_{i+1}+n_{i+1}\right)",
        ),
        ("parameter-count",),
        (
            Part(
                "upper limit", _summed_to(lambda layers: layers), _summed_to(lambda layers: layers - 1), _e01
            ),
        ),
        "With L = number of layers that compute, the printed limit is right.",
    ),
    Erratum(
        "E02",
        "wrong",
        "(7), (21), §2.3 step 3",
        "softmax is not applied element by element",
        Form(
            "∂f_i/∂x_j = 0 for i ≠ j; dL/dx = g ⊙ f′(x)",
            r"\partial L/\partial x=g\odot f'(x)\ \text{for each activation of §2.2}",
        ),
        Form(
            "∂p/∂x = diag(p) − p pᵀ; dL/dx = p ⊙ (g − Σ_i g_i p_i)",
            r"\frac{\partial p}{\partial x}=\operatorname{diag}(p)-pp^\top,\quad"
            r"\frac{\partial L}{\partial x}=p\odot\bigl(g-\textstyle\sum_i g_ip_i\bigr)",
        ),
        ("softmax", "activation-gradient"),
        (
            Part(
                "Jacobian",
                lambda p: sp.diag(*_own_slope(p)),
                lambda p: sp.diag(*p) - p * p.T,
                _softmax_jacobian,
            ),
            Part(
                "backward",
                lambda p, g: g.multiply_elementwise(_own_slope(p)),
                lambda p, g: p.multiply_elementwise(g - sp.ones(p.rows, 1) * (g.T * p)),
                _softmax_backward,
            ),
        ),
        "For ReLU, sigmoid and tanh the element-wise form is right.",
    ),
    Erratum(
        "E06",
        "ambiguous",
        "(1)",
        "index order of the weight in the neuron equation",
        Form(
            "y_j = f(Σ_i w_ij x_i + b_j), read with the matrix of the column section (row = neuron)",
            r"y_j=f\bigl(\sum_i w_{ij}x_i+b_j\bigr)",
        ),
        Form(
            "y_j = f(Σ_i w_ji x_i + b_j) in the column convention; w_ij is the row convention's",
            r"y_j=f\bigl(\sum_i w_{ji}x_i+b_j\bigr)",
        ),
        ("neuron", "weight-index"),
        (Part("index order", lambda W, i, j: W[i, j], lambda W, i, j: W[j, i], _neuron_index),),
    ),
    Erratum(
        "E23",
        "ambiguous",
        "(1), (2)",
        "how far a sum without brackets reaches",
        Form(
            "(1) with the bias inside the sum; (2) with n_{i+1} outside it (i then stands for its "
            "last value)",
            r"\sum_i(w_{ij}x_i+b_j);\quad\bigl(\sum_i n_in_{i+1}\bigr)+n_{i+1}",
        ),
        Form(
            "(1): (Σ_i w x_i) + b_j; (2): Σ_i (n_i n_{i+1} + n_{i+1}); no single rule of reading gives both",
            r"\bigl(\sum_i w_{ij}x_i\bigr)+b_j;\quad\sum_i(n_in_{i+1}+n_{i+1})",
        ),
        ("neuron", "parameter-count"),
        (
            Part(
                "(1)",
                lambda terms, b: sum((term + b for term in terms), sp.Integer(0)),
                lambda terms, b: sum(terms, sp.Integer(0)) + b,
                _neuron_bias,
            ),
            Part("(2)", _second_term_outside, _summed_to(lambda layers: layers - 1), _parameters),
        ),
    ),
    Erratum(
        "E30",
        "wording",
        "§2.2",
        "a bias vector for each neuron",
        Form(
            "each of the m neurons of a layer has a vector b of m entries (m² numbers)",
            r"\vec b\in\mathbb R^m\ \text{for each neuron}",
        ),
        Form(
            "each neuron has one number b_j; the layer has one vector b of m entries",
            r"\vec b\in\mathbb R^m\ \text{per layer}",
        ),
        ("layer",),
        (Part("shape of b", lambda m: Shape(m, m), lambda m: Shape(m, 1), _bias_shape),),
    ),
)
