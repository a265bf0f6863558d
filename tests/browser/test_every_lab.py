"""Every lab in a real JupyterLab and in Notebook 7, looked at by a real Chromium."""

import math
import re

import every_lab
import nbformat
import pytest
from browser import barriers, look
from nbformat.v4 import new_code_cell

#: Further labs, of what the others have otherwise.
KERNELS = """
def ten():
    last = layers.Dense(10, activation="softmax")
    model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), last])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

def some_digits(share=1.0):
    return {"x": digits.x_val, "y": digits.y_val, "validation_data": (digits.x_val, digits.y_val)}

labs.shortcut(ten, some_digits, epochs=1, share=[0.0, 1.0])
"""
#: A lab with advice, which raises at the last position.
ADVISED = """
def forgotten(units=1):
    if units > 3:
        raise ValueError("More is not to be had, and this is why. " * 9)
    model = keras.Sequential([keras.Input((784,)), layers.Dense(10)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model

labs.fit(forgotten, data.digits(), epochs=1)
"""
MORE = {
    "triangle": 'labs.loss("categorical_crossentropy", other=None)',
    "kernels": KERNELS,
    "advised": ADVISED,
}
NAMES = [*every_lab.NAMES, *MORE]


@pytest.fixture(scope="module")
def page_and_errors(jupyter, chromium, tmp_path_factory):
    """The page that all tests of this file look at."""
    with look.page(chromium, tmp_path_factory.mktemp("labs") / "page.png") as pair:
        yield pair
    jupyter.forget()


@pytest.fixture(scope="module")
def page(page_and_errors):
    return page_and_errors[0]


@pytest.fixture(scope="module")
def labs(page_and_errors, jupyter):
    """Every lab on the commonest laptop, by the name of each."""
    page, errors = page_and_errors
    page.set_viewport_size(look.LAPTOP)
    notebook = every_lab.notebook()
    notebook.cells += map(new_code_cell, MORE.values())
    jupyter.write(notebook, "labs.ipynb")
    look.show(page, errors, jupyter, "labs.ipynb")
    look.run_all(page)
    return dict(zip(NAMES, look.labs(page), strict=True))


@pytest.fixture(scope="module")
def expect(chromium):
    from playwright.sync_api import expect

    return expect


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


def test_every_screen(page, labs, tmp_path):
    """On a laptop in both themes, enlarged on it as by `draw.larger`, and at 1920 x 1080."""
    barriers.dress(page, "JupyterLab Light")
    assert look.misfits(page, labs, tmp_path) == {}
    assert barriers.untold(page) + barriers.unnamed(page) + barriers.pale(page) == []
    page.evaluate(ZOOM, 1.4)
    assert look.misfits(page, labs, tmp_path, lab=math.inf) == {}
    page.evaluate(ZOOM, 1)
    page.set_viewport_size({"width": 1920, "height": 1080})
    assert look.misfits(page, labs, tmp_path, lab=900, width=1100) == {}
    page.set_viewport_size(look.LAPTOP)
    barriers.dress(page, "JupyterLab Dark")
    assert look.misfits(page, labs, tmp_path) == {}
    assert barriers.pale(page) == []
    barriers.dress(page, "JupyterLab Light")  # and nothing else: pictures follow the theme alone
    assert look.misfits(page, labs, tmp_path) == {}


ZOOM = """zoom => document.querySelectorAll(".anatomy-lab").forEach(
    lab => { lab.style.zoom = zoom; })"""


def test_the_keyboard_reaches_every_control(labs):
    assert [line for lab in labs.values() for line in barriers.out_of_reach(lab)] == []


def test_a_key_refits(labs, expect):
    refits(labs["labs.fit"], expect)


def refits(fit, expect):
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


