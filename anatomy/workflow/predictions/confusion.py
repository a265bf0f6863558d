"""Which classes are taken for which, how many are found, how many guesses are right."""

import numpy as np

from anatomy import predictions
from anatomy.base import type
from anatomy.base.picture import picture
from anatomy.base.type import SMALL, TITLE
from anatomy.base.words import listed, number, percent

FOOT = 36  # CSS pixels below the matrix
SMALLEST, LARGEST, SIDE = 28, 84, 310  # of a cell; of the matrix, where the cells allow it
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
    widest = max(type.width(row, bold=True) for row in rows)
    left = round(max(min(widest, 112, sheet.width - n * cell - 82), 62) + 24)
    top = sheet.paragraph(12, 44, KEY, sheet.width - 24, "quiet", size=SMALL) + 40
    bottom, middles = top + n * cell, (np.arange(n) + 0.5) * cell
    recall = left + n * cell + 29
    stagger = 13 * (cell < 27)  # percentages wider than their column
    sheet.height = bottom + FOOT + stagger

    title = f"accuracy {percent(facts.accuracy)}: {facts.right:,} of {facts.total:,} are right"
    sheet.text(12, 22, title, size=TITLE, bold=True)
    sheet.text(left, top - 32, "guess →", "quiet", size=SMALL)
    sheet.text(left - 8, top - 12, "truth ↓", "quiet", size=SMALL, ha="right")
    sheet.text(recall, top - 12, "recall", "quiet", size=SMALL, ha="center")
    sheet.text(left - 8, bottom + 18, "precision", "quiet", size=SMALL, ha="right")
    boxes = [(left + j * cell, top + i * cell, cell, cell) for i, j in np.ndindex(n, n)]
    fills = _fills(facts, sheet.palette)
    sheet.cells(boxes, fills)
    for x, y, *_ in boxes[:: n + 1]:
        sheet.box(x, y, cell, cell, edge="quiet", linewidth=1.2)
    size = SMALL if cell < 40 else TITLE
    for (x, y, *_), k, fill in zip(boxes, facts.counts.ravel(), fills, strict=True):
        ink = sheet.palette.on(fill)
        sheet.text(x + cell / 2, y + cell / 2, _brief(k), ink, size=size, ha="center")
    for k, middle in enumerate(middles):
        sheet.text(left - 8, top + middle, rows[k], bold=True, ha="right", room=left - 20)
        sheet.text(left + middle, top - 12, heads[k], bold=True, ha="center")
        sheet.text(recall, top + middle, percent(facts.recall[k]), size=SMALL, ha="center")
        y = bottom + 18 + stagger * (k % 2)
        sheet.text(left + middle, y, percent(facts.precision[k]), size=SMALL, ha="center")
    sheet.text(recall, bottom + 18, percent(facts.accuracy), size=SMALL, bold=True, ha="center")
    beside = sheet.width - 24 - (recall + 65)
    if beside >= 180:
        _list(sheet.area(recall + 65, top - 12, min(beside, 260), n * cell + 12), facts)
    return _sentence(facts)


def _list(area, facts):
    """The most frequent mistakes, one a line."""
    area.text(0, 0, "most often confused", bold=True)
    worst = facts.worst(max(1, min(LISTED, int(area.height - 24) // 24)))
    for k, (truth, guess, n) in enumerate(worst):
        y, names = 26 + 24 * k, facts.names
        area.text(0, y, f"{names[truth]} taken for {names[guess]}", room=area.width - 70)
        area.text(
            area.width, y, f"{n} of {facts.counts[truth].sum()}", "quiet", size=SMALL, ha="right"
        )
    if not worst:
        area.text(0, 26, "nothing")


def _fills(facts, palette):
    """(classes², 3) bytes: blue for the share that is right, orange for what is confused."""
    n, totals = len(facts.names), facts.counts.sum(axis=1, keepdims=True)
    shares = np.divide(facts.counts, totals, out=np.zeros((n, n)), where=totals > 0)
    right = np.eye(n, dtype=bool)
    strong = max(FULL, shares[~right].max(initial=0))
    fills = palette.ramp(shares / strong, 0, 1.6, "loss")
    fills[right] = palette.ramp(shares[right], 0, 1, "training")
    return fills.reshape(-1, 3)


def _headings(names, cell):
    """The names of columns and rows; where the columns are too narrow, numbers for both."""
    if all(type.width(name, bold=True) < cell - 2 for name in names):
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
    if worst := facts.worst(3):
        parts.append("Most often: " + ", ".join(
            f"{names[truth]} taken for {names[guess]}, {n} of {facts.counts[truth].sum()}"
            for truth, guess, n in worst
        ) + ".")  # fmt: skip
    for what, shares in (("recall", facts.recall), ("precision", facts.precision)):
        if np.isfinite(shares).any():
            low = int(np.nanargmin(shares))
            parts.append(f"Lowest {what}: {names[low]}, {number(shares[low])}.")
    if not guessed.all():
        parts.append(f"Never guessed: {listed(np.array(names)[guessed == 0])}.")
    return " ".join(parts)
