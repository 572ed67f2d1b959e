"""Real libraries as subjects: PyTorch, JAX, scikit-learn. Each is imported when it is used; where it is missing, nothing has run.

They do floats only, so that their laws are run at that level only; what rounding may amount to is told by a
plain pass of the same architecture on error-carrying numbers (`yardstick`).
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from importlib import import_module
from typing import Any, Literal

import numpy as np

from ..convention import Convention
from ..evidence import Level, NotRun
from ..subject import Door, Subject
from ._layers import layout_of
from ._subjects import model_subject, restored, stored, unavailable
from .end_to_end import Architecture, widths_of
from .layout import Layout
from .yardstick import bounded, plain_pass, plain_prediction

Array = np.typing.NDArray[Any]
Floats = Callable[[list[tuple[Any, ...]], Any, Any], tuple[Any, Sequence[Sequence[Any]], Any]]


def library(name: str) -> Any:
    """Import a library.

    Raises
    ------
    NotRun
        When it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise NotRun(f"{name} is not installed ({error})") from error


def _flags_left_alone() -> Any:
    """Let values decide: some BLAS kernels raise floating-point flags for what lies beyond an array's end."""
    return np.errstate(all="ignore")


def _float_doors(layout: Layout, description: Architecture, run: Floats, what: str) -> dict[str, Door]:
    """Make the doors of a model that does floats: ``run`` gives loss, gradients, and that by x or None."""

    def both(parameters: Mapping[str, Any], x: Any, t: Any) -> Any:
        if _floats(what, *parameters.values(), x, t):
            with _flags_left_alone():
                loss, found, inputs = run(stored(layout, description, parameters), x, t)
            gradients = restored(layout, description, found, parameters)
            if inputs is not None:
                gradients["x"] = inputs
            return loss, gradients
        return plain_pass(description, layout.convention, parameters, x, t)

    return {
        "model.loss": lambda parameters, x, t: both(parameters, x, t)[0],
        "model.gradients": lambda parameters, x, t: both(parameters, x, t)[1],
    }


def _predict_door(
    layout: Layout, description: Architecture, run: Callable[[list[tuple[Any, ...]], Any], Any], what: str
) -> dict[str, Door]:
    """Make the door to the prediction of a model that does floats."""

    def predict(parameters: Mapping[str, Any], x: Any) -> Any:
        if _floats(what, *parameters.values(), x):
            with _flags_left_alone():
                return run(stored(layout, description, parameters), x)
        return plain_prediction(description, layout.convention, parameters, x)

    return {"model.predict": predict}


def _floats(what: str, *arrays: Any) -> bool:
    """Tell floats from error-carrying numbers.

    Raises
    ------
    TypeError
        When arrays hold anything else.
    """
    if all(isinstance(array, np.ndarray) and array.dtype.kind == "f" for array in arrays):
        return True
    if not bounded(*arrays):
        raise TypeError(f"{what} computes with floats only")
    return False


# --- PyTorch ---

_TORCH_ACTIVATIONS = {
    "Identity": "identity",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "ReLU": "relu",
    "Softmax": "softmax",
}
_TORCH_LOSSES = {
    ("MSELoss", "mean"): "mse",
    ("MSELoss", "sum"): "squared-error",
    ("L1Loss", "mean"): "mae",
    ("L1Loss", "sum"): "absolute-error",
    ("CrossEntropyLoss", "mean"): "fused-softmax",
    ("CrossEntropyLoss", "sum"): "fused-softmax",
    ("BCELoss", "mean"): "mean-binary-cross-entropy",
    ("BCELoss", "sum"): "binary-cross-entropy",
    ("BCEWithLogitsLoss", "mean"): "mean-fused-sigmoid",
    ("BCEWithLogitsLoss", "sum"): "fused-sigmoid",
}


