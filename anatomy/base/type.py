"""Type: lines of text measured, cut, wrapped, and put down as pixels.

Matplotlib takes 0.3 ms to lay out and draw a line of text. Here each is drawn once for its
words, size and colour, and put down as pixels from then on: 10 us.
"""

import itertools
import math
import re
from bisect import bisect
from functools import cache, lru_cache

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.text import Text

SMALL, TEXT, TITLE = 11, 12, 14  # CSS pixels
DIGITS = re.compile(r"\d|\D+")
PLAIN = GraphicsContextBase()  # no clipping, opaque


@cache
def properties(size, bold, mono, others=()):
    """DejaVu ships with matplotlib: the same picture on every machine, in most scripts."""
    return FontProperties(
        family=["DejaVu Sans Mono" if mono else "DejaVu Sans", *others],
        size=size,
        weight="bold" if bold else "normal",
        style="normal",
        variant="normal",
        stretch="normal",
    )


@cache
def _file(bold, mono):
    return findfont(properties(TEXT, bold, mono))


@cache
def _substitute(letter):
    """A font of this machine for a letter that DejaVu does not have, or None."""
    for one in sorted(fontManager.ttflist, key=lambda one: (one.name, one.fname)):
        plain = one.style == one.variant == "normal" and one.weight == 400
        if plain and one.size == "scalable" and not one.name.startswith("Last Resort"):
            font = FT2Font(one.fname, face_index=one.index)
            if font.get_char_index(ord(letter)) and font.load_char(ord(letter)).width:
                return one
    return None


@lru_cache(maxsize=8192)
def legible(text, bold, mono):
    """The text as it can be drawn, and the fonts of this machine that it takes beside DejaVu.

    A letter that no font has is written as Python does: "\\u9690". A line break is a space.
    """
    if text.isascii() and text.isprintable():
        return text, ()
    letters, fonts, own = [], {}, get_font(_file(bold, mono))
    for letter in text:
        if letter.isspace():
            letter = " "
        elif not own.get_char_index(ord(letter)):
            if font := _substitute(letter):
                fonts[font.name] = font
            else:
                letter = ascii(letter)[1:-1]
        letters.append(letter)
    return "".join(letters), tuple(fonts.values())


def _set(text, size, bold, mono, scale):
    text, others = legible(text, bold, mono)
    files = [_file(bold, mono), *(one.fname for one in others)]
    font = get_font(files)  # each thread has its own
    font.set_size(size, 72 * scale)
    font.set_text(text, 0.0, flags=LoadFlags.FORCE_AUTOHINT)
    return font


@lru_cache(maxsize=8192)
def _drawn(text, size, bold, mono, scale):
    """A line's width, how dark each pixel is, its left edge, and how far it goes below the line."""
    font = _set(text, size, bold, mono, scale)
    font.draw_glyphs_to_bitmap(antialiased=True)
    left, below = font.get_bitmap_offset()[0] / 64, font.get_descent() / 64
    return font.get_width_height()[0] / 64, np.array(font.get_image()), left, below


@lru_cache(maxsize=8192)
def _advance(text, *look):
    """How far a part of a line moves what follows it."""
    return _drawn(f"0{text}0", *look)[0] - _drawn("00", *look)[0]


@lru_cache(maxsize=8192)
def _set_once(text, *look):
    """`_drawn`. To set the letters takes longest: so a line that was measured is drawn too.

    Digits have no kerning, so what is a new line with every frame, a number, is put together
    from digits that were set before: 30 us instead of 700.
    """
    parts = DIGITS.findall(text)
    if len(parts) < 2:
        return _drawn(text, *look)
    drawn = [_drawn(part, *look) for part in parts]
    starts = [0, *itertools.accumulate(_advance(part, *look) for part in parts)]
    lefts = [math.floor(start + one[2]) for start, one in zip(starts, drawn, strict=False)]
    below = max(one[3] for one in drawn)
    above = max(len(one[1]) - one[3] for one in drawn)
    wide = max(left + one[1].shape[1] for left, one in zip(lefts, drawn, strict=True)) - lefts[0]
    image = np.zeros((math.ceil(above + below), wide), np.uint8)
    for left, (_, dark, _, deep) in zip(lefts, drawn, strict=True):
        top, start = round(above - len(dark) + deep), left - lefts[0]
        place = image[top : top + len(dark), start : start + dark.shape[1]]
        np.maximum(place, dark, out=place)
    return starts[-1], image, drawn[0][2], below


