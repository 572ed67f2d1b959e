"""What a wrong result may be instead: the classic mistakes, each computed on the numbers of the case.

They decide about words, never about a verdict. Arrays are in column layout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ..adapters.end_to_end import LOSSES, Architecture
from ..claims.s3_2_losses import VARIABLES, total
from ..laws import GradientLaw, Law, ValueLaw
from .vectorised import Array, Reference

if TYPE_CHECKING:
    from .cases import Case

Suspects = Iterator[tuple[str, Array]]

RATES = (1.0, 0.5, 0.1, 0.01, 0.001)
"""Learning rates that are tried for a gradient that was taken after the update."""

_NAMES = {
    "mse": "the mean squared error",
    "half-mse": "half the mean squared error",
    "squared-error": "the squared error added up over the outputs",
    "half-squared-error": "half the squared error added up over the outputs",
    "mae": "the mean absolute error",
    "absolute-error": "the absolute error added up over the outputs",
    "cross-entropy": "the cross-entropy",
    "categorical-cross-entropy": "the cross-entropy",
    "binary-cross-entropy": "the binary cross-entropy",
    "mean-binary-cross-entropy": "the binary cross-entropy averaged over the outputs",
    "fused-softmax": "the cross-entropy of the softmax of the logits",
    "fused-sigmoid": "the binary cross-entropy of the sigmoid of the logits",
    "mean-fused-sigmoid": "the binary cross-entropy of the sigmoid, averaged over the outputs",
    "hinge": "the hinge loss",
}


def sigmoid(v: Array) -> Array:
    """Compute the sigmoid without overflow."""
    return np.asarray(np.exp(-np.logaddexp(0, -v)))


def softmax(v: Array) -> Array:
    """Compute the softmax over features."""
    e = np.exp(v - v.max(axis=0, keepdims=True))
    return np.asarray(e / e.sum(axis=0, keepdims=True))


VALUES: Mapping[str, Callable[[Array], Array]] = {
    "identity": lambda v: v,
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "relu": lambda v: np.maximum(v, 0),
    "softmax": softmax,
}


def pulled(kind: str, v: Array, g: Array) -> Array:
    """Take an upstream gradient through an activation, rightly."""
    y = VALUES[kind](v)
    if kind == "tanh":
        return np.asarray(g * (1 - y * y))
    if kind == "sigmoid":
        return np.asarray(g * y * (1 - y))
    if kind == "relu":
        return np.asarray(g * (v > 0))
    if kind == "softmax":
        return np.asarray(y * (g - (g * y).sum(axis=0, keepdims=True)))
    return g


Pull = Callable[[Array, Array], Array]


def wrong_pulls(kind: str) -> dict[str, Pull]:
    """Name the mistakes that are made in an activation's backward pass."""
    if kind == "identity":
        return {}
    value = VALUES[kind]
    found: dict[str, Pull] = {"the upstream gradient with no slope at all": lambda v, g: g}
    if kind == "softmax":
        found |= {
            "what the diagonal of the softmax Jacobian alone gives: softmax treated element by element": (
                lambda v, g: g * value(v) * (1 - value(v))
            ),
            "the upstream gradient times the softmax: the Jacobian without its second term": (
                lambda v, g: g * value(v)
            ),
            "what a softmax over the wrong axis gives": lambda v, g: pulled("softmax", v.T, g.T).T,
        }
        return found
    found["the slope alone, without the upstream gradient"] = lambda v, g: pulled(kind, v, np.ones_like(g))
    found["the slope multiplied in twice"] = lambda v, g: pulled(kind, v, pulled(kind, v, g))
    if kind in ("tanh", "sigmoid"):
        found["the slope at y instead of v: the derivative is handed the output"] = lambda v, g: pulled(
            kind, value(v), g
        )
    if kind == "tanh":
        found["1 - v² for a slope: the formula 1 - y² was handed v instead of y"] = lambda v, g: (
            g * (1 - v * v)
        )
        found["1 - y for a slope, without the square"] = lambda v, g: g * (1 - np.tanh(v))
        found["1 + y² for a slope"] = lambda v, g: g * (1 + np.tanh(v) ** 2)
    if kind == "sigmoid":
        found["v (1 - v) for a slope: the formula y (1 - y) was handed v instead of y"] = lambda v, g: (
            g * v * (1 - v)
        )
        found["y for a slope, without the factor 1 - y"] = lambda v, g: g * value(v)
        found["1 - y for a slope, without the factor y"] = lambda v, g: g * (1 - value(v))
        found["1 - y² for a slope, which is that of tanh"] = lambda v, g: g * (1 - value(v) ** 2)
    if kind == "relu":
        found["the upstream gradient where it is itself positive: its sign was asked for, not that of v"] = (
            lambda v, g: np.maximum(g, 0)
        )
        found["the upstream gradient where v is negative"] = lambda v, g: g * (v < 0)
        found["0.01 for the slope where v is negative: a leaky ReLU"] = lambda v, g: np.where(
            v > 0, g, 0.01 * g
        )
        found["v itself for a slope"] = lambda v, g: g * np.maximum(v, 0)
    return found


