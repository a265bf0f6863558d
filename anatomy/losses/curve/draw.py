"""A loss and its gradient: the cost of each prediction, and the way that one step moves it."""

import functools

import numpy as np

from anatomy.base.picture import picture
from anatomy.base.plot import arrows, rounded, ticks
from anatomy.base.type import SMALL, TITLE, width, wrap
from anatomy.base.words import fixed, number
from anatomy.losses.curve import triangle
from anatomy.losses.curve.facts import beside, descend
from anatomy.losses.curve.triangle import CORNERS

GAP = 28  # CSS pixels between two panels
LEFT, RIGHT = 46, 58  # beside the data of a line
LOSS, SLOPE = (70, 148), (266, 90)  # top and height of the two axes
NEAR = 0.9  # the gradient's axis shows this part of its values whole: some have no bound
WITHIN = 25.0  # two panels share an axis where neither is more than this much higher
TOP, BANDS, LONGEST, SHORTEST = 76, 8, 26, 3  # of a triangle; its contours; arrows, CSS pixels
ROW = 19  # of the table
LOGITS = ("logit_0", "logit_1", "logit_2")  # the controls of the three classes
ARROWS = "Arrows: against the gradient, along the triangle; longer where it is steeper."
AXES = {"z": "logit z", "s": "similarity s", "Y′": "prediction Y′"}
OVER = {
    ("number", "prediction"): "the prediction Y′",
    ("probability", "prediction"): "the probability Y′",
    ("probability", "logit"): "the logit z; Y′ = sigmoid(z)",
    ("classes", "prediction"): "Y′, the probabilities of three classes",
    ("classes", "logit"): "Y′ = softmax(z), the probabilities of three classes",
    ("similarity", "prediction"): "the cosine similarity s of an anchor and a sample of its class; "
    "a third sample, of another, at right angles to both",
}
SOFT = "Arrows: where a small step against the gradient by z moves Y′; longer where farther."


@picture
def loss(sheet, loss, other=None, *, target=None, at=None, over="prediction", learning_rate=0.1):
    """A loss and its gradient, the feedback signal, over the prediction.

    For a number a curve, with its gradient beneath; for classes contours over the
    probabilities of three, with arrows against the gradient. All is of one sample, by Keras.
    One step of descent leads from ``at`` to ``at - learning_rate * gradient``.

    Args:
        loss: a name such as "mse", a ``keras.losses.Loss``, or your own function of
            ``(y_true, y_pred)``.
        other: a loss to draw beside it, over the same predictions; or None.
        target: a number; for classes the right one, 0, 1 or 2, or three probabilities, which
            also put a loss of numbers over classes. None: one that suits.
        at: where the prediction stands: a number, or three; over the logit, logits. None:
            only the curve.
        over: "prediction", or "logit": the input of the sigmoid or the softmax.
        learning_rate: of the one step.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        TypeError, ValueError: for a loss, target or prediction that cannot be drawn.

    Source: Chollet, Deep Learning with Python, ch. 3.1: the loss as feedback signal.
    """
    losses = [one for one in (loss, other) if one is not None]
    curves = beside(losses, target, over, at)
    steps = [None if at is None else descend(curve, at, learning_rate) for curve in curves]
    wide = (sheet.width - 24 - GAP * (len(curves) - 1)) / len(curves)
    lefts = [12 + i * (wide + GAP) for i in range(len(curves))]
    top = max(len(wrap(_how(curve), wide, SMALL)) for curve in curves) * 15 - 15
    for left, curve in zip(lefts, curves, strict=True):
        sheet.text(left, 17, curve.title, size=TITLE, bold=True, room=wide)
        sheet.paragraph(left, 36, _how(curve), wide, "quiet", size=SMALL, leading=15)
    areas = [sheet.area(left, top, wide, 400) for left in lefts]
    if curves[0].classes:
        bottom = top + max(_triangle(*one) for one in zip(areas, curves, steps, strict=True))
        note = SOFT if curves[0].over == "logit" else ARROWS
        sheet.height = sheet.paragraph(12, bottom + 14, note, sheet.width - 24, "quiet", size=SMALL)
    else:
        panels = zip(areas, curves, steps, _reaches(curves), strict=True)
        sheet.height = top + max(_line(*one) for one in panels)
    lines = []
    for curve, step in zip(curves, steps, strict=True):
        lines += [_curve_sentence(curve), *([_step_sentence(curve, step)] if step else [])]
    return "\n".join(lines)


