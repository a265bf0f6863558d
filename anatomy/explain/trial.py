"""A change is tried: the student's own statements, in a copy, traced as fit() compiles them."""

import ast
import contextlib
import copy
import inspect
import time
import types
from collections import Counter

import numpy as np

from anatomy.explain.source import called
from anatomy.layers.symbolic import clone, unseen
from anatomy.lazy import jax, keras
from anatomy.losses.doctor.outputs import outputs
from anatomy.losses.doctor.rules import faults
from anatomy.training import private
from anatomy.training.run import compiled_like
from anatomy.training.step import trial

LARGEST = 5_000_000  # weights of a model that is tried
BYTES = 50_000_000  # of an array that is copied
ROWS = 8
TRACED = {"fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch",
          "get_weights", "save"}  # fmt: skip
SECONDS = 3  # of one trial, from which no further step is traced
#: Calls that are left out: what they show or write is not for a trial.
SILENT = {"print", "display", "summary", "show", "plot", "savez", "savefig", "to_csv",
          "system", "run", "dump", "export", "makedirs", "remove", "rmtree"}  # fmt: skip


def works(raised, after):
    """Whether the cell that raised comes further with other text: to its end, or to another line.

    What the change touches is run again, from the statements that it depends on, in a copy of the
    student's names. ``fit()`` and the like are traced on a few rows: nothing is compiled, and no
    file is written.

    Args:
        raised: `anatomy.explain.facts.Raised`.
        after: the changed `Cells`.
    """
    try:
        early, late = statements(raised, after)
        with unseen(values=True), private.through_globals(), _same_graph(raised.namespace):
            if keras.backend.backend() == "jax":
                jax.eval_shape(lambda: _run(early, late, raised.namespace))
            else:
                _run(early, late, raised.namespace)
    except Exception:
        return False
    return True


def statements(raised, after):
    """(early, late): what the statements that differ and the one that raised need, and these."""
    last = raised.statement
    before = {(one.cell, one.text) for one in raised.cells.statements}
    every = after.statements
    left = Counter(one.text for one in raised.cells.statements) - Counter(s.text for s in every)
    gone = {name for one in raised.cells.statements if one.text in left for name in one.binds}
    places = [(one.cell, one.text) for one in every]
    same = [i for i, place in enumerate(places) if place == (last.cell, last.text)]
    seeds = [i for i, place in enumerate(places) if place not in before]
    traced = [i for i, one in enumerate(every) if {*map(called, ast.walk(one.node))} & TRACED]
    end = max([*same, *seeds, *traced])
    wanted, todo = set(), {*seeds, end}
    while todo - wanted:
        at = (todo - wanted).pop()
        wanted.add(at)
        one = every[at]
        for name in one.reads | one.changes:
            own = raised.namespace.get(name)
            stale = name in one.changes | gone or any(name in s.binds for s in every[at:end])
            if stale or name not in raised.namespace or _is_of(own, raised.namespace):
                todo |= after.origins(name, at)
        for name in one.binds if not isinstance(one.node, ast.Import | ast.ImportFrom) else ():
            until = next((i for i in range(at + 1, end) if name in every[i].anew), end - 1)
            todo |= {i for i in range(at + 1, until + 1) if name in every[i].reads}
    first = min(seeds, default=0)
    early = [every[i] for i in sorted(wanted) if i < first]
    return early, [every[i] for i in sorted(wanted) if first <= i <= end]


def _is_of(value, namespace):
    """Whether an object was defined in the notebook, or can be used only once."""
    own = value.__module__ if isinstance(value, type | types.FunctionType) else None
    return isinstance(value, types.GeneratorType) or own == namespace.get("__name__", "")


