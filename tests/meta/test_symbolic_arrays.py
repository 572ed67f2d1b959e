"""Arrays of symbolic size: plain NumPy code is proved on them, and what they cannot do exactly they refuse."""

import copy

import numpy as np
import pytest

from derivations.sizes import (
    Index,
    Size,
    SizeWorld,
    UndecidableSize,
    Unsupported,
    derivation,
    equal,
    from_entry,
    gradient,
    identity,
    scalar,
    symbolic,
)
from derivations.sizes.printing import latex

m, h, n, B = map(Size, "mhnB")
w = SizeWorld()


def entries(*arrays, given=()):
    """Compare two arrays entry by entry, for all indices at once."""
    left, right = arrays
    assert left.shape == right.shape
    at = [Index(d) if isinstance(d, Size) else 0 for d in left.shape]
    return equal(left.entry(*at), right.entry(*at), given)


def proved(code, definition, *, given=(), premises=()):
    found = entries(code, definition, given=given)
    assert found.proved, str(found)
    assert set(found.premises) == set(premises)
    assert found.points >= 1
    return True


def refused(code, definition, *, given=()):
    found = entries(code, definition, given=given)
    assert not found.proved
    assert found.counterexample is not None, str(found)
    return True


AXES = pytest.mark.parametrize("features", [0, 1], ids=["column", "row"])


def batch(name, size, features, *traits):
    return symbolic(name, *((size, B) if features == 0 else (B, size)), *traits)


# --- dense ---


def test_dense_in_columns():
    W, b, x, g = symbolic("W", m, n), symbolic("b", m, 1), symbolic("x", n, B), symbolic("g", m, B)
    loss = (g * (W @ x + b)).sum()
    assert proved(g @ x.T, gradient(loss, W))
    assert proved(g.sum(axis=1, keepdims=True), gradient(loss, b))
    assert proved(W.T @ g, gradient(loss, x))
    assert refused(g @ x.T / B, gradient(loss, W))
    assert refused(-(W.T @ g), gradient(loss, x))
    assert refused(2 * g.sum(axis=1, keepdims=True), gradient(loss, b))
    assert refused(g.mean(axis=1, keepdims=True), gradient(loss, b))
    for wrong in (lambda: x @ g, lambda: g @ x, lambda: W @ g, lambda: x.T @ W @ g):
        with pytest.raises(UndecidableSize):
            wrong()


def test_dense_in_rows():
    W, b, x, g = symbolic("W", n, m), symbolic("b", 1, m), symbolic("x", B, n), symbolic("g", B, m)
    loss = (g * (x @ W + b)).sum()
    assert proved(x.T @ g, gradient(loss, W))
    assert proved(g.sum(axis=0, keepdims=True), gradient(loss, b))
    assert proved(g @ W.T, gradient(loss, x))
    assert refused(x.T @ g / n, gradient(loss, W))
    with pytest.raises(UndecidableSize):
        g @ W


def test_square_sizes_do_not_hide_a_transpose():
    W, x, g = symbolic("W", n, n), symbolic("x", n, n), symbolic("g", n, n)
    loss = (g * (W @ x)).sum()
    assert proved(g @ x.T, gradient(loss, W))
    for wrong in (g @ x, x @ g.T, x.T @ g, g.T @ x, (g @ x.T).T):
        assert refused(wrong, gradient(loss, W))


