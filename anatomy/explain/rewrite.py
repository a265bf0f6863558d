"""What `layers.stack` and the loss doctor would change, in the student's own lines."""

import ast
import re

from anatomy.explain.source import called, statement_of, within_of
from anatomy.layers.code import arguments, spell
from anatomy.layers.stacks.facts import spelled
from anatomy.layers.symbolic import unseen
from anatomy.losses.doctor import rules
from anatomy.losses.doctor.outputs import outputs


def of_stack(raised):
    """Yields the edits that repair the chain of layers that was called."""
    judged = raised.stack
    with unseen():
        every = judged.changes
    if every:
        yield rebuilt(raised, judged.layers, every[-1][1])


def rebuilt(raised, before, after):
    """Edits that turn one list of layers into another, which keeps most of them; None for none."""
    nodes = written(raised, before)
    kept = {id(layer) for layer in after}
    edits, last, fresh = [], None, []
    gone = [layer for layer in before if id(layer) not in kept]
    old = {id(layer): node for layer, node in zip(before, nodes, strict=True)}
    if any(node is None for node in old.values()):
        return None
    for layer in after:
        if id(layer) in old:
            edits += [insert(raised, old[id(layer)], one) for one in fresh]
            last, fresh = old[id(layer)], []
        elif gone and before.index(gone[0]) == _next(before, after, layer):
            edits += changed(raised, old[id(gone[0])], gone[0], layer)
            last = old[id(gone.pop(0))]
        else:
            fresh.append(layer)
    edits += [append(raised, last, one) for one in fresh]
    edits += [remove(raised, old[id(one)]) for one in gone]
    return [edit for group in edits for edit in (group if isinstance(group, list) else [group])]


def _next(before, after, layer):
    """The place in ``before`` of what a new layer may stand for: behind the last that both have."""
    place = after.index(layer)
    common = [one for one in after[:place] if one in before]
    tail = [one for one in after[place + 1 :] if one in before]
    first = before.index(common[-1]) + 1 if common else 0
    end = before.index(tail[0]) if tail else len(before)
    return first if first < end else None


def written(raised, layers):
    """For each layer the call that created it; None where it is not found."""
    calls, nodes = raised.cells.nodes(ast.Call), []
    limit = raised.call
    if isinstance(limit, ast.Call) and isinstance(limit.func, ast.Call):  # layer(...)(x)
        calls = [c for c in calls if c is limit.func or within_of(c, limit)
                 or (_before(c, limit) and not within_of(limit, c.parent))]  # fmt: skip
    for layer in reversed(layers):
        name = type(layer).__name__
        likely = [c for c in calls if called(c) == name or _is(raised, c, layer)]
        node = next((c for c in likely if _agrees(c, layer)), likely[0] if likely else None)
        if node is not None:
            calls = [c for c in calls if c is not node and _starts(c) < _starts(node)]
        nodes.insert(0, node)
    return nodes


def _agrees(call, layer):
    """Whether the numbers in a call are those of a layer."""
    given = {one.arg: one.value for one in call.keywords}
    if call.args:
        given["units" if hasattr(layer, "units") else "filters"] = call.args[0]
    values = {name: node.value for name, node in given.items() if isinstance(node, ast.Constant)}
    return all(getattr(layer, name, value) == value for name, value in values.items()
               if isinstance(value, int))  # fmt: skip


def _is(raised, node, layer):
    """Whether a call creates layers like this one, by another name."""
    return called(node) != "" and raised.namespace.get(called(node)) is type(layer)


def _starts(node):
    return node.cell, node.lineno, node.col_offset


def _before(one, other):
    """Whether a node ends before another one begins."""
    end, start = (one.end_lineno, one.end_col_offset), (other.lineno, other.col_offset)
    return (one.cell, *end) <= (other.cell, *start)


def code(raised, node, layer):
    """The code of a new layer, in the student's manner: as the call beside it is written."""
    return prefixed(raised, node, spelled(layer))


def prefixed(raised, node, text):
    """Code with the layers as they are named in a call of the student's: layers.X, or X alone."""
    own = raised.cells.text(node.func)[: -len(called(node))]
    names = re.findall(r"layers\.(\w+)\(", text)
    if not own and not all(name in raised.namespace for name in names):
        own = "layers." if "layers" in raised.namespace else "keras.layers."
    return re.sub(r"(?<![\w.])layers\.", own, text)


def place(node):
    """How a layer's call stands in the code: "list", "add", "call", or "" elsewhere."""
    parent = node.parent
    if isinstance(parent, ast.List | ast.Tuple):
        return "list"
    if isinstance(parent, ast.Call) and parent.func is node:
        return "call"
    return "add" if isinstance(parent, ast.Call) and called(parent) == "add" else ""


