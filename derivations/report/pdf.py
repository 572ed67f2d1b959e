"""The page on paper: printed to PDF by a browser, where there is one."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS = 120


class NoBrowser(RuntimeError):
    """There is no browser to print with, or it did not print."""


def browser() -> str:
    """Find a browser.

    Raises
    ------
    NoBrowser
        When none of the known ones is on the path.
    """
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    raise NoBrowser(f"--pdf needs a browser on the path, one of: {', '.join(BROWSERS)}")


def print_page(program: str, page: str) -> bytes:
    """Print a page; the browser gets a home of its own and is told to stay off the network.

    Raises
    ------
    NoBrowser
        When it fails or takes longer than two minutes.
    """
    with tempfile.TemporaryDirectory(prefix="colrow-") as home:
        source, target = Path(home) / "page.html", Path(home) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        command = [
            program,
            *QUIET,
            f"--user-data-dir={home}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise NoBrowser(f"{program} did not print within {SECONDS} s") from None
        if done.returncode or not target.is_file():
            raise NoBrowser(f"{program} did not print: {done.stderr.strip()[-500:]}")
        return target.read_bytes()
