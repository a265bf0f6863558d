"""Screen: a picture in the browser. It can be grabbed, read aloud, and takes the width there is."""

from pathlib import Path

import anywidget
import traitlets

from anatomy.base.picture import LOCK, WIDTH

NARROWEST, WIDEST = 560, 1400  # CSS pixels for which pictures lay themselves out
CRISPEST = 3  # image pixels to a CSS pixel


class Screen(anywidget.AnyWidget):
    """Shows a `Picture`: plain and fast while it changes, crisp and with its words at rest.

    Args:
        picture: the `Picture`.
        seen: called with nothing when the place or the theme of the page has changed.
        grabbed: called with a `sheet.Handle` and a dict of ``kind``, ``x`` and ``y``: "grab", and
            where the hand is, in the picture's own pixels; or "key", and steps right and up.
    """

    # As text: of a Path, anywidget would keep every widget that was ever shown.
    _esm = Path(__file__).with_suffix(".js").read_text("utf-8")
    _css = Path(__file__).with_suffix(".css").read_text("utf-8")
    frame = traitlets.Bytes().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    size = traitlets.List([WIDTH, 100]).tag(sync=True)
    handles = traitlets.List().tag(sync=True)
    seen = traitlets.Dict().tag(sync=True)

    def __init__(self, picture, seen, grabbed):
        super().__init__()
        self.add_class("anatomy-screen")
        self.picture, self._grabbed = picture, grabbed
        self.observe(lambda change: seen(), names="seen")
        self.on_msg(self._message)

    def fit(self):
        """Draws the picture for the width and the theme with which it is seen."""
        if not self.seen:
            return
        width = min(max(round(self.seen["width"]), NARROWEST), WIDEST)
        if (width, self.seen["dark"]) != (self.picture.size[0], self.picture.dark):
            self.picture.resize(width, dark=self.seen["dark"])

    def show(self):
        """Shows the picture as it is now, quickly."""
        with LOCK:
            frame, size = self.picture.frame(), list(self.picture.size)
        self._put(frame, size)

    def rest(self, words):
        """Shows the picture crisp, with these words as its alternative text."""
        with LOCK:
            scale = min(self.seen.get("ratio", 2), CRISPEST)
            frame, size = self.picture.png(scale), list(self.picture.size)
        self._put(frame, size)
        self.alt = words

    def _put(self, frame, size):
        with self.hold_sync():
            self.size, self.frame = size, frame
            self.handles = [handle.sent() for handle in self.picture.sheet.handles]

    def _message(self, _, content, buffers):
        handles = self.picture.sheet.handles
        if content["index"] < len(handles):
            self._grabbed(handles[content["index"]], content)
