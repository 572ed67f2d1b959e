"""Real libraries through their adapters; where one is not installed, its subject has not run."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import derivations
from derivations.adapters import jax_function, layout, sklearn_mlp, torch_module
from derivations.evidence import Level, Outcome

from . import adapting as own


def outcomes(subject, seed=0):
    return {
        (claim, found.part): found.outcome for claim, found in own.run_all(subject, [Level.FLOAT], seed=seed)
    }


def all_passed(subject, count, seed=0):
    told = outcomes(subject, seed)
    assert len(told) == count
    assert set(told.values()) == {Outcome.PASSED}, own.failures(subject, [Level.FLOAT], seed)


# --- PyTorch ---


def torch():
    return pytest.importorskip("torch", reason="torch is in the extra 'frameworks'")


def sequential(nn, name):
    return {
        "tanh, mean squares": lambda: ([nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)], nn.MSELoss()),
        "squares": lambda: ([nn.Linear(3, 2), nn.Sigmoid()], nn.MSELoss(reduction="sum")),
        "relu, cross-entropy": lambda: (
            [nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3)],
            nn.CrossEntropyLoss(),
        ),
        "binary": lambda: ([nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2), nn.Sigmoid()], nn.BCELoss()),
        "binary logits": lambda: (
            [nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2)],
            nn.BCEWithLogitsLoss(reduction="sum"),
        ),
        "no bias": lambda: (
            [nn.Linear(3, 4, bias=False), nn.Tanh(), nn.Linear(4, 2, bias=False)],
            nn.MSELoss(),
        ),
        "absolute": lambda: ([nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)], nn.L1Loss()),
    }[name]()


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("tanh, mean squares", 7),
        ("squares", 5),
        ("relu, cross-entropy", 9),
        ("binary", 7),
        ("binary logits", 7),
        ("no bias", 5),
        ("absolute", 7),
    ],
)
def test_torch_passes(name, count):
    nn = torch().nn
    parts, criterion = sequential(nn, name)
    all_passed(torch_module(nn.Sequential(*parts), criterion), count)


@pytest.mark.parametrize("seed", range(1, 4))
def test_torch_gives_no_false_alarm_on_other_numbers(seed):
    nn = torch().nn
    parts, criterion = sequential(nn, "relu, cross-entropy")
    all_passed(torch_module(nn.Sequential(*parts), criterion), 9, seed)


def test_torch_module_of_its_own():
    nn = torch().nn

    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)

        def forward(self, x):
            return self.second(self.first(x).tanh())

    with pytest.raises(ValueError, match="tell them"):
        torch_module(Own(), nn.MSELoss())
    all_passed(torch_module(Own, nn.MSELoss(), activations=["tanh", "identity"]), 7)


def test_a_module_is_left_as_it_was():
    nn = torch().nn
    module = nn.Sequential(nn.Linear(3, 2))
    before = [parameter.clone() for parameter in module.parameters()]
    outcomes(torch_module(module, nn.MSELoss()))
    assert all((old == new).all() for old, new in zip(before, module.parameters()))
    assert all(parameter.grad is None for parameter in module.parameters())


def test_a_wrong_backward_in_torch_is_refused():
    library = torch()

    class Loose(library.autograd.Function):
        @staticmethod
        def forward(ctx, v):
            ctx.save_for_backward(v)
            return v.tanh()

        @staticmethod
        def backward(ctx, g):
            (v,) = ctx.saved_tensors
            return g * (1 - v**2)  # the slope at v instead of at tanh(v)

    class Own(library.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = library.nn.Linear(3, 4), library.nn.Linear(4, 2)

        def forward(self, x):
            return self.second(Loose.apply(self.first(x)))

    told = outcomes(torch_module(Own(), library.nn.MSELoss(), activations=["tanh", "identity"]))
    wrong = {(claim, part[:7]) for (claim, part), outcome in told.items() if outcome is Outcome.FAILED}
    assert wrong == {
        ("weight-gradient", "layer 1"),
        ("bias-gradient", "layer 1"),
        ("input-gradient", "layer 1"),
    }


# --- JAX ---


def jax():
    return pytest.importorskip("jax", reason="JAX is in the extra 'frameworks'")


def jax_network(transposed):
    jnp = jax().numpy

    def value(pairs, x, t):
        for place, (W, b) in enumerate(pairs):
            x = W @ x + b if transposed else x @ W + b
            x = jnp.tanh(x) if place < len(pairs) - 1 else x
        return jnp.sum((x - t) ** 2) / x.shape[1 if transposed else 0]

    return value


@pytest.mark.parametrize("convention", ["column", "row"])
def test_jax_passes(convention):
    subject = jax_function(
        convention,
        jax_network(convention == "column"),
        activations=["tanh", "identity"],
        loss="squared-error",
        widths=(3, 4, 2),  # JAX compiles anew for every shape
    )
    all_passed(subject, 6)


def test_jax_softmax_with_a_dictionary():
    library = jax()

    def value(p, x, t):
        return -(t * library.nn.log_softmax(library.nn.relu(x @ p["V"] + p["c"]) @ p["W"] + p["b"])).sum()

    subject = jax_function(
        layout("row", bias="(n,)"),
        value,
        activations=["relu", "identity"],
        loss="fused-softmax",
        reduction="sum",
        form="dict",
        names=["V", "c", "W", "b"],
        widths=(2, 4, 3),
    )
    all_passed(subject, 6)


def test_handwritten_gradients_of_a_jax_function():
    value = jax_network(False)

    def gradients(pairs, x, t):
        ((W, b),) = pairs
        g = 2 * (x @ W + b - t)
        return [(x.T @ g, g.sum(axis=0, keepdims=True))]  # of the sum, not of the mean

    described = {"activations": ["identity"], "loss": "squared-error", "widths": (3, 2)}
    told = outcomes(jax_function("row", value, gradients=gradients, **described))
    assert [outcome for (claim, _), outcome in told.items() if claim == "mse"] == [Outcome.PASSED]
    assert [outcome for (claim, _), outcome in told.items() if claim != "mse"] == 2 * [Outcome.FAILED]


# --- scikit-learn ---


def mlp():
    return pytest.importorskip("sklearn.neural_network", reason="scikit-learn is in the extra 'test'")


@pytest.mark.parametrize("activation", ["tanh", "relu", "logistic", "identity"])
@pytest.mark.parametrize("outputs", [1, 2, 4])
def test_the_classifier_of_scikit_learn_passes(activation, outputs):
    estimator = mlp().MLPClassifier(hidden_layer_sizes=(4, 5), activation=activation)
    all_passed(sklearn_mlp(estimator, outputs=outputs), 8)


def test_a_fitted_classifier_passes():
    rng = np.random.default_rng(0)
    estimator = mlp().MLPClassifier(hidden_layer_sizes=(3,), activation="tanh", max_iter=1, solver="sgd")
    estimator.partial_fit(rng.normal(size=(9, 2)), np.arange(9) % 3, classes=[0, 1, 2])
    before = [coefs.copy() for coefs in estimator.coefs_]
    all_passed(sklearn_mlp(estimator), 6)
    assert all(np.array_equal(old, new) for old, new in zip(before, estimator.coefs_))


@pytest.mark.parametrize("penalty", [False, True])
def test_the_penalty_of_scikit_learn(penalty):
    estimator = mlp().MLPClassifier(hidden_layer_sizes=(3,), activation="tanh", alpha=0.3)
    all_passed(sklearn_mlp(estimator, outputs=3, penalty=penalty), 6)


def test_the_regressor_of_scikit_learn_passes_with_one_output():
    all_passed(sklearn_mlp(mlp().MLPRegressor(hidden_layer_sizes=(4,), activation="tanh"), outputs=1), 6)


@pytest.mark.parametrize("outputs", [2, 3, 5])
def test_the_gradient_of_the_regressor_is_off_by_the_number_of_outputs(outputs):
    """Its loss is averaged over the outputs, and its gradient is not: a constant ratio, told in every report."""
    subject = sklearn_mlp(mlp().MLPRegressor(hidden_layer_sizes=(4,), activation="tanh"), outputs=outputs)
    for claim, found in own.run_all(subject, [Level.FLOAT]):
        if claim in ("mse", "forward"):
            assert found.outcome is Outcome.PASSED, found.detail
        else:
            assert found.outcome is Outcome.FAILED
            assert f"factor of {outputs}" in found.detail


@pytest.mark.parametrize("outputs", [1, 2, 3, 5])
def test_the_gradient_of_the_regressor_is_that_of_the_objective_in_its_guide(outputs):
    estimator = mlp().MLPRegressor(hidden_layer_sizes=(4,), activation="relu")
    told = outcomes(sklearn_mlp(estimator, outputs=outputs, loss="half-squared-error"))
    values = [outcome for (claim, _), outcome in told.items() if claim == "mse"]
    assert values == [Outcome.PASSED if outputs == 1 else Outcome.FAILED]
    assert {outcome for (claim, _), outcome in told.items() if claim != "mse"} == {Outcome.PASSED}


@pytest.mark.parametrize("outputs", [1, 2, 3, 5])
def test_check_names_the_constant_of_the_regressor(outputs):
    """Its gradient is k times that of the loss that it reports, for k outputs; at k = 1 it passes."""
    subject = sklearn_mlp(mlp().MLPRegressor(hidden_layer_sizes=(4,), activation="tanh"), outputs=outputs)
    report = derivations.check(subject)
    assert report.claim("mse").verdict == "right"
    assert report.ok is (outputs == 1)
    for name in ("weight-gradient", "bias-gradient"):
        causes = report.claim(name).causes
        assert (f"larger by the number of outputs ({outputs})" in causes) is (outputs > 1)


def test_check_passes_a_classifier_and_a_module():
    report = derivations.check(sklearn_mlp(mlp().MLPClassifier(hidden_layer_sizes=(4,)), outputs=3))
    assert report.ok
    nn = torch().nn
    module = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    report = derivations.check(torch_module(module, nn.MSELoss()))
    assert report.ok
    assert {claim.told for claim in report.claims} == {"right on floats"}


# --- what is missing has not run ---


@pytest.mark.parametrize("library", ["torch", "jax", "sklearn"])
def test_a_missing_library_has_not_run(library, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)

    def needs_it():
        raise AssertionError("this must not be called")

    subject = {
        "torch": lambda: torch_module(needs_it, needs_it),
        "jax": lambda: jax_function("row", needs_it, activations=["tanh"], loss="mse"),
        "sklearn": lambda: sklearn_mlp(needs_it),
    }[library]()
    ran = own.run_all(subject)
    assert [found.outcome for _, found in ran] == [Outcome.NOT_RUN]
    assert f"{library} is not installed" in ran[0][1].detail
    report = derivations.check(subject)
    assert [claim.verdict for claim in report.claims] == ["not run"]
    assert f"{library} is not installed" in report.claims[0].message()
    assert not report.ok


def test_frameworks_do_not_pretend_to_do_more_than_floats():
    subject = sklearn_mlp(mlp().MLPRegressor(hidden_layer_sizes=(4,)))
    assert {level for _, _, level in own.offered(subject)} == {Level.FLOAT}
    W = np.array([[1, 2]], dtype=object)
    with pytest.raises(TypeError, match="floats only"):
        subject.door("model.predict")({"W1": W, "b1": W, "W2": W, "b2": W}, W)
