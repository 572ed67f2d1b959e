"""Sections 4.1 to 4.6: the objects of the implementation, and what each of them does."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ..claim import Claim, both
from ..engine import draw_rationals, exact, plain
from ..evidence import Level, NotRun, Refuted
from ..laws import Behaviour, Context
from ..regions import Array, lay

SIZES = ((3, 2, 4), (2, 2, 3), (2, 3, 1))  # fan_in, fan_out, batch: all different; square; one example


class Package:
    """The package under check, and arrays laid out for it."""

    def __init__(self, context: Context, purpose: str) -> None:
        if context.subject.package is None:
            raise NotRun("the objects of section 4 are those of a package")
        self.at: Any = context.subject.package
        self.convention = context.subject.convention
        self.rng = context.rng(purpose)
        self.cases = 0

    def draw(self, rows: int, columns: int) -> Any:
        """Draw exact numbers, given and laid out from column layout."""
        return self.lay(draw_rationals(self.rng, (rows, columns)))

    def lay(self, array: Array) -> Any:
        """Lay out Fractions."""
        return exact(lay(self.convention, array))

    def back(self, array: Any) -> Array:
        """Give Fractions in column layout."""
        return lay(self.convention, plain(array))

    def dense(self, fan_in: int, fan_out: int) -> Any:
        """Make a dense layer of exact parameters."""
        return self.at.Dense.of(self.draw(fan_out, fan_in), self.draw(fan_out, 1))

    def expect(self, holds: object, what: str, **facts: Any) -> None:
        """Count a case, or refuse."""
        if not bool(holds):
            raise Refuted(what, **facts)
        self.cases += 1

    def raises(self, kind: type[Exception], act: Callable[[], Any], what: str) -> None:
        """Expect an exception."""
        try:
            act()
        except kind:
            self.cases += 1
            return
        raise Refuted(what, expected=kind.__name__)


def _part(name: str, run: Callable[[Package], None]) -> Behaviour:
    def counted(context: Context) -> int:
        package = Package(context, name)
        run(package)
        return package.cases

    return Behaviour(name, (), counted)


def same(one: Any, other: Any) -> bool:
    """Compare arrays exactly, shape and entries."""
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and bool(np.all(one == other))


# --- layer ---


def _every_layer(p: Package) -> list[tuple[Any, Any]]:
    """Give one layer of each kind, and an input for it."""
    x = lay(p.convention, np.array([[0.5, -1.0, 2.0, 0.25], [1.5, 0.75, -0.5, 1.0], [-2.0, 0.1, 0.2, 3.0]]))
    named = [getattr(p.at, name)() for name in ("ReLU", "Sigmoid", "Tanh", "Softmax")]
    own = p.at.Activation(lambda v: v * v, lambda v: 2 * v)
    return [(layer, x) for layer in (p.at.Dense(3, 2, 0), *named, own)]


def _starts_empty(p: Package) -> None:
    for layer, _ in _every_layer(p):
        p.expect(isinstance(layer, p.at.Layer), "not derived from Layer", got=layer)
        p.expect(
            layer.input is None and layer.output is None, "input and output are not None at first", got=layer
        )
    p.expect(
        p.at.Dense.of(p.draw(2, 3), p.draw(2, 1)).input is None, "a layer made of arrays has no empty input"
    )


def _remembers(p: Package) -> None:
    for layer, x in _every_layer(p):
        first = layer.forward(2 * x + 1)
        y = layer.forward(x)
        p.expect(same(layer.input, x), "the input of the last forward is not remembered", layer=layer)
        p.expect(same(layer.output, y), "the output of the last forward is not remembered", layer=layer)
        p.expect(not same(first, y), "forward gives the same for another input", layer=layer)
        p.expect(same(layer(x), y), "a call gives another output than forward", layer=layer)
        layer(x + 1)
        p.expect(same(layer.input, x), "a call without forward is remembered", layer=layer)


def _remembers_copies(p: Package) -> None:
    """Change, after forward, what went in and what came out: backward takes neither from the caller."""
    dense, given = _every_layer(p)[0]
    network = p.at.Network([dense, p.at.Tanh()])
    for run, last, start in (
        *((layer, layer, x) for layer, x in _every_layer(p)),
        (network, network.layers[-1], given),
    ):
        x = start.copy()
        y = run.forward(x)
        g = np.arange(1.0, 1 + y.size).reshape(y.shape)
        before, kept = run.backward(g), y.copy()
        x *= 2
        y *= 2
        after = run.backward(g)
        pairs = zip(before, after) if isinstance(before, tuple) else [(before, after)]
        arrays = [(one, two) for one, two in pairs if isinstance(one, np.ndarray)]
        p.expect(
            arrays and all(same(one, two) for one, two in arrays), "the caller's array is kept", layer=run
        )
        p.expect(same(last.output, kept), "the array given out is the one remembered", layer=run)


def _failed_forward(p: Package) -> None:
    """Let a forward pass fail: what is remembered is the pass before, whole, so that no gradient mixes the two."""

    def picky(v: Any) -> Any:
        if v.max() > 9:
            raise ArithmeticError("too large")
        return v * v

    layer = p.at.Activation(picky, lambda v: 2 * v)
    x = _every_layer(p)[0][1]
    y = layer.forward(x)
    p.raises(ArithmeticError, lambda: layer.forward(x + 10), "the error of a function is swallowed")
    p.expect(same(layer.input, x) and same(layer.output, y), "half of a failed forward pass is remembered")


def _backward_needs_forward(p: Package) -> None:
    for layer, x in _every_layer(p):
        g = np.ones_like(x)
        p.raises(RuntimeError, lambda layer=layer, g=g: layer.backward(g), "backward before forward")  # type: ignore[misc]


def _backward_changes_nothing(p: Package) -> None:
    for layer, x in _every_layer(p):
        y = layer.forward(x)
        g = np.arange(1.0, 1 + y.size).reshape(y.shape)
        before = [a.copy() for a in (x, y, g, *layer.parameters.values())]
        first, again = layer.backward(g), layer.backward(g)
        after = [layer.input, layer.output, g, *layer.parameters.values()]
        p.expect(
            all(map(same, before, after)), "backward changes what it was given, or a parameter", layer=layer
        )
        pairs = zip(first, again) if isinstance(first, tuple) else [(first, again)]
        p.expect(
            all(same(one, two) for one, two in pairs), "a second backward gives another result", layer=layer
        )
        whole, alone = first[0] if isinstance(first, tuple) else first, layer.input_gradient(g)
        p.expect(
            same(alone, whole) and alone.dtype == whole.dtype,
            "input_gradient gives another gradient than backward",
            layer=layer,
        )


# --- dense ---


def _dense_shapes(p: Package) -> None:
    for fan_in, fan_out, _ in SIZES:
        layer = p.at.Dense(fan_in, fan_out, 1)
        p.expect(layer.W.shape == p.convention.arrange(fan_out, fan_in), "shape of W", got=layer.W.shape)
        p.expect(layer.b.shape == p.convention.arrange(fan_out, 1), "shape of b", got=layer.b.shape)
        p.expect((layer.fan_in, layer.fan_out) == (fan_in, fan_out), "fan_in and fan_out", got=layer)


def _dense_initialised(p: Package) -> None:
    for fan_in, fan_out, _ in SIZES:
        rng = np.random.default_rng(7)
        W, b = rng.standard_normal((fan_out, fan_in)), rng.standard_normal(fan_out)
        layer = p.at.Dense(fan_in, fan_out, 7)
        p.expect(same(lay(p.convention, layer.W), W), "weights are not standard normal draws", seed=7)
        p.expect(same(layer.b.ravel(), b), "biases are not standard normal draws", seed=7)
        scaled = p.at.Dense(fan_in, fan_out, 7, init="scaled")
        p.expect(
            same(lay(p.convention, scaled.W), W / np.sqrt(fan_in)), "scaled weights are not W / sqrt(fan_in)"
        )
        p.expect(not scaled.b.any(), "scaled layers do not start with bias 0")


def _dense_forward(p: Package) -> None:
    for fan_in, fan_out, batch in SIZES:
        layer, x = p.dense(fan_in, fan_out), p.draw(fan_in, batch)
        v = p.back(layer.forward(x))
        W, b, inputs = (p.back(a) for a in (layer.W, layer.b, x))
        for j in range(fan_out):
            for k in range(batch):
                expected = sum(W[j, i] * inputs[i, k] for i in range(fan_in)) + b[j, 0]
                p.expect(v[j, k] == expected, "forward", entry=(j, k), expected=expected, got=v[j, k])


def _dense_backward(p: Package) -> None:
    for fan_in, fan_out, batch in SIZES:
        layer, x, g = p.dense(fan_in, fan_out), p.draw(fan_in, batch), p.draw(fan_out, batch)
        layer.forward(x)
        dx, dW, db = layer.backward(g)
        dx, dW, db, W, inputs, up = (p.back(a) for a in (dx, dW, db, layer.W, x, g))
        for j in range(fan_out):
            p.expect(db[j, 0] == sum(up[j]), "gradient by the bias", neuron=j)
            for i in range(fan_in):
                expected = sum(up[j, k] * inputs[i, k] for k in range(batch))
                p.expect(
                    dW[j, i] == expected,
                    "gradient by the weights",
                    entry=(j, i),
                    expected=expected,
                    got=dW[j, i],
                )
        for i in range(fan_in):
            for k in range(batch):
                expected = sum(W[j, i] * up[j, k] for j in range(fan_out))
                p.expect(
                    dx[i, k] == expected,
                    "dL/dx is not taken at the weights of the forward pass",
                    entry=(i, k),
                )


def _one_at_a_time(p: Package) -> None:
    """Ask for each gradient alone: the same as all three together."""
    for fan_in, fan_out, batch in SIZES:
        layer, g = p.dense(fan_in, fan_out), p.draw(fan_out, batch)
        layer.forward(p.draw(fan_in, batch))
        alone = (layer.input_gradient(g), layer.weight_gradient(g), layer.bias_gradient(g))
        for what, one, whole in zip(("input", "weights", "bias"), alone, layer.backward(g)):
            p.expect(
                same(p.back(one), p.back(whole)), f"the gradient by the {what} alone differs from backward's"
            )


def _copies(p: Package) -> None:
    """Change, afterwards, what was given as a parameter: the layer has a copy."""
    W, b = (p.lay(draw_rationals(p.rng, shape)) for shape in ((2, 3), (2, 1)))
    given = {"W": W, "b": b}
    made, told = p.at.Dense.of(W, b), p.dense(3, 2)
    for letter, array in given.items():
        setattr(told, letter, array)
    before = {letter: array.copy() for letter, array in given.items()}
    for array in given.values():
        array[...] = array * 2
    for layer in (made, told):
        for letter, array in before.items():
            p.expect(same(getattr(layer, letter), array), "a parameter is not copied", parameter=letter)


def _examples_add_up(p: Package) -> None:
    """Show that a batch does what its examples do one at a time, and that parameter gradients add up."""
    fan_in, fan_out, batch = SIZES[0]
    layer, x, g = (
        p.dense(fan_in, fan_out),
        draw_rationals(p.rng, (fan_in, batch)),
        draw_rationals(p.rng, (fan_out, batch)),
    )
    v = p.back(layer.forward(p.lay(x)))
    dx, dW, db = (p.back(a) for a in layer.backward(p.lay(g)))
    total_W, total_b = np.zeros_like(dW) + Fraction(0), np.zeros_like(db) + Fraction(0)
    for k in range(batch):
        one = slice(k, k + 1)
        p.expect(
            same(p.back(layer.forward(p.lay(x[:, one]))), v[:, one]), "one example alone differs", example=k
        )
        parts = [p.back(a) for a in layer.backward(p.lay(g[:, one]))]
        p.expect(same(parts[0], dx[:, one]), "one example's dx alone differs", example=k)
        total_W, total_b = total_W + parts[1], total_b + parts[2]
    p.expect(
        same(total_W, dW) and same(total_b, db), "the gradients of examples do not add up to the batch's"
    )


# --- activation, tanh, mse ---


def _activation(p: Package) -> None:
    layer = p.at.Activation(lambda v: v * v * v + v, lambda v: 3 * v * v + 1)
    for fan_in, _, batch in SIZES:
        v, g = p.draw(fan_in, batch), p.draw(fan_in, batch)
        y, slope = p.back(layer.forward(v)), p.back(layer.backward(g))
        for at in np.ndindex(y.shape):
            u, up = p.back(v)[at], p.back(g)[at]
            p.expect(y[at] == u**3 + u, "forward is not f(v)", entry=at)
            p.expect(slope[at] == up * (3 * u**2 + 1), "backward is not g f'(v)", entry=at)
    p.expect(not layer.parameters, "an activation has parameters", got=layer.parameters)
    p.raises(TypeError, lambda: layer.backward(g, 0.1), "backward takes a learning rate")


def _tanh(p: Package) -> None:
    layer = p.at.Tanh()
    p.expect(isinstance(layer, p.at.Layer), "Tanh is no layer")
    v = lay(p.convention, np.array([[0.0, np.log(2.0), -np.log(2.0)], [np.log(3.0), 0.0, -np.log(3.0)]]))
    g = lay(p.convention, np.array([[1.0, 2.0, -1.0], [3.0, -2.0, 1.0]]))
    # tanh(log 2) = (2 - 1/2) / (2 + 1/2) = 3/5, tanh(log 3) = 4/5; slopes 16/25 and 9/25.
    y = lay(p.convention, np.array([[0, 3 / 5, -3 / 5], [4 / 5, 0, -4 / 5]]))
    slope = lay(p.convention, np.array([[1, 16 / 25, 16 / 25], [9 / 25, 1, 9 / 25]]))
    # tanh is good to 4 units in the last place, log 2 and log 3 to half of one, and 1 - y**2 rounds twice.
    slack = 8 * np.finfo(float).eps
    p.expect(np.all(np.abs(layer.forward(v) - y) <= slack), "tanh has wrong values", got=layer.forward(v))
    p.expect(np.all(np.abs(layer.backward(g) - g * slope) <= slack * np.abs(g)), "tanh has wrong slopes")


def _mse(p: Package) -> None:
    for outputs, _, batch in SIZES:
        y, t = p.draw(outputs, batch), p.draw(outputs, batch)
        ys, ts = p.back(y), p.back(t)
        for reduction, share in (("sum", Fraction(1)), ("mean", Fraction(1, batch))):
            loss = p.at.MSE(reduction)
            expected = sum(((a - b) ** 2 for a, b in zip(ys.flat, ts.flat)), Fraction(0)) / outputs * share
            p.expect(
                plain(loss.value(y, t)) == expected, "value of the mean squared error", reduction=reduction
            )
            slope = p.back(loss.gradient(y, t))
            expected_slope = 2 * (ys - ts) / Fraction(outputs) * share
            p.expect(same(slope, expected_slope), "gradient of the mean squared error", reduction=reduction)
            p.expect(plain(loss.value(y, y)) == 0, "the error of a perfect prediction is not 0")


# --- network ---


def _recorder(p: Package, log: list[str], name: str, factor: int) -> Any:
    class Recorder(p.at.Layer):  # type: ignore[misc, name-defined]
        def _value(self, x: Any) -> Any:
            log.append(f"forward {name}")
            return x * factor + 1

        def _input_gradient(self, g: Any) -> Any:
            log.append(f"backward {name}")
            return g * factor

    return Recorder()


def _network_order(p: Package) -> None:
    log: list[str] = []
    network = p.at.Network(
        [_recorder(p, log, name, factor) for name, factor in (("a", 2), ("b", 3), ("c", 5))]
    )
    x = p.draw(2, 3)
    y = network.predict(x)
    p.expect(
        log == ["forward a", "forward b", "forward c"],
        "predict does not go through the layers in order",
        got=log,
    )
    p.expect(same(p.back(y), ((p.back(x) * 2 + 1) * 3 + 1) * 5 + 1), "predict does not compose the layers")
    p.expect(network.layers[0].input is None, "predict is remembered by the layers")
    network.forward(x)
    log.clear()
    gradients = network.backward(y)
    p.expect(log == ["backward c", "backward b", "backward a"], "backward does not go in reverse", got=log)
    p.expect(same(p.back(gradients.x), p.back(y) * 30), "backward does not compose the layers")


def _network_gradients(p: Package) -> None:
    network = p.at.Network([p.dense(3, 4), p.at.ReLU(), p.dense(4, 2)])
    x, t = p.draw(3, 5), p.draw(2, 5)
    gradients = network.gradients(x, t, p.at.MSE())
    p.expect(
        len(gradients.layers) == 3 and gradients.layers[1] == {},
        "one entry per layer, empty without parameters",
    )
    for named, of in zip(network.parameters, gradients.layers):
        p.expect(named.keys() == of.keys(), "gradients by other names than the parameters'")
        p.expect(all(named[name].shape == of[name].shape for name in named), "a gradient has another shape")
    step = Fraction(1, 10**9)
    for place, name in ((0, "W"), (0, "b"), (2, "W"), (2, "b")):
        layer, of = network.layers[place], gradients.layers[place]
        array = getattr(layer, name)
        for at in np.ndindex(array.shape):
            values = []
            for sign in (1, -1):
                moved = array.copy()
                moved[at] = moved[at] + sign * step
                setattr(layer, name, moved)
                values.append(plain(p.at.MSE().value(network.predict(x), t)))
            setattr(layer, name, array)
            # The loss is quadratic in one parameter, away from a kink: the central difference is exact.
            expected = (values[0] - values[1]) / (2 * step)
            p.expect(
                plain(of[name][at]) == expected,
                "gradient of the network",
                layer=place,
                parameter=name,
                entry=at,
            )


def _network_listed(p: Package) -> None:
    network = p.at.Network([p.at.Dense(2, 3, 0), p.at.Tanh(), p.at.Dense(3, 1, 0), p.at.Tanh()])
    p.expect(network.parameter_count == 13, "13 numbers to train", got=network.parameter_count)
    p.expect(
        repr(network) == "Network([Dense(2, 3), Tanh(), Dense(3, 1), Tanh()])", "repr", got=repr(network)
    )


# --- train ---


Scored = Callable[[Fraction, Fraction, int], tuple[Fraction, Fraction]]


def _squared(y: Fraction, t: Fraction, outputs: int) -> tuple[Fraction, Fraction]:
    """Give one output's share of the mean squared error, and its slope by y."""
    return (y - t) ** 2 / outputs, 2 * (y - t) / outputs


