"""How much faster a lab trains than a script, and how soon it stops."""

import itertools
import random
import statistics
import time

import ipywidgets as widgets
import keras
import pytest
from benchmarks.conftest import spread
from keras import layers

from anatomy import data, labs
from anatomy.training import Run, store, tables
from anatomy.training.fused import fit_tables


def plane(learning_rate=0.01):
    model = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(8, activation="tanh"),
            layers.Dense(8, activation="tanh"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(learning_rate), "binary_crossentropy", metrics=["accuracy"])
    return model


def digits(learning_rate=0.001):
    model = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.RMSprop(learning_rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def images(filters=24):
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(filters, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


BOTH = pytest.mark.parametrize(
    ("build", "split", "name"),
    [(plane, data.moons, "2-8-8-1, 512 points"), (digits, data.digits, "digits 784-32-10")],
    ids=["plane", "digits"],
)


@BOTH
def test_a_new_learning_rate(build, split, name, row, side_by_side):
    split, rates = split(), itertools.cycle([0.001, 0.002, 0.003])
    train, validation = tables(split)
    pair = split.x_val, split.y_val

    def lab():
        run = Run(build, {"learning_rate": next(rates)}, epochs=1, batch_size=32)
        assert run.fit(train, validation).status == "done"

    def script():
        model = build(next(rates))
        model.fit(split.x_train, split.y_train, validation_data=pair, batch_size=32, verbose=0)

    lab()
    script()
    ours, theirs = side_by_side(lab, script, 15)
    row(
        f"new learning rate to the first epoch's loss, {name}",
        spread(ours),
        f"building and fit(): {spread(theirs)}, 40x wanted",
        times=statistics.median(theirs) / statistics.median(ours),
    )


@pytest.mark.parametrize("validated", [False, True], ids=["alone", "validated"])
@BOTH
def test_an_epoch(build, split, name, validated, row, side_by_side):
    split, epochs = split(), 10
    train, validation = tables(split)
    validation = validation if validated else None
    pair = (split.x_val, split.y_val) if validated else None
    histories = [], []

    def fresh():
        keras.utils.set_random_seed(0)
        return build()

    model, plain = fresh(), fresh()
    functions, _ = store.functions(model, train)
    keras.utils.set_random_seed(1)
    fit_tables(model, train, validation, batch_size=32, functions=functions)
    keras.utils.set_random_seed(1)
    x, y = split.x_train, split.y_train
    plain.fit(x, y, validation_data=pair, batch_size=32, verbose=0)

    def ours():
        keras.utils.set_random_seed(2)
        fused = fit_tables(
            model, train, validation, batch_size=32, epochs=epochs, functions=functions
        )
        histories[0].append(fused.history)

    def theirs():
        keras.utils.set_random_seed(2)
        history = plain.fit(x, y, validation_data=pair, batch_size=32, epochs=epochs, verbose=0)
        histories[1].append(history.history)

    fused, once = side_by_side(ours, theirs, 7)
    assert histories[0] == histories[1]
    row(
        f"an epoch of the same history, {name}" + ", with validation" * validated,
        spread([took / epochs for took in fused]),
        f"Keras's own: {spread([took / epochs for took in once])}"
        + ", 8x wanted" * (build is plane),
        times=statistics.median(once) / statistics.median(fused),
    )


@pytest.mark.parametrize(
    ("build", "split", "name"),
    [
        (digits, data.digits, "digits 784-32-10"),
        (images, lambda: data.digits("images"), "Conv2D of 24 filters on images"),
    ],
    ids=["digits", "images"],
)
def test_stop(build, split, name, row):
    lab = labs.fit(build, split(), epochs=widgets.IntSlider(2, 1, 10_000))
    assert lab.wait(120)
    assert lab.status == "done", lab.error
    lab.controls["epochs"].value = 10_000
    took, moments = [], random.Random(0)
    for _ in range(12):
        while lab.status != "training":
            time.sleep(0.01)
        time.sleep(moments.uniform(0.2, 0.6))  # anywhere in an epoch
        start = time.perf_counter()
        lab.stop()
        assert lab.wait(60)
        took.append(1000 * (time.perf_counter() - start))
        assert lab.status == "stopped"
        lab.buttons["rewind"].click()
        while lab.status == "stopped":
            time.sleep(0.001)
    lab.close()
    assert lab.wait(60)
    row(
        f"Stop to stopped and drawn, {name}",
        f"{spread(took)}, at most {max(took):.0f}",
        "50 ms",
    )
