"""A drawn digit on its way through a model: pixels, layers, probabilities."""

import numpy as np

from anatomy.base.arrays import Shade, image
from anatomy.base.picture import picture
from anatomy.base.words import count, percent

SIDE, TOP = 84, 40  # CSS pixels of a digit; above the first row
BARS = 210  # width of the probabilities
MAPS, ROWS = 12, 4  # feature maps of a layer, and layers, that are shown


@picture
def sketch(sheet, pad, digit, layers, probabilities):
    """A digit as it was drawn, as the model takes it, after each layer, and what it is read as.

    Args:
        pad, digit: (28, 28), 0 paper and 1 ink: as drawn; centred and scaled.
        layers: list of (name, output), of shape (rows, columns, maps), (rows, units) or (units,).
        probabilities: (classes,).
    """
    sheet.height = TOP + 2 * (SIDE + 34) + 6
    empty = not digit.any()
    ink = Shade(1.0, signed=False)
    for k, (name, one) in enumerate((("as drawn", pad), ("as the model takes it", digit))):
        y = TOP + k * (SIDE + 34)
        sheet.small(12, y - 12, name)
        image(sheet, (12, y, SIDE, SIDE), ink.pixels(sheet.palette, one))
    sheet.text(12, 14, "a digit", bold=True)
    left, right = 12 + SIDE + 62, sheet.width - BARS - 30
    sheet.text(left, 14, "what each layer outputs", bold=True)
    shown = layers[:-1][: ROWS - 1] + layers[-1:]
    high = (sheet.height - TOP) / max(len(shown), 2)
    words = ", ".join(f"{name} {output.shape}" for name, output in shown)
    for k, (name, output) in enumerate(shown):
        area = sheet.area(left, TOP + k * high, right - left, high)
        _output(area, name, output, empty)
    _probabilities(sheet.area(right + 24, 0, BARS, sheet.height), probabilities, empty)
    if empty:
        return "An empty pad: draw a digit."
    order = np.argsort(-probabilities)
    best = ", ".join(f"{k} with {percent(float(probabilities[k]))}" for k in order[:3])
    left_out = len(layers) - len(shown)
    more = f" {count(left_out, 'more layer')} not shown." if left_out else ""
    return f"A digit of 28 x 28 pixels goes through {words}.{more}\nRead as {best}."


def _output(area, name, output, empty):
    """A layer's name, and its output as maps side by side or as one row of cells."""
    shade, maps = Shade.of(output), min(output.shape[-1], MAPS)
    cut = f", the first {maps} maps" if output.ndim == 3 and output.shape[-1] > maps else ""
    text = f"{name}  {output.shape}{cut}"
    area.small(0, -12, text, room=area.width)
    if empty:
        return
    if output.ndim == 3:
        side = min(area.height - 26, (area.width - 5 * (MAPS - 1)) / MAPS)
        for k in range(maps):
            pixels = shade.pixels(area.palette, output[..., k])
            image(area, (k * (side + 5), 0, side, side), pixels)
        return
    rows = output.reshape(1, -1) if output.ndim == 1 else output.T
    high = min(area.height - 26, 20 if output.ndim == 1 else 60)
    image(area, (0, 0, area.width, high), shade.pixels(area.palette, rows))


def _probabilities(area, probabilities, empty):
    """A bar for each class; the largest is strong."""
    area.text(0, 14, "probabilities", bold=True)
    step = (area.height - TOP) / len(probabilities)
    best = probabilities.argmax()
    for k, share in enumerate(probabilities.tolist()):
        y = 30 + k * step + step / 2
        strong = k == best and not empty
        ink = "ink" if strong else "quiet"
        area.text(14, y, str(k), ink, bold=strong, ha="right")
        area.box(22, y - 7, area.width - 74, 14, "rule 40%")
        if empty:
            continue
        color = "training" if strong else "ghost"
        area.box(22, y - 7, max((area.width - 74) * share, 1), 14, color)
        area.small(area.width, y, percent(share), ink, bold=strong, ha="right")
