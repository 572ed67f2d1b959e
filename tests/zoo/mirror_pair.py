"""The two functions of `right_pair` with examples in columns."""

import numpy as np

from derivations.adapters import loss_and_gradients


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def predict(params, x):
    h1 = np.tanh(params["W1"] @ x + params["b1"])
    h2 = np.tanh(params["W2"] @ h1 + params["b2"])
    return sigmoid(params["W3"] @ h2 + params["b3"])


def loss(params, x, t):
    y = predict(params, x)
    return -np.sum(t * np.log(y) + (1 - t) * np.log(1 - y)) / x.shape[1]


def gradients(params, x, t):
    W2, W3 = params["W2"], params["W3"]
    v1 = params["W1"] @ x + params["b1"]
    h1 = np.tanh(v1)
    v2 = W2 @ h1 + params["b2"]
    h2 = np.tanh(v2)
    y = sigmoid(W3 @ h2 + params["b3"])
    g3 = (y - t) / x.shape[1]
    dW3 = g3 @ h2.T
    g2 = (W3.T @ g3) * (1 - h2**2)
    dW2 = g2 @ h1.T
    g1 = (W2.T @ g2) * (1 - h1**2)
    dW1 = g1 @ x.T
    db1, db2, db3 = (g.sum(axis=1, keepdims=True) for g in (g1, g2, g3))
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}


# --- as a subject ---


def subject():
    return loss_and_gradients(
        "column",
        loss,
        gradients,
        activations=["tanh", "tanh", "sigmoid"],
        loss="binary-cross-entropy",
        form="dict",
        predict=predict,
    )
