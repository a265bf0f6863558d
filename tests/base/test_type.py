"""Lines of text: in every script, measured, cut and wrapped."""

import io
import warnings

import pytest
from matplotlib import rcParams

from anatomy.base import type
from anatomy.base.picture import picture

NAMES = [
    "隐藏层",
    "かくれ",
    "은닉층",
    "छिपी_परत",
    "😀",
    "👩‍💻",
    "a\nb",
    "a\tb",
    "\x07",
    "\ud800",
    "ሰላም",
]


@picture
def line(sheet, text):
    sheet.height = 40
    sheet.text(12, 20, text)
    return text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mono", [False, True])
def test_every_letter_is_drawn_by_a_font_that_has_it(name, mono):
    before = dict(rcParams)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert type.width(name, mono=mono) > 0
        drawing = line(name)
        assert drawing.png() != line(name + "x").png()
        drawing.figure.savefig(io.BytesIO(), format="pdf")
    assert drawing.describe() == name
    assert dict(rcParams) == before


def test_two_names_that_differ_are_two_pictures_that_differ():
    assert len({line(name).png(1) for name in NAMES}) == len(NAMES) - 1  # a break is a space
    assert line("a b").png(1) == line("a\nb").png(1)


def test_what_no_font_has_is_written_as_python_does(monkeypatch):
    monkeypatch.setattr(type, "_substitute", lambda letter: None)
    type.legible.cache_clear()
    assert type.legible("层 1", False, False) == ("\\u5c42 1", ())
    assert type.legible("café → λ", False, False) == ("café → λ", ())
    type.legible.cache_clear()


def test_another_font_of_the_machine_stands_in():
    text, (font,) = type.legible("x⃝", False, False)  # matplotlib's own STIX fonts have it
    assert text == "x⃝"
    assert "DejaVu Sans" not in (font.name, font.fname)
    assert f"'{font.name}'" in line("x⃝").svg()


@pytest.mark.parametrize("letter", ["m", "层", "_"])
def test_a_very_long_name_is_cut_and_wrapped_without_measuring_all_of_it(letter, monkeypatch):
    name, letters = letter * 2000, []
    monkeypatch.setattr(type, "width", lambda text, *look: letters.append(len(text)) or len(text))
    assert type.shorten.__wrapped__(name, 100) == letter * 99 + "…"
    assert sum(letters) < 1000
    assert "".join(type.wrap.__wrapped__(name, 100)) == name
    assert sum(letters) < 100_000
