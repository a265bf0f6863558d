"""A recorded lab: its page has what the living lab shows, and needs nothing else."""

import importlib.metadata
import re
import types

import ipywidgets as widgets
import keras
import pytest
from by_hand import move
from playback import Page, compare, same

from anatomy import data, labs
from anatomy.base import record
from anatomy.base.controls import control
from anatomy.base.lab import Lab
from anatomy.base.picture import picture


@picture
def bar(sheet, n=1, high=40):
    """A bar."""
    sheet.height = high
    sheet.box(0, 0, 10 * n, high, "data")
    sheet.handle(10 * n - 5, 0, 10, high, "length", str(n), x=("n", lambda px: px / 10))
    sheet.handle(0, 0, 9, 9, "nothing", press={"n": 0})
    sheet.handle(0, 0, 9, 9, "elsewhere", press={"high": 60}, x=("n", float))
    sheet.handle(0, 0, 9, 9, "both", x=("n", float), to=lambda x, y: {"n": x, "high": y})
    return f"A bar of {n}, {high} high."


class Bars(Lab):
    """A bar as long as a slider says, at most twice as long as it is high."""

    def __init__(self, names=("</script><script>alert(1)</script>", "plain")):
        self.interrupted, self.worked = None, []
        controls = {
            "n": control("n", (0, 20), 4),
            "high": control("high", [40, 60]),
            "wide": control("wide", False),
            "name": control("name", [*names]),
            "rate": control("rate", (1e-4, 1.0), 0.01),
            "text": widgets.Text("free"),
            "kept": widgets.fixed(3),
        }
        super().__init__(bar(), controls)
        self.unseen = {"far": widgets.BoundedIntText(0, 0, 10**9)}
        self.post()

    def moved(self, change):
        self.controls["n"].max = 20 if self.controls["wide"].value else 10
        self.post()

    def work(self, at):
        self.worked.append((at["n"], at["high"], self.watched))
        if at["n"] == self.interrupted:
            return "stopped", "Stopped."
        self.picture.update(at["n"], at["high"])
        return f"{at['n']} long, {at['name']}."

    def code(self):
        return f"print({self.at['n']}, {self.at['name']!r})\n"


@pytest.fixture
def lab():
    lab = Bars()
    assert lab.wait(30)
    yield lab
    lab.close()


