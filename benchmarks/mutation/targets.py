"""What is mutated, and by what it is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

NETWORK_TESTS = (
    "tests/test_edge.py",
    "tests/test_dense.py",
    "tests/test_activations.py",
    "tests/test_losses.py",
    "tests/test_network.py",
    "tests/test_descent.py",
    "tests/test_training.py",
    "tests/test_and_gate.py",
    "tests/test_depth.py",
    "tests/test_bad_input.py",
    "tests/meta/test_survivors.py",
)
"""Not `test_mirror`: that one package is not like the other is no fault that it finds in either."""

CORE = (
    "derivations/sizes/terms.py",
    "derivations/sizes/normal.py",
    "derivations/sizes/calculus.py",
    "derivations/sizes/derivative.py",
    "derivations/sizes/equality.py",
    "derivations/sizes/guard.py",
    "derivations/sizes/poly.py",
    "derivations/dual.py",
    "derivations/numbers/arrays.py",
    "derivations/numbers/_laurent.py",
    "derivations/numbers/high_precision.py",
    "derivations/numbers/rational.py",
    "derivations/numbers/rounded.py",
    "derivations/numbers/symbolic.py",
    "derivations/numbers/zero.py",
    "derivations/engine.py",
)
CORE_TESTS = (
    "tests/meta/test_index_calculus.py",
    "tests/meta/test_symbolic_arrays.py",
    "tests/meta/test_numbers.py",
    "tests/meta/test_dual.py",
    "tests/meta/test_oracles.py",
    "tests/meta/test_check_can_fail.py",
    "tests/meta/test_core_survivors.py",
    "tests/meta/test_core_calculus.py",
    "tests/meta/test_core_zero.py",
    "tests/meta/test_core_engine.py",
)
CORE_ONLY = {"derivations/engine.py": ("tests/meta/test_every_check_can_fail.py",)}
"""Run for mutants of one file alone: they take long, and what is below the engine is noticed sooner by the others."""


@dataclass(frozen=True)
class Target:
    """A set of files to mutate.

    Attributes
    ----------
    name : str
    package : str
        Imported; forgotten before a mutant is planted.
    files, mathematics : tuple of str
        All, and those that hold formulas.
    tests : tuple of str
        Files of tests; those that do not exist are left out.
    only : dict
        Files of tests that judge the mutants of one file alone, by that file.
    claims : bool
        Whether the claims are run on it.
    batch_axis : int or None
    preload : tuple of str
        Modules that no mutant is part of, imported once.
    """

    name: str
    package: str
    files: tuple[str, ...]
    mathematics: tuple[str, ...]
    tests: tuple[str, ...]
    claims: bool
    batch_axis: int | None
    preload: tuple[str, ...]
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)


def target(name: str, root: Path) -> Target:
    """Give a target by its name: colnet, rownet or core."""
    if name == "core":
        heavy = ("numpy", "sympy", "mpmath", "pydantic", "pytest", "hypothesis")
        return Target(name, "derivations", CORE, CORE, CORE_TESTS, False, None, heavy, CORE_ONLY)
    files = tuple(sorted(f"{name}/{path.name}" for path in (root / name).glob("*.py")))
    formulas = tuple(
        file for file in files if file.split("/")[1][:3] in ("_3_", "_4_", "_5_", "_6_", "_7_", "_8_")
    )
    axis = {"colnet": 1, "rownet": 0}[name]
    return Target(
        name, name, files, formulas, NETWORK_TESTS, True, axis,
        ("numpy", "sympy", "pytest", "hypothesis", "derivations.ledger", "derivations.engine"),
    )  # fmt: skip
