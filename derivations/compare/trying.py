"""A law on numbers: drawn or one's own, run through both packages, exactly or with 50 digits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np

from ..claim import Claim
from ..convention import CONVENTIONS, Convention, Role
from ..laws import DISTINCT, GradientLaw, Law, ValueLaw
from ..numbers import HighPrecision, Rational, each
from ..regions import Array, Fresh, lay, put, reals
from ..registry import claims
from ..subject import Subject

LARGEST = 64
F_TEXT = "f(v) = v² + v, f′(v) = 2v + 1"


class BadNumbers(ValueError):
    """Sizes or values that were given do not fit; the text says which, and what would."""


@dataclass(frozen=True)
class Trial:
    """What one law gave in both packages.

    ``given`` are the variables in column layout; ``results`` and ``errors`` go by convention.
    """

    claim: str
    law: Law
    sizes: Mapping[str, int]
    exact: bool
    given: Mapping[str, Array]
    results: Mapping[str, Mapping[str, Array]]
    errors: Mapping[str, str]


def laws_of(claim: Claim) -> list[Law]:
    """Give the laws of a claim that take variables."""
    return [law for law in claim.laws if isinstance(law, Law)]


def candidates(claim: Claim) -> list[tuple[str, Law]]:
    """Give the laws that may serve as example: the claim's own, then those of what it uses, nearest first."""
    found: list[tuple[str, Law]] = []
    todo, seen = [claim.id], {claim.id}
    while todo:
        name = todo.pop(0)
        found += [(name, law) for law in laws_of(claims()[name])]
        todo += [used for used in claims()[name].uses if used not in seen]
        seen |= set(claims()[name].uses)
    return found


def roles_of(law: Law) -> dict[str, Role]:
    """Give the role of each variable and of each result: by its letter, results as dL/d(letter) or "result"."""
    if isinstance(law, GradientLaw):
        return {**law.variables, **{f"dL/d{name}": law.variables[name] for name in law.by}}
    if isinstance(law, ValueLaw):
        return {**law.variables, "result": law.result}
    return dict(law.variables)


def size_names(law: Law) -> tuple[str, ...]:
    """Name the sizes that can be chosen for a law."""
    names = dict.fromkeys(name for role in roles_of(law).values() for name in role.sizes)
    return tuple(name for name in names if name != "one")


def parse_sizes(text: str) -> dict[str, int]:
    """Read ``n=3,m=2,B=4``.

    Raises
    ------
    BadNumbers
        For anything else.
    """
    sizes: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if not name or not value.isascii() or not value.isdigit():
            raise BadNumbers(f"{part!r} is no size; write them as n=3,m=2,B=4")
        if name in sizes:
            raise BadNumbers(f"the size {name} is given twice")
        if not 1 <= int(value) <= LARGEST:
            raise BadNumbers(f"{part}: a size is a whole number from 1 to {LARGEST}")
        sizes[name] = int(value)
    return sizes


def parse_values(texts: Sequence[str]) -> dict[str, Array]:
    """Read ``x=[[1, 2], [0.5, "1/3"]]``; decimals are taken exactly.

    Raises
    ------
    BadNumbers
        For what is no rectangular list of numbers.
    """
    found: dict[str, Array] = {}
    for text in texts:
        name, sign, body = (piece.strip() for piece in text.partition("="))
        if not sign or not name.isidentifier():
            raise BadNumbers(f"{text!r}: write the values of a variable as x=[[1, 2], [3, 4]]")
        if name in found:
            raise BadNumbers(f"{name} is given twice")
        found[name] = _array(name, _parsed(name, body))
    return found


def _exactly(text: str) -> Fraction:
    """Take a number as it is written; one with thousands of digits is no small number to try."""
    exponent = text.lower().partition("e")[2]
    if len(text) > 60 or (exponent and abs(int(exponent)) > 99):
        raise ValueError(f"{text[:20]}… has too many digits")
    return Fraction(text)


