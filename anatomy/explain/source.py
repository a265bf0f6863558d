"""The student's cells as text: the calls in them, and small edits that keep all else as it is."""

import ast
import difflib
import re
from dataclasses import dataclass
from functools import cached_property

#: Methods after which what they are called on is another: code that follows depends on them.
CHANGING = {"add", "pop", "compile", "build", "fit", "append", "extend", "update", "set_weights"}


@dataclass(frozen=True)
class Edit:
    """Other text for a cell from ``start`` to ``end``."""

    cell: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Statement:
    """A statement at the top of a cell, and the names that it reads and binds."""

    cell: int
    node: ast.stmt

    @cached_property
    def text(self):
        return ast.unparse(self.node)

    @cached_property
    def reads(self):
        names = {n.id for n in ast.walk(self.node) if isinstance(n, ast.Name) and not _stores(n)}
        return names - {n.arg for n in ast.walk(self.node) if isinstance(n, ast.arg)}

    @cached_property
    def binds(self):
        """The names that it binds, or whose objects it changes."""
        names = {n.id for n in ast.walk(self.node) if isinstance(n, ast.Name) and _stores(n)}
        if isinstance(self.node, ast.Import | ast.ImportFrom):
            names |= {(one.asname or one.name).split(".")[0] for one in self.node.names}
        if isinstance(self.node, ast.FunctionDef | ast.ClassDef):
            return {self.node.name}
        return names | self.changes

    @property
    def anew(self):
        """The names that it binds whatever was there before."""
        always = ast.Assign | ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
        return self.binds - self.changes if isinstance(self.node, always) else set()

    @cached_property
    def changes(self):
        """The names whose objects it changes: of ``model.add(...)``, the model."""
        calls = (n.func for n in ast.walk(self.node) if isinstance(n, ast.Call))
        targets = [f.value for f in calls if isinstance(f, ast.Attribute) and f.attr in CHANGING]
        if isinstance(self.node, ast.AugAssign):
            targets.append(self.node.target)
        return {one.id for one in targets if isinstance(one, ast.Name)}


def _stores(name):
    return isinstance(name.ctx, ast.Store)


