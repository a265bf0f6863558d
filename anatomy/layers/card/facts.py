"""One layer and all that can be known of it: shapes, weights, parameters, state."""

import inspect
from dataclasses import dataclass

import numpy as np

from anatomy.layers.card.weights import weights
from anatomy.layers.code import call
from anatomy.layers.shapes import axes, checked_shape, expected, in_format, in_words, ranks
from anatomy.layers.symbolic import apply, clone, one_line, shape_of, tensors, unseen
from anatomy.lazy import keras
from anatomy.training.private import build_shapes, calls, flat_layers

#: The shape of one sample to show as an example, by how many axes a layer needs.
EXAMPLES = {2: "(28, 28)", 3: "(28, 28, 1)"}


@dataclass(frozen=True, repr=False, eq=False)
class Facts:
    """What a layer is; print it to read it.

    Attributes:
        layer: the layer itself, unchanged.
        type, name: such as "Dense", "dense_1".
        call: the code that creates it.
        input_shape, output_shape: with None for the batch; a list for several tensors.
        weights: a tuple of ``Weight``.
        parameters: the number of numbers in the weights; random state does not count.
        trainable_parameters: those of them that ``fit()`` changes by gradients.
        state: "none", or the names of everything that the layer keeps between calls.
    """

    layer: object
    call: str
    input_shape: tuple | list
    output_shape: tuple | list
    weights: tuple
    state: str | tuple

    @property
    def type(self):
        return type(self.layer).__name__

    @property
    def name(self):
        return self.layer.name

    @property
    def parameters(self):
        return sum(weight.count for weight in self.weights)

    @property
    def trainable_parameters(self):
        return sum(weight.count for weight in self.weights if weight.trainable)

    @property
    def values(self):
        """The numbers in the weights: dict name -> array; {} where it is not built so."""
        variables = self.layer.weights if self.layer.built else []
        if [tuple(v.shape) for v in variables] != [weight.shape for weight in self.weights]:
            return {}
        pairs = zip(self.weights, variables, strict=True)
        return {weight.name: np.asarray(variable, dtype=float) for weight, variable in pairs}

    def __repr__(self):
        rows = [(w.name, str(w.shape), f"{w.derived} = {w.count:,}") for w in self.weights]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            self.call,
            f"  input       {_with_axes(self.input_shape, self.layer)}",
            f"  output      {_with_axes(self.output_shape, self.layer, of_input=False)}",
            f"  parameters  {self.parameters:,}, {self.trainable_parameters:,} of them trainable",
        ]
        for weight, row in zip(self.weights, rows, strict=True):
            cells = "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
            lines.append(f"    {cells}  {', '.join(weight.sizes)}; {weight.made_by}".rstrip("; "))
        state = self.state if self.state == "none" else ", ".join(self.state)
        return "\n".join([*lines, f"  state       {state}"])


def facts(layer, input_shape=None):
    """What a layer is: shapes in and out, weights, parameters, state, and its settings.

    A built layer is read as it is. Of one that is not built, or with ``input_shape``, a clone is
    built on the shape alone: the layer itself does not change.

    Args:
        layer: a ``keras.layers.Layer``.
        input_shape: tuple without the batch axis, such as (784,); a list of them for a layer
            that takes several tensors. Needed where the layer is not built.

    Returns:
        Facts.

    Raises:
        TypeError: for a class, a model or anything else that is not a layer.
        ValueError: for a layer that is not built without a shape, or a shape that it does not take.

    Source: https://keras.io/api/layers/base_layer/
    """
    check(layer)
    inputs = _build_shapes(layer) if input_shape is None else _batched(layer, input_shape)
    with unseen(values=_is_stateful(layer)):
        built = clone(layer)
        try:
            output = shape_of(apply(built, tensors(inputs, built.input_dtype)))
        except Exception as error:
            takes = f"takes {expected(layer)}".replace("takes (None, ...)", "cannot be built")
            text = f"{call(layer)} {takes}. Received: {_open(inputs)}. Keras: {one_line(error)}"
            raise ValueError(text) from error
        if input_shape is None:
            built = layer
        described = tuple(weights(built))
        state = dict.fromkeys([*(weight.name for weight in described), *_other_state(built)])
    shapes = _open(inputs), _open(output)
    return Facts(layer, call(layer), *shapes, described, tuple(state) or "none")


