"""Laws for a network that can only be driven from end to end: parameters, inputs and targets in, loss and gradients out.

The definition is written entry by entry, layer within layer, and read by the engine at every level like those of
the claims; each law stands under the claim whose gradient it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from ..claims import s3_2_losses as losses
from ..convention import Role, batch, bias, weights
from ..evidence import Level
from ..laws import ANY_PREMISE, AnyLaw, Given, GradientLaw, ValueLaw
from ..regions import EVERYWHERE, Array, Fresh, Region, distributions, one_hot, shape_of
from ..subject import Subject
from ..world import World

Scalar = Any
PerExample = Callable[[World, Given], Callable[[Any], Scalar]]


@dataclass(frozen=True)
class NamedLoss:
    """A loss of one example: that of a claim, scaled by a number or by the number n of outputs.

    Attributes
    ----------
    claim, gradient_claim : str
        Under which its value and its gradient are reported.
    of : callable
        The claim's definition.
    targets : str
        Which targets it is meant for: real, distribution, unit, sign.
    scale : callable
        From the claim's loss and n to this one.
    """

    claim: str
    gradient_claim: str
    of: PerExample
    targets: str
    scale: Callable[[Scalar, Any], Scalar] = lambda u, n: u

    def definition(self, w: World, a: Given) -> Callable[[Any], Scalar]:
        """Define the loss of example k, for predictions y and targets t with n outputs."""
        of = self.of(w, a)
        return lambda k: self.scale(of(k), a.n)


def _half(u: Scalar, n: Any) -> Scalar:
    return u / 2


def _summed(u: Scalar, n: Any) -> Scalar:
    return u * n


def _half_summed(u: Scalar, n: Any) -> Scalar:
    return u * n / 2


def _averaged(u: Scalar, n: Any) -> Scalar:
    return u / n


_BCE = ("binary-cross-entropy", "binary-cross-entropy", losses.binary_cross_entropy, "unit")
_CE = ("categorical-cross-entropy", "categorical-cross-entropy", losses.cross_entropy, "distribution")
_MSE = ("mse", "mse-gradient", losses.mse, "real")

LOSSES: Mapping[str, NamedLoss] = {
    "mse": NamedLoss(*_MSE),
    "half-mse": NamedLoss(*_MSE, _half),
    "squared-error": NamedLoss(*_MSE, _summed),
    "half-squared-error": NamedLoss(*_MSE, _half_summed),
    "mae": NamedLoss("mae", "mae", losses.mae, "far"),
    "absolute-error": NamedLoss("mae", "mae", losses.mae, "far", _summed),
    "cross-entropy": NamedLoss("cross-entropy", "cross-entropy", losses.cross_entropy, "distribution"),
    "categorical-cross-entropy": NamedLoss(*_CE),
    "binary-cross-entropy": NamedLoss(*_BCE),
    "mean-binary-cross-entropy": NamedLoss(*_BCE, _averaged),
    "fused-softmax": NamedLoss("fused-softmax", "fused-softmax", losses.fused_softmax, "distribution"),
    "fused-sigmoid": NamedLoss("fused-sigmoid", "fused-sigmoid", losses.fused_sigmoid, "unit"),
    "mean-fused-sigmoid": NamedLoss(
        "fused-sigmoid", "fused-sigmoid", losses.fused_sigmoid, "unit", _averaged
    ),
    "hinge": NamedLoss("hinge", "hinge", losses.hinge, "sign"),
}
"""The losses by name: those of the claims, and the scalings of them that code in the wild uses.

