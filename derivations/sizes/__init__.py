"""Arrays of symbolic size, on which plain NumPy code runs, and the calculus that decides whether entries are equal.

The trusted core of every proof "for every size". What it assumes: indices are in range; sizes are whole numbers of
at least 1; entries are real numbers, and arithmetic on them is exact; besides these, only the premises that a proof
lists. What it does not model exactly, it refuses (`Unsupported`, `UndecidableSize`).
"""

from __future__ import annotations

from .array import SymbolicArray, from_entry, identity, symbol_of, symbolic
from .equality import Equality, equal
from .proof import Derivation, derivation, diff, gradient
from .size import EngineFault, Index, Size, SizesError, UndecidableSize, Unsupported
from .terms import Term, delta, scalar
from .world import SizeWorld

__all__ = [
    "Derivation",
    "EngineFault",
    "Equality",
    "Index",
    "Size",
    "SizeWorld",
    "SizesError",
    "SymbolicArray",
    "Term",
    "UndecidableSize",
    "Unsupported",
    "delta",
    "derivation",
    "diff",
    "equal",
    "from_entry",
    "gradient",
    "identity",
    "scalar",
    "symbol_of",
    "symbolic",
]
