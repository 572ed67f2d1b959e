"""Who may import whom: read in the source, and seen in a fresh interpreter."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NETWORKS = ("colnet", "rownet")
HEAVY = {"sympy", "numpy", "mpmath", "click", "rich", "pydantic"}


def imports(text):
    """Give each import of a source: its top-level name (dots if relative), and whether in a function."""
    found = []

    def walk(node, inside):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                found.extend((alias.name.split(".")[0], inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                # `from ..x` in a package's own top level would leave it; one dot stays inside.
                name = "." * child.level or child.module.split(".")[0]
                found.append((name, inside))
            elif isinstance(child, ast.Call):
                called = ast.unparse(child.func).split(".")[-1]
                if called in ("import_module", "__import__", "find_spec", "run_module", "exec", "eval"):
                    given = child.args[0] if child.args else None
                    literal = isinstance(given, ast.Constant) and isinstance(given.value, str)
                    name = given.value.split(".")[0] or "." if literal else "?"
                    found.append((f"{called}({name})", inside))
            walk(child, inside or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))

    walk(ast.parse(text), False)
    return found


def stdlib(name):
    return name in sys.stdlib_module_names


def network_wall(name, inside):
    return stdlib(name) or name in (".", "numpy") or (name == "rich" and inside)


def derivations_wall(name, inside):
    del inside
    if "(" in name:  # by a variable name it may be handed a subject; by a literal it may not fetch a network
        return not any(network in name for network in NETWORKS) and name.split("(")[0] in (
            "import_module",
            "find_spec",
        )
    return stdlib(name) or set(name) == {"."} or name in HEAVY | {"derivations"}


def breaches(package, wall):
    return [
        (path.relative_to(ROOT).as_posix(), name)
        for path in sorted((ROOT / package).rglob("*.py"))
        for name, inside in imports(path.read_text(encoding="utf-8"))
        if not wall(name, inside)
    ]


@pytest.mark.parametrize("package", NETWORKS)
def test_the_networks_need_numpy_alone(package):
    assert (ROOT / package / "__init__.py").exists()
    assert breaches(package, network_wall) == []


@pytest.mark.parametrize("package", NETWORKS)
def test_rich_is_fetched_in_one_function_only(package):
    places = [
        path.name
        for path in (ROOT / package).glob("*.py")
        for name, _ in imports(path.read_text(encoding="utf-8"))
        if name == "rich"
    ]
    assert places == ["_8_training.py"]


def test_derivations_imports_neither_network():
    assert (ROOT / "derivations" / "__init__.py").exists()
    tests_only = ("derivations/pytest_plugin.py", "derivations/check/parametrizing.py")
    extras = {"derivations/report": {"jinja2", "matplotlib", "ziamath", "markupsafe"}}
    found = [
        (path, name)
        for path, name in breaches("derivations", derivations_wall)
        if not (name == "pytest" and path in tests_only)
        and not any(path.startswith(place) and name in names for place, names in extras.items())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "network_may", "derivations_may"),
    [
        ("import numpy as np", True, True),
        ("from . import x", True, True),
        ("from ._1_edge import y", True, True),
        ("import math", True, True),
        ("import sympy", False, True),
        ("from mpmath import mp", False, True),
        ("import rich", False, True),
        ("def f():\n    from rich.progress import Progress", True, True),
        ("def f():\n    import sympy", False, True),
        ("import colnet", False, False),
        ("from rownet import Dense", False, False),
        ("import rownet._3_dense", False, False),
        ("def f():\n    import colnet", False, False),
        ("class A:\n    from colnet import Dense", False, False),
        ("if True:\n    import colnet", False, False),
        ("import derivations", False, True),
        ("from .. import colnet", False, True),  # beyond the top level: Python itself refuses it
        ("import importlib\nimportlib.import_module('colnet')", False, False),
        ("from importlib import import_module\nimport_module('rownet._3_dense')", False, False),
        ("x = __import__('colnet')", False, False),
        ("exec('import colnet')", False, False),
        ("from importlib import import_module\nimport_module(name)", False, True),
        ("import torch", False, False),
        ("import scipy.linalg", False, False),
    ],
)
def test_the_walls_stand(line, network_may, derivations_may):
    assert all(network_wall(*found) for found in imports(line)) is network_may
    assert all(derivations_wall(*found) for found in imports(line)) is derivations_may


def loaded(statement):
    """Give the top-level modules in a fresh interpreter after one statement."""
    code = f"import sys; {statement}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    # -S and -I would hide an installed NumPy or the checkout; an empty start-up file list is enough.
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("package", NETWORKS)
def test_importing_a_network_is_light(package):
    (other,) = set(NETWORKS) - {package}
    found = loaded(f"import {package}")
    assert {package, "numpy"} <= found
    assert not found & (HEAVY - {"numpy"} | {other, "derivations", "hypothesis", "pytest"})


def test_importing_derivations_is_lazy():
    found = loaded("import derivations")
    assert "derivations" in found
    assert not found & (HEAVY | set(NETWORKS))
