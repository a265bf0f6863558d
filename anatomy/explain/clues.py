"""What an error tells, and the code and objects behind it: clues to its kind.

Each is a function of a `Raised` r; what it returns is true where the kind applies, and is what was
found.
"""

import ast
import importlib
import math
import re
import types
from dataclasses import dataclass

import numpy as np

from anatomy.base.words import count, listed
from anatomy.data import gate
from anatomy.explain import old
from anatomy.explain.source import called, within
from anatomy.layers.shapes import JOINING, in_words, kind
from anatomy.training import private
from anatomy.training.runner import identifiers

COULD_NOT = r"[Cc]ould not (interpret|locate|find)|Unknown|one of \{"
ARGUMENT = (
    r"unexpected keyword argument '(\w+)'|(?:[Uu]nrecognized keyword arguments|"
    r"[Aa]rgument\(s\) not (?:recognized|supported)).*?'(\w+)'"
)
WHOLE = (
    r"invalid value for|expected a positive integer|must be an? int|cannot be interpreted|"
    r"not supported between|can only concatenate|indices must be integers"
)
CREATED = r"new elements of state|create a variable|add new .* variables"
NO_CALL = r"Only instances of|Received: <class|type 'type'|missing 1"
TRAINING = "fit", "evaluate", "train_on_batch"


def first(pattern, r):
    """What a pattern finds in an error: its first group that matched; "" for nothing."""
    found = re.search(pattern, f"{r.kind}: {r.text}")
    return found and next(filter(None, found.groups()), found[0])


def is_array(value):
    """Whether something is an array, with a shape and a dtype."""
    return isinstance(getattr(value, "shape", None), tuple) and hasattr(value, "dtype")


# -- own code ------------------------------------------------------------------------------------


def without_super(r):
    """The ``__init__()`` of a layer of the student's that does not call that of its base."""
    things = [getattr(r.error, "obj", None), r.owner, r.layer, *r.arguments.values()]
    names = {type(one).__name__ for one in things} | {*re.findall(r"In layer '(\w+)', you", r.text)}
    return next((one for own in r.cells.nodes(ast.ClassDef, lambda n: n.name in names)
                 for one in own.body if getattr(one, "name", "") == "__init__"
                 and "super" not in r.cells.text(one)), None)  # fmt: skip


def in_call(r):
    """The ``call()`` that creates weights."""
    return first(CREATED, r) and getattr(r.scope, "name", "") == "call" and r.scope


def lost(r):
    """Whether an earlier ``fit()`` took the model's weights away."""
    return "'NoneType' object is not callable" in r.text and r.model and private.lost(r.model)


# -- names ---------------------------------------------------------------------------------------


@dataclass
class Slip:
    """A name that is not known, and the nearest that is, or "".

    ``where``: it is not known, in words. ``node``: the one that it is, where only one is.
    """

    name: str
    near: str
    where: str = ""
    node: ast.expr | None = None

    def __str__(self):
        return f"the nearest is {self.near!r}." if self.near else "nothing has a name like it."


def nearest(name, names):
    """The name that is most like another one; "" where none is like it."""
    written = {one for one in names if one.islower() == name.islower()}  # as it is: mse, not MSE
    for some in (written, names):
        low = {one.lower().replace("_", ""): one for one in sorted(some, reverse=True)}
        if near := gate.nearest(name.lower().replace("_", ""), low):
            return low[near]
    return ""


def misspelt(r):
    """The `Slip` of a name in quotes."""
    for node in r.cells.nodes(ast.Constant) if first(COULD_NOT, r) else ():
        name, known = node.value, identifiers()
        if not isinstance(name, str) or not name or name in known or not within(node, ast.Call):
            continue
        if re.search(rf"\b{re.escape(name)}\b", r.text):
            allowed = {*re.findall(r"'(\w+)'", r.text)} - {name} if "one of {" in r.text else known
            return Slip(name, nearest(name, allowed), node=node)
    return None


def half_a_model(r):
    """Whether ``keras.Model`` got its inputs or its outputs alone."""
    return first(ARGUMENT, r) in ("inputs", "outputs") and isinstance(r.call, ast.Call)


def argument(r):
    """The `Slip` of an argument's name."""
    if (name := first(ARGUMENT, r)) and isinstance(r.call, ast.Call):
        near = nearest(name, old.parameters(r.value(r.call.func)))
        return Slip(name, near, called(r.call))
    return None


