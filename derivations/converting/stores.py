"""Which framework stores which, as data: what the README's table shows and what the conversions use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ..adapters.layout import Layout


@dataclass(frozen=True)
class Store:
    """How a framework, or a text, keeps a dense layer.

    Attributes
    ----------
    name : str
        Of it, and where in it.
    forward : str
        What it computes, in its own letters or calls.
    batch : {"column", "row"}
        The convention of its batches: examples in columns or in rows.
    weights : {"column", "row"}
        As which convention stores them: (fan_out, fan_in) or (fan_in, fan_out).
    bias : str
        Shape of a bias.
    example : str
        ``"batch"`` when it takes batches; otherwise the shape of the one example that it takes.
    """

    name: str
    forward: str
    batch: Literal["column", "row"]
    weights: Literal["column", "row"]
    bias: str
    example: str = "batch"

    @property
    def layout(self) -> Layout:
        """The same for the adapters and conversions."""
        from ..adapters.layout import layout

        return layout(self.batch, weights=self.weights, bias=self.bias, example=self.example)

    @property
    def weight_shape(self) -> str:
        """Shape of the weights."""
        return "(fan_out, fan_in)" if self.weights == "column" else "(fan_in, fan_out)"

    @property
    def bias_shape(self) -> str:
        """Shape of the bias."""
        return self.bias.replace("n", "fan_out")

    @property
    def batch_axis(self) -> str:
        """Axis of a batch along which its examples lie."""
        if self.example != "batch":
            return f"none: one example {self.example}"
        return "1" if self.batch == "column" else "0"


STORES: Mapping[str, Store] = {
    "colnet": Store("`colnet`; the paper's body", "`W @ x + b`", "column", "column", "(n, 1)"),
    "rownet": Store("`rownet`; the paper's Appendix B", "`x @ W + b`", "row", "row", "(1, n)"),
    "torch": Store("PyTorch `nn.Linear`", "`x @ W.T + b`", "row", "column", "(n,)"),
    "keras": Store("Keras `Dense`", "`x @ kernel + bias`", "row", "row", "(n,)"),
    "flax": Store("Flax `nn.Dense`", "`x @ kernel + bias`", "row", "row", "(n,)"),
    "haiku": Store("Haiku `hk.Linear`", "`x @ w + b`", "row", "row", "(n,)"),
    "sklearn": Store(
        "scikit-learn `MLPClassifier`, `MLPRegressor`",
        "`x @ coefs_[i] + intercepts_[i]`",
        "row",
        "row",
        "(n,)",
    ),
    "tensorflow": Store("TensorFlow, by hand", "`tf.matmul(x, W) + b`", "row", "row", "(n,)"),
    "nielsen": Store(
        "Nielsen's book, `network.py`", "`np.dot(w, a) + b`", "column", "column", "(n, 1)", "(n, 1)"
    ),
    "cs231n": Store("Stanford cs231n, `affine_forward`", "`x.dot(w) + b`", "row", "row", "(n,)"),
    "micrograd": Store(
        "micrograd `nn.Layer`, neuron by neuron", "`sum(wi * xi) + b`", "column", "column", "(n,)", "(n,)"
    ),
}


def table() -> str:
    """Lay the table out as Markdown."""
    head = "| framework | forward | weights | bias | convention of the weights | batch axis |\n|---|---|---|---|---|---|\n"
    rows = (
        f"| {store.name} | {store.forward} | `{store.weight_shape}` | `{store.bias_shape}` | {store.weights}"
        f" | {store.batch_axis} |"
        for store in STORES.values()
    )
    return head + "\n".join(rows)
