"""A whole axis in one compiled call, against a fit() for each of its values."""

import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from benchmarks.conftest import spread
from benchmarks.test_training import digits, plane

from anatomy import data
from anatomy.training import sweep

DEVICES = """
import statistics, time
import anatomy, jax, numpy as np
from benchmarks.test_population import rates
from benchmarks.test_training import plane
from anatomy import data
took, split = [], data.moons()
for _ in range(6):
    begin = time.perf_counter()
    anatomy.training.sweep(
        plane, (split.x_train, split.y_train), learning_rate=rates(64), epochs=100
    )
    took.append(time.perf_counter() - begin)
print(f"{len(jax.devices())} devices: {1000 * statistics.median(took[1:]):.1f} ms")
"""


def rates(n):
    return np.geomspace(1e-4, 1e-2, n).tolist()


@pytest.mark.parametrize(
    ("build", "split", "members", "epochs", "name", "target"),
    [
        (plane, data.moons, 64, 100, "2-8-8-1, 512 points", "300x"),
        (digits, data.digits, 16, 5, "digits 784-32-10", "4x"),
    ],
    ids=["plane", "digits"],
)
def test_an_axis(build, split, members, epochs, name, target, row, seconds):
    split = split()
    pair = split.x_train, split.y_train
    found = []

    def ours():
        found.append(sweep(build, pair, learning_rate=rates(members), epochs=epochs))

    def theirs(rate):
        keras.utils.set_random_seed(0)
        return build(rate).fit(*pair, epochs=epochs, batch_size=32, verbose=0).history

    first = seconds(ours)
    once = [seconds(ours) for _ in range(5)]
    histories = {}
    alone = [
        members * seconds(lambda i=i: histories.update({i: theirs(rates(members)[i])}))
        for i in np.linspace(0, members - 1, 5).astype(int).tolist()
    ]
    apart = max(
        np.abs(found[-1].history[key][i] - values).max()
        for i, history in histories.items()
        for key, values in history.items()
    )
    assert apart < 1e-5
    row(
        f"a sweep of {members} rates x {epochs} epochs, {name}",
        f"{spread(once, 's')}, the first time {first:.2f} s; history apart by {apart:.0e}",
        f"as many fit()s: {spread(alone, 's')}, {target} wanted",
        times=statistics.median(alone) / statistics.median(once),
    )


def test_the_cost_of_a_member(row, side_by_side):
    split = data.moons()

    def train(n):
        pair = split.x_train, split.y_train
        return lambda: sweep(plane, pair, learning_rate=rates(n), epochs=100)

    train(1)()
    train(64)()
    alone, together = side_by_side(train(1), train(64), 7)
    row(
        "cost of a member among 64, of 2-8-8-1 and 100 epochs",
        f"{spread([took / 64 for took in together])}, "
        f"{64 * statistics.median(alone) / statistics.median(together):.1f}x less than alone: "
        f"{spread(alone)}",
        "10x less",
    )


def test_two_devices(row):
    took = []
    for devices in (1, 2):
        flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"}
        told = subprocess.check_output(
            [sys.executable, "-c", DEVICES],
            env=os.environ | flags | {"PYTHONPATH": "tests"},
            cwd=Path(__file__).parents[2],
            text=True,
        )
        assert told.startswith(f"{devices} devices")
        took.append(float(re.search(r"([\d.]+) ms", told)[1]))
    one, two = took
    row("64 members on two host devices", f"{one / two:.2f}x ({one:.0f} -> {two:.0f} ms)")
