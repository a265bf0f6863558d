"""What can go wrong between layers, data, targets and loss, one kind after the other.

Each is as in `anatomy.explain.kinds`, and asked after those.
"""

import ast
import difflib
import math
import re
import types

import numpy as np

from anatomy.base.words import count, listed
from anatomy.explain import rewrite
from anatomy.explain.kinds import KINDS, first, nearest
from anatomy.explain.source import bound, called, within
from anatomy.layers.shapes import JOINING, in_words, kind
from anatomy.training import private

TRAINING = "fit", "evaluate", "train_on_batch"
NAMESAKES = r"unique names?.*?'(\w+)'|[Nn]ame '(\w+)' is already|The name \"(\w+)\" is used"


# -- graphs and shapes ---------------------------------------------------------------------------


@KINDS.append
def _with_samples(r):
    """an input shape with the samples in it"""
    if not (r.stack or misfit(r) or re.search("input_shape|batch", r.text)):
        return
    shapes = {v.shape for v in r.namespace.values() if arrays(v) and len(v.shape) > 1}
    shapes |= {(*shape, 1) for shape in shapes if len(shape) > 2}
    nodes = [c.args[0] for c in r.cells.calls("Input") if c.args]
    nodes += [k.value for k in r.cells.nodes(ast.keyword) if k.arg in ("shape", "input_shape")]
    for node in nodes:
        if not isinstance(node, ast.Tuple) or len(node.elts) < 2:
            continue
        text = r.cells.text(node.elts[0])
        sizes = tuple(getattr(one, "value", 0) for one in node.elts)
        if sizes in shapes or text == "None" or re.search(r"^len\(|\.shape", text):
            yield (
                f"The shape {r.cells.text(node)} begins with the number of samples. An input shape "
                "is of one sample: Keras adds the axis of the batch."
            )
            yield (
                [r.cells.remove(node.elts[0])]
                if len(node.elts) > 2
                else [r.cells.replace(node, f"({r.cells.text(node.elts[1])},)")]
            )


@KINDS.append
def _twice(r):
    """an input given twice"""
    if "already been configured to use input shape" in r.text:
        yield "The model has an input already, and another one is added."
        for node in r.cells.calls("Input", "InputLayer")[:2]:
            added = called(node.parent) == "add"
            yield [r.cells.remove(within(node, ast.stmt) if added else node)]
        for one in r.cells.nodes(ast.keyword, lambda n: n.arg == "input_shape")[:2]:
            yield [r.cells.remove(one)]


@KINDS.append
def _namesakes(r):
    """a name twice"""
    if name := first(NAMESAKES, r.text):
        yield f"Two layers have the name {name!r}: each layer of a model has its own."
        for node in r.cells.nodes(ast.Constant, lambda n: n.value == name)[:1]:
            yield [r.cells.replace(node, f'"{name}_2"')]


@KINDS.append
def _apart(r):
    """a graph that is not connected"""
    import keras

    if "not connected" not in r.text and "disconnected" not in r.text.lower():
        return
    yield (
        "The outputs were computed from another Input than the one that is given as inputs: no "
        "path leads from one to the other."
    )
    tensors = {k: v for k, v in r.namespace.items() if isinstance(v, keras.KerasTensor)}
    is_input = {k: not private.producer(v)[1].input_tensors for k, v in tensors.items()}
    for argument, inputs in (("inputs", True), ("outputs", False)):
        node = r.argument(argument)
        for name in reversed(tensors) if isinstance(node, ast.Name) else ():
            if is_input[name] == inputs and name != node.id:
                yield [r.cells.replace(node, name)]


def _is_broken(r):
    """Whether a chain of layers was called that breaks."""
    return r.stack is not None and r.stack.broken is not None


@KINDS.append
def _several(r):
    """one tensor wanted, several given"""
    number = first(r"expects 1 input\(s\), but it received (\d+)", r.text)
    if not number or not isinstance(r.inputs, list | tuple) or _is_broken(r):
        return
    yield (
        f"{type(r.layer).__name__} takes one tensor, and was called on {number}. A layer such as "
        "Concatenate makes one of them."
    )
    if isinstance(r.call, ast.Call) and isinstance(r.call.func, ast.Call):
        joined = rewrite.prefixed(r, r.call.func, "layers.Concatenate()")
        more = len(r.call.args) > 1
        yield [r.cells.positional(r.call, f"{joined}({'[' * more}", f"{']' * more})")]


