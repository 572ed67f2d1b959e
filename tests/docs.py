"""The documents' code, run as a reader would run it: block after block, in one session per document.

A fence ```` ```python ```` is executed; what it prints must stand in the fence ```` ```text ```` right after it, and if
it prints nothing there is none. A first line ``# name.py`` also saves the block as that file. A fence ```` ```sh ````
holds `colrow` commands, which have to succeed; what they print is compared if a ```` ```text ```` fence follows.

`python -m tests.docs` writes what is printed now into the documents: look at the difference before you keep it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """A fence: its language, what is in it, the line that it begins on, and where it stands in the text."""

    language: str
    body: str
    line: int
    start: int
    end: int


class Difference(AssertionError):
    """A document that says something else than what is so."""


def blocks(text: str) -> list[Block]:
    """Find the fences."""
    return [
        Block(found[1], found[2], text.count("\n", 0, found.start()) + 1, found.start(), found.end())
        for found in FENCE.finditer(text)
    ]


def follows(text: str, block: Block, after: Block) -> bool:
    """Tell whether only blank lines stand between two fences."""
    return not text[block.end : after.start].strip()


def run(text: str, name: str, directory: Path) -> list[tuple[Block, str]]:
    """Run the blocks in a directory; give each that was run with what it printed."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    told = []
    with contextlib.chdir(directory):
        for block in blocks(text):
            if block.language == "python":
                printed = io.StringIO()
                # Blank lines before it, so that a traceback names the document's own lines.
                code = compile("\n" * block.line + block.body, name, "exec")
                with contextlib.redirect_stdout(printed):
                    exec(code, namespace)
                saved = re.match(r"# (\w+\.py)\n", block.body)
                if saved:
                    Path(saved[1]).write_text(block.body, encoding="utf-8")
                told.append((block, printed.getvalue()))
            elif block.language == "sh":
                told.append((block, "".join(map(command, commands(block)))))
    return told


def commands(block: Block) -> list[list[str]]:
    """Give the words of each `colrow` command of a fence of shell."""
    lines = (shlex.split(line, comments=True) for line in block.body.splitlines())
    return [words for words in lines if words[:1] == ["colrow"]]


def command(words: list[str]) -> str:
    """Run a command in the present directory."""
    done = subprocess.run(
        [sys.executable, "-m", "derivations", *words[1:]],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise Difference(f"{shlex.join(words)} exits with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def expected(text: str, block: Block) -> Block | None:
    """Give the fence that says what a block prints."""
    after = [other for other in blocks(text) if other.start > block.start][:1]
    return after[0] if after and after[0].language == "text" and follows(text, block, after[0]) else None


def compare(text: str, name: str, directory: Path) -> int:
    """Hold what is printed against what the document says is; give the number of blocks that print.

    Raises
    ------
    Difference
        At the first block that prints something else.
    """
    ran = run(text, name, directory)
    known = {block.start for block, _ in ran}
    for place, block in enumerate(blocks(text)):
        if block.language == "text":
            before = blocks(text)[place - 1] if place else None
            if before is None or before.start not in known or not follows(text, before, block):
                raise Difference(f"{name}, line {block.line}: an output that no code before it prints")
        elif block.language not in ("python", "sh", "math"):
            raise Difference(f"{name}, line {block.line}: a fence of {block.language or 'no language'}")
    count = 0
    for block, printed in ran:
        said = expected(text, block)
        if said is None and block.language == "sh":
            continue
        if printed != (said.body if said else ""):
            raise Difference(
                f"{name}, line {block.line}: this code prints\n{printed}\nand the document says\n{said.body if said else ''}"
            )
        count += bool(printed)
    return count


def written(text: str, name: str, directory: Path) -> str:
    """Give the document with what is printed now; blocks that have come to print need a fence first."""
    for block, printed in reversed(run(text, name, directory)):
        said = expected(text, block)
        if said is not None:
            text = f"{text[: said.start]}```text\n{printed}```{text[said.end :]}"
        elif block.language == "python" and printed:
            text = f"{text[: block.end]}\n\n```text\n{printed}```{text[block.end :]}"
    return text


if __name__ == "__main__":
    for path in DOCS:
        with tempfile.TemporaryDirectory() as temporary:
            new = written(path.read_text(encoding="utf-8"), path.name, Path(temporary))
        path.write_text(new, encoding="utf-8")
