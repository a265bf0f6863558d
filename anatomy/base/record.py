"""Record: a lab as one page that plays with no kernel: every state computed beforehand."""

import base64
import html
import importlib.metadata
import io
import itertools
import json
import math
import platform
import string
import sys
import zlib
from pathlib import Path

import IPython.display
import ipywidgets as widgets
import numpy as np
from PIL import Image

from anatomy.base.controls import positions, put, value
from anatomy.base.picture import LOCK, WIDTH
from anatomy.base.words import count, number, settings
from anatomy.training.runner import runner

MOST, LARGEST = 2000, 12_000_000  # states of a page, bytes of its file
SHARP = 200  # states up to which two pixels are recorded for each CSS pixel
TILE, SIDE = 16, 64  # pixels of a tile; tiles along a side of an image that holds them
AWAY = -10_000  # pixel of a value that no hand can set, such as the epoch 0, which means none
CLOSE = 0.006  # a logarithmic slider's values have three digits
FOLDER = Path(__file__).parent
PACKAGES = "anatomy", "keras", "jax", "numpy"


def record(lab, path, chosen):
    """`anatomy.base.lab.Lab.record`."""
    controls = lab.controls | lab.unseen
    scales = _scales(lab, controls, chosen)
    before = {name: controls[name].value for name in scales}
    size, widest = math.prod(map(len, scales.values())), max(scales, key=lambda n: len(scales[n]))
    thin = f"Thin {widest}, which has {len(scales[widest])} values: {widest}=10, or a list."
    if size > MOST:
        raise ValueError(f"{type(lab).__name__} lab: {size:,} states, of at most {MOST:,}. {thin}")
    tiles = Tiles(2 if size <= SHARP else 1)
    states, show = [None] * size, _progress(size)

    def check(length, done):
        if length > LARGEST:
            most = f"{number(LARGEST / 1e6)} MB, the most that a page may have"
            raise ValueError(f"{path}: {done} of {size} states are more than {most}. {thin}")

    lab.watched = False
    lab.post()
    try:
        for index, position in enumerate(itertools.product(*scales.values())):
            wanted = dict(zip(scales, position, strict=True))
            if _move(lab, controls, wanted):
                if lab.status == "stopped":
                    break
                states[index] = _state(lab, tiles, scales)
            check(tiles.bytes, index + 1)
            show(index + 1)
    except KeyboardInterrupt:  # then the page has what there is
        pass
    finally:
        lab.watched = True
        _move(lab, controls, before, wait=False)
    page = _page(lab, scales, before, states, tiles)
    check(len(page), size)
    Path(path).write_text(page, encoding="utf-8")
    recorded = count(size - states.count(None), "state")
    show(size, f"{path}: {recorded}, {number(len(page) / 1e6, 2)} MB")
    return Path(path)


def _move(lab, controls, wanted, wait=True):
    """Moves the controls, and waits; whether they stand there: what one can do others may limit."""
    with runner.held:  # nothing begins before all of them stand there
        for _ in range(2):  # the first may be as far as the second has let it
            for name, choice in wanted.items():
                put(controls[name], choice)
        lab.forget()
    if wait:
        lab.wait()
    return all(_alike(value(controls[name]), choice) for name, choice in wanted.items())


def _alike(one, other):
    """Whether a control that stands at one value stands at the other."""
    close = _plain(one, other) and math.isclose(one, other, rel_tol=CLOSE, abs_tol=1e-9)
    return close or one == other


def _plain(*values):
    """Whether all values are numbers."""
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)


def _state(lab, tiles, scales):
    """What is to be seen and read at one position."""
    with LOCK:
        picture = lab.picture
        picture.resize()
        size, handles = picture.size, list(picture.sheet.handles)
        changes = tiles.add(picture.sheet.pixels(tiles.scale)[..., :3])
    return {
        "size": size,
        "tiles": changes,
        "alt": lab.shows(),
        "status": lab.status,
        "message": lab.message,
        "code": lab.code(),
        "handles": [sent for one in handles if (sent := _handle(one, scales, size))],
    }


