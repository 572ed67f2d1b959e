"""Numeric oracles, which know nothing of any network: they are handed a function and a claim."""

from __future__ import annotations

from .cause import cause, first_wrong_entry
from .central import central_differences
from .complex_step import complex_slopes, complex_step
from .units import units
from .verdict import Answer, Verdict

__all__ = [
    "Answer",
    "Verdict",
    "cause",
    "central_differences",
    "complex_slopes",
    "complex_step",
    "first_wrong_entry",
    "units",
]
