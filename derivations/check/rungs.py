"""The rungs above floats: a law is tried from the top down, and what stops it is told."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from ..engine import run_law
from ..evidence import Inconclusive, Level, NotRun, Refuted
from ..laws import AnyLaw, Behaviour, Context, Law
from ..numbers import UnsoundError
from ..proofs import at_every_size
from ..regions import shape_of
from ..sizes import EngineFault
from .limits import ABOVE_FLOATS
from .report import Reached, Rung, Stop
from .stops import stop_of
from .watching import Watch

# What floats decide, and what they leave undecided, is no matter of these rungs.
_FLOAT_CAME_OUT = "a float came out of an exact computation"


def tried(law: AnyLaw, level: Level, context: Context, watch: Watch) -> Rung:
    """Run a law at a level above floats, or what is shown by running it.

    Whatever the code raises there says only that it does not run on these numbers; floats decide whether it runs
    at all. A promise of a package is different: there it is a failure.
    """
    started = time.perf_counter()

    def rung(
        outcome: Reached,
        cases: int = 0,
        detail: str = "",
        stopped: Stop | None = None,
        premises: tuple[str, ...] = (),
    ) -> Rung:
        return Rung(
            part=law.part,
            level=level,
            outcome=outcome,
            cases=cases,
            detail=detail,
            stopped=stopped,
            premises=premises,
            seconds=time.perf_counter() - started,
        )

    premises: tuple[str, ...] = ()
    try:
        with watch():
            if level is Level.SIZE and isinstance(law, Law):
                count, premises = at_every_size(law, context)
            else:
                count = run_law(law, level, context)
    except (EngineFault, UnsoundError):
        raise  # nothing that this engine says may be believed any more
    except Refuted as refuted:
        if refuted.what == _FLOAT_CAME_OUT:
            return rung(Reached.UNAVAILABLE, stopped=Stop(error=str(refuted)))
        return rung(Reached.WRONG, 1, str(refuted))
    except Inconclusive as undecided:
        return rung(Reached.INCONCLUSIVE, 0, str(undecided))
    except NotRun as absent:
        return rung(Reached.NOT_RUN, detail=str(absent))
    except Exception as error:
        if isinstance(law, Behaviour) and context.subject.package is not None:
            return rung(Reached.WRONG, 1, f"raised {stop_of(error)}", stop_of(error))
        return rung(Reached.UNAVAILABLE, stopped=stop_of(error))
    if count < 1:
        return rung(Reached.NOT_RUN, detail="nothing was compared")
    return rung(Reached.RIGHT, count, premises=premises)


LARGEST = {Level.SYMBOLS: 300, Level.EXACT: 1000, Level.PRECISION: 1000}
"""How many numbers a case may have at a level. A network whose widths are fixed may have more; floats do then."""


def too_large(law: Law, level: Level) -> Rung | None:
    """Give the rung of a check whose cases are too large for the numbers of its level."""
    if level not in LARGEST:
        return None
    sizes = (law.symbol_shapes if level is Level.SYMBOLS else law.shapes)[0]
    count = sum(math.prod(shape_of(role, sizes)) for role in law.variables.values())
    if count <= LARGEST[level]:
        return None
    why = f"a case has {count:,} numbers; {level} is tried up to {LARGEST[level]:,}"
    return Rung(part=law.part, level=level, outcome=Reached.UNAVAILABLE, detail=why, stopped=Stop(error=why))


def skipped(law: AnyLaw, level: Level, reasons: Mapping[tuple[str, str], str]) -> Rung | None:
    """Give the rung of a check that was stopped from outside before, and is not tried again."""
    above = level.rank > Level.FLOAT.rank
    reason = reasons.get((law.part, str(level))) or (reasons.get(ABOVE_FLOATS) if above else None)
    if reason is None:
        return None
    return Rung(
        part=law.part,
        level=level,
        outcome=Reached.UNAVAILABLE if above else Reached.INCONCLUSIVE,
        detail=reason,
        stopped=Stop(error=reason),
    )