def _joins(r):
    """The name of a layer that joins several tensors; "" for any other."""
    name = kind(r.layer if r.layer is not None else r.owner)
    return name if name in JOINING and "Attention" not in name else ""


@KINDS.append
def _in_one_list(r):
    """several tensors wanted"""
    if _joins(r) and isinstance(r.call, ast.Call) and len(r.call.args) > 1:
        yield f"{_joins(r)} joins several tensors, which it takes in one list."
        yield [r.cells.positional(r.call, "[", "]")]


@KINDS.append
def _joining(r):
    """tensors that cannot be joined"""
    name, tensors = _joins(r), r.inputs if isinstance(r.inputs, list | tuple) else []
    shapes = [tuple(x.shape) for x in tensors if hasattr(x, "shape")]
    if name and len(set(shapes)) > 1:
        yield f"{name} joins tensors of shapes that go together, and these are {listed(shapes)}."
        for k, other in ((1, 0), (0, 1)):
            yield from _alike(r, k, shapes[k], shapes[other])


def _alike(r, k, shape, other):
    """Yields a tensor of another shape: of other units, of the same padding, or flattened."""
    layer = private.producer(r.inputs[k])[0]
    (node,) = rewrite.written(r, [layer])
    if node is not None and shape[:-1] == other[:-1]:
        name = "units" if hasattr(layer, "units") else "filters"
        yield [r.cells.keyword(node, name, str(other[-1]), 0)]
    if node is not None and getattr(layer, "padding", "") == "valid":
        yield [r.cells.keyword(node, "padding", '"same"')]
    if node is not None and len(shape) > len(other) == 2 and isinstance(r.call.args[0], ast.List):
        flat = rewrite.prefixed(r, node, "layers.Flatten()")
        yield [r.cells.wrap(r.call.args[0].elts[k], f"{flat}(", ")")]


@KINDS.append
def _no_tensor(r):
    """a layer on what is no tensor"""
    import keras

    if re.search("values must be KerasTensors", r.text):
        yield (
            "keras.Model takes what keras.Input() and layers return. Data are passed to fit() and "
            "predict()."
        )
    elif "Only input tensors may be passed" in r.text and r.layer is not None:
        it = r.inputs[0] if isinstance(r.inputs, list) and r.inputs else r.inputs
        what = f"the layer {type(it).__name__}" if isinstance(it, keras.Layer) else "Python numbers"
        yield (
            f"{type(r.layer).__name__} was called on {what}. A layer takes arrays, or what another "
            "layer returns when it is called."
        )
        if r.name_of(np) and r.call.args:
            for before, after in (("(", ")"), ("([", "])")):
                yield [r.cells.wrap(r.call.args[0], f"{r.name_of(np)}.array{before}", after)]


# -- data ----------------------------------------------------------------------------------------


def arrays(value):
    """Whether something is an array, with a shape and a dtype."""
    return isinstance(getattr(value, "shape", None), tuple) and hasattr(value, "dtype")


def misfit(r):
    """(shape of the data, shape of the input), where a model was called on other data."""
    import keras

    if r.model is None or not arrays(r.x):
        return None
    takes = private.sequence(r.model)[0] if isinstance(r.model, keras.Sequential) else None
    if takes is None and len(inputs := getattr(r.model, "inputs", None) or ()) == 1:
        takes = inputs[0].shape
    if not isinstance(takes, tuple):
        return None
    x = tuple(r.x.shape)
    pairs = zip(x[1:], takes[1:], strict=False)
    fits = len(x) == len(takes) and all(b in (None, a) for a, b in pairs)
    return None if fits else (x, takes)


@KINDS.append
def _not_numbers(r):
    """no numbers"""
    edits, sentence = [], ""
    for name, value in {"x": r.x, "y": r.y}.items():
        value = value.to_numpy() if hasattr(value, "to_numpy") else value
        node = r.argument(name)
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "OUSMm" or node is None:
            continue
        sentence = sentence or f"{name} is an array of dtype {value.dtype}: it holds {_held(value)}"
        np_ = r.name_of(np)
        if _as_floats(value):
            edits.append(r.cells.wrap(node, "", '.astype("float32")'))
        elif name == "y" and value.ndim == 1 and value.dtype.kind not in "Mm" and np_:
            edits.append(r.cells.wrap(node, f"{np_}.unique(", ", return_inverse=True)[1]"))
        else:
            edits.append(None)
    if sentence:
        yield sentence
        yield edits


