"""A convolution at one position of its window: patch times kernel, summed, is one output."""

from functools import lru_cache

import numpy as np

from anatomy.base import type
from anatomy.base.picture import picture
from anatomy.base.type import SMALL, TEXT, TITLE
from anatomy.base.words import count, number, sentences

EDGE, TOP, SCALE = 12, 56, 54  # CSS pixels at the sides, above the images, for the scale of the map
SUM, GAP = 98, 26  # widths of the box with the sum, between two grids
MOST = 5  # rows or columns of which the numbers are written; beyond, there are colours only
CELL = 64, 26  # the largest cell of patch, kernel and products
SQUARE = np.array([[(0, 0), (1, 0)], [(1, 0), (1, 1)], [(1, 1), (0, 1)], [(0, 1), (0, 0)]])
FORMULA = "⌊(n + p − d·(k − 1) − 1) / s⌋ + 1"
PAST = 0.28  # how much is seen of the cells still to come


@picture
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
    rows, columns, channels = convolution.rows, convolution.columns, convolution.image.shape[-1]
    at = {"row": (row, rows.count), "column": (column, columns.count), "channel": (channel, channels)}
    for name, (value, number_of) in at.items():
        if not 0 <= value < number_of:
            raise ValueError(f"{name} is {value}; there are {number_of}, from 0 to {number_of - 1}.")
    side = min(0.228 * sheet.width, 300)
    grids = TOP + max(side, 196) + 36  # the top of patch, kernel and products
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


def sizes(convolution):
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
    rows, columns = convolution.rows, convolution.columns
    image, (high, wide) = convolution.image, convolution.padded.shape[:2]
    text = f"{image.shape}" + f", padded to {high, wide}" * ((high, wide) != image.shape[:2])
    used = area.text(0, -14, "image", bold=True)
    area.text(used + 6, -14, text, "quiet", size=SMALL)
    x, y = (area.width - wide * pixel) / 2, (area.height - high * pixel) / 2
    place = (x, y, wide * pixel, high * pixel)
    if (high, wide) != image.shape[:2]:  # hatched, where there are only zeros
        starts = np.arange(x - place[3], x + place[2], 6)
        hatches = [[(start, y + place[3]), (start + place[3], y)] for start in starts]
        area.strokes(hatches, "quiet 55%", 0.8, clip=place)
    area.frame(*place)
    inner = x + columns.before * pixel, y + rows.before * pixel
    wide, high = image.shape[1] * pixel, image.shape[0] * pixel
    area.image(*inner, wide, high, _shades(area.palette, image[..., channel], image))
    area.frame(*inner, wide, high)
    x, y = x + column * columns.strides * pixel, y + row * rows.strides * pixel
    wide, high = columns.reach * pixel, rows.reach * pixel
    lefts = x + np.arange(columns.kernel_size) * columns.dilation_rate * pixel
    tops = y + np.arange(rows.kernel_size) * rows.dilation_rate * pixel
    area.box(x, y, wide, high, edge="paper", linewidth=5)
    corners = np.stack(np.meshgrid(lefts, tops), axis=-1).reshape(-1, 1, 1, 2)
    area.strokes(corners + SQUARE * pixel, "data", 0.9)  # what the kernel reads
    area.box(x, y, wide, high, edge="data", linewidth=2)
    foot = y + high + area.top
    return (x + area.left, foot), (x + wide + area.left, foot)


def _map(area, convolution, row, column, pixel):
    """The feature map as far as the window has come; returns the foot of its cell on the sheet."""
    values, side = convolution.feature_map, area.width - SCALE
    used = area.text(0, -14, "feature map", bold=True)
    area.text(used + 6, -14, f"{(*values.shape, 1)}" + ", pale: to come" * (side > 150), "quiet",
              size=SMALL)  # fmt: skip
    high, wide = (n * pixel for n in values.shape)
    x, y, end = (side - wide) / 2, (area.height - high) / 2, float(np.abs(values).max()) or 1.0
    shades = area.palette.ramp(values, -end, end)
    later = shades.reshape(-1, 3)[row * values.shape[1] + column + 1 :]
    paper = np.array(area.palette.rgb("paper")) * 255
    later[:] = PAST * later + (1 - PAST) * paper
    area.image(x, y, wide, high, shades)
    area.frame(x, y, wide, high)
    ramp = area.palette.ramp(np.linspace(1, -1, 64)[:, None], -1, 1)
    area.image(side + 8, 0, 6, area.height, ramp)
    for at, value in ((5, end), (area.height / 2, 0.0), (area.height - 5, -end)):
        area.text(side + 18, at, _brief(value, SCALE - 18), "quiet", size=SMALL)
    x, y, mark = x + (column + 0.5) * pixel, y + (row + 0.5) * pixel, max(pixel, 6)
    for edge, width in (("paper", 4), ("ink", 1.6)):
        area.box(x - mark / 2, y - mark / 2, mark, mark, edge=edge, linewidth=width)
    return x + area.left, y + mark / 2 + area.top


