"""An array of any rank from 0 to 5: a number, a strip, a grid, or sheets of real values."""

from itertools import pairwise

import numpy as np

from anatomy.base.arrays import Shade, across, cells, down, fitted, image, mark, scale, some
from anatomy.base.picture import picture
from anatomy.base.type import TITLE
from anatomy.base.words import number, sentences
from anatomy.data import calls
from anatomy.layers.tensor.facts import array, axis, liveliest

TOP, LEFT = 72, 104  # CSS pixels: below the heading, and where the values begin
ROWS, COLUMNS = 9, 12  # of a grid; of more, the last stands behind a "…"
MOST, SHIFT, HIGH = 4, 14, 210  # sheets, frames or channels; from one to the next; their height
CELL, NEAR = (44, 30), 6  # cells seen from near: their size, how many each way
GAP = 8  # between images side by side
STRIPS, THIN, IMAGE = 7, 16, 168  # vectors shown as strips; their height; the side of the image
WRITTEN = 9  # numbers that are written of one row of an image


@picture(axes=calls.names)
def tensor(sheet, x, axes=None):
    """An array of numbers as what it is, with the names and sizes of its axes.

    A number, a strip, a grid or, from rank 3 on, stacked sheets, the front one with its values as
    an image; grey from 0 up, or red above zero and blue below it. Long axes are cut short with
    "…", their sizes are written in full. A row of a square number of values from 0 up is also
    shown as the image whose rows it may be.

    Args:
        x: an array of numbers of rank 0 to 5: NumPy, JAX, a Keras variable, or nested lists.
        axes: a name for each axis. None: Keras's own for this rank, such as ("samples",
            "timesteps", "features"). A last axis named "channels" holds the colours of a pixel.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        TypeError: x is not an array of numbers; axes are not names.
        ValueError: the rank is above 5; there is not one name for each axis.

    Source: Chollet, Deep Learning with Python, ch. 2.2.
    """
    facts = array(x, axes)
    shade = _shade(facts)
    rank = f"Tensor of rank {facts.values.ndim}" + ", a scalar" * (facts.values.ndim == 0)
    wide = sheet.text(12, 22, rank, size=TITLE, bold=True)
    sheet.text(24 + wide, 22, f"shape {facts.values.shape}", "quiet", mono=True)
    sheet.text(12, 44, _content(facts))
    if facts.values.ndim and facts.high != facts.low:
        scale(sheet, min(sheet.width, 900) - 12, 44, shade)
    if not facts.values.size:
        bottom = _empty(sheet, facts)
    elif facts.values.ndim > 2:
        bottom = _sheets(sheet, facts, shade)
    elif facts.image_side:
        bottom = _unrolled(sheet, facts, shade)
    else:
        bottom = _grid(sheet, facts, shade)
    sheet.height = bottom + 12
    return _sentence(facts)


def _shade(facts):
    if not facts.names:
        return Shade(np.inf, False)  # one number needs no colour
    photo = facts.channels and facts.values.shape[-1] == 3
    return Shade(max(-facts.low, facts.high), facts.low < 0, photo and facts.low >= 0)


def _labels(facts):
    return [axis(*pair) for pair in zip(facts.names, facts.values.shape, strict=True)]


def _empty(sheet, facts):
    sheet.box(12, TOP, sheet.width - 24, 60, edge="quiet", dash="dashed")
    sheet.text(sheet.width / 2, TOP + 20, "no values", "quiet", ha="center")
    text = " × ".join(_labels(facts))
    sheet.text(sheet.width / 2, TOP + 40, text, bold=True, ha="center", room=sheet.width - 40)
    return TOP + 60


