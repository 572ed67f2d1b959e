"""Whether two terms are equal for every size and all values of their indices and entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import Any

from . import calculus, guard
from .calculus import ONE, multiply, scale, subtract
from .normal import Premise, readback
from .poly import Atom, Head, Poly, atoms, indices
from .size import Unsupported
from .terms import TANH, Term, is_condition, to_term


@dataclass(frozen=True)
class Equality:
    """The outcome of a comparison.

    Attributes
    ----------
    proved : bool
        True: equal at every size and all values for which the premises hold. False: not proved; see
        ``counterexample``.
    premises : tuple of str
        What has to hold, for all indices, besides indices in range and sizes of at least 1.
    left, right, difference : Term
        Normal forms.
    counterexample : Counterexample or None
        Where they differ, if a point was found.
    points : int
        At how many points both sides were evaluated after they had been called equal.
    """

    proved: bool
    premises: tuple[str, ...]
    left: Term
    right: Term
    difference: Term
    counterexample: guard.Counterexample | None
    points: int

    def __bool__(self) -> bool:
        return self.proved

    def __str__(self) -> str:
        if self.proved:
            return "equal" + (f", if {'; '.join(self.premises)}" if self.premises else "")
        found = str(self.counterexample) if self.counterexample else f"the difference is {self.difference}"
        return f"not proved equal: {found}"


def equal(left: Any, right: Any, given: Sequence[Term] = (), *, guarded: bool = True) -> Equality:
    """Decide whether two terms are equal.

    Parameters
    ----------
    left, right : Term, or a number or a size
    given : sequence of Term
        Conditions that are assumed to hold for all values of their free indices, such as ``t >= 0``; they
        are named among the premises.
    guarded : bool
        Evaluate both sides at random points after every "equal". Only tests of this module turn it off.

    Raises
    ------
    EngineFault
        When the calculus says "equal" and plain evaluation finds a point where it is not so.
    """
    left, right = to_term(left), to_term(right)
    for condition in given:
        if not is_condition(condition):
            raise Unsupported(f"given {condition}, which is no condition")
    a, b = left.normal, right.normal
    premises = a.premises | b.premises
    difference = subtract(a.poly, b.poly)
    violations = [p.violation for p in premises] + [subtract(ONE, c.normal.poly) for c in given]
    facts = _facts(violations)
    if difference:
        difference = _settled(difference, facts)
    told = tuple(sorted({str(p) for p in premises if not _implied(p, premises)} | {f"{c}" for c in given}))
    told += _declared(left, right)
    shown = readback(a.poly), readback(b.poly), readback(difference)
    if difference:
        _, found = guard.compare(left, right, given, want=24, tries=80)
        return Equality(False, told, *shown, found, 0)
    done = guard.watch(left, right, given, premised=bool(premises)) if guarded else 0
    return Equality(True, told, *shown, None, done)


def _declared(*terms: Term) -> tuple[str, ...]:
    """Say what is declared of what occurs as it was written: p / p is 1 by it, and names p no more."""
    said = {
        "positive": "every {} > 0",
        "nonnegative": "every {} >= 0",
        "columns-sum-to-1": "each column of {} sums to 1",
        "rows-sum-to-1": "each row of {} sums to 1",
    }
    found = {s for term in terms for s in guard.symbols_of(term)}
    return tuple(sorted(said[trait].format(s.name) for s in found for trait in s.traits))


# --- premises, as rules ---

Facts = dict[Head, Poly | Head]


def _facts(violations: Sequence[Poly]) -> Facts:
    """Read rules off what must be 0: which indicators are 0, which are 1, which are 1 - [u = 0]."""
    facts: Facts = {}
    for violation in violations:
        rest = dict(violation)
        one = rest.pop((), Fraction(0))
        single = all(len(m) == 1 and m[0][0].head.kind in ("pos", "zero") for m in rest)
        if not single:
            continue
        if one == 0 and all(c > 0 for c in rest.values()):  # a sum of indicators is 0: so is each
            facts.update({m[0][0].head: calculus.NOTHING for m in rest})
        elif one == 1 and len(rest) == 1 and set(rest.values()) == {-1}:  # 1 - [u > 0] = 0
            ((a, _),) = next(iter(rest))
            facts[a.head] = ONE
            if a.head.kind == "pos":
                facts[calculus.companion(a).head] = calculus.NOTHING
        elif one == 1 and len(rest) == 2 and set(rest.values()) == {-1}:  # 1 - [u > 0] - [u = 0] = 0
            heads = sorted((m[0][0] for m in rest), key=lambda a: a.head.kind)
            if heads[0].head.kind == "pos" and calculus.companion(heads[0]) == heads[1]:
                facts[heads[0].head] = heads[1].head
    return facts


def _use(facts: Facts, poly: Poly) -> Poly:
    def replace(a: Atom) -> Poly | None:
        found = facts.get(a.head)
        if isinstance(found, Head):
            return subtract(ONE, calculus.of_atom(calculus.companion(a)))
        return found

    return calculus.transform(poly, replace) if facts else poly


def _implied(premise: Premise, premises: frozenset[Premise]) -> bool:
    """Tell whether u != 0 goes without saying, because u > 0 is said: violating it would violate that too."""
    return premise.kind == "nonzero" and any(
        multiply(premise.violation, violation) == premise.violation
        for other in premises
        if other.kind == "positive"
        for violation in _instances(other.violation, premise.violation)
    )


def _instances(violation: Poly, of: Poly) -> Iterator[Poly]:
    """Give what a premise says of the indices of another: premises hold for all."""
    own, others = sorted(indices(violation), key=repr), sorted(indices(of), key=repr)
    for chosen in permutations(others, len(own)):
        if all(mine.size is yours.size for mine, yours in zip(own, chosen)):
            yield calculus.rename(violation, dict(zip(own, chosen)))


# --- the decision ---


def _settled(difference: Poly, facts: Facts) -> Poly:
    """Bring a difference to 0 if it can be: use the premises, clear denominators, write tanh by exp."""
    steps: tuple[Callable[[Poly], Poly], ...] = (
        lambda d: _use(facts, d),
        lambda d: _cleared(d, facts),
        lambda d: _cleared(_use(facts, calculus.transform(d, _tanh_by_exp)), facts),
    )
    for step in steps:
        changed = step(difference)
        if not changed:
            return changed
        if step is steps[0]:
            difference = changed
    return difference


def _tanh_by_exp(a: Atom) -> Poly | None:
    """Tanh u = 1 - 2 / (1 + exp(2 u))."""
    if a.head.kind != "apply" or a.head.data != TANH:
        return None
    inner, _ = calculus.opened(a.head, a.indices)
    inner = calculus.transform(inner, _tanh_by_exp)
    below = calculus.add(ONE, calculus.exp(scale(inner, 2)))
    return subtract(ONE, scale(calculus.inverse(below), 2))


def _cleared(difference: Poly, facts: Facts) -> Poly:
    """Multiply by what is divided by, where it is known not to be 0; the product is 0 just when this is."""
    for _ in range(40):
        below = [a for a, p in atoms(difference) if p < 0 and _nonzero(a, facts)]
        if not below or not difference:
            break
        # The outermost first: what is inside of it comes to light when it is opened.
        a = max(below, key=lambda b: b.key)
        difference = _use(facts, calculus.over_common(difference, a)[0])
    return difference


def _nonzero(a: Atom, facts: Facts) -> bool:
    if a.head.positive:
        return True
    base = calculus.opened(a.head, a.indices)[0] if a.head.kind == "group" else calculus.of_atom(a)
    return not _use(facts, calculus.zero(base))
