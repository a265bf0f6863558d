"""The playground: a network whose units are pictures of what they output, and the whole beside."""

from collections import Counter, defaultdict

import numpy as np
from contourpy import contour_generator

from anatomy.base.colours import CLASSES
from anatomy.base.picture import picture
from anatomy.base.plot import epoch_ticks, rounded
from anatomy.base.type import SMALL, shorten, width
from anatomy.base.words import count, number, signed
from anatomy.fit.playground.facts import SIDE

HEAD, HIGH = 34, 252  # CSS pixels: of the line above, of the network
BESIDE, FOOT = 300, 388  # width of the map at the right; height of all
MOST = 8  # units of a layer that are shown
FACE, GAP = 42, 5  # the largest face of a unit; between two
WIDEST = 5.0  # of a connection
STRONG = 0.62  # of a class's colour on the paper, where the model is certain


@picture
def playground(sheet, session, *, epoch=None, unit=None, planned=0, cursor=None):
    """The layers of a network, each unit a map of its output over the plane of the two features.

    Lines are weights: their colour is the sign, their width the size. A unit of one feature is its
    curve. At the right the unit that is looked at, large, with training points (filled) and
    validation points (hollow); where it is the model's output, the regions that it decides on.

    Args:
        session: the `Session`.
        epoch: which of its kept epochs is shown; None: now.
        unit: (column, unit) that is looked at; None: the model's output.
        planned: how many epochs are to come in all.
        cursor: (x, y) where Enter would add a point, or None.

    Source: Smilkov, Carter, Direct-manipulation visualization of deep networks (2017).
    """
    now, weights = session.frames[-1] if epoch is None else session.at(epoch)
    outputs, last = session.outputs(weights), len(session.columns) - 1
    column, chosen = unit or (last, 0)
    sheet.height = FOOT
    _headline(sheet, session, now, planned)
    left = sheet.area(12, HEAD, sheet.width - BESIDE - 36, HIGH)
    shown = _network(left, session, outputs, weights, (column, chosen))
    strip = sheet.area(12, HEAD + HIGH, left.width, FOOT - HEAD - HIGH)
    words = _weights(strip, session, column, chosen, weights)
    right = sheet.area(sheet.width - BESIDE - 4, HEAD, BESIDE, FOOT - HEAD)
    sentence = _map(right, session, outputs, column, chosen, cursor)
    _course(right, session, now, planned)
    layers = ", ".join(f"{one.name} ({count(one.units, 'unit')})" for one in session.columns)
    first = f"A network of {count(len(session.ends), 'feature')}: {layers}.{shown}"
    past = f"After epoch {now}: {session.values(now)}." if now else "Before training."
    return "\n".join([first, past, sentence, words])


def _headline(sheet, session, now, planned):
    text = f"epoch {now}" + f" of {planned}" * (planned > now)
    wide = sheet.text(12, 16, text, bold=True)
    items = [("training", "training", "", "")]
    items += [("validation", "validation", "dashed", "")] * (session.validation is not None)
    start = sheet.legend(sheet.width - 12, 16, items)
    if now:
        sheet.text(24 + wide, 16, session.values(now), "quiet", room=start - 44 - wide)


