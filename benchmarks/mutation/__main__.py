"""``python -m benchmarks.mutation``: see `benchmarks.mutation`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # a fork of threads is none, and the jobs are what is parallel

import click  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.progress import Progress  # noqa: E402

from . import equivalents, matrix  # noqa: E402
from .mutants import Mutant  # noqa: E402
from .running import Campaign  # noqa: E402
from .show import KILLED, Outcome, show  # noqa: E402
from .store import Result, folder  # noqa: E402
from .targets import target  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = {"core": 400}


@click.command()
@click.option(
    "--package", type=click.Choice(["colnet", "rownet", "core"]), multiple=True, help="All by default."
)
@click.option(
    "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Mutants at the same time."
)
@click.option(
    "--resume/--fresh", default=True, help="Keep what is known of unchanged mutants, or run all again."
)
@click.option("--sample", type=click.IntRange(1), help="Take so many mutants; 400 for core.")
@click.option("--seed", default=0, show_default=True, help="For the sample.")
@click.option("--matrix", "want_matrix", is_flag=True, help="Run every claim on each mutant.")
@click.option("--only", help="Only mutants whose place contains this text, such as a file or function.")
@click.option("--report", is_flag=True, help="Run nothing: show what is known.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--cache", help="Folder for results; the user's cache by default.")
def main(
    package: tuple[str, ...],
    jobs: int,
    resume: bool,
    sample: int | None,
    seed: int,
    want_matrix: bool,
    only: str | None,
    report: bool,
    as_json: bool,
    cache: str | None,
) -> None:
    """Plant faults and tell which are noticed. Ended and started again, it goes on where it was."""
    console = Console(stderr=as_json)
    place, found, fine = folder(cache), [], True
    if want_matrix and "core" in package:
        raise click.UsageError("the claims are run on the networks; core is judged by its tests")
    for name in package or ("colnet", "rownet", *(() if want_matrix else ("core",))):
        campaign = Campaign(
            ROOT, target(name, ROOT), place, fresh=not resume and not want_matrix, seed=seed,
            sample=None if want_matrix else sample or SAMPLE.get(name),
            told=console.print,
        )  # fmt: skip
        if only:
            campaign.only(only)
        if want_matrix:
            kills = matrix.measure(campaign, place, jobs, seed, report=report, fresh=not resume)
            target_file = place / f"kills-{name}.json"
            target_file.write_text(matrix.told(kills), encoding="utf-8")
            matrix.show(kills, console)
            console.print(f"written: {target_file}")
            continue
        if not report:
            campaign.prepare()
            _run(campaign, jobs, console)
        outcome = judged(campaign, complete=not only)
        found.append(outcome.as_json())
        if not as_json:
            show(outcome, console)
        fine = fine and not outcome.parted.open and not outcome.parted.stale
    if as_json and not want_matrix:
        click.echo(json.dumps(found, indent=1))
    sys.exit(0 if fine else 1)


def _run(campaign: Campaign, jobs: int, console: Console) -> None:
    with Progress(console=console) as bar:
        task = bar.add_task(campaign.target.name, total=len(campaign.mutants))
        bar.update(task, completed=sum(campaign.result(mutant) is not None for mutant in campaign.mutants))

        def progress(mutant: Mutant, result: Result) -> None:
            bar.update(task, advance=1)
            if result.outcome not in KILLED:
                console.print(f"{result.outcome}: {mutant.name}", markup=False)

        campaign.run(jobs, progress)


def judged(
    campaign: Campaign, entries: list[equivalents.Entry] | None = None, complete: bool = True
) -> Outcome:
    """Gather what is known of a campaign's mutants, and part the survivors."""
    results = {m.digest: result for m in campaign.mutants if (result := campaign.result(m)) is not None}
    done = [mutant for mutant in campaign.mutants if mutant.digest in results]
    survivors = [mutant for mutant in done if results[mutant.digest].outcome not in KILLED]
    killed = [mutant for mutant in done if results[mutant.digest].outcome in KILLED]
    everything = complete and len(done) == campaign.population
    parted = equivalents.part(
        equivalents.load() if entries is None else entries,
        survivors,
        killed,
        campaign.target.files if everything else (),
    )
    return Outcome(campaign, parted, results)


if __name__ == "__main__":
    main()
