"""How fast the playground trains with its boundary on the screen, and what a frame costs.

``PLAYGROUND=folder make bench``, a checkout of tensorflow/playground: its own engine runs beside,
by Node (``npx esbuild`` makes a module of it, in a temporary folder).
"""

import os
import subprocess
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from benchmarks.conftest import spread
from keras import layers

from anatomy import data
from anatomy.fit.playground.draw import playground
from anatomy.fit.playground.facts import Session, shared
from anatomy.training import Run, tables

#: Milliseconds of an epoch of tensorflow/playground's engine, by Node on two quick cores: measured
#: once, in another run. 250 points in batches of 10 with its boundary and losses, or 512 in 32.
ELSEWHERE = {(4, 2): 1000 / 240, (8,) * 6: 1000 / 27, (8, 8): 1.15}
NETS = {"2-4-2-1": (4, 2), "six hidden layers of eight": (8,) * 6}
FRAME = 0.08  # seconds between two pictures of a lab


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """``engine(hidden, samples, batch_size, density)``: ms of an epoch, and of which run."""
    folder, module = os.environ.get("PLAYGROUND"), tmp_path_factory.mktemp("engine") / "nn.mjs"
    if folder:
        command = ["npx", "--yes", "esbuild", "src/nn.ts", "--format=esm", f"--outfile={module}"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    def engine(hidden, samples, batch_size, density):
        if not folder:
            return ELSEWHERE[hidden], "elsewhere"
        command = ["node", Path(__file__).with_name("playground.mjs"), module]
        command += [",".join(map(str, hidden)), *map(str, (samples, batch_size, density))]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        return 1000 * float(run.stdout), "in this run"

    return engine


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
def test_epochs_a_second_with_the_boundary_on_screen(name, row, engine):
    milliseconds, where = engine(NETS[name], 250, 10, 100)
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
            due, frames = max(due + FRAME, now), frames + 1
            drawing += time.perf_counter() - now

    epochs = 3000 if name == "2-4-2-1" else 600
    session.fit(epochs, on_epochs=look)
    seconds = time.perf_counter() - begin
    row(
        f"playground {name}, boundary on screen, pictures of {1000 * drawing / frames:.0f} ms",
        f"{epochs / seconds:.0f} epochs/s, {frames / seconds:.0f} pictures/s, "
        f"{epochs / seconds * milliseconds / 1000:.1f} x",
        f"5 x the {1000 / milliseconds:.0f} of tensorflow/playground {where}, 12 pictures/s",
    )


def test_a_new_rate_beside_building_and_fitting_anew(row, engine):
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
        return 1000 * (time.perf_counter() - begin)

    def run(epochs):
        rate = rng.uniform(0.01, 0.2)
        return Run(build, {"learning_rate": rate}, epochs=epochs, batch_size=32).fit(table)

    for _ in range(3):
        run(30)
    fast = {n: [timed(lambda n=n: run(n)) for _ in range(9)] for n in (1, 30, 330)}

    def anew(epochs):
        keras.utils.set_random_seed(0)
        build(0.05).fit(**{k: table.arguments[k] for k in "xy"}, epochs=epochs, verbose=0)

    slow = {n: [timed(lambda n=n: anew(n)) for _ in range(3)] for n in (1, 30)}
    epoch = (np.median(fast[330]) - np.median(fast[30])) / 300
    milliseconds, where = engine((8, 8), 512, 32, 0)
    row(
        "an epoch of 512 points in 2-8-8-1",
        f"{epoch:.2f} ms, {milliseconds / epoch:.1f} x",
        f"0.2 ms; tensorflow/playground's engine {where}: {milliseconds:.2f} ms",
    )
    for n, target in ((1, "40x"), (30, "20x")):
        row(
            f"the playground, a new rate to epoch {n}",
            spread(fast[n]),
            f"building and fit(): {spread(slow[n])}, {target} wanted",
            times=float(np.median(slow[n]) / np.median(fast[n])),
        )
