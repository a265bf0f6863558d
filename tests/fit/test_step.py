"""The picture of one training step, by its artists and its words."""

import functools
import re

import keras
import numpy as np
import pytest
from draw.looking import drawn, flaws, pixels, texts
from keras import layers

from anatomy import data, draw
from anatomy.draw import style
from anatomy.draw.account import Account
from anatomy.draw.image import Tensor, as_image, place
from anatomy.training import Stepper

STAGES = ("input", "forward", "loss", "gradient", "update", None)
LABEL = "batch 128 of 128, in the order of the data; fit() would shuffle first"
LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def sequential(shape, *stack, optimizer="sgd", loss="sparse_categorical_crossentropy"):
    model = keras.Sequential([keras.Input(shape), *stack])
    model.compile(optimizer, loss=loss)
    return model


def softmax():
    return layers.Dense(10, activation="softmax", name="last")


def vectors(optimizer="sgd"):
    first = layers.Dense(8, activation="relu", name="first")
    return sequential((784,), first, softmax(), optimizer=optimizer)


def regularized():
    first = layers.Dense(8, kernel_regularizer="l2", name="first")
    return sequential((784,), first, layers.Dense(10), loss=LOGITS)


def images():
    stack = [layers.Conv2D(4, 3, name="first"), layers.MaxPooling2D(), layers.Flatten()]
    return sequential((28, 28, 1), *stack, softmax(), optimizer="adam")


def deep():
    return sequential((10,), *[layers.Dense(4) for _ in range(7)], layers.Dense(1), loss="mse")


def regression():
    return sequential((10,), layers.Dense(4, name="first"), layers.Dense(1), loss="mae")


def binary(activation="sigmoid"):
    loss = keras.losses.BinaryCrossentropy(from_logits=activation is None)
    last = layers.Dense(1, activation=activation)
    return sequential((30,), last, optimizer="rmsprop", loss=loss)


def strips():
    return sequential((64, 14), layers.Conv1D(4, 5, padding="same"), layers.Dense(11),
                      loss=keras.losses.CTC())  # fmt: skip


CASES = {
    "vectors": (vectors, data.digits()),
    "adam": (lambda: vectors("adam"), data.digits()),
    "regularized logits": (regularized, data.digits()),
    "images": (images, data.digits("images")),
    "sequences": (
        lambda: sequential((28, 28), layers.LSTM(4), softmax()),
        data.digits("sequences"),
    ),
    "regression": (regression, data.diabetes()),
    "deep": (deep, data.diabetes()),
    "binary": (binary, data.breast_cancer()),
    "binary logits": (lambda: binary(None), data.breast_cancer()),
    "strips": (strips, data.digit_strips()),
}


@pytest.fixture(scope="module", params=CASES)
def taken(request):
    return take(request.param)


@functools.cache
def take(name):
    build, split = CASES[name]
    keras.utils.set_random_seed(0)
    model = build()
    return model, Stepper(model)(split.x_train[:16], split.y_train[:16]), split


def shown(tensor):
    return tensor.image.get_array()


def test_nothing_overlaps_or_is_cut_off(taken):
    model, step, split = taken
    picture = draw.step(model, step, classes=split.classes)
    for stage in STAGES:
        picture.update(step, stage=stage, sample=3, label=LABEL)
        assert flaws(picture) == []
    assert min(text.get_fontsize() for text in drawn(picture)) >= 10


def test_an_updated_picture_is_the_same_as_a_new_one(taken):
    model, step, split = taken
    picture = draw.step(model, step, classes=split.classes)
    picture.frame()
    for settings in ({"stage": "loss", "sample": 2}, {"stage": "update", "sample": 5}, {}):
        picture.update(step, **settings)
        new = draw.step(model, step, classes=split.classes, **settings)
        assert picture.png(1) == new.png(1)
        assert picture.describe() == new.describe()
        np.testing.assert_allclose(pixels(picture.frame()), pixels(new.png(1)), atol=2)


def test_what_comes_later_is_not_shown_yet():
    model, step, _ = take("vectors")
    picture = draw.step(model, step, stage="forward")
    assert "Forward:" in picture.describe()
    assert "Loss:" not in picture.describe()
    assert "mean of 16 samples" not in texts(picture)
    assert "before" not in texts(picture)
    picture.update(step)
    assert "mean of 16 samples" in texts(picture)
    assert "before" in texts(picture)


def test_the_stage_is_lit_in_the_loop_and_above_its_column():
    model, step, _ = take("vectors")
    picture = draw.step(model, step, stage="loss", label=LABEL)
    assert "Lit: loss." in picture.describe()
    assert LABEL in picture.describe()
    colors = {name: heading.get_color() for name, (heading, _) in picture._heads.items()}
    assert [name for name in colors if colors[name] != colors["input"]] == ["loss"]


def test_the_tensors_are_those_of_the_step():
    model, step, _ = take("vectors")
    picture = draw.step(model, step, sample=2, unit=5)
    before, change, after = picture._change
    gradient = step.gradients["first/kernel"][:, 5]
    for tensor, values in (
        (picture._x, step.x[2]),
        (picture._slope, gradient),
        (before, step.before["first/kernel"][:, 5]),
        (change, step.after["first/kernel"][:, 5] - step.before["first/kernel"][:, 5]),
        (after, step.after["first/kernel"][:, 5]),
    ):
        np.testing.assert_array_equal(shown(tensor), values.reshape(28, 28))
    low, high = picture._slope.image.get_clim()
    assert -low == high == np.abs(gradient).max()
    assert before.image.get_clim() == after.image.get_clim()
    bars = [bar.get_width() for bar in picture._out.bars]
    np.testing.assert_allclose(bars, step.predictions[2])
    marked = [i for i, text in enumerate(picture._out.numbers) if "◂" in text.get_text()]
    assert marked == [step.y[2]]
    np.testing.assert_array_equal(picture._all.get_xdata(), step.losses)


