"""Rare: where a model of two classes puts the samples of the rare one, and all the others."""

import numpy as np

from anatomy.draw import style
from anatomy.draw.ledger import HEIGHT, Ledger, columns, words
from anatomy.draw.page import Page
from anatomy.draw.picture import LOCK, Picture

WIDTH, LEFT, RIGHT = 800, 132, 786  # CSS pixels, as all places below
ROWS = {1: (86, 64), 0: (190, 92)}  # class -> top and height of its marks
AXIS, TABLE = 298, 358  # below the rows; the ledger
THRESHOLD = 0.5  # from here on Keras's metrics take a prediction for class 1
GOLDEN = 0.618034  # steps of this part of a row spread the samples evenly over its height
SAID = {1: ("missed", "found"), 0: ("left alone", "false alarms")}


def rare(y, predictions, classes=None, runs=()):
    """The predictions for two classes on a line from 0 to 1: what is found, and what is missed.

    recall = found / (found + missed), precision = found / (found + false alarms)

    Args:
        y: labels, (n,) or (n, 1), 0 or 1; 1 is the class that is looked for.
        predictions: what ``model.predict`` returns, probabilities of class 1, (n,) or (n, 1).
        classes: names of class 0 and class 1, such as ("others", "nines").
        runs: what was measured, a list of (label, training, unseen), the present run first: a
            text and two dicts name -> number.

    Returns:
        RarePicture: a Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for labels other than 0 and 1, or not as many of both.

    Source: https://keras.io/api/metrics/classification_metrics/
    """
    return RarePicture(y, predictions, classes, runs)


class RarePicture(Picture):
    """A row for each class, a mark for each sample, four counts, and the ledger.

    Attributes:
        counts: dict of "found", "missed", "false alarms" and "left alone".
    """

    def __init__(self, y, predictions, classes=None, runs=()):
        super().__init__(style.figure(WIDTH, TABLE + HEIGHT + 4))
        self._built = None
        self.update(y, predictions, classes, runs)

    def update(self, y, predictions, classes=None, runs=()):
        """Show other predictions; the arguments are those of ``draw.rare``."""
        y, p = np.ravel(y), np.ravel(predictions)
        if y.shape != p.shape or not np.isin(y, (0, 1)).all():
            raise ValueError(
                f"y has {len(y)} labels from {y.min()} to {y.max()}, and there are {len(p)} "
                "predictions; give as many of both, and labels 0 and 1."
            )
        with LOCK:
            self.classes = tuple(map(str, classes or ("class 0", "class 1")))
            self.runs = list(runs)
            self._count(y, p)
            key = self.classes, columns(self.runs)
            if key != self._built:
                self._built = key
                self._build()
            self._show(y, p)

    @property
    def words(self):
        """What became of the samples of the class that is looked for, in one sentence."""
        found, missed, alarms = (self.counts[k] for k in ("found", "missed", "false alarms"))
        return (
            f"{found} of {found + missed} {self.classes[1]} found, {alarms} false "
            f"alarm{'s' * (alarms != 1)}"
        )

    def describe(self):
        others = self.counts["left alone"] + self.counts["false alarms"]
        return "\n".join([
            f"Predictions for {self.counts['found'] + self.counts['missed']} {self.classes[1]} "
            f"and {others} {self.classes[0]}, from 0 to 1, threshold {THRESHOLD}: {self.words}.",
            *words(self.runs),
        ])  # fmt: skip

    def _count(self, y, p):
        says = p > THRESHOLD
        self.counts = {
            name: int(np.sum((y == k) & (says == side)))
            for k, names in SAID.items()
            for side, name in enumerate(names)
        }

    def _build(self):
        """What stays from run to run, and places for all else."""
        page, middle = Page(self), (LEFT + RIGHT) / 2
        self._title = page.quick(12, 20, size=style.TITLE, bold=True)
        bottom = AXIS - 6
        look = {"size": style.SMALL, "color": style.QUIET}
        page.box((middle, 56, RIGHT - middle, bottom - 56), fill=style.RULE, alpha=0.5)
        for x, k in ((LEFT, 0), (middle, 1)):
            said = style.shorten(f"the model says: {self.classes[k]}", 310, size=style.SMALL)
            page.write(x + (RIGHT - LEFT) / 4, 46, said, ha="center", **look)
        page.strokes(style.INK, 1.2, [((middle, 40), (middle, bottom))], linestyles=[(0, (4, 3))])
        page.strokes(style.QUIET, 0.8, [((LEFT, bottom), (RIGHT, bottom))])
        for tick in (0, 0.25, 0.5, 0.75, 1):
            x = LEFT + tick * (RIGHT - LEFT)
            page.strokes(style.QUIET, 0.8, [((x, bottom), (x, bottom + 4))])
            page.write(x, AXIS + 8, f"{tick:g}", ha="center", **look)
        said = f"prediction: the probability of {style.shorten(self.classes[1], 200)}"
        page.write(middle, AXIS + 26, said, ha="center", **look)
        self._marks, self._texts, self._heads = {}, {}, {}
        for k, (top, high) in ROWS.items():
            name = style.shorten(self.classes[k], LEFT - 30, bold=True)
            page.write(12, top + high / 2 - 9, name, bold=True)
            self._heads[k] = page.quick(12, top + high / 2 + 9, **look)
            marks = page.line(
                style.ALARM if k else style.LAYERS, "", marker="D" if k else "o",
                markersize=8 if k else 4, markeredgecolor=style.PAPER,
                markeredgewidth=0.8 if k else 0, alpha=1 if k else 0.45,
            )  # fmt: skip
            self._marks[k] = page.moves(marks)
            for side, name in enumerate(SAID[k]):
                x = middle + (12 if side else -12)
                ha = "left" if side else "right"
                self._texts[name] = page.quick(x, top - 14, size=style.TITLE, bold=True, ha=ha)
        self._ledger = Ledger(page, 12, TABLE, RIGHT - 12, self._built[1])

    def _show(self, y, p):
        total = self.counts["found"] + self.counts["missed"]
        self._title.set_text(f"{self.counts['found']} of {total} {self.classes[1]} found")
        for k, (top, high) in ROWS.items():
            chosen = p[y == k]
            spread = (0.5 + GOLDEN * np.arange(len(chosen))) % 1
            self._marks[k].set_data(LEFT + chosen * (RIGHT - LEFT), top + 6 + spread * (high - 12))
            self._heads[k].set_text(f"{len(chosen):,}")
        for name, text in self._texts.items():
            text.set_text(f"{self.counts[name]:,} {name}")
        self._ledger.show(self.runs)
