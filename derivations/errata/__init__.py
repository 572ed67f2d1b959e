"""The errata ledger: each fault of the paper refuted as printed and proved as corrected, on the spot.

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .erratum import Erratum, ErratumResult
    from .ledger import errata, run_errata
    from .show import render

_HOMES = {
    "Erratum": "erratum",
    "ErratumResult": "erratum",
    "errata": "ledger",
    "render": "show",
    "run_errata": "ledger",
}

__all__ = ["Erratum", "ErratumResult", "errata", "render", "run_errata"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
