"""Every lab in a real JupyterLab and in Notebook 7, looked at by a real Chromium."""

import math
import re

import every_lab
import pytest
from browser import barriers, look


@pytest.fixture
def expect(chromium):
    from playwright.sync_api import expect

    return expect


def the_lab(page, control):
    """The lab that has this control."""
    return page.locator(".anatomy-lab").filter(has=page.locator(f".anatomy-{control}")).first


def handle(lab, control):
    return lab.locator(f".anatomy-{control} .noUi-handle")


def pixels(lab):
    """The picture that is shown, once it is decoded."""
    return lab.locator("img:visible").evaluate(
        """async image => {
            await image.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            canvas.getContext("2d").drawImage(image, 0, 0);
            return canvas.toDataURL();
        }"""
    )


def test_labs(page_and_errors, run, expect, tmp_path):
    """The labs fit, shut nobody out and answer; a fit and a step are gone through in a lesson."""
    page, _ = page_and_errors
    labs = run(every_lab.notebook(), "labs.ipynb")
    expect(page.locator(".anatomy-lab")).to_have_count(len(every_lab.LABS))
    assert len(labs) == len(every_lab.LABS)
    every_screen(page, dict(zip(every_lab.NAMES, labs, strict=True)), tmp_path)
    assert barriers.found(page) == []
    fit, step = the_lab(page, "learning-rate"), the_lab(page, "stage")
    a_key_refits(fit, expect)
    named = dict(zip(every_lab.NAMES, labs, strict=True))
    for name, label in HANDLES.items():
        fingers_and_keys(page, named[f"labs.{name}"], label, expect)
    ends_and_panels_by_keys(named["labs.conv"], named["labs.lstm"], expect)
    a_unit_is_seen_large(page, named["labs.playground"], expect)
    stop_and_rewind(fit, expect)
    step_by_step(step, expect)
    a_digit_is_drawn(page, the_lab(page, "thickness"), expect)
    a_point_is_added_by_keys(the_lab(page, "press-adds"), expect)
    for lab in labs:
        places = lab.evaluate(look.PLACES)
        look.answers(lab)
        assert lab.evaluate(look.PLACES) == places
    look.labs(page)


def test_notebook_7(page_and_errors, run, jupyter, expect):
    """A notebook that runs in JupyterLab is opened in it, and its labs go on there."""
    page, errors = page_and_errors
    lines = [line for line in every_lab.LABS if re.match(r"labs\.(fit|sketch|conv)\(", line)]
    look.on_a_laptop(page, run, lines)
    fit = the_lab(page, "learning-rate")
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0)
    line = fit.locator(".anatomy-status").inner_text()
    look.open_running(page, errors, jupyter, "laptop.ipynb", front="notebooks")
    assert page.locator("body[data-notebook]").count() == 1  # not JupyterLab
    expect(fit.locator(".anatomy-status")).to_have_text(line)
    expect(fit.locator("img:visible")).to_be_visible()
    expect(page.locator(".anatomy-lab")).to_have_count(len(lines))
    assert barriers.out_of_reach(fit) == []
    a_key_refits(fit, expect)  # the controls still reach the kernel


HANDLES = {
    "conv": "the window",
    "dense": "a pixel of input x",
    "lstm": "the row that is read",
    "loss": "the prediction, binary_crossentropy",
    "fit": "an epoch of loss",
    "race": "the start",
    "playground": "weight from unit 1 of dense",
}
SCROLLED = """() => document.querySelector(".jp-Notebook .jp-WindowedPanel-outer").scrollTop"""
#: A place in a lab's picture where there is no handle.
BARE = """lab => {
    const box = lab.querySelector(".anatomy-screen").getBoundingClientRect();
    for (let y = box.top + 6; y < box.bottom; y += 6)
        for (let x = box.left + 6; x < box.right; x += 6)
            if (document.elementFromPoint(x, y)?.matches(".anatomy-screen img")) return [x, y];
}"""


