"""A question on a real page: answered on the keyboard, and read where there is no kernel."""

import re

import make_notebooks
import nbformat
from browser import barriers, look
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

QUESTION = """
import numpy as np
from anatomy import draw, labs

labs.predict(
    "How many dimensions has a matrix?", ["1", "2"], answer="Two: rows and columns.",
    reveal=lambda: draw.tensor(np.eye(3)), wrong={"1": "That is a vector."},
)
"""


def test_a_question(page_and_errors, run, jupyter):
    from playwright.sync_api import expect

    page, errors = page_and_errors
    cells = [new_markdown_cell("# What is so?"), new_code_cell(QUESTION), new_code_cell("6 * 7")]
    notebook = new_notebook(cells=cells, metadata=make_notebooks.METADATA)
    run(notebook, "question.ipynb")  # passes over it
    expect(page.get_by_text("42", exact=True)).to_be_visible()
    question = page.locator(".anatomy-predict")
    expect(page.locator(".anatomy-question")).to_be_hidden()
    expect(question.get_by_role("status")).to_have_count(0)
    question.get_by_role("button", name="1").press("Enter")
    expect(question.get_by_role("status")).to_contain_text("1: no. That is a vector. Two: rows")
    expect(question.get_by_role("img")).to_have_attribute("alt", re.compile("rank 2"))
    assert question.get_by_role("button", name="1").evaluate("b => b === document.activeElement")
    assert barriers.untold(page) == []

    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0)
    path = jupyter.home / "notebooks" / "question.ipynb"
    saved = nbformat.read(path, 4)
    make_notebooks.clean(saved)
    jupyter.forget()
    jupyter.write(saved, "again.ipynb")
    look.show(page, errors, jupyter, "again.ipynb")
    answer = page.locator(".anatomy-question details p")
    expect(answer).to_be_hidden()
    page.get_by_text("Answer", exact=True).press("Enter")
    expect(answer).to_be_visible()
