"""It is the shipped code that is proved: the same lines run on symbolic sizes and on floats.

Besides those, floats run the edge (what may come in) and the domain checks, which symbols cannot answer.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derivations.engine import _cases, _run, _UnknownFloat
from derivations.evidence import Level
from derivations.laws import Context, Law
from derivations.ledger import pair
from derivations.proofs import prove
from derivations.registry import claims

LAWS = [
    pytest.param(law, id=f"{claim.id}, {law.part}")
    for claim in claims().values()
    for law in claim.laws
    if isinstance(law, Law) and Level.SIZE in law.levels
]
CHECKS = {
    "_domain",
    "_demand",
    "_demand_distribution",
    "_demand_finite",
    "_check_domain",
    "_is_float",
    "_least",
    "genexpr",
    "<genexpr>",
}


def traced(package: Any, run: Any) -> set[tuple[str, str, int]]:
    """Run something and give the lines of a package that it went through, without the edge."""
    home = str(Path(package.__file__).parent)
    lines: set[tuple[str, str, int]] = set()

    def local(frame: Any, event: str, arg: Any) -> Any:
        if event == "line":
            code = frame.f_code
            lines.add((Path(code.co_filename).name, code.co_name, frame.f_lineno))
        return local

    def start(frame: Any, event: str, arg: Any) -> Any:
        code = frame.f_code
        return local if code.co_filename.startswith(home) and "_1_edge" not in code.co_filename else None

    before = sys.gettrace()
    sys.settrace(start)
    try:
        run()
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize("subject", pair(), ids=["column", "row"])
@pytest.mark.parametrize("law", LAWS)
def test_the_same_lines_run(law: Law, subject: Any) -> None:
    _, _, drawn = next(_cases(law, Context(subject), Level.FLOAT))
    floats = {name: array.astype(float) for name, array in drawn.items()}
    if "kink" in law.part:
        floats = {name: np.ones_like(array) for name, array in floats.items()}
    on_floats = traced(subject.package, lambda: _run(law, subject, floats, np.array, _UnknownFloat))
    on_symbols = traced(subject.package, lambda: prove(law, subject))
    assert on_symbols, "nothing of the package ran"
    # A constant time of construction apart, everything that symbols went through, floats go through.
    assert on_symbols <= on_floats, on_symbols - on_floats
    more = {(file, name, line) for file, name, line in on_floats - on_symbols if name not in CHECKS}
    # The lines that call the checks stand in functions that symbols pass through as well.
    functions = {(file, name) for file, name, _ in on_symbols}
    assert {(file, name) for file, name, _ in more} <= functions, more
    assert len(more) <= 3, more