mse divides by the number of outputs, squared-error does not; half-… has the factor 1/2. The cross-entropies add up
the outputs, mean-… divides by their number. All are losses of one example; the reduction is said apart.
"""


def _softmax(w: World, n: Any, v: Callable[[Any], Scalar]) -> Callable[[Any], Scalar]:
    total = w.sum(n, lambda j: w.exp(v(j)))
    return lambda i: w.exp(v(i)) / total


def activated(w: World, kind: str, n: Any, v: Callable[[Any], Scalar]) -> Callable[[Any], Scalar]:
    """Define the output of an activation for one example of n pre-activations."""
    if kind == "softmax":
        return _softmax(w, n, v)
    of: dict[str, Callable[[Scalar], Scalar]] = {
        "identity": lambda u: u,
        "tanh": w.tanh,
        "sigmoid": lambda u: 1 / (1 + w.exp(-u)),
        "relu": w.ramp,
    }
    return lambda i: of[kind](v(i))


ACTIVATIONS = ("identity", "tanh", "sigmoid", "relu", "softmax")
LADDER = (Level.SIZE, Level.SYMBOLS, Level.EXACT, Level.PRECISION, Level.FLOAT)


@dataclass(frozen=True)
class Architecture:
    """What a network computes: dense layers, each with an activation, and a loss.

    Attributes
    ----------
    activations : tuple of str
        One for each dense layer: identity, tanh, sigmoid, relu, softmax.
    loss : str
        A name of `LOSSES`.
    reduction : {"mean", "sum"}
        Of the losses of a batch.
    widths : tuple of int
        Inputs, then the outputs of each layer; empty when any can be had.
    penalty : Fraction
        penalty / 2 times the squares of all weights, divided by the batch size, is added to the loss.
    biased : bool
        Whether layers have a bias.
    targets : str
        Restrict targets, as with ``"one-hot"``; empty for all that the loss is meant for.
    inputs : bool
        Whether the gradient by the input is offered.
    levels : tuple of Level
        At which the subject can be run.
    """

    activations: tuple[str, ...]
    loss: str
    reduction: str = "mean"
    widths: tuple[int, ...] = ()
    penalty: Fraction = Fraction(0)
    biased: bool = True
    targets: str = ""
    inputs: bool = False
    levels: tuple[Level, ...] = LADDER

    def __post_init__(self) -> None:
        if not self.activations or not set(self.activations) <= set(ACTIVATIONS):
            raise ValueError(
                f"activations are some of {', '.join(ACTIVATIONS)}, one for each dense layer, not {self.activations}"
            )
        if self.loss not in LOSSES:
            raise ValueError(f"no loss is called {self.loss!r}; there are {', '.join(LOSSES)}")
        if self.reduction not in ("mean", "sum"):
            raise ValueError(f"reduction is 'mean' or 'sum', not {self.reduction!r}")
        if self.widths and len(self.widths) != self.depth + 1:
            raise ValueError(f"{self.depth} layers have {self.depth + 1} widths, not {self.widths}")
        domain: dict[str, tuple[str, ...]] = {
            "cross-entropy": ("softmax", "sigmoid"),
            "categorical-cross-entropy": ("softmax", "sigmoid"),
        }
        domain |= dict.fromkeys(("binary-cross-entropy", "mean-binary-cross-entropy"), ("sigmoid",))
        if self.activations[-1] not in domain.get(self.loss, ACTIVATIONS):
            raise ValueError(f"{self.loss} of a {self.activations[-1]} output is not defined everywhere")

    @property
    def depth(self) -> int:
        """The number of dense layers."""
        return len(self.activations)

    @property
    def irrational(self) -> bool:
        """Whether outputs are not rational for rational parameters and inputs."""
        return bool({"tanh", "sigmoid", "softmax"} & set(self.activations))

    @property
    def parameters(self) -> dict[str, Role]:
        """Names and roles of the parameters: W1, b1, W2 and so on."""
        roles: dict[str, Role] = {}
        for layer in range(1, self.depth + 1):
            roles[f"W{layer}"] = weights(f"n{layer - 1}", f"n{layer}")
            if self.biased:
                roles[f"b{layer}"] = bias(f"n{layer}")
        return roles

    @property
    def variables(self) -> dict[str, Role]:
        """Names and roles of parameters, inputs and targets."""
        return {**self.parameters, "x": batch("n0"), "t": batch(f"n{self.depth}")}

    # --- definition ---

    def prediction(self, w: World, a: Given) -> Callable[[Any, Any], Scalar]:
        """Define output j for example k: each layer's formula put into the next."""
        known: dict[tuple[Any, ...], Scalar] = {}

        def column(layer: int, k: Any) -> Callable[[Any], Scalar]:
            """Give the outputs of a layer for example k; each is worked out once."""
            if layer == 0:
                return lambda i: a.x(i, k)
            before = column(layer - 1, k)
            W, fan_in = getattr(a, f"W{layer}"), getattr(a, f"n{layer - 1}")

            def affine(j: Any) -> Scalar:
                v = w.sum(fan_in, lambda i: W(j, i) * before(i))
                return v + getattr(a, f"b{layer}")(j) if self.biased else v

            v = _remembered(affine, known, ("v", layer, k))
            y = activated(w, self.activations[layer - 1], getattr(a, f"n{layer}"), v)
            return _remembered(y, known, ("y", layer, k))

        columns: dict[Any, Callable[[Any], Scalar]] = {}

        def output(j: Any, k: Any) -> Scalar:
            if k not in columns:
                columns[k] = column(self.depth, k)
            return columns[k](j)

        return output

    def total(self, w: World, a: Given) -> Scalar:
        """Define the loss of the batch."""
        named, n = LOSSES[self.loss], getattr(a, f"n{self.depth}")
        seen = Given({"y": self.prediction(w, a), "t": a.t}, {"n": n, "B": a.B})
        per_example = named.definition(w, seen)
        value = w.sum(a.B, per_example)
        if self.reduction == "mean":
            value = value / a.B
        return value + self._penalised(w, a) if self.penalty else value

    def _penalised(self, w: World, a: Given) -> Scalar:
        squares = 0
        for layer in range(1, self.depth + 1):
            W, fan_in = getattr(a, f"W{layer}"), getattr(a, f"n{layer - 1}")
            squares = squares + w.sum(
                getattr(a, f"n{layer}"),
                lambda j, W=W, fan_in=fan_in: w.sum(fan_in, lambda i: W(j, i) ** 2),  # type: ignore[misc]
            )
        return squares * self.penalty.numerator / (2 * self.penalty.denominator) / a.B

    # --- cases ---

    def shapes(self) -> tuple[Mapping[str, int], ...]:
        """Give the sizes of explicit cases: all different, square, one example, one output."""
        if self.widths:
            return self._sizes(self.widths, 3), self._sizes(self.widths, 1)
        different = (3, 2, 4, 5, 6, 7, 8, 9)
        ends = (2, *different[: self.depth - 1], 1)
        return (
            self._sizes(_widths(different, self.depth), 4),
            self._sizes((2,) * (self.depth + 1), 3),
            self._sizes(_widths((2, 4, 3, 5, 6, 7, 8, 9), self.depth), 1),
            self._sizes(ends, 2),
        )

    def symbol_shapes(self) -> tuple[Mapping[str, int], ...]:
        """Give the sizes of cases on symbols: small, since expressions grow fast; and without scale, which symbols need not."""
        if self.widths:
            return (self._sizes(self.widths, 2, 1),)
        square = (2,) * (self.depth + 1)
        if self.depth == 1 or not self.irrational:
            return self._sizes(_widths((1, 2, 3, 2), self.depth), 2, 1), self._sizes(square, 2, 1)
        # Exponentials within exponentials: a batch of the narrowest network, one example of a square one.
        outputs = 2 if self.activations[-1] == "softmax" or self.loss == "fused-softmax" else 1
        narrow = (1, 2, *(self.depth - 2) * (1,), outputs)
        return self._sizes(narrow, 2, 1), self._sizes(square, 1, 1)

    def _sizes(self, widths: Sequence[int], count: int, scale: int = 4) -> dict[str, int]:
        return {
            "one": 1,
            "B": count,
            "scale": scale,
            **{f"n{place}": width for place, width in enumerate(widths)},
        }

    def regions(self) -> tuple[Region, ...]:
        """Give the parts of the domain: away from kinks, with moderate numbers, with targets that the loss is meant for."""
        kinds = {"distribution": ("one-hot", "distribution"), "unit": ("zero or one", "unit")}
        wanted = LOSSES[self.loss].targets
        targets = (self.targets,) if self.targets else kinds.get(wanted, (wanted,))
        signed = "relu" in self.activations
        turns = (0, 1) if signed or len(targets) > 1 else (0,)
        return tuple(self._region(targets[turn % len(targets)], turn, signed) for turn in turns)

    def _region(self, targets: str, turn: int, signed: bool) -> Region:
        ordered = "softmax" in (self.activations[-1], self.loss.removeprefix("fused-"))

        def build(fresh: Fresh, sizes: Mapping[str, int]) -> Mapping[str, Array]:
            # On symbols, code that takes the greatest logit off must see which it is.
            known = signed or (ordered and sizes["scale"] == 1)
            arrays = self._signed(fresh, sizes, turn) if known else self._moderate(fresh, sizes)
            arrays["t"] = _targets(targets, fresh, self.variables["t"], sizes)
            return arrays

        signs = f", neurons alternate from {'+-'[turn]}" if signed else ""
        return Region(f"targets {targets}{signs}", build)

    def _moderate(self, fresh: Fresh, sizes: Mapping[str, int]) -> dict[str, Array]:
        """Fill parameters with any reals, scaled so that drawn ones do not saturate the activations."""
        arrays: dict[str, Array] = {}
        for name, role in self.parameters.items():
            arrays[name] = _filled(role, sizes, lambda at: fresh.real("d") / _scale(sizes, role.sizes[0]))  # noqa: B023
        return arrays

    def _signed(self, fresh: Fresh, sizes: Mapping[str, int], turn: int) -> dict[str, Array]:
        """Fill inputs and parameters so that every pre-activation has a known sign, alternating over the neurons."""
        arrays = {"x": _filled(self.variables["x"], sizes, lambda at: fresh.positive("d"))}
        before = [1] * sizes["n0"]
        for layer, kind in enumerate(self.activations, start=1):
            signs = [1 if (j + turn + layer) % 2 else -1 for j in range(sizes[f"n{layer}"])]
            scale = _scale(sizes, f"n{layer - 1}")
            role = self.parameters[f"W{layer}"]

            def weight(
                at: tuple[int, ...], signs: Any = signs, before: Any = before, scale: int = scale
            ) -> Any:
                return signs[at[0]] * before[at[1]] * fresh.positive("d") / scale

            arrays[f"W{layer}"] = _filled(role, sizes, weight)
            if self.biased:
                arrays[f"b{layer}"] = _filled(
                    self.parameters[f"b{layer}"],
                    sizes,
                    lambda at, signs=signs: signs[at[0]] * fresh.positive("d") / sizes["scale"],  # type: ignore[misc]
                )
            before = signs if kind in ("identity", "tanh") else [1] * len(signs)
        return arrays


