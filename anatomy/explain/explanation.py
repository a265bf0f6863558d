"""An error explained: its kind, what came and what was wanted, and the first change that works."""

import time

from anatomy.explain.facts import Raised
from anatomy.explain.misfits import KINDS
from anatomy.explain.trial import LARGEST, weights, works

SECONDS, TRIALS = 1.4, 12  # at most, for changes that are tried
UNKNOWN = "Not judged: this kit has no rule for this error. Keras's own words are above."


class Explanation:
    """What is to be said about an error of Keras's.

    Attributes:
        raised: the `Raised`. kind: the `Kind`, or None. title, what: in words.
        line: the student's own call. shapes: what came and what is taken, in one line.
        stack: the chain of layers to draw, or None.
        before, after: the `Cells` as they were, and with a change that works; after is None
            where none was found. ready: whether changes were tried. unchanged: why there is none.
    """

    def __init__(self, raised):
        self.raised, self.title, self.what = raised, "not judged", ""
        self.before, self.after, self.ready, self.unchanged = raised.cells, None, False, ""
        for kind in KINDS:
            try:
                self._changes = kind(raised)
                self.what = next(self._changes, "")
            except Exception:  # a kind that stumbles says nothing
                continue
            if self.what:
                self.title = kind.__doc__
                break
        self.what = self.what or UNKNOWN
        node = raised.call or (raised.statement and raised.statement.node)
        self.line = raised.cells.text(node) if node is not None and hasattr(node, "cell") else ""

    @property
    def stack(self):
        stack = self.raised.stack
        return stack if stack is not None and stack.broken else None

    @property
    def shapes(self):
        """What came, in one line."""
        r, parts = self.raised, []
        for name in ("x", "y"):
            value = getattr(r, name)
            if hasattr(value, "shape"):
                parts.append(f"{name} {tuple(value.shape)}")
        if r.model is not None and getattr(r.model, "inputs", None):
            ends = [x.shape for x in r.model.inputs], [x.shape for x in r.model.outputs]
            parts += [f"model {' '.join(map(str, ends[0]))} -> {' '.join(map(str, ends[1]))}"]
        return ", ".join(parts)

    def attempt(self, seconds=SECONDS):
        """Tries the changes of its kind, until one works."""
        self.ready = True
        model, start, tried = self.raised.model, time.perf_counter(), 0
        self.unchanged = "No small change is known: look at what came, and what is taken."
        if self.what is UNKNOWN:
            self.unchanged = ""
            return
        if model is not None and weights(model) > LARGEST:
            self.unchanged = f"No change was tried: the model has over {LARGEST:,} weights."
            return
        try:
            for edits in self._changes:
                if tried >= TRIALS or time.perf_counter() - start > seconds:
                    break
                if not edits or None in edits:
                    continue
                tried += 1
                after = self.before.edited(edits)
                if works(self.raised, after):
                    self.after = after
                    return
        except Exception:
            pass
        if tried:
            self.unchanged = "No change that was tried works: look at what came and what is taken."


def explain(error, namespace, cells):
    """The `Explanation` of an error; None where Keras has nothing to do with it."""
    raised = Raised(error, namespace, cells)
    explanation = Explanation(raised) if raised.of_keras else None
    if explanation is not None and explanation.what is UNKNOWN and raised.raised_here:
        return None  # an error of the student's own code, that ran within Keras
    return explanation
