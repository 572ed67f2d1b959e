"""The levels: a law is run on symbols, exact rationals, 50 digits and floats, each with an oracle of its own.

====================  =============================================  ==========================================
level                 the shipped code runs on                       its result is held against
====================  =============================================  ==========================================
every size            arrays of symbolic size                        the definition, and its derivative, in the
                                                                     index calculus
symbols               SymPy scalars, by region                       the definition, and SymPy's derivative of it
exact                 rationals                                      the definition, and its dual numbers
high precision        50 digits                                      the definition; central differences of it,
                                                                     with their order of convergence; and its
                                                                     complex step
float                 float64, float32                               50 digits, within the bound that the code's
                                                                     own run on error-carrying numbers gives
====================  =============================================  ==========================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any

import numpy as np
import sympy

from .convention import Role
from .dual import Dual
from .evidence import Inconclusive, Level, Refuted
from .laws import AnyLaw, Behaviour, Context, Given, GradientLaw, Law, ValueLaw
from .numbers import (
    CONTEXT,
    HighPrecision,
    Rational,
    Rounded,
    Symbolic,
    UndecidableComparison,
    each,
    sign_of,
    zero_test,
)
from .oracles import cause, central_differences
from .proofs import at_every_size
from .regions import Array, Fresh, Region, draw, lay, put, reals, shape_of
from .remembering import Remembered, numbers, settled, statement
from .subject import Subject
from .world import Precise, Rationals, Symbols, World, context

DIGITS = 50


def run_law(law: AnyLaw, level: Level, at: Context) -> int:
    """Run a law at a level; return the number of entries that were compared.

    Raises
    ------
    Refuted
        With the first entry that is wrong.
    Inconclusive
        When the oracle could decide neither way.
    """
    if isinstance(law, Behaviour):
        return law.run(at)
    runner: Callable[[Any, Context], int] = {
        Level.SIZE: lambda law, at: at_every_size(law, at)[0],
        Level.SYMBOLS: _symbols,
        Level.EXACT: _exact,
        Level.PRECISION: _precision,
        Level.FLOAT: _float,
    }[level]
    return runner(law, at)


# What definitions came to: both conventions draw the same numbers, and so do all subjects with one seed.
_remembered = Remembered[Any](1024)


def _once(
    how: str, law: Law, sizes: Mapping[str, int], arrays: Mapping[str, Array], make: Callable[[], Any]
) -> Any:
    return _remembered((how, statement(law), numbers(sizes, arrays)), make)


# --- cases ---


def _regions(law: Law, sizes: Mapping[str, int]) -> Iterator[tuple[Region, Fresh, dict[str, Array]]]:
    """Give, for each region, its symbols and every variable in column layout."""
    for region in law.regions:
        fresh = Fresh()
        arrays = dict(region.build(fresh, sizes))
        for name, role in law.variables.items():
            if name not in arrays:
                arrays[name] = reals(fresh, role, sizes, name)
        yield region, fresh, arrays


def _cases(law: Law, at: Context, level: Level) -> Iterator[tuple[str, Mapping[str, int], dict[str, Array]]]:
    """Give sizes and rational values for each shape and region."""
    for number, sizes in enumerate(law.shapes):
        for region, fresh, arrays in _regions(law, sizes):
            rng = at.rng(law.part, level, number, region.label)
            values = fresh.sample(rng)
            yield (
                f"{region.label}, sizes {_told(law, sizes)}",
                sizes,
                {n: put(a, values) for n, a in arrays.items()},
            )


def _told(law: Law, sizes: Mapping[str, int]) -> str:
    used = dict.fromkeys(name for role in law.variables.values() for name in role.sizes)
    return " ".join(f"{name}={sizes[name]}" for name in used)


def _given(law: Law, sizes: Mapping[str, Any], arrays: Mapping[str, Array]) -> Given:
    def entry(name: str, role: Role) -> Callable[..., Any]:
        array = arrays[name]
        return (lambda j: array[j, 0]) if role.kind == "bias" else (lambda *at: array[at])

    return Given({name: entry(name, role) for name, role in law.variables.items()}, sizes)


def _filled(role: Role, sizes: Mapping[str, int], entry: Callable[..., Any]) -> Array:
    """Evaluate a definition at every entry."""
    result = np.empty(shape_of(role, sizes), dtype=object)
    for at in np.ndindex(result.shape):
        result[at] = entry(*(at[:1] if role.kind == "bias" else at))
    return result


def _run(
    law: Law, subject: Subject, arrays: Mapping[str, Array], lift: Callable[[Array], Array], world: Any
) -> dict[str, Array]:
    """Run the door on lifted arrays in the subject's layout; give its results by letter in column layout.

    Raises
    ------
    Refuted
        When an argument is not what it was before.
    """
    values: dict[str, Any] = {}
    for name, array in arrays.items():
        lifted = lift(lay(subject.convention, array))
        values[name] = lifted if lifted.ndim else lifted[()]
    kept = {name: value.copy() for name, value in values.items() if isinstance(value, np.ndarray)}
    found = law.run(subject, {**values, "f": world.f, "df": world.df})
    for name, before in kept.items():
        # By what is in the wrapping: symbols are compared as they are written, which decides at once.
        if not all(
            new is old or _inner(new) == _inner(old) for new, old in zip(values[name].flat, before.flat)
        ):
            raise Refuted(
                f"{law.part}: the argument {name} was changed in place", convention=subject.convention.name
            )
    named = found if isinstance(law, GradientLaw) else {"": found}
    return {name: lay(subject.convention, _as_array(array)) for name, array in named.items()}


def _inner(value: Any) -> Any:
    return getattr(value, "value", value)


def _as_array(value: Any) -> Array:
    if isinstance(value, np.ndarray):
        return value
    array = np.empty((), dtype=object)
    array[()] = value
    return array


Same = Callable[[str, tuple[int, ...], Any, Any], bool]


def _compare(
    law: Law,
    subject: Subject,
    case: str,
    found: Mapping[str, Array],
    expected: Mapping[str, Array],
    same: Same,
) -> int:
    """Compare all entries; refuse with the first that differs, and what the difference looks like."""
    count = 0
    for name, right in expected.items():
        what = f"{law.part}: gradient by {name}" if name else law.part
        if name not in found:
            raise Refuted(f"{what} is missing", convention=subject.convention.name, returned=sorted(found))
        got = found[name]
        if got.shape != right.shape:
            raise Refuted(
                f"{what} has the wrong shape",
                convention=subject.convention.name,
                expected=lay(subject.convention, right).shape,
                got=lay(subject.convention, got).shape,
                case=case,
            )
        for at in np.ndindex(right.shape):
            if not same(name, at, got[at], right[at]):
                raise Refuted(
                    f"{what} is wrong",
                    convention=subject.convention.name,
                    entry=at if subject.convention.is_column else at[::-1],
                    expected=right[at],
                    got=got[at],
                    shape=lay(subject.convention, right).shape,
                    case=case,
                    looks_like=_likely(got, right),
                )
            count += 1
    return count


def _likely(got: Array, right: Array) -> str | None:
    try:
        return (
            "; ".join(cause(each(_as_float, got).astype(float), each(_as_float, right).astype(float))) or None
        )
    except (TypeError, ValueError):
        return None


def _as_float(value: Any) -> float:
    return float(getattr(value, "value", value))


# --- lifting and lowering ---


def _bare(value: Any) -> Any:
    """Take the number out of its wrapping; a bare int stands for itself, a float is never exact."""
    if isinstance(value, (Rational, HighPrecision, Symbolic)):
        return value.value
    if isinstance(value, (int, Fraction, np.integer, np.bool_)) or not isinstance(
        value, (float, np.floating)
    ):
        return value
    raise Refuted("a float came out of an exact computation", got=value)


exact = partial(each, Rational)
plain_array = partial(each, lambda value: Fraction(_bare(value)))


def plain(value: Any) -> Any:
    """Turn what came out of an exact run into Fractions."""
    return plain_array(value) if isinstance(value, np.ndarray) else Fraction(_bare(value))


class _Unknown:
    """f and its derivative for arrays of wrapped scalars, as the world has them."""

    def __init__(self, wrap: Callable[[Any], Any], world: World) -> None:
        self.f = partial(each, lambda value: wrap(world.f(_bare(value))))
        self.df = partial(each, lambda value: wrap(world.df(_bare(value))))


class _UnknownFloat:
    """The same function as `Precise.f`, in NumPy."""

    @staticmethod
    def f(v: Any) -> Any:
        return np.tanh(v) + 1 / (1 + v**2)

    @staticmethod
    def df(v: Any) -> Any:
        return 1 - np.tanh(v) ** 2 - 2 * v / (1 + v**2) ** 2


# --- symbols ---


def _symbols(law: Law, at: Context) -> int:
    world, cases = Symbols(), 0
    wrap = partial(each, Symbolic)
    for sizes in law.symbol_shapes:
        for region, _, arrays in _regions(law, sizes):
            expected = _once(
                "symbols",
                law,
                sizes,
                arrays,
                lambda: settled(_expected_symbols(law, sizes, arrays, world)),  # noqa: B023
            )
            found = {
                name: each(_bare, array)
                for name, array in _run(law, at.subject, arrays, wrap, _Unknown(Symbolic, world)).items()
            }
            case = f"{region.label}, sizes {_told(law, sizes)}"
            cases += _compare(law, at.subject, case, found, expected, _same_symbols)
    return cases


def _expected_symbols(
    law: Law, sizes: Mapping[str, int], arrays: Mapping[str, Array], world: World
) -> Mapping[str, Array]:
    """Evaluate the definition on symbols, or differentiate it by them, and put the region's expressions in."""
    if isinstance(law, ValueLaw):
        return {"": _filled(law.result, sizes, law.definition(world, _given(law, sizes, arrays)))}
    assert isinstance(law, GradientLaw)
    fresh = Fresh()
    generic = {
        name: arrays[name] if name not in law.by else reals(fresh, role, sizes, name)
        for name, role in law.variables.items()
    }
    put_in = {
        generic[name][index]: sympy.sympify(arrays[name][index])
        for name in law.by
        for index in np.ndindex(arrays[name].shape)
    }
    loss = law.loss(world, _given(law, sizes, generic))
    result = {}
    for name in law.by:
        result[name] = partial(each, lambda symbol: sympy.diff(loss, symbol).xreplace(put_in))(generic[name])
    return result


