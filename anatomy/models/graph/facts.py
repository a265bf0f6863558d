"""Graph: a Keras model as nodes, one for each call of a layer, and the tensors between them."""

import math
from dataclasses import dataclass, field

import numpy as np

from anatomy.data import calls
from anatomy.data.gate import check_fits
from anatomy.layers.shapes import inner
from anatomy.lazy import keras
from anatomy.models.settings.facts import constants, name_of, rate, settings
from anatomy.training import private


@dataclass(frozen=True)
class Node:
    """One call of a layer.

    Attributes:
        name, type: of the layer, such as "dense_1", "Dense".
        kind: "input", "layer", "operation" (``x + y``), "model" (nested in the model, or in a
            wrapper such as TimeDistributed), "block" (``times`` equal blocks, folded),
            "entry" (where a tensor enters a block) or "broken" (it cannot take its inputs).
        settings: such as "32, relu".
        shapes: of its outputs, with None for the batch; () where Keras does not know them.
        parameters: of the layer. trainable: whether fit() changes them.
        call, calls: a layer called three times is three nodes, with ``call`` 1, 2, 3 of 3.
        constants: what it was called with besides tensors, such as "2.0".
        inside: the Graph of a nested model or of one block; None where it is not opened.
        last: the same node in the last of the repeated blocks.
        layer: the Keras layer, or the operation; None of a block and an entry.
    """

    name: str
    type: str
    kind: str = "layer"
    settings: str = ""
    shapes: tuple = ()
    parameters: int = 0
    trainable: bool = True
    call: int = 1
    calls: int = 1
    constants: str = ""
    inside: "Graph | None" = None
    times: int = 1
    last: "Node | None" = None
    layer: object = field(default=None, compare=False, repr=False)

    @property
    def counted(self):
        """Its parameters, 0 from the second call on: they are the same ones."""
        return self.parameters if self.call == 1 else 0


@dataclass(frozen=True)
class Edge:
    """A tensor from ``source``, of which it is output number ``output``, to ``target``."""

    source: int
    output: int
    target: int


@dataclass(frozen=True)
class Graph:
    """A model.

    Attributes:
        name, type: of the model.
        nodes: tuple of Node, in an order in which they can be computed, branch by branch.
        edges: tuple of Edge, between numbers of nodes.
        inputs: numbers of nodes. outputs: pairs (number of a node, number of its output).
        layers, parameters: as Keras counts them. frozen: parameters that no training changes.
        wired: False where only the model's own ``call()`` knows what follows what: the nodes are
            in order of creation, then, and there are no edges.
        losses: the name of each output's loss, "" before ``compile()``.
        optimizer: such as "Adam, learning_rate=0.001", "" before ``compile()``.
    """

    name: str
    type: str
    nodes: tuple
    edges: tuple = ()
    inputs: tuple = ()
    outputs: tuple = ()
    layers: int = 0
    parameters: int = 0
    frozen: int = 0
    wired: bool = True
    losses: tuple = field(default=(), compare=False)
    optimizer: str = field(default="", compare=False)

    def shape(self, i, output=0):
        """The shape of an output of a node, () where Keras does not know it."""
        return self.nodes[i].shapes[output] if self.nodes[i].shapes else ()

    def into(self, i):
        """The edges that lead to a node, in the order of its arguments."""
        return [edge for edge in self.edges if edge.target == i]

    @property
    def every_layer(self):
        """The Keras layers of its nodes, those inside of others last."""
        nodes = [*self.nodes]
        for node in nodes:  # which grows
            nodes += node.inside.nodes if node.inside else ()
        layers = {id(n.layer): n.layer for n in nodes if n.kind in ("layer", "model")}
        return [layer for layer in layers.values() if layer is not None]