# --- losses ---


def loss_slopes(name: str, reduction: str, y: Array, t: Array) -> Array:
    """Give the gradient of a named loss by the prediction, in column layout."""
    # Asked for once for every parameter of a network, with the same predictions.
    y, t = np.asarray(y, dtype=np.float64), np.asarray(t, dtype=np.float64)
    return _loss_slopes(name, reduction, y.shape, y.tobytes(), t.shape, t.tobytes()).copy()


@lru_cache(maxsize=256)
def _loss_slopes(
    name: str, reduction: str, shape: tuple[int, ...], y: bytes, of_targets: tuple[int, ...], t: bytes
) -> Array:
    sizes = {"one": 1, "n": shape[0], "B": shape[1]}
    law = GradientLaw(
        part=name,
        variables=VARIABLES,
        needs=(),
        run=lambda s, v: None,
        loss=total(LOSSES[name].definition, reduction),
        by=("y",),
    )
    arrays = {"y": np.frombuffer(y).reshape(shape), "t": np.frombuffer(t).reshape(of_targets)}
    return np.asarray(Reference(law, sizes, arrays).right["y"], dtype=float)


def loss_value(name: str, reduction: str, y: Array, t: Array) -> Array:
    """Give the value of a named loss."""
    sizes = {"one": 1, "n": y.shape[0], "B": y.shape[1]}
    law = ValueLaw(
        part=name,
        variables=VARIABLES,
        needs=(),
        run=lambda s, v: None,
        definition=lambda w, a: lambda: total(LOSSES[name].definition, reduction)(w, a),
    )
    return np.asarray(Reference(law, sizes, {"y": y, "t": t}).right[""], dtype=float)


FUSED = {"fused-softmax": "softmax", "fused-sigmoid": "sigmoid", "mean-fused-sigmoid": "sigmoid"}
"""Losses that have the last activation in them."""


def fused_slopes(kind: str, y: Array, t: Array) -> dict[str, Array]:
    """Name the mistakes that are made where the activation is in the loss: gradients by the logits of one example."""
    by_prediction = -t / y if kind == "softmax" else (y - t) / (y * (1 - y))
    twice = f"the slope of the {kind} applied to y - t, which has it already"
    found = {
        "the gradient by the prediction, with no slope at all": by_prediction,
        twice: pulled_by_output(kind, y, y - t),
    }
    if kind == "softmax":
        found[f"{twice} (as y (1 - y))"] = (y - t) * y * (1 - y)
        found["what the diagonal of the softmax Jacobian alone gives: softmax treated element by element"] = (
            -t * (1 - y)
        )
    return found


