"""Graph: a Keras model as nodes, one for each call of a layer, and the tensors between them."""

import math
from dataclasses import dataclass, field

from anatomy.models.arguments import arguments, constants
from anatomy.models.words import named, rate, settings


@dataclass(frozen=True)
class Node:
    """One call of a layer.

    ``kind`` is "input", "layer", "operation" (``x + y``), "model" (one nested in the model),
    "block" (``times`` repetitions, folded) or "entry" (where a tensor enters a block).
    ``shapes`` are those of its outputs, () where Keras does not know them. A layer that is
    called several times is as many nodes: this is ``call`` number 1 … ``calls``. ``arguments``
    are pairs (name, text): all that it was made with, and as "constants" what it was called with
    besides tensors. ``inside`` is the Graph of a nested model or of one repetition of a block,
    and ``last`` the same node in the last repetition.
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
    arguments: tuple = field(default=(), repr=False)
    inside: "Graph | None" = None
    times: int = 1
    last: "Node | None" = None

    @property
    def counted(self):
        """Its parameters, 0 from the second call on: they are the same ones."""
        return self.parameters if self.call == 1 else 0


@dataclass(frozen=True)
class Edge:
    """A tensor's way from ``source``, of which it is output number ``output``, to ``target``."""

    source: int
    output: int
    target: int


