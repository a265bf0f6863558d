"""One unit of a Dense layer: input, kernel, products, sum, activation; beneath, all the units."""

import numpy as np

from anatomy.base.arrays import Shade, fitted, image, scaled
from anatomy.base.picture import Picture
from anatomy.base.plot import epoch_ticks, rounded
from anatomy.base.type import SMALL, TEXT
from anatomy.base.words import count, factor, number, sentences, signed
from anatomy.data import calls
from anatomy.data.gate import check_shape
from anatomy.layers.dense import facts
from anatomy.layers.tensor.facts import as_image

TOP, BARS, HIGH = 44, 213, 32  # CSS pixels: of the images above, of the bars; these' height
POINTS = 129  # of the curve: enough to be smooth, and one of them is at 0
COLUMNS, WIDEST = 10, 1100  # kernels in a row; on a wider sheet the rest stays free


@calls.validated(x=calls.numbers, kernels=calls.table)
def unit(layer, x, *, unit=0, kernels=None, among=None, label=""):
    """What one unit of a Dense layer does with one input: activation(x . kernel + bias).

    Args:
        layer: a built ``keras.layers.Dense``; its own call gives all the outputs.
        x: one input, (features,). Square vectors from 7 x 7 on are shown as images.
        unit: which unit, from 0.
        kernels: dict name -> kernel (features, units), one or two of them, such as "before
            training" and "after 3 epochs". None: the layer's own.
        among: inputs (n, features) that the scales are made for, so that they stay as they
            are while x changes. None: x alone.
        label: what x is, such as "sample 12, y = 7".

    Returns:
        Picture.

    Raises:
        TypeError, ValueError: for a layer that is not a built Dense, an x that does not fit it,
            or a unit that is not there.

    Source: https://keras.io/api/layers/core_layers/dense/
    """
    if among is not None:
        check_shape("among", among, "n", *np.shape(x))
    shown = facts.unit(layer, x, unit, among)
    for name, kernel in (kernels or {}).items():
        check_shape(f"kernels[{name!r}]", kernel, *shown.kernel.shape)
    return Picture(draw, shown, kernels, label)


def draw(sheet, unit, kernels=None, label="", pixel=None):
    """Above, the arithmetic of one unit; below, the outputs and the kernels of all units.

    ``pixel``: (row, column) of the number of x that is pointed at, or None.
    """
    kernels = kernels or {"": unit.kernel}
    area = sheet.area(0, 0, min(sheet.width, WIDEST), 0)
    starts = [12 + part * (area.width - 24) for part in (0, 0.18, 0.36, 0.535, 0.8)]
    _images(area, starts[:4], unit, label, pixel)
    _sum(area, starts[3], min(starts[4] - starts[3] - 44, 136), unit)
    ends = _curve(area, starts[4], unit)
    places = _columns(area.width)
    area.text(12, BARS - 17, "outputs", bold=True)
    text = f"▾ unit {unit.number} gives {number(unit.outputs[unit.number])}; {_largest(unit)}"
    area.text(places[0], BARS - 17, text)
    few = len(unit.outputs) <= COLUMNS
    _outputs(area, places, unit, _span(np.append(unit.outputs, ends)), few)
    sheet.height = _gallery(area, places, BARS + HIGH + (12 if few else 26), unit, kernels)
    return sentences(_sentence(unit, kernels, label), _product(unit, pixel))


def _product(unit, pixel):
    """The product of one number of x and its weight, as an equation; "" for none."""
    if pixel is None:
        return ""
    numbers = (as_image(part)[pixel] for part in (unit.x, unit.weights, unit.products))
    return "{} × {} = {}".format(*(factor(value, 3) for value in numbers))


