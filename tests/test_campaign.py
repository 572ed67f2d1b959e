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
