"""What can go wrong between a student's line and Keras: a row of ``kinds.csv``, the first one.

A row: the title; the pattern that the error's name and message must have; the clue, a function of
the `Raised` r, or what that knows, as "r.broken"; what came, what is taken, and why, with r and
``it``, what the clue found, else the pattern; and the edits to try, the likeliest first: a function
of r and it, or the text that takes the place of the code that was found.
"""

import ast
import csv
import functools
import operator
import pkgutil
import string
from pathlib import Path

from anatomy.base.words import listed
from anatomy.explain import changes
from anatomy.explain.clues import first


def _named(name):
    """The function of a name, such as "clues.data"; of none, None."""
    if name.startswith("r."):
        return operator.attrgetter(name[2:])
    return pkgutil.resolve_name(f"{__package__}.{name}") if name else None


def _edits(text):
    return functools.partial(changes.written, text) if "{it}" in text else _named(text)


with (Path(__file__).parent / "kinds.csv").open() as file:
    KINDS = [
        (row["title"], row["pattern"], _named(row["clue"]), row["what"], _edits(row["edits"]))
        for row in csv.DictReader(file)
    ]


class Sentence(string.Formatter):
    """Fills a sentence: code as the student wrote it, functions by their names, several listed."""

    def __init__(self, cells):
        self.cells = cells

    def format_field(self, value, form):
        if isinstance(value, list | dict):
            return listed(dict.fromkeys(self.format_field(one, form) for one in value))
        if isinstance(value, ast.FunctionDef):
            return f"{value.name}()"
        return self.cells.text(value) if isinstance(value, ast.AST) else format(value, form)


def judged(r):
    """(title, what, changes) of an error: the first row of `KINDS` that applies."""
    for title, pattern, clue, what, edits in KINDS:
        try:
            it = first(pattern, r)
            if it is not None and (it := clue(r) if clue else it):
                sentence = Sentence(r.cells).format(what, r=r, it=it)
                return title, sentence, edits(r, it) if edits else ()
        except Exception:  # a kind that stumbles says nothing
            continue
