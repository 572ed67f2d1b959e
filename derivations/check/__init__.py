"""The check of somebody's implementation. This module can be called: ``derivations.check(subject)``.

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .report import Answer, ClaimReport, Finding, Report, Rung
    from .running import check

__all__ = ["Answer", "ClaimReport", "Finding", "Report", "Rung", "check"]

_HOMES = dict.fromkeys(("Answer", "ClaimReport", "Finding", "Report", "Rung"), "report")
_HOMES["check"] = "running"


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Callable(ModuleType):
    """A package that is called like the function it is named after."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Check a subject; see `derivations.check.running.check`."""
        return import_module(".running", __name__).check(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