def _parsed(name: str, body: str) -> Any:
    def refuse(constant: str) -> Any:
        raise BadNumbers(f"{name}: {constant} is no number to compute with")

    try:
        return json.loads(body, parse_float=_exactly, parse_int=_exactly, parse_constant=refuse)
    except json.JSONDecodeError as error:
        if "/" in body and "[" not in body:
            return body
        raise BadNumbers(
            f"{name}={body}: not a list of numbers ({error.msg}, place {error.pos + 1}); "
            f'write rows as [[1, 2], [3, 4]], a fraction as "1/3"'
        ) from None
    except (ValueError, RecursionError) as error:
        raise BadNumbers(f"{name}: {error}") from None


def _array(name: str, value: Any) -> Array:
    if not isinstance(value, list):
        array = np.empty((), dtype=object)
        array[()] = _number(name, value)
        return array
    if not value or not all(isinstance(row, list) and row for row in value):
        raise BadNumbers(f"{name}: a list of rows is needed, such as {name}=[[1, 2], [3, 4]]")
    widths = sorted({len(row) for row in value})
    if len(widths) > 1:
        raise BadNumbers(f"{name}: the rows have different lengths: {', '.join(map(str, widths))}")
    array = np.empty((len(value), widths[0]), dtype=object)
    for at in np.ndindex(array.shape):
        array[at] = _number(name, value[at[0]][at[1]])
    return array


def _number(name: str, value: Any) -> Fraction:
    if isinstance(value, str):
        try:
            value = _exactly(value)
        except (ValueError, ZeroDivisionError):
            raise BadNumbers(f"{name}: {value!r} is no number, or has too many digits") from None
    if not isinstance(value, Fraction):
        told = (
            {True: "true", False: "false", None: "null"}.get(value)
            if not isinstance(value, (list, dict))
            else "a list"
        )
        raise BadNumbers(f"{name}: {told} is no number")
    return value


def settled(
    law: Law, sizes: Mapping[str, int], values: Mapping[str, Array], convention: Convention
) -> dict[str, int]:
    """Settle every size of a law from those that were given and from the shapes of the values.

    Raises
    ------
    BadNumbers
        When a name is not the law's, or two of them contradict each other.
    """
    known = size_names(law)
    for name in sizes:
        if name not in known:
            raise BadNumbers(f"there is no size {name} here; there are {', '.join(known)}")
    origin = {name: f"--sizes {name}={size}" for name, size in sizes.items()}
    result = {"one": 1, **sizes}
    for letter, array in values.items():
        if letter not in law.variables:
            raise BadNumbers(f"there is no variable {letter} here; there are {', '.join(law.variables)}")
        role = law.variables[letter]
        named = convention.shape(role, {name: name for name in role.sizes})
        told = f"({', '.join(map(_size_text, named))}) in the {convention.name} convention"
        if len(array.shape) != len(named):
            wanted = f"an array {told}" if named else "a single number"
            raise BadNumbers(f"{letter} has to be {wanted}, not {_shape_text(array.shape)}")
        for axis, (name, size) in enumerate(zip(named, array.shape)):
            fixed = 1 if name in (1, "one") else result.get(name)
            if fixed is not None and fixed != size:
                why = "" if name in (1, "one") else f" by {origin[name]}"
                raise BadNumbers(
                    f"{letter} has {size} {('rows', 'columns')[axis]}, but {letter} is {told} and "
                    f"{_size_text(name)}{'' if name in (1, 'one') else f' is {fixed}'}{why}".rstrip()
                )
            if name not in (1, "one"):
                result[name] = size
                origin.setdefault(name, f"the shape of {letter}")
    return {**{name: DISTINCT[name] for name in known}, **result}


def _size_text(name: Any) -> str:
    return "1" if name == "one" else str(name)


def _shape_text(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) if shape else "a single number"