@calls.validated
def graph(model, expand=False):
    """The layers of a model, and the tensors that lead from one to the next.

    Args:
        model: a built keras.Model: Sequential, functional or subclassed.
        expand: whether nested models are opened, at any depth: each node of kind "model" has
            its own Graph ``inside``, then.

    Returns:
        Graph: of a subclassed model, the layers in order of creation.

    Raises:
        TypeError: model is not a keras.Model.
        ValueError: the model is not built, or Keras knows no layer of it.

    Source: keras.io/api/models; what ``model.summary()`` and ``plot_model`` walk.
    """
    wired = functional(model)
    parts = _calls(wired, expand) if wired else _layers(model, expand)
    loss = model.loss if model.compiled else None
    names = private.output_names(wired) or ("output",)
    if isinstance(loss, dict):
        loss = [loss.get(name) for name in names] if names[1:] else list(loss.values())
    each = loss if isinstance(loss, (list, tuple)) else [loss] * len(names)
    optimizer = model.optimizer if model.compiled else None
    kind = f"{type(optimizer).__name__}, learning_rate={rate(optimizer)}" if optimizer else ""
    return Graph(
        model.name,
        type(model).__name__,
        *map(tuple, parts),
        layers=len(model.layers),
        parameters=_count(model.weights),
        frozen=_count(model.non_trainable_weights),
        wired=bool(wired) or isinstance(model, keras.Sequential),
        losses=tuple(map(name_of, each)),
        optimizer=kind,
    )


@calls.validated
def values(model, x):
    """The outputs of every layer of a model for one sample.

    Args:
        model: a built keras.Model whose wiring Keras knows: Sequential or functional.
        x: one sample, without the batch axis: an array, or a list (for several inputs, in their
            order) or dict (by their names) of arrays. An array with as many numbers as an
            input takes is reshaped to it, so that a digit of 784 pixels fits ``(28, 28, 1)``.

    Returns:
        list of tuples of arrays: for each node of ``models.graph(model)`` its outputs, without
        the batch axis, as the model computes them in ``predict()`` (not in training).

    Raises:
        TypeError, ValueError: model is no built keras.Model, or its wiring is not known; a
            sample of another size.

    Source: keras.io/getting_started/faq, on the output of intermediate layers.
    """
    wired = functional(model)
    if not wired:
        raise ValueError(
            f"Only the call() of model {model.name!r} knows how its layers are wired, so values "
            "cannot be followed through them; make it with the functional API."
        )
    calls = in_order(wired)
    every = keras.Model(wired.inputs, [tensor for call in calls for tensor in call.outputs])
    outputs = keras.tree.flatten(every(_batch(wired, x), training=False))
    values = map(keras.ops.convert_to_numpy, outputs)
    return [tuple(next(values)[0] for _ in call.outputs) for call in calls]


def functional(model):
    """The functional model behind a built model; None where only its call() knows the wiring.

    Raises:
        ValueError: the model is not built, or Keras knows no layer of it.
    """

    if not model.built:
        raise ValueError(
            f"model {model.name!r} is not built, so that no shape in it is known: start it with "
            "keras.Input(shape), or call it once on a batch."
        )
    wired = private.functional(model)
    if not wired and not model.layers:
        raise ValueError(
            f"model {model.name!r} has no layers that Keras knows: assign them to attributes "
            "of the model, as in self.dense = layers.Dense(10)."
        )
    return wired


def in_order(model):
    """The calls of a functional model, inputs first, then branch by branch as the outputs and
    the arguments of each call name them: an order that does not depend on what was made first."""
    origin = {id(tensor): call for call in private.model_calls(model) for tensor in call.outputs}
    todo = [(origin[id(tensor)], False) for tensor in [*model.inputs, *model.outputs]][::-1]
    done = {}
    while todo:
        call, ready = todo.pop()
        if ready:
            done.setdefault(id(call), call)
        elif id(call) not in done:
            before = [origin[id(tensor)] for tensor in tensors(call) if id(tensor) in origin]
            todo += [(call, True), *((one, False) for one in reversed(before))]
    return list(done.values())


def tensors(call):
    """The tensors that a call takes, without the masks that Keras hands along by itself."""
    masks = {id(private.mask(tensor)) for tensor in call.input_tensors}
    return [tensor for tensor in call.input_tensors if id(tensor) not in masks]


