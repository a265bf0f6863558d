"""What an error tells, and the code and objects behind it: clues to its kind.

Each is a function of a `Raised` r; what it returns is true where the kind applies, and is what was
found. The error has the pattern of the kind.
"""

import ast
import builtins
import importlib
import inspect
import math
import re
import types
from dataclasses import dataclass

from anatomy.base.words import listed
from anatomy.data import calls, gate
from anatomy.explain import old
from anatomy.explain.source import called, given
from anatomy.layers.shapes import JOINING, kind, ranks
from anatomy.lazy import keras
from anatomy.training import errors, private

ARGUMENT = r"(?:unexpected keyword|nrecognized keyword|[Aa]rgument\(s\) not) .*?'(\w+)'"
#: Names that other libraries have.
ELSEWHERE = {"logistic": "sigmoid", "identity": "linear", "rmse": "RootMeanSquaredError"}
TRAINING = "fit", "evaluate", "train_on_batch"


def first(pattern, r):
    """What a pattern finds in an error: its first group that matched; "" for nothing."""
    found = re.search(pattern, f"{r.kind}: {r.text}")
    return found and next(filter(None, found.groups()), found[0])


def is_array(value):
    """Whether something is an array, with a shape and a dtype, and no symbol."""
    shaped = isinstance(getattr(value, "shape", None), tuple) and hasattr(value, "dtype")
    return shaped and type(value).__name__ != "KerasTensor"


def arrays(r):
    """dict of the student's names of arrays -> the array."""
    return {name: value for name, value in r.namespace.items() if is_array(value)}


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
    return getattr(r.scope, "name", "") == "call" and r.scope


def lost(r):
    """Whether an earlier ``fit()`` took the model's weights away."""
    return r.model and private.lost(r.model)


# -- names ---------------------------------------------------------------------------------------


@dataclass
class Slip:
    """A name that is not known, and the nearest that is, or ""; ``where``: it is not, in words."""

    name: str
    near: str
    where: str = ""

    def __str__(self):
        return f"the nearest is {self.near!r}." if self.near else "nothing has a name like it."


def misspelt(r):
    """The `Slip` of a name in quotes."""
    known = errors.identifiers()
    words = {*re.findall(r"\w+", r.text)} - known
    for node in r.cells.nodes(ast.Constant, lambda n: n.value in words)[:1]:
        name = node.value
        allowed = {*re.findall(r"'(\w+)'", r.text)} - {name} if "one of {" in r.text else known
        return Slip(name, ELSEWHERE.get(name.lower()) or calls.nearest(name, allowed))
    return None


def unimported(r):
    """dict of the public names of Keras's that nothing binds -> the module that has them."""
    known = {*r.namespace, *vars(builtins)}.union(*(s.binds for s in r.cells.statements))
    others = r.cells.nodes(ast.Name, lambda n: n.id not in known) if r.unbound else ()
    names = {node.id: old.home(node.id, getattr(node.parent, "attr", "")) for node in others}
    return names.get(r.unbound) and {n: room for n, room in names.items() if room}


def argument(r):
    """The `Slip` of an argument's name."""
    if not isinstance(r.call, ast.Call):
        return None
    wrong = errors.unknown(r.call, r.value(r.call.func))
    name = first(ARGUMENT, r) or next(iter(wrong), "")
    return Slip(name, wrong.get(name, ""), called(r.call)) if name else None


def curve(r):
    """The `Slip` of a name in a history."""
    if r.history is None or not isinstance(r.error, KeyError):
        return None
    name, names = r.error.args[0], list(r.history.history)
    return Slip(name, calls.nearest(str(name), names), listed(map(repr, names)))


def unknown(r):
    """The `Slip` of an attribute, or of what was to be imported."""
    error, thing = r.error, getattr(r.error, "obj", None)
    if isinstance(error, AttributeError) and "has no attribute" in r.text and thing is not None:
        name, where = error.name, getattr(thing, "__name__", f"a {type(thing).__name__}")
    elif isinstance(error, ImportError) and (error.name or "").startswith("keras"):
        name = first(r"import name '(\w+)'", r)
        where, _, name = f"{error.name}{f'.{name}' if name else ''}".rpartition(".")
        thing = importlib.import_module(where)
    else:
        return None
    return Slip(name, calls.nearest(name, {n for n in dir(thing) if not n.startswith("_")}), where)


def classes(r):
    """Nodes of classes of layers that stand in a list, or are added to a model."""

    def is_class(node):
        value, parent = r.value(node), node.parent
        placed = isinstance(parent, ast.List) or (called(parent) == "add" and node in parent.args)
        return placed and isinstance(value, type) and issubclass(value, keras.layers.Layer)

    return r.cells.nodes(ast.Attribute | ast.Name, is_class)


