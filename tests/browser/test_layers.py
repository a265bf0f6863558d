"""The labs of layers on a laptop: wholly in view; bricks are picked, moved and taken by mouse."""

import re

import every_lab
import pytest
from nbformat.v4 import new_code_cell

LABS = "dense", "conv", "lstm", "bricks"
MEASURES = """lab => {
    const box = lab.getBoundingClientRect(), image = lab.querySelector(".anatomy-screen img");
    const inside = [...lab.querySelectorAll("*")].filter(
        one => ["auto", "scroll"].includes(getComputedStyle(one).overflowY)
            && one.scrollHeight > one.clientHeight + 1);
    return {
        height: box.height, picture: image.getBoundingClientRect().width,
        drawn: parseFloat(image.style.maxWidth), scrolls: inside.map(one => one.className),
    };
}"""


@pytest.fixture
def labs(page, run):
    """The labs on the commonest laptop, by the name of each."""
    page.set_viewport_size({"width": 1366, "height": 768})
    notebook = every_lab.notebook()
    cells = [f"labs.{name}(" for name in LABS]
    lines = [line for line in every_lab.LABS if line.startswith(tuple(cells))]
    notebook.cells = [notebook.cells[0], *map(new_code_cell, [every_lab.BEGIN, *lines])]
    return dict(zip(LABS, run(notebook, "layers.ipynb"), strict=True))


def test_labs_of_layers_fit_a_laptop_and_bricks_are_moved_by_mouse(page, labs, tmp_path):
    from playwright.sync_api import expect

    measures = {}
    for name, lab in labs.items():
        lab.scroll_into_view_if_needed()
        expect(lab.locator("img")).to_have_js_property("complete", True)
        page.wait_for_function(
            """lab => Math.abs(lab.querySelector("img").getBoundingClientRect().width
                - parseFloat(lab.querySelector("img").style.maxWidth)) < 5""",
            arg=lab.element_handle(),
        )
        measures[name] = lab.evaluate(MEASURES)
        lab.screenshot(path=tmp_path / f"{name}.png")
    assert {name: one["scrolls"] for name, one in measures.items() if one["scrolls"]} == {}
    assert {name: one["picture"] for name, one in measures.items() if one["picture"] < 860} == {}
    assert {name: one["height"] for name, one in measures.items() if one["height"] > 620} == {}
    hands(page, labs["bricks"], expect)


def hands(page, lab, expect):
    """A brick is picked, moved to the top, and another taken from the tray."""
    status = lab.locator(".anatomy-status")

    def grip(label):
        return lab.locator(f'.anatomy-handle[aria-label="{label}"]')

    def middle(label):
        box = grip(label).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(label, x, y):
        page.mouse.move(*middle(label))
        page.mouse.down()
        page.mouse.move(x, y, steps=8)
        page.mouse.up()

    lab.scroll_into_view_if_needed()
    grip("layer 1").click()
    expect(lab.locator("select").nth(1)).to_have_value('1  Dense(32, activation="relu")')
    x, y = middle("layer 2")
    drag("layer 1", x, y - 30)
    expect(status).to_contain_text("(None, 784) becomes (None, 32)")
    drag("a new Dropout", x, y - 30)
    expect(lab.locator(".anatomy-handle[aria-label='layer 3']")).to_be_visible()
    expect(lab.locator("img")).to_have_attribute("alt", re.compile(r"3\. Dropout"))