def _run(early, late, namespace):
    """Runs statements; of the early ones, before all that is changed, some may have raised."""
    todo = [*early, *late]
    names, _run.start = dict(namespace), time.perf_counter()
    names |= dict.fromkeys(("print", "display"), lambda *_, **__: None)
    names |= {"__traced__": _traced, "__drawn__": _drawn}
    bound = set()
    for one in todo:
        for name in one.reads & set(namespace) - bound:
            names[name] = _copy(namespace[name])
        bound |= one.binds | one.reads
    for one in todo:
        if not (isinstance(one.node, ast.Expr) and called(one.node.value) in SILENT):
            tree = ast.fix_missing_locations(_Tracing().visit(ast.parse(one.text)))
            with contextlib.suppress(*[Exception] * (one in early)):
                exec(compile(tree, "<a change>", "exec"), names)
    for name, value in names.items():
        new = isinstance(value, keras.Model) and value is not namespace.get(name)
        untried = new and value.built and not value.compiled and weights(value) <= LARGEST
        if error := trial(value) if untried else None:
            raise error
    return 0


class _Tracing(ast.NodeTransformer):
    """``model.fit(...)`` becomes ``__traced__("fit", model, ...)``; no model is drawn."""

    def visit_Call(self, node):
        self.generic_visit(node)
        function = node.func
        if called(node) == "plot_model":
            name, first = "__drawn__", [function]
        elif isinstance(function, ast.Attribute) and function.attr in TRACED:
            name, first = "__traced__", [ast.Constant(function.attr), function.value]
        else:
            return node
        return ast.Call(ast.Name(name, ast.Load()), [*first, *node.args], node.keywords)


def _traced(name, owner, *args, **kwargs):
    """A method of a model, traced on a few rows; any other function as it is."""
    method = getattr(owner, name)
    if not isinstance(owner, keras.Model):
        return method(*args, **kwargs)
    given = inspect.signature(method).bind(*args, **kwargs).arguments
    if name == "get_weights":
        return [np.zeros(one.shape, one.dtype) for one in owner.weights]
    if name == "save":
        if not str(given.get("filepath", "")).endswith((".keras", ".h5")):
            raise ValueError("a model is saved as .keras")
        return None
    if weights(owner) > LARGEST or time.perf_counter() - _run.start > SECONDS:
        raise ValueError("too much to trace")
    x, y = given.get("x"), given.get("y")
    if "predict" in name:
        return private.trace_predict(owner, x, ROWS)
    private.trace_step(owner, name, given, ROWS)
    seen = outputs(owner, y)[0] if y is not None else ()
    if any(fault for output in seen for fault in faults(output, mild=False)):
        raise ValueError("it would train wrong")
    more = given.get("validation_data")
    if isinstance(more, tuple | list):  # batches are left untouched
        private.trace_step(owner, "evaluate", dict(zip(("x", "y"), more, strict=False)), ROWS)
    results = dict.fromkeys(owner.get_metrics_result(), 0.0)
    if name == "fit":
        history = keras.callbacks.History()
        parts = ("", "val_")[: 1 + (more is not None or "validation_split" in given)]
        history.history = {part + curve: [0.0] for part in parts for curve in results}
        return history
    numbers = [*results.values()] if len(results) > 1 else 0.0
    return results if given.get("return_dict") else numbers


def _drawn(function, *args, **kwargs):
    """A model as ``plot_model()`` would draw it, without a file."""
    keras.utils.model_to_dot(inspect.signature(function).bind(*args, **kwargs).arguments["model"])


def weights(model):
    """How many weights a model has."""
    return sum(int(np.prod(one.shape)) for one in model.weights)


def _copy(value):
    """What a trial may change."""
    if isinstance(value, np.ndarray):
        rows = value.copy() if value.nbytes < BYTES else value.view()
        rows.flags.writeable = value.nbytes < BYTES
        return rows
    if isinstance(value, keras.Model):
        return compiled_like(keras.models.clone_model(value), value)
    if isinstance(value, keras.layers.Layer | keras.Optimizer):
        return clone(value)
    return copy.copy(value) if isinstance(value, list | dict) else value


def _same_graph(namespace):
    """A context in which symbols of the student's keep no trace of what is called on them."""
    symbols = [one for one in namespace.values() if isinstance(one, keras.KerasTensor)]
    layers = [private.producer(one)[0] for one in symbols]
    return private.same_nodes({id(one): one for one in layers}.values())
