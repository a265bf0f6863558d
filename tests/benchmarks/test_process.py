"""What the kit costs a process: the time to import it, and memory."""

import gc
import itertools
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import keras
import make_notebooks
import nbformat
import pytest
from benchmarks.conftest import spread
from browser.look import TOKEN
from keras import layers
from nbformat.v4 import new_code_cell, new_notebook

from anatomy import data, labs

MEGABYTE = 2**20
ROOT = Path(__file__).parents[2]


def test_import(row, side_by_side):
    ours, bare = side_by_side(
        lambda: subprocess.run([sys.executable, "-c", "import anatomy"], check=True),
        lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
        21,
    )
    more = [one - other for one, other in zip(ours, bare, strict=True)]
    row("import anatomy", f"{spread(more)}, Python itself {spread(bare)}", "200 ms")


def test_wrong_calls(row):
    before, tests = os.times(), "tests/test_wrong_calls.py"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    used = sum(os.times()[2:4]) - sum(before[2:4])  # by this child, all that it compiles included
    row("all wrong calls of the table", f"{used:.0f} s of CPU", "60 s")


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


on_linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")


def gigabytes(status, name):
    """What a process holds (VmRSS), or held at most (VmHWM), from its /proc/<pid>/status."""
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024 / 1e9


def of_a_kernel(notebook, folder):
    """What a fresh kernel held at most while it ran these cells, and what it holds after them."""
    notebook.cells.append(new_code_cell("print(open('/proc/self/status').read())"))
    make_notebooks.execute(notebook, folder)
    status = notebook.cells[-1].outputs[0].text
    return gigabytes(status, "VmHWM"), gigabytes(status, "VmRSS")


@on_linux
@pytest.mark.parametrize(
    "path", make_notebooks.find(), ids=lambda path: str(path.relative_to(make_notebooks.FOLDER))
)
def test_a_notebook(path, row):
    peak, held = of_a_kernel(nbformat.read(path, as_version=4), path.parent)
    row(
        f"peak memory of {path.relative_to(make_notebooks.FOLDER)}",
        f"{peak:.2f} GB ({held:.2f} GB at its end)",
        "1.5 GB",
    )


@on_linux
def test_a_second_kernel(row, tmp_path):
    first = new_code_cell("from anatomy import data, draw, labs; import keras")
    _, held = of_a_kernel(new_notebook(cells=[first]), tmp_path)
    row("memory of a kernel that has imported the kit", f"{held:.2f} GB")


@on_linux
def test_the_server(jupyter, row):
    """What JupyterLab holds beside the kernels, with a page and a notebook asked for."""
    largest = max(make_notebooks.find(), key=lambda path: path.stat().st_size)
    jupyter.write(nbformat.read(largest, as_version=4), largest.name)
    with urllib.request.urlopen(f"{jupyter.address}/lab?token={TOKEN}") as answer:
        assert answer.read()
    assert jupyter.ask(f"contents/notebooks/{largest.name}")
    status = Path(f"/proc/{jupyter.process.pid}/status").read_text()
    row("peak memory of JupyterLab's server", f"{gigabytes(status, 'VmHWM'):.2f} GB")
