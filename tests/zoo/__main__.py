"""Check the correct implementations on many seeds: ``python -m tests.zoo [SEEDS] [right]``.

With ``right``, without their mirror images. Exits with 1 at a false alarm.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from .collection import MIRRORS, RIGHT, made
from .right import no_alarm


def main() -> int:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    places = RIGHT if sys.argv[2:] == ["right"] else (*RIGHT, *MIRRORS)
    started, alarms, moved, verdicts = time.perf_counter(), 0, 0, 0
    levels: Counter[str] = Counter()
    subjects = {place: made(place) for place in places}
    for seed in range(seeds):
        for place, subject in subjects.items():
            try:
                report = no_alarm(subject, place, sample=True, seed=seed)
            except AssertionError as alarm:
                alarms += 1
                print(alarm, flush=True)
                continue
            moved += report.moved
            verdicts += len(report.claims)
            levels.update(str(claim.verdict) for claim in report.claims)
    seconds = time.perf_counter() - started
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(levels.items()))
    print(
        f"{len(subjects)} implementations, {seeds} seeds: {alarms} false alarms;"
        f" {verdicts} verdicts ({told}); {moved} points moved; {seconds:.0f} s"
    )
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main())
