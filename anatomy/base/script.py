"""A plain script out of a student's function: what a lab shows is taken away as code."""

import ast
import contextlib
import inspect
import textwrap
import types

#: How a script begins.
FIRST = ["from anatomy import data  # first: it chooses the JAX backend", "import keras"]
#: The same, where nothing of the kit is used.
ALONE = ["import anatomy  # first: it chooses the JAX backend", "import keras"]


def script(function, first, last, *more):
    """The source of ``function`` with all that it uses, between other lines.

    Args:
        function: the student's function, written in a cell or a file.
        first, last: lists of lines of code, before and after it.
        *more: further functions of the student's that the last lines use.

    Returns:
        str, a script that runs by itself in a fresh process. What has no source (an
        array made elsewhere, a function that was never in a cell or a file) stands in
        it as a comment that says so.
    """
    imports, values, sources = [], [], []
    seen = set()
    for one in (function, *more):
        if one not in seen:
            _collect(one, imports, values, sources, seen)
    blocks = ["\n".join(dict.fromkeys([*first, *sorted(imports)])), "\n".join(values)]
    called = "\n".join(last).replace("<lambda>(", "function(")  # as it is written above
    return "\n\n".join(filter(None, [*blocks, *sources, called])) + "\n"


def _collect(function, imports, values, sources, seen, name=None):
    """Adds the source of a function or class, after the sources of what it uses."""
    seen.add(function)
    try:
        cell = isinstance(function, type) and not hasattr(inspect.getmodule(function), "__file__")
        source = textwrap.dedent((_class if cell else inspect.getsource)(function)).rstrip()
        if function.__name__ == "<lambda>":
            source = f"{name or 'function'} = {_lambda(function)}"
    except (OSError, TypeError):
        source = f"# {name or function.__name__}: its source cannot be found; write it here"
    for name, value in _used(function, source):
        if isinstance(value, types.ModuleType):
            imports.append(_import_module(name, value))
        elif not isinstance(value, type | types.FunctionType):
            values.append(_assignment(name, value))
        elif getattr(value, "__module__", None) != function.__module__:
            imports.append(_import_from(name, value))
        elif value not in seen:
            _collect(value, imports, values, sources, seen, name)
    sources.append(source)


def _class(cell):
    """The source of a class of a notebook: only its methods know of the cell."""
    method = next(filter(inspect.isfunction, vars(cell).values()), None)
    lines, _ = inspect.findsource(method)
    for node in ast.walk(ast.parse("".join(lines))):
        if isinstance(node, ast.ClassDef) and node.name == cell.__name__:
            first = min(part.lineno for part in [node, *node.decorator_list])
            return "".join(lines[first - 1 : node.end_lineno])
    raise OSError("no class stands there")


def _lambda(function):
    """The source of a lambda alone, without the line in which it stands."""
    text = "".join(inspect.findsource(function)[0])
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Lambda) and node.lineno == function.__code__.co_firstlineno:
            body = node.body
            place = body.lineno, body.end_lineno, body.col_offset, body.end_col_offset
            if place in function.__code__.co_positions():
                return ast.get_source_segment(text, node)
    raise OSError("no lambda stands there")


def _used(function, source):
    """The global and enclosing names that a source uses, with their values, in order."""
    around = dict(vars(inspect.getmodule(function) or types.SimpleNamespace()))
    if isinstance(function, types.FunctionType):
        around = function.__globals__ | inspect.getclosurevars(function).nonlocals
    nodes = list(ast.walk(ast.parse(source)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    own = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    used = dict.fromkeys(name.id for name in names if name.id not in own)
    return [(name, around[name]) for name in used if name in around]


def _import_module(name, module):
    package, _, last = module.__name__.rpartition(".")
    if last == name:
        return f"from {package} import {name}" if package else f"import {name}"
    return f"import {module.__name__} as {name}"


def _import_from(name, value):
    import keras

    rooms = (keras, keras.layers, keras.losses, keras.metrics, keras.optimizers, keras.initializers)
    room = next((r for r in rooms if getattr(r, value.__name__, None) is value), None)
    line = f"from {room.__name__ if room else value.__module__} import {value.__name__}"
    return line if name == value.__name__ else f"{line} as {name}"


def _assignment(name, value):
    with contextlib.suppress(ValueError, SyntaxError):  # no literal
        if ast.literal_eval(repr(value)) == value:
            return f"{name} = {value!r}"
    return f"# {name} = ...  # your own {type(value).__name__}: make it here"
