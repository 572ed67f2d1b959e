"""Errata of sections 4.1 to 4.3: the layer classes. Each fault stands in a small class of our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

from .erratum import Erratum, Finding, Form, NotShown, Part, Proof, Refutation
from .judging import attempt, column, compare, derivative, every, holds, matrix, seen_to_first_order

ALPHA = sp.Symbol("alpha", real=True)


def _array(symbols: Any) -> Any:
    """Turn a matrix of symbols into an object array, on which the NumPy code below runs."""
    return np.array(symbols.tolist(), dtype=object)


def _back(array: Any) -> Any:
    """Turn an object array back into a matrix of symbols."""
    if array.ndim != 2:
        raise NotShown(f"an array of shape {array.shape} is no matrix")
    return sp.Matrix(array.tolist())


class _Base:
    """Remembers what went in and what came out."""

    def __init__(self) -> None:
        self.input: Any = None
        self.output: Any = None


# ------------------------------------------------------------------ E12, E15: the dense layer's backward pass


class _Affine(_Base):
    def __init__(self, W: Any, b: Any) -> None:
        super().__init__()
        self.W, self.b = W.copy(), b.copy()

    def forward(self, x: Any) -> Any:
        self.input = x
        return self.W @ x + self.b


class _UpdatesFirst(_Affine):
    """Steps, and only then sends the gradient on: through the weights it has just changed."""

    def backward(self, g: Any, alpha: Any) -> Any:
        self.W = self.W - alpha * (g @ self.input.T)
        self.b = self.b - alpha * g.sum(axis=1, keepdims=True)
        return self.W.T @ g


class _UpdatesLast(_Affine):
    """Sends the gradient through the weights of the forward pass, then steps."""

    def backward(self, g: Any, alpha: Any) -> Any:
        onward = self.W.T @ g
        self.W = self.W - alpha * (g @ self.input.T)
        self.b = self.b - alpha * g.sum(axis=1, keepdims=True)
        return onward


class _BiasInPlace(_Affine):
    """Takes α g off the bias in place, whatever the batch."""

    def backward(self, g: Any, alpha: Any) -> Any:
        onward = self.W.T @ g
        self.W -= alpha * (g @ self.input.T)
        self.b -= alpha * g
        return onward


class _BiasSummed(_Affine):
    """Takes α times the sum over the examples off the bias."""

    def backward(self, g: Any, alpha: Any) -> Any:
        onward = self.W.T @ g
        self.W -= alpha * (g @ self.input.T)
        self.b -= alpha * g.sum(axis=1, keepdims=True)
        return onward


_SIZES = ((1, 1, 1), (2, 1, 1), (2, 3, 1), (2, 2, 2), (2, 3, 2))


def _problem(outputs: int, inputs: int, batch: int) -> tuple[Any, ...]:
    return (
        matrix("w", outputs, inputs),
        matrix("x", inputs, batch),
        column("b", outputs),
        matrix("g", outputs, batch),
    )


def _loss(W: Any, x: Any, b: Any, g: Any) -> Any:
    return seen_to_first_order(g, W * x + b * sp.ones(1, x.cols))


def _onward(form: type[Any]) -> Finding:
    """Judge what backward returns: dL/dx at the weights of the forward pass."""

    def at(sizes: tuple[int, int, int]) -> Finding:
        W, x, b, g = _problem(*sizes)
        layer = form(_array(W), _array(b))
        layer.forward(_array(x))
        said = _back(layer.backward(_array(g), ALPHA))
        true = derivative(_loss(W, x, b, g), x)
        found = compare(said, true, what=f"dL/dx returned, m, n, B = {sizes}")
        if isinstance(found, Refutation):
            excess = (said - true + ALPHA * (g * x.T).T * g).applyfunc(sp.expand)
            known = excess == sp.zeros(*excess.shape)
            told = "; off by −α (g xᵀ)ᵀ g" if known else ""
            return Refutation(
                found.method, found.text + told, {**found.data, "off by -alpha (g x^T)^T g": known}
            )
        return found

    return every(at(sizes) for sizes in _SIZES)


def _stepped(form: type[Any]) -> Finding:
    """Judge both parameters after backward, and that nothing changed where it raises."""

    def at(sizes: tuple[int, int, int]) -> Finding:
        W, x, b, g = _problem(*sizes)
        layer = form(_array(W), _array(b))
        layer.forward(_array(x))
        what = f"backward, m, n, B = {sizes}"
        try:
            layer.backward(_array(g), ALPHA)
        except ValueError as error:
            changed = bool((_array(W) != layer.W).any())
            told = "W had already been changed" if changed else "W had not been changed"
            name = type(error).__name__
            return Refutation(
                "exception",
                f"{what}: {name}: {error}; {told}",
                {"exception": name, "message": str(error), "weights changed": changed},
            )
        loss = _loss(W, x, b, g)
        return every(
            (
                compare(_back(layer.W), W - ALPHA * derivative(loss, W), what=f"W after {what}"),
                compare(_back(layer.b), b - ALPHA * derivative(loss, b), what=f"b after {what}"),
            )
        )

    return every(at(sizes) for sizes in _SIZES)


# ------------------------------------------------------------------ E13, E14, E26: the activation layer


class _Curve(_Base):
    def __init__(self, function: Any, slope: Any) -> None:
        super().__init__()
        self.function, self.slope = function, slope

    def forward(self, v: Any) -> Any:
        self.input = v
        return self.function(v)


class _CurveOfOne(_Curve):
    """Its backward pass has no place for a learning rate."""

    def backward(self, g: Any) -> Any:
        return g * self.slope(self.input)


class _CurveOfTwo(_Curve):
    """Its backward pass takes a learning rate and has no use for it."""

    def backward(self, g: Any, alpha: Any) -> Any:
        del alpha
        return g * self.slope(self.input)


def _driven(form: type[Any]) -> Finding:
    """Judge a layer by driving it as the training loop does: the same two arguments for every layer."""
    v, g = column("v", 2), column("g", 2)
    layer = form(lambda z: z**2, lambda z: 2 * z)

    def run() -> Finding:
        y = _back(layer.forward(_array(v)))
        grad: Any = _array(g)
        for each in reversed([layer]):
            grad = each.backward(grad, ALPHA)
        return compare(_back(grad), derivative(seen_to_first_order(g, y), v), what="dL/dv of y = v²")

    return attempt(run, "backward(g, α)")


def _made_in_class_body() -> Any:
    class Square(_CurveOfTwo):
        super().__init__(lambda z: z**2, lambda z: 2 * z)  # type: ignore[misc]

    return Square()  # type: ignore[call-arg]


def _made_in_init() -> Any:
    class Square(_CurveOfTwo):
        def __init__(self) -> None:
            super().__init__(lambda z: z**2, lambda z: 2 * z)

    return Square()


def _made(form: Callable[[], Any]) -> Finding:
    v, g = column("v", 2), column("g", 2)

    def run() -> Finding:
        layer = form()
        y = _back(layer.forward(_array(v)))
        slope = _back(layer.backward(_array(g), ALPHA))
        return every(
            (
                compare(y, v.applyfunc(lambda z: z * z), what="y = v²"),
                compare(slope, derivative(seen_to_first_order(g, y), v), what="dL/dv"),
            )
        )

    return attempt(run, "making the class")


def _entrywise(form: Callable[[Any, Any], Any]) -> Finding:
    """Judge g ⊙ something as NumPy computes it, for y = tanh(v)."""

    def at(size: int) -> Finding:
        v, g = column("v", size), column("g", size)
        y = v.applyfunc(sp.tanh)
        true = derivative(seen_to_first_order(g, y), v)
        return compare(_back(_array(g) * _array(form(v, y))), true, what=f"dL/dv, {size} entries")

    return every(at(size) for size in (1, 2, 3))


# ------------------------------------------------------------ E28, E32: what a layer inherits and remembers


class _ForgetsBase(_Base):
    def __init__(self, outputs: int, inputs: int) -> None:
        self.W, self.b = np.ones((outputs, inputs)), np.ones((outputs, 1))

    def forward(self, x: Any) -> Any:
        self.input = x
        return self.W @ x + self.b


class _CallsBase(_Base):
    def __init__(self, outputs: int, inputs: int) -> None:
        super().__init__()
        self.W, self.b = np.ones((outputs, inputs)), np.ones((outputs, 1))

    def forward(self, x: Any) -> Any:
        self.input = x
        return self.W @ x + self.b


class _KeepsOutput(_CallsBase):
    def forward(self, x: Any) -> Any:
        self.output = super().forward(x)
        return self.output


class _CurveForgetsBase(_Base):
    def __init__(self, outputs: int, inputs: int) -> None:
        del outputs, inputs
        self.function = np.tanh


class _CurveCallsBase(_Base):
    def __init__(self, outputs: int, inputs: int) -> None:
        del outputs, inputs
        super().__init__()
        self.function = np.tanh


def _input_before_forward(form: type[Any]) -> Finding:
    def run() -> Finding:
        remembered = form(3, 2).input
        return holds(
            remembered is None,
            Refutation(
                "counterexample", f"input before forward is {remembered!r}", {"input": repr(remembered)}
            ),
            Proof("run", "input before forward is there, and None", 1),
        )

    return attempt(run, "reading .input before forward")


def _sizes_of_layer(form: Callable[[Any], tuple[int, int]]) -> Finding:
    def run() -> Finding:
        sizes = [(outputs, inputs) for outputs in (1, 2, 3) for inputs in (1, 2, 3)]
        for outputs, inputs in sizes:
            said = form(_CallsBase(outputs, inputs))
            if said != (outputs, inputs):
                return Refutation(
                    "counterexample", f"said {said}, made with {(outputs, inputs)}", {"said": list(said)}
                )
        return Proof("run", f"the constructor's own sizes, {len(sizes)} layers", len(sizes))

    return attempt(run, "asking the base class for the sizes m and n")


def _sizes_from_base(layer: Any) -> tuple[int, int]:
    del layer
    base: Any = _Base()
    return base.m, base.n


def _sizes_from_weights(layer: Any) -> tuple[int, int]:
    return layer.W.shape[0], layer.W.shape[1]


def _output_after_forward(form: type[Any]) -> Finding:
    def run() -> Finding:
        cases = 0
        for batch in (1, 2):
            layer = form(3, 2)
            y = layer.forward(np.arange(2.0 * batch).reshape(2, batch))
            if layer.output is None or not np.array_equal(layer.output, y):
                told = f"forward returned shape {y.shape}, .output is {layer.output!r}"
                return Refutation(
                    "counterexample", told, {"shape": list(y.shape), "output": repr(layer.output)}
                )
            cases += 1
        return Proof("run", "after forward, .output is what forward returned", cases)

    return attempt(run, "reading .output after forward")


ERRATA = (
    Erratum(
        "E12",
        "wrong",
        "§4.2",
        "dense backward updates W before it uses W",
        Form(
            "W ← W − α g xᵀ; then dL/dx = Wᵀ g with the new W",
            r"\partial L/\partial x=(W-\alpha gx^\top)^\top g",
        ),
        Form(
            "dL/dx = Wᵀ g with the W of the forward pass; the printed order is off by −α (g xᵀ)ᵀ g, "
            "for one example "
            "−α‖g‖² x",
            r"\partial L/\partial x=W^\top g",
        ),
        ("input-gradient", "listing-dense", "weight-update"),
        (Part("returned gradient", _UpdatesFirst, _UpdatesLast, _onward),),
        "The error is of first order in α: at 0.001 training hides it.",
    ),
    Erratum(
        "E13",
        "wrong",
        "§4.3, §4.6",
        "activation backward takes one argument, training passes two",
        Form("backward(g) for activations, called as backward(g, α)", r"\text{backward}(g)"),
        Form(
            "every layer's backward takes what the loop passes (here: g and α)", r"\text{backward}(g,\alpha)"
        ),
        ("listing-activation", "listing-train"),
        (Part("call", _CurveOfOne, _CurveOfTwo, _driven),),
    ),
    Erratum(
        "E14",
        "wrong as extracted",
        "§4.3",
        "super().__init__ in the class body",
        Form(
            "the base is initialised in the body of the class, beside __init__",
            r"\text{class body: super().\_\_init\_\_(f, f')}",
        ),
        Form("the base is initialised inside __init__", r"\text{\_\_init\_\_: super().\_\_init\_\_(f, f')}"),
        ("listing-tanh",),
        (Part("class", _made_in_class_body, _made_in_init, _made),),
        "The text is an extraction; the indentation may have been lost there.",
    ),
    Erratum(
        "E15",
        "wrong for batches",
        "§4.2",
        "bias update in place without the sum over the batch",
        Form("b −= α g, for any batch", r"b\leftarrow b-\alpha g"),
        Form("b −= α Σ_k g_k", r"b\leftarrow b-\alpha\textstyle\sum_kg_{\cdot k}"),
        ("bias-update", "bias-gradient", "listing-dense"),
        (Part("update", _BiasInPlace, _BiasSummed, _stepped),),
        "Right for one example at a time, as the paper's training does.",
    ),
    Erratum(
        "E26",
        "wrong",
        "(21), first form",
        "g ⊙ ∂y/∂x, with ∂y/∂x a matrix",
        Form("dL/dx = ∂L/∂y ⊙ ∂y/∂x", r"\frac{\partial L}{\partial y}\odot\frac{\partial y}{\partial x}"),
        Form("dL/dx = ∂L/∂y ⊙ f′(x)", r"\frac{\partial L}{\partial y}\odot f'(x)"),
        ("activation-gradient",),
        (
            Part(
                "product",
                lambda v, y: y.jacobian(v),
                lambda v, y: sp.Matrix([sp.diff(y[i], v[i]) for i in range(v.rows)]),
                _entrywise,
            ),
        ),
        "Right if ∂y/∂x is read as the vector of the diagonal; everywhere else in the paper it is "
        "the matrix.",
    ),
    Erratum(
        "E28",
        "wrong",
        "§4.2",
        "dense inherits neither an input nor its sizes",
        Form(
            "a dense layer has .input from its base, and gets its sizes m and n from there",
            r"\text{Dense}\supset\text{Layer.input}, m, n",
        ),
        Form(
            "only after the base's constructor has run; the sizes are the layer's own arguments",
            r"\text{super().\_\_init\_\_()}",
        ),
        ("listing-layer", "listing-dense", "listing-activation"),
        (
            Part(".input of dense", _ForgetsBase, _CallsBase, _input_before_forward),
            Part(".input of activation", _CurveForgetsBase, _CurveCallsBase, _input_before_forward),
            Part("sizes", _sizes_from_base, _sizes_from_weights, _sizes_of_layer),
        ),
    ),
    Erratum(
        "E32",
        "omission",
        "§4.1–4.3",
        "no layer ever sets its output",
        Form("every layer has .output (base class); no forward pass sets it", r"\text{output}=\text{None}"),
        Form("forward stores what it returns in .output", r"\text{output}=\text{forward}(x)"),
        ("listing-layer", "listing-dense", "listing-activation"),
        (Part("output", _CallsBase, _KeepsOutput, _output_after_forward),),
        "Harmless in the listing, which never reads it. The fault is re-created with E28 mended; "
        "without, it raises.",
    ),
)
