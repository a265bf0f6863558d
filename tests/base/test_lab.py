"""What the base gives to every lab: its attributes, its line, its folds, and how it fails."""

import ctypes
import gc
import re
import sys
import threading
import time
import types
import weakref

import fresh
import ipywidgets as widgets
import pytest
from by_hand import move
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets.widgets.widget import _instances
from memory import resident

from anatomy.base.controls import control
from anatomy.base.lab import Lab
from anatomy.base.picture import picture
from anatomy.base.screen import Screen
from anatomy.training.runner import runner


@picture
def bar(sheet, n=1):
    """A bar."""
    sheet.height = 40
    sheet.box(0, 0, 10 * n, 40, "data")
    sheet.handle(10 * n - 5, 0, 10, 40, "length", str(n), x=("n", lambda px: px / 10))
    return f"A bar of {n}."


class Bars(Lab):
    """A bar as long as a slider says; 0 is no length, and 13 raises."""

    def __init__(self, buttons=None, **more):
        self.threads, self.gate, self.at_work = [], threading.Event(), threading.Event()
        self.gate.set()
        controls = {"n": control("n", (0, 20), 1, live=True), "kept": widgets.fixed(3)}
        super().__init__(bar(), controls, buttons, **more)
        self.post()

    def work(self, at):
        self.threads.append(threading.current_thread())
        self.at_work.set()
        assert self.gate.wait(60)
        self.check()
        if at["n"] == 13:
            raise ValueError("thirteen is no length")
        self.picture.update(at["n"])
        return ("broken", "No bar.") if not at["n"] else f"{at['n']} long."

    def code(self):
        return f"print({self.at['n']})\n"


@pytest.fixture
def lab():
    lab = Bars({"back": ("To where it was", lambda: setattr(lab.controls["n"], "value", 1))})
    assert lab.wait(30)
    yield lab
    lab.gate.set()
    lab.close()