def two_layers(column, *, slope=lambda v: w.function("f", 1)(v), scale=1, bias=1, back=None):
    """Run W2 f(W1 x + b1) + b2 forward and backward; give the loss and each gradient of the code."""
    f = w.function("f")
    if column:
        W1, b1, W2, b2 = (
            symbolic("W1", h, n),
            symbolic("b1", h, 1),
            symbolic("W2", m, h),
            symbolic("b2", m, 1),
        )
        x, g = symbolic("x", n, B), symbolic("g", m, B)
        v = W1 @ x + bias * b1
        y = W2 @ f(v) + b2
        gv = ((W2 if back is None else back(W2, g @ f(v).T)).T @ g) * slope(v)
        code = {
            "W2": (W2, scale * (g @ f(v).T)),
            "b2": (b2, g.sum(axis=1, keepdims=True)),
            "W1": (W1, gv @ x.T),
            "b1": (b1, gv.sum(axis=1, keepdims=True)),
            "x": (x, W1.T @ gv),
        }
    else:
        W1, b1, W2, b2 = (
            symbolic("W1", n, h),
            symbolic("b1", 1, h),
            symbolic("W2", h, m),
            symbolic("b2", 1, m),
        )
        x, g = symbolic("x", B, n), symbolic("g", B, m)
        v = x @ W1 + bias * b1
        y = f(v) @ W2 + b2
        gv = (g @ (W2 if back is None else back(W2, f(v).T @ g)).T) * slope(v)
        code = {
            "W2": (W2, scale * (f(v).T @ g)),
            "b2": (b2, g.sum(axis=0, keepdims=True)),
            "W1": (W1, x.T @ gv),
            "b1": (b1, gv.sum(axis=0, keepdims=True)),
            "x": (x, gv @ W1.T),
        }
    return (g * y).sum(), code


def wrong_ones(loss, code):
    return {name for name, (of, found) in code.items() if not entries(found, gradient(loss, of)).proved}


@pytest.mark.parametrize("column", [True, False], ids=["column", "row"])
def test_two_layers_with_any_function(column):
    assert wrong_ones(*two_layers(column)) == set()
    assert wrong_ones(*two_layers(column, slope=w.function("f"))) == {"W1", "b1", "x"}
    assert wrong_ones(*two_layers(column, scale=1 / B)) == {"W2"}
    alpha = scalar("alpha")
    assert wrong_ones(*two_layers(column, back=lambda W2, dW2: W2 - alpha * dW2)) == {"W1", "b1", "x"}
    # The forward pass of the code with twice the bias is another network: its own b1 has another gradient.
    assert wrong_ones(*two_layers(column, bias=2)) == {"b1"}


def test_depth_costs_linearly_when_results_are_kept_opaque():
    f, df = w.function("f"), w.function("f", 1)
    for layer in range(30):
        W, x, g = symbolic(f"W{layer}", n, n), symbolic(f"x{layer}", n, B), symbolic(f"g{layer}", n, B)
        loss = (g * f(W @ x)).sum()
        assert proved((g * df(W @ x)) @ x.T, gradient(loss, W))


def test_the_steps_of_a_proof():
    W, x, g = symbolic("W", m, n), symbolic("x", n, B), symbolic("g", m, B)
    steps = dict(derivation((g * (W @ x)).sum(), W, Index(m, "p"), Index(n, "q")).steps())
    assert str(steps["definition"]) == "Σ_i Σ_k g[i,k] Σ_j W[i,j] x[j,k]"
    assert "δ[" in str(steps["derivative"])
    assert str(steps["contracted"]) == "Σ_i g[p,i] x[q,i]"
    assert latex(steps["contracted"]) == r"\sum_{i} g_{pi} x_{qi}"


# --- activations ---


@AXES
def test_softmax(features):
    v, g = batch("v", m, features), batch("g", m, features)
    other = 1 - features

    def code(v):
        e = np.exp(v - v.max(axis=features, keepdims=True))
        return e / e.sum(axis=features, keepdims=True)

    def definition(i, k):
        def at(j):
            return w.exp(v.entry(j, k) if features == 0 else v.entry(k, j))

        return at(i) / w.sum(m, at)

    defined = from_entry(*v.shape, lambda a, b: definition(a, b) if features == 0 else definition(b, a))
    y = code(v)
    assert proved(y, defined)
    ones = from_entry(*(1 if axis == features else B for axis in (0, 1)), lambda i, k: 1)
    assert proved(y.sum(axis=features, keepdims=True), ones)
    loss = (g * defined).sum()
    assert proved(y * (g - (g * y).sum(axis=features, keepdims=True)), gradient(loss, v))
    assert proved(code(v + 7), defined)
    assert proved(code(v + symbolic("c", *ones.shape)), defined)
    # The code's own value has the maximum inside; it must have vanished before it is differentiated.
    assert proved(y * (g - (g * y).sum(axis=features, keepdims=True)), gradient((g * y).sum(), v))
    assert refused(g * y * (1 - y), gradient(loss, v))
    assert refused(y * (g - (g * y).sum(axis=other, keepdims=True)), gradient(loss, v))
    assert refused(y * (g + (g * y).sum(axis=features, keepdims=True)), gradient(loss, v))
    assert refused(code(2 * v), defined)
    with pytest.raises(Unsupported, match="max"):
        entries(gradient(v.max(axis=features, keepdims=True).sum(), v), g)


