"""What a model predicted, beside the truth: which classes it confuses, where it is most wrong."""

import numpy as np

from anatomy.data import calls
from anatomy.data.gate import check_rows

MOST = 1000  # classes of a matrix


class Confusion:
    """How often each class was taken for which.

    Attributes:
        counts: (classes, classes) integers; row: the truth, column: the guess.
        names: one for each class.
        total, right: how many samples there are, and how many of these are right.
        accuracy: right / total.
        recall: (classes,), of the samples of a class the part that was found.
        precision: (classes,), of the guesses of a class the part that is right. Both are nan where
            there is none.
    """

    def __init__(self, counts, names):
        self.counts, self.names = counts, names
        self.total, self.right = int(counts.sum()), int(np.trace(counts))
        self.accuracy = self.right / self.total
        with np.errstate(invalid="ignore"):  # 0 of 0
            self.recall, self.precision = (np.diag(counts) / counts.sum(axis) for axis in (1, 0))

    def worst(self, most=None):
        """[(truth, guess, count)], the most frequent mistakes first, as numbers of classes."""
        wrong = self.counts * (1 - np.eye(len(self.counts), dtype=int))
        order = np.argsort(-wrong, axis=None, kind="stable")[: np.count_nonzero(wrong)][:most]
        pairs = [divmod(int(k), len(wrong)) for k in order]
        return [(truth, guess, int(wrong[truth, guess])) for truth, guess in pairs]


class Judged:
    """Each prediction beside its truth.

    Attributes:
        truth, guess: (n,) integers, numbers of classes.
        to_truth, to_guess: (n,) floats, what the model gave to the true class and to its guess.
        names: one for each class.
        probable: whether these are probabilities, and not any numbers (such as logits).
        wrong: the samples that were guessed wrong, the worst first: least given to the truth.
        unsure: the samples that were guessed right, the least sure first.
    """

    def __init__(self, truth, guess, outputs, names, probable):
        self.truth, self.guess, self.names, self.probable = truth, guess, names, probable
        rows = np.arange(len(truth))
        self.to_truth, self.to_guess = outputs[rows, truth], outputs[rows, guess]
        self._order = np.lexsort((-self.to_guess, self.to_truth))
        right = (guess == truth)[self._order]
        self.wrong, self.unsure = self._order[~right], self._order[right]

    def taken(self, truth, guess):
        """The samples of one class that were taken for another, or for it: the worst first."""
        both = (self.truth == truth) & (self.guess == guess)
        return self._order[both[self._order]]


class Residuals:
    """Each prediction of a regression beside its truth.

    Attributes:
        truth, guess: (n,) floats. off: (n,), guess - truth.
        mean: the mean absolute error, in units of the target.
        wrong: all samples, the largest residual first.
    """

    def __init__(self, truth, guess):
        self.truth, self.guess, self.off = truth, guess, guess - truth
        self.mean = float(np.abs(self.off).mean())
        self.wrong = np.argsort(-np.abs(self.off), kind="stable")


@calls.validated
def confusion(y_true, y_pred, classes=None):
    """Counts how often each class was taken for which.

    Args:
        y_true: the labels, (n,) or (n, 1), 0 for the first class; or one-hot rows (n, classes).
        y_pred: labels likewise; or what the model predicts: (n, classes), the largest is the
            guess, or (n, 1) probabilities of class 1.
        classes: names; None: the numbers themselves.

    Returns:
        Confusion.

    Raises:
        TypeError, ValueError: for what are no labels, no predictions, or not as many of both.
    """
    truth, guess = labels(y_true, "y_true"), labels(y_pred, "y_pred")
    highest, name = max((truth.max(), "y_true"), (guess.max(), "y_pred"))
    if highest >= MOST:
        raise ValueError(
            f"{name} has a class {highest:,}; a matrix of {MOST:,} classes at most can be counted. "
            "Number them from 0 up, without gaps: np.unique(y, return_inverse=True)[1]."
        )
    check_rows(y_true=truth, y_pred=guess)
    names = _names(truth, guess, classes)
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (truth, guess), 1)
    return Confusion(counts, names)


