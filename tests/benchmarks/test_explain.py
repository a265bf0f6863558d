"""How soon an error is explained, a change tried, and what the extension costs other cells."""

import subprocess
import sys
import time
import warnings

import pytest
from benchmarks.conftest import spread
from explain.cells import SETUP, WRONG
from explain.test_cells import run
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from anatomy.explain import draw, lab
from anatomy.explain.explanation import explain


@pytest.fixture
def shell():
    shell = InteractiveShell(user_ns={})
    yield shell
    lab.unload(shell)


def milliseconds(times):
    return f"{spread([1000 * time for time in times])}, at most {1000 * max(times):.0f}"


def test_where_and_what_and_the_change(row):
    first, change = [], []
    for _, _, cell in WRONG:
        error, names = run(SETUP, cell)
        start = time.perf_counter()
        explanation = explain(error, names, [SETUP, cell])
        draw.as_html(explanation, draw.picture(explanation))
        first.append(time.perf_counter() - start)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            explanation.attempt()
        change.append(time.perf_counter() - start)
    row("explain: where and what, drawn", milliseconds(first), "300 ms")
    row("explain: the change that was tried", milliseconds(change), "1,500 ms")


def test_a_cell_without_keras(row, shell, seconds):
    lab.load(shell)
    with capture_output():
        result = shell.run_cell("1 + 1", store_history=True)

    def hooks():
        shell.events.trigger("pre_run_cell", result.info)
        shell.events.trigger("post_run_cell", result)

    row("explain: a cell without Keras", milliseconds([seconds(hooks) for _ in range(200)]), "1 ms")


LOAD = """
import time, anatomy, keras
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
start = time.perf_counter()
shell.run_line_magic("load_ext", "anatomy")
print(time.perf_counter() - start)
"""


def test_loading(row):
    times = [float(subprocess.check_output([sys.executable, "-c", LOAD])) for _ in range(5)]
    row("explain: %load_ext anatomy, Keras imported", milliseconds(times), "50 ms")