def fingers_and_keys(page, lab, label, expect):
    """An arrow key and a finger move a handle; a finger elsewhere scrolls the page, and one that
    moves up over a handle as large as a plot."""
    handle, image = lab.get_by_label(label, exact=True), lab.locator("img:visible")
    lab.scroll_into_view_if_needed()
    words = image.get_attribute("alt")
    for key in ("ArrowRight", "ArrowDown"):  # some move along one axis only
        handle.press(key)
    expect(image).not_to_have_attribute("alt", words)
    look.labs(page)
    words, top, box = image.get_attribute("alt"), page.evaluate(SCROLLED), handle.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    look.swipe(page, *middle, 30, 24)
    expect(image).not_to_have_attribute("alt", words)
    assert page.evaluate(SCROLLED) == top
    look.labs(page)
    if "anatomy-pan" in handle.get_attribute("class"):
        words, box = image.get_attribute("alt"), handle.bounding_box()
        look.swipe(page, box["x"] + 20, box["y"] + box["height"] / 2, 4, -60)
        page.wait_for_function(f"top => ({SCROLLED})() !== top", arg=top)
        look.labs(page)
        assert image.get_attribute("alt") == words
        top = page.evaluate(SCROLLED)
    look.swipe(page, *lab.evaluate(BARE), 0, 80)
    page.wait_for_function(f"top => ({SCROLLED})() !== top", arg=top)


def ends_and_panels_by_keys(conv, lstm, expect):
    """Home moves a handle as it moves a slider; a panel that opens keeps the keyboard."""
    conv.get_by_label("the window", exact=True).press("Home")
    expect(conv.locator("img:visible")).to_have_attribute("alt", re.compile("row 0, column 0"))
    panel = lstm.get_by_label("open: cell state c", exact=True)
    panel.press("Enter")
    expect(panel).to_have_count(0)
    expect(lstm.locator(".anatomy-handle:focus")).to_have_count(1)


def a_point_is_added_by_keys(playground, expect):
    playground.locator(".anatomy-press-adds select").select_option(index=1)
    plane = playground.get_by_role("button", name=re.compile("a press adds a point"))
    place = plane.get_attribute("aria-valuetext")
    plane.press("ArrowRight")
    expect(plane).not_to_have_attribute("aria-valuetext", place)
    plane.press("Enter")
    expect(playground.locator(".anatomy-status")).to_contain_text("1 point added")


def a_unit_is_seen_large(page, playground, expect):
    """By a mouse over it, until it leaves; nothing is asked of the kernel."""
    words = playground.locator("img:visible").get_attribute("alt")
    unit = playground.get_by_label(re.compile(r"^unit 1 of dense\w*$")).first
    lens = playground.locator(".anatomy-lens")
    unit.hover()
    assert "weights" in unit.get_attribute("title")
    expect(lens).to_be_visible()
    colours = """lens => new Set(new Uint32Array(
        lens.getContext("2d").getImageData(0, 0, lens.width, lens.height).data.buffer)).size"""
    assert lens.bounding_box()["width"] > 150
    assert lens.evaluate(colours) > 50
    playground.locator(".anatomy-status").hover()
    expect(lens).to_be_hidden()
    assert playground.locator("img:visible").get_attribute("alt") == words


def every_screen(page, labs, folder):
    """On a laptop in both themes, enlarged on it as by `draw.larger`, and at 1920 x 1080."""
    page.set_viewport_size(look.LAPTOP)
    for theme in barriers.THEMES:
        page.evaluate(barriers.THEME, theme)
        page.wait_for_function(barriers.THEMED, arg=theme)
        (folder / theme).mkdir()
        assert look.misfits(page, labs, folder / theme) == {}
    for zoom in (1.4, 1):
        page.evaluate(ZOOM, zoom)
        (folder / str(zoom)).mkdir()
        assert look.misfits(page, labs, folder / str(zoom), lab=math.inf) == {}
    page.set_viewport_size({"width": 1920, "height": 1080})
    (folder / "wide").mkdir()
    assert look.misfits(page, labs, folder / "wide", lab=900, width=1100) == {}
    page.set_viewport_size(look.LAPTOP)


ZOOM = """zoom => document.querySelectorAll(".anatomy-lab").forEach(
    lab => { lab.style.zoom = zoom; })"""


