"""A lab that is gone leaves its last picture and its words; one whose kernel ended says so."""

import re

import make_notebooks
import nbformat
import pytest
from browser import look
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


def test_a_kernel_that_ends_leaves_a_lab_that_says_so_and_then_a_stored_picture(
    page_and_errors, run, jupyter, notebook
):
    """Restarted, saved, and opened again with a kernel that knows no lab, trusted or not."""
    from playwright.sync_api import expect

    page, errors = page_and_errors
    lab, other = run(notebook, "saved.ipynb")
    image = lab.locator("img")
    words = image.get_attribute("alt")
    look.answers(lab)
    expect(image).not_to_have_attribute("alt", words)
    words = image.get_attribute("alt")
    expect(page.locator(".anatomy-still .anatomy-description")).to_contain_text([words] * 2)

    page.evaluate("void jupyterapp.commands.execute('kernelmenu:restart')")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    for one in (lab, other):
        expect(one).to_have_class(re.compile("jupyter-widgets-disconnected"))
        says = one.evaluate("lab => getComputedStyle(lab, '::before').content")
        assert "Run the cell again to bring it alive." in says
        slider = one.locator(".noUi-handle").first
        assert slider.evaluate("slider => getComputedStyle(slider).pointerEvents") == "none"
        icons = one.locator(".jupyter-widgets-disconnected").evaluate_all(
            "parts => parts.filter(part => getComputedStyle(part, '::before').display != 'none')"
        )
        assert icons == []

    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0)
    jupyter.forget()
    file = jupyter.home / "notebooks" / "saved.ipynb"
    copy = nbformat.read(file, 4)
    copy.cells[0].source = "# What stays in another's hands?"
    nbformat.write(copy, file.with_name("untrusted.ipynb"))
    for name in ("saved.ipynb", "untrusted.ipynb"):
        for front in look.FRONTS:
            look.show(page, errors, jupyter, name, front=front)
            stored(page, expect)
            expect(page.locator(".anatomy-description")).to_contain_text([words] * 2)
            # JupyterLab's widgets tell the console, and nobody else
            assert all("widget model not found" in error for error in errors)
            errors.clear()
            jupyter.forget()


def test_a_lab_in_two_places_is_drawn_for_the_one_in_use(run, notebook):
    """And its type is never smaller than it was drawn, however narrow a place is."""
    from playwright.sync_api import expect

    wide, narrow = run(notebook, "two.ipynb")
    narrow.evaluate("lab => { lab.style.width = '400px'; }")
    widths = "image => [image.style.maxWidth, image.clientWidth]"
    for lab, place in ((narrow, 560), (wide, None), (narrow, 560)):
        image = lab.locator("img:visible")
        lab.locator(".anatomy-controls").hover(position={"x": 5, "y": 5})
        place = place or wide.evaluate("lab => lab.clientWidth")
        expect(image).to_have_css("max-width", f"{place}px")
        assert image.evaluate(widths) == [f"{place}px", place]
