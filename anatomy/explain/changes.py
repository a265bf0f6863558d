"""Edits of the student's lines that may help: each yields lists of them, the likeliest first.

Of the `Raised` error r, and of what the clue to its kind found.
"""

import ast
import difflib
import itertools
import re
import sys

import numpy as np

from anatomy.data import calls
from anatomy.explain import clues, rewrite
from anatomy.explain.clues import is_array
from anatomy.explain.facts import of_keras
from anatomy.explain.source import Edit, bound, called, given, within
from anatomy.lazy import keras
from anatomy.training import errors, private

#: Where a name stands that may be misspelt.
SPELLED = {ast.Attribute: "attr", ast.keyword: "arg", ast.alias: "name", ast.Constant: "value",
           ast.ImportFrom: "module"}  # fmt: skip


def written(text, r, it):
    """A text in the place of the code that was found, or of each piece of it."""
    nodes = it if isinstance(it, list) else [it]
    yield [r.cells.replace(node, text.format(it=r.cells.text(node))) for node in nodes]


def modern(r, it):
    """Old code in today's Keras."""
    yield it.apart


def set_up(r, function):
    """``super().__init__()`` before all else."""
    yield [r.cells.line(function.body[0], "super().__init__()")]


def named(r, it):
    """The name of a weight as ``name=``."""
    yield [r.cells.wrap(r.inner.args[0], "name=", "")]


def before_call(r, function):
    """Weights in ``build()``."""
    line = within(r.inner, ast.stmt)
    text, x, edits = r.cells.text(line), function.args.args[1].arg, [r.cells.remove(line)]
    if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
        own, text = line.targets[0].id, f"self.{text}"
        for node in ast.walk(function):
            if getattr(node, "id", "") == own and isinstance(node.ctx, ast.Load):
                edits.append(r.cells.wrap(node, "self.", ""))
    body = f"{' ' * line.col_offset}{text.replace(f'{x}.shape', 'input_shape')}\n"
    yield [*edits, r.cells.line(function, f"def build(self, input_shape):\n{body}")]


def as_call(r, it):
    """``call()`` in the place of ``forward()``."""
    for own in r.cells.nodes(ast.FunctionDef, lambda n: n.name == "forward"):
        yield [r.cells.replace(own, r.cells.text(own).replace("forward", "call", 1))]


def on_symbols(r, own):
    """``keras.ops`` in the place of NumPy, and no ``float()``."""
    edits = []
    for node in ast.walk(own):
        is_np = isinstance(node, ast.Attribute) and r.value(node.value) is np
        if is_np and hasattr(keras.ops, node.attr):
            edits.append(r.cells.replace(node, f"keras.ops.{node.attr}"))
        elif called(node) in ("float", "int") and len(node.args) == 1:
            edits.append(r.cells.replace(node, r.cells.text(node.args[0])))
    yield edits


def renamed(r, slip):
    """The nearest name in the place of one that is not known; then of all such in the cell."""
    same, others = [], []
    for node in r.cells.nodes(tuple(SPELLED)) if slip.near else ():
        name = getattr(node, SPELLED[type(node)])
        if name in (slip.name, f"{slip.where}.{slip.name}"):
            same.append(_spelled(r, node, slip.name, slip.near))
        elif near := _near(r, node, name):
            others.append(_spelled(r, node, name, near))
    yield from [same + others] * bool(same and others)
    yield from ([edit] for edit in same)
    yield same


def _near(r, node, name):
    """What is meant by a name in the cell that raised, where nobody knows it; else ""."""
    call, thing = within(node, ast.Call), r.value(getattr(node, "value", None))
    function = r.value(getattr(call, "func", None))
    earlier = node.cell < len(r.cells.texts) - 1
    if earlier or getattr(within(node, ast.keyword), "arg", "") == "name":
        return ""
    if isinstance(node, ast.Attribute):
        return "" if thing is None or hasattr(thing, name) else calls.nearest(name, dir(thing))
    if isinstance(node, ast.keyword):
        return errors.unknown(node.parent, function).get(name)
    known, own = errors.identifiers(), called(call) == "compile" or of_keras(function)
    own = own and node not in getattr(node.parent, "keys", ())  # which name outputs
    return calls.nearest(name, known) if own and isinstance(name, str) and name not in known else ""


def _spelled(r, node, name, near):
    """Another spelling of a name in a node."""
    text, start = r.cells.text(node), r.cells.span(node)[0]
    at = text.rfind(name) if isinstance(node, ast.Attribute) else text.find(name)
    return Edit(node.cell, start + at, start + at + len(name), near)


