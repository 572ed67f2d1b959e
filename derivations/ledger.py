"""The ledger: run every claim on both subjects and compute, from what ran, what may be said."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from . import __version__
from .claim import Claim
from .convention import COLUMN, ROW
from .evidence import Evidence, Inconclusive, Level, NotRun, Outcome, Refuted, Status, status_of, strongest
from .laws import AnyLaw, Behaviour, Context, Law
from .registry import claims, order
from .subject import NoSubject, Subject, package_subject

PACKAGES = ("colnet", "rownet")


class Entry(BaseModel):
    """A claim in one convention, and what became of it."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    place: str
    convention: str
    subject: str
    required: Level
    level: Level | None
    status: Status
    evidence: tuple[Evidence, ...]
    uses: tuple[str, ...]
    errata: tuple[str, ...]
    seconds: float
    broken: tuple[str, ...] = ()
    """Premises that failed or did not run, where the status is `premise failed`."""

    @property
    def failures(self) -> tuple[Evidence, ...]:
        """The checks that did not pass."""
        return tuple(item for item in self.evidence if item.outcome is not Outcome.PASSED)


class Ledger(BaseModel):
    """All entries of a run."""

    model_config = ConfigDict(frozen=True)

    version: str
    seed: int
    seconds: float
    claims: tuple[Entry, ...]

    @property
    def holds(self) -> bool:
        """Whether every claim is confirmed, at the level that it requires or above it."""
        return bool(self.claims) and all(entry.status is Status.CONFIRMED for entry in self.claims)

    def entry(self, claim: str, convention: str) -> Entry:
        """Return the entry of a claim in a convention; KeyError if it was not part of the run."""
        for entry in self.claims:
            if (entry.id, entry.convention) == (claim, convention):
                return entry
        raise KeyError((claim, convention))


def levels_of(law: AnyLaw) -> tuple[Level, ...]:
    """Give the levels at which a law is checked, from the top."""
    return (law.level,) if isinstance(law, Behaviour) else law.levels


def checks(claim: Claim) -> Iterator[tuple[AnyLaw, Level]]:
    """Generate every check of a claim: each part at each of its levels."""
    for law in claim.laws:
        for level in levels_of(law):
            yield law, level


def run_check(claim: Claim, law: AnyLaw, level: Level, context: Context) -> Evidence:
    """Run one check and record what came of it; only a broken engine raises."""
    from .engine import run_law
    from .numbers import UnsoundError
    from .proofs import at_every_size
    from .sizes import EngineFault

    def record(
        outcome: Outcome, cases: int = 0, detail: str = "", premises: tuple[str, ...] = ()
    ) -> Evidence:
        return Evidence(
            part=law.part, level=level, outcome=outcome, cases=cases, detail=detail, premises=premises
        )

    subject = context.subject
    missing = [door for door in law.needs if not subject.has([door])]
    if missing:
        return record(Outcome.NOT_RUN, detail=f"{subject.name} offers no {', '.join(missing)}")
    premises: tuple[str, ...] = ()
    try:
        if level is Level.SIZE and isinstance(law, Law):
            cases, premises = at_every_size(law, context)
        else:
            cases = run_law(law, level, context)
    except (EngineFault, UnsoundError):
        raise  # nothing that this engine says may be believed any more
    except Refuted as refuted:
        return record(Outcome.FAILED, 1, f"{claim.id}, {subject.convention.name}: {refuted}")
    except Inconclusive as undecided:
        return record(Outcome.INCONCLUSIVE, 1, str(undecided))
    except NotRun as absent:
        return record(Outcome.NOT_RUN, detail=str(absent))
    except Exception as error:  # the subject's code raised: that is a finding, not an accident of ours
        return record(Outcome.FAILED, 1, f"{claim.id}, {subject.convention.name}: raised {_told(error)}")
    if cases < 1:
        return record(Outcome.NOT_RUN, detail="the check compared nothing")
    return record(Outcome.PASSED, cases, premises=premises)


def _told(error: Exception) -> str:
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f"{type(error).__name__}: {error} (line {last.lineno} of {last.filename.rsplit('/', 2)[-1]}: {last.line})"


Levels = Callable[[Level], bool]


def confirm_claim(
    claim: Claim, subject: Subject, seed: int = 0, allowed: Levels = lambda level: True
) -> Entry:
    """Run every check of one claim on one subject; its premises are not looked at."""
    started = time.perf_counter()
    context = Context(subject, seed)
    evidence = tuple(run_check(claim, law, level, context) for law, level in checks(claim) if allowed(level))
    return Entry(
        id=claim.id,
        title=claim.title,
        place=claim.place[subject.convention.name],
        convention=subject.convention.name,
        subject=subject.name,
        required=claim.required,
        level=strongest(evidence),
        status=status_of(evidence, claim.required),
        evidence=evidence,
        uses=tuple(claim.uses),
        errata=tuple(claim.errata),
        seconds=time.perf_counter() - started,
    )


