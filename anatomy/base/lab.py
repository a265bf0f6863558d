"""The base of every lab: controls, a picture, and a run that the one worker does."""

import contextlib
import functools
import html
import sys
import time
from itertools import islice

import ipywidgets as widgets

from anatomy.base.controls import GIVEN, alike, beside, look, put, rounded, step, strip, value
from anatomy.base.screen import Screen, Stored, place_in_cell
from anatomy.base.words import sentences, settings
from anatomy.data import calls
from anatomy.training import runner, store
from anatomy.training.errors import place, placed, readable
from anatomy.training.private import as_here
from anatomy.training.run import unnoticed
from anatomy.training.runner import Stopped, ahead, interrupts, one_at_a_time, tidy

WAITS = "for your cell to end: build() draws from the same random numbers"
PATIENCE = 30  # seconds that a cell waits for its lab's first picture before it shows what there is
PLACES = 3  # where the stored picture of a lab is kept up to date: the last ones
YIELD = 0.01  # seconds after a live picture that belong to what sends and shows it
REST = 0.5  # seconds of rest after which the picture is drawn crisp, which keeps a slow line busy
STORE = 1.5  # and of further rest, after which what a saved notebook shows is sent: it is longer
FRAME = 0.08  # seconds between two live pictures: a fit is faster than a screen
LATE = 0.3  # seconds without a picture, after which a move that is overtaken may still show one


class Superseded(Exception):
    """Raised through ``work()`` when something newer has been asked for."""


def undisturbed(make):
    """A lab's ``__init__``, which leaves the student's random numbers and names of layers alone."""

    @functools.wraps(make)
    def quiet(self, *arguments, **more):
        whole = "_parts" not in vars(self)  # not a part of a subclass's own
        try:
            with as_here()(), alike(vars(self).setdefault("_parts", [])):
                make(self, *arguments, **more)
                works = whole and isinstance(self, Lab) and type(self).work is not Lab.work
                if works and (self._asked, self.status) == (None, "idle"):
                    self.post()
        except KeyboardInterrupt:
            raise Interrupted(f"{type(self).__name__} lab: stopped before it was there.") from None

    return quiet


