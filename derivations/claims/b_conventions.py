"""Appendix B's final note: the conventions are each other's transpose, and their shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from .. import depth
from ..claim import Claim, both
from ..convention import SCALAR, Role, batch
from ..engine import draw_rationals, exact, plain, rounding_bound
from ..evidence import Level, NotRun, Refuted
from ..laws import Argument, Behaviour, Context, ValueLaw
from ..regions import lay
from ..subject import Subject
from .s2_2_components import DENSE, dense
from .s2_3_forward import NARROW, layers_of, output, stack
from .s3_3_backward import POSITIVE_RATE, UPSTREAM, backward, updated

Compute = Callable[[Subject, Mapping[str, Any]], Any]


def _turned(values: Mapping[str, Any]) -> dict[str, Any]:
    """Transpose every array; leave scalars and functions."""
    return {name: value.T if getattr(value, "ndim", 0) == 2 else value for name, value in values.items()}


def _dual(
    part: str,
    variables: Mapping[str, Role],
    needs: tuple[str, ...],
    compute: Compute,
    result: Role,
    **more: Any,
) -> ValueLaw:
    """Make the law: this subject's result is the transpose of the other's on transposed arguments."""

    def run(s: Subject, v: Mapping[str, Any]) -> Any:
        if s.other is None:
            raise NotRun("duality needs a subject in each convention")
        return compute(s, v) - compute(s.other, _turned(v)).T

    def zero(w: Any, a: Any) -> Any:
        return lambda *at: Fraction(0)

    return ValueLaw(
        part=part, variables=variables, needs=needs, run=run, definition=zero, result=result, **more
    )


def _network_gradient(name: str) -> Compute:
    return lambda s, v: s.door("network.backward")(layers_of(2, v), v["x"], v["g"])[name]


def _of(letter: str) -> Compute:
    return lambda s, v: backward(s, v)[letter]


def _updated(letter: str) -> Compute:
    return lambda s, v: updated(s, v)[f"{letter}1"]


DEEP = {**stack(2), "x": batch("n"), "g": output(2)}


def _training(context: Context) -> int:
    """Train identity and ReLU networks for 8 steps on rationals in both conventions: exactly equal."""
    mine, other = _pair(context)
    cases = 0
    for middle in (None, "ReLU"):
        rng = context.rng("training", middle)
        arrays = [draw_rationals(rng, shape) for shape in ((3, 2), (3, 1), (1, 3), (1, 1))]
        x, t = draw_rationals(rng, (2, 2)), draw_rationals(rng, (1, 2))
        ends = []
        for subject in (mine, other):
            package: Any = subject.package
            put = [exact(lay(subject.convention, array / 4)) for array in arrays]
            layers = [package.Dense.of(*put[:2]), package.Dense.of(*put[2:])]
            if middle is not None:
                layers.insert(1, getattr(package, middle)())
            network = package.Network(layers)
            history = package.train(
                network,
                "mse",
                exact(lay(subject.convention, x)),
                exact(lay(subject.convention, t)),
                epochs=8,
                alpha=Fraction(1, 16),
                batch_size=None,
            )
            ends.append(
                [plain(value) for value in history.losses]
                + [
                    lay(subject.convention, plain(named[letter])).tolist()
                    for named in network.parameters
                    for letter in sorted(named)
                ]
            )
        if ends[0] != ends[1]:
            raise Refuted("training differs between the conventions", network=middle or "identity")
        cases += 8
    return cases


def _long_training(context: Context) -> int:
    """Train on floats for 500 epochs; at every 25th step both conventions step from the same parameters.

    The difference of that one step must lie within the rounding bound of both. Differences of the two whole
    trajectories are not bounded here: they grow as the dynamics lets them.
    """
    mine, other = _pair(context)
    ours: Any = mine.package
    x, t = ours.and_gate()
    network = ours.and_network(5)
    cases = 0
    for step in range(500):
        if step % 25 == 0:
            values = {
                f"{letter}{place}": array
                for place, named in enumerate(filter(None, network.parameters), start=1)
                for letter, array in named.items()
            }
            values |= {"x": x, "t": t}
            bound = rounding_bound(mine, _and_step, values)
            one, two = _and_step(mine, values), _and_step(other, _turned(values))
            for name, array in one.items():
                gap = np.abs(array - two[name].T)
                # Each is within its own bound of the exact step, and the bounds are equal.
                if not (gap <= 2 * bound[name]).all():
                    raise Refuted(
                        "a step differs by more than rounding", parameter=name, step=step, gap=gap.max()
                    )
            cases += 1
        network.update(network.gradients(x, t, ours.MSE()), 0.1)
    return cases


def _and_step(s: Subject, v: Mapping[str, Any]) -> Any:
    layers = [("dense", v["W1"], v["b1"]), ("tanh",), ("dense", v["W2"], v["b2"]), ("tanh",)]
    gradients = s.door("network.gradients")(layers, v["x"], v["t"], "mse", "mean")
    return {
        "W1": s.door("descend")(v["W1"], gradients["W1"], 0.125),
        "b1": s.door("descend")(v["b1"], gradients["b1"], 0.125),
        "W2": s.door("descend")(v["W2"], gradients["W2"], 0.125),
        "b2": s.door("descend")(v["b2"], gradients["b2"], 0.125),
    }


def _pair(context: Context) -> tuple[Subject, Subject]:
    mine, other = context.subject, context.subject.other
    if other is None or mine.package is None or other.package is None:
        raise NotRun("training in both conventions needs a package in each")
    return mine, other


def _equal_seeds(context: Context) -> int:
    """Draw layers from equal seeds: the parameters are each other's transpose, bit by bit."""
    mine, other = _pair(context)
    one: Any = mine.package
    two: Any = other.package
    cases = 0
    for init in one.INITIALISATIONS:
        for fan_in, fan_out, seed in ((3, 2, 0), (2, 5, 1), (4, 4, 2)):
            first, second = one.Dense(fan_in, fan_out, seed, init), two.Dense(fan_in, fan_out, seed, init)
            if not (np.array_equal(first.W, second.W.T) and np.array_equal(first.b, second.b.T)):
                raise Refuted("equal seeds give different layers", init=init, fan_in=fan_in, fan_out=fan_out)
            cases += 1
    return cases


