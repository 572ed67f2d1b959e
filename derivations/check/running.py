"""The check of a subject: every claim whose doors it offers, each part from the top rung down, then on floats."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import __version__
from ..evidence import Level, strongest
from ..laws import AnyLaw, Behaviour, Context, GradientLaw, Law
from ..registry import claims, resolve
from ..subject import Subject
from . import cases as of_cases
from .diagnosis import Diagnostician
from .floats import Floats, run_directions, run_floats
from .report import Answer, ClaimReport, Finding, Reached, Report, Rung
from .reproduction import Origin
from .rungs import skipped, too_large, tried
from .stops import stop_of
from .watching import Watch

Progress = Callable[[str, str, str], None]
LARGE = 20_000
"""Numbers in a case from which `fast` checks gradients along random directions only."""
_CHOICES = ("slope at the kink", "size 0 is refused", "mixing is refused")


def laws_of(subject: Subject) -> dict[str, list[AnyLaw]]:
    """Give, for each claim in the order of the paper, the laws whose doors the subject offers; and its own laws."""
    found: dict[str, list[AnyLaw]] = {}
    for name, claim in claims().items():
        for law in claim.laws:
            if _applies(name, law, subject):
                found.setdefault(name, []).append(law)
    for name, law in getattr(subject, "extra_laws", ()):
        if name not in claims():
            raise KeyError(f"{subject.name} has a law under {name!r}, which is no claim")
        found.setdefault(name, []).append(law)
    return {name: found[name] for name in claims() if name in found}


def _applies(claim: str, law: AnyLaw, subject: Subject) -> bool:
    if not subject.has(law.needs):
        return False
    if subject.package is not None:
        return True
    # What needs no door says nothing of the subject; which subgradient is taken at a kink is its own choice, and
    # what is refused at the edge is a promise of the packages.
    if not law.needs or law.part in _CHOICES or (claim == "duality" and subject.other is None):
        return False
    # A reduction that is not offered is none that could be wrong.
    missing = {"mean": "sum", "sum": "mean"}.get(subject.reduction)
    return missing is None or not (claim == "batch-reduction" or law.part.endswith(f", {missing}"))


def check(
    subject: Subject,
    *,
    sample: bool = False,
    seed: int = 0,
    expected_failures: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
    fast: bool = False,
    progress: Progress | None = None,
    origin: str = "",
) -> Report:
    """Check an implementation: which equations it satisfies, which not, and why.

    Parameters
    ----------
    subject : Subject
        See `derivations.adapters` for the ways to make one.
    sample : bool
        Floats only: no attempt to run the code on symbols.
    seed : int
        For everything that is drawn.
    expected_failures : mapping, optional
        From claim ids to the reason why they are known to fail. They are reported as such; one that passes is
        reported, too.
    names : sequence of str, optional
        Only these claims; equation numbers will do.
    fast : bool
        One shape for each law, and gradients of large networks along random directions only.
    progress : callable, optional
        Told claim, part and rung before each check.
    origin : str
        Where the subject comes from, as ``package.module:name``; for the reproductions.

    Returns
    -------
    Report

    Raises
    ------
    UnknownClaim
        When a claim that is named does not exist.
    """
    started = time.perf_counter()
    plan = planned(subject, expected_failures, names)
    reports = []
    for name, laws in plan.laws.items():
        expected = plan.expected.get(name, "")
        if not laws:
            reports.append(not_offered(name, subject, expected))
            continue
        options: dict[str, Any] = {"sample": sample, "seed": seed, "fast": fast, "origin": origin}
        reports.append(check_claim(subject, name, laws, expected=expected, progress=progress, **options))
    return Report(
        version=__version__,
        subject=subject.name,
        convention=subject.convention.name,
        seed=seed,
        sample=sample,
        seconds=time.perf_counter() - started,
        claims=tuple(reports),
    )


@dataclass(frozen=True)
class Plan:
    """What is checked: the laws of each claim, none where the subject has no door; and what is expected to fail."""

    laws: Mapping[str, Sequence[AnyLaw]]
    expected: Mapping[str, str]


def planned(
    subject: Subject, expected: Mapping[str, str] | None = None, names: Sequence[str] | None = None
) -> Plan:
    """Lay out what a check does.

    Raises
    ------
    UnknownClaim
        When a claim that is named does not exist.
    """
    known, laws = _reasons(expected), laws_of(subject)
    wanted = list(laws) if names is None else resolve(names)
    # What is expected to fail and is not even offered is told, too.
    more = [name for name in known if name not in wanted] if names is None else []
    return Plan({name: laws.get(name, ()) for name in (*wanted, *more)}, known)


def _reasons(expected: Mapping[str, str] | None) -> dict[str, str]:
    return {resolve([name])[0]: reason or "no reason given" for name, reason in (expected or {}).items()}


def not_offered(name: str, subject: Subject, expected: str) -> ClaimReport:
    """Report a claim that was asked for, but has no door."""
    claim = claims()[name]
    doors = sorted({door for law in claim.laws for door in law.needs if not subject.has([door])})
    return ClaimReport(
        id=name,
        title=claim.title,
        place=claim.place[subject.convention.name],
        convention=subject.convention.name,
        verdict=Answer.NOT_RUN,
        expected=expected,
        notes=(f"the subject offers no {', '.join(doors)}",) if doors else (),
    )


def check_claim(
    subject: Subject,
    name: str,
    laws: Sequence[AnyLaw],
    *,
    sample: bool = False,
    seed: int = 0,
    expected: str = "",
    fast: bool = False,
    progress: Progress | None = None,
    origin: str = "",
    skip: Mapping[tuple[str, str], str] | None = None,
) -> ClaimReport:
    """Check one claim."""
    started = time.perf_counter()
    claim = claims()[name]
    context, watch = Context(subject, seed), Watch()
    told = progress or (lambda claim, part, level: None)
    rungs: list[Rung] = []
    findings: list[Finding] = []
    notes: dict[str, None] = {}
    moved = 0
    for law in laws:
        if not isinstance(law, Behaviour):
            law = of_cases.for_others(law, subject)
        for rung, floats in _of_law(law, context, watch, sample, fast, told, name, skip or {}):
            rungs.append(rung)
            if floats is not None:
                notes |= floats.notes
                moved += floats.moved
                if floats.differences and not isinstance(law, Behaviour):
                    with_origin = Origin(origin, subject, seed)
                    findings += Diagnostician(law, context, watch, with_origin).findings(floats.differences)
            if rung.outcome is Reached.WRONG and floats is None:
                findings.append(Finding(part=f"{law.part} ({rung.level})", what=rung.detail))
    findings = _shortened(findings)
    rungs_now = tuple(rungs)
    return ClaimReport(
        id=name,
        title=claim.title,
        place=claim.place[subject.convention.name],
        convention=subject.convention.name,
        verdict=verdict_of(rungs_now),
        level=level_of(rungs_now),
        rungs=rungs_now,
        findings=tuple(findings),
        notes=(*notes, *_premises(rungs_now)),
        side_effects=tuple(watch.effects),
        moved=moved,
        expected=expected,
        seconds=time.perf_counter() - started,
    )


def _shortened(findings: list[Finding]) -> list[Finding]:
    """Put findings with values first; what a higher rung found of the same part adds nothing to them.

    Parts that are wrong for the same causes are told together.
    """
    valued = [finding for finding in findings if finding.causes or finding.entry is not None]
    parts = {finding.part for finding in valued}
    others = [f for f in findings if f not in valued and f.part.rpartition(" (")[0] not in parts]
    merged: list[Finding] = []
    for finding in valued + others:
        like = next((one for one in merged if finding.causes and one.causes == finding.causes), None)
        if like is None:
            merged.append(finding)
        else:
            also = tuple(dict.fromkeys((*like.also, finding.part)))
            merged[merged.index(like)] = like.model_copy(update={"also": also})
    return merged


def _premises(rungs: Sequence[Rung]) -> tuple[str, ...]:
    from ..proofs import declared, without_indices

    told = dict.fromkeys(
        without_indices(premise) for rung in rungs for premise in rung.premises if not declared(premise)
    )
    return (f"proved where {'; '.join(told)}",) if told else ()


def _of_law(
    law: AnyLaw,
    context: Context,
    watch: Watch,
    sample: bool,
    fast: bool,
    told: Progress,
    name: str,
    skip: Mapping[tuple[str, str], str],
) -> Iterator[tuple[Rung, Floats | None]]:
    """Try the rungs of a law from the top until one is reached; then floats."""
    if isinstance(law, Behaviour):
        if not sample or law.level is Level.RUN:
            told(name, law.part, str(law.level))
            yield skipped(law, law.level, skip) or tried(law, law.level, context, watch), None
        return
    reached = False
    for level in law.levels:
        if level is Level.FLOAT or sample:
            continue
        told(name, law.part, str(level))
        rung = too_large(law, level) or skipped(law, level, skip) or tried(law, level, context, watch)
        yield rung, None
        if rung.outcome in (Reached.RIGHT, Reached.NOT_RUN):
            reached = True
        if reached or rung.outcome is Reached.WRONG:
            break
    # Floats always: it is what people run. Where a law leaves them out, they only decide what nothing else did.
    if Level.FLOAT in law.levels or not reached:
        told(name, law.part, str(Level.FLOAT))
        stopped = skipped(law, Level.FLOAT, skip)
        yield (stopped, None) if stopped is not None else on_floats(law, context, watch, fast)


def on_floats(law: Law, context: Context, watch: Watch, fast: bool = False) -> tuple[Rung, Floats]:
    """Run the float rung."""
    started = time.perf_counter()
    found = Floats()
    first = next(of_cases.cases(law, context.rng, fast))[1] if fast else None
    if first is not None and isinstance(law, GradientLaw) and first.count > LARGE:
        found = run_directions(law, context, watch, first)
    else:
        found = run_floats(law, context, watch, fast)
    outcome, detail, stopped = Reached.RIGHT, "", None
    if found.differences:
        outcome, detail = Reached.WRONG, found.differences[0].what
        error = found.differences[0].error
        stopped = stop_of(error) if error is not None else None
    elif found.absent:
        outcome, detail = Reached.NOT_RUN, found.absent
    elif found.unsure:
        outcome, detail = Reached.INCONCLUSIVE, found.unsure[0]
    elif not found.compared:
        outcome = Reached.INCONCLUSIVE
        detail = (
            f"every point lay at a kink or was swamped by rounding; {found.moved} times another was drawn"
        )
    rung = Rung(
        part=law.part,
        level=Level.FLOAT,
        outcome=outcome,
        cases=found.compared,
        detail=detail,
        stopped=stopped,
        seconds=time.perf_counter() - started,
    )
    return rung, found


def verdict_of(rungs: Sequence[Rung]) -> Answer:
    """Compute the verdict of a claim from its rungs.

    A rung that could not decide counts only where no other rung of the same part did.
    """
    if any(rung.outcome is Reached.WRONG for rung in rungs):
        return Answer.WRONG
    right = {rung.part for rung in rungs if rung.outcome is Reached.RIGHT}
    on_floats = {rung.part for rung in rungs if rung.level is Level.FLOAT}
    for rung in rungs:
        undecided = rung.outcome is Reached.INCONCLUSIVE
        if undecided and (rung.part not in right or (rung.level is Level.FLOAT and rung.part in on_floats)):
            return Answer.INCONCLUSIVE
    return Answer.RIGHT if right else Answer.NOT_RUN


def level_of(rungs: Sequence[Rung]) -> Level | None:
    """Say at which rung the claim stands: that of its weakest part, each taken at its best."""
    from ..evidence import Evidence, Outcome

    return strongest(
        Evidence(part=rung.part, level=rung.level, outcome=Outcome.PASSED, cases=rung.cases)
        for rung in rungs
        if rung.outcome is Reached.RIGHT
    )