def _same_symbols(name: str, at: tuple[int, ...], got: Any, right: Any) -> bool:
    test = zero_test(sympy.sympify(got) - resolved(right))
    if test.verdict is None:
        raise Inconclusive(f"whether {got} is {right}: {test.reason}")
    return test.verdict


# --- exact ---


def _exact(law: Law, at: Context) -> int:
    world, cases = Rationals(), 0
    for case, sizes, arrays in _cases(law, at, Level.EXACT):
        expected = _once(
            "rationals",
            law,
            sizes,
            arrays,
            lambda: settled(_expected_rationals(law, sizes, arrays, world)),  # noqa: B023
        )
        found = {
            n: plain_array(a)
            for n, a in _run(law, at.subject, arrays, exact, _Unknown(Rational, world)).items()
        }
        cases += _compare(law, at.subject, case, found, expected, lambda name, at, got, right: got == right)
    return cases


def _expected_rationals(
    law: Law, sizes: Mapping[str, int], arrays: Mapping[str, Array], world: World
) -> Mapping[str, Array]:
    """Evaluate the definition on rationals, or its dual numbers."""
    if isinstance(law, ValueLaw):
        return {"": _filled(law.result, sizes, law.definition(world, _given(law, sizes, arrays)))}
    return _slopes(law, sizes, arrays, lambda loss: loss.slope, Dual, lambda value: Dual(value, 1), world)


