"""CTC: a label without places, its lattice over the frames, and the paths that read it."""

import itertools

import numpy as np

from anatomy.base.arrays import image
from anatomy.base.picture import picture
from anatomy.base.plot import arrows, epoch_ticks
from anatomy.base.type import SMALL, TEXT, TITLE, shorten, width
from anatomy.base.words import count, fixed, number, percent
from anatomy.data import calls
from anatomy.data.gate import check_shape
from anatomy.losses.ctc.facts import alignments, as_probabilities, collapse, lattice, read

TOP, LEFT = 60, 92  # CSS pixels: the title, the names of the rows
LIST, GAP = 0.285, 46  # the list of paths, of the width; pixels before it
MOST_FRAMES, MOST_CLASSES, MOST_LABEL = 80, 24, 12  # that can be read
FEW = 8  # frames over which the paths are listed one by one
LISTED, LEADING = 12, 19  # paths that are listed, and pixels for each
SHADES = {
    "forward": "forward probability: all beginnings that end in a cell",
    "posterior": "the share of p(label) that goes through a cell",
}
RULES = "a step: stay, one down, or over a blank", "(not between two equal classes)"


@picture(label=calls.wholes, shade=calls.choice(*SHADES))
def ctc(sheet, probabilities, label, *, blank=0, classes=None, x=None, shade="posterior",
        frame=None):  # fmt: skip
    """The alignments of a label over frames: probabilities, lattice, best path, collapse.

    loss = -log of the sum, over all paths that collapse to the label, of the product of the
    path's probabilities. Over 8 frames or fewer the paths are listed one by one too.

    Args:
        probabilities: ``(frames, classes)``, at most (80, 24), each row a softmax.
        label: classes, whole numbers, at most 12; blanks at its end are padding.
        blank: which class is the blank; 0 in ``keras.losses.CTC``.
        classes: names of the classes other than the blank, in order; None: their numbers.
        x: the sequence that the model read, ``(timesteps, features)``, drawn above its frames;
            or None.
        shade: what shades the lattice. "posterior": which part of p(label) goes through a
            cell; "forward": all beginnings that end in it, against the most in its frame.
        frame: a frame to mark, from 1, or None.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for what `anatomy.losses.lattice` cannot read or has no room here.

    Source: Graves et al., Connectionist Temporal Classification (2006), figure 3.
    """
    facts = lattice(as_probabilities(probabilities), label, blank)
    names = _names(facts, classes)
    x = None if x is None else np.asarray(x, dtype=float)
    _check(facts, x, frame)
    frames = len(facts.probabilities)
    few = frames <= FEW and len({*facts.label, blank}) <= 4
    paths = alignments(facts.label, frames, blank) if few else None
    beside = few and sheet.width >= 720
    beyond = LIST * sheet.width + GAP if beside else 24 * few
    pitch = (sheet.width - 12 - beyond - LEFT) / frames
    pitch = min(pitch, 130) if few else pitch

    _head(sheet, facts, names)
    y = TOP
    if x is not None:
        y = _sequence(sheet, y, x, pitch * frames)
    y = _probabilities(sheet, y, facts, names, pitch, frame, few)
    sheet.text(LEFT, y, SHADES[shade], bold=True)
    y = (_boxes if few else _band)(sheet, y + 14, facts, names, pitch, shade)
    _collapse(sheet, y, facts, names, pitch)
    sheet.height = y + 52
    if beside:
        area = sheet.area(sheet.width * (1 - LIST) - 12, TOP, LIST * sheet.width, 340)
        below = _list(area, facts, names, paths)
        sheet.height = max(sheet.height, TOP + below + 36)
        look = {"size": SMALL, "leading": 15, "ha": "right"}
        sheet.paragraph(sheet.width - 12, sheet.height - 26, RULES, sheet.width, "quiet", **look)
    else:
        rule = " ".join(RULES)
        sheet.small(12, sheet.height + 4, rule, room=sheet.width - 24)
        sheet.height += 22
        if few:
            area = sheet.area(LEFT, sheet.height + 10, 320, 340)
            sheet.height += 10 + _list(area, facts, names, paths) + 20
    return _sentence(facts, names, paths)