def _layer(area, convolution):
    """The call of the layer, between image and feature map, and the size of its output."""
    wide = min(area.width - 36, 178)
    left = (area.width - wide) / 2
    area.arrow([0, left], [56, 56], "layers")
    area.arrow([left + wide, area.width], [56, 56], "layers")
    area.box(left, 0, wide, 112, "layers 8%", "layers", 1.5, round=6)
    area.text(area.width / 2, 16, "layers.Conv2D", "layers", bold=True, ha="center")
    for i, (text, letter) in enumerate(zip(convolution.arguments, ("", "k", "s", "p", "d"), strict=True)):
        area.text(left + 12, 36 + 16 * i, text, size=SMALL, mono=True)
        area.text(left + wide - 18, 36 + 16 * i, letter, "quiet", size=SMALL)  # of the formula
    middle, y = area.width / 2, 132
    area.text(middle, y, "output size", "layers", bold=True, ha="center")
    for i, text in enumerate((FORMULA, *sizes(convolution))):
        y += 20 if i < 2 else 15
        area.text(middle, y, text, "ink" if i else "quiet", size=SMALL, ha="center")


def _arithmetic(area, convolution, row, column, channel, kernel):
    """Patch, kernel, products and their sum; returns the patch's corners, the top of the sum."""
    channels, ramp = convolution.image.shape[-1], area.palette.ramp
    this, total, output = convolution.sums(row, column, channel)
    wide = (area.width - 2 * EDGE - 3 * GAP - SUM) / 3
    largest = float(np.abs(convolution.image).max()) or 1.0
    end = float(np.abs(convolution.kernel).max()) or 1.0
    patch, weights = convolution.patch(row, column)[..., channel], convolution.kernel[..., channel]
    products = convolution.products(row, column)[..., channel]
    grids = (
        ("patch", "data", patch, _shades(area.palette, patch, convolution.image),
         _slices(convolution, row, column, channel), "×"),
        ("kernel", "optimizer", weights, ramp(weights, -end, end), kernel, "="),
        ("products", "layers", products, ramp(products, -end * largest, end * largest),
         f"channel {channel}: sum {_brief(this, 60)}" if channels > 1 else "", "→"),
    )  # fmt: skip
    left, corners = EDGE, []
    for name, color, values, fills, note, sign in grids:
        corners += _grid(area.area(left, 0, wide, 94), values, fills)
        middle = left + wide / 2
        area.text(middle, 107, name, color, bold=True, ha="center")
        area.text(middle, 123, note, "quiet", size=SMALL, ha="center", room=wide + 20)
        area.text(left + wide + GAP / 2, 48, sign, "quiet", size=16, ha="center")
        left += wide + GAP
    area.box(left, -4, SUM, 102, edge="layers", round=6)
    for y, text, color, size in (
        (12, f"all {channels}: " if channels > 1 else "sum ", "quiet", SMALL),
        (30, f"+ bias {_brief(convolution.bias, 50)}", "quiet", SMALL),
        (56, f"= {number(output)}", "ink", TITLE), (82, f"row {row}, col {column}", "quiet", SMALL),
    ):  # fmt: skip
        text += _brief(total, 54, digits=4) * (y == 12)
        area.text(left + SUM / 2, y, text, color, size=size, bold=y == 56, ha="center")
    return corners[:2], (left + SUM / 2, area.top - 4)


def _grid(area, values, fills):
    """A small matrix as cells with their numbers; returns its upper corners on the sheet."""
    rows, columns = values.shape
    written = max(rows, columns) <= MOST and area.width / columns > 30
    wide, high = min(CELL[0], area.width / columns), min(CELL[1], area.height / rows)
    if not written:
        wide = high = min(wide, high)
    left, top = (area.width - wide * columns) / 2, (area.height - high * rows) / 2
    y, x = np.indices(values.shape).reshape(2, -1)
    fills = fills.reshape(-1, 3)
    size = (np.full(len(x), wide), np.full(len(x), high))
    area.cells(np.stack([left + x * wide, top + y * high, *size], axis=1), fills, "quiet", 0.8)
    if written:
        size = TEXT if wide > 50 else SMALL
        for i, j, value, fill in zip(x, y, values.ravel().tolist(), fills, strict=True):
            middle = left + (i + 0.5) * wide, top + (j + 0.5) * high
            text = _brief(value, wide - 5, size)
            area.text(*middle, text, area.palette.on(fill), size=size, ha="center")
    left, top = left + area.left, top + area.top
    return (left, top), (left + wide * columns, top)


def _shades(palette, values, image):
    """Pixels as colours: from paper to ink, or, with a sign, blue and red."""
    largest = float(np.abs(image).max()) or 1.0
    return palette.ramp(values, -largest, largest) if image.min() < 0 else palette.ramp(values, 0, largest, "ink")


@lru_cache(maxsize=4096)
def _brief(value, room, size=SMALL, digits=3):
    """A number with as many of its first digits as find room in so many CSS pixels."""
    texts = [number(value, n) for n in range(digits, 0, -1)]
    return next((text for text in texts if type.width(text, size) <= room), texts[-1])


def _slices(convolution, row, column, channel):
    """The window as NumPy would slice it: image[4:7, 10:13, 0]."""
    padded = convolution.padded.shape != convolution.image.shape
    slices = convolution.rows.at(row), convolution.columns.at(column)
    rows, columns = (
        f"{part.start}:{part.stop}" + f":{part.step}" * (part.step > 1) for part in slices
    )
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
        f"Output size: {' '.join(sizes(convolution))}. Feature map: {' to '.join(ends)}.",
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