def a_key_refits(fit, expect):
    status, image = fit.locator(".anatomy-status"), fit.locator("img:visible")
    expect(status).to_have_attribute("data-status", "done")
    line, words, picture = status.inner_text(), image.get_attribute("alt"), pixels(fit)
    rate = fit.locator(".anatomy-learning-rate .widget-readout")
    before = rate.inner_text()

    handle(fit, "learning-rate").press("ArrowRight")
    expect(rate).not_to_have_text(before)
    expect(status).not_to_have_text(line)
    expect(status).to_have_attribute("data-status", "done")
    expect(status).to_contain_text("loss")
    expect(image).not_to_have_attribute("alt", words)
    given = f"learning_rate={float(rate.inner_text()):.3g}"
    expect(image).to_have_attribute("alt", re.compile(re.escape(given)))
    assert pixels(fit) != picture


def stop_and_rewind(fit, expect):
    """However quick training is: it goes on until it is stopped."""
    status = fit.locator(".anatomy-status")
    handle(fit, "epochs").press("End")
    expect(status).to_have_attribute("data-status", "training")
    expect(status).to_contain_text(f"of {every_lab.LONG}")
    fit.get_by_role("button", name="stop").click()
    expect(status).to_have_attribute("data-status", "stopped")
    expect(status).to_contain_text("after epoch")
    expect(fit.locator("img:visible")).to_have_attribute(
        "alt", re.compile(f"{every_lab.LONG}|{every_lab.LONG:,}")
    )

    fit.get_by_role("button", name="rewind").click()
    expect(status).to_have_attribute("data-status", "training")
    handle(fit, "epochs").press("Home")
    expect(status).to_have_attribute("data-status", "done")
    expect(status).to_contain_text("1 epoch in")


def a_digit_is_drawn(page, sketch, expect):
    """By mouse, and once more by keyboard; undo takes each stroke back."""
    pad, alt = sketch.locator(".anatomy-pad canvas"), sketch.locator("img:visible")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 80, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 82, box["y"] + 80, steps=8)
    expect(alt).to_have_attribute("alt", re.compile(r"Read as \d"))
    half = alt.get_attribute("alt")
    page.mouse.move(box["x"] + 140, box["y"] + 140, steps=8)  # the stroke goes on after it was sent
    page.mouse.up()
    expect(alt).not_to_have_attribute("alt", half)
    ink = """(pad, place) => {
        const at = place.map((share) => Math.round(share * pad.width));
        return pad.getContext("2d").getImageData(at[0], at[1], 1, 1).data[3];
    }"""
    assert pad.evaluate(ink, [138 / box["width"], 138 / box["height"]]) > 0
    sketch.get_by_role("button", name="undo").click()
    expect(alt).to_have_attribute("alt", re.compile("An empty pad"))
    for key in STROKE:
        pad.press(key)
    expect(alt).to_have_attribute("alt", re.compile(r"Read as \d"))
    # Faster than any kernel: a stroke; then two upwards, both taken back, and it alone.
    clear = sketch.get_by_role("button", name="clear")
    clear.click()
    expect(alt).to_have_attribute("alt", re.compile("An empty pad"))
    sketch.evaluate(AT_ONCE, STROKE)
    expect(alt).to_have_attribute("alt", re.compile(r"Read as \d"))
    words = alt.get_attribute("alt")
    clear.click()
    expect(alt).to_have_attribute("alt", re.compile("An empty pad"))
    upwards = [key.replace("Down", "Up") for key in STROKE]
    sketch.evaluate(AT_ONCE, [*upwards, *upwards, "undo", "undo", *STROKE])
    expect(alt).to_have_attribute("alt", words)


STROKE = " ", "ArrowDown", "ArrowDown", "ArrowRight", " "
AT_ONCE = """(lab, all) => {
    const pad = lab.querySelector(".anatomy-pad canvas");
    for (const one of all) {
        const button = lab.querySelector(`button.anatomy-${one.trim() || "none"}`);
        button ? button.click() : pad.dispatchEvent(new KeyboardEvent("keydown", { key: one }));
    }
}"""


def step_by_step(step, expect):
    status, next_stage = step.locator(".anatomy-status"), step.locator("button.anatomy-next")
    expect(status).to_contain_text("input, batch 1:")
    picture = pixels(step)
    stages = ("forward, batch 1:", "loss, batch 1:", "gradient, batch 1:", "update, batch 1:")
    for line in (*stages, "input, batch 2:"):
        next_stage.click()
        expect(status).to_contain_text(line)
        expect(status).to_have_attribute("data-status", "done")
    assert pixels(step) != picture
    step.locator("button.anatomy-restart").click()
    expect(status).to_contain_text("input, batch 1:")
