"""The pictures of the report. Each is drawn from a run of the packages; captions are made of what was computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module

from ...ledger import pair
from .canvas import Picture

# Name to the claims that a picture belongs to, so that a report on a few claims draws what it needs.
PICTURES: Mapping[str, tuple[str, ...]] = {
    "and_gate": ("decision-surface", "and-network"),
    "loss_curves": ("duality", "listing-train"),
    "step_size": ("weight-gradient", "chain"),
    "collapsing": ("collapse", "activation-necessary"),
    "bowl": ("steepest-descent", "weight-update"),
}


def draw(name: str, packages: Sequence[str]) -> Picture:
    """Draw one picture on two packages; for worker processes."""
    picture: Picture = import_module(f".{name}", __name__).draw(pair(packages))
    return picture