@pytest.mark.parametrize(("name", "label"), HANDLES.items(), ids=HANDLES)
def test_fingers_and_keys(page, labs, expect, name, label):
    """An arrow key and a finger move a handle; a finger elsewhere scrolls the page, and one that
    moves up over a handle as large as a plot."""
    lab = labs[f"labs.{name}"]
    handle, image = lab.get_by_label(label, exact=True), lab.locator("img:visible")
    lab.scroll_into_view_if_needed()
    words = image.get_attribute("alt")
    handle.hover()
    page.mouse.down(button="right")
    assert handle.evaluate("handle => handle.onpointermove === null")  # it is not grabbed
    page.mouse.up(button="right")
    page.keyboard.press("Escape")  # and the menu is gone
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


def test_ends_and_panels_by_keys(labs, expect):
    """Home moves a handle as it moves a slider; a panel that opens keeps the keyboard."""
    conv, lstm = labs["labs.conv"], labs["labs.lstm"]
    conv.get_by_label("the window", exact=True).press("Home")
    expect(conv.locator("img:visible")).to_have_attribute("alt", re.compile("row 0, column 0"))
    panel = lstm.get_by_label("open: cell state c", exact=True)
    panel.press("Enter")
    expect(panel).to_have_count(0)
    expect(lstm.locator(".anatomy-handle:focus")).to_have_count(1)


def test_a_point_is_added_by_keys(labs, expect):
    playground = labs["labs.playground"]
    playground.locator(".anatomy-press-adds select").select_option(index=1)
    plane = playground.get_by_role("button", name=re.compile("a press adds a point"))
    place = plane.get_attribute("aria-valuetext")
    plane.press("ArrowRight")
    expect(plane).not_to_have_attribute("aria-valuetext", place)
    plane.press("Enter")
    expect(playground.locator(".anatomy-status")).to_contain_text("1 point added")


def test_a_unit_is_seen_large(labs, expect):
    """By a mouse over it, until it leaves; nothing is asked of the kernel."""
    playground = labs["labs.playground"]
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


def test_stop_and_rewind(labs, expect):
    """However quick training is: it goes on until it is stopped."""
    fit = labs["labs.fit"]
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


def test_a_digit_is_drawn(page, labs, expect):
    """By mouse, and once more by keyboard; undo takes each stroke back."""
    sketch = labs["labs.sketch"]
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


def test_step_by_step(labs, expect):
    step = labs["labs.step"]
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


def test_bricks_are_moved_by_mouse(page, labs, expect):
    """A brick is picked, moved to the top, and another taken from the tray."""
    lab = labs["labs.bricks"]
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


#: The lab, its handle, a part of the handle's width and height, and what the picture then says.
DRAGS = [
    ("labs.loss", "the prediction, binary_crossentropy", 0.8, 0.5, r"At Y′ = 0\.[78]"),
    ("triangle", "the prediction, categorical_crossentropy", 0.15, 0.08, r"At Y′ = \(0\.[78]"),
    ("labs.ctc", "frame 2, 7", 0.95, 0.5, "Read frame by frame: 7 3 7"),
    ("labs.shortcut", "the threshold", 0.5 - 6, 0.5, r"threshold 0\.[123]"),
]


