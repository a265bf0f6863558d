"""A convolution at one position of its window: patch times kernel, summed, is one output."""

import numpy as np

from anatomy.base.arrays import Shade, cells, image, mark, short
from anatomy.base.picture import picture
from anatomy.base.type import SMALL, TEXT, TITLE
from anatomy.base.words import count, number, sentences
from anatomy.data import calls

EDGE, TOP, SCALE = 12, 56, 54  # CSS pixels at the sides, above the images, for the scale of the map
SUM, GAP = 98, 26  # widths of the box with the sum, between two grids
MOST = 5  # rows or columns of which the numbers are written; beyond, there are colours only
CELL = 64, 26  # the largest cell of patch, kernel and products
SQUARE = np.array([[(0, 0), (1, 0)], [(1, 0), (1, 1)], [(1, 1), (0, 1)], [(0, 1), (0, 0)]])
FORMULA = "⌊(n + p − d·(k − 1) − 1) / s⌋ + 1"
PAST = 0.28  # how much is seen of the cells still to come


@picture(kernel=calls.text)
def convolution(sheet, convolution, *, row=0, column=0, channel=0, kernel=""):
    """An image, the window of a convolution on it, and the feature map that it fills.

    Patch times kernel, summed over all cells and channels, plus the bias, lands in one cell of
    the feature map. Image pixels and cells of the feature map have one size, so that a stride
    is seen to shrink it. Cells that the window comes to later, in reading order, are pale.

    Args:
        convolution: what ``anatomy.layers.convolve()`` returned.
        row, column: the cell of the feature map, from 0.
        channel: which channel of image and kernel is drawn, from 0; the sum is over all.
        kernel: what the kernel is called, such as "vertical edge".

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for a row, a column or a channel that is not there.

    Source: Dumoulin, Visin, A guide to convolution arithmetic for deep learning (2016).
    """
    sizes = *convolution.feature_map.shape, convolution.image.shape[-1]
    names, values = ("row", "column", "channel"), (row, column, channel)
    for name, value, size in zip(names, values, sizes, strict=True):
        calls.whole(name, value, 0, size - 1)
    side = min(0.228 * sheet.width, 196 if sheet.width < 1000 else 300)
    grids = TOP + max(side, 196) + 28  # the top of patch, kernel and products
    left = sheet.width - EDGE - SCALE - side  # of the feature map
    sheet.height = grids + 134
    sheet.text(EDGE, 18, "Convolution", size=TITLE, bold=True)
    sheet.text(116, 18, "patch × kernel, summed, is one cell of the feature map", "quiet")
    pixel = side / max(convolution.padded.shape[:2])
    window = _image(sheet.area(EDGE, TOP, side, side), convolution, row, column, channel, pixel)
    cell = _map(sheet.area(left, TOP, side + SCALE, side), convolution, row, column, pixel)
    _layer(sheet.area(EDGE + side + 8, TOP, left - EDGE - side - 16, side), convolution)
    bottom = sheet.area(0, grids, sheet.width, 134)
    patch, total = _arithmetic(bottom, convolution, row, column, channel, kernel)
    sheet.strokes(np.stack([window, patch], axis=1), "data", 1, alpha=0.6)
    sheet.strokes([[cell, total]], "layers", 1, alpha=0.6)
    return _sentence(convolution, row, column, channel, kernel)


def _sizes(convolution):
    """Lines that give the size of the output along rows and columns, in numbers."""

    def formula(window):
        zeros, k = window.before + window.after, window.kernel_size
        span = f"{window.size} + {zeros} − {window.dilation_rate}·({k} − 1) − 1"
        return f"⌊({span}) / {window.strides}⌋ + 1"

    rows, columns = convolution.rows, convolution.columns
    across = f"{columns.count} columns"
    if rows == columns:
        return formula(rows), f"= {rows.count} rows, {across}"
    return formula(rows), f"= {rows.count} rows", formula(columns), f"= {across}"


