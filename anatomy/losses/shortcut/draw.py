"""Two pictures of what a model learned, and beneath them what its last few runs measured."""

import numpy as np

from anatomy.base.arrays import Shade, image
from anatomy.base.picture import picture
from anatomy.base.type import TITLE, width
from anatomy.base.words import count, fixed, number, sentences
from anatomy.data import calls
from anatomy.losses.shortcut.facts import THRESHOLD, Detection, Kernels

EDGE, GAP = 12, 8  # CSS pixels at the sides, between two columns
GOLDEN = 0.618034  # steps of this part of a row spread the samples evenly over its height
MOST = 12  # units
ROWS, ROW = 4, 20  # runs in the table, CSS pixels of each
PARTS = {"in training": "training", "on samples it has not seen": "validation"}
CAPTION = "red: for the class, blue: against it; square: the largest weight of the unit"


@picture(classes=calls.names_of(2))
def rare(sheet, y, predictions, classes=None, runs=(), threshold=THRESHOLD):
    """The predictions for two classes on a line from 0 to 1: what is found, and what is missed.

    recall = found / (found + missed), precision = found / (found + false alarms)

    Args:
        y: labels, (n,) or (n, 1), 0 or 1; 1 is the class that is looked for.
        predictions: what ``model.predict`` returns, probabilities of class 1, (n,) or (n, 1).
        classes: names of class 0 and class 1, such as ("others", "nines").
        runs: what was measured, a list of (label, training, unseen), the present run first: a
            text and two dicts name -> number. Four are shown.
        threshold: above it a prediction is taken for class 1.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for labels other than 0 and 1, or not as many of both.

    Source: https://keras.io/api/metrics/classification_metrics/
    """
    facts = Detection(y, predictions, threshold)
    classes = [*map(str, classes or ("class 0", "class 1"))]
    counts, bottom, left = facts.counts, 220, 132
    sheet.height = bottom + 50 + _height(runs)
    wide = sheet.width - left - EDGE
    right, middle = left + wide, left + threshold * wide
    title = f"{counts['found']} of {np.sum(facts.y)} {classes[1]} found"
    sheet.text(EDGE, 18, title, size=TITLE, bold=True)
    if runs and threshold != THRESHOLD:
        note = f"the table is of a threshold of {THRESHOLD}"
        sheet.small(right, 18, note, ha="right")
    sheet.box(middle, 52, right - middle, bottom - 52, "rule 50%")
    for start, end, name in ((left, middle, classes[0]), (middle, right, classes[1])):
        if end - start > 100:
            sheet.small((start + end) / 2, 42, f"predicted: {name}",
                        ha="center", room=end - start - 20)  # fmt: skip
    axes = sheet.axes(
        (left, 52, wide, bottom - 52), (0, 1), (0, 1), yticks=(), xticks=(0, 0.25, 0.5, 0.75, 1),
        xlabel=f"prediction: the probability of {classes[1]}",
    )  # fmt: skip
    axes.vertical(threshold, "ink", 1.2, dash="dashed")
    sheet.handle(middle - 8, 52, 16, bottom - 52, "the threshold", number(threshold),
                 x=("threshold", lambda at: (at - left) / wide))  # fmt: skip
    rows = (
        (1, 70, 50, ("missed", "found"), "alarm", {"size": 8, "marker": "D", "edge": "paper"}),
        (0, 142, 72, ("left alone", "false alarms"), "layers", {"size": 4, "alpha": 0.45}),
    )
    for label, top, high, names, color, look in rows:
        chosen = facts.predictions[facts.y == label]
        spread = (0.5 + GOLDEN * np.arange(len(chosen))) % 1
        sheet.dots(axes.px(chosen), top + 6 + spread * (high - 12), color, **look)
        sheet.text(EDGE, top + high / 2 - 9, classes[label], bold=True, room=left - 30)
        sheet.small(EDGE, top + high / 2 + 9, f"{len(chosen):,}")
        below, above = (f"{counts[name]:,} {name}" for name in names)
        before, behind = (width(text, TITLE, bold=True) for text in (below, above))
        end = min(max(middle - 12, left + 4 + before), right - behind - 28)
        start = min(max(middle + 12, end + 24), right - behind - 4)
        for text, x, long in ((below, end - before, before), (above, start, behind)):
            if x < middle < x + long:  # no room on its side of the threshold
                sheet.box(x - 3, top - 17, long + 6, 18, "paper", round=3)
            sheet.text(x, top - 8, text, size=TITLE, bold=True)
    return sentences(
        f"Predictions for {np.sum(facts.y)} {classes[1]} and {np.sum(facts.y == 0)} {classes[0]}, "
        f"from 0 to 1, threshold {number(threshold)}: {found(facts, classes[1])}.",
        _table(sheet.area(EDGE, bottom + 50, sheet.width - 2 * EDGE, _height(runs)), runs),
    )


