"""What `layers.stack` and the loss doctor would change, in the student's own lines."""

import ast
import difflib
import functools
import inspect
import re

import numpy as np

from anatomy.explain.source import around, called, passed, within
from anatomy.layers.code import arguments, spell
from anatomy.layers.stacks.facts import spelled
from anatomy.layers.symbolic import unseen
from anatomy.losses.doctor.outputs import outputs
from anatomy.losses.doctor.repair import ended, spelled_loss
from anatomy.losses.doctor.rules import faults


def rebuilt(raised, before, after):
    """Edits that turn one list of layers into another; [None] where its code is not found."""
    nodes, edits = written(raised, before), []
    if None in nodes:
        return [None]
    matcher = difflib.SequenceMatcher(None, [*map(id, before)], [*map(id, after)])
    for tag, i, end, j, to in matcher.get_opcodes():
        both = end - i if tag == "equal" else min(end - i, to - j)
        for node, old, new in zip(nodes[i:end], before[i:end], after[j : j + both], strict=False):
            edits += [] if new is old else changed(raised, node, old, new)
        last = end == len(nodes)
        at = nodes[-1 if last else end]
        edits += [beside(raised, at, one, last) for one in after[j + both : to]]
        edits += [remove(raised, node) for node in nodes[i + both : end]]
    return edits


def written(raised, layers):
    """For each layer the call that created it; None where it is not found."""
    calls, nodes = raised.cells.nodes(ast.Call), []
    limit = raised.call
    if isinstance(limit, ast.Call) and isinstance(limit.func, ast.Call):  # layer(...)(x)
        start = limit.cell, raised.cells.span(limit)[0]
        calls = [c for c in calls if c is limit.func or limit in around(c)
                 or ((c.cell, raised.cells.span(c)[1]) <= start
                     and c.parent not in around(limit))]  # fmt: skip
    for layer in reversed(layers):
        name = type(layer).__name__
        likely = [c for c in calls if called(c) == name
                  or raised.namespace.get(called(c)) is type(layer)]  # fmt: skip
        node = next((c for c in likely if _agrees(c, layer)), likely[0] if likely else None)
        if node is not None:
            calls = calls[calls.index(node) + 1 :]
        nodes.insert(0, node)
    return nodes


def _agrees(call, layer):
    """Whether the numbers in a call are those of a layer."""

    def same(name, node):
        value = getattr(node, "value", None)
        return not isinstance(value, int) or np.all(np.equal(getattr(layer, name, value), value))

    names = inspect.signature(type(layer)).parameters
    return all(same(*one) for one in passed(call, names).items())


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


def beside(raised, node, layer, after=False):
    """A layer before another one, or after it; None where that has no place for it."""
    cells, text = raised.cells, prefixed(raised, node, spelled(layer))
    match place(node):
        case "list":
            return cells.wrap(node, "", f", {text}") if after else cells.element_before(node, text)
        case "add":
            return cells.line(node, f"{cells.text(node.parent.func)}({text})", after)
        case "call" if after or node.parent.args:
            return cells.wrap(node.parent if after else node.parent.args[0], f"{text}(", ")")
    return None


def remove(raised, node):
    """A layer less; None where it cannot be taken out."""
    cells = raised.cells
    match place(node):
        case "list":
            return cells.remove(node)
        case "add":
            return cells.remove(within(node, ast.stmt))
        case "call" if node.parent.args:
            x, line = cells.text(node.parent.args[0]), node.parent.parent
            alone = isinstance(line, ast.Assign) and cells.text(line.targets[0]) == x
            return cells.remove(line) if alone else cells.replace(node.parent, x)
    return None


def changed(raised, node, old, new):
    """Edits of a call that creates ``old``, so that it creates ``new``."""
    if type(old) is not type(new):
        return [raised.cells.replace(node, prefixed(raised, node, spelled(new)))]
    with unseen():
        now, then = arguments(new), arguments(old)
    known, edits = inspect.signature(type(new)).parameters, []
    for name in (name for name in then | now if now.get(name) != then.get(name)):
        value = now[name] if name in now else known[name].default
        edits.append(raised.cells.keyword(node, name, spell(value), known))
    return edits


def of_doctor(raised):
    """[(sentence, lists of edits)] of the findings of the loss doctor's that stop fit()."""
    if raised.model is None or not raised.model.compiled or raised.y is None:
        return []
    nodes = getattr(raised.argument("validation_data"), "elts", (None, None))
    targets, findings = [("", raised.y, raised.argument("y"))], []
    targets += [("In validation_data: ", y, nodes[1]) for y in raised.validation[1:2]]
    for about, y, node in targets:
        for output in outputs(raised.model, y)[0]:
            edits = functools.partial(_edits, raised, output, node)
            for _, wrong, happens, several in faults(output, mild=False):
                findings.append((f"{about}{wrong} {happens}", map(edits, several)))
    return findings


def _edits(raised, output, y, change):
    """The edits for a change of the doctor's; with a None where they cannot be written."""
    edits = []
    if change.layers:
        own = [one for one in output.model.layers if type(one).__name__ != "InputLayer"]
        with unseen():
            new = change.layers(own)
        edits += rebuilt(raised, own, new)
    if change.layer:
        (node,) = written(raised, [output.layer])
        with unseen():
            new = node and ended(output.layer, *change.layer)
        edits += changed(raised, node, output.layer, new) if node else [None]
    if change.loss is not None:
        calls = raised.cells.calls("compile")[:1]
        loss, names = spelled_loss(change.loss), ["optimizer", "loss"]
        edits += [raised.cells.keyword(one, "loss", loss, names) for one in calls]
    if change.targets:
        edits.append(computed(raised, y, "y", change.targets))
    return edits


def computed(raised, node, name, text):
    """An argument of the student's call, computed as ``text`` has it with its name for it."""
    np_ = raised.name_of(np)
    if node is None or not isinstance(text, str) or ("np." in text and not np_):
        return None
    names = {name: raised.cells.operand(node), "np.": f"{np_}."}
    text = re.sub(rf"\b(np\.|{name}\b)", lambda found: names[found[0]], text)
    return raised.cells.replace(node, text)
