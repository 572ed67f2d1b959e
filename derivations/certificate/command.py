"""The commands `colrow certify` and `colrow verify`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from ..compare.command import packages_options, progress


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Where to write the certificate.",
)
@click.option(
    "--claim",
    "names",
    multiple=True,
    metavar="ID",
    help="Only this claim, what it uses and its errata; the certificate says so. May be repeated.",
)
@click.option("--seed", default=0, show_default=True, help="For everything that is drawn; recorded.")
@click.option("--jobs", default=0, metavar="N", help="Processes; as many as there are cores by default.")
@packages_options
def certify(output: Path, names: tuple[str, ...], seed: int, jobs: int, column: str, row: str) -> None:
    """Run every claim and erratum and write what came of them as a certificate.

    An in-toto Statement with the test-result predicate: digests of the sources, versions, and for every claim and
    convention the status, the evidence and the counts. Exits with 0 when all passed, with 1 when a claim failed, did
    not run or stands below its level; the certificate is written all the same, and says so.

    \b
    Example: colrow certify -o colrow.intoto.json
             colrow certify -o part.json --claim weight-gradient
    """  # noqa: D301
    from ..ledger import closure
    from ..registry import UnknownClaim, claims, resolve
    from .making import SourcesChanged, make
    from .writing import write_whole

    try:
        wanted = resolve(names) if names else None
    except UnknownClaim as error:
        raise click.BadParameter(str(error), param_hint="--claim") from None
    if not output.parent.is_dir():
        raise click.BadParameter(f"there is no directory {output.parent}", param_hint="--output")
    try:
        with progress("certifying", 2 * len(closure(wanted or tuple(claims())))) as advance:
            certificate = make(
                wanted,
                packages=(column, row),
                seed=seed,
                jobs=jobs if jobs > 0 else os.cpu_count() or 1,
                progress=lambda claim, convention: advance(f"{claim}, {convention}"),
            )
    except ImportError as error:
        raise click.ClickException(f"{error}; is the package on the path?") from None
    except SourcesChanged as error:
        raise click.ClickException(str(error)) from None
    import json

    try:
        write_whole(output, json.dumps(certificate.data(), indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise click.ClickException(f"{output} could not be written: {error.strerror or error}") from None
    found = certificate.predicate
    click.echo(
        f"{output}: {found.result}; {len(found.passed_tests)} passed, {len(found.warned_tests)} below their level, "
        f"{len(found.failed_tests)} failed; {len(found.colrow.not_run)} not run; "
        f"{len(certificate.subject)} sources; seed {seed}"
    )
    for name in found.failed_tests:
        click.echo(f"failed: {name}", err=True)
    sys.exit(0 if found.result == "PASSED" else 1)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--other-versions",
    is_flag=True,
    help="Accept a certificate that was made with other versions of Python, NumPy and the rest than are here.",
)
@click.option("--jobs", default=0, metavar="N", help="Processes; as many as there are cores by default.")
@packages_options
def verify(file: Path, other_versions: bool, jobs: int, column: str, row: str) -> None:
    """Verify a certificate: recompute the digests, and repeat the run with its seed.

    Exits with 0 when all that can be recomputed is as it says, with 1 when it is refused, with the reasons, and
    with 3 when it is true, but tells of failures. A certificate is not signed: it says what anybody can recompute,
    not who made it. One about other packages is verified only when they are named.

    Example: colrow verify colrow.intoto.json
    """
    from .verifying import verify as check

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        click.echo(f"{file}: refused: it cannot be read: {error}", err=True)
        sys.exit(1)
    with progress("verifying", 0) as advance:
        verdict = check(
            text,
            packages=(column, row),
            other_versions=other_versions,
            jobs=jobs if jobs > 0 else os.cpu_count() or 1,
            progress=lambda claim, convention: advance(f"{claim}, {convention}"),
        )
    for note in verdict.notes:
        click.echo(note)
    if not verdict.accepted or verdict.certificate is None:
        click.echo(f"{file}: refused", err=True)
        for reason in verdict.reasons[:20]:
            click.echo(f"  {reason}", err=True)
        if len(verdict.reasons) > 20:
            click.echo(f"  and {len(verdict.reasons) - 20} more", err=True)
        sys.exit(1)
    found = verdict.certificate.predicate
    of = verdict.certificate.settings
    what = f"only {', '.join(of.claims)}" if of.restricted else f"all {len(of.claims)} claims"
    click.echo(f"{file}: accepted: {found.result}; {what}, seed {of.seed}: digests and results recomputed")
    for name, value in verdict.stated.items():
        click.echo(f"  only stated, not verified: {name}: {value}")
    sys.exit(3 if found.result == "FAILED" else 0)
