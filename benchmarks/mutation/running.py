"""Run mutants: a forked child for each, with everything that is not mutated imported already."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from . import killers as kill
from .killers import Killer
from .mutants import Mutant, mutants
from .planting import forget, plant
from .store import Result, Store, digest
from .targets import Target

WALL = 900.0
"""Seconds after which a child is ended that waits for something else than the processor."""
FIRST = 1.0
"""Seconds of processor time, on the shipped code, that are spent on claims for one mutant before the tests are run."""


class Campaign:
    """The mutants of a target, and what may notice them.

    Parameters
    ----------
    root : Path
        Folder of the repository.
    target : Target
    folder : Path
        For what is recorded.
    fresh : bool
        Forget earlier results.
    sample : int, optional
        Take so many mutants only, drawn by ``seed``.
    told : callable
        Told what is being done.
    """

    def __init__(
        self,
        root: Path,
        target: Target,
        folder: Path,
        *,
        fresh: bool = False,
        sample: int | None = None,
        seed: int = 0,
        told: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.root, self.target, self.folder, self.told = root, target, folder, told
        if str(root) not in sys.path:
            sys.path.insert(0, str(root))
        sources = {file: (root / file).read_text(encoding="utf-8") for file in target.files}
        self.all = list(mutants(sources, mathematics=target.mathematics, batch_axis=target.batch_axis))
        self.mutants = [mutant for mutant in self.all if mutant.category != "message"]
        self.messages = len(self.all) - len(self.mutants)
        self.population = len(self.mutants)
        self.drawn = f"drawn with seed {seed}"
        if sample is not None and sample < self.population:
            chosen = set(random.Random(seed).sample(range(self.population), sample))
            self.mutants = [mutant for at, mutant in enumerate(self.mutants) if at in chosen]
        alone = [test for tests in target.only.values() for test in tests]
        tests = [file for file in (*target.tests, *alone) if (root / file).exists()]
        helpers = [path for path in (root / "tests").rglob("*.py") if not path.name.startswith("test_")]
        source = list((root / "derivations").rglob("*.py")) if target.package != "derivations" else []
        self._digests = {file: digest([root / file, *helpers, *source]) for file in tests}
        self._digests[""] = digest([*source]) if target.claims else ""
        self.rest = digest(path for path in (root / target.package).rglob("*.py"))
        self.evidence = digest([*(root / file for file in tests), *helpers, *source])
        self.tests = tests
        self.store = Store(folder / f"{target.name}.jsonl", fresh)
        self.killers: list[Killer] = []
        self._kills: dict[tuple[str, str], Counter[str]] = {}

    def only(self, text: str) -> None:
        """Keep the mutants whose ``file:function`` contains a text."""
        self.mutants = [mutant for mutant in self.mutants if text in f"{mutant.file}:{mutant.function}"]
        self.drawn = f"those of {text!r}"

    # --- what is recorded on the shipped code ---

    def prepare(self) -> None:
        """Import what is not mutated, and record which killer executes which lines."""
        for name in self.target.preload:
            importlib.import_module(name)
        if self.target.claims:
            self.killers += self._recorded("claims", self._digests[""], self._record_checks)
            self._warm()
        for file in self.tests:
            self.killers += self._recorded(
                Path(file).stem, self._digests[file], partial(self._record_tests, file)
            )

    def _recorded(self, name: str, evidence: str, record: Callable[[], list[Killer]]) -> list[Killer]:
        path = self.folder / f"lines-{self.target.name}-{name}.pickle"
        if path.exists():
            (rest, rested), found = pickle.loads(path.read_bytes())
            if (rest, rested) == (self.rest, evidence):
                return list(found)
        found = _forked(record)
        self.told(f"{name}: the lines of {len(found)} checks")
        path.write_bytes(pickle.dumps(((self.rest, evidence), found)))
        return found

    def _record_checks(self) -> list[Killer]:
        return list(kill.record_checks(self.root, self.target.package, self.target.files))

    def _record_tests(self, file: str) -> list[Killer]:
        return kill.record_tests(self.root, [file], self.target.files, not self.target.claims)

    def _warm(self) -> None:
        """Fill the caches of SymPy and of the engine, which every child then has; the package is forgotten."""
        subject = kill.subject_of(self.target.package)
        for killer in self.killers:
            if killer.claim and killer.seconds < 0.1:
                kill.run_one(killer.name, subject)
        del subject
        forget(self.target.package)

    # --- choosing ---

    def chosen(self, mutant: Mutant) -> tuple[list[Killer], list[Killer], list[Killer]]:
        """Give the cheapest checks, the tests and the other checks for a mutant, in the order in which they are run.

        First what noticed others in the same function, then by cost.
        """
        first, last = mutant.first, mutant.last
        before = self._kills.get((mutant.file, mutant.function), Counter())
        runs = [
            killer
            for killer in self.killers
            if (killer.runs(mutant.file, first, last) or _top(mutant)) and self._judges(killer, mutant)
        ]
        runs.sort(key=lambda killer: (-before[killer.name], killer.seconds))
        checks: list[Killer] = []
        later: list[Killer] = []
        spent = 0.0
        for killer in runs:
            if killer.claim:
                spent += killer.seconds
                (checks if spent <= FIRST else later).append(killer)
        return checks, [killer for killer in runs if not killer.claim], later

    def _judges(self, killer: Killer, mutant: Mutant) -> bool:
        """Tell whether a killer is not kept for the mutants of another file."""
        others = [file for file, tests in self.target.only.items() if killer.file in tests]
        return not others or mutant.file in others

    # --- running ---

    def valid(self, result: Result) -> bool:
        """Tell whether a result still rests on what is there."""
        if result.outcome in ("killed", "timeout"):
            return result.evidence == self._evidence_of(result.by)
        return result.evidence == self.evidence

    def _evidence_of(self, by: str) -> str:
        file = "" if " | " in by or by == "import" else by.split("::")[0]
        return self._digests.get(file, self.evidence)

    def result(self, mutant: Mutant) -> Result | None:
        """Give what is known of a mutant and still holds."""
        known = self.store.known(mutant.digest, self.rest)
        return known if known and self.valid(known) else None

    def run(
        self, jobs: int = 1, progress: Callable[[Mutant, Result], None] = lambda mutant, result: None
    ) -> None:
        """Run every mutant of which nothing valid is known."""
        waiting = [mutant for mutant in self.mutants if self.result(mutant) is None]
        for mutant in self.mutants:
            if (known := self.result(mutant)) is not None:
                self._count(mutant, known)
        waiting.reverse()
        active: list[_Child] = []
        try:
            while waiting or active:
                while waiting and len(active) < jobs:
                    active.append(self._start(waiting.pop()))
                for child in list(active):
                    if (result := self._ended(child)) is not None:
                        active.remove(child)
                        self.store.add(result)
                        self._count(child.mutant, result)
                        progress(child.mutant, result)
                time.sleep(0.005)
        finally:
            for child in active:
                child.end()

    def _count(self, mutant: Mutant, result: Result) -> None:
        if result.by:
            self._kills.setdefault((mutant.file, mutant.function), Counter())[result.by] += 1

    def _start(self, mutant: Mutant) -> _Child:
        return self._fork(mutant, partial(self._judge, mutant, self.chosen(mutant)))

    def _fork(self, mutant: Mutant, judge: Callable[[Callable[..., None]], tuple[str, str]]) -> _Child:
        path = self.folder / f"child-{os.getpid()}-{mutant.digest}"
        path.write_text("")
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            return _Child(mutant, pid, path, time.monotonic())
        self._child(judge, path)
        raise AssertionError("unreachable")

    def _child(self, judge: Callable[[Callable[..., None]], tuple[str, str]], path: Path) -> None:
        """Judge one mutant; never returns."""
        code = 1
        try:
            os.setsid()
            kill.silence()
            with path.open("a", buffering=1) as file:
                ran = [0]

                def told(**what: Any) -> None:
                    ran[0] += "start" in what
                    file.write(json.dumps(what) + "\n")

                by, how = judge(told)
                told(by=by, how=how, ran=ran[0])
            code = 0
        except BaseException:
            with path.open("a") as file:
                file.write(json.dumps({"fault": traceback.format_exc()}) + "\n")
        finally:
            os._exit(code)

    def _judge(
        self, mutant: Mutant, chosen: Sequence[Sequence[Killer]], told: Callable[..., None]
    ) -> tuple[str, str]:
        told(start="import")
        kill.limit(5)
        plant(self.root, mutant.file, mutant.code(str(self.root / mutant.file)))
        try:
            subject = kill.subject_of(self.target.package) if self.target.claims else None
            importlib.import_module(self.target.package)
        except Exception as error:
            return "import", type(error).__name__
        checks, tests, later = chosen
        for number, killer in enumerate((*checks, *later)):
            if number == len(checks) and (failed := self._test(tests, told)):
                return failed, "failed"
            told(start=killer.name)
            kill.limit(killer.seconds)
            if how := kill.run_one(killer.name, subject):
                return killer.name, how
        if not later and (failed := self._test(tests, told)):
            return failed, "failed"
        return "", ""

    def _test(self, tests: Sequence[Killer], told: Callable[..., None]) -> str:
        return kill.run_tests(self.root, tests, lambda name: told(start=name)) if tests else ""

    def killing_claims(
        self, todo: Sequence[Mutant], jobs: int, budget: float
    ) -> Iterator[tuple[Mutant, list[str]]]:
        """Give, for each mutant, every claim one of whose checks notices it."""
        waiting, active = list(reversed(todo)), list[_Child]()
        try:
            while waiting or active:
                while waiting and len(active) < jobs:
                    mutant = waiting.pop()
                    active.append(self._fork(mutant, partial(self._all_claims, mutant, budget)))
                for child in list(active):
                    if not os.wait4(child.pid, os.WNOHANG)[0]:
                        continue
                    active.remove(child)
                    told = child.told()
                    child.path.unlink(missing_ok=True)
                    if told and "fault" in told[-1]:
                        raise RuntimeError(f"the tool failed on {child.mutant.name}\n{told[-1]['fault']}")
                    kills = {item["kills"] for item in told if "kills" in item}
                    if told and "start" in told[-1]:  # it was ended for its time by what it ran last
                        kills.add(told[-1]["start"])
                    yield child.mutant, sorted(kills)
                time.sleep(0.005)
        finally:
            for child in active:
                child.end()

    def _all_claims(self, mutant: Mutant, budget: float, told: Callable[..., None]) -> tuple[str, str]:
        plant(self.root, mutant.file, mutant.code(str(self.root / mutant.file)))
        by_claim: dict[str, list[Killer]] = {}
        for killer in sorted(self.killers, key=lambda killer: killer.seconds):
            if killer.claim and (_top(mutant) or killer.runs(mutant.file, mutant.first, mutant.last)):
                by_claim.setdefault(killer.claim, []).append(killer)
        try:
            subject = kill.subject_of(self.target.package)
        except Exception:
            for claim in by_claim:
                told(kills=claim)
            return "import", ""
        for claim, killers in by_claim.items():
            spent = 0.0
            for killer in killers:
                if (spent := spent + killer.seconds) > budget:
                    break
                told(start=claim)
                kill.limit(killer.seconds)
                if kill.run_one(killer.name, subject):
                    told(kills=claim)
                    break
        return "", ""

    def _ended(self, child: _Child) -> Result | None:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if not pid:
            if time.monotonic() - child.started < WALL:
                return None
            child.end()
            return self._result(child, "undecided", child.last(), "waited", 0, 0.0)
        told = child.told()
        child.path.unlink(missing_ok=True)
        seconds = usage.ru_utime + usage.ru_stime
        last = told[-1] if told else {}
        started = next((item["start"] for item in reversed(told) if "start" in item), "import")
        ran = sum("start" in item for item in told)
        if "fault" in last:
            raise RuntimeError(f"the tool failed on {child.mutant.name}\n{last['fault']}")
        if os.WIFSIGNALED(status):
            name = signal.Signals(os.WTERMSIG(status)).name
            if name == "SIGXCPU":
                return self._result(child, "timeout", started, "processor time", ran, seconds)
            return self._result(child, "killed", started, name, ran, seconds)
        if "by" not in last:  # it left by a door of its own, such as os._exit
            return self._result(child, "killed", started, f"exit {os.WEXITSTATUS(status)}", ran, seconds)
        return self._result(
            child, "killed" if last["by"] else "survived", last["by"], last["how"], ran, seconds
        )

    def _result(self, child: _Child, outcome: str, by: str, how: str, ran: int, seconds: float) -> Result:
        evidence = self._evidence_of(by) if outcome in ("killed", "timeout") else self.evidence
        return Result(child.mutant.digest, self.rest, outcome, by, how, evidence, ran, round(seconds, 3))


def _top(mutant: Mutant) -> bool:
    """Tell whether a mutant changes what happens at import, which no killer executes on its own."""
    return not mutant.first


@dataclass
class _Child:
    mutant: Mutant
    pid: int
    path: Path
    started: float

    def told(self) -> list[dict[str, Any]]:
        """Give what it wrote; a line that was cut off is left out."""
        found = []
        for line in self.path.read_text().splitlines():
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return found

    def last(self) -> str:
        return next((item["start"] for item in reversed(self.told()) if "start" in item), "import")

    def end(self) -> None:
        """End it and what it started: it leads a group of its own."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        os.waitpid(self.pid, 0)
        self.path.unlink(missing_ok=True)


def _forked(work: Callable[[], list[Killer]]) -> list[Killer]:
    """Do something in a child, so that what it imports is not imported here."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            os.close(reading)
            found = work()
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(found, pipe)
            code = 0
        finally:
            if code:
                traceback.print_exc()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(pid, 0)
    if not data:
        raise RuntimeError("recording failed")
    return list(pickle.loads(data))
