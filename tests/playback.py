"""A recorded lab's page, read back and compared with a living lab."""

import base64
import io
import itertools
import json
import random
import re
import zlib

import numpy as np
from PIL import Image

from anatomy.base import record
from anatomy.base.picture import LOCK

TIME = re.compile(r"[\d.]+ (?:ms|s|min)\b")  # that a computation took, each time another


class Page:
    """A recording, read back.

    Attributes:
        text: the HTML. recording: what its script reads. states, None where there is none.
        labels: dict name of a control -> the texts of its positions.
    """

    def __init__(self, path):
        self.text = path.read_text(encoding="utf-8")
        (found,) = re.findall(
            r'<script type="application/json" id="data">(.*?)</script>', self.text
        )
        packed = json.loads(found)
        recording = json.loads(zlib.decompress(base64.b64decode(packed["recording"])))
        self.images = [
            np.asarray(Image.open(io.BytesIO(base64.b64decode(one))).convert("RGB"))
            for one in packed["images"]
        ]
        self.recording, self.states = recording, recording["states"]
        tiles = {}
        for state in filter(None, self.states):
            changes = state["tiles"]
            tiles = state["tiles"] = tiles | dict(zip(changes[::2], changes[1::2], strict=True))
        self.labels = {one["name"]: one["labels"] for one in recording["controls"]}

    def frame(self, state):
        """The pixels of a state, put together as the page does."""
        tile, side, columns, scale = (
            self.recording[name] for name in ("tile", "side", "columns", "scale")
        )
        width, height = (scale * length for length in state["size"])
        frame = np.zeros((height + tile, columns * tile, 3), np.uint8)
        for place, number in state["tiles"].items():
            image, inside = self.images[number // side**2], number % side**2
            (row, column), (y, x) = divmod(inside, side), divmod(place, columns)
            if y * tile < height:
                frame[y * tile : (y + 1) * tile, x * tile : (x + 1) * tile] = image[
                    row * tile : (row + 1) * tile, column * tile : (column + 1) * tile
                ]
        return frame[:height, :width]


def same(page, state, lab):
    """A state of a page is what the lab shows now, pixel by pixel and word by word."""
    for name, living in (
        ("alt", lab.shows()),
        ("status", lab.status),
        ("message", lab.message),
        ("code", lab.code()),
    ):
        shown, living = TIME.sub("a time", state[name]), TIME.sub("a time", living)
        assert shown == living, f"{name} of {lab.at}:\n{shown}\nbut now:\n{living}"
    scale = page.recording["scale"]
    with LOCK:  # the worker may draw the crisp picture meanwhile
        living = lab.picture.sheet.pixels(scale)[..., :3]
    assert np.array_equal(page.frame(state), living), lab.at


def compare(lab, path, chosen, number=5):
    """Moves a lab to random states of a page that another one recorded: it has what this one shows.

    ``chosen``: what the page was recorded with.
    """
    page, controls, lab.watched = Page(path), lab.controls | lab.unseen, False
    scales = record._scales(lab, controls, chosen)
    positions = [
        dict(zip(scales, position, strict=True)) for position in itertools.product(*scales.values())
    ]
    pairs = [pair for pair in zip(positions, page.states, strict=True) if pair[1]]
    for position, state in random.Random(0).sample(pairs, min(number, len(pairs))):
        assert record._move(lab, controls, position), position
        same(page, state, lab)
