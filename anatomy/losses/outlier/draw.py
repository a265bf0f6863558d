"""Lines fitted to the same points by several losses, and one point that pulls at them."""

import numpy as np

from anatomy.base.picture import picture
from anatomy.base.plot import apart
from anatomy.base.words import count, fixed, number, pair, percent, sentences, signed
from anatomy.data import calls, gate
from anatomy.losses.outlier.facts import reach

LOOKS = ("loss", ""), ("training", "dashed"), ("optimizer", "dotted")
LEFT, TOP, FOOT = 46, 42, 46  # CSS pixels, around the points
CARDS, ENDS, BAR = 206, 58, 144  # width of what is said of the lines, of their names; a full bar


@picture(labels=calls.names_of(2))
def outlier(sheet, x, y, lines, point=-1, labels=("x", "y")):
    """Points, lines fitted to them, and how hard one point pulls at the slope of each.

    pull = d loss of the point / d slope; its share is of the pulls of all points, either way

    Args:
        x, y: the points, (n,) or (n, 1).
        lines: one to three of `anatomy.losses.outlier.facts.FittedLine`.
        point: the row of the point that is marked.
        labels: what x and y are.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for more than three lines.

    Source: Huber, Robust Estimation of a Location Parameter (1964).
    """
    calls.whole("the number of lines", len(lines), 1, len(LOOKS))
    x, y, sheet.height = np.ravel(x), np.ravel(y), 390
    gate.check_rows(x=x, y=y)
    calls.whole("point", point, -len(x), len(x) - 1)
    place, rest = pair(x[point], y[point]), np.arange(len(x)) != point % len(x)
    wide, high = sheet.width - LEFT - ENDS - CARDS, sheet.height - TOP - FOOT
    reaches = reach(x[rest]), reach(y[rest])
    axes = sheet.axes((LEFT, TOP, wide, high), *reaches, xlabel=labels[0])
    axes.dots(x[rest], y[rest], "layers", alpha=0.5)
    ends = []
    for line, (color, dash) in zip(lines, LOOKS, strict=False):
        heights = [line.slope * end + line.bias for end in axes.x]
        axes.curve(axes.x, heights, color, 2.5, dash=dash)
        ends.append(axes.py(np.clip(heights[1], *axes.y)))
    axes.dots([x[point]], [y[point]], "alarm", 11, marker="D", edge="paper")
    axes.handle("the point", place, x="x", y="y", at=(x[point], y[point]))
    used = sheet.text(LEFT + wide, 18, f"the point is at {place}", "alarm", ha="right")
    title = labels[1] + f", {count(len(x), 'point')}" * (sheet.width > 700)
    sheet.text(12, 18, title, bold=True, room=LEFT + wide - used - 24)
    cards = sheet.area(sheet.width - CARDS, 0, CARDS, sheet.height)
    cards.small(0, 18, "share of all pull at the slope", "ink", bold=True)
    points, parts = count(len(x), "point"), []
    ends = apart(ends, 15, TOP, TOP + high)
    for i, (line, (color, dash), end) in enumerate(zip(lines, LOOKS, ends, strict=False)):
        sheet.small(LEFT + wide + 6, end, line.name, color, bold=True, room=ENDS - 12)
        card, share = cards.area(0, TOP + 110 * i, CARDS, 110), line.share(point)
        loss, pull = number(line.loss), signed(line.pulls[point])
        card.line([0, 34], [8, 8], color, 2.5, dash=dash)
        card.text(42, 8, line.name, color, bold=True, room=CARDS - 54)
        card.box(0, 22, BAR, 12, "rule")
        card.box(0, 22, BAR * share, 12, color)
        card.text(BAR + 8, 28, percent(share), bold=True)
        card.small(0, 50, f"loss {loss}, slope {fixed(line.slope)}")
        card.small(0, 68, f"pull of the point {pull}")
        parts.append(
            f"{line.name}: loss {loss}, slope {fixed(line.slope)}, bias {fixed(line.bias)}; the "
            f"point pulls at the slope with {pull}, {percent(share)} of all pull."
        )
    fitted = f"{count(len(lines), 'line')} fitted to {points}, the marked one at {place}."
    return sentences(fitted, *parts)
