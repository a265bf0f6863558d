"""A flat map of functions: points in a plane that keeps the distances that matter."""

import numpy as np

FEW = 100  # members that have a say in where the plane lies


class Map:
    """A plane in the space of functions, and where it shows them.

    It runs through first guess, last guess and target: their distances from each other are
    true. What is left to choose (where the three are on a line, or nearly) shows as much as it
    can of the way and, with little weight, of the members. All other functions are moved
    straight onto the plane, so they may look nearer than they are and never farther.

    Attributes:
        guesses, members: ``(n, 2)`` places; ``goal``: ``(2,)``.
        kept: the shares of the squared distances to the goal that the map keeps, of guesses
            and of members.
    """

    def __init__(self, found):
        size = found.goal.size
        origin = found.goal.astype("float64").ravel()
        guesses, members = (
            (many.reshape(len(many), size).astype("float64") - origin) / np.sqrt(size)
            for many in (found.guesses, found.members)
        )  # so that lengths are root mean squares
        first, steps = guesses[0], guesses - guesses[0]
        anchors = np.stack([-first, steps[-1]])
        axes = plane(anchors, steps, members[:FEW])
        self.guesses, self.members, self.goal = guesses @ axes.T, members @ axes.T, np.zeros(2)
        least, right = self.guesses.mean(axis=0)[1], self.guesses[-1, 0] >= self.guesses[0, 0]
        flip = np.where([right, least >= 0], 1, -1)
        self.guesses *= flip
        self.members *= flip
        self.kept = [share(self.guesses, guesses), share(self.members, members)]

    def frame(self, aspect):
        """(left, right, bottom, top), aspect times as wide as high: way and target in the middle.

        As many members as find room while these still take two fifths of it.
        """
        shown = np.vstack([self.guesses, self.goal])
        middle = (shown.min(axis=0) + shown.max(axis=0)) / 2
        scale = np.array([aspect, 1])
        least = np.max(np.abs(shown - middle) / scale) or 1.0
        cloud = np.max(np.abs(self.members - middle) / scale, axis=1)
        half = np.clip(1.05 * np.quantile(cloud, 0.95), 1.2 * least, 2.5 * least)
        (left, bottom), (right, top) = middle - half * scale, middle + half * scale
        return left, right, bottom, top


def plane(anchors, steps, members):
    """Two orthogonal unit rows ``(2, d)``: the two directions in which most is to be seen."""
    size = np.sqrt(np.mean(steps**2) + np.mean(anchors**2)) or 1.0
    weighted = [1000 * anchors, steps / np.sqrt(len(steps))]
    weighted.append(0.01 * size * members / (np.sqrt(np.mean(members**2) * len(members)) or 1.0))
    axes = np.linalg.svd(np.vstack(weighted), full_matrices=False)[2][:2]
    return np.vstack([axes, np.zeros((2 - len(axes), axes.shape[1]))])  # a function of one number


def share(flat, whole):
    """Which part of the squared lengths is left, 0 to 1."""
    total = np.sum(whole**2)
    return float(np.sum(flat**2) / total) if total else 1.0
