"""The curve of a search: its distance to the target after each epoch, and what is known."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from anatomy.draw import style
from anatomy.draw.style import number

LEFT, TOP, WIDE, HIGH = 528, 146, 258, 202  # CSS pixels, of the axes
KEY, ROW = 492, 17  # where the key begins, and how high its rows are
WAY = {"color": style.OPTIMIZER, "linewidth": 2, "marker": "o", "markersize": 6.5}
SAMPLED = {"color": style.DATA, "linewidth": 1.6, "linestyle": (0, (5, 2))}
UNKNOWN = {"facecolor": style.RULE, "linewidth": 0}
MISSED = {"facecolor": "none", "edgecolor": style.LOSS, "hatch": "////", "linewidth": 0}


class Curve:
    """Its artists, on a picture; ``show()`` sets them for a search."""

    def __init__(self, picture):
        self.ax = ax = style.axes(picture.figure, LEFT, TOP, WIDE, HIGH)
        ax.yaxis.set_major_locator(MaxNLocator(5))
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        ax.set_xlabel("epoch", fontproperties=style.font(style.SMALL), color=style.QUIET)
        across = {"transform": ax.get_yaxis_transform(), "zorder": 0.5}
        self.line = ax.add_line(Line2D([], [], **WAY, clip_on=False, zorder=4))
        self.known = ax.add_line(Line2D([0, 1], [0, 0], **SAMPLED, **across))
        self.unknown, self.missed = (
            ax.add_patch(Rectangle((0, 0), 1, 0, **look, **across)) for look in (UNKNOWN, MISSED)
        )
        self.heading = picture.say(KEY, 62, "", bold=True)
        self.key = []
        for i, look in enumerate((WAY, SAMPLED, UNKNOWN, MISSED)):
            y = 82 + ROW * i
            text = picture.say(KEY + 32, y, "", size=style.SMALL)
            self.key.append((picture.figure.add_artist(sample(picture, y, look)), text))

    def show(self, found):
        """A `search_words.Found`."""
        epochs, apart, least = found.epochs, found.apart, found.sampled.min()
        target = found.target is not None
        self.heading.set_text(f"distance to the {'target' if target else 'first guess'}")
        self.line.set(data=(epochs, apart), markevery=[len(epochs) - 1])
        top = 1.1 * (apart.max() or 1)
        if target and least < 1.5 * top:
            top = max(top, 1.1 * least)
        self.ax.set(xlim=(0, max(1, epochs[-1])), ylim=(0, top))
        self.known.set(ydata=[least] * 2, visible=target)
        self.unknown.set(height=found.nearest, visible=target)
        missed = target and found.missed
        self.missed.set(y=found.nearest, height=found.last - found.nearest, visible=missed)
        above = ", above" * bool(least > top)
        rows = {
            f"this search: {number(apart[0])} → {number(apart[-1])}": True,
            f"nearest of {len(found.members):,} sampled: {number(least)}{above}": target,
            f"below {number(found.nearest)}: no member known": target and found.nearest > 0,
            "known, but the search did not end there": missed,
        }
        for artists, (words, visible) in zip(self.key, rows.items(), strict=True):
            artists[1].set_text(words)
            for artist in artists:
                artist.set_visible(visible)


def sample(picture, y, look):
    """A piece of a line, or of a band, for the key."""
    wide, high = picture.size
    if "facecolor" in look:
        return Rectangle((KEY / wide, 1 - (y + 5.5) / high), 24 / wide, 11 / high, **look)
    x = np.array([KEY, KEY + 24]) / wide
    return Line2D(x, [1 - y / high] * 2, markevery=[1], **look)