def curve(r):
    """The `Slip` of a name in a history."""
    if r.history is None:
        return None
    name, names = r.error.args[0], list(r.history.history)
    return Slip(name, nearest(str(name), names), listed(map(repr, names)), r.inner.slice)


def unknown(r):
    """The `Slip` of an attribute, or of what was to be imported."""
    error, thing = r.error, getattr(r.error, "obj", None)
    if isinstance(error, AttributeError) and "has no attribute" in r.text and thing is not None:
        name, where = error.name, getattr(thing, "__name__", f"a {type(thing).__name__}")
    elif isinstance(error, ImportError) and (name := first(r"import name '(\w+)'", r)):
        where, thing = error.name, importlib.import_module(error.name)
    elif isinstance(error, ImportError) and re.fullmatch(r"keras(\.\w+)+", error.name or ""):
        where, _, name = error.name.rpartition(".")
        thing = importlib.import_module(where)
    else:
        return None
    return Slip(name, nearest(name, {n for n in dir(thing) if not n.startswith("_")}), where)


def classes(r):
    """Nodes of classes of layers that stand in a list, or are added to a model."""
    import keras

    def is_class(node):
        value, parent = r.value(node), node.parent
        placed = isinstance(parent, ast.List) or (called(parent) == "add" and node in parent.args)
        return placed and isinstance(value, type) and issubclass(value, keras.layers.Layer)

    return first(NO_CALL, r) and r.cells.nodes(ast.Attribute | ast.Name, is_class)


def unlisted(r):
    """Whether ``keras.Sequential`` got its layers one after the other."""
    import keras

    one = isinstance(r.arguments.get("layers"), keras.layers.Layer | keras.KerasTensor)
    return one and len(getattr(r.call, "args", ())) > 1


def no_shape(r):
    """The node of a number that stands for a shape."""
    size = first(r"Cannot convert '(\d+)' to a shape", r)
    return next(iter(r.cells.nodes(ast.Constant, lambda n: size and str(n.value) == size)), None)


def no_whole(r):
    """The node of a text or a fraction that stands for a whole number."""
    for node in ast.walk(r.call) if r.call is not None and first(WHOLE, r) else ():
        value = getattr(node, "value", None)
        if isinstance(value, str | float) and re.fullmatch(r"\d+(\.\d*)?", str(value)):
            return node
    return None


# -- graphs and shapes ---------------------------------------------------------------------------


def with_samples(r):
    """The node of a shape that begins with the number of samples."""
    if not (r.stack or misfit(r) or re.search("input_shape|batch", r.text)):
        return None
    shapes = {v.shape for v in r.namespace.values() if is_array(v) and len(v.shape) > 1}
    shapes |= {(*shape, 1) for shape in shapes if len(shape) > 2}
    nodes = [c.args[0] for c in r.cells.calls("Input") if c.args]
    nodes += [k.value for k in r.cells.nodes(ast.keyword) if k.arg in ("shape", "input_shape")]
    for node in nodes:
        if isinstance(node, ast.Tuple) and len(node.elts) > 1:
            text = r.cells.text(node.elts[0])
            sizes = tuple(getattr(one, "value", 0) for one in node.elts)
            if sizes in shapes or text == "None" or re.search(r"^len\(|\.shape", text):
                return node
    return None


def several(r):
    """How many tensors a layer got that takes one."""
    number = first(r"expects 1 input\(s\), but it received (\d+)", r)
    return number and isinstance(r.inputs, list | tuple) and not r.broken and number


def joins(r):
    """The name of a layer that joins several tensors; "" for any other."""
    name = kind(r.layer if r.layer is not None else r.owner)
    return name if name in JOINING and "Attention" not in name else ""


def unlike(r):
    """The shapes of tensors that were to be joined, where they differ."""
    tensors = r.inputs if isinstance(r.inputs, list | tuple) else []
    shapes = [tuple(x.shape) for x in tensors if hasattr(x, "shape")]
    return joins(r) and len(set(shapes)) > 1 and shapes


def no_tensor(r):
    """What a layer was called on."""
    import keras

    if "Only input tensors may be passed" not in r.text or r.layer is None:
        return ""
    it = r.inputs[0] if isinstance(r.inputs, list) and r.inputs else r.inputs
    return f"the layer {type(it).__name__}" if isinstance(it, keras.Layer) else "Python numbers"