def torch_module(
    module: Any,
    criterion: Any,
    *,
    activations: Sequence[str] = (),
    loss: str = "",
    reduction: str = "",
    name: str = "torch module",
) -> Subject:
    """Make a subject of a ``torch.nn.Module`` and a criterion, on the CPU.

    ``torch.nn.Linear`` applies weights stored as (out, in) to examples in rows: y = x W^T + b, with b (out,). So its
    batches are of the row convention, its weights as the column convention stores them.

    Parameters
    ----------
    module : Module, or callable without arguments that makes one
        A ``Sequential`` of ``Linear`` and activations; or any that applies its ``Linear`` layers in the order of
        ``module.modules()``, with ``activations`` told. A copy of it is used. What makes one is called only if
        torch is there; if not, the subject is not run.
    criterion : callable
        ``criterion(prediction, target)``; ``MSELoss``, ``L1Loss``, ``CrossEntropyLoss``, ``BCELoss`` and
        ``BCEWithLogitsLoss`` are known by themselves. What makes one will do, too.
    activations : sequence of str
        One for each ``Linear``.
    loss, reduction : str
        What the criterion computes, by a name of `LOSSES`, where it is none of the above.
    name : str
        For messages.
    """
    layout = Layout(layout_of("row").convention, weights="column", bias="(n,)")
    try:
        torch = library("torch")
    except NotRun as absent:
        return unavailable(name, layout, str(absent))
    module = module if isinstance(module, torch.nn.Module) else module()
    if inspect.isclass(criterion) or (
        inspect.isfunction(criterion) and not inspect.signature(criterion).parameters
    ):
        criterion = criterion()
    linear = [part for part in module.modules() if isinstance(part, torch.nn.Linear)]
    biased = {part.bias is not None for part in linear}
    if len(biased) != 1:
        raise ValueError(
            "the Linear layers of a module have all a bias or all none, and there is one at least"
        )
    if biased == {False}:
        layout = Layout(layout.convention, weights="column", bias="none")
    if not loss:
        reduction = getattr(criterion, "reduction", "")
        key = (type(criterion).__name__, reduction)
        if key not in _TORCH_LOSSES:
            raise ValueError(f"what {criterion} computes must be told: loss=…, reduction=…")
        loss = _TORCH_LOSSES[key]
    description = Architecture(
        tuple(activations) or _torch_activations(torch, module),
        loss,
        reduction or "mean",
        widths_of([(part.in_features, part.out_features) for part in linear]),
        biased=biased == {True},
        inputs=True,
        levels=(Level.FLOAT,),
    )

    def built(layers: Any, x: Any) -> tuple[Any, Any]:
        net = copy.deepcopy(module).cpu().to(torch.from_numpy(x).dtype)
        parts = [part for part in net.modules() if isinstance(part, torch.nn.Linear)]
        with torch.no_grad():
            for part, of in zip(parts, layers):
                for parameter, array in zip((part.weight, part.bias), of):
                    parameter.copy_(torch.from_numpy(np.ascontiguousarray(array)))
        return net, parts

    def run(layers: Any, x: Any, t: Any) -> Any:
        net, parts = built(layers, x)
        net.zero_grad()
        inputs = torch.from_numpy(np.array(x)).requires_grad_(True)
        value = criterion(net(inputs), torch.from_numpy(np.array(t)))
        value.backward()
        found = [
            [parameter.grad.numpy() for parameter in (part.weight, part.bias) if parameter is not None]
            for part in parts
        ]
        return value.item(), found, inputs.grad.numpy()

    def predict(layers: Any, x: Any) -> Any:
        with torch.no_grad():
            return built(layers, x)[0](torch.from_numpy(np.array(x))).numpy()

    doors = _predict_door(layout, description, predict, "torch")
    return model_subject(name, layout, description, doors | _float_doors(layout, description, run, "torch"))


def _torch_activations(torch: Any, module: Any) -> tuple[str, ...]:
    """Read the activations off a Sequential."""
    if not isinstance(module, torch.nn.Sequential):
        raise ValueError("only of a Sequential are the activations known: tell them, activations=[…]")
    found: list[str] = []
    fresh = False
    for part in module:
        kind = type(part).__name__
        if isinstance(part, torch.nn.Linear):
            found.append("identity")
            fresh = True
        elif kind in _TORCH_ACTIVATIONS and fresh:
            found[-1] = _TORCH_ACTIVATIONS[kind]
            fresh = kind == "Identity"
        else:
            raise ValueError(f"{part} is no Linear and no activation that follows one")
    return tuple(found)


# --- JAX ---


def jax_function(
    convention: Layout | Convention | str,
    value: Callable[[Any, Any, Any], Any],
    *,
    activations: Sequence[str],
    loss: str,
    reduction: str = "mean",
    widths: Sequence[int] = (),
    form: Literal["list", "pairs", "dict"] = "pairs",
    names: Sequence[str] = (),
    gradients: Callable[[Any, Any, Any], Any] | None = None,
    name: str = "JAX function",
) -> Subject:
    """Make a subject of a loss ``value(parameters, x, t)`` in JAX and its gradient by ``jax.grad``.

    Parameters
    ----------
    convention, activations, loss, reduction, widths, form, names
        As for `loss_and_gradients`; ``form`` is that of the parameters.
    value : callable
        Of a batch.
    gradients : callable
        Instead of ``jax.grad(value)``: to check gradients that were written by hand.
    name : str
        For messages.
    """
    layout = layout_of(convention)
    try:
        jax = library("jax")
    except NotRun as absent:
        return unavailable(name, layout, str(absent))
    description = Architecture(
        tuple(activations),
        loss,
        reduction,
        tuple(widths),
        biased=layout.bias != "none",
        inputs=gradients is None,
        levels=(Level.FLOAT,),
    )
    each = 1 if layout.inside or layout.bias == "none" else 2
    keys = list(names) or [
        f"{letter}{layer}" for layer in range(1, description.depth + 1) for letter in "Wb"[:each]
    ]

    def run(layers: Any, x: Any, t: Any) -> Any:
        with jax.enable_x64(x.dtype == np.float64):
            put = [tuple(jax.numpy.asarray(array) for array in of) for of in layers]
            flat = [array for of in put for array in of]
            packed: Any = {"pairs": put, "list": flat, "dict": dict(zip(keys, flat))}[form]
            at = (packed, jax.numpy.asarray(x), jax.numpy.asarray(t))
            inputs = None
            if gradients is None:
                got, found = jax.value_and_grad(value, argnums=(0, 1))(*at)
                found, inputs = found[0], np.asarray(found[1])
            else:
                got, found = value(*at), gradients(*at)
        if form == "dict":
            found = [found[key] for key in keys]
        if form != "pairs":
            found = [found[place : place + each] for place in range(0, len(found), each)]
        return float(got), [[np.asarray(array) for array in of] for of in found], inputs

    return model_subject(name, layout, description, _float_doors(layout, description, run, "JAX"))


