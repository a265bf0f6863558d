"""From a key, and from a hand that drags, to the new picture: every lab, in a real Chromium."""

import every_lab
import pytest
from benchmarks.conftest import spread
from browser import look
from nbformat.v4 import new_code_cell

PRESSES, REST = 12, 600  # ms of rest after each

#: A picture answers when it is loaded, ready to be painted.
WATCH = """lab => {
    const image = [...lab.querySelectorAll("img")].find(one => one.offsetParent);
    const answers = lab.answers = [];
    let asked = null;
    lab.ask = () => { asked = performance.now(); };
    image.addEventListener("load", () => {
        if (asked !== null) answers.push(performance.now() - asked);
        asked = null;
    });
}"""


def opened(page, run, *cells):
    """The labs of a notebook of these cells, on the commonest laptop."""
    page.set_viewport_size(look.LAPTOP)
    notebook = every_lab.notebook()
    notebook.cells = [*map(new_code_cell, cells)]
    return run(notebook, "laptop.ipynb")


def answered(page, lab, act):
    """How long each picture took after ``act(number)``; what moves nothing is left out."""
    lab.evaluate("lab => { lab.answers.length = 0; }")
    for number in range(PRESSES):
        look.labs(page)
        lab.evaluate("lab => lab.ask()")
        act(number)
        page.wait_for_timeout(REST)
    return lab.evaluate("lab => lab.answers")


#: Two pictures that are there already, and no more than ipywidgets to show them.
BARE = """
import ipywidgets
from anatomy import draw
picture, frames = draw.loss("mse", target=1, at=0), []
for at in (0, 1):
    picture.update("mse", target=1, at=at)
    frames.append(picture.frame())
slider, image = ipywidgets.IntSlider(0, 0, 1), ipywidgets.Image(value=frames[0])
slider.observe(lambda change: setattr(image, "value", frames[change["new"]]), "value")
ipywidgets.VBox([slider, image])
"""


@pytest.mark.skipif(look.CHROMIUM is None, reason=look.WHY)
def test_key_to_a_picture_that_is_there(page, run, row):
    opened(page, run, BARE)
    bare = page.locator(".widget-vbox")
    bare.evaluate(WATCH)
    slider = bare.locator(".noUi-handle")
    took = answered(page, bare, lambda n: slider.press("ArrowLeft" if n % 2 else "ArrowRight"))
    row("ipywidgets alone: a key to a picture that is there", told(took))


@pytest.mark.skipif(look.CHROMIUM is None, reason=look.WHY)
@pytest.mark.parametrize("line", every_lab.LABS, ids=every_lab.NAMES)
def test_key_and_drag_to_picture(page, run, line, row):
    name = line.partition("(")[0]
    (lab,) = opened(page, run, every_lab.BEGIN, line)
    lab.evaluate(WATCH)
    sliders = lab.locator(".noUi-handle:visible")
    if sliders.count():
        slider = sliders.first
        end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
        back = "ArrowLeft" if end else "ArrowRight"
        forth = "ArrowRight" if end else "ArrowLeft"
        took = answered(page, lab, lambda n: slider.press(forth if n % 2 else back))
        row(f"{name}: a key on its first slider to the picture", told(took), "40 ms (p95 80)")
    handles = lab.locator(".anatomy-handle:not(.anatomy-press):visible")
    if handles.count():
        box = handles.first.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        took = answered(page, lab, lambda n: page.mouse.move(x + 12 * (n % 4), y + 9 * (n % 4)))
        page.mouse.up()
        row(f"{name}: a drag in the picture to the picture", told(took), "a key's time")


def told(took):
    return spread(took) if len(took) > 1 else "no other picture"
