"""What conversion refuses."""

from __future__ import annotations


class NotConvertible(ValueError):
    """A layer or an array that cannot be converted or stored; the text says which, and what can."""


class WrongConvention(ValueError):
    """Weights of one convention were asked for in the other; the text names both, and how to convert."""


class NotAWeightFile(ValueError):
    """A file that is none of Colrow's weight files, or is damaged."""