def _line(area, curve, step, reach):
    """Loss above, gradient below; the target, the prediction, one step; returns the bottom."""
    wide = area.width - LEFT - RIGHT
    low, high = ends = float(curve.at[0]), float(curve.at[-1])
    shown = dict(ticks(low, high, most=8 if wide > 400 else 5))
    upper, lower = (
        area.axes((LEFT, top, wide, tall), ends, limits, xticks=shown if below else (),
                  xlabel=below and AXES[_symbol(curve)])
        for (top, tall), limits, below in zip((LOSS, SLOPE), reach, ("", "below"), strict=True)
    )  # fmt: skip
    numbers = (step.value, step.gradient) if step else ("", "")
    captions = ("loss", "loss"), (f"gradient{': the feedback signal' * (wide > 180)}", "optimizer")
    for (top, _), (text, color), value in zip((LOSS, SLOPE), captions, numbers, strict=True):
        x = 8 + area.small(8, top - 14, text, color, bold=True)
        area.text(x + 12, top - 14, number(value) if step else "", color, bold=True)
    _ways(area, lower)
    signal = np.nan_to_num(curve.gradients)
    lower.band(curve.at, np.zeros_like(signal), signal, "optimizer 10%", alpha=1)
    lower.horizontal(0)
    _aim(area, (upper, lower), curve)
    upper.curve(curve.at, curve.values, "loss", 2.4)
    lower.curve(curve.at, curve.gradients, "optimizer", 2.4, dash="long")
    bottom = sum(SLOPE) + 40
    if step:
        _step(upper, lower, step)
        upper.handle(_name(area, curve.over, curve), number(step.at), x=curve.over)
        text = f"○ one step: {_short(curve, step)}"
        bottom = area.paragraph(8, bottom + 10, text, area.width - 8, size=SMALL, leading=15)
    return bottom


def _name(area, what, curve):
    """Of a handle: both losses may be the same."""
    return f"the {what}, {curve.name}" + ", at the right" * (area.left > 12)


def _ways(area, axes):
    """Beside the gradient: which way descent moves where it is positive, and negative."""
    top, zero, bottom = axes.top, axes.py(0), axes.bottom
    for text, start, size in (("← step", top, zero - top), ("step →", zero, bottom - zero)):
        if size > 16:
            area.small(axes.right + 8, start + size / 2, text, "optimizer")


def _aim(area, axes, curve):
    """The target: a line through both axes, or an arrow to where it lies beyond them."""
    upper, (low, high) = axes[0], axes[0].x
    mark, text = float(curve.target), _target(curve)
    if curve.over == "logit":
        with np.errstate(divide="ignore"):
            mark = float(np.log(mark) - np.log1p(-mark))
    if low <= mark <= high:
        for one in axes:
            one.vertical(mark, "targets", 1.6, dash="dotted")
    else:
        text = f"{text} →" if mark > high else f"← {text}"
    half = width(text, SMALL, bold=True) / 2
    x = np.clip(upper.px(np.clip(mark, low, high)), upper.left + half, upper.right - half)
    area.small(float(x), upper.bottom + 13, text, "targets", bold=True, ha="center")


