"""Keras's optimizers, fed by hand, against the recurrences of the papers in float64."""

import keras
import numpy as np
import pytest
from keras.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Ftrl,
    Lion,
    Muon,
    Nadam,
    RMSprop,
    schedules,
)

from anatomy import optimizers

GRADIENTS = np.random.default_rng(0).normal(size=20)
RATE = 0.1


def sgd(g, w, momentum=0.0, nesterov=False):
    """Nesterov's look ahead: the step is that of a momentum which has seen g twice."""
    steps, m = [], 0.0
    for one in g:
        m = momentum * m - RATE * one
        steps.append(momentum * m - RATE * one if nesterov else m)
    return steps


def rmsprop(g, w, rho=0.9, momentum=0.0, centered=False, epsilon=1e-7):
    n = np.arange(len(g))
    kernel = np.tril((1 - rho) * rho ** np.abs(n[:, None] - n))  # the running mean, in closed form
    v, a = kernel @ g**2, kernel @ g
    moves = RATE * g / np.sqrt(v - centered * a**2 + epsilon)
    return -np.tril(momentum ** np.abs(n[:, None] - n) * 1.0) @ moves


def adagrad(g, w, initial=0.1, epsilon=1e-7):
    return -RATE * g / np.sqrt(initial + np.cumsum(g**2) + epsilon)


def adadelta(g, w, rho=0.95, epsilon=1e-7):
    steps, a, d = [], 0.0, 0.0
    for one in g:
        a = rho * a + (1 - rho) * one**2
        move = -np.sqrt(d + epsilon) / np.sqrt(a + epsilon) * one
        d = rho * d + (1 - rho) * move**2
        steps.append(RATE * move)
    return steps


def adam(g, w, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, decay=0.0):
    """Keras has the epsilon of the paper's second form, beside the uncorrected root."""
    steps, m, v, most = [], 0.0, 0.0, 0.0
    for t, one in enumerate(g, start=1):
        m, v = beta_1 * m + (1 - beta_1) * one, beta_2 * v + (1 - beta_2) * one**2
        most = max(most, v)
        correct = np.sqrt(1 - beta_2**t)
        root = np.sqrt(most if amsgrad else v) / correct
        steps.append(-RATE * (m / (1 - beta_1**t)) / (root + epsilon / correct) - RATE * decay * w)
        w += steps[-1]
    return steps