def with_premises(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Take back the confirmation of each claim that uses one which failed, directly or not."""
    status = {(entry.id, entry.convention): entry.status for entry in entries}
    broken = {Status.FAILED, Status.NOT_RUN, Status.PREMISE_FAILED}
    reason: dict[tuple[str, str], tuple[str, ...]] = {}
    known = {entry.id: entry for entry in entries}
    names = [name for name in order(claims()) if name in known]
    for name in names:
        for convention in {entry.convention for entry in entries}:
            own = status.get((name, convention))
            why = tuple(used for used in known[name].uses if status.get((used, convention)) in broken)
            if own in (Status.CONFIRMED, Status.WEAKER) and why:
                status[name, convention] = Status.PREMISE_FAILED
                reason[name, convention] = why
    return tuple(
        entry.model_copy(
            update={
                "status": status[entry.id, entry.convention],
                "broken": reason.get((entry.id, entry.convention), ()),
            }
        )
        for entry in entries
    )


def closure(names: Sequence[str]) -> tuple[str, ...]:
    """Give these claims and all that they use, in the order of the paper."""
    wanted: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in wanted:
            wanted.add(name)
            todo += claims()[name].uses
    return tuple(name for name in claims() if name in wanted)


def pair(packages: Sequence[str] = PACKAGES) -> tuple[Subject, Subject]:
    """Load the package of the column convention and that of the row convention; each is the other's counterpart.

    Raises
    ------
    ImportError
        When one cannot be imported.
    NoSubject
        When one has not the names that are needed, or is of the other convention: half of the claims would not be run.
    """
    one, two = (package_subject(name) for name in packages)
    for subject, convention in ((one, COLUMN), (two, ROW)):
        if subject.convention is not convention:
            raise NoSubject(
                f"{subject.name} is of the {subject.convention.name} convention, and was given for the"
                f" {convention.name} convention"
            )
    return replace(one, other=two), replace(two, other=one)


def _run_one(name: str, convention: str, packages: tuple[str, ...], seed: int) -> Entry:
    """Run one claim in one convention; for worker processes."""
    subject = next(subject for subject in pair(packages) if subject.convention.name == convention)
    return confirm_claim(claims()[name], subject, seed)


def confirm(
    names: Sequence[str] | None = None,
    *,
    packages: Sequence[str] = PACKAGES,
    seed: int = 0,
    jobs: int = 1,
    progress: Callable[[str, str], None] = lambda claim, convention: None,
) -> Ledger:
    """Run claims, and what they use, on both packages.

    Parameters
    ----------
    names : sequence of str, optional
        Ids of claims; all of them by default. Premises are run as well.
    packages : sequence of str
        Importable names of the column and of the row implementation.
    seed : int
        For everything that is drawn; the result does not depend on ``jobs``.
    jobs : int
        Number of processes.
    progress : callable
        Told each claim and convention when it is done.

    Returns
    -------
    Ledger
        With an entry for each claim and convention that was asked for.
    """
    started = time.perf_counter()
    asked = tuple(claims()) if names is None else tuple(names)
    conventions = [subject.convention.name for subject in pair(packages)]
    todo = [(name, convention) for name in closure(asked) for convention in conventions]
    entries: dict[tuple[str, str], Entry] = {}
    if jobs > 1 and len(todo) > 2:
        # The longest first, so that no core is left with one of them at the end.
        first = sorted(todo, key=lambda task: -len(claims()[task[0]].laws))
        with ProcessPoolExecutor(jobs) as pool:
            waiting = {pool.submit(_run_one, *task, tuple(packages), seed): task for task in first}
            for done in as_completed(waiting):
                entries[waiting[done]] = done.result()
                progress(*waiting[done])
    else:
        for task in todo:
            entries[task] = _run_one(*task, tuple(packages), seed)
            progress(*task)
    kept = tuple(entry for entry in with_premises([entries[task] for task in todo]) if entry.id in asked)
    return Ledger(version=__version__, seed=seed, seconds=time.perf_counter() - started, claims=kept)


def by_claim(entries: Sequence[Entry]) -> Mapping[str, Mapping[str, Entry]]:
    """Arrange entries by claim, then by convention."""
    table: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        table.setdefault(entry.id, {})[entry.convention] = entry
    return table
