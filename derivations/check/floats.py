"""The float rung: a law's door is run on floats and held against its definition.

What a float run may be off by is taken, in this order, from:

1. the definition itself, run on error-carrying arrays (`near`): what rounding does to a plain pass of it;
2. the subject's own code, run on numbers that carry their rounding (`Rounded`), where it runs on them;
3. half of the digits of the array's largest entry, where neither is enough: a difference below that is told, and
   one above it is wrong. The scale is that of the array itself, never 1, unless it is nothing but zeros.

A subject that turns float64 into float32 is judged by what float32 can resolve.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..engine import _bounds, _run, _UnknownFloat
from ..evidence import Inconclusive, NotRun, Refuted
from ..laws import Context, GradientLaw, Law
from ..regions import lay
from ..subject import Subject
from .cases import Case, cases
from .kinks import at_own_kink
from .near import Unit
from .vectorised import Array, directional, reference_of
from .watching import Watch

MOVES = 6
ENOUGH = 6
"""Differences after which a law is wrong enough; of several shapes, since one may look like several causes."""
SWAMPED = 4
"""Rounding that may be this share of an array leaves nothing to be told."""
MANY = 2000
"""Numbers in a case from which its rounding is no longer followed through the code one by one."""


@dataclass
class Difference:
    """One array that is not what it should be, in one case."""

    what: str
    kind: str
    name: str
    case: Case
    dtype: Any
    got: Array | None = None
    right: Array | None = None
    bound: Array | None = None
    entry: tuple[int, ...] | None = None
    error: BaseException | None = None


@dataclass
class Floats:
    """What became of a law on floats."""

    compared: int = 0
    moved: int = 0
    differences: list[Difference] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)
    absent: str = ""


class Unusable(Exception):
    """A case says nothing: at a kink, or rounding swamps it."""


def results(law: Law, subject: Subject, case: Case, watch: Watch) -> dict[str, Array]:
    """Run the door on a case; results by letter in column layout."""
    with watch():
        return _run(law, subject, case.arrays, np.array, _UnknownFloat)


def resolved_by(given: Any, dtype: Any) -> Any:
    """Give the float type by which something is to be judged: the least precise in it, or that of the arguments."""
    if isinstance(given, Mapping):
        given = [given[name] for name in given]
    if isinstance(given, (list, tuple)):
        for one in given:
            dtype = resolved_by(one, dtype)
        return dtype
    kind = getattr(given, "dtype", None)
    if isinstance(given, np.ndarray) and not given.ndim:
        kind = getattr(given[()], "dtype", None)
    if not isinstance(kind, np.dtype) or kind.kind != "f" or np.finfo(kind).eps < np.finfo(dtype).eps:
        return dtype
    return kind.type


class Coarsest:
    """A subject whose doors are watched for the least precise float type that comes out of them."""

    def __init__(self, subject: Subject, dtype: Any) -> None:
        self.dtype = dtype
        self.subject = replace(
            subject, doors={name: self._seen(door) for name, door in subject.doors.items()}
        )

    def _seen(self, door: Any) -> Any:
        def call(*args: Any) -> Any:
            found = door(*args)
            with suppress(Refuted):  # an array out of shape: told when it is asked for
                self.dtype = resolved_by(found, self.dtype)
            return found

        return call


def named(law: Law, name: str) -> str:
    """Name an array that comes out."""
    return f"gradient by {name}" if name else law.part


def difference(
    law: Law, subject: Subject, case: Case, dtype: Any, watch: Watch, coarse: Any = None
) -> tuple[Difference | None, Floats]:
    """Run one case; give the first difference, and what was counted and noticed on the way.

    With ``coarse``, a float type of fewer digits, the numbers are such as that type has.

    Raises
    ------
    Unusable
        When the case says nothing.
    NotRun
        When the subject says that it does not offer this.
    """
    seen = Floats()
    case = case.as_type(dtype)
    if coarse is not None:
        case = case.as_type(coarse).as_type(dtype)
    reference = reference_of(law, case.sizes, case.arrays, dtype)
    if reference.undecided:
        raise Unusable("at a kink")
    for name, right in reference.right.items():
        if not np.isfinite(right).all():
            raise Unusable("outside the domain")
        # Where rounding alone may be as large as the whole array, nothing can be told right from wrong.
        if right.any() and reference.bounds[name].max() > np.abs(right).max() / SWAMPED:
            raise Unusable("rounding is as large as the result")

    def found(kind: str, what: str, name: str = "", **more: Any) -> Difference:
        return Difference(what, kind, name, case, dtype, **more)

    only = law.by[0] if isinstance(law, GradientLaw) and len(law.by) == 1 else ""

    watched = Coarsest(subject, dtype)
    try:
        got = results(law, watched.subject, case, watch)
        again = results(law, subject, case, watch)
    except NotRun:
        raise
    except Refuted as refuted:
        kind = "shape" if "shape" in refuted.what else "refused"
        return found(kind, str(refuted), only, error=refuted), seen
    except Exception as error:
        return found("raised", f"raised {type(error).__name__}: {error}", only, error=error), seen
    for name, right in reference.right.items():
        bound = reference.bounds[name]
        if name not in got:
            return found("missing", f"{named(law, name)} is missing", name), seen
        array = got[name]
        if array.shape != right.shape:
            shapes = [lay(subject.convention, one).shape for one in (array, right)]
            what = f"{named(law, name)} has shape {shapes[0]} instead of {shapes[1]}"
            return found("shape", what, name, got=array, right=right), seen
        try:
            values = np.asarray(array, dtype=np.longdouble)
        except (TypeError, ValueError) as error:
            return found("no numbers", f"{named(law, name)} holds no numbers: {error}", name), seen
        judged = resolved_by(array, watched.dtype)
        if judged is not dtype:
            seen.notes["gives float32 for float64, and is judged by what float32 can resolve"] = None
            if np.finfo(judged).eps > np.finfo(dtype).eps:
                if case.wide:
                    raise Unusable("what saturates float64 mildly leaves fewer digits none")
                if coarse is None:
                    # On numbers that are lost already when the code takes them, it could not be right.
                    return difference(law, subject, case, dtype, watch, judged)
                bound = reference_of(law, case.sizes, case.arrays, judged).bounds[name]
        elif array.dtype.kind == "f" and np.finfo(array.dtype).eps < np.finfo(dtype).eps:
            seen.notes["gives float64 for float32"] = None
        if not np.isfinite(values).all():
            at = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
            what = f"{named(law, name)} is not finite"
            return found("not finite", what, name, got=values, right=right, entry=at), seen
        off = np.abs(values - right)
        if not (off <= bound).all():
            kind, at, extra = _judged(law, subject, case, name, off, right, bound, judged)
            if kind == "wrong":
                what = f"{named(law, name)} is wrong"
                return found("value", what, name, got=values, right=right, bound=bound, entry=at), seen
            if kind == "near":
                seen.notes[extra] = None
            elif kind == "unsure":
                seen.unsure.append(extra)
        if not np.array_equal(values, np.asarray(again[name], dtype=np.longdouble)):
            off = np.abs(values - np.asarray(again[name], dtype=np.longdouble))
            if not (off <= bound).all():
                what = f"{named(law, name)} is another one when it is asked for again"
                at = tuple(int(i) for i in np.unravel_index(int(off.argmax()), off.shape))
                return found("again", what, name, got=np.asarray(again[name]), right=values, entry=at), seen
        seen.compared += right.size
    return None, seen


def _judged(
    law: Law, subject: Subject, case: Case, name: str, off: Array, right: Array, bound: Array, dtype: Any
) -> tuple[str, Any, str]:
    """Judge differences that a plain pass of the definition does not explain."""
    # Nothing but zeros has no scale of its own: half of the digits of 1 then.
    half = float(np.sqrt(Unit.of(dtype).u)) * (float(np.abs(right).max()) or 1.0)
    beyond = off > np.maximum(bound, half)
    ran = False
    # A quarter of the array is no rounding: code that loses so much at a point where a plain pass does not is wrong.
    gross = bool((off > max(float(np.abs(right).max()) / SWAMPED, half)).any())
    if case.count <= MANY and not gross:
        try:
            own = np.asarray(_bounds(law, subject, case.arrays, dtype)[name], dtype=np.float64)
            ran = own.shape == off.shape
            if ran and (off <= own + bound).all():
                return "right", None, ""
            if ran:
                beyond &= off > own + bound
        except (Exception, Inconclusive):
            pass  # the code does not run on these numbers, or a comparison is too close: other bounds decide
    if beyond.any():
        at = tuple(int(i) for i in np.argwhere(beyond)[0])
        return "wrong", at, ""
    scale = float(np.abs(right).max())
    share = float(off.max()) / scale if scale else float(off.max())
    told = (
        f"{named(law, name)} differs by {share:.1g} of its largest entry: more than rounding explains, less than half"
        " of the digits; a small constant (epsilon) somewhere?"
    )
    return ("unsure" if ran else "near"), None, told


def run_floats(law: Law, context: Context, watch: Watch, fast: bool = False) -> Floats:
    """Run a law on all its float cases, float64 and float32."""
    total = Floats()
    subject = context.subject
    for again, case in cases(law, context.rng, fast):
        for dtype in (np.float64, np.float32):
            if case.wide and dtype is np.float32:
                continue  # what saturates float64 mildly leaves float32 no digits
            try:
                found, seen = _moved(law, subject, again, case, dtype, watch, total)
            except NotRun as absent:
                total.absent = str(absent)
                return total
            if seen is None:
                continue
            total.compared += seen.compared
            total.notes |= seen.notes
            total.unsure += seen.unsure
            if found is None:
                continue
            if dtype is np.float32 and found.kind in ("raised", "refused"):
                if any(one.kind == found.kind for one in total.differences):
                    continue
                total.notes[f"does not take float32: {found.what}"] = None
                continue
            total.differences.append(found)
            if len(total.differences) >= ENOUGH:
                return total
    return total


def _moved(
    law: Law, subject: Subject, again: Any, case: Case, dtype: Any, watch: Watch, total: Floats
) -> tuple[Difference | None, Floats | None]:
    """Run a case; where its point lies at a kink, or says nothing, draw it anew, and count that."""
    for turn in range(1, MOVES + 1):
        try:
            found, seen = difference(law, subject, case, dtype, watch)
        except Unusable:
            total.moved += 1
            case = again(turn)
            continue
        # Two wrong points that are at no kink are enough: the others are not looked at for one.
        suspicious = found is not None and found.kind == "value" and len(total.differences) < 2
        if suspicious and found is not None and at_own_kink(law, subject, found, watch):
            total.moved += 1
            case = again(turn)
            continue
        return found, seen
    return None, None


def run_directions(law: GradientLaw, context: Context, watch: Watch, case: Case) -> Floats:
    """Check all entries of large gradients at once, along random directions: one evaluation for each direction.

    A wrong entry shows unless the errors of all entries cancel, which two directions of random signs do not let
    happen but by accident.
    """
    seen = Floats()
    found = results(law, context.subject, case, watch)
    rng = np.random.default_rng(context.seed)
    for name in law.by:
        role_shape = case.arrays[name].shape
        got = found.get(name)
        if got is None or got.shape != role_shape:
            what = f"{named(law, name)} is missing or has another shape"
            seen.differences.append(Difference(what, "shape", name, case, np.float64, got=got))
            continue
        judged = resolved_by(got, np.float64)
        for _ in range(2):
            signs = rng.choice(np.array([-1.0, 1.0]), size=role_shape)
            slope = directional(law, case.sizes, case.arrays, {name: signs})
            along = (got.astype(np.longdouble) * signs).sum()
            length = np.sqrt((got.astype(np.longdouble) ** 2).sum())
            # A sum of random signs is as large as the length of the gradient: half of its digits are demanded.
            if not abs(along - slope) <= np.sqrt(Unit.of(judged).u) * max(length, abs(slope)):
                what = f"{named(law, name)} is wrong along a random direction: {along:.6g}, not {slope:.6g}"
                seen.differences.append(Difference(what, "value", name, case, np.float64, got=got))
                break
            seen.compared += got.size
    return seen


def letters(differences: Iterator[Difference] | list[Difference]) -> Mapping[str, list[Difference]]:
    """Arrange differences by the array that they are about."""
    found: dict[str, list[Difference]] = {}
    for one in differences:
        found.setdefault(one.name, []).append(one)
    return found