def pulled_by_output(kind: str, y: Array, g: Array) -> Array:
    """Take an upstream gradient through a sigmoid or softmax whose output is known."""
    if kind == "softmax":
        return np.asarray(y * (g - (g * y).sum(axis=0, keepdims=True)))
    return np.asarray(g * y * (1 - y))


def _of_fused(kind: str, logits: Array, t: Array) -> Suspects:
    for told, slope in fused_slopes(kind, VALUES[kind](logits), t).items():
        yield told, slope
        yield f"{told}, averaged over the batch", slope / t.shape[1]


def _other_losses(y: Array, t: Array, slopes: bool) -> Suspects:
    what = "the gradient of " if slopes else ""
    for name in LOSSES:
        for reduction in ("mean", "sum"):
            told = f"{what}{_NAMES[name]}, {reduction} over the batch"
            try:
                yield told, (loss_slopes if slopes else loss_value)(name, reduction, y, t)
            except (ArithmeticError, ValueError):
                continue
    if slopes:
        yield "y - t, which is the gradient by the logits, not by the prediction", y - t
        yield "t - y, which is minus the gradient by the logits, not by the prediction", t - y
        yield "y - t averaged over the batch, which is the gradient by the logits", (y - t) / y.shape[1]


# --- one dense layer ---


def _dense(name: str, v: Mapping[str, Array], wrong: Array | None, right: Array) -> Suspects:
    W, x, g = v["W"], v["x"], v["g"]
    square = W.shape[0] == W.shape[1]
    if name == "W":
        for place, told in ((0, "first"), (-1, "last")):
            if x.shape[1] > 1:
                yield f"the share of the {told} example alone", np.outer(g[:, place], x[:, place])
        yield (
            "the product of the sums over the batch, not the sum of the products",
            np.outer(g.sum(axis=1), x.sum(axis=1)),
        )
        yield from _decayed(wrong, right, W)
        yield (
            "the gradient with x left out: the upstream gradient for every input",
            np.repeat(g.sum(axis=1, keepdims=True), x.shape[0], axis=1),
        )
    if name == "b":
        yield "the upstream gradient, not added up over the batch", g
        yield (
            "the upstream gradient added up over the wrong axis: the neurons, not the examples",
            g.sum(axis=0, keepdims=True),
        )
        yield (
            "the upstream gradient added up over the wrong axis: the neurons, not the examples",
            g.sum(axis=0, keepdims=True).T,
        )
        yield "the upstream gradient added up over everything", np.full_like(right, g.sum())
        for place, told in ((0, "first"), (-1, "last")):
            if x.shape[1] > 1:
                yield f"the share of the {told} example alone", g[:, [place]]
    if name == "x":
        if square:
            yield "W applied as it is, without its transpose", W @ g
        yield "the upstream gradient, not multiplied by W", g
        if wrong is not None and wrong.shape == right.shape:
            yield from _updated(wrong, right, -(g @ x.T).T @ g)
            yield from _updated(wrong, right, -x * (g * g).sum(axis=0, keepdims=True))  # one by one


def _updated(wrong: Array, right: Array, along: Array) -> Suspects:
    """Find the learning rate at which the weights were updated, if they were."""
    length = float((along * along).sum())
    if not length:
        return
    rate = float(((wrong - right) * along).sum()) / length
    told = "subtracted" if rate > 0 else "added"
    yield (
        f"the gradient through weights that are already updated ({abs(rate):.4g} times their gradient {told})",
        right + rate * along,
    )


def _dense_forward(v: Mapping[str, Array]) -> Suspects:
    W, x = v["W"], v["x"]
    b = v.get("b")
    yield "W x without the bias", W @ x
    if W.shape[0] == W.shape[1]:
        yield "the transpose of W applied to x", W.T @ x + (0 if b is None else b)
        if b is not None and b.shape[0] == x.shape[1]:
            yield "W x with the bias added along the wrong axis", W @ x + b.T
    if b is not None:
        yield "W x minus the bias", W @ x - b


