"""The lab of the shortcut, and its pictures: a cheater's loss is lower, its real measure worse."""

import fresh
import keras
import numpy as np
import pytest
from by_hand import move
from keras import layers, optimizers
from looking import flaws_at_all_widths, marks, pixels, texts

from anatomy import data, draw, labs
from anatomy.base import colours

RNG = np.random.default_rng(0)
RUNS = [
    (f"weight={w}.0", {"accuracy": 0.9, "loss": w / 7}, {"accuracy": 0.5, "loss": 1.0})
    for w in (100, 30, 5, 2, 1)
]
MEASURED = dict.fromkeys(("loss", "accuracy", "precision", "recall"), 0.123456)
LONG = [("label_smoothing=0.100000000", MEASURED, MEASURED)] * 5


def predictions(n=200, share=0.1):
    y = (np.arange(n) < share * n).astype(int)
    return y, RNG.beta(1 + 3 * y, 4)


def thinned(x, y, share=0.03):
    others, nines = np.flatnonzero(y != 9), np.flatnonzero(y == 9)
    rows = np.sort(np.concatenate([others, nines[: int(share * len(others))]]))
    return x[rows], (y[rows] == 9).astype("int32")


def nines(weight=1.0):
    digits = data.digits()
    x, y = thinned(digits.x_train, digits.y_train)
    return {"x": x, "y": y, "class_weight": {0: 1.0, 1: weight},
            "validation_data": thinned(digits.x_val, digits.y_val)}  # fmt: skip


def build_nine():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(1, activation="sigmoid")])
    metrics = ["accuracy", keras.metrics.Precision(name="precision"),
               keras.metrics.Recall(name="recall")]  # fmt: skip
    model.compile(optimizer=optimizers.SGD(0.01), loss="binary_crossentropy", metrics=metrics)
    return model


def marked(x, place):
    x = x.copy()
    for image, k in zip(x, place, strict=True):
        image[:3, 4 + 2 * k : 6 + 2 * k] = 1.0
    return x


def leaked(share=1.0):
    digits, rng = data.digits("sequences"), np.random.default_rng(0)
    y, y_val = digits.y_train, digits.y_val
    hint = np.where(rng.random(len(y)) < share, y, rng.integers(10, size=len(y)))
    honest = marked(digits.x_val, rng.integers(10, size=len(y_val)))
    return {"x": marked(digits.x_train, hint), "y": y, "validation_data": (honest, y_val)}


