"""Picture: size, crispness, quick frames that equal full ones, what a notebook gets."""

import base64
import io
import subprocess
import sys
import threading

import matplotlib
import matplotlib.style
import numpy as np
import pytest
from draw.looking import pixels
from PIL import Image

from anatomy import draw
from anatomy.draw import style
from anatomy.draw.picture import LOCK, Picture, encode


class Dot(Picture):
    """One dot that moves, on axes that are still."""

    def __init__(self):
        super().__init__(style.figure(200, 100))
        self.ax = style.axes(self.figure, 30, 10, 150, 60)
        self.ax.set(xlim=(0, 10), ylim=(0, 10))
        (self.dot,) = self.ax.plot([1], [1], "o", color=style.TRAINING, zorder=10)
        self.moves(self.dot)

    def describe(self):
        return f"A dot at {self.dot.get_xdata()[0]}."


def test_a_png_has_the_css_size_times_its_scale():
    picture = Dot()
    assert picture.size == (200, 100)
    for scale in (1, 2, 3):
        assert pixels(picture.png(scale)).shape == (100 * scale, 200 * scale, 3)


def test_a_frame_equals_a_full_drawing_pixel_by_pixel():
    picture = Dot()
    for x in (1, 5, 9):
        picture.dot.set_data([x], [x])
        np.testing.assert_array_equal(pixels(picture.frame()), pixels(picture.png(1)))


def test_encoding_loses_nothing():
    rgba = np.random.default_rng(0).integers(0, 256, (7, 11, 4), dtype=np.uint8)
    image = Image.open(io.BytesIO(encode(rgba)))
    image.verify()
    np.testing.assert_array_equal(pixels(encode(rgba)), rgba[:, :, :3])


def test_a_frame_draws_still_artists_only_when_stale():
    picture = Dot()
    before = pixels(picture.frame())
    picture.ax.set_ylim(0, 2)
    np.testing.assert_array_equal(pixels(picture.frame())[:, :25], before[:, :25])
    picture.stale()
    np.testing.assert_array_equal(pixels(picture.frame()), pixels(picture.png(1)))
    assert (pixels(picture.frame()) != before).any()


def test_a_png_between_two_frames_does_not_disturb_them():
    picture = Dot()
    first = picture.frame()
    picture.png(2)
    assert picture.frame() == first


def test_a_notebook_gets_a_png_of_the_css_size_and_the_text():
    picture = Dot()
    data, metadata = picture._repr_mimebundle_(include=None, exclude=None)
    assert set(data) == {"image/png", "text/plain"}
    assert pixels(base64.b64decode(data["image/png"])).shape == (200, 400, 3)
    assert metadata == {"image/png": {"width": 200, "height": 100}}
    assert data["text/plain"] == repr(picture) == picture.describe() == "A dot at 1."


def test_a_picture_without_words_is_no_picture():
    with pytest.raises(NotImplementedError, match="Picture has no describe"):
        Picture(style.figure(10, 10)).describe()


def test_the_paper_is_opaque():
    assert np.asarray(Image.open(io.BytesIO(Dot().png())).convert("RGBA"))[..., 3].min() == 255


def test_every_drawing_waits_for_the_one_lock():
    picture, done = Dot(), threading.Event()
    worker = threading.Thread(target=lambda: (picture.frame(), done.set()))
    with LOCK:
        worker.start()
        assert not done.wait(0.1)
    assert done.wait(10)
    worker.join()


def test_a_worker_and_the_main_thread_draw_at_once():
    pictures = [draw.history({"loss": [2.0, 1.0]}) for _ in range(2)]
    alone, frames = [picture.frame() for picture in pictures], []
    worker = threading.Thread(target=lambda: frames.extend(pictures[0].frame() for _ in range(20)))
    worker.start()
    mine = [pictures[1].frame() for _ in range(20)]
    worker.join()
    assert set(frames) == {alone[0]}
    assert set(mine) == {alone[1]}


@pytest.mark.parametrize(
    "make",
    [
        lambda: draw.history(
            {"loss": [2.0, 1.0], "val_loss": [2.1, 1.2], "accuracy": [0.2, 0.6]},
            label="units=2",
            others=[("units=1", {"loss": [2.5, 1.9], "accuracy": [0.1, 0.3]}, False)],
        ),
        draw.training_loop,
    ],
)
def test_what_a_student_sets_in_rcparams_changes_no_picture(make):
    plain, theirs = make().png(1), dict(matplotlib.rcParams)
    foreign = {
        "font.size": 30, "savefig.bbox": "tight", "axes.grid": True, "xtick.minor.visible": True,
        "lines.linewidth": 7, "figure.dpi": 300, "savefig.dpi": 300, "savefig.transparent": True,
        "font.family": "serif", "axes.spines.top": True, "figure.autolayout": True,
        "axes.titlesize": 40, "axes.facecolor": "red", "savefig.facecolor": "red",
    }  # fmt: skip
    with matplotlib.style.context("dark_background"), matplotlib.rc_context(foreign):
        assert make().png(1) == plain
    assert dict(matplotlib.rcParams) == theirs


def test_importing_draw_imports_neither_keras_nor_pyplot_nor_widgets():
    code = (
        "import sys, anatomy.draw; heavy = 'keras', 'jax', 'matplotlib.pyplot', 'ipywidgets';"
        "print([name for name in heavy if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_after_a_picture_comes_its_text_for_a_screen_reader(monkeypatch):
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, **more: outputs.append(data))
    Dot()._ipython_display_()
    picture, text = outputs
    assert set(picture) == {"image/png", "text/plain"}
    assert ">A dot at 1.</p>" in text["text/html"]


def test_larger_is_larger_in_all_and_overlaps_nothing(monkeypatch):
    monkeypatch.setattr("anatomy.draw.picture._factor", 1.0)  # and puts it back
    plain = Dot()
    draw.larger(1.5)
    large = Dot()
    draw.larger(1)
    assert plain.size == large.size == Dot().size
    assert pixels(large.png(1)).shape == (150, 300, 3)
    np.testing.assert_array_equal(pixels(large.png(2)), pixels(plain.png(3)))
    np.testing.assert_array_equal(pixels(large.frame()), pixels(plain.frame()))
    assert large._repr_mimebundle_()[1] == {"image/png": {"width": 300, "height": 150}}
    with pytest.raises(ValueError, match=r"larger\(14\)"):
        draw.larger(14)
