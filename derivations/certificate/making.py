"""Make a certificate: run the claims and their errata, and record what came of them."""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from ..claim import Claim
from ..compare.trying import drawn, laws_of, run
from ..errata.erratum import ErratumResult
from ..evidence import Outcome, Status
from ..laws import DISTINCT, Context
from ..ledger import PACKAGES, Entry, closure, confirm, pair
from ..numbers import CONTEXT
from ..registry import claims
from ..subject import Subject
from .models import (
    Certificate,
    Check,
    ClaimRecord,
    Configuration,
    Digest,
    ErratumRecord,
    NotRun,
    Predicate,
    Record,
    Settings,
    Source,
    Stated,
)
from .sources import canonical, digests, sha256, versions

Progress = Callable[[str, str], None]


class SourcesChanged(RuntimeError):
    """A source file was changed while its claims were run."""


def make(
    names: Sequence[str] | None = None,
    *,
    packages: Sequence[str] = PACKAGES,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress = lambda claim, convention: None,
) -> Certificate:
    """Run claims, all by default, what they use and their errata, and certify what came of it.

    Parameters
    ----------
    names : sequence of str, optional
        Ids of claims; a certificate of some says that it is restricted.
    packages : sequence of str
        Names of the column and of the row package.
    seed, jobs, progress
        As for `confirm`.

    Raises
    ------
    SourcesChanged
        When a source is not the same after the run as before.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    asked = tuple(claims()) if names is None else tuple(name for name in claims() if name in set(names))
    before = digests(*packages)
    ledger = confirm(closure(asked), packages=packages, seed=seed, jobs=jobs, progress=progress)
    errata = _errata(asked)
    subjects: dict[str, Subject] = {subject.convention.name: subject for subject in pair(packages)}
    settings = Settings(
        seed=seed,
        column=packages[0],
        row=packages[1],
        claims=list(asked),
        restricted=set(asked) != set(claims()),
    )
    records = [_claim(entry, subjects[entry.convention], asked, seed) for entry in ledger.claims]
    after = digests(*packages)
    if after != before:
        changed = ", ".join(sorted({source.name for source in _unlike(before, after)}))
        raise SourcesChanged(f"changed while the claims were run: {changed}")
    passed, warned, failed = _verdicts(records, errata)
    return Certificate(
        subject=before,
        predicate=Predicate(
            result="FAILED" if failed else "WARNED" if warned else "PASSED",
            passed_tests=passed,
            warned_tests=warned,
            failed_tests=failed,
            configuration=[
                Configuration(
                    name="colrow certify",
                    digest=Digest(sha256=sha256(canonical(settings.model_dump(mode="json", by_alias=True)))),
                    annotations=settings,
                )
            ],
            colrow=Record(
                versions=versions(),
                claims=records,
                errata=errata,
                not_run=_not_run(records, errata),
                stated=Stated(
                    started_at=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    seconds=round(time.perf_counter() - clock, 1),
                    host=platform.platform(),
                ),
            ),
        ),
    )


def _unlike(before: Sequence[Source], after: Sequence[Source]) -> list[Source]:
    return [source for source in (*before, *after) if source not in before or source not in after]


def _claim(entry: Entry, subject: Subject, asked: Sequence[str], seed: int) -> ClaimRecord:
    return ClaimRecord(
        id=entry.id,
        title=entry.title,
        place=entry.place,
        convention="column" if subject.convention.is_column else "row",
        package=entry.subject,
        asked=entry.id in asked,
        required=entry.required,
        level=entry.level,
        status=entry.status,
        cases=sum(item.cases for item in entry.evidence if item.outcome is Outcome.PASSED),
        uses=list(entry.uses),
        errata=list(entry.errata),
        sample=sample(claims()[entry.id], subject, seed),
        evidence=[
            Check(
                part=item.part,
                level=item.level,
                outcome=item.outcome,
                cases=item.cases,
                detail=_lasting(item.detail),
                premises=list(item.premises),
            )
            for item in entry.evidence
        ],
    )


def _lasting(text: str) -> str:
    """Leave out addresses of objects, which are others in every run."""
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def sample(claim: Claim, subject: Subject, seed: int) -> str:
    """Digest what a package returns for numbers that are drawn with the seed.

    It binds the seed to the certificate: statuses and counts may be the same for another one, this is not.
    """
    context = Context(subject, seed)
    told = [f"{context.rng('sample', claim.id).getrandbits(128):032x}"]
    for law in laws_of(claim):
        given = drawn(law, DISTINCT, context.rng("sample", claim.id, law.part), small=False)
        told += [f"{law.part} {name} {_entries(array)}" for name, array in given.items()]
        try:
            found = run(law, subject, given)
        except Exception as error:  # what the checks make of it stands in the evidence
            told.append(f"{law.part} {type(error).__name__}")
            continue
        told += [f"{law.part} {name} {_entries(array)}" for name, array in found.items()]
    return sha256("\n".join(told).encode())


def _entries(array: object) -> str:
    entries = getattr(array, "ravel", lambda: [array])()
    shape = getattr(array, "shape", ())
    return f"{shape} " + " ".join(
        str(entry) if hasattr(entry, "numerator") else CONTEXT.nstr(entry, 40) for entry in entries
    )


def _errata(asked: Sequence[str]) -> list[ErratumRecord]:
    from ..errata.ledger import run_errata

    if set(asked) == set(claims()):
        results = run_errata()
    else:
        wanted = sorted({erratum for name in asked for erratum in claims()[name].errata})
        results = run_errata(wanted) if wanted else []
    return [_erratum(result) for result in results]


def _erratum(result: ErratumResult) -> ErratumRecord:
    return ErratumRecord(
        id=result.id,
        kind=result.kind,
        title=result.title,
        status=result.status,
        refuted_by=result.refutation.method if result.refutation else None,
        proved_by=result.proof.method if result.proof else None,
        cases=result.proof.cases if result.proof else 0,
        claims=list(result.claims),
        detail=_lasting(result.detail),
    )


def _verdicts(
    records: Sequence[ClaimRecord], errata: Sequence[ErratumRecord]
) -> tuple[list[str], list[str], list[str]]:
    """Sort what ran into passed, warned and failed; what did not run has failed."""
    passed: list[str] = []
    warned: list[str] = []
    failed: list[str] = []
    for record in records:
        kind = {Status.CONFIRMED: passed, Status.WEAKER: warned}.get(record.status, failed)
        kind.append(f"claim {record.id} [{record.convention}]")
    for erratum in errata:
        (failed if erratum.status == "failed" else passed).append(f"erratum {erratum.id}")
    return passed, warned, failed


def _not_run(records: Sequence[ClaimRecord], errata: Sequence[ErratumRecord]) -> list[NotRun]:
    """List every claim, erratum and check that was left out, and why."""
    ran = {record.id for record in records}
    found = [NotRun(what=f"claim {name}", why="not asked for") for name in claims() if name not in ran]
    from ..errata.ledger import errata as all_errata

    shown = {erratum.id for erratum in errata}
    found += [
        NotRun(what=f"erratum {name}", why="not asked for") for name in all_errata() if name not in shown
    ]
    found += [
        NotRun(what=f"{record.id} [{record.convention}] {check.part} ({check.level})", why=check.detail)
        for record in records
        for check in record.evidence
        if check.outcome is Outcome.NOT_RUN
    ]
    return found