def _step(upper, lower, step):
    """The prediction, its tangent and gradient, and an arrow to where the step lands."""
    (_, _, wide, tall), (low, high), (bottom, top) = upper.place, upper.x, upper.y
    x, y = step.at, _within(step.value, upper.y)
    across, up = wide / (high - low), tall / (top - bottom)  # pixels a unit
    if np.isfinite(step.gradient):  # as long on the page at any slope
        half = 46 / np.hypot(across, step.gradient * up)
        ends = np.array([-half, half])
        upper.curve(x + ends, step.value + step.gradient * ends, "ink", 1.2)
    goal = float(np.clip(step.lands, low, high))
    if abs(goal - x) * across > 3:
        end = _within(step.after, upper.y)
        start, finish = upper.px([x, goal])
        upper.area.arrow([start, finish], [upper.py(y)] * 2, "optimizer", 2, head=8)
        if low <= step.lands <= high and np.isfinite(step.after):
            upper.curve([goal, goal], [y, end], "optimizer", 1.2, dash="dotted")
            upper.dots([goal], [end], "paper", 8, edge="optimizer", edgewidth=2)
    upper.dots([x], [y], "ink", 10, edge="paper", edgewidth=1.2)
    slope = _within(step.gradient, lower.y)
    marker = "^" if step.gradient > lower.y[1] else "v" if step.gradient < lower.y[0] else "o"
    lower.curve([x, x], [0, slope], "optimizer", 3)
    lower.dots([x], [slope], "ink", 9, marker=marker, edge="paper", edgewidth=1.2)


def _within(value, reach):
    return float(np.clip(np.nan_to_num(value), *reach))


@functools.lru_cache(maxsize=64)
def _reaches(curves):
    """For each curve the y ranges of loss and gradient: shared, where they are alike.

    Their ends are round numbers, so that a target can be dragged over axes that rest.
    """
    pairs = []
    for ends in zip(*((_above(c.values), _around(c.gradients)) for c in curves), strict=True):
        sizes = [high - low for low, high in ends]
        if max(sizes) <= WITHIN * min(sizes):
            ends = [(min(low for low, _ in ends), max(high for _, high in ends))] * len(ends)
        pairs.append(ends)
    return list(zip(*pairs, strict=True))


def _above(values):
    """The y axis of a loss: from 0, or its least value, with some room."""
    finite = values[np.isfinite(values)]
    return _round(min(0.0, finite.min(initial=0)), max(0.0, finite.max(initial=0)))


def _around(gradients):
    """The y axis of a gradient: around 0; one without a bound leaves it."""
    finite = gradients[np.isfinite(gradients)]
    if not len(finite):
        return -1.0, 1.0
    low, high = (min(0.0, finite.min()), max(0.0, finite.max()))
    near = np.quantile(finite, ((1 - NEAR) / 2, (1 + NEAR) / 2))
    if max(0.0, *near) - min(0.0, *near) < 0.4 * (high - low):
        low, high = min(0.0, *near), max(0.0, *near)
    return _round(low, high)


def _round(low, high):
    """Round ends, with a little room about them."""
    low, high = (rounded(1.04 * low) if low else 0.0), (rounded(1.04 * high) if high else 0.0)
    room = 0.04 * ((high - low) or 1.0)
    return float(low - room), float(high + room)


