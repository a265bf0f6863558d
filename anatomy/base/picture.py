"""Picture: a figure that is also a sentence, drawn by one pure function."""

import base64
import functools
import html
import inspect
import io
import struct
import threading
import zlib

import numpy as np
from PIL import Image

from anatomy.base import colours
from anatomy.base.sheet import Sheet
from anatomy.data import calls

# Matplotlib is not thread safe (its font cache is shared by all figures), and a lab draws in its
# worker while the notebook shows a picture in the main thread: whatever draws holds this lock.
LOCK = threading.RLock()

WIDTH = 860  # CSS pixels, of a picture that nobody has measured a place for

#: Text that is on the page, but only a screen reader comes upon it.
UNSEEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)"

LARGEST = 60_000  # bytes of a live frame

_factor = 1.0  # of `larger`


@calls.validated(factor=calls.between(0.5, 4, "a number from 0.5 to 4; 1.4 suits a projector"))
def larger(factor):
    """Shows every picture and lab that is created from now on ``factor`` times as large.

    All of it grows alike, type too, so that nothing comes to overlap. 1 is the plain size.

    Raises:
        ValueError: for a factor that is not between 0.5 and 4.
    """
    global _factor
    _factor = float(factor)


def picture(draw=None, **own):
    """Makes a function ``draw(sheet, ...) -> sentence`` one of ``(...) -> Picture``.

    ``own``: what looks at arguments of this picture otherwise, as for `calls.validated`.
    """
    if draw is None:
        return lambda draw: picture(draw, **own)
    if draw.__module__.startswith("anatomy."):  # in others a name may mean anything
        draw = calls.validated(draw, **own)

    @functools.wraps(draw)
    def drawn(*facts, **more):
        return Picture(draw, *facts, **more)

    _, *parameters = inspect.signature(draw).parameters.values()
    drawn.__signature__ = inspect.Signature(parameters)
    drawn.draw = draw
    return drawn


class Picture:
    """A drawing of facts, shown in a notebook as a PNG, with the same in words.

    Attributes:
        sheet: the `Sheet` that it is drawn on; its ``marks`` are what is to be seen.
        figure: the matplotlib Figure, to be saved as SVG or PDF too.
        size: (width, height) in CSS pixels.
        facts: dict name -> what was drawn, the arguments of the drawing.
    """

    def __init__(self, draw, *facts, **more):
        calls.function("draw", draw)
        self._draw, self.larger = draw, _factor
        self._signature = inspect.signature(draw)
        self.sheet, self.facts = Sheet(WIDTH), {}
        self.update(*facts, **more)

    @property
    def figure(self):
        return self.sheet.figure

    @property
    def size(self):
        return round(self.sheet.width), round(self.sheet.height)

    @property
    def dark(self):
        """Whether it is drawn on dark paper."""
        return self.sheet.palette is colours.dark

    def copy(self):
        """The same picture as a reader without a kernel has it: of the plain width, on light."""
        return Picture(self._draw, **self.facts)

    def update(self, *facts, **more):
        """Draws other facts; arguments that are left out stay as they are.

        Where this raises, the picture is what it was.
        """
        given = calls.bound(
            self._signature, f"{self._draw.__name__}()", (self.sheet, *facts), more,
            inspect.Signature.bind_partial,
        )  # fmt: skip
        every = inspect.BoundArguments(self._signature, {**self.facts, **given})
        with LOCK:
            self._sentence = self.sheet.draw(lambda sheet: self._draw(*every.args, **every.kwargs))
            given.pop(next(iter(self._signature.parameters)))
            self.facts = self.facts | given

    def resize(self, width=WIDTH, *, dark=False):
        """Draws the same facts for another width in CSS pixels, on light or dark paper."""
        with LOCK:
            if (width, dark) != (self.size[0], self.dark):
                self.sheet.resize(width, colours.dark if dark else colours.light)
                self.update()

    def describe(self):
        """What the picture shows, in words."""
        return self._sentence

    def frame(self):
        """The picture as PNG bytes at its plain size, fast: to show many a second.

        At most `LARGEST` bytes, for a slow line: with 256 colours where they would be more.
        """
        with LOCK:
            rgba = self.sheet.pixels()
            eighth = rgba[np.arange(len(rgba)) % 64 < 8]  # tells about how large all of it would be
            whole = encode(rgba) if 8 * len(encode(eighth)) <= LARGEST else b""
            return whole if 0 < len(whole) <= LARGEST else few_colours(rgba)

    def png(self, scale=2):
        """The picture as PNG bytes, ``scale`` x the size it is shown in: 2 is crisp everywhere."""
        with LOCK:
            self.sheet.rest()
            return encode(self.sheet.pixels(scale * self.larger))

    def svg(self):
        """The picture as SVG, with text that can be selected and searched."""
        import matplotlib as mpl

        file = io.StringIO()
        with LOCK, mpl.rc_context({"svg.fonttype": "none"}):
            self.figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()

    def html(self):
        """The picture as an HTML image, with its words as alternative text."""
        source = base64.b64encode(self.png()).decode("ascii")
        text, style = html.escape(self.describe()), "max-width: 100%; height: auto"
        return (
            f'<img alt="{text}" style="width: {self.size[0]}px; {style}" '
            f'src="data:image/png;base64,{source}">'
        )

    def __repr__(self):
        return self.describe()

    def _ipython_display_(self):
        """The picture and, for a screen reader, its words.

        JupyterLab gives a PNG no alternative text, nor does nbconvert: so they are an output.
        """
        from IPython.display import display

        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)
        display({"text/html": aside(data["text/plain"])}, raw=True)

    def _repr_mimebundle_(self, include=None, exclude=None):
        width, height = (round(side * self.larger) for side in self.size)
        data = {
            "image/png": base64.b64encode(self.png()).decode("ascii"),
            "text/plain": self.describe(),
        }
        return data, {"image/png": {"width": width, "height": height}}


def aside(text):
    """Text for a screen reader only, as HTML."""
    return f'<p class="anatomy-description" style="{UNSEEN}">{html.escape(text)}</p>'


def few_colours(rgba):
    """(height, width, 4) bytes as a PNG of 256 colours."""
    image = Image.fromarray(rgba).convert("RGB").quantize(256, Image.Quantize.FASTOCTREE)
    file = io.BytesIO()
    image.save(file, "png", compress_level=1)
    return file.getvalue()


def encode(rgba):
    """(height, width, 4) bytes as an RGB PNG, quickly.

    A drawing is mostly flat: without Pillow's five filters it takes half the time and less room.
    """
    height, width, _ = rgba.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter, 0: none
    for channel in range(3):
        rows[:, 1 + channel :: 3] = rgba[:, :, channel]
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits a channel, RGB
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
