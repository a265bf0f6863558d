"""What is to be seen in a picture: its marks, texts and pixels, and what is wrong with them."""

import io
from collections import Counter
from itertools import combinations

import numpy as np
from PIL import Image

from anatomy.base.screen import Screen

#: Width and whether it is on dark paper: that changes colours, and nothing of where marks lie.
LOOKS = (860, False), (1400, False), (560, True)


def pixels(png):
    """(height, width, 3) integers."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def marks(picture, kind, **settings):
    """The settings of all marks of a kind that have these settings, in the order of painting."""
    return [
        mark.settings
        for mark in picture.sheet.marks
        if mark.kind == kind
        and all(mark.settings[name] == value for name, value in settings.items())
    ]


def texts(picture, **settings):
    """All that is written in a picture, or what is written in one colour, size, ..."""
    return [mark["text"] for mark in marks(picture, "text", **settings) if mark["text"].strip()]


def flaws(picture):
    """Texts cut off by the edge, too small to read, or overlapping another; an empty picture;
    two handles of one name."""
    width, height = picture.size
    written = [
        (mark.settings["text"], mark.settings["size"], _letters(mark))
        for mark in picture.sheet.marks
        if mark.kind == "text" and mark.settings["text"].strip()
    ]
    found = [] if picture.sheet.marks else ["nothing is drawn"]
    names = Counter(handle.label for handle in picture.sheet.handles)
    found += [f"{n} handles are called {name!r}" for name, n in names.items() if n > 1]
    for text, size, (left, top, right, bottom) in written:
        if left < 0 or top < 0 or right > width or bottom > height:
            found.append(f"{text!r} is cut off")
        if size < 11:
            found.append(f"{text!r} has {size} px")
    for (one, _, a), (other, _, b) in combinations(written, 2):
        if min(a[2], b[2]) - max(a[0], b[0]) > -2 and min(a[3], b[3]) - max(a[1], b[1]) > 1:
            found.append(f"{one!r} overlaps {other!r}")
    return found


def flaws_at_all_widths(picture):
    """`flaws` in each of the `LOOKS`."""
    found = []
    for width, dark in LOOKS:
        picture.resize(width, dark=dark)
        found += [f"{width}: {flaw}" for flaw in flaws(picture)]
    picture.resize()
    return found


def _letters(mark):
    """Where the letters are, without the room that a line leaves above and below."""
    left, top, right, bottom = mark.bounds
    spare = mark.settings["size"] * 0.55
    if mark.settings["rotated"]:
        return left + spare, top + 1, right - spare, bottom - 1
    return left + 1, top + spare, right - 2, bottom - spare


def hand(lab, label, *places):
    """Presses the handle of this label, and moves it to these places (x, y) of the picture."""
    [screen] = [one for one in lab.widget.children if isinstance(one, Screen)]
    handles = lab.picture.sheet.handles
    first, (place,) = True, [handle.place for handle in handles if handle.label == label]
    left, top, wide, high = place
    for x, y in [(left + wide / 2, top + high / 2), *places]:
        message = {"kind": "grab", "label": label, "first": first, "x": x, "y": y}
        screen._handle_custom_msg(message, [])
        assert lab.wait(60)
        assert lab.error is None
        first = False