def _triangle(area, curve, step):
    """The loss as contours, arrows of descent, the prediction and one step; returns its bottom."""
    beside = area.width >= 400  # room for the table to the right of the top
    side = round(min(area.width - 12, 330 if area.width > 600 else 312 if beside else 300))
    left = 0 if beside and step else (area.width - side) / 2
    high = side * CORNERS[2, 1]

    def pixels(places):
        return np.asarray(places) * (side, -side) + (left, TOP + high)

    values = np.nan_to_num(curve.values.astype(float))
    low, most = np.quantile(values, (0, 0.93))  # the highest can be without bound
    levels = tuple(level for level, _ in ticks(low, most, most=BANDS)) if most - low > 1e-6 else ()
    shades = _bands(curve, levels, 2 * side, area.palette)
    area.image(left, TOP, side, high, shades)
    corners = pixels(CORNERS)
    area.strokes(pixels(triangle.contours(curve, levels)), "quiet", 0.7)
    area.polygon(corners, edge="quiet")
    _arrows(area, curve, pixels, levels, side)
    _corners(area, curve, corners)
    for level, place in triangle.labels(curve, levels, side).items():
        x, y = pixels(place)
        half = width(number(level), SMALL) / 2 + 2
        area.box(x - half, y - 7, 2 * half, 14, "paper", round=4)
        area.small(x, y, number(level), "ink", ha="center")
    bottom = TOP + high + 24
    if not step:
        return bottom
    at, end, goal = (pixels(p) for p in (triangle.places(step.prediction), triangle.landing(step),
                                         triangle.places(step.after_prediction)))  # fmt: skip
    area.handle(left, TOP, side, high, _name(area, "prediction", curve),
                ", ".join(map(_brief, step.prediction)),
                to=lambda x, y: logits((x - left) / side, (TOP + high - y) / side),
                x=(LOGITS[1], float), y=(LOGITS[2], lambda at: -at))  # fmt: skip
    area.line(*np.stack([at, end]).T, "optimizer", 2.5)
    if np.hypot(*(goal - at)) > 5 and step.inside:
        area.dots(*goal[:, None], "paper", 9, edge="optimizer", edgewidth=2)
    area.dots(*at[:, None], "ink", 11, edge="paper", edgewidth=1.2)
    if area.width > 600:
        _table(area.area(area.width - 330, TOP + 40, 330, 200), curve, step)
    elif beside:
        _table(area.area(area.width - 198, 58, 198, 200), curve, step)
    else:
        _table(area.area(4, bottom + 14, area.width - 8, 200), curve, step)
        bottom += 5 * ROW + 12
    way = f"○ one step on {_symbol(curve)}, learning_rate {number(step.learning_rate)}"
    way += "" if step.inside else ": beyond 0 to 1"
    return area.paragraph(0, bottom + 12, way, area.width, "optimizer", size=SMALL, leading=15) - 4


def logits(x, y):
    """The logits, by the names of their controls, of a place on the triangle or beside it."""
    logs = np.log(np.maximum(triangle.probabilities(x, y), 1e-6))
    return dict(zip(LOGITS, logs - (logs.max() + logs.min()) / 2, strict=True))


@functools.lru_cache(maxsize=8)
def _bands(curve, levels, columns, palette):
    """The bands between the contours as pixels: darker for more; beyond the triangle paper."""
    index = triangle.bands(curve, levels, columns)
    return palette.ramp(index, 0, 1.3 * max(len(levels), 1), "loss")


def _arrows(area, curve, pixels, levels, side):
    """Slim arrows of descent, but where the value of a contour stands."""
    places, flow = triangle.descent(curve)
    length = np.hypot(*flow.T)
    # The square root: between the flattest and the steepest lies a factor of hundreds.
    size = LONGEST * np.sqrt(np.minimum(length / (np.quantile(length, 0.9) or 1), 1))
    kept = np.array([*triangle.labels(curve, levels, side).values()]).reshape(-1, 1, 2)
    gaps = np.hypot(*np.moveaxis(places - kept, -1, 0)).min(axis=0, initial=9) * side
    shown = (size >= SHORTEST) & (gaps > 22)
    half = (flow / np.maximum(length, 1e-12)[:, None] * size[:, None] / 2)[shown] * (1, -1)
    middles = pixels(places[shown])
    area.strokes(arrows(np.stack([middles - half, middles + half], axis=1), 6), "ink 80%", 1.1)


def _corners(area, curve, corners):
    """The names of the classes, and the target."""
    asides = (-4, 18, "left"), (4, 18, "right"), (0, -14, "center")
    for i, ((x, y), (across, down, ha)) in enumerate(zip(corners, asides, strict=True)):
        right = not np.ndim(curve.target) and i == curve.target
        text, color = (f"class {i}, target", "targets") if right else (f"class {i}", "ink")
        area.text(x + across, y + down, text, color, bold=right, ha=ha)
    x, y = triangle.goal(curve) @ corners
    area.dots([x], [y], "targets", 11, marker="D", edge="paper")