# -- data ----------------------------------------------------------------------------------------


@dataclass
class Misfit:
    """Data that are not what a model takes, as a sentence; x, takes: the shapes.

    ``one``: whether it is a single sample. ``same``: whether the sizes are the same in another
    order. ``values``: whether there are as many values.
    """

    x: tuple
    takes: tuple

    def __post_init__(self):
        x, takes = self.x, self.takes
        self.one = len(x) < len(takes) and x == takes[1 : len(x) + 1]
        self.same = sorted(map(str, x[1:])) == sorted(map(str, takes[1:])) and len(x) > 2
        self.values = None not in takes[1:] and math.prod(x[1:]) == math.prod(takes[1:])

    def __str__(self):
        x, takes = self.x, self.takes
        data = f"{in_words((None, *x[1:]))} a sample"
        data = "one sample, without the axis of the samples" if self.one else data
        hint = " Both have the same number of values." * self.values
        if self.same and len(x) > 3:
            hint = " The sizes are the same in another order."
        return f"The data are {x}: {data}. The model takes {takes}, {in_words(takes)}.{hint}"


def misfit(r):
    """The `Misfit`, where a model of one input was called on other data."""
    if is_array(r.x) and len(r.inputs_of) == 1:
        try:
            gate.check_fits(r.model, r.x)
        except ValueError:
            return Misfit(tuple(r.x.shape), r.model.inputs[0].shape)
    return None


def no_numbers(r):
    """(sentence, edits): what stands in x and y that is no number."""
    edits, sentence, np_ = [], "", r.name_of(np)
    for name, value in {"x": r.x, "y": r.y}.items():
        value = value.to_numpy() if hasattr(value, "to_numpy") else value
        node = r.argument(name)
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "OUSMm" or node is None:
            continue
        try:
            gate.check_values((value,) if name == "x" else (None, value))
        except TypeError as error:
            words = str(error)
        if _as_floats(value):
            words = f"{name} is of dtype {value.dtype}: numbers as text or objects."
            edits.append(r.cells.wrap(node, "", '.astype("float32")'))
        elif name == "y" and value.ndim == 1 and value.dtype.kind not in "Mm" and np_:
            edits.append(r.cells.wrap(node, f"{np_}.unique(", ", return_inverse=True)[1]"))
        else:
            edits.append(None)
        sentence = sentence or words
    return sentence and (sentence, edits)


def _as_floats(value):
    """Whether an array can be turned into one of numbers that mean the same."""
    try:
        return value.dtype.kind not in "Mm" and value.astype("float32") is not None
    except (TypeError, ValueError):
        return False


def lists(r):
    """The names of the arguments that are Python lists of numbers."""
    return "Unrecognized data type" in r.text and [
        name for name in ("x", "y") if isinstance(value := r.arguments.get(name), list | tuple)
        and not any(map(is_array, value[:1]))]  # fmt: skip


def unequal(r):
    """dict of the names of arguments -> how many samples they have."""
    names = ("x", "y", "sample_weight") if "cardinality" in r.text else ()
    return {n: len(v) for n in names if is_array(v := r.arguments.get(n))}


def other_names(r):
    """The names of the inputs, where the data have others."""
    return isinstance(r.x, dict) and not set(r.inputs_of) <= set(r.x) and r.inputs_of


def heads(r):
    """What is not there for each of several outputs."""
    names, y = r.outputs_of, r.y
    if len(names) < 2 or r.function not in TRAINING:
        return ""
    loss = private.compile_settings(r.model).get("loss")
    if isinstance(loss, dict) and not set(loss) <= set(names):
        return f"the losses are for {listed(map(repr, loss))}"
    if isinstance(loss, list) and len(loss) != len(names):
        return f"compile() got {count(len(loss), 'loss', 'losses')}"
    if isinstance(y, dict) and set(y) != set(names):
        return f"the targets are for {listed(map(repr, y))}"
    if is_array(y):
        return "the targets are one array"
    few = isinstance(y, list | tuple) and len(y) != len(names)
    return f"there are targets for {len(y)}" if few else ""


def generator(r):
    """The name of the function that makes the batches."""
    x = r.arguments.get("x")
    return isinstance(x, types.GeneratorType) and x.gi_code.co_name