def _remembered(of: Callable[[Any], Scalar], known: dict[Any, Scalar], key: Any) -> Callable[[Any], Scalar]:
    def look(i: Any) -> Scalar:
        if (key, i) not in known:
            known[key, i] = of(i)
        return known[key, i]

    return look


def _scale(sizes: Mapping[str, int], name: str) -> int:
    """Give the divisor of parameters that meet this many inputs; 1 on symbols."""
    return sizes["scale"] * sizes[name] if sizes["scale"] > 1 else 1


def _widths(pool: Sequence[int], depth: int) -> tuple[int, ...]:
    """Take widths from a pool, in turn."""
    return tuple(pool[place % len(pool)] for place in range(depth + 1))


def _filled(role: Role, sizes: Mapping[str, int], entry: Callable[[tuple[int, ...]], Any]) -> Array:
    array = np.empty(shape_of(role, sizes), dtype=object)
    for at in np.ndindex(array.shape):
        array[at] = entry(at)
    return array


def _targets(kind: str, fresh: Fresh, role: Role, sizes: Mapping[str, int]) -> Array:
    if kind == "one-hot":
        return one_hot(role, sizes)
    if kind == "distribution":
        return distributions(fresh, role, sizes)
    entry: dict[str, Callable[[tuple[int, ...]], Any]] = {
        "real": lambda at: fresh.real("d"),
        "unit": lambda at: fresh.unit(),
        "zero or one": lambda at: sum(at) % 2,
        "sign": lambda at: 1 - 2 * (sum(at) % 2),
        # Beyond any prediction of numbers drawn here, above and below: the kink of |y - t| is not met.
        "far": lambda at: (1 - 2 * (sum(at) % 2)) * (1000 + fresh.positive("d")),
    }
    return _filled(role, sizes, entry[kind])


