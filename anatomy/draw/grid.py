"""Grid: a small matrix as coloured cells with their numbers in them."""

from functools import lru_cache

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform

from anatomy.draw import style

MOST = 5  # rows or columns of which the numbers are written; beyond, there are colours only
CELL = 64, 46  # largest cell, CSS pixels
WIDE = 50  # cells from this width on have larger numbers
DARK = 0.5  # of the scale: beyond, a number on grey is written in white
SOFT = 2.2  # how far a scale of red and blue reaches beyond the largest number, to be read on


class Grid:
    """A place for a matrix on Axes whose data coordinates are CSS pixels, y downwards.

    ``signed``: red above zero, blue below; else white to black.
    """

    def __init__(self, ax, left, top, width, height, *, signed=True):
        self._place = left, top, width, height
        look = {"interpolation": "nearest", "aspect": "auto", "zorder": 3}
        self.image = ax.imshow(np.zeros((1, 1)), **look)
        self._lines = ax.add_patch(
            PathPatch(Path([(0, 0)]), fill=False, edgecolor=style.QUIET, linewidth=0.8, zorder=4)
        )
        self.texts = [ax.add_artist(Numeral(zorder=5)) for _ in range(MOST * MOST)]
        self.sign(signed)

    @property
    def artists(self):
        return [self.image, self._lines, *self.texts]

    @property
    def written(self):
        """Whether its numbers are written."""
        return max(self._shape) <= MOST

    def sign(self, signed):
        """Choose the colours: with a sign, or from white to black."""
        self.signed = signed
        self.image.set_cmap("RdBu_r" if signed else "gray_r")

    def fit(self, rows, columns):
        """Make room for so many cells, in the middle of the place: ``box`` is where they are."""
        left, top, width, height = self._place
        self._shape = rows, columns
        wide, high = min(CELL[0], width / columns), min(CELL[1], height / rows)
        if not self.written:
            wide = high = min(wide, high)
        left, top = left + (width - wide * columns) / 2, top + (height - high * rows) / 2
        right, bottom = left + wide * columns, top + high * rows
        self.box = left, top, right, bottom
        self.image.set_extent((left, right, bottom, top))
        across = [[(left, top + i * high), (right, top + i * high)] for i in range(rows + 1)]
        down = [[(left + i * wide, top), (left + i * wide, bottom)] for i in range(columns + 1)]
        points = np.reshape(across + down, (-1, 2))
        self._lines.set_path(Path(points, [Path.MOVETO, Path.LINETO] * (len(points) // 2)))
        self._type = wide - 6, style.TEXT if wide >= WIDE else 10
        for i, text in enumerate(self.texts):
            row, column = divmod(i, columns)
            text.set(
                x=left + (column + 0.5) * wide, y=top + (row + 0.5) * high, text="",
                size=self._type[1],
            )  # fmt: skip

    def show(self, values, largest):
        """Show a matrix of the shape that was made room for; the colours end at ``largest``."""
        end = (largest or 1.0) * (SOFT if self.signed and self.written else 1)
        self.image.set_data(values)
        self.image.set_clim(-end if self.signed else 0, end)
        if self.written:
            room, size = self._type
            for text, value in zip(self.texts, values.ravel().tolist(), strict=False):
                dark = not self.signed and value > DARK * end
                text.set_text(brief(value, room, size))
                text.set_color(style.PAPER if dark else style.INK)


class Numeral(Text):
    """A text in the middle of its place that remembers its pixels, so that many can move.

    To lay a text out and draw it takes matplotlib 0.3 ms, to put its pixels down a tenth.
    """

    def __init__(self, **more):
        centred = {"ha": "center", "va": "center_baseline", "parse_math": False, "usetex": False}
        super().__init__(fontproperties=style.font(), **centred, **more)

    def draw(self, renderer):
        if not isinstance(renderer, RendererAgg):
            super().draw(renderer)
        elif self.get_visible() and self.get_text():
            look = self.get_text(), self.get_fontsize(), self.get_color(), renderer.dpi
            image = pixels(*look)
            x, y = self.get_transform().transform(self.get_unitless_position())
            high, wide = image.shape[:2]
            gc = renderer.new_gc()
            renderer.draw_image(gc, round(x - wide / 2), round(y - high / 2), image)
            gc.restore()
        self.stale = False


@lru_cache(maxsize=4096)
def pixels(text, size, color, dpi):
    """A text drawn alone: (height, width, 4) bytes, the lowest row first."""
    zoom = dpi / 72
    wide = round((style.width(text, size=size) + 4) * zoom)
    high = round(1.6 * size * zoom)
    renderer = RendererAgg(wide, high, dpi)
    alone = Text(
        wide / 2, high / 2, text, color=color, fontproperties=style.font(size), ha="center",
        va="center_baseline", parse_math=False, usetex=False, transform=IdentityTransform(),
    )  # fmt: skip
    alone.set_figure(_sheet(dpi))
    alone.draw(renderer)
    return np.array(renderer.buffer_rgba())[::-1].copy()


@lru_cache(maxsize=8)
def _sheet(dpi):
    return Figure(dpi=dpi)  # a Text asks the figure that it is on for its dpi


@lru_cache(maxsize=4096)
def brief(value, room, size=10, digits=3, bold=False):
    """A number with as many of its first digits as find room in so many CSS pixels."""
    forms = [f".{count}g" for count in range(digits, 0, -1)]
    if 10**digits <= abs(value) < 1e5:
        forms = [".0f", *forms]
    for form in forms:
        text = f"{value + 0.0:{form}}".replace("e-0", "e-").replace("e+0", "e").replace("-", "−")
        if sum(style.width(sign, size=size, bold=bold) for sign in text) <= room:
            break
    return text
