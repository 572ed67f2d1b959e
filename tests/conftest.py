"""Hypothesis profiles, and the two packages as one fixture."""

import os
import random
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# pytest has imported the plugin already: where Colrow is installed, from there, and not from these files.
_HERE = str(Path(__file__).parents[1])
if not str(getattr(sys.modules.get("derivations"), "__file__", _HERE)).startswith(_HERE):
    for name in [name for name in sys.modules if name.partition(".")[0] == "derivations"]:
        del sys.modules[name]

import colnet
import rownet

# No deadline and no complaint about slowness: what a shared machine happens to be doing is no verdict.
_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", derandomize=True, max_examples=20, **_common)
settings.register_profile("dev", max_examples=30, **_common)
settings.register_profile("campaign", max_examples=1000, **_common)
if address := os.environ.get("COLROW_REDIS"):
    # What one machine finds, the others try first; and it is kept on this one as well.
    from hypothesis.database import DirectoryBasedExampleDatabase, MultiplexedDatabase
    from hypothesis.extra.redis import RedisExampleDatabase
    from redis import Redis

    shared = RedisExampleDatabase(Redis.from_url(address))
    kept = MultiplexedDatabase(DirectoryBasedExampleDatabase(".hypothesis/examples"), shared)
    for profile in ("dev", "campaign"):
        settings.register_profile(profile, settings.get_profile(profile), database=kept)
settings.load_profile(os.environ.get("COLROW_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.hookimpl(trylast=True)  # when the profile of the command line is loaded
def pytest_configure(config):
    """Choose what the tests draw with that have a seed for all that they draw; workers have it from here."""
    config.addinivalue_line("markers", "drawn: draws, with `drawn_seed`")
    fixed = settings.get_current_profile_name() == "ci"
    if not os.environ.get("COLROW_SEED"):
        os.environ["COLROW_SEED"] = "0" if fixed else str(random.SystemRandom().randrange(10**6))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give each worker files as a whole, and to who is idle what is left: what a file's tests share is made once."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


def pytest_itemcollected(item):
    """Let `-m "hypothesis or drawn"` choose what is not the same in every run."""
    if "drawn_seed" in getattr(item, "fixturenames", ()):
        item.add_marker("drawn")


@pytest.fixture(scope="session")
def drawn_seed():
    """Give the seed of this run: 0 in CI, another in each run on a desk."""
    return int(os.environ["COLROW_SEED"])


NETS = {"column": colnet, "row": rownet}


@pytest.fixture(params=NETS.values(), ids=NETS.keys(), scope="session")
def net(request):
    """Give the package of one convention, then that of the other."""
    return request.param


def pytest_terminal_summary(terminalreporter):
    """Say how to draw again what failed; end with the ledger of the claims that were run, by whatever workers."""
    if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
        terminalreporter.write_line(f"COLROW_SEED={os.environ['COLROW_SEED']} draws the same again")
    entries = {
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "ledger"
    }
    if not entries:
        return
    from rich.console import Console

    from derivations import __version__
    from derivations.ledger import Entry, Ledger, with_premises
    from derivations.registry import claims
    from derivations.show import summary, table

    order = {claim: place for place, claim in enumerate(claims())}
    found = sorted(
        map(Entry.model_validate_json, entries), key=lambda entry: (order[entry.id], entry.convention)
    )
    seconds = sum(entry.seconds for entry in found)
    seed = int(os.environ["COLROW_SEED"])
    ledger = Ledger(version=__version__, seed=seed, seconds=seconds, claims=with_premises(found))
    console = Console(width=120, no_color=True)
    with console.capture() as capture:
        console.print(table(ledger))
    terminalreporter.section("ledger")
    terminalreporter.write(capture.get())
    terminalreporter.write_line(summary(ledger))
