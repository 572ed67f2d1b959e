"""A definition on whole arrays: its value, its gradient by every entry, and how far a float run may be from both.

A definition is written entry by entry; here its indices are axes, so that one evaluation makes all entries. The
gradient is taken backwards through the definition itself. Nothing of the code under check is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ..convention import Role
from ..laws import Given, GradientLaw, Law, ValueLaw
from ..regions import shape_of
from ..remembering import Remembered, numbers, settled, statement
from ..world import World
from .near import NONE, Near, Unit

Array = np.typing.NDArray[Any]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Axis:
    """An index that runs over a whole range."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        self.size = size


Axes = tuple[Axis, ...]
Back = Callable[[Near], Near]


class Node:
    """A quantity with its axes, and how a slope by it is handed on to what it was made of."""

    __slots__ = ("_near", "axes", "factors", "number", "parents", "tape")

    def __init__(self, tape: Tape, axes: Axes, near: Near | None, parents: list[tuple[Node, Back]]) -> None:
        self.tape = tape
        self.axes = axes
        self._near = near
        self.parents = parents
        self.factors: tuple[Node, Node] | None = None
        self.number = tape.count(self)

    @property
    def near(self) -> Near:
        """The values; a product is multiplied out when it is asked for them."""
        if self._near is None:
            if self.factors is None:
                raise TypeError("a node without values")
            one, two = self.factors
            self._near = one.along(self.axes) * two.along(self.axes)
        return self._near

    def along(self, axes: Axes) -> Near:
        """Give the values with these axes, of which the node's own are some."""
        return _aligned(self.near, self.axes, axes)

    def __add__(self, other: Any) -> Node:
        return self.tape.sum_of(self, self.tape.node(other), 1)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Node:
        return self.tape.sum_of(self, self.tape.node(other), -1)

    def __rsub__(self, other: Any) -> Node:
        return self.tape.sum_of(self.tape.node(other), self, -1)

    def __neg__(self) -> Node:
        return Node(self.tape, self.axes, -self.near, [(self, lambda g: -g)])

    def __mul__(self, other: Any) -> Node:
        return self.tape.product(self, self.tape.node(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Node:
        return self * self.tape.node(other).inverse()

    def __rtruediv__(self, other: Any) -> Node:
        return self.tape.node(other) * self.inverse()

    def inverse(self) -> Node:
        """Compute 1 / u."""
        found = self.near.inverse()
        return Node(self.tape, self.axes, found, [(self, lambda g: -g.weighted(found * found))])

    def __pow__(self, power: int) -> Node:
        if power != 2:
            raise NotImplementedError("only squares occur in definitions")
        return self * self


def _aligned(near: Near, axes: Axes, wanted: Axes) -> Near:
    order = [axes.index(axis) for axis in wanted if axis in axes]
    return near.arranged(order, tuple(axis.size if axis in axes else 1 for axis in wanted))


def _collected(near: Near, axes: Axes, wanted: Axes) -> Near:
    """Add up over the axes that are not wanted, and put the others in order."""
    near = near.spread(tuple(axis.size for axis in axes))
    extra = tuple(place for place, axis in enumerate(axes) if axis not in wanted)
    if extra:
        near = near.total(extra)
    left = [axis for axis in axes if axis in wanted]
    return near.arranged([left.index(axis) for axis in wanted], tuple(axis.size for axis in wanted))


def _joined(one: Axes, two: Axes) -> Axes:
    return one + tuple(axis for axis in two if axis not in one)


class Tape:
    """The nodes in the order in which they were made."""

    def __init__(self, unit: Unit, kind: Any) -> None:
        self.unit = unit
        self.kind = kind
        self.nodes: list[Node] = []

    def count(self, node: Node) -> int:
        """Give a node its number."""
        self.nodes.append(node)
        return len(self.nodes) - 1

    def node(self, value: Any) -> Node:
        """Take a number as a node."""
        if isinstance(value, Node):
            return value
        number = self.kind(value.numerator) / value.denominator if isinstance(value, Fraction) else value
        exact = isinstance(value, (int, float, np.number))
        error = 0.0 if exact else self.unit.u * float(abs(number))
        return Node(self, (), Near(self.unit, np.asarray(number, dtype=self.kind), error), [])

    def sum_of(self, one: Node, two: Node, sign: int) -> Node:
        """Add or subtract."""
        axes = _joined(one.axes, two.axes)
        a, b = one.along(axes), two.along(axes)
        near = (a + b if sign > 0 else a - b).spread(tuple(axis.size for axis in axes))
        return Node(
            self,
            axes,
            near,
            [
                (one, lambda g: _collected(g, axes, one.axes)),
                (two, lambda g: _collected(g if sign > 0 else -g, axes, two.axes)),
            ],
        )

    def product(self, one: Node, two: Node) -> Node:
        """Multiply; the values wait, since most products are only added up."""
        axes = _joined(one.axes, two.axes)
        found = Node(
            self,
            axes,
            None,
            [
                (one, lambda g: _collected(g.weighted(two.along(axes)), axes, one.axes)),
                (two, lambda g: _collected(g.weighted(one.along(axes)), axes, two.axes)),
            ],
        )
        found.factors = (one, two)
        return found

    def added(self, term: Node, axis: Axis) -> Node:
        """Add up over an axis."""
        if axis not in term.axes:
            return term * axis.size
        axes = tuple(other for other in term.axes if other is not axis)
        if term.factors is not None and all(axis in factor.axes for factor in term.factors):
            return self._contracted(*term.factors, axis, axes)
        near = term.near.spread(tuple(other.size for other in term.axes))
        full = term.axes

        def back(g: Near) -> Near:
            shape = tuple(1 if other is axis else other.size for other in full)
            return g.arranged(range(len(axes)), shape).spread(tuple(other.size for other in full))

        return Node(self, axes, near.total((full.index(axis),)), [(term, back)])

    def _contracted(self, one: Node, two: Node, axis: Axis, axes: Axes) -> Node:
        names = {each: LETTERS[place] for place, each in enumerate((axis, *axes))}

        def spelled(*parts: Axes) -> str:
            first, second, result = ("".join(names[each] for each in part) for part in parts)
            return f"{first},{second}->{result}"

        def count(result: Axes, *parts: Axes) -> int:
            over = {each for part in parts for each in part} - set(result)
            return int(np.prod([each.size for each in over], dtype=int))

        def back(other: Node, mine: Node) -> Back:
            return lambda g: g.contracted(
                other.near, spelled(axes, other.axes, mine.axes), count(mine.axes, axes, other.axes)
            )

        near = one.near.contracted(two.near, spelled(one.axes, two.axes, axes), axis.size)
        return Node(self, axes, near, [(one, back(two, one)), (two, back(one, two))])

    def slopes(self, result: Node) -> dict[int, Near]:
        """Give the slopes of a number by every node that it depends on."""
        ones = np.ones(tuple(axis.size for axis in result.axes), dtype=self.kind)
        found = {result.number: Near(self.unit, ones)}
        for node in reversed(self.nodes[: result.number + 1]):
            g = found.get(node.number)
            if g is None:
                continue
            for parent, back in node.parents:
                share = back(g)
                before = found.get(parent.number)
                found[parent.number] = share if before is None else before + share
        return found


class Vectorised(World):
    """The world of whole arrays.

    ``undecided`` says whether a comparison could go either way in floats: the point is at a kink, or as near to
    one as rounding.
    """

    def __init__(self, unit: Unit = NONE, kind: Any = np.longdouble) -> None:
        self.tape = Tape(unit, kind)
        self.undecided = False

    def sum(self, size: Any, term: Callable[[Any], Any]) -> Any:
        """Add up over an axis of this size."""
        axis = Axis(int(size))
        return self.tape.added(self.tape.node(term(axis)), axis)

    def exp(self, u: Any) -> Any:
        """Compute the exponential."""
        u = self.tape.node(u)
        found = u.near.exp()
        return Node(self.tape, u.axes, found, [(u, lambda g: g.weighted(found))])

    def log(self, u: Any) -> Any:
        """Compute the natural logarithm."""
        u = self.tape.node(u)
        return Node(self.tape, u.axes, u.near.log(), [(u, lambda g: g.weighted(u.near.inverse()))])

    def tanh(self, u: Any) -> Any:
        """Compute the hyperbolic tangent."""
        u = self.tape.node(u)
        found = u.near.tanh()
        one = Near(self.tape.unit, np.ones_like(found.value))
        return Node(self.tape, u.axes, found, [(u, lambda g: g.weighted(one - found * found))])

    def _chosen(self, mask: Array, axes: Axes, then: Any, otherwise: Any) -> Any:
        one, two = self.tape.node(then()), self.tape.node(otherwise())
        every = _joined(_joined(axes, one.axes), two.axes)
        shape = tuple(axis.size for axis in every)
        mask = _aligned(Near(NONE, mask), axes, every).spread(shape).value
        zero = Near(self.tape.unit, np.zeros(shape, dtype=self.tape.kind))
        near = one.along(every).spread(shape).chosen(mask, two.along(every).spread(shape))
        return Node(
            self.tape,
            every,
            near,
            [
                (one, lambda g: _collected(g.chosen(mask, zero), every, one.axes)),
                (two, lambda g: _collected(zero.chosen(mask, g), every, two.axes)),
            ],
        )

    def where_positive(self, u: Any, then: Any, otherwise: Any) -> Any:
        """Choose by the value, for each entry."""
        u = self.tape.node(u)
        near = u.near
        self.undecided |= bool((np.abs(near.value.real) <= near.error).any())
        return self._chosen(near.value.real > 0, u.axes, then, otherwise)

    def where_zero(self, u: Any, then: Any, otherwise: Any) -> Any:
        """Choose by the value, for each entry."""
        u = self.tape.node(u)
        near = u.near
        self.undecided |= bool(((near.error > 0) & (np.abs(near.value) <= near.error)).any())
        return self._chosen(near.value == 0, u.axes, then, otherwise)

    def f(self, u: Any) -> Any:
        """Stand in the function that floats are run with."""
        return self.tanh(u) + 1 / (1 + u**2)

    def df(self, u: Any) -> Any:
        """Give its derivative."""
        return 1 - self.tanh(u) ** 2 - 2 * u / (1 + u**2) ** 2


class _Variables:
    """Arrays in column layout as variables of a definition, and the slopes by them."""

    def __init__(self, world: Vectorised, law: Law, arrays: Mapping[str, Array]) -> None:
        self.tape = world.tape
        self.arrays = arrays
        self.uses: dict[str, list[tuple[Node, tuple[Any, ...]]]] = {name: [] for name in arrays}
        self.entries = {name: self._entry(name, role) for name, role in law.variables.items()}
        self.made: dict[Any, Node] = {}

    def _entry(self, name: str, role: Role) -> Callable[..., Node]:
        def entry(*at: Any) -> Node:
            key = (name, at)
            if key not in self.made:
                array = self.arrays[name]
                place = (*at, 0) if role.kind == "bias" else at
                self.made[key] = self._taken(name, array, place)
            return self.made[key]

        return entry

    def _taken(self, name: str, array: Array, place: tuple[Any, ...]) -> Node:
        axes = tuple(dict.fromkeys(index for index in place if isinstance(index, Axis)))
        at = tuple(
            np.arange(index.size).reshape([index.size if axis is index else 1 for axis in axes])
            if isinstance(index, Axis)
            else index
            for index in place
        )
        near = Near(self.tape.unit, np.asarray(array[at]).astype(self.tape.kind))
        node = Node(self.tape, axes, near, [])
        self.uses[name].append((node, at))
        return node

    def slopes(self, name: str, found: Mapping[int, Near]) -> tuple[Array, Array]:
        """Collect the slopes by one variable over all its uses."""
        shape = self.arrays[name].shape
        value, error = np.zeros(shape, dtype=self.tape.kind), np.zeros(shape)
        uses = 0
        for node, at in self.uses[name]:
            g = found.get(node.number)
            if g is None:
                continue
            # The axes are different ones, so that no entry comes twice in one use.
            value[at] += g.value
            error[at] += g.error
            uses += 1
        charge = max(uses - 1, 0) * self.tape.unit.u * (np.asarray(np.abs(value), dtype=float) + error)
        return value, error + charge


def _axes_of(role: Role, sizes: Mapping[str, Any]) -> tuple[Axis, ...]:
    return tuple(Axis(int(sizes[name])) for name in role.ranges)


class Reference:
    """What a law says on numbers: the right values or slopes by letter, in column layout, with bounds."""

    def __init__(
        self, law: Law, sizes: Mapping[str, int], arrays: Mapping[str, Array], dtype: Any = np.float64
    ) -> None:
        unit = Unit.of(dtype)
        world = Vectorised(unit)
        variables = _Variables(world, law, arrays)
        given = Given(variables.entries, sizes)
        self.right: dict[str, Array] = {}
        self.bounds: dict[str, Array] = {}
        # What extended precision itself is off by; as much as floats where it is nothing but double precision.
        slack = 1 + Unit.of(np.longdouble).u / unit.u
        with np.errstate(all="ignore"):
            if isinstance(law, ValueLaw):
                axes = _axes_of(law.result, sizes)
                node = world.tape.node(law.definition(world, given)(*axes))
                near = _aligned(node.near, node.axes, axes).spread(tuple(axis.size for axis in axes))
                shape = shape_of(law.result, sizes)
                self.right[""] = near.value.reshape(shape)
                self.bounds[""] = near.error.reshape(shape) * slack
            elif isinstance(law, GradientLaw):
                loss = world.tape.node(law.loss(world, given))
                slopes = world.tape.slopes(loss)
                for name in law.by:
                    self.right[name], error = variables.slopes(name, slopes)
                    self.bounds[name] = error * slack
            else:
                raise TypeError(f"{law.part} is no law of values or gradients")
        # Where a bound overflows, or is infinity times nothing, there is none.
        self.bounds = {
            name: np.where(np.isnan(bound), np.inf, np.asarray(bound, dtype=float))
            for name, bound in self.bounds.items()
        }
        self.undecided = world.undecided


_remembered = Remembered[Reference](512)
SMALL = 2000
"""Numbers in a case up to which it is worth its room to remember what a law says of them."""


def reference_of(
    law: Law, sizes: Mapping[str, int], arrays: Mapping[str, Array], dtype: Any = np.float64
) -> Reference:
    """Give what a law says on numbers; worked out once for all subjects, and all rounds of shrinking."""
    if sum(array.size for array in arrays.values()) > SMALL:
        return Reference(law, sizes, arrays, dtype)

    def make() -> Reference:
        found = Reference(law, sizes, arrays, dtype)
        settled(found.right)
        settled(found.bounds)
        return found

    return _remembered((np.dtype(dtype).name, statement(law), numbers(sizes, arrays)), make)


def directional(
    law: GradientLaw, sizes: Mapping[str, int], arrays: Mapping[str, Array], directions: Mapping[str, Array]
) -> Any:
    """Give the slope of a law's scalar along a direction, by the complex step: one evaluation, no subtraction."""
    step = np.longdouble(10) ** -2000 if np.finfo(np.longdouble).maxexp > 10000 else np.longdouble(1e-150)
    moved = {
        name: array + 1j * step * directions[name].astype(np.longdouble) if name in directions else array
        for name, array in arrays.items()
    }
    world = Vectorised(NONE, np.clongdouble)
    variables = _Variables(world, law, moved)
    with np.errstate(all="ignore"):
        loss = world.tape.node(law.loss(world, Given(variables.entries, sizes)))
    return loss.near.value.imag / step
