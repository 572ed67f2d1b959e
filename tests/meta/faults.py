"""Faults planted into the shipped source: where, what, and which claim has to refuse them by name.

Each is written for the column convention and, where the line differs, for the row convention.
"""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One wrong line of the shipped source."""

    name: str
    file: str
    old: str
    new: str
    claims: tuple[str, ...]
    row: tuple[str, str] | None = None
    kind: str = ""

    def lines(self, convention: str) -> tuple[str, str]:
        return self.row if convention == "row" and self.row else (self.old, self.new)


DENSE, ACT, LOSS, NET, DESCENT, LAYER, TRAIN, GATE = (
    "_3_dense.py",
    "_4_activations.py",
    "_5_losses.py",
    "_6_network.py",
    "_7_descent.py",
    "_2_layer.py",
    "_8_training.py",
    "_9_and_gate.py",
)

FORWARD = "return self._W @ x + self._b"
FORWARD_ROW = "return x @ self._W + self._b"
DW = "return g @ self.input.T"
DW_ROW = "return self.input.T @ g"
DX = "return self._W.T @ g"
DX_ROW = "return g @ self._W.T"
DB = "return g.sum(axis=EXAMPLES, keepdims=True)"
SOFTMAX_VJP = "return self.output * (g - (g * self.output).sum(axis=FEATURES, keepdims=True))"
MSE_SLOPE = "return 2 * (y - t) / y.shape[FEATURES]"
MAE_SLOPE = "return (y - t) / np.where(y == t, 1, np.abs(y - t)) / y.shape[FEATURES]"
CE_SLOPE = "return -t / (y + (t == 0))"
BCE_SLOPE = "return (1 - t) / (1 - y + (t == 1)) - t / (y + (t == 0))"
REDUCED = 'return total / batch if self.reduction == "mean" else total'
COLLAPSE = "return Dense.of(second.W @ first.W, second.W @ first.b + second.b)"
COLLAPSE_ROW = "return Dense.of(first.W @ second.W, first.b @ second.W + second.b)"

FAULTS = (
    Fault(
        "bias dropped in forward",
        DENSE,
        FORWARD,
        "return self._W @ x",
        ("layer", "affine-entries", "neuron"),
        (FORWARD_ROW, "return x @ self._W"),
    ),
    Fault(
        "bias subtracted",
        DENSE,
        FORWARD,
        "return self._W @ x - self._b",
        ("layer", "affine-entries"),
        (FORWARD_ROW, "return x @ self._W - self._b"),
    ),
    Fault(
        "weights transposed in forward",
        DENSE,
        FORWARD,
        "return self._W.T @ x + self._b",
        ("layer", "weight-index"),
        (FORWARD_ROW, "return x @ self._W.T + self._b"),
    ),
    Fault(
        "operands swapped in forward",
        DENSE,
        FORWARD,
        "return x @ self._W + self._b",
        ("layer", "neuron"),
        (FORWARD_ROW, "return self._W @ x + self._b"),
    ),
    Fault(
        "dW lost its transpose",
        DENSE,
        DW,
        "return g @ self.input",
        ("weight-gradient",),
        (DW_ROW, "return self.input @ g"),
    ),
    Fault(
        "dW transposed",
        DENSE,
        DW,
        "return (g @ self.input.T).T",
        ("weight-gradient",),
        (DW_ROW, "return (self.input.T @ g).T"),
    ),
    Fault(
        "dW with operands swapped",
        DENSE,
        DW,
        "return self.input.T @ g",
        ("weight-gradient", "single-weight"),
        (DW_ROW, "return g @ self.input.T"),
    ),
    Fault(
        "dW averaged over the batch",
        DENSE,
        DW,
        "return g @ self.input.T / g.shape[EXAMPLES]",
        ("weight-gradient",),
        (DW_ROW, "return self.input.T @ g / g.shape[EXAMPLES]"),
    ),
    Fault(
        "dW times the batch",
        DENSE,
        DW,
        "return g @ self.input.T * g.shape[EXAMPLES]",
        ("weight-gradient",),
        (DW_ROW, "return self.input.T @ g * g.shape[EXAMPLES]"),
    ),
    Fault(
        "dW with its sign flipped",
        DENSE,
        DW,
        "return -g @ self.input.T",
        ("weight-gradient", "chain"),
        (DW_ROW, "return -self.input.T @ g"),
    ),
    Fault(
        "dW from the output",
        DENSE,
        DW,
        "return g @ self.output.T",
        ("weight-gradient",),
        (DW_ROW, "return self.output.T @ g"),
    ),
    Fault(
        "dx lost its transpose",
        DENSE,
        DX,
        "return self._W @ g",
        ("input-gradient",),
        (DX_ROW, "return g @ self._W"),
    ),
    Fault(
        "dx with operands swapped",
        DENSE,
        DX,
        "return g @ self._W.T",
        ("input-gradient",),
        (DX_ROW, "return self._W.T @ g"),
    ),
    Fault(
        "dx with its sign flipped",
        DENSE,
        DX,
        "return -self._W.T @ g",
        ("input-gradient", "chain"),
        (DX_ROW, "return -g @ self._W.T"),
    ),
    Fault(
        "db summed over the wrong axis",
        DENSE,
        DB,
        "return g.sum(axis=FEATURES, keepdims=True)",
        ("bias-gradient",),
    ),
    Fault("db not summed", DENSE, DB, "return g", ("bias-gradient",)),
    Fault(
        "db averaged over the batch",
        DENSE,
        DB,
        "return g.mean(axis=EXAMPLES, keepdims=True)",
        ("bias-gradient",),
    ),
    Fault("db without its axis", DENSE, DB, "return g.sum(axis=EXAMPLES)", ("bias-gradient",)),
    Fault("relu of |v|", ACT, "return np.maximum(v, 0)", "return np.maximum(v, -v)", ("relu",)),
    Fault(
        "relu slope 1 everywhere", ACT, "return self.input > 0", "return self.input == self.input", ("relu",)
    ),
    Fault("relu slope on the wrong side", ACT, "return self.input > 0", "return self.input < 0", ("relu",)),
    Fault(
        "relu slope 2 at the kink",
        ACT,
        "return self.input > 0",
        "return (self.input > 0) + 2 * (self.input == 0)",
        ("relu",),
    ),
    Fault(
        "sigmoid without stability branch",
        ACT,
        "return np.where(v >= 0, 1, e) / (1 + e)",
        "return 1 / (1 + e)",
        ("sigmoid",),
    ),
    Fault(
        "sigmoid slope at v",
        ACT,
        "return self.output * (1 - self.output)",
        "return self.input * (1 - self.input)",
        ("sigmoid",),
    ),
    Fault(
        "sigmoid slope without 1 - y",
        ACT,
        "return self.output * (1 - self.output)",
        "return self.output",
        ("sigmoid",),
    ),
    Fault("tanh slope at v for y", ACT, "return 1 - self.output**2", "return 1 - self.input**2", ("tanh",)),
    Fault("tanh slope without square", ACT, "return 1 - self.output**2", "return 1 - self.output", ("tanh",)),
    Fault(
        "slope forgotten",
        ACT,
        "return g * self._slope()",
        "return g + 0 * self._slope()",
        ("activation-gradient", "chain"),
    ),
    Fault(
        "upstream forgotten",
        ACT,
        "return g * self._slope()",
        "return 0 * g + self._slope()",
        ("activation-gradient",),
    ),
    Fault(
        "upstream changed in place",
        ACT,
        "return g * self._slope()",
        "g *= self._slope(); return g",
        ("activation-gradient",),
        kind="in place",
    ),
    Fault(
        "derivative taken at the output",
        ACT,
        "self.derivative(self.input), self.input",
        "self.derivative(self.output), self.input",
        ("activation-gradient", "chain"),
    ),
    Fault(
        "softmax treated as element-wise",
        ACT,
        SOFTMAX_VJP,
        "return g * self.output * (1 - self.output)",
        ("softmax",),
    ),
    Fault(
        "softmax vjp over the wrong axis",
        ACT,
        SOFTMAX_VJP,
        "return self.output * (g - (g * self.output).sum(axis=1 - FEATURES, keepdims=True))",
        ("softmax",),
    ),
    Fault(
        "softmax vjp with a plus",
        ACT,
        SOFTMAX_VJP,
        "return self.output * (g + (g * self.output).sum(axis=FEATURES, keepdims=True))",
        ("softmax",),
    ),
    Fault(
        "softmax normalised over the batch",
        ACT,
        "return e / e.sum(axis=FEATURES, keepdims=True)",
        "return e / e.sum(axis=1 - FEATURES, keepdims=True)",
        ("softmax", "inference"),
    ),
    Fault(
        "mse without its 2", LOSS, MSE_SLOPE, "return (y - t) / y.shape[FEATURES]", ("mse", "mse-gradient")
    ),
    Fault("mse gradient without 1/N", LOSS, MSE_SLOPE, "return 2 * (y - t)", ("mse", "mse-gradient")),
    Fault(
        "mse gradient with its sign flipped",
        LOSS,
        MSE_SLOPE,
        "return 2 * (t - y) / y.shape[FEATURES]",
        ("mse", "mse-gradient"),
    ),
    Fault(
        "mse gradient over the batch size",
        LOSS,
        MSE_SLOPE,
        "return 2 * (y - t) / y.shape[EXAMPLES]",
        ("mse", "mse-gradient"),
    ),
    Fault(
        "mae gradient with its sign flipped",
        LOSS,
        MAE_SLOPE,
        "return (t - y) / np.where(y == t, 1, np.abs(y - t)) / y.shape[FEATURES]",
        ("mae",),
    ),
    Fault(
        "mae gradient without 1/N",
        LOSS,
        MAE_SLOPE,
        "return (y - t) / np.where(y == t, 1, np.abs(y - t))",
        ("mae",),
    ),
    Fault(
        "cross-entropy gradient with its sign flipped",
        LOSS,
        CE_SLOPE,
        "return t / (y + (t == 0))",
        ("cross-entropy", "categorical-cross-entropy"),
    ),
    Fault("cross-entropy gradient y - t", LOSS, CE_SLOPE, "return y - t", ("cross-entropy",)),
    Fault(
        "binary cross-entropy without its second half",
        LOSS,
        BCE_SLOPE,
        "return -t / (y + (t == 0))",
        ("binary-cross-entropy",),
    ),
    Fault(
        "hinge gradient without the label",
        LOSS,
        "return -t * (1 - t * y > 0)",
        "return -1 * (1 - t * y > 0)",
        ("hinge",),
    ),
    Fault(
        "hinge gradient without the margin",
        LOSS,
        "return -t * (1 - t * y > 0)",
        "return -t * (1 - t * y > -9)",
        ("hinge",),
    ),
    Fault(
        "fused softmax gradient t - y",
        LOSS,
        "return softmax(y) - t",
        "return t - softmax(y)",
        ("fused-softmax",),
    ),
    Fault(
        "fused sigmoid gradient with the slope",
        LOSS,
        "return sigmoid(y) - t",
        "return (sigmoid(y) - t) * sigmoid(y) * (1 - sigmoid(y))",
        ("fused-sigmoid",),
    ),
    Fault("mean taken as sum", LOSS, REDUCED, "return total", ("mse", "batch-reduction")),
    Fault("sum taken as mean", LOSS, REDUCED, "return total / batch", ("mse", "batch-reduction")),
    Fault(
        "mean divides twice",
        LOSS,
        REDUCED,
        'return total / batch / batch if self.reduction == "mean" else total',
        ("mse", "batch-reduction"),
    ),
    Fault(
        "layers forward in reverse",
        NET,
        "        for layer in self.layers:\n            x = layer._value(x)",
        "        for layer in reversed(self.layers):\n            x = layer._value(x)",
        ("forward",),
    ),
    Fault(
        "layers backward in order",
        NET,
        "for layer in reversed(self.layers):",
        "for layer in self.layers:",
        ("chain",),
    ),
    Fault(
        "gradients in the wrong order",
        NET,
        "return NetworkGradients(g, tuple(reversed(gradients)))",
        "return NetworkGradients(g, tuple(gradients))",
        ("chain",),
    ),
    Fault(
        "update before propagate",
        NET,
        "            gradients.append(layer._parameter_gradients(g))\n",
        "            gradients.append(layer._parameter_gradients(g))\n"
        "            if hasattr(layer, '_W'):\n"
        "                layer._W = layer._W - gradients[-1]['W']\n",
        ("chain",),
    ),
    Fault(
        "ascent for descent",
        DESCENT,
        "return parameter - alpha * gradient",
        "return parameter + alpha * gradient",
        ("weight-update", "bias-update", "steepest-descent"),
    ),
    Fault(
        "learning rate forgotten",
        DESCENT,
        "return parameter - alpha * gradient",
        "return parameter - gradient",
        ("weight-update", "bias-update"),
    ),
    Fault(
        "collapse in the wrong order",
        NET,
        COLLAPSE,
        "return Dense.of(first.W @ second.W, second.W @ first.b + second.b)",
        ("collapse-two", "collapse"),
        (COLLAPSE_ROW, "return Dense.of(second.W @ first.W, first.b @ second.W + second.b)"),
    ),
    Fault(
        "collapse forgets the first bias",
        NET,
        COLLAPSE,
        "return Dense.of(second.W @ first.W, second.b)",
        ("collapse-two", "collapse"),
        (COLLAPSE_ROW, "return Dense.of(first.W @ second.W, second.b)"),
    ),
    Fault(
        "stale cache",
        LAYER,
        "        self.input = x\n",
        "        self.input = x if self.input is None else self.input\n",
        ("weight-gradient",),
    ),
    Fault(
        "parameters miscounted",
        NET,
        "array.shape[0] * array.shape[1]",
        "array.shape[0] * array.shape[0]",
        ("parameter-count",),
    ),
    Fault(
        "weights drawn uniformly",
        DENSE,
        "rng.standard_normal((fan_out, fan_in))",
        "rng.random((fan_out, fan_in))",
        ("listing-dense", "and-network"),
    ),
    Fault(
        "bias drawn as zero",
        DENSE,
        "b = rng.standard_normal(bias_shape(fan_out))",
        "b = 0 * rng.standard_normal(bias_shape(fan_out))",
        ("listing-dense",),
    ),
    Fault(
        "input not remembered",
        LAYER,
        "        self.input = x\n",
        "        self.input = 0 * x\n",
        ("listing-layer", "weight-gradient"),
    ),
    Fault(
        "dx at the updated weights",
        DENSE,
        DX,
        "return (self._W - self._weight_gradient(g)).T @ g",
        ("listing-dense", "input-gradient", "chain"),
        (DX_ROW, "return g @ (self._W - self._weight_gradient(g)).T"),
    ),
    Fault(
        "activation forgets its derivative",
        ACT,
        'return _same_shape(self.derivative(self.input), self.input, "derivative")',
        'return _same_shape(self.function(self.input), self.input, "derivative")',
        ("listing-activation", "activation-gradient"),
    ),
    Fault(
        "tanh is the sigmoid",
        ACT,
        "        return np.tanh(v)",
        "        return sigmoid(v)",
        ("listing-tanh", "tanh"),
    ),
    Fault("mse without its square", LOSS, "((y - t) ** 2).sum", "(y - t).sum", ("listing-mse", "mse")),
    Fault(
        "predict skips the last layer",
        NET,
        "        for layer in self.layers:\n            x = layer._value(x)",
        "        for layer in self.layers[:-1]:\n            x = layer._value(x)",
        ("listing-network", "forward"),
    ),
    Fault(
        "epoch error is a sum",
        TRAIN,
        "losses.append(total / count)",
        "losses.append(total)",
        ("listing-train",),
    ),
    Fault("schedule ignored", TRAIN, "rate(step)", "rate(0)", ("listing-train", "weight-update")),
    Fault(
        "loss taken after the update",
        TRAIN,
        "    return total\n\n\ndef _demand",
        "    return loss._per_example(network.predict(x), t).sum()\n\n\ndef _demand",
        ("listing-train",),
    ),
    Fault(
        "only the first example",
        TRAIN,
        "range(0, count, size)",
        "range(0, size, size)",
        ("listing-train", "and-network"),
    ),
    Fault(
        "OR for AND",
        GATE,
        "[[0.0], [0.0], [0.0], [1.0]]",
        "[[0.0], [1.0], [1.0], [1.0]]",
        ("and-network", "decision-surface"),
    ),
    Fault("surface transposed", GATE, 'indexing="ij"', 'indexing="xy"', ("decision-surface",)),
    Fault(
        "surface of another square", GATE, "np.linspace(0, 1,", "np.linspace(-1, 1,", ("decision-surface",)
    ),
    Fault(
        "training in steps of another convention",
        DENSE,
        FORWARD,
        "return 2 * (self._W @ x) + self._b",
        ("duality",),
        (FORWARD_ROW, "return 2 * (x @ self._W) + self._b"),
    ),
    Fault(
        "right only where the output is not 0",
        ACT,
        "return g * self._slope()",
        "return g * self._slope() * self.output / self.output",
        ("activation-gradient",),
    ),
    Fault(
        "relu slope 1 at the kink",
        ACT,
        "return self.input > 0",
        "return self.input >= 0",
        ("relu",),
    ),
    Fault(
        "tanh in single precision",
        ACT,
        "        return np.tanh(v)",
        '        return np.tanh(v).astype("f4") if v.dtype == "f8" else np.tanh(v)',
        ("tanh", "listing-tanh"),
    ),
    Fault(
        "softmax without stability",
        ACT,
        "e = np.exp(v - v.max(axis=FEATURES, keepdims=True))",
        "e = np.exp(v)",
        ("softmax",),
    ),
    Fault(
        "sigmoid that overflows",
        ACT,
        "return np.where(v >= 0, 1, e) / (1 + e)",
        "return 1 / (1 + np.exp(-v))",
        ("sigmoid",),
    ),
    Fault(
        "a failed forward half remembered",
        LAYER,
        "        output = self._value(x)",
        "        self.input = x; output = self._value(x)",
        ("listing-layer",),
    ),
    Fault(
        "dW alone is twice dW",
        DENSE,
        'return self._weight_gradient(self._upstream(g, "weight_gradient"))',
        'return 2 * self._weight_gradient(self._upstream(g, "weight_gradient"))',
        ("listing-dense",),
    ),
    Fault(
        "dx alone is almost dx",
        LAYER,
        'return self._input_gradient(self._upstream(g, "input_gradient"))',
        'return self._input_gradient(self._upstream(g, "input_gradient")) * (1 + 2.0**-40)',
        ("listing-layer", "listing-dense"),
    ),
    Fault(
        "epoch error with prediction and target swapped",
        TRAIN,
        "total = loss._per_example(y, t).sum()",
        "total = loss._per_example(t, y).sum()",
        ("listing-train",),
    ),
    Fault(
        "gradient with prediction and target swapped",
        TRAIN,
        "loss._reduced(loss._slope(y, t), y.shape[EXAMPLES])",
        "loss._reduced(-loss._slope(t, y), y.shape[EXAMPLES])",
        ("listing-train",),
    ),
    Fault(
        "surface in single precision",
        GATE,
        ".reshape(first.shape)",
        '.reshape(first.shape).astype("f4")',
        ("decision-surface",),
    ),
    Fault(
        "a network collapses in the wrong order",
        NET,
        "layers[-1] = _together(layers[-1], layer)",
        "layers[-1] = _together(layer, layers[-1])",
        ("collapse",),
    ),
    Fault(
        "a network collapses across activations",
        NET,
        "if layers and isinstance(layer, Dense) and isinstance(layers[-1], Dense):",
        "if layers and isinstance(layer, Dense) and isinstance(layers[0], Dense):",
        ("collapse",),
    ),
    Fault(
        "targets that sum to less than 1 are taken",
        LOSS,
        "np.abs(total - 1) <= slack",
        "total - 1 <= slack",
        ("categorical-cross-entropy", "fused-softmax"),
    ),
    Fault(
        "negative probabilities are taken",
        LOSS,
        "_demand((y >= 0) & (y <= 1), y, self",
        "_demand(y <= 1, y, self",
        ("binary-cross-entropy",),
    ),
    Fault(
        "db of the average neuron for all",
        DENSE,
        DB,
        "return g.sum(axis=EXAMPLES, keepdims=True) * 0 + g.sum() / g.shape[FEATURES]",
        ("bias-gradient",),
    ),
    Fault(
        "the Jacobians scaled",
        DENSE,
        FORWARD,
        "return 2 * (self._W @ x + self._b)",
        ("dense-jacobians", "layer", "activation-necessary"),
        (FORWARD_ROW, "return 2 * (x @ self._W + self._b)"),
    ),
    Fault(
        "weights of the other convention",
        DENSE,
        'W = as_matrix(W, "Dense.of: W")',
        'W = as_matrix(W, "Dense.of: W").T',
        ("shapes",),
    ),
    Fault(
        "a mean over batch and outputs",
        LOSS,
        "return self._reduced(self._slope(y, t), y.shape[EXAMPLES])",
        "return self._reduced(self._slope(y, t), y.shape[EXAMPLES] * y.shape[FEATURES])",
        ("mse", "mae", "hinge", "batch-reduction"),
    ),
)