def test_softmax_below_another_layer():
    """The quotient is inside of a sum over the batch, where no denominator can be cleared."""
    W, x, g = symbolic("W", m, n), symbolic("x", n, B), symbolic("g", m, B)
    v = W @ x
    e = np.exp(v - v.max(axis=0, keepdims=True))
    y = e / e.sum(axis=0, keepdims=True)
    gv = y * (g - (g * y).sum(axis=0, keepdims=True))
    defined = from_entry(m, B, lambda i, k: w.exp(v.entry(i, k)) / w.sum(m, lambda j: w.exp(v.entry(j, k))))
    assert proved(gv @ x.T, gradient((g * defined).sum(), W))
    assert equal(y.sum(), B).proved
    assert not equal(y.sum(), m).proved


def stable_sigmoid(v):
    e = np.exp(-np.abs(v))
    return np.where(v >= 0, 1, e) / (1 + e)


def test_sigmoid():
    v, g = symbolic("v", m, B), symbolic("g", m, B)
    defined = from_entry(m, B, lambda i, k: 1 / (1 + w.exp(-v.entry(i, k))))
    y = stable_sigmoid(v)
    assert proved(y, defined)
    assert proved(g * (y * (1 - y)), gradient((g * defined).sum(), v))
    assert proved(g * (y * (1 - y)), gradient((g * y).sum(), v))
    assert proved(2 * stable_sigmoid(2 * v) - 1, np.tanh(v))
    assert proved(1 - y, stable_sigmoid(-v))
    assert equal((y + stable_sigmoid(-v)).sum(), m * B).proved
    assert refused(g * y, gradient((g * defined).sum(), v))
    assert refused(np.where(v < 0, 1, np.exp(-np.abs(v))) / (1 + np.exp(-np.abs(v))), defined)
    assert refused(np.where(v >= 0, 1, np.exp(np.abs(v))) / (1 + np.exp(-np.abs(v))), defined)
    assert refused(np.where(v >= 1, 1, np.exp(-np.abs(v))) / (1 + np.exp(-np.abs(v))), defined)


def test_tanh():
    v, g = symbolic("v", m, B), symbolic("g", m, B)
    y = np.tanh(v)
    assert proved(g * (1 - y**2), gradient((g * y).sum(), v))
    assert proved(np.tanh(-v), -y)
    assert refused(g * (1 - y), gradient((g * y).sum(), v))


KINK = "v[i,k] ≠ 0 (off the kink)"


def test_relu():
    v, g = symbolic("v", m, B), symbolic("g", m, B)
    y = np.maximum(v, 0)
    loss = (g * y).sum()
    assert proved(y, np.where(v > 0, v, 0))
    assert proved(y, (v + np.abs(v)) / 2)
    assert proved(g * (v > 0), gradient(loss, v), premises=[KINK])
    assert proved(g * (v >= 0), gradient(loss, v), premises=[KINK])  # the slope at 0 is a matter of choice
    assert refused(g * (v > 0), g * (v >= 0))
    for wrong in (g * (v < 0), g * (v > 1), g, g * (y > 1), g * v * (v > 0), np.sign(v) * g):
        assert refused(wrong, gradient(loss, v))


