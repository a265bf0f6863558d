"""A loss, by what it does to a last layer and its targets."""

import math

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import check

R = np.random.default_rng(0)
X = R.normal(size=(128, 3)).astype("float32")
KIND = (X[:, 0] > 0).astype("int32")
SKEWED = R.exponential(size=(128, 1)).astype("float32")
FAULTY = np.where(np.arange(128)[:, None] < 5, 900, 20 + 0.3 * X[:, :1]).astype("float32")
TOPICS = (X > 0).astype("float32")
SIGMOID, SOFTMAX = layers.Dense(1, activation="sigmoid"), layers.Dense(2, activation="softmax")
B_LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    ("answer", "last", "y", "right", "said"),
    [
        ("binary_crossentropy", SIGMOID, KIND, True, "with 1;"),
        (keras.losses.BinaryCrossentropy(), SIGMOID, KIND, True, '"mse" would with 0.0007'),
        ("mse", SIGMOID, KIND, False, "with 0.0007"),
        (B_LOGITS, SIGMOID, KIND, False, "Squashed twice"),
        ("categorical_crossentropy", SIGMOID, KIND, False, "single unit"),
        ("sparse_categorical_crossentropy", SOFTMAX, KIND, True, "with 1;"),
        ("categorical_crossentropy", SOFTMAX, KIND, False, "are class numbers"),
        ("categorical_crossentropy", SOFTMAX, np.eye(2)[KIND], True, "with 1;"),
        ("mse", SOFTMAX, np.eye(2)[KIND], False, "how long"),
        ("binary_crossentropy", layers.Dense(3, activation="sigmoid"), TOPICS, True, "with 1;"),
        ("nonsense", SIGMOID, KIND, False, "nonsense"),
        (None, SIGMOID, KIND, False, "None"),
        (3, SIGMOID, KIND, False, "3"),
        (keras.losses.Huber, SIGMOID, KIND, False, "Huber"),
    ],
)
def test_a_loss_for_classes(answer, last, y, right, said):
    verdict = check.loss(answer, last, (X, y))
    assert verdict.right is right
    assert said in verdict.text


@pytest.mark.parametrize(
    ("answer", "y", "best", "right"),
    [
        ("mse", SKEWED, np.mean, True),
        ("mae", SKEWED, np.mean, False),
        ("huber", SKEWED, np.mean, False),
        ("mse", FAULTY, np.median, False),
        ("mae", FAULTY, np.median, True),
        (keras.losses.Huber(), FAULTY, np.median, True),
    ],
)
def test_a_loss_for_numbers_asks_for_the_mean_or_the_median(answer, y, best, right):
    verdict = check.loss(answer, layers.Dense(1), (X, y), best=best)
    assert verdict.right is right
    assert "is lowest at" in verdict.text
    assert (f"their {best.__name__} is" in verdict.text) is right  # a hint is not the answer


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (B_LOGITS, True, "with 1."),
        ("hinge", True, "with 1."),
        ("mse", False, "sure and right, this loss pushes it back"),
        ("mae", False, "sure and right, this loss pushes it back"),
        ("cosine_similarity", False, "only the sign"),
    ],
)
def test_a_loss_for_classes_leaves_a_logit_that_is_sure_and_right(answer, right, said):
    verdict = check.loss(answer, layers.Dense(1), (X, KIND))
    assert verdict.right is right
    assert said in verdict.text


def test_a_number_learned_by_heart_is_no_loss():
    likes = float(np.median(SKEWED))
    verdict = check.loss(
        lambda y, p: keras.ops.abs(p - likes), layers.Dense(1), (X, SKEWED), best=np.median
    )
    assert verdict.right is False


@pytest.mark.parametrize(
    ("loss", "instead"),
    [
        (lambda y, p: np.maximum(0.9 * (y - p), -0.1 * (y - p)), "Write keras.ops in place of np"),
        (lambda y, p: keras.ops.exp(math.log(keras.ops.mean(p * p) + 1)), "Write keras.ops."),
        (lambda y, p: y - p if keras.ops.mean(y - p) > 0 else p - y, "Write keras.ops.where"),
    ],
)
def test_a_loss_without_keras_ops_is_told_of_them(loss, instead):
    verdict = check.loss(loss, layers.Dense(1), (X, SKEWED), best=np.median)
    assert verdict.right is False
    assert instead in verdict.text
    assert "Tracer" not in verdict.text


@pytest.mark.parametrize(("answer", "right"), [("ctc", True), ("mse", False)])
def test_a_loss_for_sequences(answer, right):
    x, y = np.zeros((8, 12, 3), "float32"), np.tile([1, 2, 2, 0], (8, 1))
    assert check.loss(answer, layers.Dense(4), (x, y)).right is right


def test_checks_leave_the_layer_and_the_targets_as_they_are():
    last, y = layers.Dense(1, activation="sigmoid"), KIND.copy()
    assert check.loss("binary_crossentropy", last, (X, y))
    assert not last.built
    np.testing.assert_array_equal(y, KIND)


def test_a_loss_of_independent_labels_is_not_of_measured_values():
    several = (np.random.default_rng(0).random((len(X), 3)) < 0.5).astype("int32")
    assert "sure and right" in check.loss("mse", layers.Dense(3), (X, several)).text
    assert check.loss(B_LOGITS, layers.Dense(3), (X, several))


def test_a_function_of_class_numbers_is_asked_with_class_numbers():
    def mine(y, p):
        return keras.losses.sparse_categorical_crossentropy(y, p)

    assert check.loss(mine, layers.Dense(3, activation="softmax"), (X, np.arange(len(X)) % 3))


def test_an_expectile_is_no_quantile():
    def ninth_decile(y):
        return np.quantile(y, 0.9)

    def squared(y, p):
        return keras.ops.where(y > p, 9.0, 1.0) * (y - p) ** 2

    y = np.random.default_rng(0).lognormal(0.0, 0.8, (256, 1)).astype("float32")
    x = np.zeros((256, 2), "float32")
    assert not check.loss(squared, layers.Dense(1), (x, y), best=ninth_decile)
