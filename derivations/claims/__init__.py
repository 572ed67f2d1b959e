"""The claims, one module per section of the paper. This module can be called: ``derivations.claims()`` lists them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..claim import Claim


class _Callable(ModuleType):
    """A package that is called like the function it is named after, which it hides once it is imported."""

    def __call__(self) -> Mapping[str, Claim]:
        """Return every claim by its id; see `derivations.registry.claims`."""
        found: Mapping[str, Claim] = import_module("..registry", __name__).claims()
        return found


sys.modules[__name__].__class__ = _Callable
