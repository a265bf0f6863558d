"""Layers clipped together, one after the other: what fits, what breaks, and what mends it."""

from dataclasses import dataclass, replace

from anatomy.layers import repair
from anatomy.layers.breaks import Break, judge
from anatomy.layers.card.call import call
from anatomy.layers.eats import ranks
from anatomy.layers.symbolic import checked_shape, clone, copies


@dataclass(frozen=True)
class Joint:
    """One layer of a stack, and how it is joined to what is before it.

    Attributes:
        index: its place in the stack, from 0.
        layer: the layer that was given; it is left as it is.
        name, call: its name, and the code that makes it.
        input_shape: what it is given, with None for the batch; None beyond the break.
        output_shape: what it hands on; None where Keras cannot build it, and beyond the break.
        fits: True, False at the break, None beyond it, where nothing is known.
    """

    index: int
    layer: object
    name: str
    call: str
    input_shape: tuple | list | None
    output_shape: tuple | list | None
    fits: bool | None


@dataclass(frozen=True, repr=False, eq=False)
class Stack:
    """A judged stack of layers; print it to see what fits and where it breaks.

    Attributes:
        input_shape: with None for the batch.
        outputs: the shape that is asked for, without the batch axis, or None.
        joints: a `Joint` for each layer.
        broken: the first `Break`, or None.
        fits: whether there is none.
    """

    input_shape: tuple
    outputs: tuple | None
    joints: tuple
    broken: Break | None

    @property
    def fits(self):
        return self.broken is None

    @property
    def layers(self):
        """The layers that were given."""
        return [joint.layer for joint in self.joints]

    def repair(self):
        """New layers, in order, that build and fit; all breaks are mended, one after another.

        Raises:
            ValueError: where nothing simple mends the stack; it says why.
        """
        return repair.mend(self.layers, self.input_shape[1:], self.outputs)

    def model(self):
        """The stack as a new, built ``keras.Sequential``.

        Raises:
            ValueError: for a broken stack; it says where and why.
        """
        import keras

        if self.broken:
            raise ValueError(
                f"The stack breaks at layer {self.broken.index}, "
                f"{self.joints[self.broken.index].call}. {self.broken.why}"
            )
        return keras.Sequential([keras.Input(self.input_shape[1:]), *map(clone, self.layers)])

    def code(self):
        """The stack as a script of plain Keras."""
        lines = [f"keras.Input({self.input_shape[1:]!r}),", *(f"{j.call}," for j in self.joints)]
        inside = "".join(f"        {line}\n" for line in lines)
        return (
            "import keras\nfrom keras import layers\n\n"
            f"model = keras.Sequential(\n    [\n{inside}    ]\n)\n"
        )

    def __repr__(self):
        marks = {True: "fits", False: "breaks", None: "?"}
        rows = [("input", "", str(self.input_shape))]
        rows += [(marks[j.fits], j.call, str(j.output_shape or "")) for j in self.joints]
        width = max(len(text) for _, text, _ in rows)
        lines = [f"{mark:>8}  {text:{width}}  {shape}".rstrip() for mark, text, shape in rows]
        if self.broken:
            lines.append(f"At layer {self.broken.index}: {self.broken.why}")
            lines += [f"Keras: {self.broken.keras}"] if self.broken.keras else []
            lines += ["Keras builds it all the same."] if self.broken.silent else []
            lines += [f"Repair: {self.broken.repair}"] if self.broken.repair else []
        return "\n".join(lines)


def stack(input_shape, layers, *, outputs=None):
    """Clips layers together on ``keras.Input(input_shape)`` and says what fits.

    Clones are built, on shapes alone: the layers that are given stay as they are, and nothing is
    drawn or compiled. A stack is called broken where Keras refuses it, and where Keras lets through
    (``silent``) what cannot be meant:

    - an Embedding of an image, or of what a layer with weights computed;
    - layers that make pictures larger, smaller or other, on tensors without a channel axis;
    - a last shape that is not ``outputs``, if ``outputs`` is given; if not, one answer of a Dense
      layer for each position of an image (rank 4 or more), where no later layer merges positions.

    A Dense layer that is applied to each timestep, or to each position before a Flatten, fits.

    Args:
        input_shape: tuple without the batch axis, such as (28, 28, 1); None for an open size.
        layers: list of ``keras.layers.Layer``, in order.
        outputs: the shape of one prediction that is asked for, such as (10,); None: any.

    Returns:
        Stack.

    Raises:
        TypeError, ValueError: for what is no shape, or no list of layers; the message quotes it.

    Source: https://keras.io/guides/sequential_model/
    """
    input_shape = checked_shape(input_shape, "input_shape")
    outputs = None if outputs is None else checked_shape(outputs, "outputs")
    if outputs == ():
        raise ValueError(
            "outputs is the shape of one prediction, such as (1,). Received: outputs=()"
        )
    layers = checked(layers)
    if layers and input_shape[:1] == (None,) and ranks(layers[0]) == (len(input_shape),) * 2:
        raise ValueError(
            f"input_shape is one sample, without the batch axis: {input_shape[1:]}. "
            f"Received: input_shape={input_shape}"
        )
    shapes, broken = judge(layers, input_shape, outputs)
    if broken:
        words = repair.words(layers, input_shape, outputs, (shapes, broken))
        broken = replace(broken, repair=words)
    given, joints = (None, *input_shape), []
    for index, layer in enumerate(layers):
        beyond = broken is not None and index > broken.index
        output = shapes[index] if index < len(shapes) and not beyond else None
        fits = None if beyond else broken is None or index < broken.index
        given = None if beyond else given
        joints.append(Joint(index, layer, layer.name, call(layer), given, output, fits))
        given = output
    return Stack((None, *input_shape), outputs, tuple(joints), broken)


def checked(layers):
    """The layers as a list, or an error that says which position holds something else."""
    import keras

    if isinstance(layers, keras.layers.Layer | str) or not hasattr(layers, "__iter__"):
        raise TypeError(f"layers is a list, such as [layers.Dense(32)]. Received: {layers!r}")
    layers = list(layers)
    for position, layer in enumerate(layers):
        if isinstance(layer, type):
            hint = f"give an instance: layers.{layer.__name__}(...)"
        elif isinstance(layer, keras.KerasTensor | keras.layers.InputLayer):
            hint = "the Input is made of input_shape: leave it out"
        elif isinstance(layer, keras.Model):
            hint = "a model is no single layer: give its layers, *model.layers"
        elif not isinstance(layer, keras.layers.Layer):
            hint = "give a layer, such as layers.Dense(32)"
        elif not copies(layer):
            hint = "Keras cannot make a second one; its class needs a get_config()"
        else:
            continue
        raise TypeError(f"Position {position} of the stack is {layer!r}: {hint}.")
    return layers