def _image(area, convolution, row, column, channel, pixel):
    """The image with its padding, the window on it; returns two corners of it on the sheet."""
    rows, columns, pixels = convolution.rows, convolution.columns, convolution.image
    (height, width), (high, wide) = pixels.shape[:2], convolution.padded.shape[:2]
    padded = f", padded to {high, wide}" * ((high, wide) != (height, width))
    used = area.text(0, -14, "image", bold=True)
    area.small(used + 6, -14, f"{pixels.shape}{padded}")
    x, y = (area.width - wide * pixel) / 2, (area.height - high * pixel) / 2
    if padded:  # hatched, where there are only zeros
        place = (x, y, wide * pixel, high * pixel)
        starts = np.arange(x - place[3], x + place[2], 6)
        hatches = [[(start, y + place[3]), (start + place[3], y)] for start in starts]
        area.strokes(hatches, "quiet 55%", 0.8, clip=place)
        area.frame(*place)
    inner = x + columns.before * pixel, y + rows.before * pixel, width * pixel, height * pixel
    image(area, inner, Shade.of(pixels).pixels(area.palette, pixels[..., channel]))
    left, top, strides = x, y, rows.strides * pixel
    x, y = x + column * strides, y + row * strides
    place = (x, y, columns.reach * pixel, rows.reach * pixel)
    area.handle(*place, "the window", f"row {row}, column {column}",
                x=("column", lambda at: (at - left - place[2] / 2) / strides),
                y=("row", lambda at: (at - top - place[3] / 2) / strides))  # fmt: skip
    mark(area, place, "data", 2)
    lefts, tops = (one.dilation_rate * np.arange(one.kernel_size) for one in (columns, rows))
    corners = np.stack(np.meshgrid(lefts, tops), axis=-1).reshape(-1, 1, 1, 2)
    area.strokes((corners + SQUARE) * pixel + (x, y), "data", 0.9)  # what the kernel reads
    foot = y + place[3] + area.top
    return (x + area.left, foot), (x + place[2] + area.left, foot)


def _map(area, convolution, row, column, pixel):
    """The feature map as far as the window has come; returns the foot of its cell on the sheet."""
    values, side = convolution.feature_map, area.width - SCALE
    used = area.text(0, -14, "feature map", bold=True)
    text = f"{(*values.shape, 1)}" + ", pale: to come" * (side > 150)
    area.small(used + 6, -14, text)
    high, wide = (size * pixel for size in values.shape)
    x, y, shade = (side - wide) / 2, (area.height - high) / 2, Shade(float(np.abs(values).max()))
    shades = shade.pixels(area.palette, values)
    later = shades.reshape(-1, 3)[row * values.shape[1] + column + 1 :]
    later[:] = PAST * later + (1 - PAST) * 255 * np.array(area.palette.rgb("paper"))
    image(area, (x, y, wide, high), shades)
    ramp = area.palette.ramp(np.linspace(1, -1, 64)[:, None], -1, 1)
    area.image(side + 8, 0, 6, area.height, ramp)
    for at, end in ((5, shade.high), (area.height / 2, 0.0), (area.height - 5, -shade.high)):
        area.small(side + 18, at, short(end))
    area.handle(x + column * pixel - 4, y + row * pixel - 4, pixel + 8, pixel + 8,
                "the cell of the feature map", f"row {row}, column {column}",
                x=("column", lambda at, left=x: (at - left) / pixel - 0.5),
                y=("row", lambda at, top=y: (at - top) / pixel - 0.5))  # fmt: skip
    x, y, least = x + (column + 0.5) * pixel, y + (row + 0.5) * pixel, max(pixel, 6)
    mark(area, (x - least / 2, y - least / 2, least, least), "ink", 1.6)
    return x + area.left, y + least / 2 + area.top


def _layer(area, convolution):
    """The call of the layer, between image and feature map, and the size of its output."""
    wide = min(area.width - 36, 178)
    left = (area.width - wide) / 2
    area.arrow([0, left], [56, 56], "layers")
    area.arrow([left + wide, area.width], [56, 56], "layers")
    area.box(left, 0, wide, 112, "layers 8%", "layers", 1.5, round=6)
    area.text(area.width / 2, 16, "layers.Conv2D", "layers", bold=True, ha="center")
    for i, (text, letter) in enumerate(zip(convolution.arguments, " kspd", strict=True)):
        area.text(left + 12, 36 + 16 * i, text, size=SMALL, mono=True)
        area.small(left + wide - 18, 36 + 16 * i, letter)  # of the formula
    middle, y = area.width / 2, 132
    area.text(middle, y, "output size", "layers", bold=True, ha="center")
    for i, text in enumerate((FORMULA, *_sizes(convolution))):
        y += 20 if i < 2 else 15
        area.text(middle, y, text, "ink" if i else "quiet", size=SMALL, ha="center")


