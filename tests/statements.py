"""What each claim says, written a second time in plain mathematics. Nothing of `derivations` is imported here.

Indices are i (input), j (neuron), k (example), from 0; W[j, i] is the weight from input i to neuron j, x[i, k] is
feature i of example k, in both conventions. A statement is keyed by claim and part: (what the variables are,
what is computed from them). A value is a function of the indices of an entry; a gradient is stated as the
scalar that is differentiated, and the variables that it is differentiated by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Values = Any
Statement = Callable[[Values], Any]


def v(a: Values, j: int, k: int) -> Any:
    return sum(a.W[j, i] * a.x[i, k] for i in range(a.n)) + a.b[j]


def entry(formula: Callable[..., Any]) -> Statement:
    """State a value: a formula of the variables and the indices of an entry."""
    return lambda a: lambda *at: formula(a, *at)


def grad(by: str, formula: Callable[[Values], Any]) -> tuple[tuple[str, ...], Statement]:
    """State a gradient: the names of the variables, and the scalar."""
    return tuple(by.split()), formula


def softmax(a: Values, i: int, k: int) -> Any:
    return a.exp(a.v[i, k]) / sum(a.exp(a.v[l, k]) for l in range(a.n))


def sigmoid(a: Values, u: Any) -> Any:
    return 1 / (1 + a.exp(-u))


def tanh(a: Values, u: Any) -> Any:
    return (a.exp(u) - a.exp(-u)) / (a.exp(u) + a.exp(-u))


def times_g(a: Values, y: Callable[[int, int], Any]) -> Any:
    return sum(a.g[i, k] * y(i, k) for i in range(a.n) for k in range(a.B))


ZERO = entry(lambda a, *at: 0)


# --- losses of one example k ---


def mse(a: Values, k: int) -> Any:
    return sum((a.y[i, k] - a.t[i, k]) ** 2 for i in range(a.n)) / a.n


def mae(a: Values, k: int) -> Any:
    return sum(max(a.y[i, k] - a.t[i, k], a.t[i, k] - a.y[i, k]) for i in range(a.n)) / a.n


def xlogy(a: Values, x: Any, y: Any) -> Any:
    return x * a.log(y) if x != 0 else 0


def cross_entropy(a: Values, k: int) -> Any:
    return -sum(xlogy(a, a.t[i, k], a.y[i, k]) for i in range(a.n))


def binary(a: Values, k: int) -> Any:
    return -sum(xlogy(a, a.t[i, k], a.y[i, k]) + xlogy(a, 1 - a.t[i, k], 1 - a.y[i, k]) for i in range(a.n))


def hinge(a: Values, k: int) -> Any:
    return sum(max(0, 1 - a.t[i, k] * a.y[i, k]) for i in range(a.n))


def fused_softmax(a: Values, k: int) -> Any:
    total = sum(a.exp(a.y[l, k]) for l in range(a.n))
    return sum(a.t[i, k] * (a.log(total) - a.y[i, k]) for i in range(a.n))


def fused_sigmoid(a: Values, k: int) -> Any:
    return sum(
        a.t[i, k] * a.log(1 + a.exp(-a.y[i, k])) + (1 - a.t[i, k]) * a.log(1 + a.exp(a.y[i, k]))
        for i in range(a.n)
    )


LOSSES = {
    "mse": mse,
    "mae": mae,
    "cross-entropy": cross_entropy,
    "binary-cross-entropy": binary,
    "categorical-cross-entropy": cross_entropy,
    "hinge": hinge,
    "fused-softmax": fused_softmax,
    "fused-sigmoid": fused_sigmoid,
}


def batch_sum(loss: Callable[[Values, int], Any]) -> Statement:
    return lambda a: sum(loss(a, k) for k in range(a.B))


def batch_mean(loss: Callable[[Values, int], Any]) -> Statement:
    return lambda a: sum(loss(a, k) for k in range(a.B)) / a.B


def of_loss(loss: Callable[[Values, int], Any]) -> dict[str, Any]:
    return {
        "value per example": entry(lambda a, one, k: loss(a, k)),
        "value, sum": lambda a: lambda: batch_sum(loss)(a),
        "value, mean": lambda a: lambda: batch_mean(loss)(a),
        "gradient, sum": grad("y", batch_sum(loss)),
        "gradient, mean": grad("y", batch_mean(loss)),
    }


# --- networks ---

WIDTHS = ("n", "h", "k", "m")


def network(depth: int, a: Values, j: int, k: int) -> Any:
    """Compute neuron j of layer `depth` for example k; each layer is f(W y + b) of the one before."""
    if depth == 0:
        return a.x[j, k]
    W, b, size = getattr(a, f"W{depth}"), getattr(a, f"b{depth}"), getattr(a, WIDTHS[depth - 1])
    return a.f(sum(W[j, i] * network(depth - 1, a, i, k) for i in range(size)) + b[j])


def chain(depth: int) -> tuple[tuple[str, ...], Statement]:
    names = ["x", *(f"{letter}{layer}" for layer in range(1, depth + 1) for letter in "Wb")]

    def scalar(a: Values) -> Any:
        size = getattr(a, WIDTHS[depth])
        return sum(a.g[j, k] * network(depth, a, j, k) for j in range(size) for k in range(a.B))

    return grad(" ".join(names), scalar)


def dense_loss(a: Values) -> Any:
    return sum(a.g[j, k] * v(a, j, k) for j in range(a.m) for k in range(a.B))


def dW(a: Values, j: int, i: int) -> Any:
    return sum(a.g[j, k] * a.x[i, k] for k in range(a.B))


def db(a: Values, j: int) -> Any:
    return sum(a.g[j, k] for k in range(a.B))


def inference(a: Values, i: int, k: int) -> Any:
    def last(j: int) -> Any:
        return a.exp(sum(a.W1[j, l] * a.x[l, k] for l in range(a.n)) + a.b1[j])

    return last(i) / sum(last(j) for j in range(a.h))


def two(a: Values, j: int, k: int) -> Any:
    def hidden(l: int) -> Any:
        return sum(a.W1[l, i] * a.x[i, k] for i in range(a.n)) + a.b1[l]

    return sum(a.W2[j, l] * hidden(l) for l in range(a.h)) + a.b2[j]


STATEMENTS: dict[str, dict[str, Any]] = {
    "neuron": {"value": entry(lambda a, j, k: a.f(v(a, j, k)))},
    "layer": {"value": entry(lambda a, j, k: a.f(v(a, j, k)))},
    "affine-entries": {"value": entry(v)},
    "weight-index": {"any weight": entry(lambda a, j, k: sum(a.S[j, i] * a.x[i, k] for i in range(a.n)))},
    "relu": {
        "value": entry(lambda a, i, k: max(0, a.v[i, k])),
        "derivative": grad("v", lambda a: times_g(a, lambda i, k: max(0, a.v[i, k]))),
        "relu(v) - relu(-v) = v": ZERO,
    },
    "sigmoid": {
        "value": entry(lambda a, i, k: sigmoid(a, a.v[i, k])),
        "derivative": grad("v", lambda a: times_g(a, lambda i, k: sigmoid(a, a.v[i, k]))),
        "sigmoid(v) + sigmoid(-v) = 1": ZERO,
    },
    "tanh": {
        "value": entry(lambda a, i, k: tanh(a, a.v[i, k])),
        "derivative": grad("v", lambda a: times_g(a, lambda i, k: tanh(a, a.v[i, k]))),
        "tanh(v) = 2 sigmoid(2 v) - 1": ZERO,
        "tanh(-v) = -tanh(v)": ZERO,
    },
    "softmax": {
        "value": entry(softmax),
        "derivative": grad("v", lambda a: times_g(a, lambda i, k: softmax(a, i, k))),
        "sums to 1": entry(lambda a, one, k: 1),
        "shift invariance": ZERO,
    },
    "forward": {f"depth {d}": entry(lambda a, j, k, d=d: network(d, a, j, k)) for d in (1, 2, 3)},
    "inference": {
        "prediction": entry(inference),
        "distribution per example": entry(lambda a, one, k: 1),
    },
    **{name: of_loss(loss) for name, loss in LOSSES.items()},
    "mae": {**of_loss(mae), "slope at the kink": ZERO},
    "hinge": {**of_loss(hinge), "slope at the kink": ZERO},
    "batch-reduction": dict.fromkeys(LOSSES, ZERO),
    "steepest-descent": {
        "the step goes along minus the gradient": entry(lambda a, j, i: -a.alpha * dW(a, j, i)),
    },
    "mse-gradient": {
        "gradient, sum": grad("y", batch_sum(mse)),
        "gradient, mean": grad("y", batch_mean(mse)),
        "matrix form": entry(lambda a, i, k: 2 * (a.y[i, k] - a.t[i, k]) / a.n),
    },
    "dense-jacobians": {
        "dv/db": entry(lambda a, j, k: a.s[j]),
        "dv/dx": entry(lambda a, j, k: sum(a.W[j, i] * a.s[i, k] for i in range(a.n))),
    },
    "single-weight": {"general entry, one example": entry(lambda a, j, i: a.g[j, 0] * a.x[i, 0])},
    "weight-gradient": {"derivative": grad("W", dense_loss), "matrix form": entry(dW)},
    "bias-gradient": {"derivative": grad("b", dense_loss), "matrix form": entry(db)},
    "input-gradient": {
        "derivative": grad("x", dense_loss),
        "matrix form": entry(lambda a, i, k: sum(a.W[j, i] * a.g[j, k] for j in range(a.m))),
    },
    "activation-gradient": {
        "derivative": grad("v", lambda a: times_g(a, lambda i, k: a.f(a.v[i, k]))),
        "matrix form": entry(lambda a, i, k: a.g[i, k] * a.df(a.v[i, k])),
    },
    "chain": {f"depth {d}": chain(d) for d in (1, 2, 3)},
    "weight-update": {
        "step": entry(lambda a, j, i: a.W[j, i] - a.alpha * dW(a, j, i)),
        "any parameter, any gradient": entry(lambda a, j, i: a.p[j, i] - a.alpha * a.q[j, i]),
        "first-order decrease": lambda a: (
            lambda: -a.alpha * sum(dW(a, j, i) ** 2 for j in range(a.m) for i in range(a.n))
        ),
    },
    "bias-update": {
        "step": entry(lambda a, j: a.b[j] - a.alpha * db(a, j)),
        "any parameter, any gradient": entry(lambda a, j: a.p[j] - a.alpha * a.q[j]),
        "first-order decrease": lambda a: lambda: -a.alpha * sum(db(a, j) ** 2 for j in range(a.m)),
    },
    "collapse-two": {
        "weights": entry(lambda a, j, i: sum(a.W2[j, l] * a.W1[l, i] for l in range(a.h))),
        "bias": entry(lambda a, j: sum(a.W2[j, l] * a.b1[l] for l in range(a.h)) + a.b2[j]),
        "same function": entry(two),
    },
    "duality": dict.fromkeys(
        [
            "forward",
            *(f"gradient by {letter}" for letter in "Wbx"),
            *(f"update of {letter}" for letter in "Wb"),
            *(f"gradient by {name} through two layers" for name in ("W1", "b1", "W2", "b2", "x")),
        ],
        ZERO,
    ),
}
