"""Kinks of the code itself: found by one-sided slopes of its own value that differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..laws import GradientLaw, Law
from ..oracles import one_sided
from ..regions import lay
from ..subject import Subject
from .vectorised import Array
from .watching import Watch

if TYPE_CHECKING:
    from .floats import Difference

Value = Callable[[Mapping[str, Array]], float]


def own_value(law: Law, subject: Subject) -> Value | None:
    """Give the scalar that the subject itself computes, and of which the law's gradient should be the derivative.

    None where the subject offers no such door, or the law is none of a gradient.
    """
    if not isinstance(law, GradientLaw) or len(law.needs) != 1:
        return None
    kind, _, what = law.needs[0].partition(".")

    def laid(arrays: Mapping[str, Array]) -> dict[str, Any]:
        return {name: lay(subject.convention, array) for name, array in arrays.items()}

    def door(name: str) -> Callable[..., Any] | None:
        return subject.doors.get(name)

    if what == "gradient" and (value := door(f"{kind}.value")):
        reduction = "mean" if law.part.endswith("mean") else "sum"

        def of_loss(arrays: Mapping[str, Array]) -> float:
            v = laid(arrays)
            return float(value(v["y"], v["t"], reduction))

        return of_loss
    if law.needs[0] == "model.gradients" and (loss := door("model.loss")):

        def of_model(arrays: Mapping[str, Array]) -> float:
            v = laid(arrays)
            parameters = {name: array for name, array in v.items() if name not in ("x", "t")}
            return float(loss(parameters, v["x"], v["t"]))

        return of_model
    if what == "backward" and kind not in ("network", "activation") and (forward := door(f"{kind}.forward")):

        def of_layer(arrays: Mapping[str, Array]) -> float:
            v = laid(arrays)
            y = forward(v["W"], v["b"], v["x"]) if kind == "dense" else forward(v["v"])
            return float((np.asarray(y, dtype=np.float64) * v["g"]).sum())

        return of_layer
    return None


def at_own_kink(law: Law, subject: Subject, found: Difference, watch: Watch) -> bool:
    """Tell whether the code's own value has a kink at the entry that is wrong."""
    value = own_value(law, subject)
    if value is None or found.entry is None or found.case.arrays.get(found.name) is None:
        return False
    arrays = {name: array.astype(np.float64) for name, array in found.case.arrays.items()}

    def along(moved: Array) -> float:
        return value({**arrays, found.name: moved})

    try:
        with watch():
            sides = one_sided(along, arrays[found.name], found.entry)
    except Exception:
        return False
    scale = max(abs(sides.left), abs(sides.right))
    # Beyond their own errors, and by more than half of the digits: a slope that is only steep is no kink.
    return bool(sides.kink and abs(sides.right - sides.left) > float(np.finfo(float).eps) ** 0.25 * scale)
