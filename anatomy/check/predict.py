"""A guess, then what is so: a question that a student answers before it is settled."""

import functools
import html
import math
import re

import IPython.display
import ipywidgets as widgets

from anatomy.base.controls import alike, look
from anatomy.base.lab import undisturbed
from anatomy.base.picture import Picture
from anatomy.base.screen import STILL, place_in_cell, show
from anatomy.base.words import number, percent, sentences
from anatomy.data import calls
from anatomy.training import private
from anatomy.training.errors import readable
from anatomy.training.runner import one_at_a_time

OPTIONS = calls.rule("1 to 20 answers, or (low, high)", calls.LIST, lambda v: 0 < len(v) <= 20)
LESS, MORE = "too small", "too large"
COLOR = {True: "success", False: "warn", None: "border"}  # of JupyterLab


class Predict:
    """A question; the student presses an option or types a number, and only then sees the answer.

    The first guess calls ``reveal``, once. Options pressed after it are explained too. A reader
    without a kernel has the question, and the answer folded. The cell waits for nothing, so Run
    All passes over it. A curve cannot be sketched.

    Args:
        question: a sentence or two; code stands in `backquotes`.
        options: list of str to choose from; or (low, high): the student types a number, and every
            number from low to high is right.
        answer: the sentence that settles it.
        reveal: a function without arguments; what it returns is shown: a picture, a str, or what
            else a cell can show. The student's random states stay as they are.
        wrong: dict option -> why it is wrong; an option without a sentence is right. For a number
            the keys are "too small", "too large", or a number that students arrive at.

    Attributes:
        guess: the first guess, or None.
        message: what is said about it, as plain text.
        error: what ``reveal`` raised, or None.
        buttons: dict option -> button; for a number "Guess", beside ``field``.
        widget: all of it, to be placed on a page.

    Raises:
        ValueError: where no option is right, or ``wrong`` has a key that nobody can choose.
    """

    @calls.validated(options=OPTIONS, answer=calls.text, wrong=calls.table)
    @undisturbed
    def __init__(self, question, options, *, answer, reveal=None, wrong=()):
        self.question, self.options, self.answer = question, options, answer
        self.reveal, self.wrong = reveal, dict(wrong)
        self.guess = self.error = None
        self.typed = isinstance(options, tuple)
        choices = [LESS, MORE, *filter(is_number, self.wrong)] if self.typed else options
        for option in self.wrong:
            if option not in choices or (is_number(option) and self.judged(option)[0]):
                raise ValueError(f"wrong has {option!r}; it can have {choices}, the wrong ones.")
        if set(options) <= set(self.wrong):
            raise ValueError(f"None of the options {options!r} is right: one needs no sentence.")
        self._line, self._shown = widgets.HTML(), widgets.HTML()
        names = ["Guess"] if self.typed else options
        self.buttons = {name: button(name, self._pressed, question) for name in names}
        row = [*self.buttons.values()]
        if self.typed:
            self.field = widgets.Text(description="Your guess", placeholder="a number")
            row.insert(0, self.field)
        else:
            layout = look(width="auto", margin="2px 2px 2px auto")  # apart from the options
            switch = {"description": "a class's votes", "icon": "bar-chart", "layout": layout}
            row.append(widgets.ToggleButton(**switch))
            row[-1].observe(lambda change: self._open(change["new"]), "value")
        row = widgets.HBox(row, layout=look(flex_flow="row wrap"))
        head = widgets.HTML(f"<b>Predict.</b> {marked(question)}")
        self.widget = widgets.VBox([head, row, self._line, self._shown])
        self.widget.add_class("anatomy-predict")
        self.message = ""
        place_in_cell(self)

    def choose(self, guess):
        """Takes a guess, an option or a number: the first one reveals what is so."""
        right, text = self.judged(guess)
        name = number(guess) if self.typed else guess
        text = sentences(f"{name}: {'right.' if right else 'no.'}", text)
        if self.guess is None:
            self.guess = guess
            self._say("One moment: the answer is being computed.")
            try:
                with one_at_a_time(), private.undisturbed():
                    self._shown.value = page(self.reveal and self.reveal())
            except Exception as error:  # of the reveal: a student reads it, and has the answer
                self.error = error
                text = sentences(text, f"It cannot be shown: {readable(error)}.")
            text = f"Your guess, {text}"
        self._say(sentences(text, self.answer), right)
        if not self.typed:
            self.buttons[guess].icon = "check" if right else "times"

    def judged(self, guess):
        """Whether a guess is right, and the sentence about it where it is wrong."""
        if not self.typed:
            return guess not in self.wrong, self.wrong.get(guess, "")
        low, high = self.options
        nearby = [at for at in self.wrong if is_number(at) and math.isclose(at, guess)]
        reason = nearby[0] if nearby else LESS if guess < low else MORE
        right = low <= guess <= high
        return right, "" if right else self.wrong.get(reason, f"That is {reason}.")

    def close(self):
        """Takes it off the page."""
        for part in self._parts:
            part.close()

    def _pressed(self, name):
        if not self.typed:
            return self.choose(name)
        try:
            self.choose(float(self.field.value.replace(",", "").replace("−", "-")))
        except ValueError:
            self._say(f"{self.field.value!r} is no number: type one, such as 0.5.")

    def _say(self, text, right=None):
        self.message = text
        bar = f"border-left: 4px solid var(--jp-{COLOR[right]}-color1); padding: 1px 10px"
        self._line.value = f'<div role="status" style="{bar}">{marked(text)}</div>'

    @functools.cached_property
    def votes(self):
        """dict option -> the control for how many of a class chose it; none for a number."""
        style = look(widgets.BoundedIntText.style.klass, description_width="50%")
        with alike(self._parts):
            self._bars = widgets.HTML()
            votes = {
                option: widgets.BoundedIntText(max=1000, description=option, style=style)
                for option in ([] if self.typed else self.options)
            }
        for control in votes.values():
            control.observe(lambda change: self._count(), "value")
        return votes

    def _open(self, on):
        """Shows the controls of the votes and their bars, or takes them off the page."""
        head, row, *_, line, shown = self.widget.children
        votes = [*self.votes.values(), self._bars] if on else []
        self.widget.children = [head, row, *votes, line, shown]

    def _count(self):
        """A bar for each option, as long as its share of the votes."""
        total = sum(control.value for control in self.votes.values()) or 1
        bar = "display: inline-block; height: 12px; background: var(--jp-brand-color1); width: "
        self._bars.value = "".join(
            f'<div><span style="{bar}{200 * control.value / total:.0f}px"></span> '
            f"{html.escape(option)}: {control.value}, {percent(control.value / total)}</div>"
            for option, control in self.votes.items()
        )

    def _ipython_display_(self):
        """The question for a page without a kernel, its answer folded; and the question, alive."""
        place_in_cell(self)
        choices = "" if self.typed else f"<p>{html.escape(' · '.join(self.options))}</p>"
        folded = f"<details><summary>Answer</summary><p>{marked(self.answer)}</p></details>"
        still = STILL.replace("anatomy-lab", "anatomy-predict").replace("still", "question")
        question = f"{still}<p><b>Predict.</b> {marked(self.question)}</p>{choices}{folded}</div>"
        IPython.display.display({"text/html": question, "text/plain": self.question}, raw=True)
        show(self.widget)


def is_number(option):
    """Whether a key of ``wrong`` is a number that students arrive at."""
    return isinstance(option, int | float)


def button(name, press, question):
    """A button that a screen reader reads together with its question."""
    one = widgets.Button(description=name, tooltip=question, layout=look(width="auto"))
    one.on_click(lambda _: press(name))
    return one


def marked(text):
    """Text as HTML, with `code`."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def page(shown):
    """What a reveal has returned, as HTML."""
    if shown is None:
        return ""
    if isinstance(shown, tuple):
        return "".join(map(page, shown))
    if isinstance(shown, Picture):
        return shown.html()
    if hasattr(shown, "_repr_html_"):
        return shown._repr_html_()
    return f"<pre>{html.escape(str(shown))}</pre>"