def _names(facts, classes):
    """A name for each class; "_" is the blank."""
    n, blank = facts.probabilities.shape[1], facts.blank
    if classes is None:
        classes = [str(k) for k in range(n) if k != blank]
    names = [str(name) for name in classes]
    if len(names) != n - 1:
        raise ValueError(f"classes has {len(names)} names; give {n - 1}: the blank needs none.")
    names.insert(blank, "_")
    return names


def _check(facts, x, frame):
    """Raises if the picture has no room, or for an x or a frame that is none."""
    frames, classes = facts.probabilities.shape
    calls.whole("the number of frames", frames, 1, MOST_FRAMES)
    calls.whole("the number of classes", classes, 1, MOST_CLASSES)
    calls.whole("the length of the label", len(facts.label), 0, MOST_LABEL)
    if x is not None:
        check_shape("x", x, "timesteps", "features")
    if frame is not None:
        calls.whole("frame", frame, 1, frames)


def _head(sheet, facts, names):
    """The label and its loss; below, the reading."""
    right = sheet.width - 12
    loss = _loss(facts) if np.isfinite(facts.loss) else "loss = infinity"
    wide = width(loss, TITLE, bold=True)
    title = f"the label {spelled(facts.label, names)} in {count(len(facts.probabilities), 'frame')}"
    sheet.text(12, 20, title, size=TITLE, bold=True, room=right - wide - 30)
    sheet.text(right, 20, loss, "loss", size=TITLE, bold=True, ha="right")
    text = _reading(facts, names, sheet.width - 230)
    text = text if np.isfinite(facts.loss) else _loss(facts)
    sheet.small(12, 40, text, room=sheet.width - 24)


def _sequence(sheet, y, x, wide):
    sheet.text(LEFT, y, "x, the sequence", bold=True)
    tall = min(max(x.shape[1] * wide / x.shape[0], 24), 120)
    low, high = min(x.min(), 0), x.max() if x.any() else 1
    image(sheet, (LEFT, y + 14, wide, tall), sheet.palette.ramp(x.T, low, high, "ink"))
    return y + tall + 32


def _probabilities(sheet, y, facts, names, pitch, frame, few):
    """The probabilities, classes by frames; written in where there is room."""
    frames, classes = facts.probabilities.shape
    row = 20 if few and classes <= 6 else 13
    written = row > 16 and pitch > 34
    top, wide, high = y + 14, pitch * frames, row * classes
    sheet.text(LEFT, y, "probabilities, frame by frame", bold=True)
    # Where numbers are written on it, the shade goes half way.
    shades = sheet.palette.ramp(facts.probabilities.T, 0, 1 + written, "layers")
    image(sheet, (LEFT, top, wide, high), shades)
    middles = LEFT + (np.arange(frames) + 0.5) * pitch
    for k, name in enumerate(names):
        at = top + (k + 0.5) * row
        text, ink = ("blank", "quiet") if k == facts.blank else (name, "ink")
        sheet.small(LEFT - 8, at, text, ink, ha="right", room=LEFT - 16)
        if written:
            for x, value, shade in zip(middles, facts.probabilities[:, k], shades[k], strict=True):
                ink = sheet.palette.on(shade)
                sheet.small(x, at, fixed(value), ink, ha="center")
    if frame:
        if few:
            _hands(sheet.area(LEFT, top, wide, high), facts, names, pitch, row)
        place = LEFT + (frame - 1) * pitch, top - 2, pitch, high + 4
        sheet.box(*place, edge="paper", linewidth=4.8)
        sheet.box(*place, edge="ink", linewidth=2.4)
    sheet.small(LEFT - 8, top + high + 12, "frame", ha="right")
    for t in range(1, frames + 1) if few else epoch_ticks(frames):
        sheet.small(middles[t - 1], top + high + 12, t, ha="center")
    return top + high + 32