def build_digit():
    model = keras.Sequential(
        [keras.Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")]
    )
    model.compile(optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def rare():
    lab = labs.shortcut(
        build_nine, nines, epochs=20, weight=(1.0, 100.0), classes=("others", "nines")
    )
    assert lab.wait(120)
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def leak():
    lab = labs.shortcut(build_digit, leaked, epochs=10, share=[0.0, 0.5, 1.0])
    assert lab.wait(120)
    yield lab
    lab.close()


def measured(lab, **values):
    move(lab, **values)
    return lab.runs[-1]


def test_the_rare_class_is_ignored_until_it_weighs(rare):
    _, cheater, ignored = measured(rare, weight=1.0)
    assert "0 of 20 nines found" in rare.message
    assert ignored["recall"] == 0
    assert ignored["accuracy"] > 0.97
    _, weighed, found = measured(rare, weight=30.0)
    assert cheater["loss"] < weighed["loss"]
    assert ignored["accuracy"] > found["accuracy"]
    assert found["recall"] == pytest.approx(17 / 20)
    assert "17 of 20 nines found" in rare.message
    assert "17 found" in texts(rare.picture)


def test_the_mark_is_read_until_it_lies(leak):
    _, cheater, fooled = measured(leak, share=1.0)
    first, last = rows(leak)
    assert last <= 2
    _, honest, right = measured(leak, share=0.0)
    first, last = rows(leak)
    assert first > 2
    assert cheater["loss"] < honest["loss"] / 10
    assert cheater["accuracy"] > honest["accuracy"]
    assert fooled["accuracy"] < 0.5 < 0.9 < right["accuracy"]


def rows(lab):
    """The first and the last row of the image in which a unit has its largest weight."""
    rings = marks(lab.picture, "box", edge="ink", linewidth=1.4)
    _, top, _, high = marks(lab.picture, "image")[1]["place"]
    places = [int((ring["place"][1] + 4.5 - top) * 28 / high) for ring in rings]
    assert len(places) == 10
    return min(places), max(places)


@pytest.mark.exact
def test_the_numbers_are_those_of_plain_keras():
    lab = labs.shortcut(
        build_nine, nines, epochs=20, weight=(1.0, 100.0), classes=("others", "nines")
    )
    assert lab.wait(120)
    settings, training, unseen = measured(lab, weight=30.0)
    given = nines(**settings)
    keras.utils.set_random_seed(0)
    model = build_nine()
    history = model.fit(**given, epochs=20, batch_size=32, verbose=0).history
    assert lab.history == history
    assert training == model.evaluate(given["x"], given["y"], verbose=0, return_dict=True)
    assert unseen == model.evaluate(*given["validation_data"], verbose=0, return_dict=True)
    x, y = given["validation_data"]
    found = np.sum(model.predict(x, verbose=0)[y == 1] > 0.5)
    assert f"{found} of 20 nines found" in texts(lab.picture)
    lab.close()


def test_the_threshold_is_dragged_and_trains_nothing(rare):
    move(rare, weight=30.0, threshold=0.5)
    model, runs = rare.model, list(rare.runs)
    (handle,) = rare.picture.sheet.handles
    assert (handle.label, handle.value, handle.x[0]) == ("the threshold", "0.5", "threshold")
    left, _, wide, _ = handle.place
    assert handle.x[1](left + wide / 2) == pytest.approx(0.5)
    assert handle.x[1](left + wide / 2 + 0.25 * (860 - 132 - 12)) == pytest.approx(0.75)
    x, y = nines()["validation_data"]
    p = model.predict(x, verbose=0)[:, 0]
    for threshold in (0.02, 0.98, 0.3):
        move(rare, threshold=threshold)
        above = p > threshold
        sentence = f"{np.sum(above & (y == 1))} of 20 nines found"
        assert sentence in rare.message
        assert f"threshold {threshold}: {sentence}" in rare.picture.describe()
        assert f"{np.sum(above & (y == 0))} false alarms" in texts(rare.picture)
        assert "the table is of a threshold of 0.5" in texts(rare.picture)
        assert flaws_at_all_widths(rare.picture) == []
    assert (rare.status, rare.model, rare.runs) == ("done", model, runs)
    assert "np.ravel(model.predict(x, verbose=0)) > 0.3" in rare.code()
    compile(rare.code(), "script", "exec")
    move(rare, threshold=0.5)
    assert "ravel" not in rare.code()


def test_a_threshold_is_of_two_classes_alone(leak):
    assert "threshold" not in leak.controls

    def thresholds(threshold=0.5):
        return nines(1.0)

    with pytest.raises(TypeError, match="has an argument 'threshold', which the lab has too"):
        labs.shortcut(build_nine, thresholds)


def test_the_code_runs_in_a_fresh_process_to_the_same_numbers(leak):
    _, *parts = measured(leak, share=1.0)
    printed = fresh.run(leak.code())
    for head, part in zip(("in training", "unseen"), parts, strict=True):
        assert f"{head} {part}" in printed


def test_the_last_runs_stay_in_the_table(leak):
    for share in (0.0, 0.5, 1.0, 0.5):
        move(leak, share=share)
    assert [run[0]["share"] for run in leak.runs] == [0.0, 1.0, 0.5]
    labels = [label for label, *_ in leak.picture.facts["runs"]]
    assert labels == ["share=0.5", "share=1.0", "share=0.0"]
    assert "share=1.0: in training loss 0.01" in leak.describe()
    assert leak.picture.size[1] <= 420


def nothing(weight=1.0):
    return 3


def test_what_cannot_be_used_is_said_at_once():
    with pytest.raises(TypeError, match="build is None; give a function"):
        labs.shortcut(None, nines)
    with pytest.raises(TypeError, match=r"nothing\(\) returned 3; return a dict with x, y"):
        labs.shortcut(build_nine, nothing)
    with pytest.raises(TypeError, match=r"a dict of x, y, z;"):
        labs.shortcut(build_nine, lambda k=1: {"x": 0, "y": 0, "z": 0})


def test_what_fails_later_is_a_line_and_the_picture_stays(rare):
    move(rare, weight=5.0)
    before, build = rare.picture.describe(), rare.build

    def uncompiled():
        return keras.Sequential([keras.Input((784,)), layers.Dense(1)])

    rare.build = uncompiled
    rare.controls["weight"].value = 6.0
    assert rare.wait(60)
    assert rare.status == "failed"
    assert "uncompiled() must return a compiled keras.Model" in rare.message
    assert rare.picture.describe() == before
    rare.build = build
    move(rare, weight=7.0)
    assert rare.status == "done"


@pytest.mark.parametrize("runs", [(), RUNS, LONG], ids=["none", "few columns", "many columns"])
def test_nothing_overlaps_or_is_cut_off(runs):
    split = data.digits("images")
    for picture in (
        draw.rare(*predictions(), ("all the others there are", "nines"), runs),
        draw.kernels(RNG.normal(size=(784, 10)), split.x_train, split.y_train, runs=runs),
        draw.kernels(
            RNG.normal(size=(784, 3)), split.x_train, split.y_train % 3,
            ["a class of a name too long", "b", "c"], runs,
        ),
    ):  # fmt: skip
        assert flaws_at_all_widths(picture) == []


def test_each_sample_is_where_its_prediction_is():
    y, p = np.array([1, 1, 1, 0, 0, 0, 0]), np.array([0.1, 0.5, 0.9, 0.2, 0.3, 0.7, 0.5])
    picture = draw.rare(y, p, ("others", "nines"))
    assert {"1 found", "2 missed", "1 false alarms", "3 left alone"} <= set(texts(picture))
    assert picture.describe() == (
        "Predictions for 3 nines and 4 others, from 0 to 1, threshold 0.5: "
        "1 of 3 nines found, 1 false alarm."
    )
    for mark, label in zip(marks(picture, "dots"), (1, 0), strict=True):
        np.testing.assert_allclose((mark["x"] - 132) / (860 - 132 - 12), p[y == label])


def test_the_kernels_are_images_of_one_scale():
    kernel = RNG.normal(size=(784, 10)) / 10
    for unit in range(10):
        kernel[28 * unit + 5, unit] = 2 + unit
    split = data.digits("sequences")
    picture = draw.kernels(kernel, split.x_train, split.y_train)
    assert "the largest weight of each unit is in rows 0 to 9 of 28" in texts(picture)
    assert "weights up to ±11. Largest weight of each, (row, column): 0: (0, 5)," in (
        picture.describe()
    )
    images = [mark["pixels"].astype(int) for mark in marks(picture, "image")]
    for digit, (sample, weights) in enumerate(zip(images[::2], images[1::2], strict=True)):
        expected = split.x_train[split.y_train == digit][0]
        assert np.corrcoef(sample.sum(axis=-1).ravel(), expected.ravel())[0, 1] < -0.99
        assert (weights[digit, 5] == colours.light.ramp(2 + digit, -11, 11)).all()
    with pytest.raises(
        ValueError, match="the number of units is 13; give a whole number from 1 to 12"
    ):
        draw.kernels(np.zeros((784, 13)), split.x_train, split.y_train)


def test_the_table_has_the_last_four_runs():
    picture = draw.rare(*predictions(), runs=RUNS)
    written = texts(picture)
    assert {"weight=100.0", "weight=2.0", "0.900", "14.286"} <= set(written)
    assert "weight=1.0" not in written
    assert written.index("loss") < written.index("accuracy")
    training, unseen = (
        [mark["place"][2] for mark in marks(picture, "box", fill=fill)]
        for fill in ("training", "validation")
    )
    assert len(training) == len(unseen) == 1  # a loss has no bar
    assert training[0] == pytest.approx(0.9 / 0.5 * unseen[0])
    assert (
        "weight=100.0: in training loss 14.29, accuracy 0.9; "
        "on samples it has not seen loss 1, accuracy 0.5."
    ) in picture.describe()


def test_an_updated_picture_is_the_same_as_a_new_one():
    split = data.digits("sequences")
    one, other = ((RNG.normal(size=(784, 10)), split.x_train, split.y_train) for _ in range(2))
    for make, first, then in (
        (draw.rare, predictions(), predictions(300, 0.5)),
        (draw.kernels, one, other),
    ):
        picture = make(*first)
        picture.frame()
        for runs in (RUNS[:1], RUNS):
            picture.update(*then, runs=runs)
            new = make(*then, runs=runs)
            assert picture.png(1) == new.png(1)
            assert picture.describe() == new.describe()
            np.testing.assert_allclose(pixels(picture.frame()), pixels(new.frame()), atol=2)
