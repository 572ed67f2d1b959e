"""The level "every depth": base case and step are executed, the induction over layers is argued.

The network class's own recursion is run on stub layers. A stub stands for *any* first k layers: its output, the
gradient that it hands on and the gradients of its parameters are arrays of symbolic size of which nothing is
known. What is shown by running:

- base: a network of one layer does what its layer does;
- step: behind a stub, one more layer is given the stub's output, gives the stub the derivative of the loss by
  that output, and its own parameters the derivative by them; what the stub hands on is what the network returns;
- the loop hands values on unchanged, for lists of 1 to 6 stubs, in order forward and in reverse backward.

What is argued: the loop treats every layer alike and keeps nothing but the array that it hands on; so what
holds for k layers and one more holds for k + 1, and by induction for every depth.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from .convention import Role, batch, bias, weights
from .evidence import NotRun, Refuted
from .laws import Context
from .proofs import EverySize, indices_of, variable
from .sizes import Size, equal
from .sizes.proof import diff
from .sizes.terms import to_term

INDUCTION = (
    "base and step were executed at every size; the loop treats all layers alike and keeps nothing but what it hands"
    " on, so that the claim holds for k + 1 layers if it holds for k: by induction for every depth (argued)"
)


class Bench:
    """The package under proof, arrays of symbolic size for it, and a count of what was shown."""

    def __init__(self, context: Context) -> None:
        if context.subject.package is None:
            raise NotRun("induction over layers runs a package's network class")
        self.package: Any = context.subject.package
        self.convention = context.subject.convention
        self.sizes: dict[str, Any] = {name: Size(name) for name in ("n", "h", "k", "m", "B", "P")}
        self.world = EverySize()
        self.shown = 0

    def array(self, name: str, role: Role) -> Any:
        """Make an array of symbolic size of which nothing is known."""
        return variable(self.convention, name, role, self.sizes, ())

    def dense(self, fan_in: str, fan_out: str, mark: str = "") -> Any:
        """Make a dense layer of unknown parameters."""
        W, b = self.array(f"W{mark}", weights(fan_in, fan_out)), self.array(f"b{mark}", bias(fan_out))
        return self.package.Dense.of(W, b)

    def activation(self) -> Any:
        """Make the activation layer of an unknown function."""
        return self.package.Activation(self.world.f, self.world.df)

    def stub(self, log: list[Any], name: str, output: Any, handed: Any, of: Any = None) -> Any:
        """Make a layer that stands for any layers: it returns what it is given here, and logs what it gets."""
        own = {} if of is None else {"p": of}

        class Stub(self.package.Layer):  # type: ignore[misc, name-defined]
            @property
            def parameters(self) -> dict[str, Any]:
                return own

            def _value(self, x: Any) -> Any:
                log.append(("forward", name, x))
                return output

            def _input_gradient(self, g: Any) -> Any:
                log.append(("backward", name, g))
                return handed

            def _parameter_gradients(self, g: Any) -> dict[str, Any]:
                log.append(("parameters", name, g))
                return dict.fromkeys(own, f"gradient of {name}")

        return Stub()

    def expect(self, holds: object, what: str, **facts: Any) -> None:
        """Count what was shown, or refuse."""
        if not holds:
            raise Refuted(what, convention=self.convention.name, **facts)
        self.shown += 1

    def same(self, found: Any, expected: Any, role: Role, what: str) -> None:
        """Prove an array entry by entry: ``expected`` gives the entry for the indices that the role says."""
        shape = self.convention.shape(role, self.sizes)
        got = getattr(found, "shape", None)
        fits = got is not None and all(a is b if isinstance(b, Size) else a == b for a, b in zip(got, shape))
        self.expect(fits, f"{what}: shape", expected=shape, got=got)
        at = indices_of(role, self.sizes)
        place = self.convention.position(role, at)
        outcome = equal(to_term(expected(place, at)), found.entry(*place))
        self.expect(outcome.proved, what, expected=outcome.left, got=outcome.right)

    def slope(self, found: Any, loss: Any, by: Any, role: Role, what: str) -> None:
        """Prove an array to be the derivative of a scalar by another array."""
        self.same(found, lambda place, at: diff(loss, by, *place), role, what)

    def pulled(self, g: Any, y: Any, role: Role) -> Any:
        """Define sum g y over all entries."""

        def entry(array: Any, i: Any, k: Any) -> Any:
            return array.entry(*self.convention.position(role, (i, k)))

        rows, columns = (self.sizes[name] for name in role.ranges)
        return self.world.sum(
            rows, lambda i: self.world.sum(columns, lambda k: entry(g, i, k) * entry(y, i, k))
        )


def hands_on(context: Context) -> int:
    """Run the loops over 1 to 6 stubs: each value is handed on as the very object that it is, in order."""
    p = Bench(context)
    for depth in range(1, 7):
        log: list[Any] = []
        outputs = [p.array(f"a{place}", batch("h")) for place in range(depth)]
        handed = [p.array(f"r{place}", batch("h")) for place in range(depth)]
        of = [p.array(f"p{place}", weights("n", "m")) for place in range(depth)]
        layers = [p.stub(log, str(place), outputs[place], handed[place], of[place]) for place in range(depth)]
        network = p.package.Network(layers)
        x, g = p.array("x", batch("h")), p.array("g", batch("h"))
        inputs = [x, *outputs[:-1]]
        upstream = [*handed[1:], g]
        names = [str(place) for place in range(depth)]
        for run in (network.predict, network._forward):
            log.clear()
            y = run(x)
            p.expect([entry[1] for entry in log] == names, "forward: order of the layers", got=log)
            p.expect(
                all(e[2] is i for e, i in zip(log, inputs)),
                "forward: a layer is not given the output before it",
            )
            p.expect(y is outputs[-1], "forward: the last output is not what is returned")
        for first in (True, False):
            log.clear()
            found = network._backward(g, first=first)
            backward = [entry for entry in log if entry[0] == "backward"]
            expected = names[::-1] if first else names[:0:-1]
            p.expect([entry[1] for entry in backward] == expected, "backward: order of the layers", got=log)
            p.expect(
                all(entry[2] is upstream[int(entry[1])] for entry in log),
                "backward: a layer is not given what is behind it",
            )
            p.expect(
                list(found.layers) == [{"p": f"gradient of {name}"} for name in names],
                "backward: gradients are not returned in the order of the layers",
                got=found.layers,
            )
            p.expect(
                not first or found.x is handed[0],
                "backward: the gradient by the input is not the first layer's",
            )
    return p.shown


def forward(context: Context) -> int:
    """Run base and step of the forward pass: behind any layers, one more is applied to their output."""
    p = Bench(context)
    W, b = p.array("W", weights("h", "m")), p.array("b", bias("m"))
    a = p.array("a", batch("h"))

    def affine(place: Any, at: Any) -> Any:
        j, k = at
        return p.world.sum(
            p.sizes["h"], lambda i: _entry(p, W, weights("h", "m"), j, i) * _entry(p, a, batch("h"), i, k)
        ) + (_entry(p, b, bias("m"), j))

    layer = p.package.Dense.of(W, b)
    p.same(p.package.Network([layer]).predict(a), affine, batch("m"), "base: one dense layer")
    log: list[Any] = []
    network = p.package.Network([p.stub(log, "before", a, a), p.package.Dense.of(W, b), p.activation()])
    # The network takes its input to be as wide as its first dense layer; a stub may do what it wants with it.
    x = p.array("x", batch("h"))
    p.same(
        network.predict(x), lambda place, at: p.world.f(affine(place, at)), batch("m"), "step: one more layer"
    )
    p.expect(log[0][2] is x, "step: the layers before are not given the input")
    return p.shown


def _entry(p: Bench, array: Any, role: Role, *at: Any) -> Any:
    return array.entry(*p.convention.position(role, at))


def chain(context: Context) -> int:
    """Run base and step of backpropagation; the layer that is added is dense, an activation, or softmax."""
    p = Bench(context)
    kinds: tuple[tuple[str, str, Any], ...] = (
        ("dense", "m", lambda: p.dense("h", "m")),
        ("activation", "h", p.activation),
        ("softmax", "h", p.package.Softmax),
    )
    for name, features, make in kinds:
        role = batch(features)
        a, g = p.array("a", batch("h")), p.array("g", role)
        for stubbed in (False, True):
            layer = make()
            what = f"{'step' if stubbed else 'base'}: {name}"
            log: list[Any] = []
            handed = p.array("r", batch("h"))
            of = p.array("p", weights("n", "h"))
            before = [p.stub(log, "before", a, handed, of)] if stubbed else []
            network = p.package.Network([*before, layer])
            y = network.forward(p.array("x", batch("h")) if stubbed else a)
            loss = p.pulled(g, y, role)
            found = network.backward(g)
            passed = log[-1][2] if stubbed else found.x
            p.slope(passed, loss, a, batch("h"), f"{what}: gradient by what came before")
            if stubbed:
                p.expect(found.x is handed, f"{what}: the gradient by the input")
                p.expect(
                    found.layers[0] == {"p": "gradient of before"}, f"{what}: gradients of the layers before"
                )
                p.expect(all(entry[2] is passed for entry in log[1:]), f"{what}: two upstream gradients")
            if name == "dense":
                for letter, kind in (("W", weights("h", "m")), ("b", bias("m"))):
                    p.slope(
                        found.layers[-1][letter],
                        loss,
                        getattr(layer, letter),
                        kind,
                        f"{what}: gradient by {letter}",
                    )
    return p.shown


def parameter_count(context: Context) -> int:
    """Run base and step of the count: one more dense layer adds fan_in fan_out + fan_out to any number P."""
    p = Bench(context)
    n, m, count = p.sizes["n"], p.sizes["m"], p.sizes["P"]
    layer = p.dense("n", "m")
    stub = p.stub(
        [], "before", p.array("a", batch("n")), None, variable(p.convention, "p", bias("P"), p.sizes, ())
    )
    for what, layers, expected in (
        ("base: one dense layer", [layer], n * m + m),
        ("step: one more dense layer", [stub, p.dense("n", "m")], count + n * m + m),
        ("step: one more activation", [stub, p.activation()], count * 1),
    ):
        found = to_term(p.package.Network(layers).parameter_count)
        outcome = equal(to_term(expected), found)
        p.expect(outcome.proved, what, expected=outcome.left, got=outcome.right)
    return p.shown


def collapse(context: Context) -> int:
    """Run base and step of the collapse, and the fold over 2 to 4 layers."""
    p = Bench(context)
    first, second = p.dense("n", "h", "1"), p.dense("h", "m", "2")
    one = p.package.collapse([first])
    for letter, role in (("W", weights("n", "h")), ("b", bias("h"))):
        array = getattr(first, letter)
        p.same(getattr(one, letter), lambda place, at: array.entry(*place), role, f"base: {letter}")  # noqa: B023
    both = p.package.collapse([first, second])
    x = p.array("x", batch("n"))
    through = p.package.Network([first, second]).predict(x)
    p.same(
        both(x),
        lambda place, at: through.entry(*place),
        batch("m"),
        "step: the collapsed layer is another function",
    )
    p.same(
        both.W,
        lambda place, at: p.world.sum(
            p.sizes["h"],
            lambda k: (
                _entry(p, second.W, weights("h", "m"), at[0], k)
                * _entry(p, first.W, weights("n", "h"), k, at[1])
            ),
        ),
        weights("n", "m"),
        "step: order of the product",
    )
    widths = ("n", "h", "k", "m", "P")
    layers = [
        p.dense(fan_in, fan_out, str(place)) for place, (fan_in, fan_out) in enumerate(pairwise(widths))
    ]
    for depth in range(2, 5):
        whole = p.package.collapse(layers[:depth])
        folded = p.package.collapse([p.package.collapse(layers[: depth - 1]), layers[depth - 1]])
        for letter, role in (("W", weights("n", widths[depth])), ("b", bias(widths[depth]))):
            expected = getattr(folded, letter)
            p.same(getattr(whole, letter), lambda place, at: expected.entry(*place), role, f"fold: {letter}")  # noqa: B023
    return p.shown


def shapes(context: Context) -> int:
    """Show the shapes of the table at every size, and that the other convention's arrays are refused there."""
    p = Bench(context)
    layer = p.dense("n", "m")
    x, g = p.array("x", batch("n")), p.array("g", batch("m"))
    v = layer.forward(x)
    gradients = layer.backward(g)
    table = {
        "v": (v, batch("m")),
        "y": (p.package.ReLU().forward(v), batch("m")),
        "dx": (gradients.x, batch("n")),
        "dW": (gradients.W, weights("n", "m")),
        "db": (gradients.b, bias("m")),
    }
    for name, (array, role) in table.items():
        expected = p.convention.shape(role, p.sizes)
        fits = all(a is b if isinstance(b, Size) else a == b for a, b in zip(array.shape, expected))
        p.expect(fits and len(array.shape) == 2, f"shape of {name}", expected=expected, got=array.shape)
    refused: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("x", lambda: p.dense("n", "m").forward(x.T)),
        ("W", lambda: p.package.Dense.of(layer.W.T, layer.b)),
        ("b", lambda: p.package.Dense.of(layer.W, layer.b.T)),
        ("g", lambda: layer.backward(g.T)),
        ("W and b", lambda: p.package.Dense.of(layer.W.T, layer.b.T).forward(x)),
    )
    for what, act in refused:
        try:
            act()
        except (ValueError, TypeError):
            p.shown += 1
            continue
        raise Refuted(f"the other convention's {what} is taken at every size", convention=p.convention.name)
    return p.shown