class Tiles:
    """Frames, cut into tiles, of which each is kept once.

    Attributes:
        scale: pixels for each CSS pixel. columns: tiles in a row of a frame.
        images: the tiles, `SIDE` in a row, as lossless WebP. bytes: of the images, as text.
    """

    def __init__(self, scale):
        self.scale, self.columns = scale, -(-WIDTH * scale // TILE)
        self.images, self.bytes = [], 0
        self._numbers, self._new = {}, []
        self._frame = np.empty((0, TILE * TILE * 3), np.uint8)

    def add(self, rgb):
        """What differs from the frame before; ``rgb``: (height, width, 3) bytes.

        Returns:
            [place, number of its tile, place, number, ...]; places are counted row by row.
        """
        height, width, _ = rgb.shape
        rows = -(-height // TILE)
        frame = np.full((rows * TILE, self.columns * TILE, 3), 255, np.uint8)
        frame[:height, :width] = rgb
        tiles = frame.reshape(rows, TILE, self.columns, TILE, 3).swapaxes(1, 2)
        tiles, changes = tiles.reshape(-1, TILE * TILE * 3), []
        before, self._frame = self._frame[: len(tiles)], tiles
        same = (tiles[: len(before)] == before).all(axis=1)
        for place in np.flatnonzero(~np.pad(same, (0, len(tiles) - len(same)))).tolist():
            key = tiles[place].tobytes()
            if key not in self._numbers:
                self._numbers[key] = len(self._numbers)
                self._new.append(tiles[place].reshape(TILE, TILE, 3))
                if len(self._new) == SIDE**2:
                    self.close()
            changes += place, self._numbers[key]
        return changes

    def close(self):
        """Encodes the tiles that no image has yet."""
        if self._new:
            sheet = np.full((-(-len(self._new) // SIDE) * SIDE, TILE, TILE, 3), 255, np.uint8)
            sheet[: len(self._new)] = self._new
            rows = sheet.reshape(-1, SIDE, TILE, TILE, 3).swapaxes(1, 2)
            file = io.BytesIO()
            image = Image.fromarray(rows.reshape(-1, SIDE * TILE, 3))
            image.save(file, "webp", lossless=True, quality=75, method=4)
            self.images.append(base64.b64encode(file.getvalue()).decode("ascii"))
            self.bytes += len(self.images[-1])
            self._new = []


# Which positions of which controls


def _scales(lab, controls, chosen):
    """dict name -> the values at which each chosen control is recorded, a list or a range."""
    kind = f"{type(lab).__name__} lab"
    names = [name for name, one in controls.items() if isinstance(one, widgets.Widget)]
    if not chosen:
        raise ValueError(
            f"{kind}: say what to record, such as {names[0]}=20: a number of its positions, a "
            f"list of values, or {names[0]}=... for all. It has {', '.join(names)}."
        )
    if unknown := [name for name in chosen if name not in names]:
        raise TypeError(f"{kind}: no control {unknown[0]!r}; it has {', '.join(names)}.")
    return {name: _scale(name, controls[name], choice) for name, choice in chosen.items()}


def _scale(name, control, choice):
    """The values that one choice means."""
    if choice is not ... and type(choice) is not int:
        if isinstance(choice, str | bytes) or not np.iterable(choice) or not list(choice):
            raise ValueError(
                f"{name}={choice!r}: give a number of positions, a list of values, or ... for all."
            )
        return list(choice)
    if not (places := positions(control)):
        raise ValueError(f"{name} has no steps: give a list of values.")
    values, now = places
    if choice is not ... and not 1 <= choice <= MOST:
        raise ValueError(f"{name}={choice:,}: give from 1 to {MOST:,} positions, such as 10.")
    if choice is ... or choice >= len(values):
        return values
    places = {round(i) for i in np.linspace(0, len(values) - 1, choice)}
    nearest = min(places, key=lambda place: abs(place - now))
    return [values[i] for i in sorted(places - {nearest} | {now})]  # where it stands now is one


# Handles: what a hand on the picture does, for a page that has no functions


def _handle(handle, scales, size):
    """What the page has to know of a handle, None of one that moves what is not recorded, too."""
    names, moved = list(scales), handle.to(0.0, 0.0) if handle.to else ()
    together = [names.index(name) for name in moved if name in scales]
    whole = handle.press.keys() <= scales.keys() and (not moved or len(together) > 1)
    sent = handle.sent() | {"to": together or None}
    for axis, pair, length in (("x", handle.x, size[0]), ("y", handle.y, size[1])):
        if pair and pair[0] in scales and (places := _places(pair[1], length, scales[pair[0]])):
            sent[axis] = names.index(pair[0]), places
    for name, choice in handle.press.items():
        same = [i for i, one in enumerate(scales.get(name, ())) if _alike(one, choice)]
        sent["press"] = sent.get("press", []) + [(names.index(name), i) for i in same[:1]]
    return sent if whole and any(sent.get(key) for key in ("x", "y", "press", "to")) else None


def _places(to, length, values):
    """The pixel at which a hand sets each value, or `AWAY`; None where values are no numbers."""
    pixels = np.arange(0, length + 1, 2)
    try:
        reached = np.array([to(float(pixel)) for pixel in pixels], float)
        values = np.array(values, float)
    except (TypeError, ValueError):
        return None
    distances = np.abs(reached[:, None] - values)
    nearest = distances <= distances.min(axis=0) + 1e-9
    places = (pixels[:, None] * nearest).sum(0) / nearest.sum(0)
    inside = np.isclose(values, values.clip(reached.min(), reached.max()), rtol=CLOSE)
    return np.where(inside, places, AWAY).round(1).tolist()


# The page


def _page(lab, scales, before, states, tiles):
    """The page, as HTML."""
    tiles.close()
    begun = [i for i, state in enumerate(states) if state]
    if not begun:
        raise ValueError(f"{type(lab).__name__} lab: stopped before a state was recorded.")
    shape = [len(values) for values in scales.values()]
    start = [
        next((i for i, one in enumerate(values) if _alike(one, before[name])), 0)
        for name, values in scales.items()
    ]
    if states[np.ravel_multi_index(start, shape)] is None:
        start = [int(i) for i in np.unravel_index(begun[0], shape)]
    look = {"tile": TILE, "side": SIDE, "columns": tiles.columns, "scale": tiles.scale}
    recording = {"controls": [*_inputs(lab, scales)], "start": start, "states": states} | look
    packed = base64.b64encode(zlib.compress(json.dumps(recording).encode(), 9)).decode("ascii")
    others = settings({name: at for name, at in lab.at.items() if name not in scales})
    title, first = f"{type(lab).__name__} lab", states[np.ravel_multi_index(start, shape)]
    parts = {
        "title": html.escape(title),
        "words": html.escape(first["alt"]),
        "about": html.escape(
            f"Recorded, not computed: {count(len(begun), 'state')} of a lab{_versions()}."
            + f" All else as at the start: {others}." * bool(others)
        ),
        "style": (FOLDER / "screen.css").read_text(encoding="utf-8"),
        "screen": (FOLDER / "screen.js").read_text(encoding="utf-8"),
        "script": (FOLDER / "record.js").read_text(encoding="utf-8"),
        "data": json.dumps({"images": tiles.images, "recording": packed}),
    }
    return string.Template((FOLDER / "record.html").read_text(encoding="utf-8")).substitute(parts)


def _inputs(lab, scales):
    """Of each control its name, the kind of its input, and the labels of its positions."""
    for name, values in scales.items():
        control = (lab.controls | lab.unseen)[name]
        options = getattr(control, "_options_full", ())
        texts = {repr(option): str(label) for label, option in options}
        plain = _plain(*values)
        slides = isinstance(control, widgets.SelectionSlider) if options else plain
        ticks = values == [False, True] and not plain  # 0.0 and 1.0 are equal to them
        kind = "checkbox" if ticks else "range" if slides else "select"
        labels = [texts.get(repr(v)) or (number(v) if _plain(v) else str(v)) for v in values]
        yield {"name": name, "kind": kind, "labels": labels}


def _versions():
    """Of what was recorded: ", by anatomy 0.2.0, ..."."""
    loaded = [package for package in PACKAGES if package in sys.modules]
    versions = [f"{package} {importlib.metadata.version(package)}" for package in loaded]
    return f", by {', '.join(versions)} and Python {platform.python_version()}"


def _progress(size):
    """A function that shows, in the cell that asked, how far a recording is; elsewhere nothing."""
    if not IPython.get_ipython():
        return lambda done, text="": None

    def data(done, text=""):
        text = text or f"{done} of {count(size, 'state')} recorded"
        bar = f'<progress value="{done}" max="{size}"></progress> {html.escape(text)}'
        return {"text/plain": text, "text/html": bar}

    handle = IPython.display.display(data(0), raw=True, display_id=True)
    return lambda *shown: handle.update(data(*shown), raw=True)
