"""A workflow as one short line: written, and read back without evaluating anything.

    digits; dense 32 relu; dense 10 softmax; sparse_categorical_crossentropy; rmsprop 0.001;
    epochs 10; batch 128; seed 0

Parts are parted by ";": the data first, then the layers in order; the other parts may come in any
order, and one that is left out is what fits the data, or the usual. A "+" is read as a space, so
that ``line.replace(" ", "+")`` can stand in an address.
"""

import re
from dataclasses import dataclass

from anatomy.data import calls

ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid", "softmax")
LOSSES = ("sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy",
          "mse", "mae", "huber")  # fmt: skip
OPTIMIZERS = {"sgd": "SGD", "rmsprop": "RMSprop", "adagrad": "Adagrad", "adam": "Adam",
              "adamw": "AdamW"}  # fmt: skip
METRICS = ("accuracy", "mae", "mse", "none")
MOST, LONGEST = 7, 600  # layers; letters of a line

#: A layer, by the name that Keras gives it -> its class and settings, in the order of the line.
KINDS = {
    "dense": ("Dense", ("units", "activation")),
    "conv2d": ("Conv2D", ("filters", "kernel_size", "activation")),
    "max_pooling2d": ("MaxPooling2D", ("pool_size",)),
    "conv1d": ("Conv1D", ("filters", "kernel_size", "activation")),
    "max_pooling1d": ("MaxPooling1D", ("pool_size",)),
    "lstm": ("LSTM", ("units", "return_sequences")),
    "gru": ("GRU", ("units", "return_sequences")),
    "flatten": ("Flatten", ()),
    "reshape": ("Reshape", ("target_shape",)),
    "global_average_pooling2d": ("GlobalAveragePooling2D", ()),
    "global_average_pooling1d": ("GlobalAveragePooling1D", ()),
    "dropout": ("Dropout", ("rate",)),
    "batch_normalization": ("BatchNormalization", ()),
}
#: The first word of any other part -> what it sets by itself, and what the words after it set.
SETTINGS = {
    **{loss: ({"loss": loss}, ()) for loss in LOSSES},
    **{name: ({"optimizer": name}, ("learning_rate",)) for name in OPTIMIZERS},
    **{name: ({}, (name,)) for name in ("metric", "epochs", "seed")},
    "batch": ({}, ("batch_size",)),
}
#: A setting -> its smallest and largest value, or all that it can be.
VALUES = {
    "units": (1, 512), "filters": (1, 64), "kernel_size": (1, 7), "pool_size": (1, 7),
    "rate": (0.0, 0.9), "learning_rate": (1e-5, 100.0), "epochs": (1, 200), "seed": (0, 99),
    "activation": ACTIVATIONS, "return_sequences": ("last", "sequences"), "metric": METRICS,
    "batch_size": ("16", "32", "64", "128", "256"),
}  # fmt: skip
#: What a new layer, and a new workflow, has.
NEW = {"units": 32, "filters": 8, "kernel_size": 3, "pool_size": 2, "activation": "relu",
       "return_sequences": False, "target_shape": (28, 28, 1), "rate": 0.5, "learning_rate": 0.001,
       "metric": "accuracy", "epochs": 10, "batch_size": 32, "seed": 0}  # fmt: skip
OMITTED = {"activation": "linear", "return_sequences": "last"}  # what a last word may leave out

#: A data set -> how its example goes on; each trains in a few seconds.
EXAMPLES = {
    "digits": "dense 32 relu; dense 10 softmax; rmsprop 0.001; epochs 10; batch 128",
    "digits sequences": "lstm 32; dense 10 softmax; adam 0.003; epochs 5; batch 64",
    "digits images": "conv2d 8 3 relu; max_pooling2d 2; flatten; dense 10 softmax; adam 0.003; "
    "epochs 5; batch 64",
    "breast_cancer": "dense 16 relu; dense 1 sigmoid; adam 0.01; epochs 20",
    "diabetes": "dense 32 relu; dense 1 linear; adam 0.01; epochs 50",
    "spirals": "dense 32 relu; dense 32 relu; dense 1 sigmoid; adam 0.01; epochs 50",
    "moons": "dense 8 tanh; dense 1 sigmoid; adam 0.03; epochs 30",
    "xor": "dense 8 tanh; dense 1 sigmoid; adam 0.03; epochs 30",
    "waves": "dense 32 relu; dense 32 relu; dense 1 linear; adam 0.01; epochs 100",
}

WHOLE = re.compile(r"[0-9]{1,6}", re.ASCII)
NUMBER = re.compile(r"([0-9]{1,6}(\.[0-9]{0,12})?|\.[0-9]{1,12})(e-?[0-9]{1,2})?", re.ASCII)
SHAPE = re.compile(r"[1-9][0-9]{0,3}(x[1-9][0-9]{0,3}){0,3}", re.ASCII)