@pytest.mark.parametrize(("name", "label", "across", "up", "text"), DRAGS)
def test_a_prediction_is_dragged(page, labs, expect, name, label, across, up, text):
    lab = labs[name]
    lab.scroll_into_view_if_needed()
    handle = lab.get_by_label(label, exact=True)
    box = handle.bounding_box()
    look.drag(page, handle, box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"])
    expect(lab.locator("img")).to_have_attribute("alt", re.compile(text))


def test_every_lab_answers_and_stays_in_place(page, labs):
    for lab in labs.values():
        places = lab.evaluate(look.PLACES)
        look.answers(lab)
        assert lab.evaluate(look.PLACES) == places
    look.labs(page)


def test_what_is_long_lies_over_the_picture(labs, expect):
    """Advice and an error move nothing, and can be put away by keys and by mouse."""
    lab = labs["advised"]
    status, image = lab.locator(".anatomy-status"), lab.locator("img:visible")
    height = lab.bounding_box()["height"]

    def covered():
        """Pixels of the picture under advice, or a line of more than two rows."""
        box, foot = image.bounding_box(), lab.locator(".anatomy-rows").bounding_box()["y"]
        tops = [part.bounding_box() for part in lab.locator("details").all()]
        assert lab.bounding_box()["height"] == height
        return min(box["y"] + box["height"], foot) - min(part["y"] for part in tops)

    summary = lab.locator(".anatomy-advice summary")
    expect(summary).to_have_text("The loss doctor: from_logits forgotten.")
    before = covered()
    summary.press("Enter")
    assert 20 < covered() < before
    handle(lab, "units").press("End")
    expect(status).to_have_attribute("data-status", "failed")
    expect(status.locator("summary")).to_contain_text("The picture is of units=")
    assert status.bounding_box()["height"] > 40
    status.locator("summary").click()
    assert status.bounding_box()["height"] == 40
    handle(lab, "units").press("Home")
    expect(status).to_have_attribute("data-status", "done")
    assert status.bounding_box()["height"] == 40


#: A lab, and what a control or a fold may do to what stands around it: nothing.
TURNS = {
    "labs.loss": lambda lab: lab.locator(".anatomy-loss select").select_option(
        "categorical_crossentropy"
    ),
    "labs.conv": lambda lab: handle(lab, "kernel-size").press("End"),
    "labs.race": lambda lab: handle(lab, "learning-rate-1").press("Home"),
    "labs.fit": lambda lab: lab.locator(".jupyter-widget-Collapse-header").last.press("Enter"),
}


@pytest.mark.parametrize("name", TURNS)
def test_nothing_moves_or_is_cut_where_more_is_to_be_seen(page, labs, name):
    lab = labs[name]
    words, places = lab.locator("img:visible").get_attribute("alt"), lab.evaluate(look.PLACES)
    TURNS[name](lab)
    if name != "labs.fit":
        page.wait_for_function(
            "([lab, words]) => lab.querySelector('img').alt !== words",
            arg=[lab.element_handle(), words],
        )
    look.labs(page)
    assert lab.evaluate(look.PLACES) == pytest.approx(places, abs=1)
    measures = lab.evaluate(look.MEASURES)
    assert measures["cut"] == measures["small"] == []


def test_a_part_that_is_taken_away_raises_nothing(page_and_errors, labs):
    labs["labs.update"].locator(".anatomy-screen").evaluate("screen => screen.remove()")
    page, errors = page_and_errors
    page.wait_for_function("() => new Promise(done => setTimeout(() => done(true)))")
    assert errors == []


def test_notebook_7(page_and_errors, labs, jupyter, expect):
    """A notebook that runs in JupyterLab is opened in it, and its labs go on there."""
    page, errors = page_and_errors
    line = labs["labs.fit"].locator(".anatomy-status").inner_text()
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0)
    notebook = nbformat.read(jupyter.home / "notebooks" / "labs.ipynb", 4)
    kept = re.compile(r"# |labs\.(fit|sketch|conv)\(")
    notebook.cells = [cell for cell in notebook.cells if kept.match(cell.source)]
    assert len(notebook.cells) == 4
    jupyter.write(notebook, "three.ipynb")
    jupyter.move("three.ipynb")
    look.open_running(page, errors, jupyter, "three.ipynb", front="notebooks")
    assert page.locator("body[data-notebook]").count() == 1  # not JupyterLab
    expect(page.locator(".anatomy-lab")).to_have_count(3)
    fit = page.locator(".anatomy-lab").filter(has=page.locator(".anatomy-learning-rate"))
    expect(fit.locator(".anatomy-status")).to_have_text(line)
    expect(fit.locator("img:visible")).to_be_visible()
    assert barriers.out_of_reach(fit) == []
    refits(fit, expect)  # the controls still reach the kernel
