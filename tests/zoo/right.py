"""What a correct implementation must come out with."""

from __future__ import annotations

from typing import Any

import derivations
from derivations.check import Answer, Report
from derivations.subject import Subject

LAYERS = {"affine-entries", "weight-gradient", "bias-gradient", "input-gradient", "tanh", "softmax"}
WHOLE = {"forward", "weight-gradient", "bias-gradient"}
CHECKED = {
    "functions": LAYERS | {"relu", "fused-softmax"},
    "functions:whole": WHOLE | {"fused-softmax"},
    "updating": LAYERS | {"mse", "mse-gradient", "chain"},
    "listing": WHOLE | {"mse"},
    "keeping": LAYERS | {"relu", "categorical-cross-entropy", "mse", "chain"},
    "pair": WHOLE | {"binary-cross-entropy"},
}
"""What each must at least be checked for: passing means that something ran."""


def no_alarm(subject: Subject, place: str, **options: Any) -> Report:
    """Check a correct implementation.

    Raises
    ------
    AssertionError
        When a claim is wrong or inconclusive, or less was checked than there is.
    """
    report: Report = derivations.check(subject, **options)
    alarms = [
        claim.message() for claim in report.claims if claim.verdict not in (Answer.RIGHT, Answer.NOT_RUN)
    ]
    right = {claim.id for claim in report.claims if claim.verdict is Answer.RIGHT}
    alarms += [f"{name} was not checked" for name in sorted(CHECKED[place.partition("_")[2]] - right)]
    alarms += list(report.side_effects)
    if alarms or not report.ok:
        raise AssertionError(f"{place}, {options}:\n" + "\n\n".join(alarms))
    return report
