"""What can go wrong between a student's line and Keras, one kind after the other.

Each kind is a generator, whose docstring is its title. It yields nothing where it does not apply;
else what came, what is taken and why, in a sentence or two, and then lists of edits to try, the
likeliest first. The first kind that applies is the one.
"""

import ast
import difflib
import importlib
import re

import numpy as np

from anatomy.base.words import listed
from anatomy.explain import old, rewrite
from anatomy.explain.source import bound, called, within
from anatomy.training import private

KINDS = []
SYMBOLIC = r"Tracer\w+Error|ConcretizationTypeError|NonConcreteBooleanIndexError"
COULD_NOT = r"[Cc]ould not (interpret|locate|find)|Unknown|one of \{"
ARGUMENT = (
    r"unexpected keyword argument '(\w+)'|(?:[Uu]nrecognized keyword arguments|"
    r"[Aa]rgument\(s\) not (?:recognized|supported)).*?'(\w+)'"
)
WHOLE = (
    r"invalid value for|expected a positive integer|must be an? int|cannot be interpreted|"
    r"not supported between|can only concatenate|indices must be integers"
)


def first(pattern, text):
    """The first group that a pattern found in a text; "" for none."""
    found = re.search(pattern, text)
    return next(filter(None, found.groups()), "") if found else ""


# -- old and own code ----------------------------------------------------------------------------


@KINDS.append
def _old(r):
    """old code"""
    if (new := old.found(r)) is not None:
        yield new.words
        yield new.apart


@KINDS.append
def _super(r):
    """an own layer without super().__init__()"""
    things = [getattr(r.error, "obj", None), r.owner, r.layer, *r.arguments.values()]
    names = {type(one).__name__ for one in things} | {*re.findall(r"In layer '(\w+)', you", r.text)}
    for own in r.cells.nodes(ast.ClassDef, lambda n: n.name in names):
        for one in own.body:
            if getattr(one, "name", "") == "__init__" and "super" not in r.cells.text(one):
                yield (
                    f"{own.name}.__init__() sets attributes before the layer itself is set up: "
                    "super().__init__() comes first."
                )
                yield [r.cells.line_before(one.body[0], "super().__init__()")]


@KINDS.append
def _weights_in_call(r):
    """weights created in call()"""
    function = within(r.inner, ast.FunctionDef)
    if (
        not re.search(r"new elements of state|create a variable|add new .* variables", r.text)
        or getattr(function, "name", "") != "call"
    ):
        return
    own, line = function.parent, within(r.inner, ast.stmt)
    text, x, gone = r.cells.text(line), function.args.args[1].arg, r.cells.remove(line)
    yield (
        f"{own.name}.call() creates weights. call() runs many times; weights are created once, in "
        "__init__() or in build(input_shape)."
    )
    if f"{x}.shape" not in text:
        for one in own.body:
            if getattr(one, "name", "") == "__init__":
                yield [gone, r.cells.line_after(one.body[-1], text)]
    body = f"{' ' * line.col_offset}{text.replace(f'{x}.shape', 'input_shape')}\n"
    yield [gone, r.cells.line_before(function, f"def build(self, input_shape):\n{body}")]


@KINDS.append
def _values(r):
    """values wanted of a symbol"""
    import keras

    own = within(r.inner, ast.FunctionDef) or within(r.inner, ast.stmt)
    if own is None or not re.search(rf"{SYMBOLIC}|A KerasTensor", f"{r.kind} {r.text}"):
        return
    where = f"While Keras traces {own.name}(), its" if hasattr(own, "name") else "These"
    yield (
        f"{where} tensors have shapes and no values yet: NumPy, and Python's own float() and if, "
        "need values. keras.ops works on symbols too."
    )
    edits = []
    for node in ast.walk(own):
        if isinstance(node, ast.Attribute) and r.value(node.value) is np:
            edits += [r.cells.replace(node, f"keras.ops.{node.attr}")] * hasattr(
                keras.ops, node.attr
            )
        elif called(node) in ("float", "int") and len(node.args) == 1:
            edits.append(r.cells.replace(node, r.cells.text(node.args[0])))
    yield edits


@KINDS.append
def _memory(r):
    """memory"""
    if r.kind == "MemoryError" or re.search("RESOURCE_EXHAUSTED|[Oo]ut of memory", r.text):
        yield (
            "There is not enough memory. Look at the layer with the most weights, often a Dense "
            "behind a Flatten, and at batch_size."
        )


