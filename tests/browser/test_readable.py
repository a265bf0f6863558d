"""A lab that is gone from the page leaves its last picture and its words."""

import make_notebooks
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

CELLS = ["from anatomy import labs\nlab = labs.update()\nlab", "lab", "lab.close()"]
ALIVE = "run its cell to bring it alive"


@pytest.fixture
def notebook():
    cells = [new_markdown_cell("# What stays?"), *map(new_code_cell, CELLS[:2])]
    return new_notebook(cells=cells, metadata=make_notebooks.METADATA)


def stored(page, expect):
    """The notebook shows the last picture of each lab and its words, and no error."""
    expect(page.get_by_text(ALIVE)).to_have_count(2)
    for line in page.get_by_text(ALIVE).all():
        expect(line).to_be_visible()
    expect(page.locator(".jp-OutputArea img:visible")).to_have_count(2)
    expect(page.locator(".anatomy-lab")).to_have_count(0)
    expect(page.get_by_text("Error displaying widget").filter(visible=True)).to_have_count(0)


def test_a_lab_that_is_closed_stays_readable(page_and_errors, run, notebook):
    from playwright.sync_api import expect

    page, _ = page_and_errors
    notebook.cells.append(new_code_cell(CELLS[2]))
    run(notebook, "closed.ipynb")
    stored(page, expect)
