"""Neural networks from scratch in the row convention: v = x W + b, one example per row.

Mirror image of `colnet`, which does the same with columns. NumPy alone is needed. In reading order:
errors and axes, `Layer`, `Dense`, activations, losses, `Network`, gradient descent, `train`, the AND gate.
"""

from ._1_edge import (
    CONVENTION,
    DivergedError,
    DomainError,
    DtypeError,
    NotForwardError,
    ShapeError,
    UnknownNameError,
)
from ._2_layer import Layer
from ._3_dense import INITIALISATIONS, Dense, DenseGradients
from ._4_activations import ACTIVATIONS, Activation, Elementwise, ReLU, Sigmoid, Softmax, Tanh, activation
from ._5_losses import (
    LOSSES,
    MAE,
    MSE,
    REDUCTIONS,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    CrossEntropy,
    Hinge,
    Loss,
    SigmoidBinaryCrossEntropy,
    SoftmaxCrossEntropy,
    loss,
)
from ._6_network import Network, NetworkGradients, collapse, collapse_two
from ._7_descent import (
    SCHEDULES,
    Constant,
    CosineDecay,
    ExponentialDecay,
    Schedule,
    StepDecay,
    descend,
    schedule,
)
from ._8_training import History, train
from ._9_and_gate import and_gate, and_network, decision_surface

__all__ = [
    "ACTIVATIONS",
    "CONVENTION",
    "INITIALISATIONS",
    "LOSSES",
    "MAE",
    "MSE",
    "REDUCTIONS",
    "SCHEDULES",
    "Activation",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "Constant",
    "CosineDecay",
    "CrossEntropy",
    "Dense",
    "DenseGradients",
    "DivergedError",
    "DomainError",
    "DtypeError",
    "Elementwise",
    "ExponentialDecay",
    "Hinge",
    "History",
    "Layer",
    "Loss",
    "Network",
    "NetworkGradients",
    "NotForwardError",
    "ReLU",
    "Schedule",
    "ShapeError",
    "Sigmoid",
    "SigmoidBinaryCrossEntropy",
    "Softmax",
    "SoftmaxCrossEntropy",
    "StepDecay",
    "Tanh",
    "UnknownNameError",
    "activation",
    "and_gate",
    "and_network",
    "collapse",
    "collapse_two",
    "decision_surface",
    "descend",
    "loss",
    "schedule",
    "train",
]
