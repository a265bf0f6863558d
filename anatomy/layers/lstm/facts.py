"""What happens inside a Keras LSTM at each timestep: its gates, its cell and hidden state."""

from dataclasses import dataclass

import numpy as np

from anatomy.data import calls
from anatomy.data.gate import check_fits, check_shape
from anatomy.layers.symbolic import chain, require_built
from anatomy.lazy import keras
from anatomy.training.private import mask


@dataclass(frozen=True, eq=False)
class Recurrence:
    """One sequence as an LSTM layer read it, as NumPy arrays.

    Row ``t`` of ``i`` to ``h`` is timestep ``t``, counted from 0 in the order of reading.

    Attributes:
        x: the sequence, ``(timesteps, features)``.
        order: ``(timesteps,)``: which row of ``x`` each timestep reads; with ``go_backwards``
            the last row is read first.
        i, f, g, o: input gate, forget gate, candidate and output gate, ``(timesteps, units)``.
        c, h: cell state and hidden state after the timestep, ``(timesteps, units)``.
        output: the output of the layer: ``h[-1]``, or ``h`` with ``return_sequences``.
        activation: name of the activation of candidate and cell state, such as "tanh".
        recurrent_activation: name of the activation of the gates, such as "sigmoid".
    """

    x: np.ndarray
    order: np.ndarray
    i: np.ndarray
    f: np.ndarray
    g: np.ndarray
    o: np.ndarray
    c: np.ndarray
    h: np.ndarray
    output: np.ndarray
    activation: str
    recurrent_activation: str

    @property
    def before(self):
        """The cell state before each timestep, ``(timesteps, units)``; before the first it is 0."""
        return np.vstack([np.zeros_like(self.c[:1]), self.c[:-1]])


@calls.validated(x=calls.finite)
def recurrence(layer, x):
    """Gates and states of an LSTM layer at every timestep of one sequence.

    i, f, o = recurrent_activation(x_t kernel + h_(t-1) recurrent_kernel + bias), g =
    activation(...), each with its own quarter of the weights (in the order i, f, g, o);
    c_t = f * c_(t-1) + i * g;  h_t = o * activation(c_t).

    Args:
        layer: a built ``keras.layers.LSTM``; it is not changed.
        x: one sequence, ``(timesteps, features)``, of which no timestep is masked.

    Returns:
        Recurrence.

    Raises:
        TypeError: for another layer, a subclass with a cell of its own among them.
        ValueError: for an LSTM that is not built, is stateful or computes in half precision, or
            an x of another shape.

    Source: Hochreiter, Schmidhuber, Long Short-Term Memory (1997); Gers, Schmidhuber, Cummins,
    Learning to Forget (2000); Keras, ``keras.layers.LSTMCell``.
    """
    require_lstm(layer)
    features, x = layer.cell.kernel.shape[0], np.asarray(x)
    check_shape("x", x, "timesteps", features)
    x, order, cell = x.astype(layer.compute_dtype), np.arange(len(x)), layer.cell
    order = order[::-1] if layer.go_backwards else order
    recurrent = np.asarray(cell.recurrent_kernel)
    steps, h = [], np.zeros(cell.units, x.dtype)
    c = h
    with np.errstate(all="ignore"):  # of a training that diverged
        sums = x[order] @ np.asarray(cell.kernel)
        sums = sums + np.asarray(cell.bias) if cell.use_bias else sums
        for row in sums:
            i, f, g, o = np.split(row + h @ recurrent, 4)
            i, f, o = np.asarray(cell.recurrent_activation(np.stack([i, f, o])))
            g = np.asarray(cell.activation(g))
            c = f * c + i * g
            h = o * np.asarray(cell.activation(c))
            steps.append((i, f, g, o, c, h))
    *gates, states = np.stack(steps, axis=1)
    names = (one.__name__ for one in (layer.activation, layer.recurrent_activation))
    output = states if layer.return_sequences else h
    return Recurrence(x, order, *gates, states, output, *names)


def require_lstm(layer):
    """Raises where a layer is no LSTM that can be looked into, as `recurrence` does."""
    plain = keras.layers.LSTM, keras.layers.LSTMCell
    if (type(layer), type(getattr(layer, "cell", None))) != plain:
        raise TypeError(f"layer is {calls.shown(layer)}; give a plain LSTM, say model.layers[0].")
    require_built(layer, "LSTM")
    name = f"LSTM {layer.name!r}"
    if layer.stateful:
        raise ValueError(f"{name} is stateful: give one with stateful=False, which starts from 0.")
    if layer.compute_dtype not in ("float32", "float64"):
        raise ValueError(f"{name} computes in {layer.compute_dtype}, too coarse: use float32.")


class Reader:
    """A model around its first LSTM: what this reads of a sample, and what follows from it.

    Args:
        model: a built ``keras.Model`` that is a chain of layers with an LSTM among them, or a
            built ``keras.layers.LSTM``. It is not changed, and is read as it stands.
        x: a batch of one, for which the model must work.

    Attributes:
        before, lstm, after: the layers before the first LSTM, it, and those after it.

    Raises:
        TypeError, ValueError: for a model that has no LSTM, cannot read x or is not a chain, and
            as `recurrence` does.
    """

    def __init__(self, model, x):
        self.model, self.before, self.lstm, self.after = model, [], model, []
        if not isinstance(model, keras.Model):
            return require_lstm(model)
        layers = [one for one in model.layers if not isinstance(one, keras.layers.InputLayer)]
        index = next((i for i, one in enumerate(layers) if isinstance(one, keras.layers.LSTM)), -1)
        if index < 0:
            names = ", ".join(type(layer).__name__ for layer in layers) or "none"
            raise TypeError(f"model {model.name!r} has no LSTM; its layers: {names}. Give an LSTM.")
        self.before, self.lstm, self.after = layers[:index], layers[index], layers[index + 1 :]
        require_lstm(self.lstm)
        check_fits(model, x)
        if chain(model) != layers:
            raise ValueError(f"model {model.name!r} is not a chain of layers: give its LSTM.")

    def sequence(self, x):
        """The input of the LSTM for a batch of one: ``(timesteps, features)``.

        Raises:
            ValueError: where a layer before the LSTM masks timesteps: these have no gates.
        """
        x = _through(self.before, x)
        if mask(x) is not None:
            name = self.before[-1].name
            raise ValueError(f"{name!r} masks the sequence, and masked timesteps have no gates.")
        return keras.ops.convert_to_numpy(x)[0]

    def predictions(self, h):
        """Probabilities that the layers after the LSTM give for each hidden state.

        Args:
            h: ``(timesteps, units)``.

        Returns:
            ``(timesteps, classes)``, float64; None where these layers take other things than one
            hidden state, or their output is no distribution over classes.
        """
        if not self.after or self.lstm.return_sequences or self.lstm.return_state:
            return None
        outputs = _through(self.after, h)
        if getattr(getattr(self.model, "loss", None), "from_logits", False):
            outputs = keras.ops.softmax(outputs)
        outputs = keras.ops.convert_to_numpy(outputs).astype("float64")
        shares = outputs.ndim == 2 and outputs.shape[1] > 1 and (outputs >= 0).all()
        return outputs if shares and np.allclose(outputs.sum(axis=1), 1) else None


def _through(layers, x):
    """The output of a chain of layers."""
    for layer in layers:
        x = layer(x)
    return x
