"""The history of a fit(): loss and metrics, epoch by epoch, beside other runs."""

import math
from itertools import chain, repeat

import numpy as np

from anatomy.base.picture import picture
from anatomy.base.plot import apart, epoch_ticks, rounded
from anatomy.base.type import SMALL, TITLE, shorten, width
from anatomy.base.words import count, number
from anatomy.data import calls
from anatomy.fit.history.facts import course, curves

TOP, KEY = 34, 28  # CSS pixels: the line above, the key below
LEFT, RIGHT, HEAD, FOOT = 50, 46, 32, 42  # around the data of a panel
HIGH = 256  # of one row of panels
REACH = 4  # other runs may stretch the axis to this many times the run's own largest value
DEEP = 1000.0  # a ratio of largest to smallest loss that no linear axis can show
PINNED = ("ink", "optimizer")
GHOSTS = ("ghost 100%", "ghost 80%", "ghost 64%", "ghost 50%")  # earlier runs, newest first
FADED = "ghost 28%"  # runs older than these


@picture(
    others=calls.each(calls.several("label", "history", "pinned")),
    beside=calls.several("width", "height", "function", "arguments"),
)
def history(
    sheet, history, *, epochs=None, label="", others=(), epoch=None, patience=None, beside=None
):
    """The loss and each metric of a ``fit()`` over its epochs, training and validation.

    Args:
        history: the History that ``model.fit()`` returned, or its dict of lists,
            one float an epoch: {"loss": [...], "val_loss": [...], "accuracy": [...]}.
            A name with an empty list keeps a place for a curve to come.
        epochs: the number of epochs planned, where more are to come.
        label: what this run is, such as "learning_rate=0.001".
        others: other runs to compare with, the newest first, each a tuple
            (label, history, pinned). They are pale and numbered, the first four that
            are not pinned fading with age, later ones without a number; a pinned one
            is strong. One that leaves the axis has an arrow where it does.
        epoch: whose values stand beside a line; 0: of none yet. In a lab, a hand moves its
            control ``epoch``; the number or the name of another run sets its ``pin``.
        patience: that of an ``EarlyStopping`` on the validation loss: the best epoch so far, whose
            weights it restores, is marked, and the epochs after it are shaded.
        beside: what else is drawn beside the curves: its width and height, a function of an area
            that returns its words, and a tuple of what it takes besides.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        TypeError: history is neither a History nor a dict of lists of numbers.

    Source: Chollet, Deep Learning with Python, ch. 3 (``history.history``).
    """
    run = curves(history, label)
    others = [curves(past, name, pinned) for name, past, pinned in others]
    looks = _looks(others, sheet.width)
    planned = max(run.epochs, int(epochs or 0))
    last = max([planned, 1, *(other.epochs for other, *_, key in looks if key)])
    names = next((one.names for one in [run, *others] if one.names), ("loss",))
    long = max(width(name, bold=True) for name in names)
    right, one_row, drawing, arguments = beside or (0, HIGH, None, ())
    room = sheet.width - right * (sheet.width >= 700)
    three = room >= 700 and room / 3 > long + 154 and len(names) != 4
    columns = min(len(names), 3 if three else 2)
    rows = -(-len(names) // columns)
    wide, high = room / columns, one_row if rows == 1 else max(350 / rows, 120)
    bottom = TOP + rows * high
    below = 190 if right and room == sheet.width else 0
    sheet.height = bottom + below + KEY
    key = last, epoch is None, sheet.height, wide, *(other.key for other in others)
    if epoch is not None:
        calls.whole("epoch", epoch, 0, last)
    read = min(epoch or 0, run.epochs)
    best = run.best if patience is not None else 0
    ended = bool(best) and best + patience <= run.epochs
    _headline(sheet, run, f"best epoch {best}{f', stopped at {run.epochs}' * ended}" * bool(best))
    for i, name in enumerate(names):
        panel = sheet.area(i % columns * wide, TOP + i // columns * high, wide, high)
        _panel(panel, name, run, looks, last, key, None if epoch is None else read, best)
    if not any(one.epochs for one in [run, *others]):
        sheet.text(wide / 2, TOP + high / 2, "epoch 1 is coming", "quiet", ha="center")
    sheet.keep("key", (key, bottom), lambda: _key(sheet, looks, epoch is not None))
    early = f"early stopping ended it at epoch {run.epochs}: no smaller one in {patience} epochs"
    sentence = _sentence(run, planned, others, read, early * ended)
    if drawing is None:
        return sentence
    place = (0, bottom, room, below) if below else (room, TOP, right, bottom - TOP)
    return f"{sentence}\n{drawing(sheet.area(*place), *arguments)}"


def _looks(others, room):
    """[(run, colour, line width, ink, number in the key)]; 0 for runs without a place there."""
    pins, ghosts, right, looks = chain(PINNED, repeat(PINNED[-1])), iter(GHOSTS), 12, []
    for i, run in enumerate(others, 1):
        color = next(pins) if run.pinned else next(ghosts, None)
        end = right + 30 + width(_name(run), SMALL)
        if color and end - 18 < room - 100:
            looks.append((run, color, *((1.5, color) if run.pinned else (1.3, "quiet")), i))
            right = end
        else:
            looks.append((run, color or FADED, 1.0, "quiet", 0))
    return looks


def _name(run):
    return shorten(run.label + ", diverged" * bool(run.diverged), 220, SMALL)


def _headline(sheet, run, best):
    """Above: this run, and how training and validation are drawn."""
    items = [("training", "training", "", "o")]
    items += [("validation", "validation", "dashed", "")] * run.validated
    start = sheet.legend(sheet.width - 16, TOP / 2, items)
    note, color = (f"× diverged: {run.diverged}", "alarm") if run.diverged else (best, "validation")
    room = start - 24 - width(note, bold=True)
    label = shorten(run.label, room, TITLE, True)
    wide = sheet.text(12, TOP / 2, label, size=TITLE, bold=True)
    sheet.text(12 + (wide + 16) * bool(label), TOP / 2, note, color, bold=True)


def _panel(panel, name, run, looks, last, key, epoch, best):
    """One quantity against the epochs; the epoch to read and the best one, 0 for none yet."""
    low, high, log = _range(name, run, [look[0] for look in looks])
    axes = panel.sheet.keep(
        f"panel {name}", (key, low, high, log, run.is_fraction(name)),
        lambda: _ground(panel, name, run, looks, last, (low, high, log), epoch),
    )  # fmt: skip
    training, validation = run.points(name), run.points("val_" + name)
    if best:
        axes.band([best, run.epochs], [low] * 2, [high] * 2, "validation", 0.15)
        axes.vertical(best, "validation")
    axes.curve(*validation, "validation", dash="dashed")
    axes.dots(*(part[-1:] for part in validation), "paper", 5, edge="validation", edgewidth=1.5,
              clipped=True)  # fmt: skip
    axes.curve(*training, "training")
    n = len(training[0])
    marked = sorted({*range(0, n, max(1, n // 10)), *range(max(n - 1, 0), n)})
    axes.dots(*(part[marked] for part in training), "training", 5, clipped=True)
    finite = np.flatnonzero(np.isfinite(training[1]))[-1:]
    if name == "loss" and run.diverged and len(finite):
        axes.dots(*(part[finite] for part in training), "alarm", 11, marker="x", edgewidth=3)
    right = panel.width - 16
    for (_, values), color in ((validation, "validation"), (training, "training")):
        if len(values):
            panel.text(right, 16, number(values[-1], 3), color, ha="right")
            right -= 62
    if epoch:
        _read(axes, name, run.upto(epoch), epoch)


def _ground(panel, name, run, looks, last, scale, epoch):
    """The axes of a quantity, and on them the other runs."""
    low, high, log = scale
    place = (LEFT, HEAD, panel.width - LEFT - RIGHT, panel.height - HEAD - FOOT)
    pad = max(0.03 * (last - 1), 0.25)
    axes = panel.axes(place, (1 - pad, last + pad), (low, high), ylog=log, xlabel="epoch",
                      xticks=epoch_ticks(last))  # fmt: skip
    panel.text(12, 16, name, bold=True, room=panel.width - 30 - 124)
    if epoch is not None:
        axes.handle(f"an epoch of {name}", "", x="epoch")
    for other, color, thick, *_ in reversed(looks):
        for curve, dash in ((name, ""), ("val_" + name, "dashed")):
            epochs, values = other.points(curve)
            axes.curve(epochs, values, color, thick, dash=dash)
            end = np.flatnonzero(np.isfinite(values))[-1:]
            if other.diverged or len(epochs) == 1:
                axes.dots(epochs[end], values[end], color, 6, marker="x" if other.diverged else "o",
                          clipped=True)  # fmt: skip
    _numbers(axes, name, looks, epoch is not None)
    return axes


def _read(axes, name, run, epoch):
    """A line at an epoch, and the values there beside it."""
    ends = [(color, *(part[-1:] for part in run.points(curve)))
            for color, curve in (("training", name), ("validation", "val_" + name))]  # fmt: skip
    texts = [("quiet", f"epoch {epoch}")]
    texts += [(color, number(values[0])) for color, _, values in ends if len(values)]
    axes.vertical(epoch)
    room = max(width(text, SMALL) for _, text in texts) + 8
    x = axes.px(epoch) + 5
    x = x if x + room < axes.right else x - 10 - room
    axes.area.box(x, axes.top + 2, room, 15 * len(texts) + 2, "paper", "rule", round=3)
    for i, (color, text) in enumerate(texts):
        axes.area.small(x + 4, axes.top + 11 + 15 * i, text, color)
    for color, epochs, values in ends:
        axes.dots(epochs, values, "paper", 8, edge=color, edgewidth=2, clipped=True)


def _range(name, run, others):
    """(lowest, highest, logarithmic) for all finite values; another run that went astray leaves."""
    pairs = [[one.finite(name), one.finite("val_" + name)] for one in [run, *others]]
    pairs = [pair for pair in pairs if len(pair[0]) + len(pair[1])]
    if not pairs:
        return 0.0, 1.0, False
    if run.is_fraction(name) and all(other.is_fraction(name) for other in others):
        return -0.02, 1.03, False  # room for half a marker at 0 and at 1
    most = _most(pairs[0])
    pairs[1:] = [[values[values <= most] for values in pair] for pair in pairs[1:]]
    values = np.concatenate([values for pair in pairs for values in pair])
    low, high = float(values.min()), float(values.max())
    # A training loss on its way to 0 is the picture of overfitting, to be seen on a linear axis:
    # the smallest value is asked of the validation.
    judged = np.concatenate([pair[1] if len(pair[1]) else pair[0] for pair in pairs])
    smallest = float(min(judged[judged > 0], default=0.0))
    if low >= 0 < smallest and high / smallest > DEEP:
        return 10.0 ** math.floor(math.log10(smallest)), 10 ** (math.log10(high) + 0.15), True
    return -rounded(-low * 1.04) if low < 0 else 0.0, rounded(high * 1.04), False


def _most(pair):
    """Up to where other runs stretch the axis of a run whose finite values these are."""
    largest = max((values.max() for values in pair if len(values)), default=0)
    return REACH * largest if largest > 0 else math.inf


def _numbers(axes, name, looks, hand):
    """The number of each other run where its curves end; with an arrow where they leave."""
    top, bottom, found = axes.top, axes.bottom, []
    for run, *_, ink, key in looks:
        for curve in (name, "val_" + name):
            epochs, values = run.points(curve)
            finite = np.flatnonzero(np.isfinite(values))
            if not key or not len(finite):
                continue
            x, y = axes.px(epochs[finite]), axes.py(values[finite])
            above = np.flatnonzero(y < top)
            at = above[0] if len(above) and y[-1] < top else -1
            y = float(np.clip(y[at], top, bottom))
            found.append((round(float(x[at])), y, key, (ink, curve)))
    ends = {}
    for x, y, key, look in sorted(found):
        near = (p for p in ends if abs(p[0] - x) < 12 and abs(p[1] - y) < SMALL)
        ends.setdefault(next(near, (x, y)), {})[key] = look
    for x in {x for x, _ in ends}:
        places = [place for place in ends if place[0] == x]
        heights = apart([y for _, y in places], SMALL + 1, top, bottom)
        for place, y in zip(places, heights, strict=True):
            keys = sorted(ends[place].items())
            for i, (key, (ink, curve)) in enumerate(keys[:3]):
                text = "…" if i == 2 and len(keys) > 3 else key
                axes.area.small(x + 8 + 12 * i, y, text, ink, bold=True)
                if place[1] == top:
                    axes.area.dots([x + 12 + 12 * i], [y - 9], ink, 5, marker="^")
                if hand and text == key:
                    axes.area.handle(x + 4 + 12 * i, y - 7, 13, 14, f"run {key}, {curve}: pin it",
                                     press={"pin": key})  # fmt: skip


def _key(sheet, looks, hand):
    """Below: the number and the name of each other run."""
    x, y = 12, sheet.height - KEY / 2
    for run, *_, ink, key in looks:
        if key:
            sheet.small(x, y, key, ink, bold=True)
            wide = 12 + sheet.small(x + 12, y, _name(run), ink)
            if hand:
                sheet.handle(x - 2, y - 9, wide + 4, 18, f"run {key}, {run.label}: pin it",
                             press={"pin": key})  # fmt: skip
            x += 18 + wide
    if hidden := sum(not look[-1] for look in looks):
        sheet.small(sheet.width - 90, y, f"and {hidden} more")


def _sentence(run, planned, others, epoch, early):
    label = f" of {run.label}" if run.label else ""
    if not run.epochs:
        text = f"History{label}: epoch 1 is coming"
    else:
        of = f" of {planned}" if planned > run.epochs else ""
        noun = "epoch" if max(run.epochs, planned) == 1 else "epochs"
        courses = ", ".join(filter(None, (course(run, name) for name in run.names)))
        text = f"History{label}, {run.epochs}{of} {noun}: {courses}"
    if run.best and len(run.points("val_loss")[1]) > 1:
        text += f"; best validation loss {number(run.finite('val_loss').min())} at epoch {run.best}"
    if early:
        text += f"; {early}"
    if run.diverged:
        text += f"; diverged: {run.diverged}"
    if epoch:
        text += f"; at epoch {epoch}: {run.upto(epoch).last()}"
    if others:
        most = _most([run.finite("loss"), run.finite("val_loss")])
        endings = "; ".join(_ending(other, most) for other in others)
        text += f". Beside it {count(len(others), 'other run')}: {endings}"
    return text + "."


def _ending(run, most):
    """learning_rate=0.01 (pinned): loss 0.412, validation loss 0.455, leaves the axis"""
    ends = [
        f"{whose}loss {number(values[-1])}"
        for whose, name in (("", "loss"), ("validation ", "val_loss"))
        if len(values := run.points(name)[1])
    ]
    ends += [f"diverged: {run.diverged}"] * bool(run.diverged and ends)
    ends += ["leaves the axis"] * bool(run.finite("loss").max(initial=0) > most)
    name = run.label + " (pinned)" * run.pinned
    return f"{name}: {', '.join(ends)}" if ends else name
