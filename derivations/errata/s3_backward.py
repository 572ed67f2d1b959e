"""Errata of section 3.3: the derivations of (16) to (18), and their slips in both conventions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from .erratum import Erratum, Finding, Form, Part, Proof, Refutation
from .judging import Shape, column, compare, derivative, every, fits, holds, matrix, seen_to_first_order

M, N, B = sp.symbols("m n B", integer=True, positive=True)

# ------------------------------------------------------------------ E07: slips in the worked parts

Named = tuple[tuple[int, int], Callable[[Any, Any], Any]]


def _column_weight(form: Named) -> Finding:
    (row, place), said = form
    W, x, b, g = matrix("w", 3, 2), column("x", 2), column("b", 3), column("g", 3)
    true = derivative(seen_to_first_order(g, W * x + b), W)[row, place]
    return compare(said(g, x), true, what=f"∂L/∂w{row + 1}{place + 1}")


def _row_weight(form: Named) -> Finding:
    (row, place), said = form
    W, x, b, g = matrix("w", 3, 2), column("x", 3).T, column("b", 2).T, column("g", 2).T
    true = derivative(seen_to_first_order(g, x * W + b), W)[row, place]
    return compare(said(g, x), true, what=f"∂L/∂w{row + 1}{place + 1}")


def _row_entry(weight: tuple[int, int]) -> Callable[[tuple[int, int]], Finding]:
    """Judge a remark (entry, input): ∂y/∂w holds this input at this entry and zeros elsewhere."""

    def judge(form: tuple[int, int]) -> Finding:
        entry, which = form
        W, x, b = matrix("w", 3, 2), column("x", 3).T, column("b", 2).T
        true = (x * W + b).diff(W[weight])
        said = sp.Matrix(1, 2, lambda _, j: x[which - 1] if j == entry - 1 else 0)
        return compare(said, true, what=f"∂y/∂w{weight[0] + 1}{weight[1] + 1}")

    return judge


_STEP_1 = {"∂L/∂y": "∂L/∂y", "∂y/∂b": "∂y/∂b"}
_STEP_2 = {"∂L/∂y": "[∂L/∂y_1 … ∂L/∂y_n]", "∂y/∂b": "∂y/∂b"}


def _expanded(form: str) -> Finding:
    changed = [name for name in _STEP_1 if _STEP_1[name] != _STEP_2[name]]
    told = f"between steps 1 and 2 the factor that changes is {', '.join(changed)}"
    return holds(
        changed == [form],
        Refutation("symbolic difference", f"{told}, not {form}", {"changed": changed, "said": form}),
        Proof("exhaustive", told, len(_STEP_1)),
    )


# ------------------------------------------------------------------ E08: order of the factors

Product = Callable[[Any, Any], Any]


def _order(by: str) -> Callable[[Product], Finding]:
    sizes: dict[str, Any] = {"W": 1, "b": M, "x": N}

    def judge(form: Product) -> Finding:
        wanted = Shape(sizes[by], 1)
        shape = fits(lambda: form(Shape(M, 1), Shape(M, sizes[by])), wanted, f"∂L/∂y with ∂y/∂{by}")
        if isinstance(shape, Refutation):
            return shape
        W, x, b, g = matrix("w", 2, 3), column("x", 3), column("b", 2), column("g", 2)
        y = W * x + b
        unknowns = {"W": sp.Matrix([W[0, 0]]), "b": b, "x": x}[by]
        value = compare(
            form(g, y.jacobian(unknowns)),
            derivative(seen_to_first_order(g, y), unknowns),
            what=f"dL/d{by}" + (" for w11" if by == "W" else ""),
        )
        return every((shape, value))

    return judge


def _left(g: Any, jacobian: Any) -> Any:
    return g @ jacobian


def _transposed(g: Any, jacobian: Any) -> Any:
    return jacobian.T @ g


# ------------------------------------------------------------------ E09, E24: the bias over a batch


def _batch_bias(form: Callable[[Any], Any]) -> Finding:
    def at(outputs: int, batch: int) -> Finding:
        W, x, b = matrix("w", outputs, 2), matrix("x", 2, batch), column("b", outputs)
        g = matrix("g", outputs, batch)
        true = derivative(seen_to_first_order(g, W * x + b * sp.ones(1, batch)), b)
        return compare(form(g), true, what=f"dL/db, {outputs} outputs, {batch} examples")

    return every(at(*sizes) for sizes in ((1, 1), (2, 1), (2, 3), (1, 2), (2, 2)))


def _batch_space(form: tuple[Any, Any]) -> Finding:
    said = Shape(*form)
    return fits(lambda: Shape(M, N) @ Shape(N, B) + said, Shape(M, B), f"W X + (an element of ℝ^{said})")


def _what_is_summed(form: Callable[[list[Any], Any], Any]) -> Finding:
    def at(outputs: int, batch: int) -> Finding:
        b, c, t = column("b", outputs), matrix("c", outputs, batch), matrix("t", outputs, batch)
        v = c + b * sp.ones(1, batch)
        losses = [
            sum(((v - t)[:, k]).applyfunc(lambda e: e**2), sp.Integer(0)) / outputs for k in range(batch)
        ]
        g = 2 * (v - t) / outputs
        true = derivative(sum(losses, sp.Integer(0)), b)
        return compare(
            form(losses, g), true, what=f"dL/db of squared errors, {outputs} outputs, {batch} examples"
        )

    return every(at(*sizes) for sizes in ((1, 1), (1, 2), (2, 3)))


# ------------------------------------------------------------------ E27: letters of indices and sizes


def _pattern(form: Callable[[Any, Any, int, int], Any]) -> Finding:
    """Judge a pattern for input i and neuron j, the meaning §2.2 gives these letters."""

    def at(neurons: int, inputs: int) -> Finding:
        W, x, b, g = (
            matrix("w", neurons, inputs),
            column("x", inputs),
            column("b", neurons),
            column("g", neurons),
        )
        gradient = derivative(seen_to_first_order(g, W * x + b), W)
        said = sp.Matrix(inputs, neurons, lambda i, j: form(g, x, i, j))
        return compare(said, gradient.T, what="∂L by the weight from input (row) to neuron (column)")

    return every(at(*sizes) for sizes in ((1, 1), (2, 2), (3, 3)))


def _row_matrix(form: tuple[Any, Any]) -> Finding:
    return fits(lambda: Shape(1, N) @ Shape(*form), Shape(1, M), "x W with m neurons and n inputs, as in (3)")


# ------------------------------------------------------------------ E31: y before or after the activation

_slope = sp.Function("f'")


class _f(sp.Function):  # type: ignore[misc]  # noqa: N801 - any function, with f' as its derivative
    def fdiff(self, argindex: int = 1) -> Any:
        return _slope(self.args[0])


def _square(expression: Any) -> Any:
    """Put f(z) = z² for the undefined f, so that numbers can be shown."""
    return expression.replace(_f, lambda z: z**2).replace(_slope, lambda z: 2 * z)


def _after_activation(by: str) -> Callable[[Callable[[Any, Any, Any, Any], Any]], Finding]:
    def judge(form: Callable[[Any, Any, Any, Any], Any]) -> Finding:
        def at(outputs: int, inputs: int) -> Finding:
            W, x, b = matrix("w", outputs, inputs), column("x", inputs), column("b", outputs)
            g = column("g", outputs)
            v = W * x + b
            loss = seen_to_first_order(g, v.applyfunc(_f))
            true = derivative(loss, {"W": W, "b": b, "x": x}[by])
            said = form(g, v.applyfunc(_slope), x, W)
            return compare(said, true, what=f"dL/d{by}, y = f(Wx + b), {outputs}×{inputs}", stand_in=_square)

        return every(at(*sizes) for sizes in ((1, 1), (2, 1), (2, 3)))

    return judge


def _through(g: Any, slope: Any) -> Any:
    return g.multiply_elementwise(slope)


ERRATA = (
    Erratum(
        "E07",
        "wrong",
        "parts 1–3; App. B parts 2, 3, bias step 2",
        "slips in names and remarks",
        Form(
            "column part 3: ∂L/∂w11 = g_2 x_1; row part 2: ∂L/∂w12 under the name ∂L/∂w11, its x_1 "
            "in the first entry; "
            "row part 3: ∂y/∂w21 has x_1; row bias step 2: expansion of ∂y/∂b",
            r"\partial L/\partial w_{11}=\frac{\partial L}{\partial y_2}x_1",
        ),
        Form(
            "column part 3: ∂L/∂w21 = g_2 x_1; row part 2: ∂L/∂w12 = g_2 x_1, x_1 in the second "
            "entry; row part 3: "
            "x_2 in the first entry; row bias step 2: expansion of ∂L/∂y",
            r"\partial L/\partial w_{21}=\frac{\partial L}{\partial y_2}x_1\ \text{(column)},\quad"
            r"\partial L/\partial w_{12}=\frac{\partial L}{\partial y_2}x_1\ \text{(row)}",
        ),
        ("single-weight", "bias-gradient"),
        (
            Part(
                "column part 3",
                ((0, 0), lambda g, x: g[1] * x[0]),
                ((1, 0), lambda g, x: g[1] * x[0]),
                _column_weight,
            ),
            Part(
                "row part 2",
                ((0, 0), lambda g, x: g[1] * x[0]),
                ((0, 1), lambda g, x: g[1] * x[0]),
                _row_weight,
            ),
            Part("row part 2, remark", (1, 1), (2, 1), _row_entry((0, 1))),
            Part("row part 3, remark", (1, 1), (1, 2), _row_entry((1, 0))),
            Part("row bias step 2", "∂y/∂b", "∂L/∂y", _expanded),
        ),
    ),
    Erratum(
        "E08",
        "wrong",
        "column derivations of (16)–(18)",
        "the column ∂L/∂y stands on the wrong side",
        Form(
            "∂L/∂w = g · ∂y/∂w, ∂L/∂b = g · I, ∂L/∂x = g · ∂y/∂x, g a column",
            r"\frac{\partial L}{\partial y}\frac{\partial y}{\partial x},\ \frac{\partial L}{\partial y}\,I",
        ),
        Form(
            "∂L/∂w = (∂y/∂w)ᵀ g, ∂L/∂b = Iᵀ g, ∂L/∂x = (∂y/∂x)ᵀ g = Wᵀ g",
            r"\bigl(\tfrac{\partial y}{\partial x}\bigr)^\top\frac{\partial L}{\partial y}="
            r"W^\top\frac{\partial L}{\partial y}",
        ),
        ("dense-jacobians", "weight-gradient", "bias-gradient", "input-gradient"),
        (
            Part("(16), one weight", _left, _transposed, _order("W")),
            Part("(17)", _left, _transposed, _order("b")),
            Part("(18)", _left, _transposed, _order("x")),
        ),
        "The results (16)–(18) themselves are right; with g as a row, as in App. B, so is the order.",
    ),
    Erratum(
        "E09",
        "wrong",
        "(17)",
        "the bias gradient of a batch is not ∂L/∂Y",
        Form(
            "dL/db = [Σ_B ∂L/∂y_j]_j = ∂L/∂Y; the batch space is ℝ^{B×n}",
            r"\frac{\partial L}{\partial b}=\frac{\partial L}{\partial Y},\ \mathbb R^{B\times n}",
        ),
        Form(
            "dL/db = Σ_k (∂L/∂Y)_{·k}, of shape (m, 1); in columns the batch space is ℝ^{m×B}",
            r"\frac{\partial L}{\partial b}=\sum_{k="
            r"1}^B\Bigl(\frac{\partial L}{\partial Y}\Bigr)_{\cdot k},\ \mathbb R^{m\times B}",
        ),
        ("bias-gradient",),
        (
            Part("value", lambda g: g, lambda g: g * sp.ones(g.cols, 1), _batch_bias),
            Part("batch space", (B, N), (M, B), _batch_space),
        ),
    ),
    Erratum(
        "E24",
        "wrong",
        "(17), App. B",
        "losses are not what is summed",
        Form("dL/db over a batch requires the summation of the losses", r"\partial L/\partial b=\sum_kL_k"),
        Form(
            "dL/db over a batch is the sum of the gradients of its examples",
            r"\partial L/\partial b=\sum_k\partial L_k/\partial y_k",
        ),
        ("bias-gradient", "batch-reduction"),
        (
            Part(
                "what is summed",
                lambda losses, g: sum(losses, sp.Integer(0)),
                lambda losses, g: g * sp.ones(g.cols, 1),
                _what_is_summed,
            ),
        ),
        'The formula that follows the words sums gradients, and is right. Read as "differentiate the '
        'summed loss" '
        "the words are right too; as printed they name the losses as what is added up.",
    ),
    Erratum(
        "E27",
        "ambiguous",
        "patterns before (16), (24); App. B",
        "i, j and m, n change their meaning",
        Form(
            "∂L/∂w = g_i x_j with i the input and j the neuron, as in §2.2; W is m × n with m "
            "neurons in both conventions",
            r"\frac{\partial L}{\partial y_i}x_j",
        ),
        Form(
            "g_j x_i for input i and neuron j (the printed pattern means row i and column j); with m "
            "neurons and n inputs "
            "the row convention's W is n × m",
            r"\frac{\partial L}{\partial y_j}x_i",
        ),
        ("weight-gradient", "weight-index", "shapes"),
        (
            Part("pattern of (16)", lambda g, x, i, j: g[i] * x[j], lambda g, x, i, j: g[j] * x[i], _pattern),
            Part("m and n", (M, N), (N, M), _row_matrix),
        ),
        "With the letters as each section redefines them, both patterns are right.",
    ),
    Erratum(
        "E31",
        "ambiguous",
        "(3), (14), (22), (23)",
        "y is taken before and after the activation",
        Form(
            "(16)–(18) with y = f(Wx + b) of (3): dL/dW = ∂L/∂y xᵀ, dL/db = ∂L/∂y, dL/dx = Wᵀ ∂L/∂y",
            r"y=f(Wx+b):\ \frac{\partial L}{\partial W}=\frac{\partial L}{\partial y}x^\top",
        ),
        Form(
            "with y = f(v): the same with ∂L/∂v = ∂L/∂y ⊙ f′(v) in place of ∂L/∂y",
            r"\frac{\partial L}{\partial W}=\Bigl(\frac{\partial L}{\partial y}\odot f'(v)\Bigr)x^\top",
        ),
        ("layer", "weight-gradient", "bias-gradient", "input-gradient", "activation-gradient", "chain"),
        (
            Part(
                "(16)",
                lambda g, s, x, W: g * x.T,
                lambda g, s, x, W: _through(g, s) * x.T,
                _after_activation("W"),
            ),
            Part("(17)", lambda g, s, x, W: g, lambda g, s, x, W: _through(g, s), _after_activation("b")),
            Part(
                "(18)",
                lambda g, s, x, W: W.T * g,
                lambda g, s, x, W: W.T * _through(g, s),
                _after_activation("x"),
            ),
        ),
        "With y = Wx + b of (14), (23) they are right as printed. Proved for an undefined f; the "
        "numbers use f(z) = z².",
    ),
)
