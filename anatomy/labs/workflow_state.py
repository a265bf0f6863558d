"""A workflow as one short line: written, and read back without evaluating anything.

    digits; dense 32 relu; dense 10 softmax; sparse_categorical_crossentropy; rmsprop 0.001;
    epochs 10; batch 128; seed 0

Parts are parted by ";": the data first, then the layers in order; the other parts may come in any
order, and one that is left out is what fits the data, or the usual. A "+" is read as a space, so
that ``line.replace(" ", "+")`` can stand in an address.
"""

import difflib
import re
from dataclasses import dataclass

ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid", "softmax")
LOSSES = ("sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy",
          "mse", "mae", "huber")  # fmt: skip
OPTIMIZERS = {"sgd": "SGD", "rmsprop": "RMSprop", "adagrad": "Adagrad", "adam": "Adam",
              "adamw": "AdamW"}  # fmt: skip
METRICS = ("accuracy", "mae", "mse", "none")
BATCHES = (16, 32, 64, 128, 256)
RATE, EPOCHS, SEED = (1e-5, 100.0), (1, 200), (0, 99)
MOST = 7  # layers
LONGEST = 600  # letters of a line

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
WHOLE = {"units": (1, 512), "filters": (1, 64), "kernel_size": (1, 7), "pool_size": (1, 7)}
RATES = (0.0, 0.9)  # of Dropout
NEW = {"units": 32, "filters": 8, "kernel_size": 3, "pool_size": 2, "activation": "relu",
       "return_sequences": False, "target_shape": (28, 28, 1), "rate": 0.5}  # fmt: skip

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

_WHOLE = re.compile(r"[0-9]{1,6}", re.ASCII)
_NUMBER = re.compile(r"([0-9]{1,6}(\.[0-9]{0,12})?|\.[0-9]{1,12})(e-?[0-9]{1,2})?", re.ASCII)
_SHAPE = re.compile(r"[0-9]{1,4}(x[0-9]{1,4}){0,3}", re.ASCII)