def laws_for(description: Architecture) -> list[tuple[str, AnyLaw]]:
    """Make the laws of a network with this architecture, each with the claim under which it is reported.

    Doors: ``model.loss(parameters, x, t)``; ``model.gradients(parameters, x, t)``, which gives a mapping with the
    names of the parameters (and x); ``model.predict(parameters, x)``, where there is one. The parameters are a
    mapping, laid out in the convention.
    """
    named = LOSSES[description.loss]
    common = _common(description)
    laws: list[tuple[str, AnyLaw]] = [
        (
            named.claim,
            ValueLaw(
                part=f"{description.loss} of the network, {description.reduction}",
                needs=("model.loss",),
                run=lambda s, v: s.door("model.loss")(_parameters(description, v), v["x"], v["t"]),
                definition=lambda w, a: lambda: description.total(w, a),
                **common,
            ),
        )
    ]
    for layer in range(1, description.depth + 1):
        laws.append(("weight-gradient", _gradient(description, f"W{layer}", f"layer {layer}", common)))
        if description.biased:
            laws.append(("bias-gradient", _gradient(description, f"b{layer}", f"layer {layer}", common)))
    if description.inputs:
        laws.append(("input-gradient", _gradient(description, "x", "layer 1", common)))
    return laws


def prediction_law(description: Architecture) -> tuple[str, AnyLaw]:
    """Make the law that the network predicts what its layers say, one put into the next."""
    common = _without_targets(description)
    return (
        "forward",
        ValueLaw(
            part=f"depth {description.depth}, {', '.join(description.activations)}",
            needs=("model.predict",),
            run=lambda s, v: s.door("model.predict")(_parameters(description, v), v["x"]),
            definition=description.prediction,
            result=batch(f"n{description.depth}"),
            **common,
        ),
    )


