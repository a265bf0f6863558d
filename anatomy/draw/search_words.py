"""How near a search came to its target, in numbers and in words."""

from functools import cached_property

import numpy as np

from anatomy.draw.style import number
from anatomy.hypotheses import distance

REACHED = 0.01  # of the target's spread


class Found:
    """A path through a space, and how far from the target it and the space's members are.

    Functions that are not finite are left out: a training that diverged ends before.
    """

    def __init__(self, space, path, target=None):
        check(space, path)
        self.space, self.path = space, path
        self.target = None if target is None else values(target, path)
        self.members = space.outputs[finite(space)]
        guesses = finite(path)
        guesses[np.argmin(guesses) :] &= guesses.all()  # none after the first that is not
        self.guesses, self.epochs = path.outputs[guesses], path.epochs[guesses]
        for what, left in (("space", self.members), ("path", self.guesses)):
            if not len(left):
                raise ValueError(f"No function of the {what} is finite: there is nothing to show.")
        goal = self.goal
        self.apart = np.atleast_1d(distance(self.guesses, goal))  # of the guesses from the goal
        self.sampled = np.atleast_1d(distance(self.members, goal))

    @property
    def goal(self):
        """The function to measure from: the target, or else the first guess."""
        return self.guesses[0] if self.target is None else self.target

    @property
    def diverged(self):
        return len(self.guesses) < len(self.path)

    @cached_property
    def spread(self):
        """The target's own: the root mean square of what it differs from its mean; 1 if 0."""
        return float(np.std(self.target, dtype="float64")) or 1.0

    @property
    def last(self):
        return float(self.apart[-1])

    @property
    def nearest(self):
        """The smallest distance known, of a member sampled or gone through."""
        return float(min(self.sampled.min(), self.apart.min()))

    @property
    def reached(self):
        return self.nearest < REACHED * self.spread

    @property
    def missed(self):
        """Whether a member is known that is nearer than where the search ended, by 5 % or more."""
        return self.nearest < 0.95 * self.last

    @property
    def verdict(self):
        """Whether the target is reached, in a sentence."""
        if self.target is None:
            return f"No target is given: the search went {number(self.last)} from its first guess."
        name = "reached" if self.reached else "not reached"
        return (
            f"Target {name}: the nearest function known is {number(self.nearest)} away, "
            f"{percent(self.nearest / self.spread)} of its spread."
        )

    @property
    def reason(self):
        """What follows for topology and search; no more than what is known."""
        if self.target is None:
            return "Whether it should have gone further, only a target could tell."
        if self.missed:
            sampled = self.sampled.min() < self.apart.min()
            epoch = self.epochs[self.apart.argmin()]
            who = "A sampled member" if sampled else f"The guess after epoch {epoch}"
            how = "find it" if sampled else "stay there"
            after = "." if self.reached else "; for the rest, this cannot tell."
            return f"{who} is it: the topology allows it, the search did not {how}{after}"
        if self.reached:
            return (
                f"Below {REACHED:.0%} is reached: the topology allows it and the search found it."
            )
        return (
            "Topology or search? This cannot tell: weights that were neither drawn nor trained "
            "may come nearer."
        )

    def describe(self, label, notes):
        """All numbers, in words."""
        members, guesses = len(self.members), len(self.guesses)
        name = f" of {label}" if label else ""
        said = [
            f"Search{name}: {guesses} guess{'es' * (guesses > 1)}, from epoch {self.epochs[0]} to "
            f"{self.epochs[-1]}, and {members:,} sampled member{'s' * (members > 1)} on a map."
        ]
        if self.diverged:
            said.append("The training diverged: functions that are not finite are left out.")
        if self.target is not None:
            said.append(
                f"Distance to the target: first guess {number(self.apart[0])}, last guess "
                f"{number(self.last)}, nearest guess {number(self.apart.min())}, nearest sampled "
                f"member {number(self.sampled.min())}; its own spread is {number(self.spread)}."
            )
        return "\n".join([*said, f"{self.verdict} {self.reason}", *notes])


def check(space, path):
    """Raises where the two are not on the same x, or of other outputs."""
    if space.x.shape != path.x.shape or not np.array_equal(space.x, path.x):
        raise ValueError(
            f"The space is sampled on x {space.x.shape} and the path on x {path.x.shape}, not the "
            "same points; give both the same x."
        )
    if space.outputs.shape[1:] != path.outputs.shape[1:]:
        raise ValueError(
            f"A function of the space has outputs {space.outputs.shape[1:]} and one of the path "
            f"{path.outputs.shape[1:]}; give a space and a path of the same topology."
        )


def values(target, path):
    """The target's values as an array like one function's outputs, or an error."""
    wanted = path.outputs.shape[1:]
    found = np.asarray(target, "float64")
    if found.shape != wanted and (found.shape != wanted[:1] or wanted[1:] != (1,)):
        raise ValueError(
            f"target has shape {found.shape}; give its values on the path's x, {wanted}."
        )
    if not np.isfinite(found).all():
        raise ValueError("target has values that are not finite; give numbers.")
    return found.reshape(wanted)


def finite(space):
    """Which functions are finite everywhere: ``(n,)`` bools."""
    return np.isfinite(space.outputs).all(axis=tuple(range(1, space.outputs.ndim)))


def percent(share):
    """A share as we say it: two digits, no more."""
    return f"{100 * share:.2g}%" if share < 0.995 else f"{100 * share:,.0f}%"
