"""What was raised in a cell: by which call of the student's, with which objects of Keras."""

import ast
import collections
import contextlib
import inspect
import linecache
import re
from dataclasses import replace
from functools import cached_property

from anatomy.explain import old
from anatomy.explain.source import Cells, called, passed, within
from anatomy.layers.stacks.facts import judge
from anatomy.layers.symbolic import one_line, unseen
from anatomy.lazy import keras
from anatomy.models.graph.facts import Edge, Node, graph
from anatomy.training import private
from anatomy.training.errors import parameters

MOST = 500  # characters of an error that are looked at
LAYERS = 30  # of a model that is drawn: more are no picture for a glance


class Raised:
    """An error in a cell, and all that is known of it.

    Attributes:
        error: the exception. text: its message in one line. kind: the name of its class.
        namespace: dict of the student's names.
        cells: the `Cells` that have run; the last one raised.
        statement: the `Statement` of the cell that raised.
        call: the student's own call, an ``ast`` node, out of which Keras raised; or None.
        inner: the innermost node of the student's, in a function or layer of their own; frame:
            where it runs.
        function, owner, arguments: what was called: "fit", the model, dict of its arguments.
        layer, inputs: the innermost layer that was called, and what on; or None.
        unbound: the name of a NameError; "" for any other error.
        of_keras: whether Keras has to do with it at all. raised_here: whether the student's own
            code raised it.
    """

    def __init__(self, error, namespace, cells):
        raised = [error]
        while error.__context__ and re.search("automatically (infer|build)", str(error)):
            raised.append(error := error.__context__)  # in an own layer, or in a Lambda
        self.error, self.namespace, self.cells = error, namespace, Cells(cells)
        self.kind = type(error).__name__
        self.text = one_line(str(error)[: 40 * MOST])[:MOST]
        self.function, self.owner, self.arguments = "", None, {}
        self.layer = self.inputs = self.statement = self.call = self.inner = self.frame = None
        missing = str(getattr(error, "name", "")) if isinstance(error, ImportError) else ""
        self.of_keras = bool(re.match(r"(keras(_preprocessing)?|tensorflow|tf)\b", missing))
        self.raised_here = False
        for one in raised:
            self._walk(one.__traceback__)
        self.cells.search(len(self.cells.texts) - 1)
        if self.raised_here:
            things = self.owner, getattr(error, "obj", None), self.history
            self.of_keras = self.of_keras or any(map(of_keras, things))
        unbound = re.search(r"\bname '(\w+)' is not defined", self.text)  # Keras drops error.name
        self.unbound = unbound[1] if unbound and isinstance(error, NameError) else ""
        if self.raised_here and self.unbound:
            member = getattr(getattr(self.inner, "parent", None), "attr", "")
            self.of_keras = self.unbound in old.UNBOUND or bool(old.home(self.unbound, member))

    def _walk(self, tb):
        files = {text.strip(): cell for cell, text in enumerate(self.cells.texts)}
        while tb is not None:
            frame, code = tb.tb_frame, tb.tb_frame.f_code
            module = frame.f_globals.get("__name__", "")
            self.raised_here = frame.f_globals is self.namespace
            if self.raised_here:
                cell = files.get("".join(linecache.getlines(code.co_filename)).strip())
                timed = code.co_filename.startswith("<timed")  # of %%time
                self._own(frame, tb, len(self.cells.texts) - 1 if timed else cell)
            elif module.startswith("keras."):
                self.of_keras = self.of_keras or self.frame is not None
                self._keras(frame, code)
            elif re.match(r"anatomy\.(?!explain\.)", module) and not self.of_keras:
                return  # the kit has words of its own
            tb = tb.tb_next
        if isinstance(self.call, ast.BinOp):
            self.inputs = [self.value(self.call.left), self.value(self.call.right)]
        if not self.function and isinstance(self.call, ast.Call):  # it failed on entry
            self.owner, self.function = self.value(self.call.func), called(self.call)

    def _own(self, frame, tb, cell):
        if cell is None:
            return
        node = self.cells.at(cell, [*frame.f_code.co_positions()][tb.tb_lasti // 2])
        if self.statement is None and cell == len(self.cells.texts) - 1:
            own = (s for s in self.cells.statements if s.cell == cell)
            self.statement = next((s for s in own if tb.tb_lineno <= s.node.end_lineno), None)
        self.frame, self.inner = frame, node or self.inner
        if not self.function:
            self.call = node or self.call
        elif isinstance(node, ast.Call) and hasattr(layer := self.value(node.func), "compute_mask"):
            self.layer, self.inputs = layer, self.value(node.args[0]) if node.args else None
            self.raised_here = False  # by Keras, whose own frames are left out

    def _keras(self, frame, code):
        """A frame of Keras: what it was called with."""
        values = frame.f_locals
        if code.co_name == "error_handler" and "fn" in values:
            try:
                bound = inspect.signature(values["fn"]).bind(*values["args"], **values["kwargs"])
            except TypeError:
                return
            arguments, name = dict(bound.arguments), values["fn"].__name__
            owner = arguments.pop("self", getattr(values["fn"], "__self__", None))
            if isinstance(owner, keras.layers.Layer) and name == "__call__":
                inputs = [*arguments.get("args", ()), *arguments.get("kwargs", {}).values()]
                self.layer, self.inputs = owner, inputs[0] if len(inputs) == 1 else inputs
        else:
            names = inspect.getargs(code).args
            arguments = {name: values[name] for name in names if name in values}
            owner, name = arguments.pop("self", None), code.co_name
            own = values.get("layer")
            if name == "build" and isinstance(own, keras.layers.Layer):
                self.layer, self.inputs = own, values.get("x")
        if not self.function:
            self.function, self.owner, self.arguments = name, owner, arguments

    def value(self, node):
        """What code stands for that calls nothing, ``len()`` apart; None for any other."""
        scopes = collections.ChainMap(getattr(self.frame, "f_locals", {}), self.namespace)
        with contextlib.suppress(Exception):  # of no node, or of a name that is not bound here
            calls = [n for n in ast.walk(node) if isinstance(n, ast.Call | ast.NamedExpr)]
            if all(called(one) == "len" for one in calls):
                return eval(compile(ast.Expression(node), "<a value>", "eval"), {}, scopes)
        return None

    def argument(self, name):
        """The node of an argument of the student's call; None where it is not written there."""
        if not isinstance(self.call, ast.Call):
            return None
        return passed(self.call, parameters(self.value(self.call.func))).get(name)

    @property
    def validation(self):
        """The (x, y, ...) of ``validation_data``; () for batches, which are left untouched."""
        data = self.arguments.get("validation_data")
        return data if isinstance(data, tuple | list) else ()

    def name_of(self, thing):
        """What a module is called here; "" where it has no name."""
        return next((name for name, value in self.namespace.items() if value is thing), "")

    @property
    def history(self):
        """The History of which a curve was asked for in the student's own line; or None."""
        curves = self.inner.value if isinstance(self.inner, ast.Subscript) else None
        owners = map(self.value, (curves, getattr(curves, "value", None)))
        return next((one for one in owners if type(one).__name__ == "History"), None)

    @property
    def scope(self):
        """The student's function, else the statement, in which it was raised; or None."""
        return within(self.inner, ast.FunctionDef) or within(self.inner, ast.stmt)

    @property
    def broken(self):
        """The `Break` of the chain of layers that was called; None where it holds."""
        broken = self.stack and self.stack.broken
        each = broken and broken.reason == "positions" and len(getattr(self.y, "shape", ())) > 2
        return None if each else broken  # there is a target for each position, which is meant

    @property
    def inputs_of(self):
        """The names of the model's inputs."""
        return [one.name for one in getattr(self.model, "inputs", None) or ()]

    @property
    def model(self):
        """The model whose method was called; or None."""
        return self.owner if isinstance(self.owner, keras.Model) else None

    @property
    def x(self):
        """The data that a model was called on, or None."""
        if self.model is None:
            return None
        return self.arguments.get("x", self.inputs if self.function == "__call__" else None)

    @property
    def y(self):
        return self.arguments.get("y") if self.model is not None else None

    @cached_property
    def stack(self):
        """The chain of layers up to the one that does not fit, judged; None where there is none."""
        layer, inputs, shape, layers = self.layer, self.inputs, None, []
        if isinstance(self.owner, keras.Sequential):
            shape, layers = private.sequence(self.owner)
            if shape is None and hasattr(self.x, "shape"):
                shape = (None, *self.x.shape[1:])
        elif isinstance(inputs, keras.KerasTensor) and layer is not None:
            shape, layers = _chain(inputs)
            layers = [*layers, layer]
        elif layer is not None and hasattr(inputs, "shape"):  # within call()
            shape, layers = (None, *inputs.shape[1:]), [layer]
        with contextlib.suppress(Exception), unseen():  # of shapes that nobody can judge
            return judge(layers, shape) if layers and isinstance(shape, tuple) else None

    @cached_property
    def graph(self):
        """The `Graph` of tensors that a layer cannot take together, or of the model; or None."""
        tensors = self.inputs if isinstance(self.inputs, list | tuple) else ()
        with contextlib.suppress(Exception), unseen():
            if tensors and all(isinstance(one, keras.KerasTensor) for one in tensors):
                return _graph(tensors, self.layer)
            wired = self.model is not None and private.functional(self.model) is not None
            return graph(self.model) if wired and len(self.model.layers) <= LAYERS else None


def _graph(tensors, layer):
    """The `Graph` that symbols come from, with a layer at its end that cannot take them."""
    sources = (one for tensor in tensors for one in keras.utils.get_source_inputs(tensor))
    inputs = {id(one): one for one in sources}
    whole = graph(keras.Model([*inputs.values()], tensors))
    last = Node(layer.name, type(layer).__name__, "broken", "cannot take this")
    edges = [Edge(*output, len(whole.nodes)) for output in whole.outputs]
    nodes = (*whole.nodes, last)
    return replace(whole, nodes=nodes, edges=(*whole.edges, *edges), outputs=(), losses=())


def _chain(tensor):
    """(shape, layers): what lies behind a symbol, as far as it is one layer after the other."""
    layer, node, _ = private.producer(tensor)
    if len(node.input_tensors) != 1:
        return tuple(tensor.shape), []
    shape, layers = _chain(*node.input_tensors)
    return shape, [*layers, layer]


def of_keras(thing):
    """Whether an object, a class or a module is of Keras."""
    name = getattr(thing, "__module__", None) or getattr(thing, "__name__", "") or ""
    kinds = getattr(thing, "__mro__", type(thing).__mro__)
    return any(str(one).startswith("keras") for one in (name, *(kind.__module__ for kind in kinds)))
