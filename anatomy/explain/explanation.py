"""An error explained: its kind, what came and what was wanted, and the first change that works."""

import ast
import contextlib
import itertools
import time

from anatomy.explain.facts import Raised
from anatomy.explain.kinds import judged
from anatomy.explain.trial import LARGEST, weights, works

SECONDS, TRIALS = 1.4, 12  # at most, for changes that are tried
NONE_WORKS = "No change that was tried works: look at what came and what is taken."
UNKNOWN = "not judged"  # the last kind of the table


class Explanation:
    """What is to be said about an error of Keras's.

    Attributes:
        raised: the `Raised`. known: whether there is a kind for it. title, what: in words.
        line: the student's own call. shapes: what came and what is taken, in one line.
        before, after: the `Cells` as they were, and with a change that works; after is None
            where none was found. ready: whether changes were tried. unchanged: why there is none.
    """

    def __init__(self, raised):
        self.raised = raised
        self.before, self.after, self.ready = raised.cells, None, False
        self.unchanged = "Trying a change …"
        self.title, self.what, self._changes = judged(raised)
        self.known = self.title != UNKNOWN
        node = raised.call
        if node is None or isinstance(node, ast.Name):
            node = raised.statement and raised.statement.node
        self.line = raised.cells.text(node) if node else ""

    @property
    def shapes(self):
        """What came, in one line."""
        r = self.raised
        data = ("x", r.x), ("y", r.y)
        parts = [f"{name} {tuple(one.shape)}" for name, one in data if hasattr(one, "shape")]
        if r.inputs_of:
            ends = r.model.inputs, r.model.outputs
            shapes = (" ".join(str(one.shape) for one in end) for end in ends)
            parts.append(f"model {' -> '.join(shapes)}")
        return ", ".join(parts)

    def attempt(self, seconds=SECONDS):
        """Tries the changes of its kind, until one works."""
        self.ready = True
        model, end = self.raised.model, time.perf_counter() + seconds
        if model is not None and weights(model) > LARGEST:
            self.unchanged = f"No change was tried: the model has over {LARGEST:,} weights."
            return
        self.unchanged = "No small change is known: look at what came, and what is taken."
        with contextlib.suppress(Exception):  # of a kind that stumbles
            several = (edits for edits in self._changes if edits and None not in edits)
            for edits in itertools.islice(several, TRIALS):
                after = self.before.edited(edits)
                if works(self.raised, after):
                    self.after = after
                    return
                self.unchanged = NONE_WORKS
                if time.perf_counter() > end:
                    return


def explain(error, namespace, cells):
    """The `Explanation` of an error; None where Keras has nothing to do with it."""
    raised = Raised(error, namespace, cells)
    explanation = Explanation(raised) if raised.of_keras else None
    if explanation is not None and not explanation.known and raised.raised_here:
        return None  # an error of the student's own code, that ran within Keras
    return explanation
