"""Conv2D, opened: windows on the input, a kernel for each filter, the feature maps."""

from anatomy.base import type
from anatomy.base.arrays import across, down, fitted, mark, some
from anatomy.base.words import count
from anatomy.layers.card.parts import WEIGHTS, grid, note, product
from anatomy.layers.conv.facts import slide
from anatomy.layers.tensor.facts import axis

MOST = 32  # rows and columns of the input that are drawn, from its top left
SHIFT, EDGE = 7, 66  # CSS pixels: from a sheet to the next, from a column to its sheet
UNKNOWN = 12  # rows drawn where the input may have any number


def conv(area, top, opened):
    """The input with its first windows, a few of the kernels, and the feature maps."""
    known, layer = opened.facts, opened.facts.layer
    first = layer.data_format == "channels_first"
    shapes = [(*shape[2:], shape[1]) if first else shape[1:]
              for shape in (known.input_shape, known.output_shape)]  # fmt: skip
    moves = zip(layer.kernel_size, layer.strides, layer.dilation_rate, strict=True)
    slides = [_along(n, layer.padding, *move) for n, move in zip(shapes[0], moves, strict=False)]
    seen = [min(s.size, max(MOST, s.reach + 2 * s.strides)) for s in slides]
    column, top = (area.width - 12) / 3, top + 40
    side = min(176, column - EDGE - 40)
    _input(area, 12 + EDGE, top, side, shapes[0], slides, seen)
    _kernels(area, 12 + column + 34, top, side, opened)
    _maps(area, 12 + 2 * column + EDGE, top, 0.85 * side, shapes[1], layer.filters)
    for i, word in ((1, "∗"), (2, "")):
        x, y = 12 + i * column - (8 if i == 1 else 30), top + side / 2
        area.arrow([x, x + 28], [y, y], "layers")
        area.text(x + 14, y - 18, word, size=18, ha="center")
    y, notes = top + side + 56, _notes(opened, slides, seen, shapes)
    return max(note(area, 12 + i * column, y, *parts[:2], column - 26, parts[2])
               for i, parts in enumerate(notes))  # fmt: skip


def _along(size, padding, kernel_size, strides, dilation_rate):
    """How the window moves along rows or columns; where their number is open, of some."""
    size = size or max(UNKNOWN, dilation_rate * (kernel_size - 1) + 1 + 2 * strides)
    look = {"strides": strides, "padding": padding, "dilation_rate": dilation_rate}
    return slide((size, size), (kernel_size, kernel_size), **look)[0]


def _input(area, left, top, side, shape, slides, seen):
    """The input, or its top left, in the zeros of its padding; the first windows on it."""
    rows, columns = slides
    pairs = zip(seen, slides, strict=True)
    whole = [n + s.before + (s.after if n == s.size else 0) for n, s in pairs]
    wide, high = fitted(whole, (side, side))
    x, y = wide / whole[1], high / whole[0]
    inner = (left + columns.before * x, top + rows.before * y, seen[1] * x, seen[0] * y)
    _pile(area, inner, shape[2], "data")
    if whole != seen:
        area.box(left, top, wide, high, edge="data", dash="dashed")
    grid(area, inner, seen)
    size = (columns.reach * x, rows.reach * y)
    steps = (columns.strides * x, rows.strides * y)
    _windows(area, left, top, steps, size, (rows.count, columns.count))
    area.text(left, top - 24, axis("channels", shape[2]), bold=True)
    sizes = ["any" if n is None else n for n in shape[:2]]
    down(area, (left, inner[1], wide, inner[3]), axis("height", sizes[0]))
    across(area, (inner[0], top, inner[2], high), axis("width", sizes[1]))


def _windows(area, left, top, steps, size, counts):
    """The first window or output, and the next ones: below it and beside it."""
    starts = [(min(i, counts[0] - 1), min(j, counts[1] - 1)) for i, j in ((1, 0), (0, 1), (0, 0))]
    for i, j in dict.fromkeys(starts):
        place = (left + j * steps[0], top + i * steps[1], *size)
        if i or j:
            area.box(*place, edge="ink", linewidth=1.4, dash="dashed")
        else:
            mark(area, place)