def unlisted(r):
    """Whether ``keras.Sequential`` got its layers one after the other."""
    one = isinstance(r.arguments.get("layers"), keras.layers.Layer | keras.KerasTensor)
    return one and len(getattr(r.call, "args", ())) > 1


def no_shape(r):
    """The node of a number that stands for a shape."""
    size = first(r"Cannot convert '(\d+)' to a shape", r)
    return next((one for one in input_shapes(r) if size and str(r.value(one)) == size), None)


def no_whole(r):
    """The node of a text or a fraction that stands for a whole number."""
    for node in ast.walk(r.call) if r.call is not None else ():
        value = getattr(node, "value", None)
        if isinstance(value, str | float) and re.fullmatch(r"\d+(\.\d*)?", str(value)):
            return node
    return None


def metrics(r):
    """The node of the metrics."""
    return r.argument("metrics")


# -- graphs and shapes ---------------------------------------------------------------------------


def input_shapes(r):
    """The nodes of the shapes of inputs, in ``Input(...)`` and ``input_shape=``."""
    shapes = [given(call, "shape") for call in r.cells.calls("Input", "InputLayer")]
    named = r.cells.nodes(ast.keyword, lambda n: n.arg == "input_shape")
    return [*filter(None, shapes), *(one.value for one in named)]


def with_samples(r):
    """(node, shape) of each shape that begins with the number of samples, or of a batch."""
    rows = [v for v in [*r.namespace.values(), r.x] if is_array(v) or hasattr(v, "iloc")]
    batches = {r.value(n.value) for n in r.cells.nodes(ast.keyword) if n.arg == "batch_size"}
    layers, found = r.stack.layers if r.stack else (), []
    for node in input_shapes(r) if r.stack or data(r) or "shape" in r.text else ():
        shape = r.value(node)
        if shape is None and isinstance(node, ast.Name) and r.inputs_of:
            shape = r.model.inputs[0].shape[1:]  # an argument of a function that has returned
        measured = re.search(r"shape|len\(", r.cells.text(node))
        alone = r.function in ("predict", "__call__") and not measured  # x may be one sample
        whole = [v.shape for v in rows if not alone or v is not r.x]
        if isinstance(shape, tuple | list) and len(shape) > (not measured):
            filmed = shape[0] is None and len(shape) + 1 in [ranks(one)[0] for one in layers]
            of_sample = any(_begins(shape, v.shape[1:]) for v in rows)
            if not filmed and not of_sample and _counts(shape, whole, batches):
                found.append((node, tuple(shape)))
    return found


def of_data(r):
    """(name, shape): data, and the shape of their samples, where the Input has another rank.

    They are what the cell gives to a model; where it gives nothing, an array of several samples
    that has the sizes of the Input and one more or less.
    """
    if not r.broken:
        return None
    size, calls = r.stack.input_shape[1:], r.cells.calls(*TRAINING, "predict")
    passed = [given(call, "x") for call in calls if call.cell == r.statement.cell]
    data = {r.cells.text(x): v for x in passed if is_array(v := r.value(x))}
    several = {name: v for name, v in arrays(r).items() if v.shape[:1] > (1,)}
    shapes = {name: v.shape[1:] for name, v in (data if passed else several).items()}
    found = {shape: name for name, shape in shapes.items()
             if len(shape) != len(size) and (passed or _one_more(shape, size))}  # fmt: skip
    if len(found) != 1 or size in shapes.values():
        return None
    return next((name, shape) for shape, name in found.items())


def _one_more(*shapes):
    """Whether one of two shapes is the other with an axis before it or after it."""
    short, long = sorted(shapes, key=len)
    return short and short in (long[:-1], long[1:])


def _begins(shape, sample):
    """Whether a shape is the beginning of that of a sample, which may have one channel more."""
    sizes = zip(shape, (*sample, 1), strict=False)
    return len(shape) <= len(sample) + 1 and all(size in (None, own) for size, own in sizes)


def _counts(shape, arrays, batches):
    """Whether a shape has the samples of an array of such a shape, or a batch, before that of one.

    With None for their number, a shape of one axis is more likely that of a sequence.
    """
    first, *one = shape
    of_sample = any(_begins(one, array[1:]) for array in arrays)
    if first is None:
        return len(one) > 2 or (of_sample and len(one) > 1)
    return of_sample and first in batches | {n for array in arrays for n in array[:1]}


def several(r):
    """How many tensors a layer got that takes one."""
    number = first(r"expects 1 input\(s\), but it received (\d+)", r)
    return number and isinstance(r.inputs, list | tuple) and not r.broken and number


