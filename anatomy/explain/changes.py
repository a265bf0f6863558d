"""Edits of the student's lines that may help: each yields lists of them, the likeliest first.

Of the `Raised` error r, and of what the clue to its kind found.
"""

import ast
import difflib
import re

import numpy as np

from anatomy.explain import rewrite
from anatomy.explain.clues import is_array, nearest
from anatomy.explain.source import bound, called, given, within
from anatomy.training import private


def before_call(r, function):
    """Weights in ``__init__()``, or in ``build()``."""
    line = within(r.inner, ast.stmt)
    text, x, gone = r.cells.text(line), function.args.args[1].arg, r.cells.remove(line)
    for one in function.parent.body if f"{x}.shape" not in text else ():
        if getattr(one, "name", "") == "__init__":
            yield [gone, r.cells.line(one.body[-1], text, after=True)]
    body = f"{' ' * line.col_offset}{text.replace(f'{x}.shape', 'input_shape')}\n"
    yield [gone, r.cells.line(function, f"def build(self, input_shape):\n{body}")]


def on_symbols(r, own):
    """``keras.ops`` in the place of NumPy, and no ``float()``."""
    import keras

    edits = []
    for node in ast.walk(own):
        is_np = isinstance(node, ast.Attribute) and r.value(node.value) is np
        if is_np and hasattr(keras.ops, node.attr):
            edits.append(r.cells.replace(node, f"keras.ops.{node.attr}"))
        elif called(node) in ("float", "int") and len(node.args) == 1:
            edits.append(r.cells.replace(node, r.cells.text(node.args[0])))
    yield edits


def renamed(r, slip):
    """The nearest name in the place of one that is not known: quoted, or wherever it stands."""
    name, near = slip.name, slip.near
    if slip.node is not None and near:
        yield [r.cells.replace(slip.node, f'"{near}"')]
    if slip.node is not None or not near:
        return
    for node in r.cells.nodes(ast.Attribute | ast.alias | ast.keyword):
        if name == getattr(node, "attr", getattr(node, "name", getattr(node, "arg", ""))):
            before, _, after = r.cells.text(node).rpartition(name)
            if isinstance(node, ast.keyword):
                before, after = "", r.cells.text(node)[len(name) :]
            yield [r.cells.replace(node, before + near + after)]
    for node in r.cells.nodes(ast.Import | ast.ImportFrom):
        text = re.sub(rf"\b{slip.where}\.{name}\b", f"{slip.where}.{near}", r.cells.text(node))
        yield [r.cells.replace(node, text)] * (text != r.cells.text(node))


def in_list(r, it):
    """What was passed one after the other, in one list."""
    yield [r.cells.positional(r.call, "[", "]")]


def compiled(r, model):
    """A line with ``compile()``, with a loss for the last activation."""
    layer = getattr(model, "layers", [None])[-1]
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    rows = r.y is not None and np.ndim(r.y) > 1 and np.shape(r.y)[-1] > 1
    softmax = "categorical_crossentropy" if rows else "sparse_categorical_crossentropy"
    loss = {"softmax": softmax, "sigmoid": "binary_crossentropy"}.get(activation, "mse")
    name = r.cells.text(r.call.func.value)
    yield [r.cells.line(r.call, f'{name}.compile(optimizer="adam", loss="{loss}")')]


def own_optimizer(r, it):
    """The optimizer created anew where the model is compiled."""
    for call in r.cells.calls("compile")[:1]:
        node = given(call, "optimizer", 0)
        if (value := bound(r.cells, node)) is not node:
            yield [r.cells.replace(node, r.cells.text(value))]


# -- graphs and shapes ---------------------------------------------------------------------------


def without_samples(r, shape):
    """The shape of one sample."""
    if len(shape.elts) > 2:
        yield [r.cells.remove(shape.elts[0])]
    else:
        yield [r.cells.replace(shape, f"({r.cells.text(shape.elts[1])},)")]


def one_input(r, it):
    """The model without its last ``Input``, or without that before it."""
    for node in r.cells.calls("Input", "InputLayer")[:2]:
        added = called(node.parent) == "add"
        yield [r.cells.remove(within(node, ast.stmt) if added else node)]
    for one in r.cells.nodes(ast.keyword, lambda n: n.arg == "input_shape")[:2]:
        yield [r.cells.remove(one)]


def another_name(r, name):
    """Another name for the later of the two layers."""
    for node in r.cells.nodes(ast.Constant, lambda n: n.value == name)[:1]:
        yield [r.cells.replace(node, f'"{name}_2"')]


def connected(r, it):
    """Another Input, or other outputs, that the student has; or the Input not created anew."""
    import keras

    tensors = {k: v for k, v in r.namespace.items() if isinstance(v, keras.KerasTensor)}
    is_input = {k: not private.producer(v)[1].input_tensors for k, v in tensors.items()}
    for argument, inputs in (("inputs", True), ("outputs", False)):
        node = r.argument(argument)
        for name in reversed(tensors) if isinstance(node, ast.Name) else ():
            if is_input[name] == inputs and name != node.id:
                yield [r.cells.replace(node, name)]
    node = r.argument("inputs")
    if (value := bound(r.cells, node)) is not node:
        yield [r.cells.remove(within(value, ast.stmt))]


