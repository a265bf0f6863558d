"""Confusion: which classes are taken for which, how many are found, how many guesses are right."""

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap

from anatomy import predictions
from anatomy.draw import style
from anatomy.draw.board import corners
from anatomy.draw.page import Page
from anatomy.draw.picture import LOCK, Picture

WIDTH, TOP, FOOT = 800, 100, 44  # CSS pixels
SMALLEST, LARGEST, SIDE = 30, 84, 340  # of a cell; of the matrix, where the cells allow it
NAMES, RECALL = 112, 58  # the most for the rows' names; for recall
LIST, WIDEST = 190, 236  # the least and the most for a list
MOST, LISTED = 20, 9  # classes, mistakes that are listed
FULL = 0.15  # the share of a row from which a mistake has the full colour, or the largest if more
RIGHT = LinearSegmentedColormap.from_list("right", ["#FFFFFF", "#BBD9EC", style.TRAINING])
WRONG = LinearSegmentedColormap.from_list("wrong", ["#FFFFFF", "#F5D9C3", style.LOSS])
KEY = (
    "Rows: the truth. Columns: the guess. On the diagonal, blue: right. "
    "Orange: wrong, the darker the more of its row."
)


def confusion(y_true, y_pred, classes=None):
    """Which classes a model takes for which: a matrix of counts, a row for each true class.

    recall = right / row, precision = right / column, accuracy = right / all

    Args:
        y_true: the labels, (n,) or (n, 1), 0 for the first class; or one-hot rows (n, classes).
        y_pred: labels likewise; or what ``model.predict`` returns: (n, classes), the largest is
            the guess, or (n, 1) probabilities of class 1.
        classes: 2 to 20 names, one for each label; None: the numbers themselves.

    Returns:
        ConfusionPicture: a Picture; its ``update()`` takes the same arguments.

    Raises:
        TypeError, ValueError: for what are no labels, or not as many of both; for more classes.

    Source: https://scikit-learn.org/stable/modules/model_evaluation.html#confusion-matrix
    """
    return ConfusionPicture(y_true, y_pred, classes)


