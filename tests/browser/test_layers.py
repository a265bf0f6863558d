"""The labs of layers on a laptop: wholly in view; bricks are picked, moved and taken by mouse."""

import re

import every_lab
import pytest
from browser import look

LABS = "dense", "conv", "lstm", "bricks"


@pytest.fixture
def labs(page, run):
    """The labs on the commonest laptop, by the name of each."""
    cells = [f"labs.{name}(" for name in LABS]
    lines = [line for line in every_lab.LABS if line.startswith(tuple(cells))]
    return dict(zip(LABS, look.on_a_laptop(page, run, lines), strict=True))


def test_labs_of_layers_fit_a_laptop_and_bricks_are_moved_by_mouse(page, labs, tmp_path):
    from playwright.sync_api import expect

    assert look.misfits(page, labs, tmp_path) == {}
    hands(page, labs["bricks"], expect)


def hands(page, lab, expect):
    """A brick is picked, moved to the top, and another taken from the tray."""
    status = lab.locator(".anatomy-status")

    def grip(label):
        return lab.locator(f'.anatomy-handle[aria-label="{label}"]')

    def middle(label):
        box = grip(label).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    lab.scroll_into_view_if_needed()
    grip("brick 1").click()
    expect(lab.locator("select").nth(1)).to_have_value("1  Dense(32, relu)")
    x, y = middle("brick 2")
    look.drag(page, grip("brick 1"), x, y - 30)
    expect(status).to_contain_text("(None, 784) becomes (None, 32)")
    look.drag(page, grip("a new Dropout"), x, y - 30)
    expect(lab.locator(".anatomy-handle[aria-label='brick 3']")).to_be_visible()
    expect(lab.locator("img")).to_have_attribute("alt", re.compile(r"3\. Dropout"))