def _slopes(
    law: Law,
    sizes: Mapping[str, int],
    arrays: Mapping[str, Array],
    read: Callable[[Any], Any],
    lift: Callable[[Any], Any],
    seed: Callable[[Any], Any],
    world: World,
) -> dict[str, Array]:
    """Differentiate a loss by seeding one entry at a time and reading the slope off the result."""
    assert isinstance(law, GradientLaw)
    lifted = {name: each(lift, array) for name, array in arrays.items()}
    result = {}
    for name in law.by:
        slopes = np.empty(arrays[name].shape, dtype=object)
        for index in np.ndindex(slopes.shape):
            kept = lifted[name][index]
            lifted[name][index] = seed(arrays[name][index])
            slopes[index] = read(law.loss(world, _given(law, sizes, lifted)))
            lifted[name][index] = kept
        result[name] = slopes
    return result


# --- high precision ---

# Definitions are evaluated with digits to spare, so that what they cancel is not missed.
MP = context(80)


def _mpf(value: Any) -> Any:
    return MP.mpf(value.numerator) / value.denominator


def _rounded_off(value: Any) -> Any:
    """Bound the error of a definition that was evaluated at 80 digits, up to 25 of them lost to cancellation."""
    return MP.mpf(10) ** -55 * (1 + abs(value))


def _reference(
    law: Law, sizes: Mapping[str, int], arrays: Mapping[str, Array]
) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
    """Evaluate a law at 50 digits: its values or slopes, and a bound on the error of each."""
    values, errors = _once("50 digits", law, sizes, arrays, lambda: _worked_out(law, sizes, arrays))
    return values, errors