class Cells:
    """Cells in the order in which they ran.

    Attributes:
        texts: their code. statements: the list of `Statement` of all that can be parsed.
        searched: those among which `nodes` looks: all, or what one statement depends on.
    """

    def __init__(self, texts):
        self.texts = list(texts)
        self.statements = []
        for cell, text in enumerate(self.texts):
            try:
                tree = ast.parse(text)
            except (SyntaxError, ValueError):
                continue
            for node in ast.walk(tree):
                for child in ast.iter_child_nodes(node):
                    child.cell, child.parent = cell, node
            self.statements += [Statement(cell, node) for node in tree.body]
        self.searched = self.statements

    def origins(self, name, at):
        """The numbers of the statements from which a name comes, for the statement at a number."""
        binders = [i for i in range(at) if name in self.statements[i].binds]
        since = max((i for i in binders if name in self.statements[i].anew), default=0)
        return {i for i in binders if i >= since}

    def search(self, cell):
        """Looks from now on only among what a cell depends on: what is replaced does not count."""
        every, found = self.statements, set()
        todo = {i for i, one in enumerate(every) if one.cell == cell}
        while todo - found:
            found.add(at := (todo - found).pop())
            for name in every[at].reads | every[at].changes:
                todo |= self.origins(name, at)
        self.searched = [every[i] for i in sorted(found)]

    def span(self, node):
        """(start, end) of a node in the text of its cell."""
        lines = self.texts[node.cell].splitlines(keepends=True)

        def place(line, column):  # ast counts the columns in bytes
            before = lines[line - 1].encode()[:column].decode()
            return len("".join([*lines[: line - 1], before]))

        return place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)

    def text(self, node):
        return self.texts[node.cell][slice(*self.span(node))]

    def nodes(self, kind, where=lambda node: True):
        """All nodes of a class, the last first."""
        every = [n for s in self.searched for n in ast.walk(s.node)
                 if isinstance(n, kind) and where(n)]  # fmt: skip
        return sorted(every, key=lambda n: (n.cell, n.lineno, n.col_offset), reverse=True)

    def calls(self, *names):
        """All calls of functions with one of these names, the last first."""
        return self.nodes(ast.Call, lambda n: called(n) in names)

    def at(self, cell, place):
        """The node of a cell that begins and ends at (line, end line, column, end column)."""

        def ends(node):
            return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset

        found = self.nodes(ast.expr, lambda n: n.cell == cell and ends(n) == place)
        return found[0] if found else None

    def operand(self, node):
        """The code of a node, in brackets where what follows may bind closer."""
        plain = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
        return self.text(node) if plain else f"({self.text(node)})"

    def replace(self, node, text):
        return Edit(node.cell, *self.span(node), text)

    def wrap(self, node, before, after):
        return self.replace(node, f"{before}{self.text(node)}{after}")

    def line(self, node, text, after=False):
        """A line before the statement that a node stands in, or after it."""
        node = within(node, ast.stmt)
        at, space = self.span(node)[after], " " * node.col_offset
        return Edit(node.cell, at, at, f"\n{space}{text}" if after else f"{text}\n{space}")

    def element_before(self, node, text):
        """Another element of a list before one; on a line of its own where that has one."""
        start = self.span(node)[0]
        line = self.texts[node.cell][:start].rpartition("\n")[2]
        space = " " if line.strip() else f"\n{line}"
        return Edit(node.cell, start, start, f"{text},{space}")

    def remove(self, node):
        """A list's element, or a statement with its line, is no more."""
        (start, end), text = self.span(node), self.texts[node.cell]
        before, after = text[:start], text[end:]
        if isinstance(node, ast.stmt):
            start, end = start - node.col_offset, end + after.startswith("\n")
        elif comma := re.match(r"\s*,\s*", after):
            end += comma.end()
        else:
            start = len(before.rstrip().rstrip(","))
        return Edit(node.cell, start, end, "")

    def positional(self, call, before, after):
        """Text around all positional arguments of a call."""
        first, last = self.span(call.args[0])[0], self.span(call.args[-1])[1]
        return Edit(call.cell, first, last, f"{before}{self.texts[call.cell][first:last]}{after}")

    def keyword(self, call, name, value, names=()):
        """Another argument of a call: in the place of that with this name, or at the end.

        ``names``: of the arguments by position.
        """
        if node := passed(call, names).get(name):
            return self.replace(node, value)
        end = self.span(call)[1] - 1
        last = self.texts[call.cell][:end].rstrip()[-1]
        comma = {"(": "", ",": " "}.get(last, ", ")
        return Edit(call.cell, end, end, f"{comma}{name}={value}")

    def edited(self, edits):
        """New `Cells` with these edits."""
        texts = [*self.texts]
        for one in sorted(edits, key=lambda e: (e.cell, e.start), reverse=True):
            text = texts[one.cell]
            texts[one.cell] = text[: one.start] + one.text + text[one.end :]
        return Cells(texts)


def called(call):
    """The last name of what is called: "Dense" of ``layers.Dense(32)``; "" of what is no call."""
    function = getattr(call, "func", None)
    return getattr(function, "attr", getattr(function, "id", ""))


def passed(call, names):
    """dict of the arguments of a call, those by position by these names, to their nodes."""
    named = {one.arg: one.value for one in call.keywords}
    return dict(zip(names, call.args, strict=False)) | named


def given(call, *names):
    """The node of the last of these arguments, which are a call's first; None: it is left out."""
    return passed(call, names).get(names[-1])


def bound(cells, node):
    """What a name was bound to last, as code; any other node itself."""
    for one in cells.nodes(ast.Assign) if isinstance(node, ast.Name) else ():
        if getattr(one.targets[0], "id", "") == node.id:
            return one.value
    return node


def around(node):
    """Yields a node and all that it is a part of, from inside."""
    while node is not None:
        yield node
        node = getattr(node, "parent", None)


def within(node, kind):
    """The nearest node of a class around a node; None for none."""
    return next((one for one in around(node) if isinstance(one, kind)), None)


def diff(before, after):
    """[(sign, line)]: the lines that differ, "-" as they were and "+" as they are to be.

    What is only put in or left out has the line beside it, with " ".
    """
    pairs = zip(before.texts, after.texts, strict=True)
    return [row for old, new in pairs for row in rows(old, new)]


def rows(old, new):
    """`diff` of two texts."""
    lines = difflib.ndiff(old.splitlines(), new.splitlines())
    lines = [(one[0], one[2:].rstrip()) for one in lines if one[0] != "?"]
    lines = [row for row in lines if row != (" ", "")]
    signs = "".join(sign for sign, _ in lines)
    beside = {found.end() - 1 for found in re.finditer(r" (?=\+|-+( |$))|^\++ ", signs)}
    return [row for at, row in enumerate(lines) if row[0] != " " or at in beside]