def _hands(area, facts, names, pitch, row):
    """Each probability as a bar at the foot of its cell, to be dragged: all of it is 1."""
    controls = [f"logit_{'blank' if k == facts.blank else name}" for k, name in enumerate(names)]
    for t, probabilities in enumerate(facts.probabilities):
        for k, p in enumerate(probabilities):

            def to(x, y, t=t, k=k, probabilities=probabilities):
                wanted = np.clip(x / pitch - t, 0.001, 0.999)
                rest = np.maximum(np.delete(probabilities, k), 1e-9)
                logs = np.log(np.insert((1 - wanted) * rest / rest.sum(), k, wanted))
                return dict(zip(controls, logs - (logs.max() + logs.min()) / 2, strict=True))

            area.box(t * pitch + 2, (k + 1) * row - 3, p * (pitch - 4), 3, "layers")
            label = f"frame {t + 1}, {controls[k].removeprefix('logit_')}"
            area.handle(t * pitch, k * row, pitch, row, label, percent(p),
                        press={"frame": t + 1}, to=to, x=(controls[k], float))  # fmt: skip


def _rows(sheet, facts, names, ys):
    """The states of the lattice, named at the left."""
    for y, sign in zip(ys, facts.extended, strict=True):
        if sign == facts.blank:
            sheet.small(LEFT - 8, y, "blank", ha="right")
        else:
            sheet.text(LEFT - 8, y, names[sign], bold=True, ha="right", room=LEFT - 16)


def _shades(facts, shade, palette, written):
    """(frames, states, 3) bytes, and the values that they show."""
    possible = facts.possible
    values = relative = facts.posterior
    if shade == "forward":
        values = facts.alpha
        logs = np.where(possible, facts.log_alpha, -np.inf)
        with np.errstate(invalid="ignore"):
            relative = np.nan_to_num(np.exp(logs - logs.max(axis=1, keepdims=True)))
    relative = np.where(possible, relative, 0)
    blank = (facts.extended == facts.blank)[None, :, None]
    ramps = (palette.ramp(relative, 0, 1 + written, role) for role in ("ghost", "data"))
    return np.where(blank, *ramps), values


def _steps(facts):
    """Each step that a path of the label can take: (frame, state, next state)."""
    possible, (frames, states) = facts.possible, facts.log_alpha.shape
    for t, s, far in itertools.product(range(frames - 1), range(states), range(3)):
        to = s + far
        allowed = to < states and (far < 2 or facts.skips[to])
        if allowed and possible[t, s] and possible[t + 1, to]:
            yield t, s, to


