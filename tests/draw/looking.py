"""What is to be seen in a picture: its pixels, and the texts that are really drawn."""

import io
from itertools import combinations

import numpy as np
from matplotlib.text import Text
from PIL import Image


def pixels(png):
    """(height, width, 3) integers."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def drawn(picture):
    """The Text artists that are visible: matplotlib keeps ticks outside of the axes, undrawn."""
    undrawn = set()
    for ax in picture.figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if not ax.axison or not low <= tick.get_loc() <= high:
                    undrawn |= {tick.label1, tick.label2}
    texts = [text for text in picture.figure.findobj(Text) if text not in undrawn]
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def texts(picture):
    return [text.get_text() for text in drawn(picture)]


def flaws(picture):
    """Texts that are cut off by the edge, and pairs of texts whose letters overlap."""
    picture.png(1)
    width, height = picture.size
    boxes = [(text.get_text(), text.get_window_extent()) for text in drawn(picture)]
    cut = [
        text
        for text, box in boxes
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]  # fmt: skip
    overlapping = []
    for (one, a), (other, b) in combinations(boxes, 2):
        # A box has the height of a line; letters leave a few pixels of it free.
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > 1 and down > 4:
            overlapping.append((one, other))
    return cut + overlapping