def _grid(sheet, facts, shade):
    """A number, a vector or a matrix: cells with their values."""
    labels, values = _labels(facts), np.atleast_2d(facts.values)
    left, wide = (LEFT, 52) if labels else (12, 100)
    rows = some(values.shape[0], ROWS)
    columns = some(values.shape[1], min(COLUMNS, int(sheet.width - left - 12) // wide))
    place = (left, TOP, wide * len(columns), 28 * len(rows))
    cells(sheet, place, values, shade, rows=rows, columns=columns)
    if len(labels) == 2:
        down(sheet, place, labels[0])
    if labels:
        across(sheet, place, labels[-1])
    return TOP + place[3] + 32 * bool(labels)


def _sheets(sheet, facts, shade):
    """Sheets in shallow depth, the front one with its values; beside it, a part of it from near."""
    labels, lead = _labels(facts), facts.values.ndim - 2 - facts.channels
    values = facts.values if facts.channels else facts.values[..., None]
    # As samples, frames, rows, columns, channels; of what there is not, one.
    values = values.reshape((*values.shape[:lead], 1, 1)[:2] + values.shape[lead:])
    samples, frames, *shape, channels = values.shape
    shown, moments = some(samples, MOST), some(frames, MOST)
    steps = [SHIFT * (0.9 if None in pair else 1) for pair in pairwise(shown)]
    depth = np.r_[0, np.cumsum(steps)].tolist()
    beside = min(0.6 * sheet.width, 620)
    room = beside - LEFT - depth[-1] - 30
    top = TOP + 26 + depth[-1]
    size, spots = fitted(shape, (room, HIGH)), None
    if lead == 2:
        spots, pitch = _split(len(moments), shape, room - GAP, 170)
        size = (GAP + pitch * len(moments), spots[0][3] + 20)
    small = channels == frames == 1 and max(shape) <= NEAR
    for sample, away in reversed([*zip(shown, depth, strict=True)]):
        place = (LEFT + away, top - away, *size)
        if sample is None:
            x, y = place[0] + size[0], place[1] + size[1]
            sheet.text(x - 1, y - 5, "⋰", "quiet", size=16, ha="center")
        elif spots:
            _frames(sheet, place, spots, moments, values[sample], shade)
        elif small and sample == 0:
            cells(sheet, place, values[0, 0, :, :, 0], shade)
        else:
            image(sheet, place, _pixels(sheet, values[sample, 0], shade))
    front = (LEFT, top, *size)
    first = (LEFT + spots[0][0], top + spots[0][1], *spots[0][2:]) if spots else front
    if lead:
        away = max(depth[-1], SHIFT)
        x, y = LEFT - 4, top - 8
        sheet.arrow([x, x + away], [y, y - away], "layers", 1.5, head=8)
        sheet.text(x + away + 7, y - away + 2, labels[0], bold=True, room=beside - x - away)
    if lead == 2:
        across(sheet, front, labels[1], below=44)
    down(sheet, (LEFT, first[1], 0, first[3]), labels[lead])
    across(sheet, (first[0], top, first[2], size[1]), labels[lead + 1])
    bottom = top + size[1] + (66 if lead == 2 else 32)
    index = "0, " * lead
    if channels > 1:
        bottom = max(bottom, _pixel(sheet, beside, first, values[0, 0], shade, index, labels[-1]))
    elif not small:
        name = labels[-1] if facts.channels else ""
        near = _near(sheet, beside, first, values[0, 0, :, :, 0], shade, index, name, lead < 2)
        bottom = max(bottom, near)
    return bottom


def _frames(sheet, place, spots, moments, values, shade):
    """One sample's frames, side by side on a sheet."""
    left, top, *size = place
    sheet.box(left, top, *size, fill="layers 6%", edge="quiet")
    for moment, (x, y, wide, high) in zip(moments, spots, strict=True):
        if moment is None:
            sheet.text(left + x + wide / 2, top + y + high / 2, "…", "quiet", ha="center")
        else:
            pixels = _pixels(sheet, values[moment], shade)
            image(sheet, (left + x, top + y, wide, high), pixels)


def _pixels(sheet, values, shade):
    """A sheet's colours: of three channels from 0 up their mixture, else the first one's."""
    if values.shape[-1] == 3 and shade.photo:
        parts = np.nan_to_num(np.clip(values.astype(float) / (shade.high or 1), 0, 1))
        return np.round(parts * 255).astype(np.uint8)
    return shade.pixels(sheet.palette, values[..., 0])


def _near(sheet, left, front, values, shade, index, channel, lines):
    """The part of the front sheet where its values differ most, as numbers."""
    wide = min(NEAR, int(sheet.width - left - 12) // CELL[0])
    rows, columns = min(NEAR, values.shape[0]), min(wide, values.shape[1])
    row, column = liveliest(values, rows, columns)
    x, y = front[2] / values.shape[1], front[3] / values.shape[0]
    box = (front[0] + column * x, front[1] + row * y, columns * x, rows * y)
    place = (left, front[1], CELL[0] * columns, CELL[1] * rows)
    if lines:  # they would cross the other frames
        ends = ((box[1], place[1]), (box[1] + box[3], place[1] + place[3]))
        sheet.strokes([[(box[0] + box[2], a), (left, b)] for a, b in ends], "quiet")
    mark(sheet, box)
    end = ", 0" * bool(channel)
    text = f"x[{index}{row}:{row + rows}, {column}:{column + columns}{end}]"
    sheet.text(left, front[1] - 14, text, mono=True, room=sheet.width - left - 8)
    cells(sheet, place, values[row : row + rows, column : column + columns], shade)
    mark(sheet, place)
    bottom = place[1] + place[3]
    if channel:
        sheet.text(left, bottom + 20, f"{channel}: one number a pixel", bold=True)
    return bottom + 28 * bool(channel)


def _pixel(sheet, left, front, pixels, shade, index, label):
    """The channels of the front image side by side, and one of its pixels in numbers."""
    rows, columns = (min(NEAR, size) for size in pixels.shape[:2])
    row, column = liveliest(pixels[..., 0], rows, columns)
    row, column = row + rows // 2, column + columns // 2
    x, y = front[2] / pixels.shape[1], front[3] / pixels.shape[0]
    shown, room = some(pixels.shape[2], MOST if sheet.width - left > 260 else 3), sheet.width - left
    spots, pitch = _split(len(shown), pixels.shape[:2], min(room - 12, 300), 92, CELL[0] + GAP)
    high, width = spots[0][3], pitch * len(shown) - GAP
    for channel, (start, _, wide, _) in zip(shown, spots, strict=True):
        place = (left + start - GAP, front[1], wide, high)
        if channel is None:
            sheet.text(place[0] + wide / 2, place[1] + high / 2, "…", "quiet", ha="center")
        else:
            image(sheet, place, shade.pixels(sheet.palette, pixels[..., channel]))
    across(sheet, (left, front[1], width, high), label)
    mark(sheet, (front[0] + column * x, front[1] + row * y, x, y))
    below = front[1] + high + 68
    used = sheet.text(left, below, f"x[{index}{row}, {column}]", mono=True)
    sheet.text(left + used + 10, below, "is one pixel", "validation", bold=True)
    place, below = (left, below + 14, width, CELL[1]), below + 14 + CELL[1]
    cells(sheet, place, pixels[row, column][None], shade, columns=shown)
    return below


def _split(count, shape, room, most, least=0):
    """Places for so many images of (rows, columns) side by side, and from one to the next."""
    wide, high = fitted(shape, (room / count - GAP, most))
    pitch = max(wide + GAP, least)
    start = GAP + (pitch - GAP - wide) / 2
    return [(start + i * pitch, 10, wide, high) for i in range(count)], pitch


def _unrolled(sheet, facts, shade):
    """Vectors of a square number of values as strips; the image whose rows the first may be."""
    labels, values = _labels(facts), np.atleast_2d(facts.values)
    shown, wide = some(len(values), STRIPS), min(sheet.width - LEFT - 12, 784)
    for i, row in enumerate(shown):
        y = TOP + i * THIN
        if row is None:
            sheet.text(LEFT + wide / 2, y + THIN / 2, "⋮", "quiet", ha="center")
        else:
            pixels = shade.pixels(sheet.palette, values[row : row + 1])
            image(sheet, (LEFT, y, wide, THIN), pixels)
    strips = (LEFT, TOP, wide, THIN * len(shown))
    if len(labels) == 2:
        down(sheet, strips, labels[0])
    across(sheet, strips, labels[-1])
    side, top = facts.image_side, TOP + strips[3] + 58
    pixels = values[0].reshape(side, side)
    begin = LEFT if sheet.width > 720 else 12
    image(sheet, (begin, top, IMAGE, IMAGE), shade.pixels(sheet.palette, pixels))
    row, _ = liveliest(pixels, 1, side)
    marked = (begin, top + row * IMAGE / side, IMAGE, IMAGE / side)
    mark(sheet, (LEFT + row * wide / side, TOP, wide / side, THIN))
    mark(sheet, marked)
    left = begin + IMAGE + 28
    room = sheet.width - left - 12
    sheet.text(left, top + 10, f"{side * side} = {side} × {side}", size=TITLE, bold=True)
    text = f"as an image: its {side} rows lie end to end on the strip"
    sheet.paragraph(left, top + 32, text, room, "quiet")
    index = "0, " * (len(labels) - 1)
    text = f"x[{index}{row * side}:{row * side + side}]"
    after = left + 12 + sheet.text(left, top + 72, text, mono=True)
    sheet.text(after, top + 72, f"is row {row} of the image", "validation", bold=True)
    place = (left, top + 86, min(room, LEFT + wide - left), 24)
    _row(sheet, pixels[row : row + 1], marked, place, shade)
    return top + IMAGE


def _row(sheet, values, marked, place, shade):
    """The marked row from near, and a few of its values as numbers."""
    left, top, wide, high = place
    end, size = marked[0] + marked[2], values.shape[1]
    lines = [[(end, marked[1]), (left, top)], [(end, marked[1] + marked[3]), (left, top + high)]]
    pixels, cell = shade.pixels(sheet.palette, values), wide / size
    if size <= 64:
        boxes = [(left + i * cell, top, cell, high) for i in range(size)]
        sheet.cells(boxes, pixels[0], "rule", 0.5)
    else:
        image(sheet, place, pixels)
    count = min(WRITTEN, size, int(wide) // 46)
    _, first = liveliest(values, 1, count)
    written = min(52, wide / count)
    below = (left, top + high + 22, written * count, 28)
    for a, b in ((left + first * cell, left), (left + (first + count) * cell, left + below[2])):
        lines.append([(a, top + high), (b, below[1])])
    sheet.strokes(lines, "quiet")
    cells(sheet, below, values[:, first : first + count], shade)


def _content(facts):
    """What its numbers are: "float32, from 0 to 1"."""
    values, dtype = facts.values, facts.values.dtype.name
    if not values.size:
        return f"{dtype}, no values"
    if facts.infinite == values.size:
        return f"{dtype}, not one finite"
    low, high = number(facts.low), number(facts.high)
    ends = f"from {low} to {high}" if low != high else "all " * (values.size > 1) + low
    return f"{dtype}, {ends}" + f", {facts.infinite:,} not finite" * bool(facts.infinite)


def _sentence(facts):
    rank, values = facts.values.ndim, facts.values
    if rank == 0:
        return f"Tensor of rank 0, a scalar: {number(values)}, {values.dtype.name}."
    few = 0 < values.size <= COLUMNS
    side = rank < 3 and values.size and facts.image_side
    return sentences(
        f"Tensor of rank {rank}: ({', '.join(_labels(facts))}), {_content(facts)}.",
        few and f"Values: {', '.join(map(number, values.ravel()))}.",
        side and f"{side * side} = {side} × {side}: the rows of an image, end to end.",
    )
