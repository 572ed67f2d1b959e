"""An erratum: two forms of one statement, and a judge that does not know which of them it is given.

The judge finds out whether a form is true. The printed form has to come out refuted and the corrected one
proved, by the same judge: one that always refuses, or always agrees, cannot show anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

Kind = Literal[
    "wrong", "ambiguous", "omission", "fragile", "wording", "wrong as extracted", "wrong for batches"
]
Method = Literal["counterexample", "symbolic difference", "exception", "shapes"]
Status = Literal["shown", "right as printed", "failed"]

KINDS: tuple[str, ...] = get_args(Kind)
METHODS: tuple[str, ...] = get_args(Method)


class NotShown(Exception):
    """A form did not come out as it has to; the text says what came out instead."""


class HoldsAsPrinted(NotShown):
    """The judge found every part of the printed form true."""


@dataclass(frozen=True)
class Refutation:
    """What shows that a form is false: the numbers, the shapes or the exception."""

    method: Method
    text: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Proof:
    """What shows that a form is true: by which method, of how many cases or entries."""

    method: str
    text: str
    cases: int
    data: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.cases < 1:
            raise NotShown("a proof of no case proves nothing")


Finding = Refutation | Proof


@dataclass(frozen=True)
class Form:
    """A statement as it is shown to people: plain text and LaTeX."""

    text: str
    latex: str


@dataclass(frozen=True)
class Part:
    """One statement at issue.

    Attributes
    ----------
    name : str
        What it is about.
    printed, corrected : Any
        Both readings in the form the judge can run: a function, a class, a set of values.
    judge : callable
        Takes either and says what it found; raises `NotShown` where it can decide neither way.
    """

    name: str
    printed: Any
    corrected: Any
    judge: Callable[[Any], Finding]


@dataclass(frozen=True)
class Erratum:
    """One entry of the ledger.

    Attributes
    ----------
    id, kind, place, title : str
        E01 and on; how grave; where in the paper; in a few words.
    printed, corrected : Form
        What is printed, and what is to be said, for people.
    claims : tuple of str
        The claims whose proofs carry the corrected form to every size or depth.
    parts : tuple of Part
        What is run; each printed part has to be refuted, each corrected part proved.
    remark : str
        What a fair reader adds.
    """

    id: str
    kind: Kind
    place: str
    title: str
    printed: Form
    corrected: Form
    claims: tuple[str, ...]
    parts: tuple[Part, ...]
    remark: str = ""

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError(f"{self.id} has nothing to run")

    def refute(self) -> Refutation:
        """Refute the printed form, part by part.

        Raises
        ------
        HoldsAsPrinted
            When every part is true as printed.
        NotShown
            When some part is, or could not be decided.
        """
        found = [(part.name, part.judge(part.printed)) for part in self.parts]
        holding = [(name, item) for name, item in found if isinstance(item, Proof)]
        if holding:
            told = "\n".join(_line(name, item.text, len(found)) for name, item in holding)
            raise (HoldsAsPrinted if len(holding) == len(found) else NotShown)(f"true as printed: {told}")
        refuted = [(name, item) for name, item in found if isinstance(item, Refutation)]
        return Refutation(
            refuted[0][1].method,
            "\n".join(_line(name, item.text, len(found)) for name, item in refuted),
            {name: {"method": item.method, **item.data} for name, item in refuted},
        )

    def prove(self) -> Proof:
        """Prove the corrected form, part by part.

        Raises
        ------
        NotShown
            When some part was refuted, or could not be decided.
        """
        found = [(part.name, part.judge(part.corrected)) for part in self.parts]
        for name, item in found:
            if isinstance(item, Refutation):
                raise NotShown(f"the corrected form is false: {_line(name, item.text, len(found))}")
        proved = [(name, item) for name, item in found if isinstance(item, Proof)]
        return Proof(
            ", ".join(dict.fromkeys(item.method for _, item in proved)),
            "\n".join(_line(name, item.text, len(found)) for name, item in proved),
            sum(item.cases for _, item in proved),
            {name: {"method": item.method, "cases": item.cases, **item.data} for name, item in proved},
        )


def _line(name: str, text: str, parts: int) -> str:
    return f"{name}: {text}" if parts > 1 else text


class FormRecord(BaseModel):
    """Both ways to write a form."""

    model_config = ConfigDict(frozen=True)

    text: str
    latex: str


class RefutationRecord(BaseModel):
    """A refutation that was found."""

    model_config = ConfigDict(frozen=True)

    method: Method
    text: str
    data: dict[str, Any]


class ProofRecord(BaseModel):
    """A proof that ran."""

    model_config = ConfigDict(frozen=True)

    method: str
    text: str
    cases: int
    data: dict[str, Any]


class ErratumResult(BaseModel):
    """What came of one entry; the status is computed from what ran."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: Kind
    place: str
    title: str
    status: Status
    printed: FormRecord
    corrected: FormRecord
    refutation: RefutationRecord | None
    proof: ProofRecord | None
    claims: tuple[str, ...]
    remark: str = ""
    detail: str = ""
    seconds: float
