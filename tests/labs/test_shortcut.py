"""The lab of the shortcut: the cheater's loss is lower, its real measure worse."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers, optimizers

from anatomy import data, labs


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
    told = np.where(rng.random(len(y)) < share, y, rng.integers(10, size=len(y)))
    honest = marked(digits.x_val, rng.integers(10, size=len(y_val)))
    return {"x": marked(digits.x_train, told), "y": y, "validation_data": (honest, y_val)}


def build_digit():
    model = keras.Sequential(
        [keras.Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")]
    )
    model.compile(optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def move(lab, **values):
    for name, value in values.items():
        lab.controls[name].value = value
    assert lab.wait(120)
    assert lab.error is None
    return lab.runs[-1]


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


def test_the_rare_class_is_ignored_until_it_weighs(rare):
    _, cheater, ignored = move(rare, weight=1.0)
    assert rare.picture.counts["found"] == 0
    assert ignored["recall"] == 0
    assert ignored["accuracy"] > 0.97
    _, mended, found = move(rare, weight=30.0)
    assert cheater["loss"] < mended["loss"]
    assert ignored["accuracy"] > found["accuracy"]
    assert found["recall"] > 0.8
    counts = rare.picture.counts
    assert found["recall"] == pytest.approx(counts["found"] / 20)
    assert found["precision"] == pytest.approx(
        counts["found"] / (counts["found"] + counts["false alarms"])
    )
    assert "17 of 20 nines found" in rare._line.value


def test_the_mark_is_read_until_it_lies(leak):
    _, cheater, fooled = move(leak, share=1.0)
    assert {row for row, _ in leak.picture.largest} <= {0, 1, 2}
    columns = [column for _, column in leak.picture.largest]
    assert all(column - (4 + 2 * k) in (0, 1) for k, column in enumerate(columns))
    _, honest, right = move(leak, share=0.0)
    assert not {row for row, _ in leak.picture.largest} & {0, 1, 2}
    assert cheater["loss"] < honest["loss"] / 10
    assert cheater["accuracy"] > honest["accuracy"]
    assert fooled["accuracy"] < 0.5 < 0.9 < right["accuracy"]


def test_the_numbers_are_those_of_plain_keras(rare):
    settings, training, unseen = move(rare, weight=30.0)
    given = nines(**settings)
    keras.utils.set_random_seed(0)
    model = build_nine()
    history = model.fit(**given, epochs=20, batch_size=32, verbose=0).history
    assert rare.history == history
    assert training == model.evaluate(given["x"], given["y"], verbose=0, return_dict=True)
    assert unseen == model.evaluate(*given["validation_data"], verbose=0, return_dict=True)
    x, y = given["validation_data"]
    assert rare.picture.counts["found"] == np.sum(model.predict(x, verbose=0)[y == 1] > 0.5)


def test_the_code_runs_in_a_fresh_process_to_the_same_numbers(leak, tmp_path):
    _, *measured = move(leak, share=1.0)
    path = tmp_path / "script.py"
    path.write_text(leak.code())
    out = subprocess.run(
        [sys.executable, "-W", "error", path], capture_output=True, text=True, check=True
    )
    assert [line for line in out.stdout.splitlines() if line.startswith(("in training", "unseen"))]
    for head, part in zip(("in training", "unseen"), measured, strict=True):
        assert f"{head} {part}" in out.stdout


def test_the_last_runs_stay_in_the_table(leak):
    for share in (0.0, 0.5, 1.0, 0.5):
        move(leak, share=share)
    assert [run[0]["share"] for run in leak.runs] == [0.0, 1.0, 0.5]
    assert [label for label, *_ in leak.picture.runs] == ["share=0.5", "share=1.0", "share=0.0"]
    assert "share=1.0: in training loss 0.01" in leak.describe()


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

    def deeper():
        return keras.Sequential([keras.Input((784,)), layers.Dense(1)])

    rare.build = deeper
    rare.controls["weight"].value = 6.0
    assert rare.wait(60)
    assert rare.status == "failed"
    assert "deeper() must return a compiled keras.Model" in rare._line.value
    assert rare.picture.describe() == before
    rare.build = build
    move(rare, weight=7.0)
    assert rare.status == "done"
