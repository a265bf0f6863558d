"""One step of descent against Keras's own SGD."""

import keras
import numpy as np
import pytest

from anatomy.losses.curve.facts import curve
from anatomy.losses.curve.facts import descend


@pytest.mark.parametrize(
    ("loss", "squash", "at"),
    [("mse", None, 2.0), ("binary_crossentropy", "sigmoid", -6.0), ("mse", "sigmoid", -6.0)],
)
def test_a_step_is_one_of_sgd(loss, squash, at):
    over = "logit" if squash else "prediction"
    made = descend(curve(loss, target=1, over=over), at, learning_rate=0.3)
    # A model of one weight, the bias: its output is the prediction, and fit() makes the step.
    layer = keras.layers.Dense(1, squash, kernel_initializer="zeros",
                               bias_initializer=keras.initializers.Constant(at))  # fmt: skip
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile(keras.optimizers.SGD(0.3), loss)
    x, y = np.zeros((1, 1)), np.ones((1, 1))
    before = model.train_on_batch(x, y)
    assert float(before) == pytest.approx(made.value, rel=1e-5)
    assert float(layer.bias.numpy()[0]) == pytest.approx(made.lands, rel=1e-6)
    assert float(model.evaluate(x, y, verbose=0)) == pytest.approx(made.after, rel=1e-5)
    assert made.inside


def test_three_probabilities_keep_their_sum():
    made = descend(curve("categorical_crossentropy", target=1), (0.6, 0.2, 0.2), 0.01)
    np.testing.assert_allclose(made.gradient, (1, -4, 1), rtol=1e-5)
    wanted = np.array([0.6, 0.2, 0.2]) - 0.01 * (np.array([1, -4, 1]) + 2 / 3)
    np.testing.assert_allclose(made.lands, wanted, rtol=1e-5)
    assert made.after < made.value
    assert made.inside
    assert not descend(curve("categorical_crossentropy", target=1), (0.6, 0.2, 0.2), 0.5).inside


def test_the_softmax_of_logits():
    made = descend(curve("categorical_crossentropy", target=0, over="logit"), (0, 1, 2), 1.0)
    p = np.exp([0, 1, 2]) / np.exp([0, 1, 2]).sum()
    np.testing.assert_allclose(made.prediction, p, rtol=1e-6)
    np.testing.assert_allclose(made.lands, [0, 1, 2] - (p - [1, 0, 0]), rtol=1e-5)
    np.testing.assert_allclose(made.after_prediction.sum(), 1)


@pytest.mark.parametrize(
    ("loss", "at", "message"),
    [
        ("mse", (1, 2), "give a number for mean_squared_error"),
        ("categorical_crossentropy", 0.5, "give three numbers"),
        ("categorical_crossentropy", (0.5, 0.5, 0.5), "three that add up to 1"),
        ("binary_crossentropy", 1.5, "give 0 to 1"),
        ("circle", -2, "give -1 to 1"),
    ],
)
def test_what_is_no_prediction_is_said(loss, at, message):
    with pytest.raises(ValueError, match=message):
        descend(curve(loss), at)