def _shapes(context: Context) -> int:
    """Hold every shape of the table of notation, at sizes that all differ."""
    convention = context.subject.convention
    n, m, B = 3, 2, 4
    expected: dict[str, tuple[int, int]] = {
        "x": convention.arrange(n, B),
        "W": convention.arrange(m, n),
        "b": convention.arrange(m, 1),
        "v": convention.arrange(m, B),
    }
    rng = context.rng("shapes")
    values = {
        name: exact(lay(convention, draw_rationals(rng, shape)))
        for name, shape in (("W", (m, n)), ("b", (m, 1)), ("x", (n, B)), ("g", (m, B)))
    }
    v = dense(context.subject, values)
    gradients = backward(context.subject, values)
    found = {"v": v.shape, **{name: gradient.shape for name, gradient in gradients.items()}}
    y = context.subject.door("relu.forward")(v)
    found["y"] = y.shape
    expected["y"] = expected["v"]
    for name, shape in found.items():
        if shape != expected[name]:
            raise Refuted(f"shape of {name} or of its gradient", expected=expected[name], got=shape)
    return len(found)


def _empty(context: Context) -> int:
    """Hand over arrays in which one size is 0: the proofs speak of sizes of at least 1, and the code refuses the rest."""
    convention, cases = context.subject.convention, 0
    rng = context.rng("empty")
    for n, m, B in ((0, 2, 3), (2, 0, 3), (2, 3, 0), (0, 0, 0)):
        values = {
            name: exact(lay(convention, draw_rationals(rng, shape)))
            for name, shape in (("W", (m, n)), ("b", (m, 1)), ("x", (n, B)), ("g", (m, B)))
        }
        for run in (dense, backward):
            try:
                run(context.subject, values)
            except ValueError:
                cases += 1
                continue
            raise Refuted("a size of 0 is taken", fan_in=n, fan_out=m, batch=B)
    return cases


