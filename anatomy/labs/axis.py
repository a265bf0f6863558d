"""The whole axis of a learning rate beneath its slider: where a fit() at each rate would end."""

import html
import math
import time

import ipywidgets as widgets

from anatomy import training
from anatomy.draw.picture import aside
from anatomy.draw.sweep import STRIP, SweepPicture
from anatomy.labs.lab import REST, in_colab
from anatomy.labs.sweep_axes import DECADE, rates
from anatomy.training import RATE, runner

FRAME = 0.1  # seconds between two frames

#: An epoch that takes more seconds, or more products of a weight and a sample, has fewer rates to
#: a decade: no compiled call is to keep the next fit() waiting for long.
SLOW, LARGE, FEW = 0.03, 2e7, 2


class Axis:
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
        self.sweep = self.picture = self._asked = self._request = None
        self._first = self._pace = 0.0
        self._samples = len(training.tables(data)[0].rows)
        self._range = _range(slider)
        self.offered = self._range is not None
        self.toggle = widgets.ToggleButton(
            description="show the whole axis",
            tooltip="Train every learning rate of the slider too: where would each end?",
            layout={"width": "auto", "margin": "2px 2px 2px 113px"},
        ).add_class("anatomy-axis")
        self._image = widgets.Image(format="png", layout={"width": f"{STRIP}px", "display": "none"})
        self._note = widgets.HTML(layout={"margin": "0"})
        self.widget = widgets.VBox([self.toggle, self._image, self._note])

    def watch(self, run):
        """Takes the time of a run's epochs; the first compiles."""
        if run.epoch == 1:
            self._first = run.seconds
        elif run.epoch:
            self._pace = (run.seconds - self._first) / (run.epoch - 1)

    def mark(self, rate):
        """Puts the marker where the slider stands."""
        if self.toggle.value and self.picture:
            self.picture.mark(rate)
            self._image.value = self.picture.frame()

    def follow(self, run):
        """Asks for the axis of what was fitted, unless it is there already."""
        if not self.toggle.value:
            self.cancel()
            self._image.layout.display, self._note.value, self._asked = "none", "", None
            return
        others = {name: value for name, value in run.parameters.items() if name != RATE}
        asked = others, run.epochs, run.batch_size, run.seed
        if asked == self._asked:
            return
        if in_colab():
            self._train(run, asked, bool)
        else:
            self._request = runner.post(
                self, lambda request: self._train(run, asked, lambda: request.cancelled), delay=REST
            )

    def cancel(self):
        """Makes way for the next fit()."""
        runner.cancel(self)

    def polish(self):
        """Shows the strip crisp, and says it in words."""
        if self._asked:
            self._image.value = self.picture.png()
            self._note.value = aside(self.picture.describe())

    def wait(self, timeout=None):
        """As that of a `Lab`."""
        return self._request is None or self._request.wait(timeout)

    def describe(self):
        """What the strip shows, in words; nothing while it is not there."""
        return self.picture.describe() if self._asked else ""

    def _train(self, run, asked, stop):
        others, epochs, batch_size, seed = asked
        heavy = self._pace > SLOW or run.model.count_params() * self._samples > LARGE
        axis, _ = rates(self._range, self._build, FEW if heavy else DECADE)
        next_frame, rate = 0.0, run.parameters[RATE]

        def grow(found):
            nonlocal next_frame
            if time.monotonic() >= next_frame:
                self._draw(found, rate)
                self._image.value = self.picture.frame()
                next_frame = time.monotonic() + FRAME

        try:
            found = training.sweep(
                self._build, self._data, seeds=[seed], epochs=epochs, batch_size=batch_size,
                on_change=grow, stop=stop, **{RATE: axis},
                **{name: [value] for name, value in others.items()},
            )  # fmt: skip
        except Exception as error:  # the fit is not concerned
            self._note.value = f"<i>No axis. {html.escape(training.readable(error))}</i>"
            return
        if not found.stopped:
            self._asked, self.sweep = asked, found
            self._draw(found, rate)
            self.polish()

    def _draw(self, found, rate):
        if self.picture is None:
            self.picture = SweepPicture(found, strip=True)
        self.picture.update(found, marker=rate)
        self._image.layout.display = None


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
