"""Predictions beside the truth: which classes are confused, and the samples most mistaken."""

import numpy as np

from anatomy.base.arrays import Shade, image, short
from anatomy.base.colours import CLASSES
from anatomy.base.picture import picture
from anatomy.base.type import SMALL, TITLE, width, wrap
from anatomy.base.words import fixed, listed, number, percent, signed
from anatomy.data import calls, gate
from anatomy.layers.tensor.facts import as_image, square_side
from anatomy.workflow.predictions import facts as predictions

FOOT = 25  # CSS pixels below the matrix
SMALLEST, LARGEST, SIDE = 25, 84, 255  # of a cell; of the matrix, where the cells allow it
MOST, LISTED = 20, 9  # classes; mistakes that are listed
FULL = 0.15  # the share of a row from which a mistake has the full colour, or the largest if more
KEY = (
    "Rows: the truth. Columns: the guess. On the diagonal, blue: right. "
    "Orange: wrong, darker for a larger share of its row."
)


@picture
def confusion(sheet, y_true, y_pred, classes=None):
    """Which classes a model takes for which: a matrix of counts, a row for each true class.

    recall = right / row, precision = right / column, accuracy = right / all

    Args:
        y_true: the labels, (n,) or (n, 1), 0 for the first class; or one-hot rows (n, classes).
        y_pred: labels likewise; or what ``model.predict`` returns: (n, classes), the largest is
            the guess, or (n, 1) probabilities of class 1.
        classes: 2 to 20 names, one for each label; None: the numbers themselves.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        TypeError, ValueError: for arrays that are no labels, or not as many of both; for more
            classes.

    Source: https://scikit-learn.org/stable/modules/model_evaluation.html#confusion-matrix
    """
    facts = predictions.confusion(y_true, y_pred, classes)
    names, n = facts.names, len(facts.names)
    if n > MOST:
        raise ValueError(f"There are {n} classes; {MOST} at most can be read.")
    cell = int(min(max(SIDE / n, SMALLEST), LARGEST, (sheet.width - 144) / n))
    heads, rows = _headings(names, cell)
    widest = max(width(row, bold=True) for row in rows)
    spare = sheet.width - n * cell - 82
    axes, least = ("truth ↓ guess →", 84) if spare >= 84 else ("truth ↓", 62)
    left = round(max(min(widest, 112, spare), least) + 24)
    top = sheet.paragraph(12, 40, KEY, sheet.width - 24, "quiet", size=SMALL) + 18
    bottom, middles = top + n * cell, (np.arange(n) + 0.5) * cell
    recall = left + n * cell + 29
    stagger = 13 * (cell < width("100%", SMALL) + 4)
    sheet.height = bottom + FOOT + stagger

    title = f"accuracy {percent(facts.accuracy)}: {facts.right:,} of {facts.total:,} are right"
    sheet.text(12, 20, title, size=TITLE, bold=True)
    sheet.small(left - 8, top - 12, axes, ha="right")
    sheet.small(recall, top - 12, "recall", ha="center")
    sheet.small(left - 8, bottom + 13, "precision", ha="right")
    boxes = [(left + j * cell, top + i * cell, cell, cell) for i, j in np.ndindex(n, n)]
    fills = _fills(facts, sheet.palette)
    sheet.cells(boxes, fills)
    for x, y, *_ in boxes[:: n + 1]:
        sheet.box(x, y, cell, cell, edge="quiet", linewidth=1.2)
    size = SMALL if cell < 40 else TITLE
    for i, (box, k, fill) in enumerate(zip(boxes, facts.counts.ravel(), fills, strict=True)):
        x, y = box[0] + cell / 2, box[1] + cell / 2
        sheet.text(x, y, _brief(k), sheet.palette.on(fill), size=size, ha="center")
        if k:
            truth, guess = (names[label] for label in divmod(i, n))
            sheet.handle(*box, f"{truth} taken for {guess}: see them", str(k), press={"pair": i})
    for k, middle in enumerate(middles):
        sheet.text(left - 8, top + middle, rows[k], bold=True, ha="right", room=left - 20)
        sheet.text(left + middle, top - 12, heads[k], bold=True, ha="center")
        sheet.small(recall, top + middle, percent(facts.recall[k]), "ink", ha="center")
        y = bottom + 13 + stagger * (k % 2)
        sheet.small(left + middle, y, percent(facts.precision[k]), "ink", ha="center")
    sheet.small(recall, bottom + 13, percent(facts.accuracy), "ink", bold=True, ha="center")
    beside = sheet.width - 24 - (recall + 65)
    if beside >= 180:
        _confused(sheet.area(recall + 65, top - 12, min(beside, 260), n * cell + 12), facts)
    return _sentence(facts)


