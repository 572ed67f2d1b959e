"""What may notice a mutant: the checks of the claims, and the tests; each with the lines that it executes."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

Lines = dict[str, set[int]]
SPARE = 5.0
"""Seconds of processor time that a killer may take beside ten times what it takes on the shipped code."""


@dataclass(frozen=True)
class Killer:
    """A check of a claim (``claim | part | level``) or a test (its node id); what it costs and executes."""

    name: str
    seconds: float
    lines: dict[str, frozenset[int]]

    @property
    def claim(self) -> str:
        """The claim's id; empty for a test."""
        return self.name.split(" | ")[0] if " | " in self.name else ""

    @property
    def file(self) -> str:
        """The test's file; empty for a check."""
        return "" if self.claim else self.name.split("::")[0]

    def runs(self, file: str, first: int, last: int) -> bool:
        """Tell whether it executes one of these lines; by (0, 0), whether it executes the file at all."""
        lines = self.lines.get(file, frozenset())
        return bool(lines) if not first else any(line in lines for line in range(first, last + 1))


class Tracer:
    """Records which lines of some files are executed.

    With ``whole``, a function that is called counts as executed to its last line: several times quicker, for files
    that are running most of the time.
    """

    def __init__(self, root: Path, files: Sequence[str], whole: bool = False) -> None:
        self._whole = whole
        self._names = {str(root / file): file for file in files}
        self.lines: Lines = {}
        # By identity: the hash of a code object goes through all of its constants, at every call. Kept, so that no
        # other comes to be where one was.
        self._others: dict[int, CodeType] = {}
        self._known: dict[int, CodeType] = {}

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        place = id(code)
        if place in self._known or place in self._others:
            return None
        file = self._names.get(code.co_filename)
        if file is None:
            self._others[place] = code
            return None
        seen = self.lines.setdefault(file, set())
        if self._whole:
            self._known[place] = code
            seen.update(number for *_, number in code.co_lines() if number)
            return None
        seen.add(frame.f_lineno)

        def line(frame: FrameType, event: str, arg: Any) -> Any:
            seen.add(frame.f_lineno)
            return line

        return line

    @contextlib.contextmanager
    def on(self) -> Iterator[Lines]:
        """Record anew for as long as this lasts."""
        before, lines, known = sys.gettrace(), self.lines, self._known
        self.lines, self._known = {}, {}
        sys.settrace(self._call)
        try:
            yield self.lines
        finally:
            sys.settrace(before)
            self.lines, self._known = lines, known


def limit(seconds: float) -> None:
    """Let this process be ended by the system after so much more processor time; independent of the load."""
    used = time.process_time()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + 10 * seconds + SPARE) + 1, hard))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)


# --- claims ---


def all_checks() -> dict[str, tuple[Any, Any, Any]]:
    """Give every check of every claim by its name."""
    from derivations.ledger import checks
    from derivations.registry import claims

    return {
        f"{claim.id} | {law.part} | {level.value}": (claim, law, level)
        for claim in claims().values()
        for law, level in checks(claim)
    }


def subject_of(package: str) -> Any:
    """Load a network with the right other one beside it."""
    from derivations.ledger import pair

    return next(subject for subject in pair() if subject.name == package)


def run_one(name: str, subject: Any) -> str:
    """Run a check; say how it noticed something, or nothing."""
    from derivations.evidence import Outcome
    from derivations.laws import Context
    from derivations.ledger import run_check

    try:
        found = run_check(*all_checks_cached()[name], Context(subject))
    except Exception as error:  # the engine says that it is broken: nobody could miss that
        return f"{type(error).__name__}"
    return "" if found.outcome is Outcome.PASSED else found.outcome.value


_ALL: dict[str, tuple[Any, Any, Any]] = {}


def all_checks_cached() -> dict[str, tuple[Any, Any, Any]]:
    """Give `all_checks`, made once."""
    if not _ALL:
        _ALL.update(all_checks())
    return _ALL


def record_checks(root: Path, package: str, files: Sequence[str]) -> Iterator[Killer]:
    """Run every check on the shipped code, with its lines and time; those that do not pass kill nothing."""
    subject = subject_of(package)
    tracer = Tracer(root, files)
    for name in all_checks_cached():
        started = time.process_time()
        failed = run_one(name, subject)
        seconds = time.process_time() - started
        if failed:
            continue
        with tracer.on() as lines:
            run_one(name, subject)
        yield Killer(name, seconds, {file: frozenset(found) for file, found in lines.items()})


# --- tests ---


class _Recorder:
    """A pytest plugin that records the lines and the time of every test that passes."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.found: list[Killer] = []

    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> bool:
        from _pytest.runner import runtestprotocol

        started = time.process_time()
        with self.tracer.on() as lines:
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
        # Tracing costs a few times the test itself; only the order and the limit depend on it.
        seconds = time.process_time() - started
        if all(report.passed for report in reports):
            executed = {file: frozenset(found) for file, found in lines.items()}
            self.found.append(Killer(item.nodeid, seconds, executed))
        return True


class _Runner:
    """A pytest plugin that runs chosen tests in a given order, each within its time."""

    def __init__(self, chosen: Sequence[Killer], told: Callable[[str], None]) -> None:
        self.seconds = {killer.name: killer.seconds for killer in chosen}
        self.rank = {killer.name: place for place, killer in enumerate(chosen)}
        self.told = told
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.rank), key=lambda item: self.rank[item.nodeid]
        )

    def pytest_runtest_setup(self, item: Any) -> None:
        self.told(item.nodeid)
        limit(self.seconds[item.nodeid])

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


OPTIONS = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", "--assert=plain"]


def silence() -> None:
    """Let this process, and what it starts, print nothing."""
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)


def _pytest(root: Path, files: Sequence[str], plugin: Any) -> int:
    import pytest

    os.chdir(root)
    os.environ["COLROW_PROFILE"] = "ci"  # the same examples every time
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # none is needed, and some are slow to load
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    silence()
    return int(pytest.main([*OPTIONS, *files], plugins=[plugin]))


def record_tests(root: Path, tests: Sequence[str], files: Sequence[str], whole: bool) -> list[Killer]:
    """Run the tests on the shipped code, with their lines and times. Silences this process."""
    recorder = _Recorder(Tracer(root, files, whole))
    with recorder.tracer.on() as around:
        _pytest(root, tests, recorder)
    # What is executed when a module is imported, or a table of cases is made, is executed for every test of the file.
    return [
        replace(killer, lines={file: found | around.get(file, set()) for file, found in killer.lines.items()})
        for killer in recorder.found
    ]


def run_tests(root: Path, chosen: Sequence[Killer], told: Callable[[str], None]) -> str:
    """Run tests in this order until one fails; give its name, or nothing. Silences this process."""
    runner = _Runner(chosen, told)
    code = _pytest(root, list(dict.fromkeys(killer.file for killer in chosen)), runner)
    return runner.failed or ("" if code in (0, 5) else f"pytest ended with {code}")
