"""The progress bar of the commands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


def progress_bar(*, clock: bool = True) -> Progress:
    """Make a bar on the error output, shown only where that is a terminal; with the time it took."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        *([TimeElapsedColumn()] if clock else []),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
