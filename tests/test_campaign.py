"""Campaigns: what one machine finds is kept, and the others try it first, through a real Redis."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests import campaign as campaigns

CONFTEST = (Path(__file__).parent / "conftest.py").read_text(encoding="utf-8")
ROOT = Path(__file__).parents[1]

CODE = """
from hypothesis import given, strategies as st

SEEN = []

@given(st.integers(0, 10**9))
def test_fails_for_large_numbers(n):
    SEEN.append(n)
    with open("tried.txt", "a") as file:
        print(n, file=file)
    assert n < 123_456
"""


@pytest.fixture
def server(tmp_path):
    """Start a Redis of our own on the loopback."""
    program = shutil.which("redis-server")
    redis = pytest.importorskip("redis", reason="the client of Redis is in the extra 'campaign'")
    if program is None:
        pytest.skip("there is no redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    client = redis.Redis(port=port)
    try:
        for _ in range(100):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}"
    finally:
        client.close()
        process.terminate()
        process.wait()


def campaign(place, server):
    """Run the test as a machine of its own would, with our conftest."""
    place.mkdir()
    (place / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (place / "test_one.py").write_text(textwrap.dedent(CODE), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=campaign"],
        cwd=place,
        env={**os.environ, "COLROW_REDIS": server, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    assert "1 failed" in done.stdout, done.stdout + done.stderr
    return [int(line) for line in (place / "tried.txt").read_text().split()]


def test_a_failure_found_on_one_machine_is_tried_first_on_another(tmp_path, server):
    first = campaign(tmp_path / "one", server)
    assert min(n for n in first if n >= 123_456) == 123_456  # shrunk
    assert (tmp_path / "one" / ".hypothesis" / "examples").is_dir()  # and kept here
    second = campaign(tmp_path / "two", server)
    assert second[0] == 123_456
    assert first[0] != 123_456


def invoked(monkeypatch, results, *arguments):
    """Run the command with these results in place of runs; give it and what it asked for."""
    asked = []

    def one(workers, profile, seed, seconds, faults, chosen):
        asked.append((workers, profile, seed))
        return results[len(asked) - 1]

    monkeypatch.setattr(campaigns, "one", one)
    return CliRunner().invoke(campaigns.main, arguments), asked


def test_each_run_has_a_seed_of_its_own(monkeypatch):
    done, asked = invoked(monkeypatch, [(0, "5 passed in 1 s")] * 3, "--runs", "3", "--workers", "4")
    assert (done.exit_code, asked) == (0, [(4, "dev", 1), (4, "dev", 2), (4, "dev", 3)])
    assert done.output.splitlines()[-1].startswith("3 runs, 15 tests passed, none failed")


@pytest.mark.parametrize(
    "result", [(1, "FAILED it\n1 failed, 4 passed in 1 s"), (5, "no tests ran"), (0, "")]
)
def test_it_ends_at_what_is_not_passed(monkeypatch, result):
    done, asked = invoked(monkeypatch, [(0, "5 passed in 1 s"), result], "--runs", "9")
    assert (done.exit_code, len(asked)) == (1, 2)
    assert result[1] in done.output


def test_a_campaign_ends_when_the_time_is_up(monkeypatch):
    results = [(0, "5 passed in 1 s"), (campaigns.TIME_UP, "2 passed in 1 s")]
    done, asked = invoked(monkeypatch, results, "--minutes", "60")
    assert (done.exit_code, asked) == (0, [(2, "campaign", None)] * 2)
    assert "2 runs, 7 tests passed, none failed" in done.output


def test_a_campaign_in_which_nothing_ran_does_not_pass(monkeypatch):
    done, _ = invoked(monkeypatch, [(campaigns.TIME_UP, "")], "--minutes", "60")
    assert done.exit_code == 1
    assert "none failed" not in done.output


@pytest.mark.parametrize("number", [1, 9])
def test_a_run_that_is_killed_is_no_end_of_the_time(monkeypatch, number):
    monkeypatch.setattr(
        campaigns,
        "command",
        lambda *of: [
            sys.executable,
            "-c",
            # Where pytest was started so as to ignore the hang-up, so would this.
            f"import os, signal; print('2 passed', flush=True); {number} == 9 or signal.signal({number}, signal.SIG_DFL);"
            f"os.kill(os.getpid(), {number})",
        ],
    )
    done = CliRunner().invoke(campaigns.main, ["--runs", "2"])
    assert done.exit_code == 1
    assert "run 2" not in done.output


@pytest.mark.parametrize(
    ("body", "told", "up"),
    [
        ("pass", "1 passed", True),
        ("assert False", "1 failed", False),
        ("request.getfixturevalue('no_such_thing')", "1 failed", False),
    ],
)
def test_what_came_before_the_time_was_up_is_told(tmp_path, monkeypatch, body, told, up):
    """Pytest itself, in one process and without -x, in the middle of a test that would take too long."""
    text = f"""
import pathlib, time

def test_one(request): {body}

def test_long():
    pathlib.Path("begun").touch()
    time.sleep(600)
"""
    (tmp_path / "test_one.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        campaigns, "command", lambda *of: [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    )

    class Process(subprocess.Popen):
        """The time is up when the second test has begun."""

        def communicate(self, *of, timeout=None, **more):
            if timeout == 1.0:
                while self.poll() is None and not (tmp_path / "begun").exists():
                    time.sleep(0.05)
                raise subprocess.TimeoutExpired("pytest", timeout)
            return super().communicate(*of, timeout=timeout, **more)

    monkeypatch.setattr(subprocess, "Popen", Process)
    code, printed = campaigns.one(1, "dev", None, 1.0)
    assert (code is campaigns.TIME_UP) is up
    assert told in printed


def test_the_planted_faults_are_left_out_unless_they_are_asked_for():
    left_out = [part for part in campaigns.command(2, "dev", 1, faults=False) if part.startswith("--ignore")]
    assert [(ROOT / part.removeprefix("--ignore=")).is_file() for part in left_out] == [True, True]
    assert not any(part.startswith("--ignore") for part in campaigns.command(2, "dev", 1, faults=True))


@pytest.mark.parametrize(
    "arguments", [[], ["--runs", "1", "--minutes", "1"], ["--runs", "0"], ["--minutes", "0"]]
)
def test_it_is_either_minutes_or_runs(monkeypatch, arguments):
    done, asked = invoked(monkeypatch, [], *arguments)
    assert (done.exit_code, asked) == (2, [])


def test_a_run_draws_by_its_seed_and_takes_what_draws(tmp_path, monkeypatch):
    """The whole way: what holds for this seed alone, what does not, and what does not draw and would fail."""
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    text = """
def test_other(): raise ValueError("it does not draw")

def test_four(drawn_seed): assert drawn_seed == 4

def test_three(drawn_seed): assert drawn_seed == 3
"""
    (tmp_path / "test_one.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    code, printed = campaigns.one(1, "dev", 4, None)
    assert code > 0
    assert "1 failed, 1 passed" in printed
    assert "FAILED test_one.py::test_three" in printed
    assert "COLROW_SEED=4" in printed


@pytest.mark.parametrize(
    "text",
    ["def test_one(): assert 0", "import pytest\n@pytest.fixture\ndef it(): 1 / 0\ndef test_one(it): pass"],
    ids=["a test", "what it is given"],
)
def test_what_fails_says_its_seed(tmp_path, text):
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (tmp_path / "test_one.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=tmp_path,
        env={**os.environ, "COLROW_SEED": "7", "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    assert "COLROW_SEED=7 draws the same again" in done.stdout, done.stdout + done.stderr