def drawn(law: Law, sizes: Mapping[str, int], rng: Random, small: bool = True) -> dict[str, Array]:
    """Draw every variable, in column layout, from the law's first region; small numbers for people to read."""
    fresh = Fresh()
    arrays = dict(law.regions[0].build(fresh, sizes))
    for name, role in law.variables.items():
        if name not in arrays:
            arrays[name] = reals(fresh, role, sizes, name)
    if not small:
        values = fresh.sample(rng)
    else:
        import sympy

        values = {
            symbol: sympy.Integer(rng.randint(1, 4) * (1 if symbol.is_positive or rng.random() < 0.6 else -1))
            for symbol in fresh.symbols
        }
    return {name: put(arrays[name], values) for name in law.variables}


def run(law: Law, subject: Subject, given: Mapping[str, Array]) -> dict[str, Array]:
    """Run a law in one package; results by name, in the package's own layout."""
    wrap = Rational if law.rational else HighPrecision
    values: dict[str, Any] = {}
    for name, array in given.items():
        lifted = each(wrap, lay(subject.convention, array))
        values[name] = lifted if lifted.ndim else lifted[()]
    found = law.run(subject, {**values, "f": lambda v: v * v + v, "df": lambda v: 2 * v + 1})
    named = (
        {f"dL/d{name}": found[name] for name in law.by} if isinstance(law, GradientLaw) else {"result": found}
    )
    return {name: each(_bare, array) for name, array in named.items()}


def _bare(value: Any) -> Any:
    value = getattr(value, "value", value)
    return Fraction(int(value)) if isinstance(value, (bool, int, np.bool_, np.integer)) else value


def attempt(
    name: str, law: Law, pair: Sequence[Subject], sizes: Mapping[str, int], given: Mapping[str, Array]
) -> Trial:
    """Run a law in both packages; what a package raises is part of what it gave."""
    results: dict[str, Mapping[str, Array]] = {}
    errors: dict[str, str] = {}
    for subject in pair:
        missing = [door for door in law.needs if not subject.has([door])]
        try:
            if missing:
                raise LookupError(f"{subject.name} offers no {', '.join(missing)}")
            results[subject.convention.name] = run(law, subject, given)
        except Exception as error:  # what the package raises is shown, whatever it is
            errors[subject.convention.name] = f"{type(error).__name__}: {error}"
    return Trial(name, law, sizes, law.rational, given, results, errors)


def example(
    claim: Claim,
    pair: Sequence[Subject],
    *,
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
    values: Mapping[str, Array] | None = None,
    layout: str = "column",
    part: str = "",
) -> Trial | None:
    """Work an example of a claim in both packages; None when no law of it, or of what it uses, takes numbers.

    The first law whose results are not all 0 is taken: one that says that a difference vanishes shows nothing.

    Raises
    ------
    BadNumbers
        When sizes, values or the part do not fit.
    """
    options = candidates(claim)
    if part:
        options = [(name, law) for name, law in options if name == claim.id and law.part == part]
        if not options:
            parts = ", ".join(law.part for law in laws_of(claim)) or "none"
            raise BadNumbers(f"{claim.id} has no part {part!r} that takes numbers; there are: {parts}")
    if not options:
        if sizes or values:
            raise BadNumbers(f"{claim.id} is shown by running it; it takes no numbers")
        return None
    convention = CONVENTIONS[layout]
    fallback: Trial | None = None
    refused: BadNumbers | None = None
    for name, law in options:
        try:
            settled_sizes = settled(law, sizes or {}, values or {}, convention)
        except BadNumbers as error:
            refused = refused or error
            continue
        given = drawn(law, settled_sizes, Random(f"{seed}/{name}/{law.part}"))
        given |= {letter: lay(convention, array) for letter, array in (values or {}).items()}
        trial = attempt(name, law, pair, settled_sizes, given)
        telling = trial.errors or any(
            bool((array != 0).any()) for found in trial.results.values() for array in found.values()
        )
        if telling or part:
            return trial
        fallback = fallback or trial
    if fallback is None and refused is not None:
        raise refused
    return fallback