def _table(area, curve, step):
    """The numbers of each class: prediction, gradient, prediction after the step."""
    roomy = area.width > 320
    right = (112, 202, 316) if roomy else (88, 144, 198)
    by = f" by {_symbol(curve)}" if roomy else ""
    heads = "● Y′", f"gradient{by}", "○ Y′ after it" if roomy else "○ Y′"
    for x, head in zip(right, heads, strict=True):
        area.small(x, 0, head, ha="right")
    columns = step.prediction, step.gradient, step.after_prediction
    for i in range(3):
        target = not np.ndim(curve.target) and i == curve.target
        name = f"◆ class {i}" if target and roomy else f"class {i}"
        area.small(0, ROW * (i + 1), name, "targets" if target else "ink", bold=target)
        for x, column, color in zip(right, columns, ("ink", "optimizer", "ink"), strict=True):
            area.text(x, ROW * (i + 1), _brief(column[i]), color, ha="right")
    area.text(0, ROW * 4 + 2, "loss", "loss", bold=True)
    costs = _brief(step.value), _brief(step.after) if step.inside else "none"
    for x, cost in zip(right[::2], costs, strict=True):
        area.text(x, ROW * 4 + 2, cost, "loss", bold=True, ha="right")


def _brief(value):
    return fixed(value, 3) if abs(value) < 100 else number(value, 2)


def _how(curve):
    """Over what a curve is drawn."""
    return f"over {OVER[curve.kind, curve.over]}"


def _symbol(curve):
    return "z" if curve.over == "logit" else "s" if curve.kind == "similarity" else "Y′"


def _target(curve):
    if curve.kind == "similarity":
        return "the same class"
    classes = curve.classes and not np.ndim(curve.target)
    return f"target {'class ' * classes}{_place(curve.target)}"


def _curve_sentence(curve):
    name = "Y′" if curve.classes else _symbol(curve)
    places = curve.predicted(curve.at) if curve.classes else curve.at
    order = np.argsort(curve.values)
    ends = [f"{number(curve.values[i])} at {name} = {_place(places[i])}" for i in order[[0, -1]]]
    return f"Loss {curve.title}, {_target(curve)}, {_how(curve)}: from {' to '.join(ends)}."


def _step_sentence(curve, step):
    name = _symbol(curve)
    behind = f" (Y′ = {_place(step.prediction)})" if curve.over == "logit" else ""
    return (
        f"At {name} = {_place(step.at)}{behind}: loss {number(step.value)}, gradient "
        f"{_place(step.gradient)}. One step of descent, learning_rate "
        f"{number(step.learning_rate)}: {name} = {_after(step.at, step.lands)}, "
        f"{_landed(curve, step)}."
    )


def _short(curve, step):
    """The step in a line under a panel."""
    way = f"{_symbol(curve)} {number(step.at)} → {_after(step.at, step.lands)}"
    if not step.inside:
        return f"{way}, {_landed(curve, step)}"
    return f"{way}, loss {number(step.value)} → {_after(step.value, step.after)}"


def _landed(curve, step):
    """The loss after the step, or why there is none."""
    if step.inside:
        return f"loss {_after(step.value, step.after)}"
    return f"beyond {'−1' if curve.kind == 'similarity' else '0'} to 1: no prediction"


def _after(before, value):
    """A number after a step, with as many digits as tell it from the one before; or three."""
    if np.ndim(value):
        return f"({', '.join(map(_after, before, value))})"
    return number(value, 7) if number(value) == number(before) else number(value)


def _place(value):
    """A number, or three of them."""
    return f"({', '.join(map(number, value))})" if np.ndim(value) else number(value)