@picture
def kernels(sheet, kernel, x, y, classes=None, runs=()):
    """The kernel of each unit of a softmax layer as an image, under a sample of its class.

    Args:
        kernel: of a Dense layer on flattened images, (rows * columns, units); at most 12 units.
        x: images that it was trained on, (n, rows, columns), (n, rows, columns, 1), or
            (n, side * side) of squares.
        y: their labels, whole numbers below ``units``, (n,) or (n, 1).
        classes: a name for each unit; None: the numbers themselves.
        runs: what was measured, as for ``draw.rare``.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for a kernel that does not fit the images, or more than 12 units.

    Source: Chollet, Deep Learning with Python, ch. 3; https://keras.io/api/layers/core_layers/dense
    """
    facts = Kernels(kernel, x, y)
    units, rows, columns = facts.kernels.shape
    calls.whole("the number of units", units, 1, MOST)
    if classes is not None:
        calls.names_of(units)("classes", classes)
    classes = [str(name) for name in (classes or range(units))]
    pitch = (sheet.width - 2 * EDGE + GAP) / units
    wide = min(pitch - GAP, 104)
    high = min(wide * rows / columns, 104)
    below, end = 56 + high + 32, float(np.abs(facts.kernels).max()) or 1.0
    ends = f"−{number(end)} to {number(end)}"
    sheet.height = below + high + 34 + _height(runs)
    right = sheet.width - EDGE
    sheet.text(EDGE, 18, "what it was trained on: a sample of each class", bold=True)
    sheet.text(EDGE, below - 14, "what it learned: the kernel of each unit", bold=True)
    if sheet.width > 700:
        sheet.small(right, below - 14, f"one scale for all, {ends}", ha="right")
        sheet.small(right, below + high + 16, looks_at(facts), ha="right")
    sheet.small(EDGE, below + high + 16, CAPTION)
    samples = Shade.of(facts.samples).pixels(sheet.palette, facts.samples)
    weights, rings = Shade(end).pixels(sheet.palette, facts.kernels), []
    for k, (row, column) in enumerate(facts.largest):
        left = EDGE + k * pitch
        sheet.text(left + wide / 2, 40, classes[k], bold=True, ha="center", room=wide)
        for top, pixels in ((56, samples[k]), (below, weights[k])):
            image(sheet, (left, top, wide, high), pixels)
        rings.append((left + (column + 0.5) * wide / columns, below + (row + 0.5) * high / rows))
    for x, y in rings:
        sheet.box(x - 4.5, y - 4.5, 9, 9, edge="ink", linewidth=1.4)
    places = ", ".join(f"{k}: {place}" for k, place in zip(classes, facts.largest, strict=True))
    return sentences(
        f"Kernels of {units} units as images of {rows} x {columns}, weights up to "
        f"±{number(end)}. Largest weight of each, (row, column): {places}.",
        _table(sheet.area(EDGE, below + high + 34, right - EDGE, _height(runs)), runs),
    )


def found(facts, name):
    """A `Detection` in a few words: 3 of 20 nines found, 1 false alarm."""
    counts = facts.counts
    alarms = count(counts["false alarms"], "false alarm")
    return f"{counts['found']} of {np.sum(facts.y)} {name} found, {alarms}"


def looks_at(facts):
    """Where the largest weights of `Kernels` are, in a few words."""
    rows = sorted({row for row, _ in facts.largest})
    where = f"rows {rows[0]} to {rows[-1]}" if len(rows) > 1 else f"row {rows[0]}"
    return f"the largest weight of each unit is in {where} of {facts.kernels.shape[1]}"


def _height(runs):
    return 40 + ROW * ROWS if runs else 0


def _table(area, runs):
    """What the last few runs measured: a share has a bar from 0 to 1. Returns it in words."""
    runs = runs[:ROWS]
    names = [sorted(part, key=lambda name: name != "loss") for part in runs[0][1:]] if runs else []
    pitch = (area.width - 116) / max(1, sum(map(len, names)))
    bar = min(pitch - 50, 60) if pitch > 66 else 0
    words = [[f"{label}:"] for label, *_ in runs]
    for i, (label, *_) in enumerate(runs):
        ink = "quiet" if i else "ink"
        area.text(0, 44 + ROW * i, label, ink, bold=not i, room=104)
    left = 108
    for (head, color), part, measured in zip(PARTS.items(), names, (1, 2), strict=False):
        area.text(left, 4, head, color, bold=True)
        for i, run in enumerate(runs):
            values = [f"{name} {number(run[measured][name])}" for name in part]
            words[i].append(f"{head} {', '.join(values)}" + (";" if measured == 1 else "."))
        for name in part:
            area.small(left, 24, name, room=pitch - 5)
            for i, run in enumerate(runs):
                value, y = run[measured][name], 44 + ROW * i
                barred = bar * (name != "loss" and 0 <= value <= 1)
                if barred:
                    area.box(left, y - 5, barred * value, 10, color if not i else f"{color} 40%")
                start = left + barred + 5 * bool(barred)
                area.text(start, y, fixed(value, 3), "quiet" if i else "ink", bold=not i)
            left += pitch
        left += 8
    return sentences(*(" ".join(row) for row in words))
