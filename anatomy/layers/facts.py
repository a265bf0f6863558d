"""One layer and all that can be known of it: shapes, weights, parameters, state."""

from dataclasses import dataclass

from anatomy.layers.call import arguments, call, spell
from anatomy.layers.eats import in_words, ranks, wanted
from anatomy.layers.symbolic import (
    apply,
    axes,
    checked_shape,
    clone,
    configuration,
    one_line,
    shape_of,
    tensors,
    unseen,
)
from anatomy.layers.weights import weights

#: The arguments that are facts of a layer even where they are what Keras takes without them.
ALWAYS = ("activation", "recurrent_activation", "use_bias")


@dataclass(frozen=True, repr=False, eq=False)
class Facts:
    """What a layer is; print it to read it.

    Attributes:
        layer: the layer itself, left as it is.
        type, name: such as "Dense", "dense_1".
        call: the code that makes it.
        input_shape, output_shape: with None for the batch; a list for several tensors.
        weights: a tuple of ``Weight``.
        parameters: how many numbers they are; the state of random numbers is none of them.
        trainable_parameters: those of them that ``fit()`` changes by gradients.
        state: "none", or the names of all that the layer keeps between calls.
        settings: dict argument -> value: those that matter.
    """

    layer: object
    type: str
    name: str
    call: str
    input_shape: tuple | list
    output_shape: tuple | list
    weights: tuple
    parameters: int
    trainable_parameters: int
    state: str | tuple
    settings: dict

    def __repr__(self):
        lines = [
            self.call,
            f"  input       {with_axes(self.input_shape, self.type)}",
            f"  output      {with_axes(self.output_shape)}",
            f"  parameters  {self.parameters:,}, {self.trainable_parameters:,} of them trainable",
        ]
        rows = [(w.name, str(w.shape), f"{w.derived} = {w.count:,}", w) for w in self.weights]
        widths = [max((len(row[k]) for row in rows), default=0) for k in range(3)]
        for row in rows:
            cells = "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False))
            lines.append(f"    {cells}  {', '.join(row[3].sizes)}; {row[3].made_by}".rstrip("; "))
        state = self.state if self.state == "none" else ", ".join(self.state)
        lines.append(f"  state       {state}")
        return "\n".join(lines)


def facts(layer, input_shape=None):
    """What a layer is: shapes in and out, weights, parameters, state, and its settings.

    A built layer is read as it is. Of an unbuilt one, or with ``input_shape``, a clone is built on
    the shape alone: the layer stays as it was.

    Args:
        layer: a ``keras.layers.Layer``.
        input_shape: tuple without the batch axis, such as (784,); a list of them for a layer
            that takes several tensors. Needed where the layer is not built.

    Returns:
        Facts.

    Raises:
        TypeError: for a class, a model or anything else that is no layer.
        ValueError: for an unbuilt layer without a shape, or a shape that it does not take.

    Source: https://keras.io/api/layers/base_layer/
    """
    check(layer)
    inputs = shapes_built_on(layer) if input_shape is None else batched(layer, input_shape)
    with unseen(values=is_stateful(layer)):
        built = clone(layer)
        try:
            output = shape_of(apply(built, tensors(inputs, built.input_dtype)))
        except Exception as error:
            raise ValueError(
                f"{call(layer)} takes {wanted(layer)}. Received: {without_size(inputs)}. "
                f"Keras: {one_line(error)}"
            ) from error
        if input_shape is None:
            built = layer
        found = weights(built, argument)
        state = dict.fromkeys([*(w.name for w in found), *other_state(built)])
    return Facts(
        layer=layer,
        type=type(layer).__name__,
        name=layer.name,
        call=call(layer),
        input_shape=without_size(inputs),
        output_shape=without_size(output),
        weights=found,
        parameters=sum(w.count for w in found),
        trainable_parameters=sum(w.count for w in found if w.trainable),
        state=tuple(state) or "none",
        settings=settings(layer, found),
    )


def check(layer):
    """Raises for what is no single layer."""
    import keras

    if isinstance(layer, type):
        example = "32" if layer.__name__ == "Dense" else "..."
        raise TypeError(
            f"{layer!r} is a class: give an instance, such as layers.{layer.__name__}({example})."
        )
    if isinstance(layer, keras.layers.InputLayer):
        raise TypeError(f"{layer!r} stands for the data: give a layer that computes something.")
    if isinstance(layer, keras.Model):
        raise TypeError(f"{layer!r} is a model: give one of its layers, such as model.layers[0].")
    if not isinstance(layer, keras.layers.Layer):
        raise TypeError(f"{layer!r} is no layer: give one, such as layers.Dense(32).")