def _boxes(sheet, top, facts, names, pitch, shade):
    """The lattice over a few frames: a box for each state, with arrows and numbers."""
    frames, states = facts.log_alpha.shape
    high = max(175, 25 * states)
    row = min(high / states, 40)
    xs = LEFT + (np.arange(frames) + 0.5) * pitch
    ys = top + (high - row * states) / 2 + (np.arange(states) + 0.5) * row
    half = np.array([max(0.33 * pitch, 20.5), 0.37 * row])
    _rows(sheet, facts, names, ys)

    def arrow(t, s, to):
        """From the right edge of a box to the left edge of the next."""
        return (xs[t] + half[0] + 1, ys[s]), (xs[t + 1] - half[0] - 1, ys[to])

    sheet.strokes(arrows([arrow(*step) for step in _steps(facts)]), "ghost", 1)
    places = np.stack(np.meshgrid(xs, ys, indexing="ij"), axis=-1)  # (frames, states, 2)
    boxes = np.concatenate([places - half, np.broadcast_to(2 * half, places.shape)], axis=-1)
    shades, values = _shades(facts, shade, sheet.palette, True)
    possible = facts.possible
    sheet.cells(boxes[~possible], ["paper"], edge="rule")
    sheet.cells(boxes[possible], shades[possible], edge="quiet")
    if facts.best is not None:
        on = np.arange(frames), facts.best
        sheet.cells(boxes[on], shades[on], edge="ink", linewidth=2)
        for t, (s, to) in enumerate(itertools.pairwise(facts.best)):
            sheet.arrow(*np.transpose(arrow(t, s, to)), width=2.2, head=8)
    for t, s in np.argwhere(possible):
        value = values[t, s]
        if shade == "posterior":
            text = percent(value)
        else:
            text = number(value, 1) if 0 < value < 0.0005 else fixed(value, 3)
        ink = sheet.palette.on(shades[t, s])
        sheet.small(xs[t], ys[s], text, ink, ha="center")
    if shade == "forward" and np.isfinite(facts.loss):  # the two states that sum to p(label)
        first, last = ys[max(states - 2, 0)] - half[1], ys[-1] + half[1]
        x = LEFT + pitch * frames - 2
        sheet.line([x, x + 5, x + 5, x], [first, first, last, last], "loss", 1.6)
        sheet.text(x + 11, (first + last) / 2, "p", "loss", bold=True)
    return top + high + 12


def _band(sheet, top, facts, names, pitch, shade):
    """The lattice over many frames: pixels, and the best path through them."""
    frames, states = facts.log_alpha.shape
    row, wide = 20, pitch * frames
    xs = LEFT + (np.arange(frames) + 0.5) * pitch
    ys = top + (np.arange(states) + 0.5) * row
    _rows(sheet, facts, names, ys)
    shades, _ = _shades(facts, shade, sheet.palette, False)
    sheet.image(LEFT, top, wide, row * states, shades.transpose(1, 0, 2))
    rules = [((LEFT, y), (LEFT + wide, y)) for y in (ys[:-1] + ys[1:]) / 2]
    sheet.strokes(rules, "rule", 0.6)
    if pitch > 16:
        steps = [((xs[t], ys[s]), (xs[t + 1], ys[to])) for t, s, to in _steps(facts)]
        sheet.strokes(steps, "ghost 64%", 0.6)
    sheet.frame(LEFT, top, wide, row * states)
    if facts.best is not None:
        for color, width in (("paper", 4.6), ("ink", 2.2)):
            sheet.line(xs, ys[facts.best], color, width)
    return top + row * states + 26


def _collapse(sheet, y, facts, names, pitch):
    """The best path in three rows under its frames: as it is, merged, without its blanks."""
    size = TEXT if pitch > 12 else SMALL
    heads = ("best path", "quiet"), ("merge equal", "quiet"), ("drop blanks", "targets")
    for row, (head, color) in enumerate(heads):
        sheet.small(LEFT - 8, y + 20 * row, head, color, bold=row == 2, ha="right", room=LEFT - 10)
    bars, places, start = [], [], 0  # places: (row, class, first frame, frames)
    for sign, run in itertools.groupby(facts.path or ()):
        n = len(list(run))
        places += [(0, sign, start + k, 1) for k in range(n)] + [(1, sign, start, n)]
        if sign != facts.blank:
            places.append((2, sign, start, n))
            bars += [(LEFT + start * pitch + 1, at - 9, n * pitch - 2, 18) for at in (y, y + 20)]
        start += n
    sheet.cells(bars, ["data 8%"], edge=None)
    for row, sign, first, n in places:
        short = shorten(names[sign], n * pitch - 2, size, row == 2)
        lift = 4 * (names[sign] == "_")  # an underscore lies low
        if short != "…":
            sheet.text(LEFT + (first + n / 2) * pitch, y + 20 * row - lift, short,
                       "targets" if row == 2 else "ink", size=size, bold=row == 2,
                       ha="center")  # fmt: skip


