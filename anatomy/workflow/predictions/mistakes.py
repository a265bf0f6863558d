"""The samples where a model is most wrong, each beside its truth."""

import numpy as np

from anatomy import predictions
from anatomy.base.arrays import Shade, image, short
from anatomy.base.arrays import cells as numbered
from anatomy.base.colours import CLASSES
from anatomy.base.picture import picture
from anatomy.base.type import SMALL, TITLE
from anatomy.base.words import number, percent, signed
from anatomy.layers.tensor.facts import as_image

TOP = 70  # CSS pixels: where the samples begin
IMAGES, PITCH, SIDE = 12, 132, 104  # how many at most; from one to the next; of one
ROWS, NAMES, CELL = 6, 202, 40  # rows of features; room for their captions; of a cell
POINTS, PLOT = 8, 300  # points that are numbered; side of their plot
TURNS = np.linspace(0, 2 * np.pi, 17)[:-1] + 0.8
AROUND = [(r * np.cos(a), r * np.sin(a)) for r in (15, 28, 42, 58, 76) for a in TURNS]


@picture
def mistakes(sheet, x, y_true, probabilities, classes=None):
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

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        TypeError, ValueError: for arrays that are no labels or targets, or not as many of each.
    """
    x, regression = np.asarray(x), classes is None
    if regression:
        facts = predictions.residuals(y_true, probabilities)
    else:
        facts = predictions.judge(y_true, probabilities, classes)
    if len(x) != len(facts.truth):
        raise ValueError(
            f"x has {len(x):,} samples and y_true {len(facts.truth):,}: give as many of both."
        )
    show = _residuals if regression else _view(x)
    key, worst = show(sheet, x, facts, facts.wrong if len(facts.wrong) else facts.unsure)
    title, note = _heading(facts)
    sheet.text(12, 22, title, size=TITLE, bold=True, room=sheet.width - 24)
    sheet.text(12, 44, key + note, "quiet", size=SMALL, room=sheet.width - 24)
    return f"{title}. {note} " + "; ".join(f"sample {i}: {_words(facts, i)}" for i in worst) + "."


def _view(x):
    """The function that shows samples of this kind."""
    if x.ndim == 2 and x.shape[1] == 2:
        return _plane
    square = round(x[0].size ** 0.5) ** 2 == x[0].size and x[0].size >= 49
    return _images if x.ndim > 2 or (square and x.min() >= 0) else _rows


def _heading(facts):
    """The title, and a line beneath it."""
    n = len(facts.truth)
    if isinstance(facts, predictions.Residuals):
        title = f"off by {number(facts.mean)} on average, over {n:,} samples"
        return title, "The largest residuals, prediction − truth, are numbered."
    wrong = len(facts.wrong)
    share = "probability" if facts.probable else "output (no probability)"
    if not wrong:
        return f"no mistake: all {n:,} are right", f"Those with the least {share} for it."
    title = f"{wrong:,} of {n:,} are wrong ({percent(wrong / n)})"
    return title, f"The worst first: the truth was given the least {share}."


def _words(facts, i):
    """One sample in words."""
    if isinstance(facts, predictions.Residuals):
        truth, guess, off = number(facts.truth[i]), number(facts.guess[i]), signed(facts.off[i], 4)
        return f"truth {truth}, predicted {guess}, off by {off}"
    truth, guess = facts.names[facts.truth[i]], facts.names[facts.guess[i]]
    outputs = number(facts.to_truth[i]), number(facts.to_guess[i])
    return f"truth {truth} (given {outputs[0]}), guess {guess} ({outputs[1]})"


def _caption(area, y, facts, i):
    """Two lines: truth and guess, each with the output for it."""
    for below, color, what, labels, outputs in (
        (0, "targets", "truth", facts.truth, facts.to_truth),
        (18, "loss", "guess", facts.guess, facts.to_guess),
    ):
        text = percent(outputs[i]) if facts.probable else short(float(outputs[i]))
        name = f"{what} {facts.names[labels[i]]}"
        area.text(0, y + below, name, color, bold=not below, room=area.width - 52)
        area.text(area.width, y + below, text, color, size=SMALL, ha="right")


def _images(sheet, x, facts, worst):
    """Images, each above its caption."""
    columns = min(int((sheet.width - 16) // PITCH), IMAGES)
    worst, low, high = worst[:IMAGES], min(x.min(), 0), x.max()
    sheet.height = TOP + -(-IMAGES // columns) * (SIDE + 50)
    pitch = (sheet.width - 16) / columns
    for k, i in enumerate(worst):
        area = sheet.area(16 + k % columns * pitch, TOP + k // columns * (SIDE + 50), PITCH - 18, 0)
        pixels = as_image(x[i])
        wide, tall = (SIDE * min(1, n / m) for n, m in (pixels.shape[::-1], pixels.shape))
        place = ((SIDE - wide) / 2, (SIDE - tall) / 2, wide, tall)
        image(area, place, sheet.palette.ramp(pixels, low, high, "ink"))
        _caption(area, SIDE + 13, facts, i)
    return "", worst


def _rows(sheet, x, facts, worst):
    """Rows of features as cells with their numbers."""
    across = int((sheet.width - NAMES - 12) // CELL)
    flat = x.reshape(len(x), -1)
    shown = min(flat.shape[1], 2 * across)
    lines = -(-shown // across)
    pitch, worst = 21 * max(lines, 2) + 10, worst[:ROWS]
    sheet.height = TOP + 16 * lines + ROWS * pitch
    shade = Shade.of(np.quantile(flat, (0.02, 0.98)))
    for line in range(lines):
        text = "" if line else "feature"
        if line and shown < flat.shape[1]:
            text = f"the first {shown} of {flat.shape[1]:,}"
        sheet.text(NAMES - 12, TOP + 16 * line, text, "quiet", size=SMALL, ha="right")
        for j in range(line * across, min(line * across + across, shown)):
            at = NAMES + (j % across + 0.5) * CELL
            sheet.text(at, TOP + 16 * line, j, "quiet", size=SMALL, ha="center")
    for k, i in enumerate(worst):
        top = TOP + 16 * lines + k * pitch
        _caption(sheet.area(12, top, NAMES - 28, 0), 11, facts, i)
        for line in range(lines):
            values = flat[i, line * across : min(line * across + across, shown)][None]
            place = NAMES, top + 21 * line, CELL * values.shape[1], 20
            numbered(sheet, place, values, shade)
    return "Rows: the features as given to the model. ", worst


def _plane(sheet, x, facts, worst):
    """The samples as points; those that are wrong in full colour."""
    axes = _plot(sheet, [_padded(column) for column in x.T], ("first feature", "second feature"))
    wrong, worst = facts.truth != facts.guess, worst[:POINTS]
    for bad in (False, True):
        for k, (color, marker) in enumerate(CLASSES):
            points = x[(facts.truth % len(CLASSES) == k) & (wrong == bad)]
            axes.dots(*points.T, color, 7 if bad else 4.5, marker=marker, alpha=1 if bad else 0.28,
                      edgewidth=0)  # fmt: skip
    lines = [
        f"{facts.names[facts.truth[i]]}, guess {facts.names[facts.guess[i]]}"
        + (f" {percent(facts.to_guess[i])}" if facts.probable else "")
        for i in worst
    ]
    _list(axes, x[worst], "truth, and what was guessed", lines)
    return "A mark: the true class. Pale: right. ", worst


def _residuals(sheet, x, facts, worst):
    """Predictions of a regression against the truth; right are those on the diagonal."""
    ends = _padded(np.concatenate([facts.truth, facts.guess]))
    axes, worst = _plot(sheet, (ends, ends), ("truth", "prediction")), worst[:POINTS]
    points = np.stack([facts.truth, facts.guess], axis=1)
    axes.curve(ends, ends, "targets", 1.6, dash="dashed")
    places = np.stack([axes.px(points[worst][:, [0, 0]]), axes.py(points[worst])], axis=-1)
    sheet.strokes(places, "loss", 1.4)
    axes.dots(*points.T, "data", alpha=0.6, edgewidth=0)
    lines = [
        f"{number(t)}, predicted {number(g)}, off by {signed(g - t, 4)}" for t, g in points[worst]
    ]
    _list(axes, points[worst], "truth, prediction, residual", lines)
    return "Right is on the line. ", worst


def _plot(sheet, ends, names):
    """The square axes of points, to the left of their list."""
    sheet.height = TOP + PLOT + 44
    place = (62, TOP, min(PLOT, sheet.width - 330), PLOT)
    axes = sheet.axes(place, *ends, xlabel=names[0], grid="xy")
    sheet.text(14, TOP + PLOT / 2, names[1], "quiet", size=SMALL, ha="center", rotated=True)
    return axes


def _list(axes, points, head, lines):
    """Rings and numbers the worst points (k, 2), and lists them."""
    sheet, (left, top, wide, high) = axes.area, axes.place
    turns = np.linspace(0, 2 * np.pi, 25)
    for x, y in zip(axes.px(points[:, 0]), axes.py(points[:, 1]), strict=True):
        sheet.line(x + 6 * np.cos(turns), y + 6 * np.sin(turns), "ink", 1.3)
    right = left + wide + 40
    sheet.text(right, top + 8, head, bold=True)
    at, places = list(zip(axes.px(points[:, 0]), axes.py(points[:, 1]), strict=True)), []
    for x, y in at:
        free = (
            (x + dx, y + dy)
            for dx, dy in AROUND
            if left + 8 < x + dx < left + wide + 14
            and top - 8 < y + dy < top + high - 6
            and not any(_near((x + dx, y + dy), other, 14, 12) for other in at)
            and not any(_near((x + dx, y + dy), other, 18, 13) for other in places)
        )
        places.append(next(free, (x, y)))
    far = [pair for pair in zip(at, places, strict=True) if np.hypot(*np.subtract(*pair)) > 20]
    sheet.strokes(far, "quiet", 0.8)
    for k, ((x, y), line) in enumerate(zip(places, lines, strict=True), 1):
        sheet.text(x, y, k, size=SMALL, bold=True, ha="center")
        sheet.text(right, top + 8 + 34 * k, k, bold=True)
        sheet.text(right + 26, top + 8 + 34 * k, line, room=sheet.width - right - 38)


def _near(one, other, across, down):
    """Whether two places are nearer to each other than this."""
    return abs(one[0] - other[0]) < across and abs(one[1] - other[1]) < down


def _padded(values):
    """A range around these values."""
    low, high = float(np.min(values)), float(np.max(values))
    edge = 0.06 * (high - low) or 1.0
    return low - edge, high + edge
