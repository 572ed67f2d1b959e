"""Hypothesis profiles, and the two packages as one fixture."""

import os

import pytest
from hypothesis import HealthCheck, settings

import colnet
import rownet

# No deadline and no complaint about slowness: what a shared machine happens to be doing is no verdict.
_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", derandomize=True, max_examples=20, **_common)
settings.register_profile("dev", max_examples=30, **_common)
settings.register_profile("campaign", max_examples=1000, **_common)
settings.load_profile(os.environ.get("COLROW_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

NETS = {"column": colnet, "row": rownet}


@pytest.fixture(params=NETS.values(), ids=NETS.keys(), scope="session")
def net(request):
    """Give the package of one convention, then that of the other."""
    return request.param
