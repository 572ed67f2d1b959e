"""Every claim, in both conventions, through the same ledger that the command shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from derivations.evidence import Status
from derivations.ledger import Entry, confirm_claim, pair
from derivations.registry import claims

SUBJECTS = {subject.convention.name: subject for subject in pair()}


@pytest.mark.parametrize("convention", ["column", "row"])
@pytest.mark.parametrize("claim", list(claims()))
def test_claim(
    claim: str, convention: str, drawn_seed: int, record_property: Callable[[str, object], None]
) -> None:
    entry: Entry = confirm_claim(claims()[claim], SUBJECTS[convention], drawn_seed)
    record_property("ledger", entry.model_dump_json())
    assert entry.status is Status.CONFIRMED, "\n".join(
        f"{item.part} ({item.level}): {item.outcome}: {item.detail}" for item in entry.failures
    )
