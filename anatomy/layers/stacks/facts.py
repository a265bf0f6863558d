"""Layers joined one after the other: what fits, and where and why a stack breaks."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from anatomy.data import calls
from anatomy.layers.code import call
from anatomy.layers.shapes import checked_shape, kind, ranks
from anatomy.layers.stacks.breaks import MOVING, Break, ending, masked, namesake, refused, silent
from anatomy.layers.survey import example
from anatomy.layers.symbolic import apply, clone, copies, one_line, shape_of, tensors, unseen
from anatomy.lazy import keras
from anatomy.training import private


@dataclass(frozen=True)
class Joint:
    """One layer of a stack, and how it is joined to what is before it.

    Attributes:
        index: its place in the stack, from 0.
        layer: the student's own layer, which is left as it is.
        input_shape: of its input, with None for the batch; None beyond the break.
        output_shape: None where Keras cannot build it, and beyond the break.
        parameters: how many it has; 0 where it stands in the stack a second time; or None.
        fits: True, False at the break, None beyond it, where nothing is known.
    """

    index: int
    layer: object
    input_shape: tuple | list | None
    output_shape: tuple | list | None
    parameters: int | None
    fits: bool | None

    @cached_property
    def call(self):
        """The code that creates the layer; of a model, its name."""
        return spelled(self.layer)


@dataclass(frozen=True, repr=False, eq=False)
class Stack:
    """A judged stack of layers; print it to see what fits and where it breaks, counted from 1.

    Attributes:
        input_shape: with None for the batch.
        outputs: the shape that is asked for, without the batch axis, or None.
        joints: a `Joint` for each layer.
        broken: the first `Break`, or None.
        kept: dict from the id of a model in it to its copy, which takes long to make.
    """

    input_shape: tuple
    outputs: tuple | None
    joints: tuple
    broken: Break | None
    kept: dict

    @property
    def fits(self):
        return self.broken is None

    @property
    def layers(self):
        """The student's own layers."""
        return [joint.layer for joint in self.joints]

    @property
    def shapes(self):
        """The shapes from the input up, as far as Keras builds them."""
        outputs = (joint.output_shape for joint in self.joints)
        return [self.input_shape, *(shape for shape in outputs if shape is not None)]

    @property
    def parameters(self):
        """How many parameters all layers have that Keras builds."""
        return sum(joint.parameters or 0 for joint in self.joints)

    @cached_property
    def changes(self):
        """[(words, layers)]: the small changes that repair it, one after the other; [] for none."""
        from anatomy.layers.stacks.repair import changes

        with unseen():
            return [] if self.fits else changes(self) or []

    def repair(self):
        """New layers, in order, that build, fit and can be trained: all breaks are repaired.

        A model among them is a copy with the same weights.

        Raises:
            ValueError: where no small change repairs the stack; it says why.
        """
        if not self.fits and not self.changes:
            raise ValueError(f"No small change repairs {self._where}")
        with unseen(values=True):
            return clones(self.changes[-1][1] if self.changes else self.layers)

    @property
    def _where(self):
        index = self.broken.index
        return f"layer {index + 1}, {self.joints[index].call}. {self.broken.why}"

    def model(self):
        """The stack as a new, built ``keras.Sequential``, with the weights of the models in it.

        Raises:
            ValueError: for a broken stack; it says where and why.
        """
        if self.broken:
            raise ValueError(f"The stack breaks at {self._where}")
        return sequential(self.layers, self.input_shape)

    def code(self):
        """The stack as a script of plain Keras."""
        calls = [call(layer) for layer in self.layers]
        lines = [f"keras.Input({self.input_shape[1:]!r}),", *(f"{text}," for text in calls)]
        inside = "".join(f"        {line}\n" for line in lines)
        own = [f"# {text}: your own model, made here\n\n" for text in calls if "(" not in text]
        return (
            "import keras\nfrom keras import layers\n\n"
            f"{''.join(own)}model = keras.Sequential(\n    [\n{inside}    ]\n)\n"
        )

    def __repr__(self):
        marks = {True: "fits", False: "breaks", None: "?"}
        rows = [("input", "", str(self.input_shape))]
        rows += [(marks[j.fits], j.call, str(j.output_shape or "")) for j in self.joints]
        width = max(len(text) for _, text, _ in rows)
        lines = [f"{mark:>8}  {text:{width}}  {shape}".rstrip() for mark, text, shape in rows]
        if self.broken:
            lines.append(f"At layer {self.broken.index + 1}: {self.broken.why}")
            lines += [f"Keras: {self.broken.keras}"] if self.broken.keras else []
            lines += ["Keras builds it all the same."] if self.broken.silent else []
            lines += [f"Repair: {self.broken.repair}"] if self.broken.repair else []
        return "\n".join(lines)


