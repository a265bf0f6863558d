"""Planes through the weights of real models, against evaluate() and plain linear algebra."""

import functools
import sys

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import optimizers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 6)).astype("float32")
IMAGES = RNG.normal(size=(40, 8, 8, 1)).astype("float32")


@functools.cache
def dense():
    """Regularizers, Dropout and BatchNormalization: all that evaluate() treats in its own way."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5, "tanh", name="dense", kernel_regularizer="l2",
                         activity_regularizer="l1"),
            layers.Dropout(0.5),
            layers.BatchNormalization(),
            layers.Dense(3, "softmax", name="dense_1", bias_regularizer="l1"),
        ]
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(X, labels(96), epochs=2, verbose=0)
    return model


@functools.cache
def convolution():
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.Flatten(),
         layers.Dense(3)]
    )  # fmt: skip
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


@functools.cache
def branches():
    """Two inputs, a shared layer, weights that no trick can take out of the plane."""
    keras.utils.set_random_seed(1)
    one, other, shared = keras.Input((3,)), keras.Input((3,)), layers.Dense(4, "relu")
    both = layers.multiply([shared(one), shared(other)])
    model = keras.Model([one, other], layers.Dense(1)(both))
    model.compile("sgd", "mse")
    return model


def labels(n):
    return np.arange(n, dtype="int32") % 3


CASES = {
    "dense": (dense, X, labels(96)),
    "convolution": (convolution, IMAGES, labels(40)),
    "branches": (branches, [X[:, :3], X[:, 3:]], X[:, :1]),
}


def evaluated(model, plane, w, x, y):
    """What Keras says of the weights at a place, which are set and taken back."""
    before = model.get_weights()
    for variable, value in zip(model.trainable_variables, plane.weights(w), strict=True):
        variable.assign(value)
    loss = model.evaluate(x, y, verbose=0, return_dict=True)["loss"]
    model.set_weights(before)
    return loss


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("named", [False, True])
def test_the_loss_is_that_of_evaluate(case, named):
    build, x, y = CASES[case]
    model = build()
    name = f"{model.layers[-1].name}/kernel"
    directions = (f"{name}[0, 0]", f"{name}[1, 0]") if named else "random"
    plane = optimizers.plane(model, x, y, directions)
    here = model.evaluate(x, y, verbose=0, return_dict=True)["loss"]
    assert float(plane.loss(np.array(plane.here))) == pytest.approx(here, abs=1e-5)
    a, b, values = plane.grid(5)
    for i, j in ((0, 0), (2, 2), (4, 1)):
        there = evaluated(model, plane, (a[j], b[i]), x, y)
        assert values[i, j] == pytest.approx(there, rel=1e-5)


def test_rows_in_parts_are_the_same(monkeypatch):
    build, x, y = CASES["dense"]
    whole = optimizers.plane(build(), x, y)
    expected = whole.grid(4)[2]
    monkeypatch.setattr(sys.modules[optimizers.plane.__module__], "MEMORY", 20_000)
    parts = optimizers.plane(build(), x, y)
    assert parts._parts > 1
    np.testing.assert_allclose(parts.grid(4)[2], expected, rtol=1e-5)


def test_some_rows_and_their_gradient():
    import jax

    build, x, y = CASES["dense"]
    model = build()
    plane = optimizers.plane(model, x, y)
    rows = np.array([3, 1, 4])
    expected = model.evaluate(x[rows], y[rows], verbose=0, return_dict=True)["loss"]
    assert float(plane.loss(np.zeros(2), rows)) == pytest.approx(expected, abs=1e-5)
    slope = jax.jit(jax.grad(plane.loss))(np.array([0.3, -0.2], "float32"), rows)
    step = 1e-2
    for i, one in enumerate(np.eye(2)):
        ends = [float(plane.loss([0.3, -0.2] + s * step * one, rows)) for s in (1, -1)]
        assert float(slope[i]) == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=2e-3)


def test_random_directions_are_as_long_as_each_kernel():
    build, x, y = CASES["convolution"]
    model = build()
    plane = optimizers.plane(model, x, y, seed=3)
    for direction in (plane.u, plane.v):
        kernel, bias, dense, last = direction
        assert not bias.any()
        assert not last.any()
        for drawn, variable in ((kernel, model.weights[0]), (dense, model.weights[2])):
            for unit in range(drawn.shape[-1]):
                own = np.linalg.norm(np.asarray(variable)[..., unit])
                assert np.linalg.norm(drawn[..., unit]) == pytest.approx(own, rel=1e-5)
    again = optimizers.plane(model, x, y, seed=3)
    np.testing.assert_array_equal(plane.u[0], again.u[0])


def test_two_weights_by_name_are_their_own_values():
    build, x, y = CASES["dense"]
    model = build()
    plane = optimizers.plane(model, x, y, ("dense/kernel[1, 2]", "dense_1/bias[0]"))
    kernel, bias = np.asarray(model.layers[0].kernel), np.asarray(model.layers[-1].bias)
    assert plane.here == pytest.approx((kernel[1, 2], bias[0]))
    at = plane.weights((0.5, -0.25))
    assert at[0][1, 2] == 0.5
    assert at[-1][0] == -0.25


def test_a_path_and_its_principal_plane():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(4, "tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    y, path = X[:, :1] ** 2, [model.get_weights()]
    for _ in range(3):
        model.fit(X, y, verbose=0)
        path.append(model.get_weights())
    plane = optimizers.plane(model, X, y, path)
    flat = np.array([np.concatenate([w.ravel() for w in one]) for one in path], "float64")
    flat -= flat[-1]
    lengths = np.linalg.svd(flat, compute_uv=False) ** 2
    np.testing.assert_allclose(plane.share, lengths[:2] / lengths.sum(), rtol=1e-4)
    kept = np.sum(plane.points**2) / np.sum(flat**2)
    assert kept == pytest.approx(plane.share.sum(), rel=1e-4)
    np.testing.assert_allclose(plane.points[-1], 0, atol=1e-6)
    here = model.evaluate(X, y, verbose=0)
    assert plane.at(plane.points[-1:])[0] == pytest.approx(here, abs=1e-6)
    model.set_weights(path[0])
    assert plane.before == pytest.approx(model.evaluate(X, y, verbose=0), abs=1e-6)
    a0, a1, b0, b1 = plane.extent
    assert (plane.points > [a0, b0]).all()
    assert (plane.points < [a1, b1]).all()
    ends = list(zip(path[0], path[-1], strict=True))
    straight = [[one + k * (other - one) for one, other in ends] for k in (0, 0.5, 1)]
    plane = optimizers.plane(model, X, y, straight)
    assert plane.share[0] == pytest.approx(1)
    assert np.isfinite(plane.grid(3)[2]).all()


def test_it_is_a_surface():
    build, x, y = CASES["dense"]
    plane = optimizers.plane(build(), x, y)
    for name, value in vars(optimizers.surface("bowl")).items():
        assert hasattr(plane, name), (name, value)
    assert plane.samples == 96


@pytest.mark.parametrize(
    ("directions", "message"),
    [
        ("pca", "directions is 'pca'; give \"random\", the names"),
        (("dense/kernel[9, 9]", "dense/bias[0]"), r"There are dense/kernel \(6, 5\)"),
        (("dense/bias[0]",), "names of two weights"),
        ([], "names of two weights"),
    ],
)
def test_other_directions_are_refused(directions, message):
    build, x, y = CASES["dense"]
    with pytest.raises(ValueError, match=message):
        optimizers.plane(build(), x, y, directions)


def test_a_path_that_goes_nowhere_or_is_another_models():
    build, x, y = CASES["dense"]
    model = build()
    with pytest.raises(ValueError, match="goes nowhere"):
        optimizers.plane(model, x, y, [model.get_weights()] * 3)
    with pytest.raises(ValueError, match=r"give what model.get_weights\(\) returns"):
        optimizers.plane(model, x, y, [model.get_weights()[:2]] * 2)
    with pytest.raises(TypeError, match=r"model is 'model'; give a keras\.Model"):
        optimizers.plane("model", x, y)
