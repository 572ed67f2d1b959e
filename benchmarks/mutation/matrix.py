"""Which claim kills what: every claim on each mutant, so that each claim is seen to be needed."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from .running import Campaign

BUDGET = 2.0
"""Seconds of processor time, on the shipped code, for one claim on one mutant: cheapest checks first."""


def measure(
    campaign: Campaign, folder: Path, jobs: int, seed: int = 0, *, report: bool = False, fresh: bool = False
) -> dict[str, Any]:
    """Run all claims that execute a mutant's lines; resumable.

    The mutants are taken in an order drawn by ``seed``, so that what is there before the end is a fair sample.
    With ``report`` nothing is run.

    Returns
    -------
    dict
        ``mutants``: name and the claims that kill it; ``claims``: for each how many it kills, and how many no
        other claim kills.
    """
    if not report:
        campaign.prepare()
    path = folder / f"matrix-{campaign.target.name}.jsonl"
    if fresh:
        path.unlink(missing_ok=True)
    from derivations.report.kills import digest_of

    sources = digest_of(campaign.target.package)  # before hours in which they may be changed
    known: dict[str, list[str]] = {}
    key = campaign.rest + campaign._digests[""]
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            if item["key"] == key:
                known[item["mutant"]] = item["claims"]
    todo = [] if report else [mutant for mutant in campaign.mutants if mutant.digest not in known]
    random.Random(seed).shuffle(todo)
    for mutant, claims in campaign.killing_claims(todo, jobs, BUDGET):
        known[mutant.digest] = claims
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"mutant": mutant.digest, "key": key, "claims": claims}) + "\n")
    from derivations.registry import claims as all_claims

    kills: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    digests = {mutant.digest for mutant in campaign.mutants}
    known = {digest: found for digest, found in known.items() if digest in digests}
    for found in known.values():
        kills.update(found)
        if len(found) == 1:
            alone[found[0]] += 1
    return {
        "target": campaign.target.name,
        # The day of the last measurement, which need not be today: with `report` nothing is run.
        "measured": time.strftime("%Y-%m-%d", time.localtime(path.stat().st_mtime)) if known else "never",
        "sources": sources,
        "population": campaign.population,
        "mutants": [
            {
                "mutant": mutant.name,
                "operator": mutant.operator,
                "category": mutant.category,
                "claims": known[mutant.digest],
            }
            for mutant in campaign.mutants
            if mutant.digest in known
        ],
        "claims": {
            name: {"kills": kills[name], "alone": alone[name], "needed": alone[name] > 0}
            for name in all_claims()
        },
    }


def told(kills: dict[str, Any]) -> str:
    """Write it as JSON with a mutant or a claim a line, so that two of them can be compared."""
    rows = []
    for name, value in kills.items():
        if isinstance(value, list):
            inner = ",\n".join(json.dumps(item) for item in value)
            rows.append(f"{json.dumps(name)}: [\n{inner}\n]")
        elif isinstance(value, dict):
            inner = ",\n".join(f"{json.dumps(key)}: {json.dumps(item)}" for key, item in value.items())
            rows.append(f"{json.dumps(name)}: {{\n{inner}\n}}")
        else:
            rows.append(f"{json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


def show(kills: dict[str, Any], console: Console) -> None:
    """Print, for each claim, what it kills and whether it is needed."""
    table = Table(
        title=f"{kills['target']}: claims on {len(kills['mutants'])} of {kills['population']} mutants"
    )
    for name, justify in (("claim", "left"), ("kills", "right"), ("no other kills", "right"), ("", "left")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for name, row in kills["claims"].items():
        word = "needed" if row["needed"] else ("redundant" if row["kills"] else "kills none")
        table.add_row(name, str(row["kills"]), str(row["alone"]), word)
    console.print(table)