def _network(area, session, outputs, weights, looked_at):
    """Columns of faces and the lines between; returns what is left out, in words."""
    columns = session.columns
    spots, by_depth = {}, defaultdict(list)
    for i, one in enumerate(columns):
        by_depth[one.depth].append(i)
    rows = {depth: sum(min(columns[i].units, MOST) for i in these) + len(these) - 1
            for depth, these in by_depth.items()}  # fmt: skip
    most = max(rows.values())
    face = min(FACE, int((HIGH - 30) / most) - GAP, int(area.width / len(by_depth)) - 12)
    step = (area.width - face - 2) / max(by_depth)
    for depth, these in by_depth.items():
        y = 16 + (HIGH - 16 - rows[depth] * (face + GAP)) / 2
        for i in these:
            n = min(columns[i].units, MOST)
            spots[i] = [(1 + depth * step, y + k * (face + GAP)) for k in range(n)]
            y += (n + 1) * (face + GAP)
    for i in range(len(columns)):
        _lines(area, session, i, weights, spots, face)
    for i, one in enumerate(columns):
        x, y = spots[i][0]
        over = one.units - MOST
        label = f"{MOST} of {one.units}" if over > 0 else one.name
        label = shorten(label, step - 8, SMALL)
        half = width(label, SMALL) / 2
        middle = min(max(x + face / 2, half), area.width - half)
        area.box(middle - half - 2, y - 17, 2 * half + 4, 15, "paper")
        area.small(middle, y - 9, label, ha="center")
    for i, one in enumerate(columns):
        _faces(area, session, outputs[i][:, :MOST], spots[i][0], face, one)
        for k, (x, y) in enumerate(spots[i]):
            press, chosen = {"unit": session.number(i, k)}, (i, k) == looked_at
            value = f"{number(outputs[i][:, k].min())} to {number(outputs[i][:, k].max())}"
            if one.kernel:
                value += f", weights {', '.join(map(number, session.kernel(i, weights)[:8, k]))}"
            name = f"unit {k + 1} of {one.name}"
            area.handle(x, y, face, face, name, value, press=press, near=True)
            if chosen:
                area.box(x - 2, y - 2, face + 4, face + 4, edge="ink", linewidth=2)
    words = " The first {} of {} units of {} are shown."
    return "".join(words.format(MOST, one.units, one.name) for one in columns if one.units > MOST)


def _lines(area, session, i, weights, spots, face):
    """The lines into a column."""
    one, segments, values = session.columns[i], [], []
    kernel = session.kernel(i, weights) if one.kernel else None
    start = 0
    for source in one.sources:
        units = session.columns[source].units
        for a, (x0, y0) in enumerate(spots[source]):
            for b, (x1, y1) in enumerate(spots[i]):
                joined = kernel is not None or b == start + a or (len(one.sources) > 1 and a == b
                    and one.units == units)  # fmt: skip
                if joined:
                    segments.append([(x0 + face, y0 + face / 2), (x1, y1 + face / 2)])
                    values.append(1.0 if kernel is None else kernel[a, b])
        start += units * (one.units != units)
    if not segments:
        return
    values = np.array(values)
    if kernel is None:
        area.strokes(segments, "rule", 1.2)
        return
    widths = 0.4 + (WIDEST - 0.4) * np.abs(values) / max(np.abs(values).max(), 1e-9)
    signs = ["positive" if value > 0 else "negative" for value in values]
    area.strokes(segments, signs, widths, alpha=0.75)


def _faces(area, session, outputs, place, face, one):
    """The units of a column: of two features one image of all, of one feature a curve each."""
    x, y = place
    shown = outputs.shape[1]
    level = session.task.level if one is session.columns[-1] else 0.0
    outputs = outputs - level
    most = float(np.abs(outputs[np.isfinite(outputs)]).max(initial=1e-9))
    if len(session.ends) == 1:
        for k in range(shown):
            top = y + k * (face + GAP)
            area.box(x, top, face, face, "paper", "quiet", 0.8)
            along = np.linspace(x, x + face, len(outputs))
            height = np.nan_to_num(outputs[:, k] / most)
            area.line(along, top + face / 2 - 0.45 * face * height, "layers", 1.6)
        return
    fields = outputs.T.reshape(shown, SIDE, SIDE)
    picked = np.linspace(0, SIDE - 1, face).round().astype(int)
    fields = fields[:, picked][:, :, picked]
    pixels = area.palette.ramp(np.nan_to_num(fields), -most, most)
    paper = np.round(255 * np.array(area.palette.rgb("paper"))).astype(np.uint8)
    column = np.broadcast_to(paper, (shown, face + GAP, face, 3)).copy()
    column[:, :face] = pixels
    high = shown * (face + GAP)
    area.image(x, y, face, high, column.reshape(-1, face, 3))
    for k in range(shown):
        area.frame(x, y + k * (face + GAP), face, face)


