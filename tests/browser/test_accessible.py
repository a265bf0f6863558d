"""A barrier that is planted is found: those of the notebooks are looked for where each is run."""

import pytest
from browser import barriers

PICTURE = "<img width=9 height=9>"
SLIDER = '<div class="noUi-handle" role="slider" tabindex="0" {}></div>'
AREA = '<div class="jp-OutputArea">{}</div>'
LAB = '<div class="anatomy-lab">{}</div>'


@pytest.mark.parametrize(
    ("outputs", "untold"),
    [
        ([PICTURE + "<p>A line.</p>", PICTURE + PICTURE + "<p>Two lines.</p>"], 0),
        (["<img width=9 height=9 alt='What is to be seen.'>"], 0),
        ([PICTURE, "<p>The text of something else.</p>"], 1),
        ([PICTURE + "<p></p>"], 1),
        ([PICTURE + '<p style="display: none">Hidden from all.</p>'], 1),
        ([PICTURE + "<p>A line.</p>" + PICTURE], 1),
    ],
    ids=["told", "alt", "none", "empty", "hidden", "second"],
)
def test_a_picture_without_text(page, outputs, untold):
    page.set_content("".join(map(AREA.format, outputs)))
    assert len(barriers.untold(page)) == untold


def test_a_control_without_a_name(page):
    named = [SLIDER.format('aria-label="units"'), "<label>x <select></select></label>"]
    wrong = [SLIDER.format(""), "<input>", "<button title='up'>↑</button>"]
    twice = SLIDER.format('aria-label="units"')
    page.set_content(LAB.format("".join([*named, *wrong, twice])))
    assert barriers.unnamed(page) == [
        "lab 0: a slider is called ''",
        "lab 0: a textbox is called ''",
        "lab 0: a button is called '↑'",
        "lab 0: two sliders are called 'units'",
    ]


TAKEN = """<script>document.addEventListener("keydown", event => {
  if (event.target.matches("select") && event.key === "ArrowDown") event.stopPropagation();
}, true)</script>"""


def test_a_control_without_the_keyboard(page):
    unreached = '<div class="jupyter-widget-Collapse-header">Code</div>'
    silent = "<select disabled></select><button style='visibility: hidden'>no</button>"
    page.set_content(
        LAB.format(SLIDER.format("") + "<select></select>" + unreached + silent + "<input>") + TAKEN
    )
    wrong = barriers.out_of_reach(page.locator(".anatomy-lab"))
    assert [line.rpartition(">")[2] for line in wrong] == [
        " is not reached", ' gets no "Enter"', ' gets no " "', ' gets no "ArrowDown"',
    ]  # fmt: skip


def test_looking_moves_nothing(page):
    button = '<button onclick="this.textContent = 1">0</button>'
    page.set_content(LAB.format(button + "<select><option>0<option>1</select><input value=0>"))
    assert barriers.out_of_reach(page.locator(".anatomy-lab")) == []
    assert page.locator("button").inner_text() == "0"
    assert [page.locator(one).input_value() for one in ("select", "input")] == ["0", "0"]
    page.locator("button").press("Enter")
    assert page.locator("button").inner_text() == "1"


def test_text_that_is_pale(page):
    dark = '<div style="background: #111">{}</div>'
    grey, half = '<i style="color: {}">grey</i>', '<i style="color: rgb(0 0 0 / {})">half</i>'
    page.set_content(
        LAB.format(grey.format("#767676") + half.format(0.6))  # 4.54 and 5.7 to 1 on white
        + LAB.format(grey.format("#777777") + half.format(0.5))  # 4.48 and 3.98
        + LAB.format(dark.format(grey.format("#767676") + "<b style='color: white'>white</b>"))
        + dark.format("not in a lab")
    )
    assert [line.partition(":")[0] for line in barriers.pale(page)] == ["4.48", "3.98", "4.16"]
