"""What is told of one claim: its parts, their variables, the steps that were proved, the lines of code that ran.

Made in worker processes, so everything here is plain data.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..claim import Claim
from ..compare.sheet import LineRecord, lines
from ..convention import CONVENTIONS, Role
from ..evidence import Level
from ..laws import AnyLaw, GradientLaw, Law, ValueLaw
from ..ledger import pair
from ..proofs import Proof, prove
from ..registry import claims
from ..sizes.printing import latex, text
from ..subject import Subject
from .formulas import Formulas

SIDES = ("column", "row")


@dataclass(frozen=True)
class Shown:
    """A formula, as LaTeX and as text; or a sentence, without LaTeX."""

    text: str
    latex: str = ""


@dataclass(frozen=True)
class Step:
    """One step of a derivation in both conventions; None where there is none."""

    name: str
    column: Shown | None
    row: Shown | None

    @property
    def same(self) -> bool:
        """Whether both conventions have the same."""
        return self.column == self.row


@dataclass(frozen=True)
class Variable:
    """A variable, what it is, and its shape in both conventions."""

    letter: str
    kind: str
    column: Shown
    row: Shown


@dataclass(frozen=True)
class Part:
    """One law: its kind in words, its variables, its steps, and where it is run on numbers."""

    name: str
    kind: str
    about: str
    variables: tuple[Variable, ...] = ()
    steps: tuple[Step, ...] = ()
    regions: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """All that is told of one claim besides the ledger's entries."""

    id: str
    parts: tuple[Part, ...]
    lines: tuple[LineRecord, ...] = ()
    trouble: str = ""
    names: tuple[str, ...] = ("colnet", "rownet")
    formulas: Formulas = field(default_factory=Formulas, repr=False, compare=False)


def story(name: str, packages: Sequence[str], seed: int = 0) -> Story:
    """Tell a claim on two packages, imported by name."""
    claim, subjects = claims()[name], pair(packages)
    parts = tuple(part(law, subjects) for law in claim.laws)
    trouble = ""
    found: tuple[LineRecord, ...] = ()
    try:
        found = lines(claim, subjects, seed)
    except Exception as error:  # a faulty package; the ledger tells the fault
        trouble = f"{type(error).__name__}: {error}"
    names = tuple(subject.name for subject in subjects)
    formulas = Formulas()
    for latex_form in _formulas_of(claim, parts):
        formulas.set(latex_form)
    return Story(claim.id, parts, found, trouble, names, formulas)


def _formulas_of(claim: Claim, parts: Sequence[Part]) -> Iterator[str]:
    yield from (*claim.statement.values(), *claim.printed.values())
    for one in parts:
        items: tuple[Any, ...] = (*one.variables, *one.steps)
        for item in items:
            yield from (shown.latex for shown in (item.column, item.row) if shown is not None and shown.latex)


def part(law: AnyLaw, subjects: Sequence[Subject]) -> Part:
    """Tell one law."""
    if not isinstance(law, Law):
        kind = "shown by running it" if law.level is Level.RUN else f"a computation at the level {law.level}"
        return Part(law.part, kind, _first_sentence(law.run))
    roles = dict(law.variables)
    about = "the array that the code returns, entry by entry, is the one defined"
    if isinstance(law, GradientLaw):
        about = (
            f"what the code returns is the derivative of the definition by {', '.join(map(marked, law.by))}"
        )
    if isinstance(law, ValueLaw):
        roles |= {"result": law.result}
    return Part(
        law.part,
        "derivative" if isinstance(law, GradientLaw) else "value",
        about,
        tuple(variable(name, role) for name, role in roles.items() if role.kind != "scalar"),
        _steps(law, subjects) if Level.SIZE in law.levels else (),
        tuple(dict.fromkeys(region.label for region in law.regions)),
        tuple(_sizes(law, sizes) for sizes in law.shapes),
    )


