"""A recorded lab in a real browser: opened from a file, with no network, by keys and by hand."""

import io
import re

import keras
import pytest
from browser import barriers
from PIL import Image

from anatomy import data, labs


def record(lab, folder, **chosen):
    """The path of the page in which a lab plays."""
    assert lab.wait(120)
    path = lab.record(folder / "lab.html", **chosen)
    lab.close()
    return path


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    """A window on a digit, which every test begins anew."""
    lab = labs.conv(data.digits("images"))
    rows, columns = [9, 11, 12, 13, 14], [11, 12, 13, 14]
    folder = tmp_path_factory.mktemp("window")
    return record(lab, folder, row=rows, column=columns, padding=...)


@pytest.fixture
def show(page):
    """``show(path)`` opens a recorded page; every request is refused."""

    def show(path):
        asked = []

        def route(route):
            asked.append(route.request.url)
            route.continue_() if route.request.url.startswith("file:") else route.abort()

        page.route("**/*", route)
        page.goto(path.as_uri())
        page.locator("main[data-state]").wait_for()
        assert asked == [path.as_uri()]
        return page

    return show


def sentence(page):
    """What a screen reader says of the picture."""
    return page.get_by_role("img").get_attribute("aria-label")


def test_a_page_plays_by_keys_and_by_hand(show, window):
    from playwright.sync_api import expect

    page = show(window)
    assert re.search("row 12, column 12", sentence(page))
    row = page.get_by_role("slider", name="row", exact=True)
    row.press("ArrowRight")
    assert re.search("row 13, column 12", sentence(page))
    expect(page.get_by_role("status")).to_contain_text("done row 13, column 12: patch")
    expect(row).to_have_attribute("aria-valuetext", "13")

    page.get_by_role("combobox", name="padding").select_option("same")
    assert 'padding="same"' in sentence(page)
    page.get_by_text("Code", exact=True).click()
    expect(page.locator("pre")).to_contain_text(re.compile("padding=.same"))

    handle = page.get_by_role("slider", name="the window")
    handle.press("ArrowDown")
    assert re.search("row 14, column 12", sentence(page))
    box = handle.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 300, middle[1] - 40, steps=5)
    expect(page.get_by_role("img")).to_have_attribute("aria-label", re.compile("column 14"))
    page.mouse.up()
    assert int(re.search(r"row (\d+), column", sentence(page))[1]) < 12
    assert barriers.untold(page) + barriers.unnamed(page) == []


def test_a_finger_moves_the_window(show, window):
    from playwright.sync_api import expect

    page = show(window)
    page.set_viewport_size({"width": 390, "height": 800})
    box = page.get_by_role("slider", name="the window").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    for kind, places in (
        ("touchStart", [(x, y)]), ("touchMove", [(x + 25, y + 40)]), ("touchEnd", [])
    ):  # fmt: skip
        points = [{"x": x, "y": y} for x, y in places]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    picture = page.get_by_role("img")
    expect(picture).to_have_attribute("aria-label", re.compile(r"row 1[4-9], column 1[3-9]"))


def build(learning_rate=0.1):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


def test_a_hand_on_the_curves_of_a_fit_reads_an_epoch(show, tmp_path):
    from playwright.sync_api import expect

    lab = labs.fit(build, data.waves("sine"), epochs=4, learning_rate=(0.01, 1.0))
    page = show(record(lab, tmp_path, learning_rate=3, epoch=range(5)))
    curves = page.get_by_label("an epoch of loss")
    box = curves.bounding_box()

    def along(share):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2, steps=3)

    picture, epoch = page.get_by_role("img"), page.get_by_label("epoch", exact=True)
    along(0.98)
    page.mouse.down()
    expect(picture).to_have_attribute("aria-label", re.compile("at epoch 4"))
    along(0.02)  # of the axis, which begins at the first epoch
    expect(picture).to_have_attribute("aria-label", re.compile("at epoch 1"))
    page.mouse.up()
    expect(epoch).to_have_value("1")
    loss = re.search(r"at epoch 1.*", sentence(page))[0]
    page.get_by_role("slider", name="learning_rate").press("ArrowLeft")
    expect(picture).to_have_attribute("aria-label", re.compile("at epoch 1"))
    assert re.search(r"at epoch 1.*", sentence(page))[0] != loss


def pixels(page):
    """The canvas, as text."""
    return page.locator("canvas[role=img]").evaluate("canvas => canvas.toDataURL()")


def test_the_picture_is_drawn_anew_and_back_again(show, window):
    page = show(window)
    first = pixels(page)
    page.get_by_role("slider", name="row", exact=True).press("ArrowRight")
    assert pixels(page) != first
    page.get_by_role("slider", name="row", exact=True).press("ArrowLeft")
    assert pixels(page) == first


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_has_all_of_it(show, window, theme):
    from playwright.sync_api import expect

    page = show(window)
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    scroll = page.locator(".scroll")
    assert scroll.evaluate("one => [one.clientWidth < 390, one.scrollWidth]") == [True, 860]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(27, 31, 36)" if theme == "dark" else "rgb(255, 255, 255)"
    )
    picture = Image.open(io.BytesIO(page.get_by_role("img").screenshot())).convert("L")
    assert (picture.getpixel((1, 1)) < 40) == (theme == "dark")
    expect(page.locator(".anatomy-lens")).to_be_hidden()  # until a mouse is on a small picture
    for slider in page.locator("input").all():
        assert slider.bounding_box()["width"] > 100
