"""Correct implementations pass the check: no claim wrong, none inconclusive, whatever the seed.

``COLROW_SEEDS=200 pytest tests/test_check_right.py`` runs more seeds; ``python -m tests.zoo`` does so without pytest.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace

import numpy as np
import pytest

from derivations.evidence import Level

from .zoo.collection import HERE, RIGHT, made
from .zoo.right import no_alarm

SEEDS = range(int(os.environ.get("COLROW_SEEDS", "1")))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("place", RIGHT)
def test_no_false_alarm(place, seed, drawn_seed):
    no_alarm(made(place), place, sample=True, seed=drawn_seed + seed)


# What each is proved for, taken from runs: a rung that is lost shows here.
LEVELS = {
    "right_functions": {"weight-gradient": Level.SYMBOLS, "softmax": Level.SIZE, "fused-softmax": Level.SIZE},
    "right_listing": {"weight-gradient": Level.SIZE, "bias-gradient": Level.SIZE, "mse": Level.SIZE},
    "right_keeping": {"weight-gradient": Level.SIZE, "input-gradient": Level.SIZE, "chain": Level.SYMBOLS},
    "right_pair": {"weight-gradient": Level.SYMBOLS, "binary-cross-entropy": Level.SYMBOLS},
    "mirror_functions:whole": {"weight-gradient": Level.SIZE, "bias-gradient": Level.SIZE},
    "mirror_pair": {"weight-gradient": Level.SIZE, "bias-gradient": Level.SIZE, "forward": Level.SIZE},
}


@pytest.mark.parametrize("place", [*RIGHT, *(place for place in LEVELS if place not in RIGHT)])
def test_no_false_alarm_on_any_rung(place, drawn_seed):
    report = no_alarm(made(place), place, seed=drawn_seed)
    for claim, least in LEVELS.get(place, {}).items():
        level = report.claim(claim).level
        assert level is not None
        assert level.rank >= least.rank, (claim, level)


def single(value):
    """Turn every array into float32."""
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    if isinstance(value, dict):
        return type(value)({key: single(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return type(value)(map(single, value))
    return value


def only_float32(subject):
    """Give the subject as code that takes and gives single precision."""
    doors = {
        name: lambda *args, door=door: single(door(*map(single, args)))
        for name, door in subject.doors.items()
    }
    return replace(subject, doors=doors)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("place", RIGHT)
def test_no_false_alarm_in_single_precision(place, seed, drawn_seed):
    report = no_alarm(only_float32(made(place)), place, sample=True, seed=drawn_seed + seed)
    assert any("float32" in note for claim in report.claims for note in claim.notes)


def test_they_are_independent():
    """None of them imports the networks or another of them; what they share is NumPy and the adapters."""
    files = sorted(HERE.glob("right_*.py"))
    assert len(files) >= 5
    for file in files:
        imported = re.findall(
            r"^\s*(?:from|import)\s+([\w.]+)", file.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert set(imported) - {"itertools"} == {"numpy", "derivations.adapters"}, file.name


def test_both_conventions_and_both_reductions():
    subjects = [made(place) for place in RIGHT]
    assert {subject.convention.name for subject in subjects} == {"column", "row"}
    assert {subject.reduction for subject in subjects} == {"mean", "sum"}
    assert {subject.batch for subject in subjects} == {True, False}
