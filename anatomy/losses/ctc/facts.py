"""CTC, opened: the loss of a label whose places in the sequence nobody knows."""

import itertools
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from anatomy.data import calls
from anatomy.data.calls import whole
from anatomy.data.gate import check_shape

#: The most paths that are tried one by one.
MOST_TRIED = 100_000


@dataclass(frozen=True)
class Collapse:
    """A path and its label, step by step; each a tuple of classes.

    Attributes:
        path: a class for each frame.
        merged: the path, with equal neighbours merged.
        label: the merged path without its blanks.
    """

    path: tuple
    merged: tuple
    label: tuple


@calls.validated(path=calls.wholes)
def collapse(path, blank=0):
    """The label of a path: merge equal neighbours, then drop the blanks.

    The blank keeps a repeated class apart: 3 3 reads 3, and 3 blank 3 reads 3 3.

    Args:
        path: a class for each frame, whole numbers.
        blank: which of them is the blank.

    Returns:
        Collapse.

    Source: Graves et al., Connectionist Temporal Classification (2006), section 3.1.
    """
    path = tuple(int(one) for one in path)
    merged = tuple(one for one, _ in itertools.groupby(path))
    return Collapse(path, merged, tuple(one for one in merged if one != blank))


@calls.validated
def read(probabilities, blank=0):
    """Best path decoding: the most probable class of each frame, collapsed.

    That is the label of the most probable path. The most probable label can be another one,
    whose many paths have a larger sum.

    Args:
        probabilities: ``(frames, classes)``; logits do as well, as only their order matters.
        blank: which class is the blank.

    Returns:
        Collapse; its ``label`` is the reading.

    Source: Graves et al. (2006), section 3.2; ``keras.ops.ctc_decode``.
    """
    probabilities = np.asarray(probabilities)
    check_shape("probabilities", probabilities, "frames", "classes")
    whole("blank", blank, 0, probabilities.shape[1] - 1)
    return collapse(probabilities.argmax(axis=1), blank)


@calls.validated(label=calls.wholes, frames=calls.count(0, 1000))
def alignments(label, frames, blank=0):
    """All paths over so many frames that read the label, by trying every one.

    Args:
        label: classes, whole numbers; blanks at its end are padding.
        frames: how many there are.
        blank: which class is the blank.

    Returns:
        list of tuples, a class for each frame; empty where the label does not fit.

    Raises:
        ValueError: for more than 100,000 paths to try, or a blank within the label.
    """
    label = as_label(label, blank)
    signs = sorted({blank, *label}, key=lambda one: (one != blank, one))
    if (paths := len(signs) ** frames) > MOST_TRIED:
        text = f"frames={frames}: {paths:,} paths are too many to try"
        raise ValueError(f"{text}; lattice() sums them without.")
    return _alignments(label, frames, blank, tuple(signs))


@lru_cache(maxsize=64)
def _alignments(label, frames, blank, signs):
    paths = itertools.product(signs, repeat=frames)
    return [path for path in paths if collapse(path, blank).label == label]


@dataclass(frozen=True, eq=False)
class Lattice:
    """All paths that read a label, as a lattice of states by frames, and their sum.

    A path goes one frame to the right with each step, and down the extended label: it stays in
    its state, goes to the next one, or over a blank between two different classes.

    Attributes:
        probabilities: ``(frames, classes)``, float64.
        label: tuple of classes; ``blank``: the class of the blank.
        extended: the label with a blank before, between and after: 2 len(label) + 1 states.
        skips: for each state, whether a step may come from two states above.
        log_alpha: ``(frames, states)``: log of the sum over all beginnings of paths that are
            in the state at the frame.
        log_beta: ``(frames, states)``: the same for all ends of paths after the frame.
        best: ``(frames,)``: the state of the most probable path at each frame, or None where
            no path has a probability above 0.
    """

    probabilities: np.ndarray = field(repr=False)
    label: tuple
    blank: int
    extended: np.ndarray
    skips: np.ndarray = field(repr=False)
    log_alpha: np.ndarray = field(repr=False)
    log_beta: np.ndarray = field(repr=False)
    best: np.ndarray | None = field(repr=False)

    @property
    def loss(self):
        """-log p(label); infinite where no path reads the label."""
        return max(0.0, float(-np.logaddexp.reduce(self.log_alpha[-1, -2:])))

    @property
    def alpha(self):
        """Forward probabilities, ``(frames, states)``."""
        return np.exp(self.log_alpha)

    @property
    def posterior(self):
        """The share of p(label) that goes through each state, ``(frames, states)``."""
        if not np.isfinite(self.loss):
            return np.zeros(self.log_alpha.shape)
        return np.exp(self.log_alpha + self.log_beta + self.loss)

    @property
    def possible(self):
        """Which states a path of the label can be in at all, ``(frames, states)``."""
        return _possible(self.probabilities.shape, self.label, self.blank)

    @property
    def path(self):
        """The most probable path, a class for each frame, or None."""
        return None if self.best is None else tuple(self.extended[self.best].tolist())

    @property
    def needed(self):
        """How many frames the label needs: one a class, and one between two equal ones."""
        return len(self.label) + sum(one == other for one, other in itertools.pairwise(self.label))

    def probability(self, path):
        """The product of the path's probabilities, one of each frame."""
        return float(np.prod(self.probabilities[np.arange(len(path)), list(path)]))


