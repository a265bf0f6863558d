"""The whole axis of a learning rate beneath its slider: where a fit() at each rate would end."""

import html
import math
import time

import ipywidgets as widgets

from anatomy import training
from anatomy.base.lab import REST, in_colab
from anatomy.base.picture import Picture
from anatomy.base.screen import Screen
from anatomy.optimizers.sweep.draw import strip
from anatomy.optimizers.sweep.facts import DECADE, rates
from anatomy.training import RATE, runner

WIDE = 276  # CSS pixels: as a column of controls
FRAME = 0.1  # seconds between two frames

#: An epoch that takes more seconds, or more products of a weight and a sample, has fewer rates to
#: a decade: no compiled call is to keep the next fit() waiting for long.
SLOW, LARGE, FEW = 0.03, 2e7, 2


class Strip:
    """A button beneath the slider of a learning rate, and the strip that it shows.

    It is trained by the one worker after a fit() and at rest, and makes way for the next one. A
    rate that moves alone trains nothing: only the marker follows.

    Args:
        build, data: as in `labs.fit`.
        slider: the control of the learning rate, or None.

    Attributes:
        sweep: the `anatomy.training.Sweep` of the strip; None before the first.
        toggle: the button. widget: button and strip; offered: whether there is an axis to show.
    """

    def __init__(self, build, data, slider):
        self._build, self._data = build, data
        self.sweep = self._screen = self._trained = self._request = None
        self._first = self._pace = 0.0
        self._samples = len(training.tables(data)[0].rows)
        self._range = _range(slider)
        self.offered = self._range is not None
        self.toggle = widgets.ToggleButton(
            description="show the whole axis",
            tooltip="Train every learning rate of the slider too: where would each end?",
            layout={"width": "auto"},
        ).add_class("anatomy-axis")
        self._why = ""
        self.widget = widgets.VBox([self.toggle], layout={"overflow": "hidden"})

    @property
    def picture(self):
        """The `Picture` of the strip; None before the first."""
        return self._screen and self._screen.picture

    def watch(self, run):
        """Takes the time of a run's epochs; the first compiles."""
        if run.epoch == 1:
            self._first = run.seconds
        elif run.epoch:
            self._pace = (run.seconds - self._first) / (run.epoch - 1)

    def mark(self, rate):
        """Puts the marker where the slider stands."""
        if self.toggle.value and self.picture:
            self._draw(self.picture.facts["sweep"], rate)

    def follow(self, run):
        """Asks for the axis of what was fitted, unless it is there already."""
        if not self.toggle.value:
            self.cancel()
            self.widget.children, self._trained, self._why = [self.toggle], None, ""
            return
        others = {name: value for name, value in run.parameters.items() if name != RATE}
        wanted = others, run.epochs, run.batch_size, run.seed
        if wanted == self._trained:
            return
        if in_colab():
            self._train(run, wanted, bool)
        else:
            self._request = runner.post(
                self, lambda now: self._train(run, wanted, lambda: now.cancelled), delay=REST
            )

    def cancel(self):
        """Makes way for the next fit()."""
        runner.cancel(self)

    def polish(self):
        """Shows the strip crisp, and in words."""
        if self._trained:
            self._screen.rest(self.picture.describe())

    def wait(self, timeout=None):
        """As that of a `Lab`."""
        return self._request is None or self._request.wait(timeout)

    def describe(self):
        """What the strip shows, or why it cannot, in words; nothing while it is not there."""
        return self.picture.describe() if self._trained else self._why

    def _train(self, run, wanted, stop):
        others, epochs, batch_size, seed = wanted
        heavy = self._pace > SLOW or run.model.count_params() * self._samples > LARGE
        axis, _ = rates(self._range, self._build, FEW if heavy else DECADE)
        due, rate = 0.0, run.parameters[RATE]

        def grow(sweep):
            nonlocal due
            if time.monotonic() >= due:
                self._draw(sweep, rate)
                due = time.monotonic() + FRAME

        try:
            sweep = training.sweep(
                self._build, self._data, seeds=[seed], epochs=epochs, batch_size=batch_size,
                on_change=grow, stop=stop, **{RATE: axis},
                **{name: [value] for name, value in others.items()},
            )  # fmt: skip
        except Exception as error:  # the fit is not concerned
            self._why = f"No axis. {training.readable(error)}"
            note = widgets.HTML(f"<i>{html.escape(self._why)}</i>", layout={"margin": "0"})
            self.widget.children = [self.toggle, note]
            return
        if not sweep.stopped:
            self._trained, self.sweep = wanted, sweep
            self._draw(sweep, rate)
            self.polish()

    def _draw(self, sweep, rate):
        if self._screen is None:
            picture = Picture(strip, sweep, rate)
            picture.resize(WIDE)
            self._screen = Screen(picture, self._themed, lambda handle, message: None)
        self.picture.update(sweep, rate)
        self._screen.show()
        self.widget.children = [self.toggle, self._screen]

    def _themed(self):
        """The page has another theme."""
        self.picture.resize(WIDE, dark=self._screen.seen["dark"])
        self.polish()


def _range(slider):
    """(smallest, largest) of a slider of positive numbers, or None."""
    match slider:
        case widgets.FloatLogSlider():
            ends = slider.base**slider.min, slider.base**slider.max
        case widgets.FloatSlider():
            ends = slider.min, slider.max
        case _:
            return None
    return ends if 0 < ends[0] < ends[1] < math.inf else None