def _held(value):
    if _as_floats(value):
        return "numbers as objects or text. Keras takes arrays of numbers."
    odd = next((v for v in value.ravel() if not isinstance(v, int | float)), "")
    of = {"M": "dates", "m": "spans of time"}.get(value.dtype.kind, "text")
    return (
        f"{of}, such as {str(odd)!r}. Keras takes numbers: leave such a column out, or turn each "
        "of its values into a number."
    )


def _as_floats(value):
    """Whether an array can be turned into one of numbers that mean the same."""
    try:
        return value.dtype.kind not in "Mm" and value.astype("float32") is not None
    except (TypeError, ValueError):
        return False


@KINDS.append
def _no_array(r):
    """a list in the place of an array"""
    names = [n for n in ("x", "y") if isinstance(v := r.arguments.get(n), list | tuple)
             and not any(map(arrays, v[:1]))]  # fmt: skip
    if not names or "Unrecognized data type" not in r.text:
        return
    are = "is a Python list" if len(names) == 1 else "are Python lists"
    yield f"{listed(names)} {are}. fit() takes an array; a list stands for several inputs."
    nodes = [r.argument(name) for name in names]
    if r.name_of(np) and None not in nodes:
        yield [r.cells.wrap(node, f"{r.name_of(np)}.array(", ")") for node in nodes]


@KINDS.append
def _cardinality(r):
    """not as many samples"""
    if "cardinality" not in r.text:
        return
    names = "x", "y", "sample_weight"
    sizes = {n: len(v) for n in names if arrays(v := r.arguments.get(n))}
    rows = listed(f"{name} has {count(size, 'row')}" for name, size in sizes.items())
    yield f"Each sample needs its target: {rows}."
    for name, other in (("y", "x"), ("x", "y")):
        node, value = r.argument(name), r.arguments.get(name)
        if isinstance(node, ast.Name) and len(sizes) == 2:
            stem = r.cells.text(r.argument(other))
            fit = [k for k, v in r.namespace.items()
                   if arrays(v) and v.shape == (sizes[other], *value.shape[1:])]  # fmt: skip
            fit.sort(key=lambda k, s=stem: -difflib.SequenceMatcher(None, k[1:], s[1:]).ratio())
            yield from ([r.cells.replace(node, k)] for k in fit[:1])


@KINDS.append
def _no_targets(r):
    """no targets"""
    if r.function == "fit" and r.y is None and arrays(r.x):
        yield "fit() got no targets: fit(x, y) compares the predictions for x with y."


@KINDS.append
def _inputs(r):
    """several inputs"""
    names = [one.name for one in getattr(r.model, "inputs", None) or ()]
    if len(names) > 1 and r.function != "__init__" and arrays(r.x):
        yield (
            f"The model has {len(names)} inputs, {listed(map(repr, names))}, and the data are one "
            "array: pass a list or a dict of arrays."
        )


@KINDS.append
def _other_names(r):
    """inputs by other names"""
    names = [one.name for one in getattr(r.model, "inputs", None) or ()]
    if isinstance(r.x, dict) and names and not set(names) <= set(r.x):
        of_data, of_inputs = (listed(map(repr, one)) for one in (r.x, names))
        yield f"The data are named {of_data}; the inputs of the model are {of_inputs}."
        yield _keys(r, r.argument("x"), names)


def _keys(r, node, names):
    """Edits that give a dict in the student's code these keys; [] where that is not clear."""
    node, edits = bound(r.cells, node), []
    keys = [getattr(key, "value", "") for key in getattr(node, "keys", ())]
    free = [name for name in names if name not in keys]
    for name in (name for name in keys if name not in names):
        near = nearest(name, free) or (free[0] if len(free) == 1 else "")
        if not near:
            return []
        edits.append(r.cells.replace(node.keys[keys.index(name)], f'"{near}"'))
    return edits