def deep(context: Context, layers: int) -> int:
    """Prove the gradients of one network of so many dense layers and activations, by the network's own passes.

    Each layer is real, but what it hands on is made opaque: an array of which nothing is known any more. So the
    terms do not grow with the depth, and the time of the proof grows with it linearly.
    """
    p = Bench(context)

    def opaque(real: Any, place: int, into: Role, out: Role) -> Any:
        class Opaque(p.package.Layer):  # type: ignore[misc, name-defined]
            @property
            def parameters(self) -> dict[str, Any]:
                return dict(real.parameters)

            def _value(self, x: Any) -> Any:
                self.seen, self.defined = x, real._forward(x)
                return p.array(f"a{place}", out)

            def _loss(self, g: Any) -> Any:
                return p.pulled(g, self.defined, out)

            def _input_gradient(self, g: Any) -> Any:
                found = real._input_gradient(g)
                p.slope(found, self._loss(g), self.seen, into, f"layer {place}: gradient by the input")
                return p.array(f"g{place}", into)

            def _parameter_gradients(self, g: Any) -> dict[str, Any]:
                found: dict[str, Any] = real._parameter_gradients(g)
                for letter, array in real.parameters.items():
                    role = weights(into.sizes[0], out.sizes[0]) if letter == "W" else bias(out.sizes[0])
                    p.slope(found[letter], self._loss(g), array, role, f"layer {place}: gradient by {letter}")
                return found

        return Opaque()

    chain_of: list[Any] = []
    for place in range(layers):
        p.sizes |= {
            f"n{place}": p.sizes.get(f"n{place}", Size(f"n{place}")),
            f"n{place + 1}": Size(f"n{place + 1}"),
        }
        into, out = batch(f"n{place}"), batch(f"n{place + 1}")
        chain_of.append(opaque(p.dense(f"n{place}", f"n{place + 1}", str(place)), 2 * place, into, out))
        chain_of.append(opaque(p.activation(), 2 * place + 1, out, out))
    network = p.package.Network(chain_of)
    network.forward(p.array("x", batch("n0")))
    found = network.backward(p.array("g", batch(f"n{layers}")))
    p.expect(len(found.layers) == 2 * layers, "a gradient for each layer")
    return p.shown


__all__ = ["INDUCTION", "chain", "collapse", "deep", "forward", "hands_on", "parameter_count", "shapes"]
