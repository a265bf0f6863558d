"""The loss doctor: a loss that cannot work, named before fit() trains wrong in silence."""

from anatomy.layers.symbolic import unseen
from anatomy.losses import blanks, findings, labels
from anatomy.losses.ends import ends
from anatomy.losses.mend import mend

RULES = (findings.single, findings.logits, findings.exclusive, *labels.RULES, blanks.ctc)


class Findings(tuple):
    """The findings of a model and its targets, in order; empty, and so false, where all is well.

    Attributes:
        model, y: what was looked at.
    """

    def __new__(cls, found, model=None, y=None):
        new = super().__new__(cls, found)
        new.model, new.y = model, y
        return new

    def mended(self):
        """(model, y) with all changes that are unambiguous.

        The model is a clone, newly compiled, with the same weights and an optimizer that begins
        anew. What only its author can decide, such as the number of units, stays as it is:
        diagnose the result again to see what is left.

        Raises:
            ValueError: where none of the findings can be mended like this; it says what to write.
        """
        if self and not any(one.mends for one in self):
            raise ValueError("Mend this by hand. " + " ".join(f"Write: {f.change}." for f in self))
        return mend(self.model, self.y, self)

    def __repr__(self):
        return "\n".join(map(str, self)) or "Nothing found: the output, loss and targets fit."


def diagnose(model, y=None):
    """Names what cannot work in the output layer, the loss and the targets of a model.

    It looks at the settings of the last layers, at those of the losses and at no more than 10,000
    rows of the targets. Nothing is trained. What it does not know, such as a loss of one's own,
    it does not judge.

    Args:
        model: a compiled ``keras.Model``; a function without required arguments that returns one;
            or a pair ``(output_layer, loss)``.
        y: the targets as fit() takes them: an array, a list or dict of arrays for several outputs.
            None: the layer and the loss alone.

    Returns:
        Findings: print it. Each `Finding` has a code and says what is wrong, what would happen,
        and what to write instead.

    Raises:
        TypeError: for what is no model, no function and no pair.

    Source: https://keras.io/api/losses/; Chollet, Deep Learning with Python, table 6.1.
    """
    import keras

    if isinstance(model, tuple | list) and len(model) == 2:
        model = tuple(model)
    elif (
        not isinstance(model, keras.Model) and callable(model) and not hasattr(model, "get_config")
    ):
        with unseen(values=True):
            model = model()
    if not isinstance(model, keras.Model | tuple):
        raise TypeError(
            "model is a compiled keras.Model, a function that builds one, or a pair "
            f"(output_layer, loss). Received: {model!r}"
        )
    seen = ends(model, y)
    return Findings([one for end in seen for rule in RULES for one in rule(end)], model, y)
