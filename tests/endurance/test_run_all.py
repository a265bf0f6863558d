"""Restart and run all, twenty times: the same text, and a kernel that holds no more.

``RUNS=5 make endurance PYTEST_FLAGS="-k test_restart -rP"`` is shorter, and shows the MB of each.
"""

import os
import re
import statistics

import make_notebooks
import nbformat
import pytest
from nbformat.v4 import new_code_cell
from test_notebooks import texts

RUNS = int(os.environ.get("RUNS", 20))
FLAT = 1.05  # times as much, in the later half
TOOK = re.compile(r"\b(?:in |after )?[\d.]+ (?:ms|s)\b")
HELD = """
import pathlib
print(int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096 // 10**6)
"""


def run(path):
    """What all cells of a notebook say in a new kernel, and the MB that it then holds."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(new_code_cell(HELD))
    make_notebooks.execute(notebook, path.parent)
    *cells, held = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [TOOK.sub("", text) for cell in cells for text in texts(cell)], int(held.outputs[0].text)


@pytest.mark.parametrize("path", make_notebooks.find(), ids=lambda path: path.name)
def test_restart_and_run_all(path):
    said, held = zip(*(run(path) for _ in range(RUNS)), strict=True)
    print(*held, "MB")
    for text in said[1:]:
        assert text == said[0]
    half = RUNS // 2
    assert statistics.median(held[-half:]) <= FLAT * statistics.median(held[:half])