def _map(area, session, outputs, column, unit, cursor):
    """The unit that is looked at over the features, with the data; returns it in words."""
    one, last = session.columns[column], column == len(session.columns) - 1
    name = "the model" if last else f"unit {unit + 1} of {one.name}"
    area.text(44, 4, name, bold=True, room=area.width - 56)
    plane = len(session.ends) == 2
    axes, sentence = function(
        area, (44, 18, area.width - 56, 204), session.task, session.ends,
        outputs[column] if last else outputs[column][:, [unit]],
        _split(session) if last or plane else (), name,
    )  # fmt: skip
    if last or plane:
        if cursor:
            axes.dots(*([value] for value in cursor), "ink", 13, marker="+", edgewidth=2)
        middle = np.mean([axes.x, axes.y], axis=1)
        label = "the plot: a press adds a point; arrow keys and Enter"
        axes.press(label, "point", at=cursor or middle, x="across", y="up")
    return sentence


def beside(area, *facts):
    """The `function` of a model, as large as an area lets it be."""
    area.text(34, 16, "the model", bold=True)
    side = min(area.width - 46, area.height - 58)
    return function(area, (34, 32, area.width - 46, side), *facts)[1]


def function(area, place, task, ends, values, parts, name="the model"):
    """What a model, or a unit of another name, outputs over its one or two features, with the data.

    Args:
        place, ends: (left, top, width, height) of the plot, and of each feature the ends.
        task: the `Task` of the model. values: its outputs over the `grid`, (places, units).
        parts: [(x, y, whether of training)] of the points.

    Returns:
        (the Axes, a sentence).
    """
    (low, high), *more = ends
    values = np.nan_to_num(values)
    across = np.linspace(low, high, SIDE)
    if not more:
        every = np.r_[values.ravel(), *(np.ravel(y) for _, y, _ in parts)]
        room = 0.08 * (np.ptp(every) or 1.0)
        axes = area.axes(place, (low, high), (every.min() - room, every.max() + room))
        _dots(axes, [(x[:, 0], np.ravel(y), kind) for x, y, kind in parts], ())
        for curve in values.T:
            axes.curve(across, curve, "layers", 2.5)
        start, end = number(values[0, 0]), number(values[-1, 0])
        return axes, f"{name}: from {start} at {number(low)} to {end} at {number(high)}."
    axes = area.axes(place, (low, high), more[0], framed=True, grid="")
    if name == "the model" and task.classes:
        sentence = _regions(axes, task, values, across, np.linspace(*more[0], SIDE)[::-1])
    else:
        shown, most = values[:, 0], float(np.abs(values[:, 0]).max(initial=1e-9))
        axes.image(area.palette.ramp(shown.reshape(SIDE, SIDE), -most, most), smooth=True)
        ends = f"{number(shown.min())} to {number(shown.max())}"
        sentence = f"{name} outputs {ends} over the plane."
    _dots(axes, parts, task.classes)
    return axes, sentence


def _regions(axes, task, values, across, up):
    """The class that is decided on at each place, the paler the less certain, and the borders."""
    decided, palette = task.decided(values), axes.area.palette
    inks = np.array([palette.rgb(color) for color, _ in CLASSES])
    paper = np.array(palette.rgb("paper"))
    share = (0.15 + (STRONG - 0.15) * _certainty(values, task))[:, None]
    pixels = np.round(255 * (share * inks[decided % len(inks)] + (1 - share) * paper))
    axes.image(pixels.astype(np.uint8).reshape(SIDE, SIDE, 3), smooth=True)
    for k in range(values.shape[1]):
        margin = (values[:, 0] - task.level if values.shape[1] == 1
                  else values[:, k] - np.delete(values, k, axis=1).max(axis=1))  # fmt: skip
        for line in contour_generator(across, up, margin.reshape(SIDE, SIDE)).lines(0.0):
            axes.curve(*line.T, "ink", 1.6)
    counts = sorted(Counter(decided.tolist()).items())
    parts = ", ".join(f"class {k} in {round(100 * n / len(decided))}%" for k, n in counts)
    return f"Over the plane the model decides for {parts} of the places."


