"""Writing a file whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, text: str | bytes) -> None:
    """Write beside the file and put it in place in one step, so that nobody ever sees half of it.

    Raises
    ------
    OSError
        When that is not possible; what was there before is untouched then.
    """
    beside = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(number, "wb") as file:
            file.write(text.encode("utf-8") if isinstance(text, str) else text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