def _images(area, starts, unit, label, pixel):
    """Input, kernel, products: these two share a scale where x ends at 1."""
    side, middle = min(0.145 * area.width, 114), starts[1] - starts[0]
    _, most, low = unit.among
    end = facts.end(unit.kernel)
    shape = as_image(unit.x).shape
    each = "number" if shape[0] == 1 else "pixel"
    notes = label, f"of unit {unit.number}", f"{each} × weight"
    for left, title, note, name, values, shade, sign in zip(
        starts, ("input x", "kernel", "products"), notes, (each, "weight", "product"),
        (unit.x, unit.weights, unit.products),
        (Shade(most, low < 0), Shade(end), Shade(end * most)), "×= ", strict=False,
    ):  # fmt: skip
        area.text(left, 15, title, bold=True)
        if pixel is not None:
            note = f"{name} {number(as_image(values)[pixel], 3)}"
        area.text(left, 33, note, "quiet" if pixel is None else "ink", size=SMALL, room=middle - 8)
        place = scaled(area, left, TOP, side, as_image(values), shade, pixel)
        to = [lambda at, a=a, b=b, n=n: min(max(int((at - a) / b * n), 0), n - 1)
              for a, b, n in zip(place[:2], place[2:], shape[::-1], strict=True)]  # fmt: skip
        area.handle(*place, f"a {each} of {title}", _product(unit, pixel),
                    x=("column", to[0]), y=("row", to[1]))  # fmt: skip
        area.text(left + (side + middle) / 2, TOP + side / 2, sign, size=20, ha="center")


def _sum(area, left, wide, unit):
    """What is for it, what is against it, the bias; a rule, and their sum."""
    area.text(left, 15, "sum", bold=True)
    area.small(left, 33, "of products and bias", room=wide + 10)
    names = ("for", "positive"), ("against", "negative"), ("bias", "ink")
    size, digits = (TEXT, 4) if wide > 120 else (SMALL, 3)
    for i, ((name, color), term) in enumerate(zip(names, (*unit.sides, unit.bias), strict=True)):
        y = TOP + 14 + 25 * i
        area.text(left, y, name, color, size=size)
        area.text(left + wide, y, signed(term, digits), color, size=size, ha="right")
    area.strokes([[(left, TOP + 82), (left + wide, TOP + 82)]], "ink", 0.8)
    area.text(left, TOP + 100, "z", bold=True)
    area.text(left + wide, TOP + 100, number(unit.sums[unit.number]), bold=True, ha="right")


def _curve(area, left, unit):
    """The activation of this unit, and the point at which it is; returns the ends of its axis."""
    z, a = (float(part[unit.number]) for part in (unit.sums, unit.outputs))
    reach = rounded(max(unit.among[0], abs(z)))
    grid = np.linspace(-reach, reach, POINTS, dtype="float32")
    curve = unit.curve(grid)
    low, high = _span(curve)
    title = f"{unit.activation}(z) = {number(a)}"
    area.text(left - 24, 15, title, bold=True, room=area.width - left + 12)
    place = (left, TOP, area.width - left - 26, min(0.145 * area.width, 114))
    others = "z, others fixed" if area.width < 700 else "z, those of other units fixed"
    label = "z" if unit.alone else others
    axes = area.axes(place, (-reach, reach), (low, high), xticks=(-reach, 0, reach),
                     yticks=sorted({low, 0, high}), grid="")  # fmt: skip
    area.small(area.width - 12, place[1] + place[3] + 28, label, ha="right")
    axes.curve([z, z, -reach], [low, a, a], "quiet", 1, dash="dashed")
    axes.curve(grid, curve, "layers")
    axes.dots([z], [a], "loss", 9)
    return low, high


def _outputs(area, places, unit, ends, few):
    """What all the units give, as bars; up to ten of them stand above their kernels."""
    n, outputs, (low, high) = len(unit.outputs), unit.outputs.astype(float), ends
    pitch = places[1] - places[0] if few else (area.width - 12 - places[0]) / n
    x = places[0] + (np.arange(n) + 0.5) * pitch
    zero, y = (BARS + HIGH * (high - value) / (high - low) for value in (0, outputs))
    thick = max(0.72 * pitch, 1)
    bars = np.c_[x - thick / 2, np.minimum(y, zero), np.full(n, thick), np.abs(y - zero)]
    area.cells(bars, ["ink" if i == unit.number else "layers 45%" for i in range(n)], None)
    area.strokes([[(places[0], zero), (places[0] + n * pitch, zero)]], "quiet", 0.8)
    area.dots(x[[unit.number]], [min(float(y[unit.number]), zero) - 7], "ink", 7, marker="v")
    for i in () if few else epoch_ticks(n - 1, (n - 1) * pitch / 20, first=0):
        area.small(x[i], BARS + HIGH + 12, i, ha="center")


