"""One training step: its account against NumPy, its picture by marks and words."""

import functools
import re

import keras
import numpy as np
import pytest
from digits import digits
from keras import layers
from looking import flaws, flaws_at_all_widths, marks, texts

from anatomy import data, draw
from anatomy.base import colours
from anatomy.base.arrays import Shade
from anatomy.base.words import number
from anatomy.fit.step.facts import STAGES, Account
from anatomy.training import Stepper

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
    "vectors": (vectors, digits()),
    "adam": (lambda: vectors("adam"), digits()),
    "regularized logits": (regularized, digits()),
    "images": (images, digits("images")),
    "sequences": (
        lambda: sequential((28, 28), layers.LSTM(4), softmax()),
        digits("sequences"),
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


def move(picture, model, step, *, stage=None, classes=None, label="", **look):
    account = Account(step, look.get("sample", 0), look.get("unit", 0), classes)
    picture.update(account=account, stage=stage, label=label)


def test_nothing_overlaps_or_is_cut_off(taken):
    model, step, split = taken
    picture = draw.step(model, step, classes=split.classes)
    for stage in STAGES:
        move(picture, model, step, stage=stage, sample=3, classes=split.classes, label=LABEL)
        assert flaws(picture) == []
    move(picture, model, step, sample=3, classes=split.classes, label=LABEL)
    assert flaws_at_all_widths(picture) == []
    assert picture.size[1] <= 420


def test_a_picture_that_moved_is_the_same_as_a_new_one():
    model, step, split = take("vectors")
    picture = draw.step(model, step, classes=split.classes)
    picture.frame()
    for settings in ({"stage": "loss", "sample": 2}, {"stage": "update", "sample": 5}, {}):
        move(picture, model, step, classes=split.classes, **settings)
        new = draw.step(model, step, classes=split.classes, **settings)
        assert picture.png(1) == new.png(1)
        assert picture.describe() == new.describe()


def test_what_comes_later_is_not_shown_yet():
    model, step, _ = take("vectors")
    picture = draw.step(model, step, stage="forward")
    assert "Forward:" in picture.describe()
    assert "Loss:" not in picture.describe()
    assert "mean of 16 samples" not in texts(picture)
    assert "before" not in texts(picture)
    move(picture, model, step)
    assert "mean of 16 samples" in texts(picture)
    assert "before" in texts(picture)


def test_the_stage_is_lit_in_the_loop_and_above_its_column():
    model, step, _ = take("vectors")
    picture = draw.step(model, step, stage="loss", label=LABEL)
    assert LABEL in picture.describe()
    lit = {name: marks(picture, "text", text=name, bold=True)[0]["color"] for name in STAGES}
    assert [name for name in STAGES if lit[name] != "quiet"] == ["loss"]
    boxes = marks(picture, "round")  # the loop
    strong = [one["edge"] for one in boxes if one["edge"].endswith(" 100%")]
    assert (len(boxes), strong) == (5, ["loss 100%"])
    assert [handle.press for handle in picture.sheet.handles] == [{"stage": one} for one in STAGES]


def test_the_loop_has_the_names_of_the_model():
    model, step, _ = take("deep")
    written = texts(draw.step(model, step))
    assert {"layers", "loss function", "gradients", "optimizer", "SGD", "mse"} <= set(written)
    assert "… 5 more …" in written
    assert f"{model.count_params()} numbers" in written


def shows(picture, values, shade):
    expected = shade.pixels(colours.light, values)
    return any(np.array_equal(one["pixels"], expected) for one in marks(picture, "image"))


def test_the_tensors_are_those_of_the_step():
    model, step, _ = take("vectors")
    picture = draw.step(model, step, sample=2, unit=5)
    name = "first/kernel"
    gradient, before, after = (
        part[name][:, 5].reshape(28, 28) for part in (step.gradients, step.before, step.after)
    )
    high = Shade(max(np.abs(before).max(), np.abs(after).max()))
    assert shows(picture, step.x[2].reshape(28, 28), Shade(1, False))
    assert shows(picture, gradient, Shade(np.abs(gradient).max()))
    assert shows(picture, before, high)
    assert shows(picture, after, high)
    assert shows(picture, after - before, Shade(np.abs(after - before).max()))
    [bars] = [one for one in marks(picture, "cells") if len(one["boxes"]) == 10]
    lengths, expected = bars["boxes"][:, 2], step.predictions[2]
    np.testing.assert_allclose(lengths / lengths[0], expected / expected[0], rtol=1e-4)
    assert [i for i, fill in enumerate(bars["fills"]) if fill == "targets"] == [step.y[2]]
    pointed = [text for text in texts(picture) if text.endswith(" ◂")]
    assert pointed == [f"{number(expected[step.y[2]], 3)} ◂"]
    [strokes] = [one for one in marks(picture, "strokes") if len(one["segments"]) == 16]
    x = strokes["segments"][:, 0, 0]
    np.testing.assert_allclose(
        (x - x.min()) / np.ptp(x),
        (step.losses - step.losses.min()) / np.ptp(step.losses),
        atol=1e-5,
    )


def test_the_mark_points_at_the_steepest_weight():
    model, step, _ = take("images")
    picture = draw.step(model, step, unit=1)
    gradient = step.gradients["first/kernel"][:, :, 0, 1]
    row, column = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    assert f"kernel[{row}, {column}, 0, 1]" in picture.describe()
    mark = marks(picture, "box", edge="ink", linewidth=1.2)[0]["place"]
    image = next(
        one["place"] for one in marks(picture, "image") if one["pixels"].shape == (3, 3, 3)
    )
    cell = image[2] / 3
    assert mark[:2] == pytest.approx((image[0] + column * cell, image[1] + row * cell))


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
        ("regression", r"\|(−?[\d.]+) − ([\d.]+)\|"),
        ("deep", r"\((−?[\d.]+) − ([\d.]+)\)²"),
    ],
)
def test_the_loss_in_numbers(name, formula):
    _, step, split = take(name)
    for sample in range(8):
        text = Account(step, sample, 0, split.classes).sentences["loss"]
        assert re.search(f"costs {formula} = ", text), text