def _kernels(area, left, top, side, opened):
    """A few kernels, each the image of its first channel."""
    rows, columns, channels, filters = opened.weights["kernel"].shape
    kernel, pitch = opened.values.get("kernel"), (side + 16) / 2
    wide, high = fitted((rows, columns), (pitch - 18, pitch - 30))
    area.text(left, top - 24, f"filters={filters}", WEIGHTS, bold=True)
    for spot, number in enumerate(some(filters, 4)):
        x, y = left + spot % 2 * pitch, top + spot // 2 * pitch
        if number is None:
            area.text(x + pitch / 2 - 9, y + pitch / 2 - 15, "…", "quiet", size=16, ha="center")
            continue
        for away in range(min(channels, 3) - 1, 0, -1):
            area.box(x + 4 * away, y - 4 * away, wide, high, f"{WEIGHTS} 8%", WEIGHTS)
        place = (x, y, wide, high)
        opened.block(area, place, None if kernel is None else kernel[:, :, 0, number])
        grid(area, place, (rows, columns))
        area.small(x, y + high + 11, f"filter {number}")


def _maps(area, left, top, side, shape, filters):
    """The feature maps, one for each filter; the windows' outputs are marked."""
    rows, columns = (min(size or UNKNOWN, MOST) for size in shape[:2])
    wide, high = fitted((rows, columns), (side, side))
    place = (left, top, wide, high)
    _pile(area, place, filters, "layers")
    grid(area, place, (rows, columns))
    cell = (max(wide / columns, 4), max(high / rows, 4))
    _windows(area, left, top, cell, cell, (rows, columns))
    sizes = ["any" if size is None else size for size in shape[:2]]
    down(area, place, axis("height", sizes[0]))
    across(area, place, axis("width", sizes[1]))
    text = count(filters, "feature map")
    start = min(left, area.width - 12 - type.width(text, bold=True))
    area.text(start, top - 24, text, "layers", bold=True)


def _pile(area, place, number, color):
    """A sheet for each channel, three of them at most."""
    left, top, wide, high = place
    for away in range(min(number, 3) - 1, -1, -1):
        area.box(left + SHIFT * away, top - SHIFT * away, wide, high, f"{color} 8%", color, 1.2)


def _notes(opened, slides, seen, shapes):
    """The arguments, beneath the parts they make: (title, texts, colour)."""
    code, weights, layer = opened.code, opened.weights, opened.facts.layer
    rates = ["dilation_rate"] * (max(layer.dilation_rate) > 1)
    texts = code("kernel_size", "strides", "padding", *rates)
    if rates:
        texts.append(f"a window spans {' and '.join(str(s.reach) for s in slides)} pixels")
    texts += ["solid: a window, dashed: the next ones"]
    texts += ["dashed edge: zeros around it"] * any(s.before + s.after for s in slides)
    if seen != [s.size for s in slides]:
        texts.append(f"drawn: the first {seen[0]} × {seen[1]} pixels")
    yield f"input {opened.facts.input_shape}", texts, "data"
    kernel = weights["kernel"]
    texts = [product(kernel), kernel.made_by, *(code("groups") if layer.groups > 1 else [])]
    texts += ["shown is the first channel of each"] * (kernel.shape[2] > 1)
    if bias := weights.get("bias"):
        texts += [f"bias {bias.shape}: one number a filter", bias.made_by]
    yield f"kernel {kernel.shape}", texts, WEIGHTS
    sizes = zip(("height", "width"), slides, shapes[1], strict=False)
    texts = [_size(*each, layer.padding) for each in sizes]
    texts += code("activation") + ([] if bias else code("use_bias"))
    yield f"output {opened.facts.output_shape}", texts, "layers"


def _size(name, slide, size, padding):
    """How the size of the output comes about."""
    if size is None:
        return f"{name}: by the input's"
    if padding == "same":
        return f"{name}: ⌈{slide.size} / {slide.strides}⌉ = {size}"
    return f"{name}: ⌊({slide.size} − {slide.reach}) / {slide.strides}⌋ + 1 = {size}"
