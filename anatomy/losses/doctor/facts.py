"""The loss doctor: a loss that cannot work, named before fit() trains wrong in silence."""

import inspect
import textwrap
from dataclasses import dataclass, field

from anatomy.data import calls
from anatomy.layers.symbolic import unseen
from anatomy.lazy import keras
from anatomy.losses.doctor import repair, rules
from anatomy.losses.doctor.outputs import outputs

WIDTH = 96  # characters of a printed line


@dataclass(frozen=True)
class Finding:
    """One thing that cannot work.

    Attributes:
        code: a short name of the mistake. output: the name of the output; "" for one alone.
        wrong: what does not fit. happens: what training would do.
        change: the Keras code to write instead, tried on a copy; "" where none is known.
    """

    code: str
    output: str
    wrong: str
    happens: str
    change: str
    place: int = field(default=0, repr=False)
    fix: object = field(default=None, repr=False, compare=False)

    @property
    def plain(self):
        """Whether `Findings.repaired` can apply the change."""
        return self.fix is not None and self.fix.plain

    def __str__(self):
        where = f" at output {self.output!r}" if self.output else ""
        text = textwrap.fill(f"{self.code}{where}: {self.wrong} {self.happens}", WIDTH)
        return f"{text}\nWrite: {self.change}" if self.change else text


class Findings(tuple):
    """The findings of a model and its targets, in order; empty, and so false, where there is none.

    Attributes:
        model, y: what was looked at.
        outcome: "sound", "faulty", or "not judged". reason: why it was not judged, or "".
    """

    def __new__(cls, findings, model=None, y=None, reason=""):
        new = super().__new__(cls, findings)
        new.model, new.y, new.reason = model, y, "" if new else reason
        new.outcome = "faulty" if new else "not judged" if reason else "sound"
        return new

    @property
    def of_the_loss(self):
        """The findings for which the loss is not of what was meant."""
        return [finding for finding in self if not finding.code.startswith(rules.MILD)]

    def repaired(self):
        """(model, y) with all changes that are unambiguous.

        The model is a clone, newly compiled, with the same weights and an optimizer that begins
        anew. What only its author can decide, such as the number of units, stays as it is:
        diagnose the result again to see what is left.

        Raises:
            ValueError: where no finding can be repaired like this; it says what to write.
        """
        changes = [(one.place, one.fix) for one in self if one.plain]
        if self and not changes:
            writes = " ".join(f"Write: {one.change}." for one in self if one.change)
            raise ValueError(f"Repair this by hand. {writes}".strip())
        if not changes:
            return self.model, self.y
        return repair.changed(self.model, self.y, changes, outputs(self.model, self.y)[0])

    def __repr__(self):
        if self.outcome == "not judged":
            return f"Not judged: {self.reason}."
        return "\n".join(map(str, self)) or "Nothing found: the output, loss and targets fit."


def diagnose(model, y=None):
    """Names what cannot work in the output layer, the loss and the targets of a model.

    It looks at the settings of the last layers, the losses and metrics, and at 10,000 rows of the
    targets at most. The model is not trained; a change is proposed where a copy with it trains one
    step on a few rows and is judged sound.

    Args:
        model: a compiled ``keras.Model``; a function without required arguments that returns one;
            or a pair ``(output_layer, loss)``.
        y: the targets as fit() takes them: an array, a list or dict of arrays for several outputs.
            None: the layer and the loss alone.

    Returns:
        Findings: print it. Each `Finding` has a code and says what is wrong, what would happen,
        and what to write instead. Its ``outcome`` is "not judged" for what the doctor does not
        know, such as a loss of one's own, or a subclassed model.

    Raises:
        TypeError: if ``model`` is no model, no function and no pair.

    Source: https://keras.io/api/losses/; Chollet, Deep Learning with Python, table 6.1.
    """
    if isinstance(model, tuple | list) and len(model) == 2:
        model = tuple(model)
    elif (
        not isinstance(model, keras.Model) and callable(model) and not hasattr(model, "get_config")
    ):
        try:
            inspect.signature(model).bind()
        except TypeError:
            calls.model("model", model)  # it needs an argument
        with unseen(values=True):
            model = model()
    if not isinstance(model, keras.Model | tuple):
        wanted = "a compiled keras.Model, a function that builds one, or (output_layer, loss)"
        raise TypeError(f"model is {calls.shown(model)}; give {wanted}.")
    seen, reason = outputs(model, y)
    reason = reason or next((one.unknown for one in seen if one.unknown), "")
    found = [
        Finding(code, one.name, wrong, happens, fix.code if fix else "", one.place, fix)
        for one in seen
        for code, wrong, happens, changes in rules.faults(one)
        for fix in [
            next((c for c in changes if repair.works(model, y, code, one.place, c, _codes)), None)
        ]
    ]
    return Findings(found, model, y, reason)


def _codes(model, y):
    """The codes of all that is wrong."""
    return {code for one in outputs(model, y)[0] for code, *_ in rules.faults(one)}
