"""One's own digit: its form, its way through a model, and a class that it should have been."""

import keras
import numpy as np
import pytest
from by_hand import move
from digits import digits
from fit import handwriting
from keras import layers
from looking import flaws_at_all_widths, texts

from anatomy import data, labs
from anatomy.fit.sketch.facts import Reader, drawn, joined
from anatomy.training import tables

HANDS = {"round": handwriting.ROUND, "small": handwriting.SMALL, "square": handwriting.SQUARE}
DIGITS = digits("images")


def reader(last="softmax"):
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Flatten(), layers.Dropout(0.4),
         layers.Dense(10, activation=last)]
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    return model


@pytest.fixture(scope="module")
def trained():
    keras.utils.set_random_seed(0)
    model = reader()
    model.fit(DIGITS.x_train, DIGITS.y_train, batch_size=64, epochs=2, verbose=0)
    return model


@pytest.fixture
def lab(trained):
    lab = labs.sketch(trained, DIGITS)
    assert lab.wait(60)
    yield lab
    lab.close()


def write(lab, digit, hand=handwriting.ROUND):
    lab.strokes.value = handwriting.written(hand)[digit]
    assert lab.wait(60)
    assert lab.error is None


def test_what_is_drawn_is_nearest_to_its_digits_of_mnist():
    """By cosines, without a model: 29 of 30; half of them where a picture is mirrored."""
    known = DIGITS.x_train.reshape(-1, 784)
    known = known / np.linalg.norm(known, axis=1, keepdims=True)
    right = {}
    for name, hand in HANDS.items():
        digits = np.array([drawn(strokes) for strokes in handwriting.written(hand).values()])
        nearest = (digits.reshape(-1, 784) @ known.T).argmax(axis=1)
        right[name] = (DIGITS.y_train[nearest] == np.arange(10)).sum()
    assert sum(right.values()) >= 28, right


@pytest.mark.parametrize("hand", HANDS)
def test_a_digit_has_the_form_of_mnist(hand):
    for strokes in handwriting.written(HANDS[hand]).values():
        digit = drawn(strokes)
        rows, columns = (
            np.flatnonzero(digit.max(axis=1) > 0.3),
            np.flatnonzero(digit.max(axis=0) > 0.3),
        )
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in range(18, 23)
        weights = digit / digit.sum()
        middle = [(weights * (grid + 0.5)).sum() for grid in np.indices(digit.shape)]
        np.testing.assert_allclose(middle, 14, atol=1)


def test_a_tap_and_an_empty_pad_are_digits_too():
    assert drawn([]).max() == 0
    assert drawn([[(0.1, 0.1)]])[13:15, 13:15].min() > 0.5
    assert drawn([[(0.1, 0.1)]], centred=False)[2:4, 2:4].min() > 0


def test_a_stroke_is_read_and_taken_back(lab):
    assert lab.message.startswith("The model reads")  # a sample, until something is drawn
    write(lab, 7)
    assert lab.message.startswith("The model reads 7")
    assert "Read as 7 with" in lab.picture.describe()
    digit = lab.picture.facts["digit"][None, ..., None]
    predicted = lab.model.predict(digit, verbose=0)[0]
    np.testing.assert_allclose(lab.probabilities, predicted, atol=1e-5)
    count = len(lab.strokes.value)
    lab.buttons["undo"].click()
    assert lab.wait(60)
    assert len(lab.strokes.value) == count - 1
    lab.buttons["clear"].click()
    assert lab.wait(60)
    assert "empty" in lab.message