def _lopsided(y: Fraction, t: Fraction, outputs: int) -> tuple[Fraction, Fraction]:
    """Give one output's share of a loss in which y and t cannot change places, and its slope by y."""
    return y**2 - 3 * t * y + t, 2 * y - 3 * t


SCORED: dict[str, Scored] = {"mse": _squared, "lopsided": _lopsided}


def _lopsided_loss(p: Package) -> Any:
    """Make that loss for a package, averaged over the batch."""

    class Lopsided(p.at.Loss):  # type: ignore[misc, name-defined]
        def _per_example(self, y: Any, t: Any) -> Any:
            return (y * y - 3 * t * y + t).sum(axis=p.convention.feature_axis, keepdims=True)

        def _slope(self, y: Any, t: Any) -> Any:
            return 2 * y - 3 * t

    return Lopsided()


def _by_hand(
    scored: Scored, Ws: list[Array], bs: list[Array], x: Array, t: Array, alphas: list[Fraction], size: int
) -> list[Fraction]:
    """Train dense layers with ReLU between them, on Fractions, entry by entry; change the arrays, return the history."""
    history, step, outputs = [], 0, t.shape[0]
    epochs = len(alphas) // -(-x.shape[1] // size)
    for _ in range(epochs):
        error = Fraction(0)
        for start in range(0, x.shape[1], size):
            chosen = range(start, min(start + size, x.shape[1]))
            dWs = [W * Fraction(0) for W in Ws]
            dbs = [b * Fraction(0) for b in bs]
            for k in chosen:
                ys, vs = [list(x[:, k])], []
                for place, (W, b) in enumerate(zip(Ws, bs)):
                    v = [
                        sum(W[j, i] * ys[-1][i] for i in range(W.shape[1])) + b[j, 0]
                        for j in range(W.shape[0])
                    ]
                    vs.append(v)
                    ys.append(v if place == len(Ws) - 1 else [max(Fraction(0), u) for u in v])
                scores = [scored(ys[-1][j], t[j, k], outputs) for j in range(outputs)]
                error += sum((value for value, _ in scores), Fraction(0))
                g = [slope / len(chosen) for _, slope in scores]
                for place in reversed(range(len(Ws))):
                    W = Ws[place]
                    for j in range(W.shape[0]):
                        dbs[place][j, 0] += g[j]
                        for i in range(W.shape[1]):
                            dWs[place][j, i] += g[j] * ys[place][i]
                    g = [sum(W[j, i] * g[j] for j in range(W.shape[0])) for i in range(W.shape[1])]
                    if place:
                        g = [u if v > 0 else Fraction(0) for u, v in zip(g, vs[place - 1])]
            for place in range(len(Ws)):
                Ws[place] -= alphas[step] * dWs[place]
                bs[place] -= alphas[step] * dbs[place]
            step += 1
        history.append(error / x.shape[1])
    return history


