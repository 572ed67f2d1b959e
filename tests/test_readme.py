"""The README says what is true now."""

from __future__ import annotations

import re

import numpy as np

from derivations.registry import claims

from .readme import README, block, checked, diff, programs


def test_the_counts_of_the_difference_are_those_of_the_packages() -> None:
    assert diff().strip() in block("diff")


def test_the_ledger_in_the_readme_lists_every_claim() -> None:
    shown = block("ledger")
    for claim in claims().values():
        assert re.search(rf"│\s*{claim.id}\s*│.*│\s*{claim.required}\s*│", shown), claim.id
    assert f"{len(claims())} claims in 2 conventions" in shown


def test_the_code_in_the_readme_runs(capsys) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for code in blocks:
        if code.startswith("# "):
            continue  # a file of its own; see below
        exec(compile(code, "README.md", "exec"), {})  # the reader's own first step
    told = capsys.readouterr().out
    assert "Network([Dense(2, 3), Tanh(), Dense(3, 1), Tanh()]) 13" in told
    assert "(2, 4) (3, 2)" in told
    assert np.isfinite(float(re.search(r"13 (\S+)", told)[1]))


def test_the_network_in_the_readme_is_checked_as_printed() -> None:
    assert len(programs()["check_mynet.py"].strip().splitlines()) <= 10
    for fault, name in ((False, "check"), (True, "check-fault")):
        code, text = checked(fault)
        assert code == int(fault), text
        assert text in block(name)
    # Claim, entry and cause are named.
    for word in ("weight-gradient", "W1[0, 1] is", "no slope at all (relu)"):
        assert word in block("check-fault"), word
