"""Mistakes: the samples where a model is most wrong, each beside its truth."""

import numpy as np

from anatomy import predictions
from anatomy.draw import style
from anatomy.draw.confusion import percent
from anatomy.draw.mistakes_views import Images, Plane, Rows, Truths
from anatomy.draw.page import Page
from anatomy.draw.picture import LOCK, Picture

WIDTH = 800  # CSS pixels


def mistakes(x, y_true, probabilities, classes=None):
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
        MistakesPicture: a Picture; its ``update()`` takes the same arguments.

    Raises:
        TypeError, ValueError: for what are no labels or targets, or not as many of each.
    """
    return MistakesPicture(x, y_true, probabilities, classes)


class MistakesPicture(Picture):
    """The worst samples, in the view that fits them.

    Attributes:
        worst: the numbers of the samples that are shown, the worst first.
    """

    def __init__(self, x, y_true, probabilities, classes=None):
        super().__init__(style.figure(WIDTH, 100))
        self._kind = self._x = None
        self.update(x, y_true, probabilities, classes)

    def update(self, x, y_true, probabilities, classes=None):
        """Show these predictions; the arguments are those of ``draw.mistakes``."""
        x = np.asarray(x)
        judged = (
            predictions.residuals(y_true, probabilities)
            if classes is None
            else predictions.judge(y_true, probabilities, classes)
        )
        if len(x) != len(judged.truth):
            raise ValueError(
                f"x has {len(x):,} samples and y_true {len(judged.truth):,}: give as many of both."
            )
        View = Truths if classes is None else fitting(x)
        with LOCK:
            if View is not self._kind or x is not self._x:  # the samples set the scales
                self._kind, self._x = View, x
                self.figure.set_size_inches(WIDTH / 72, View.height(x) / 72)
                page = Page(self)
                self._title = page.quick(12, 22, size=style.TITLE, bold=True)
                self._under = page.quick(12, 44, size=style.SMALL, color=style.QUIET)
                self._view = View(page, x)
            self.judged, self.worst = judged, worst(judged)[: View.most]
            title, under = heading(judged, self._view.key)
            self._title.set_text(title)
            self._under.set_text(under)
            self._view.show(x, judged, self.worst)

    def describe(self):
        judged = self.judged
        lines = [f"sample {i}: {said(judged, i)}" for i in self.worst]
        return f"{self._title.get_text()}. {heading(judged, '')[1]} " + "; ".join(lines) + "."


def fitting(x):
    """The view for samples of this kind."""
    if x.ndim == 2 and x.shape[1] == 2:
        return Plane
    return Images if Images.fits(x) else Rows


def worst(judged):
    """The numbers of the samples to show: those that are wrong, or else the least sure."""
    return judged.wrong if len(judged.wrong) else judged.unsure


def heading(judged, key):
    """The title and the line below it."""
    n = len(judged.truth)
    if isinstance(judged, predictions.Residuals):
        title = f"off by {style.number(judged.mean)} on average, over {n:,} samples"
        return title, f"{key}The largest residuals, prediction − truth, are numbered."
    wrong = len(judged.wrong)
    share = "probability" if judged.probable else "output (no probability)"
    if not wrong:
        return f"no mistake: all {n:,} are right", f"{key}Those with the least {share} for it."
    title = f"{wrong:,} of {n:,} are wrong ({percent(wrong / n)})"
    return title, f"{key}The worst first: the truth was given the least {share}."


def said(judged, i):
    """One sample in words."""
    if isinstance(judged, predictions.Residuals):
        truth, guess, off = judged.truth[i], judged.guess[i], judged.off[i]
        return f"truth {style.number(truth)}, predicted {style.number(guess)}, off by {off:+.4g}"
    truth, guess = judged.names[judged.truth[i]], judged.names[judged.guess[i]]
    given = [style.number(a[i]) for a in (judged.to_truth, judged.to_guess)]
    return f"truth {truth} (given {given[0]}), guess {guess} ({given[1]})"