# --- losses ---


@AXES
def test_mean_squared_error(features):
    y, t = batch("y", m, features), batch("t", m, features)

    def pick(array, i, k):
        return array.entry(i, k) if features == 0 else array.entry(k, i)

    defined = w.sum(B, lambda k: w.sum(m, lambda i: (pick(y, i, k) - pick(t, i, k)) ** 2) / m)
    value = ((y - t) ** 2).sum(axis=features, keepdims=True) / y.shape[features]
    assert equal(value.sum(), defined).proved
    assert equal(value.sum() / B, ((y - t) ** 2).mean()).proved
    assert proved(2 * (y - t) / y.shape[features], gradient(defined, y))
    assert proved(2 * (y - t) / y.shape[features] / B, gradient(defined / B, y))
    for wrong in (y - t, 2 * (t - y) / m, 2 * (y - t), 2 * (y - t) / B, (y - t) / m, 2 * (y + t) / m):
        assert refused(wrong, gradient(defined, y))


def test_mean_absolute_error():
    y, t = symbolic("y", m, B), symbolic("t", m, B)
    defined = w.sum(B, lambda k: w.sum(m, lambda i: w.absolute(y.entry(i, k) - t.entry(i, k))) / m)
    slope = gradient(defined, y)
    kink = "y[i,k] − t[i,k] ≠ 0 (off the kink)"
    assert proved(np.sign(y - t) / m, slope, premises=[kink])
    masked = (y - t) / np.where(y == t, 1, np.abs(y - t)) / y.shape[0]
    assert proved(masked, slope, premises=[kink])
    assert proved(masked, np.sign(y - t) / m)  # at the kink too
    bare = (y - t) / np.abs(y - t) / m
    found = entries(bare, np.sign(y - t) / m)
    assert found.proved
    assert any("≠ 0" in premise for premise in found.premises)  # 0/0 at the kink is not hidden
    for wrong in (np.sign(t - y) / m, np.sign(y - t), np.sign(y) / m, (y > t) / m, (y - t) / m):
        assert refused(wrong, slope)


def test_hinge():
    y, t = symbolic("y", m, B), symbolic("t", m, B)
    defined = w.sum(B, lambda k: w.sum(m, lambda i: w.maximum(0, 1 - t.entry(i, k) * y.entry(i, k))))
    assert equal(np.maximum(1 - t * y, 0).sum(), defined).proved
    slope = gradient(defined, y)
    assert len(entries(-t * (1 - t * y > 0), slope).premises) == 1
    assert entries(-t * (1 - t * y > 0), slope).proved
    assert entries(-t * (t * y < 1), slope).proved
    for wrong in (t * (1 - t * y > 0), -y * (1 - t * y > 0), -t * (t * y > 0), -t, -t * (1 - t * y < 0)):
        assert refused(wrong, slope)


DOMAIN = ("every t >= 0", "y[i,k] + [t[i,k] = 0] > 0")


def test_cross_entropy():
    y, t = symbolic("y", m, B), symbolic("t", m, B, "nonnegative")

    def term(i, k):
        return w.where(w.greater(t.entry(i, k), 0), -t.entry(i, k) * w.log(y.entry(i, k)), 0)

    defined = w.sum(B, lambda k: w.sum(m, lambda i: term(i, k)))
    value = -(t * np.log(np.where(t > 0, y, 1))).sum(axis=0, keepdims=True)
    assert equal(value.sum(), defined).proved
    assert equal(-(t * np.log(y + (t == 0))).sum(), defined).proved
    slope = gradient(defined, y)
    for right in (-t / np.where(t > 0, y, 1), -t / (y + (t == 0))):
        found = entries(right, slope)
        assert found.proved
        assert "every t >= 0" in found.premises
    # y = 0 is in the domain where t = 0, and the code divides by 1 there: nothing more is asked for.
    code = -t / (y + (t == 0))
    assert proved(code, gradient(-(t * np.log(y + (t == 0))).sum(), y), premises=DOMAIN)
    for wrong in (t / (y + (t == 0)), -t / (y + 1), -y / (t + 1), -t * np.log(y), -1 / (y + (t == 0))):
        assert refused(wrong, slope)


