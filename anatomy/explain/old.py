"""Old names of Keras 1, 2 and tf.keras, and today's: a table, and a cell written anew by it.

Source: the release notes of Keras 2.0, and https://keras.io/guides/migrating_to_keras_3/
"""

import ast
import csv
import inspect
import re
from pathlib import Path

from anatomy.explain.source import Cells, Edit, around, called, given, within
from anatomy.lazy import keras
from anatomy.training.errors import parameters

with (Path(__file__).parent / "old.csv").open() as file:
    ROWS = list(csv.DictReader(file))


def table(kind):
    """dict name -> (what had it last, what to write today; "" for nothing)."""
    return {row["name"]: (row["last"], row["today"]) for row in ROWS if row["kind"] == kind}


MODULES, NAMES, MEMBERS, ARGUMENTS = map(table, ("module", "name", "member", "argument"))
MODES, SHAPES, GONE = map(table, ("merge", "shape", "gone"))
BACKEND = {name: new for name, (_, new) in table("backend").items()}
ORDERINGS = {"tf": '"channels_last"', "th": '"channels_first"'}
OWNERS = {"lr": "optimizer", "output_shape": r"layer|\[", "input_shape": r"layer|\["}
#: What names mean that nothing binds; where Keras's own are; and what scikit-learn has as well.
UNBOUND = {"tf": "tensorflow", "K": "keras.backend", "np_utils": "keras.utils.np_utils"}
ROOMS = ("layers", "models", "optimizers", "callbacks", "losses", "metrics", "regularizers",
         "initializers", "constraints", "applications", "utils", "datasets")  # fmt: skip
SHARED = r"Pipeline|Sequence|Config|mean_\w+_error"
ELSEWHERE = {"keras.backend.": "Keras 2", "tensorflow.": "TensorFlow"}


def home(name, member=""):
    """The module that a name of Keras's, of which a member is used, is imported from; or ""."""
    modules = {"keras": keras} | {room: getattr(keras, room) for room in (*ROOMS, "ops")}
    if name in modules:
        own = hasattr(modules[name], member) and not re.fullmatch(SHARED, member)
        return "keras" * own
    own = re.match(r"[A-Z]|[\w.]+_", f"{name}.{member}") and not re.fullmatch(SHARED, name)
    for room in ROOMS if own else ():
        thing = getattr(modules[room], name, None)
        if hasattr(thing, member) if inspect.ismodule(thing) else thing is not None:
            return f"keras.{room}"
    return ""


def today(path):
    """(path, names): a name with dots as it is today; what is old in it -> its row."""
    names = {}
    for old, row in MODULES.items():
        if f"{path}.".startswith(f"{old}."):
            path, names[old] = row[1] + path[len(old) :], row
    names |= {old: row for old, row in GONE.items() if f"{path}.".startswith(f"{old}.")}
    owner, _, name = path.rpartition(".")
    same = name.removeprefix("reduce_")
    new = BACKEND.get(name) or f"keras.ops.{same}" * callable(getattr(keras.ops, same, None))
    for root, had in ELSEWHERE.items():
        if new and path.startswith(root):
            return new, names | {path: (had, new)}
    if owner.startswith("keras"):
        names |= {name: row} if (row := NAMES.get(name, GONE.get(name))) else {}
        path = f"{owner}.{NAMES.get(name, ('', name))[1]}"
    return path, names


