"""One claim side by side, as data: everything in it is computed from the claim and from what ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from ..claim import Claim
from ..convention import COLUMN, ROW, Role
from ..laws import DISTINCT, Behaviour, Context
from ..ledger import Entry
from ..regions import Array, lay
from ..subject import Subject
from .changes import Change, of_arrays, of_code, of_formulas, of_shapes
from .lines import Ran, Statement, Watch, of_law
from .plain import plain
from .trying import F_TEXT, Trial, candidates, drawn, example, laws_of, roles_of

SIDES = ("column", "row")
ORDER = (Change.REVERSED, Change.TRANSPOSED, Change.AXIS, Change.INDICES, Change.OTHER, Change.ALONE)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class FormRecord(_Record):
    """The statement in both conventions."""

    column: str
    row: str
    column_latex: str
    row_latex: str
    changes: tuple[Change, ...]


class ShapeRecord(_Record):
    """A variable or a result, and its shape for every size."""

    name: str
    kind: str
    column: tuple[str, ...]
    row: tuple[str, ...]
    change: Change


class ArrayRecord(_Record):
    """An array of the worked example in both layouts; numbers as text, so that fractions stay exact."""

    name: str
    column: Any
    row: Any
    change: Change
    given: bool


class ExampleRecord(_Record):
    """A law that both packages ran on the same numbers."""

    claim: str
    part: str
    sizes: Mapping[str, int]
    exact: bool
    function: str
    arrays: tuple[ArrayRecord, ...]
    errors: Mapping[str, str]


class LineRecord(_Record):
    """A statement of either package that ran; None where only the other has it."""

    function: str
    column: str | None
    row: str | None
    column_place: str | None
    row_place: str | None
    computes: bool
    changes: tuple[Change, ...]
    note: str


class StatusRecord(_Record):
    """What the ledger says of the claim in one convention."""

    convention: str
    status: str
    level: str | None
    required: str
    failures: tuple[str, ...]


class Comparison(_Record):
    """A claim side by side."""

    id: str
    title: str
    place: Mapping[str, str]
    packages: Mapping[str, str]
    statement: FormRecord
    shapes: tuple[ShapeRecord, ...]
    example: ExampleRecord | None
    lines: tuple[LineRecord, ...]
    status: tuple[StatusRecord, ...]

    @property
    def changes(self) -> Mapping[str, tuple[Change, ...]]:
        """What changed in the formula, in the arrays and in the code."""
        code = [change for line in self.lines for change in line.changes]
        return {
            "formula": self.statement.changes,
            "arrays": summed(shape.change for shape in self.shapes),
            "code": summed(code),
        }


def summed(changes: Any) -> tuple[Change, ...]:
    """Give each kind of change once; unchanged only where nothing changed."""
    found = set(changes)
    if not found:
        return ()
    return tuple(kind for kind in ORDER if kind in found) or (Change.UNCHANGED,)


def form(claim: Claim) -> FormRecord:
    """Put the statements beside each other."""
    column, row = (claim.statement[side] for side in SIDES)
    return FormRecord(
        column=plain(column),
        row=plain(row),
        column_latex=column,
        row_latex=row,
        changes=of_formulas(column, row),
    )


def shapes(claim: Claim) -> tuple[ShapeRecord, ...]:
    """Give the shape of everything that the claim's laws speak of, for every size."""
    roles: dict[str, Role] = {}
    for law in laws_of(claim) or [law for _, law in candidates(claim)[:1]]:
        for name, role in roles_of(law).items():
            taken = roles.get(name)
            if taken is not None and taken != role:
                name = f"{name} ({law.part})"
            roles[name] = role
    found = []
    for name, role in roles.items():
        named = {size: "1" if size == "one" else size for size in role.sizes}
        column, row = (
            tuple(str(size) for size in convention.shape(role, named)) for convention in (COLUMN, ROW)
        )
        found.append(
            ShapeRecord(name=name, kind=role.kind, column=column, row=row, change=of_shapes(column, row))
        )
    return tuple(found)


def worked(trial: Trial) -> ExampleRecord:
    """Turn what both packages gave into a record; the layouts of results are compared, not assumed."""
    arrays = [
        ArrayRecord(
            name=name,
            column=told(array),
            row=told(lay(ROW, array)),
            change=of_arrays(array, lay(ROW, array)),
            given=True,
        )
        for name, array in trial.given.items()
    ]
    names = dict.fromkeys(name for found in trial.results.values() for name in found)
    for name in names:
        sides = [trial.results.get(side, {}).get(name) for side in SIDES]
        column, row = sides
        arrays.append(
            ArrayRecord(
                name=name,
                column=None if column is None else told(column),
                row=None if row is None else told(row),
                change=Change.ALONE if column is None or row is None else of_arrays(column, row),
                given=False,
            )
        )
    uses_f = "activation" in " ".join(trial.law.needs) or "network" in " ".join(trial.law.needs)
    return ExampleRecord(
        claim=trial.claim,
        part=trial.law.part,
        sizes={name: size for name, size in trial.sizes.items() if name != "one"},
        exact=trial.exact,
        function=F_TEXT if uses_f else "",
        arrays=tuple(arrays),
        errors=trial.errors,
    )


