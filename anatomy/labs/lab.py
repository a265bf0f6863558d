"""The base of every lab: controls, a picture, and work that the one worker does."""

import html
import sys
import time

import ipywidgets as widgets

from anatomy.draw.picture import aside, show
from anatomy.labs.controls import value
from anatomy.labs.names import display_names
from anatomy.training import one_at_a_time, readable, runner

#: Seconds that a cell waits for its lab's first picture before it shows what there is.
PATIENCE = 30

#: Seconds after a live picture in which what sends and shows it has the processor to itself.
YIELD = 0.01

#: Seconds of rest after which the live picture is drawn again, crisp.
REST = 0.3


class Lab:
    """A run that you can look at.

    A subclass makes a picture and controls, arranges them in ``_rows``, and has ``_work(request)``,
    which computes and draws: always in the worker, or in the calling thread by `run`.

    Attributes:
        controls: dict name -> ipywidgets control.
        buttons: dict name -> ipywidgets Button.
        picture: the `anatomy.draw.Picture`.
        status: one word, such as "idle", "training" or "done".
        error: the exception behind a status of "failed", or None.
    """

    def __init__(self, picture, controls, buttons):
        self.picture, self.controls, self.buttons = picture, controls, buttons
        self.status, self.error = "idle", None
        self._request = None
        width, _ = picture.size
        self._image = widgets.Image(
            format="png", layout={"width": "100%", "max_width": f"{width}px"}
        )
        self._line = widgets.HTML()
        self._words = widgets.HTML(layout={"height": "0", "margin": "0"})
        for control in controls.values():
            if isinstance(control, widgets.Widget):
                control.observe(lambda change: self._post(), names="value")
                if in_colab() and hasattr(control, "continuous_update"):
                    control.continuous_update = False
        for name, button in buttons.items():
            button.add_class(f"anatomy-{name.replace('_', '-')}")
        self.widget = widgets.VBox(self._rows()).add_class("anatomy-lab")
        if picture.larger != 1:
            self._enlarge(picture.larger)

    def wait(self, timeout=None):
        """Waits until all that was asked is done; False after ``timeout`` seconds."""
        return self._request is None or self._request.wait(timeout)

    def run(self):
        """Does the work now, in this thread, for what the controls stand at."""
        runner.cancel(self)
        with one_at_a_time():
            self._guarded(_Now())

    def stop(self):
        """Asks the present work to stop after its present execution."""
        runner.cancel(self)

    def close(self):
        """Stops, and takes the widgets off the page."""
        self.stop()
        runner.cancel(self._image)
        self.widget.close()

    def code(self):
        """The plain Keras script for what is shown now."""
        raise NotImplementedError

    def describe(self):
        """What the lab shows, as text: controls, status and picture."""
        values = ", ".join(f"{name}={value!r}" for name, value in self._settings().items())
        return f"{type(self).__name__} lab ({values}), {self.status}.\n{self._shows()}"

    def _shows(self):
        """What is to be seen, in words; a lab of two pictures says both."""
        return self.picture.describe()

    def _rows(self):
        """The widgets of the lab, from top to bottom."""
        raise NotImplementedError

    def _work(self, request):
        """Computes and draws what the controls stand at, until ``request.cancelled``."""
        raise NotImplementedError

    def _post(self):
        """Asks the worker for what the controls stand at now; in Colab, does it now."""
        runner.cancel(self._image)
        if in_colab():
            self.run()
        else:
            self._request = runner.post(self, self._guarded)

    def _guarded(self, request):
        self._attempt(lambda: self._work(request))
        if isinstance(request, _Now):
            self._attempt(self._polish)
        elif not request.superseded:
            self._show_later(self._polish, delay=REST)

    def _show_later(self, show, delay=0.0):
        """Asks the worker to draw, in place of what it was to draw before; in Colab, draws now."""
        if in_colab():
            self._attempt(show)
        else:
            runner.post(self._image, lambda request: self._attempt(show), delay=delay)

    def _attempt(self, do):
        try:
            do()
        except Exception as error:  # a lab says so; it does not die of it
            self._fail(error)

    def _fail(self, error):
        self.error = error
        self._say("failed", readable(error))

    def _say(self, status, text):
        """Sets the status and the line that tells it, which screen readers announce."""
        self.status = status
        self._line.value = (
            f'<div role="status" class="anatomy-status" data-status="{status}">'
            f"<b>{status}</b> {html.escape(text)}</div>"
        )

    def _settings(self):
        """dict name -> what each control stands at."""
        return {name: value(control) for name, control in self.controls.items()}

    def _frame(self):
        """Shows the picture as it is now, quickly."""
        self._image.value = self.picture.frame()
        time.sleep(YIELD)

    def _polish(self):
        """Shows the picture crisp, and says it in words, which only a screen reader sees."""
        self._image.value = self.picture.png()
        self._words.value = aside(self._shows())

    def _enlarge(self, factor):
        """Shows the whole lab larger, controls too."""
        name = f"anatomy-larger-{factor:g}".replace(".", "-")
        style = widgets.HTML(f"<style>.{name} {{ zoom: {factor:g} }}</style>")
        style.layout.display = "none"
        self.widget.add_class(name).children += (style,)

    def _ipython_display_(self):
        # A live lab says itself what it shows, in words that change with it.
        nothing = widgets.HTML(layout={"display": "none"})._repr_mimebundle_()
        del nothing["text/plain"]
        show(*self._repr_mimebundle_(), live=nothing)
        display_names()

    def _repr_mimebundle_(self, include=None, exclude=None):
        self.wait(PATIENCE)
        data, metadata = self.picture._repr_mimebundle_()
        view = self.widget._repr_mimebundle_()
        return {**data, **view, "text/plain": self.describe()}, metadata


def in_colab():
    """Whether this is Google Colab, where nothing appears that a thread has updated."""
    return "google.colab" in sys.modules


class _Now:
    """The request of work that is done at once: nobody can cancel it."""

    cancelled = superseded = False
