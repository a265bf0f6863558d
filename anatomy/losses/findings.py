"""What is wrong with an output, its loss and its targets: one rule for each mistake."""

import textwrap
from dataclasses import dataclass, field

import numpy as np

BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
CATEGORICAL = ("categorical_crossentropy", "categorical_focal_crossentropy")
SPARSE = ("sparse_categorical_crossentropy", "categorical_generalized_cross_entropy")
EXCLUSIVE = CATEGORICAL + SPARSE
CROSSENTROPY = BINARY + EXCLUSIVE
SCALED = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")
NUMBERS = (
    *SCALED, "mean_squared_logarithmic_error", "mean_absolute_percentage_error", "poisson",
    "hinge", "squared_hinge",
)  # fmt: skip

REACH = {
    "sigmoid": (0, 1), "hard_sigmoid": (0, 1), "softmax": (0, 1), "relu": (0, np.inf),
    "relu6": (0, 6), "softplus": (0, np.inf), "exponential": (0, np.inf), "tanh": (-1, 1),
    "hard_tanh": (-1, 1), "softsign": (-1, 1),
}  # fmt: skip
ANY = ("linear", "relu", "relu6", "tanh", "hard_tanh", "softsign", "elu", "selu", "gelu", "silu",
       "leaky_relu", "celu", "mish", "log_softmax", "log_sigmoid")  # fmt: skip
WIDTH = 96  # characters of a printed line
LARGE = 1000.0  # the root mean square of targets that one step of size 0.01 does not reach


@dataclass(frozen=True)
class Finding:
    """One thing that cannot work.

    Attributes:
        code: a short name of the mistake.
        output: the name of the output; "" where the model has one alone.
        wrong: what does not fit.
        happens: what training would do.
        change: the Keras code to write instead.
        place: the number of the output. settings, loss: of the loss that mends it: other settings,
            or the name of another class. targets: a function that mends the targets. None: by hand.
    """

    code: str
    output: str
    wrong: str
    happens: str
    change: str
    place: int = field(default=0, repr=False)
    settings: dict | None = field(default=None, repr=False)
    loss: str | None = field(default=None, repr=False)
    targets: object = field(default=None, repr=False, compare=False)

    @property
    def mends(self):
        """Whether `mended` can apply the change."""
        return not (self.settings is None and self.loss is None and self.targets is None)

    def __str__(self):
        where = f" at output {self.output!r}" if self.output else ""
        said = textwrap.fill(f"{self.code}{where}: {self.wrong} {self.happens}", WIDTH)
        return f"{said}\nWrite: {self.change}"


def found(end, *said, **mends):
    """The Finding ``(code, wrong, happens, change)`` of an `End`."""
    code, wrong, happens, change = said
    return Finding(code, end.name, wrong, happens, change, end.place, **mends)


def written(end, activation, units=None):
    """The output layer as it should be, in Keras."""
    name = type(end.layer).__name__ if end.layer is not None else "Dense"
    name = name if name not in ("Activation", "Softmax", "ReLU") else "Dense"
    units = units or end.units
    size = str(units) if name == "Dense" and units else "..."
    return f"layers.{name}({size}, activation={quoted(activation)})"


def measured(y):
    """Whether targets are fractions outside 0 to 1: what somebody has measured, and no labels."""
    return y is not None and not y.whole and (y.low < 0 or y.high > 1)


def quoted(text):
    """A setting as it is written in code."""
    return f'"{text}"' if text else "None"


def called(kind):
    """The class of a loss, as it is written."""
    return "keras.losses." + "".join(word.capitalize() for word in kind.split("_"))