@KINDS.append
def _lost(r):
    """a model that lost its weights"""
    if "'NoneType' object is not callable" in r.text and r.model and private.lost(r.model):
        yield (
            "An earlier fit() of this model stopped with an error, and Keras lost its weights on "
            "the way. Run the cells again that build and compile it."
        )


# -- names ---------------------------------------------------------------------------------------


def nearest(name, names):
    """The name that is most like another one; "" where none is like it."""
    written = {one for one in names if one.islower() == name.islower()}  # as it is: mse, not MSE
    for some in (written, names):
        low = {one.lower().replace("_", ""): one for one in sorted(some, reverse=True)}
        alike = difflib.get_close_matches(name.lower().replace("_", ""), low, 1, 0.65)
        if alike:
            return low[alike[0]]
    return ""


def _identifiers():
    """All names by which ``compile()`` and layers know losses, metrics and functions."""
    import keras

    rooms = keras.losses, keras.metrics, keras.activations, keras.initializers, keras.regularizers
    names = {name for room in rooms for name in dir(room)} | {"accuracy", "acc"}
    names |= {private.snake_case(n) for n in names if n[:1].isupper()}
    names |= {name.lower() for name in dir(keras.optimizers)}
    return {name for name in names if not name.startswith("_")}


def _near(name):
    return f"the nearest is {name!r}." if name else "nothing has a name like it."


def _renamed(r, name, near):
    """Yields the nearest name in the place of each attribute, argument or import of a name."""
    for node in r.cells.nodes(ast.Attribute | ast.alias | ast.keyword) if near else ():
        if name == getattr(node, "attr", getattr(node, "name", getattr(node, "arg", ""))):
            before, _, after = r.cells.text(node).rpartition(name)
            if isinstance(node, ast.keyword):
                before, after = "", r.cells.text(node)[len(name) :]
            yield [r.cells.replace(node, before + near + after)]


@KINDS.append
def _misspelt(r):
    """a misspelt name in quotes"""
    for node in r.cells.nodes(ast.Constant) if re.search(COULD_NOT, r.text) else ():
        name, known = node.value, _identifiers()
        if not isinstance(name, str) or not name or name in known or not within(node, ast.Call):
            continue
        if re.search(rf"\b{re.escape(name)}\b", r.text):
            allowed = {*re.findall(r"'(\w+)'", r.text)} - {name} if "one of {" in r.text else known
            near = nearest(name, allowed)
            yield f"Keras knows nothing by the name {name!r}; {_near(near)}"
            yield [r.cells.replace(node, f'"{near}"')] if near else []
            return


@KINDS.append
def _unknown_argument(r):
    """an unknown argument"""
    if (name := first(ARGUMENT, r.text)) and isinstance(r.call, ast.Call):
        near = nearest(name, old.parameters(r.value(r.call.func)))
        if name in ("inputs", "outputs"):  # of keras.Model, which takes other arguments in classes
            yield "keras.Model takes both, inputs and outputs."
            return
        yield f"{called(r.call)}() has no argument {name!r}; {_near(near)}"
        yield from _renamed(r, name, near)


@KINDS.append
def _missing_argument(r):
    """an argument that is missing"""
    if name := first(r"missing \d+ required positional arguments?: (.*)", r.text):
        yield f"{called(r.call) or 'The call'}() cannot do without {name}."


@KINDS.append
def _curve(r):
    """a curve by another name"""
    if r.history is not None:
        name, names = r.error.args[0], list(r.history.history)
        near = nearest(str(name), names)
        yield f"The history has no {name!r}; it has {listed(map(repr, names))}."
        yield [r.cells.replace(r.inner.slice, f'"{near}"')] if near else []