def test_strokes_and_presses_keep_their_order(lab):
    """Both come as messages of the pad: a stroke is longer with each, until another begins."""
    one, other = handwriting.written(handwriting.ROUND)[4][:2]

    def says(number, end, *strokes):
        content = {"number": number, "end": end, "strokes": list(strokes)}
        lab.strokes._handle_custom_msg(content, [])
        assert lab.strokes.taken == number

    says(0.1, None, one[:2])
    says(0.2, -1, one)
    says(0.3, None, other)
    assert lab.strokes.value == [one, other]
    says(0.4, -1)  # undo
    says(0.5, None, other[:3])
    assert lab.strokes.value == [one, other[:3]]
    assert lab.wait(60)
    expected = drawn([one, other[:3]])
    np.testing.assert_array_equal(lab.picture.facts["digit"], expected)
    says(0.6, 0)  # clear
    assert lab.strokes.value == []


def test_a_cleared_pad_takes_the_place_of_a_sample(lab):
    lab.buttons["clear"].click()
    move(lab, sample=5)
    lab.strokes._handle_custom_msg({"number": 0.7, "end": 0, "strokes": []}, [])
    assert lab.wait(60)
    assert "empty" in lab.message


def test_a_sample_stands_in_until_something_is_drawn(lab):
    write(lab, 1)
    move(lab, sample=5)
    np.testing.assert_array_equal(lab.picture.facts["digit"], DIGITS.x_train[5, ..., 0])
    move(lab, sample=6)
    np.testing.assert_array_equal(lab.picture.facts["digit"], DIGITS.x_train[6, ..., 0])
    write(lab, 2)
    np.testing.assert_array_equal(
        lab.picture.facts["digit"], drawn(handwriting.written(handwriting.ROUND)[2])
    )


def test_a_digit_joins_the_data_and_the_student_keeps_the_model(lab, trained):
    before = trained.get_weights()
    write(lab, 4)
    move(lab, should_be=9)
    lab.buttons["add"].click()
    assert lab.wait(120)
    assert lab.error is None
    assert [label for _, label in lab.added] == [9]
    assert "with 1 digit more" in lab.message
    assert lab.model is not trained
    assert len(lab.history["loss"]) == 2
    for one, other in zip(before, trained.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    table = joined(tables(DIGITS)[0], lab.added)
    assert len(table.rows) == len(DIGITS.x_train) + 1
    assert table.arguments["y"][-1] == 9
    np.testing.assert_array_equal(table.arguments["x"][-1, ..., 0], lab.added[0][0])


def test_the_pen_is_a_control(lab):
    write(lab, 3)
    thin = lab.picture.facts["digit"].sum()
    move(lab, thickness=4.0)
    assert lab.strokes.thickness == 4.0
    assert lab.picture.facts["digit"].sum() > thin


def test_logits_become_probabilities():
    one = Reader(reader(last=None))
    logits = one.layers(np.zeros((28, 28), "float32"))[-1][1]
    found = one.probabilities(logits)
    assert found.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(found, np.asarray(keras.ops.softmax(logits)), atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "last", "text"),
    [
        ((10,), layers.Dense(10), r"28 x 28 pixels; the model takes \(10,\)"),
        ((784,), layers.Dense(1), r"number for each class; the model outputs \(1,\)"),
    ],
)
def test_another_model_is_refused(shape, last, text):
    with pytest.raises(ValueError, match=text):
        labs.sketch(keras.Sequential([keras.Input(shape), last]))


@pytest.mark.parametrize("format", ["vectors", "sequences", "images"])
def test_the_picture_is_sound(format):
    split = data.digits(format)
    more = {
        "vectors": [],
        "sequences": [layers.LSTM(8)],
        "images": [layers.Conv2D(20, 3), layers.Flatten()],
    }
    model = keras.Sequential(
        [
            keras.Input(split.x_train.shape[1:]),
            *more[format],
            layers.Dense(10, activation="softmax"),
        ]
    )
    lab = labs.sketch(model)
    assert lab.wait(60)
    assert flaws_at_all_widths(lab.picture) == []
    write(lab, 8, handwriting.SQUARE)
    assert flaws_at_all_widths(lab.picture) == []
    assert "as drawn" in texts(lab.picture)
    lab.close()
