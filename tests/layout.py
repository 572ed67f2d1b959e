"""Where hand-written numbers lie in each convention; only layout, no mathematics of networks.

Examples are written one after another, weights neuron by neuron, as one would on paper.
"""

import re

import numpy as np


def _placed(rows, dtype):
    array = np.empty((len(rows), len(rows[0])), dtype=dtype)
    for i, row in enumerate(rows):
        for k, value in enumerate(row):
            array[i, k] = value
    return array


def flip(array):
    """Write an array out again with its two axes exchanged."""
    other = np.empty((array.shape[1], array.shape[0]), dtype=array.dtype)
    for i in range(array.shape[0]):
        for k in range(array.shape[1]):
            other[k, i] = array[i, k]
    return other


def batch(net, examples, dtype=np.float64):
    """Lay out a list of examples, each a list of features."""
    array = _placed(examples, dtype)
    return flip(array) if net.CONVENTION == "column" else array


def weights(net, neurons, dtype=np.float64):
    """Lay out a list of neurons, each a list of weights by input."""
    array = _placed(neurons, dtype)
    return array if net.CONVENTION == "column" else flip(array)


def bias(net, numbers, dtype=np.float64):
    """Lay out one number per neuron."""
    return batch(net, [numbers], dtype)


def examples(net, array):
    """Read a batch back as a list of examples."""
    return (flip(array) if net.CONVENTION == "column" else array).tolist()


def neurons(net, array):
    """Read weights back as a list of neurons."""
    return (array if net.CONVENTION == "column" else flip(array)).tolist()


def numbers(net, array):
    """Read a bias back as a list."""
    (only,) = examples(net, array)
    return only


def shape(net, features, count):
    """Give the shape of a batch."""
    return (features, count) if net.CONVENTION == "column" else (count, features)


def dense(net, of_neurons, of_bias, dtype=np.float64):
    """Make a dense layer of hand-written numbers."""
    return net.Dense.of(weights(net, of_neurons, dtype), bias(net, of_bias, dtype))


def snapshot(network):
    """Copy every parameter of a network."""
    return [{name: array.copy() for name, array in named.items()} for named in network.parameters]


def same(before, after):
    """Tell whether two snapshots are equal, bit for bit."""
    return len(before) == len(after) and all(
        a.keys() == b.keys()
        and all(np.array_equal(a[name], b[name]) and a[name].dtype == b[name].dtype for name in a)
        for a, b in zip(before, after)
    )


def no_address(value):
    """Name a test's parameter the same in every process, for pytest-xdist."""
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", str(value))
