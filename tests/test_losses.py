"""Losses: by hand, against 60-digit numbers, exact differences, domains, kinks, and far out."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract import frozen
from tests.layout import batch, examples, shape
from tests.rounding import (
    ELEMENTARY,
    assert_within,
    differences,
    exact_differences,
    flat,
    high,
)
from tests.strategies import batches, distributions, dtypes, moderate, probabilities, rationals, table

F = Fraction
LN2, LN3, LN5 = np.log(2.0), np.log(3.0), np.log(5.0)
ln = high.log

# By hand, two examples each: predictions, targets, the loss of each example, its gradient (under "sum").
HAND = {
    # ((-2)^2 + 3^2) / 2 and 2^2 / 2
    "mse": ([[1, 4], [0, 2]], [[3, 1], [0, 0]], [6.5, 2], [[-2, 3], [0, 2]]),
    # (2 + 3) / 2 and 2 / 2; where y = t the slope is 0
    "mae": ([[1, 4], [0, 2]], [[3, 1], [0, 0]], [2.5, 1], [[-0.5, 0.5], [0, 0.5]]),
    # -ln(1/4) and -(ln(1/4) + ln(1/2)) / 2
    "cross-entropy": (
        [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]],
        [[0, 1, 0], [0.5, 0.5, 0]],
        [ln(4), ln(8) / 2],
        [[0, -4, 0], [-2, -1, 0]],
    ),
    "categorical-cross-entropy": (
        [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]],
        [[0, 1, 0], [0.5, 0.5, 0]],
        [ln(4), ln(8) / 2],
        [[0, -4, 0], [-2, -1, 0]],
    ),
    # -ln(3/4) - ln(1/2); -(ln(1/4) + ln(3/4)) / 2 - ln(1/4). Slopes: -1/y for yes, 1/(1-y) for no.
    "binary-cross-entropy": (
        [[0.75, 0.5], [0.25, 0.75]],
        [[1, 0], [0.5, 0]],
        [ln(F(4, 3).numerator) - ln(3) + ln(2), (ln(16) - ln(3)) / 2 + ln(4)],
        [[F(-4, 3), 2], [F(-4, 3), 4]],
    ),
    # 0 + 1.5 + 1.25; the second example stands on the kink, t y = 1
    "hinge": ([[2, -0.5, 0.25], [1, -1, 1]], [[1, 1, -1], [1, -1, 1]], [2.75, 0], [[0, -1, 1], [0, 0, 0]]),
    # logits of (1, 2, 5) / 8 and of (1, 1, 1) / 3
    "softmax-cross-entropy": (
        [[0, LN2, LN5], [7, 7, 7]],
        [[0, 0, 1], [0.5, 0, 0.5]],
        [ln(8) - ln(5), ln(3)],
        [[F(1, 8), F(2, 8), F(-3, 8)], [F(-1, 6), F(1, 3), F(-1, 6)]],
    ),
    # logits of 3/4 and 1/4 and 1/2
    "sigmoid-binary-cross-entropy": (
        [[LN3, LN3], [-LN3, 0]],
        [[1, 0], [0, 0.5]],
        [ln(4) - ln(3) + ln(4), ln(4) - ln(3) + ln(2)],
        [[F(-1, 4), F(3, 4)], [F(1, 4), 0]],
    ),
}
NAMES = list(HAND)
SMOOTH = [name for name in NAMES if name not in ("mae", "hinge")]


def _term(p, log_of):
    return p * ln(log_of) if p else high.mpf(0)


# The definitions for one example of 60-digit numbers; nothing is said of derivatives.
DEFINITION = {
    "mse": lambda y, t: sum((a - b) ** 2 for a, b in zip(y, t)) / len(y),
    "mae": lambda y, t: sum(abs(a - b) for a, b in zip(y, t)) / len(y),
    "cross-entropy": lambda y, t: -sum(_term(b, a) for a, b in zip(y, t)),
    "categorical-cross-entropy": lambda y, t: -sum(_term(b, a) for a, b in zip(y, t)),
    "binary-cross-entropy": lambda y, t: -sum(_term(b, a) + _term(1 - b, 1 - a) for a, b in zip(y, t)),
    "hinge": lambda y, t: sum(max(high.mpf(0), 1 - b * a) for a, b in zip(y, t)),
    "softmax-cross-entropy": lambda v, t: (
        -sum(b * ln(high.exp(a) / sum(high.exp(c) for c in v)) for a, b in zip(v, t))
    ),
    "sigmoid-binary-cross-entropy": lambda v, t: (
        -sum(b * ln(1 / (1 + high.exp(-a))) + (1 - b) * ln(1 / (1 + high.exp(a))) for a, b in zip(v, t))
    ),
}


def arguments(data, name, count, features):
    """Draw predictions and targets in the domain, off the kinks."""
    if name == "mse":
        return (data.draw(table(count, features, moderate())) for _ in range(2))
    if name in ("mae", "hinge"):
        t = data.draw(table(count, features, st.sampled_from([-1.0, 1.0])))
        gap = st.sampled_from([-2.5, -1.0, -0.125, 0.25, 3.0])
        gaps = data.draw(table(count, features, gap))
        return [[b + d for b, d in zip(bs, ds)] for bs, ds in zip(t, gaps)], t
    y = data.draw(table(count, features, moderate(20)))
    if name in ("cross-entropy", "binary-cross-entropy", "categorical-cross-entropy"):
        y = data.draw(table(count, features, probabilities()))
    if "binary" in name:
        return y, data.draw(table(count, features, st.integers(0, 256).map(lambda n: n / 256)))
    return y, data.draw(distributions(count, features))


@pytest.mark.parametrize("name", NAMES)
def test_by_hand(net, name):
    y, t, each, slopes = HAND[name]
    y, t = batch(net, y), batch(net, t)
    summed, mean = net.loss(name, "sum"), net.loss(name)
    roundings = 4 * ELEMENTARY + 12  # two elementary functions of a rounded argument, and their sum
    scale = [8, 8]
    assert summed.per_example(y, t).shape == shape(net, 1, 2)
    assert_within(examples(net, summed.per_example(y, t)), each, roundings, scale)
    assert_within(examples(net, mean.per_example(y, t)), each, roundings, scale)
    assert_within([summed.value(y, t)], [sum(flat(each))], roundings, [16])
    assert_within([mean.value(y, t)], [sum(flat(each)) / 2], roundings, [8])
    ones = [[4] * len(slopes[0])] * 2
    assert_within(examples(net, summed.gradient(y, t)), slopes, roundings, ones)
    halves = [[s / 2 for s in flat(row)] for row in slopes]
    assert_within(examples(net, mean.gradient(y, t)), halves, roundings, ones)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data(), dtype=dtypes(), features=st.integers(1, 4), count=batches())
def test_value_and_gradient_against_60_digits(net, name, data, dtype, features, count):
    """Against the definition, differentiated by differences of its own values."""
    ys, ts = arguments(data, name, count, features)
    loss, define = net.loss(name, "sum"), DEFINITION[name]
    y, t = frozen(batch(net, ys, dtype)), frozen(batch(net, ts, dtype))
    each = loss.per_example(y, t)
    gradient = loss.gradient(y, t)
    assert each.dtype == gradient.dtype == dtype
    assert each.shape == shape(net, 1, count)
    assert gradient.shape == y.shape
    assert not np.shares_memory(gradient, y)
    assert not np.shares_memory(gradient, t)
    assert np.array_equal(gradient, loss.gradient(y, t))
    # Elementary functions, at most two in a row, of arguments up to 40 that were rounded once or twice.
    roundings = 2 * ELEMENTARY + features + 2 * 40 + 6
    for a, b, value, slope in zip(ys, ts, examples(net, each), examples(net, gradient)):
        a, b = list(flat(a)), list(flat(b))
        exact = define(a, b)
        terms = sum(abs(v) ** 2 + abs(v) for v in (*a, *b)) + features * 8
        assert_within(value, [exact], roundings, [terms], dtype)
        found = differences(lambda p, b=b: define(p, b), a)
        # No slope is made of terms larger than 1 / y + 1 / (1 - y), or 2 |y - t|.
        largest = [
            1 / x + 1 / (1 - x) if 0 < x < 1 else 2 * (abs(x) + abs(label)) + 2 for x, label in zip(a, b)
        ]
        assert_within(slope, found, roundings, largest, dtype)


@given(ys=table(3, 2, rationals()), ts=table(3, 2, rationals()))
def test_mse_on_rationals(net, ys, ts):
    """Quadratic: the central difference of the value alone is the derivative, exactly; mean is sum over 3."""
    for reduction, share in (("sum", 1), ("mean", 3)):
        loss = net.MSE(reduction)

        def value(point, loss=loss):
            rows = [point[:2], point[2:4], point[4:]]
            return loss.value(batch(net, rows, object), batch(net, ts, object))

        slopes = exact_differences(value, [n for row in ys for n in row])
        found = examples(net, loss.gradient(batch(net, ys, object), batch(net, ts, object)))
        assert [n for row in found for n in row] == slopes
        each = [sum((a - b) ** 2 for a, b in zip(y, t)) / 2 for y, t in zip(ys, ts)]
        assert value([n for row in ys for n in row]) == sum(each) / share


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data(), features=st.integers(1, 4), count=batches())
def test_reductions_and_batches(net, name, data, features, count):
    """Mean is sum by the batch; a batch is its examples one by one."""
    ys, ts = arguments(data, name, count, features)
    y, t = batch(net, ys), batch(net, ts)
    summed, mean = net.loss(name, "sum"), net.loss(name, "mean")
    each = summed.per_example(y, t)
    assert np.array_equal(each, mean.per_example(y, t))
    assert_within([summed.value(y, t)], [sum(flat(each))], count, [sum(abs(e) for e in flat(each))])
    assert_within([mean.value(y, t) * count], [summed.value(y, t)], 2)
    slope, share = summed.gradient(y, t), mean.gradient(y, t)
    assert_within(share * count, slope, 2)
    for k in range(count):
        one = batch(net, [ys[k]]), batch(net, [ts[k]])
        assert mean.value(*one) == summed.value(*one)
        size = [sum(abs(v) ** 2 + abs(v) for v in flat([ys[k], ts[k]])) + 8 * features]
        assert_within([summed.value(*one)], examples(net, each)[k], 8 * ELEMENTARY, size)
        largest = [max(1, *(abs(s) for s in flat(examples(net, slope)[k])))] * features
        assert_within(examples(net, summed.gradient(*one)), examples(net, slope)[k], 8 * ELEMENTARY, largest)


def test_slopes_at_kinks_lie_between_the_one_sided_ones(net):
    h = F(1, 1000)
    for loss, at, label in ((net.MAE(), F(3), F(3)), (net.Hinge(), F(1), F(1)), (net.Hinge(), F(-1), F(-1))):

        def value(y, loss=loss, label=label):
            # The second feature makes N = 2.
            return loss.value(batch(net, [[y, label]], object), batch(net, [[label, label]], object))

        left, right = (value(at) - value(at - h)) / h, (value(at + h) - value(at)) / h
        slope = loss.gradient(batch(net, [[at, label]], object), batch(net, [[label, label]], object))
        slope = examples(net, slope)[0][0]
        assert left < right
        assert left <= slope <= right
        assert slope == 0


# Domain: loss, prediction, target (one example each), what the message must say.
OUTSIDE = [
    ("cross-entropy", [0.5, -0.5], [1, 0], "a probability"),
    ("cross-entropy", [0.5, 0.0], [0, 1], "y > 0 where t > 0"),
    ("cross-entropy", [0.5, 5e-324], [0, 1], "t / y finite"),
    ("cross-entropy", [0.5, 0.5], [0, -1], "t >= 0"),
    ("categorical-cross-entropy", [0.5, 0.5], [1, 1], "sum to 1"),
    ("categorical-cross-entropy", [0.5, 0.5], [0.5, 0.25], "sum to 1"),
    ("categorical-cross-entropy", [0.5, 0.5], [1.5, -0.5], "t >= 0"),
    ("categorical-cross-entropy", [1.0, 0.0], [0.5, 0.5], "y > 0 where t > 0"),
    ("binary-cross-entropy", [0.5, 1.5], [0, 1], "a probability"),
    ("binary-cross-entropy", [0.5, -0.1], [0, 1], "a probability"),
    ("binary-cross-entropy", [0.5, 0.5], [0, 2], "0 <= t <= 1"),
    ("binary-cross-entropy", [0.5, 0.5], [0, -1], "0 <= t <= 1"),
    ("binary-cross-entropy", [0.5, 0.0], [0, 1], "y > 0 where t > 0"),
    ("binary-cross-entropy", [0.5, 1.0], [1, 0], "y < 1 where t < 1"),
    ("binary-cross-entropy", [0.5, 1.0], [1, 0.999], "y < 1 where t < 1"),
    ("hinge", [0.5, 0.5], [0, 1], "labels -1 or"),
    ("hinge", [0.5, 0.5], [1, 2], "labels -1 or"),
    ("softmax-cross-entropy", [3, 4], [1, 1], "sum to 1"),
    ("softmax-cross-entropy", [3, 4], [2, -1], "t >= 0"),
    ("sigmoid-binary-cross-entropy", [3, 4], [0, 1.5], "0 <= t <= 1"),
    ("sigmoid-binary-cross-entropy", [3, 4], [0, -1], "0 <= t <= 1"),
]


@pytest.mark.parametrize(("name", "y", "t", "said"), OUTSIDE)
def test_outside_the_domain(net, name, y, t, said):
    fine = {"cross-entropy": ([0.5, 0.5], [0, 1]), "hinge": ([0.5, 0.5], [1, -1])}.get(
        name, ([0.5, 0.25], [0, 1])
    )
    y, t = batch(net, [fine[0], y]), batch(net, [fine[1], t])
    loss = net.loss(name)
    for door in (loss.value, loss.per_example, loss.gradient):
        with pytest.raises(net.DomainError) as error:
            door(y, t)
        text = str(error.value)
        assert text.startswith(f"[{net.CONVENTION} convention] {type(loss).__name__}: got ")
        assert "; expected" in text
        assert said in text


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_saturated_prediction_is_legal_where_its_target_is_0_or_1(net, dtype):
    """E17: exactly 0 and 1 from our own softmax and sigmoid."""
    far = batch(net, [[1e4, -1e4], [-1e4, 1e4]], dtype)
    t = batch(net, [[1, 0], [0, 1]], dtype)
    for layer, names in (
        (net.Softmax(), ["cross-entropy", "categorical-cross-entropy"]),
        (net.Sigmoid(), ["binary-cross-entropy"]),
    ):
        y = layer.forward(far)
        assert np.array_equal(y, t)
        for name in names:
            loss = net.loss(name, "sum")
            assert loss.value(y, t) == 0
            gradient = loss.gradient(y, t)
            assert gradient.dtype == dtype
            # d(-ln y)/dy = -1 at y = 1; d(-ln(1 - y))/dy = 1 at y = 0; nothing where t = 0 in (10), (12).
            other = 1 if name == "binary-cross-entropy" else 0
            assert examples(net, gradient) == [[-1, other], [other, -1]]
            assert not layer.backward(gradient).any()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_prediction_too_small_for_its_slope_is_refused(net, dtype):
    """1 / y must be a number: the smallest normal one is fine, the smallest of all is not."""
    info = np.finfo(dtype)
    t = batch(net, [[1, 0]], dtype)
    for name in ("cross-entropy", "categorical-cross-entropy", "binary-cross-entropy"):
        loss = net.loss(name)
        gradient = loss.gradient(batch(net, [[info.tiny, 0.5]], dtype), t)
        assert np.isfinite(gradient).all()
        with pytest.raises(net.DomainError, match="t / y finite"):
            loss.gradient(batch(net, [[info.smallest_subnormal, 0.5]], dtype), t)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_fused_losses_far_out(net, dtype):
    """Logits of 1e4: the losses and slopes are known exactly, and nothing overflows."""
    v = batch(net, [[1e4, -1e4], [-1e4, 1e4], [1e4, 1e4], [-1e4, -1e4]], dtype)
    t = batch(net, [[0, 1], [0, 1], [1, 0], [0.5, 0.5]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        soft = net.SoftmaxCrossEntropy("sum")
        each, slope = soft.per_example(v, t), soft.gradient(v, t)
        assert each.dtype == slope.dtype == dtype
        ln2 = dtype(0.6931471805599453)
        assert_within(examples(net, each), [2e4, 0, ln2, ln2], ELEMENTARY, dtype=dtype)
        assert examples(net, slope) == [[1, -1], [0, 0], [-0.5, 0.5], [0, 0]]
        single = net.SigmoidBinaryCrossEntropy("sum")
        each, slope = single.per_example(v, t), single.gradient(v, t)
        assert each.dtype == slope.dtype == dtype
        assert examples(net, each) == [[2e4], [0], [1e4], [1e4]]
        assert examples(net, slope) == [[1, -1], [0, 0], [0, 1], [-0.5, -0.5]]


@given(data=st.data(), count=batches(), features=st.integers(1, 4))
def test_fused_is_what_it_fuses(net, data, count, features):
    v = batch(net, data.draw(table(count, features, moderate(5))))
    for layer, plain, fused, targets in (
        (
            net.Softmax(),
            net.CategoricalCrossEntropy(),
            net.SoftmaxCrossEntropy(),
            distributions(count, features),
        ),
        (
            net.Sigmoid(),
            net.BinaryCrossEntropy(),
            net.SigmoidBinaryCrossEntropy(),
            table(count, features, st.integers(0, 256).map(lambda n: n / 256)),
        ),
    ):
        t = batch(net, data.draw(targets))
        y = layer.forward(v)
        # y lies between e^-10 / 4 and 1 - e^-5 / 2: slopes below 1e5, a sum of at most 4 of them.
        roundings, scale = 8 * ELEMENTARY + 40, 300 * features
        assert_within([plain.value(y, t)], [fused.value(v, t)], roundings, [scale])
        through = layer.backward(plain.gradient(y, t))
        assert_within(through, fused.gradient(v, t), roundings, np.full_like(t, scale))


def test_names_and_reductions(net):
    assert sorted(net.LOSSES) == sorted(NAMES)
    for name, kind in net.LOSSES.items():
        loss = net.loss(name)
        assert type(loss) is kind
        assert loss.reduction == "mean"
        assert repr(loss) == f"{kind.__name__}(reduction='mean')"
        assert repr(kind("sum")) == f"{kind.__name__}(reduction='sum')"
        for bad in ("Mean", "none", "", None, 1, True):
            with pytest.raises(net.UnknownNameError, match=rf"{net.CONVENTION}.*one of mean, sum"):
                kind(bad)
    for bad in ("MSE", "l2", "", None, 3):
        with pytest.raises(net.UnknownNameError, match="one of binary-cross-entropy, "):
            net.loss(bad)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_broadcast(net, name):
    """(n, 1) against (n,), one target for many predictions, the transpose: errors of shape, all."""
    y, t, *_ = HAND[name]
    y, t = batch(net, y), batch(net, t)
    loss = net.loss(name)
    first = batch(net, [HAND[name][1][0]])
    wrong = [t.ravel(), t[0], first, t[:1, :1], t[None]]
    if y.shape != y.T.shape:
        wrong.append(t.T)
    for bad in wrong:
        for door in (loss.value, loss.per_example, loss.gradient):
            with pytest.raises(
                net.ShapeError, match=rf"\[{net.CONVENTION} convention\] {type(loss).__name__}"
            ):
                door(y, bad)