def insert(raised, node, layer):
    """A layer before another one."""
    cells, text = raised.cells, code(raised, node, layer)
    match place(node):
        case "list":
            return cells.element_before(node, text)
        case "add":
            return cells.line_before(node, f"{cells.text(node.parent.func)}({text})")
        case "call" if node.parent.args:
            return cells.wrap(node.parent.args[0], f"{text}(", ")")
    return []


def append(raised, node, layer):
    """A layer behind the last one."""
    cells, text = raised.cells, code(raised, node, layer)
    match place(node):
        case "list":
            return cells.wrap(node, "", f", {text}")
        case "add":
            return cells.line_after(node, f"{cells.text(node.parent.func)}({text})")
        case "call":
            return cells.wrap(node.parent, f"{text}(", ")")
    return []


def remove(raised, node):
    """A layer less."""
    cells = raised.cells
    match place(node):
        case "list":
            return cells.remove(node)
        case "add":
            return cells.remove(statement_of(node))
        case "call" if node.parent.args:
            return cells.replace(node.parent, cells.text(node.parent.args[0]))
    return []


def changed(raised, node, old, new):
    """Edits of a call that creates ``old``, so that it creates ``new``."""
    if type(old) is not type(new):
        return [raised.cells.replace(node, code(raised, node, new))]
    if hasattr(old, "layer") and node.args and isinstance(node.args[0], ast.Call):
        inner = changed(raised, node.args[0], old.layer, new.layer)
        if inner:
            return inner
    with unseen():
        now, then = arguments(new), arguments(old)
    edits = []
    names = [*then, *(name for name in now if name not in then)]
    for name in names:
        if now.get(name) != then.get(name):
            value = now[name] if name in now else getattr(new, name, None)
            first = next(iter(then), None) == name
            edits.append(raised.cells.keyword(node, name, spell(value), 0 if first else None))
    return edits


def of_doctor(raised, model, y):
    """Yields (sentence, lists of edits) of each finding of the loss doctor's that stops fit()."""
    for output in outputs(model, y)[0]:
        for _, wrong, happens, changes in rules.faults(output, mild=False):
            yield f"{wrong} {happens}", _edits(raised, output, model, changes)


def _edits(raised, output, model, changes):
    """Yields the edits of each change of the doctor's that can be written."""
    for change in changes:
        edits, parts = [], re.split(r", and ", change.code)
        if change.layers or change.layer:
            if not getattr(model, "layers", None):
                continue
            edits += _of_layers(raised, output, model, change)
        if change.loss is not None:
            loss = re.search(r"loss=(.*?)(, and .*)?$", change.code)
            edits += [argument(raised, "loss", loss[1])] if loss else [None]
        if change.metrics:
            edits += [argument(raised, "metrics", re.search(r"metrics=(.*)$", change.code)[1])]
        if change.targets:
            text = parts[-1] if len(parts) > 1 else change.code.split(", metrics=")[0]
            edits += targets(raised, text)
        if edits and None not in edits:
            yield edits


def _of_layers(raised, output, model, change):
    import keras

    layers = list(model.layers)
    if change.layers:
        layers = [one for one in layers if not isinstance(one, keras.layers.InputLayer)]
        with unseen():
            new = change.layers(layers)
        edits = rebuilt(raised, layers, new)
        return [None] if edits is None else edits
    activation, units = change.layer
    (node,) = written(raised, [output.layer]) if output.layer is not None else (None,)
    if node is None:
        return [None]
    name = "units" if hasattr(output.layer, "units") else "filters"
    edits = [raised.cells.keyword(node, name, str(units), 0)] if units else []
    if (activation or "linear") != output.activation:
        code = f'"{activation}"' if activation else "None"
        edits.append(raised.cells.keyword(node, "activation", code, 1 if name == "units" else None))
    return edits


def given(call, name, place):
    """The node of an argument of a call; None where it is left out."""
    named = next((one.value for one in call.keywords if one.arg == name), None)
    return named or (call.args[place] if place < len(call.args) else None)


def argument(raised, name, text):
    """An argument of the last ``compile()``, anew."""
    calls = raised.cells.calls("compile")
    places = {"optimizer": 0, "loss": 1, "loss_weights": 2, "metrics": 3}
    return raised.cells.keyword(calls[0], name, text, places[name]) if calls else None


def targets(raised, text):
    """The targets of the student's call, computed as ``text`` has it with ``y`` for them."""
    node = raised.argument("y")
    if node is None or not re.search(r"\by\b", text) or "rows" in text:
        return [None]
    own = raised.cells.text(node)
    inside = own if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript) else ""
    return [raised.cells.replace(node, re.sub(r"\by\b", inside or f"({own})", text))]
