"""What the command and the plugin need of a check before anything heavy is imported."""

from __future__ import annotations

from collections.abc import Iterable

TIMEOUT = 30.0
"""Seconds that one rung of one part may take in a process of its own."""

ABOVE_FLOATS = ("", "above floats")
"""Key of the reason for which a claim is no more tried above floats: what hangs on one kind of numbers may on all."""


def reasons(texts: Iterable[str]) -> dict[str, str]:
    """Read what is expected to fail, each ``ID=REASON``."""
    found = {}
    for text in texts:
        name, _, reason = text.partition("=")
        found[name.strip()] = reason.strip() or "no reason given"
    return found