def _list(area, facts, names, paths):
    """All paths, the most probable first, and their sum; returns where it ends."""
    chances = np.array([facts.probability(path) for path in paths])
    order = np.argsort(chances, kind="stable")[::-1][:LISTED]
    rest = len(paths) - len(order)
    area.text(0, 0, f"{_amount(paths)} the label", bold=True)
    text = min(width("_ " * len(facts.probabilities), SMALL, mono=True), 140) + 8
    room, most = area.width - text - 56, chances.max(initial=0) or 1
    ys = 24 + LEADING * np.arange(len(order))
    bars = [(text, y - 5, room * chances[k] / most, 10) for y, k in zip(ys, order, strict=True)]
    area.cells(bars, ["ink", *["data"] * (len(order) - 1)][: len(order)], edge=None)
    for y, k in zip(ys, order, strict=True):
        area.small(0, y, spelled(paths[k], names), "ink", mono=True, room=text - 6)
        area.small(area.width, y, _chance(chances[k]), "ink", ha="right")
    y = 24 + LEADING * len(order)
    if rest:
        area.small(0, y, f"… and {rest} more")
        other = chances.sum() - chances[order].sum()
        area.small(area.width, y, _chance(other), ha="right")
        y += LEADING
    area.line([0, area.width], [y - 6, y - 6], "quiet", 0.8)
    area.text(0, y + 8, "sum", bold=True)
    area.text(area.width, y + 8, number(chances.sum()), "loss", bold=True, ha="right")
    if chances.sum():
        text = f"= exp(−{number(facts.loss)}) = exp(−loss)"
        area.small(area.width, y + 26, text, ha="right")
    return y + 32


def _amount(paths):
    many = count(len(paths), "path") if paths else "no path"
    return f"{many} {'read' if len(paths) > 1 else 'reads'}"


def _chance(value):
    """A probability: four decimals, or a power of ten where it is smaller."""
    return fixed(value, 4) if value >= 0.00005 or not value else number(value, 2)


def _loss(facts):
    if np.isfinite(facts.loss):
        return f"loss = −log {number(np.exp(-facts.loss))} = {number(facts.loss)}"
    frames = len(facts.probabilities)
    if frames < facts.needed:
        return f"loss = infinity: the label needs {facts.needed} frames, there are {frames}"
    return "loss = infinity: no path of the label has a probability above 0"


def _reading(facts, names, room=float("inf")):
    label = read(facts.probabilities, facts.blank).label
    right = "the label" if label == facts.label else "not the label"
    return f"Read frame by frame: {shorten(spelled(label, names), room, SMALL)}, {right}"


def spelled(path, names):
    """A path as a line of text: "_ 3 3 _ 7 7"; "nothing" where it is empty."""
    return " ".join(names[one] for one in path) or "nothing"


def _runs(path, names):
    """A path spelled, a long one by its runs: "_ ×17, 2 ×12"."""
    if len(path) <= 12:
        return spelled(path, names)
    runs = ((names[one], len(list(run))) for one, run in itertools.groupby(path))
    return ", ".join(f"{name} ×{n}" if n > 1 else name for name, n in runs)


def _sentence(facts, names, paths):
    frames, classes = facts.probabilities.shape
    lines = [
        f"CTC: the label {spelled(facts.label, names)} over {count(frames, 'frame')} of {classes} "
        f"classes, {names[facts.blank]} the blank; {_loss(facts)}.",
        f"{_reading(facts, names)}.",
    ]
    if facts.path is not None:
        share = facts.probability(facts.path) * np.exp(facts.loss)
        steps = collapse(facts.path, facts.blank)
        lines.append(
            f"Best path {_runs(facts.path, names)}, {percent(share)} of the label's probability; "
            f"repeats merged {spelled(steps.merged, names)}; blanks dropped "
            f"{spelled(steps.label, names)}."
        )
    if paths is not None:
        total = sum(map(facts.probability, paths))
        lines.append(f"{_amount(paths)} the label; their sum is {number(total)}.".capitalize())
    return "\n".join(lines)
