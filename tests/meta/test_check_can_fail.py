"""The check of other people's code is not blind either; and what it holds them against is right."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from derivations.check.cases import cases, drawn
from derivations.check.near import Near, Unit
from derivations.check.report import Answer
from derivations.check.running import check_claim, laws_of
from derivations.check.vectorised import Reference, directional
from derivations.engine import MP, _reference
from derivations.laws import Behaviour, Context, GradientLaw
from derivations.ledger import pair
from derivations.registry import claims

from .test_every_check_can_fail import misled

SUBJECTS = {subject.convention.name: replace(subject, package=None) for subject in pair()}
LAWS = [
    pytest.param(name, law, id=f"{name}, {law.part}")
    for name, laws in laws_of(SUBJECTS["column"]).items()
    for law in laws
    if not isinstance(law, Behaviour)
]


@pytest.mark.parametrize(("name", "law"), LAWS)
def test_a_millionth_is_wrong(name, law):
    """One entry off by a millionth is wrong on floats alone."""
    convention = ("column", "row")[(len(name) + len(law.part)) % 2]
    report = check_claim(SUBJECTS[convention], name, [misled(law)], sample=True)
    assert report.verdict is Answer.WRONG, report.message()
    assert report.findings
    assert "raised" not in report.message()


@pytest.mark.parametrize(("name", "law"), LAWS)
def test_the_reference_is_what_fifty_digits_say(name, law):
    """The definition on whole arrays, and its gradient, against the definition entry by entry at 80 digits.

    The reference promises a bound for a run in float64; itself it is made in extended precision, so that it is at
    least as near.
    """
    for number, (_, case) in enumerate(cases(law, Context(SUBJECTS["column"], 3).rng)):
        if case.wide or number > 3:
            continue
        exact = {name: np.vectorize(MP.mpf, otypes=[object])(array) for name, array in case.arrays.items()}
        fractions = {
            name: np.vectorize(lambda value: _fraction(value), otypes=[object])(array)
            for name, array in case.arrays.items()
        }
        assert exact.keys() == fractions.keys()
        expected, _ = _reference(law, case.sizes, fractions)
        found = Reference(law, case.sizes, case.arrays)
        if found.undecided:
            continue
        for letter, right in expected.items():
            got = found.right[letter]
            assert got.shape == right.shape
            off = np.vectorize(lambda a, b: float(abs(MP.mpf(float(a)) - b)), otypes=[float])(got, right)
            # What is printed of the reference here is itself rounded to float64 once.
            slack = np.abs(np.asarray(got, dtype=float)) * Unit.of(np.float64).u
            assert (off <= found.bounds[letter] + slack).all()


def _fraction(value):
    from fractions import Fraction

    return Fraction(float(value))


@pytest.mark.parametrize(
    ("name", "law"), [entry for entry in LAWS if isinstance(entry.values[1], GradientLaw)]
)
def test_directions_are_those_of_the_gradient(name, law):
    """The slope along a direction, by complex step, is the gradient times the direction."""
    case = drawn(law, law.regions[0], law.shapes[0], Random(5), "simple")
    reference = Reference(law, case.sizes, case.arrays)
    rng = np.random.default_rng(0)
    for letter in law.by:
        signs = rng.choice([-1.0, 1.0], size=case.arrays[letter].shape)
        slope = directional(law, case.sizes, case.arrays, {letter: signs})
        along = (reference.right[letter] * signs).sum()
        assert abs(slope - along) <= reference.bounds[letter].sum() + 4 * Unit.of(np.float64).u * abs(along)


@pytest.mark.parametrize(("name", "law"), LAWS)
def test_bounds_are_no_excuse(name, law):
    """A bound on rounding is far below the digits that a fault would show in: less than a millionth of the array."""
    for _, case in cases(law, Context(SUBJECTS["column"], 1).rng):
        if case.wide:
            continue
        found = Reference(law, case.sizes, case.arrays)
        for letter, right in found.right.items():
            assert found.bounds[letter].max() < 1e-6 * max(np.abs(right).max(), 1e-3)


def test_all_claims_with_doors_are_checked():
    """No claim is lost on the way from the registry to a check."""
    offered = {
        name
        for name, claim in claims().items()
        if any(law.needs and SUBJECTS["row"].has(law.needs) for law in claim.laws)
    }
    # It compares with a subject of the other convention, which other people's code has not.
    assert set(laws_of(replace(SUBJECTS["row"], other=None))) == offered - {"duality"}


def test_a_bound_that_is_more_than_a_float_holds_is_infinite():
    """Half precision bounds no sum of two million terms; that is no error of the check."""
    many = Near(Unit.of(np.float16), np.ones(2_000_000))
    assert many.total((0,)).error == np.inf
    assert many.contracted(many, "i,i->", 2_000_000).error == np.inf
