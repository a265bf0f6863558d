"""Screen: a picture in the browser. It can be grabbed, read aloud, and takes the width there is."""

import functools
import weakref
from itertools import islice
from pathlib import Path

import anywidget
import IPython.display
import traitlets

from anatomy.base.picture import LOCK, WIDTH, aside
from anatomy.training.runner import tidy

NARROWEST, WIDEST = 560, 1400  # CSS pixels for which pictures lay themselves out
CRISPEST = 3  # image pixels to a CSS pixel
HIGHEST = 620  # CSS pixels of a laptop's screen that a picture may take, enlarged or not

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
ALIVE = "A stored picture of a lab: run its cell to bring it alive."
#: Beneath the stored picture. Where the lab lives, in the output that follows, both are hidden;
#: where it does not (a saved notebook, opened again), the empty output of the lab is.
STILL = """<style>
.jp-OutputArea-child:has(+ .jp-OutputArea-child .anatomy-still):has(+ .jp-OutputArea-child +
.jp-OutputArea-child .anatomy-lab),
.jp-OutputArea-child:has(.anatomy-still):has(+ .jp-OutputArea-child .anatomy-lab),
.jp-OutputArea-child:has(.anatomy-still) + .jp-OutputArea-child:not(:has(.anatomy-lab))
{ display: none; }
</style><div class="anatomy-still">"""


class Screen(anywidget.AnyWidget):
    """Shows a `Picture`: plain and fast while it changes, crisp and with its words at rest.

    Args:
        picture: the `Picture`.
        seen: called with nothing when the place or the theme of the page has changed.
        grabbed: called with a `plot.Handle` and a dict of ``kind``, ``x`` and ``y``: "grab", and
            where the hand is, in the picture's own pixels; or "key", and steps right and up.
        approached: called with nothing when a hand, or the keyboard, comes to the lab.
    """

    # As text: of a Path, anywidget would keep every widget that was ever shown.
    _esm = Path(__file__).with_suffix(".js").read_text("utf-8")
    _css = Path(__file__).with_suffix(".css").read_text("utf-8")
    frame = traitlets.Bytes().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    size = traitlets.List([WIDTH, 100]).tag(sync=True)
    handles = traitlets.List().tag(sync=True)
    seen = traitlets.Dict().tag(sync=True)

    def __init__(self, picture, seen, grabbed, approached):
        super().__init__()
        self.add_class("anatomy-screen")
        self.picture, self._fitted = picture, None
        self._grabbed, self._approached = grabbed, approached
        self.observe(lambda change: seen(), names="seen")
        self.on_msg(self._message)

    def _fit(self):
        """Draws for the width and theme with which it is seen; wider if enlarged and too high."""
        seen = self.seen
        if not seen or self._fitted == (self.picture, seen):
            return
        self._fitted = self.picture, seen
        width, dark = min(max(round(seen["width"]), NARROWEST), WIDEST), seen["dark"]
        self.picture.resize(width, dark=dark)
        zoom = seen.get("zoom", 1)
        if zoom > 1 and self.picture.size[1] * zoom > HIGHEST:
            self.picture.resize(max(width, WIDTH), dark=dark)

    def show(self):
        """Shows the picture as it is now, quickly."""
        self._deliver(self.picture.frame)

    def rest(self, words):
        """Shows the picture crisp, with these words as its alternative text."""
        scale = min(self.seen.get("ratio", 2), CRISPEST)
        self._deliver(functools.partial(self.picture.png, scale))
        self.alt = words

    def _deliver(self, draw):
        self._fit()
        with LOCK:
            frame, size = draw(), list(self.picture.size)
        with self.hold_sync():
            self.size, self.frame = size, frame
            self.handles = [handle.sent() for handle in self.picture.sheet.handles]

    def _message(self, _, content, buffers):
        if content["kind"] == "approach":
            return self._approached()
        for handle in self.picture.sheet.handles:
            if handle.label == content["label"]:
                self._grabbed(handle, content)


def show(widget):
    """Displays a widget, with no words beside it."""
    view = widget._repr_mimebundle_()
    IPython.display.display({WIDGET_VIEW: view[WIDGET_VIEW], "text/plain": ""}, raw=True)


class Stored:
    """A lab in its cell: three outputs, a picture and its words, for a page without a kernel, and
    the lab itself."""

    def __init__(self, lab):
        self._lab = lab
        self._shown = self._outputs()
        self._handles = [
            IPython.display.display(data, metadata=metadata, raw=True, display_id=True)
            for data, metadata in self._shown
        ]
        show(lab.widget)

    def update(self):
        """Keeps up to date what a saved notebook shows; where it is, nothing is there to save."""
        before, self._shown = self._shown, self._outputs()
        for handle, old, new in zip(self._handles, before, self._shown, strict=True):
            if new != old:
                handle.update(new[0], metadata=new[1], raw=True)

    def _outputs(self):
        data, metadata = (still := self._lab.still())._repr_mimebundle_()
        words = self._lab.describe().replace(self._lab.picture.describe(), still.describe())
        text = f"{STILL}{aside(words)}<p>{ALIVE}</p></div>"
        return [(data | {"text/plain": words}, metadata), ({"text/html": text}, {})]


_places = weakref.WeakKeyDictionary()  # lab -> the cells that made it, or show it


def place_in_cell(lab):
    """Notes that the present cell has made a lab, or shows it; it lets go when it is run again.

    A lab that neither a cell nor a variable of the student's holds is closed, and freed.
    """
    if shell := IPython.get_ipython():
        _watch(shell)
    parent = getattr(shell, "parent_header", None) or getattr(shell, "get_parent", dict)()
    if cell := parent.get("metadata", {}).get("cellId"):
        _places.setdefault(lab, set()).add(cell)


@functools.cache
def _watch(shell):
    def let_go(about):  # a cell before it runs, or its result
        for cells in [*_places.values()]:
            cells.discard(getattr(about, "cell_id", None))
        free = [lab for lab, cells in [*_places.items()] if not cells]
        held = _held(shell.user_ns) if free else ()
        for lab in free:
            if id(lab) not in held:
                del _places[lab]
                lab.close()
                for name in [name for name, value in shell.user_ns.items() if value is lab][:1]:
                    shell.del_var(name)  # _7, and with it what stands in Out

    for event in ("pre_run_cell", "post_run_cell"):
        shell.events.register(event, let_go)
    shell.events.register("post_run_cell", lambda result: tidy())  # what its own fit() compiled


def _held(names):
    """The ids of all that variables hold; in lists and objects of the student's own, too."""
    todo = [value for name, value in names.items() if name[0] != "_" and name not in ("In", "Out")]
    found = set()
    while todo:
        one = todo.pop()
        if id(one) not in found:
            found.add(id(one))
            one = getattr(one, "__dict__", one) if type(one).__module__ == "__main__" else one
            one = [*one.values()] if isinstance(one, dict) else one
            if isinstance(one, list | tuple | set):
                todo += islice(one, 1000)  # labs are few, numbers may be many
    return found