def adamax(g, w, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    n = np.arange(len(g))
    m = np.tril((1 - beta_1) * beta_1 ** np.abs(n[:, None] - n)) @ g
    u = np.max(np.tril(beta_2 ** np.abs(n[:, None] - n)) * np.abs(g), axis=1)
    return -RATE / (1 - beta_1 ** (n + 1)) * m / (u + epsilon)


def nadam(g, w, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    t = np.arange(1, len(g) + 2)
    mu = beta_1 * (1 - 0.5 * 0.96**t)
    product = np.cumprod(mu)
    steps, m, v = [], 0.0, 0.0
    for i, one in enumerate(g):
        m, v = beta_1 * m + (1 - beta_1) * one, beta_2 * v + (1 - beta_2) * one**2
        ahead = mu[i + 1] * m / (1 - product[i + 1]) + (1 - mu[i]) * one / (1 - product[i])
        steps.append(-RATE * ahead / (np.sqrt(v / (1 - beta_2 ** t[i])) + epsilon))
    return steps


def lion(g, w, beta_1=0.9, beta_2=0.99):
    steps, m = [], 0.0
    for one in g:
        steps.append(-RATE * np.sign(beta_1 * m + (1 - beta_1) * one))
        m = beta_2 * m + (1 - beta_2) * one
    return steps


def ftrl(g, w, initial=0.1, l1=0.0):
    """McMahan et al. (2013), algorithm 1, with alpha = RATE and n beginning at 0.1."""
    n, z, steps = initial, 0.0, []
    for one in g:
        sigma = (np.sqrt(n + one**2) - np.sqrt(n)) / RATE
        z, n = z + one - sigma * w, n + one**2
        new = 0.0 if abs(z) <= l1 else -(z - np.sign(z) * l1) / (np.sqrt(n) / RATE)
        steps.append(new - w)
        w = new
    return steps


CASES = {
    "sgd": (SGD(RATE), sgd, {}),
    "momentum": (SGD(RATE, momentum=0.9), sgd, {"momentum": 0.9}),
    "nesterov": (
        SGD(RATE, momentum=0.8, nesterov=True), sgd, {"momentum": 0.8, "nesterov": True},
    ),
    "rmsprop": (RMSprop(RATE), rmsprop, {}),
    "rmsprop centered": (RMSprop(RATE, centered=True), rmsprop, {"centered": True}),
    "rmsprop momentum": (RMSprop(RATE, 0.7, 0.5), rmsprop, {"rho": 0.7, "momentum": 0.5}),
    "adagrad": (Adagrad(RATE), adagrad, {}),
    "adadelta": (Adadelta(RATE), adadelta, {}),
    "adam": (Adam(RATE), adam, {}),
    "amsgrad": (Adam(RATE, beta_2=0.5, amsgrad=True), adam, {"beta_2": 0.5, "amsgrad": True}),
    "adamw": (AdamW(RATE, weight_decay=0.5), adam, {"decay": 0.5}),
    "adamax": (Adamax(RATE), adamax, {}),
    "nadam": (Nadam(RATE), nadam, {}),
    "lion": (Lion(RATE), lion, {}),
    "ftrl": (Ftrl(RATE, l1_regularization_strength=0.5), ftrl, {"l1": 0.5}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_steps_are_those_of_the_papers(name):
    optimizer, recurrence, arguments = CASES[name]
    facts = optimizers.update(optimizer, GRADIENTS, start=1.0)
    expected = recurrence(GRADIENTS, 1.0, **arguments)
    # Keras counts in float32; near 0 a centered second moment is a difference of alike numbers.
    np.testing.assert_allclose(facts.steps, expected, rtol=2e-3, atol=1e-5)
    np.testing.assert_allclose(facts.variable[1:], 1 + np.cumsum(expected), rtol=2e-4, atol=2e-4)
    assert not optimizer.built  # the caller's is as it was
    assert int(optimizer.iterations.value) == 0


def test_the_state_is_remembered_under_the_names_of_keras():
    names = {
        name: list(optimizers.update(optimizer, [1.0]).state)
        for name, (optimizer, *_) in CASES.items()
    }
    assert names["sgd"] == []
    assert names["momentum"] == ["momentum"]
    assert names["rmsprop centered"] == ["velocity", "average_gradient"]
    assert names["amsgrad"] == ["momentum", "velocity", "velocity_hat"]
    assert names["nadam"] == ["momentum", "velocity", "u_product"]
    facts = optimizers.update("adagrad", [1.0, 2.0])
    np.testing.assert_allclose(facts.state["accumulator"], [0.1, 1.1, 5.1])
    facts = optimizers.update(SGD(0.1, momentum=0.5), [1.0, 0.0, 0.0])
    np.testing.assert_allclose(facts.state["momentum"], [0, -0.1, -0.05, -0.025])


def test_a_schedule_has_its_rate_at_each_step():
    schedule = schedules.PiecewiseConstantDecay([2], [0.5, 0.05])
    facts = optimizers.update(SGD(schedule), [1.0] * 5)
    np.testing.assert_allclose(facts.learning_rate, [0.5, 0.5, 0.5, 0.05, 0.05])
    np.testing.assert_allclose(facts.steps, -facts.learning_rate, rtol=1e-5)


def test_of_an_optimizer_that_scales_the_loss_its_inner_one_steps():
    scaled = keras.optimizers.LossScaleOptimizer(Adam(0.1))
    gradients = [1.0, -2.0]
    wanted = optimizers.update(Adam(0.1), gradients)
    np.testing.assert_array_equal(optimizers.update(scaled, gradients).variable, wanted.variable)
    assert optimizers.path(scaled, "bowl", steps=3).optimizer == "Adam(learning_rate=0.1)"


def test_gradients_of_any_shape():
    gradients = np.random.default_rng(1).normal(size=(5, 2, 3))
    whole = optimizers.update("adam", gradients, start=np.ones((2, 3)))
    assert whole.steps.shape == (5, 2, 3)
    assert len(whole) == 5
    one = optimizers.update("adam", gradients[:, 1, 2], start=1.0)
    np.testing.assert_array_equal(whole.variable[:, 1, 2], one.variable)
    assert list(optimizers.update(Muon(0.1), gradients).state) == ["momentum"]


def test_errors():
    with pytest.raises(TypeError, match=r"optimizer is a class; give an object, such as Adam\(\)"):
        optimizers.update(Adam, [1.0])
    with pytest.raises(TypeError, match=r"optimizer is 3; give"):
        optimizers.update(3, [1.0])
    for nothing in ([], 1.0):
        with pytest.raises(ValueError, match="give one or more"):
            optimizers.update("sgd", nothing)
    with pytest.raises(ValueError, match=r"start has shape \(2,\); each gradient has \(\)"):
        optimizers.update("sgd", [1.0], start=[1.0, 2.0])
