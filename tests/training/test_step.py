"""One step taken apart equals the step that fit() takes."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import data
from anatomy.training import Stepper

DIGITS = data.digits()
CANCER = data.breast_cancer()


def dense(optimizer="rmsprop", hidden=()):
    first, last = layers.Dense(8, activation="relu"), layers.Dense(10, activation="softmax")
    model = keras.Sequential([keras.Input((784,)), first, *hidden, last])
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def images():
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(10)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss=loss)
    return model


def binary():
    model = keras.Sequential([keras.Input((30,)), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", loss="binary_crossentropy")
    return model


CASES = {
    "rmsprop": (dense, DIGITS.x_train, DIGITS.y_train),
    "adam": (lambda: dense("adam"), DIGITS.x_train, DIGITS.y_train),
    "dropout": (lambda: dense(hidden=[layers.Dropout(0.5)]), DIGITS.x_train, DIGITS.y_train),
    "normalized": (
        lambda: dense(hidden=[layers.BatchNormalization()]),
        DIGITS.x_train,
        DIGITS.y_train,
    ),
    "images": (images, DIGITS.x_train.reshape(-1, 28, 28, 1), DIGITS.y_train),
    "binary": (binary, CANCER.x_train, CANCER.y_train),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_step_of_fit(name):
    build, x, y = CASES[name]
    keras.utils.set_random_seed(0)
    model = build()
    stepper = Stepper(model)
    for start in (0, 32):
        batch = slice(start, start + 32)
        weights = model.get_weights()
        step = stepper(x[batch], y[batch])
        predictions = model(x[batch], training=False)
        history = model.fit(x[batch], y[batch], batch_size=32, shuffle=False, verbose=0)
        assert step.loss == pytest.approx(history.history["loss"][0], rel=1e-6)
        for mine, fitted in zip(stepper.model.weights, model.weights, strict=True):
            np.testing.assert_allclose(mine, fitted, rtol=0, atol=1e-6)
        mine, fitted = stepper.model.optimizer.variables, model.optimizer.variables
        for one, other in zip(mine, fitted, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
        if name not in ("dropout", "normalized"):
            np.testing.assert_allclose(step.predictions, predictions, atol=1e-6)
            np.testing.assert_allclose(step.losses.mean(), step.loss, rtol=1e-5)
        before = list(step.before.values())
        np.testing.assert_array_equal(before[0], weights[0])


def test_the_gradient_of_sgd_is_what_moves_the_weights():
    stepper = Stepper(dense(keras.optimizers.SGD(0.5)))
    step = stepper(DIGITS.x_train[:32], DIGITS.y_train[:32])
    for name in step.before:
        moved = step.before[name] - 0.5 * step.gradients[name]
        np.testing.assert_allclose(step.after[name], moved, atol=1e-7)


def test_the_gradient_is_the_slope_of_the_loss():
    model = dense("sgd")
    x, y = DIGITS.x_train[:32], DIGITS.y_train[:32]
    step = Stepper(model)(x, y)
    bias = model.layers[-1].bias
    name = next(
        key for key in step.gradients if key.endswith("bias") and len(step.before[key]) == 10
    )
    slopes = []
    for i in range(10):
        losses = []
        for sign in (-1, 1):
            value = step.before[name].copy()
            value[i] += sign * 1e-2
            bias.assign(value)
            losses.append(model.evaluate(x, y, verbose=0)[0])
        slopes.append((losses[1] - losses[0]) / 2e-2)
    np.testing.assert_allclose(step.gradients[name], slopes, atol=1e-3)


def test_the_model_itself_is_left_as_it_is():
    model = dense()
    before = model.get_weights()
    Stepper(model)(DIGITS.x_train[:32], DIGITS.y_train[:32])
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_errors():
    with pytest.raises(TypeError, match=r"give a compiled keras\.Model"):
        Stepper("model")
    with pytest.raises(ValueError, match="not compiled"):
        Stepper(keras.Sequential([keras.Input((2,)), layers.Dense(1)]))
    with pytest.raises(ValueError, match=r"not built: start it with keras.Input"):
        Stepper(keras.Sequential([layers.Dense(1)]))
    inputs = keras.Input((2,))
    two = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    two.compile("sgd", loss=["mse", "mse"])
    with pytest.raises(ValueError, match="1 inputs and 2 outputs"):
        Stepper(two)


def test_another_backend(monkeypatch):
    model = dense()
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(NotImplementedError, match="KERAS_BACKEND=jax"):
        Stepper(model)