def _certainty(values, task):
    """How far the output is from deciding otherwise, (n,) from 0 to 1."""
    if values.shape[1] > 1:
        best = np.sort(values, axis=1)
        return np.clip(best[:, -1] - best[:, -2], 0, 1)
    return np.clip(2 * np.abs(values[:, 0] - task.level) / (1 if task.level else 2), 0, 1)


def _split(session):
    """[(x, y, whether of training)], validation first: it lies beneath."""
    parts = [(session.x, session.y, True)]
    if session.validation is not None:
        given = session.validation.arguments
        parts.insert(0, (np.asarray(given["x"]), np.asarray(given["y"]), False))
    return parts


def _dots(axes, parts, classes):
    """The points, each class with its colour and marker; validation points hollow."""
    for x, y, training in parts:
        labels = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel()
        groups = [labels == one for one in classes] or [np.ones(len(labels), bool)]
        for group, (color, marker) in zip(groups, CLASSES, strict=False):
            color = color if classes else "targets"
            places = x[group].T if x.ndim == 2 else (x[group], labels[group])
            axes.dots(*places, color if training else "paper", 4.5 if training else 4,
                      marker=marker, edge="paper" if training else color, edgewidth=0.7,
                      clipped=True)  # fmt: skip


def _course(area, session, now, planned):
    """The loss so far, beneath the map: a hand on it goes back to an epoch."""
    top, history = 266, session.history
    place = (44, top, area.width - 56, 62)
    loss, unseen = (np.array(history.get(name, ()), float) for name in ("loss", "val_loss"))
    every = np.r_[loss, unseen]
    every = every[np.isfinite(every)]
    high = rounded(min(every.max(), 3 * loss[0])) if len(every) else 1.0
    epochs = max(planned, len(loss), 1)
    axes = area.axes(place, (0, epochs), (0 if every.min(initial=0) >= 0 else every.min(), high),
                     xticks=epoch_ticks(epochs, 4, first=0), yticks={0: "0", high: number(high)},
                     ylabel="loss")  # fmt: skip
    along = np.arange(1, len(loss) + 1)
    if len(unseen):
        axes.curve(along, unseen, "validation", 1.6, dash="dashed")
    axes.curve(along, loss, "training", 1.8)
    axes.vertical(now, "ink")
    axes.handle("the epoch", str(now), x="epoch")


def _weights(area, session, column, unit, weights):
    """The weights into the unit that is looked at, each a bar to grab; returns them in words."""
    one = session.columns[column]
    if not one.kernel:
        of = f"{one.name} has no weight for each input" if one.sources else "a feature of the data"
        area.small(0, 16, of, room=area.width)
        return f"{of[0].upper()}{of[1:]}."
    kernel = session.kernel(column, weights)[:, unit]
    area.small(0, 14, f"weights into unit {unit + 1} of {one.name}", "ink", bold=True)
    shown, top, high = kernel[:16], 24, area.height - 42
    reach = rounded(1.2 * max(float(np.abs(shown).max()), 0.5))
    middle, wide = top + high / 2, min(56.0, area.width / len(shown))
    area.strokes([[(0, middle), (wide * len(shown), middle)]], "quiet", 0.8)
    source = session.columns[one.sources[0]].name
    for k, value in enumerate(shown):
        x, tall = k * wide + 0.2 * wide, float(value) / reach * high / 2
        color = "positive" if value > 0 else "negative"
        area.box(x, min(middle, middle - tall), 0.6 * wide, max(abs(tall), 1), color)
        text = signed(float(value), 2) if wide > 40 else ""
        area.small(x + 0.3 * wide, top + high + 10, text, ha="center")
        area.handle(
            x - 2, top - 4, 0.6 * wide + 4, high + 4, f"weight from unit {k + 1} of {source}",
            number(float(value)), press={"source": k},
            y=("weight", lambda at: (middle - min(max(at, top), top + high)) / (high / 2) * reach),
        )  # fmt: skip
    values = ", ".join(map(number, shown.tolist()))
    return f"Weights into unit {unit + 1} of {one.name}: {values}."
