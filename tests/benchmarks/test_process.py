"""What the kit costs a process: the time to import it, and memory."""

import gc
import itertools
import re
import subprocess
import sys
from pathlib import Path

import keras
import make_notebooks
import nbformat
import pytest
from keras import layers
from nbformat.v4 import new_code_cell

from anatomy import data, labs

MEGABYTE = 2**20


def test_import(row, side_by_side):
    ours, bare = side_by_side(
        lambda: subprocess.run([sys.executable, "-c", "import anatomy"], check=True),
        lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
        21,
    )
    row("import anatomy", f"{ours - bare:.3f} s (Python itself {bare:.3f} s)", "0.2 s")


def resident():
    """Megabytes that this process holds."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / MEGABYTE


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads Linux's /proc")
def test_restarts(row):
    def build(units=8, learning_rate=0.1):
        model = keras.Sequential([keras.Input((2,)), layers.Dense(units), layers.Dense(1)])
        model.compile(keras.optimizers.SGD(learning_rate), "mse", metrics=["mae"])
        return model

    lab = labs.fit(build, data.moons(), units=(1, 16), learning_rate=(1e-3, 1.0), epochs=2)
    rates = itertools.cycle([0.1, 0.2, 0.3, 0.4, 0.5])

    def restart(times):
        for rate in itertools.islice(rates, times):
            lab.controls["learning_rate"].value = rate
            assert lab.wait(60)
        return resident()

    before = restart(50)
    after = restart(500)
    lab.close()
    row("memory that 500 restarts of a lab's run add", f"{after - before:.1f} MB", "30 MB")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
@pytest.mark.parametrize("path", make_notebooks.find(), ids=lambda path: path.name)
def test_a_notebook(path, row):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(new_code_cell("print(open('/proc/self/status').read())"))
    make_notebooks.execute(notebook, path.parent)
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", notebook.cells[-1].outputs[0].text)[1])
    row(f"peak memory of {path.name}", f"{peak * 1024 / 1e9:.2f} GB", "1 GB")