def test_a_page_has_every_state_as_the_living_lab_shows_it(lab, tmp_path):
    page = Page(lab.record(tmp_path / "bars.html", n=6, high=..., wide=[True]))
    assert page.labels == {"n": ["0", "4", "8", "12", "16", "20"], "high": ["40", "60"],
                           "wide": ["True"]}  # fmt: skip
    assert len(page.states) == 12
    for index in range(12):
        move(lab, wide=True, n=4 * (index // 2), high=(40, 60)[index % 2])
        same(page, page.states[index], lab)


def test_recording_leaves_the_lab_where_it_was(lab, tmp_path):
    move(lab, n=7, rate=0.1)
    page = Page(lab.record(tmp_path / "bars.html", n=[1, 7], rate=5))
    assert lab.wait(30)
    assert (lab.at["n"], lab.at["rate"], lab.picture.describe()) == (7, 0.1, "A bar of 7, 40 high.")
    assert page.recording["start"] == [1, 3]
    assert page.labels["rate"] == ["0.0001", "0.001", "0.01", "0.1", "1"]


def test_each_state_is_computed_once_while_nobody_looks_on(lab, tmp_path):
    frames, before = [], len(lab.worked)
    lab._screen.observe(lambda change: frames.append(lab.watched), names="frame")
    lab.record(tmp_path / "bars.html", n=[1, 7], high=...)
    lab.wait()
    states = [(1, 40, False), (1, 60, False), (7, 40, False), (7, 60, False)]
    assert [one for one in lab.worked[before:] if one[:2] != (4, 40)] == states
    assert False not in frames
    assert lab.worked[-1] == (4, 40, True)


def test_what_one_control_cannot_do_beside_another_is_no_state(lab, tmp_path):
    page = Page(lab.record(tmp_path / "bars.html", wide=..., n=[4, 15]))
    assert [state and state["alt"] for state in page.states] == [
        "A bar of 4, 40 high.", None, "A bar of 4, 40 high.", "A bar of 15, 40 high.",
    ]  # fmt: skip


def test_each_control_has_an_input_of_its_kind(lab, tmp_path):
    page = Page(lab.record(tmp_path / "b.html", n=[0, 1], wide=..., high=..., text=["a"], rate=2))
    kinds = {one["name"]: one["kind"] for one in page.recording["controls"]}
    assert kinds == {
        "n": "range", "wide": "checkbox", "high": "select", "text": "select", "rate": "range"
    }  # fmt: skip


def test_text_stays_text(lab, tmp_path):
    page = Page(lab.record(tmp_path / "bars.html", name=..., n=[4]))
    assert "alert(1)" not in page.text
    assert page.states[0]["message"] == "4 long, </script><script>alert(1)</script>."


def test_the_other_controls_are_named_where_they_stood(lab, tmp_path):
    text = Page(lab.record(tmp_path / "bars.html", n=[4])).text
    version = importlib.metadata.version("anatomy")
    assert f"Recorded, not computed: 1 state of a lab, by anatomy {version}, keras" in text
    assert "All else as at the start: high=40, wide=False, name=&#x27;&lt;/script&gt;" in text


def test_a_page_asks_nothing_of_the_network(lab, tmp_path):
    text = Page(lab.record(tmp_path / "bars.html", n=[4])).text
    assert re.findall(r"""(?:https?:)?//[\w.]+\.\w+|@import|\bsrc=|url\(""", text) == []


def test_a_hand_on_a_handle_moves_what_is_recorded(lab, tmp_path):
    page = Page(lab.record(tmp_path / "bars.html", rate=[0.01], n=[0, 4, 10]))
    length, nothing = page.states[1]["handles"]  # the others move what is not recorded
    assert length["x"] == [1, [0, 40, 100]]
    assert nothing["press"] == [[1, 0]]
    page = Page(lab.record(tmp_path / "bars.html", n=[0, 4], high=[40, 60]))
    assert page.states[0]["handles"][2]["press"] == [[1, 1]]
    assert page.states[0]["handles"][3]["to"] == [0, 1]


def test_a_value_that_no_hand_can_set_has_no_place(lab, tmp_path):
    page = Page(lab.record(tmp_path / "bars.html", n=[-1, 0, 4]))  # -1 would be 0, is no state
    assert page.states[1]["handles"][0]["x"] == [0, [record.AWAY, 0, 40]]


def test_a_recording_that_is_stopped_has_the_states_so_far(lab, tmp_path):
    lab.interrupted = 6
    page = Page(lab.record(tmp_path / "bars.html", n=[4, 5, 6, 7]))
    assert [bool(state) for state in page.states] == [True, True, False, False]


def test_an_interrupt_writes_the_states_so_far(lab, tmp_path, monkeypatch):
    wait = lab.wait

    def interrupted():
        if lab.controls["n"].value == 5:
            raise KeyboardInterrupt
        return wait()

    monkeypatch.setattr(lab, "wait", interrupted)
    page = Page(lab.record(tmp_path / "bars.html", n=[3, 5, 6]))
    assert [bool(state) for state in page.states] == [True, False, False]
    assert page.recording["start"] == [0]
    with pytest.raises(ValueError, match="stopped before a state"):
        lab.record(tmp_path / "none.html", n=[5])


def test_a_cell_shows_how_far_it_is(lab, tmp_path, monkeypatch):
    shown = []

    def display(data, **more):
        shown.append(data)
        return types.SimpleNamespace(update=display)

    monkeypatch.setattr("IPython.get_ipython", object)
    monkeypatch.setattr("IPython.display.display", display)
    path = lab.record(tmp_path / "bars.html", n=[4, 5])
    texts = [data["text/plain"] for data in shown]
    assert texts[:3] == [f"{done} of 2 states recorded" for done in range(3)]
    assert texts[3].startswith(f"{path}: 2 states, 0.0")
    assert '<progress value="1" max="2">' in shown[1]["text/html"]


@pytest.mark.parametrize(
    ("chosen", "error", "words"),
    [
        ({}, ValueError, "such as n=20.*It has n, high, wide, name, rate, text, far"),
        ({"m": 3}, TypeError, "no control 'm'; it has n, high"),
        ({"kept": 3}, TypeError, "no control 'kept'"),
        ({"n": 0}, ValueError, "n=0: give from 1 to"),
        ({"rate": 10**6}, ValueError, "rate=1,000,000: give from 1 to 1,000"),
        ({"n": "all"}, ValueError, "n='all': give a number of positions"),
        ({"n": []}, ValueError, r"n=\[\]: give a number"),
        ({"n": True}, ValueError, "n=True: give a number"),
        ({"text": 3}, ValueError, "text has no steps: give a list"),
        ({"far": ...}, ValueError, "1,000,000,001 states.*Thin far"),
        ({"n": ..., "rate": ..., "high": ...}, ValueError, "3,402 states.*Thin rate, which has 81"),
    ],
)
def test_a_choice_that_cannot_be_is_named(lab, tmp_path, monkeypatch, chosen, error, words):
    monkeypatch.setattr(record, "MOST", 1000)
    with pytest.raises(error, match=words):
        lab.record(tmp_path / "bars.html", **chosen)


def test_a_page_that_grows_too_large_names_the_control_to_thin(lab, tmp_path, monkeypatch):
    monkeypatch.setattr(record, "LARGEST", 1000)
    with pytest.raises(ValueError, match=r"11 of 11 states are more than 0\.001 MB.*Thin n"):
        lab.record(tmp_path / "bars.html", n=11)
    monkeypatch.setattr(record, "LARGEST", 100)
    monkeypatch.setattr(record, "SIDE", 1)
    with pytest.raises(ValueError, match=r" 2 of 11 states are more than 0\.0001 MB.*Thin n"):
        lab.record(tmp_path / "bars.html", n=11)
    assert lab.at["n"] == 4
    assert not (tmp_path / "bars.html").exists()


def build(units=4, activation="relu", learning_rate=0.1):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(units, activation=activation)])
    model.add(keras.layers.Dense(1))
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


