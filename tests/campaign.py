"""Run what the tests draw again and again: ``python -m tests.campaign --minutes 60`` or ``--runs 50``.

Each run takes the tests that draw, with Hypothesis or by a seed. With ``--minutes`` each starts from fresh entropy
and from what was found before (in ``.hypothesis/``, and in the Redis that ``COLROW_REDIS`` names); with ``--runs``
from the seeds 1, 2, and so on, which can be repeated. It ends at the first failure, and with 1 then. With ``--faults``
the planted faults are looked for with each seed as well, which takes twice as long.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import click

DRAWN = "hypothesis or drawn"
TIME_UP = None
"""In place of pytest's exit code, where it was ended without a failure before; no number, since a signal gives any."""
PATIENCE = 60
"""Seconds for pytest to end its workers and say what it has when the time is up."""
BAD = re.compile(r"^(FAILED|ERROR|INTERNALERROR)|\d+ (failed|error)", re.MULTILINE)

FAULTS = ("tests/test_check_zoo.py", "tests/meta/test_planted_faults.py")


def command(
    workers: int, profile: str, seed: int | None, faults: bool = True, chosen: str = DRAWN
) -> list[str]:
    """Give the command of one run."""
    options = [] if seed is None else [f"--hypothesis-seed={seed}"]
    options += [] if faults else [f"--ignore={file}" for file in FAULTS]
    return [
        sys.executable, "-m", "pytest", "-q", "-x", "-m", chosen, "-n", str(workers), f"--hypothesis-profile={profile}",
        "-p", "no:cacheprovider", *options,
    ]  # fmt: skip


def one(
    workers: int,
    profile: str,
    seed: int | None,
    seconds: float | None,
    faults: bool = True,
    chosen: str = DRAWN,
) -> tuple[int | None, str]:
    """Run once, until the time is up if there is one; give the exit code and what it printed."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "COLROW_SEED")}
    if seed is not None:
        environment["COLROW_SEED"] = str(seed)
    process = subprocess.Popen(
        command(workers, profile, seed, faults, chosen),
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # A shell that starts a campaign in the background has it ignore the signal that ends pytest below.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        text, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        # As by hand: pytest ends its workers, and tells what passed and failed. To other signals it says nothing.
        process.send_signal(signal.SIGINT)
        try:
            text, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            text, _ = process.communicate()
        if not BAD.search(text):
            return TIME_UP, text
    return process.returncode, text


@click.command()
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Go on for so long.")
@click.option("--runs", type=click.IntRange(1), help="Or run so many times, with the seeds 1, 2, ...")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1))
@click.option("--profile", type=click.Choice(["dev", "campaign"]), help="dev with --runs, else campaign.")
@click.option("-m", "chosen", default=DRAWN, show_default=True, help="Which tests, as pytest is told.")
@click.option("--faults", is_flag=True, help="Look for the planted faults as well.")
def main(
    minutes: float | None, runs: int | None, workers: int, profile: str | None, faults: bool, chosen: str
) -> None:
    """Explore, and end with 1 at the first failure."""
    if (minutes is None) == (runs is None):
        raise click.UsageError("give either --minutes or --runs")
    started, number = time.monotonic(), 0
    counts: Counter[str] = Counter()
    while runs is None or number < runs:
        left = None if minutes is None else 60 * minutes - (time.monotonic() - started)
        if left is not None and left <= 0:
            break
        number += 1
        seed = number if runs else None
        code, text = one(workers, profile or ("dev" if runs else "campaign"), seed, left, faults, chosen)
        said = next((line for line in reversed(text.splitlines()) if re.search(r"\d+ passed", line)), "")
        counts.update({word: int(count) for count, word in re.findall(r"(\d+) (passed|failed|error)", said)})
        if code is TIME_UP:
            click.echo(f"run {number}: time is up")
            break
        click.echo(f"run {number}: {said.strip(' =') or 'no test was run'}")
        if code or not said:
            click.echo(text)
            sys.exit(1)
    if not counts["passed"]:
        click.echo("no test has passed")
        sys.exit(1)
    took = (time.monotonic() - started) / 60
    click.echo(f"{number} runs, {counts['passed']} tests passed, none failed, {took:.1f} minutes")


if __name__ == "__main__":
    main()
