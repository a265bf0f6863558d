"""One unit of an LSTM at one timestep, in numbers and in words."""

import numpy as np

from anatomy.base.words import fixed, percent, sentences
from anatomy.data.calls import whole
from anatomy.data.gate import check_shape

MOST = 12  # classes that find room
#: Gates and states of a unit: the sign in the equations, its symbol and its name.
ROWS = {
    "f": ("", "f", "forget gate"),
    "before": ("×", "cₜ₋₁", "state before"),
    "i": ("+", "i", "input gate"),
    "g": ("×", "g", "candidate"),
    "c": ("=", "cₜ", "cell state"),
    "o": ("", "o", "output gate"),
    "h": ("", "hₜ", "hidden state"),
}


class Instant:
    """What ``draw.recurrence`` tells of one timestep; its arguments are explained there."""

    def __init__(self, facts, timestep=None, unit=0, predictions=None, target=None, classes=None):
        (count, units), self.facts = facts.h.shape, facts
        self.timestep = timestep = count if timestep is None else timestep
        whole("timestep", timestep, 1, count), whole("unit", unit, 0, units - 1)
        self.unit, self.target, self.classes, self.predictions = unit, target, (), None
        if predictions is not None:
            self.predictions = predictions = np.asarray(predictions)
            check_shape("predictions", predictions, count, "classes")
            whole("the number of classes", predictions.shape[1], 2, MOST)
            self.classes = list(classes or range(predictions.shape[1]))
            self.best = predictions.argmax(axis=1)
        self.values = {name: float(getattr(facts, name)[timestep - 1, unit]) for name in ROWS}
        self.read = int(facts.order[timestep - 1])  # the row that is read
        backwards = f" (backwards: timestep {timestep})" * bool(facts.order[0])
        self.row = f"row {self.read + 1} of {count}{backwards}"

    @property
    def equations(self):
        """Cell state and hidden state, each as an equation of numbers."""
        f, before, i, g, c, o, h = map(fixed, self.values.values())
        before, i, g = (f"({text})" if text.startswith("−") else text for text in (before, i, g))
        cell = f"{f} × {before} + {i} × {g} = {c}"
        return cell, f"{o} × {self.facts.activation}({c}) = {h}"

    @property
    def effects(self):
        """What the gates do to cell state and hidden state, each in a few words."""
        f, o, written = self.values["f"], self.values["o"], self.values["i"] * self.values["g"]
        keeps = f"forgets {percent(1 - f)} of its state" if 0 <= f <= 1 else f"state × {fixed(f)}"
        shows = percent(o) if 0 <= o <= 1 else f"{fixed(o)} times"
        written = "+" * (not fixed(written).startswith("−")) + fixed(written)
        return f"{keeps}, writes {written}", f"shows {shows} of {self.facts.activation}(cₜ)"

    @property
    def sentence(self):
        """What the unit does, and the prediction."""
        c, h = (fixed(self.values[name]) for name in "ch")
        unit = f"{self.row}: unit {self.unit} {self.effects[0]} and holds {c}; it shows {h}."
        return sentences(unit, self.prediction)

    @property
    def prediction(self):
        """The most probable class for the hidden state; "" where there are no predictions."""
        if self.predictions is None:
            return ""
        best = self.best[self.timestep - 1]
        right = "" if self.target is None else ", right" if best == self.target else ", wrong"
        share = percent(self.predictions[self.timestep - 1, best])
        return f"The model now predicts {self.classes[best]}, {share}{right}."

    @property
    def settled(self):
        """Since which timestep the prediction is what it is in the end; "" before the end."""
        if self.predictions is None or self.timestep < len(self.best):
            return ""
        other = np.flatnonzero(self.best != self.best[-1])
        return f"{self.classes[self.best[-1]]} since timestep {other[-1] + 2 if len(other) else 1}"

    def describe(self, label, whole, returned):
        """The picture in words."""
        gates = ", ".join(f"{ROWS[name][2]} {fixed(self.values[name])}" for name in "figo")
        cell, hidden = self.equations
        return sentences(
            f"LSTM of {self.facts.h.shape[1]} units{f', {label}' * bool(label)}, {self.row}.",
            f"Unit {self.unit}: {gates}; cell state {cell}; hidden state {hidden}.",
            f"return_sequences={whole}: the layer returns "
            f"{'all hidden states' if whole else 'the last hidden state'}, {returned}.",
            self.prediction,
            f"{self.settled}." if self.settled else "",
        )
