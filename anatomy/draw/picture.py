"""Picture: a figure and the sentence that says what it shows."""

import base64
import html
import io
import struct
import threading
import zlib

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg

# Matplotlib is not thread safe (font cache and text layout are shared by all
# figures), and a lab draws in its worker while the notebook shows a picture in
# the main thread. So everything that draws or measures holds this one lock.
LOCK = threading.RLock()

#: Text that is on the page, but only a screen reader comes upon it.
UNSEEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)"

_factor = 1.0  # of `larger`


def larger(factor):
    """Shows every picture and lab that is made from now on ``factor`` times as large: to project.

    All of it grows alike, type too, so that nothing comes to overlap. 1 is the plain size.

    Raises:
        ValueError: for a factor that is not between 0.5 and 4.
    """
    global _factor
    if not 0.5 <= factor <= 4:
        raise ValueError(
            f"draw.larger({factor!r}): give a factor from 0.5 to 4; 1.4 projects well."
        )
    _factor = float(factor)


class Picture:
    """A figure that a notebook shows as a PNG, with the same said in words.

    A subclass makes the ``figure`` once, says what it shows in ``describe()``
    and, when the picture changes, has an ``update(...)`` that sets its artists'
    data. Artists given to ``moves`` change from frame to frame, those given to
    ``rests`` now and then; all others are still until ``stale()`` is called.
    It is laid out in plain CSS pixels, and shown ``larger`` times as large.
    """

    def __init__(self, figure):
        self.figure, self.larger = figure, _factor
        self.moving, self.resting = [], []
        self._renderer = self._still = self._rested = None

    def describe(self):
        """What the picture shows, in words."""
        raise NotImplementedError(f"{type(self).__name__} has no describe()")

    @property
    def size(self):
        """(width, height) in plain CSS pixels."""
        return tuple(round(float(n) * self.figure.dpi) for n in self.figure.get_size_inches())

    def png(self, scale=2):
        """The picture as PNG bytes, ``scale`` x the size it is shown in: 2 is crisp everywhere."""
        with LOCK:
            file = io.BytesIO()
            animated = [*self.resting, *self.moving]
            for artist in animated:
                artist.set_animated(False)  # a figure saves no animated artist of its own
            # All that the notebook's rcParams may have set is set here: a "tight"
            # bounding box, for one, would change the size.
            self.figure.savefig(
                file,
                format="png",
                dpi=self.figure.dpi * scale * self.larger,
                bbox_inches=self.figure.bbox_inches.frozen(),
                facecolor=self.figure.get_facecolor(),
                edgecolor="none",
                transparent=False,
                metadata={"Software": None},
            )
            for artist in animated:
                artist.set_animated(True)
            return file.getvalue()

    def frame(self):
        """The picture as PNG bytes at its plain size, fast: for showing many a second.

        The still artists are drawn once and kept as pixels, and so they are with the
        resting ones; a frame puts these back and draws only the moving artists on top.
        """
        with LOCK:
            if self._still is None:
                self._renderer = RendererAgg(*self.size, self.figure.dpi)
                self.figure.draw(self._renderer)
                self._still = self._renderer.copy_from_bbox(self.figure.bbox)
                self._rested = None
            if self._rested is None:
                self._rested = self.ahead(self.resting)
            self._renderer.restore_region(self._rested)
            for artist in self.moving:
                artist.draw(self._renderer)
            return encode(np.asarray(self._renderer.buffer_rgba()))

    def moves(self, artist):
        """Declare an artist as moving: every frame draws it anew. Returns the artist."""
        artist.set_animated(True)
        self.moving.append(artist)
        return artist

    def rests(self, artists, pixels=None):
        """Declare all artists that change now and then, in place of those before.

        ``pixels``: what `ahead` made of them, if there was time before.
        """
        self.resting = artists
        self._rested = pixels if self._still is not None else None
        for artist in artists:
            artist.set_animated(True)

    def ahead(self, artists):
        """The still artists and these, as pixels."""
        self._renderer.restore_region(self._still)
        for artist in sorted(artists, key=lambda artist: artist.get_zorder()):
            artist.set_animated(True)
            artist.draw(self._renderer)
        return self._renderer.copy_from_bbox(self.figure.bbox)

    def stale(self):
        """Say that a still artist has changed: the next frame redraws them all."""
        self._still = None

    def __repr__(self):
        return self.describe()

    def _ipython_display_(self):
        show(*self._repr_mimebundle_())

    def _repr_mimebundle_(self, include=None, exclude=None):
        width, height = (round(side * self.larger) for side in self.size)
        data = {
            "image/png": base64.b64encode(self.png()).decode("ascii"),
            "text/plain": self.describe(),
        }
        return data, {"image/png": {"width": width, "height": height}}


def show(data, metadata, live=None):
    """Shows a picture in a notebook, and after it its text, for a screen reader.

    JupyterLab gives a PNG no alternative text, nor does nbconvert: so the text is a second output.
    ``live``: what stands in the place of that text where widgets live, as a mimebundle.
    """
    from IPython.display import display

    display(data, metadata=metadata, raw=True)
    display({"text/html": aside(data["text/plain"])} | (live or {}), raw=True)


def aside(text):
    """Text for a screen reader only, as HTML."""
    return f'<p class="anatomy-description" style="{UNSEEN}">{html.escape(text)}</p>'


def encode(rgba):
    """(height, width, 4) bytes as an RGB PNG, quickly.

    Pillow tries five filters on every row. A drawing is mostly flat, so none is
    needed: without them it takes half the time, and the file is smaller too.
    """
    height, width, _ = rgba.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter, 0: none
    rows[:, 1:] = rgba[:, :, :3].reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits a channel, RGB
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
