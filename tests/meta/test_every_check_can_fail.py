"""No check is blind: with one entry slightly wrong, every law is refused at each of its levels alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from derivations.evidence import Outcome
from derivations.laws import Context, GradientLaw, Law
from derivations.ledger import levels_of, pair, run_check
from derivations.registry import claims

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
