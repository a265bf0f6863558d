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
from anatomy.losses.doctor.outputs import outputs
from anatomy.losses.doctor.rules import faults
from anatomy.training import private
from anatomy.training.run import compiled_like
from anatomy.training.trial import trial

LARGEST = 5_000_000  # weights of a model that is tried
BYTES = 50_000_000  # of an array that is copied
ROWS = 8
TRACED = {"fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch"}
SECONDS = 3  # of one trial, from which no further step is traced
#: Calls that are left out: what they show or write is not for a trial.
SILENT = {"print", "display", "summary", "plot_model", "show", "plot", "savez", "savefig", "to_csv",
          "system", "run", "dump", "export", "makedirs", "remove", "rmtree"}  # fmt: skip


class Untried(Exception):
    """What is needed for a trial is not known, or must not be run twice."""


def works(raised, after):
    """Whether the cell that raised comes further with other text: to its end, or to another line.

    What the change touches is run again, from the statements that it depends on, in a copy of the
    student's names. ``fit()`` and the like are traced on a few rows: nothing is compiled, and no
    file is written.

    Args:
        raised: `anatomy.explain.facts.Raised`.
        after: the changed `Cells`.
    """
    import keras

    try:
        todo = statements(raised, after)
        with unseen(values=True), private.through_globals(), _same_graph(raised.namespace):
            if keras.backend.backend() == "jax":
                import jax

                jax.eval_shape(lambda: _run(todo, raised.namespace))
            else:
                _run(todo, raised.namespace)
    except Exception:
        return False
    return True


def statements(raised, after):
    """What is to be run: the statements that differ, the one that raised, and what they need."""
    last = raised.statement
    before = {(one.cell, one.text) for one in raised.cells.statements}
    every = after.statements
    left = Counter(one.text for one in raised.cells.statements) - Counter(s.text for s in every)
    gone = {name for one in raised.cells.statements if one.text in left for name in one.binds}
    same = [i for i, one in enumerate(every)
            if last is not None and one.cell == last.cell and one.text == last.text]  # fmt: skip
    seeds = [i for i, one in enumerate(every) if (one.cell, one.text) not in before]
    end = max([*same[-1:], *seeds]) if same else max(seeds, default=-1)
    if end < 0:
        raise Untried("nothing is changed")
    if not same and last is not None:  # the line that raised is itself another now
        own = [i for i in seeds if every[i].cell == last.cell]
        end = max(own or seeds)
    wanted, todo = set(), {*seeds, end}
    while todo - wanted:
        at = (todo - wanted).pop()
        wanted.add(at)
        one = every[at]
        for name in one.reads | one.changes:
            binders = [i for i in range(end) if name in every[i].binds]
            own = raised.namespace.get(name)
            stale = [i for i in binders if i >= at] or name in one.changes | gone
            if stale or name not in raised.namespace or _is_of(own, raised.namespace):
                todo |= {i for i in binders if i < at}
        if at != end and not isinstance(one.node, ast.Import | ast.ImportFrom):
            todo |= {i for i in range(at + 1, end) if one.binds & every[i].reads}
    return [every[i] for i in sorted(wanted) if i <= end]


def _is_of(value, namespace):
    """Whether an object was defined in the notebook, or can be used only once."""
    if isinstance(value, types.GeneratorType):
        return True
    if isinstance(value, type):
        return value.__module__ == namespace.get("__name__")
    return getattr(value, "__globals__", None) is namespace


def _run(todo, namespace):
    import keras

    names, _run.start = dict(namespace), time.perf_counter()
    names |= {name: lambda *_, **__: None for name in SILENT & {"print", "display"}}
    names["__traced__"] = _traced
    bound = set()
    for one in todo:
        for name in one.reads & set(namespace) - bound:
            names[name] = _copy(namespace[name])
        bound |= one.binds | one.reads
    for one in todo:
        if not (isinstance(one.node, ast.Expr) and called(one.node.value) in SILENT):
            tree = ast.fix_missing_locations(_Tracing().visit(ast.parse(one.text)))
            exec(compile(tree, "<a change>", "exec"), names)
    for name, value in names.items():
        new = isinstance(value, keras.Model) and value is not namespace.get(name)
        untried = new and value.built and not value.compiled and weights(value) <= LARGEST
        if error := trial(value) if untried else None:
            raise error
    return 0


class _Tracing(ast.NodeTransformer):
    """``model.fit(...)`` becomes ``__traced__("fit", model, ...)``."""

    def visit_Call(self, node):
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in TRACED | {"save"}:
            name = ast.Name("__traced__", ast.Load())
            args = [ast.Constant(function.attr), function.value, *node.args]
            return ast.Call(name, args, node.keywords)
        return node


def _traced(name, owner, *args, **kwargs):
    """A method of a model, traced on a few rows; any other function as it is."""
    import keras

    method = getattr(owner, name)
    if not isinstance(owner, keras.Model):
        return method(*args, **kwargs)
    given = inspect.signature(method).bind(*args, **kwargs).arguments
    if name == "save":
        if not str(given.get("filepath", "")).endswith((".keras", ".h5")):
            raise ValueError("a model is saved as .keras")
        return None
    if weights(owner) > LARGEST or time.perf_counter() - _run.start > SECONDS:
        raise Untried("too much to trace")
    x, y = given.get("x"), given.get("y")
    if "predict" in name:
        return private.trace_predict(owner, x, ROWS)
    private.trace_step(owner, name, given, ROWS)
    seen = outputs(owner, y)[0] if y is not None else ()
    if any(fault for output in seen for fault in faults(output, mild=False)):
        raise Untried("it would train wrong")
    if (more := given.get("validation_data")) is not None:
        private.trace_step(owner, "evaluate", dict(zip(("x", "y"), more, strict=False)), ROWS)
    if name == "fit":
        return keras.callbacks.History()
    results = dict.fromkeys(owner.get_metrics_result(), 0.0)
    numbers = [*results.values()] if len(results) > 1 else 0.0
    return results if given.get("return_dict") else numbers


def weights(model):
    """How many weights a model has."""
    return sum(int(np.prod(one.shape)) for one in model.weights)


def _copy(value):
    """What a trial may change."""
    import keras

    if isinstance(value, np.ndarray):
        rows = value.copy() if value.nbytes < BYTES else value.view()
        rows.flags.writeable = value.nbytes < BYTES
        return rows
    if isinstance(value, keras.Model):
        return compiled_like(keras.models.clone_model(value), value)
    if isinstance(value, keras.layers.Layer):
        return clone(value)
    if isinstance(value, keras.Optimizer):
        return type(value).from_config(value.get_config())
    return copy.copy(value) if isinstance(value, list | dict) else value


@contextlib.contextmanager
def _same_graph(namespace):
    """Symbols of the student's keep no trace of what was called on them."""
    import keras

    layers = {id(layer): layer for value in namespace.values()
              if isinstance(value, keras.KerasTensor)
              for layer in [private.producer(value)[0]]}  # fmt: skip
    with private.same_nodes(layers.values()):
        yield
