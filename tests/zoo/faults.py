"""Classic faults, each a change of the source of the correct implementations, in both conventions.

Every kind of fault is planted through at least three adapters. A fault says which claims it makes wrong, all of
them: those whose causes must have a word, and those that follow from them (`chain`, `shapes`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from derivations.subject import Subject

from .collection import made, module_of

Change = tuple[str, str]


@dataclass(frozen=True)
class Fault:
    """A fault of one kind in one implementation; ``row`` and ``column`` give its text in either convention."""

    kind: str
    place: str
    row: tuple[Change, ...]
    column: tuple[Change, ...]
    wrong: frozenset[str]
    word: str
    also: frozenset[str]

    @property
    def id(self) -> str:
        last = sorted(self.wrong)[-1]  # one kind may be planted into several layers
        return f"{self.kind}-{self.place}-{last}".replace(" ", "-").replace(":", "-")

    def subject(self, convention: str) -> Subject:
        return made(module_of(self.place, convention), *getattr(self, convention))


FAULTS: list[Fault] = []


def plant(
    kind: str,
    place: str,
    row: Iterable[str],
    column: Iterable[str] = (),
    *,
    wrong: Iterable[str],
    word: str,
    also: Iterable[str] = (),
) -> None:
    """Add a fault; texts alternate, old and new. One text does for both conventions where they do not differ."""
    changes = [tuple(texts) for texts in (row, column or row)]
    pairs = [tuple(zip(texts[::2], texts[1::2], strict=True)) for texts in changes]
    FAULTS.append(Fault(kind, place, pairs[0], pairs[1], frozenset(wrong), word, frozenset(also)))


# --- what each line touches ---

DENSE_W = {"weight-gradient", "single-weight"}  # the latter is of one example: a wrong mean is right there
DENSE_B = {"bias-gradient"}
DENSE_X = {"input-gradient"}
NETWORK = {"weight-gradient", "bias-gradient"}  # of a network from end to end: all of its gradients

# --- sizes ---

KIND = "losses averaged, gradients summed"
plant(
    KIND,
    "functions",
    ["dscores = (np.exp(logs) - t) / count", "dscores = np.exp(logs) - t"],
    wrong={"fused-softmax"},
    word="larger by the batch size",
)
plant(
    KIND,
    "functions:whole",
    ["dscores = (np.exp(logs) - t) / count", "dscores = np.exp(logs) - t"],
    wrong=NETWORK,
    word="larger by the batch size",
)
plant(
    KIND,
    "pair",
    ["g3 = (y - t) / len(x)", "g3 = y - t"],
    ["g3 = (y - t) / x.shape[1]", "g3 = y - t"],
    wrong=NETWORK,
    word="larger by the batch size",
)

KIND = "divided by the batch once more"
plant(
    KIND,
    "functions",
    ["dw = x.T.dot(dout)", "dw = x.T.dot(dout) / len(x)"],
    ["dw = dout.dot(x.T)", "dw = dout.dot(x.T) / x.shape[1]"],
    wrong={"weight-gradient"},
    word="smaller by the batch size",
)
plant(
    KIND,
    "keeping",
    ["np.dot(self.inputs.T, dvalues)", "np.dot(self.inputs.T, dvalues) / len(dvalues)"],
    ["np.dot(dvalues, self.inputs.T)", "np.dot(dvalues, self.inputs.T) / dvalues.shape[1]"],
    wrong={"weight-gradient", "chain"},
    word="smaller by the batch size",
)
plant(
    KIND,
    "pair",
    ["dW2 = h1.T @ g2", "dW2 = h1.T @ g2 / len(x)"],
    ["dW2 = g2 @ h1.T", "dW2 = g2 @ h1.T / x.shape[1]"],
    wrong={"weight-gradient"},
    word="smaller by the batch size",
)
plant(
    KIND,
    "functions:whole",
    ["dscores = (np.exp(logs) - t) / count", "dscores = (np.exp(logs) - t) / count**2"],
    wrong=NETWORK,
    word="smaller by the batch size",
)

KIND = "the number of outputs"
plant(
    KIND,
    "updating",
    ["2 * (y - t) / np.size(t)", "2 * (y - t)"],
    wrong={"mse", "mse-gradient"},
    word="larger by the number of outputs",
)
plant(
    KIND,
    "listing",
    ["return output - y", "return (output - y) / y.size"],
    wrong=NETWORK,
    word="smaller by the number of outputs",
)
plant(
    KIND,
    "keeping",
    ["return -t / y", "return -t / y / y.shape[1]"],
    ["return -t / y", "return -t / y / len(y)"],
    wrong={"categorical-cross-entropy"},
    word="smaller by the number of outputs",
)
plant(
    KIND,
    "pair",
    ["g3 = (y - t) / len(x)", "g3 = (y - t) / y.size"],
    ["g3 = (y - t) / x.shape[1]", "g3 = (y - t) / y.size"],
    wrong=NETWORK,
    word="smaller by the number of outputs",
)

KIND = "the 2 of the square"
plant(
    KIND,
    "updating",
    ["2 * (y - t) / np.size(t)", "(y - t) / np.size(t)"],
    wrong={"mse", "mse-gradient"},
    word="smaller by a factor of 2",
)
plant(
    KIND,
    "listing",
    ["return output - y", "return 2 * (output - y)"],
    wrong=NETWORK,
    word="larger by a factor of 2",
)
plant(
    KIND,
    "keeping",
    ["return 2 * (y - t)", "return y - t"],
    wrong={"mse-gradient"},
    word="smaller by a factor of 2",
)

# --- signs ---

KIND = "minus"
plant(
    KIND,
    "functions",
    ["dw = x.T", "dw = -x.T"],
    ["dw = dout", "dw = -dout"],
    wrong=DENSE_W,
    word="the sign is flipped",
)
plant(
    KIND,
    "updating",
    ["self.weights -= learning_rate", "self.weights += learning_rate"],
    wrong={*DENSE_W, "chain"},
    word="the sign is flipped",
)
plant(
    KIND,
    "listing",
    ["return output - y", "return y - output"],
    wrong=NETWORK,
    word="the sign is flipped",
)
plant(
    KIND,
    "pair",
    ["g3 = (y - t)", "g3 = (t - y)"],
    wrong=NETWORK,
    word="the sign is flipped",
)
plant(
    KIND,
    "keeping",
    ["return -t / y", "return t / y"],
    wrong={"categorical-cross-entropy"},
    word="the sign is flipped",
)

# --- transposes ---

KIND = "dW transposed"
plant(
    KIND,
    "functions",
    ["dw = x.T.dot(dout)", "dw = dout.T.dot(x)"],
    ["dw = dout.dot(x.T)", "dw = x.dot(dout.T)"],
    wrong=DENSE_W,
    also={"shapes"},
    word="transpose",
)
plant(
    KIND,
    "keeping",
    ["np.dot(self.inputs.T, dvalues)", "np.dot(dvalues.T, self.inputs)"],
    ["np.dot(dvalues, self.inputs.T)", "np.dot(self.inputs, dvalues.T)"],
    wrong=DENSE_W,
    also={"chain", "shapes"},
    word="transpose",
)
plant(
    KIND,
    "listing",
    ["np.dot(activations[-layer - 1].T, delta)", "np.dot(delta.T, activations[-layer - 1])"],
    ["np.dot(delta, activations[-layer - 1].T)", "np.dot(activations[-layer - 1], delta.T)"],
    wrong={"weight-gradient"},
    word="transpose",
)
plant(
    KIND,
    "pair",
    ["dW1 = x.T @ g1", "dW1 = g1.T @ x"],
    ["dW1 = g1 @ x.T", "dW1 = x @ g1.T"],
    wrong={"weight-gradient"},
    word="transpose",
)

KIND = "W for its transpose"  # `squared` leaves it where W is square: elsewhere NumPy refuses it
plant(
    KIND,
    "functions",
    ["dx = dout.dot(w.T)", "dx = dout.dot(squared(w))"],
    ["dx = w.T.dot(dout)", "dx = squared(w).dot(dout)"],
    wrong=DENSE_X,
    word="without its transpose",
)
plant(
    KIND,
    "updating",
    ["np.dot(output_gradient, self.weights.T)", "np.dot(output_gradient, squared(self.weights))"],
    ["np.dot(self.weights.T, output_gradient)", "np.dot(squared(self.weights), output_gradient)"],
    wrong={*DENSE_X, "chain"},
    word="without its transpose",
)
plant(
    KIND,
    "keeping",
    ["np.dot(dvalues, self.weights.T)", "np.dot(dvalues, squared(self.weights))"],
    ["np.dot(self.weights.T, dvalues)", "np.dot(squared(self.weights), dvalues)"],
    wrong={*DENSE_X, "chain"},
    word="without its transpose",
)
plant(
    KIND,
    "pair",
    ["g3 @ W3.T", "g3 @ squared(W3)"],
    ["W3.T @ g3", "squared(W3) @ g3"],
    wrong=NETWORK,
    word="without its transpose",
)

# --- activations ---

KIND = "softmax element by element"
plant(
    KIND,
    "functions",
    ["probs * (dout - np.sum(dout * probs, axis=1, keepdims=True))", "dout * probs * (1 - probs)"],
    ["probs * (dout - np.sum(dout * probs, axis=0, keepdims=True))", "dout * probs * (1 - probs)"],
    wrong={"softmax"},
    word="diagonal",
)
plant(
    KIND,
    "updating",
    ["np.dot(output_gradient, jacobian)", "output_gradient * self.output * (1 - self.output)"],
    ["np.dot(jacobian, output_gradient)", "output_gradient * self.output * (1 - self.output)"],
    wrong={"softmax", "chain"},
    word="diagonal",
)
plant(
    KIND,
    "keeping",
    ["jacobian = np.diagflat(y) - np.outer(y, y)", "jacobian = np.diagflat(y * (1 - y))"],
    wrong={"softmax", "chain"},
    word="diagonal",
)
plant(
    KIND,
    "functions:whole",
    ["dscores = (np.exp(logs) - t) / count", "dscores = -t * (1 - np.exp(logs)) / count"],
    wrong=NETWORK,
    word="diagonal",
)

KIND = "slope at y instead of v"
plant(
    KIND,
    "functions",
    ["dout * (1 - out**2)", "dout * (1 - np.tanh(out) ** 2)"],
    wrong={"tanh"},
    word="y instead of v",
)
plant(
    KIND,
    "updating",
    ["self.activation_prime(self.input)", "self.activation_prime(self.output)"],
    wrong={"tanh", "chain"},
    word="y instead of v",
)
plant(
    KIND,
    "listing",
    ["slope = sigmoid_prime(zs[-layer])", "slope = sigmoid_prime(activations[-layer])"],
    wrong=NETWORK,
    word="y instead of v",
)
plant(
    KIND,
    "pair",
    ["(1 - h1**2)", "(1 - np.tanh(h1) ** 2)"],
    wrong=NETWORK,
    word="y instead of v",
)

KIND = "slope's formula of y handed v"
plant(
    KIND,
    "functions",
    ["    out = np.tanh(x)\n    return out, out", "    out = np.tanh(x)\n    return out, x"],
    wrong={"tanh"},
    word="v instead of y",
)
plant(
    KIND,
    "updating",
    ["1 - np.tanh(v) ** 2", "1 - v**2"],
    wrong={"tanh", "chain"},
    word="v instead of y",
)
plant(
    KIND,
    "listing",
    ["slope = sigmoid_prime(zs[-layer])", "slope = zs[-layer] * (1 - zs[-layer])"],
    wrong=NETWORK,
    word="v instead of y",
)
plant(
    KIND,
    "keeping",
    ["dvalues * (1 - self.output**2)", "dvalues * (1 - self.inputs**2)"],
    wrong={"tanh", "chain"},
    word="v instead of y",
)
plant(
    KIND,
    "pair",
    ["(1 - h1**2)", "(1 - v1**2)"],
    wrong=NETWORK,
    word="v instead of y",
)

KIND = "no slope"
plant(
    KIND,
    "functions:whole",
    ["dv = relu_backward(dh, cache_relu)", "dv = dh"],
    wrong=NETWORK,
    word="no slope at all",
)
plant(
    KIND,
    "updating",
    ["np.multiply(output_gradient, self.activation_prime(self.input))", "output_gradient"],
    wrong={"tanh", "chain"},
    word="no slope at all",
)
plant(
    KIND,
    "listing",
    ["self.weights[-layer + 1].T) * slope", "self.weights[-layer + 1].T)"],
    ["self.weights[-layer + 1].T, delta) * slope", "self.weights[-layer + 1].T, delta)"],
    wrong=NETWORK,
    word="no slope at all",
)
plant(
    KIND,
    "keeping",
    ["self.dinputs = dvalues * (1 - self.output**2)", "self.dinputs = dvalues.copy()"],
    wrong={"tanh", "chain"},
    word="no slope at all",
)
plant(
    KIND,
    "pair",
    [" * (1 - h2**2)", ""],
    wrong=NETWORK,
    word="no slope at all",
)

KIND = "slope of ReLU from g"
plant(
    KIND,
    "functions",
    ["dout * (x > 0)", "dout * (dout > 0)"],
    wrong={"relu"},
    word="not that of v",
)
plant(
    KIND,
    "functions:whole",
    ["dout * (x > 0)", "dout * (dout > 0)"],
    wrong=NETWORK,
    word="not that of v",
)
plant(
    KIND,
    "keeping",
    ["self.dinputs[self.inputs <= 0] = 0", "self.dinputs[dvalues <= 0] = 0"],
    wrong={"relu", "chain"},
    word="not that of v",
)

# --- the end of the network ---

KIND = "slope of the last activation counted twice"
plant(
    KIND,
    "pair",
    ["g3 = (y - t) / len(x)", "g3 = (y - t) * y * (1 - y) / len(x)"],
    ["g3 = (y - t) / x.shape[1]", "g3 = (y - t) * y * (1 - y) / x.shape[1]"],
    wrong=NETWORK,
    word="which has it already",
)
plant(
    KIND,
    "functions",
    ["(np.exp(logs) - t) / count", "(np.exp(logs) - t) * np.exp(logs) * (1 - np.exp(logs)) / count"],
    wrong={"fused-softmax"},
    word="which has it already",
)
plant(
    KIND,
    "functions:whole",
    ["(np.exp(logs) - t) / count", "(np.exp(logs) - t) * np.exp(logs) * (1 - np.exp(logs)) / count"],
    wrong=NETWORK,
    word="which has it already",
)
plant(
    KIND,
    "listing",
    ["y) * sigmoid_prime(zs[-1])", "y) * sigmoid_prime(zs[-1]) * sigmoid_prime(zs[-1])"],
    wrong=NETWORK,
    word="twice",
)

KIND = "slope of the last activation left out"
plant(
    KIND,
    "listing",
    ["y) * sigmoid_prime(zs[-1])", "y)"],
    wrong=NETWORK,
    word="as if the loss were cross-entropy",
)
plant(
    KIND,
    "pair",
    ["g3 = (y - t) / len(x)", "g3 = (y - t) / (y * (1 - y)) / len(x)"],
    ["g3 = (y - t) / x.shape[1]", "g3 = (y - t) / (y * (1 - y)) / x.shape[1]"],
    wrong=NETWORK,
    word="no slope at all (sigmoid",
)
plant(
    KIND,
    "functions:whole",
    ["(np.exp(logs) - t) / count", "-t / np.exp(logs) / count"],
    wrong=NETWORK,
    word="no slope at all",
)
plant(
    KIND,
    "keeping",
    ["return -t / y", "return y - t"],
    wrong={"categorical-cross-entropy"},
    word="by the logits, not by the prediction",
)

# --- the bias ---

KIND = "bias gradient averaged"
plant(
    KIND,
    "functions",
    ["np.sum(dout, axis=0)", "np.mean(dout, axis=0)"],
    ["np.sum(dout, axis=1, keepdims=True)", "np.mean(dout, axis=1, keepdims=True)"],
    wrong=DENSE_B,
    word="smaller by the batch size",
)
plant(
    KIND,
    "keeping",
    ["np.sum(dvalues, axis=0, keepdims=True)", "np.mean(dvalues, axis=0, keepdims=True)"],
    ["np.sum(dvalues, axis=1, keepdims=True)", "np.mean(dvalues, axis=1, keepdims=True)"],
    wrong={*DENSE_B, "chain"},
    word="smaller by the batch size",
)
plant(
    KIND,
    "pair",
    ["g.sum(axis=0)", "g.mean(axis=0)"],
    ["g.sum(axis=1, keepdims=True)", "g.mean(axis=1, keepdims=True)"],
    wrong=DENSE_B,
    word="smaller by the batch size",
)

KIND = "bias gradient not added up"
plant(
    KIND,
    "functions",
    ["np.sum(dout, axis=0)", "dout"],
    ["np.sum(dout, axis=1, keepdims=True)", "dout"],
    wrong=DENSE_B,
    also={"shapes"},
    word="not added up over the batch",
)
plant(
    KIND,
    "keeping",
    ["np.sum(dvalues, axis=0, keepdims=True)", "dvalues"],
    ["np.sum(dvalues, axis=1, keepdims=True)", "dvalues"],
    wrong=DENSE_B,
    also={"chain", "shapes"},
    word="not added up over the batch",
)
plant(
    KIND,
    "pair",
    ["g.sum(axis=0)", "g"],
    ["g.sum(axis=1, keepdims=True)", "g"],
    wrong=DENSE_B,
    word="not added up over the batch",
)

KIND = "bias gradient over the wrong axis"
plant(
    KIND,
    "functions",
    ["np.sum(dout, axis=0)", "np.sum(dout, axis=1)"],
    ["np.sum(dout, axis=1, keepdims=True)", "np.sum(dout, axis=0, keepdims=True)"],
    wrong=DENSE_B,
    also={"shapes"},
    word="wrong axis",
)
plant(
    KIND,
    "keeping",
    ["np.sum(dvalues, axis=0, keepdims=True)", "np.sum(dvalues, axis=1, keepdims=True)"],
    ["np.sum(dvalues, axis=1, keepdims=True)", "np.sum(dvalues, axis=0, keepdims=True)"],
    wrong=DENSE_B,
    also={"chain", "shapes"},
    word="wrong axis",
)
plant(
    KIND,
    "pair",
    ["g.sum(axis=0)", "g.sum(axis=1)"],
    ["g.sum(axis=1, keepdims=True)", "g.sum(axis=0, keepdims=True)"],
    wrong=DENSE_B,
    word="wrong axis",
)

# --- order ---

KIND = "input gradient after the update"
plant(
    KIND,
    "updating",
    ["        return input_gradient", "        return np.dot(output_gradient, self.weights.T)"],
    ["        return input_gradient", "        return np.dot(self.weights.T, output_gradient)"],
    wrong={*DENSE_X, "chain"},
    word="already updated",
)
plant(
    KIND,
    "functions",
    ["dx = dout.dot(w.T)", "dx = dout.dot((w - 0.1 * x.T.dot(dout)).T)"],
    ["dx = w.T.dot(dout)", "dx = (w - 0.1 * dout.dot(x.T)).T.dot(dout)"],
    wrong=DENSE_X,
    word="already updated",
)
plant(
    KIND,
    "keeping",
    ["np.dot(dvalues, self.weights.T)", "np.dot(dvalues, (self.weights - 0.01 * self.dweights).T)"],
    ["np.dot(self.weights.T, dvalues)", "np.dot((self.weights - 0.01 * self.dweights).T, dvalues)"],
    wrong={*DENSE_X, "chain"},
    word="already updated",
)
plant(
    KIND,
    "pair",
    ["    g2 = (g3", "    W3 = W3 - dW3\n    g2 = (g3"],
    ["    g2 = (W3", "    W3 = W3 - dW3\n    g2 = (W3"],
    wrong=NETWORK,
    word="already updated",
)

KIND = "layers not in reverse"
plant(
    KIND,
    "updating",
    ["in reversed(self.layers)", "in self.layers"],
    wrong={"chain"},
    word="not in reverse",
)
plant(
    KIND,
    "listing",
    ["np.dot(activations[-layer - 1].T, delta)", "np.dot(activations[-layer].T, delta)"],
    ["np.dot(delta, activations[-layer - 1].T)", "np.dot(delta, activations[-layer].T)"],
    wrong={"weight-gradient"},
    word="in the place of its input",
)
plant(
    KIND,
    "pair",
    ['"W2": dW2, "b2": db2, "W3": dW3, "b3": db3', '"W2": dW3, "b2": db3, "W3": dW2, "b3": db2'],
    wrong=NETWORK,
    word="a parameter of another layer",
)

# --- what is kept ---

KIND = "stale cache"
plant(
    KIND,
    "updating",
    [
        "        self.input = input\n        return np.dot(self.input, self.weights)",
        '        self.input = getattr(self, "input", input)\n        return np.dot(input, self.weights)',
    ],
    [
        "        self.input = input\n        return np.dot(self.weights, self.input)",
        '        self.input = getattr(self, "input", input)\n        return np.dot(self.weights, input)',
    ],
    wrong={*DENSE_W, "chain"},
    word="stale cache",
)
plant(
    KIND,
    "keeping",
    [
        "        self.inputs = inputs\n        self.output = np.dot",
        '        self.inputs = getattr(self, "inputs", inputs)\n        self.output = np.dot',
    ],
    wrong={*DENSE_W, "chain"},
    word="stale cache",
)
plant(
    KIND,
    "functions:whole",
    [
        "        dv = relu_backward(dh, cache_relu)",
        '        self.kept = getattr(self, "kept", cache_relu)\n        dv = relu_backward(dh, self.kept)',
    ],
    wrong=NETWORK,
    word="stale cache",
)
plant(
    KIND,
    "listing",
    [
        "        zs = []\n",
        '        zs = self.zs = getattr(self, "zs", [])\n',
        "zs[-layer]",
        "zs[2 - layer]",
        "zs[-1]",
        "zs[1]",
    ],
    wrong=NETWORK,
    word="stale cache",
)

plant(
    KIND,
    "keeping",
    [
        "        self.inputs = inputs\n        self.output = np.maximum",
        '        self.inputs = getattr(self, "inputs", inputs)\n        self.output = np.maximum',
    ],
    wrong={"relu", "chain"},
    word="stale cache",
)

KIND = "gradients of two passes added up"
plant(
    KIND,
    "keeping",
    [
        "self.biases = np.zeros((1, n_neurons))",
        "self.biases = np.zeros((1, n_neurons))\n        self.dweights = 0 * self.weights",
        "self.dweights = np.dot",
        "self.dweights = self.dweights + np.dot",
    ],
    [
        "self.biases = np.zeros((n_neurons, 1))",
        "self.biases = np.zeros((n_neurons, 1))\n        self.dweights = 0 * self.weights",
        "self.dweights = np.dot",
        "self.dweights = self.dweights + np.dot",
    ],
    wrong={*DENSE_W, "chain"},
    word="never set to zero",
)
plant(
    KIND,
    "listing",
    [
        "        nabla_w = [None] * self.depth",
        '        nabla_w = self.sums = getattr(self, "sums", [0] * self.depth)',
        "nabla_w[-1] = ",
        "nabla_w[-1] = nabla_w[-1] + ",
        "nabla_w[-layer] = ",
        "nabla_w[-layer] = nabla_w[-layer] + ",
    ],
    wrong={"weight-gradient"},
    word="never set to zero",
)
plant(
    KIND,
    "functions:whole",
    [
        "        return loss, grads",
        "        for name in grads:\n"
        "            grads[name] = grads[name] + self.sums.get(name, 0)\n"
        "        self.sums = grads\n"
        "        return loss, grads",
        "        p = self.params\n",
        '        p, self.sums = self.params, getattr(self, "sums", {})\n',
    ],
    wrong=NETWORK,
    word="never set to zero",
)
plant(
    KIND,
    "pair",
    [
        "def gradients(params, x, t):\n",
        "def gradients(params, x, t, sums={}):\n",
        "    dW1 = x.T @ g1\n",
        "    dW1 = sums.get(g1.shape, 0) + x.T @ g1\n    sums[g1.shape] = dW1\n",
    ],
    [
        "def gradients(params, x, t):\n",
        "def gradients(params, x, t, sums={}):\n",
        "    dW1 = g1 @ x.T\n",
        "    dW1 = sums.get((x.shape, g1.shape), 0) + g1 @ x.T\n    sums[x.shape, g1.shape] = dW1\n",
    ],
    wrong={"weight-gradient"},
    word="kept between",
)

# --- shapes and arguments ---

KIND = "shape collapse"
plant(
    KIND,
    "functions",
    ["np.sum(dout, axis=0)", "np.sum(dout, axis=0, keepdims=True)"],
    ["np.sum(dout, axis=1, keepdims=True)", "np.sum(dout, axis=1)"],
    wrong=DENSE_B,
    also={"shapes"},
    word="has the right values",
)
plant(
    KIND,
    "updating",
    ["2 * (y - t) / np.size(t)", "2 * (y - t.T) / np.size(t)"],
    wrong={"mse", "mse-gradient"},
    word="shape",
)
plant(
    KIND,
    "listing",
    ["return output - y", "return output - y.T"],
    wrong=NETWORK,
    word="shape",
)
plant(
    KIND,
    "keeping",
    ["np.sum(dvalues, axis=0, keepdims=True)", "np.sum(dvalues, axis=0)"],
    ["np.sum(dvalues, axis=1, keepdims=True)", "np.sum(dvalues, axis=1)"],
    wrong=DENSE_B,
    also={"chain", "shapes"},
    word="has the right values",
)
plant(
    KIND,
    "pair",
    ["np.log(y) + (1 - t)", "np.log(y) + (1 - t.T)"],
    wrong={"binary-cross-entropy"},
    word="shape",
)

KIND = "arguments changed in place"
plant(
    KIND,
    "functions",
    ["return dout * (x > 0)", "dout *= x > 0\n    return dout"],
    wrong={"relu"},
    word="writes into its argument",
)
plant(
    KIND,
    "keeping",
    ["self.dinputs = dvalues.copy()", "self.dinputs = dvalues"],
    wrong={"relu"},
    word="writes into its argument",
)
plant(
    KIND,
    "updating",
    ["e = np.exp(input)", "input -= np.max(input)\n        e = np.exp(input)"],
    wrong={"softmax", "inference"},
    word="writes into its argument",
)
plant(
    KIND,
    "pair",
    ["    v1 = x", "    x -= x.mean()\n    v1 = x"],
    ['    v1 = params["W1"] @ x', '    x -= x.mean()\n    v1 = params["W1"] @ x'],
    wrong=NETWORK,
    word="writes into its argument",
)

KIND = "float32 inside"
plant(
    KIND,
    "functions",
    ["dw = x.T.dot(dout)", 'dw = x.T.dot(dout).astype("f").astype("d")'],
    ["dw = dout.dot(x.T)", 'dw = dout.dot(x.T).astype("f").astype("d")'],
    wrong=DENSE_W,
    word="single precision",
)
plant(
    KIND,
    "keeping",
    ["np.dot(self.inputs.T, dvalues)", 'np.dot(self.inputs.T.astype("f"), dvalues)'],
    ["np.dot(dvalues, self.inputs.T)", 'np.dot(dvalues, self.inputs.T.astype("f"))'],
    wrong={*DENSE_W, "chain"},
    word="single precision",
)
plant(
    KIND,
    "pair",
    ["    v1 = x @", '    x = x.astype("f")\n    v1 = x @'],
    ['    v1 = params["W1"] @ x', '    x = x.astype("f")\n    v1 = params["W1"] @ x'],
    wrong=NETWORK,
    word="single precision",
)
