"""Parameters of networks, from one convention into the other and between frameworks, and as files that say theirs.

==================================  ============================================================
`convert`                           a network of `colnet` into `rownet`, and back
`save`, `load`, `read`              `.npz` files that record their convention
`of_network`, `of_pairs`            `Weights` of a network; of plain arrays in a stated layout
`pairs_of`                          plain arrays in a stated layout
`from_torch`, `to_torch`            ``torch.nn.Linear``, ``Sequential``, state dicts (`to_state_dict`)
`from_sklearn`, `to_sklearn`        ``coefs_`` and ``intercepts_``
`from_keras`, `to_keras`            lists of kernels and biases
`from_flax`, `to_flax`              ``{"params": {"Dense_0": {"kernel", "bias"}}}``
==================================  ============================================================

Every conversion is an instance of the rule transpose-weights (``colrow rules``), which the claims shapes and duality
prove: each W is transposed, each bias laid the other way, and no number changes.

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import NotAWeightFile, NotConvertible, WrongConvention
    from .file import load, read, save
    from .frameworks import (
        Coefs,
        from_flax,
        from_keras,
        from_sklearn,
        from_torch,
        to_flax,
        to_keras,
        to_sklearn,
        to_state_dict,
        to_torch,
    )
    from .networks import convert, of_network, of_pairs, pairs_of
    from .stores import STORES, Store
    from .weights import ACTIVATIONS, RULE, Weights

_NAMES = {
    "errors": ("NotAWeightFile", "NotConvertible", "WrongConvention"),
    "file": ("load", "read", "save"),
    "frameworks": (
        "Coefs",
        "from_flax",
        "from_keras",
        "from_sklearn",
        "from_torch",
        "to_flax",
        "to_keras",
        "to_sklearn",
        "to_state_dict",
        "to_torch",
    ),
    "networks": ("convert", "of_network", "of_pairs", "pairs_of"),
    "stores": ("STORES", "Store"),
    "weights": ("ACTIVATIONS", "RULE", "Weights"),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}

__all__ = [
    "ACTIVATIONS",
    "RULE",
    "STORES",
    "Coefs",
    "NotAWeightFile",
    "NotConvertible",
    "Store",
    "Weights",
    "WrongConvention",
    "convert",
    "from_flax",
    "from_keras",
    "from_sklearn",
    "from_torch",
    "load",
    "of_network",
    "of_pairs",
    "pairs_of",
    "read",
    "save",
    "to_flax",
    "to_keras",
    "to_sklearn",
    "to_state_dict",
    "to_torch",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
