"""Numeric oracles, which know nothing of any network: they are handed a function and a claim."""

from __future__ import annotations

from .cause import cause, first_wrong_entry
from .central import central_differences
from .complex_step import complex_slopes, complex_step
from .exact import exact_differences, exact_slope
from .one_sided import Sides, one_sided, subgradient
from .taylor import directional, taylor
from .units import units
from .verdict import Answer, Verdict

__all__ = [
    "Answer",
    "Sides",
    "Verdict",
    "cause",
    "central_differences",
    "complex_slopes",
    "complex_step",
    "directional",
    "exact_differences",
    "exact_slope",
    "first_wrong_entry",
    "one_sided",
    "subgradient",
    "taylor",
    "units",
]
