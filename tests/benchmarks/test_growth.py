"""How costs grow: each with the slope of its line where both axes are logarithmic.

A slope of 1 is twice the cost for twice as much, 0 the same cost. The plots are in
``build/growth.png``.
"""

import gc
import itertools
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from benchmarks.conftest import FOLDER
from benchmarks.test_process import on_linux, resident
from keras import layers

from anatomy import data, draw, labs, training
from anatomy.training import store, tables
from anatomy.training.fused import fit_tables

MINUTES = 3
PLOTS = {}  # title -> (name of what grows, its values, the name of the cost, its values, slope)


@pytest.fixture(scope="module", autouse=True)
def plots():
    """Draws what all tests of this file have found."""
    yield
    if not PLOTS:
        return
    figure, all_axes = plt.subplots(2, 3, figsize=(11, 6), layout="constrained")
    for axes, (title, (growing, sizes, cost, costs, slope)) in zip(
        all_axes.flat, PLOTS.items(), strict=False
    ):
        axes.plot(sizes, costs, "o-", color="#4477aa")
        if growing != "minutes":
            axes.loglog()
        axes.set(title=f"{title}: {slope}", xlabel=growing, ylabel=cost)
    for axes in all_axes.flat[len(PLOTS) :]:
        axes.set_axis_off()
    FOLDER.mkdir(exist_ok=True)
    figure.savefig(FOLDER / "growth.png", dpi=110)
    plt.close(figure)


def grown(row, title, growing, sizes, costs):
    """A row and a plot: costs in ms."""
    slope = np.polyfit(np.log(sizes), np.log(costs), 1)[0]
    PLOTS[title] = growing, sizes, "ms", costs, f"slope {slope:.2f}"
    ends = f"{costs[0]:.3g} ms at {sizes[0]}, {costs[-1]:.3g} at {sizes[-1]}"
    row(f"{title} with {growing}", f"slope {slope:.2f} ({ends})")


def net(units=8, depth=2, learning_rate=0.001):
    model = keras.Sequential(
        [keras.Input((2,)), *[layers.Dense(units, "tanh") for _ in range(depth)], layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(learning_rate), "mse")
    return model


def points(n):
    x = np.random.default_rng(0).normal(size=(n, 2)).astype("float32")
    return x, x[:, :1] * x[:, 1:]


def epoch(model, pair, least=8):
    """Milliseconds of an epoch, of many in one call."""
    table, _ = tables(pair)
    functions, _ = store.functions(model, table)

    def train(epochs):
        fit_tables(model, table, batch_size=32, epochs=epochs, functions=functions)

    train(1), train(least)
    took = []
    for _ in range(5):
        start = time.perf_counter()
        train(least)
        took.append(time.perf_counter() - start)
    return 1000 * min(took) / least


def test_samples(row):
    sizes = [512, 1024, 2048, 4096, 8192, 16384]
    grown(row, "an epoch", "samples", sizes, [epoch(net(), points(n)) for n in sizes])


def test_units(row):
    sizes = [8, 16, 32, 64, 128, 256]
    costs = [epoch(net(units=n), points(2048)) for n in sizes]
    grown(row, "an epoch", "units of two layers", sizes, costs)


def test_depth(row):
    sizes = [1, 2, 4, 8, 16]
    costs = [epoch(net(depth=n), points(2048)) for n in sizes]
    grown(row, "an epoch", "layers of 8 units", sizes, costs)


def test_members(row, seconds):
    def sweep(members):
        rates = np.geomspace(1e-4, 1e-2, members).tolist()
        training.sweep(net, points(512), learning_rate=rates, epochs=20)

    sizes, costs = [1, 4, 16, 64, 256], []
    for members in sizes:
        sweep(members)
        costs.append(1000 * min(seconds(lambda n=members: sweep(n)) for _ in range(3)))
    grown(row, "a sweep", "members", sizes, costs)


def test_drawing(row, seconds):
    sizes, costs = [2, 4, 8, 16, 32, 64], []
    for depth in sizes:
        model = net(depth=depth)
        draw.model(model).frame()
        costs.append(1000 * min(seconds(lambda m=model: draw.model(m).frame()) for _ in range(3)))
    grown(row, "draw.model", "layers", sizes, costs)


@on_linux
def test_memory(row):
    """The fit lab, moved four times a second, another number of units every two seconds."""
    lab = labs.fit(net, data.moons(), units=(1, 64), depth=2, learning_rate=(1e-4, 1.0), epochs=5)
    assert lab.wait(120)
    moves, begin = itertools.count(1), time.monotonic()
    minutes, held = [0.0], [resident()]
    while minutes[-1] < MINUTES:
        move = next(moves)
        lab.controls["learning_rate"].value = 10 ** -(0.1 + move % 30 / 10)
        if move % 8 == 0:
            lab.controls["units"].value = 1 + move // 8 * 7 % 64
        time.sleep(0.25)
        if move % 40 == 20:
            assert lab.wait(60)
            minutes.append((time.monotonic() - begin) / 60)
            held.append(resident())
    lab.close()
    gc.collect()
    slope = np.polyfit(minutes[len(minutes) // 2 :], held[len(held) // 2 :], 1)[0]
    PLOTS["memory"] = "minutes", minutes, "MB", held, f"{slope:.1f} MB a minute"
    row(
        f"memory with {MINUTES} minutes of use",
        f"{held[0]:.0f} MB, then {held[-1]:.0f}; {slope:.1f} MB a minute in the second half",
    )