def _train(size: int | None, scheduled: bool, loss: str = "mse") -> Callable[[Package], None]:
    def run(p: Package) -> None:
        shapes = ((3, 2), (2, 3))
        Ws = [draw_rationals(p.rng, shape) / 4 for shape in shapes]
        bs = [draw_rationals(p.rng, (shape[0], 1)) / 4 for shape in shapes]
        x, t = draw_rationals(p.rng, (2, 3)), draw_rationals(p.rng, (2, 3))
        first, last = (p.at.Dense.of(p.lay(W), p.lay(b)) for W, b in zip(Ws, bs))
        network = p.at.Network([first, p.at.ReLU(), last])
        rate = Fraction(1, 8)
        steps = 2 * (3 if size == 1 else 2 if size == 2 else 1)
        alpha = p.at.StepDecay(rate, every=2, factor=Fraction(1, 2)) if scheduled else rate
        alphas = [rate * Fraction(1, 2) ** (step // 2) if scheduled else rate for step in range(steps)]
        error = loss if loss == "mse" else _lopsided_loss(p)
        trained = p.at.train(network, error, p.lay(x), p.lay(t), epochs=2, alpha=alpha, batch_size=size)
        history = _by_hand(SCORED[loss], Ws, bs, x, t, alphas, size or 3)
        told = [plain(value) for value in trained.losses]
        p.expect(
            told == history, "the epoch's error is not the mean of the losses before each update", got=told
        )
        for layer, W, b in zip((first, last), Ws, bs):
            p.expect(same(p.back(layer.W), W), "the weights after training", layer=layer)
            p.expect(same(p.back(layer.b), b), "the biases after training", layer=layer)

    return run


def _train_defaults(p: Package) -> None:
    """Without arguments: 1000 epochs at 0.001, one example at a time, in the given order, and silently."""
    x, t = lay(p.convention, np.array([[1.0, 2.0, -1.0]])), lay(p.convention, np.array([[2.0, 3.0, -2.0]]))
    one, two = (p.at.Network([p.at.Dense(1, 1, 3)]) for _ in range(2))
    history = p.at.train(one, "mse", x, t)
    p.expect(len(history.losses) == 1000, "the number of epochs by default", got=len(history.losses))
    p.at.train(two, "mse", x, t, epochs=1000, alpha=0.001, batch_size=1, shuffle=False)
    p.expect(same(one.layers[0].W, two.layers[0].W), "other defaults than the paper's")
    p.expect(history.losses[-1] < history.losses[0], "training raises the loss", got=history.losses[-1])


MIRRORED = {"column": "section {}", "row": "section {}, mirrored"}


def _place(section: str) -> dict[str, str]:
    return {name: text.format(section) for name, text in MIRRORED.items()}


CLAIMS = (
    Claim(
        id="listing-layer",
        title="a layer has an input, an output, and two directions",
        place=_place("4.1"),
        statement=both(
            r"\text{input, output: none before forward; of the last forward after it; backward only reads}"
        ),
        required=Level.RUN,
        laws=(
            _part("no input or output at first", _starts_empty),
            _part("forward remembers", _remembers),
            _part("what is remembered is a copy", _remembers_copies),
            _part("a failed forward is forgotten", _failed_forward),
            _part("backward needs forward", _backward_needs_forward),
            _part("backward changes nothing", _backward_changes_nothing),
        ),
        errata=("E28",),
    ),
    Claim(
        id="listing-dense",
        title="the dense layer as an object",
        place=_place("4.2"),
        statement={
            "column": r"v = W x + b,\quad"
            r" (\mathrm{d}x, \mathrm{d}W, \mathrm{d}b) = (W^{\mathsf T} g,\; g x^{\mathsf T},\; \textstyle\sum_k g_k)",
            "row": r"v = x W + b,\quad"
            r" (\mathrm{d}x, \mathrm{d}W, \mathrm{d}b) = (g W^{\mathsf T},\; x^{\mathsf T} g,\; \textstyle\sum_k g_k)",
        },
        required=Level.RUN,
        laws=(
            _part("shapes of the parameters", _dense_shapes),
            _part("initialisation", _dense_initialised),
            _part("forward", _dense_forward),
            _part("backward, at the weights of forward", _dense_backward),
            _part("each gradient alone", _one_at_a_time),
            _part("parameters are copied", _copies),
            _part("a batch is its examples", _examples_add_up),
        ),
        uses=("listing-layer", "weight-gradient", "bias-gradient", "input-gradient"),
        errata=("E12", "E15", "E28"),
    ),
    Claim(
        id="listing-activation",
        title="an activation as a layer of its own",
        place=_place("4.3"),
        statement=both(r"y = f(v), \qquad \mathrm{d}v = g \odot f'(v)"),
        required=Level.RUN,
        laws=(_part("made of f and its derivative", _activation),),
        uses=("listing-layer", "activation-gradient"),
        errata=("E13",),
    ),
    Claim(
        id="listing-tanh",
        title="tanh as an activation",
        place=_place("4.3"),
        statement=both(r"f = \tanh, \qquad f' = 1 - \tanh^2"),
        required=Level.RUN,
        laws=(_part("values and slopes", _tanh),),
        uses=("listing-activation", "tanh"),
        errata=("E14",),
    ),
    Claim(
        id="listing-mse",
        title="the loss and its derivative as functions",
        place=_place("4.4"),
        statement=both(r"\tfrac1N \sum_i (y_i - t_i)^2, \qquad \tfrac2N (y - t)"),
        required=Level.RUN,
        laws=(_part("value and gradient, by hand", _mse),),
        uses=("mse", "mse-gradient"),
        errata=("E05",),
    ),
    Claim(
        id="listing-network",
        title="a network is a list of layers",
        place=_place("4.5"),
        statement=both(
            r"\text{predict: layers in order; backward: in reverse; a gradient for each parameter}"
        ),
        required=Level.RUN,
        laws=(
            _part("order of the layers", _network_order),
            _part("gradients of every parameter", _network_gradients),
            _part("listed and counted", _network_listed),
        ),
        uses=("listing-layer", "listing-dense", "forward", "chain"),
    ),
    Claim(
        id="listing-train",
        title="training",
        place=_place("4.6"),
        statement=both(
            r"\text{predict, compare, go back, step, for each example;}"
            r" \text{ an epoch's error is the mean of the losses before each step}"
        ),
        required=Level.RUN,
        laws=(
            _part("one example at a time", _train(1, False)),
            _part("mini-batches, the last one smaller", _train(2, False)),
            _part("all examples at once", _train(None, False)),
            _part("with a schedule", _train(1, True)),
            _part("with a loss that is not symmetric", _train(2, False, "lopsided")),
            _part("defaults", _train_defaults),
        ),
        uses=("listing-network", "listing-mse", "weight-update", "bias-update"),
        errata=("E05", "E13"),
    ),
)