class Lab:
    """A run that you can look at.

    A subclass creates a picture and controls, hands both to this ``__init__``, and has
    ``work(at)``, which computes, updates the picture and returns a sentence, or a status and a
    sentence. It runs in the one worker, or in the calling thread by `run`: once the lab is there,
    and anew with every move.

    Args:
        picture: the `anatomy.base.picture.Picture`.
        controls: dict name -> ipywidgets control, or ``ipywidgets.fixed``.
        buttons: dict name -> (tooltip, function without arguments).
        folds: dict title -> widget, folded beneath, after the code.
        columns: where the controls stand in columns with heads: for each column its least width
            in CSS pixels and a dict head -> items: names of controls, widgets, or a tuple of
            names of buttons; a head may also be a widget.

    Attributes:
        controls, buttons: dicts of widgets. unseen: controls that only the picture moves.
        picture: the picture.
        status: one word: "idle", "waiting", "compiling", "training", "done", "stopped",
            "diverged", "broken" or "failed".
        message: the line beneath the picture, and any advice, as plain text.
        error: the exception behind a status of "failed", or None.
        watched: whether anybody looks on: live and crisp pictures are for the screen alone.
        widget: all of it, to be placed on a page.
        outcome: the name of the attribute that `run` returns, "" for none.
    """

    outcome = ""
    deaf, unseen = False, {}  # deaf: while controls are set of which nothing follows

    def __init_subclass__(cls, **own):
        """``own``: what looks at arguments of this lab otherwise, as for `calls.validated`."""
        super().__init_subclass__()
        if "__init__" in vars(cls):
            cls.__init__ = undisturbed(cls.__init__)
            if cls.__module__.startswith("anatomy."):  # in others a name may mean anything
                own = {"build": calls.written, **own}
                cls.__init__ = calls.validated(placed(cls.__init__), **own)

    @undisturbed
    @calls.validated
    def __init__(self, picture, controls, buttons=None, *, folds=None, columns=()):
        self._as_here = as_here()
        self.picture, self.controls, self.unseen = picture, controls, {}
        self.status, self.error, self.watched = "idle", None, True
        self._text = self._advice_text = ""
        self._asked = self._begun = self._now = None  # requests: the latest, begun, being done
        self._drawings = []  # requests of `later`
        self._pause, self._storing = object(), object()  # ask for the crisp picture, and to store
        self._touched, self._prepared = None, {}  # a control; where what is beside was compiled
        self._shown = self._position_now = {}  # where the controls stood for the picture
        self._frame_due = self._work_time = self._picture_time = 0.0
        page = functools.partial(self.later, self.rest, owner=self._pause)  # has come, or changed
        self._screen = Screen(picture, page, self._grab, self._approached)
        self._stored = []  # what a saved notebook shows, in each place where it was displayed
        self._note, self._line, self._code = widgets.HTML(), widgets.HTML(), widgets.HTML()
        for control in self._widgets():
            control.observe(self._observed, names="value")
            if in_colab() and hasattr(control, "continuous_update"):
                control.continuous_update = False
        self.buttons = {name: self._button(name, *pair) for name, pair in (buttons or {}).items()}
        folds = {"Code": self._code, **(folds or {})}
        self._folds = widgets.Accordion(list(folds.values()), titles=tuple(folds))
        self._folds.observe(lambda change: self._unfold(), names="selected_index")
        rows = self._note.add_class("anatomy-note"), self._line.add_class("anatomy-rows")
        parts = [strip(controls, self.buttons, columns), self._screen, *rows, self._folds]
        self.widget = widgets.VBox(parts).add_class("anatomy-lab")
        if (factor := picture.larger) != 1:  # the whole lab, controls too
            name = f"anatomy-larger-{factor:g}".replace(".", "-")
            style = f"<style>.{name} {{ zoom: {factor:g} }}</style>"
            style = widgets.HTML(style, layout=look(display="none"))
            self.widget.add_class(name).children += (style,)
        place_in_cell(self)

    # What a subclass has, and may override

    def work(self, at):
        """Computes and draws what the controls stand at, ``at``: a dict name -> value.

        Returns:
            The sentence for the line beneath the picture, or (status, sentence).
        """
        raise NotImplementedError

    def prepare(self, at):
        """A function of ``stop`` that compiles what a move to this position needs, or None."""

    def moved(self, change):
        """A control has moved: asks for the work anew."""
        self.post()

    def code(self):
        """The plain Keras script for what is shown now."""
        raise NotImplementedError

    def unfolded(self, title):
        """The fold of this title is open, or what it is about has changed."""

    # What anyone may call

    def wait(self, timeout=None):
        """Waits until all that was asked is done; False after ``timeout`` seconds.

        Interrupted (Kernel > Interrupt), it stops what it waits for.
        """
        end = None if timeout is None else time.monotonic() + timeout
        try:
            return all(
                request.wait(None if end is None else max(0.0, end - time.monotonic()))
                for request in (self._asked, *self._drawings)
                if request is not None
            )
        except KeyboardInterrupt:
            self.stop()
            raise Interrupted(f"{type(self).__name__} lab: stopped.") from None

    def run(self, wish=None):
        """Does the work now, in this thread, as the controls stand; returns the `outcome`."""
        runner.cancel(self)
        with one_at_a_time():
            try:
                self._guarded(None, wish)
            except KeyboardInterrupt:
                self.say("stopped", self.position("Interrupted."))
                raise Interrupted(f"{type(self).__name__} lab: stopped.") from None
        return getattr(self, self.outcome) if self.outcome else None

    def stop(self):
        """Asks the present work to stop after its present execution."""
        given_up = self._asked is not self._begun and not self._asked.wait(0)
        runner.cancel(self)
        if given_up:  # it never began: what is shown is of another position
            self.later(self.give_up)
            self.later(self.rest, owner=self._pause)

    def close(self):
        """Stops, and takes all widgets but a student's own off the page; its results remain."""
        for owner in (self, self._screen, self._pause, self._storing):
            runner.cancel(owner)
        for control in GIVEN.intersection(self._widgets()):
            control.unobserve(self._observed, names="value")
        for widget in self._parts:
            widget.close()
        self.picture.sheet.rest()

    def describe(self):
        """What the lab shows, as text: controls, status, message and picture."""
        values = settings(self.at)
        return f"{type(self).__name__} lab ({values}), {self.status}.\n{self.shows()}"

    def shows(self):
        """What is to be seen, in words."""
        return self.picture.describe()

    @property
    def at(self):
        """dict name -> what each control stands at."""
        return {name: value(control) for name, control in self.controls.items()}

    @property
    def message(self):
        return sentences(self._text, self._advice_text)

    def record(self, path, /, **chosen):
        """Writes one HTML file in which the lab plays with no kernel and no network.

        Every state is computed now, as a move computes it. Interrupted (Kernel > Interrupt), or
        stopped, the page has the states so far.

        Args:
            path: of the file.
            **chosen: names of controls: of each how many positions to record, evenly spaced on its
                own scale, or a list of values, or ``...`` for all. The others stay as they are.

        Returns:
            The path, a `pathlib.Path`.

        Raises:
            TypeError: for what is no control of this lab.
            ValueError: for a choice that is none, and for more states or bytes than a page should
                have; it names the control to thin.
        """
        from anatomy.base.record import record

        return record(self, path, chosen)

    # What a subclass calls

    def forget(self):
        """Drops earlier runs, and begins anew as a lab that has done nothing before."""

    def hand(self, name, control, act):
        """Adds a control that only the picture moves, and what is done when it has moved."""
        self.unseen[name] = control
        control.observe(lambda change: self.deaf or act(), names="value")

    def put(self, **values):
        """Sets these controls, of which nothing follows; never in the worker."""
        self.deaf = True
        try:
            for name, value in values.items():
                (self.unseen.get(name) or self.controls[name]).value = value
        finally:
            self.deaf = False

    def move(self, **values):
        """Sets these controls, and asks for the work once."""
        self.put(**values)
        self.post()

    def next_seed(self):
        """Moves the control ``seed`` by one, from its end to 0."""
        seed = self.controls["seed"]
        seed.value = (seed.value + 1) % (seed.max + 1)

    def post(self, wish=None):
        """Asks the worker for what the controls stand at now, and a button's ``wish`` beside.

        The ``work`` that answers has the wish as `self.wish`. In Colab it is done now.
        """
        for owner in (self._screen, self._pause, self._storing):
            runner.cancel(owner)
        ahead.cancel()
        if in_colab():
            Lab.run(self, wish)
        else:
            busy = runner.running
            if isinstance(busy, Lab) and busy is not self:
                self.say("waiting", f"for the {type(busy).__name__} lab, which is at work")
            self._asked = runner.post(self, functools.partial(self._guarded, wish=wish))

    def later(self, show, delay=0.0, owner=None):
        """Asks the worker to draw only, in place of what ``owner`` asked; in Colab, draws now."""
        if in_colab():
            self._attempt(show)
        else:
            owner = owner or self._screen
            request = runner.post(owner, lambda request: self._attempt(show), delay=delay)
            self._drawings = [one for one in self._drawings if not one.wait(0)] + [request]

    def give_up(self):
        """Stop was pressed before anything was computed: says what the picture is of."""
        self.say("stopped", self.position("Stopped before anything was computed."))

    def position(self, text):
        """The text, and of which position the picture is where the controls stand elsewhere."""
        at = self.at
        moved = {name: v for name, v in self._shown.items() if name in at and v != at[name]}
        return sentences(text, f"The picture is of {settings(moved)}." if moved else "")

    @property
    def cancelled(self):
        """Whether the present work is to end: something newer was asked for, or Stop pressed.

        Asked between two executions, it first gives other labs their turn.
        """
        runner.give_way()
        return self._now is not None and self._now.cancelled and not self._owes_a_picture

    def check(self):
        """Ends the present work where something newer was asked for."""
        if self._now is not None and self._now.superseded and not self._owes_a_picture:
            raise Superseded

    @property
    def _owes_a_picture(self):
        """Whether overtaken work goes on: a hand that never rests would see nothing else."""
        waits = self._now.superseded and self._asked is not self._now and not self._asked.wait(0)
        late = self._picture_time + LATE < self._work_time
        return waits and late and time.monotonic() < self._work_time + LATE

    def train(self, run, table, validation=None, *, watch=None, begin=None):
        """Fits a `training.Run`, says so, and returns it: done, stopped or diverged.

        ``begin(run)`` is called once, with the model built; ``watch(run)`` after epochs, as often
        as a screen can show something.

        Raises:
            Superseded: where something newer was asked for. And what the student's code raised.
        """
        self._frame_due, begun = time.monotonic(), False

        def follow(run):
            nonlocal begun
            if begin and not begun and run.model is not None:
                begun = True
                begin(run)
            if run.status == "compiling":
                self.say("compiling", "not compiled before: XLA does it once, then it is kept")
            elif watch and run.status == "training" and run.epoch and self.due():
                watch(run)

        run.fit(table, validation, on_change=follow, stop=lambda: self.cancelled)
        self.check()
        if run.status == "failed":
            raise run.error
        return run

    def due(self):
        """Whether it is time for another live picture."""
        now = time.monotonic()
        if not self.watched or now < self._frame_due:
            return False
        self._frame_due = max(self._frame_due + FRAME, now)
        return True

    def show(self, position=None):
        """Shows the picture as it is now.

        ``position``: where the controls stood for it; None: as they did when the work began.
        """
        self._shown, self._picture_time = position or self._position_now, time.monotonic()
        if self.watched:
            self._screen.show()
            time.sleep(YIELD)

    def say(self, status, text):
        """Sets the status and the line beneath the picture, which screen readers announce."""
        self.status, self._text = status, text
        line = f"<b>{status}</b> {html.escape(text)}"
        if len(text) > 0.27 * self.picture.size[0]:  # perhaps more than two rows: to be put away
            line = f"<details open><summary>{line}</summary></details>"
        head = f'<div role="status" class="anatomy-status" data-status="{status}">'
        self._line.value = f"{head}{line}</div>"

    def advise(self, head, text="", code=""):
        """Shows advice over the picture, and Keras code to write; without a head, none."""
        self._advice_text = sentences(head, text, f"Write: {code}" if code else "")
        write = f" Write: <code>{html.escape(code)}</code>" if code else ""
        note = f"<summary><b>{html.escape(head)}</b></summary> {html.escape(text)}{write}"
        self._note.value = head and f'<details open class="anatomy-advice">{note}</details>'

    # How it does it

    def _observed(self, change):
        old, new = (rounded(change["owner"], change[which]) for which in ("old", "new"))
        if old != new and not self.deaf:
            self._touched = change["owner"]
            with self._as_here():
                self.moved(change)

    def _button(self, name, tooltip, press):
        press = self._as_here()(press)
        button = widgets.Button(
            description=name.replace("_", " "), tooltip=tooltip, layout=look(width="auto")
        ).add_class(f"anatomy-{name.replace('_', '-')}")
        button.on_click(lambda _: press())
        return button

    def _widgets(self):
        return [one for one in self.controls.values() if isinstance(one, widgets.Widget)]

    def _guarded(self, request, wish=None):
        self._now, self._begun, self.wish = request, request, wish
        if request is not None:  # else it is done at once, and nobody can cancel it
            request.waits = lambda: self.say("waiting", WAITS)
        try:
            self._attempt(self._do)
        finally:
            self._now = None
        if request is None:
            self._attempt(self.rest)
        elif not request.superseded:
            runner.post(self._pause, lambda request: self._attempt(self.rest), delay=REST)

    def _do(self):
        self._position_now, self._work_time = self.at, time.monotonic()
        result = self.work(self.at)
        self.check()
        self.error = None
        status, text = result if isinstance(result, tuple) else ("done", result)
        # Where nothing new could be drawn, the picture is of the position that it was of.
        self.show(self._shown if status in ("stopped", "broken") else None)
        self.say(status, text)
        self._unfold()

    def _attempt(self, do):
        try:
            with self._as_here():
                do()
        except Superseded:
            pass
        except Stopped:
            if self._now is not None and not self._now.superseded:
                self.give_up()
        except BaseException as error:  # sys.exit() too: a lab says so; it does not die of it
            if interrupts(error):
                raise
            self.failed(error)

    def failed(self, error):
        """The work raised: the picture stays, the line says why."""
        self.error = error
        self.say("failed", self.position(f"{readable(error).rstrip('.')}{place(error)}."))

    def _unfold(self):
        index = self._folds.selected_index
        title = "" if index is None else self._folds.get_title(index)
        if title == "Code":
            self._code.value = f"<pre>{html.escape(self.code())}</pre>"
        if title:
            self.unfolded(title)

    def rest(self):
        """Shows the picture crisp, and says it in words."""
        if not self.watched:
            return
        self._screen.rest(self.shows())
        if self._screen.seen and not in_colab():
            runner.post(self._storing, lambda request: self._attempt(self._store), delay=STORE)
        else:
            self._store()
        tidy()
        if self._screen.seen and (self._prepared, ahead.owner) != (self.at, self._pause):
            self._prepared = at = self.at
            names = sorted(self.controls, key=lambda n: self.controls[n] is not self._touched)
            own = (getattr(self, name, None) for name in ("build", "given"))  # the student's
            names = names if all(map(unnoticed, own)) else ()
            moves = [{name: to} for name in names for to in beside(self.controls[name])]
            jobs = filter(None, (self.prepare(at | move) for move in moves))
            ahead.ask([self._as_here()(job) for job in islice(jobs, store.guesses)], self._pause)

    def _store(self):
        """Keeps up to date what a saved notebook shows."""
        for stored in self._stored:
            stored.update()

    def _approached(self):
        """A hand comes: what another lab's move dropped is compiled while it looks around."""
        if self._prepared and ahead.owner is not self._pause:
            self.later(self.rest, owner=self._pause)

    def _grab(self, handle, message):
        """A hand, or an arrow key, moves a handle of the picture: the controls follow."""
        controls = self.controls | self.unseen
        if handle.at and message["kind"] == "key" and not (message["x"] or message["y"]):
            message = {"kind": "grab"} | dict(zip("xy", handle.at, strict=True))  # Enter
        hand = handle.to and message["kind"] == "grab"
        together = handle.to(message["x"], message["y"]) if hand else {}
        press = handle.press if message.get("first", True) else {}  # not with every later move
        for name, choice in (press | together).items():
            put(controls[name], choice)
        if hand:
            return
        for pair, at in ((handle.x, message.get("x")), (handle.y, message.get("y"))):
            if pair is None:
                continue
            name, to = pair
            if message["kind"] == "grab":
                put(controls[name], to(at))
            elif at:
                rows = pair is handle.y and to(1000) > to(0)  # counted downwards
                step(controls[name], -at if rows and message["kind"] == "key" else at)

    def _ipython_display_(self):
        place_in_cell(self)
        with contextlib.suppress(KeyboardInterrupt):  # then it stops, and is on the page
            self.wait(PATIENCE)
        self._stored = [*self._stored[1 - PLACES :], Stored(self)]

    def still(self):
        """The picture for a reader without a kernel: of the plain width, on light paper."""
        return self.picture.copy()


def in_colab():
    """Whether this is Google Colab, where nothing appears that a thread has updated."""
    return "google.colab" in sys.modules


class Interrupted(KeyboardInterrupt):
    """Kernel > Interrupt in a cell that makes or runs a lab: IPython shows one line of it."""

    def _render_traceback_(self):
        return [f"KeyboardInterrupt: {self}"]
