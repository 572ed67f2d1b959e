"""A loss and its gradients as two functions of a dictionary of parameters.

Examples in rows, a bias without a second axis, tanh inside and sigmoids at the end, binary cross-entropy added up
over the outputs and averaged over the batch.
"""

import numpy as np

from derivations.adapters import layout, loss_and_gradients


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def predict(params, x):
    h1 = np.tanh(x @ params["W1"] + params["b1"])
    h2 = np.tanh(h1 @ params["W2"] + params["b2"])
    return sigmoid(h2 @ params["W3"] + params["b3"])


def loss(params, x, t):
    y = predict(params, x)
    return -np.sum(t * np.log(y) + (1 - t) * np.log(1 - y)) / len(x)


def gradients(params, x, t):
    W2, W3 = params["W2"], params["W3"]
    v1 = x @ params["W1"] + params["b1"]
    h1 = np.tanh(v1)
    v2 = h1 @ W2 + params["b2"]
    h2 = np.tanh(v2)
    y = sigmoid(h2 @ W3 + params["b3"])
    g3 = (y - t) / len(x)
    dW3 = h2.T @ g3
    g2 = (g3 @ W3.T) * (1 - h2**2)
    dW2 = h1.T @ g2
    g1 = (g2 @ W2.T) * (1 - h1**2)
    dW1 = x.T @ g1
    db1, db2, db3 = (g.sum(axis=0) for g in (g1, g2, g3))
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}


# --- as a subject ---


def subject():
    return loss_and_gradients(
        layout("row", bias="(n,)"),
        loss,
        gradients,
        activations=["tanh", "tanh", "sigmoid"],
        loss="binary-cross-entropy",
        form="dict",
        predict=predict,
    )