@dataclass(frozen=True)
class State:
    """All that a workflow consists of; ``str()`` of it is the line.

    Attributes:
        data: a key of ``EXAMPLES``.
        layers: tuples of a key of ``KINDS`` and the values of its settings: ("dense", 32, "relu").
        loss, optimizer, metric: as Keras names them; metric "none" for none.
        learning_rate, epochs, batch_size, seed: numbers.
    """

    data: str
    layers: tuple
    loss: str
    optimizer: str = "rmsprop"
    learning_rate: float = 0.001
    metric: str = "none"
    epochs: int = 10
    batch_size: int = 32
    seed: int = 0

    def __str__(self):
        metric = f"metric {self.metric}; " if self.metric != usual(self.data)[3] else ""
        return (
            f"{self.data}; {written(self.layers)}; {self.loss}; {self.optimizer} "
            f"{self.learning_rate!r}; {metric}epochs {self.epochs}; batch {self.batch_size}; "
            f"seed {self.seed}"
        )


def usual(data):
    """What ends a model for these data: units, activation, loss, metric."""
    if data in ("diabetes", "waves"):
        return 1, "linear", "mse", "mae"
    if data.startswith("digits"):
        return 10, "softmax", "sparse_categorical_crossentropy", "accuracy"
    return 1, "sigmoid", "binary_crossentropy", "accuracy"


def example(data):
    """The State to begin with."""
    return parse(f"{data}; {EXAMPLES[data]}")


def written(layers):
    """Layers as they stand in the line: "dense 32 relu; dense 10 softmax"."""
    return "; ".join(_form(kind, values) for kind, *values in layers)


def parse(line):
    """The State of a line; nothing in it is evaluated.

    Raises:
        ValueError: for any other line; it quotes the part that is wrong, and says what would do.
    """
    if not isinstance(line, str):
        raise ValueError(f"state is {_quoted(line)}; give a line of text.")
    if len(line) > LONGEST:
        raise ValueError(f"The line has {len(line):,} letters, {LONGEST} at most: {_quoted(line)}.")
    data, *parts = [" ".join(part.split()) for part in line.replace("+", " ").split(";")]
    if data not in EXAMPLES:
        raise ValueError(
            f"{_quoted(data)} is no data set. A line begins with one of: {', '.join(EXAMPLES)}."
        )
    *_, loss, metric = usual(data)
    layers, settings = [], {}
    for part in filter(None, parts):
        word, *words = part.split(" ")
        if word in KINDS:
            layers.append((word, *_values(part, word, KINDS[word][1], words)))
        elif word in SETTINGS:
            fixed, names = SETTINGS[word]
            new = fixed | dict(zip(names, _values(part, word, names, words), strict=True))
            if twice := [name for name in new if name in settings]:
                raise ValueError(f"{_quoted(part)} is the second {twice[0]}: give one.")
            settings |= new
        else:
            raise ValueError(_unknown(part, word))
    if not 1 <= len(layers) <= MOST:
        raise ValueError(
            f"{_quoted(line)} has {len(layers)} layers: give 1 to {MOST}, such as dense 32 relu."
        )
    return State(data, tuple(layers), **{"loss": loss, "metric": metric} | settings)


def _values(part, word, names, words):
    """The values of these settings, of the words that follow a first one."""
    if len(words) == len(names) - 1 and names[-1] in OMITTED:
        words = [*words, OMITTED[names[-1]]]
    if len(words) != len(names):
        form = _form(word, [NEW[name] for name in names])
        takes = ", ".join(names) or "nothing"
        raise ValueError(f'{_quoted(part)}: {word} takes {takes}. Write such as "{form}".')
    return [_value(part, *pair) for pair in zip(names, words, strict=True)]


def _value(part, name, word):
    """One setting of a part."""
    if name == "target_shape":
        if not SHAPE.fullmatch(word):
            raise ValueError(f"{_quoted(part)}: write a shape as whole numbers, such as 28x28x1.")
        return tuple(map(int, word.split("x")))
    low, *_, high = choices = VALUES[name]
    if isinstance(low, str):
        if word not in choices:
            raise ValueError(f"{_quoted(part)}: {name} is one of {', '.join(choices)}.")
        if name == "return_sequences":
            return word == "sequences"
        return int(word) if name == "batch_size" else word
    whole = isinstance(low, int)
    matched = (WHOLE if whole else NUMBER).fullmatch(word)
    value = type(low)(word) if matched else low - 1
    if not low <= value <= high:
        what = "whole number" if whole else "number"
        raise ValueError(f"{_quoted(part)}: {name} is a {what} from {low:g} to {high:g}.")
    return value


def _unknown(part, word):
    meant = calls.nearest(word[:40].lower(), [*KINDS, *SETTINGS])
    hint = f"Is {meant} meant? " if meant else ""
    return (
        f"{_quoted(part)} is not understood. {hint}A part is a layer such as dense 32 relu, a loss "
        "such as mse, an optimizer with its learning rate such as adam 0.001, or one of metric "
        "accuracy, epochs 10, batch 32, seed 0."
    )


def _form(word, values):
    """A part as it stands in the line."""
    words = [
        "x".join(map(str, v)) if isinstance(v, tuple) else ("sequences" if v else "")
        if isinstance(v, bool) else str(v)
        for v in values
    ]  # fmt: skip
    return " ".join(filter(None, [word, *words]))


def _quoted(part):
    """What was received, not too long."""
    text = repr(part)
    return text if len(text) <= 60 else f"{text[:56]}…{text[0]}"