def single(end):
    """One unit where the classes share out a whole."""
    if end.units != 1:
        return
    right = f'{written(end, "sigmoid")}, loss="binary_crossentropy"'
    if end.activation == "softmax" and end.kind:
        yield found(
            end, "softmax of one unit",
            "Softmax shares 1 out among the units of an output, and this one has a single unit.",
            "Every prediction is 1, whatever the weights: the loss stays as it is.", right,
        )  # fmt: skip
    elif end.kind in EXCLUSIVE:
        fits = end.activation in ("sigmoid", "linear") and end.y is not None and end.y.bits
        fits = fits and end.y.shape in ((None,), (None, 1)) and end.shape in (None, (None, 1))
        logits = end.logits or end.activation == "linear"
        yield found(
            end, "one unit for classes",
            f"{end.kind} compares the units of an output with each other, "
            "and this one has a single unit.",
            "It is scaled to a share of 1: the loss is 0 from the first epoch, nothing is learnt.",
            right, loss="BinaryCrossentropy" if fits else None,
            settings={"from_logits": logits} if fits else None,
        )  # fmt: skip


def logits(end):
    """Whether the loss takes the output for what it is: probabilities, or any numbers."""
    if end.kind not in CROSSENTROPY or (end.units == 1 and end.kind in EXCLUSIVE):
        return
    squash = "sigmoid" if end.kind in BINARY else "softmax"
    if end.logits and end.activation in ("sigmoid", "softmax"):
        same = end.activation == squash or end.activation == "softmax"
        yield found(
            end, "probabilities as logits",
            f"The output has a {end.activation}, and from_logits=True has the loss apply "
            f"{'a ' + squash if squash != end.activation else 'another'}.",
            "Squashed twice, no prediction can come near 0 or 1: the loss stays high.",
            f'loss="{end.kind}"' if same else written(end, None),
            settings={"from_logits": False} if same else None,
        )  # fmt: skip
    elif end.logits and end.kind in BINARY and end.activation in ("relu", "relu6"):
        yield found(
            end, "relu before from_logits",
            "A relu leaves no logit below 0, so no probability below one half.",
            "The loss never sees a confident 0, and a unit that is off learns no more.",
            written(end, None),
        )  # fmt: skip
    elif end.kind in BINARY and measured(end.y):
        return  # from_logits would not help
    elif not end.logits and end.activation == "linear":
        takes = end.kind != "categorical_generalized_cross_entropy"
        yield found(
            end, "from_logits forgotten",
            f"The output is linear, any number, and {end.kind} takes probabilities.",
            "Numbers outside 0 to 1 are cut off and teach nothing: it trains badly, in silence.",
            f"loss={called(end.kind)}(from_logits=True)" if takes else written(end, squash),
            settings={"from_logits": True} if takes else None,
        )  # fmt: skip
    elif not end.logits and end.activation in ANY:
        yield found(
            end, "no probabilities",
            f"{end.activation} hands on numbers that are no probabilities; {end.kind} takes these.",
            "What is outside 0 to 1 is cut off: the loss jumps, sticks or becomes nan.",
            written(end, squash),
        )  # fmt: skip


def exclusive(end):
    """Sigmoid units for classes that exclude each other, softmax for those that do not."""
    if not end.units or end.units < 2:
        return
    y = end.y
    if end.activation == "sigmoid" and end.kind in EXCLUSIVE and not end.logits:
        several = y is not None and end.kind in CATEGORICAL and y.several
        yield found(
            end, "sigmoid units for exclusive classes",
            f"Each sigmoid answers for itself, and {end.kind} is of units that share out 1.",
            "Only the ratio of the units is trained: they are no probabilities of their own.",
            'loss="binary_crossentropy"' if several else written(end, "softmax"),
        )  # fmt: skip
    elif end.activation == "sigmoid" and end.kind in BINARY and y is not None and y.one_hot:
        yield found(
            end, "sigmoid units for exclusive classes",
            "Every row of the targets has one class alone, and each sigmoid answers for itself.",
            "The predictions of a sample need not add up to 1: two classes, or none, can win.",
            f'{written(end, "softmax")}, loss="categorical_crossentropy"',
        )  # fmt: skip
    soft = end.activation == "softmax" or (end.kind in CATEGORICAL and end.logits)
    if soft and end.kind in BINARY + CATEGORICAL and y is not None and y.several:
        yield found(
            end, "softmax for independent classes",
            "Rows of the targets have several classes, and softmax shares a single 1 out to all.",
            "Two classes cannot both come near 1: the loss stays high.",
            f'{written(end, "sigmoid")}, loss="binary_crossentropy"',
        )  # fmt: skip
