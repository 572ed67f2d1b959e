"""Every claim of the paper, derived and held against an implementation that is handed in.

Nothing heavy is imported until it is used, so that a pytest start need not pay for SymPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .check import check
    from .check.parametrizing import parametrize_with_claims
    from .converting.file import load as load_weights
    from .converting.file import save as save_weights
    from .converting.networks import convert
    from .ledger import Ledger, confirm
    from .registry import claims
    from .subject import Subject, package_subject

__version__ = "0.1.0"

_HOMES = {
    "convert": "converting.networks",
    "load_weights": "converting.file:load",
    "save_weights": "converting.file:save",
    "parametrize_with_claims": "check.parametrizing",
    "Ledger": "ledger",
    "confirm": "ledger",
    "Subject": "subject",
    "package_subject": "subject",
}

__all__ = [
    "Ledger",
    "Subject",
    "__version__",
    "check",
    "claims",
    "confirm",
    "convert",
    "load_weights",
    "package_subject",
    "parametrize_with_claims",
    "save_weights",
]


def __getattr__(name: str) -> Any:
    if name in ("check", "claims"):
        return import_module(f".{name}", __name__)  # which can be called
    if name in _HOMES:
        home, _, its_name = _HOMES[name].partition(":")
        return getattr(import_module(f".{home}", __name__), its_name or name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