def shapes_built_on(layer):
    """What a built layer was built on: a shape, a list of them, or a dict by argument."""
    if not layer.built:
        raise ValueError(
            f"{call(layer)} is not built, so its shapes and weights are not known: give the shape "
            f"of one sample, such as facts(layer, input_shape={example(layer)})."
        )
    config = layer.get_build_config() or {}
    shapes = config.get("shapes_dict") or config.get("input_shape")
    if shapes is None and layer._inbound_nodes:
        shapes = shape_of(layer.input)
    if shapes is None:
        raise ValueError(f"{call(layer)} does not tell what it was built on: give input_shape.")
    if isinstance(shapes, dict):
        return {name.removesuffix("_shape"): free(layer, shape) for name, shape in shapes.items()}
    return free(layer, shapes)


def batched(layer, shape):
    """A shape without the batch axis, or a list of these, with it; or an error that quotes it."""
    if isinstance(shape, list) and shape and isinstance(shape[0], list | tuple):
        return free(layer, [(None, *checked_shape(one, "input_shape")) for one in shape])
    shape = checked_shape(shape, "input_shape")
    low, high = ranks(layer)
    if shape[:1] == (None,) and len(shape) > 1 and (low, high) != (len(shape) + 1,) * 2:
        raise ValueError(
            f"input_shape is one sample, without the batch axis: {shape[1:]}. "
            f"Received: input_shape={shape}"
        )
    if not low <= len(shape) + 1 <= (high or len(shape) + 1):
        raise ValueError(
            f"{call(layer)} takes {wanted(layer)}, so input_shape has "
            f"{low - 1}{'' if high else ' or more'} sizes, such as {example(layer)}. "
            f"Received: input_shape={shape}, that is {in_words((None, *shape))}."
        )
    return free(layer, (None, *shape))


def is_stateful(layer):
    """Whether a recurrent layer keeps a state for each sample of a batch of a fixed size."""
    return any(getattr(part, "stateful", False) for part in layer._flatten_layers())


def other_state(layer):
    """The names of what a built layer keeps besides its weights."""
    kept = {id(v) for v in layer.weights}
    for part in layer._flatten_layers():
        if getattr(part, "stateful", False):
            yield "states"
    yield from (v.name for v in layer.variables if id(v) not in kept)


def free(layer, shapes):
    """Shapes with an open batch axis, where a layer does not need the size of a batch."""
    batch = 1 if is_stateful(layer) else None
    if isinstance(shapes, list):
        return [(batch, *shape[1:]) for shape in shapes]
    return (batch, *shapes[1:])


def without_size(shapes):
    """Shapes with None for the batch, as they are shown."""
    if isinstance(shapes, dict):
        shapes = list(shapes.values())
    if isinstance(shapes, list):
        return [(None, *shape[1:]) for shape in shapes]
    return (None, *shapes[1:])


def example(layer):
    """A shape that a layer takes, without the batch axis."""
    return {1: "(784,)", 2: "(28, 28)", 3: "(28, 28, 1)"}.get(ranks(layer)[0] - 1, "(784,)")


def argument(layer, name):
    """One argument of a layer as code, such as ``use_bias=True``; "" where it has none."""
    config = configuration(layer)
    return f"{name}={spell(config[name])}" if name in config else ""


def settings(layer, found):
    """dict argument -> value: those that are required or differ, and those that shape weights."""
    config, makers = configuration(layer), " ".join(w.made_by for w in found)
    chosen = [*arguments(layer), *ALWAYS, *(name for name in config if f"{name}=" in makers)]
    return {name: plain(config[name]) for name in dict.fromkeys(chosen) if name in config}


def plain(value):
    """A value of a config as it is written: "he_normal", not the dict that stands for it."""
    if isinstance(value, dict) or callable(value):
        return spell(value).strip('"')
    return value


def with_axes(shapes, type=""):
    """A shape and the names of its axes, such as "(None, 28, 28)  timesteps, features"."""
    if isinstance(shapes, list):
        return "  and  ".join(map(str, shapes))
    names = ("timesteps",) if type == "Embedding" and len(shapes) == 2 else axes(shapes)
    return f"{shapes}  {', '.join(names)}".rstrip()