def chain_law(description: Architecture) -> tuple[str, AnyLaw]:
    """Make the law that layers run back in reverse give all gradients of sum g y, by the door ``network.backward``.

    It is for layers with activations of their own; where an activation can be of any function, the claim's own
    laws say more.
    """
    common = _without_targets(description)
    output = batch(f"n{description.depth}")
    common["variables"] = {**common["variables"], "g": output}

    def layers(v: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for layer, kind in enumerate(description.activations, start=1):
            found.append(("dense", v[f"W{layer}"], v[f"b{layer}"]))
            if kind != "identity":
                found.append((kind,))
        return found

    def pulled(w: World, a: Given) -> Scalar:
        y = description.prediction(w, a)
        n = getattr(a, output.sizes[0])
        return w.sum(a.B, lambda k: w.sum(n, lambda j: a.g(j, k) * y(j, k)))

    return (
        "chain",
        GradientLaw(
            part=f"depth {description.depth}, {', '.join(description.activations)}",
            needs=("network.backward",),
            run=lambda s, v: s.door("network.backward")(layers(v), v["x"], v["g"]),
            loss=pulled,
            by=("x", *description.parameters),
            **common,
        ),
    )


def _without_targets(description: Architecture) -> dict[str, Any]:
    """Give what the laws share that have no targets, and need no loss that is rational."""

    def untargeted(region: Region) -> Region:
        def build(fresh: Fresh, sizes: Mapping[str, int]) -> Mapping[str, Array]:
            return {name: array for name, array in region.build(fresh, sizes).items() if name != "t"}

        return Region(region.label, build)

    return _common(description) | {
        "variables": {name: role for name, role in description.variables.items() if name != "t"},
        "regions": tuple(map(untargeted, description.regions())),
        "rational": not description.irrational,
        "traits": {},
        "without": tuple(
            level
            for level in LADDER
            if level not in description.levels or (level is Level.SIZE and description.widths)
        ),
    }


def _common(description: Architecture) -> dict[str, Any]:
    rational = not description.irrational and LOSSES[description.loss].targets in ("real", "far", "sign")
    without = [level for level in LADDER if level not in description.levels]
    if LOSSES[description.loss].targets in ("far", "sign") and Level.SYMBOLS not in without:
        without.append(Level.SYMBOLS)  # on which side of its kink the loss is, no sign of a symbol tells
    if description.widths and Level.SIZE not in without:
        without.append(Level.SIZE)
    traits = {"t": ("distribution",)} if LOSSES[description.loss].targets == "distribution" else {}
    return {
        "assumes": ANY_PREMISE,
        "architecture": description,
        "traits": traits,
        "variables": description.variables,
        "regions": description.regions(),
        "rational": rational,
        "shapes": description.shapes(),
        "symbol_shapes": description.symbol_shapes(),
        "without": tuple(without),
    }


def _parameters(description: Architecture, v: Mapping[str, Any]) -> dict[str, Any]:
    return {name: v[name] for name in description.parameters}


def _gradient(description: Architecture, name: str, where: str, common: Mapping[str, Any]) -> GradientLaw:
    def run(s: Subject, v: Mapping[str, Any]) -> Any:
        found = s.door("model.gradients")(_parameters(description, v), v["x"], v["t"])
        return {name: found[name]} if name in found else {}

    return GradientLaw(
        part=f"{where} of {description.depth}, {name}, through {description.loss}, {description.reduction}",
        needs=("model.gradients",),
        run=run,
        loss=description.total,
        by=(name,),
        **common,
    )


def loss_laws(name: str, reduction: str) -> list[tuple[str, AnyLaw]]:
    """Make the laws of a loss that is a scaling of a claim's, by the doors ``<name>.value`` and ``<name>.gradient``."""
    named = LOSSES[name]
    of_claim = {"mse": EVERYWHERE, "mae": losses.OFF_KINK, "cross-entropy": losses.POSITIVE}
    of_claim |= {"categorical-cross-entropy": losses.CLASSES, "binary-cross-entropy": losses.UNIT}
    of_claim |= {"fused-softmax": losses.FUSED, "fused-sigmoid": losses.LOGITS, "hinge": losses.MARGINS}
    more: dict[str, Any] = {"assumes": ANY_PREMISE}
    if named.claim not in ("mse", "mae", "hinge"):
        more["rational"] = False
    if named.claim == "fused-softmax":
        more["symbol_shapes"] = (losses.ORDER_SHAPE,)
    laws = losses.laws_of(name, named.definition, of_claim[named.claim], **more)
    kept = [law for law in laws if law.part.endswith((reduction, "per example"))]
    return [(named.gradient_claim if law.part.startswith("gradient") else named.claim, law) for law in kept]


def widths_of(shapes: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Give the widths of layers from their (fan_in, fan_out).

    Raises
    ------
    ValueError
        When the layers do not follow each other.
    """
    for (_, fan_out), (fan_in, _) in pairwise(shapes):
        if fan_out != fan_in:
            raise ValueError(f"a layer with {fan_out} outputs is followed by one with {fan_in} inputs")
    return (shapes[0][0], *(fan_out for _, fan_out in shapes))