def _worked_out(
    law: Law, sizes: Mapping[str, int], arrays: Mapping[str, Array]
) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
    world = Precise(MP)
    lifted = {name: each(_mpf, array) for name, array in arrays.items()}
    if isinstance(law, ValueLaw):
        values = _filled(law.result, sizes, law.definition(world, _given(law, sizes, lifted)))
        return settled({"": values}), settled({"": each(_rounded_off, values)})
    assert isinstance(law, GradientLaw)
    tiny = MP.mpf(10) ** -40
    values_by = _slopes(
        law,
        sizes,
        arrays,
        lambda loss: MP.im(loss) / tiny,
        _mpf,
        lambda value: MP.mpc(_mpf(value), tiny),
        world,
    )
    # The complex step is wrong by its square, 10**-80, and by the rounding of the evaluation. A branch is
    # chosen by the real part, so that it holds wherever a definition is analytic piece by piece.
    errors = {name: each(_rounded_off, array) for name, array in values_by.items()}
    return settled(values_by), settled(errors)


def _precision(law: Law, at: Context) -> int:
    """Run the code at 50 digits; hold the definition against it, by complex step and by central differences."""
    world, cases = Precise(CONTEXT), 0
    # A bound on rounding is a polynomial in the unit u, without a constant term and with no negative
    # coefficient: from float64 to 50 digits it shrinks at least as u does.
    shrunk = CONTEXT.mpf(10) ** -49 * 2**53
    for case, sizes, arrays in _cases(law, at, Level.PRECISION):
        found = {
            name: each(_precise, array)
            for name, array in _run(
                law, at.subject, arrays, HighPrecision.array, _Unknown(HighPrecision, world)
            ).items()
        }
        expected, errors = _reference(law, sizes, arrays)
        bounds = _bounds(law, at.subject, arrays, "float64")

        def near(name: str, at: tuple[int, ...], got: Any, right: Any) -> bool:
            return bool(abs(got - right) <= errors[name][at] + shrunk * bounds[name][at])  # noqa: B023

        cases += _compare(law, at.subject, case, found, expected, near)
        if isinstance(law, GradientLaw):
            cases += _by_differences(law, sizes, arrays, found, at.subject, case)
    return cases


def _precise(value: Any) -> Any:
    return CONTEXT.mpf(_bare(value))


def _by_differences(
    law: GradientLaw,
    sizes: Any,
    arrays: Mapping[str, Array],
    found: Mapping[str, Array],
    subject: Subject,
    case: str,
) -> int:
    """Hold the largest entry of each gradient against central differences of the definition as well."""
    lifted = {name: each(lambda value: HighPrecision(value).value, array) for name, array in arrays.items()}
    world, cases = Precise(CONTEXT), 0
    for name in law.by:

        def loss(moved: Array) -> Any:
            return law.loss(world, _given(law, sizes, {**lifted, name: moved}))  # noqa: B023

        # The largest entry: one that is 0 by chance has no digits to be judged by.
        last = max(np.ndindex(lifted[name].shape), key=lambda at: abs(found[name][at]))
        if found[name][last] == 0:
            continue
        verdict = central_differences(loss, lifted[name], found[name], entries=[last])
        if verdict.inconclusive:
            raise Inconclusive(f"{law.part}: gradient by {name}, {case}: {verdict.detail}")
        if verdict.wrong:
            raise Refuted(
                f"{law.part}: gradient by {name} differs from central differences",
                convention=subject.convention.name,
                entry=last,
                expected=verdict.expected,
                got=verdict.got,
                case=case,
            )
        cases += 1
    return cases


def _bounds(law: Law, subject: Subject, arrays: Mapping[str, Array], dtype: Any) -> dict[str, Array]:
    """Run the code on numbers that carry their rounding error; its bounds, entry by entry, in column layout."""
    try:
        found = _run(law, subject, arrays, lambda array: Rounded.array(array, dtype), _UnknownFloat)
    except UndecidableComparison as error:
        raise Inconclusive(f"{law.part}: rounding may turn a comparison: {error}") from error
    return {name: each(_error, array) for name, array in found.items()}


def _error(value: Any) -> Any:
    return value.error if isinstance(value, Rounded) else CONTEXT.mpf(0)


def rounding_bound(
    subject: Subject, run: Callable[[Subject, Any], Mapping[str, Array]], values: Mapping[str, Any]
) -> Any:
    """Bound the rounding error of a computation on float64 arrays, entry by entry."""
    found = run(subject, {name: Rounded.array(array, "float64") for name, array in values.items()})
    return {name: each(_error, array).astype(float) for name, array in found.items()}


# --- floats ---


