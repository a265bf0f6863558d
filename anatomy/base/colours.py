"""Colours by role, on light and on dark paper.

The hues follow Okabe and Ito (2008), darkened or lightened until text in them has a contrast
of 4.5:1 on the paper (WCAG AA). A test simulates colour blindness.
"""

import re
from functools import cache

import numpy as np

#: A colour on light paper, and on dark.
COLOURS = {
    "paper": ("#FFFFFF", "#1B1F24"),
    "ink": ("#1F2933", "#E6EAEE"),
    "quiet": ("#5A6570", "#A3AFBA"),  # secondary text
    "rule": ("#E4E8EC", "#343B43"),  # grid lines, frames
    "training": ("#0072B2", "#3E94EC"),
    "validation": ("#B54C05", "#F46F44"),
    "data": ("#0072B2", "#3E94EC"),
    "loss": ("#B54C05", "#F46F44"),
    "targets": ("#00785A", "#7AD696"),
    "layers": ("#37474F", "#D1E2ED"),
    "optimizer": ("#6A1B9A", "#D9AEF5"),
    "alarm": ("#B00020", "#FF7C8A"),
    "positive": ("#B2182B", "#F4796B"),
    "negative": ("#2166AC", "#64A9E8"),
    "ghost": ("#8C8C8C", "#73787A"),  # an earlier run
}

#: (colour, marker) of the points of a class; more classes than these share looks.
CLASSES = (("loss", "o"), ("data", "^"), ("optimizer", "s"), ("targets", "D"), ("layers", "v"))

BYTES = np.arange(256) / 255
#: A byte of sRGB as a share of light.
LINEAR = np.where(BYTES <= 0.04045, BYTES / 12.92, ((BYTES + 0.055) / 1.055) ** 2.4)


class Palette:
    """Colours by name; "training 8%" is a tint: so much of the colour on the paper."""

    def __init__(self, colours):
        self._colours = colours
        self.rgb, self.table = cache(self.rgb), cache(self.table)

    def rgb(self, name):
        """A colour as three numbers from 0 to 1; ``name`` may also be "#RRGGBB"."""
        role, share = re.fullmatch(r"(\S+)(?: (\d+)%)?", name).groups()
        code = role if role.startswith("#") else self._colours.get(role)
        if code is None:
            raise ValueError(f"{name!r} is no colour; give one of {', '.join(self._colours)}.")
        rgb = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        if share:
            part = int(share) / 100
            rgb = part * rgb + (1 - part) * np.array(self.rgb("paper"))
        return tuple(rgb.tolist())

    def ramp(self, values, low, high, name="signed"):
        """Values from ``low`` to ``high`` as colours, (..., 3) bytes.

        "signed" goes from blue over the paper to red; a role's name from the paper to its colour.
        """
        table, span = self.table(name), (high - low) or 1.0
        places = (np.asarray(values, float) - low) * ((len(table) - 1) / span)
        places = np.fmin(np.fmax(places, 0), len(table) - 1)  # nan is as low as can be
        return table[(places + 0.5).astype(int)]

    def table(self, name):
        """The colours of a ramp, (1025, 3) bytes."""
        ends = ["paper", name]
        if name == "signed":
            ends = ["negative", "negative 45%", "paper", "positive 45%", "positive"]
        places, parts = range(len(ends)), np.linspace(0, len(ends) - 1, 1025)
        channels = np.transpose([self.rgb(end) for end in ends])
        colours = np.stack([np.interp(parts, places, channel) for channel in channels], axis=-1)
        return np.round(colours * 255).astype(np.uint8)

    def on(self, fill):
        """Ink that can be read on a fill, (3,) bytes: black or white."""
        red, green, blue = LINEAR[np.asarray(fill)].tolist()
        return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#FFFFFF"


light, dark = (Palette({role: pair[i] for role, pair in COLOURS.items()}) for i in (0, 1))
