"""What is remembered of definitions: never that of another definition, of other numbers or of another float type."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from derivations.check.vectorised import reference_of
from derivations.convention import batch
from derivations.laws import DISTINCT, GradientLaw, ValueLaw
from derivations.registry import claims
from derivations.remembering import Remembered, forget, numbers, statement

LAW = next(law for law in claims()["mse-gradient"].laws if isinstance(law, GradientLaw))
SIZES = {**DISTINCT, "n": 2, "B": 2}


def arrays(first=1.0):
    return {"y": np.array([[first, 2.0], [3.0, 4.0]]), "t": np.zeros((2, 2))}


def test_the_same_is_worked_out_once_and_left_as_it_is():
    found = reference_of(LAW, SIZES, arrays())
    assert reference_of(replace(LAW, part="of another name"), SIZES, arrays()) is found
    with pytest.raises(ValueError, match="read-only"):
        found.right["y"][0, 0] = 7


def test_what_differs_is_not_taken_for_the_same():
    found = reference_of(LAW, SIZES, arrays())
    assert reference_of(LAW, SIZES, arrays(first=5.0)).right["y"][0, 0] != found.right["y"][0, 0]
    assert reference_of(LAW, SIZES, arrays(), np.float32).bounds["y"][0, 0] > found.bounds["y"][0, 0]
    twice = replace(LAW, loss=lambda w, a: 2 * LAW.loss(w, a))
    np.testing.assert_allclose(
        reference_of(twice, SIZES, arrays()).right["y"].astype(float), 2 * found.right["y"].astype(float)
    )
    assert statement(replace(LAW, by=("t",))) != statement(LAW)
    value = next(law for law in claims()["softmax"].laws if isinstance(law, ValueLaw))
    assert statement(replace(value, definition=lambda w, a: value.definition(w, a))) != statement(value)


@pytest.mark.parametrize(
    "other",
    [
        (SIZES, arrays(first=-1.0)),
        ({**SIZES, "n": 3}, arrays()),
        (SIZES, {name: array.astype(np.float32) for name, array in arrays().items()}),
        (SIZES, {name: array.reshape(1, 4) for name, array in arrays().items()}),
        (SIZES, {"y": arrays()["t"], "t": arrays()["y"]}),
        (SIZES, {name: array.astype(object) for name, array in arrays().items()}),
    ],
    ids=["numbers", "sizes", "type", "shape", "names", "objects"],
)
def test_keys_tell_apart(other):
    assert numbers(*other) != numbers(SIZES, arrays())


def test_equal_objects_of_other_types_and_signs_of_zero_are_told_apart():
    keys = [
        numbers({}, {"y": np.array([item], dtype=object)})
        for item in (1, True, 1.0, Fraction(1), np.float64(1), 0.0, -0.0, 0)
    ]
    assert len(set(keys)) == len(keys)
    inverse = ValueLaw(
        "inverse", {"y": batch("one", "one")}, (), None, definition=lambda w, a: lambda: 1 / a.y(0, 0)
    )
    found = [
        reference_of(inverse, {"one": 1}, {"y": np.array([[zero]], dtype=object)}).right[""]
        for zero in (0.0, -0.0)
    ]
    assert found == [np.inf, -np.inf]


def test_the_latest_are_kept():
    made = []
    remembered = Remembered(2)

    def get(key):
        return remembered(key, lambda: made.append(key) or len(made))

    assert [get(key) for key in "abab"] == [1, 2, 1, 2]
    assert get("c") == 3  # b was asked for after a
    assert [get(key) for key in "bca"] == [2, 3, 4]
    assert remembered([], lambda: "not kept") == "not kept"  # what has no hash
    assert made == ["a", "b", "c", "a"]
    forget()
    assert get("a") == 5