def _calls(model, expand):
    """Nodes, edges, inputs and outputs of a functional model."""
    calls = in_order(model)
    shapes = iter(_shapes(model, [tensor for call in calls for tensor in call.outputs]))
    numbers, origin, nodes, edges = {}, {}, [], []
    for call in calls:
        numbers.setdefault(call.operation, []).append(call)
    for i, call in enumerate(calls):
        layer = call.operation
        same = sorted(numbers[layer], key=private.calls(layer).index)
        sizes = tuple(next(shapes) for _ in call.outputs)
        count = {"call": 1 + same.index(call), "calls": len(same)}
        nodes.append(_node(layer, sizes, expand, constants(call), **count))
        edges += [Edge(*origin[id(t)], i) for t in tensors(call) if id(t) in origin]
        origin |= {id(tensor): (i, output) for output, tensor in enumerate(call.outputs)}
    inputs = [origin[id(tensor)][0] for tensor in model.inputs]
    return nodes, edges, inputs, [origin[id(tensor)] for tensor in model.outputs]


def _layers(model, expand):
    """The same of a subclassed model, and of a Sequential whose layers are not symbolic."""
    nodes = [_node(layer, _built_shape(layer), expand) for layer in model.layers]
    if not isinstance(model, keras.Sequential):
        return nodes, [], [], []
    edges = [Edge(i, 0, i + 1) for i in range(len(nodes) - 1)]
    return nodes, edges, [0], [(len(nodes) - 1, 0)]


def _node(layer, shapes, expand, call_constants="", **count):
    kind = "layer" if isinstance(layer, keras.Layer) else "operation"
    within = layer
    while not isinstance(within, keras.Model) and inner(within) is not within:
        within = inner(within)
    if isinstance(layer, keras.layers.InputLayer):
        kind = "input"
    elif isinstance(within, keras.Model):
        kind = "model"
    words = settings(layer) if kind != "operation" else call_constants
    if kind == "model" and within is layer:
        words = f"{len(layer.layers)} layer" + "s" * (len(layer.layers) != 1)
    opened = kind == "model" and expand and within.built and within.layers
    return Node(
        name=layer.name,
        type=type(layer).__name__,
        kind=kind,
        settings=words,
        shapes=shapes,
        parameters=_count(getattr(layer, "weights", ())),
        trainable=getattr(layer, "trainable", True),
        constants=call_constants,
        inside=graph(within, expand=True) if opened else None,
        layer=layer,
        **count,
    )


def _shapes(model, tensors):
    """Shapes of tensors of a functional model.

    Keras keeps the size of the last batch where it was never told one: it is None here, unless a
    layer of state holds on to it.
    """
    shapes = [tuple(tensor.shape) for tensor in tensors]
    batches = {tensor.shape[0] for tensor in model.inputs if tensor.shape}
    if any(getattr(layer, "stateful", False) for layer in private.flat_layers(model)):
        return shapes
    return [(None, *shape[1:]) if shape[:1] and shape[0] in batches else shape for shape in shapes]


def _built_shape(layer):
    """((…),) of a layer that was never called on a symbol; () where it cannot be known."""
    try:
        first, *others = private.build_shapes(layer).values()
        shape = layer.compute_output_shape((None, *first[1:]), *others)
        return (tuple(shape),) if all(not isinstance(n, (tuple, list)) for n in shape) else ()
    except Exception:  # whatever a student's own compute_output_shape raises
        return ()


def _count(weights):
    return sum({id(weight): math.prod(weight.shape) for weight in weights}.values())


def _batch(model, x):
    """A sample as the list of batches of one that the inputs take."""
    if isinstance(x, dict):
        missing = [tensor.name for tensor in model.inputs if tensor.name not in x]
        if missing:
            raise ValueError(f"x has {sorted(x)}; the model has an input {missing[0]!r} too.")
        x = [x[tensor.name] for tensor in model.inputs]
    arrays = [np.asarray(one)[None] for one in (x if isinstance(x, list | tuple) else [x])]
    for i, (array, tensor) in enumerate(zip(arrays, model.inputs, strict=False)):
        wanted = tuple(tensor.shape[1:])
        if None not in wanted and array.size == math.prod(wanted):
            arrays[i] = array.reshape(1, *wanted)
    check_fits(model, arrays if len(arrays) > 1 else arrays[0])
    pairs = zip(arrays, model.inputs, strict=True)
    return [array.astype(tensor.dtype) for array, tensor in pairs]
