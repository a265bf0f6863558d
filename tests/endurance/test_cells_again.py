"""Each cell of a notebook can be run again after all others, as students do."""

import copy

import make_notebooks
import nbformat
import pytest


@pytest.mark.parametrize("path", make_notebooks.find(), ids=lambda path: path.name)
def test_all_cells_run_a_second_time(path):
    notebook = nbformat.read(path, as_version=4)
    again = copy.deepcopy([cell for cell in notebook.cells if cell.cell_type == "code"])
    for cell in again:
        cell.id += "-again"
    notebook.cells += again
    make_notebooks.execute(notebook, path.parent)