@KINDS.append
def _unknown_name(r):
    """an unknown name"""
    error, thing = r.error, getattr(r.error, "obj", None)
    if isinstance(error, AttributeError) and "has no attribute" in r.text and thing is not None:
        name, where = error.name, getattr(thing, "__name__", f"a {type(thing).__name__}")
    elif isinstance(error, ImportError) and (name := first(r"import name '(\w+)'", str(error))):
        thing, where = importlib.import_module(error.name), error.name
    elif isinstance(error, ImportError) and re.fullmatch(r"keras(\.\w+)+", error.name or ""):
        where, _, name = error.name.rpartition(".")
        thing = importlib.import_module(where)
    else:
        return
    near = nearest(name, {n for n in dir(thing) if not n.startswith("_")})
    yield f"{where} has no {name!r}; {_near(near)}"
    yield from _renamed(r, name, near)
    for node in r.cells.nodes(ast.Import | ast.ImportFrom) if near else ():
        text = re.sub(rf"\b{where}\.{name}\b", f"{where}.{near}", r.cells.text(node))
        yield [r.cells.replace(node, text)] * (text != r.cells.text(node))


@KINDS.append
def _class(r):
    """a class in the place of a layer"""
    import keras

    pattern = r"Only instances of|Received: <class|type 'type'|missing 1"
    nodes = r.cells.nodes(ast.Attribute | ast.Name) if re.search(pattern, r.text) else ()
    nodes = [n for n in nodes if isinstance(value := r.value(n), type)
             and issubclass(value, keras.layers.Layer)
             and (isinstance(n.parent, ast.List)
                  or (called(n.parent) == "add" and n in n.parent.args))]  # fmt: skip
    if nodes:
        names = listed(dict.fromkeys(map(r.cells.text, nodes)))
        yield f"{names} is a class. A layer is made by calling it, with brackets."
        yield [r.cells.wrap(n, "", "()") for n in nodes]


@KINDS.append
def _no_list(r):
    """layers that are not in a list"""
    import keras

    args = r.call.args if isinstance(r.call, ast.Call) else []
    first = r.arguments.get("layers")
    if len(args) > 1 and isinstance(first, keras.layers.Layer | keras.KerasTensor):
        yield "keras.Sequential takes its layers in one list, in square brackets."
        yield [r.cells.positional(r.call, "[", "]")]


@KINDS.append
def _no_shape(r):
    """a number in the place of a shape"""
    size = first(r"Cannot convert '(\d+)' to a shape", r.text)
    for node in r.cells.nodes(ast.Constant, lambda n: size and str(n.value) == size)[:1]:
        yield f"A shape is a tuple, also of one size: ({size},), with a comma."
        yield [r.cells.wrap(node, "(", ",)")]


@KINDS.append
def _whole_number(r):
    """a whole number wanted"""
    for node in ast.walk(r.call) if r.call is not None and re.search(WHOLE, r.text) else ():
        value = getattr(node, "value", None)
        if isinstance(value, str | float) and re.fullmatch(r"\d+(\.\d*)?", str(value)):
            yield f"{r.cells.text(node)} stands where a whole number is wanted."
            yield [r.cells.replace(node, str(int(float(value))))]
            return


@KINDS.append
def _not_built(r):
    """a model that is not built"""
    if re.search("must build|yet been built|never been called|no defined (in|out)put", r.text):
        yield (
            "The weights are created when the shape of the input is known, and here it is not yet. "
            "Begin the model with keras.Input(...), or call it on data first."
        )


# -- compile() -----------------------------------------------------------------------------------


@KINDS.append
def _not_compiled(r):
    """not compiled"""
    if "compile()" not in r.text or "must call" not in r.text or r.model is None:
        return
    yield f"{r.function}() needs a loss and an optimizer: compile() sets both."
    layer = getattr(r.model, "layers", [None])[-1]
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    rows = r.y is not None and np.ndim(r.y) > 1 and np.shape(r.y)[-1] > 1
    softmax = "categorical_crossentropy" if rows else "sparse_categorical_crossentropy"
    loss = {"softmax": softmax, "sigmoid": "binary_crossentropy"}.get(activation, "mse")
    if isinstance(r.call.func, ast.Attribute):
        name = r.cells.text(r.call.func.value)
        code = f'{name}.compile(optimizer="adam", loss="{loss}")'
        yield [r.cells.line_before(r.call, code)]


@KINDS.append
def _shared_optimizer(r):
    """an optimizer of another model"""
    if not re.search("cannot recognize variable|optimizer_variables|different set of", r.text):
        return
    yield (
        "The optimizer has trained another model, whose weights it remembers. Each model needs an "
        "optimizer of its own."
    )
    for call in r.cells.calls("compile")[:1]:
        node = rewrite.given(call, "optimizer", 0)
        if (value := bound(r.cells, node)) is not node:
            yield [r.cells.replace(node, r.cells.text(value))]
