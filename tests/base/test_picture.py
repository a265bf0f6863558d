"""Picture: what a notebook gets, its size, its lock, and nothing global touched."""

import base64
import io
import subprocess
import sys
import threading

import matplotlib
import matplotlib.style
import numpy as np
import pytest
from looking import pixels
from PIL import Image

from anatomy import draw
from anatomy.base.picture import LOCK, Picture, picture


@picture
def dot(sheet, x=1, *, label=""):
    """A dot."""
    sheet.height = 100
    sheet.dots([10 * x], [50], "training")
    sheet.text(200, 50, label)
    return f"A dot at {x}."


def test_a_png_has_the_css_size_times_its_scale():
    shown = dot()
    assert shown.size == (860, 100)
    for scale in (1, 2, 3):
        assert pixels(shown.png(scale)).shape == (100 * scale, 860 * scale, 3)


def test_an_update_leaves_alone_what_it_does_not_name():
    shown = dot(3, label="here")
    shown.update(x=4)
    assert shown.facts == {"x": 4, "label": "here"}
    assert shown.describe() == "A dot at 4."
    assert pixels(shown.frame()).shape == (100, 860, 3)
    with pytest.raises(TypeError, match="colour"):
        shown.update(colour="red")


def test_the_function_shows_its_arguments_without_the_sheet():
    assert str(dot.__signature__) == "(x=1, *, label='')"
    assert dot.__doc__ == "A dot."


def test_a_notebook_gets_a_png_of_the_css_size_and_the_text():
    data, metadata = dot()._repr_mimebundle_(include=None, exclude=None)
    assert set(data) == {"image/png", "text/plain"}
    assert pixels(base64.b64decode(data["image/png"])).shape == (200, 1720, 3)
    assert metadata == {"image/png": {"width": 860, "height": 100}}
    assert data["text/plain"] == repr(dot()) == "A dot at 1."


def test_after_a_picture_comes_its_text_for_a_screen_reader(monkeypatch):
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, **more: outputs.append(data))
    dot()._ipython_display_()
    shown, text = outputs
    assert set(shown) == {"image/png", "text/plain"}
    assert ">A dot at 1.</p>" in text["text/html"]


def test_the_paper_is_opaque():
    assert np.asarray(Image.open(io.BytesIO(dot().png())).convert("RGBA"))[..., 3].min() == 255


def test_every_drawing_waits_for_the_one_lock():
    shown, drawn, released = dot(), threading.Event(), []
    worker = threading.Thread(target=lambda: (shown.frame(), released.append(free), drawn.set()))
    free = False
    with LOCK:
        worker.start()
        free = True
    assert drawn.wait(10)
    worker.join()
    assert released == [True]


def test_a_worker_and_the_main_thread_draw_at_once():
    shown = [draw.history({"loss": [2.0, 1.0]}) for _ in range(2)]
    alone, frames = [one.frame() for one in shown], []
    worker = threading.Thread(target=lambda: frames.extend(shown[0].frame() for _ in range(20)))
    worker.start()
    mine = [shown[1].frame() for _ in range(20)]
    worker.join()
    assert set(frames) == {alone[0]}
    assert set(mine) == {alone[1]}


def test_what_a_student_sets_in_rcparams_changes_no_picture():
    def create():
        return draw.history(
            {"loss": [2.0, 1.0], "val_loss": [2.1, 1.2], "accuracy": [0.2, 0.6]},
            label="units=2",
            others=[("units=1", {"loss": [2.5, 1.9], "accuracy": [0.1, 0.3]}, False)],
        )

    plain, theirs = create().png(1), dict(matplotlib.rcParams)
    foreign = {
        "font.size": 30, "savefig.bbox": "tight", "axes.grid": True, "xtick.minor.visible": True,
        "lines.linewidth": 7, "figure.dpi": 300, "savefig.dpi": 300, "savefig.transparent": True,
        "font.family": "serif", "axes.spines.top": True, "figure.autolayout": True,
        "axes.titlesize": 40, "axes.facecolor": "red", "savefig.facecolor": "red",
        "text.usetex": True, "image.origin": "lower", "axes.labelpad": 40,
        "lines.antialiased": False,
        "patch.antialiased": False, "text.hinting": "none", "path.sketch": (3, 5, 2),
        "image.interpolation": "bicubic", "lines.solid_capstyle": "butt", "image.resample": False,
    }  # fmt: skip
    with matplotlib.style.context("dark_background"), matplotlib.rc_context(foreign):
        shown = create()
        assert shown.png(1) == plain
        assert ">units=2</text>" in shown.svg()
    assert dict(matplotlib.rcParams) == theirs


def test_importing_draw_imports_neither_keras_nor_pyplot_nor_widgets():
    code = (
        "import sys, anatomy.draw; heavy = 'keras', 'jax', 'matplotlib.pyplot', 'ipywidgets';"
        "print([name for name in heavy if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_larger_is_larger_in_all_and_overlaps_nothing(monkeypatch):
    monkeypatch.setattr("anatomy.base.picture._factor", 1.0)  # and puts it back
    plain = dot()
    draw.larger(1.5)
    large = dot()
    draw.larger(1)
    assert plain.size == large.size == dot().size
    np.testing.assert_array_equal(pixels(large.png(2)), pixels(plain.png(3)))
    np.testing.assert_array_equal(pixels(large.frame()), pixels(plain.frame()))
    assert large._repr_mimebundle_()[1] == {"image/png": {"width": 1290, "height": 150}}
    with pytest.raises(ValueError, match=r"factor is 14; give a number from 0.5 to 4"):
        draw.larger(14)


def test_a_picture_of_a_function_that_says_nothing():
    assert Picture(lambda sheet: "").describe() == ""


def test_a_live_frame_is_short_where_a_sample_of_its_rows_is_not():
    """The rows that tell how large it would be are white here; all others are noise."""
    rows = np.full((640, 400, 3), 255, np.uint8)
    noisy = np.arange(640) % 64 >= 40
    rows[noisy] = np.random.default_rng(0).integers(0, 256, (noisy.sum(), 400, 3))

    @picture
    def noise(sheet):
        sheet.height = 640
        sheet.image(0, 0, 400, 640, rows)
        return "Noise."

    frame = noise().frame()
    assert Image.open(io.BytesIO(frame)).mode == "P"
