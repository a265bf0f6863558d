"""Exercises: no answer, wrong answers and right ones, and answers that are nonsense."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import check

STACK = [layers.Conv2D(16, 5), layers.MaxPooling2D(2), layers.Flatten()]

R = np.random.default_rng(0)
X = R.normal(size=(128, 3)).astype("float32")
KIND = (X[:, 0] > 0).astype("int32")
SKEWED = R.exponential(size=(128, 1)).astype("float32")
FAULTY = np.where(np.arange(128)[:, None] < 5, 900, 20 + 0.3 * X[:, :1]).astype("float32")
TOPICS = (X > 0).astype("float32")
SIGMOID, SOFTMAX = layers.Dense(1, activation="sigmoid"), layers.Dense(2, activation="softmax")
B_LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)


def test_no_answer_is_no_mistake():
    for verdict in (
        check.shape(..., STACK, (28, 28, 1)),
        check.parameters(..., layers.Dense(3), (4,)),
        check.mended(..., (28, 28), (10,)),
        check.loss(..., layers.Dense(1), (X, KIND)),
        check.compiled(..., (X, KIND)),
        check.shortcut(..., ((X, KIND), (X, KIND))),
    ):
        assert verdict.right is None
        assert not verdict
        assert repr(verdict).startswith("No answer yet. Put ")


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        ((None, 2304), True, "2304 features"),
        ([None, 2304], True, "2304 features"),
        ((None, 12, 12, 16), False, "4 axes"),
        ((32, 2304), False, "so None"),
        ((None, 9216), False, "axis 1 again: features"),
        (2304, False, "2304 is not a shape"),
        (None, False, "None is not a shape"),
    ],
)
def test_a_shape(answer, right, said):
    verdict = check.shape(answer, STACK, (28, 28, 1))
    assert verdict.right is right
    assert said in verdict.text
    assert right or "2304" not in verdict.text or answer == 2304  # a hint is not the answer


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (4640, True, "3 × 3 × 16 × 32 (kernel) + 32 (bias) = 4,640"),
        (4608, False, "the bias"),
        (32, False, "the kernel"),
        (320, False, "kernel and bias"),
        ("4640", False, "'4640' is not a whole number"),
        (4640.0, False, "not a whole number"),
    ],
)
def test_parameters(answer, right, said):
    verdict = check.parameters(answer, layers.Conv2D(32, 3), (12, 12, 16))
    assert verdict.right is right
    assert said in verdict.text


def test_a_layer_without_weights_has_no_parameters():
    assert check.parameters(0, layers.Flatten(), (28, 28))


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        ([layers.LSTM(16, return_sequences=True), layers.LSTM(16), layers.Dense(10)], True, "10"),
        ([layers.Flatten(), layers.Dense(10)], True, "28 timesteps of 28 features become 10"),
        ([layers.LSTM(16), layers.LSTM(16), layers.Dense(10)], False, "At layer 1"),
        ([layers.LSTM(16, return_sequences=True), layers.Dense(10)], False, "At layer"),
        ([layers.LSTM(16), layers.Dense(9)], False, "At layer"),
        ([layers.Dense], False, "Position 0"),
        ([], False, ""),
        ("Dense", False, "'Dense'"),
        (None, False, "None"),
        (3, False, "3"),
    ],
)
def test_a_mended_stack(answer, right, said):
    verdict = check.mended(answer, (28, 28), (10,))
    assert verdict.right is right
    assert said in verdict.text


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
    assert "likes" in verdict.text
    assert (f"their {best.__name__} is" in verdict.text) is right  # a hint is not the answer


@pytest.mark.parametrize(("answer", "right"), [("ctc", True), ("mse", False)])
def test_a_loss_for_sequences(answer, right):
    x, y = np.zeros((8, 12, 3), "float32"), np.tile([1, 2, 2, 0], (8, 1))
    assert check.loss(answer, layers.Dense(4), (x, y)).right is right


def built(units, activation, loss, rate=0.1):
    last = layers.Dense(units, activation=activation)
    model = keras.Sequential([keras.Input((3,)), last])
    model.compile(keras.optimizers.SGD(rate), loss)
    return model


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (lambda: built(1, None, B_LOGITS), True, "Output, loss and targets fit"),
        (built(2, "softmax", "sparse_categorical_crossentropy"), True, "in 3 epochs"),
        (lambda: built(1, None, "binary_crossentropy"), False, "The output is linear"),
        (lambda: built(1, "softmax", "sparse_categorical_crossentropy"), False, "share"),
        (lambda: built(1, "sigmoid", "binary_crossentropy", 0.0), False, "the loss went from"),
        (lambda: 3, False, "3"),
        (built, False, "TypeError"),
        (None, False, "None"),
    ],
)
def test_a_mended_compile(answer, right, said):
    verdict = check.compiled(answer, (X, KIND))
    assert verdict.right is right
    assert said in verdict.text


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (3, True, "100% of the training data, and in "),
        (0, False, "no cheat"),
        (1, False, "no cheat"),
        (4, False, "4 is no column: they go from 0 to 3"),
        ("3", False, "no column"),
    ],
)
def test_a_shortcut(answer, right, said):
    leak, honest = np.column_stack([X, KIND]), np.column_stack([X, R.permutation(KIND)])
    verdict = check.shortcut(answer, ((leak, KIND), (honest, KIND)))
    assert verdict.right is right
    assert said in verdict.text


def test_checks_leave_the_layer_and_the_targets_as_they_are():
    last, y = layers.Dense(1, activation="sigmoid"), KIND.copy()
    assert check.loss("binary_crossentropy", last, (X, y))
    assert not last.built
    np.testing.assert_array_equal(y, KIND)