def joins(r):
    """The name of a layer that joins several tensors; "" for any other."""
    if isinstance(r.call, ast.BinOp):
        return "An operator"
    name = kind(r.layer if r.layer is not None else r.owner)
    return name if name in JOINING and "Attention" not in name else ""


def apart(r):
    """The name of a layer that got the tensors that it joins one after the other."""
    return len(getattr(r.call, "args", ())) > 1 and joins(r)


def unlike(r):
    """(name, shapes): of a layer that joins tensors, and theirs, where they differ."""
    tensors = r.inputs if isinstance(r.inputs, list | tuple) else []
    shapes = [tuple(x.shape) for x in tensors if isinstance(x, keras.KerasTensor)]
    return joins(r) and len(set(shapes)) > 1 and (joins(r), shapes)


def no_tensor(r):
    """What a layer was called on."""
    it = r.inputs[0] if isinstance(r.inputs, list) and r.inputs else r.inputs
    return f"the layer {type(it).__name__}" if isinstance(it, keras.Layer) else "Python numbers"


# -- data ----------------------------------------------------------------------------------------


def data(r):
    """[(name, why)] of the data that fit() cannot use; False for a call of no model."""
    found, train = {}, (r.x, r.y, r.arguments.get("sample_weight"))
    for suffix, part in ("", train), ("_val", r.validation):
        x = f"x{suffix}"
        named = {n + suffix: v for n, v in zip(gate.NAMES, part, strict=False) if usable(v)}
        found |= {name: gate.refusal(gate.check_kind, value, name) for name, value in named.items()}
        if named and not any(found.values()):
            found["rows"] = gate.refusal(gate.check_rows, **named)
            found[x] = hint(r, named[x], gate.refusal(gate.check_fits, r.model, named[x], x))
    return r.model is not None and [(name, why) for name, why in found.items() if why]


def no_targets(r):
    """Whether ``fit()`` got an array and no targets."""
    return r.function == "fit" and r.y is None and is_array(r.x)


def usable(value):
    """Whether something is of a kind that `anatomy.data.gate` knows."""
    several = isinstance(value, list | tuple | dict)
    return several or (is_array(value) and value.shape) or hasattr(value, "to_numpy")


def hint(r, x, error):
    """Why a model does not take data, and what else is to be seen of them."""
    if not error or not is_array(x) or len(r.inputs_of) != 1:
        return error
    (sample, turned, values), takes = alike(x, r.model), r.model.inputs[0].shape
    if sample:
        return f"x is one sample, {tuple(x.shape)}, without the axis of the samples."
    if turned:
        return f"{error} The sizes are the same in another order."
    if values:
        return f"{error} Both have the same number of values."
    names = [name for name, value in arrays(r).items()
             if value is not x and value.shape[1:] == takes[1:] and name[0] != "_"]  # fmt: skip
    return f"{error} {names[0]} has {takes[1]}: compare them." if names and x.ndim == 2 else error


def alike(x, model):
    """Whether x is one sample of what a model takes; has its sizes otherwise; as many values."""
    (_, *shape), takes = x.shape, model.inputs[0].shape[1:]
    of_one = x.shape == takes[: x.ndim] and x.ndim <= len(takes)
    turned = len(shape) > 1 and sorted(map(str, shape)) == sorted(map(str, takes))
    return of_one, turned, None not in takes and math.prod(shape) == math.prod(takes)


def other_weights(r):
    """[shape, shape]: of weights as a model has them, and as they are to be set; or two numbers."""
    if r.function not in ("load_weights", "set_weights"):
        return None
    shapes = re.findall(r"shape[= ](\([\d, ]+\))", r.text)[:2]
    return shapes or [f"{n} arrays" for n in re.findall(r"(\d+)(?: weights\.|, but)", r.text)[::-1]]


def heads(r):
    """Why losses or targets are not those of the several outputs; or ""."""
    names, wanted = private.output_names(r.model), r.y
    if len(names) < 2 or r.function not in TRAINING:
        return ""
    if isinstance(wanted, dict) and len(wanted) < len(names):
        wanted = [*wanted]
    why = gate.of_others(names, private.compile_settings(r.model).get("loss"), wanted)
    return why.replace("the model", "The model")


def uncalled(r):
    """The node of a generator's function in the place of what it returns."""
    node = r.argument("x")
    return inspect.isgeneratorfunction(r.arguments.get("x")) and isinstance(node, ast.Name) and node


def generator(r):
    """The name of the function that makes the batches."""
    x = r.arguments.get("x")
    return isinstance(x, types.GeneratorType) and x.gi_code.co_name