def imported(r, rooms):
    """The lines that import names."""
    names = {room: [n for n, own in rooms.items() if own == room] for room in rooms.values()}
    lines = (f"from {room} import {', '.join(sorted(names[room]))}\n" for room in names)
    text = "".join(lines).replace("from keras import keras\n", "import keras\n")
    yield [Edit(len(r.cells.texts) - 1, 0, 0, text)]


def whole(r, node):
    """A whole number in the place of a text or a fraction."""
    yield [r.cells.replace(node, str(int(float(node.value))))]


def in_list(r, it):
    """What was passed one after the other, in one list."""
    yield [r.cells.positional(r.call, "[", "]")]


def compiled(r, model):
    """A line with ``compile()``, with a loss for the last activation."""
    activation = getattr(getattr(model.layers[-1], "activation", None), "__name__", "linear")
    rows = r.y is not None and np.ndim(r.y) > 1 and np.shape(r.y)[-1] > 1
    softmax = "categorical_crossentropy" if rows else "sparse_categorical_crossentropy"
    loss = {"softmax": softmax, "sigmoid": "binary_crossentropy"}.get(activation, "mse")
    name = r.cells.text(r.call.func.value)
    yield [r.cells.line(r.call, f'{name}.compile(optimizer="adam", loss="{loss}")')]


def own_optimizer(r, it):
    """The optimizer created anew where the model is compiled."""
    for call in r.cells.calls("compile")[:1]:
        node = given(call, "optimizer")
        if (value := bound(r.cells, node)) is not node:
            yield [r.cells.replace(node, r.cells.text(value))]


# -- graphs and shapes ---------------------------------------------------------------------------


