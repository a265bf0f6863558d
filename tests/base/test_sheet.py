"""Sheet: a drawing changes only what differs, and a frame equals a full drawing."""

import matplotlib as mpl
import numpy as np
import pytest
from looking import pixels

from anatomy.base import colours
from anatomy.base.picture import Picture, encode
from anatomy.base.sheet import Sheet

RANDOM = np.random.default_rng(0)


def everything(sheet, n=3, label="a", shown=True):
    """Marks of each kind, of which ``n`` and ``label`` move some."""
    sheet.height = 200
    sheet.text(10, 10, "still")
    sheet.box(10, 20, 50, 30, "layers 8%", "layers", round=5)
    sheet.image(70, 20, 60, 30, sheet.palette.ramp(np.arange(6 * n).reshape(n, 6), 0, 18))
    if shown:
        sheet.text(100, 35, label, "paper", ha="center", bold=True)
    sheet.cells([(140 + 20 * i, 20, 18, 18) for i in range(n)], ["data"] * n)
    sheet.line([10, 50, np.nan, 90, 120], [80, 90, 90, 80, 60 + 10 * n], "loss", dash="dashed")
    sheet.line(np.linspace(10, 400, 400), 175 + np.sin(np.arange(400)), "training")
    sheet.dots([10, 50], [80, 80 + n], "training", 6, edge="ink")
    sheet.strokes([[(150, 80), (200, 80 + n)]], "quiet")
    sheet.arrow([150, 250], [100, 100 + n], "optimizer")
    sheet.polygon([(10, 120), (60, 120 + n), (10, 160)], "targets", alpha=0.5)
    sheet.text(270, 150, "turned", rotated=True, ha="center")
    axes = sheet.axes((300, 30, 80, 100), (0, 10), (0, n), xlabel="x")
    axes.curve([0, 5, 10], [0, n / 2, n], "training")
    axes.band([0, 10], [0, 0], [1, 1], "loss")
    return f"{n} and {label}"


@pytest.fixture
def picture():
    return Picture(everything)


def settled(picture):
    return [(mark.kind, mark.settings) for mark in picture.sheet.marks]


def test_a_frame_equals_a_full_drawing_whatever_moves(picture):
    for n, label, shown in ((3, "a", True), (4, "a", True), (4, "b", True), (4, "b", False),
                            (2, "c", True), (2, "c", True), (5, "d", True)):  # fmt: skip
        picture.update(n, label, shown)
        frame = picture.frame()
        fresh = Picture(everything, n, label, shown)
        np.testing.assert_array_equal(pixels(frame), pixels(fresh.frame()))
        np.testing.assert_array_equal(pixels(frame), pixels(picture.png(1)))


def test_what_lies_over_a_moving_mark_stays_over_it():
    def draw(sheet, left):
        sheet.height = 60
        sheet.box(left, 10, 100, 40, "data")
        sheet.text(200, 30, "over it", "paper", bold=True)
        return "a box beneath a text"

    picture = Picture(draw, 20)
    picture.frame()
    for left in (30, 150, 300, 180):
        picture.update(left)
        np.testing.assert_array_equal(pixels(picture.frame()), pixels(Picture(draw, left).frame()))


def test_equal_marks_keep_their_artists(picture):
    before = [mark.artist for mark in picture.sheet.marks]
    picture.update()
    assert [mark.artist for mark in picture.sheet.marks] == before
    picture.update(shown=False)
    gone = [artist for artist in before if artist not in [m.artist for m in picture.sheet.marks]]
    assert len(gone) == 1
    assert len(picture.figure.axes[0].get_children()) < len(before) + 10


def test_where_a_drawing_raises_all_stays_as_it_was(picture):
    before, size, frame = settled(picture), picture.size, picture.png(1)
    with pytest.raises(ValueError, match="no colour"):
        Picture(lambda sheet: sheet.text(0, 0, "x", "mauve"))
    with pytest.raises(TypeError):
        picture.update("three")
    assert (picture.size, picture.facts) == (size, {})
    assert picture.png(1) == frame
    for (kind, one), (other, two) in zip(before, settled(picture), strict=True):
        assert kind == other
        assert one.keys() == two.keys()


def test_encoding_loses_nothing():
    rgba = RANDOM.integers(0, 256, (7, 11, 4), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(encode(rgba)), rgba[:, :, :3])


def test_another_width_and_a_dark_page(picture):
    picture.resize(560, dark=True)
    image = pixels(picture.png(1))
    assert image.shape == (200, 560, 3)
    np.testing.assert_allclose(image[0, 0] / 255, colours.dark.rgb("paper"), atol=0.003)
    picture.resize()
    assert pixels(picture.png(1)).shape == (200, 860, 3)


def test_a_saved_picture_has_real_text(picture, tmp_path):
    assert ">still</text>" in picture.svg()
    path = tmp_path / "picture.pdf"
    picture.figure.savefig(path)
    assert path.stat().st_size > 1000


