"""Every command: help with an example that parses, a sensible exit status, and no need of a terminal."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import colnet
from derivations.cli import main
from derivations.converting import save

ROOT = Path(__file__).parents[1]
HEAVY = {"sympy", "mpmath", "numpy", "matplotlib", "jinja2", "torch", "jax", "sklearn"}


def walked(group=main, path=()):
    """Give each command, groups in groups included, by its words."""
    found = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= walked(command, (*path, name))
        else:
            found[" ".join((*path, name))] = command
    return found


COMMANDS = walked()

# One short run of each, in a directory that has column.npz and part.json; and the exit status that it ends with.
SHORT = {
    "and-seeds": ("--seeds 1", 0),
    "certify": ("-o new.json --claim neuron --jobs 1", 0),
    "check": ("colnet --claim neuron --sample --fast", 0),
    "cite": ("weight-gradient", 0),
    "compare": ("layer --no-status", 0),
    "confirm": ("--claim neuron --jobs 1", 0),
    "convert": ("column.npz row.npz --to row", 0),
    "errata": ("E30", 0),
    "numerics": ("--points 8", 0),
    "report": ("-o page --claim neuron --jobs 1", 0),
    "rules": ("--no-run", 0),
    "verify": ("part.json --jobs 1", 0),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Make a directory with the files that the short runs read."""
    directory = tmp_path_factory.mktemp("commands")
    save(directory / "column.npz", colnet.and_network(rng=0))
    done = piped("certify -o part.json --claim neuron --jobs 1", directory)
    assert done.returncode == 0, done.stderr
    return directory


def piped(arguments, cwd, stdout=subprocess.PIPE, **environment):
    """Run the command as in a pipe: neither its input nor its output is a terminal."""
    known = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "COLUMNS")}
    return subprocess.run(
        [sys.executable, "-m", "derivations", *shlex.split(arguments)],
        cwd=cwd,
        env=known | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )


def told(name, option="--help"):
    done = CliRunner().invoke(main, [*name.split(), option])
    assert done.exit_code == 0
    return done.output


def examples(text):
    """Give the lines of a help text that show an example: the one that says so, and those right under it."""
    found = re.search(r"^ *Example: (.*(?:\n {6,}colrow .*)*)$", text, re.MULTILINE)
    return [] if found is None else [line.strip() for line in found[1].splitlines()]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example_that_parses(name, tmp_path, monkeypatch):
    text = told(name)
    assert told(name, "-h") == text
    assert text.startswith("Usage: ")
    shown = examples(text)
    assert shown, f"no line begins with Example: in the help of {name}"
    monkeypatch.chdir(tmp_path)
    for line in shown:
        program, *words = shlex.split(line.partition(">")[0])
        assert program == "colrow"
        assert words[: len(name.split())] == name.split()
        rest = words[len(name.split()) :]
        for word in rest:
            if re.fullmatch(r"[\w.-]+\.(json|npz)", word):
                Path(word).touch()  # an option may ask that a file be there
        command = COMMANDS[name]
        with command.make_context(name, rest, resilient_parsing=False) as context:
            assert context.params
            assert not context.args


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("  Example: colrow cite\n", ["colrow cite"]),
        ("  Example: colrow a\n           colrow b --c\n\nOptions:\n", ["colrow a", "colrow b --c"]),
        ("  For example colrow cite\n", []),
    ],
)
def test_examples_are_found(line, found):
    assert examples(line) == found


def test_the_group_itself_has_help_that_names_every_command():
    text = CliRunner().invoke(main, ["--help"]).output
    assert examples(text)
    for name in main.commands:
        assert re.search(rf"^  {re.escape(name)} ", text, re.MULTILINE), name
    done = CliRunner().invoke(main, ["--version"])
    assert (done.exit_code, done.output.split()[0]) == (0, "colrow,")


def test_every_command_has_a_one_line_summary():
    for name, command in COMMANDS.items():
        summary = command.get_short_help_str(200)
        assert summary.endswith("."), name
        assert summary != ".", name


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_option_exits_with_2(name):
    done = CliRunner().invoke(main, [*name.split(), "--no-such-option"])
    assert done.exit_code == 2
    assert "No such option" in done.output
    assert "Usage: " in done.output


BELOW_A_FILE = "column.npz/below"  # not even root can make a file there