def test_binary_cross_entropy():
    y, t = symbolic("y", m, B), symbolic("t", m, B)

    def term(i, k):
        a, b = t.entry(i, k), y.entry(i, k)
        return -a * w.log(b) - (1 - a) * w.log(1 - b)

    defined = w.sum(B, lambda k: w.sum(m, lambda i: term(i, k)))
    assert equal(-(t * np.log(y) + (1 - t) * np.log1p(-y)).sum(), defined).proved
    slope = gradient(defined, y)
    for right in (
        (1 - t) / (1 - y) - t / y,
        (y - t) / (y * (1 - y)),
        (1 - t) / (1 - y + (t == 1)) - t / (y + (t == 0)),
    ):
        found = entries(right, slope)
        assert found.proved, str(found)
        assert "y[i,k] > 0" in found.premises
    for wrong in ((1 - t) / (1 - y) + t / y, (t - y) / (y * (1 - y)), (y - t) / y, -t / y):
        assert refused(wrong, slope)


def test_binary_cross_entropy_with_saturated_predictions():
    """y = 0 where t = 0 and y = 1 where t = 1 are legal; the code divides by 1 there, and so no premise excludes it."""
    y, t = symbolic("y", m, B), symbolic("t", m, B)
    value = -(t * np.log(y + (t == 0)) + (1 - t) * np.log1p((t == 1) - y)).sum()
    code = (1 - t) / (1 - y + (t == 1)) - t / (y + (t == 0))
    found = entries(code, gradient(value, y))
    assert found.proved
    assert len(found.premises) == 2
    assert all(premise.endswith("> 0") and "= 0]" in premise for premise in found.premises)
    assert refused((1 - t) / (1 - y + (t == 0)) - t / (y + (t == 0)), gradient(value, y))


def test_softmax_cross_entropy_from_logits():
    v, t = symbolic("v", m, B), symbolic("t", m, B, "nonnegative", "columns-sum-to-1")
    free = symbolic("s", m, B)

    def defined(t):
        def example(k):
            total = w.sum(m, lambda i: w.exp(v.entry(i, k)))
            return w.sum(m, lambda i: -t.entry(i, k) * w.log(w.exp(v.entry(i, k)) / total))

        return w.sum(B, example)

    M = v.max(axis=0, keepdims=True)
    e = np.exp(v - M)
    y = e / e.sum(axis=0, keepdims=True)
    log_sum = np.log(e.sum(axis=0, keepdims=True)) + M
    assert equal((log_sum - (t * v).sum(axis=0, keepdims=True)).sum(), defined(t)).proved
    shifted = v - M
    stable = (t * (np.log(np.exp(shifted).sum(axis=0, keepdims=True)) - shifted)).sum(axis=0, keepdims=True)
    assert equal(stable.sum(), defined(t)).proved
    found = entries(y - t, gradient(defined(t), v))
    assert found.proved
    assert "each column of t sums to 1" in found.premises
    assert refused(y - free, gradient(defined(free), v))  # without that premise it is false
    assert proved(y * free.sum(axis=0, keepdims=True) - free, gradient(defined(free), v))
    for wrong in (t - y, y + t, (y - t) / B, y * (1 - t)):
        assert refused(wrong, gradient(defined(t), v))


