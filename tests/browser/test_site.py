"""A notebook as a page of the site: opened from its file, with the network blocked."""

import make_site
import nbformat
import pytest
from browser import barriers, pages
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+M8AAAMBAQAY3Y2wAAAAAElFTkSuQmCC"
TEXT = r"""# 8 · A page

A loss of $-\log p$, a state $h_t = o \tanh(c_t)$, a step $m \leftarrow \mu\, m - \eta\, g$ and
$p_k = e^{z_k} / \sum_j e^{z_j}$. See [notebook 2](02_layers.ipynb#a-word) and the
[glossary](glossary.md); `price = $5` costs $5 in code, and [Keras](https://keras.io) is elsewhere.

| last layer | loss | in Keras |
|---|---|---|
| logits | `sparse_categorical_crossentropy` | `losses.SparseCategoricalCrossentropy(True)` |
"""
TABLE = [("conv", {"row": [3, 4, 5], "padding": ...}), ("update", {"step": 5, "optimizer": ...})]


def pictured(text):
    """A cell's outputs: a picture, and the place of a living lab."""
    words = new_output("display_data", {"text/html": '<div class="anatomy-still">words</div>'})
    picture = new_output("display_data", {"image/png": PNG, "text/plain": text})
    return [picture, words, new_output("display_data", {"text/plain": ""})]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with the page of a small notebook, its labs recorded."""
    folder = tmp_path_factory.mktemp("a site")
    cells = [new_markdown_cell(TEXT), new_code_cell("from anatomy import data, draw, labs")]
    for call, text in (
        ('labs.conv(data.digits("images"))', "Conv lab (row=1), done.\nA window."),
        ("draw.tensor(data.waves().x_train)", "A tensor & <its> axes."),
        ("labs.update()", "Update lab (step=1), done.\nA step."),
    ):
        cells.append(new_code_cell(call, outputs=pictured(text)))
    path = folder / "08_page.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(make_site.RECORDED, "08_page", TABLE)
        patch.setattr(make_site, "elsewhere", lambda path: [("Binder", "https://mybinder.org/x")])
        assert len(make_site.record(path, folder)) == 2
        make_site.show(path, folder / "08_page.html", folder)
    (folder / "site.css").write_text(make_site.style())
    return folder


def test_a_page_plays_with_the_network_blocked(site, page):
    asked = pages.blocked(page)
    assert pages.play(page, site / "08_page.html") == 2
    assert asked == []
    assert barriers.pale(page) == []
    assert page.locator("img").evaluate_all("all => all.map(one => one.alt)") == [
        "A tensor & <its> axes."
    ]
    frame = page.locator("iframe").first
    page.wait_for_function("document.querySelector('iframe').height !== '560'")
    inside = page.frame_locator("iframe").first.locator("html")
    assert inside.evaluate("one => one.scrollHeight <= one.clientHeight"), frame.bounding_box()


def test_formulas_are_drawn_and_prices_are_not(site, page):
    page.goto((site / "08_page.html").as_uri())
    formulas = page.locator("svg.math")
    assert formulas.count() == 4
    assert formulas.first.get_attribute("aria-label") == r"-\log p"
    for one in formulas.all():
        box = one.bounding_box()
        assert 8 < box["height"] < 45
        assert box["width"] > 15
    assert page.get_by_text("costs $5 in code").is_visible()


def test_links_lead_to_pages(site, page):
    page.goto((site / "08_page.html").as_uri())
    links = page.locator("main p a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert {"02_layers.html#a-word", "glossary.html", "https://keras.io"} <= set(links)
    assert "labs/08_page-1.html" in links


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_has_the_page(site, page, theme):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 390, "height": 800})
    pages.play(page, site / "08_page.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
