"""A subject in a process of its own: code that hangs or ends its process is stopped, told, and gone round."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from ..evidence import Level
from .limits import ABOVE_FLOATS, TIMEOUT
from .report import Answer, ClaimReport, Report

if TYPE_CHECKING:
    from .running import Progress


class Stopped(Exception):
    """The process of a subject could not be started; the text says why."""


@dataclass(frozen=True)
class Options:
    """How a subject is checked; see `derivations.check.running.check`."""

    sample: bool = False
    seed: int = 0
    fast: bool = False
    names: Sequence[str] | None = None
    expected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """What the process says of the subject when it has it."""

    version: str
    subject: str
    convention: str
    claims: tuple[str, ...]


def serve(connection: Connection, place: str, options: Options) -> None:
    """Run in the process: fetch the subject, then check one claim for each request."""
    from .. import __version__
    from .finding import NoSubjectThere, subject_at

    try:
        subject = subject_at(place)
    except NoSubjectThere as error:
        connection.send(("refused", str(error)))
        return
    except Exception as error:
        from .stops import stop_of

        connection.send(("refused", f"{place} raised {stop_of(error)}"))
        return
    from ..registry import UnknownClaim
    from .running import check_claim, not_offered, planned

    try:
        plan = planned(subject, options.expected, options.names)
    except UnknownClaim as error:
        connection.send(("refused", str(error)))
        return
    connection.send(("ready", Told(__version__, subject.name, subject.convention.name, tuple(plan.laws))))
    while True:
        try:
            name, skip = connection.recv()
        except EOFError:
            return
        expected, laws = plan.expected.get(name, ""), plan.laws[name]
        if not laws:
            connection.send(("claim", not_offered(name, subject, expected).model_dump()))
            continue
        report = check_claim(
            subject,
            name,
            laws,
            sample=options.sample,
            seed=options.seed,
            fast=options.fast,
            expected=expected,
            origin=place,
            skip=skip,
            progress=lambda claim, part, level: connection.send(("told", claim, part, level)),
        )
        connection.send(("claim", report.model_dump()))


class Apart:
    """A subject by its address, checked in a process of its own with a time limit for each rung of each part."""

    def __init__(self, place: str, options: Options | None = None, timeout: float = TIMEOUT) -> None:
        self.place = place
        self.options = options or Options()
        self.timeout = timeout
        self._process: Any = None
        self._connection: Connection | None = None
        self.told = self._start()

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.join(0.2)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            self._process = None

    def _start(self) -> Told:
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=serve, args=(theirs, self.place, self.options), daemon=True
        )
        self._process.start()
        theirs.close()
        self._connection = ours
        # Python, this package and what the subject imports have to start: the limit for a check is not for that.
        kind, *rest = self._received(max(self.timeout, 60.0))
        if kind == "ready":
            told: Told = rest[0]
            return told
        self.close()
        raise Stopped(
            rest[0] if kind == "refused" else f"{self.place}: while it was imported, the code {rest[0]}"
        )

    def _received(self, limit: float) -> tuple[Any, ...]:
        connection = self._connection
        if connection is None:
            raise Stopped(f"{self.place} was closed")
        try:
            if connection.poll(limit):
                message: tuple[Any, ...] = connection.recv()
                return message
        except (EOFError, ConnectionResetError):
            self._process.join(1)
            code = self._process.exitcode
            return "gone", f"ended the process (exit status {code})"
        return "gone", f"took more than {limit:g} s and was stopped"

    def run(self, name: str, progress: Progress | None = None) -> ClaimReport:
        """Check one claim; what hangs or ends the process is tried no second time."""
        skip: dict[tuple[str, str], str] = {}
        while True:
            if self._connection is None:
                self._start()
            if self._connection is None:
                raise Stopped(f"{self.place} was closed")
            self._connection.send((name, skip))
            at: tuple[str, str] | None = None
            while True:
                kind, *rest = self._received(self.timeout)
                if kind == "told":
                    claim, part, level = rest
                    at = (part, str(level))
                    if progress is not None:
                        progress(claim, part, str(level))
                elif kind == "claim":
                    return ClaimReport.model_validate(rest[0])
                else:
                    break
            self.close()
            if at is None or at in skip:
                return self._given_up(name, rest[0])
            skip[at] = rest[0]
            if Level(at[1]).rank > Level.FLOAT.rank:
                skip[ABOVE_FLOATS] = f"{rest[0]} at {at[0]}, {at[1]}"

    def _given_up(self, name: str, why: str) -> ClaimReport:
        from ..registry import claims

        claim = claims()[name]
        return ClaimReport(
            id=name,
            title=claim.title,
            place=claim.place[self.told.convention],
            convention=self.told.convention,
            verdict=Answer.INCONCLUSIVE,
            notes=(f"the code {why}",),
            expected=self.options.expected.get(name, ""),
        )


def check_apart(
    place: str, options: Options, timeout: float = TIMEOUT, progress: Progress | None = None
) -> Report:
    """Check a subject in a process of its own.

    Raises
    ------
    Stopped
        When there is no subject at this place, or importing it fails, hangs or ends the process.
    """
    started = time.perf_counter()
    with Apart(place, options, timeout) as apart:
        reports = tuple(apart.run(name, progress) for name in apart.told.claims)
        return Report(
            version=apart.told.version,
            subject=apart.told.subject,
            convention=apart.told.convention,
            seed=options.seed,
            sample=options.sample,
            seconds=time.perf_counter() - started,
            claims=reports,
        )