def test_sigmoid_cross_entropy_from_logits():
    v, t = symbolic("v", m, B), symbolic("t", m, B)

    def term(i, k):
        y = 1 / (1 + w.exp(-v.entry(i, k)))
        return -t.entry(i, k) * w.log(y) - (1 - t.entry(i, k)) * w.log(1 - y)

    defined = w.sum(B, lambda k: w.sum(m, lambda i: term(i, k)))
    stable = np.log1p(np.exp(-np.abs(v))) + np.maximum(v, 0) - v * t
    assert equal(stable.sum(), defined).proved
    assert proved(stable_sigmoid(v) - t, gradient(defined, v))
    assert proved(stable_sigmoid(v) - t, gradient(stable.sum(), v))
    for wrong in (t - stable_sigmoid(v), stable_sigmoid(v), stable_sigmoid(-v) - t, v - t):
        assert refused(wrong, gradient(defined, v))
    assert not equal((np.log1p(np.exp(-np.abs(v))) + np.maximum(-v, 0) - v * t).sum(), defined).proved
    assert not equal((np.log1p(np.exp(np.abs(v))) + np.maximum(v, 0) - v * t).sum(), defined).proved


# --- what is refused ---


x, y, z = symbolic("x", n, B), symbolic("y", n, B), symbolic("z", B, n)
mask = x > 0

REFUSED = {
    "axis -1": lambda: x.sum(axis=-1, keepdims=True),
    "axis 2": lambda: x.sum(axis=2, keepdims=True),
    "axis True": lambda: x.sum(axis=True, keepdims=True),
    "both axes": lambda: x.sum(axis=(0, 1)),
    "keepdims False": lambda: x.sum(axis=0),
    "np.sum keepdims False": lambda: np.sum(x, axis=0),
    "total with keepdims": lambda: x.sum(keepdims=True),
    "mean keepdims": lambda: x.mean(axis=0),
    "max of all": lambda: x.max(),
    "argmax": lambda: x.argmax(axis=0),
    "min": lambda: x.min(axis=0, keepdims=True),
    "sum with dtype": lambda: x.sum(axis=0, keepdims=True, dtype=np.float32),
    "sum with where": lambda: x.sum(axis=0, keepdims=True, where=mask),
    "sum with initial": lambda: x.sum(axis=0, keepdims=True, initial=1),
    "sum with out": lambda: x.sum(axis=0, keepdims=True, out=y),
    "concrete array": lambda: x + np.ones((2, 2)),
    "concrete 1 x 1": lambda: x * np.ones((1, 1)),
    "concrete 0-d": lambda: x * np.array(2.0),
    "concrete first": lambda: np.ones((2, 2)) @ x,
    "list": lambda: x + [1, 2],  # noqa: RUF005
    "None": lambda: x + None,
    "complex": lambda: x * 1j,
    "infinite": lambda: x * float("inf"),
    "nan": lambda: x * float("nan"),
    "broadcast sizes": lambda: x + z,
    "broadcast sizes in where": lambda: np.where(x > 0, z, 1),
    "matmul sizes": lambda: x @ y,
    "matmul by scalar": lambda: x @ 2,
    "out": lambda: np.add(x, y, out=x),
    "where option": lambda: np.add(x, y, where=mask),
    "dtype": lambda: np.add(x, y, dtype=float),
    "reduce": lambda: np.add.reduce(x, axis=0),
    "outer": lambda: np.multiply.outer(x, y),
    "unknown ufunc": lambda: np.sqrt(x),
    "arctan": lambda: np.arctan(x),
    "floor division": lambda: x // 2,
    "remainder": lambda: x % 2,
    "fractional power": lambda: x**0.5,
    "power of arrays": lambda: x**y,
    "scalar to the array": lambda: 2**x,
    "indexing": lambda: x[0],
    "slicing": lambda: x[:, 0],
    "assignment": lambda: x.__setitem__(0, 1),
    "iteration": lambda: list(x),
    "len": lambda: len(x),
    "in": lambda: 1 in x,
    "bool": lambda: bool(x),
    "branch on data": lambda: 1 if (x > 0) else 2,
    "float": lambda: float(x),
    "reshape": lambda: x.reshape(-1),
    "astype": lambda: x.astype(float),
    "all": lambda: (x > 0).all(),
    "any": lambda: (x > 0).any(),
    "dtype attribute": lambda: x.dtype,
    "setting shape": lambda: setattr(x, "shape", (B, n)),
    "setting T": lambda: setattr(x, "T", z),
    "np.where, one argument": lambda: np.where(x > 0),
    "np.where of numbers": lambda: np.where(x, 1, 0),
    "np.dot by a number": lambda: np.dot(x, 2),
    "np.dot of sizes": lambda: np.dot(x, y),
    "np.dot with out": lambda: np.dot(x, z, out=x),
    "range of a size": lambda: range(x.size),
    "np.concatenate": lambda: np.concatenate([x, y]),
    "np.einsum": lambda: np.einsum("ij->ji", x),
    "bool + bool": lambda: (x > 0) + (y > 0),
    "bool + True": lambda: (x > 0) + True,
    "-bool": lambda: -(x > 0),
    "bool - bool": lambda: (x > 0) - (y > 0),
    "bool @ bool": lambda: (x > 0) @ (z > 0),
    "bool and True": lambda: (x > 0) * True + (y > 0),
    "sum of truth values": lambda: (x.sum() > 0) + (y.sum() > 0),
    "max of bool": lambda: (x > 0).max(axis=0, keepdims=True),
    "bool squared": lambda: (x > 0) ** 2,
    "& of numbers": lambda: x & y,
    "~ of numbers": lambda: ~x,
    "entry of another size": lambda: x.entry(Index(B), Index(n)),
    "entry at a number": lambda: x.entry(0, 0),
    "delta of sizes": lambda: identity(n).entry(Index(n), Index(B)),
    "derivative by a result": lambda: gradient(x.sum(), x + y),
    "derivative of a bound array": lambda: entries(
        gradient(x.sum(), s := symbolic("t", n, B, "rows-sum-to-1")), s
    ),
    "array of numbers": lambda: symbolic("x", 2, B),
    "a dimension True": lambda: symbolic("x", True, B),
    "unknown trait": lambda: symbolic("x", n, B, "even"),
    "sum of two values": lambda: w.sum(2, lambda i: i),
    "log of a known name": lambda: w.function("tanh"),
    "pickle": lambda: __import__("pickle").dumps(x),
    "term as array": lambda: np.asarray(x.sum(), dtype=float),
    "term beside concrete": lambda: np.ones((2, 2)) * x.sum(),
    "branch on a term": lambda: 1 if x.sum() > 0 else 2,
    "float of a term": lambda: float(x.sum()),
    "in place on a term with out": lambda: np.add(x.sum(), 1, out=x),
}


