"""What Hypothesis draws: sizes (distinct and square), batches (1 and several), depths, dtypes, values."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st


class Sizes(NamedTuple):
    fan_in: int
    fan_out: int
    batch: int


def distinct_sizes(least_batch=1):
    """All different, so that a forgotten transpose is an error of shape."""
    return (
        st.permutations(range(1, 6))
        .map(lambda drawn: Sizes(*drawn[:3]))
        .filter(lambda sizes: sizes.batch >= least_batch)
    )


def square_sizes(least_batch=1):
    """Square weights, square batches too, so that a forgotten transpose is an error of value."""
    side = st.integers(2, 4)
    return st.one_of(
        side.map(lambda n: Sizes(n, n, n)),
        st.builds(lambda n, b: Sizes(n, n, b), side, st.integers(least_batch, 5)),
    )


def sizes(least_batch=1):
    return st.one_of(distinct_sizes(least_batch), square_sizes(least_batch))


def batches():
    """One example, and several."""
    return st.one_of(st.just(1), st.integers(2, 5))


def widths(least=1, most=4):
    """Sizes along a chain of so many dense layers: depth + 1 numbers."""
    return st.integers(least, most).flatmap(
        lambda depth: st.lists(st.integers(1, 4), min_size=depth + 1, max_size=depth + 1)
    )


def dtypes():
    return st.sampled_from([np.float64, np.float32])


def rationals(largest=6):
    return st.builds(Fraction, st.integers(-largest, largest), st.integers(1, 4))


def moderate(limit=4):
    """Numbers that float32 holds exactly, so that each dtype gets the same ones."""
    return st.floats(-limit, limit, width=32, allow_subnormal=False)


def probabilities():
    """Inside (0, 1) and well away from its ends, held exactly by float32."""
    return st.integers(1, 255).map(lambda n: n / 256)


def table(rows, columns, values):
    """Draw that many lists of that many values."""
    return st.lists(st.lists(values, min_size=columns, max_size=columns), min_size=rows, max_size=rows)


@st.composite
def distributions(draw, count, classes):
    """Draw examples that are distributions, exact in binary: 256ths that sum to 1."""
    found = []
    for _ in range(count):
        cuts = sorted(draw(st.lists(st.integers(0, 256), min_size=classes - 1, max_size=classes - 1)))
        found.append([(b - a) / 256 for a, b in zip([0, *cuts], [*cuts, 256])])
    return found


@st.composite
def dense_cases(draw, values=None, least_batch=1):
    """Draw sizes, and on paper the weights, bias, examples and upstream gradient of a dense layer."""
    values = rationals() if values is None else values
    size = draw(sizes(least_batch))
    return (
        size,
        draw(table(size.fan_out, size.fan_in, values)),
        draw(table(1, size.fan_out, values))[0],
        draw(table(size.batch, size.fan_in, values)),
        draw(table(size.batch, size.fan_out, values)),
    )