def fit():
    """A lab that trains."""
    sliders = {"learning_rate": (1e-3, 1.0), "activation": ["relu", "tanh"], "units": (1, 8)}
    return labs.fit(build, data.waves("sine"), epochs=3, **sliders)


def conv():
    """A lab that trains nothing."""
    return labs.conv(data.digits("images"))


@pytest.mark.parametrize(
    ("create", "chosen"),
    [
        (fit, {"learning_rate": 7, "activation": ..., "epoch": [0, 2]}),
        (conv, {"row": 5, "column": 5, "padding": ...}),
    ],
)
def test_five_random_states_are_those_of_another_lab(create, chosen, tmp_path):
    for act in (lambda lab, path: lab.record(path, **chosen), lambda *it: compare(*it, chosen)):
        lab = create()
        assert lab.wait(120)
        act(lab, tmp_path / "lab.html")
        lab.close()


@pytest.mark.parametrize("kind", [labs.fit, labs.divergence])
def test_a_state_is_the_same_whatever_was_recorded_before(kind, tmp_path):
    lab = kind(build, data.waves("sine"), learning_rate=(1e-3, 10.0), epochs=2)
    assert lab.wait(120)
    texts = []
    for rates in ([0.01, 0.1], [0.1, 0.01]):
        page = Page(lab.record(tmp_path / "lab.html", learning_rate=rates))
        texts.append({rate: one["alt"] for rate, one in zip(rates, page.states, strict=True)})
    assert texts[0] == texts[1]
    lab.close()
