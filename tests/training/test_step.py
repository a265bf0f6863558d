"""One step taken apart equals the step that fit() takes, bit for bit."""

import functools
import random

import keras
import numpy as np
import pytest
from digits import digits
from keras import layers

from anatomy import data
from anatomy.training import Stepper

DIGITS, CANCER = digits(), data.breast_cancer()
FORMATS = {name: digits(name) for name in ("images", "sequences")}
X, Y = DIGITS.x_train, DIGITS.y_train
BATCHES = slice(0, 32), slice(32, 64), slice(64, 84)  # the last one is smaller


def classifier(*hidden, shape=(784,), last="softmax", optimizer="sgd", **settings):
    outputs = layers.Dense(10, activation=last)
    model = keras.Sequential([keras.Input(shape), *hidden, outputs])
    settings = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]} | settings
    model.compile(optimizer, **settings)
    return model


def dense(**settings):
    return classifier(layers.Dense(8, activation="relu"), **settings)


def convolution():
    stack = [layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    return classifier(*stack, shape=(28, 28, 1))


def own_loss(y, predictions):
    true = keras.ops.one_hot(keras.ops.cast(y, "int32"), 10)
    return keras.ops.sum(keras.ops.abs(true - predictions), axis=-1)


class OwnLoss(keras.losses.Loss):
    def __init__(self, power):
        super().__init__()
        self.power = power

    def call(self, y, predictions):
        return own_loss(y, predictions) ** self.power


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(10)

    def call(self, x):
        return self.inner(x)


def subclassed():
    model = Subclassed()
    model(X[:1])
    model.compile("adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def nested():
    inputs = keras.Input((784,))
    twins = [
        keras.Sequential([keras.Input((8,)), layers.Dense(8, name="same")], name=name)
        for name in ("one", "other")
    ]
    hidden = twins[1](twins[0](layers.Dense(8)(inputs)))
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(hidden))
    model.compile("sgd", loss="sparse_categorical_crossentropy")
    return model


def binary():
    model = keras.Sequential([keras.Input((30,)), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", loss="binary_crossentropy")
    return model


def falling():
    return keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5))


def regularized():
    hidden = layers.Dense(8, kernel_regularizer="l2", activity_regularizer="l1")
    return classifier(hidden, layers.Dropout(0.5), layers.BatchNormalization())


LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
SUM = keras.losses.SparseCategoricalCrossentropy(reduction="sum")
OPTIMIZERS = {
    "rmsprop": lambda: "rmsprop",
    "adam": lambda: keras.optimizers.Adam(clipnorm=0.1, weight_decay=0.01),
    "momentum": lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
}


def optimized(name, **settings):
    return dense(optimizer=OPTIMIZERS[name](), **settings)


def constrained(**settings):
    return classifier(layers.Dense(8, kernel_constraint="unit_norm"), **settings)


CASES = {
    "sgd": dense,
    "rmsprop, logits, weighted": lambda: optimized(
        "rmsprop", last=None, loss=LOGITS, loss_weights=0.3
    ),
    "adam, own Loss": lambda: optimized("adam", loss=OwnLoss(2)),
    "momentum, sum": lambda: optimized("momentum", loss=SUM),
    "schedule, loss in a list": lambda: dense(
        optimizer=falling(), loss=["sparse_categorical_crossentropy"]
    ),
    "constraint, own loss": lambda: constrained(loss=own_loss),
    "regularizers, dropout, normalization": regularized,
    "convolution": convolution,
    "lstm": lambda: classifier(layers.LSTM(8), shape=(28, 28)),
    "nested twins": nested,
    "subclassed": subclassed,
    "binary": binary,
}
DATA = {"convolution": FORMATS["images"], "lstm": FORMATS["sequences"], "binary": CANCER}


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_step_of_fit(name):
    keras.utils.set_random_seed(0)
    model, split = CASES[name](), DATA.get(name, DIGITS)
    stepper = Stepper(model)
    # All steps before the first fit(): it must not see them.
    steps = [stepper(split.x_train[batch], split.y_train[batch]) for batch in BATCHES]
    for step, batch in zip(steps, BATCHES, strict=True):
        before = [np.array(v) for v in model.trainable_variables]
        x, y = split.x_train[batch], split.y_train[batch]
        predictions = model(x, training=False)
        loss = model.fit(x, y, batch_size=32, shuffle=False, verbose=0).history["loss"][0]
        # fit() reports loss * n / n, which rounds where n is no power of 2.
        assert step.loss == pytest.approx(loss, rel=0 if len(x) == 32 else 2e-7)
        for mine, fitted in zip(step.before.values(), before, strict=True):
            np.testing.assert_array_equal(mine, fitted)
        for mine, fitted in zip(step.after.values(), model.trainable_variables, strict=True):
            np.testing.assert_array_equal(mine, fitted)
        if "dropout" not in name:
            np.testing.assert_allclose(step.predictions, predictions, atol=1e-6)
        if step.losses is not None:
            assert step.losses.mean() + step.penalty == pytest.approx(step.loss, rel=1e-5)
    groups = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
    )
    assert stepper.taken == len(BATCHES)
    for arrays, variables in zip(stepper.state, groups, strict=True):
        for mine, fitted in zip(arrays, variables, strict=True):
            np.testing.assert_array_equal(mine, fitted)