def _arithmetic(area, convolution, row, column, channel, kernel):
    """Patch, kernel, products and their sum; returns the patch's corners, the top of the sum."""
    channels, wide = convolution.image.shape[-1], (area.width - 2 * EDGE - 3 * GAP - SUM) / 3
    this, total, output = convolution.sums(row, column, channel)
    shades = Shade.of(convolution.image), Shade(float(np.abs(convolution.kernel).max()))
    note = f"channel {channel}: sum {short(this)}" if channels > 1 else ""
    arrays = convolution.patch(row, column), convolution.kernel, convolution.products(row, column)
    left, corners = EDGE, []
    for name, color, values, shade, text, sign in zip(
        ("patch", "kernel", "products"), ("data", "optimizer", "layers"), arrays,
        (*shades, Shade(shades[0].high * shades[1].high)),
        (_slices(convolution, row, column, channel), kernel, note), "×=→", strict=True,
    ):  # fmt: skip
        held = name if name == "kernel" else ""
        corners += _grid(area.area(left, 0, wide, 94), values[..., channel], shade, held)
        middle = left + wide / 2
        area.text(middle, 107, name, color, bold=True, ha="center")
        area.small(middle, 123, text, ha="center", room=wide + 20)
        area.text(left + wide + GAP / 2, 48, sign, "quiet", size=16, ha="center")
        left += wide + GAP
    box = area.area(left, -4, SUM, 102)
    box.box(0, 0, SUM, box.height, edge="layers", round=6)
    head = f"all {channels}: " if channels > 1 else "sum "
    box.small(SUM / 2, 16, head + short(total), ha="center")
    box.small(SUM / 2, 34, f"+ bias {short(convolution.bias)}", ha="center")
    box.text(SUM / 2, 60, f"= {short(output)}", size=TITLE, bold=True, ha="center")
    box.small(SUM / 2, 86, f"row {row}, col {column}", ha="center")
    return corners[:2], (left + SUM / 2, box.top)


def _grid(area, values, shade, held=""):
    """A small matrix as cells with their numbers; returns its upper corners on the sheet.

    ``held``: what the numbers are, where each can be pulled up, above 0, or down, below it.
    """
    rows, columns = values.shape
    wide, high = min(CELL[0], area.width / columns), min(CELL[1], area.height / rows)
    written = max(rows, columns) <= MOST and wide > 32
    if not written:
        wide = high = min(wide, high)
    left, top = (area.width - wide * columns) / 2, (area.height - high * rows) / 2
    place = (left, top, wide * columns, high * rows)
    if written:
        cells(area, place, values, shade, size=TEXT if wide > 50 else SMALL)
        for row, column in np.ndindex(values.shape) if held else ():
            name, y = f"{held}[{row}, {column}]", top + row * high
            pull = (name, lambda at, zero=y + high / 2: round(2 * (zero - at) / high) / 2)
            area.handle(left + column * wide, y, wide, high, name, short(values[row, column]),
                        y=pull)  # fmt: skip
    else:
        y, x = np.indices(values.shape).reshape(2, -1)
        boxes = np.stack([left + x * wide, top + y * high, *np.full((2, x.size), wide)], axis=1)
        area.cells(boxes, shade.pixels(area.palette, values).reshape(-1, 3), "quiet", 0.8)
    left, top = left + area.left, top + area.top
    return (left, top), (left + place[2], top)


def _slices(convolution, row, column, channel):
    """The window as NumPy would slice it: image[4:7, 10:13, 0]."""
    padded = convolution.padded.shape != convolution.image.shape
    slices = convolution.rows.at(row), convolution.columns.at(column)
    rows, columns = (f"{s.start}:{s.stop}" + f":{s.step}" * (s.step > 1) for s in slices)
    return f"{'padded' if padded else 'image'}[{rows}, {columns}, {channel}]"


def _sentence(convolution, row, column, channel, kernel):
    height, width, channels = convolution.image.shape
    ends = number(convolution.feature_map.min()), number(convolution.feature_map.max())
    this, total, output = map(number, convolution.sums(row, column, channel))
    visited = row * convolution.columns.count + column + 1
    matrices = ""
    if max(convolution.kernel.shape[:2]) <= MOST:
        pair = convolution.patch(row, column), convolution.kernel
        patch, weights = (_matrix(values[..., channel]) for values in pair)
        matrices = f"Patch {patch}. Kernel {weights}."
    across = f"channel {channel}: {this}; all {channels} channels: " if channels > 1 else ""
    return sentences(
        f"Convolution of an image of {height} x {width} pixels, {count(channels, 'channel')}, with "
        f"the kernel {kernel!r}: layers.Conv2D({', '.join(convolution.arguments)}).",
        f"Output size: {' '.join(_sizes(convolution))}. Feature map: {' to '.join(ends)}.",
        f"At row {row}, column {column} the window covers "
        f"{_slices(convolution, row, column, channel)}.",
        matrices,
        f"Sum of their products: {across}{total}; plus the bias {number(convolution.bias)} makes "
        f"{output}.",
        f"The window has visited {visited} of {convolution.feature_map.size} positions.",
    )


def _matrix(values):
    """Rows of numbers: [0 0.5 1 / 1 0 0]."""
    return f"[{' / '.join(' '.join(number(v, 3) for v in row) for row in values)}]"
