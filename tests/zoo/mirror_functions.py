"""The functions of `right_functions` with examples in columns."""

import numpy as np

from derivations.adapters import functions, network


def affine_forward(x, w, b):
    out = w.dot(x) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, _ = cache
    dx = w.T.dot(dout)
    dw = dout.dot(x.T)
    db = np.sum(dout, axis=1, keepdims=True)
    return dx, dw, db


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, x):
    return dout * (x > 0)


def tanh_forward(x):
    out = np.tanh(x)
    return out, out


def tanh_backward(dout, out):
    return dout * (1 - out**2)


def softmax_forward(x):
    e = np.exp(x - np.max(x, axis=0, keepdims=True))
    probs = e / np.sum(e, axis=0, keepdims=True)
    return probs, probs


def softmax_backward(dout, probs):
    return probs * (dout - np.sum(dout * probs, axis=0, keepdims=True))


def softmax_loss(scores, t):
    shifted = scores - np.max(scores, axis=0, keepdims=True)
    logs = shifted - np.log(np.sum(np.exp(shifted), axis=0, keepdims=True))
    count = scores.shape[1]
    loss = -np.sum(t * logs) / count
    dscores = (np.exp(logs) - t) / count
    return loss, dscores


class TwoLayerNet:
    def __init__(self, inputs, hidden, classes, scale=1e-3):
        self.params = {
            "W1": scale * np.random.randn(hidden, inputs),
            "b1": np.zeros((hidden, 1)),
            "W2": scale * np.random.randn(classes, hidden),
            "b2": np.zeros((classes, 1)),
        }

    def loss(self, x, t=None):
        p = self.params
        v, cache1 = affine_forward(x, p["W1"], p["b1"])
        h, cache_relu = relu_forward(v)
        scores, cache2 = affine_forward(h, p["W2"], p["b2"])
        if t is None:
            return scores
        loss, dscores = softmax_loss(scores, t)
        grads = {}
        dh, grads["W2"], grads["b2"] = affine_backward(dscores, cache2)
        dv = relu_backward(dh, cache_relu)
        _, grads["W1"], grads["b1"] = affine_backward(dv, cache1)
        return loss, grads


# --- as subjects ---


def pair(forward, backward):
    return (lambda v: forward(v)[0], lambda g, v: backward(g, forward(v)[1]))


def subject():
    return functions(
        "column",
        forward=lambda x, W, b: affine_forward(x, W, b)[0],
        backward=lambda g, x, W, b: affine_backward(g, affine_forward(x, W, b)[1]),
        activations={
            "relu": pair(relu_forward, relu_backward),
            "tanh": pair(tanh_forward, tanh_backward),
            "softmax": pair(softmax_forward, softmax_backward),
        },
        losses={"fused-softmax": (lambda v, t: softmax_loss(v, t)[0], lambda v, t: softmax_loss(v, t)[1])},
    )


NAMES = ("W1", "b1", "W2", "b2")


def whole():
    return network(
        "column",
        lambda widths: TwoLayerNet(*widths),
        activations=["relu", "identity"],
        loss="fused-softmax",
        parameters=[f"params.{name}" for name in NAMES],
        value=lambda net, x, t: net.loss(x, t)[0],
        gradients=lambda net, x, t: [net.loss(x, t)[1][name] for name in NAMES],
        predict=lambda net, x: net.loss(x),
    )