def test_an_area_has_places_of_its_own():
    sheet = Sheet(600)
    sheet.draw(lambda sheet: sheet.area(100, 50, 200, 100).area(10, 5, 50, 50).text(1, 2, "x"))
    (mark,) = sheet.marks
    assert (mark.settings["x"], mark.settings["y"]) == (111, 57)
    left, top, right, bottom = mark.bounds
    assert left < 111 < right
    assert top < 57 < bottom


def test_kinds_that_change_places_are_painted_in_the_new_order():
    def draw(sheet, order):
        sheet.height = 60
        for kind in order:
            if kind == "box":
                sheet.box(10, 10, 100, 40, "data")
            else:
                sheet.polygon([(60, 5), (140, 5), (100, 55)], "loss")
        return "two shapes, one over the other"

    shown = Picture(draw, ["box", "polygon"])
    shown.frame()
    shown.update(["polygon", "box"])
    fresh = Picture(draw, ["polygon", "box"])
    np.testing.assert_array_equal(pixels(shown.frame()), pixels(fresh.frame()))
    np.testing.assert_array_equal(pixels(shown.frame()), pixels(shown.png(1)))
    orders = [
        [type(one).__name__ for one in sorted(sheet.figure.axes[0].get_children(), key=zorder)]
        for sheet in (shown.sheet, fresh.sheet)
        for zorder in [lambda one: one.zorder]
    ]
    assert orders[0] == orders[1]


def odd(name, value):
    """A value that nobody would think of, or None."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value / 3 if 0 < value <= 1 else value * 3 + 1
    if isinstance(value, list | tuple) and all(isinstance(v, int | float) for v in value):
        return [v * 2 + 1 for v in value]
    return {"image.origin": "lower", "lines.marker": "x", "image.interpolation": "bicubic"}.get(
        name
    )


FILES = "animation", "backend", "date", "interactive", "keymap", "pgf", "ps", "pdf", "savefig"


def test_no_rcparam_has_an_effect():
    plain, tried, differ = Picture(everything).png(), 0, []
    for name, value in mpl.rcParams.items():
        wanted = odd(name, value)
        if wanted is None or name.startswith(FILES):
            continue
        try:
            mpl.RcParams({name: wanted})
        except ValueError:  # matplotlib takes no such value
            continue
        with mpl.rc_context({name: wanted}):
            tried += 1
            if Picture(everything).png() != plain:
                differ.append(name)
    assert differ == []
    assert tried > 100


def test_what_is_kept_is_drawn_once_and_looks_the_same():
    calls = []

    def ground(sheet, n):
        calls.append(n)
        sheet.box(10, 10, 100, 30, "layers 8%")
        sheet.handle(10, 10, 100, 30, f"handle {n}")
        return sheet.text(20, 25, f"ground {n}")

    def drawing(sheet, n, label, keep=True):
        sheet.height = 100
        wide = sheet.keep("ground", n, lambda: ground(sheet, n)) if keep else ground(sheet, n)
        sheet.text(30 + wide, 25, label)
        return label

    picture = Picture(drawing, 1, "a")
    for n, label in ((1, "b"), (1, "c"), (2, "d"), (1, "e")):
        picture.update(n, label)
        plain = Picture(drawing, n, label, keep=False)
        np.testing.assert_array_equal(pixels(picture.frame()), pixels(plain.png(1)))
        assert [handle.label for handle in picture.sheet.handles] == [f"handle {n}"]
    assert [call for call in calls if call == 2] == [2, 2]  # once by itself, once in plain
    before = len(calls)
    picture.update(1, "f")
    assert len(calls) == before
    picture.resize(600, dark=True)
    assert len(calls) == before + 1
    np.testing.assert_array_equal(pixels(picture.frame()), pixels(picture.png(1)))


def test_what_has_long_stayed_as_it_is_is_drawn_no_more(monkeypatch):
    def draw(sheet, slow, quick):
        sheet.height = 60
        for i in range(20):
            sheet.line([10 * i, 10 * i + slow], [0, 50], "data")
        sheet.line([0, quick], [5, 55], "loss")
        return "twenty lines that move once, and one that moves on"

    drawn = []
    paint = mpl.lines.Line2D.draw
    monkeypatch.setattr(
        mpl.lines.Line2D, "draw", lambda line, *more: (drawn.append(line), paint(line, *more))
    )
    picture, counts = Picture(draw, 5, 0), []
    for quick in range(40):
        picture.update(6 if quick else 5, quick)
        drawn.clear()
        frame = picture.frame()
        counts.append(len(drawn))
        fresh = Picture(draw, 6 if quick else 5, quick)
        np.testing.assert_array_equal(pixels(frame), pixels(fresh.frame()))
    assert max(counts[2:10]) == 21
    assert counts[-1] == 1
