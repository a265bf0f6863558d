"""One style for every picture: colours by role, type sizes, and how to write and frame.

Figures have 72 dots per inch, so that a matplotlib point is one CSS pixel and
every size below reads in pixels.

Everything is set on the artists themselves and nothing in ``rcParams``: those
are global, a student's own ``plt.style.use(...)`` must not change our pictures,
and a change from the worker thread would change the student's.
"""

from functools import cache, lru_cache

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

# The paper is white and opaque, never transparent. In a light notebook it is the
# page itself; in a dark one a calm card. Type that must be read on both a white
# and a black ground can have no more contrast than 4.6:1 on either; ours has 5-15.
PAPER = "#FFFFFF"
INK = "#1F2933"
QUIET = "#5A6570"  # secondary text
RULE = "#E4E8EC"  # grid lines, frames

# Roles. Their hues follow Okabe and Ito (2008), darkened until text in them has a
# contrast of 4.5:1 on the paper (WCAG AA). A test simulates colour blindness.
TRAINING = DATA = "#0072B2"
VALIDATION = LOSS = "#B54C05"
TARGETS = "#00785A"
LAYERS = "#37474F"
OPTIMIZER = "#6A1B9A"
ALARM = "#B00020"
PINNED = ("#1F2933", "#6A1B9A")
GHOSTS = ("#8C8C8C", "#A2A2A2", "#B6B6B6", "#C8C8C8")  # earlier runs, newest first
FADED = "#E2E2E2"  # runs older than these

SMALL, TEXT, TITLE = 11, 12, 14  # CSS pixels


@cache
def font(size=TEXT, *, bold=False, mono=False):
    """DejaVu ships with matplotlib: the same picture on every machine."""
    return FontProperties(
        family="DejaVu Sans Mono" if mono else "DejaVu Sans",
        size=size,
        weight="bold" if bold else "normal",
        style="normal",
        variant="normal",
        stretch="normal",
    )


def figure(width, height):
    """An empty Figure of width x height CSS pixels."""
    made = Figure(
        (width / 72, height / 72), dpi=72, facecolor=PAPER, edgecolor="none", layout="none"
    )
    FigureCanvasAgg(made)
    return made


def axes(figure, left, top, width, height):
    """Axes at a place in CSS pixels from the top left corner: only what carries data is inked."""
    w, h = figure.get_size_inches() * 72
    made = figure.add_axes((left / w, 1 - (top + height) / h, width / w, height / h))
    made.set_facecolor("none")
    made.set_axisbelow(True)
    made.minorticks_off()
    for side, spine in made.spines.items():
        spine.set(visible=side == "bottom", color=QUIET, linewidth=0.8)
    made.grid(False, which="both", axis="both")
    made.grid(True, axis="y", color=RULE, linewidth=0.8, linestyle="-", alpha=1)
    looks = {"labelsize": SMALL, "labelcolor": QUIET, "labelfontfamily": "DejaVu Sans"}
    made.tick_params(axis="x", direction="out", length=3, width=0.8, pad=3, color=QUIET, **looks)
    made.tick_params(axis="y", length=0, pad=5, **looks)
    return made


def write(parent, x, y, text, *, size=TEXT, color=INK, bold=False, mono=False, **more):
    """Text on a Figure or an Axes; "$" is a dollar and not mathematics."""
    more = {"ha": "left", "va": "center", **more}
    return parent.text(
        x, y, text, color=color, fontproperties=font(size, bold=bold, mono=mono),
        parse_math=False, usetex=False, **more,
    )  # fmt: skip


@lru_cache(maxsize=1024)
def width(text, *, size=TEXT, bold=False, mono=False):
    """Width of a line of text in CSS pixels."""
    prop = font(size, bold=bold, mono=mono)
    return text_to_path.get_text_width_height_descent(text, prop, ismath=False)[0]


def shorten(text, room, **type_):
    """The text, cut with an ellipsis where it is wider than ``room`` CSS pixels."""
    if width(text, **type_) <= room:
        return text
    while text and width(text + "…", **type_) > room:
        text = text[:-1]
    return text + "…"


def number(value):
    """A number as we say it: 4 significant digits."""
    return f"{value:.4g}"


def tint(color):
    """A pale tint of a colour, to write on."""
    return tuple(0.92 + 0.08 * int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
