"""The command `colrow convert`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("source", metavar="IN.npz", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", metavar="OUT.npz", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--to",
    "convention",
    required=True,
    type=click.Choice(["column", "row"]),
    help="Convention of the result.",
)
@click.option("--nonfinite", is_flag=True, help="Let NaN and infinity pass.")
def convert(source: Path, target: Path, convention: str, nonfinite: bool) -> None:
    """Convert a weight file to a convention: each W and b transposed, no number changed.

    IN.npz is one that `derivations.save_weights` wrote; it says its own convention. OUT.npz is written whole or not at
    all, and may be IN.npz. Exits with 1 when the file is refused.

    Example: colrow convert column.npz row.npz --to row
    """
    from .errors import NotAWeightFile
    from .file import read, save
    from .weights import RULE

    try:
        found = read(source, finite=not nonfinite)
    except NotAWeightFile as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{source} could not be read: {error.strerror or error}") from None
    try:
        written = save(target, found.to(convention))
    except OSError as error:
        raise click.ClickException(f"{target} could not be written: {error.strerror or error}") from None
    widths = "-".join(map(str, written.widths))
    done = (
        f"was in the {convention} convention already; copied"
        if found.convention == written.convention
        else f"{found.convention.name} to {convention} by the rule {RULE} (colrow rules)"
    )
    click.echo(f"{target}: {widths} ({', '.join(written.kinds)}), {written.count} numbers; {done}")
