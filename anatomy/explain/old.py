"""Old names of Keras 1, 2 and tf.keras, and today's: a table, and a cell written anew by it.

Source: the release notes of Keras 2.0, and https://keras.io/guides/migrating_to_keras_3/
"""

import ast
import csv
import inspect
import re
from pathlib import Path

from anatomy.explain.source import Cells, Edit, called, within

with (Path(__file__).parent / "old.csv").open() as file:
    ROWS = list(csv.DictReader(file))


def table(kind):
    """dict name -> (the last Keras that had it, what to write today; "" for nothing)."""
    return {row["name"]: (row["last"], row["today"]) for row in ROWS if row["kind"] == kind}


MODULES, NAMES, MEMBERS, ARGUMENTS = map(table, ("module", "name", "member", "argument"))
BACKEND, MODES, GONE = map(table, ("backend", "merge", "gone"))
ORDERINGS = {"tf": '"channels_last"', "th": '"channels_first"'}


class Modern:
    """A cell of old code, and what is to be written in it today.

    Attributes:
        edits: list of `Edit`. names: dict from each old name to (version, today's name).
    """

    def __init__(self, cells, cell, known=()):
        self.cells, self.cell, self.edits, self.names = cells, cell, [], {}
        self.aliases, self.needs_keras, self.by_name = self._aliases(), False, set()
        nodes = cells.nodes(ast.AST, lambda n: getattr(n, "cell", None) == cell
                            and hasattr(n, "lineno"))  # fmt: skip
        for node in reversed(nodes):
            if visit := getattr(self, f"_{type(node).__name__}", None):
                visit(node)
        imports = self._bound() | set(known)
        if self.needs_keras and "keras" not in imports and nodes:
            self.edits.insert(0, Edit(cell, 0, 0, "import keras\n"))

    def _aliases(self):
        """dict from a name to the module that an import bound it to."""
        names = {}
        for node in self.cells.nodes(ast.Import):
            names |= {one.asname: one.name for one in node.names if one.asname}
        for node in self.cells.nodes(ast.ImportFrom):
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        return names

    def _bound(self):
        own = [s for s in self.cells.edited(self.edits).statements if s.cell <= self.cell]
        return set().union(*(s.binds for s in own)) if own else set()

    @property
    def apart(self):
        """The edits of which none lies in another: the outer ones."""
        kept = []
        for one in sorted(set(self.edits), key=lambda e: (e.start, -e.end)):
            if not kept or one.start >= kept[-1].end or one.start == one.end:
                kept.append(one)
        return kept

    def say(self, name):
        """An old name, and what is to be written today, in a sentence."""
        version, today = self.names[name]
        use = f"there is none today: {today}" if name in GONE else f"today: {today}"
        return f"{name} is of Keras {version}; {use if today else 'it is left out today'}."

    def put(self, node, text, name, version, new):
        self.edits.append(self.cells.replace(node, text))
        self.names[name] = version, new

    def _module(self, name):
        """Today's name of a module, and the row of the table; (name, None) where it is today's."""
        for old, row in MODULES.items():
            if name == old or name.startswith(f"{old}."):
                more, _ = self._module(row[1] + name[len(old) :])
                return more, (old, *row)
        return name, None

    def _Import(self, node):
        parts, changed = [], None
        for one in node.names:
            module, row = self._module(one.name)
            if one.name == "tensorflow" and self._only_keras(one.asname or one.name):
                module, row, one = "keras", ("tensorflow", "2", "keras"), ast.alias("keras")
            changed = changed or row
            short = one.asname and one.asname != module
            parts.append(f"{module} as {one.asname}" if short else module)
        if changed:
            self.put(node, f"import {', '.join(parts)}", *changed)

    def _only_keras(self, alias):
        uses = self.cells.nodes(ast.Name, lambda n: n.id == alias and n.cell == self.cell)
        return all(getattr(n.parent, "attr", "") == "keras" for n in uses)

    def _ImportFrom(self, node):
        module, row = self._module(node.module or "")
        names, moved = [], []
        if module == "tensorflow" and [one.name for one in node.names] == ["keras"]:
            return self.put(node, "import keras", "tensorflow", "2", "keras")
        for one in node.names:
            name, inner = self._module(f"{module}.{one.name}")
            row = row or inner
            if inner and one.name != "merge":  # a module that is imported by name
                self.by_name |= set() if one.asname else {one.name}
                short = f" as {one.asname}" if one.asname else ""
                moved.append(f"from {name.rpartition('.')[0]} import "
                             f"{name.rpartition('.')[2]}{short}")  # fmt: skip
                continue
            if one.name == "merge" and module.startswith("keras"):
                row = row if row != inner else ("merge", "1", "concatenate, add, ...")
                continue
            new = (
                NAMES.get(one.name, (0, one.name)) if module.startswith("keras") else (0, one.name)
            )
            if new[0]:
                self.names[one.name], row = new, row or (one.name, *new)
            names.append(new[1] + (f" as {one.asname}" if one.asname else ""))
            self._gone(one.name, module)
        lines = [f"from {module} import {', '.join(names)}"] if names else []
        if row or len(names) + len(moved) < len(node.names):
            row = row or ("merge", "1", "concatenate, add, ...")
            self.put(node, "\n".join([*lines, *moved]), *row)
        return None

    def _gone(self, name, module="keras"):
        if name in GONE and module.startswith("keras"):
            self.names[name] = GONE[name]

    def _Name(self, node):
        origin = self.aliases.get(node.id, "")
        if node.id in NAMES and origin.startswith(("keras", "tensorflow.keras")):
            self.put(node, NAMES[node.id][1], node.id, *NAMES[node.id])

    def _Attribute(self, node):
        text = self.cells.text(node)
        first, *rest = text.split(".") if re.fullmatch(r"[\w.]+", text) else [""]
        path = ".".join([self.aliases.get(first, first), *rest])
        if path.startswith("tensorflow.keras") and first in ("tf", "tensorflow"):
            if len(rest) == 1:
                return self.put(node, "keras", "tensorflow", "2", "keras")
            return None
        if path == f"keras.backend.{node.attr}" and node.attr in BACKEND:
            self.needs_keras = True
            return self.put(
                node, BACKEND[node.attr][1], f"backend.{node.attr}", *BACKEND[node.attr]
            )
        room = path.startswith("keras.")
        if first in self.by_name:
            new = self._module(path)[0].split(".")[-2:]
            return self.edits.append(self.cells.replace(node, ".".join(new)))
        if room and first not in self.aliases and (module := self._module(path))[1]:
            self.needs_keras = True
            return self.put(node, module[0], *module[1])
        if room and node.attr in NAMES:
            old = NAMES[node.attr]
            return self.put(node, f"{self.cells.text(node.value)}.{old[1]}", node.attr, *old)
        if room:
            self._gone(node.attr)
        elif node.attr in MEMBERS and not path.startswith(("np.", "numpy.")):
            self._member(node)
        return None

    def _member(self, node):
        version, new = MEMBERS[node.attr]
        own = self.cells.text(node.value)
        if node.attr == "predict_classes" and isinstance(node.parent, ast.Call):
            args = ", ".join(map(self.cells.text, node.parent.args))
            self.put(node.parent, f"{own}.predict({args}).argmax(axis=-1)", node.attr, version, new)
        elif (node.attr.endswith("_shape") and not re.search(r"layer|\[", own)) or (
            node.attr == "lr" and "optimizer" not in own
        ):
            return
        else:
            self.put(node, f"{own}.{new}", node.attr, version, new)

    def _Subscript(self, node):
        key = getattr(node.slice, "value", None)
        if key in ("acc", "val_acc") and "history" in self.cells.text(node.value):
            new = key.replace("acc", "accuracy")
            self.put(node.slice, f'"{new}"', key, "2", new)

    def _Call(self, node):
        name = called(node)
        if name == "merge" and self.aliases.get("merge", "").startswith("keras"):
            return self._merge(node)
        path = getattr(node.args[0], "value", None) if node.args else None
        if name == "save" and isinstance(path, str) and "." not in path.rpartition("/")[2]:
            self.put(node.args[0], f'"{path}.keras"', f"save({path!r})", "2", f"{path}.keras")
        if name == "Convolution2D" and len(node.args) > 2:
            start, end = self.cells.span(node.args[1])[0], self.cells.span(node.args[2])[1]
            size = ", ".join(map(self.cells.text, node.args[1:3]))
            self.edits.append(Edit(self.cell, start, end, f"({size})"))
            self.names[name] = NAMES[name]
        self._rows_and_columns(node)
        for one in node.keywords:
            self._argument(node, one)
        return None

    def _merge(self, node):
        mode = next((k for k in node.keywords if k.arg == "mode"), None)
        function = MODES.get(getattr(mode and mode.value, "value", "sum"), ("", ""))[1]
        if function:
            more = [f"axis{'es' * (function == 'dot')}={self.cells.text(k.value)}"
                    for k in node.keywords if k.arg in ("concat_axis", "dot_axes")]  # fmt: skip
            text = ", ".join([*map(self.cells.text, node.args[:1]), *more])
            self.needs_keras = True
            self.put(node, f"keras.layers.{function}({text})", "merge", "1", function)

    def _rows_and_columns(self, node):
        sizes = {k.arg: k for k in node.keywords if k.arg in ("nb_row", "nb_col")}
        if len(sizes) == 2:
            rows, columns = (self.cells.text(sizes[n].value) for n in ("nb_row", "nb_col"))
            new = f"kernel_size=({rows}, {columns})"
            self.put(sizes["nb_row"], new, "nb_row", "1", "kernel_size")
            self.edits.append(self.cells.remove(sizes["nb_col"]))

    def _argument(self, call, one):
        row = ARGUMENTS.get(one.arg)
        if row is None or not self._takes(call, one.arg, row[1]):
            return self._first_layer(call, one)
        value = self.cells.text(one.value)
        if one.arg == "decay":
            rate = next((k for k in call.keywords if k.arg in ("lr", "learning_rate")), None)
            start = self.cells.text(rate.value) if rate else "0.01"
            self.needs_keras = True
            schedule = f"keras.optimizers.schedules.InverseTimeDecay({start}, 1, {value})"
            self.put(one, f"learning_rate={schedule}", "decay", "2", "a schedule")
            if rate is not None:
                self.edits = [e for e in self.edits if e.start != self.cells.span(rate)[0]]
                self.edits.append(self.cells.remove(rate))
                self.names["lr"] = ARGUMENTS["lr"]
        elif not row[1]:
            self.edits.append(self.cells.remove(one))
            self.names[one.arg] = row
        elif one.arg == "dim_ordering":
            order = ORDERINGS.get(getattr(one.value, "value", ""), value)
            self.put(one, f"{row[1]}={order}", one.arg, *row)
        elif not (one.arg == "lr" and any(k.arg == "decay" for k in call.keywords)):
            start = self.cells.span(one)[0]
            self.edits.append(Edit(self.cell, start, start + len(one.arg), row[1]))
            self.names[one.arg] = row
        return None

    def _takes(self, call, old, new):
        """Whether what is called has the new argument today, and not the old one."""
        thing = target(call)
        if thing is None:
            return False
        known = parameters(thing)
        return old not in known and (not new or new in known)

    def _first_layer(self, call, one):
        """``input_shape=`` and ``input_dim=`` of a first layer become an Input before it."""
        if one.arg not in ("input_shape", "input_dim", "batch_input_shape") or target(call) is None:
            return
        value, parent = self.cells.text(one.value), call.parent
        shape = {"input_shape": f"shape={value}", "input_dim": f"shape=({value},)"}.get(
            one.arg, f"batch_shape={value}")  # fmt: skip
        if isinstance(parent, ast.List):
            self.edits.append(self.cells.element_before(call, f"keras.Input({shape})"))
        elif isinstance(parent, ast.Call) and called(parent) == "add":
            text = f"{self.cells.text(parent.func)}(keras.Input({shape}))"
            self.edits.append(self.cells.line_before(within(call, ast.stmt), text))
        else:
            return
        self.needs_keras = True
        self.edits.append(self.cells.remove(one))
        self.names[one.arg] = "2", f"keras.Input({shape})"


