"""How fast the playground trains with its boundary on the screen, and what a frame costs."""

import time

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import data
from anatomy.fit.playground.draw import playground
from anatomy.fit.playground.facts import Session, shared
from anatomy.training import Run, tables

#: Epochs a second of tensorflow/playground's own engine, its boundary and loss computed too, by
#: Node on two cores, 250 points in batches of 10: measured once, not in this run.
NODE = {"2-4-2-1": 240, "six hidden layers of eight": 27}
NETS = {"2-4-2-1": (4, 2), "six hidden layers of eight": (8,) * 6}
FRAME = 0.08  # seconds between two pictures of a lab


def builder(hidden):
    def build(learning_rate=0.03):
        model = keras.Sequential([keras.Input((2,))])
        for units in hidden:
            model.add(layers.Dense(units, activation="tanh"))
        model.add(layers.Dense(1, activation="tanh"))
        model.compile(keras.optimizers.SGD(learning_rate), "mse")
        return model

    return build


@pytest.mark.parametrize("name", NETS)
def test_epochs_a_second_with_the_boundary_on_screen(name, row):
    split = data.circles()
    (x, y), validation = shared(split, 500 / 768)
    x, y = x[:250], 2.0 * y[:250] - 1
    validation = validation[0][:250], 2.0 * validation[1][:250] - 1
    session = Session(builder(NETS[name]), {}, (x, y), validation, batch_size=10, seed=0)
    picture, frames, drawing = playground(session), 0, 0.0
    session.fit(50)
    due = begin = time.perf_counter()

    def look():
        nonlocal due, frames, drawing
        now = time.perf_counter()
        if now >= due:
            picture.update()
            picture.frame()
            due, frames = now + FRAME, frames + 1
            drawing += time.perf_counter() - now

    epochs = 3000 if name == "2-4-2-1" else 600
    session.fit(epochs, on_epochs=look)
    seconds = time.perf_counter() - begin
    row(
        f"playground {name}, boundary on screen, pictures of {1000 * drawing / frames:.0f} ms",
        f"{epochs / seconds:.0f} epochs/s, {frames / seconds:.0f} pictures/s, "
        f"{epochs / seconds / NODE[name]:.1f} x",
        f"5 x the {NODE[name]} of tensorflow/playground, 12 pictures/s",
    )


def test_a_new_rate_beside_building_and_fitting_anew(row):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(512, 2)).astype("float32")
    table, _ = tables((x, (x[:, :1] * x[:, 1:] > 0).astype("float32")))

    def build(learning_rate=0.1):
        model = keras.Sequential([keras.Input((2,)), layers.Dense(8, "tanh")])
        model.add(layers.Dense(8, "tanh"))
        model.add(layers.Dense(1, "sigmoid"))
        model.compile(
            keras.optimizers.SGD(learning_rate), "binary_crossentropy", metrics=["accuracy"]
        )
        return model

    def timed(do):
        begin = time.perf_counter()
        do()
        return time.perf_counter() - begin

    def run(epochs):
        rate = rng.uniform(0.01, 0.2)
        return Run(build, {"learning_rate": rate}, epochs=epochs, batch_size=32).fit(table)

    for _ in range(3):
        run(30)
    fast = {n: np.median([timed(lambda n=n: run(n)) for _ in range(9)]) for n in (1, 30, 330)}

    def anew(epochs):
        keras.utils.set_random_seed(0)
        build(0.05).fit(**{k: table.arguments[k] for k in "xy"}, epochs=epochs, verbose=0)

    slow = {n: np.median([timed(lambda n=n: anew(n)) for _ in range(3)]) for n in (1, 30)}
    epoch = (fast[330] - fast[30]) / 300
    row("an epoch of 512 points in 2-8-8-1", f"{1000 * epoch:.2f} ms", "0.2 ms")
    for n, target in ((1, "40 x"), (30, "20 x")):
        row(
            f"a new rate, to epoch {n}, beside building and fit()",
            f"{slow[n] / fast[n]:.0f} x",
            target,
        )
