"""The implementations by name: read as text, so that a fault can be planted in them, and made into subjects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from derivations.subject import Subject

HERE = Path(__file__).parent

RIGHT = (
    "right_functions",
    "right_functions:whole",
    "right_updating",
    "right_listing",
    "right_keeping",
    "right_pair",
)
"""As they are published: module, and the function that makes the subject, if it is not ``subject``."""

MIRRORS = tuple(place.replace("right", "mirror") for place in RIGHT)
"""The same in the other convention."""


def module_of(place: str, convention: str) -> str:
    """Give the place of an implementation in a convention: as published, or its mirror image."""
    module, _, maker = place.partition(":")
    own = {"updating": "column", "listing": "column"}.get(module, "row")
    return f"{'right' if convention == own else 'mirror'}_{module}" + (f":{maker}" if maker else "")


def source(module: str) -> str:
    return (HERE / f"{module}.py").read_text(encoding="utf-8")


def squared(W: Any) -> Any:
    """Give W itself where nothing tells that it should be its transpose; where it is not square, NumPy does."""
    return W if W.shape[0] == W.shape[1] else W.T


def made(place: str, *changes: tuple[str, str]) -> Subject:
    """Run an implementation, with changes (old text, new text) planted in it, and make its subject."""
    module, _, maker = place.partition(":")
    text = source(module)
    for old, new in changes:
        if text.count(old) != 1:
            raise ValueError(f"the text to change is {text.count(old)} times in {module}: {old}")
        text = text.replace(old, new)
    names: dict[str, Any] = {"__name__": f"zoo.{module}", "squared": squared}
    exec(compile(text, f"{module}.py", "exec"), names)
    subject = names[maker or "subject"]()
    if not isinstance(subject, Subject):
        raise TypeError(f"{place} makes no subject")
    return subject