def check(layer):
    """Raises for what is not one layer."""
    if isinstance(layer, type):
        from anatomy.layers.survey import example

        raise TypeError(f"{layer!r} is a class: give an instance, such as {example(layer)}.")
    for kind, text in (
        (keras.layers.InputLayer, "stands for the data: give a layer that computes something"),
        (keras.Model, "is a model: give one of its layers, such as model.layers[0]"),
    ):
        if isinstance(layer, kind):
            raise TypeError(f"{layer!r} {text}.")
    if not isinstance(layer, keras.layers.Layer):
        raise TypeError(f"{layer!r} is not a layer: give one, such as layers.Dense(32).")


def _build_shapes(layer):
    """What a built layer was built on: a shape, a list of them, or a dict by argument."""
    if not layer.built:
        raise ValueError(f"{call(layer)} is not built: give input_shape={_example(layer)}, say.")
    shapes = build_shapes(layer)
    called = _called(layer, calls(layer)[0].arguments) if calls(layer) else {}
    shapes = called if len(called) > 1 or not shapes else shapes
    if not shapes:
        raise ValueError(f"{call(layer)} does not know what it was built on: give input_shape.")
    opened = {n.removesuffix("_shape"): _open(s, _batch(layer)) for n, s in shapes.items()}
    return opened if len(opened) > 1 else next(iter(opened.values()))


def _called(layer, given):
    """The shapes of the tensors in a call of a layer: dict argument -> a shape, or a list."""
    values = inspect.signature(layer.call).bind(*given.args, **given.kwargs).arguments
    parts = {name: keras.tree.flatten(value) for name, value in values.items()}
    return {
        name: shape_of(values[name])
        for name, flat in parts.items()
        if flat and all(isinstance(one, keras.KerasTensor) for one in flat)
    }


def _batched(layer, shape):
    """A shape without the batch axis, or a list of these, with it; or an error that quotes it."""
    if isinstance(shape, list) and shape and isinstance(shape[0], list | tuple):
        return [(_batch(layer), *checked_shape(one, "input_shape")) for one in shape]
    shape = checked_shape(shape, "input_shape")
    rank, (low, high) = len(shape) + 1, ranks(layer)
    if shape[:1] == (None,) and rank > 2 and not low == high == rank:
        raise ValueError(f"input_shape is {shape}; without the batch axis: {shape[1:]}.")
    if not low <= rank <= (high or rank):
        sizes = f"{low - 1}{'' if high else ' or more'} sizes, such as {_example(layer)}"
        wrong = f"input_shape is {shape}, {in_words((None, *shape))}"
        raise ValueError(f"{wrong}; {call(layer)} takes {expected(layer)}: give {sizes}.")
    return (_batch(layer), *shape)


def _is_stateful(layer):
    """Whether a recurrent layer keeps a state for each sample of a batch of a fixed size."""
    return any(getattr(part, "stateful", False) for part in flat_layers(layer))


def _other_state(layer):
    """The names of what a built layer keeps besides its weights."""
    known = {id(variable) for variable in layer.weights}
    if _is_stateful(layer):
        yield "states"
    yield from (variable.name for variable in layer.variables if id(variable) not in known)


def _batch(layer):
    """The batch size to build on: open, except where a layer needs to know it."""
    return 1 if _is_stateful(layer) else None


def _open(shapes, batch=None):
    """Shapes with another batch size: None, as they are shown."""
    if isinstance(shapes, dict):
        parts = (one if isinstance(one, list) else [one] for one in shapes.values())
        shapes = [shape for part in parts for shape in part]
    if isinstance(shapes, list):
        return [(batch, *shape[1:]) for shape in shapes]
    return (batch, *shapes[1:])


def _example(layer):
    return EXAMPLES.get(ranks(layer)[0] - 1, "(784,)")


def _with_axes(shapes, layer, of_input=True):
    """A shape and the names of its axes, such as "(None, 28, 28)  timesteps, features"."""
    if isinstance(shapes, list):
        return "  and  ".join(map(str, shapes))
    tokens = of_input and type(layer).__name__ == "Embedding" and len(shapes) == 2
    names = ("timesteps",) if tokens else in_format(axes(shapes), layer)
    return f"{shapes}  {', '.join(names)}".rstrip()