def test_it_goes_on_from_where_the_model_stands():
    model = dense(optimizer="adam")
    model.fit(X[:64], Y[:64], verbose=0)
    step = Stepper(model)(X[:32], Y[:32])
    model.fit(X[:32], Y[:32], batch_size=32, shuffle=False, verbose=0)
    for mine, fitted in zip(step.after.values(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, fitted)


def test_rewind_begins_again_whatever_became_of_the_model():
    model = regularized()
    stepper = Stepper(model)
    first = stepper(X[:32], Y[:32])
    stepper(X[32:64], Y[32:64])
    model.fit(X, Y, verbose=0)  # gives the model's own arrays away
    stepper.rewind()
    assert stepper.taken == 0
    again = stepper(X[:32], Y[:32])
    assert again.loss == first.loss
    for name in first.after:
        np.testing.assert_array_equal(again.after[name], first.after[name])


def test_the_model_trains_as_if_nobody_had_looked():
    histories = []
    for looked in (False, True):
        keras.utils.set_random_seed(0)
        model = dense(optimizer="adam")
        if looked:
            weights, state = model.get_weights(), random.getstate()
            Stepper(model)(X[:32], Y[:32])
            for one, other in zip(model.get_weights(), weights, strict=True):
                np.testing.assert_array_equal(one, other)
            assert int(model.optimizer.iterations) == 0
            assert random.getstate() == state
        histories.append(model.fit(X[:256], Y[:256], epochs=2, verbose=0).history)
    assert histories[0] == histories[1]


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD(0.5), falling()])
def test_plain_is_what_it_says(optimizer):
    stepper = Stepper(dense(optimizer=optimizer))
    for batch in BATCHES:
        step = stepper(X[batch], Y[batch])
        assert step.plain
        for name in step.before:
            moved = step.before[name] - step.learning_rate * step.gradients[name]
            np.testing.assert_allclose(step.after[name], moved, atol=1e-7)
    last = 0.5 if isinstance(optimizer.learning_rate, float) else step.learning_rate
    assert step.optimizer == f"SGD(learning_rate={last:.4g})"


@pytest.mark.parametrize(
    "build", [constrained, *(functools.partial(optimized, name) for name in OPTIMIZERS)]
)
def test_what_is_not_plain(build):
    assert not Stepper(build())(X[:32], Y[:32]).plain


def test_the_learning_rate_is_that_of_the_step():
    stepper = Stepper(dense(optimizer=falling()))
    rates = [stepper(X[:32], Y[:32]).learning_rate for _ in range(3)]
    assert rates == pytest.approx([0.1, 0.05, 0.025])