def bad_values():
    """Give each option of each command that takes less than any text, with a value that it cannot take."""
    for name, command in COMMANDS.items():
        for option in command.params:
            kind, bad = option.type, None
            if isinstance(option, click.Option) and not option.is_flag:
                if isinstance(kind, click.Choice):
                    bad = "no-such-choice"
                elif isinstance(kind, (click.types.IntParamType, click.types.FloatParamType)):
                    bad = "many"
                elif option.name in ("names", "claims") and option.metavar == "ID":
                    bad = "no-such-claim"
                elif isinstance(kind, click.Path) and not kind.exists:
                    bad = BELOW_A_FILE
            if bad is not None:
                yield pytest.param(name, option.opts[-1], bad, id=f"{name}-{option.name}")


@pytest.mark.parametrize(("name", "option", "bad"), list(bad_values()))
def test_a_wrong_value_is_refused_in_a_sentence(name, option, bad, place, monkeypatch):
    monkeypatch.chdir(place)
    arguments, _ = SHORT[name]
    done = CliRunner().invoke(main, [*name.split(), *shlex.split(arguments), option, bad])
    # A place that cannot be written to may show only when it is written to.
    assert done.exit_code in ((1, 2) if bad == BELOW_A_FILE else (2,)), done.output
    assert "Error: " in done.output
    assert isinstance(done.exception, SystemExit)


def test_there_are_such_options():
    assert len({parameter.values[0] for parameter in bad_values()}) >= 5


def needs(command):
    return any(parameter.required for parameter in command.params)


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if needs(command)])
def test_a_missing_argument_exits_with_2(name):
    done = CliRunner().invoke(main, name.split())
    assert done.exit_code == 2
    assert "Missing" in done.output


def test_no_such_command_exits_with_2():
    for words in (["no-such-command"], ["--no-such-option"]):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 2
        assert "No such" in done.output


@pytest.mark.parametrize(
    "arguments",
    [
        "cite no-such-claim",
        "errata E99",
        "compare no-such-claim",
        "verify none.json",
        "convert none.npz a.npz --to row",
    ],
)
def test_a_wrong_argument_exits_with_2(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, shlex.split(arguments))
    assert done.exit_code == 2, done.output
    assert "Error: " in done.output
    assert list(tmp_path.iterdir()) == []


# --- where nothing is a terminal ---


def test_every_command_has_a_short_run():
    assert set(COMMANDS) <= set(SHORT), "a new command: give it a short run"


@pytest.mark.parametrize("name", COMMANDS)
def test_it_works_in_a_pipe(name, place):
    arguments, status = SHORT[name]
    done = piped(f"{name} {arguments}", place)
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.strip()
    for text in (done.stdout, done.stderr):
        assert "\x1b" not in text  # neither colours nor bars
        assert "\r" not in text
        assert "Traceback" not in text
    assert not list(place.glob(".*.tmp"))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_works_in_a_pipe_that_takes_ascii_alone(name, tmp_path):
    done = piped(f"{name} --help", tmp_path, PYTHONIOENCODING="ascii", LC_ALL="C", TERM="dumb")
    assert done.returncode == 0, done.stderr
    assert "Example: colrow " in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", ["errata E30", "cite weight-gradient", "compare layer --no-status"])
def test_what_ascii_cannot_say_does_not_stop_it(arguments, tmp_path):
    done = piped(arguments, tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("arguments", ["cite", "errata E30", "rules --no-run --json", "cite --help"])
def test_a_reader_that_went_away_is_no_traceback(arguments, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = piped(arguments, tmp_path, stdout=writer)
    finally:
        os.close(writer)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_help_fetches_nothing_heavy():
    """One fresh interpreter shows the help of every command; what it has imported then is what help costs."""
    code = (
        "import sys\n"
        "from derivations.cli import main\n"
        "for words in [[], *([name] for name in main.commands)]:\n"
        "    try: main([*words, '--help'])\n"
        "    except SystemExit as end: assert end.code == 0, words\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    found = set(done.stderr.split())
    assert "derivations" in found
    assert not found & HEAVY
    assert done.stdout.count("Example:") == len(main.commands) + 1


def test_data_in_a_pipe_is_data(place, monkeypatch):
    """What --json prints can be read back, whatever the width of the terminal that is not there.

    All commands in this process, whose output is no terminal either; one of them in a real pipe.
    """
    import json

    monkeypatch.chdir(place)
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    done = piped("rules --no-run --json", place, COLUMNS="20")
    assert json.loads(done.stdout)
    for name, command in COMMANDS.items():
        if any("--json" in option.opts for option in command.params):
            done = CliRunner().invoke(main, [*name.split(), *shlex.split(SHORT[name][0]), "--json"])
            assert json.loads(done.stdout), name
