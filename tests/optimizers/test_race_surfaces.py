"""Losses over two weights, against closed forms and against Keras's evaluate()."""

import jax
import keras
import numpy as np
import pytest

from anatomy import optimizers
from anatomy.optimizers.race import surfaces as two_weights

FORMULAS = {
    "bowl": lambda x, y: (x, y),
    "ravine": lambda x, y: (x, 20 * y),
    "saddle": lambda x, y: (x, y**3 - y),
    "rosenbrock": lambda x, y: (2 * (x - 1) - 400 * x * (y - x**2), 200 * (y - x**2)),
    "plateau": lambda x, y: (x * np.exp(-(x**2 + y**2) / 2), y * np.exp(-(x**2 + y**2) / 2)),
    "rastrigin": lambda x, y: (
        2 * x + 20 * np.pi * np.sin(2 * np.pi * x),
        2 * y + 20 * np.pi * np.sin(2 * np.pi * y),
    ),
}
MODELS = {
    "line": two_weights.line,
    "twins": two_weights.twins,
    "two layers": two_weights.two_layers,
}


def test_every_surface_is_tested():
    assert {*FORMULAS, *MODELS} == {*optimizers.SURFACES}


@pytest.mark.parametrize("name", FORMULAS)
def test_gradients_are_those_of_the_closed_form(name):
    points = np.random.default_rng(0).uniform(-2, 2, (50, 2)).astype("float32")
    found = jax.vmap(jax.grad(optimizers.surface(name).loss))(points)
    expected = np.stack(FORMULAS[name](*points.T.astype("float64")), axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-4 * np.abs(expected).max())


@pytest.mark.parametrize("name", optimizers.SURFACES)
def test_what_a_surface_says_of_itself(name):
    surface = optimizers.surface(name)
    assert optimizers.surface(name) is surface
    assert surface.about
    x, y, values = surface.grid(33)
    assert values.shape == (33, 33)
    assert (x[0], x[-1], y[0], y[-1]) == surface.extent
    some = np.array([x[20], y[7]])
    assert values[7, 20] == pytest.approx(float(surface.loss(some)), rel=1e-5)
    x0, x1, y0, y1 = surface.extent
    for place in (surface.start, *surface.minima):
        assert x0 < place[0] < x1
        assert y0 < place[1] < y1
    for place in surface.minima:
        place = np.array(place, "float32")
        assert float(surface.loss(place)) <= values.min() + 1e-6
        np.testing.assert_allclose(jax.grad(surface.loss)(place), 0, atol=1e-5)


def test_a_saddle_curves_both_ways():
    surface = optimizers.surface("saddle")
    level = np.zeros(2, "float32")
    np.testing.assert_array_equal(jax.grad(surface.loss)(level), 0)
    np.testing.assert_allclose(np.diag(jax.hessian(surface.loss)(level)), [1, -1])


@pytest.mark.parametrize("name", MODELS)
def test_the_surface_of_a_model_is_what_evaluate_says(name):
    surface, (model, (x, y)) = optimizers.surface(name), MODELS[name]()
    rows = np.array([3, 200, 3, 17])
    for w in ([0.4, -1.2], [2.0, 0.5]):
        pieces = np.split(np.array(w, "float32"), [1]) if len(model.weights) == 2 else [np.array(w)]
        model.set_weights([p.reshape(v.shape) for p, v in zip(pieces, model.weights, strict=True)])
        w = np.array(w, "float32")
        assert float(surface.loss(w)) == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-5)
        of_rows = model.evaluate(x[rows], y[rows], verbose=0)
        assert float(surface.loss(w, rows)) == pytest.approx(of_rows, rel=1e-5)
    assert surface.samples == len(x) == 256


def test_two_layers_may_change_sign_together():
    values = optimizers.surface("two layers").grid(21)[2]
    np.testing.assert_allclose(values, values[::-1, ::-1], rtol=1e-5)


def test_a_model_of_ones_own():
    dense = keras.layers.Dense(
        1, activation="sigmoid", kernel_regularizer=keras.regularizers.L2(0.1)
    )
    model = keras.Sequential([keras.Input((1,)), dense], name="mine")
    model.compile("adam", "binary_crossentropy")
    model.set_weights([np.array([[2.0]]), np.array([-1.0])])
    x, y = np.array([[-1.0], [0.5], [3.0]], "float32"), np.array([0, 1, 1], "int32")
    surface = optimizers.surface(model, (x, y))
    assert (surface.name, surface.samples, surface.start) == ("mine", 3, (2, -1))
    assert surface.extent == (-1, 5, -4, 2)
    assert surface.axes == (f"{dense.name}/kernel", f"{dense.name}/bias")
    here = float(surface.loss(np.array(surface.start, "float32")))
    assert here == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-6)


def test_errors():
    with pytest.raises(ValueError, match=r"surface is 'hill'; it is one of 'bowl', 'ravine'"):
        optimizers.surface("hill")
    with pytest.raises(TypeError, match="3 is no surface of optimizers; give the name"):
        optimizers.surface(3)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="has 3 weights, and a surface is of two"):
        optimizers.surface(model, (np.zeros((4, 2)), np.zeros(4)))