def one_tensor(r, number):
    """A Concatenate before the layer."""
    if isinstance(r.call, ast.Call) and isinstance(r.call.func, ast.Call):
        joined = rewrite.prefixed(r, r.call.func, "layers.Concatenate()")
        more = len(r.call.args) > 1
        yield [r.cells.positional(r.call, f"{joined}({'[' * more}", f"{']' * more})")]


def alike(r, shapes):
    """A tensor of another shape: of other units, of the same padding, or flattened."""
    padded, elements = [], getattr(r.call.args[0], "elts", ())
    for k, (shape, other) in ((1, (shapes[1], shapes[0])), (0, shapes[:2])):
        layer = private.producer(r.inputs[k])[0]
        (node,) = rewrite.written(r, [layer])
        if node is None:
            continue
        if shape[:-1] == other[:-1]:
            name = "units" if hasattr(layer, "units") else "filters"
            yield [r.cells.keyword(node, name, str(other[-1]), 0)]
        if getattr(layer, "padding", "") == "valid":
            padded.append(r.cells.keyword(node, "padding", '"same"'))
            yield padded[-1:]
        if elements and len(shape) > len(other) == 2:
            flat = rewrite.prefixed(r, node, "layers.Flatten()")
            yield [r.cells.wrap(elements[k], f"{flat}(", ")")]
    yield padded


def as_array(r, it):
    """An array of the numbers: a batch of them, or one sample."""
    if r.name_of(np) and r.call.args:
        for before, after in (("(", ")"), ("([", "])")):
            yield [r.cells.wrap(r.call.args[0], f"{r.name_of(np)}.array{before}", after)]


# -- data ----------------------------------------------------------------------------------------


def arrays(r, names):
    """Arrays in the place of lists."""
    nodes = [r.argument(name) for name in names]
    if r.name_of(np) and None not in nodes:
        yield [r.cells.wrap(node, f"{r.name_of(np)}.array(", ")") for node in nodes]


def as_many(r, sizes):
    """An array of the student's that has as many samples, the one whose name is most alike."""
    for name, other in (("y", "x"), ("x", "y")):
        node, value = r.argument(name), r.arguments.get(name)
        if isinstance(node, ast.Name) and len(sizes) == 2:
            stem = r.cells.text(r.argument(other))
            fit = [k for k, v in r.namespace.items()
                   if is_array(v) and v.shape == (sizes[other], *value.shape[1:])]  # fmt: skip
            fit.sort(key=lambda k, s=stem: -difflib.SequenceMatcher(None, k[1:], s[1:]).ratio())
            yield from ([r.cells.replace(node, k)] for k in fit[:1])


def keys(r, node, names):
    """Edits that give a dict in the student's code these keys; [] where that is not clear."""
    node, edits = bound(r.cells, node), []
    own = [getattr(key, "value", "") for key in getattr(node, "keys", ())]
    free = [name for name in names if name not in own]
    for name in (name for name in own if name not in names):
        near = nearest(name, free) or (free[0] if len(free) == 1 else "")
        if not near:
            return []
        edits.append(r.cells.replace(node.keys[own.index(name)], f'"{near}"'))
    return edits


def fitting(r, it):
    """Data in the shape that the model takes; then an Input in that of the data."""
    node = r.argument("x") if r.function != "__call__" else r.call.args[0]
    other = getattr(r.argument("validation_data"), "elts", [None])[0]
    last = len(it.x) - 1
    turned = ((0, *range(2, last + 1), 1), (0, last, *range(1, last))) if it.same else ()
    calls = ["[None]"] * it.one + [f".transpose{axes}" for axes in turned]
    calls += [f".reshape{(-1, *it.takes[1:])}"] * it.values
    for nodes in ([node, other], [node]):
        if None in nodes:
            continue
        k = getattr(getattr(node, "slice", None), "value", None)
        if it.one and isinstance(k, int):
            yield [r.cells.replace(node.slice, f"{k}:{k + 1}")]
        yield from ([r.cells.wrap(n, "", call) for n in nodes] for call in calls)
    for call in r.cells.calls("Input", "InputLayer"):
        yield [r.cells.keyword(call, "shape", str(it.x[1:]), 0)]
    for one in r.cells.nodes(ast.keyword, lambda n: n.arg == "input_shape"):
        yield [r.cells.replace(one.value, str(it.x[1:]))]


def headed(r, it):
    """Losses or targets by the names of the outputs."""
    for call in r.cells.calls("compile")[:1]:
        yield keys(r, given(call, "loss", 1), r.outputs_of)
    yield keys(r, r.argument("y"), r.outputs_of)


def tuples(r, it):
    """``yield x, y`` in the place of ``yield [x, y]``."""
    for node in r.cells.nodes(ast.Yield, lambda n: isinstance(n.value, ast.List)):
        yield [r.cells.replace(node.value, ", ".join(map(r.cells.text, node.value.elts)))]
