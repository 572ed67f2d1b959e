"""The rule sheet: how a formula, a weight file, code or a derivative goes from one convention into the other.

A rule is words, the claims that prove it, and a check of its own: the words done to numbers, with both packages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from ..convention import ROW
from ..engine import draw_rationals, exact, plain
from ..evidence import Refuted
from ..ledger import Entry
from ..regions import Array, lay
from ..subject import Subject
from .sheet import StatusRecord, statuses

Pair = tuple[Subject, Subject]
SIZES = ((3, 2, 4), (2, 2, 3), (2, 3, 1))  # inputs, neurons, examples: all different; square; one example


@dataclass(frozen=True)
class Rule:
    """One line of the sheet.

    Attributes
    ----------
    id, topic : str
        Its name; formula, weights, code or derivatives.
    rule, column, row : str
        What to do, and what it looks like on either side.
    claims : sequence of str
        That prove it.
    check : callable
        Does what the rule says to drawn numbers with both packages; returns the number of cases, raises Refuted.
    """

    id: str
    topic: str
    rule: str
    column: str
    row: str
    claims: Sequence[str]
    check: Callable[[Pair, Random], int]


class RuleRecord(BaseModel):
    """A rule and what became of it."""

    model_config = ConfigDict(frozen=True)

    id: str
    topic: str
    rule: str
    column: str
    row: str
    claims: tuple[str, ...]
    cases: int
    refuted: str
    status: Mapping[str, tuple[StatusRecord, ...]]

    @property
    def holds(self) -> bool:
        """Whether its check passed and none of its claims that ran failed."""
        told = (record.status for records in self.status.values() for record in records)
        return not self.refuted and self.cases > 0 and all(one in ("confirmed", "weaker") for one in told)


class _Numbers:
    """Exact arrays of one dense layer in column layout, and both packages on them."""

    def __init__(self, pair: Pair, rng: Random, sizes: tuple[int, int, int]) -> None:
        n, m, B = sizes
        self.column, self.row = pair
        self.W, self.b = draw_rationals(rng, (m, n)), draw_rationals(rng, (m, 1))
        self.x, self.g = draw_rationals(rng, (n, B)), draw_rationals(rng, (m, B))
        self.sizes = sizes

    def run(self, subject: Subject, door: str, *arrays: Array) -> Any:
        """Run a door of a package on arrays that are laid out for it; Fractions come back."""
        found = subject.door(door)(*(exact(array) for array in arrays))
        if isinstance(found, Mapping):
            return {name: plain(array) for name, array in found.items()}
        return plain(found)

    def gradients(self, subject: Subject) -> dict[str, Array]:
        """Run the backward pass of a package on these arrays, turned into its layout."""
        arrays = (lay(subject.convention, array) for array in (self.W, self.b, self.x, self.g))
        found: dict[str, Array] = self.run(subject, "dense.backward", *arrays)
        return found

    def jacobian(self, subject: Subject) -> Array:
        """Differentiate the layer's output by its input for one example, entry by entry.

        The layer is affine, so that a difference of outputs is the derivative, exactly. Entry (j, i) is that of
        output j by input i: numerator layout.
        """
        n, m, _ = self.sizes
        result = np.empty((m, n), dtype=object)
        x = self.x[:, :1]

        def output(moved: Array) -> Array:
            arrays = (lay(subject.convention, array) for array in (self.W, self.b, moved))
            return lay(subject.convention, self.run(subject, "dense.forward", *arrays))

        for i in range(n):
            moved = x.copy()
            moved[i, 0] = moved[i, 0] + 1
            result[:, i] = (output(moved) - output(x))[:, 0]
        return result


def _same(what: str, got: Array, expected: Array) -> int:
    if got.shape != expected.shape or not (got == expected).all():
        raise Refuted(what, expected=expected.tolist(), got=got.tolist())
    return int(got.size)


def _on_all(check: Callable[[_Numbers], int]) -> Callable[[Pair, Random], int]:
    return lambda pair, rng: sum(check(_Numbers(pair, rng, sizes)) for sizes in SIZES)


def _formula(n: _Numbers) -> int:
    v = n.run(n.column, "dense.forward", n.W, n.b, n.x)
    turned = n.run(n.row, "dense.forward", n.W.T, n.b.T, n.x.T)
    cases = _same("the transposed product in reversed order", turned, v.T)
    return cases + _same("W x + b, transposed by hand", turned, n.x.T @ n.W.T + n.b.T)


def _indices(n: _Numbers) -> int:
    v = n.run(n.column, "dense.forward", n.W, n.b, n.x)
    turned = n.run(n.row, "dense.forward", n.W.T, n.b.T, n.x.T)
    for j, k in np.ndindex(v.shape):
        if v[j, k] != turned[k, j]:
            raise Refuted("indices do not swap", entry=(j, k))
    return int(v.size)


def _elementwise(n: _Numbers) -> int:
    cases = 0
    for v, g in ((n.x, n.x + 1), (n.g, 2 * n.g)):
        one = n.run(n.column, "relu.forward", v), n.run(n.column, "relu.backward", v, g)["v"]
        two = n.run(n.row, "relu.forward", v.T), n.run(n.row, "relu.backward", v.T, g.T)["v"]
        cases += sum(_same("an element-wise function", b, a.T) for a, b in zip(one, two))
    return cases


def _weights(n: _Numbers) -> int:
    """Translate a file as a framework stores it: the other package computes the same."""
    stored = {"W": n.W, "b": n.b}
    translated = {name: array.T for name, array in stored.items()}
    v = n.run(n.column, "dense.forward", stored["W"], stored["b"], n.x)
    turned = n.run(n.row, "dense.forward", translated["W"], translated["b"], n.x.T)
    return _same("translated weights compute something else", turned.T, v)


def _mixed_up(n: _Numbers) -> int:
    """Forget the transpose: an error of shape, but for a square W, where the values alone tell."""
    fan_in, fan_out, _ = n.sizes
    if fan_in != fan_out:
        for subject, W in ((n.column, n.W.T), (n.row, n.W)):
            arrays = (W, lay(subject.convention, n.b), lay(subject.convention, n.x))
            try:
                n.run(subject, "dense.forward", *arrays)
            except (ValueError, TypeError):
                continue
            raise Refuted("an untransposed W was taken", shape=W.shape)
        return 2
    v = n.run(n.column, "dense.forward", n.W, n.b, n.x)
    wrong = n.run(n.row, "dense.forward", n.W, n.b.T, n.x.T)
    if (wrong == v.T).all():
        raise Refuted("an untransposed square W computes the same")
    return 1


def _axes(n: _Numbers) -> int:
    one, two = n.gradients(n.column)["b"], n.gradients(n.row)["b"]
    cases = _same("the sum over the examples, axis 1", one, n.g.sum(axis=1, keepdims=True))
    return cases + _same("the sum over the examples, axis 0", two, n.g.T.sum(axis=0, keepdims=True))


def _code_weights(n: _Numbers) -> int:
    one, two = n.gradients(n.column)["W"], n.gradients(n.row)["W"]
    return _same("g @ x.T", one, n.g @ n.x.T) + _same("x.T @ g", two, n.x @ n.g.T)


def _code_input(n: _Numbers) -> int:
    one, two = n.gradients(n.column)["x"], n.gradients(n.row)["x"]
    return _same("W.T @ g", one, n.W.T @ n.g) + _same("g @ W.T", two, n.g.T @ n.W)


def _update(n: _Numbers) -> int:
    cases = 0
    for name in "Wb":
        steps = []
        for subject in (n.column, n.row):
            parameter = lay(subject.convention, getattr(n, name))
            gradient = n.gradients(subject)[name]
            steps.append(plain(subject.door("descend")(exact(parameter), exact(gradient), exact(1)[()] / 8)))
        cases += _same("a step", steps[1], steps[0].T)
    return cases


def _two_layers(pair: Pair, rng: Random) -> int:
    cases = 0
    for n, h, m in ((3, 5, 2), (2, 2, 2)):
        W1, b1, W2, b2 = (draw_rationals(rng, shape) for shape in ((h, n), (h, 1), (m, h), (m, 1)))
        ends = []
        for subject in pair:
            layers = [
                ("dense", *(exact(lay(subject.convention, array)) for array in both))
                for both in ((W1, b1), (W2, b2))
            ]
            ends.append([plain(array) for array in subject.door("collapse")(layers)])
        cases += _same("W2 W1", ends[0][0], W2 @ W1) + _same("W1 W2", ends[1][0], W1.T @ W2.T)
        cases += _same("W2 b1 + b2", ends[0][1], W2 @ b1 + b2)
        cases += _same("b1 W2 + b2", ends[1][1], b1.T @ W2.T + b2.T)
    return cases


def _numerator(n: _Numbers) -> int:
    """dv/dx in numerator layout, from differences: W in columns; W.T of the row package's own W in rows."""
    cases = _same("dv/dx = W", n.jacobian(n.column), n.W)
    own = lay(ROW, n.W)
    return cases + _same("dv/dx = W.T", n.jacobian(n.row), own.T)