# --- a whole network ---

Pulling = Callable[[int, str, Array, Array], Array]
Carrying = Callable[[Array, Array, Array], Array]


class Pass:
    """A plain pass of a network, in which one thing can be done wrongly."""

    def __init__(self, description: Architecture, arrays: Mapping[str, Array]) -> None:
        self.of = description
        self.arrays = arrays
        self.inputs = [arrays["x"]]
        self.before: list[Array] = []
        for layer, kind in enumerate(description.activations, start=1):
            v = arrays[f"W{layer}"] @ self.inputs[-1]
            if description.biased:
                v = v + arrays[f"b{layer}"]
            self.before.append(v)
            self.inputs.append(VALUES[kind](v))

    def slopes(self, loss: str = "", reduction: str = "") -> Array:
        """Give the gradient by the prediction, if it is not given from outside."""
        if "g" in self.arrays:
            return self.arrays["g"]
        return loss_slopes(
            loss or self.of.loss, reduction or self.of.reduction, self.inputs[-1], self.arrays["t"]
        )

    def back(
        self, g: Array, pull: Pulling | None = None, carry: Carrying | None = None, batch: bool = True
    ) -> dict[str, Array]:
        """Run back; ``pull(layer, kind, v, g)`` and ``carry(W, dW, g)`` may do it wrongly.

        Without ``batch``, one example goes after the other, each with the parameters as they were.
        """
        if not batch and g.shape[1] > 1:
            return self._one_by_one(g, pull, carry)
        found: dict[str, Array] = {}
        for layer in range(self.of.depth, 0, -1):
            kind, v = self.of.activations[layer - 1], self.before[layer - 1]
            g = pull(layer, kind, v, g) if pull is not None else pulled(kind, v, g)
            W = self.arrays[f"W{layer}"]
            found[f"W{layer}"] = g @ self.inputs[layer - 1].T
            if self.of.penalty:
                found[f"W{layer}"] = found[f"W{layer}"] + W * float(self.of.penalty) / v.shape[1]
            found[f"b{layer}"] = g.sum(axis=1, keepdims=True)
            g = carry(W, found[f"W{layer}"], g) if carry is not None else W.T @ g
        found["x"] = g
        return found

    def upstream(self, g: Array, layer: int) -> Array:
        """Give the gradient by the pre-activation of a layer."""
        for number in range(self.of.depth, layer - 1, -1):
            g = pulled(self.of.activations[number - 1], self.before[number - 1], g)
            if number > layer:
                g = self.arrays[f"W{number}"].T @ g
        return g

    def forwards(self, g: Array) -> dict[str, Array]:
        """Run back through the layers in the order of the forward pass, as far as shapes allow."""
        found: dict[str, Array] = {}
        for layer, (kind, v) in enumerate(zip(self.of.activations, self.before), start=1):
            W = self.arrays[f"W{layer}"]
            if g.shape[0] != W.shape[0]:
                return found
            found[f"W{layer}"] = g @ self.inputs[layer - 1].T
            found[f"b{layer}"] = g.sum(axis=1, keepdims=True)
            g = W.T @ g
            if g.shape != v.shape:
                return found
            g = pulled(kind, v, g)
        found["x"] = g
        return found

    def _one_by_one(self, g: Array, pull: Pulling | None, carry: Carrying | None) -> dict[str, Array]:
        parts = []
        for k in range(g.shape[1]):
            alone = {**self.arrays, "x": self.arrays["x"][:, [k]]}
            parts.append(Pass(self.of, alone).back(g[:, [k]], pull, carry))
        return {
            name: np.concatenate([part[name] for part in parts], axis=1)
            if name == "x"
            else np.asarray(sum(part[name] for part in parts))
            for name in parts[0]
        }


