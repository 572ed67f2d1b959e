"""Every planted fault is refused by the claims that name it, in both conventions."""

from __future__ import annotations

import shutil
import sys
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from derivations.evidence import Level, Outcome
from derivations.laws import Context
from derivations.ledger import checks, run_check
from derivations.registry import claims
from derivations.subject import Subject, package_subject

from .faults import FAULTS, Fault

PACKAGES = {"column": "colnet", "row": "rownet"}
ROOT = Path(__file__).parents[2]
# Quick levels first: a refusal at any of them will do.
ORDER = [Level.SIZE, Level.DEPTH, Level.EXACT, Level.RUN, Level.FLOAT, Level.PRECISION, Level.SYMBOLS]


def planted(fault: Fault, convention: str, tmp_path: Path) -> Subject:
    """Copy the shipped package under a name of its own, with one line changed."""
    old, new = fault.lines(convention)
    name = f"planted_{convention}_{zlib.crc32(fault.name.encode()):x}"
    shutil.copytree(
        ROOT / PACKAGES[convention], tmp_path / name, ignore=shutil.ignore_patterns("__pycache__")
    )
    source = tmp_path / name / fault.file
    text = source.read_text()
    assert text.count(old) == 1, f"{fault.name}: the line to change is not there once"
    source.write_text(text.replace(old, new))
    sys.path.insert(0, str(tmp_path))
    try:
        return package_subject(name)
    finally:
        sys.path.remove(str(tmp_path))


def refusals(claim_id: str, subject: Subject, seed: int, levels: Sequence[Level] = ORDER) -> list[str]:
    """Run a claim's checks at these levels, in their order, until one fails."""
    claim = claims()[claim_id]
    chosen = [check for check in checks(claim) if check[1] in levels]
    for law, level in sorted(chosen, key=lambda check: levels.index(check[1])):
        found = run_check(claim, law, level, Context(subject, seed))
        if found.outcome is Outcome.FAILED:
            return [found.detail]
    return []


@pytest.mark.parametrize("convention", ["column", "row"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_the_named_claims_refuse_the_fault(
    fault: Fault, convention: str, tmp_path: Path, drawn_seed: int
) -> None:
    subject = planted(fault, convention, tmp_path)
    subject = replace(subject, other=package_subject(PACKAGES["row" if convention == "column" else "column"]))
    for claim_id in fault.claims:
        told = refusals(claim_id, subject, drawn_seed)
        assert told, f"{claim_id} does not refuse: {fault.name}"
        assert told[0].startswith(f"{claim_id}, {convention}: "), told


# What numbers, draws, data and histories are at fault for is not for symbols to see.
NOT_SYMBOLIC = {
    "relu slope 2 at the kink",
    "weights drawn uniformly",
    "bias drawn as zero",
    "epoch error is a sum",
    "schedule ignored",
    "loss taken after the update",
    "only the first example",
    "OR for AND",
    "surface transposed",
    "surface of another square",
    "relu slope 1 at the kink",
    "softmax without stability",
    "sigmoid that overflows",
    "a failed forward half remembered",
    "dW alone is twice dW",
    "dx alone is almost dx",
    "epoch error with prediction and target swapped",
    "gradient with prediction and target swapped",
    "surface in single precision",
    "a network collapses in the wrong order",
    "a network collapses across activations",
    "targets that sum to less than 1 are taken",
    "negative probabilities are taken",
    "cross-entropy takes negative predictions",
    "fused sigmoid takes any target",
    "hinge takes any label",
    "an input before forward",
    "backward without forward",
    "fan_in is fan_out",
    "the caller's bias is kept",
    "a network gives out what it remembers",
    "tanh in double precision",
    "an empty batch is taken",
    "another learning rate by default",
}


@pytest.mark.parametrize("convention", ["column", "row"])
@pytest.mark.parametrize(
    "fault", [f for f in FAULTS if f.name not in NOT_SYMBOLIC], ids=lambda fault: fault.name.replace(" ", "-")
)
def test_symbolic_sizes_alone_refuse_the_fault(
    fault: Fault, convention: str, tmp_path: Path, drawn_seed: int
) -> None:
    subject = planted(fault, convention, tmp_path)
    subject = replace(subject, other=package_subject(PACKAGES["row" if convention == "column" else "column"]))
    assert any(
        refusals(claim_id, subject, drawn_seed, [Level.SIZE, Level.DEPTH]) for claim_id in fault.claims
    )


def test_there_are_enough_faults() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 25


def test_every_claim_refuses_some_fault() -> None:
    assert {name for fault in FAULTS for name in fault.claims} == set(claims())