def test_no_formula_where_it_is_not_the_loss():
    _, step, _ = take("strips")
    assert Account(step, 0, 0).formula == ("", "")
    model = sequential((784,), softmax(), loss=keras.losses.SparseCategoricalCrossentropy(
        reduction="sum"))  # fmt: skip
    split = data.digits()
    step = Stepper(model)(split.x_train[:4], split.y_train[:4])
    text = draw.step(model, step).describe()
    assert f"Loss: the loss of 4 samples is {number(step.loss)}." in text


def test_the_update_is_an_equation_only_where_it_is_one():
    _, step, _ = take("vectors")
    account = Account(step, 0, 2)
    left, right = account.move
    a, _, rate, _, gradient = left.replace("−", "-").split()
    after = float(right.replace("−", "-").removeprefix("= "))
    assert float(a) - float(rate) * float(gradient.strip("()")) == pytest.approx(after, abs=2e-4)
    _, step, _ = take("adam")
    assert "→" in Account(step, 0, 2).move[0]


def test_its_sentences():
    model, step, split = take("vectors")
    text = draw.step(model, step, sample=1, classes=split.classes).describe()
    true = split.y_train[1]
    assert f"the model gives {number(step.predictions[1, true])} to {true}, the right one" in text
    assert f"the mean of 16 samples is {number(step.loss)}." in text
    zeros = int((step.gradients["first/kernel"][:, 0] == 0).sum())
    assert f"{zeros} of its 784 are exactly 0" in text
    assert "SGD(learning_rate=0.01) moves" in text
    model, step, _ = take("regularized logits")
    assert (
        f"penalties of {number(step.penalty)} make it {number(step.loss)}"
        in draw.step(model, step).describe()
    )


@pytest.mark.parametrize("y", [np.float32(3), np.eye(10)[3], np.int64(3)])
def test_the_right_class_of_a_number_or_a_one_hot_vector(y):
    _, step, _ = take("vectors")
    step = type(step)(**vars(step) | {"y": np.stack([y] * 16)})
    assert Account(step, 0, 0).true == 3


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
    model = sequential((4,), layers.Dense(3, activation="relu"), layers.Dense(1), loss="mse")
    model.layers[0].set_weights([-np.ones((4, 3)), -np.ones(3)])
    step = Stepper(model)(np.ones((2, 4), "float32"), np.ones((2, 1), "float32"))
    assert "all 0" in texts(draw.step(model, step))


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"sample": 16}, "sample is 16; give a whole number from 0 to 15"),
        ({"unit": -1}, "unit is -1; give a whole number from 0"),
        ({"stage": "backward"}, "stage is 'backward'"),
    ],
)
def test_errors(wrong, text):
    model, step, _ = take("vectors")
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        draw.step(model, step, **wrong)
    assert text in str(caught.value)
