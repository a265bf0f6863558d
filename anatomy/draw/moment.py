"""One unit of an LSTM at one timestep, in numbers and in words."""

import numpy as np

NAMES = {
    "f": "forget gate",
    "before": "state before",
    "i": "input gate",
    "g": "candidate",
    "c": "cell state",
    "o": "output gate",
    "h": "hidden state",
}


class Moment:
    """What ``draw.recurrence`` tells of one timestep; its arguments are explained there."""

    def __init__(self, facts, timestep, unit, predictions=None, target=None, classes=None):
        self.facts, self.timestep, self.unit = facts, timestep, unit
        self.predictions, self.target = predictions, target
        self.classes = classes or range(0 if predictions is None else predictions.shape[1])
        self.values = {name: float(getattr(facts, name)[timestep - 1, unit]) for name in NAMES}

    @property
    def read(self):
        """Index of the row that is read at this timestep."""
        return int(self.facts.order[self.timestep - 1])

    @property
    def row(self):
        count = len(self.facts.x)
        backwards = f" (backwards: timestep {self.timestep})" * bool(self.facts.order[0])
        return f"row {self.read + 1} of {count}{backwards}"

    @property
    def equations(self):
        """Cell state and hidden state, each as an equation of numbers."""
        f, before, i, g, c, o, h = map(said, self.values.values())
        return (
            f"{f} × {inner(before)} + {inner(i)} × {inner(g)} = {c}",
            f"{o} × {self.facts.activation}({c}) = {h}",
        )

    @property
    def acts(self):
        """What the gates do to cell state and hidden state, each in a few words."""
        f, wrote, o = self.values["f"], said(self.values["i"] * self.values["g"]), self.values["o"]
        forgets = f"forgets {1 - f:.0%} of its state" if 0 <= f <= 1 else f"state × {said(f)}"
        wrote = wrote if wrote.startswith("−") else f"+{wrote}"
        shows = f"{o:.0%}" if 0 <= o <= 1 else f"{said(o)} times"
        return f"{forgets}, writes {wrote}", f"shows {shows} of {self.facts.activation}(cₜ)"

    @property
    def words(self):
        """What the unit does, in one sentence."""
        c, h = (said(self.values[name]) for name in "ch")
        text = f"{self.row}: unit {self.unit} {self.acts[0]} and holds {c}; it shows {h}."
        return f"{text} {self.says}".rstrip()

    @property
    def best(self):
        """The most probable class after each timestep, (timesteps,)."""
        return self.predictions.argmax(axis=1)

    @property
    def chance(self):
        """The most probable class now, and its probability: "7, 83%"."""
        best = self.best[self.timestep - 1]
        return f"{self.classes[best]}, {self.predictions[self.timestep - 1, best]:.0%}"

    @property
    def says(self):
        """What the model makes of the hidden state; "" where there are no predictions."""
        if self.predictions is None:
            return ""
        right = ""
        if self.target is not None:
            right = ", right" if self.best[self.timestep - 1] == self.target else ", wrong"
        return f"The model now says {self.chance}{right}."

    @property
    def settled(self):
        """Since which timestep the prediction is what it is in the end; "" before the end."""
        if self.predictions is None or self.timestep < len(self.best):
            return ""
        other = np.flatnonzero(self.best != self.best[-1])
        since = other[-1] + 2 if len(other) else 1
        return f"{self.classes[self.best[-1]]} since timestep {since}."


def said(value):
    """A number as the equations have it: two decimals, three digits where it is large."""
    text = f"{round(value, 2) + 0.0:.2f}" if abs(value) < 100 else f"{value:.3g}"
    return text.replace("-", "−")


def inner(text):
    """A factor, in brackets where it is negative."""
    return f"({text})" if text.startswith("−") else text
