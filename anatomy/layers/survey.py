"""Which layers of Keras keep state, and which compute and forget: each is built and looked at."""

import functools
import inspect
import re
from dataclasses import dataclass

from anatomy.layers.card.facts import facts
from anatomy.layers.code import call, path, required
from anatomy.layers.shapes import JOINING, kind, ranks
from anatomy.layers.symbolic import one_line, unseen
from anatomy.lazy import keras

#: The three formats of a sample: a vector, a sequence, an image.
FORMATS = ((8,), (6, 8), (8, 8, 3))

#: What arguments get that a layer cannot be created without; others get 4.
ARGUMENTS = {
    "activation": "relu", "axes": 1, "dims": (1,), "equation": "ab,bc->ac", "factor": 0.2,
    "function": lambda x: x, "height_factor": 0.2, "input_dim": 10, "kernel_size": 3, "n": 3,
    "num_heads": 2, "num_key_value_heads": 2, "num_query_heads": 2, "pool_size": 2, "rate": 0.5,
    "output_size": 2, "scale": 0.5, "stddev": 0.1, "target_shape": (-1,), "width_factor": 0.2,
}  # fmt: skip

#: Arguments of single layers: of more than their signature asks for.
OWN = {
    "CategoryEncoding": {"num_tokens": 10},
    "Discretization": {"bin_boundaries": [0.0, 1.0]},
    "GroupNormalization": {"groups": 1},
    "MelSpectrogram": {"fft_length": 8, "sequence_stride": 2, "num_mel_bins": 4},
    "RandomPosterization": {"factor": 4},
    "STFTSpectrogram": {"frame_length": 4},
}

#: Public names that are not layers to build, as a pattern, and why.
APART = {
    "InputLayer": "stands for the data: it computes nothing",
    "Layer|Wrapper": "the base of other layers",
    r"\w*RNNCells?|GRUCell|LSTMCell": "one timestep of a recurrent layer, such as RNN(cell)",
    "(Flax|Jax|TFSM)Layer|TorchModuleWrapper": "wraps a model of another library",
}

#: The kinds of state that a layer may have.
KINDS = "trained weights", "non-trained state", "none"


@dataclass(frozen=True, repr=False)
class States:
    """The layers of Keras by the state they keep; print it to read it.

    Attributes:
        facts: dict from the name of a layer to its `Facts`, built on a small tensor.
        left_out: dict from the names of layers that were not built to why.
    """

    facts: dict
    left_out: dict

    def kind(self, name):
        """The state of a layer: "trained weights", "non-trained state" or "none"."""
        layer = self.facts[name]
        if any(weight.trainable for weight in layer.weights):
            return "trained weights"
        return "none" if layer.state == "none" else "non-trained state"

    def __repr__(self):
        lines = []
        for group in KINDS:
            names = [name for name in self.facts if self.kind(name) == group]
            lines.append(f"{group}: {len(names)} layers")
            width = max(map(len, names), default=0)
            for name in names:
                state = "" if group == "none" else ", ".join(self.facts[name].state)
                lines.append(f"  {name:{width}}  {state}".rstrip())
        lines.append(f"left out: {len(self.left_out)}")
        return "\n".join(lines + [f"  {name}: {why}" for name, why in self.left_out.items()])


@functools.cache
def states():
    """Which public layers of Keras keep state, and of what kind: each is built and looked at.

    A layer is built on the first of a vector (8,), a sequence (6, 8) and an image (8, 8, 3) that
    it takes, and on more axes if it takes none of these. Weights that training changes are one
    kind of state; moving averages, and the state of random numbers, are another.

    Returns:
        States.

    Source: https://keras.io/api/layers/
    """
    built, left_out = {}, {}
    for name, layer_class in inspect.getmembers(keras.layers, inspect.isclass):
        if not issubclass(layer_class, keras.layers.Layer) or path(layer_class) != f"layers.{name}":
            continue
        if reasons := [why for names, why in APART.items() if re.fullmatch(names, name)]:
            left_out[name] = reasons[0]
            continue
        try:
            built[name] = small(name, layer_class)
        except Exception as error:
            left_out[name] = one_line(error)
    return States(built, left_out)


def small(name, layer_class):
    """The Facts of a small layer of this class, built on the first sample format that it takes."""
    with unseen():
        layer = instance(name, layer_class)
    low, high = ranks(layer)
    shapes = [shape for shape in FORMATS if low <= len(shape) + 1 <= (high or low + 3)]
    shape = shapes[0] if shapes else (6,) * (low - 4) + FORMATS[-1]
    return facts(layer, [shape, shape] if kind(layer) in JOINING else shape)


def instance(name, layer_class):
    """A layer of a class, with arguments that suit a small tensor."""
    from keras import layers

    values = ARGUMENTS | {
        "layer": layers.LSTM(4) if name == "Bidirectional" else layers.Dense(4),
        "layers": [layers.Rescaling(0.5)],
        "cell": layers.LSTMCell(4),
    }
    needed = {name: values.get(name, 4) for name in required(layer_class)}
    return layer_class(**needed | OWN.get(name, {}))


def example(layer_class):
    """The code of a layer of a class, such as ``layers.Conv2D(4, (3, 3))``."""
    try:
        with unseen():
            return call(instance(layer_class.__name__, layer_class))
    except Exception:  # one of the student's own, with arguments that nobody knows
        return f"{layer_class.__name__}(...)"