def test_the_mark_points_at_the_steepest_weight():
    model, step, _ = take("images")
    picture = draw.step(model, step, unit=1)
    gradient = step.gradients["first/kernel"][:, :, 0, 1]
    x, y = (int(at[0]) for at in picture._slope._mark.get_data())
    assert abs(gradient[y, x]) == np.abs(gradient).max()
    assert f"kernel[{y}, {x}, 0, 1]" in picture.describe()


def test_many_outputs_keep_the_largest_and_the_right_one():
    _, step, _ = take("vectors")
    names, values, marked = Account(step, 0, 0).bars(3)
    true = step.y[0]
    assert names[marked] == str(true)
    assert values[marked] == step.predictions[0, true]
    rest = np.delete(step.predictions[0], true)
    assert sorted(np.delete(values, marked)) == sorted(np.sort(rest)[-2:])


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("vectors", r"−log\(([\d.]+)\)"),
        ("regularized logits", r"−log\(([\d.]+)\) \(by softmax\)"),
        ("binary", r"−log\((1 − )?([\d.]+)\)"),
        ("binary logits", r"−log\((1 − )?([\d.]+)\) \(by sigmoid\)"),
        ("regression", r"\|(-?[\d.]+) − ([\d.]+)\|"),
        ("deep", r"\((-?[\d.]+) − ([\d.]+)\)²"),
    ],
)
def test_the_loss_in_numbers(name, formula):
    _, step, split = take(name)
    for sample in range(8):
        words = Account(step, sample, 0, split.classes).words["loss"]
        assert re.search(f"costs {formula} = ", words), words


def test_no_formula_where_it_is_not_the_loss():
    _, step, _ = take("strips")
    assert Account(step, 0, 0).formula == ("", "")
    model = sequential((784,), softmax(), loss=keras.losses.SparseCategoricalCrossentropy(
        reduction="sum"))  # fmt: skip
    split = data.digits()
    step = Stepper(model)(split.x_train[:4], split.y_train[:4])
    text = draw.step(model, step).describe()
    assert f"Loss: the loss of 4 samples is {step.loss:.4g}." in text


def test_the_update_is_an_equation_only_where_it_is_one():
    _, step, _ = take("vectors")
    account = Account(step, 0, 2)
    left, right = account.move
    a, _, rate, _, gradient = left.split()
    assert float(a) - float(rate) * float(gradient.strip("()")) == pytest.approx(
        float(right.removeprefix("= ")), abs=2e-4
    )
    _, step, _ = take("adam")
    assert "→" in Account(step, 0, 2).move[0]


def test_its_words():
    model, step, split = take("vectors")
    text = draw.step(model, step, sample=1, classes=split.classes).describe()
    true = split.y_train[1]
    assert f"the model gives {step.predictions[1, true]:.4g} to {true}, the right one" in text
    assert f"the mean of 16 samples is {step.loss:.4g}." in text
    zeros = int((step.gradients["first/kernel"][:, 0] == 0).sum())
    assert f"{zeros} of its 784 are exactly 0" in text
    assert "SGD(learning_rate=0.01) moves" in text
    model, step, _ = take("regularized logits")
    assert (
        f"penalties of {step.penalty:.4g} make it {step.loss:.4g}"
        in draw.step(model, step).describe()
    )


@pytest.mark.parametrize("y", [np.float32(3), np.eye(10)[3], np.int64(3)])
def test_the_right_class_of_a_number_or_a_one_hot_vector(y):
    _, step, _ = take("vectors")
    step = type(step)(**vars(step) | {"y": np.stack([y] * 16)})
    assert Account(step, 0, 0).true == 3


def test_arrays_become_images():
    assert as_image(np.zeros(784)).shape == (28, 28)
    assert as_image(np.zeros((28, 28, 1))).shape == (28, 28)
    assert as_image(np.zeros((5, 6, 3))).shape == (5, 6)
    assert as_image(np.zeros(16)).shape == (1, 16)  # sixteen measurements are no picture
    assert as_image(np.zeros(())).shape == (1, 1)
    columns, rows = place((784,), (29,))
    assert (columns[0], rows[0]) == (1, 1)
    assert len(place((5, 6, 3), (0, 0, 2))[0]) == 0


def test_a_step_that_diverged_is_drawn():
    split = data.diabetes()
    model = sequential((10,), layers.Dense(4), layers.Dense(1), loss="mse",
                       optimizer=keras.optimizers.SGD(1e18))  # fmt: skip
    stepper = Stepper(model)
    for _ in range(5):
        step = stepper(split.x_train[:16], split.y_train[:16])
        picture = draw.step(model, step)
        assert flaws(picture) == []
    assert not np.isfinite(step.loss)


def test_a_gradient_of_nothing_says_so():
    tensor = Tensor(style.figure(200, 200), 10, 10, 100)
    tensor.show(np.zeros(9))
    assert "all 0" in [text.get_text() for text in tensor._ends]


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"sample": 16}, "sample is 16; there are 16, from 0 to 15"),
        ({"unit": -1}, "unit is -1; there are 8, from 0 to 7"),
        ({"stage": "backward"}, "stage is 'backward'"),
    ],
)
def test_errors(wrong, text):
    model, step, _ = take("vectors")
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        draw.step(model, step, **wrong)
    assert text in str(caught.value)