def as_saved(r, shapes):
    """As many units or filters as the weights are of that were saved."""
    sizes = zip(*(map(int, re.findall(r"\d+", one)) for one in shapes), strict=False)
    here, there = [pair for pair in sizes if pair[0] != pair[1]][-1]
    for gates in (1, 4, 3):  # of an LSTM, of a GRU
        for node in r.cells.nodes(ast.Constant, lambda n, k=gates: n.value == here / k):
            yield [r.cells.replace(node, str(there // gates))]


def without_samples(r, shapes):
    """The shape of one sample, in each of these."""
    every = []
    for node, _ in shapes:
        own, sizes = r.cells.operand(node), getattr(node, "elts", ())[1:]
        codes = [f"{own}[1:]", f"(*{own}[1:], 1)"]
        if isinstance(node, ast.Tuple | ast.List):
            one = "".join(f"{r.cells.text(size)}, " for size in sizes)
            codes = [f"({one[:-2]}{',' * (len(sizes) == 1)})", f"({one}1)"]
            array = re.match(r"(\w+)\.shape\[0|len\((\w+)", r.cells.text(node.elts[0]))
            codes += [f"{array[1] or array[2]}.shape[1:]"] if array else []
        every.append([r.cells.replace(node, code) for code in codes])
    yield from zip(*every, strict=False)


def as_shape(r, node):
    """A tuple of one size; or of what is measured all but the number of samples."""
    yield [r.cells.wrap(node, "(", ",)")]
    if isinstance(node, ast.Subscript):
        yield [r.cells.replace(node, f"{r.cells.text(node.value)}[1:]")]


def one_input(r, it):
    """The model without its last ``Input``, or without that before it."""
    for node in r.cells.calls("Input", "InputLayer")[:2]:
        yield [rewrite.remove(r, node)]


def another_name(r, name):
    """Another name for the later of the two layers."""
    for node in r.cells.nodes(ast.Constant, lambda n: n.value == name)[:1]:
        yield [r.cells.replace(node, f'"{name}_2"')]


def connected(r, it):
    """Another Input, or other outputs, that the student has; or the Input not created anew."""
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
        if getattr(private.producer(r.inputs[0])[0], "return_state", False):
            yield [r.cells.wrap(r.call.args[0], "", "[0]")]
        joined = rewrite.prefixed(r, r.call.func, "layers.Concatenate()")
        more = len(r.call.args) > 1
        yield [r.cells.positional(r.call, f"{joined}({'[' * more}", f"{']' * more})")]


def alike(r, it):
    """A tensor of another shape: of other units, of the same padding, or flattened."""
    _, shapes = it
    if isinstance(r.call, ast.BinOp):
        elements = r.call.left, r.call.right
    else:
        elements = getattr(r.call.args[0], "elts", ())
    padded = []
    for k, (shape, other) in ((1, (shapes[1], shapes[0])), (0, shapes[:2])):
        layer = private.producer(r.inputs[k])[0]
        (node,) = rewrite.written(r, [layer])
        if node is None:
            continue
        if shape[:-1] == other[:-1]:
            name = "units" if hasattr(layer, "units") else "filters"
            yield [r.cells.keyword(node, name, str(other[-1]), [name])]
        if getattr(layer, "padding", "") == "valid":
            padded.append(r.cells.keyword(node, "padding", '"same"'))
            yield padded[-1:]
        if elements and len(shape) > len(other) == 2:
            flat = rewrite.prefixed(r, node, "layers.Flatten()")
            yield [r.cells.wrap(elements[k], f"{flat}(", ")")]
    yield padded


def tensor(r, it):
    """In the place of a layer what it returns; of data the Input; of numbers an array of them."""
    earlier = r.cells.statements[: r.cells.statements.index(r.statement)]
    tensors = [name for one in earlier for name in one.binds
               if isinstance(r.namespace.get(name), keras.KerasTensor)]  # fmt: skip
    for node in r.call.args:
        if tensors and isinstance(r.value(node), keras.layers.Layer):
            yield [r.cells.wrap(bound(r.cells, node), "", f"({tensors[-1]})")]
    inputs = r.argument("inputs")
    on_data = [call for call in r.cells.nodes(ast.Call, lambda n: isinstance(n.func, ast.Call))
               if call.args and is_array(r.value(call.args[0]))]  # fmt: skip
    for call in reversed(on_data) if isinstance(inputs, ast.Name) else ():
        yield [r.cells.replace(call.args[0], inputs.id)]
    for before, after in (("(", ")"), ("([", "])")) if r.name_of(np) and r.call.args else ():
        yield [r.cells.wrap(r.call.args[0], f"{r.name_of(np)}.array{before}", after)]


# -- data ----------------------------------------------------------------------------------------


def as_many(r):
    """An array of the student's that has as many samples, the one whose name is most alike."""
    for name, other in (("y", "x"), ("x", "y")):
        node, stem, value = r.argument(name), r.cells.text(r.argument(other)), r.arguments[name]
        wanted = (len(r.arguments[other]), *value.shape[1:])
        fit = [k for k, v in clues.arrays(r).items() if v.shape == wanted]
        fit.sort(key=lambda k, s=stem: -difflib.SequenceMatcher(None, k[1:], s[1:]).ratio())
        yield from ([r.cells.replace(node, k)] for k in fit[:1] if isinstance(node, ast.Name))


def keys(r, node, names):
    """Edits that give a dict in the student's code these keys; [] where that is not clear."""
    node, edits = bound(r.cells, node), []
    own = [getattr(key, "value", "") for key in getattr(node, "keys", ())]
    free = [name for name in names if name not in own]
    for name in (name for name in own if name not in names):
        near = calls.nearest(name, free) or (free[0] if len(free) == 1 else "")
        if not near:
            return []
        edits.append(r.cells.replace(node.keys[own.index(name)], f'"{near}"'))
    return edits


def fitting(r, it):
    """What the messages say would do; data as the model takes them, or an Input as the data are."""
    found = dict(it)
    x, validation = r.argument("x"), getattr(r.argument("validation_data"), "elts", ())
    x = r.call.args[0] if r.function == "__call__" else x
    nodes = {"x": x, "y": r.argument("y")} | dict(zip(("x_val", "y_val"), validation, strict=False))
    edits = [
        rewrite.computed(r, nodes.get(name), name, code[1])
        for name, why in found.items()
        if (code := re.search(rf"(?<!such as )\b((np|keras|{name})\..+)\.$", why))
    ]
    yield edits
    if "rows" in found and r.y is not None:
        yield from as_many(r)
    elif isinstance(r.x, dict):
        yield keys(r, x, r.inputs_of)
    elif len(r.inputs_of) > 1 and x is not None:
        yield from each_input(r, x)
    elif "x" in found and hasattr(r.x, "select_dtypes"):
        yield from as_numbers(r, x, edits)
    elif is_array(r.x) and len(r.inputs_of) == 1:
        bad = [nodes[name] for name in found if name in nodes]
        both = [nodes[name] for name in ("x", "x_val") if name in nodes]
        wrong = r.x if "x" in found else r.validation[0]
        yield from reshaped(r, bad[0], both if "x" in found else bad, wrong)


def each_input(r, x):
    """A list with the one array that fits each input."""
    rows = {len(one) for one in keras.tree.flatten(r.x)}
    fit = [[name for name, v in clues.arrays(r).items() if v.shape[1:] == one.shape[1:]
            and len(v) in rows] for one in r.model.inputs]  # fmt: skip
    if all(len(names) == 1 for names in fit):
        yield [r.cells.replace(x, f"[{', '.join(name for (name,) in fit)}]")]


def reshaped(r, node, nodes, data):
    """Data as the model takes them; then an Input in the shape of the data."""
    x, takes, last = tuple(data.shape), r.model.inputs[0].shape, data.ndim - 1
    (one, same, values), part = clues.alike(data, r.model), getattr(node, "slice", None)
    turned = ((0, *range(2, last + 1), 1), (0, last, *range(1, last))) if same else ()
    codes = ["[None]"] * one + [f".transpose{axes}" for axes in turned]
    codes += [f".reshape{(-1, *takes[1:])}"] * values
    if one and isinstance(k := getattr(part, "value", None), int):
        yield [r.cells.replace(part, f"{k}:{k + 1}")]
    for several, code in itertools.product((nodes, [node]), codes):
        yield [r.cells.replace(n, r.cells.operand(n) + code) for n in several]
    inputs, cut = another_input(r, x), bound(r.cells, node)
    yield from inputs if r.function == "fit" else ()
    if len(x) == len(takes) == 2:
        rows = getattr(getattr(cut, "slice", None), "elts", ())
        for some in (f"[{r.cells.text(rows[0])}]", "") if len(rows) == 2 else ():
            yield [r.cells.replace(cut, r.cells.text(cut.value) + some)]
        yield [r.cells.wrap(node, "", f"[:, :{takes[1]}]")] * (x[1] > takes[1])
    yield from inputs


def another_input(r, x):
    """Inputs of the shape of the data."""
    return [[r.cells.replace(node, str(x[1:]))] for node in clues.input_shapes(r)]


def of_data(r, it):
    """Inputs of the shape of data; else other layers."""
    for size in it[1], (*it[1], 1):
        yield from another_input(r, (None, *size))
    yield from other_layers(r, it)


def other_layers(r, it):
    """The layers as `layers.stack` would have them."""
    for _, new in r.stack.changes[-1:]:
        yield rewrite.rebuilt(r, r.stack.layers, new)


def of_doctor(r, findings):
    """The changes of each finding of the loss doctor's."""
    return (edits for _, several in findings for edits in several)


def as_numbers(r, node, edits):
    """Of a table of pandas the columns with numbers, or a column for each word."""
    pandas, own = sys.modules["pandas"], r.cells.text(node)
    words = r.cells.replace(node, f'{r.name_of(pandas)}.get_dummies({own}, dtype="float32")')
    plain = r.cells.replace(node, f'{r.cells.operand(node)}.select_dtypes("number")')
    tables = (plain, r.x.select_dtypes("number")), (words, pandas.get_dummies(r.x))
    yield from ([*edits, one] for one, _ in tables)
    for one, few in reversed(tables):
        yield from ([*edits, one, *inputs] for inputs in another_input(r, few.shape))


def headed(r, it):
    """Losses or targets by the names of the outputs."""
    for call in r.cells.calls("compile")[:1]:
        yield keys(r, given(call, "optimizer", "loss"), private.output_names(r.model))
    node, names = r.argument("y"), private.output_names(r.model)
    yield keys(r, node, names)
    own = r.cells.text(node)
    near = [calls.nearest(name, clues.arrays(r)) for name in names]
    columns = [f"{own}[:, {k}]" for k in range(len(names))] * (r.y.shape[1:] == (len(names),))
    for one in filter(all, (columns, near, [own] * len(names))):
        pairs = ", ".join(f"{name!r}: {value}" for name, value in zip(names, one, strict=False))
        both = f"[{', '.join(one)}]", f"{{{pairs}}}"
        yield [r.cells.replace(node, both[isinstance(r.model.output, dict)])] * bool(one)


def tuples(r, it):
    """``yield x, y`` in the place of ``yield [x, y]``."""
    for node in r.cells.nodes(ast.Yield, lambda n: isinstance(n.value, ast.List)):
        yield [r.cells.replace(node.value, ", ".join(map(r.cells.text, node.value.elts)))]