@calls.validated
def judge(y_true, probabilities, classes=None):
    """Sets each prediction of a classifier beside its truth.

    Args:
        y_true, classes: as for `confusion`.
        probabilities: what the model predicts: (n, classes), or (n, 1) of class 1.

    Returns:
        Judged.

    Raises:
        TypeError, ValueError: as `confusion`, and where there is no output for a true class.
    """
    outputs = _finite(probabilities, "probabilities")
    outputs = outputs.reshape(len(outputs), -1).astype(float)
    truth = labels(y_true, "y_true")
    probable = (outputs >= 0).all() and (outputs <= 1).all()
    if outputs.shape[1] == 1:
        outputs = np.hstack([1 - outputs, outputs])
    elif probable:  # float32, and a label-wise sigmoid shares out nothing
        probable = np.allclose(outputs.sum(axis=1), 1, atol=1e-3)
    guess = outputs.argmax(axis=1)  # of two equal ones the first: Keras takes 0.5 for class 0
    check_rows(y_true=truth, probabilities=guess)
    if truth.max() >= outputs.shape[1]:
        raise ValueError(
            f"y_true has a label {truth.max():,}, and probabilities has {outputs.shape[1]} "
            "columns: give one for each class, or a single one for two classes."
        )
    names = _names(truth, guess, classes)
    return Judged(truth, guess, outputs, names, bool(probable))


@calls.validated
def residuals(y_true, y_pred):
    """Sets each prediction of a regression, (n,) or (n, 1), beside its truth, likewise.

    Raises:
        TypeError, ValueError: for other shapes, values that are not finite, not as many of both.
    """
    both = [_finite(y_true, "y_true"), _finite(y_pred, "y_pred")]
    for y, name in zip(both, ("y_true", "y_pred"), strict=True):
        if y.ndim == 2 and y.shape[1] > 1:
            raise ValueError(f"{name} has shape {y.shape}: give one number for each sample.")
    truth, guess = (y.ravel().astype(float) for y in both)
    check_rows(y_true=truth, y_pred=guess)
    return Residuals(truth, guess)


def labels(y, name="y"):
    """Numbers of classes, (n,) integers, of labels, one-hot rows or predictions.

    Raises:
        TypeError, ValueError: for anything else; the message quotes ``name``.
    """
    y = _finite(y, name)
    if y.ndim == 2 and y.shape[1] > 1:
        return y.argmax(axis=1)
    y = y.ravel()
    whole = y.astype(int)
    if (whole != y).any():
        odd = y[whole != y] if name == "y_true" else y[(y < 0) | (y > 1)]
        if odd.size:
            raise ValueError(
                f"{name} has the value {odd[abs(odd).argmax()]:.4g}: give labels such as 0, 1, 2, "
                "one column for each class, or probabilities of class 1."
            )
        return (y > 0.5).astype(int)
    if whole.min() < 0:
        raise ValueError(f"{name} has a label {whole.min()}: labels begin with 0.")
    return whole


def _finite(y, name):
    """y as an array of finite numbers, (n,) or (n, columns), or an error."""
    y = np.asarray(y)
    if y.ndim not in (1, 2) or not y.size:
        raise ValueError(f"{name} has shape {y.shape}: give (n,) labels, or (n, classes).")
    if bad := int((~np.isfinite(y)).sum()):
        raise ValueError(f"{name} has {bad:,} values that are not finite: did fit() diverge?")
    return y


def _names(truth, guess, classes):
    """A name for each class; a guess beyond the classes has its number for a name."""
    count = int(max(truth.max(), guess.max())) + 1
    if classes is None:
        return tuple(map(str, range(max(count, 2))))
    names = tuple(map(str, classes))
    if truth.max() >= len(names):
        raise ValueError(
            f"There is a label {truth.max()}, and classes has {len(names)} names: give one for "
            "each class."
        )
    return names + tuple(map(str, range(len(names), count)))