def target(call):
    """What is called, by its last name: a class of Keras's, or a method of its models."""
    import keras

    name = called(call)
    name = NAMES.get(name, MEMBERS.get(name, ("", name)))[1]
    if name == "Model":
        return keras.models.Model.__mro__[0] and _functional
    rooms = keras.layers, keras.optimizers, keras.callbacks
    found = next((getattr(room, name) for room in rooms if hasattr(room, name)), None)
    return found or (getattr(keras.Model, name, None) if name.isidentifier() else None)


def parameters(thing):
    """The names of the arguments of a function or a class, those of its bases included."""
    names = set()
    for one in [b.__init__ for b in thing.__mro__[:-1]] if isinstance(thing, type) else [thing]:
        try:
            names |= set(inspect.signature(one).parameters)
        except (TypeError, ValueError):
            continue
    return names - {"self", "args", "kwargs"}


def _functional(inputs, outputs, name=None):
    """The arguments of ``keras.Model``."""


def modern(text, before=()):
    """(code, names): a cell in today's Keras, and what is old in it: name -> (version, today's)."""
    cells = Cells([*before, text])
    new = Modern(cells, len(cells.texts) - 1)
    return cells.edited(new.apart).texts[-1], new.names


def found(r):
    """The `Modern` of a cell whose error names something old, ``words`` and all; or None."""
    errors = ImportError, AttributeError, TypeError, ValueError, KeyError, NameError
    if not isinstance(r.error, errors) or r.statement is None:
        return None
    new, text = Modern(r.cells, len(r.cells.texts) - 1, r.namespace), str(r.error)[:5000]
    module = getattr(r.error, "name", None) if isinstance(r.error, ImportError) else None

    def named(name):
        """Whether an error is about an old name, or about what stands for it today."""
        words = name.split(".")[-1], new.names[name][1], name.partition("(")[0]
        saved = name.startswith("save(") and ".keras" in text
        return (
            saved
            or name.startswith(module or "-")
            or any(re.search(rf"\b{re.escape(word)}\b", text) for word in words if word)
        )

    words = [new.say(name) for name in new.names if named(name)]
    new.words = " ".join(words)
    return new if words else None
