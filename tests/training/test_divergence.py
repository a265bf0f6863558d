"""Where a run that diverged went wrong, against a plain fit() that watches every batch."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import training

rng = np.random.default_rng(3)
X = rng.normal(size=(50, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
TRAIN, _ = training.tables((X, Y))


def build(learning_rate=3.0):
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(5), layers.Dropout(0.2), layers.Dense(1)]
    )
    model.compile(keras.optimizers.SGD(learning_rate, momentum=0.5), "mse")
    return model


def run(epochs=6, function=build, **parameters):
    made = training.Run(function, parameters, epochs=epochs, batch_size=16, seed=2)
    return made.fit(TRAIN)


class Every(keras.callbacks.Callback):
    """The weights before every batch of a plain fit()."""

    def __init__(self):
        super().__init__()
        self.before, self.means = [], []

    def on_train_batch_begin(self, batch, logs=None):
        self.before.append(self.model.get_weights())

    def on_train_batch_end(self, batch, logs=None):
        self.means.append(float(logs["loss"]))


@pytest.fixture(scope="module")
def plain():
    keras.utils.set_random_seed(2)
    every = Every()
    build().fit(X, Y, batch_size=16, epochs=6, verbose=0, callbacks=[every])
    return every


def test_the_last_finite_step_is_that_of_a_plain_fit(plain):
    broken = run()
    assert broken.status == "diverged"
    found = training.last_finite(broken, TRAIN)
    bad = int(np.flatnonzero(~np.isfinite(plain.means))[0])
    assert (found.epoch - 1) * 4 + found.step == bad  # the step before, counted from 1
    assert found.epoch in (broken.epoch, broken.epoch - 1)
    for mine, theirs, wrong in zip(
        found.before, plain.before[bad - 1], plain.before[bad], strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)
        assert np.isfinite(mine).all()
        assert not np.array_equal(mine, wrong)
    for mine, theirs in zip(found.after, plain.before[bad], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert len(found.losses) == bad
    assert np.isfinite(found.losses).all()
    assert found.loss == found.losses[-1] > 1e6 * found.losses[0]
    for mine, theirs in zip(found.model.get_weights(), found.before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_any_step_and_its_batch(plain):
    sound = run(epochs=2, learning_rate=0.01)
    assert sound.status == "done"
    found = training.at_step(sound, TRAIN, 4)  # the first of epoch 2, of 4 steps each
    assert (found.epoch, found.step) == (2, 1)
    last = training.at_step(sound, TRAIN, 7)
    assert (last.epoch, last.step, len(last.rows)) == (2, 4, 50 - 3 * 16)
    for mine, theirs in zip(last.after, sound.model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_loss_before_the_step_is_that_of_its_batch():
    def still(learning_rate=0.01):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
        model.compile(keras.optimizers.SGD(learning_rate), "mse")
        return model

    found = training.at_step(run(epochs=1, function=still), TRAIN, 1)
    loss = found.model.evaluate(X[found.rows], Y[found.rows], verbose=0)
    np.testing.assert_allclose(found.loss, loss, rtol=1e-6)
    found.model.train_on_batch(X[found.rows], Y[found.rows])
    for mine, theirs in zip(found.model.get_weights(), found.after, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)


def test_what_has_no_last_finite_step():
    sound = run(epochs=1, learning_rate=0.01)
    with pytest.raises(ValueError, match="the run is 'done'"):
        training.last_finite(sound, TRAIN)
    with pytest.raises(ValueError, match="index is 4, and the run has 4 steps"):
        training.at_step(sound, TRAIN, 4)
    with pytest.raises(ValueError, match="index is -1;"):
        training.at_step(sound, TRAIN, -1)

    def nowhere():
        model = build()
        model.compile("sgd", lambda y, p: keras.ops.log(-1 - p * p))
        return model

    broken = run(epochs=1, function=nowhere)
    with pytest.raises(ValueError, match="not finite at the first step"):
        training.last_finite(broken, TRAIN)


def test_a_model_that_runs_eagerly_cannot_be_looked_at():
    def eager():
        model = build()
        model.run_eagerly = True
        return model

    broken = training.Run(eager, {}, epochs=2, batch_size=50)
    broken.history = {"loss": [np.nan]}
    with pytest.raises(ValueError, match="the model runs eagerly"):
        training.last_finite(broken, TRAIN)
