"""No check is blind: with one entry slightly wrong, every law is refused at each of its levels alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

import derivations.engine
from derivations.evidence import Level, Outcome
from derivations.laws import DISTINCT, SINGLE, SQUARE, Behaviour, Context, GradientLaw, Law
from derivations.ledger import levels_of, pair, run_check
from derivations.regions import draw
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
    from derivations.numbers.zero import ZeroTest

    monkeypatch.setattr(derivations.engine, "zero_test", lambda expression: ZeroTest(None, reason="too hard"))
    claim = claims()["affine-entries"]
    found = run_check(claim, claim.laws[0], Level.SYMBOLS, Context(SUBJECTS["column"]))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "too hard" in found.detail


def run_as(claim: str, part: str, level: Level, run: Callable[[Law, Any, Any], Any]) -> str:
    """Let other code run for a part of a claim, at one level; say what came of it."""
    law = next(law for law in claims()[claim].laws if law.part == part)
    assert isinstance(law, Law)
    own = replace(law, run=lambda subject, variables: run(law, subject, variables))
    found = run_check(claims()[claim], own, level, Context(SUBJECTS["column"]))
    return f"{found.outcome}: {found.detail}"


@pytest.mark.parametrize(("claim", "part"), [("affine-entries", "value"), ("mse", "value, sum")])
def test_another_float_type_is_refused(claim: str, part: str) -> None:
    told = run_as(claim, part, Level.FLOAT, lambda law, s, v: np.float64(1) * law.run(s, v))
    assert told.startswith("failed: ")
    assert "dtype changed (expected: float32; got: float64" in told


def test_another_result_of_a_second_call_is_refused() -> None:
    calls = []

    def run(law: Law, subject: Any, variables: Any) -> Any:
        calls.append(1)
        found = law.run(subject, variables)
        return np.nextafter(found, np.inf) if len(calls) == 2 else found

    assert "a second call gives another result" in run_as("affine-entries", "value", Level.FLOAT, run)


@pytest.mark.parametrize("level", [Level.SYMBOLS, Level.EXACT, Level.PRECISION, Level.FLOAT])
def test_an_argument_changed_in_place_is_refused(level: Level) -> None:
    def run(law: Law, subject: Any, variables: Any) -> Any:
        found = law.run(subject, variables)
        variables["W"][-1, -1] = variables["W"][-1, -1] * 2
        return found

    assert "the argument W was changed in place" in run_as("affine-entries", "value", level, run)


@pytest.mark.parametrize("level", [Level.SYMBOLS, Level.EXACT, Level.PRECISION, Level.FLOAT])
def test_a_transposed_result_is_refused_by_its_shape(level: Level) -> None:
    assert "has the wrong shape" in run_as(
        "affine-entries", "value", level, lambda law, s, v: law.run(s, v).T
    )


def test_a_missing_gradient_is_refused() -> None:
    told = run_as("weight-gradient", "derivative", Level.EXACT, lambda law, s, v: {})
    assert "gradient by W is missing" in told


def test_differences_judge_besides_the_complex_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the complex step say whatever the code says: central differences still refuse what is wrong."""
    monkeypatch.setattr(derivations.engine, "_compare", lambda *given: 1)
    law = next(law for law in claims()["tanh"].laws if law.part == "derivative")
    context = Context(SUBJECTS["column"])
    assert run_check(claims()["tanh"], law, Level.PRECISION, context).outcome is Outcome.PASSED
    told = run_as("tanh", "derivative", Level.PRECISION, lambda law, s, v: {"v": wrong(law.run(s, v)["v"])})
    assert "differs from central differences" in told


def test_sizes_and_draws_show_faults() -> None:
    names = ("n", "m", "h", "k", "B")
    assert len({DISTINCT[name] for name in names}) == 5, "a lost transpose is an error of shape"
    assert min(DISTINCT[name] for name in names) >= 2, "neither a mean nor a division by the batch hides"
    assert SQUARE["n"] == SQUARE["m"] == SQUARE["h"] == SQUARE["k"] > 1 < SQUARE["B"], "or one of value"
    assert SINGLE["B"] == 1
    for claim in claims().values():
        for law in claim.laws:
            if isinstance(law, Law):
                assert any(sizes["B"] > 1 for sizes in law.shapes), (claim.id, law.part)
                assert any(sizes["B"] > 1 for sizes in law.symbol_shapes), (claim.id, law.part)
    drawn = [draw(Random(seed), False) for seed in range(100)]
    assert min(drawn) < 0 < max(drawn)
    assert 0 not in drawn
    assert min(draw(Random(seed), True) for seed in range(100)) > 0