def _float(law: Law, at: Context) -> int:
    """Run the code on floats; hold 80 digits against it, within the bound of its own run on `Rounded` numbers."""
    cases = 0
    for case, sizes, drawn in _cases(law, at, Level.FLOAT):
        for dtype in (np.float64, np.float32):
            # What the code gets is the float nearest to the rational; the reference gets that float exactly.
            floats = {name: array.astype(float).astype(dtype) for name, array in drawn.items()}
            arrays = {
                name: each(lambda value: Fraction(float(value)), array) for name, array in floats.items()
            }
            found = _run(law, at.subject, floats, np.array, _UnknownFloat)
            again = _run(law, at.subject, floats, np.array, _UnknownFloat)
            told = f"{case}, {np.dtype(dtype)}"
            _hygiene(law, told, found, again, dtype)
            expected, errors = _reference(law, sizes, arrays)
            bounds = _bounds(law, at.subject, arrays, dtype)

            def near(name: str, at: tuple[int, ...], got: Any, right: Any) -> bool:
                return bool(abs(MP.mpf(float(got)) - right) <= bounds[name][at] + errors[name][at])  # noqa: B023

            cases += _compare(law, at.subject, told, found, expected, near)
    return cases


def _hygiene(law: Law, case: str, found: Mapping[str, Array], again: Mapping[str, Array], dtype: Any) -> None:
    """Refuse a result of another dtype, and one that is another when it is asked for again."""
    for name, array in found.items():
        # A number without axes may also be a plain Python float, which has no dtype to keep.
        kind = array.dtype if array.ndim else getattr(array[()], "dtype", dtype)
        if kind != dtype:
            raise Refuted(f"{law.part}: dtype changed", expected=np.dtype(dtype), got=kind, case=case)
        if not np.array_equal(array, again[name]):
            raise Refuted(f"{law.part}: a second call gives another result", case=case)


# --- for laws that compute on their own ---


def draw_rationals(rng: Random, shape: tuple[int, ...]) -> Array:
    """Draw an array of Fractions, none of them 0."""
    array = np.empty(shape, dtype=object)
    for at in np.ndindex(shape):
        array[at] = draw(rng, False)
    return array


def rational_arrays(
    at: Context, variables: Mapping[str, Role], sizes: Mapping[str, int], purpose: str
) -> dict[str, Array]:
    """Draw exact arrays for variables, laid out in the subject's convention."""
    rng = at.rng(purpose)
    return {
        name: exact(lay(at.subject.convention, draw_rationals(rng, shape_of(role, sizes))))
        for name, role in variables.items()
    }


def on_rationals(subject: Subject, door: str, *arrays: Array, **more: Any) -> Any:
    """Run a door on rationals given in column layout; Fractions in column layout come back."""
    found = subject.door(door)(*(exact(lay(subject.convention, array)) for array in arrays), **more)
    return _lowered(subject, found, plain)


def on_symbols(subject: Subject, door: str, *arrays: Array) -> Any:
    """Run a door on SymPy expressions given in column layout; expressions in column layout come back."""
    found = subject.door(door)(*(each(Symbolic, lay(subject.convention, array)) for array in arrays))
    return _lowered(subject, found, partial(each, lambda value: sympy.sympify(_bare(value))))


def _lowered(subject: Subject, found: Any, lower: Callable[[Any], Any]) -> Any:
    if isinstance(found, Mapping):
        return {name: lay(subject.convention, lower(array)) for name, array in found.items()}
    return lay(subject.convention, lower(found))


def positive(expression: Any) -> bool:
    """Tell whether an expression is positive, by what is known of its symbols."""
    return sign_of(sympy.sympify(expression).rewrite(sympy.tanh, sympy.exp)) == 1


def resolved(expression: Any) -> Any:
    """Decide every branch of an expression by the signs of its symbols.

    Raises
    ------
    Inconclusive
        When they do not settle it; nothing is guessed.
    """

    def branch(*pieces: Any) -> Any:
        for value, condition in pieces:
            if condition == True:  # noqa: E712
                return value
            if condition == False:  # noqa: E712
                continue
            if isinstance(condition, sympy.Eq):
                sign, holds = sign_of(condition.lhs - condition.rhs), 0
            elif isinstance(condition, (sympy.StrictGreaterThan, sympy.StrictLessThan)):
                sign, holds = sign_of(condition.gts - condition.lts), 1
            else:
                raise Inconclusive(f"{condition} is no condition of a definition")
            if sign is None:
                raise Inconclusive(f"the branch {condition} is not settled")
            if sign == holds:
                return value
        raise Inconclusive("no branch holds")

    return sympy.sympify(expression).replace(sympy.Piecewise, branch)