def _first_sentence(run: Any) -> str:
    told = inspect.getdoc(run) or ""
    return told.split("\n\n")[0].replace("\n", " ").replace("``", "")


def _sizes(law: Law, sizes: Any) -> str:
    names = dict.fromkeys(name for role in law.variables.values() for name in role.sizes if name != "one")
    return ", ".join(f"{name} = {sizes[name]}" for name in names)


def variable(name: str, role: Role) -> Variable:
    """Tell a variable and its shapes at symbolic sizes."""
    sides = []
    for side in SIDES:
        sizes = {size: "1" if size == "one" else size for size in role.sizes}
        first, second = CONVENTIONS[side].shape(role, sizes)
        sides.append(Shown(f"{first} × {second}", rf"{first} \times {second}"))
    words = {"batch": "batch", "weights": "weights", "bias": "bias"}
    return Variable(marked(name), words[role.kind], *sides)


# The steps of one proof in the order in which they are told.
DEFINITION, DERIVATIVE, CONTRACTED, RETURNED, NORMAL, PREMISES, GUARD, NOTHING = (
    "definition",
    "derivative",
    "deltas contracted",
    "the code returned",
    "both come to",
    "premises",
    "guard",
    "no proof",
)
ORDER = (DEFINITION, DERIVATIVE, CONTRACTED, RETURNED, NORMAL, PREMISES, GUARD, NOTHING)


def _steps(law: Law, subjects: Sequence[Subject]) -> tuple[Step, ...]:
    told: dict[tuple[int, int], tuple[str, dict[str, Shown]]] = {}
    for subject in subjects:
        side = subject.convention.name
        try:
            proofs = list(prove(law, subject))
        except Exception as error:  # refuted, or the code raised: the ledger tells which
            why = Shown(f"{type(error).__name__}: {error}")
            told.setdefault((0, ORDER.index(NOTHING)), (NOTHING, {}))[1][side] = why
            continue
        for at, proof in enumerate(proofs):
            about = marked(proof.name) if proof.steps is None else f"by {marked(proof.name)}"
            for kind, shown in _of(proof):
                # A function has one definition, however many derivatives are taken of it.
                shared = kind == DEFINITION and proof.steps is not None
                name = kind if shared or len(proofs) == 1 else f"{about}: {kind}"
                told.setdefault((0 if shared else at, ORDER.index(kind)), (name, {}))[1][side] = shown
    return tuple(
        Step(name, sides.get("column"), sides.get("row"))
        for key, (name, sides) in sorted(told.items())
        # Where the code returns the normal form itself it is not told twice.
        if not (key[1] == ORDER.index(NORMAL) and sides == told[key[0], ORDER.index(RETURNED)][1])
    )


def _of(proof: Proof) -> list[tuple[str, Shown]]:
    def term(value: Any) -> Shown:
        return Shown(text(value), latex(value))

    told: list[tuple[str, Shown]] = []
    if proof.steps is None:
        told.append((DEFINITION, term(proof.defined)))
    else:
        told.append((DEFINITION, term(proof.steps.definition)))
        told.append((DERIVATIVE, term(proof.steps.uncontracted)))
        told.append((CONTRACTED, term(proof.steps.contracted)))
    told += [(RETURNED, term(proof.returned)), (NORMAL, term(proof.normal))]
    if proof.premises:
        told.append((PREMISES, Shown("; ".join(proof.premises))))
    told.append((GUARD, Shown(f"both sides agree at {proof.points} random points of small sizes")))
    return told


def marked(name: str) -> str:
    """Write the letter of a layer's array as in its formulas: W1 as W⁽¹⁾."""
    found = re.fullmatch(r"([A-Za-z]+)(\d)", name)
    return f"{found[1]}⁽{'⁰¹²³⁴⁵⁶⁷⁸⁹'[int(found[2])]}⁾" if found else name


__all__ = ["Claim", "Part", "Shown", "Step", "Story", "Variable", "story"]
