"""No check is blind: with one entry slightly wrong, every law is refused at each of its levels alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import derivations.engine
from derivations.evidence import Outcome
from derivations.laws import Behaviour, Context, GradientLaw, Law
from derivations.ledger import levels_of, pair, run_check
from derivations.registry import claims
from derivations.subject import Subject

from .faults import FAULTS
from .test_planted_faults import planted

SUBJECTS = {subject.convention.name: subject for subject in pair()}
LAWS = [
    pytest.param(claim.id, law, level, id=f"{claim.id}, {law.part}, {level}")
    for claim in claims().values()
    for law in claim.laws
    if isinstance(law, Law)
    for level in levels_of(law)
]


def wrong(value: Any) -> Any:
    """Change a number by about a millionth, in whole numbers, so that it stays of its kind; 0 as well."""
    return (value * 1048577 + 1) / 1048576


def spoiled(found: Any) -> Any:
    """Change the last entry of an array; all of one whose size is a symbol."""
    if isinstance(found, np.ndarray) and found.ndim:
        found = found.copy()
        found[(-1,) * found.ndim] = wrong(found[(-1,) * found.ndim])
        return found
    return wrong(found)


def misled(law: Law) -> Law:
    """Let a law run code whose last result is wrong in its last entry."""

    def run(subject: Any, variables: Mapping[str, Any]) -> Any:
        found = law.run(subject, variables)
        if isinstance(law, GradientLaw):
            return {**found, law.by[-1]: spoiled(found[law.by[-1]])}
        return spoiled(found)

    return replace(law, run=run)


@pytest.mark.parametrize(("claim", "law", "level"), LAWS)
def test_a_millionth_is_refused(claim: str, law: Law, level: Any) -> None:
    # One convention will do: what is tested is the check. Which one, changes from law to law.
    convention = ("column", "row")[(len(claim) + len(law.part)) % 2]
    found = run_check(claims()[claim], misled(law), level, Context(SUBJECTS[convention]))
    assert found.outcome is Outcome.FAILED, f"{found.outcome}: {found.detail}"
    assert "raised" not in found.detail, found.detail


# Speaks of vectors, not of any package.
OF_NO_PACKAGE = {("steepest-descent", "Cauchy-Schwarz")}
PARTS = [
    pytest.param(claim.id, law, id=f"{claim.id}, {law.part}")
    for claim in claims().values()
    for law in claim.laws
    if isinstance(law, Behaviour) and (claim.id, law.part) not in OF_NO_PACKAGE
]


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Subject]:
    """Give the column package with a planted fault, by its number; each is made once."""
    made: dict[int, Subject] = {}

    def give(number: int) -> Subject:
        if number not in made:
            fault = FAULTS[number]
            subject = planted(fault, "column", tmp_path_factory.mktemp("planted"))
            made[number] = replace(subject, other=SUBJECTS["row"])
        return made[number]

    return give


@pytest.mark.parametrize(("claim", "law"), PARTS)
def test_every_behaviour_refuses_some_fault(
    claim: str, law: Behaviour, faulty: Callable[[int], Subject]
) -> None:
    likely_first = sorted(range(len(FAULTS)), key=lambda number: claim not in FAULTS[number].claims)
    assert any(
        run_check(claims()[claim], law, law.level, Context(faulty(number))).outcome is Outcome.FAILED
        for number in likely_first
    )


def test_what_symbols_cannot_decide_is_not_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    from derivations.evidence import Level
    from derivations.numbers.zero import ZeroTest

    monkeypatch.setattr(derivations.engine, "zero_test", lambda expression: ZeroTest(None, reason="too hard"))
    claim = claims()["affine-entries"]
    found = run_check(claim, claim.laws[0], Level.SYMBOLS, Context(SUBJECTS["column"]))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "too hard" in found.detail
