"""Proofs about depth: deep networks proved layer by layer, and that the induction's step can fail."""

from __future__ import annotations

import pytest

from derivations import depth
from derivations.evidence import Refuted
from derivations.laws import Context
from derivations.ledger import pair


@pytest.mark.parametrize("subject", pair(), ids=["column", "row"])
@pytest.mark.parametrize("layers", [1, 2, 5])
def test_a_network_of_pairwise_different_symbolic_sizes_is_proved(layers, subject):
    # A shape and an equality for W, b and the input of each dense layer, and for the input of each activation; one at the end.
    assert depth.deep(Context(subject), layers) == 8 * layers + 1


@pytest.mark.parametrize("subject", pair(), ids=["column", "row"])
def test_a_wrong_layer_in_the_middle_is_refused(subject, monkeypatch):
    right = subject.package.Dense._weight_gradient
    calls = []

    def wrong_once(self, g):
        calls.append(g)
        return right(self, g) if len(calls) != 2 else 2 * right(self, g)

    monkeypatch.setattr(subject.package.Dense, "_weight_gradient", wrong_once)
    with pytest.raises(Refuted, match="layer 2: gradient by W"):
        depth.deep(Context(subject), 3)


@pytest.mark.parametrize("subject", pair(), ids=["column", "row"])
@pytest.mark.parametrize(
    ("proof", "name", "wrong"),
    [
        (depth.hands_on, "_backward", lambda self, g, first=True: self.__class__._old(self, g + g, first)),
        (depth.chain, "_backward", lambda self, g, first=True: self.__class__._old(self, g + g, first)),
    ],
    ids=["loop", "step"],
)
def test_a_loop_that_changes_what_it_hands_on_is_refused(proof, name, wrong, subject, monkeypatch):
    network = subject.package.Network
    monkeypatch.setattr(network, "_old", getattr(network, name), raising=False)
    monkeypatch.setattr(network, name, wrong)
    with pytest.raises(Refuted):
        proof(Context(subject))