class ConfusionPicture(Picture):
    """The counts in their cells, recall to the right, precision below, the worst beside it.

    Attributes:
        confusion: the `anatomy.predictions.Confusion` that is shown.
    """

    def __init__(self, y_true, y_pred, classes=None):
        super().__init__(style.figure(WIDTH, 100))
        self.confusion = None
        self.update(y_true, y_pred, classes)

    def update(self, y_true, y_pred, classes=None):
        """Show these predictions; the arguments are those of ``draw.confusion``."""
        made = predictions.confusion(y_true, y_pred, classes)
        if len(made.names) > MOST:
            raise ValueError(f"There are {len(made.names)} classes; {MOST} at most can be read.")
        with LOCK:
            if self.confusion is None or self.confusion.names != made.names:
                self._build(made.names)
            self.confusion = made
            self._show(made)

    def describe(self):
        made, names = self.confusion, self.confusion.names
        said = (
            f"Confusion of {made.total:,} samples in {len(names)} classes: {made.right:,} right, "
            f"accuracy {style.number(made.accuracy)}."
        )
        if worst := made.worst(3):
            said += " Most often: " + ", ".join(
                f"{names[truth]} taken for {names[guess]}, {count} of {made.counts[truth].sum()}"
                for truth, guess, count in worst
            )
            said += "."
        for what, shares in (("recall", made.recall), ("precision", made.precision)):
            if np.isfinite(shares).any():
                low = int(np.nanargmin(shares))
                said += f" Lowest {what}: {names[low]}, {style.number(shares[low])}."
        if never := [name for name, n in zip(names, made.counts.sum(axis=0), strict=True) if not n]:
            said += f" Never guessed: {', '.join(never)}."
        return said

    def _build(self, names):
        """The empty matrix of these classes."""
        count = len(names)
        cell = round(min(max(SIDE / count, SMALLEST), LARGEST))
        size = style.SMALL if cell < 40 else style.TITLE
        heads, rows = headings(names, cell)
        room = min(max(style.width(row, bold=True) for row in rows), NAMES)
        left, end = round(max(room, 62) + 24), TOP + count * cell
        self.figure.set_size_inches(WIDTH / 72, (end + FOOT) / 72)
        page = Page(self)
        self._right = left + count * cell
        self._boxes = [
            (left + j * cell, TOP + i * cell, cell, cell) for i, j in np.ndindex(count, count)
        ]
        self._cells = page.moves(page.ax.add_collection(
            PolyCollection([corners(box) for box in self._boxes], edgecolors=style.RULE,
                           linewidths=1), autolim=False))  # fmt: skip
        for i in range(count):
            page.box(self._boxes[i * (count + 1)], style.QUIET, 1.2, zorder=3)
        self._counts = [
            page.quick(x + cell / 2, y + cell / 2, size=size, ha="center")
            for x, y, *_ in self._boxes
        ]
        self._name(page, heads, rows, left, cell)
        middle = [(k + 0.5) * cell for k in range(count)]
        shares = {"size": style.SMALL, "ha": "center"}
        across = self._right + RECALL / 2
        self._recall = [page.quick(across, TOP + at, **shares) for at in middle]
        self._precision = [page.quick(left + at, end + 18, **shares) for at in middle]
        self._accuracy = page.quick(across, end + 18, **{**shares, "bold": True})
        self._title = page.quick(12, 22, size=style.TITLE, bold=True)
        self._list(page)

    def _name(self, page, heads, rows, left, cell):
        """The names of the rows and columns, and what is what."""
        page.write(12, 44, KEY, size=style.SMALL, color=style.QUIET)
        for k, (head, row) in enumerate(zip(heads, rows, strict=True)):
            row = style.shorten(row, left - 20, bold=True)
            page.write(left - 8, TOP + (k + 0.5) * cell, row, ha="right", bold=True)
            page.write(left + (k + 0.5) * cell, TOP - 12, head, ha="center", bold=True)
        quiet = {"size": style.SMALL, "color": style.QUIET}
        page.write(left, TOP - 32, "guess →", **quiet)
        page.write(left - 8, TOP - 12, "truth ↓", ha="right", **quiet)
        page.write(self._right + RECALL / 2, TOP - 12, "recall", ha="center", **quiet)
        page.write(left - 8, TOP + len(rows) * cell + 18, "precision", ha="right", **quiet)

    def _list(self, page):
        """Places for the mistakes beside the matrix, where there is room for them."""
        x = self._right + RECALL + 36
        end = min(WIDTH - 24, x + WIDEST)
        self._lines, self._room = [], end - x - 70
        if end - x < LIST:
            return
        page.write(x, TOP - 12, "most often confused", bold=True)
        high = self.size[1] - TOP - FOOT
        for k in range(min(LISTED, high // 26)):
            y = TOP + 14 + 26 * k
            number = page.quick(end, y, size=style.SMALL, color=style.QUIET, ha="right")
            self._lines.append((page.quick(x, y), number))

    def _show(self, made):
        """The numbers and colours of these counts."""
        count = len(made.names)
        rows = made.counts.sum(axis=1, keepdims=True)
        shares = np.divide(made.counts, rows, out=np.zeros((count, count)), where=rows > 0)
        strong = max(FULL, (shares * (1 - np.eye(count))).max())
        fills = np.asarray(WRONG(np.sqrt(shares / strong)))[..., :3]
        fills[np.eye(count, dtype=bool)] = np.asarray(RIGHT(np.diag(shares)))[:, :3]
        self._cells.set_facecolor(fills.reshape(-1, 3))
        for text, n, fill in zip(
            self._counts, made.counts.ravel(), fills.reshape(-1, 3), strict=True
        ):
            text.set_text(brief(int(n)) if n else "")
            recolor(text, on(fill))
        for texts, values in ((self._recall, made.recall), (self._precision, made.precision)):
            for text, value in zip(texts, values, strict=True):
                text.set_text(percent(value))
        self._accuracy.set_text(percent(made.accuracy))
        self._title.set_text(
            f"accuracy {percent(made.accuracy)}: {made.right:,} of {made.total:,} are right"
        )
        worst = [*made.worst(), None] if made.right < made.total else [None]
        for k, (text, number) in enumerate(self._lines):
            pair = worst[k] if k < len(worst) else None
            if pair is None:
                text.set_text("nothing" if not k and made.right == made.total else "")
                number.set_text("")
                continue
            truth, guess, n = pair
            said = f"{made.names[truth]} taken for {made.names[guess]}"
            text.set_text(style.shorten(said, self._room))
            number.set_text(f"{n} of {int(rows[truth, 0])}")


def headings(names, cell):
    """The names of the columns and of the rows; where these are too wide, numbers for both."""
    if all(style.width(name, bold=True) < cell - 2 for name in names):
        return names, names
    return [str(k) for k in range(len(names))], [f"{k} {name}" for k, name in enumerate(names)]


def on(fill):
    """Black or white, whichever is read better on this fill: one of them has 4.5:1 on any."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in fill]
    return "#000000" if np.dot(linear, (0.2126, 0.7152, 0.0722)) > 0.179 else style.PAPER


def recolor(text, color):
    """Give a `Quick` another colour."""
    size, _, bold = text._look
    text._look = size, color, bold
    text.set_color(color)


def brief(count):
    """A count in at most four letters: 999, 9999, 10k, 1M."""
    for limit, unit, sign in ((10**4, 1, ""), (10**6, 10**3, "k"), (10**9, 10**6, "M")):
        if count < limit:
            return f"{count // unit}{sign}"
    return "1G+"


def percent(share):
    """A share in percent: 97%; – where there is none. 100% and 0% are said of no other shares."""
    if not np.isfinite(share):
        return "–"
    if 0 < share < 0.0005 or 0.9995 <= share < 1:
        return "<0.1%" if share < 0.5 else ">99.9%"
    return f"{share:.1%}" if 0 < share < 0.005 or 0.995 <= share < 1 else f"{share:.0%}"