# --- scikit-learn ---


def sklearn_mlp(
    estimator: Any,
    *,
    inputs: int = 3,
    outputs: int = 2,
    loss: str = "",
    penalty: bool = False,
    name: str = "",
) -> Subject:
    """Make a subject of scikit-learn's ``MLPClassifier`` or ``MLPRegressor``.

    Its loss and gradients are those of its private ``_backprop``: it has no public door to them. The loss of a
    regressor is taken to be the one that it returns and reports, half the mean squared error over examples and
    outputs (half-mse); the objective in its user guide is ``loss="half-squared-error"``.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor, or callable without arguments that makes one
        Fitted or not; a copy is used. What makes one is called only if scikit-learn is there.
    inputs, outputs : int
        Where it is not fitted: the number of features and of outputs; a classifier with one output uses the
        logistic function, with several softmax.
    loss : str
        A name of `LOSSES`; by default that of the estimator.
    penalty : bool
        Whether the penalty ``alpha`` is checked as well; by default it is 0 in the copy, so that the ratio of a wrong
        gradient to the right one is not blurred by a term that is right.
    name : str
        For messages.
    """
    layout = Layout(layout_of("row").convention, bias="(n,)")
    try:
        sklearn = library("sklearn")
    except NotRun as absent:
        return unavailable(name or "scikit-learn", layout, str(absent))
    if not hasattr(estimator, "hidden_layer_sizes"):
        estimator = estimator()
    name = name or type(estimator).__name__
    regressor = sklearn.base.is_regressor(estimator)
    if getattr(estimator, "loss", "squared_error") not in ("squared_error", "log_loss"):
        raise ValueError(f"the loss {estimator.loss!r} of {name} is none that is known here")
    if hasattr(estimator, "coefs_"):
        widths = widths_of([coefs.shape for coefs in estimator.coefs_])
        last = estimator.out_activation_
    else:
        hidden = estimator.hidden_layer_sizes
        widths = (inputs, *(hidden if np.iterable(hidden) else [hidden]), outputs)
        last = "identity" if regressor else "logistic" if outputs == 1 else "softmax"
    named = {"logistic": "sigmoid"}
    kinds = [*(len(widths) - 2) * [estimator.activation], last]
    usual = {
        "identity": "half-mse",
        "softmax": "categorical-cross-entropy",
        "logistic": "binary-cross-entropy",
    }
    description = Architecture(
        tuple(named.get(kind, kind) for kind in kinds),
        loss or usual[last],
        "mean",
        widths,
        penalty=Fraction(estimator.alpha if penalty else 0),
        # Where there are two classes, a fractional target would be no label; they are labels everywhere else too.
        targets={"softmax": "one-hot", "logistic": "zero or one"}.get(last, ""),
        levels=(Level.FLOAT,),
    )

    def built(layers: Any) -> Any:
        net = copy.deepcopy(estimator)
        net.alpha = estimator.alpha if penalty else 0
        net.n_layers_, net.n_outputs_, net.out_activation_ = len(layers) + 1, widths[-1], last
        net.coefs_ = [np.ascontiguousarray(of[0]) for of in layers]
        net.intercepts_ = [of[1] for of in layers]
        return net

    def run(layers: Any, x: Any, t: Any) -> Any:
        net = built(layers)
        backprop = getattr(net, "_backprop", None)
        if backprop is None:
            raise NotRun(f"this version of scikit-learn ({sklearn.__version__}) has no _backprop to ask")
        places: dict[str, Any] = {
            "X": x,
            "y": t,
            "sample_weight": None,
            "activations": [x, *(None for _ in layers)],
            "deltas": [None for _ in layers],
            "coef_grads": [None for _ in layers],
            "intercept_grads": [None for _ in layers],
        }
        wanted = list(inspect.signature(backprop).parameters)
        unknown = [place for place in wanted if place not in places]
        if unknown:
            raise NotRun(f"_backprop of scikit-learn {sklearn.__version__} asks for {', '.join(unknown)}")
        got, slopes, shifts = backprop(*(places[place] for place in wanted))
        return float(got), list(zip(slopes, shifts)), None

    def predict(layers: Any, x: Any) -> Any:
        net = built(layers)
        forward = getattr(net, "_forward_pass", None)
        if forward is None:
            raise NotRun(f"this version of scikit-learn ({sklearn.__version__}) has no _forward_pass to ask")
        return forward([x, *(None for _ in layers)])[-1]

    doors = _predict_door(layout, description, predict, "scikit-learn")
    return model_subject(
        name, layout, description, doors | _float_doors(layout, description, run, "scikit-learn")
    )
