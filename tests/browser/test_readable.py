"""A lab that is gone leaves its last picture and its words; one whose kernel ended says so."""

import re

import make_notebooks
import nbformat
from browser import barriers, look
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

CELLS = [
    "from anatomy import labs\nlab = labs.update()\nlab", "lab",
    "gone = labs.update()\ngone", "gone", "gone.close()",
]  # fmt: skip
ALIVE = "run its cell to bring it alive"


def test_a_lab_that_is_gone_stays_readable(page_and_errors, run, jupyter):
    """Closed; its kernel restarted; saved, and opened again with a kernel that knows no lab."""
    from playwright.sync_api import expect

    page, errors = page_and_errors
    page.set_viewport_size({"width": 1440, "height": 3000})  # nothing scrolls under the mouse
    cells = [new_markdown_cell("# What stays?"), *map(new_code_cell, CELLS)]
    notebook = new_notebook(cells=cells, metadata=make_notebooks.METADATA)
    lab, other = run(notebook, "saved.ipynb")
    for closed in page.locator(".jp-CodeCell").all()[2:4]:
        stored(closed, 1, expect)
    drawn_for_the_place_in_use(lab, other, expect)
    barriers.dress(page, "JupyterLab Light")
    barriers.dress(page, "JupyterLab Dark")
    page.wait_for_function(look.DRAWN, arg=[lab.element_handle()], polling=100)
    words = [lab.locator("img").get_attribute("alt")] * 4
    look.answers(lab)
    expect(lab.locator("img")).not_to_have_attribute("alt", words[0])
    words[:2] = [lab.locator("img").get_attribute("alt")] * 2
    expect(page.locator(".anatomy-still .anatomy-description")).to_contain_text(words)
    restarted(page, (lab, other), expect)

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
            stored(page, 4, expect)
            expect(page.locator(".anatomy-description")).to_contain_text(words)
            # JupyterLab's widgets tell the console, and nobody else
            assert all("widget model not found" in error for error in errors)
            errors.clear()


def stored(place, count, expect):
    """There is the last picture of so many labs, and their words, and no error."""
    expect(place.get_by_text(ALIVE)).to_have_count(count)
    for line in place.get_by_text(ALIVE).all():
        expect(line).to_be_visible()
    expect(place.locator(".jp-OutputArea img:visible")).to_have_count(count)
    expect(place.locator(".anatomy-lab")).to_have_count(0)
    expect(place.get_by_text("Error displaying widget").filter(visible=True)).to_have_count(0)


def drawn_for_the_place_in_use(wide, narrow, expect):
    """A lab in two places; its type is never smaller than it was drawn, however narrow one is."""
    narrow.evaluate("lab => { lab.style.width = '400px'; }")
    widths = "image => [image.style.maxWidth, image.clientWidth]"
    for lab, place in ((narrow, 560), (wide, None), (narrow, 560)):
        image = lab.locator("img:visible")
        lab.locator(".anatomy-controls").hover(position={"x": 5, "y": 5})
        place = place or wide.evaluate("lab => lab.clientWidth")
        expect(image).to_have_css("max-width", f"{place}px")
        assert image.evaluate(widths) == [f"{place}px", place]
    narrow.evaluate("lab => { lab.style.width = ''; }")


def restarted(page, labs, expect):
    """The kernel has ended: a lab says so, and takes no hand."""
    page.evaluate("void jupyterapp.commands.execute('kernelmenu:restart')")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    for one in labs:
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
