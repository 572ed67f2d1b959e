"""A claim of the paper: where it stands, what it says in both conventions, how it is established."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .evidence import Level
from .laws import AnyLaw


@dataclass(frozen=True)
class Claim:
    """One statement with a column form and a row form.

    Attributes
    ----------
    id : str
        Stable name, used everywhere.
    title : str
        In a few words.
    place : mapping
        Convention to equation number or section of the paper.
    statement : mapping
        Convention to LaTeX; the corrected form where the printed one is at fault.
    required : Level
        The weakest evidence with which the claim may be called confirmed.
    laws : sequence
        The parts that are run.
    uses : sequence of str
        Claims that this one rests on; if one of them fails, this one is not confirmed.
    printed : mapping
        Convention to LaTeX as printed, where that differs.
    errata : sequence of str
        Entries of the errata ledger about it.
    aliases : sequence of str
        Other names, such as equation numbers.
    argument : str
        How the parts make up the claim, in words, where that is not plain.
    """

    id: str
    title: str
    place: Mapping[str, str]
    statement: Mapping[str, str]
    required: Level
    laws: Sequence[AnyLaw]
    uses: Sequence[str] = ()
    printed: Mapping[str, str] = field(default_factory=dict)
    errata: Sequence[str] = ()
    aliases: Sequence[str] = ()
    argument: str = ""


def both(text: str) -> dict[str, str]:
    """Say the same for both conventions."""
    return {"column": text, "row": text}