class Modern:
    """A cell of old code, and what is to be written in it today.

    Attributes:
        edits: list of `Edit`. names: dict from each old name to (version, today's name).
    """

    def __init__(self, cells, cell, known=()):
        self.cells, self.cell, self.edits, self.names = cells, cell, [], {}
        self.known = dict(known)
        self.unbound = UNBOUND.keys() - {*known}
        self.aliases = {name: UNBOUND[name] for name in self.unbound}
        self.aliases |= {one.asname: one.name for node in cells.nodes(ast.Import)
                        for one in node.names if one.asname}  # fmt: skip
        self.aliases |= {one.asname or one.name: f"{node.module}.{one.name}"
                         for node in cells.nodes(ast.ImportFrom) for one in node.names}  # fmt: skip
        nodes = cells.nodes(ast.AST, lambda n: getattr(n, "cell", None) == cell
                            and hasattr(n, "lineno"))  # fmt: skip
        for node in reversed(nodes):
            if visit := getattr(self, f"_{type(node).__name__}", None):
                visit(node)
        after = [s for s in cells.edited(self.apart).statements if s.cell <= cell]
        before = [s for s in cells.statements if s.cell == cell]
        anew = any("keras" in s.reads for s in after if s.cell == cell) and self.edits
        known = set(known).union(*(s.binds for s in after), *(s.reads for s in before))
        if anew and "keras" not in known:
            self.edits.insert(0, Edit(cell, 0, 0, "import keras\n"))

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
        version, new = self.names[name]
        use = f"Keras has none today: {new}" if name in GONE else f"today: {new}"
        name = name.replace("tensorflow.", "tf.") if version == "TensorFlow" else name
        return f"{name} is of {version}; {use if new else 'it is left out today'}."

    def put(self, node, text, names):
        """Other text for a node, for what is old in it: dict name -> row."""
        if text != self.cells.text(node):
            self.edits.append(self.cells.replace(node, text))
        self.names |= names

    # -- imports, and what they bind ---------------------------------------------------------

    def _Import(self, node):
        source = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        modules, every = {}, {}
        for one in node.names:
            path, names = today(source + one.name)
            module, _, name = path.rpartition(".") if source else ("", "", path)
            short = one.asname
            if name == "tensorflow" and self._all_today(short or name):
                name, short, names = "keras", None, {"tensorflow.keras": ("Keras 2", "keras")}
            if one.name == "merge" and module.startswith("keras"):
                names = {"merge": ("Keras 1", "concatenate, add, ...")}
            else:
                text = name if short in (None, name) else f"{name} as {short}"
                modules.setdefault(module, []).append(text)
            every |= names
        lines = [f"from {module} " * bool(module) + f"import {', '.join(names)}"
                 for module, names in modules.items()]  # fmt: skip
        if every:
            self.put(node, "\n".join(lines), every)

    _ImportFrom = _Import

    def _all_today(self, alias):
        """Whether Keras has all that the cell uses of TensorFlow."""
        uses = self.cells.nodes(ast.Name, lambda n: n.id == alias and n.cell == self.cell)
        whole = [[one for one in around(n) if type(one) in (ast.Name, ast.Attribute)] for n in uses]
        paths = [f"tensorflow{self.cells.text(parts[-1])[len(alias) :]}" for parts in whole]
        return not any(today(path)[0].startswith("tensorflow") for path in paths)

    def _Name(self, node):
        text = self.cells.text(node)
        if text == "merge":  # the function, and not the module of that name
            return None
        first, *rest = text.split(".") if re.fullmatch(r"[\w.]+", text) else [""]
        origin = self.aliases.get(first, "")
        path = ".".join([origin or first, *rest])
        new, names = today(path)
        if new == path or (not origin and not rest):
            self.names |= names
            return self._member(node) if rest or not first else None
        root, name = today(origin)[0], origin.rpartition(".")[2]
        # As the student writes it:
        if origin and first not in self.unbound and f"{new}.".startswith(f"{root}."):
            own = root.rpartition(".")[2] if first == name else first
            new = own + new[len(root) :]
        return self.put(node, new, names)

    _Attribute = _Name

    def _member(self, node):
        name, own = node.attr, self.cells.text(node.value)
        if name not in MEMBERS or not re.search(OWNERS.get(name, ""), own):
            return
        new, bracket, more = MEMBERS[name][1].partition("(...)")
        if bracket and isinstance(node.parent, ast.Call):
            end = self.cells.span(node.parent)[1]
            self.edits.append(Edit(self.cell, end, end, more))
        self.put(node, f"{own}.{new}", {name: MEMBERS[name]})

    def _Subscript(self, node):
        key = getattr(node.slice, "value", None)
        if key in ("acc", "val_acc") and "history" in self.cells.text(node.value):
            new = key.replace("acc", "accuracy")
            self.put(node.slice, f'"{new}"', {key: ("Keras 2", new)})

    # -- calls -------------------------------------------------------------------------------

    def _Call(self, node):
        name = called(node)
        if name == "merge" and self.aliases.get("merge", "").startswith("keras"):
            return self._merge(node)
        if name == "save" and node.args and (path := self._without_ending(node.args[0])):
            text = self.cells.text(path)
            named = isinstance(path, ast.Name)
            new = f'f"{{{text}}}.keras"' if named else f"{text[:-1]}.keras{text[-1]}"
            self.put(path, new, {f"save({text})": ("Keras 2", new)})
        column = given(node, "filters", "nb_row", "nb_col")
        if name == "Convolution2D" and column:
            row = given(node, "filters", "nb_row")
            size = f"({self.cells.text(row)}, {self.cells.text(column)})"
            self.edits += [self.cells.replace(row, size), self.cells.remove(column)]
        for one in node.keywords:
            self._argument(node, one, {k.arg: k for k in node.keywords})
        return None

    def _without_ending(self, path):
        """The last literal, f-string or name of a path that gives the file no ending; or None."""
        while isinstance(path, ast.Call | ast.BinOp):
            path = path.right if isinstance(path, ast.BinOp) else (path.args or [None])[-1]
        parts = path.values if isinstance(path, ast.JoinedStr) else [path]
        texts = [getattr(part, "value", "") for part in parts]
        if isinstance(path, ast.Name):
            texts = [self.known.get(path.id)]
        file = "".join(text for text in texts if isinstance(text, str)).rpartition("/")[2]
        return path if file and "." not in file else None

    def _merge(self, node):
        mode = getattr(given(node, "inputs", "mode"), "value", "sum")
        if function := MODES.get(mode, ("", ""))[1]:
            more = [f"axis{'es' * (function == 'dot')}={self.cells.text(k.value)}"
                    for k in node.keywords if k.arg in ("concat_axis", "dot_axes")]  # fmt: skip
            text = ", ".join([*map(self.cells.text, node.args[:1]), *more])
            self.put(node, f"keras.layers.{function}({text})", {"merge": ("Keras 1", function)})

    def _argument(self, call, one, others):
        name, value = one.arg, self.cells.text(one.value)
        version, new = ARGUMENTS.get(name, ("", None))
        thing = target(call)
        known = parameters(thing) if thing else [name]
        if new is None or name in known or (new and new not in known):
            return self._first_layer(call, one)
        self.names[name] = version, new
        if name == "decay":
            rate = others.get("lr") or others.get("learning_rate")
            start = self.cells.text(rate.value) if rate else "0.01"
            schedule = f"keras.optimizers.schedules.InverseTimeDecay({start}, 1, {value})"
            self.put(one, f"learning_rate={schedule}", {name: (version, "a schedule")})
            self.edits += [self.cells.remove(rate)] if rate else []
        elif not new:
            self.edits.append(self.cells.remove(one))
        elif name != "lr" or "decay" not in others:
            start = self.cells.span(one)[0]
            self.edits.append(Edit(self.cell, start, start + len(name), new))
            if name == "dim_ordering":
                order = ORDERINGS.get(getattr(one.value, "value", ""), value)
                self.edits.append(self.cells.replace(one.value, order))
        return None

    def _first_layer(self, call, one):
        """``input_shape=`` and ``input_dim=`` of a first layer become an Input before it."""
        if one.arg not in SHAPES or target(call) is None:
            return
        parent = call.parent
        version, shape = SHAPES[one.arg]
        text = f"keras.Input({shape.format(self.cells.text(one.value))})"
        if isinstance(parent, ast.List):
            self.edits.append(self.cells.element_before(call, text))
        elif called(parent) == "add":
            line = f"{self.cells.text(parent.func)}({text})"
            self.edits.append(self.cells.line(within(call, ast.stmt), line))
        else:
            return
        self.edits.append(self.cells.remove(one))
        self.names[one.arg] = version, text


