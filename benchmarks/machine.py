"""What the figures were measured on; and the number of threads, which has to be set before NumPy is loaded."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from importlib.util import find_spec
from typing import Any

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
SHOWN = ("numpy", "sympy", "torch", "jax", "scipy", "scikit-learn")


class TooLate(RuntimeError):
    """NumPy is loaded, with another number of threads."""


def use_threads(count: int) -> None:
    """Let NumPy, PyTorch and JAX compute with so many threads each.

    Raises
    ------
    TooLate
        When NumPy is loaded already and has not been told the same.
    """
    wanted = str(count)
    if "numpy" in sys.modules and os.environ.get(VARIABLES[0]) != wanted:
        raise TooLate(f"NumPy is loaded; set {VARIABLES[0]}={wanted} before")
    for name in VARIABLES:
        os.environ[name] = wanted
    flags = os.environ.get("XLA_FLAGS", "")
    if count == 1 and "multi_thread_eigen" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()


def has(name: str) -> bool:
    """Tell whether a module is installed, without loading it."""
    return find_spec(name) is not None


def threads() -> int:
    """Give the number of threads that was asked for."""
    return int(os.environ.get(VARIABLES[0], "1"))


def facts() -> dict[str, Any]:
    """Tell machine and versions."""
    versions = {}
    for name in SHOWN:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "threads": threads(),
        "load": [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else [],
        **versions,
    }