def parts(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def html(lab, name):
    """The HTML on the page that has a class."""
    return [p.value for p in parts(lab.widget) if f"anatomy-{name}" in str(getattr(p, "value", ""))]


def test_it_says_what_it_shows(lab):
    assert (lab.status, lab.message, lab.error) == ("done", "1 long.", None)
    assert lab.describe() == "Bars lab (n=1, kept=3), done.\nA bar of 1."
    assert lab.at == {"n": 1, "kept": 3}
    (line,) = html(lab, "status")
    assert 'role="status"' in line
    assert 'data-status="done"' in line


def test_a_move_does_the_work_in_the_one_worker(lab):
    move(lab, n=5)
    assert lab.picture.describe() == "A bar of 5."
    assert len(set(lab.threads)) == 1
    assert lab.threads[0] is not threading.current_thread()
    lab.buttons["back"].click()
    assert lab.wait(30)
    assert lab.message == "1 long."


def test_the_latest_of_many_moves_wins(lab):
    lab.gate.clear()
    for n in (2, 3, 4, 5):
        lab.controls["n"].value = n
    lab.gate.set()
    assert lab.wait(30)
    assert lab.message == "5 long."
    assert len(lab.threads) <= 3


def begin(lab):
    """Moves the lab, which is at work until its gate opens."""
    lab.gate.clear()
    lab.at_work.clear()
    lab.controls["n"].value = 2
    assert lab.at_work.wait(30)


@pytest.fixture
def lengths(lab, monkeypatch):
    """The lengths that are drawn from now on, ten seconds after the lab's last picture."""
    clock = types.SimpleNamespace(monotonic=lambda: then, sleep=lambda seconds: None)
    then, drawn, update = time.monotonic() + 10, [], lab.picture.update
    monkeypatch.setattr("anatomy.base.lab.time", clock)
    monkeypatch.setattr(lab.picture, "update", lambda n: drawn.append(n) or update(n))
    return drawn


def overtake(lab, stop=False):
    """Moves the lab on while it is at work, or stops it then, and waits for it."""
    begin(lab)
    lab.controls["n"].value = 3
    if stop:
        lab.stop()
    lab.gate.set()
    assert lab.wait(30)


def test_a_hand_that_never_rests_sees_where_it_was(lab, lengths):
    overtake(lab)
    assert lengths == [2, 3]


def test_what_is_overtaken_right_after_a_picture_shows_none(lab, lengths):
    move(lab, n=4)
    overtake(lab)
    assert lengths == [4, 3]


def test_stop_ends_what_is_overtaken(lab, lengths):
    overtake(lab, stop=True)
    assert lengths == []


def test_a_page_that_comes_while_the_lab_works_is_drawn_for(lab):
    begin(lab)
    lab._screen.seen = {"width": 700, "zoom": 1, "ratio": 1, "dark": True}
    lab.controls["n"].value = 3  # drops what was asked for the screen
    lab.gate.set()
    assert lab.wait(30)
    assert (lab.picture.size[0], lab.picture.dark) == (700, True)
    assert lab._screen.size[0] == 700


def test_what_is_asked_for_while_the_lab_works_is_drawn(lab):
    drawn = threading.Event()
    begin(lab)
    lab.later(drawn.set)
    lab.gate.set()
    assert lab.wait(30)
    assert drawn.wait(30)


def test_a_page_that_comes_is_drawn_for_beside_what_was_asked_before(lab):
    drawn = threading.Event()
    begin(lab)
    lab.later(drawn.set)
    lab._screen.seen = {"width": 700, "zoom": 1, "ratio": 1, "dark": True}
    lab.gate.set()
    assert lab.wait(30)
    assert drawn.is_set()
    assert lab.picture.dark


def test_a_page_that_changes_while_it_is_drawn_crisp_is_drawn_for(lab, monkeypatch):
    seen = {"width": 700, "zoom": 1, "ratio": 1, "dark": False}
    draw = lab.picture.png

    def changes(scale):
        monkeypatch.undo()
        lab._screen.seen = seen | {"width": 800}
        return draw(scale)

    monkeypatch.setattr(lab.picture, "png", changes)
    lab._screen.seen = seen
    assert lab.wait(30)  # for the first of the two pages
    assert lab.wait(30)
    assert lab._screen.size[0] == 800


def test_several_controls_are_one_move(lab):
    lab.controls["high"] = widgets.IntText()
    heard, before = [], len(lab.threads)
    lab.hand("high", lab.controls["high"], lambda: heard.append(True))
    lab.move(n=6, high=3)
    assert lab.wait(30)
    assert (lab.message, lab.at) == ("6 long.", {"n": 6, "kept": 3, "high": 3})
    assert (heard, len(lab.threads)) == ([], before + 1)
    lab.controls["high"].value = 4
    assert heard == [True]


def test_a_lab_asks_for_its_first_work_itself(monkeypatch):
    posts, post = [], Lab.post
    monkeypatch.setattr(Lab, "post", lambda lab, wish=None: posts.append(wish) or post(lab, wish))

    class Quiet(Bars):
        def __init__(self):
            Lab.__init__(self, bar(), {"n": control("n", (0, 20), 2)})
            self.threads, self.gate, self.at_work = [], threading.Event(), threading.Event()
            self.gate.set()

    for kind in (Quiet, Bars):  # Bars asks by itself
        lab = kind()
        assert lab.wait(30)
        assert (lab.status, len(lab.threads)) == ("done", 1)
        lab.close()
    assert posts == [None, None]


def test_a_status_of_ones_own(lab):
    move(lab, n=0)
    assert (lab.status, lab.message) == ("broken", "No bar.")


def test_an_error_is_a_status_and_the_picture_stays(lab):
    lab.controls["n"].value = 13
    assert lab.wait(30)
    assert lab.status == "failed"
    wanted = r"ValueError: thirteen is no length \(line \d+ of work\(\)\)\. The picture is of n=1\."
    assert re.fullmatch(wanted, lab.message)
    assert isinstance(lab.error, ValueError)
    assert lab.picture.describe() == "A bar of 1."
    move(lab, n=2)
    assert lab.status == "done"


def test_hostile_text_stays_text(lab):
    lab.say("done", "<script>alert(1)</script>")
    lab.advise("<b>", "<i>", "<u>")
    assert lab.message == "<script>alert(1)</script> <b> <i> Write: <u>"
    for part in (*html(lab, "status"), *html(lab, "advice")):
        assert not {"<script>", "<i>", "<u>"} & set(part.split())
        assert "&lt;" in part
    lab.advise("")
    assert lab.message == "<script>alert(1)</script>"


def test_code_is_there_and_on_the_page_once_unfolded(lab):
    (folds,) = (p for p in parts(lab.widget) if isinstance(p, widgets.Accordion))
    assert folds.get_title(0) == "Code"
    folds.selected_index = 0
    assert "<pre>print(1)" in folds.children[0].value
    move(lab, n=4)
    assert "<pre>print(4)" in folds.children[0].value


def test_run_works_in_this_thread(lab):
    lab.run()
    assert lab.threads[-1] is threading.current_thread()
    assert lab.status == "done"


def test_in_colab_a_move_works_at_once(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", object())
    lab = Bars()
    assert lab.status == "done"  # no wait
    lab.controls["n"].value = 7
    assert lab.message == "7 long."
    assert set(lab.threads) == {threading.current_thread()}
    assert not lab.controls["n"].continuous_update
    lab.close()


@pytest.fixture
def outputs(monkeypatch):
    """What a cell displays, as mimebundles, and the updates of these."""
    found = []

    class Handle:
        def __init__(self, index):
            self.index = index

        def update(self, data, **more):
            found[self.index] = data

    def display(data, display_id=None, **more):
        found.append(data)
        return Handle(len(found) - 1) if display_id else None

    monkeypatch.setattr("IPython.display.display", display)
    return found


def test_a_page_without_a_kernel_shows_a_picture_and_its_words(lab, outputs):
    lab._ipython_display_()
    picture, words, live = outputs
    assert picture["text/plain"] == lab.describe()
    assert "image/png" in picture
    assert "A bar of 1.</p>" in words["text/html"]
    assert "run its cell to bring it alive" in words["text/html"]
    assert live["application/vnd.jupyter.widget-view+json"]["model_id"] == lab.widget.model_id
    move(lab, n=3)
    lab.rest()
    assert "A bar of 3.</p>" in outputs[1]["text/html"]
    assert outputs[0]["text/plain"].endswith("A bar of 3.")


def screen(lab):
    return next(part for part in parts(lab.widget) if isinstance(part, Screen))


def test_the_screen_carries_the_picture_and_its_words(lab):
    lab.rest()
    assert screen(lab).alt == "A bar of 1."
    assert screen(lab).frame == lab.picture.png(2)
    assert screen(lab).size == [860, 40]


def test_the_picture_takes_the_width_and_the_theme_of_the_page(lab):
    screen(lab).seen = {"width": 934, "ratio": 1, "dark": True}
    assert lab.wait(30)
    assert screen(lab).size == [934, 40]
    assert lab.picture.dark
    assert lab.still().size == (860, 40)  # what is stored stays plain, on light paper
    assert not lab.still().dark
    screen(lab).seen = {"width": 300, "ratio": 1, "dark": False}
    assert lab.wait(30)
    assert screen(lab).size == [560, 40]


@picture
def stacked(sheet):
    """Two parts, beneath each other where the place is narrow."""
    sheet.height = 300 if sheet.width >= 800 else 600
    return "Two parts."


def test_a_picture_that_is_enlarged_stays_in_view():
    shown = Screen(stacked(), lambda: None, None, None)
    for width, zoom, size in ((667, 1.4, [860, 300]), (667, 1, [667, 600]), (900, 1.4, [900, 300])):
        shown.seen = {"width": width, "zoom": zoom, "ratio": 1, "dark": False}
        shown.show()
        shown.show()
        assert shown.size == size
    shown.close()


def test_a_handle_moves_the_control(lab):
    (handle,) = screen(lab).handles
    assert (handle["label"], handle["value"], handle["kind"]) == ("length", "1", "pan")
    screen(lab)._handle_custom_msg({"kind": "grab", "label": "length", "x": 82.0, "y": 3.0}, [])
    assert lab.wait(30)
    assert lab.controls["n"].value == 8
    screen(lab)._handle_custom_msg({"kind": "key", "label": "length", "x": 1, "y": 0}, [])
    assert lab.wait(30)
    assert lab.message == "9 long."
    for end, length in ((1, lab.controls["n"].max), (-1, 0)):
        screen(lab)._handle_custom_msg(
            {"kind": "end", "label": "length", "x": end * 1e6, "y": end * 1e6}, []
        )
        assert lab.wait(30)
        assert lab.controls["n"].value == length
    screen(lab)._handle_custom_msg({"kind": "grab", "label": "length", "x": -5.0, "y": 3.0}, [])
    assert lab.wait(30)
    assert lab.controls["n"].value == 0
    screen(lab)._handle_custom_msg(
        {"kind": "grab", "label": "width", "x": 1.0, "y": 1.0}, []
    )  # gone


@pytest.mark.parametrize("raised", [SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
def test_what_ends_the_work_is_a_status(lab, monkeypatch, raised):
    def ends(at):
        raise raised

    monkeypatch.setattr(lab, "work", ends)
    lab.controls["n"].value = 4
    assert lab.wait(30)
    assert (lab.status, lab.error) == ("failed", raised)
    monkeypatch.undo()
    move(lab, n=5)
    assert lab.message == "5 long."


def test_a_lab_that_is_closed_and_forgotten_is_freed():
    lab = Bars()
    assert lab.wait(30)
    lab.close()
    gone = weakref.ref(lab)
    del lab
    gc.collect()
    assert gone() is None


FIRST = """
from anatomy import labs
import gc, weakref
lab = labs.bricks()
gone = weakref.ref(lab)
lab.wait(60), lab.close()
del lab
gc.collect()
assert gone() is None
"""


def test_the_first_lab_of_a_process_is_freed_too():
    fresh.run(FIRST)


class Many(Bars):
    """A lab with widgets of its own, wherever it keeps them."""

    def __init__(self):
        folds, columns = {"More": widgets.HTML("more")}, [(200, {"Heads": ["n", ("stop",)]})]
        super().__init__({"stop": ("Stop", lambda: None)}, folds=folds, columns=columns)
        self.kept = {"unseen": [widgets.Text(layout={"width": "9px"})]}
        self.strip = types.SimpleNamespace(widget=widgets.VBox(), unseen={"n": widgets.IntText()})


def test_close_closes_every_widget():
    Many().close()  # what all labs share stays
    before = set(_instances)
    lab = Many()
    assert lab.wait(30)
    assert len(set(_instances) - before) > 10
    lab.close()
    assert set(_instances) == before
    assert (lab.status, lab.code()) == ("done", "print(1)\n")


def test_what_looks_alike_is_one_model():
    Many().close()
    before = set(_instances)
    first = Many()
    new = [_instances[one] for one in set(_instances) - before]
    looks = [one for one in new if isinstance(one, widgets.Layout | widgets.Style)]
    assert [one.width for one in looks] == ["9px"]  # the one that it asked for
    second = Many()
    first.close()
    assert second.buttons["stop"].layout.comm
    with pytest.raises(AttributeError, match="Many widgets share this Layout"):
        second.controls["n"].layout.width = "300px"
    second.controls["n"].layout = {"width": "300px"}
    assert second.buttons["stop"].layout.width == "auto"
    second.close()
    assert widgets.HTML().layout is not second.buttons["stop"].layout  # a student's own


def test_a_lab_is_shown_larger(monkeypatch):
    monkeypatch.setattr("anatomy.base.picture._factor", 1.5)
    lab = Bars()
    assert lab.wait(30)
    assert any("zoom: 1.5" in str(getattr(part, "value", "")) for part in parts(lab.widget))
    lab.close()


def test_page_classes_for_tests_and_a_teachers_styles(lab):
    classes = {name for part in parts(lab.widget) for name in part._dom_classes}
    assert {
        "anatomy-lab",
        "anatomy-controls",
        "anatomy-screen",
        "anatomy-n",
        "anatomy-back",
    } <= classes


def test_stop_before_anything_was_computed_says_what_the_picture_is_of(lab):
    lab.gate.clear()
    lab.controls["n"].value = 4  # is being computed
    while len(lab.threads) < 2:
        assert not lab.wait(0.01)
    screen(lab).seen = {"width": 700, "zoom": 1, "ratio": 1, "dark": False}
    lab.controls["n"].value = 6  # waits
    lab.stop()
    lab.gate.set()
    assert lab.wait(30)
    assert lab.status == "stopped"
    assert lab.message == "Stopped before anything was computed. The picture is of n=1."
    assert lab.picture.describe() == "A bar of 1."
    assert screen(lab).size[0] == 700
    move(lab, n=7)
    assert lab.message == "7 long."


def test_an_interrupt_stops_what_a_cell_waits_for(lab, monkeypatch, outputs):
    class Interrupts:
        def wait(self, timeout):
            raise KeyboardInterrupt

    stopped = []
    monkeypatch.setattr(lab, "stop", lambda: stopped.append(True))
    monkeypatch.setattr(lab, "_asked", Interrupts())
    with pytest.raises(KeyboardInterrupt) as caught:
        lab.wait()
    assert caught.value._render_traceback_() == ["KeyboardInterrupt: Bars lab: stopped."]
    lab._ipython_display_()  # a lab that a cell was showing is shown
    assert len(outputs) == 3
    assert stopped == [True, True]


def test_an_interrupt_while_a_lab_is_made_is_one_line(monkeypatch):
    def interrupted(lab):
        raise KeyboardInterrupt

    monkeypatch.setattr(Bars, "post", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        Bars()
    (line,) = caught.value._render_traceback_()
    assert line == "KeyboardInterrupt: Bars lab: stopped before it was there."


def test_a_cell_that_runs_again_frees_the_labs_that_it_had(monkeypatch, outputs):
    shell, created = InteractiveShell(), {}
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)

    def new(name):
        lab = Bars()
        assert lab.wait(30)
        created[name] = weakref.ref(lab)
        return lab

    def run(cell, code):
        """The labs that are left after a cell has run."""
        shell.parent_header = {"metadata": {"cellId": cell}}
        shell.run_cell(code, store_history=True, cell_id=cell).raise_error()
        while runner.running:  # it may still hold a lab that is closed
            time.sleep(0.01)
        gc.unfreeze()  # what stood there before the labs
        gc.collect()
        return "".join(name for name, lab in created.items() if lab())

    shell.user_ns["new"] = new
    assert run("1", "new('a')._ipython_display_(); new('b').widget; new('c')") == "abc"
    assert (
        run("2", "mine = {1: [new('d')]}; new('e'); x = new('f'); x._ipython_display_()")
        == "abcdef"
    )
    assert run("3", "x._ipython_display_()") == "abcdef"
    assert run("1", "new('g')") == "defg"  # c stood in Out
    assert run("2", "pass") == "dfg"
    assert run("4", "x = None") == "dfg"  # f is on the page of cell 3
    assert run("3", "mine = mine[1]") == "dg"
    first = created["d"]()
    first.close()
    assert first.describe().startswith("Bars lab (n=1")
    run("1", "pass")


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's way")
def test_what_a_cell_compiled_by_itself_is_given_back_when_it_ends(monkeypatch, outputs):
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]

    def compile_it():
        """Leaves 100 MB free beneath a block that is still in use, as a compilation may."""
        *blocks, last = [libc.malloc(100_000) for _ in range(1_000)]
        for block in blocks:
            ctypes.memset(block, 1, 100_000)
        for block in blocks:
            libc.free(block)
        held.extend([resident(), last])

    shell, held = InteractiveShell(), []
    shell.user_ns |= {"compile_it": compile_it, "new": Bars}
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    shell.run_cell("lab = new(); lab.widget").raise_error()
    assert shell.user_ns["lab"].wait(30)
    before = resident()
    shell.run_cell("compile_it()").raise_error()
    most, last = held
    assert most - before > 8e7
    assert resident() - before < 2e7
    libc.free(last)