def _denominator(n: _Numbers) -> int:
    cases = _same("dv/dx in denominator layout", n.jacobian(n.column).T, n.W.T)
    return cases + _same("dv/dx in denominator layout, rows", n.jacobian(n.row).T, lay(ROW, n.W))


def _gradient_shape(n: _Numbers) -> int:
    """Hold each gradient's shape against that of what it is taken by: denominator layout, in both packages."""
    cases = 0
    for subject in (n.column, n.row):
        for name, gradient in n.gradients(subject).items():
            thing = lay(subject.convention, getattr(n, name))
            if gradient.shape != thing.shape:
                raise Refuted(
                    "a gradient has another shape", of=name, expected=thing.shape, got=gradient.shape
                )
            cases += 1
    return cases


def _chain(n: _Numbers) -> int:
    """Numerator layout chains from the left, as a row; the gradient is its transpose."""
    J, g = n.jacobian(n.column), n.g[:, :1]
    one = _Numbers((n.column, n.row), Random(0), n.sizes)
    one.W, one.b, one.x, one.g = n.W, n.b, n.x[:, :1], g
    row_of_numerators = g.T @ J
    cases = _same("(g.T J).T", one.gradients(n.column)["x"], row_of_numerators.T)
    return cases + _same("g J, in rows", one.gradients(n.row)["x"], row_of_numerators)


