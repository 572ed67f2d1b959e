"""Classic faults of published networks are refused by `derivations.check`, with the right diagnosis, and nothing else is.

Each kind of fault is planted in both conventions and through at least three adapters (`zoo/faults.py`).
"""

from __future__ import annotations

import os
from collections import defaultdict

import numpy as np
import pytest

import derivations
from derivations.check import Answer
from derivations.oracles import cause

from .zoo.collection import MIRRORS, made, module_of
from .zoo.faults import FAULTS
from .zoo.right import no_alarm

CONVENTIONS = ("row", "column")
ALL = os.environ.get("COLROW_ZOO") == "all"
"""Check everything of each faulty network; by default the mirror image is checked for what the fault touches."""

ADAPTER = {
    "functions": "functions",
    "functions:whole": "network",
    "listing": "network",
    "updating": "updating_layers",
    "keeping": "layers_with_grads",
    "pair": "loss_and_gradients",
}


@pytest.mark.parametrize("place", MIRRORS)
def test_the_mirror_images_are_right(place):
    no_alarm(made(place), place, sample=True)


def chosen():
    """Give the faults with their conventions: all with COLROW_ZOO=all, else one adapter for each kind and convention."""
    kinds = defaultdict(list)
    for fault in FAULTS:
        kinds[fault.kind].append(fault)
    for number, faults in enumerate(kinds.values()):
        for turn, convention in enumerate(CONVENTIONS):
            shown = faults if ALL else [faults[(number + turn) % len(faults)]]
            for fault in shown:
                yield pytest.param(fault, convention, id=f"{fault.id}-{convention}")


@pytest.mark.parametrize(("fault", "convention"), list(chosen()))
def test_a_fault_is_wrong_and_named(fault, convention, drawn_seed):
    subject = fault.subject(convention)
    assert subject.convention.name == convention
    whole = ALL or module_of(fault.place, convention).startswith("right")
    touched = fault.wrong | fault.also
    names = None if whole else sorted(touched)
    report = derivations.check(subject, sample=True, names=names, seed=drawn_seed)
    assert not report.ok
    assert {claim.id for claim in report.wrong} == touched
    assert not [claim.message() for claim in report.claims if claim.verdict is Answer.INCONCLUSIVE]
    for name in fault.wrong:
        claim = report.claim(name)
        said = [*claim.causes, *(finding.what for finding in claim.findings)]
        assert any(fault.word in text for text in said), claim.message()
        assert all(finding.reproduction for finding in claim.findings), claim.message()


def test_every_kind_is_planted_through_three_adapters():
    kinds = defaultdict(set)
    for fault in FAULTS:
        kinds[fault.kind].add(ADAPTER[fault.place])
    assert len(kinds) >= 18
    assert {kind: adapters for kind, adapters in kinds.items() if len(adapters) < 3} == {}
    assert all(fault.wrong and fault.word for fault in FAULTS)
    assert len({fault.id for fault in FAULTS}) == len(FAULTS)


def test_no_cause_is_made_up():
    """One number is a multiple of any other, everything is near beside infinity, and what changes nothing is no fault."""
    right = np.array([[2.0, -1.0], [0.5, 3.0]])
    wrong = right + 1
    assert cause(np.array([[0.7]]), np.array([[3.0]])) == []
    assert cause(np.array([[6.0]]), np.array([[3.0]])) == ["larger by a factor of 2"]
    assert cause(wrong, right, {}, {"infinity": np.full((2, 2), np.inf)}) == []
    assert cause(right * (1 + 3e-8), right, {}, {"the same": right.copy()}) != ["equals the same"]
    assert cause(wrong, right, {}, {"what it is": wrong.copy()}) == ["equals what it is"]


@pytest.mark.parametrize("place", ["keeping", "functions:whole"])
def test_a_mask_kept_from_the_pass_before_does_not_go_unseen(place):
    """With the numbers of the pass before of the same signs, a mask of ReLU kept from it would be right by accident."""
    fault = next(
        one
        for one in FAULTS
        if one.kind == "stale cache" and one.place == place and "relu" in str(one).lower()
    )
    report = derivations.check(fault.subject("row"), sample=True, names=sorted(fault.wrong))
    assert {claim.id for claim in report.wrong} == fault.wrong
