"""Losses: how far a prediction is from its target, and the gradient by it (equations 8-13, 15)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from ._1_edge import EXAMPLES, FEATURES, Array, DomainError, as_batch, as_like, is_float, message, one_of
from ._4_activations import sigmoid, softmax

REDUCTIONS = ("mean", "sum")


class Loss(ABC):
    """What every loss has.

    The loss of one example is the equation as printed; ``reduction`` says whether those of a batch are
    averaged or summed, and the gradient follows it.

    Parameters
    ----------
    reduction : {"mean", "sum"}
        Over the examples of the batch.
    """

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = one_of(reduction, REDUCTIONS, f"{type(self).__name__}: reduction")

    @abstractmethod
    def _per_example(self, y: Array, t: Array) -> Array:
        """Compute the loss of each example; pure, unchecked."""

    @abstractmethod
    def _slope(self, y: Array, t: Array) -> Array:
        """Compute the gradient of the sum of the losses; pure, unchecked."""

    def _domain(self, y: Array, t: Array) -> None:
        """Raise DomainError where the loss of floats is not defined."""
        del y, t

    def _checked(self, y: Any, t: Any) -> tuple[Array, Array]:
        where = type(self).__name__
        y = as_batch(y, f"{where}: prediction y")
        t = as_like(t, f"{where}: target t", y.shape, "the prediction y")
        self._check_domain(y, t)
        return y, t

    def _check_domain(self, y: Array, t: Array) -> None:
        if is_float(y) and is_float(t):
            self._domain(y, t)

    def _reduced(self, total: Array, batch: Any) -> Array:
        return total / batch if self.reduction == "mean" else total

    def per_example(self, y: Any, t: Any) -> Array:
        """Return the loss of each example, (batch, 1).

        Parameters
        ----------
        y, t : array (batch, features)
            Prediction and target.

        Raises
        ------
        ShapeError, DtypeError, DomainError
            When they are not of one shape, or outside the domain that the class states.
        """
        return self._per_example(*self._checked(y, t))

    def value(self, y: Any, t: Any) -> Any:
        """Return the loss of the batch, a number; arguments and errors as for `per_example`."""
        y, t = self._checked(y, t)
        return self._reduced(self._per_example(y, t).sum(), y.shape[EXAMPLES])

    def gradient(self, y: Any, t: Any) -> Array:
        """Return dL/dy, of the shape of y; arguments and errors as for `per_example`."""
        y, t = self._checked(y, t)
        return self._reduced(self._slope(y, t), y.shape[EXAMPLES])

    def __repr__(self) -> str:
        return f"{type(self).__name__}(reduction={self.reduction!r})"


class MSE(Loss):
    """Mean squared error (8): the mean over the outputs of (y - t)**2. Gradient (15) with its 1/N."""

    def _per_example(self, y: Array, t: Array) -> Array:
        return ((y - t) ** 2).sum(axis=FEATURES, keepdims=True) / y.shape[FEATURES]

    def _slope(self, y: Array, t: Array) -> Array:
        return 2 * (y - t) / y.shape[FEATURES]


class MAE(Loss):
    """Mean absolute error (9). At a kink y = t the slope is taken as 0, a subgradient.

    Defined where the difference y - t is finite.
    """

    def _domain(self, y: Array, t: Array) -> None:
        # Halved, because infinity / infinity in the slope would be NaN.
        largest = np.finfo(np.result_type(y, t)).max / 2
        _demand(np.abs(y / 2 - t / 2) <= largest, y, self, "prediction", "y - t that is finite")

    def _per_example(self, y: Array, t: Array) -> Array:
        return np.abs(y - t).sum(axis=FEATURES, keepdims=True) / y.shape[FEATURES]

    def _slope(self, y: Array, t: Array) -> Array:
        return (y - t) / np.where(y == t, 1, np.abs(y - t)) / y.shape[FEATURES]


class CrossEntropy(Loss):
    """Cross-entropy (10): minus the sum of t log y.

    Defined for t >= 0 and y >= 0, with y > 0 wherever t > 0; where t = 0 the term is 0, even at y = 0:
    there the code takes log(y + 1) in place of log(y), and multiplies by 0.
    """

    def _domain(self, y: Array, t: Array) -> None:
        _demand(t >= 0, t, self, "target", "t >= 0")
        _demand(y >= 0, y, self, "prediction", "y >= 0 (a probability, not a raw score)")
        _demand((y > _least(y, t)) | (t == 0), y, self, "prediction", "y > 0 where t > 0, and t / y finite")

    def _per_example(self, y: Array, t: Array) -> Array:
        return -(t * np.log(y + (t == 0))).sum(axis=FEATURES, keepdims=True)

    def _slope(self, y: Array, t: Array) -> Array:
        return -t / (y + (t == 0))


class CategoricalCrossEntropy(CrossEntropy):
    """Categorical cross-entropy (12): cross-entropy where each target is a distribution over classes.

    Besides the domain of `CrossEntropy` the target of each example must sum to 1.
    """

    def _domain(self, y: Array, t: Array) -> None:
        super()._domain(y, t)
        _demand_distribution(t, self)


class BinaryCrossEntropy(Loss):
    """Binary cross-entropy (11): minus the sum of t log y + (1 - t) log(1 - y).

    Defined for 0 <= t <= 1 and 0 <= y <= 1, with y > 0 where t > 0 and y < 1 where t < 1.
    """

    def _domain(self, y: Array, t: Array) -> None:
        _demand((t >= 0) & (t <= 1), t, self, "target", "0 <= t <= 1")
        _demand((y >= 0) & (y <= 1), y, self, "prediction", "0 <= y <= 1 (a probability, not a raw score)")
        _demand((y > _least(y, t)) | (t == 0), y, self, "prediction", "y > 0 where t > 0, and t / y finite")
        _demand((y < 1) | (t == 1), y, self, "prediction", "y < 1 where t < 1")

    def _per_example(self, y: Array, t: Array) -> Array:
        yes = t * np.log(y + (t == 0))
        no = (1 - t) * np.log1p((t == 1) - y)
        return -(yes + no).sum(axis=FEATURES, keepdims=True)

    def _slope(self, y: Array, t: Array) -> Array:
        return (1 - t) / (1 - y + (t == 1)) - t / (y + (t == 0))


class Hinge(Loss):
    """Hinge loss (13): the sum of max(0, 1 - t y), for labels t of -1 or +1 and raw scores y.

    At the kink t y = 1 the slope is taken as 0, a subgradient.
    """

    def _domain(self, y: Array, t: Array) -> None:
        _demand((t == 1) | (t == -1), t, self, "target", "labels -1 or +1")

    def _per_example(self, y: Array, t: Array) -> Array:
        return np.maximum(1 - t * y, 0).sum(axis=FEATURES, keepdims=True)

    def _slope(self, y: Array, t: Array) -> Array:
        return np.where(1 - t * y > 0, -t, 0 * y)  # 0 * y: of the wider type of both


class SoftmaxCrossEntropy(Loss):
    """Cross-entropy of softmax, from the logits v in place of y: stable, with gradient softmax(v) - t.

    The target of each example must be a distribution: t >= 0, summing to 1; the logits are at most half of
    what the float type holds, so that their differences are finite.
    """

    def _domain(self, y: Array, t: Array) -> None:
        largest = np.finfo(y.dtype).max / 2
        _demand(np.abs(y) <= largest, y, self, "logit", f"at most {largest} in size")
        _demand(t >= 0, t, self, "target", "t >= 0")
        _demand_distribution(t, self)

    def _per_example(self, y: Array, t: Array) -> Array:
        v = y - y.max(axis=FEATURES, keepdims=True)
        return (t * (np.log(np.exp(v).sum(axis=FEATURES, keepdims=True)) - v)).sum(
            axis=FEATURES, keepdims=True
        )

    def _slope(self, y: Array, t: Array) -> Array:
        return softmax(y) - t


class SigmoidBinaryCrossEntropy(Loss):
    """Binary cross-entropy of sigmoid, from the logits v in place of y: stable, with gradient sigmoid(v) - t.

    Defined for 0 <= t <= 1.
    """

    def _domain(self, y: Array, t: Array) -> None:
        _demand((t >= 0) & (t <= 1), t, self, "target", "0 <= t <= 1")

    def _per_example(self, y: Array, t: Array) -> Array:
        v = y
        return (np.maximum(v, 0) - t * v + np.log1p(np.exp(-np.abs(v)))).sum(axis=FEATURES, keepdims=True)

    def _slope(self, y: Array, t: Array) -> Array:
        return sigmoid(y) - t


def _least(y: Array, t: Array) -> Array:
    """Give the greatest prediction at which the slope t / y is more than the float type can hold."""
    return t / np.finfo(y.dtype).max


def _demand(holds: Array, array: Array, loss: Loss, role: str, expected: str) -> None:
    if not holds.all():
        at = tuple(int(i) for i in np.argwhere(~holds)[0])
        raise DomainError(message(type(loss).__name__, f"{role} {array[at]} at entry {at}", expected))


def _demand_distribution(t: Array, loss: Loss) -> None:
    total = t.sum(axis=FEATURES, keepdims=True)
    # n additions round n times, and each entry may have been rounded a few times when it was made.
    slack = (t.shape[FEATURES] + 4) * np.finfo(t.dtype).eps
    _demand(
        np.abs(total - 1) <= slack, total, loss, "targets summing to", "targets that sum to 1 per example"
    )


LOSSES: dict[str, Callable[[str], Loss]] = {
    "mse": MSE,
    "mae": MAE,
    "cross-entropy": CrossEntropy,
    "binary-cross-entropy": BinaryCrossEntropy,
    "categorical-cross-entropy": CategoricalCrossEntropy,
    "hinge": Hinge,
    "softmax-cross-entropy": SoftmaxCrossEntropy,
    "sigmoid-binary-cross-entropy": SigmoidBinaryCrossEntropy,
}


def loss(name: str, reduction: str = "mean") -> Loss:
    """Make a loss by its name, with the reduction over the batch."""
    return LOSSES[one_of(name, LOSSES, "loss")](reduction)


def as_loss(value: Any) -> Loss:
    """Take a loss of this convention, or make one by its name."""
    return value if isinstance(value, Loss) else loss(value)
