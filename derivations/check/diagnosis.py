"""From differences to findings: the first wrong entry, what the wrong array looks like, a case to paste."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..convention import COLUMN, ROW
from ..evidence import NotRun, Refuted
from ..laws import Context, Law
from ..oracles import cause
from ..regions import lay
from ..rehearsal import same_numbers
from .floats import Difference, Unusable, difference, letters, results
from .report import Finding
from .reproduction import Origin, reproduction
from .shrinking import shrunk
from .stops import stop_of
from .suspects import suspects
from .vectorised import Array, reference_of
from .watching import Watch

_COUNTED = re.compile(r" \(\d+\)")
_SLIGHT = (
    1e-4  # below which a difference is of the size of the constants that people add; it decides about words
)
_KEPT = "keeps something from the pass before: a stale cache"
_ADDED = "adds the gradients of the pass before: they are never set to zero"


class Diagnostician:
    """Looks for causes of what went wrong with one law."""

    def __init__(self, law: Law, context: Context, watch: Watch, origin: Origin) -> None:
        self.law = law
        self.subject = context.subject
        self.watch = watch
        self.origin = origin

    def findings(self, differences: Sequence[Difference]) -> list[Finding]:
        """Give a finding for each array that is wrong."""
        return [self._finding(of) for of in letters(list(differences)).values()]

    def _finding(self, differences: Sequence[Difference]) -> Finding:
        # Single precision blurs what a cause is told by.
        double = [one for one in differences if one.dtype is np.float64]
        first = (double or list(differences))[0]
        causes = self._common(double or differences[:1])
        if not double:
            causes.insert(0, "in float32 only")
        small = shrunk(self.law, self.subject, first, self.watch, fixed=self._fixed)
        told = self._told(first)
        return Finding(
            part=self.law.part,
            what=first.what,
            variable=first.name,
            case=first.case.label + (", float32" if first.dtype is np.float32 else ""),
            causes=tuple(causes),
            reproduction=reproduction(self.law, self.origin, small),
            **told,
        )

    @property
    def _fixed(self) -> bool:
        of = self.law.architecture
        return of is not None and bool(of.widths)

    def _told(self, found: Difference) -> dict[str, Any]:
        """Give the first wrong entry with both values, as the subject lays arrays out."""
        if found.entry is None or found.got is None or found.right is None:
            return {}
        column = self.subject.convention.is_column or found.right.ndim != 2
        got, right = (float(np.asarray(array)[found.entry]) for array in (found.got, found.right))
        digits = next(
            (d for d in (6, 9, 12, 17) if f"{got:.{d}g}" != f"{right:.{d}g}"),
            17,
        )
        return {
            "entry": found.entry if column else found.entry[::-1],
            "got": f"{got:.{digits}g}",
            "expected": f"{right:.{digits}g}",
            "shape": lay(self.subject.convention, np.asarray(found.right)).shape,
        }

    # --- causes ---

    def _common(self, differences: Sequence[Difference]) -> list[str]:
        """Give the causes that explain every difference; those of the first where none does."""
        raised = [text for one in differences[:1] for text in self._raised(one)]
        each = [{_COUNTED.sub("", text): text for text in self._causes(one)} for one in differences]
        each = [one for one in each if one] or [{}]
        kept = [text for key, text in each[0].items() if all(key in other for other in each)]
        factors = [next((text for text in one.values() if "by a factor of" in text), "") for one in each]
        if not kept and len(each) > 1 and all(factors):
            several = "; ".join(dict.fromkeys(factors[:3]))
            kept = [f"a multiple of the right one, another in each case ({several})"]
        return raised + (kept or list(each[0].values()))

    def _raised(self, found: Difference) -> Iterator[str]:
        if found.kind == "refused" and "changed in place" in found.what:
            yield "writes into its argument"
        if found.kind == "raised" and found.error is not None:
            stop = stop_of(found.error)
            if stop.file:
                yield f"raised at {stop.file}:{stop.line}: {stop.operation}"

    def _causes(self, found: Difference) -> list[str]:
        told: list[str] = []
        for text in self._all_causes(found):
            several = re.match(r"(.*?)(?=larger by|smaller by)(.* or .*)", text)
            told += [several[1] + one for one in several[2].split(" or ")] if several else [text]
        told = [text for text in dict.fromkeys(told) if not text.startswith("has shape")]
        # What was kept from a pass before is no factor, though it may look like one.
        if any("pass before" in text for text in told):
            told = [text for text in told if "factor" not in text and "larger by" not in text]
        return told

    def _all_causes(self, found: Difference) -> Iterator[str]:
        case, wrong = found.case.as_type(np.float64), found.got
        if wrong is None and isinstance(found.error, Refuted):
            wrong = found.error.array
        right = found.right if found.right is not None else self._right(found)
        if found.kind == "again":
            yield "two equal calls differ: something is kept between them, or drawn at random"
            return
        if wrong is not None and right is not None:
            wrong, right = np.asarray(wrong, dtype=np.float64), np.asarray(right, dtype=np.float64)
            if found.kind == "shape" and found.error is not None:
                # Out of shape as it is stored: which way round the other convention has it is not known yet.
                if wrong.shape == right.shape:
                    wrong = wrong.T
                elif wrong.ndim == 2:
                    wrong = lay(self.subject.convention, wrong)
                if wrong.ndim == right.ndim and np.array_equal(wrong.reshape(-1), right.reshape(-1)):
                    yield "has the right values, in another shape than it is kept in"
            yield from self._single(found, wrong, right)
            yield from self._kept(found, case)
            others: dict[str, Array] = {}
            for told, array in suspects(self.law, case, found.name, wrong, right, self.subject.batch):
                array = lay(self.subject.convention, np.asarray(array, dtype=np.float64))
                # Where a vector came out, what it may be is a vector, too.
                flat = wrong.ndim == 1 and array.ndim == 2 and 1 in array.shape
                others.setdefault(told, array.reshape(-1) if flat else array)
            # Axes are told as the subject has them.
            wrong, right = lay(self.subject.convention, wrong), lay(self.subject.convention, right)
            others = {told: array for told, array in others.items() if _nearer(wrong, array, right)}
            yield from cause(wrong, right, _sizes(self.law, case.sizes), others)
            yield from self._scaled(wrong, right, others, case.sizes)
            if found.kind == "value":
                share = float(np.abs(wrong - right).max()) / (float(np.abs(right).max()) or 1.0)
                if share < _SLIGHT:
                    yield f"differs by {share:.1g} of the largest entry: a small constant (epsilon) somewhere?"
        if found.kind in ("shape", "raised", "value", "refused"):
            yield from self._of_the_other_convention(case)

    def _single(self, found: Difference, wrong: Array, right: Array) -> Iterator[str]:
        """Say so where the difference is one that single precision explains."""
        if found.kind != "value" or found.dtype is not np.float64 or wrong.shape != right.shape:
            return
        bounds = reference_of(self.law, found.case.sizes, found.case.arrays, np.float32).bounds
        bound = bounds.get(found.name)
        off = np.abs(wrong - right)
        # What is far below the unit of single precision does not come from it.
        fine = float(off.max()) < 2.0**-30 * float(np.abs(right).max())
        factor = _proportional(wrong, right)
        scaled = factor is not None and abs(factor - 1) > 4 * np.finfo(np.float32).eps
        if bound is not None and not fine and not scaled and (off <= bound).all():
            yield "as near as single precision would be: something inside is float32"

    def _right(self, found: Difference) -> Array | None:
        try:
            of = reference_of(self.law, found.case.sizes, found.case.arrays, np.float64).right
        except (ArithmeticError, ValueError, TypeError):
            return None
        name = found.name or next(iter(of))
        return of.get(name) if len(of) == 1 or found.name else None

    def _scaled(
        self, wrong: Array, right: Array, others: Mapping[str, Array], sizes: Mapping[str, int]
    ) -> Iterator[str]:
        """Name a mistake that comes together with a factor."""
        if _proportional(wrong, right) is not None:
            return
        for told, array in others.items():
            factor = _proportional(wrong, array)
            if factor is None or abs(factor - 1) < 1e-7 or np.count_nonzero(array) < 2:
                continue
            for text in cause(factor * right, right, _sizes(self.law, sizes)):
                if "factor of" not in text or re.search(r"factor of [234]$", text):
                    yield f"equals {told}, but {text}"

    def _kept(self, found: Difference, case: Any) -> Iterator[str]:
        """Run again after a pass with the same numbers: what is kept from it is right then, or added up."""
        if found.kind != "value" or found.got is None or found.right is None:
            return
        try:
            with same_numbers():
                now = results(self.law, self.subject, case, self.watch).get(found.name)
        except Exception:
            return
        if now is None or now.shape != found.right.shape:
            return
        now, right = np.asarray(now, dtype=np.float64), np.asarray(found.right, dtype=np.float64)
        if _proportional(now, np.asarray(found.got, dtype=np.float64)) is not None and np.allclose(
            now, np.asarray(found.got, dtype=np.float64), rtol=1e-7, atol=0
        ):
            return
        factor = _proportional(now, right)
        if factor is not None and abs(factor - 1) < 1e-7:
            yield _KEPT
        elif factor is not None and abs(factor - 2) < 1e-7:
            yield _ADDED
        else:
            yield "depends on the pass before: a stale cache, or gradients that are never set to zero"

    def _of_the_other_convention(self, case: Any) -> Iterator[str]:
        """Say so where the code agrees with the other convention."""
        other = ROW if self.subject.convention.is_column else COLUMN
        swapped = replace(self.subject, convention=other)
        try:
            found, seen = difference(self.law, swapped, case, np.float64, self.watch)
        except (Unusable, NotRun):
            return
        if found is None and seen.compared:
            yield f"the code agrees with the {other.name} convention"


def _nearer(wrong: Array, other: Array, right: Array) -> bool:
    """Tell whether something else explains a wrong array better than the right one does, which may be near, too."""
    if wrong.shape != right.shape or other.shape != right.shape:
        return True
    with np.errstate(invalid="ignore"):
        off = float(np.abs(wrong - right).max())
        if float(np.abs(other - right).max()) <= off / 8:
            return False  # it is the right one itself, on these numbers
        factor = _proportional(wrong, other)
        return factor is None or float(np.abs(wrong - factor * other).max()) <= off / 8


def _proportional(left: Array, right: Array) -> float | None:
    """Give the factor between two arrays, if there is one."""
    if left.shape != right.shape or not right.size or not np.isfinite(left).all():
        return None
    scale = float(np.abs(right).max())
    if not scale or not np.isfinite(scale):
        return None
    at = np.unravel_index(int(np.abs(right).argmax()), right.shape)
    factor = float(left[at] / right[at])
    near = float(np.sqrt(np.finfo(float).eps)) * abs(factor) * scale
    return factor if factor and float(np.abs(left - factor * right).max()) <= near else None


_FIXED = {
    "B": "the batch size",
    "m": "fan_out",
    "n": "fan_in",
}


def _sizes(law: Law, sizes: Mapping[str, int]) -> dict[str, int]:
    """Name the sizes of a case in the words of the field."""
    used = dict.fromkeys(n for role in law.variables.values() for n in role.sizes if n != "one")
    depth = sum(1 for name in law.variables if name.startswith("W") and name[1:].isdigit())
    found: dict[str, int] = {}
    for name in used:
        if name in _FIXED:
            told = "the number of outputs" if name == "n" and "m" not in used else _FIXED[name]
        elif name == f"n{depth}":
            told = "the number of outputs"
        elif name == "n0":
            told = "the number of inputs"
        elif name.startswith("n"):
            told = f"the width of layer {name[1:]}"
        else:
            told = name
        found[told] = sizes[name]
    return found
