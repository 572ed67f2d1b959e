"""Citations: CITATION.cff is valid, and says what the command says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from derivations import __version__, citing
from derivations.citing import bibtex, reference
from derivations.cli import main
from derivations.registry import claims

ROOT = Path(__file__).parents[1]
CFF = (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def invoke(*args):
    return CliRunner().invoke(main, args)


def test_citation_cff_is_valid():
    command = "from cffconvert.cli.cli import cli; cli()"
    done = subprocess.run(
        [sys.executable, "-c", command, "--validate", "-i", str(ROOT / "CITATION.cff")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "valid" in done.stdout


def test_an_invalid_citation_cff_would_be_noticed(tmp_path):
    broken = tmp_path / "CITATION.cff"
    broken.write_text(CFF.replace("cff-version: 1.2.0", "cff-version: 1.2.0\nnonsense: 1"), encoding="utf-8")
    command = "from cffconvert.cli.cli import cli; cli()"
    done = subprocess.run(
        [sys.executable, "-c", command, "--validate", "-i", str(broken)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0


def test_the_file_and_the_command_say_the_same():
    first, last = citing.PAPER_AUTHOR
    for text in (
        f'title: "{citing.TITLE}"',
        f'name: "{citing.AUTHORS}"',
        f"version: {__version__}",
        f"date-released: {citing.RELEASED}",
        f'title: "{citing.PAPER_TITLE}"',
        f"given-names: {first}",
        f"family-names: {last}",
        reference("weight-gradient", "row"),
    ):
        assert text in CFF, text


def test_cite_without_a_claim():
    done = invoke("cite")
    assert done.exit_code == 0
    assert citing.TITLE in done.output
    assert f"Allen, Michael. {citing.PAPER_TITLE}." in done.output


@pytest.mark.parametrize("name", list(claims()))
def test_every_claim_can_be_cited(name):
    done = invoke("cite", name)
    assert done.exit_code == 0
    for convention in ("column", "row"):
        assert f"Colrow {__version__}, claim {name}, {convention} convention" in done.output
        assert claims()[name].place[convention] in done.output


def test_a_claim_is_cited_by_its_id_whatever_it_was_called():
    assert invoke("cite", "eq24").output == invoke("cite", "weight-gradient").output
    only = invoke("cite", "(16)", "--convention", "row").output
    assert "row convention" in only
    assert "column convention" not in only


def test_bibtex_is_balanced_and_names_the_claim():
    for args in ((), ("weight-gradient",), ("weight-gradient", "row")):
        text = bibtex(*args)
        assert text.count("{") == text.count("}")
        assert len(re.findall(r"^@\w+\{[A-Za-z0-9.:-]+,$", text, re.MULTILINE)) == 2
        assert all(part in text for part in args)
    assert invoke("cite", "eq24", "--bibtex", "--convention", "row").output.strip() == bibtex(
        "weight-gradient", "row"
    )


def test_nothing_is_cited_that_is_not_there():
    assert invoke("cite", "no-such-claim").exit_code == 2
    assert invoke("cite", "--convention", "row").exit_code == 2