def _mixing(context: Context) -> int:
    """Hand over the other convention's arrays: refused wherever the sizes let one see it."""
    convention, cases = context.subject.convention, 0
    rng = context.rng("mixing")
    right = {
        name: exact(lay(convention, draw_rationals(rng, shape)))
        for name, shape in (("W", (2, 3)), ("b", (2, 1)), ("x", (3, 4)), ("g", (2, 4)))
    }
    for wrong in (("W",), ("b",), ("x",), ("g",), ("W", "b"), ("W", "b", "x"), ("x", "g")):
        values = {name: array.T if name in wrong else array for name, array in right.items()}
        try:
            if "g" in wrong:
                backward(context.subject, values)
            else:
                dense(context.subject, values)
        except (ValueError, TypeError):
            cases += 1
            continue
        raise Refuted("the other convention's arrays are taken", transposed=wrong)
    return cases


CLAIMS = (
    Claim(
        id="duality",
        title="the conventions are each other's transpose",
        place=both("final note of App. B"),
        statement=both(
            r"(W x + b)^{\mathsf T} = x^{\mathsf T} W^{\mathsf T} + b^{\mathsf T},"
            r" \text{ and so for gradients and updates}"
        ),
        required=Level.SIZE,
        laws=(
            _dual("forward", DENSE, ("dense.forward",), dense, batch("m")),
            *(
                _dual(f"gradient by {letter}", UPSTREAM, ("dense.backward",), _of(letter), DENSE[letter])
                for letter in ("W", "b", "x")
            ),
            *(
                _dual(
                    f"update of {letter}",
                    {**UPSTREAM, "alpha": SCALAR},
                    ("network.updated",),
                    _updated(letter),
                    DENSE[letter],
                    regions=POSITIVE_RATE,
                )
                for letter in ("W", "b")
            ),
            *(
                _dual(
                    f"gradient by {name} through two layers",
                    DEEP,
                    ("network.backward",),
                    _network_gradient(name),
                    role,
                    symbol_shapes=NARROW,
                    without=(Level.PRECISION, Level.FLOAT),  # the steps of training on floats are held apart
                )
                for name, role in DEEP.items()
                if name != "g"
            ),
            Behaviour("equal seeds, equal networks", (), _equal_seeds),
            Behaviour("training, exactly", (), _training),
            Behaviour("training on floats, within rounding", (), _long_training),
        ),
        uses=(
            "layer",
            "weight-gradient",
            "bias-gradient",
            "input-gradient",
            "chain",
            "weight-update",
            "bias-update",
        ),
        errata=("E29",),
    ),
    Claim(
        id="shapes",
        title="the shapes of the table; mixing conventions is an error where sizes let one see it",
        place=both("final note of App. B"),
        statement={
            "column": r"x \in \mathbb R^{n \times B},\; W \in \mathbb R^{m \times n},\; b \in \mathbb R^{m \times 1},\;"
            r" v, g \in \mathbb R^{m \times B}",
            "row": r"x \in \mathbb R^{B \times n},\; W \in \mathbb R^{n \times m},\; b \in \mathbb R^{1 \times m},\;"
            r" v, g \in \mathbb R^{B \times m}",
        },
        required=Level.SIZE,
        laws=(
            Argument(
                "every size", ("dense.forward", "dense.backward", "relu.forward"), depth.shapes, Level.SIZE
            ),
            Behaviour("at sizes that differ", ("dense.forward", "dense.backward", "relu.forward"), _shapes),
            Behaviour("size 0 is refused", ("dense.forward", "dense.backward"), _empty),
            Behaviour("mixing is refused", ("dense.forward", "dense.backward"), _mixing),
        ),
        uses=("layer",),
    ),
)
