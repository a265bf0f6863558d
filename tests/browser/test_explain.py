"""An error that is explained, on a real page: beneath its text, on one screen, readable in dark."""

import make_notebooks
from browser import barriers, look
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

WRONG = """
%load_ext anatomy
import anatomy, keras
from keras import layers
model = keras.Sequential([keras.Input((28, 28)), layers.Conv2D(8, 3), layers.Dense(10)])
"""

#: The least size of type in a block, in pixels, and the least contrast of a colour with the page.
TYPE = """block => {
    const number = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number)
    const light = rgb => {
        const [r, g, b] = rgb.map(c => c / 255)
            .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const page = light(number(getComputedStyle(block.closest('.jp-Notebook')).backgroundColor))
    const least = { size: 99, contrast: 99 }
    for (const one of [block, ...block.querySelectorAll('div, b')]) {
        if (!one.innerText) continue
        const style = getComputedStyle(one), ink = light(number(style.color))
        const contrast = (Math.max(ink, page) + 0.05) / (Math.min(ink, page) + 0.05)
        least.size = Math.min(least.size, parseFloat(style.fontSize))
        least.contrast = Math.min(least.contrast, contrast)
    }
    return least
}"""


def test_an_error_is_explained_beneath_its_text(page_and_errors, jupyter):
    """In JupyterLab, in dark too; and in Notebook 7, once more in the same kernel."""
    from playwright.sync_api import expect

    page, errors = page_and_errors
    page.set_viewport_size(look.LAPTOP)
    cells = [new_markdown_cell("# What is wrong?"), new_code_cell(WRONG)]
    jupyter.write(new_notebook(cells=cells, metadata=make_notebooks.METADATA), "wrong.ipynb")
    for front in look.FRONTS:
        look.show(page, errors, jupyter, "wrong.ipynb", front)
        expect(page.get_by_text("Python 3 (ipykernel)").first).to_be_visible()  # else nothing runs
        page.get_by_role("heading", name="What is wrong?").click()
        look.run_all(page)
        block = page.locator(".anatomy-explain")
        expect(block).to_contain_text("A change, tried in a copy:")
        expect(block).to_contain_text("layers.Reshape((28, 28, 1))")
        expect(block.locator("img")).to_be_visible()
        error = page.locator(".jp-RenderedText[data-mime-type*=stderr]").first.bounding_box()
        place = block.bounding_box()
        assert place["y"] >= error["y"] + error["height"]
        assert place["height"] <= 620
        assert block.evaluate(TYPE)["size"] >= 11
        if front == "lab/tree":  # Notebook 7 has no such command for a page
            barriers.dress(page, "JupyterLab Dark")
            readable = f"({TYPE})(document.querySelector('.anatomy-explain')).contrast >= 4.5"
            page.wait_for_function(readable, polling=100)