@pytest.mark.parametrize("operation", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_exact_is_refused(operation):
    with pytest.raises((Unsupported, UndecidableSize)):
        operation()


def test_there_is_no_way_to_a_numpy_array():
    for value in (x, x.sum()):
        with pytest.raises((Unsupported, ValueError)):
            np.asarray(value, dtype=float)


@pytest.mark.parametrize(
    "operator",
    [
        "iadd",
        "isub",
        "imul",
        "itruediv",
        "imatmul",
        "ipow",
        "ifloordiv",
        "imod",
        "iand",
        "ior",
        "ixor",
        "ilshift",
    ],
)
def test_nothing_changes_in_place(operator):
    g = symbolic("g", n, B)
    with pytest.raises(Unsupported, match="in-place"):
        getattr(g, f"__{operator}__")(2)


def test_in_place_statements_raise():
    g = alias = symbolic("g", n, B)
    with pytest.raises(Unsupported):
        g *= 2
    with pytest.raises(Unsupported):
        g -= alias
    assert g is alias
    assert copy.deepcopy(g) is g


def test_a_division_by_what_is_always_0_is_refused():
    with pytest.raises(ZeroDivisionError):
        entries(x / (y - y), x)


# --- sizes ---


def test_a_size_is_equal_to_itself_only():
    assert (m, B) == (m, B)
    assert not ((m, B) != (m, B))  # noqa: SIM202 - both operators are asked
    assert m == m
    other = Size("m")
    for question in (
        lambda: m == B,
        lambda: m != B,
        lambda: m == other,
        lambda: m == 1,
        lambda: 1 == m,  # noqa: SIM300
        lambda: m != 1,
        lambda: (m, 1) == (m, B),
        lambda: (m, B) != (B, m),
        lambda: m == None,  # noqa: E711
        lambda: m < B,
        lambda: m <= 1,
        lambda: m > 0,
        lambda: m >= 1,
        lambda: bool(m),
        lambda: int(m),
        lambda: float(m),
        lambda: range(m),
        lambda: [1, 2][m],
        lambda: np.zeros(m),
        lambda: [1] * m,
        lambda: "a" * m,
        lambda: max(m, B),
        lambda: m in (B, n),
    ):
        with pytest.raises((UndecidableSize, Unsupported, TypeError)):
            question()


def test_code_that_branches_on_sizes_cannot_run():
    def backward(x, g):
        return g @ x.T if x.shape[0] == x.shape[1] else x

    with pytest.raises(UndecidableSize):
        backward(x, y)


def test_sizes_are_numbers_in_arithmetic():
    assert proved(B * x / B, x)
    assert proved((x * n).mean(axis=0, keepdims=True), x.sum(axis=0, keepdims=True))
    assert equal(from_entry(n, B, lambda i, k: 1).sum(), n * B).proved
    assert equal(identity(n).sum(), n).proved
    assert not equal(identity(n).sum(), n * n).proved
    assert not equal(w.sum(n, lambda i: 1), B).proved
    assert not equal(n, 1).proved
    assert equal(n**2 - 1, (n - 1) * (n + 1)).proved
    assert proved(identity(n) @ x, x)
    with pytest.raises(UndecidableSize):
        identity(B) @ x


def test_two_arrays_of_one_name_are_one_only_if_they_are_alike():
    assert proved(symbolic("x", n, B), x)
    at = Index(n), Index(B)
    assert not equal(symbolic("x", n, B, "positive").entry(*at), x.entry(*at)).proved


def test_numpy_functions():
    assert equal(np.sum(x), x.sum()).proved
    assert equal(np.mean(x), x.sum() / n / B).proved
    assert proved(np.transpose(x), x.T)
    assert proved(np.max(x, axis=0, keepdims=True), x.max(axis=0, keepdims=True))
    assert proved(np.square(x), x**2)
    assert proved(x**2.0, x * x)
    assert proved(np.expm1(x), np.exp(x) - 1)
    assert proved(np.minimum(x, y), -np.maximum(-x, -y))
    assert proved(np.minimum(x, y) + np.maximum(x, y), x + y)
    assert proved(np.abs(x), np.maximum(x, -x))
    assert proved(np.where(~((x > 0) & (y > 0)), 1, 0), np.where((x <= 0) | (y <= 0), 1, 0))
    assert proved(np.where(x != y, 1, 0), 1 - 1 * (x == y))
    assert proved(np.where(x < y, 1, 0) + np.where(x > y, 1, 0) + (x == y), x * 0 + 1)
    assert proved(np.float64(0.5) * x, x / 2)
    assert proved(x / 2 + x * 0.5, x)
    assert refused(x * 0.1, x / 10)  # the float 0.1 is not a tenth
    assert proved(np.bool_(True) * x, x)
    assert proved(+x, x)
    assert proved(x.sum() * x / x.sum(), x, premises=["Σ_i Σ_k x[i,k] ≠ 0"])


def test_the_number_of_entries():
    one = symbolic("b", n, 1)
    assert symbolic("c", 1, 1).size == 1
    assert equal(x.sum() / x.size, x.mean()).proved
    assert equal(one.sum() / one.size, one.mean()).proved
    assert not equal(x.sum() / x.size, x.sum() / n).proved


def test_dot_is_the_matrix_product():
    for product in (np.dot(x, z), x.dot(z)):
        i, k = Index(n), Index(n)
        assert equal(product.entry(i, k), (x @ z).entry(i, k)).proved
    assert x.copy() is x