@dataclass(frozen=True)
class Graph:
    """A model. Nodes come in an order in which they can be computed, branch by branch.

    ``inputs`` are nodes, ``outputs`` pairs (node, number of its output). ``layers`` and
    ``parameters`` count as Keras does: an InputLayer is a layer, except in a Sequential;
    ``frozen`` are the parameters that no training changes. ``wired`` is False where only the
    model's own ``call()`` knows what follows what: nodes are in order of creation, then, and
    there are no edges. ``losses``, one for each output, and ``optimizer`` are "" before
    ``compile()``.
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

    def shape(self, edge):
        """The shape of the tensor on an edge, () where Keras does not know it."""
        shapes = self.nodes[edge.source].shapes
        return shapes[edge.output] if shapes else ()


def graph(model, expand=False):
    """What a model consists of, and what its layers hand to each other.

    Args:
        model: a built keras.Model: Sequential, functional or subclassed.
        expand: whether the models nested in it are opened, at any depth: each node of kind
            "model" has its own Graph ``inside``, then.

    Returns:
        Graph: of a subclassed model, the layers in order of creation.

    Raises:
        TypeError: model is not a keras.Model.
        ValueError: the model is not built, or Keras knows no layer of it.

    Source: keras.io/api/models; what ``model.summary()`` and ``plot_model`` walk.
    """
    check(model)
    # A Sequential has its graph in a functional model of its own.
    functional = getattr(model, "_functional", None) or model
    wired = hasattr(functional, "_nodes_by_depth")
    found = _wired(functional, expand) if wired else _listed(model, expand)
    nodes, edges, inputs, outputs = found
    sequential = hasattr(model, "_functional")
    counted = {node.name for node in nodes if node.kind != "operation"}
    counted -= {node.name for node in nodes if sequential and node.kind == "input"}
    names = getattr(functional, "output_names", ("output",))
    return Graph(
        name=model.name,
        type=type(model).__name__,
        nodes=tuple(nodes),
        edges=tuple(edges),
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        layers=len(counted),
        parameters=_count(model.weights),
        frozen=_count(model.non_trainable_weights),
        wired=wired or sequential,
        losses=_losses(model, names),
        optimizer=_optimizer(model),
    )


def check(model):
    """Raises where there is no graph to read."""
    import keras

    if isinstance(model, keras.Layer) and not isinstance(model, keras.Model):
        raise TypeError(
            f"model is the layer {model.name!r}, a {type(model).__name__}, not a keras.Model: "
            "pass the model that it is part of, or keras.Sequential([keras.Input(shape), layer])."
        )
    if not isinstance(model, keras.Model):
        kind = f"{type(model).__module__}.{type(model).__qualname__}".removeprefix("builtins.")
        raise TypeError(f"model is {model!r}, a {kind}, not a keras.Model: pass a Keras model.")
    if not model.built:
        raise ValueError(
            f"model {model.name!r} is not built, so that no shape in it is known: start it with "
            "keras.Input(shape), or call it once on a batch."
        )
    if not model.layers and not hasattr(model, "_nodes_by_depth"):
        raise ValueError(
            f"model {model.name!r} has no layers that Keras knows: assign them to attributes "
            "of the model, as in self.dense = layers.Dense(10)."
        )


def _wired(model, expand):
    """Nodes, edges, inputs and outputs of a functional model."""
    calls = in_order(model)
    called, origin = {}, {}
    for call in calls:
        called.setdefault(call.operation, []).append(call)
    nodes, edges = [], []
    for number, call in enumerate(calls):
        layer = call.operation
        every = sorted(called[layer], key=layer._inbound_nodes.index)
        shapes = tuple(tuple(tensor.shape) for tensor in call.outputs)
        which = {"call": 1 + every.index(call), "calls": len(every)}
        nodes.append(_node(layer, shapes, expand, constants(call), **which))
        for tensor in call.input_tensors:
            if id(tensor) in origin:
                edges.append(Edge(*origin[id(tensor)], number))
        origin |= {id(tensor): (number, i) for i, tensor in enumerate(call.outputs)}
    inputs = [origin[id(tensor)][0] for tensor in model.inputs]
    return nodes, edges, inputs, [origin[id(tensor)] for tensor in model.outputs]


def in_order(model):
    """The calls of a functional model, inputs first, then branch by branch as the outputs and
    the arguments of each call name them: an order that does not depend on what was made first."""
    made = {id(t): call for calls in model._nodes_by_depth.values() for call in calls
            for t in call.outputs}  # fmt: skip
    todo = [(made[id(tensor)], False) for tensor in [*model.inputs, *model.outputs]][::-1]
    done = {}
    while todo:
        call, ready = todo.pop()
        if ready:
            done.setdefault(id(call), call)
        elif id(call) not in done:
            taken = [made[id(t)] for t in call.input_tensors if id(t) in made]
            todo += [(call, True), *((before, False) for before in reversed(taken))]
    return list(done.values())


def _listed(model, expand):
    """The layers of a subclassed model, and of a Sequential whose layers are not symbolic."""
    nodes = [_node(layer, _built_shape(layer), expand) for layer in model.layers]
    if not hasattr(model, "_functional"):
        return nodes, [], [], []
    pairs = [Edge(i, 0, i + 1) for i in range(len(nodes) - 1)]
    return nodes, pairs, [0], [(len(nodes) - 1, 0)]


def _node(layer, shapes, expand, called_with="", **calls):
    import keras

    kind = "layer" if isinstance(layer, keras.Layer) else "operation"
    if isinstance(layer, keras.layers.InputLayer):
        kind = "input"
    elif isinstance(layer, keras.Model):
        kind = "model"
    opened = kind == "model" and expand and layer.built and layer.layers
    words = f"{len(layer.layers)} layers" if kind == "model" else settings(layer)
    made_with = () if kind == "model" else arguments(layer)  # a model is compared layer by layer
    return Node(
        name=layer.name,
        type=type(layer).__name__,
        kind=kind,
        settings=words,
        shapes=shapes,
        parameters=_count(getattr(layer, "weights", ())),
        trainable=getattr(layer, "trainable", True),
        arguments=(*made_with, ("constants", called_with)),
        inside=graph(layer, expand=True) if opened else None,
        **calls,
    )


def _built_shape(layer):
    """((…),) as far as Keras can say it of a layer that was never called on a symbol."""
    try:
        shape = layer.compute_output_shape(**layer._build_shapes_dict)
        return (tuple(shape),) if all(not isinstance(n, (tuple, list)) for n in shape) else ()
    except Exception:  # whatever a student's own compute_output_shape raises
        return ()


def _count(weights):
    return sum({id(weight): math.prod(weight.shape) for weight in weights}.values())


def _losses(model, names):
    """What compile() got as loss, for each output; "" where it has none."""
    loss = model.loss if model.compiled else None
    if isinstance(loss, dict):
        same = set(loss) <= set(names)
        loss = [loss.get(name) for name in names] if same else list(loss.values())
    if not isinstance(loss, (list, tuple)):
        loss = [loss] * len(names)
    return tuple(map(named, loss))


def _optimizer(model):
    optimizer = model.optimizer if model.compiled else None
    return f"{type(optimizer).__name__}, learning_rate={rate(optimizer)}" if optimizer else ""
