"""The parts of the README that come from a run: made here, tested against what is true now.

`python -m tests.readme` runs what is needed (a minute or two) and writes them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .mirror import KINDS, difference

README = Path(__file__).parents[1] / "README.md"


def block(name: str, text: str | None = None) -> str:
    """Return a marked part of the README; with ``text``, put that in its place first."""
    readme = README.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if text is not None:
        readme = pattern.sub(lambda found: f"{found[1]}{text.rstrip()}\n{found[2]}", readme)
        README.write_text(readme, encoding="utf-8")
    found = pattern.search(readme)
    if found is None:
        raise LookupError(f"README has no part {name}")
    return found[0]


def diff() -> str:
    """Tell how many lines differ between the packages, by kind."""
    found = difference()
    counts = found.kinds()
    rows = "\n".join(f"| {kind} | {counts[kind]} |" for kind in KINDS if counts[kind])
    return (
        f"\n{len(found.code)} of {found.code_lines} lines of code differ, and {len(found.words)} lines of docstrings and"
        f" comments.\n\n| kind of difference in code | lines |\n|---|---|\n{rows}\n"
    )


def ledger() -> str:
    """Show the ledger, with the seconds left out: they are the machine's."""
    from rich.console import Console

    from derivations.ledger import confirm
    from derivations.show import summary, table

    found = confirm()
    console = Console(width=150, no_color=True)
    with console.capture() as capture:
        console.print(table(found))
    return f"\n```text\n{capture.get().rstrip()}\n{summary(found)}\n```\n"


def learned() -> str:
    """Measure with how many seeds AND is learned."""
    import colnet
    import rownet
    from derivations.and_seeds import SETTINGS, count

    rows = "\n".join(
        f"| {alpha} | {epochs} | {count(colnet, 30, alpha, epochs)} of 30 | {count(rownet, 30, alpha, epochs)} of 30 |"
        for alpha, epochs in SETTINGS
    )
    head = "| learning rate | epochs | column: seeds that learn AND | row |\n|---|---|---|---|"
    return f"\nMeasured by `colrow and-seeds` (seeds 0 to 29; the first line has the paper's defaults):\n\n{head}\n{rows}\n"


def programs() -> dict[str, str]:
    """Give the programs of the README by their file names, as printed."""
    blocks = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return dict(blocks)


FAULT = ("relu_backward(g, v)", "g")


def checked(fault: bool) -> tuple[int, str]:
    """Run `colrow check` on the README's network; give exit status and output, with the seconds left out."""
    with tempfile.TemporaryDirectory() as place:
        for name, code in programs().items():
            old, new = FAULT
            if fault and name == "mynet.py":
                before, found, after = code.rpartition(old)
                assert found
                code = before + new + after
            (Path(place) / name).write_text(code, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "derivations", "check", "check_mynet:subject"],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(README.parent)},
            capture_output=True,
            text=True,
        )
    text = re.sub(r", \d+\.\d s", "", done.stdout)
    return done.returncode, "\n".join(line.rstrip() for line in text.rstrip().splitlines())


def shown(fault: bool) -> str:
    """Show what `colrow check` says."""
    return f"\n```text\n{checked(fault)[1]}\n```\n"


def frameworks() -> str:
    """Show which framework stores which."""
    from derivations.converting.stores import table

    return f"\n{table()}\n"


if __name__ == "__main__":
    made: dict[str, Callable[[], str]] = {"diff": diff, "ledger": ledger, "and": learned}
    made |= {"frameworks": frameworks, "check": lambda: shown(False), "check-fault": lambda: shown(True)}
    for name in sys.argv[1:] or made:
        print(block(name, made[name]()))