def told(array: Array) -> Any:
    """Write the entries of an array: fractions exactly, other numbers as the nearest float."""
    if array.ndim == 0:
        return _told(array[()])
    return [[_told(entry) for entry in line] for line in array.tolist()]


def _told(value: Any) -> str:
    if hasattr(value, "numerator"):
        return str(value)
    return repr(float(value))


def traced(claim: Claim, subject: Subject, seed: int = 0) -> Ran:
    """Run the claim's laws, or its behaviours if it has none, and give the statements that made the results."""
    if subject.package is None:
        raise ValueError(f"{subject.name} is no package: it has no lines to show")
    watch = Watch(subject.package)
    context = Context(subject, seed)
    laws = laws_of(claim)
    for law in laws:
        regions = (replace(law, regions=(region,)) for region in law.regions)
        with suppress(
            Exception
        ):  # a faulty package: the ledger tells the fault, and the other laws still run
            of_law(law, subject, (drawn(one, DISTINCT, context.rng(law.part)) for one in regions), watch)
    if not laws:
        with watch.tracing():
            for behaviour in claim.laws:
                if isinstance(behaviour, Behaviour):
                    with suppress(Exception):
                        behaviour.run(context)
    return watch.ran(by_operator=not laws)


def lines(claim: Claim, pair: Sequence[Subject], seed: int = 0) -> tuple[LineRecord, ...]:
    """Put the statements that ran in both packages beside each other, and say what changed from one to the other."""
    column, row = (traced(claim, subject, seed) for subject in pair)
    found = []
    places = {key: (key[0], statement.line) for key, statement in row.statements.items()}
    places |= {key: (key[0], statement.line) for key, statement in column.statements.items()}
    for key in sorted(places, key=places.__getitem__):
        one, two = column.statements.get(key), row.statements.get(key)
        computes = key in column.computing or key in row.computing
        changes: tuple[Change, ...] = (Change.ALONE,)
        note = ""
        if one is not None and two is not None:
            changes, note = of_code(one.node, two.node, column.names[one.file], row.names[two.file])
        if not computes and changes == (Change.UNCHANGED,):
            continue
        names = [subject.name for subject in pair]
        found.append(
            LineRecord(
                function=key[1],
                column=one.text if one else None,
                row=two.text if two else None,
                column_place=_place(names[0], one),
                row_place=_place(names[1], two),
                computes=computes,
                changes=changes,
                note=note,
            )
        )
    return tuple(sorted(found, key=lambda line: not line.computes))


def _place(package: str, statement: Statement | None) -> str | None:
    return None if statement is None else f"{package}/{statement.file}:{statement.line}"


def statuses(entries: Sequence[Entry]) -> tuple[StatusRecord, ...]:
    """Take the ledger's word for a claim."""
    return tuple(
        StatusRecord(
            convention=entry.convention,
            status=str(entry.status),
            level=None if entry.level is None else str(entry.level),
            required=str(entry.required),
            failures=tuple(f"{item.part} ({item.level}): {item.detail}" for item in entry.failures),
        )
        for entry in entries
    )


def compare(
    claim: Claim,
    pair: Sequence[Subject],
    *,
    entries: Sequence[Entry] = (),
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
    values: Mapping[str, Array] | None = None,
    layout: str = "column",
    part: str = "",
) -> Comparison:
    """Put a claim side by side.

    Parameters
    ----------
    claim : Claim
        Which one.
    pair : sequence of Subject
        The column and the row package, each the other's counterpart.
    entries : sequence of Entry
        What the ledger says of it, if it was run; nothing is said of the status otherwise.
    seed : int
        For the numbers that are drawn.
    sizes, values, layout, part
        One's own numbers for the worked example: sizes by name, arrays by letter in the layout of a
        convention, and which part of the claim.

    Raises
    ------
    BadNumbers
        When those do not fit.
    """
    trial = example(claim, pair, seed=seed, sizes=sizes, values=values, layout=layout, part=part)
    return Comparison(
        id=claim.id,
        title=claim.title,
        place=dict(claim.place),
        packages={subject.convention.name: subject.name for subject in pair},
        statement=form(claim),
        shapes=shapes(claim),
        example=None if trial is None else worked(trial),
        lines=lines(claim, pair, seed),
        status=statuses(entries),
    )
