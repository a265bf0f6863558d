"""A key on the learning rate's slider to the new picture, in a real Chromium."""

import statistics

import make_notebooks
import nbformat
import pytest
from browser import look

PRESSES = 50

#: The first picture of a run comes with a status line of an early epoch: a key is answered when
#: both have come. A picture counts from when it is loaded, ready to be painted.
WATCH = r"""lab => {
    const image = [...lab.querySelectorAll("img")].find((one) => one.offsetParent);
    const line = lab.querySelector(".anatomy-status").parentElement;
    const waiting = [], answers = window.answers = [];
    const epoch = () => Number(line.textContent.match(/epoch (\d+) of/)?.[1] ?? Infinity);
    let pressed = Infinity, loaded = 0, loading = false, first = false, old = Infinity;
    const settle = () => {
        if (!first || loading || loaded < pressed) return;
        for (const start of waiting.splice(0)) answers.push(loaded - start);
        pressed = Infinity;
    };
    document.addEventListener("keydown", event => {
        waiting.push(pressed = event.timeStamp);
        first = false;
        old = epoch();
    }, true);
    image.addEventListener("load", () => {
        loaded = performance.now();
        loading = false;
        settle();
    });
    new MutationObserver(() => { loading = true; }).observe(
        image, {attributes: true, attributeFilter: ["src"]});
    new MutationObserver(() => {
        if (epoch() < Infinity && epoch() <= old) { first = true; settle(); }
    }).observe(line, {childList: true, subtree: true, characterData: true});
}"""


#: Long enough, in ms, for what the next key of the control touched last needs to be compiled; of
#: any control; between keys that come while it is compiled, which begins 0.5 s after a picture.
LOOKS, RESTS, KEYS = 5000, 15_000, 900


@pytest.fixture
def lab(page, run):
    """The fit lab of notebook 1; from now on `answers` of the page are the keys' waits."""
    first = make_notebooks.find()[0]
    run(nbformat.read(first, as_version=4), first.name)
    lab = page.locator(".anatomy-lab").filter(has=page.locator(".anatomy-learning-rate"))
    lab.evaluate(WATCH)
    return lab


@pytest.mark.skipif(look.CHROMIUM is None, reason=look.WHY)
def test_key_to_picture(lab, page, row):
    handle = lab.locator(".anatomy-learning-rate .noUi-handle")
    handle.focus()
    for how, rest in (("on an idle lab", 1500), ("one each 150 ms", 150)):
        page.evaluate("answers.length = 0")
        for number in range(PRESSES):
            page.keyboard.press("ArrowRight" if number // 10 % 2 else "ArrowLeft")
            page.wait_for_timeout(rest)
        page.wait_for_timeout(2000)
        took = sorted(page.evaluate("answers"))
        assert len(took) == PRESSES, took
        median, late = took[PRESSES // 2], took[int(PRESSES * 0.95)]
        row(
            f"key to the new picture, {how}",
            f"{median:.0f} ms (95% within {late:.0f})",
            "50 ms (100)",
        )


@pytest.mark.skipif(look.CHROMIUM is None, reason=look.WHY)
def test_key_to_a_new_shape(lab, page, row):
    handle = lab.locator(".anatomy-units .noUi-handle")
    handle.hover()
    handle.focus()
    page.wait_for_timeout(RESTS)
    for number in range(1, 11):
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"answers.length == {number}")
        page.wait_for_timeout(LOOKS)
    took = page.evaluate("answers")
    assert len(took) == 10, took
    row("key on units to the new picture, 5 s after the last picture", ms(took), "200 ms")


@pytest.mark.skipif(look.CHROMIUM is None, reason=look.WHY)
def test_key_while_the_next_shapes_are_compiled(lab, page, row):
    """Each key on units leaves its neighbours, and those of all other controls, to be compiled."""
    units, rate = (
        lab.locator(f".anatomy-{name} .noUi-handle") for name in ("units", "learning-rate")
    )
    took = []
    for number in range(5):
        units.focus()
        page.evaluate("answers.length = 0")
        page.keyboard.press("ArrowRight")
        page.wait_for_function("answers.length == 1")
        rate.focus()
        for _ in range(PRESSES // 5):
            page.wait_for_timeout(KEYS)
            page.keyboard.press("ArrowRight" if number % 2 else "ArrowLeft")
        page.wait_for_function(f"answers.length == {1 + PRESSES // 5}")
        took += page.evaluate("answers.slice(1)")
    median, late = statistics.median(took), sorted(took)[int(PRESSES * 0.95)]
    row(
        "key on the rate while the next shapes are compiled",
        f"{median:.0f} ms (95% within {late:.0f})",
        "200 ms for 95%",
    )


def ms(took):
    return " ".join(f"{one:.0f}" for one in took)
