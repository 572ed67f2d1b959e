"""The documents say what is so: their code runs in their order, and prints what they say that it prints."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from derivations.cli import main

from .docs import DOCS, ROOT, Difference, blocks, commands, compare, written
from .readme import README

PAGES = [*DOCS, README]
TUTORIAL = ROOT / "docs" / "tutorial.md"


def names(paths):
    return [path.name for path in paths]


@pytest.mark.parametrize("path", DOCS, ids=names(DOCS))
def test_the_code_prints_what_the_document_says(path, tmp_path):
    assert compare(path.read_text(encoding="utf-8"), path.name, tmp_path) >= 1


def test_the_tutorial_is_there_and_has_much_code():
    found = [block.language for block in blocks(TUTORIAL.read_text(encoding="utf-8"))]
    assert TUTORIAL in DOCS
    assert found.count("python") >= 20
    assert found.count("text") >= 20
    assert found.count("sh") >= 3


@pytest.mark.parametrize("path", PAGES, ids=names(PAGES))
def test_the_commands_exist_with_their_options(path):
    count = 0
    for block in blocks(path.read_text(encoding="utf-8")):
        if block.language != "sh":
            continue
        lines = [shlex.split(line, comments=True) for line in block.body.splitlines()]
        for words in (
            line[line.index("colrow") + 1 :] for line in lines if "colrow" in line
        ):  # also behind an && of an installation
            command = main.commands[words[0]]
            for option in (word.partition("=")[0] for word in words[1:] if word.startswith("-")):
                known = [
                    name for parameter in command.params for name in parameter.opts + parameter.secondary_opts
                ]
                assert option in known, (words, option)
            count += 1
    assert count


def test_a_command_that_is_not_there_would_be_noticed():
    (block,) = blocks("```sh\ncolrow no-such-thing --x  # why\n# colrow\nls\n```\n")
    assert commands(block) == [["colrow", "no-such-thing", "--x"]]
    with pytest.raises(KeyError):
        main.commands["no-such-thing"]
    assert isinstance(main, click.Group)


def outside(text):
    """Give the text without its fences and its inline code."""
    return re.sub(r"`[^`\n]+`", "", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize("path", DOCS, ids=names(DOCS))
def test_mathematics_is_such_as_github_shows_it(path):
    text = outside(path.read_text(encoding="utf-8"))
    for paragraph in text.split("\n\n"):
        assert paragraph.count("$") % 2 == 0, paragraph
    found = re.findall(r"\$([^$]+)\$", text)
    assert found
    for formula in found:
        # Markdown takes a backslash before punctuation for its own; such formulas go into a fence of their own.
        assert not re.search(r"\\[^A-Za-z]", formula), formula
        assert formula == formula.strip(), formula
        assert "\n" not in formula, formula
        assert balanced(formula), formula
    for block in blocks(path.read_text(encoding="utf-8")):
        if block.language == "math":
            assert balanced(block.body), block.body


def balanced(formula):
    return formula.count("{") == formula.count("}") and formula.count("(") == formula.count(")")


def anchor(heading):
    """Give the anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path):
    return {anchor(line) for line in re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)}


@pytest.mark.parametrize("path", PAGES, ids=names(PAGES))
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8"))
    assert links
    for link in links:
        if re.match(r"https?:", link):
            continue
        file, _, place = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.is_file(), link
        assert target.is_relative_to(ROOT), link
        assert not place or place in anchors(target), link


def test_both_conventions_have_their_formulas_side_by_side():
    text = TUTORIAL.read_text(encoding="utf-8")
    tables = [found for found in re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE) if "column" in found]
    assert len(tables) >= 3
    assert all("row" in found.splitlines()[0] for found in tables)


def test_names_that_are_packages_too_can_be_called_whatever_was_imported_before():
    import importlib

    import derivations
    from derivations.registry import claims

    for name in ("check", "claims"):
        importlib.import_module(f"derivations.{name}")
        assert callable(getattr(derivations, name))
    assert derivations.claims() is claims()


# --- the runner itself ---


def fenced(*pairs):
    return "\n".join(f"```{language}\n{body}```\n" for language, body in pairs)


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([("python", "print(1)\n"), ("text", "2\n")], "prints\n1"),
        ([("python", "print(1)\n")], "prints\n1"),
        ([("python", "x = 1\n"), ("text", "1\n")], "line 1"),
        ([("text", "1\n")], "no code before it"),
        ([("python", "print(1)\n"), ("math", "x\n"), ("text", "1\n")], "no code before it"),
        ([("sh", "colrow cite --no-such-option\n")], "exits with 2"),
        ([("sh", "colrow --version\n"), ("text", "colrow 0\n")], "prints\ncolrow, version"),
        ([("", "x\n")], "no language"),
        ([("pyhton", "print(1)\n")], "a fence of pyhton"),
    ],
)
def test_a_document_that_says_something_else_is_refused(pairs, told, tmp_path):
    with pytest.raises(Difference, match=re.escape(told)):
        compare(fenced(*pairs), "some.md", tmp_path)


def test_an_assertion_in_a_document_counts_and_names_its_line(tmp_path):
    with pytest.raises(AssertionError) as caught:
        compare("text\n\n" + fenced(("python", "x = 1\nassert x == 2\n")), "some.md", tmp_path)
    last = caught.traceback[-1]
    assert (str(last.path).rpartition("/")[2], last.lineno + 1) == ("some.md", 5)


def test_blocks_share_one_session_and_files(tmp_path):
    text = fenced(
        ("python", "# half.py\nx = 21\n"),
        ("python", "import sys\nsys.path.insert(0, '.')\nimport half\nprint(x + half.x)\nsys.path.pop(0)\n"),
        ("text", "42\n"),
    )
    assert compare(text, "some.md", tmp_path) == 1
    assert (tmp_path / "half.py").is_file()


def test_what_is_written_passes(tmp_path):
    wrong = fenced(("python", "print(1)\n"), ("text", "2\n"), ("python", "print(3)\n"), ("python", "x = 1\n"))
    new = written(wrong, "some.md", tmp_path)
    assert compare(new, "some.md", tmp_path) == 2
    assert written(new, "some.md", tmp_path) == new
