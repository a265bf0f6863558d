"""What happens inside a Keras LSTM at each timestep: its gates, its cell and hidden state."""

import functools
from dataclasses import dataclass

import numpy as np

#: How far the gates may be from what Keras computes: rounding, and no more.
ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class Recurrence:
    """One sequence as an LSTM layer read it, as NumPy arrays.

    Row ``t`` of ``i`` to ``h`` is timestep ``t``, counted from 0 in the order of reading.

    Attributes:
        x: the sequence, ``(timesteps, features)``, as it was given.
        order: ``(timesteps,)``: which row of ``x`` each timestep reads; with ``go_backwards``
            the last row is read first.
        i, f, g, o: input gate, forget gate, candidate and output gate, ``(timesteps, units)``.
        c, h: cell state and hidden state after the timestep, ``(timesteps, units)``.
        output: what ``layer(x)`` returned: ``h[-1]``, or ``h`` with ``return_sequences``.
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
        """The cell state that each timestep found, ``(timesteps, units)``; the first found 0."""
        return np.vstack([np.zeros_like(self.c[:1]), self.c[:-1]])


def recurrence(layer, x):
    """Gates and states of an LSTM layer at every timestep of one sequence.

    i, f, o = recurrent_activation(x_t kernel + h_(t-1) recurrent_kernel + bias), g =
    activation(...), each with its own quarter of the weights (in the order i, f, g, o);
    c_t = f * c_(t-1) + i * g;  h_t = o * activation(c_t).

    The layer's own ``cell`` takes the steps. At each one the gates are computed with its
    weights and activations, and what they make of the state is compared with what the cell
    returned; in the end ``h`` is compared with what ``layer(x)`` returns.

    Args:
        layer: a built ``keras.layers.LSTM``; it is left as it is.
        x: one sequence, ``(timesteps, features)``, of which no timestep is masked.

    Returns:
        Recurrence.

    Raises:
        TypeError: for another layer.
        ValueError: for an LSTM that is not built, is stateful or computes in half precision, or
            an x of another shape.
        ArithmeticError: the gates do not make the state that Keras returns, as in a subclass
            with a cell of its own.

    Source: Hochreiter, Schmidhuber, Long Short-Term Memory (1997); Gers, Schmidhuber, Cummins,
    Learning to Forget (2000); Keras, ``keras.layers.LSTMCell``.
    """
    check(layer)
    x = as_sequence(layer, x)
    settings = repr(layer.get_config())  # a layer that was changed is compiled anew
    values = [variable.value for variable in layer.variables]
    made, found = _compiled(layer, settings)(values, x)
    made = {name: np.asarray(value) for name, value in made.items()}
    found = {name: np.asarray(value) for name, value in found.items()}
    for name, of_gates in (
        ("c", made["c"]),
        ("h", made["h"]),
        ("output", found["h"] if layer.return_sequences else found["h"][-1]),
    ):
        if not np.allclose(of_gates, found[name], ROUNDING, ROUNDING, equal_nan=True):
            far = np.abs(of_gates - found[name]).max()
            raise ArithmeticError(
                f"{name} of {layer.name!r} is not what its gates make: {far:.3g} away. Give a "
                "plain keras.layers.LSTM, whose cell computes as Keras documents it."
            )
    order = np.arange(len(x))
    return Recurrence(
        x=x,
        order=order[::-1] if layer.go_backwards else order,
        **{name: made[name] for name in "ifgo"},
        **{name: found[name] for name in ("c", "h", "output")},
        activation=layer.activation.__name__,
        recurrent_activation=layer.recurrent_activation.__name__,
    )


def check(layer):
    """Raises where a layer is no LSTM that can be looked into."""
    import keras

    if not isinstance(layer, keras.layers.LSTM):
        raise TypeError(
            f"layer is {type(layer).__name__} {getattr(layer, 'name', layer)!r}; give an LSTM, "
            "such as model.layers[0] where that is a keras.layers.LSTM."
        )
    name = f"LSTM {layer.name!r}"
    if not layer.built:
        raise ValueError(f"{name} is not built; call it once, or start its model with an Input.")
    if layer.stateful:
        raise ValueError(
            f"{name} is stateful: it starts from what the last batch left. Give one with "
            "stateful=False, which starts from 0."
        )
    if layer.compute_dtype not in ("float32", "float64"):
        raise ValueError(
            f"{name} computes in {layer.compute_dtype}, too coarse to be compared with Keras to "
            f"{ROUNDING:g}; use float32."
        )


def as_sequence(layer, x):
    """One sequence as a NumPy array of the layer's dtype, or an error that says what would do."""
    features = layer.cell.kernel.shape[0]
    sequence = np.asarray(x)
    if sequence.ndim != 2 or sequence.shape[1] != features or not len(sequence):
        raise ValueError(
            f"x has shape {sequence.shape}; LSTM {layer.name!r} reads sequences of {features} "
            f"features: give one of shape (timesteps, {features})."
        )
    return sequence.astype(layer.compute_dtype)


@functools.lru_cache(maxsize=4)
def _compiled(layer, settings):
    """A function (values of the variables, x) -> (what the gates make, what Keras returns)."""
    import keras

    def read(values, x):
        with keras.StatelessScope(list(zip(layer.variables, values, strict=True))):
            rows = keras.ops.flip(x, 0) if layer.go_backwards else keras.ops.convert_to_tensor(x)
            start = layer.cell.get_initial_state(batch_size=1)
            step = functools.partial(_step, layer.cell)
            _, (made, found) = keras.ops.scan(step, start, rows[:, None])
            made, found = ({k: v[:, 0] for k, v in each.items()} for each in (made, found))
            output = layer(x[None], training=False)
            output = output[0] if layer.return_state else output
            return made, found | {"output": output[0]}

    if keras.backend.backend() != "jax":
        return read
    import jax

    return jax.jit(read)


def _step(cell, state, x):
    """One timestep: the state as the cell returns it; beside it, the gates and what they make."""
    from keras import ops

    h, c = state
    z = ops.matmul(x, cell.kernel) + ops.matmul(h, cell.recurrent_kernel)
    z = ops.split(z + cell.bias if cell.use_bias else z, 4, axis=1)
    i, f, o = (cell.recurrent_activation(z[k]) for k in (0, 1, 3))
    g = cell.activation(z[2])
    made = {"i": i, "f": f, "g": g, "o": o, "c": f * c + i * g}
    made["h"] = o * cell.activation(made["c"])
    _, (h, c) = cell(x, [h, c], training=False)
    return [h, c], (made, {"h": h, "c": c})
