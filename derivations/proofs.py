"""The level "every size": the shipped code is run on arrays of symbolic size, and its entries are compared.

The definition of a law is evaluated with sums over symbolic ranges; a gradient law's is differentiated by one
entry, with Kronecker deltas, which are contracted. The index calculus (`sizes`) decides whether that is what
the code returned, for all sizes of at least 1 at once, and guards every "equal" by evaluating both sides as
they were written. Here the real code joins the guard: what it returns at small explicit sizes must be what
its symbolic entries say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .convention import Convention, Role
from .evidence import Refuted
from .laws import ANY_PREMISE, Context, Given, GradientLaw, Law, ValueLaw
from .sizes import Derivation, Index, Size, SizeWorld, Term, derivation, equal, scalar, symbolic
from .sizes import terms as t
from .sizes.proof import diff
from .sizes.terms import to_term
from .subject import Subject
from .world import Scalar, World


class EverySize(SizeWorld, World):
    """The world of symbolic sizes, with what definitions need besides."""

    def where_zero(self, u: Scalar, then: Callable[[], Scalar], otherwise: Callable[[], Scalar]) -> Scalar:
        """Choose by whether u = 0."""
        return t.where(t.equals(u, 0), then(), otherwise())

    def absolute(self, u: Scalar) -> Scalar:
        """Compute |u|."""
        return World.absolute(self, u)

    def f(self, u: Scalar) -> Scalar:
        """Leave the function undefined."""
        return self.function("f")(u)

    def df(self, u: Scalar) -> Scalar:
        """Leave its derivative undefined."""
        return self.function("f", 1)(u)


@dataclass(frozen=True)
class Proof:
    """What one array of results was proved to be, with what a proof log shows.

    ``steps`` are the derivative's, if there is one; ``normal`` is the form that both sides came to.
    """

    name: str
    entry: str
    defined: Term
    steps: Derivation | None
    normal: Term
    returned: Term
    premises: tuple[str, ...]
    points: int


ONE_BY_ONE = "the batch size is 1: the code takes one example at a time"


def sizes_of(law: Law, batch: bool = True) -> dict[str, Any]:
    """Make a symbolic size for each that the law names; "one" is the literal 1, and so is B for single examples."""
    roles = [*law.variables.values(), *([law.result] if isinstance(law, ValueLaw) else [])]
    names = dict.fromkeys(name for role in roles for name in role.sizes)
    return {name: 1 if name == "one" or (name == "B" and not batch) else Size(name) for name in names}


def variable(
    convention: Convention, name: str, role: Role, sizes: Mapping[str, Any], traits: tuple[str, ...]
) -> Any:
    """Make a variable of a law: an array of symbolic size, or a positive scalar."""
    if role.kind == "scalar":
        return scalar(name, "positive")
    along = "columns" if convention.is_column else "rows"
    told = (f"{along}-sum-to-1" if trait == "distribution" else trait for trait in traits)
    return symbolic(name, *convention.shape(role, sizes), *told)


def entry_of(convention: Convention, role: Role, array: Any, at: tuple[Any, ...]) -> Any:
    """Give an entry that is addressed as the role says."""
    return array if role.kind == "scalar" else array.entry(*convention.position(role, at))


def given_of(convention: Convention, law: Law, sizes: Mapping[str, Any], arrays: Mapping[str, Any]) -> Given:
    """Hand the variables to a definition."""

    def entry(name: str, role: Role) -> Callable[..., Any]:
        return lambda *at: entry_of(convention, role, arrays[name], at)

    return Given({name: entry(name, role) for name, role in law.variables.items()}, sizes)


def indices_of(role: Role, sizes: Mapping[str, Any]) -> tuple[Any, ...]:
    """Make a free index for each range of a role; 0 where the range is of size 1."""
    ranges = (sizes[name] for name in role.ranges)
    return tuple(Index(size, letter) if isinstance(size, Size) else 0 for size, letter in zip(ranges, "pq"))


def prove(law: Law, subject: Subject) -> list[Proof]:
    """Run a law's door on arrays of symbolic size and prove its results.

    Raises
    ------
    Refuted
        With a point at which code and definition differ.
    """
    convention = subject.convention
    sizes = sizes_of(law, subject.batch)
    arrays = {
        name: variable(convention, name, role, sizes, tuple(law.traits.get(name, ())))
        for name, role in law.variables.items()
    }
    world = EverySize()
    found = law.run(subject, {**arrays, "f": world.f, "df": world.df})
    given = given_of(convention, law, sizes, arrays)
    if isinstance(law, ValueLaw):
        at = indices_of(law.result, sizes)
        _shaped(law, convention, law.result, sizes, found, "")
        defined = to_term(law.definition(world, given)(*at))
        return [_compared(law, convention, "", law.result, at, defined, None, found)]
    if not isinstance(law, GradientLaw):
        raise TypeError(f"{law.part} is no law of values or gradients")
    loss = to_term(law.loss(world, given))
    proofs = []
    for name in law.by:
        role = law.variables[name]
        if name not in found:
            raise Refuted(f"{law.part}: gradient by {name} is missing", returned=sorted(found))
        _shaped(law, convention, role, sizes, found[name], name)
        at = indices_of(role, sizes)
        proofs.append(_compared(law, convention, name, role, at, loss, arrays[name], found[name]))
    return proofs


def _shaped(
    law: Law, convention: Convention, role: Role, sizes: Mapping[str, Any], found: Any, name: str
) -> None:
    expected, got = convention.shape(role, sizes), getattr(found, "shape", ())
    same = len(got) == len(expected) and all(
        mine is other if isinstance(other, Size) else mine == other for mine, other in zip(got, expected)
    )
    if not same:
        what = f"{law.part}: gradient by {name}" if name else law.part
        raise Refuted(f"{what} has the wrong shape", convention=convention.name, expected=expected, got=got)


def _compared(
    law: Law, convention: Convention, name: str, role: Role, at: Any, defined: Term, by: Any, found: Any
) -> Proof:
    """Hold the code's entry against the definition, or against its derivative by the entry of ``by``."""
    place = convention.position(role, at)
    returned = to_term(entry_of(convention, role, found, at))
    outcome = equal(defined if by is None else diff(defined, by, *place), returned)
    letter = name or "result"
    told = f"{letter}[{', '.join(str(i) for i in place)}]" if place else letter
    if not outcome.proved:
        raise Refuted(
            f"{law.part}: gradient by {name} is wrong" if name else f"{law.part} is wrong",
            convention=convention.name,
            entry=told,
            expected=outcome.left,
            got=outcome.right,
            at_a_point=outcome.counterexample,
        )
    steps = None if by is None else derivation(defined, by, *place)
    return Proof(letter, told, defined, steps, outcome.left, returned, outcome.premises, outcome.points)


def declared(premise: str) -> bool:
    """Tell whether a premise only repeats what a law declares of its variables."""
    return premise.startswith(("every ", "each "))


def without_indices(premise: str) -> str:
    """Leave indices out: a premise holds for all of them, whatever they are called."""
    return re.sub(r"\[[a-zα-ω]\d*,[a-zα-ω]\d*\]", "", premise)


def at_every_size(law: Law, context: Context) -> tuple[int, tuple[str, ...]]:
    """Prove a law; return the number of arrays whose every entry was proved, and the premises."""
    proofs = prove(law, context.subject)
    for proof in proofs:
        for premise in proof.premises:
            if law.assumes == ANY_PREMISE or declared(premise):
                continue
            if (bare := without_indices(premise)) not in law.assumes:
                raise Refuted(
                    f"{law.part}: equal only under a premise that is not part of the claim",
                    convention=context.subject.convention.name,
                    entry=proof.entry,
                    premise=bare,
                )
    premises = dict.fromkeys(premise for proof in proofs for premise in proof.premises)
    if not context.subject.batch and any("B" in role.sizes for role in law.variables.values()):
        premises[ONE_BY_ONE] = None
    return len(proofs), tuple(premises)
