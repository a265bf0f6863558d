"""Which layers of Keras keep state, and which compute and forget: found by building each."""

import functools
import inspect
import math
from dataclasses import dataclass

from anatomy.layers.eats import JOINING, kind, ranks
from anatomy.layers.symbolic import apply, one_line, tensors, unseen
from anatomy.layers.weights import names

#: The three formats of a sample: a vector, a sequence, an image.
FORMATS = ((8,), (6, 8), (8, 8, 3))

#: What the arguments are that a layer cannot be made without.
ARGUMENTS = {
    "activation": "relu", "axes": 1, "dims": (1,), "equation": "ab,bc->ac",
    "factor": 0.2, "filters": 4, "function": lambda x: x, "head_dim": 4, "height": 4,
    "height_factor": 0.2, "input_dim": 10, "kernel_size": 3, "key_dim": 4, "max_number": 4, "n": 3,
    "num_bins": 10, "num_heads": 2, "num_key_value_heads": 2, "num_query_heads": 2,
    "output_dim": 4, "output_shape": 4, "output_size": 4, "pool_size": 2, "rate": 0.5,
    "scale": 0.5, "stddev": 0.1, "target_shape": (-1,), "units": 4, "width": 4, "width_factor": 0.2,
}  # fmt: skip

#: Arguments of single layers: of more than their signature asks for.
OWN = {
    "CategoryEncoding": {"num_tokens": 10},
    "Discretization": {"bin_boundaries": [0.0, 1.0]},
    "RandomPosterization": {"factor": 4},
    "GroupNormalization": {"groups": 1},
    "MelSpectrogram": {"fft_length": 8, "sequence_stride": 2, "num_mel_bins": 4},
    "STFTSpectrogram": {"frame_length": 4},
}

#: Public names that are no layer to build, and why.
APART = {
    "InputLayer": "stands for the data: it computes nothing",
    "Layer": "the base of all layers",
    "Wrapper": "the base of layers around a layer",
    "GRUCell": "one timestep of a GRU: GRU, or RNN(cell), calls it",
    "LSTMCell": "one timestep of an LSTM: LSTM, or RNN(cell), calls it",
    "SimpleRNNCell": "one timestep of a SimpleRNN: SimpleRNN, or RNN(cell), calls it",
    "StackedRNNCells": "one timestep of several cells: RNN(cells) calls it",
    "FlaxLayer": "wraps a module of Flax",
    "JaxLayer": "wraps a function of JAX",
    "TFSMLayer": "wraps a saved model of TensorFlow",
    "TorchModuleWrapper": "wraps a module of PyTorch",
}


@dataclass(frozen=True)
class State:
    """What one kind of layer keeps between calls.

    Attributes:
        name: of the layer, such as "Dense".
        input_shape: what it was built on, with None for the batch; a list for several tensors.
        weights: the names of its weights, trained or not.
        trainable: how many numbers ``fit()`` changes by gradients.
        others: the names of the state that ``fit()`` does not train.
        kind: "trained weights", "non-trained state" or "none".
    """

    name: str
    input_shape: tuple | list
    weights: tuple
    trainable: int
    others: tuple
    kind: str


@dataclass(frozen=True, repr=False)
class States:
    """The layers of Keras by what they keep; print it, or iterate over its rows.

    Attributes:
        rows: a tuple of `State`, by name.
        left_out: dict from the names of layers that were not built to why.
    """

    rows: tuple
    left_out: dict

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, name):
        """The row of a layer, by its name."""
        return {row.name: row for row in self.rows}[name]

    def __repr__(self):
        lines = []
        for group in ("trained weights", "non-trained state", "none"):
            rows = [row for row in self.rows if row.kind == group]
            lines.append(f"{group}: {len(rows)} layers")
            width = max((len(row.name) for row in rows), default=0)
            for row in rows:
                kept = dict.fromkeys((*row.weights, *row.others))
                lines.append(f"  {row.name:{width}}  {', '.join(kept)}".rstrip())
        lines.append(f"left out: {len(self.left_out)}")
        lines += [f"  {name}: {why}" for name, why in self.left_out.items()]
        return "\n".join(lines)


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
    import keras

    rows, left_out = [], {}
    for name, found in sorted(inspect.getmembers(keras.layers, inspect.isclass)):
        if not issubclass(found, keras.layers.Layer) or name != public_name(found):
            continue
        if name in APART:
            left_out[name] = APART[name]
            continue
        with unseen():
            try:
                rows.append(state_of(name, found))
            except Exception as error:
                left_out[name] = one_line(error)
    return States(tuple(rows), left_out)


def public_name(layer_class):
    """The name of a class in ``keras.layers``; the longest, where it has several."""
    import keras

    own = [n for n in dir(keras.layers) if getattr(keras.layers, n) is layer_class]
    return layer_class.__name__ if layer_class.__name__ in own else max(own, key=len)


def state_of(name, layer_class):
    """The State of one kind of layer; raises what Keras raises where it cannot be built."""
    low, high = ranks(make(name, layer_class))
    shapes = [shape for shape in FORMATS if low <= len(shape) + 1 <= (high or low + 3)]
    if not shapes:
        shapes = [(6,) * (low - 4) + FORMATS[-1]]
    for shape in shapes:
        inputs = (None, *shape)
        layer = make(name, layer_class)
        if kind(layer) in JOINING:
            inputs = [inputs] * 2
        try:
            apply(layer, tensors(inputs))
            break
        except Exception:
            if shape is shapes[-1]:
                raise
    trained, known = layer.trainable_weights, {id(v) for v in layer.trainable_weights}
    others = dict.fromkeys(v.name for v in layer.variables if id(v) not in known)
    return State(
        name=name,
        input_shape=inputs,
        weights=tuple(names(layer, layer.weights)),
        trainable=sum(math.prod(v.shape) for v in trained),
        others=tuple(others),
        kind="trained weights" if trained else "non-trained state" if others else "none",
    )


def make(name, layer_class):
    """A layer of a class, with arguments that suit a small tensor."""
    from keras import layers

    given = ARGUMENTS | {
        "layer": layers.LSTM(4) if name == "Bidirectional" else layers.Dense(4),
        "layers": [layers.Rescaling(0.5)],
        "cell": layers.LSTMCell(4),
    }
    needed = [
        p.name
        for p in list(inspect.signature(layer_class.__init__).parameters.values())[1:]
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    return layer_class(**{n: given[n] for n in needed} | OWN.get(name, {}))