@calls.validated(label=calls.wholes)
def lattice(probabilities, label, blank=0):
    """The lattice of a label over frames: forward, backward, best path and loss.

    alpha_1 = p_1 in the first two states; alpha_t(s) = p_t(extended_s) (alpha_(t-1)(s) +
    alpha_(t-1)(s-1) + alpha_(t-1)(s-2) where s may be skipped to); p(label) is the sum of
    alpha in the last two states at the last frame, and the loss is -log p(label).

    Args:
        probabilities: ``(frames, classes)``, each row a softmax; of logits,
            ``keras.ops.softmax(logits)``.
        label: classes, whole numbers from 0 without the blank; blanks at its end are padding,
            as in ``keras.losses.CTC``.
        blank: which class is the blank; 0 in ``keras.losses.CTC``.

    Returns:
        Lattice. A label that does not fit the frames has a loss of infinity (Keras gives a
        number of 100,000 or more there).

    Raises:
        ValueError: if the rows are no probabilities, or the label has classes that they have not.

    Source: Graves et al., Connectionist Temporal Classification (2006), section 4.1; in Keras,
    ``keras.ops.ctc_loss``.
    """
    probabilities = as_probabilities(probabilities)
    classes = probabilities.shape[1]
    label = as_label(label, blank)
    if wrong := [one for one in (*label, blank) if not 0 <= one < classes]:
        text = f"label {label} and blank {blank}: there is no class {wrong[0]}"
        raise ValueError(f"{text}; classes go from 0 to {classes - 1}.")
    extended = np.full(2 * len(label) + 1, blank)
    extended[1::2] = label
    skips = np.zeros(len(extended), bool)
    skips[2:] = (extended[2:] != blank) & (extended[2:] != extended[:-2])
    with np.errstate(divide="ignore"):  # log 0 is -infinity: no path goes there
        emits = np.log(probabilities)[:, extended]
    # Backward is forward on the reversed lattice, without the frame's own probability.
    back = np.zeros_like(skips)
    back[2:] = skips[::-1][:-2]
    log_alpha = _arrivals(emits, skips) + emits
    log_beta = _arrivals(emits[::-1, ::-1], back)[::-1, ::-1]
    best = _viterbi(emits, skips)
    return Lattice(probabilities, label, blank, extended, skips, log_alpha, log_beta, best)


@lru_cache(maxsize=64)
def _possible(shape, label, blank):
    return lattice(np.full(shape, 1 / shape[1]), label, blank).posterior > 0


def as_label(label, blank):
    """A label as a tuple of ints, without the padding at its end."""
    label = [int(one) for one in np.ravel(label)]
    while label and label[-1] == blank:
        label.pop()
    if blank in label:
        raise ValueError(f"label {tuple(label)} has the blank, {blank}: give the classes alone.")
    return tuple(label)


def as_probabilities(values):
    """Probabilities as float64, or an error that says what would do."""
    values = np.asarray(values, "float64")
    check_shape("probabilities", values, "frames", "classes")
    sums = values.sum(axis=1)
    wrong = np.flatnonzero(~((values >= 0).all(axis=1) & (np.abs(sums - 1) < 1e-3)))
    if len(wrong):
        row = ", ".join(f"{value:.3g}" for value in values[wrong[0]][:4])
        text = f"frame {wrong[0]} has [{row}{', ...' * (values.shape[1] > 4)}]"
        text += f", of sum {sums[wrong[0]]:.4g}: no probabilities"
        raise ValueError(f"{text}. Of logits, give keras.ops.softmax(logits).")
    return values


def _sources(scores, skips):
    """(3, states): the scores of the states that a step may come from."""
    sources = np.full((3, len(scores)), -np.inf)
    sources[0] = scores
    sources[1, 1:] = scores[:-1]
    sources[2, 2:] = np.where(skips[2:], scores[:-2], -np.inf)
    return sources


def _arrivals(emits, skips, join=np.logaddexp):
    """Log of the sum over all beginnings that step into a state, without the frame's own factor.

    ``join``: ``np.maximum`` for the most probable of them alone.
    """
    arrivals = np.full(emits.shape, -np.inf)
    arrivals[0, :2] = 0
    for t in range(1, len(emits)):
        scores = arrivals[t - 1] + emits[t - 1]
        arrivals[t] = join.reduce(_sources(scores, skips))
    return arrivals


def _viterbi(emits, skips):
    """The most probable sequence of states, or None."""
    *earlier, last = _arrivals(emits, skips, np.maximum) + emits
    ends = np.arange(len(last))[-2:]
    best = [ends[last[ends].argmax()]]
    if last[best[0]] == -np.inf:
        return None
    for scores in earlier[::-1]:
        best.append(best[-1] - _sources(scores, skips)[:, best[-1]].argmax())
    return np.array(best[::-1])