def _columns(wide):
    """Where the places of the kernels begin, and where the last one ends."""
    left = 12 + min(0.18 * wide, 154)
    pitch = min((wide - 12 - left) / COLUMNS, 78)
    return [left + i * pitch for i in range(COLUMNS + 1)]


def _gallery(area, places, top, unit, kernels):
    """The kernels of the units around this one, as images; returns the height below them.

    Two rows: of one kernel the next units, or another kernel of the same ones.
    """
    units, pitch = unit.kernel.shape[1], places[1] - places[0]
    page = COLUMNS * (1 if len(kernels) > 1 else 2)
    first = max(0, min(unit.number - unit.number % page, units - page))
    rows = [(name, kernel, first) for name, kernel in kernels.items()]
    if len(rows) == 1 and units > COLUMNS:
        rows.append(("", rows[0][1], first + COLUMNS))
    shape = as_image(unit.x).shape
    wide, high = fitted(shape, (min(0.86 * pitch, 54),) * 2)
    for name, kernel, start in rows:
        shown = range(start, min(start + COLUMNS, units))
        shade = Shade(facts.end(kernel))
        low = top
        if start == first:
            low = _head(area, top + 6, places[0] - 20, name, first, page, units, shade)
        pixels = shade.pixels(area.palette, kernel[:, shown.start : shown.stop].T)
        for i, (k, flat) in enumerate(zip(shown, pixels, strict=True)):
            x = places[i] + (pitch - wide) / 2
            image(area, (x, top, wide, high), flat.reshape(*shape, 3), None)
            label = f"unit {k}" if len(kernels) == 1 else f"unit {k}, {name}"
            area.handle(x, top, wide, high, label, press={"unit": k})
            color = "ink" if k == unit.number else "quiet"
            area.small(x + wide / 2, top + high + 10, k, color, ha="center",
                      bold=k == unit.number)  # fmt: skip
        if unit.number in shown:
            x = places[unit.number - shown.start] + (pitch - wide) / 2
            area.box(x - 2, top - 2, wide + 4, high + 4, edge="ink", linewidth=2)
        top = max(top + high + 24, low + 4)
    return top


def _head(area, y, room, name, first, page, units, shade):
    """To the left of a row: which kernels they are, the scale of their colours."""
    y = area.paragraph(12, y, str(name or "kernels"), room, bold=True, leading=15, rows=2)
    last = min(first + page, units) - 1
    which = f"{first} to {last} of {units}" if page < units else count(units, "unit")
    for text in (which, f"up to ±{number(shade.high, 2)}" if shade.high else "all 0"):
        area.small(12, y, text, room=room)
        y += 14
    return y


def _span(values):
    """(low, high) of an axis for these values and 0: as far as 1 where they stay within."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return rounded(low) if low < 0 else 0.0, 1.0 if 0.5 < high <= 1 else rounded(max(high, 0))


def _largest(unit):
    best = int(unit.outputs.argmax())
    if len(unit.outputs) == 1:
        return "there is no other unit"
    if (unit.outputs == unit.outputs[0]).all():
        return f"all outputs are {number(unit.outputs[0])}"
    if best == unit.number:
        return "no output is larger"
    return f"the largest output is unit {best}, {number(unit.outputs[best])}"


def outcome(unit):
    """What the unit does, and which output is the largest, in one sentence."""
    z, a = number(unit.sums[unit.number]), number(unit.outputs[unit.number])
    name = f"Unit {unit.number} of {len(unit.sums)}"
    return f"{name}: the sum is {z}, {unit.activation} gives {a}; {_largest(unit)}."


def _sentence(unit, kernels, label):
    x, (positive, negative) = unit.x, unit.sides
    ends = [f"{name or 'its own'}, up to ±{number(np.abs(k).max())}" for name, k in kernels.items()]
    return sentences(
        f"One unit of a Dense layer. {outcome(unit)}",
        f"Input x{', ' * bool(label)}{label}: {count(x.size, 'number')} from {number(x.min())} to "
        f"{number(x.max())}, {np.count_nonzero(x)} of them not 0.",
        f"Products of x and the kernel of unit {unit.number}: {number(positive)} for, "
        f"{number(negative)} against; with the bias {number(unit.bias)} the sum "
        f"z = {number(unit.sums[unit.number])}.",
        f"Activation: {unit.activation}(z) = {number(unit.outputs[unit.number])}.",
        f"Kernels: {'; '.join(ends)}.",
    )
