"""A schedule: the learning rate at each step of a training."""

from anatomy.base.picture import Picture
from anatomy.base.plot import ticks
from anatomy.base.words import number
from anatomy.optimizers.schedule import facts

HIGH, HEAD, FOOT, LEFT = 150, 62, 44, 50  # CSS pixels: of the data, and around them


def schedule(schedules, steps):
    """The learning rate over the steps of a training, of up to four schedules.

    Each value is what the schedule itself returns for that step, as the optimizer asks it.

    Args:
        schedules: a ``keras.optimizers.schedules.LearningRateSchedule``; or a dict from a name
            to one, or to a number above 0 for a learning rate that stays.
        steps: of the whole training: batches in an epoch times epochs.

    Returns:
        Picture; its ``facts["schedules"]`` has the values.

    Raises:
        TypeError: for what is no schedule.
        ValueError: for none or more than four, or steps below 2.

    Source: keras.io/api/optimizers/learning_rate_schedules.
    """
    return Picture(draw, facts.schedules(schedules, steps))


def draw(sheet, schedules):
    """A panel for each schedule, all on the same scale."""
    rates = schedules.rates
    columns = len(rates) if sheet.width >= 200 * len(rates) else 2
    wide = (sheet.width - LEFT) / columns
    high = HEAD + HIGH + FOOT
    sheet.height = high * -(-len(rates) // columns)
    top = 1.08 * max(values.max() for values in rates.values())
    for i, (name, values) in enumerate(rates.items()):
        line, column = divmod(i, columns)
        panel = sheet.area(LEFT + column * wide, line * high, wide - 22, high)
        rows = {value: "" if column else label for value, label in ticks(0, top)}
        axes = panel.axes((0, HEAD, panel.width, HIGH), (0, schedules.steps[-1]), (0, top),
                          xlabel="step", yticks=rows)  # fmt: skip
        panel.text(0, 16, name, bold=True, room=panel.width)
        panel.small(0, 36, _course(schedules.steps, values), room=wide - 8)
        if not column:
            panel.small(4 - LEFT, HEAD - 12, "rate")
        x = schedules.steps.repeat(2)[1:]  # a rate stays until the next
        axes.curve(x, values.repeat(2)[:-1], "optimizer", 2.2)
        ends = [0, -1]
        axes.dots(schedules.steps[ends], values[ends], "optimizer", 6)
    return "\n".join(
        f"{name}: learning rate {_course(schedules.steps, values)}."
        for name, values in rates.items()
    )


def _course(steps, values):
    """Where it begins, its peak if that is between, and where it ends."""
    peak, ends = int(values.argmax()), [number(values[0]), number(values[-1])]
    if values[peak] > 1.001 * max(values[0], values[-1]):
        return f"{ends[0]} → {number(values[peak])} at step {steps[peak]} → {ends[1]}"
    return " → ".join(ends) if ends[0] != ends[1] else f"{ends[0]} at every step"