def _where(kind: str, pull: Pull, layers: Sequence[int]) -> Pulling:
    """Do it wrongly in some layers."""
    return lambda layer, of, v, g: pull(v, g) if of == kind and layer in layers else pulled(of, v, g)


def _decayed(wrong: Array | None, right: Array, W: Array) -> Suspects:
    """Find the share of the weights that was added, if it was."""
    if wrong is not None and wrong.shape == W.shape and W.any():
        share = float(((wrong - right) * W).sum() / (W * W).sum())
        yield (
            f"the gradient plus {share:.4g} times the weights: a penalty that the loss has not",
            right + share * W,
        )


def network(
    description: Architecture, arrays: Mapping[str, Array], name: str, wrong: Array | None, batch: bool
) -> Suspects:
    """Give what the gradient by ``name`` of a network comes to with each of the classic mistakes."""
    one = Pass(description, arrays)
    g = one.slopes()
    depth, kinds = description.depth, description.activations

    def back(g: Array, pull: Pulling | None = None, carry: Carrying | None = None) -> Array:
        return one.back(g, pull, carry, batch)[name]

    for kind in dict.fromkeys(kinds):
        having = [layer for layer, of in enumerate(kinds, start=1) if of == kind]
        for told, pull in wrong_pulls(kind).items():
            yield f"the gradient with {told} ({kind})", back(g, _where(kind, pull, having))
            for layer in having if len(having) > 1 else ():
                yield (
                    f"the gradient with {told} ({kind}, layer {layer})",
                    back(g, _where(kind, pull, [layer])),
                )
    yield from _at_the_end(one, back)
    shapes = [arrays[f"W{layer}"].shape for layer in range(2 if name != "x" else 1, depth + 1)]
    if shapes and all(rows == columns for rows, columns in shapes):
        yield (
            "the gradient with W applied as it is, without its transpose, on the way back",
            back(g, carry=lambda W, dW, g: W @ g if W.shape[0] == W.shape[1] else W.T @ g),
        )
    for rate in RATES:
        yield (
            f"the gradient through weights that are already updated (learning rate {rate:g})",
            back(g, carry=lambda W, dW, g, rate=rate: (W - rate * dW).T @ g),  # type: ignore[misc]
        )
    if "t" in arrays:
        for loss, reduction in product(LOSSES, ("mean", "sum")):
            if (loss, reduction) == (description.loss, description.reduction):
                continue
            told = f"the gradient of another loss: {_NAMES[loss]}, {reduction} over the batch"
            yield told, back(one.slopes(loss, reduction))
        if arrays["t"].shape[0] > 1:
            classes = np.eye(arrays["t"].shape[0])[arrays["t"].argmax(axis=0)].T
            rounded = Pass(description, {**arrays, "t": classes})
            told = "the gradient for targets that are rounded to the likeliest class"
            yield told, rounded.back(rounded.slopes(), batch=batch)[name]
    if name.startswith("W"):
        yield from _decayed(wrong, back(g), arrays[name])
    if depth > 1 and (forwards := one.forwards(g).get(name)) is not None:
        yield "the gradient with the layers gone through from the first to the last, not in reverse", forwards
    right = one.back(g, None, None, batch)
    for other in right:
        if other != name and other[0] == name[0] and other != "x":
            yield f"the gradient by {other}, a parameter of another layer", right[other]
    if name.startswith("W"):
        layer = int(name[1:])
        upstream = one.upstream(g, layer)
        yield (
            "the gradient with the output of the layer in the place of its input",
            upstream @ one.inputs[layer].T,
        )
    if name.startswith("b") and description.biased:
        # The upstream gradient of this layer is not seen from outside: the bias gradient adds it up.
        layer = int(name[1:])
        upstream = one.upstream(g, layer)
        seen = {"W": arrays[f"W{layer}"], "x": one.inputs[layer - 1], "g": upstream}
        yield from _dense("b", seen, None, upstream.sum(axis=1, keepdims=True))