@KINDS.append
def _other_weights(r):
    """other weights"""
    if r.function in ("load_weights", "set_weights"):
        yield (
            "These weights are of another architecture. Build the model that they were saved from, "
            "with the same layers and sizes."
        )


@KINDS.append
def _other_data(r):
    """data that are not what the model takes"""
    if not (it := misfit(r)):
        return
    x, takes = it
    one = len(x) < len(takes) and x == takes[1 : len(x) + 1]
    same = sorted(map(str, x[1:])) == sorted(map(str, takes[1:]))
    values = None not in takes[1:] and math.prod(x[1:]) == math.prod(takes[1:])
    hint = " The sizes are the same in another order." * (same and len(x) > 3)
    hint = hint or " Both have the same number of values." * values
    data = f"{in_words((None, *x[1:]))} a sample"
    data = "one sample, without the axis of the samples" if one else data
    yield f"The data are {x}: {data}. The model takes {takes}, {in_words(takes)}.{hint}"
    node = r.argument("x") if r.function != "__call__" else r.call.args[0]
    other = getattr(r.argument("validation_data"), "elts", [None])[0]
    for nodes in ([node, other], [node]):
        if None in nodes:
            continue
        k = getattr(getattr(node, "slice", None), "value", None)
        if one and isinstance(k, int):
            yield [r.cells.replace(node.slice, f"{k}:{k + 1}")]
        inner = range(1, len(x))
        turned = ((0, *inner[1:], 1), (0, inner[-1], *inner[:-1])) if same and inner[1:] else ()
        calls = [f".transpose{axes}" for axes in turned]
        calls = ["[None]"] * one + calls + [f".reshape{(-1, *takes[1:])}"] * values
        yield from ([r.cells.wrap(n, "", call) for n in nodes] for call in calls)
    for call in r.cells.calls("Input", "InputLayer"):
        yield [r.cells.keyword(call, "shape", str(x[1:]), 0)]
    for one in r.cells.nodes(ast.keyword, lambda n: n.arg == "input_shape"):
        yield [r.cells.replace(one.value, str(x[1:]))]


# -- layers, outputs, targets --------------------------------------------------------------------


@KINDS.append
def _broken(r):
    """layers that do not fit"""
    if _is_broken(r):
        yield r.stack.broken.why
        yield from rewrite.of_stack(r)


@KINDS.append
def _heads(r):
    """several outputs"""
    names = list(getattr(r.model, "output_names", None) or ())
    if len(names) < 2 or r.function not in TRAINING:
        return
    y, loss = r.y, private.compile_settings(r.model).get("loss")
    keys = loss if isinstance(loss, dict) and not set(loss) <= set(names) else None
    if keys:
        wrong = f"the losses are for {listed(map(repr, loss))}"
    elif isinstance(loss, list) and len(loss) != len(names):
        wrong = f"compile() got {count(len(loss), 'loss', 'losses')}"
    elif isinstance(y, dict) and set(y) != set(names):
        wrong = f"the targets are for {listed(map(repr, y))}"
    elif arrays(y):
        wrong = "the targets are one array"
    elif isinstance(y, list | tuple) and len(y) != len(names):
        wrong = f"there are targets for {len(y)}"
    else:
        return
    yield f"The model has {len(names)} outputs, {listed(map(repr, names))}, and {wrong}."
    for call in r.cells.calls("compile")[:1] if keys else ():
        yield _keys(r, rewrite.given(call, "loss", 1), names)
    if isinstance(y, dict):
        yield _keys(r, r.argument("y"), names)


@KINDS.append
def _doctor(r):
    """output, loss and targets"""
    if r.model is None or not r.model.compiled or r.y is None:
        return
    found = rewrite.of_doctor(r, r.model, r.y)
    for number, (sentence, changes) in enumerate(found):
        if not number:
            yield sentence
        yield from changes


@KINDS.append
def _generator(r):
    """a generator of another form"""
    if isinstance(x := r.arguments.get("x"), types.GeneratorType):
        yield (
            f"fit() takes a generator of batches: {x.gi_code.co_name}() should yield a tuple "
            "(x, y) of arrays, whose first axis is that of the samples."
        )
        for node in r.cells.nodes(ast.Yield):
            if isinstance(node.value, ast.List):
                yield [r.cells.replace(node.value, ", ".join(map(r.cells.text, node.value.elts)))]