def _confused(area, facts):
    """The most frequent mistakes, one a line."""
    area.text(0, 0, "most often confused", bold=True)
    most = max(1, min(LISTED, int(area.height - 24) // 24))
    for k, (taken, share) in enumerate(_worst(facts, most) or [("nothing", "")]):
        area.text(0, 26 + 24 * k, taken, room=area.width - 70)
        area.small(area.width, 26 + 24 * k, share, ha="right")


def _worst(facts, most):
    """The most frequent mistakes in words: [("4 taken for 9", "12 of 98")]."""
    names, rows = facts.names, facts.counts.sum(axis=1)
    return [
        (f"{names[truth]} taken for {names[guess]}", f"{n} of {rows[truth]}")
        for truth, guess, n in facts.worst(most)
    ]


def _fills(facts, palette):
    """(classes², 3) bytes: blue for the share that is right, orange for what is confused."""
    shares = facts.counts / np.maximum(facts.counts.sum(axis=1, keepdims=True), 1)
    right = np.eye(len(shares), dtype=bool)
    strong = max(FULL, shares[~right].max(initial=0))
    fills = palette.ramp(shares / strong, 0, 1.6, "loss")
    fills[right] = palette.ramp(shares[right], 0, 1, "training")
    return fills.reshape(-1, 3)


def _headings(names, cell):
    """The names of columns and rows; where the columns are too narrow, numbers for both."""
    if all(width(name, bold=True) < cell - 2 for name in names):
        return names, names
    return [str(k) for k in range(len(names))], [f"{k} {name}" for k, name in enumerate(names)]


def _brief(n):
    """A count in at most four letters: 999, 9999, 10k, 1M; "" for none."""
    for limit, unit, letter in ((10**4, 1, ""), (10**6, 10**3, "k"), (10**9, 10**6, "M")):
        if n < limit:
            return f"{n // unit}{letter}" if n else ""
    return "1G+"


def _sentence(facts):
    names, guessed = facts.names, facts.counts.sum(axis=0)
    parts = [
        f"Confusion of {facts.total:,} samples in {len(names)} classes: {facts.right:,} right, "
        f"accuracy {number(facts.accuracy)}."
    ]
    if worst := [f"{taken}, {share}" for taken, share in _worst(facts, 3)]:
        parts.append(f"Most often: {', '.join(worst)}.")
    for what, shares in (("recall", facts.recall), ("precision", facts.precision)):
        if np.isfinite(shares).any():
            low = int(np.nanargmin(shares))
            parts.append(f"Lowest {what}: {names[low]}, {number(shares[low])}.")
    if not guessed.all():
        parts.append(f"Never guessed: {listed(np.array(names)[guessed == 0])}.")
    return " ".join(parts)


HEAD = 66  # CSS pixels of the heading of mistakes
PITCH, IMAGE = 148, 98  # from a row of images to the next; of an image
CELL, CELLS = 38, 21  # width of a number of a row, and from a line of these to the next
TURNS = np.linspace(0, 2 * np.pi, 17)[:-1] + 0.8
#: Where the number of a point may stand, as seen from it: near first.
AROUND = [(r * np.cos(a), r * np.sin(a)) for r in (15, 28, 42, 58, 76) for a in TURNS]


@picture(only=calls.several("truth", "guess"))
def mistakes(sheet, x, y_true, probabilities, classes=None, only=None):
    """The samples that a model got most wrong, as pictures, with truth and guess.

    Of a classifier: the samples guessed wrong, the one first to whose true class it gave the
    least; where none is wrong, those it was least sure of. Of a regression: the prediction
    against the truth, and the largest residuals, prediction - truth.

    Args:
        x: the samples, (n, ...): images, sequences or vectors of a square number of values from
            0 up are drawn as images, (n, 2) as points of the plane, other rows as numbers.
        y_true: the labels, (n,) or (n, 1), 0 for the first class, or one-hot rows; the targets
            of a regression, (n,) or (n, 1).
        probabilities: what ``model.predict(x)`` returns: (n, classes), or (n, 1) of class 1; of
            a regression (n, 1). Outputs that are no probabilities are shown as they are.
        classes: names, one for each label; None: this is a regression.
        only: (truth, guess), two numbers of classes: the samples of the one that were taken for
            the other; None: all that were guessed wrong.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        TypeError, ValueError: for what are no labels or targets, or not as many of each.
    """
    x, regression = np.asarray(x), classes is None
    three = {"x": x, "y_true": y_true, "probabilities": probabilities}
    gate.check_rows(**{name: np.atleast_1d(one) for name, one in three.items()})
    if regression:
        judged = predictions.residuals(y_true, probabilities)
    else:
        judged = predictions.judge(y_true, probabilities, classes)
    order = judged.wrong if len(judged.wrong) else judged.unsure
    if only is not None and not regression:
        for label in only:
            calls.whole("a class in only", label, 0, len(judged.names) - 1)
        order = judged.taken(*only)
        sheet.handle(0, 8, sheet.width, 26, "the confusion matrix", press={"look": "confusion"})
    if regression:
        view, key = _residuals, "Right is on the line. "
    elif x.ndim == 2 and x.shape[1] == 2:
        view, key = _plane, "A mark: the true class. Pale: right. "
    elif x.ndim > 2 or (square_side(x[0].size) and x.min() >= 0):
        view, key = _images, ""
    else:
        view, key = _numbers, "Rows: the features as given to the model. "
    title, under = _heading(judged, regression, only, len(order))
    sheet.text(12, 22, title, size=TITLE, bold=True)
    lines = wrap(key + under, sheet.width - 24, SMALL)
    first = 44 - 7 * (len(lines) - 1)
    sheet.paragraph(12, first, lines, sheet.width - 24, "quiet", size=SMALL, leading=14)
    shown = view(sheet, x, judged, order)
    samples = (f"sample {i}: {_sample(judged, i, regression)}" for i in shown)
    return f"{title}. {under} {'; '.join(samples) or 'none'}."


def _heading(judged, regression, only, count):
    """The title and the line below it, of so many samples of ``only`` these classes."""
    n = len(judged.truth)
    if regression:
        title = f"off by {number(judged.mean)} on average, over {n:,} samples"
        return title, "The largest residuals, prediction − truth, are numbered."
    wrong = len(judged.wrong)
    share = "probability" if judged.probable else "output (no probability)"
    if only is not None:
        truth, guess = (judged.names[label] for label in only)
        title = f"{truth} taken for {guess}: {count:,} of {np.sum(judged.truth == only[0]):,}"
        return title, f"First those to whose true class the least {share} was given."
    if not wrong:
        return f"no mistake: all {n:,} are right", f"Those with the least {share} for it."
    title = f"{wrong:,} of {n:,} are wrong ({percent(wrong / n)})"
    return title, f"The worst first: the truth was given the least {share}."


def _sample(judged, i, regression):
    """One sample in words."""
    if regression:
        truth, guess = number(judged.truth[i]), number(judged.guess[i])
        return f"truth {truth}, predicted {guess}, off by {signed(judged.off[i], 4)}"
    truth, guess = judged.names[judged.truth[i]], judged.names[judged.guess[i]]
    outputs = [number(part[i]) for part in (judged.to_truth, judged.to_guess)]
    return f"truth {truth} (given {outputs[0]}), guess {guess} ({outputs[1]})"


def _caption(area, left, top, room, judged, i):
    """Two lines, truth and guess, each with the output for it."""
    rows = ("truth", judged.truth, judged.to_truth), ("guess", judged.guess, judged.to_guess)
    for below, color, (what, label, output) in zip((0, 18), ("targets", "loss"), rows, strict=True):
        name = f"{what} {judged.names[label[i]]}"
        area.text(left, top + below, name, color, bold=not below, room=room - 44)
        share = percent(output[i]) if judged.probable else short(float(output[i]))
        area.small(left + room, top + below, share, color, ha="right")


def _images(sheet, x, judged, order):
    """Twelve images, each above its caption."""
    columns = 4 if sheet.width < 700 else 6
    pitch = (sheet.width - 20) / columns
    sheet.height = HEAD + 12 // columns * PITCH + 4
    rows, across = as_image(x[0]).shape
    low, high = min(0, float(x.min())), float(x.max())
    wide, tall = IMAGE * min(1, across / rows), IMAGE * min(1, rows / across)
    for k, i in enumerate(order[:12]):
        left, top = 16 + k % columns * pitch, HEAD + k // columns * PITCH
        place = left + (IMAGE - wide) / 2, top + (IMAGE - tall) / 2, wide, tall
        image(sheet, place, sheet.palette.ramp(as_image(x[i]), low, high, "ink"))
        _caption(sheet, left, top + IMAGE + 13, min(pitch - 18, 150), judged, i)
    return order[:12]


def _numbers(sheet, x, judged, order):
    """Five rows of features as cells with their numbers."""
    left, features = 190, x[0].size
    across = int((sheet.width - left - 8) // CELL)
    lines = min(-(-features // across), 2)
    shown, pitch = min(features, lines * across), 22 * max(lines, 2) + 10
    top = HEAD + 16 * lines
    sheet.height = top + 5 * pitch - 4
    sheet.small(left - 12, HEAD, "feature", ha="right")
    if features > shown:
        text = f"the first {shown} of {features:,}"
        sheet.small(left - 12, HEAD + 16, text, ha="right")
    places = [(left + j % across * CELL, j // across) for j in range(shown)]
    for j, (x_, line) in enumerate(places):
        sheet.small(x_ + CELL / 2, HEAD + 16 * line, j, ha="center")
    shade = Shade.of(np.quantile(x, (0.02, 0.98)))
    for k, i in enumerate(order[:5]):
        y = top + k * pitch
        _caption(sheet, 12, y + 11, left - 28, judged, i)
        values = x[i].ravel()[:shown].astype(float)
        fills = shade.pixels(sheet.palette, values)
        boxes = [(at, y + line * CELLS, CELL - 1, 20) for at, line in places]
        sheet.cells(boxes, fills, "rule", 0.8)
        for (at, line), value, fill in zip(places, values, fills, strict=True):
            text = fixed(value) if abs(value) < 10 else short(float(value))
            ink, middle = sheet.palette.on(fill), y + line * CELLS + 10
            sheet.small(at + CELL / 2, middle, text, ink, ha="center")
    return order[:5]


def _plot(sheet, xs, ys, names):
    """Axes of points, and the place of the list beside them or below."""
    beside = sheet.width >= 700
    side = 256 if beside else min(sheet.width - 90, 420)
    sheet.height = HEAD + side + 44 + (0 if beside else 40 + 8 * 30)
    axes = sheet.axes((62, HEAD, side, side), _padded(xs), _padded(ys), xlabel=names[0],
                      ylabel="", grid="xy")  # fmt: skip
    sheet.small(14, HEAD + side / 2, names[1], ha="center", rotated=True)
    return axes, (sheet.area(376, HEAD, sheet.width - 388, side) if beside
                  else sheet.area(24, HEAD + side + 52, sheet.width - 36, 280))  # fmt: skip


def _list(axes, area, points, head, lines):
    """Rings and numbers at these points, and the list of them."""
    xs, ys = axes.px(points[:, 0]), axes.py(points[:, 1])
    places = _free(np.c_[xs, ys], axes.place)
    far = [pair for pair in places if np.hypot(*np.subtract(*pair)) > 20]
    if far:
        axes.area.strokes(far, "quiet", 0.8)
    for x, y in zip(xs, ys, strict=True):
        axes.area.box(x - 5.5, y - 5.5, 11, 11, edge="ink", linewidth=1.3, round=5.5)
    area.text(0, 8, head, bold=True)
    step = min(34, (area.height - 30) / 8)
    for k, ((_, (x, y)), line) in enumerate(zip(places, lines, strict=True)):
        axes.area.small(x, y, k + 1, "ink", bold=True, ha="center")
        area.text(0, 8 + step * (k + 1), k + 1, bold=True)
        area.text(26, 8 + step * (k + 1), line, room=area.width - 26)


def _free(points, place):
    """Where each point is, and where its number finds room: pairs of places."""
    left, top, wide, high = place
    pairs = []
    for x, y in points:
        free = (
            (x + dx, y + dy)
            for dx, dy in AROUND
            if left + 8 < x + dx < left + wide + 14 and top - 8 < y + dy < top + high - 6
            and not any(abs(x + dx - a) < 14 and abs(y + dy - b) < 12 for a, b in points)
            and not any(abs(x + dx - a) < 18 and abs(y + dy - b) < 13 for _, (a, b) in pairs)
        )  # fmt: skip
        pairs.append(((x, y), next(free, (x, y))))
    return pairs


def _plane(sheet, x, judged, order):
    """The samples as points; those that are wrong in full colour."""
    axes, area = _plot(sheet, x[:, 0], x[:, 1], ("first feature", "second feature"))
    bad = judged.truth != judged.guess
    for wrong in (False, True):
        for k, (ink, marker) in enumerate(CLASSES):
            points = x[(judged.truth % len(CLASSES) == k) & (bad == wrong)]
            axes.dots(*points.T, ink if wrong else f"{ink} 34%", 7 if wrong else 4.5, marker=marker,
                      edgewidth=0)  # fmt: skip
    shown = order[:8]
    lines = [
        f"{judged.names[judged.truth[i]]}, guess {judged.names[judged.guess[i]]}"
        + (f" {percent(judged.to_guess[i])}" if judged.probable else "")
        for i in shown
    ]
    _list(axes, area, x[shown], "truth, and what was guessed", lines)
    return shown


def _residuals(sheet, x, judged, order):
    """Predictions of a regression against the truth; right are those on the diagonal."""
    both = np.concatenate([judged.truth, judged.guess])
    axes, area = _plot(sheet, both, both, ("truth", "prediction"))
    shown = order[:8]
    axes.curve(_padded(both), _padded(both), "targets", 1.6, dash="dashed")
    truth, guess = judged.truth[shown], judged.guess[shown]
    ends = [np.c_[axes.px(truth), axes.py(y)] for y in (truth, guess)]
    sheet.strokes(np.stack(ends, axis=1), "loss", 1.4)
    axes.dots(judged.truth, judged.guess, "data 60%", 5, edgewidth=0)
    lines = [_sample(judged, i, True).removeprefix("truth ") for i in shown]
    _list(axes, area, np.c_[truth, guess], "truth, prediction, residual", lines)
    return shown


def _padded(values):
    """A range around these values."""
    low, high = float(np.min(values)), float(np.max(values))
    edge = 0.06 * (high - low) or 1.0
    return low - edge, high + edge
