"""What holds for every layer and network, whatever it computes: a pass back changes nothing."""

import numpy as np


def arrays_of(result):
    """Give every array in what a backward pass returned."""
    if isinstance(result, np.ndarray):
        return [result]
    if isinstance(result, dict):
        result = list(result.values())
    return [array for part in result for array in arrays_of(part)]


def frozen(array):
    """Copy an array and forbid writing to the copy."""
    array = array.copy()
    array.flags.writeable = False
    return array


def check(layer, parameters, x, g):
    """Hold a layer or network to it.

    ``parameters()`` lists its arrays; ``x`` and ``g`` are a batch and an upstream gradient of one dtype.
    """
    before = [array.copy() for array in parameters()]
    x, g = frozen(x), frozen(g)
    x_was, g_was = x.copy(), g.copy()

    y = layer.forward(x)
    assert y.shape == g.shape
    assert y.dtype == x.dtype
    y_was = y.copy()
    first, second = layer.backward(g), layer.backward(g)

    found = arrays_of(first)
    likes = [x, *parameters()]
    assert [a.shape for a in found] == [a.shape for a in likes], "a gradient has the shape of its variable"
    assert all(a.dtype == like.dtype for a, like in zip(found, likes))
    for a, again in zip(found, arrays_of(second)):
        assert np.array_equal(a, again), "the same answer when asked again"
    others = [x, g, y, *parameters(), *arrays_of(second)]
    for a in found:
        assert not any(np.shares_memory(a, other) for other in others), "no memory shared"
    assert not any(np.shares_memory(y, other) for other in [x, g, *parameters()])

    assert np.array_equal(x, x_was)
    assert np.array_equal(g, g_was)
    assert np.array_equal(y, y_was)
    assert all(np.array_equal(a, b) for a, b in zip(before, parameters())), "backward changes no parameter"

    for a in arrays_of(layer.backward(np.zeros_like(g))):
        assert not a.any(), "zero for a zero upstream gradient"

    # What the caller does with arrays that are its own cannot change a gradient.
    x = x.copy()
    y = layer.forward(x)
    x += 1
    y *= 3
    for a, again in zip(found, arrays_of(layer.backward(g))):
        assert np.array_equal(a, again), "x or y changed in place after forward"
