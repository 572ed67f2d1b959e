"""What is proved is what was claimed: the definitions in `derivations` against the plain restatement."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from derivations.engine import MP, _cases, _given, _mpf
from derivations.evidence import Level
from derivations.laws import Context, GradientLaw, Law, ValueLaw
from derivations.ledger import pair
from derivations.regions import shape_of
from derivations.registry import claims
from derivations.world import Precise

from .statements import STATEMENTS

LAWS = [
    pytest.param(claim.id, law, id=f"{claim.id}, {law.part}")
    for claim in claims().values()
    for law in claim.laws
    if isinstance(law, Law)
]


def _mp(value: Any) -> Any:
    return _mpf(value) if isinstance(value, (int, Fraction)) else value


def values(law: Law, sizes: Any, arrays: Any) -> Any:
    """Give the plain statement its variables: by index, biases with one."""
    world = Precise(MP)
    plain = {
        name: arrays[name][:, 0] if role.kind == "bias" else arrays[name][()]
        for name, role in law.variables.items()
    }
    return SimpleNamespace(**{**sizes, **plain}, f=world.f, df=world.df, exp=MP.exp, log=MP.log)


@pytest.mark.parametrize(("claim", "law"), LAWS)
def test_the_definition_is_the_statement(claim: str, law: Law) -> None:
    stated = STATEMENTS[claim][law.part]
    world, compared = Precise(MP), 0
    for _, sizes, drawn in _cases(law, Context(pair()[0]), Level.PRECISION):
        arrays = {name: np.vectorize(_mpf, otypes=[object])(array) for name, array in drawn.items()}
        given, plain = _given(law, sizes, arrays), values(law, sizes, arrays)
        if isinstance(law, GradientLaw):
            by, scalar = stated
            assert by == tuple(law.by)
            pairs = [(law.loss(world, given), scalar(plain))]
        else:
            assert isinstance(law, ValueLaw)
            defined, restated = law.definition(world, given), stated(plain)
            shape = shape_of(law.result, sizes)
            ends = [at[:1] if law.result.kind == "bias" else at for at in np.ndindex(shape)]
            pairs = [(defined(*at), restated(*at)) for at in ends]
        for ours, theirs in pairs:
            # 80 digits, of which sums of a few dozen terms of size 10 or so lose some.
            assert abs(_mp(ours) - _mp(theirs)) <= MP.mpf(10) ** -60 * (1 + abs(_mp(theirs)))
            compared += 1
    assert compared


def test_every_statement_belongs_to_a_law() -> None:
    parts = {(claim.id, law.part) for claim in claims().values() for law in claim.laws}
    assert {(claim, part) for claim, stated in STATEMENTS.items() for part in stated} <= parts
