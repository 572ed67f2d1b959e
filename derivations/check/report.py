"""What a check says: for each claim a verdict, the highest rung that the code ran on, and what went wrong."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from ..evidence import Level


class Answer(StrEnum):
    """The verdicts."""

    RIGHT = "right"
    WRONG = "wrong"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


class Reached(StrEnum):
    """What became of one part at one rung."""

    RIGHT = "right"
    WRONG = "wrong"
    INCONCLUSIVE = "inconclusive"
    UNAVAILABLE = "not available"
    NOT_RUN = "not run"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Stop(_Model):
    """Where code that does not run on some numbers stopped."""

    error: str
    file: str = ""
    line: int = 0
    operation: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: {self.operation}: " if self.file else ""
        return where + self.error


class Rung(_Model):
    """One part at one rung of the ladder."""

    part: str
    level: Level
    outcome: Reached
    cases: int = 0
    detail: str = ""
    stopped: Stop | None = None
    premises: tuple[str, ...] = ()
    seconds: float = 0


class Finding(_Model):
    """What is wrong: the first wrong entry with both values, the likely causes, a reproduction."""

    part: str
    what: str
    variable: str = ""
    entry: tuple[int, ...] | None = None
    expected: str = ""
    got: str = ""
    shape: tuple[int, ...] | None = None
    case: str = ""
    causes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    reproduction: str = ""

    def __str__(self) -> str:
        told = self.what
        if self.entry is not None:
            letter = self.variable or "the result"
            place = f"[{', '.join(map(str, self.entry))}]" if self.entry else ""
            told += f": {letter}{place} is {self.got}, not {self.expected}"
            if self.shape:
                told += f" (shape {self.shape})"
        elif self.expected:
            told += f": {self.got}, not {self.expected}"
        return told


PROVED = {
    Level.SIZE: "proved for every size",
    Level.DEPTH: "proved for every depth",
    Level.SYMBOLS: "proved on symbols",
    Level.EXACT: "exact on rationals",
    Level.PRECISION: "right to 50 digits",
    Level.FLOAT: "right on floats",
    Level.RUN: "run",
}


class ClaimReport(_Model):
    """One claim: verdict, rungs, findings."""

    id: str
    title: str
    place: str
    convention: str
    verdict: Answer
    level: Level | None = None
    rungs: tuple[Rung, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    side_effects: tuple[str, ...] = ()
    moved: int = 0
    expected: str = ""
    seconds: float = 0

    @property
    def ok(self) -> bool:
        """Whether nothing has to be done: right and expected to be, wrong and expected to be, or not offered."""
        if self.expected:
            return self.verdict in (Answer.WRONG, Answer.INCONCLUSIVE)
        return self.verdict in (Answer.RIGHT, Answer.NOT_RUN)

    @property
    def told(self) -> str:
        """Say what is known, in a few words."""
        if self.verdict is Answer.RIGHT:
            return PROVED[self.level] if self.level else "right"
        return str(self.verdict)

    @property
    def outcome(self) -> str:
        """Give the verdict, with what was expected of it."""
        if not self.expected:
            return str(self.verdict)
        if self.verdict is Answer.RIGHT:
            return "right, but expected to fail"
        return f"{self.verdict}, as expected" if self.ok else f"{self.verdict}, but expected to fail"

    @property
    def causes(self) -> tuple[str, ...]:
        """Name the likely causes, each once."""
        return tuple(dict.fromkeys(cause for finding in self.findings for cause in finding.causes))

    @property
    def stops(self) -> dict[Level, str]:
        """Say, for each rung above the highest one reached, what stopped the code there."""
        found: dict[Level, str] = {}
        for rung in self.rungs:
            if rung.outcome is Reached.UNAVAILABLE and rung.stopped is not None:
                found.setdefault(rung.level, str(rung.stopped))
        return found

    def message(self) -> str:
        """Tell a failure in full."""
        lines = [f"{self.id} [{self.convention}]: {self.outcome}"]
        if self.expected:
            lines.append(f"expected to fail: {self.expected}")
        for finding in self.findings:
            lines.append(f"{finding.part}: {finding}")
            lines += [f"  in {finding.case}"] if finding.case else []
            lines += [f"  cause: {cause}" for cause in finding.causes]
            lines += [f"  the same in: {'; '.join(finding.also)}"] if finding.also else []
            if finding.reproduction:
                lines += ["to see it:", *("    " + line for line in finding.reproduction.splitlines())]
        for rung in self.rungs:
            if rung.outcome is Reached.INCONCLUSIVE:
                lines.append(f"{rung.part} ({rung.level}): inconclusive: {rung.detail}")
        if self.verdict is Answer.NOT_RUN:
            reasons = dict.fromkeys(f"{rung.part}: {rung.stopped or rung.detail}" for rung in self.rungs)
            lines += list(reasons)
        lines += [f"note: {note}" for note in self.notes]
        lines += [f"side effect: {effect}" for effect in self.side_effects]
        return "\n".join(lines)


class Report(_Model):
    """All claims that a subject could be checked for."""

    version: str
    subject: str
    convention: str
    seed: int
    sample: bool
    seconds: float
    claims: tuple[ClaimReport, ...]

    @property
    def ok(self) -> bool:
        """Whether something was checked, and all of it is right, or wrong as was expected."""
        ran = any(claim.verdict is not Answer.NOT_RUN for claim in self.claims)
        return ran and all(claim.ok for claim in self.claims)

    @property
    def wrong(self) -> tuple[ClaimReport, ...]:
        """The claims that are wrong."""
        return tuple(claim for claim in self.claims if claim.verdict is Answer.WRONG)

    @property
    def moved(self) -> int:
        """How many points lay at kinks and were moved."""
        return sum(claim.moved for claim in self.claims)

    @property
    def side_effects(self) -> tuple[str, ...]:
        """What the subject did to the state of the process."""
        return tuple(dict.fromkeys(effect for claim in self.claims for effect in claim.side_effects))

    def claim(self, name: str) -> ClaimReport:
        """Return one claim; KeyError if it was not checked."""
        for claim in self.claims:
            if claim.id == name:
                return claim
        raise KeyError(name)