@dataclass(frozen=True)
class State:
    """All that a workflow is made of; ``str()`` of it is the line.

    Attributes:
        data: a key of ``EXAMPLES``.
        layers: tuples of a key of ``KINDS`` and the values of its settings: ("dense", 32, "relu").
        loss, optimizer, metric: as Keras names them; metric "none" for none.
        rate, epochs, batch, seed: numbers.
    """

    data: str
    layers: tuple
    loss: str
    optimizer: str = "rmsprop"
    rate: float = 0.001
    metric: str = "none"
    epochs: int = 10
    batch: int = 32
    seed: int = 0

    def __str__(self):
        metric = f"metric {self.metric}; " if self.metric != usual(self.data)[3] else ""
        return (
            f"{self.data}; {stacked(self.layers)}; {self.loss}; {self.optimizer} {self.rate!r}; "
            f"{metric}epochs {self.epochs}; batch {self.batch}; seed {self.seed}"
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


def stacked(layers):
    """Layers as they stand in the line: "dense 32 relu; dense 10 softmax"."""
    return "; ".join(
        " ".join(filter(None, [kind, *map(_word, values)])) for kind, *values in layers
    )


def parse(line):
    """The State that a line says; nothing in it is evaluated.

    Raises:
        ValueError: for any other line; it quotes the part that is wrong, and says what would do.
    """
    if not isinstance(line, str):
        raise ValueError(f"{_quoted(line)} is a {type(line).__name__}: give a line of text.")
    if len(line) > LONGEST:
        raise ValueError(f"The line has {len(line):,} letters, {LONGEST} at most: {_quoted(line)}.")
    first, *parts = [" ".join(part.split()) for part in line.replace("+", " ").split(";")]
    if first not in EXAMPLES:
        raise ValueError(
            f"{_quoted(first)} is no data set. A line begins with one of: {', '.join(EXAMPLES)}."
        )
    layers, given = [], {}
    for part in filter(None, parts):
        word, *rest = part.split(" ")
        if word in KINDS:
            layers.append(_layer(part, word, rest))
            continue
        for name, value in _setting(part, word, rest).items():
            if name in given:
                raise ValueError(f"{_quoted(part)} is the second {name}: give one.")
            given[name] = value
    if not 1 <= len(layers) <= MOST:
        raise ValueError(
            f"{_quoted(line)} has {len(layers)} layers: give 1 to {MOST}, such as dense 32 relu."
        )
    *_, loss, metric = usual(first)
    return State(first, tuple(layers), **{"loss": loss, "metric": metric} | given)


def _layer(part, kind, words):
    """("dense", 32, "relu") of "dense 32 relu"."""
    _, settings = KINDS[kind]
    if len(words) == len(settings) - 1 and settings[-1] in ("activation", "return_sequences"):
        words = [*words, "linear" if settings[-1] == "activation" else "last"]
    if len(words) != len(settings):
        form = " ".join(filter(None, [kind, *(_word(NEW[name]) for name in settings)]))
        takes = ", ".join(settings) or "nothing"
        raise ValueError(f'{_quoted(part)}: {kind} takes {takes}. Write such as "{form}".')
    return kind, *(_value(part, *pair) for pair in zip(settings, words, strict=True))


def _value(part, name, word):
    """One setting of a layer."""
    if name in WHOLE:
        return _whole(part, name, word, *WHOLE[name])
    if name == "rate":
        return _number(part, "rate", word, *RATES)
    if name == "target_shape":
        if not _SHAPE.fullmatch(word) or "0" in word.split("x"):
            raise ValueError(f"{_quoted(part)}: write a shape as whole numbers, such as 28x28x1.")
        return tuple(map(int, word.split("x")))
    if name == "return_sequences":
        return _one_of(part, word, ("last", "sequences"), "return_sequences") == "sequences"
    return _one_of(part, word, ACTIVATIONS, name)


def _setting(part, word, rest):
    """dict of what a part sets that is no layer."""
    if word in LOSSES and not rest:
        return {"loss": word}
    if word in OPTIMIZERS and len(rest) == 1:
        rate = _number(part, "the learning rate", rest[0], *RATE)
        return {"optimizer": word, "rate": rate}
    if word == "metric" and len(rest) == 1:
        return {"metric": _one_of(part, rest[0], METRICS, word)}
    if word == "batch" and len(rest) == 1:
        return {"batch": int(_one_of(part, rest[0], [*map(str, BATCHES)], word))}
    for name, ends in (("epochs", EPOCHS), ("seed", SEED)):
        if word == name and len(rest) == 1:
            return {name: _whole(part, name, rest[0], *ends)}
    known = [*KINDS, *LOSSES, *OPTIMIZERS, "metric", "epochs", "batch", "seed"]
    meant = difflib.get_close_matches(word[:40].lower(), known, 1)
    hint = f"Is {meant[0]} meant? " if meant and meant[0] != word else ""
    raise ValueError(
        f"{_quoted(part)} is not understood. {hint}A part is a layer such as dense 32 relu, a loss "
        "such as mse, an optimizer with its learning rate such as adam 0.001, or one of metric "
        "accuracy, epochs 10, batch 32, seed 0."
    )


def _whole(part, name, word, low, high):
    if not _WHOLE.fullmatch(word) or not low <= int(word) <= high:
        raise ValueError(f"{_quoted(part)}: {name} is a whole number from {low} to {high}.")
    return int(word)


def _number(part, name, word, low, high):
    value = float(word) if _NUMBER.fullmatch(word) else -1.0
    if not low <= value <= high:
        raise ValueError(f"{_quoted(part)}: {name} is a number from {low:g} to {high:g}.")
    return value


def _one_of(part, word, known, name):
    if word not in known:
        raise ValueError(f"{_quoted(part)}: {name} is one of {', '.join(known)}.")
    return word


def _word(value):
    """One setting, as it stands in the line."""
    match value:
        case bool():
            return "sequences" if value else ""
        case tuple():
            return "x".join(map(str, value))
    return str(value)


def _quoted(part):
    """What was received, not too long."""
    text = repr(part)
    return text if len(text) <= 60 else f"{text[:56]}…{text[0]}"
