"""What mutants of the levels showed to be unchecked: what is right passes, with as many entries as there are."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest
import sympy

from derivations import engine
from derivations.convention import SCALAR, batch, bias, weights
from derivations.evidence import Inconclusive, Level, Refuted
from derivations.laws import Argument, Behaviour, Context, GradientLaw, ValueLaw
from derivations.ledger import pair
from derivations.numbers import Rational, Rounded
from derivations.regions import Region, lay

SUBJECTS = {subject.convention.name: subject for subject in pair()}
CONVENTIONS = pytest.mark.parametrize("convention", SUBJECTS)
LEVELS = [Level.SYMBOLS, Level.EXACT, Level.PRECISION, Level.FLOAT]
AT = pytest.mark.parametrize("level", LEVELS)
SHAPES = ({"n": 3, "m": 2, "B": 4}, {"n": 2, "m": 2, "B": 3})
VARIABLES = {"W": weights("n", "m"), "b": bias("m"), "x": batch("n")}


def entry(given, i, k):
    """Entry (i, k) of W x + b, whatever the convention."""
    return sum((given.W(i, j) * given.x(j, k) for j in range(given.n)), given.b(i))


def affine(subject, v):
    column = subject.convention.is_column
    return (v["W"] @ v["x"] if column else v["x"] @ v["W"]) + v["b"]


def value_law(run=None, **more):
    """f of an affine map, or whatever is run for it."""
    given = {
        "part": "f",
        "variables": VARIABLES,
        "needs": (),
        "run": run or (lambda subject, v: v["f"](affine(subject, v))),
        "shapes": SHAPES,
        "symbol_shapes": SHAPES,
        "definition": lambda world, given: lambda i, k: world.f(entry(given, i, k)),
        "result": batch("m"),
    }
    return ValueLaw(**{**given, **more})


def slopes(subject, v):
    column = subject.convention.is_column
    g = v["df"](affine(subject, v))
    return {
        "W": g @ v["x"].T if column else v["x"].T @ g,
        "b": g.sum(axis=1 if column else 0, keepdims=True),
        "x": v["W"].T @ g if column else g @ v["W"].T,
    }


def gradient_law(run=slopes, by=("W", "b", "x"), **more):
    def loss(world, given):
        return sum((world.f(entry(given, i, k)) for i in range(given.m) for k in range(given.B)), 0)

    given = {
        "part": "slope",
        "variables": VARIABLES,
        "needs": (),
        "shapes": SHAPES,
        "symbol_shapes": SHAPES,
    }
    return GradientLaw(**{**given, "run": run, "loss": loss, "by": by, **more})


@CONVENTIONS
@AT
def test_what_is_right_passes_and_every_entry_is_counted(convention, level):
    at = Context(SUBJECTS[convention])
    values = 2 * 4 + 2 * 3
    each = 2 if level is Level.FLOAT else 1  # both float types
    assert engine.run_law(value_law(), level, at) == each * values
    entries = {"W": 6 + 4, "b": 2 + 2, "x": 12 + 6}
    for by in (("W",), ("b", "x"), ("W", "b", "x")):
        # At 50 digits the largest entry of each gradient is held against central differences too.
        more = 2 * len(by) if level is Level.PRECISION else 0
        found = engine.run_law(gradient_law(by=by), level, at)
        assert found == each * sum(entries[name] for name in by) + more


@CONVENTIONS
@AT
@pytest.mark.parametrize("power", [2, 3])
def test_regions_are_each_run(convention, level, power):
    def build(sign):
        def made(fresh, sizes):
            array = np.empty((sizes["m"], sizes["B"]), dtype=object)
            for at in np.ndindex(array.shape):
                array[at] = sign * fresh.positive("v")
            return {"v": array}

        return made

    regions = (Region("above", build(1)), Region("below", build(-1)))
    seen = []

    def run(subject, v):
        seen.append(bool(v["v"].flat[0] > 0))
        return np.maximum(v["v"], 0) ** power

    law = value_law(
        run,
        variables={"v": batch("m")},
        regions=regions,
        definition=lambda world, given: (
            lambda i, k: world.where_positive(
                given.v(i, k), lambda: given.v(i, k) ** power, lambda: 0 * given.v(i, k)
            )
        ),
    )
    each = 2 if level is Level.FLOAT else 1
    assert engine.run_law(law, level, Context(SUBJECTS[convention])) == each * 2 * (8 + 6)
    assert set(seen) == {True, False}


@CONVENTIONS
@AT
def test_a_refusal_says_where_and_what(convention, level):
    def run(subject, v):
        found = slopes(subject, v)
        wrong = found["W"].copy()
        # Neuron 1, input 2: the entry that no other shape has.
        at = (1, 2) if subject.convention.is_column else (2, 1)
        if wrong.size == 6:
            wrong[at] = wrong[at] + 1
        return {**found, "W": wrong}

    with pytest.raises(Refuted, match="gradient by W is wrong") as refused:
        engine.run_law(gradient_law(run), level, Context(SUBJECTS[convention]))
    facts = refused.value.facts
    assert facts["convention"] == convention
    assert facts["entry"] == ((1, 2) if convention == "column" else (2, 1))
    assert facts["shape"] == ((2, 3) if convention == "column" else (3, 2))
    assert facts["case"].startswith("everywhere, sizes n=3 m=2 B=4")
    assert facts["looks_like"] is None or "only entry (1, 2)" in facts["looks_like"]
    assert (facts["looks_like"] is None) is (level is Level.SYMBOLS)
    off = facts["got"] - facts["expected"]
    assert sympy.simplify(off) == 1 if level is Level.SYMBOLS else abs(float(off) - 1) < 1e-5


@CONVENTIONS
@AT
def test_what_is_missing_or_out_of_shape_is_told(convention, level):
    at = Context(SUBJECTS[convention])

    def without(subject, v):
        return {name: found for name, found in slopes(subject, v).items() if name != "b"}

    with pytest.raises(Refuted, match="slope: gradient by b is missing") as refused:
        engine.run_law(gradient_law(without, by=("b",)), level, at)
    assert refused.value.facts["returned"] == ["W", "x"]

    def turned(subject, v):
        return {name: found.T for name, found in slopes(subject, v).items()}

    with pytest.raises(Refuted, match="gradient by W has the wrong shape") as refused:
        engine.run_law(gradient_law(turned), level, at)
    shape = (2, 3) if convention == "column" else (3, 2)
    assert (refused.value.facts["expected"], refused.value.facts["got"]) == (shape, shape[::-1])

    def spoiling(subject, v):
        found = slopes(subject, v)
        v["x"][-1, -1] = v["x"][-1, -1] + 1
        return found

    with pytest.raises(Refuted, match="the argument x was changed in place"):
        engine.run_law(gradient_law(spoiling), level, at)


@AT
@pytest.mark.parametrize("off", [Fraction(1, 10**6), Fraction(-1, 10**6)])
def test_a_millionth_off_is_refused_by_every_level(level, off):
    at = Context(SUBJECTS["column"])

    def run(subject, v):
        found = v["f"](affine(subject, v))
        return found + (off if found.dtype == object else found.dtype.type(float(off)))

    with pytest.raises(Refuted, match="f is wrong"):
        engine.run_law(value_law(run), level, at)

    def slope(subject, v):
        found = slopes(subject, v)
        return {
            **found,
            "x": found["x"] + (off if found["x"].dtype == object else found["x"].dtype.type(float(off))),
        }

    with pytest.raises(Refuted):
        engine.run_law(gradient_law(slope, by=("x",)), level, at)


def test_fifty_digits_are_fifty():
    at = Context(SUBJECTS["column"])
    for power, refused in ((-45, True), (-52, False)):

        def run(subject, v, power=power):
            return v["f"](affine(subject, v)) * (1 + Fraction(10) ** power)

        if refused:
            with pytest.raises(Refuted):
                engine.run_law(value_law(run), Level.PRECISION, at)
        else:
            assert engine.run_law(value_law(run), Level.PRECISION, at) == 14


def test_the_definition_is_trusted_to_fifty_five_of_its_digits():
    for value in (0, 1, -1000, 10**9):
        bound = engine._rounded_off(engine.MP.mpf(value))
        assert max(1, abs(value)) * engine.MP.mpf(10) ** -55 <= bound
        assert bound <= 2.01 * max(1, abs(value)) * engine.MP.mpf(10) ** -55
    assert engine.MP.dps == 80


def test_what_rounding_can_turn_is_inconclusive():
    def run(subject, v):
        zero = v["x"] / 3 * 3 - v["x"]
        return np.where(zero > 0, zero, zero * 0 + v["x"])

    law = value_law(run, result=batch("n"), definition=lambda world, given: lambda i, k: given.x(i, k))
    for level in (Level.FLOAT, Level.PRECISION):
        with pytest.raises(Inconclusive, match="f: rounding may turn a comparison"):
            engine.run_law(law, level, Context(SUBJECTS["column"]))
    assert engine.run_law(law, Level.EXACT, Context(SUBJECTS["column"])) == 12 + 6


def test_a_kink_beside_the_point_is_inconclusive():
    """Where the definition has a kink within every step, central differences conclude nothing."""

    def build(fresh, sizes):
        array = np.empty((1, 1), dtype=object)
        array[0, 0] = fresh.positive() * 0 + sympy.Rational(1, 10**30)
        return {"v": array}

    law = GradientLaw(
        part="kink",
        variables={"v": batch("one", "one")},
        needs=(),
        run=lambda subject, v: {"v": (v["v"] > 0) * (v["v"] * 0 + 1)},
        shapes=({"one": 1},),
        regions=(Region("near", build),),
        loss=lambda world, given: world.where_positive(
            given.v(0, 0), lambda: given.v(0, 0), lambda: 0 * given.v(0, 0)
        ),
        by=("v",),
    )
    with pytest.raises(Inconclusive, match="kink: gradient by v, near, sizes one=1: "):
        engine.run_law(law, Level.PRECISION, Context(SUBJECTS["column"]))
    assert engine.run_law(law, Level.EXACT, Context(SUBJECTS["column"])) == 1


@CONVENTIONS
def test_another_type_or_another_answer_is_refused(convention):
    at = Context(SUBJECTS[convention])

    def double(subject, v):
        found = v["f"](affine(subject, v))
        return found.astype(np.float64) if found.dtype != object else found

    with pytest.raises(Refuted, match="f: dtype changed") as refused:
        engine.run_law(value_law(double), Level.FLOAT, at)
    assert refused.value.facts["expected"] == np.float32
    assert refused.value.facts["got"] == np.float64
    assert "float32" in refused.value.facts["case"]

    def scalar(subject, v):
        return np.float64(1) * v["x"].sum()

    def total(world, given):
        return lambda: sum(given.x(j, k) for j in range(given.n) for k in range(given.B))

    for run, told in (
        (lambda subject, v: v["x"].sum(), ""),
        (lambda subject, v: float(v["x"].sum()) if v["x"].dtype != object else v["x"].sum(), ""),
        (scalar, "dtype changed"),
    ):
        law = value_law(run, definition=total, result=SCALAR)
        if told:
            with pytest.raises(Refuted, match=told):
                engine.run_law(law, Level.FLOAT, at)
        else:
            assert engine.run_law(law, Level.FLOAT, at) == 4
    calls = []

    def moody(subject, v):
        calls.append(1)
        found = v["f"](affine(subject, v))
        return np.nextafter(found, found.dtype.type(9)) if len(calls) == 2 else found

    with pytest.raises(Refuted, match="a second call gives another result"):
        engine.run_law(value_law(moody), Level.FLOAT, at)


def test_an_inexact_number_in_an_exact_run_is_refused():
    at = Context(SUBJECTS["column"])

    def leaking(subject, v):
        found = v["f"](affine(subject, v))
        if found.dtype == object:
            found = found.copy()
            found[0, 0] = 0.5
        return found

    with pytest.raises(Refuted, match="a float came out of an exact computation"):
        engine.run_law(value_law(leaking), Level.EXACT, at)
    assert engine.plain(np.array([Rational(1, 2), 3], dtype=object)).tolist() == [Fraction(1, 2), 3]
    assert engine.plain(Rational(1, 2)) == Fraction(1, 2)
    assert type(engine.plain(np.int64(2))) is Fraction
    for number in (0.5, np.float64(0.5)):
        with pytest.raises(Refuted):
            engine.plain(number)


def test_behaviours_say_how_many_cases_there_were():
    at = Context(SUBJECTS["row"])
    assert engine.run_law(Behaviour("b", (), lambda context: 7 if context is at else 0), Level.RUN, at) == 7
    assert engine.run_law(Argument("a", (), lambda context: 3), Level.SYMBOLS, at) == 3


# --- for laws that compute on their own ---


@CONVENTIONS
def test_doors_are_run_on_column_layout(convention):
    subject = SUBJECTS[convention]
    W, b, x = (engine.draw_rationals(Random(n), shape) for n, shape in enumerate(((2, 3), (2, 1), (3, 4))))
    assert all(isinstance(value, Fraction) and value for value in [*W.flat, *b.flat, *x.flat])
    found = engine.on_rationals(subject, "dense.forward", W, b, x)
    assert (found == W @ x + b).all()
    assert all(type(value) is Fraction for value in found.flat)
    symbols = np.array(
        [[sympy.Symbol(f"x{j}{k}", real=True) for k in range(4)] for j in range(3)], dtype=object
    )
    found = engine.on_symbols(subject, "dense.forward", W, b, symbols)
    assert found.shape == (2, 4)
    for i, k in np.ndindex(found.shape):
        right = sum(
            (sympy.Rational(W[i, j].numerator, W[i, j].denominator) * symbols[j, k] for j in range(3)),
            sympy.Rational(b[i, 0].numerator, b[i, 0].denominator),
        )
        assert sympy.expand(found[i, k] - right) == 0
    g = engine.draw_rationals(Random(9), (2, 4))
    slopes_ = engine.on_rationals(subject, "dense.backward", W, b, x, g)
    assert (slopes_["W"] == g @ x.T).all()
    assert (slopes_["x"] == W.T @ g).all()
    assert (slopes_["b"] == g.sum(axis=1, keepdims=True)).all()
    at = Context(subject, 5)
    arrays = engine.rational_arrays(at, VARIABLES, {"n": 3, "m": 2, "B": 4}, "doors")
    shapes = {name: lay(subject.convention, array).shape for name, array in arrays.items()}
    assert shapes == {"W": (2, 3), "b": (2, 1), "x": (3, 4)}
    assert all(type(value) is Rational for array in arrays.values() for value in array.flat)
    again = engine.rational_arrays(at, VARIABLES, {"n": 3, "m": 2, "B": 4}, "doors")
    other = engine.rational_arrays(at, VARIABLES, {"n": 3, "m": 2, "B": 4}, "windows")
    assert (arrays["W"] == again["W"]).all()
    assert (arrays["x"] != other["x"]).any()


def test_both_conventions_draw_the_same():
    drawn = [
        {
            name: lay(subject.convention, array)
            for name, array in engine.rational_arrays(
                Context(subject), VARIABLES, {"n": 3, "m": 2, "B": 4}, "same"
            ).items()
        }
        for subject in SUBJECTS.values()
    ]
    assert all((drawn[0][name] == drawn[1][name]).all() for name in VARIABLES)


def test_a_bound_on_rounding_covers_a_float_run():
    subject = SUBJECTS["column"]
    values = {
        name: np.random.default_rng(n).standard_normal(shape)
        for n, (name, shape) in enumerate({"W": (2, 3), "x": (3, 4)}.items())
    }

    def run(subject, v):
        return {"y": v["W"] @ v["x"]}

    bound = engine.rounding_bound(subject, run, values)["y"]
    assert bound.shape == (2, 4)
    assert bound.dtype == float
    mass = np.abs(values["W"]) @ np.abs(values["x"])
    assert (bound > 2.0**-53 * mass).all()
    assert (bound < 8 * 2.0**-53 * mass).all()
    assert engine._error(Rounded(Fraction(1, 3))) > 0
    assert engine._error(3) == 0


p, q = sympy.Symbol("p", positive=True), sympy.Symbol("q", positive=True)
r, n = sympy.Symbol("r", real=True), sympy.Symbol("n", negative=True)


def pieces(*given):
    return sympy.Piecewise(*given, evaluate=False)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (pieces((1, p > 0), (2, True)), 1),
        (pieces((1, n > 0), (2, True)), 2),
        (pieces((1, p - p - q > 0), (2, True)), 2),
        (pieces((1, p + q < 0), (2, True)), 2),
        (pieces((1, -p < q), (2, True)), 1),
        (pieces((1, p < p + q), (2, True)), 1),
        (pieces((1, p / (p + q) < 1), (2, True)), 1),
        (pieces((1, p / (p + q) > 1), (2, True)), 2),
        (pieces((1, p + q < p), (2, True)), 2),
        (pieces((1, sympy.Eq((p + q) ** 2, p**2 + 2 * p * q + q**2)), (2, True)), 1),
        (pieces((1, sympy.Eq((p + q) ** 2, p**2 + q**2)), (2, True)), 2),
        (pieces((p, p > n), (q, True)) * 2 + 1, 2 * p + 1),
        (pieces((pieces((1, p > 0), (2, True)), q > 0), (3, True)), 1),
        (r, r),
        (3, 3),
    ],
    ids=str,
)
def test_branches_are_decided_by_signs(expression, value):
    assert engine.resolved(expression) == value


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        (pieces((1, r > 0), (2, True)), "is not settled"),
        (pieces((1, sympy.Eq(r, p)), (2, True)), "is not settled"),
        (pieces((1, p >= r), (2, True)), "is no condition of a definition"),
        (pieces((1, (r > 0) & (p > r)), (2, True)), "is no condition of a definition"),
        (pieces((1, p + q < p)), "no branch holds"),
    ],
    ids=str,
)
def test_branches_that_are_not_decided_are_not_guessed(expression, told):
    with pytest.raises(Inconclusive, match=told):
        engine.resolved(expression)


def test_what_is_positive():
    assert engine.positive(p + q)
    assert engine.positive(1 - sympy.tanh(r) ** 2)
    assert engine.positive(1 + sympy.tanh(r))
    for expression in (n, r, p - q, p - p, sympy.tanh(r), 0):
        assert not engine.positive(expression)
    assert engine.positive(3)