def _at_the_end(one: Pass, back: Callable[..., Array]) -> Suspects:
    """Give mistakes between the last activation and the loss, which belong together."""
    loss, last, depth = one.of.loss, one.of.activations[-1], one.of.depth
    if "g" in one.arrays:
        return
    joined = {"softmax": ("cross-entropy", "categorical-cross-entropy"), "sigmoid": ("binary-cross-entropy",)}
    t, count = one.arrays["t"], one.inputs[-1].shape[1]

    def with_last(pull: Pull) -> Pulling:
        return lambda layer, of, v, g: pull(v, g) if layer == depth else pulled(of, v, g)

    kind = FUSED.get(loss) or (last if loss in joined.get(last, ()) else "")
    if kind:
        # The gradient by the logits is y - t: the slope of the activation is in it.
        logits = one.before[-1]
        y = VALUES[kind](logits)
        g = (y - t) / (count if one.of.reduction == "mean" else 1)
        told = f"the gradient with the slope of the {kind} applied to y - t, which has it already"
        yield told, back(g, with_last(lambda v, g: pulled(kind, v, g)))
        yield f"{told} (as y (1 - y))", back(g, with_last(lambda v, g: g * y * (1 - y)))
        if loss in FUSED:
            for told, up in fused_slopes(kind, y, t).items():
                share = count if one.of.reduction == "mean" else 1
                yield f"the gradient with {told} ({kind} in the loss)", back(up / share)
    elif last in ("sigmoid", "softmax", "tanh"):
        y = one.inputs[-1]
        for factor, share in product((1, 2), (1, count, y.shape[0], y.size)):
            yield (
                "the gradient with y - t taken for the gradient by the logits, as if the loss were cross-entropy",
                back(factor * (y - t) / share, with_last(lambda v, g: g)),
            )


# --- by law ---


def suspects(law: Law, case: Case, name: str, wrong: Array | None, right: Array, batch: bool) -> Suspects:
    """Give what the result ``name`` of a law may be instead, on the numbers of a case.

    ``batch`` says whether the code takes a batch at once, or one example after the other.
    """
    arrays = {key: np.asarray(array, dtype=np.float64) for key, array in case.arrays.items()}
    door = law.needs[0] if law.needs else ""
    kind, _, what = door.partition(".")
    with np.errstate(all="ignore"):
        if isinstance(law, GradientLaw) and door == "dense.backward":
            yield from _dense(name, arrays, wrong, right)
        elif isinstance(law, ValueLaw) and door == "dense.backward":
            letter = next((letter for letter in "Wxb" if law.result == law.variables.get(letter)), "")
            if letter:
                yield from _dense(letter, arrays, wrong, right)
        elif door == "dense.forward":
            yield from _dense_forward(arrays)
        elif what == "backward" and kind in VALUES and {"v", "g"} <= arrays.keys():
            for told, pull in wrong_pulls(kind).items():
                yield told, pull(arrays["v"], arrays["g"])
        elif what in ("gradient", "value") and {"y", "t"} <= arrays.keys():
            yield from _other_losses(arrays["y"], arrays["t"], what == "gradient")
            if what == "gradient" and kind in FUSED:
                yield from _of_fused(FUSED[kind], arrays["y"], arrays["t"])
        elif door in ("model.gradients", "network.backward") and law.architecture is not None and name:
            yield from network(law.architecture, arrays, name, wrong, batch)
        elif door == "model.loss" and law.architecture is not None:
            one = Pass(law.architecture, arrays)
            yield from _other_losses(one.inputs[-1], arrays["t"], False)
        elif door == "descend" and {"p", "q", "alpha"} <= arrays.keys():
            p, g, alpha = arrays["p"], arrays["q"], arrays["alpha"]
            yield "p + alpha g: a step uphill", p + alpha * g
            yield "p itself: no step was taken", p