def stack(input_shape, layers, *, outputs=None):
    """Joins layers on ``keras.Input(input_shape)``, and finds what fits.

    Clones are built, on shapes alone: the student's layers stay as they are, and nothing is drawn
    or compiled. A stack is broken where Keras refuses it, where a mask would stop it in ``fit()``,
    and where Keras lets through (``silent``) what cannot be meant:

    - an Embedding of an image, of fractions, or behind a Masking;
    - layers that make pictures larger, smaller or other, on tensors without a channel axis;
    - pictures with channels first, read with channels last, or the other way round;
    - a last shape that is not ``outputs``, if ``outputs`` is given; if not, an output of a Dense
      layer for each position of an image (rank 4 or more), where no later layer merges positions.

    A Dense layer that is applied to each timestep, or to each position before a Flatten, fits.

    Args:
        input_shape: tuple without the batch axis, such as (28, 28, 1); None for an open size.
        layers: list of ``keras.layers.Layer``, or models, in order.
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
        raise ValueError("outputs is (); give the shape of one prediction, such as (1,).")
    layers = _checked(layers, kept := {})
    if layers and input_shape[:1] == (None,) and ranks(layers[0]) == (len(input_shape),) * 2:
        raise ValueError(f"input_shape is {input_shape}, without the batch axis {input_shape[1:]}.")
    with unseen():
        judged = judge(layers, (None, *input_shape), outputs, kept)
    if broken := judged.broken:
        every = broken.reason == "positions" and outputs is None
        hint = f" If that is meant, write outputs={judged.shapes[-1][1:]}." * every
        repair = judged.changes[0][0] if judged.changes else ""
        broken = replace(broken, why=broken.why + hint, repair=repair)
        object.__setattr__(judged, "broken", broken)
    return judged


def judge(layers, input_shape, outputs=None, kept=None):
    """The `Stack` of these layers, without a repair; `unseen` is around it.

    Args:
        layers: list of ``keras.layers.Layer``.
        input_shape: with the batch axis. outputs: without; None for no wish.
        kept: of a `Stack` of the same models, or None.
    """
    kept = {} if kept is None else kept
    built, shapes, counts = clones(layers, kept), [input_shape], []
    x, whole, broken = tensors(input_shape), True, None
    for index, (layer, copy) in enumerate(zip(layers, built, strict=True)):
        whole = whole or _is_whole(x)
        try:
            if namesake(layers, index):
                keras.Sequential(built[: index + 1])  # says in Keras's words that this cannot be
            x = apply(copy, x)
        except Exception as error:
            broken = refused(layers, index, shapes, one_line(error))
            break
        shapes.append(shape_of(x))
        counts.append(0 if copy in built[:index] else copy.count_params())
        if broken := silent(layers, index, shapes, whole):
            break
        whole = whole and bool(re.search(MOVING, kind(layer)))
    else:
        broken = masked(layers, built, shapes) or ending(layers, shapes, outputs)
    last = broken.index if broken else len(layers)
    known = last + bool(broken and broken.silent)  # of so many layers the output is known
    joints = (
        Joint(i, layer, shapes[i] if i <= last else None, shapes[i + 1] if i < known else None,
              counts[i] if i < known else None, None if i > last else i < last)
        for i, layer in enumerate(layers)
    )  # fmt: skip
    return Stack(input_shape, outputs, tuple(joints), broken, kept)


def clones(layers, kept=None):
    """A new layer for each; for one that stands in the list twice, one.

    A model has the same weights; with ``kept``, that of a `Stack`, its copy is kept, without.
    """
    new = dict(kept or {})
    for layer in layers:
        if id(layer) in new:
            continue
        new[id(layer)] = copy = clone(layer)
        if isinstance(layer, keras.Model) and layer.built:
            if kept is None:
                copy.set_weights(layer.get_weights())
            else:  # it trains by itself already: what is tried is what stands around it
                kept[id(layer)], copy.trainable = copy, False
    return [new[id(layer)] for layer in layers]


def sequential(layers, input_shape, kept=None):
    """A new ``keras.Sequential`` of layers like these; ``input_shape`` with the batch axis."""
    return keras.Sequential([keras.Input(input_shape[1:]), *clones(layers, kept)])


def spelled(layer):
    """The code that creates a layer; of a model, its name."""
    return layer.name if isinstance(layer, keras.Model) else call(layer)


def _is_whole(x):
    """Whether a Keras tensor, or the first of several, holds whole numbers."""
    return "int" in keras.tree.flatten(x)[0].dtype


def _checked(layers, kept):
    """The layers as a list, or an error that says which position holds something else."""
    if isinstance(layers, keras.layers.Layer | str) or not hasattr(layers, "__iter__"):
        raise TypeError(f"layers is {calls.shown(layers)}; give a list such as [layers.Dense(32)].")
    layers = list(layers)
    for position, layer in enumerate(layers, 1):
        if isinstance(layer, type):
            hint = f"give an instance, such as {example(layer)}"
        elif isinstance(layer, keras.KerasTensor | keras.layers.InputLayer):
            hint = "the Input comes from input_shape: leave it out"
        elif not isinstance(layer, keras.layers.Layer):
            hint = "give a layer, such as layers.Dense(32)"
        elif not copies(layer, lambda one: clones([one], kept)):
            flat = private.flat_layers(layer)[::-1]
            own = [one for one in flat if not type(one).__module__.startswith("keras.")] or flat
            name = type(max(own, key=lambda one: not copies(one))).__name__
            hint = f"Keras cannot create a second {name}: it needs a get_config() that it takes"
        else:
            continue
        raise TypeError(f"Position {position} of the stack is {layer!r}: {hint}.")
    return layers