def _mixed_layout(n: _Numbers) -> int:
    """Mixed layout: numbers by arrays in the array's shape, vectors by vectors as Jacobians in numerator layout."""
    one, two = n.gradients(n.column), n.gradients(n.row)
    cases = sum(_same("a gradient, transposed", two[name], one[name].T) for name in one)
    cases += _same("dv/dx = W", n.jacobian(n.column), n.W)
    return cases + _same("a Jacobian, kept", n.jacobian(n.row), n.jacobian(n.column)) + _gradient_shape(n)


RULES: tuple[Rule, ...] = (
    Rule(
        "transpose-all",
        "formula",
        "transpose every array, and reverse the order of every matrix product",
        "v = W x + b",
        "v = x W + b",
        ("layer", "duality"),
        _on_all(_formula),
    ),
    Rule(
        "swap-indices",
        "formula",
        "swap the two indices of every entry; a sum keeps the index it runs over",
        "v[j, k] = Σᵢ W[j, i] x[i, k] + b[j]",
        "v[k, j] = Σᵢ x[k, i] W[i, j] + b[j]",
        ("affine-entries", "weight-index"),
        _on_all(_indices),
    ),
    Rule(
        "order-of-layers",
        "formula",
        "later layers stand to the left in columns, to the right in rows",
        "W₂ W₁,  W₂ b₁ + b₂",
        "W₁ W₂,  b₁ W₂ + b₂",
        ("collapse-two", "collapse"),
        _two_layers,
    ),
    Rule(
        "leave-elementwise",
        "formula",
        "leave f, f′, ⊙ and every loss per entry as they are",
        "g ⊙ f′(v)",
        "g ⊙ f′(v)",
        ("activation-gradient", "relu"),
        _on_all(_elementwise),
    ),
    Rule(
        "transpose-weights",
        "weights",
        "store the transpose of each W, and the bias as a row instead of a column; the numbers stay",
        "W (fan_out, fan_in), b (fan_out, 1)",
        "W (fan_in, fan_out), b (1, fan_out)",
        ("shapes", "duality"),
        _on_all(_weights),
    ),
    Rule(
        "mind-square-weights",
        "weights",
        "a forgotten transpose is an error of shape, but not where fan_in = fan_out: compare an output as well",
        "W (m, m) fits both ways",
        "W (m, m) fits both ways",
        ("shapes", "layer"),
        _on_all(_mixed_up),
    ),
    Rule(
        "reverse-products",
        "code",
        "gradient by the weights: the factor with the transpose changes sides",
        "dW = g @ x.T",
        "dW = x.T @ g",
        ("weight-gradient",),
        _on_all(_code_weights),
    ),
    Rule(
        "reverse-input-gradient",
        "code",
        "gradient by the input: W.T changes sides",
        "dx = W.T @ g",
        "dx = g @ W.T",
        ("input-gradient",),
        _on_all(_code_input),
    ),
    Rule(
        "move-axes",
        "code",
        "axis 0 and axis 1 trade places: features and examples, fan_out and fan_in",
        "db = g.sum(axis=1, keepdims=True)",
        "db = g.sum(axis=0, keepdims=True)",
        ("bias-gradient", "softmax"),
        _on_all(_axes),
    ),
    Rule(
        "leave-updates",
        "code",
        "leave the step of gradient descent as it is",
        "W -= alpha * dW",
        "W -= alpha * dW",
        ("weight-update", "bias-update"),
        _on_all(_update),
    ),
    Rule(
        "numerator-layout",
        "derivatives",
        "Jacobian in numerator layout, entry (j, i) = ∂vⱼ/∂xᵢ: the W that maps columns",
        "∂v/∂x = W",
        "∂v/∂x = Wᵀ",
        ("dense-jacobians",),
        _on_all(_numerator),
    ),
    Rule(
        "denominator-layout",
        "derivatives",
        "Jacobian in denominator layout, entry (i, j) = ∂vⱼ/∂xᵢ: the transpose of the above",
        "∂v/∂x = Wᵀ",
        "∂v/∂x = W",
        ("dense-jacobians", "duality"),
        _on_all(_denominator),
    ),
    Rule(
        "gradients-have-the-shape",
        "derivatives",
        "the gradient of the loss has the shape of what it is taken by: denominator layout, in both conventions",
        "∂L/∂W (m, n) like W",
        "∂L/∂W (n, m) like W",
        ("shapes", "weight-gradient", "bias-gradient", "input-gradient"),
        _on_all(_gradient_shape),
    ),
    Rule(
        "chain-in-either-layout",
        "derivatives",
        "numerator layout chains rows from the left, ∂L/∂x = ∂L/∂v ∂v/∂x: that is how rows read; columns transpose it",
        "∂L/∂x = Wᵀ g = (gᵀ ∂v/∂x)ᵀ",
        "∂L/∂x = g Wᵀ = g ∂v/∂x",
        ("input-gradient", "dense-jacobians", "chain"),
        _on_all(_chain),
    ),
    Rule(
        "mixed-layout",
        "derivatives",
        "mixed layout (matrixcalculus.org): a number by an array in that array's shape, a vector by a vector in"
        " numerator layout, vectors as columns; its answers are the column convention's",
        "take ∂L/∂W, ∂v/∂x as they come",
        "transpose ∂L/∂W; keep ∂v/∂x, which is Wᵀ of the row W",
        ("dense-jacobians", "shapes", "duality"),
        _on_all(_mixed_layout),
    ),
)


def judge(
    pair: Pair, entries: Sequence[Entry], seed: int = 0, rules: Sequence[Rule] = RULES
) -> list[RuleRecord]:
    """Run every rule's check, and put the ledger's word for its claims beside it."""
    found = []
    for rule in rules:
        refuted, cases = "", 0
        try:
            cases = rule.check(pair, Random(f"{seed}/{rule.id}"))
        except Refuted as error:
            refuted = str(error)
        except Exception as error:  # a package that raises does not do what the rule says
            refuted = f"raised {type(error).__name__}: {error}"
        found.append(
            RuleRecord(
                id=rule.id,
                topic=rule.topic,
                rule=rule.rule,
                column=rule.column,
                row=rule.row,
                claims=tuple(rule.claims),
                cases=cases,
                refuted=refuted,
                status={
                    name: statuses([entry for entry in entries if entry.id == name]) for name in rule.claims
                },
            )
        )
    return found