def target(call):
    """What is called, by its last name: a class of Keras's, or a method of its models."""
    name = called(call)
    name = NAMES.get(name, MEMBERS.get(name, ("", name)))[1]
    rooms = keras.layers, keras.optimizers, keras.callbacks, keras.models, keras.Model
    return next((getattr(room, name) for room in rooms if hasattr(room, name)), None)


def modern(text, before=()):
    """(code, names): a cell in today's Keras, and what is old in it: name -> (version, today's)."""
    cells = Cells([*before, text])
    new = Modern(cells, len(cells.texts) - 1)
    return cells.edited(new.apart).texts[-1], new.names


def found(r):
    """The `Modern` of a cell whose error names something old, ``words`` and all; or None."""
    new, text = Modern(r.cells, len(r.cells.texts) - 1, r.namespace), str(r.error)[:5000]
    imported, module = isinstance(r.error, ImportError), getattr(r.error, "name", None)
    line = r.cells.text(r.statement.node)

    def named(name):
        """Whether an error is about an old name, or about what stands for it today."""
        words = {name.split(".")[-1], new.names[name][1], name.partition("(")[0]} - {""}
        saved = name.startswith("save(") and ".keras" in text
        named = re.search(rf"\b({'|'.join(map(re.escape, words))})\b", text)
        here = name in line or name.startswith(module or "-")
        return saved or named or r.unbound in new.unbound or (imported and here)

    words = [new.say(name) for name in new.names if named(name)]
    new.words = " ".join(words)
    return new if words else None