def width(text, size=TEXT, bold=False, mono=False):
    """Width of a line of text in CSS pixels."""
    return _set_once(text, size, bold, mono, 1)[0]


@lru_cache(maxsize=4096)
def shorten(text, room, size=TEXT, bold=False, mono=False):
    """The text, cut with an ellipsis where it is wider than ``room`` CSS pixels."""
    look = size, bold, mono
    if _fits(text, room, look):
        return text
    return text[: _fitting(text, room, look, "…")].rstrip() + "…"


def _fits(text, room, look):
    """Whether it finds room; no letter is narrower than a pixel."""
    return len(text) <= room and width(text, *look) <= room


def _fitting(text, room, look, end=""):
    """How many letters of a text find room, before an end."""
    lengths = range(1, min(len(text), int(room)) + 1)
    return bisect(lengths, room, key=lambda n: width(text[:n].rstrip() + end, *look))


@lru_cache(maxsize=1024)
def wrap(text, room, size=TEXT, bold=False, mono=False, rows=None):
    """The lines of a text that is to be no wider than ``room``; the last of ``rows`` is cut.

    A word that is too wide is broken, after a sign of code or before a wOrd where there is one.
    """
    look = size, bold, mono
    lines, words = [], [part for word in text.split() for part in _broken(word, room, look)]
    while words:
        if rows and len(lines) == rows - 1:
            lines.append(shorten(" ".join(words), room, *look))
            break
        taken = 1
        while taken < len(words) and width(" ".join(words[: taken + 1]), *look) <= room:
            taken += 1
        lines.append(" ".join(words[:taken]))
        words = words[taken:]
    return tuple(lines)


def _broken(word, room, look):
    """A word in parts that fit."""
    while not _fits(word, room, look) and len(word) > 1:
        most = max(_fitting(word, room, look), 1)
        signs = (n for n in range(2, most + 1) if word[n - 1] in "_.,(=/"
                 or (word[n - 1].islower() and word[n : n + 1].isupper()))  # fmt: skip
        end = max(signs, default=most)
        yield word[:end]
        word = word[end:]
    yield word


@cache
def _middle(size, bold, mono):
    """How far the baseline is below the middle of a line, in CSS pixels."""
    font = _set("lp", size, bold, mono, 1)
    return font.get_width_height()[1] / 128 - font.get_descent() / 64


@lru_cache(maxsize=8192)
def pixels(text, size, bold, mono, rgb, scale):
    """A line as (height, width, 4) bytes, the lowest row first; its left edge; rows below it."""
    _, alpha, left, below = _set_once(text, size, bold, mono, scale)
    image = np.empty((*alpha.shape, 4), np.uint8)
    image[..., :3] = np.round(np.array(rgb) * 255)
    image[..., 3] = alpha[::-1]
    return image, left, below


class Line(Text):
    """One line of text, its middle at y. In a saved SVG or PDF it is a Text like any other."""

    def set(self, x, y, text, color, size, bold, mono, ha, rotated):
        """All that there is to it, at once."""
        self._look = text, size, bold, mono, tuple(color)
        self._at, self._ha, self._rotated = (x, y), ha, rotated
        self._x, self._y, self._color = x, y, color
        self._text, others = legible(text, bold, mono)
        names = tuple(one.name for one in others)
        self._fontproperties = properties(size, bold, mono, names)
        self._horizontalalignment, self._verticalalignment = ha, "center"
        self._rotation, self._parse_math, self._usetex = (90 if rotated else 0), False, False

    def draw(self, renderer):
        """Draw it; as pixels wherever there are pixels."""
        if not isinstance(renderer, RendererAgg):
            return super().draw(renderer)
        text, size, bold, mono, rgb = self._look
        if not text.strip():
            return None
        scale = renderer.dpi / 72
        image, left, below = pixels(text, size, bold, mono, rgb, scale)
        x, y = self._at[0] * scale, renderer.height - self._at[1] * scale
        part = {"left": 0, "center": 0.5, "right": 1}[self._ha]
        along = left - part * width(text, size, bold, mono) * scale
        across = -_middle(size, bold, mono) * scale - below
        if self._rotated:
            image = np.rot90(image, -1)  # rows go upwards
            renderer.draw_image(PLAIN, round(x - across - image.shape[1]), round(y + along), image)
        else:
            renderer.draw_image(PLAIN, round(x + along), round(y + across), image)
        return None
