"""Quick text: a line of text that is put together of letters already drawn."""

from functools import lru_cache

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform

from anatomy.draw import style

EDGE = 2  # pixels around a letter, which may reach beyond its own width


class Quick(Text):
    """A text that changes with every frame, on one line, vertically in the middle.

    Matplotlib takes 1 ms to lay out and draw a new equation, and a tenth of that to put
    pixels down. In a saved picture it is a Text like any other.
    """

    def __init__(self, x, y, *, size=style.TEXT, color=style.INK, bold=False, ha="left"):
        super().__init__(
            x, y, fontproperties=style.font(size, bold=bold), color=color, ha=ha, va="center",
            parse_math=False, usetex=False,
        )  # fmt: skip
        self._look = size, color, bold

    def draw(self, renderer):
        """Draw it, quickly on a frame."""
        if self.get_figure(root=True).canvas.is_saving():
            return super().draw(renderer)
        if self.get_visible() and self.get_text():
            image = line(self.get_text(), *self._look)
            x, y = self.get_transform().transform(self.get_unitless_position())
            high, wide = image.shape[:2]
            part = {"left": 0, "center": 0.5, "right": 1}[self.get_horizontalalignment()]
            gc = renderer.new_gc()
            left = round(x - part * (wide - 2 * EDGE)) - EDGE
            renderer.draw_image(gc, left, round(y - high / 2), image)
            gc.restore()
        self.stale = False


def line(text, size, color, bold):
    """A line of text: (height, width, 4) bytes, the lowest row first."""
    letters = [letter(sign, size, bold) for sign in text]
    ends = np.cumsum([0.0, *(wide for _, wide in letters)])
    high = letters[0][0].shape[0]
    alpha = np.zeros((high, round(ends[-1]) + 2 * EDGE + 1), np.uint8)
    for (pixels, _), start in zip(letters, ends, strict=False):
        place = alpha[:, round(start) : round(start) + pixels.shape[1]]
        np.maximum(place, pixels[:, : place.shape[1]], out=place)
    image = np.empty((*alpha.shape, 4), np.uint8)
    image[..., :3] = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    image[..., 3] = alpha
    return image


@lru_cache(maxsize=1024)
def letter(sign, size, bold):
    """How much one letter covers of each pixel, and its width in CSS pixels."""
    wide = style.width(sign, size=size, bold=bold)
    renderer = RendererAgg(round(wide) + 2 * EDGE, 2 * size, 72)
    alone = Text(
        EDGE, size, sign, fontproperties=style.font(size, bold=bold), va="center",
        parse_math=False, usetex=False, transform=IdentityTransform(),
    )  # fmt: skip
    alone.set_figure(Figure(dpi=72))  # a Text asks the figure that it is on for its dpi
    alone.draw(renderer)
    return np.array(renderer.buffer_rgba())[::-1, :, 3].copy(), wide
