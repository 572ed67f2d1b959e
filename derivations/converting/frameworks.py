"""From and to the weight layouts of frameworks, on plain arrays; a framework is imported only to make its objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from .arrays import Array
from .errors import NotConvertible
from .networks import of_pairs, pairs_of
from .stores import STORES
from .weights import DENSE, IDENTITY, Weights

_TORCH = {"ReLU": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softmax": "softmax"}
_SKLEARN = {"logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "softmax": "softmax", "identity": IDENTITY}


# --- PyTorch: weight (out, in), bias (out,) ---


def from_torch(module: Any, activations: Sequence[str] = (), *, finite: bool = True) -> Weights:
    """Take a ``torch.nn.Linear``, a ``Sequential`` of them and activations, or a state dict.

    Parameters
    ----------
    module : Linear, Sequential, or mapping
        A mapping is a state dict of Linear layers in their order; its values may be NumPy arrays.
    activations : sequence of str
        What follows each Linear of a state dict, which does not say it.

    Returns
    -------
    Weights
        In the row convention. A Linear without bias gets one of zeros.
    """
    if isinstance(module, Mapping):
        return of_pairs(_state(module), STORES["torch"].layout, activations, finite=finite)
    if activations:
        raise NotConvertible("activations go with a state dict; a module says its own")
    parts = [module] if _torch_kind(module) == "Linear" else module
    if _torch_kind(module) not in ("Linear", "Sequential"):
        raise NotConvertible(f"{module!r} is neither Linear nor Sequential; its state dict will do")
    pairs: list[tuple[Any, ...]] = []
    names: list[str] = []
    for part in parts:
        kind = _torch_kind(part)
        if kind == "Linear":
            pairs.append((_numpy(part.weight), _numpy(part.bias)))
            names.append(IDENTITY)
        elif kind == "Identity":
            continue
        elif kind in _TORCH and names and names[-1] == IDENTITY:
            if kind == "Softmax" and part.dim not in (1, -1):
                raise NotConvertible(f"{part!r}: a softmax over the features of a batch has dim=1")
            names[-1] = _TORCH[kind]
        else:
            raise NotConvertible(f"{part!r} is no Linear, and no activation after one that can be stored")
    return of_pairs(pairs, STORES["torch"].layout, names, finite=finite)


def to_state_dict(weights: Weights) -> dict[str, Array]:
    """Give the arrays under the names of the state dict of a ``torch.nn.Sequential`` of the same layers."""
    pairs = iter(pairs_of(weights, STORES["torch"].layout))
    found = {}
    for place, kind in enumerate(weights.kinds):
        if kind == DENSE:
            found[f"{place}.weight"], found[f"{place}.bias"] = next(pairs)
    return found


def to_torch(weights: Weights) -> Any:
    """Make a ``torch.nn.Sequential``; torch must be installed."""
    torch: Any = import_module("torch")
    classes = {kind: name for name, kind in _TORCH.items()}
    state = to_state_dict(weights)
    parts: list[Any] = []
    for place, kind in enumerate(weights.kinds):
        if kind == DENSE:
            weight = torch.from_numpy(state[f"{place}.weight"])
            parts.append(torch.nn.Linear(*reversed(weight.shape), dtype=weight.dtype))
        else:
            parts.append(getattr(torch.nn, classes[kind])(**({"dim": 1} if kind == "softmax" else {})))
    module = torch.nn.Sequential(*parts)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.data = torch.from_numpy(
                state[name]
            )  # not copied into: a bias may have a dtype of its own
    return module


def _torch_kind(part: Any) -> str:
    kind = type(part)
    return kind.__name__ if kind.__module__.startswith("torch.nn.") else ""


def _state(state: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    layers: dict[str, dict[str, Any]] = {}
    for name, value in state.items():
        owner, _, what = name.rpartition(".")
        if what not in ("weight", "bias"):
            raise NotConvertible(f"{name!r} is neither the weight nor the bias of a Linear")
        layers.setdefault(owner, {})[what] = value
    for owner, of in layers.items():
        if "weight" not in of:
            raise NotConvertible(f"{owner!r} has a bias and no weight")
    return [(_numpy(of["weight"]), _numpy(of.get("bias"))) for of in layers.values()]


def _numpy(tensor: Any) -> Any:
    if not hasattr(tensor, "detach"):
        return tensor
    try:
        return tensor.detach().cpu().numpy()
    except TypeError as error:  # bfloat16 and the like
        raise NotConvertible(f"a tensor of {tensor.dtype}: {error}") from None


# --- scikit-learn: coefs_ (in, out), intercepts_ (out,) ---


class Coefs(NamedTuple):
    """What a fitted MLPClassifier or MLPRegressor has."""

    coefs_: list[Array]
    intercepts_: list[Array]
    activation: str
    out_activation_: str


def from_sklearn(estimator: Any, *, finite: bool = True) -> Weights:
    """Take a fitted ``MLPClassifier`` or ``MLPRegressor``, or `Coefs`; the row convention."""
    try:
        coefs, intercepts = estimator.coefs_, estimator.intercepts_
        names = [*(len(coefs) - 1) * [estimator.activation], estimator.out_activation_]
    except AttributeError as error:
        raise NotConvertible(f"{estimator!r} is no fitted MLP: {error}") from None
    if len(coefs) != len(intercepts):
        raise NotConvertible(f"{len(coefs)} coefs_ and {len(intercepts)} intercepts_")
    activations = [_SKLEARN.get(name, name) for name in names]
    return of_pairs(list(zip(coefs, intercepts)), STORES["sklearn"].layout, activations, finite=finite)


def to_sklearn(weights: Weights) -> Coefs:
    """Give ``coefs_``, ``intercepts_``, ``activation`` and ``out_activation_``, to be set on an estimator.

    Raises
    ------
    NotConvertible
        When hidden layers have different activations, or softmax: its MLPs have one for all.
    """
    names = {kind: name for name, kind in _SKLEARN.items()}
    *hidden, last = (names[kind] for kind in weights.activations)
    if len(set(hidden)) > 1 or "softmax" in hidden:
        raise NotConvertible(
            f"scikit-learn has one activation for all hidden layers, not {', '.join(hidden)}"
        )
    pairs = pairs_of(weights, STORES["sklearn"].layout)
    return Coefs([W for W, _ in pairs], [b for _, b in pairs], hidden[0] if hidden else "identity", last)


# --- Keras: [kernel, bias, kernel, bias, …], kernels (in, out), biases (out,) ---


def from_keras(arrays: Iterable[Any], activations: Sequence[str], *, finite: bool = True) -> Weights:
    """Take what ``model.get_weights()`` gives for Dense layers with bias; the row convention."""
    arrays = list(arrays)
    if len(arrays) % 2:
        raise NotConvertible(f"{len(arrays)} arrays; a kernel and a bias for each Dense layer are needed")
    pairs = list(zip(arrays[::2], arrays[1::2]))
    return of_pairs(pairs, STORES["keras"].layout, activations, finite=finite)


def to_keras(weights: Weights) -> list[Array]:
    """Give what ``model.set_weights()`` takes for Dense layers with these activations."""
    return [array for pair in pairs_of(weights, STORES["keras"].layout) for array in pair]


# --- Flax: {"params": {"Dense_0": {"kernel", "bias"}}}, kernels (in, out), biases (out,) ---


def from_flax(variables: Mapping[str, Any], activations: Sequence[str], *, finite: bool = True) -> Weights:
    """Take ``{"params": {"Dense_0": {"kernel": …, "bias": …}, …}}``, in the order of its numbers; the row convention."""
    if not isinstance(variables, Mapping) or set(variables) != {"params"}:
        raise NotConvertible(
            'Flax variables are {"params": {"Dense_0": {"kernel", "bias"}, …}}, nothing beside'
        )
    params = variables["params"]
    if not isinstance(params, Mapping):
        raise NotConvertible('Flax variables: "params" is no mapping')
    numbered: dict[int, Any] = {}
    for name, of in params.items():
        found = re.fullmatch(r"Dense_(\d+)", name)
        if found is None or not isinstance(of, Mapping) or not {"kernel"} <= set(of) <= {"kernel", "bias"}:
            raise NotConvertible(f"Flax variables: {name!r} is no Dense_N with a kernel and a bias")
        numbered[int(found[1])] = of
    pairs = [(of["kernel"], of.get("bias")) for _, of in sorted(numbered.items())]
    return of_pairs(pairs, STORES["flax"].layout, activations, finite=finite)


def to_flax(weights: Weights) -> dict[str, dict[str, dict[str, Array]]]:
    """Give the variables of a Flax module with a compact call of Dense layers."""
    pairs = pairs_of(weights, STORES["flax"].layout)
    return {"params": {f"Dense_{place}": {"kernel": W, "bias": b} for place, (W, b) in enumerate(pairs)}}
