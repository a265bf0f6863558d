"""A flat map of functions: points in a plane that keeps the distances that matter."""

import numpy as np

FEW = 20  # members that have a say in where the plane lies


class Map:
    """The plane through the first guess, the last guess and the goal, which is at (0, 0).

    Their distances from each other are true. What is left to choose (where the three are on a
    line, or nearly) shows as much as it can of the path and, with little weight, of the members.
    All other functions are moved straight onto the plane, so they may look nearer than they are
    and never farther.

    Args:
        guesses, members: functions ``(n, m, outputs)``. goal: one, ``(m, outputs)``.

    Attributes:
        guesses, members: ``(n, 2)`` places.
        kept: the shares of the squared distances to the goal that the map keeps, of guesses
            and of members.
    """

    def __init__(self, guesses, members, goal):
        vectors = [
            (many.reshape(len(many), -1).astype("float64") - np.ravel(goal)) / np.sqrt(goal.size)
            for many in (guesses, members)
        ]  # so that lengths are root mean squares
        steps, few = vectors[0] - vectors[0][0], vectors[1][:FEW]
        anchors = np.stack([-vectors[0][0], steps[-1]])
        size = np.sqrt(np.mean(steps**2) + np.mean(anchors**2)) or 1.0
        weight = 0.01 * size / (np.sqrt(np.mean(few**2) * len(few)) or 1.0)
        weighted = np.vstack([1000 * anchors, steps / np.sqrt(len(steps)), weight * few])
        axes = np.linalg.svd(weighted, full_matrices=False)[2][:2]
        places = [many @ np.pad(axes.T, ((0, 0), (0, 2 - len(axes)))) for many in vectors]
        path = places[0]
        flip = np.where([path[-1, 0] >= path[0, 0], path[:, 1].mean() >= 0], 1, -1)
        self.guesses, self.members = (place * flip for place in places)
        self.kept = tuple(map(_share, places, vectors))

    def frame(self, aspect):
        """(left, right, bottom, top), aspect times as wide as high: path and goal in the middle.

        As many members as find room while these still take two fifths of it.
        """
        shown = np.vstack([self.guesses, [[0, 0]]])
        middle = (shown.min(axis=0) + shown.max(axis=0)) / 2
        scale = np.array([aspect, 1])
        least = np.max(np.abs(shown - middle) / scale) or 1.0
        cloud = np.max(np.abs(self.members - middle) / scale, axis=1)
        half = np.clip(1.05 * np.quantile(cloud, 0.95), 1.2 * least, 2.5 * least)
        (left, bottom), (right, top) = middle - half * scale, middle + half * scale
        return left, right, bottom, top


def _share(places, vectors):
    """Which part of the squared lengths is left, 0 to 1."""
    total = np.sum(vectors**2)
    return float(np.sum(places**2) / total) if total else 1.0
