"""Paths over surfaces, against closed forms, plain Keras loops and fit()."""

import jax
import keras
import numpy as np
import pytest

from anatomy import optimizers
from anatomy.optimizers.race import surfaces as two_weights
from anatomy.optimizers.race.facts import _program, batches

SGD = keras.optimizers.SGD


def by_hand(optimizer, surface, start, steps, rows=None):
    """The same path by ``optimizer.apply()``, one step after the other."""
    variable = keras.Variable(np.array(start, "float32"))
    points = [np.array(variable.value)]
    for step in range(steps):
        some = None if rows is None else rows[step]
        optimizer.apply([jax.grad(surface.loss)(variable.value, some)], [variable])
        points.append(np.array(variable.value))
    return np.stack(points)


def test_sgd_on_the_bowl_is_a_geometric_series():
    path = optimizers.path(SGD(0.3), optimizers.surface("bowl"), (2, -1), 30)
    shrunk = 0.7 ** np.arange(31)
    np.testing.assert_allclose(path.points, np.outer(shrunk, [2, -1]), rtol=1e-4)
    np.testing.assert_allclose(path.losses, 2.5 * shrunk**2, rtol=1e-4)
    np.testing.assert_allclose(path.gradients, path.points[:-1], rtol=1e-4)
    assert (len(path), path.diverged) == (30, None)
    assert path.optimizer == "SGD(learning_rate=0.3)"


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(1e-3, momentum=0.9, nesterov=True),
        keras.optimizers.RMSprop(0.01, momentum=0.5),
        keras.optimizers.Adagrad(0.5),
        keras.optimizers.AdamW(0.1, weight_decay=0.05, clipnorm=1.0),
        keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.3, 10, 0.5)),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_a_path_is_what_apply_makes_step_by_step(optimizer):
    surface = optimizers.surface("rosenbrock")
    path = optimizers.path(optimizer, surface, steps=40)
    expected = by_hand(optimizers.fresh(optimizer), surface, surface.start, 40)
    np.testing.assert_allclose(path.points, expected, rtol=1e-4, atol=1e-5)
    values = [float(surface.loss(w)) for w in path.points]
    np.testing.assert_allclose(path.losses, values, rtol=1e-4)
    assert not optimizer.built


def test_full_batches_are_what_fit_does():
    model, (x, y) = two_weights.line()
    model.compile(SGD(0.1, momentum=0.5), "mse")
    model.set_weights([np.array([[-1.5]]), np.array([2.0])])
    history = model.fit(x, y, epochs=20, batch_size=256, shuffle=False, verbose=0).history
    path = optimizers.path(SGD(0.1, momentum=0.5), optimizers.surface("line"), (-1.5, 2), 20)
    np.testing.assert_allclose(path.losses[:-1], history["loss"], rtol=1e-5)
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(path.points[-1], [kernel[0, 0], bias[0]], rtol=1e-4)


def test_mini_batches_are_what_train_on_batch_does():
    surface, steps = optimizers.surface("twins"), 40
    rows = batches(surface, 32, steps, seed=3)
    model, (x, y) = two_weights.twins()
    model.compile(keras.optimizers.Adam(0.1), "mse")
    model.set_weights([np.array([[1.0], [2.0]])])
    for some in rows:
        model.train_on_batch(x[some], y[some])
    adam = keras.optimizers.Adam(0.1)
    path = optimizers.path(adam, surface, (1, 2), steps, batch_size=32, seed=3)
    np.testing.assert_allclose(path.points[-1], model.get_weights()[0][:, 0], rtol=1e-3, atol=1e-5)
    other = optimizers.path(adam, surface, (1, 2), steps, batch_size=32)
    assert not np.array_equal(other.points, path.points)


def test_an_epoch_sees_each_row_once():
    rows = batches(optimizers.surface("line"), 50, 12)
    assert rows.shape == (12, 50)
    for epoch in (rows[:5], rows[5:10]):
        assert len(np.unique(epoch)) == 250
    assert not np.array_equal(rows[:5], rows[5:10])


def test_another_rate_or_start_compiles_nothing():
    surface = optimizers.surface("bowl")
    optimizers.path(SGD(0.1, momentum=0.9), surface, steps=7)
    before = _program.cache_info().misses
    path = optimizers.path(SGD(0.2, momentum=0.9), surface, (1, 1), 7)
    assert _program.cache_info().misses == before
    np.testing.assert_allclose(path.points[1], [0.8, 0.8], rtol=1e-6)
    optimizers.path(SGD(0.2, momentum=0.5), surface, steps=7)
    assert _program.cache_info().misses == before + 1


def test_a_path_that_diverges_ends_in_nan():
    surface = optimizers.surface("rosenbrock")
    path = optimizers.path(SGD(0.1), surface, steps=50)
    left, lost = path.left(surface.extent), path.diverged
    assert 0 < left <= lost < 50
    assert np.isfinite(path.points[:lost]).all()
    assert np.isnan(path.points[lost:]).all()
    assert np.isnan(path.losses[lost:]).all()
    still = optimizers.path(SGD(1e-3), surface, steps=50)
    assert (still.left(surface.extent), still.diverged) == (None, None)


def test_on_another_backend_it_loops(monkeypatch):
    surface, adam = optimizers.surface("line"), keras.optimizers.Adam(0.1)
    expected = optimizers.path(adam, surface, steps=10, batch_size=64)
    monkeypatch.setattr(keras.backend, "backend", lambda: "another")
    path = optimizers.path(adam, surface, steps=10, batch_size=64)
    np.testing.assert_allclose(path.points, expected.points, rtol=1e-4)
    np.testing.assert_allclose(path.losses, expected.losses, rtol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"start": (1, 2, 3)}, r"start is \[1.0, 2.0, 3.0\]; give two numbers"),
        ({"start": (np.nan, 0)}, "start is "),
        ({"steps": 0}, "steps is 0; give a whole number from 1 up"),
        ({"batch_size": 8}, "bowl has no data, so no batches"),
        (
            {"surface": optimizers.surface("line"), "batch_size": 300},
            "batch_size is 300; give a whole number from 1 to 256",
        ),
    ],
)
def test_errors(arguments, text):
    with pytest.raises(ValueError, match=text):
        optimizers.path(**{"optimizer": "sgd", "surface": "bowl"} | arguments)