def test_the_gradient_is_the_slope_of_the_loss():
    model = dense()
    step = Stepper(model)(X[:32], Y[:32])
    bias = model.layers[-1].bias
    name = f"{model.layers[-1].name}/bias"
    slopes = []
    for i in range(10):
        losses = []
        for sign in (-1, 1):
            value = step.before[name].copy()
            value[i] += sign * 1e-2
            bias.assign(value)
            losses.append(model.evaluate(X[:32], Y[:32], verbose=0)[0])
        slopes.append((losses[1] - losses[0]) / 2e-2)
    np.testing.assert_allclose(step.gradients[name], slopes, atol=1e-3)


def test_each_sample_has_its_loss_where_the_loss_is_their_mean():
    step = Stepper(dense())(X[:32], Y[:32])
    given = step.predictions[np.arange(32), Y[:32]]
    np.testing.assert_allclose(step.losses, -np.log(given), rtol=1e-5)
    assert step.penalty == 0
    assert Stepper(dense(loss=SUM))(X[:32], Y[:32]).losses is None
    masked = keras.Sequential(
        [keras.Input((3,)), layers.Embedding(9, 4, mask_zero=True), layers.Dense(10)]
    )
    masked.compile("sgd", loss=LOGITS)
    assert Stepper(masked)(np.array([[1, 2, 0]] * 4), np.ones((4, 3), int)).losses is None


def test_penalties_are_told_apart():
    model = classifier(layers.Dense(8, kernel_regularizer=keras.regularizers.L2(0.1)))
    kernel = model.get_weights()[0]
    step = Stepper(model)(X[:32], Y[:32])
    assert step.penalty == pytest.approx(0.1 * (kernel**2).sum(), rel=1e-5)


class OwnStep(keras.Model):
    def train_step(self, state, data):
        raise NotImplementedError


def two_outputs():
    inputs = keras.Input((2,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    model.compile("sgd", loss=["mse", "mse"])
    return model


def with_own_step():
    inputs = keras.Input((2,))
    model = OwnStep(inputs, layers.Dense(1)(inputs))
    model.compile("sgd", loss="mse")
    return model


def scaled():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, dtype="mixed_float16")])
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()), loss="mse")
    return model


def unbuilt():
    model = keras.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(
    ("build", "error", "text"),
    [
        (lambda: "model", TypeError, "model is 'model'; give a keras.Model"),
        (lambda: keras.Sequential([keras.Input((2,)), layers.Dense(1)]), ValueError, "not comp"),
        (unbuilt, ValueError, "not built: start it with"),
        (two_outputs, ValueError, "1 inputs, 2 outputs, 2 losses"),
        (lambda: dense(loss=None), ValueError, "0 losses"),
        (with_own_step, ValueError, "its own train_step()"),
        (scaled, ValueError, "scales its loss"),
    ],
)
def test_errors(build, error, text):
    with pytest.raises(error) as caught:
        Stepper(build())
    assert text in str(caught.value)


def test_no_weights():
    model = dense()
    model.trainable = False
    with pytest.raises(ValueError, match="no trainable weights"):
        Stepper(model)


def test_batches_that_do_not_fit_change_nothing():
    stepper = Stepper(dense())
    with pytest.raises(TypeError, match="x has 32 and y has 5 rows"):
        stepper(X[:32], Y[:5])
    with pytest.raises(ValueError, match=r"x has samples of shape \(28, 28\); the model takes"):
        stepper(X[:32].reshape(-1, 28, 28), Y[:32])
    with pytest.raises(ValueError, match=r"target.shape=\(32, 10\)"):
        stepper(X[:32], np.eye(10)[Y[:32]])
    assert stepper.taken == 0


def test_another_backend(monkeypatch):
    model = dense()
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(NotImplementedError, match="KERAS_BACKEND=jax"):
        Stepper(model)
