"""Other people's code as subjects: one adapter for each shape that from-scratch networks and libraries come in.

==========================  ============================================================================
`functions`                 functions of a layer, an activation, a loss, that return gradients
`updating_layers`           layer objects with ``forward(x)`` and ``backward(g, learning_rate)``
`layers_with_grads`         layer objects that keep parameters and their gradients
`network`                   a network object with a fixed architecture, driven from end to end
`loss_and_gradients`        a loss and its gradients as functions of all parameters
`torch_module`              a ``torch.nn.Module``
`jax_function`              a loss as a JAX function
`sklearn_mlp`               ``MLPClassifier``, ``MLPRegressor``
==========================  ============================================================================

Adapters convert layouts and nothing else: values pass as they are, so that plain NumPy code can be run on
rationals and symbols. Where arrays are kept otherwise than the convention has them, a `layout` says how.
"""

from .end_to_end import ACTIVATIONS, LOSSES, Architecture, laws_for
from .frameworks import jax_function, sklearn_mlp, torch_module
from .functions import functions
from .layers import layers_with_grads, updating_layers
from .layout import Layout, layout
from .models import loss_and_gradients, network

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "Architecture",
    "Layout",
    "functions",
    "jax_function",
    "laws_for",
    "layers_with_grads",
    "layout",
    "loss_and_gradients",
    "network",
    "sklearn_mlp",
    "torch_module",
    "updating_layers",
]
