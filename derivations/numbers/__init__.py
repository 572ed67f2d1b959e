"""Number types on which plain NumPy code is run: exact, 50 digits, symbolic, and with their rounding."""

from __future__ import annotations

from .arrays import each, fractions, require_exact, unwrap
from .errors import InexactNumberError, UndecidableComparison
from .high_precision import CONTEXT, HighPrecision, precise_context
from .rational import NotRationalError, Rational
from .regions import ordered, orderings, sign_patterns, signed
from .rounded import KINDS, FloatKind, Rounded, outside
from .symbolic import Symbolic, sign_of
from .zero import UnsoundError, ZeroTest, proved_zero, zero_test

__all__ = [
    "CONTEXT",
    "KINDS",
    "FloatKind",
    "HighPrecision",
    "InexactNumberError",
    "NotRationalError",
    "Rational",
    "Rounded",
    "Symbolic",
    "UndecidableComparison",
    "UnsoundError",
    "ZeroTest",
    "each",
    "fractions",
    "ordered",
    "orderings",
    "outside",
    "precise_context",
    "proved_zero",
    "require_exact",
    "sign_of",
    "sign_patterns",
    "signed",
    "unwrap",
    "zero_test",
]
