"""The lab of bricks, without a browser."""

import random

import fresh
import ipywidgets as widgets
import keras
import pytest
from keras import layers
from looking import hand, texts

from anatomy import data, labs
from anatomy.base.screen import Screen
from anatomy.layers import call
from anatomy.layers.bricks import facts
from anatomy.layers.bricks.lab import HEIGHT, Editor

CNN = (
    layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
    layers.Dense(10, activation="softmax"),
)  # fmt: skip


@pytest.fixture
def make():
    made = []

    def one(*args):
        made.append(labs.bricks(*args))
        assert made[-1].wait(30)
        return made[-1]

    yield one
    for lab in made:
        lab.close()


def press(lab, *names):
    for name in names:
        lab.buttons[name].click()
    return settled(lab)


def move(lab, **values):
    for name, value in values.items():
        lab.controls[name].value = value
    return settled(lab)


def settled(lab):
    """Waits; nothing failed, and what is shown is what the lab holds."""
    assert lab.wait(60)
    assert lab.error is None
    assert lab.status == ("done" if lab.stack.fits else "broken")
    assert [joint.call for joint in lab.stack.joints] == [call(layer) for layer in lab.layers]
    assert lab.picture.facts["stack"] is lab.stack
    assert [i for _, i in lab.controls["layer"].options] == list(reversed(range(len(lab.layers))))
    assert lab.picture.facts["selected"] == lab.controls["layer"].value
    assert lab.picture.size[1] <= HEIGHT
    return lab


def kinds(lab):
    return [type(layer).__name__ for layer in lab.layers]


def test_two_dense_layers_at_first(make):
    lab = make()
    assert kinds(lab) == ["Dense", "Dense"]
    assert lab.stack.joints[-1].output_shape == (None, 10)
    assert "It fits: (None, 784) becomes (None, 10), with 25,450 parameters." in lab.message
    assert "A stack of 2 layers" in lab.describe()
    assert lab.run() is lab.stack


def test_add_remove_up_and_down(make):
    lab = make()
    move(lab, layer=0)
    press(lab, "add")
    move(lab, kind="Dropout")
    assert kinds(lab) == ["Dense", "Dropout", "Dense"]
    assert lab.controls["layer"].value == 1  # the new one is selected
    press(lab, "up")
    assert kinds(lab) == ["Dense", "Dense", "Dropout"]
    assert lab.buttons["up"].disabled
    press(lab, "up")  # from a keyboard that was quicker: nothing
    assert kinds(lab) == ["Dense", "Dense", "Dropout"]
    press(lab, "down", "down")
    assert kinds(lab) == ["Dropout", "Dense", "Dense"]
    assert lab.buttons["down"].disabled
    press(lab, "remove", "remove")
    assert kinds(lab) == ["Dense"]
    assert lab.buttons["remove"].disabled
    press(lab, "remove", "up", "down")
    assert kinds(lab) == ["Dense"]


def test_a_stack_ends_somewhere(make):
    lab = make()
    press(lab, *["add"] * 30)
    assert len(lab.layers) == 24
    assert lab.buttons["add"].disabled
    hand(lab, "a new Dropout")
    assert len(lab.layers) == 24
    press(lab, "remove")
    hand(lab, "a new Dropout")
    assert kinds(lab)[-1] == "Dropout"
    assert len(lab.layers) == 24


def test_settings_are_those_of_the_selected_brick(make):
    lab = make((28, 28, 1), CNN)
    move(lab, layer=0)
    assert shown(lab) == {"filters", "kernel_size", "strides", "padding", "activation"}
    assert lab.at["kernel_size"] == 3
    assert "units" not in lab.at
    move(lab, filters=5, padding="same", strides=2)
    assert lab.stack.joints[0].output_shape == (None, 14, 14, 5)
    assert lab.layers[0].get_config()["activation"] == "relu"
    move(lab, units=77)  # which this layer has not
    assert [joint.call for joint in lab.stack.joints][3] == 'layers.Dense(10, activation="softmax")'
    move(lab, layer=3)
    assert lab.controls["units"].value == 10
    move(lab, layer=2)
    assert shown(lab) == set()


def shown(lab):
    """The settings whose controls are to be seen."""
    return {n for n, one in lab.controls.items() if one.layout.display != "none"} - {
        "input",
        "layer",
        "kind",
    }


def test_what_does_not_fit_and_its_repair(make):
    lab = make()
    move(lab, layer=0)
    press(lab, "add")
    move(lab, kind="Conv2D")
    assert lab.status == "broken"
    assert "Layer 2, Conv2D(8, (3, 3)), does not fit." in lab.message
    press(lab, "repair")
    assert lab.status == "done"
    assert lab.stack.model().output_shape == lab.stack.joints[-1].output_shape
    before = kinds(lab)
    press(lab, "repair")  # nothing to repair
    assert kinds(lab) == before


def test_keras_raises_no_error(make):
    lab = make((28, 28, 1), [layers.Conv2D(4, 3), layers.Dense(10)])
    assert lab.status == "broken"
    assert "Keras raises no error." in lab.describe()
    press(lab, "repair")
    assert len(lab.stack.joints[-1].output_shape) == 2


def test_the_input_is_chosen(make):
    lab = make(data.digits("images"), CNN)
    assert lab.controls["input"].value == (28, 28, 1)
    move(lab, input=(28, 28))
    assert lab.stack.input_shape == (None, 28, 28)
    assert lab.stack.broken.index == 0
    own = make((30,))
    assert own.controls["input"].options[0] == ("yours (30,)", (30,))
    assert len(own.controls["input"].options) == 5


@pytest.mark.parametrize(
    ("text", "means"),
    [("(7, 112)", (7, 112)), (" 784 ", (784,)), ("[16, 49]", (16, 49)), ("-1, 7", (-1, 7))],
)
def test_a_shape_that_is_typed(make, text, means):
    lab = make((784,), [layers.Reshape((28, 28))])
    move(lab, target_shape=text)
    assert lab.layers[0].target_shape == means
    assert lab.status == "done"


@pytest.mark.parametrize(
    "text", ["", "(28, ", "28 * 28", "exit()", "(0, 784)", "(-1, -1)", "('a',)", "()", "(True, 2)"]
)
def test_a_text_that_is_no_shape(make, text):
    lab = make((784,), [layers.Reshape((28, 28))])
    before, picture = kinds(lab), lab.picture.describe()
    lab.controls["target_shape"].value = text
    assert lab.wait(30)
    assert (lab.status, lab.error) == ("broken", None)
    assert "write whole numbers such as (28, 28)" in lab.message
    assert (kinds(lab), lab.picture.describe()) == (before, picture)
    move(lab, target_shape="(14, 56)")
    assert lab.status == "done"


@pytest.mark.parametrize("kind", facts.KINDS)
def test_a_new_brick_of_every_kind(kind):
    layer = facts.new(kind, facts.KINDS[kind])
    assert type(layer) is getattr(keras.layers, kind)
    assert facts.settings(layer) == facts.KINDS[kind]
    again = eval(facts.label(layer), vars(layers))  # the label is the code that makes it
    assert bare(again.get_config()) == bare(layer.get_config())


@pytest.mark.parametrize(
    "layer",
    [
        layers.Dense(3, activation="gelu", kernel_regularizer="l2", use_bias=False),
        layers.Conv2D(500, (3, 5), strides=(1, 2), dilation_rate=1),
        layers.MaxPooling2D((2, 3), strides=1),
        layers.Bidirectional(layers.LSTM(4, return_sequences=True), merge_mode="sum"),
        layers.Bidirectional(layers.SimpleRNN(4)),
        layers.Bidirectional(layers.LSTM(4, dropout=0.5)),
        layers.LSTM(4, dropout=0.25, name="mine"),
        layers.Conv3D(2, 3),
        layers.LayerNormalization(),
        layers.Embedding(77, 300),
        layers.Dropout(0.95),
    ],
    ids=lambda layer: layer.name,
)
def test_a_setting_that_is_moved_to_where_it_stands_changes_nothing(layer):
    editor = Editor(lambda: None)
    editor.take(facts.fresh([layer]), 0)  # the controls have room for it
    for name in editor.shown:
        editor.moved(editor.controls[name])
    assert bare(editor.layers[0].get_config()) == bare(layer.get_config())


def test_the_layer_inside_another_is_set():
    layer = layers.Bidirectional(layers.LSTM(4, dropout=0.5), merge_mode="sum")
    layer = facts.changed(layer, "units", 7)
    inside = layer.forward_layer
    assert (inside.units, inside.dropout, layer.merge_mode) == (7, 0.5, "sum")
    layer = facts.changed(layer, "inside", "GRU")
    assert facts.settings(layer) == {"inside": "GRU", "units": 7, "return_sequences": False}
    assert layer.merge_mode == "sum"
    pool = facts.changed(layers.MaxPooling2D(2), "pool_size", 3)
    assert pool.strides == (3, 3)  # the default, which follows the size


def bare(value):
    """A config without names, with lists for tuples."""
    if isinstance(value, dict):
        return {k: bare(v) for k, v in value.items() if k not in ("name", "build_config")}
    return [bare(one) for one in value] if isinstance(value, list | tuple) else value


def test_its_code_runs_in_a_fresh_process(make):
    tokens = layers.Embedding(50, 4), layers.Bidirectional(layers.LSTM(4)), layers.Dense(1)
    made = [make((28, 28, 1), CNN), make((20,), tokens)]
    code = "".join(f"{lab.code()}print(model.output_shape)\n" for lab in made)
    shapes = [str(lab.stack.joints[-1].output_shape) for lab in made]
    assert fresh.run(code).splitlines() == shapes
    for lab in made:
        assert lab.stack.code() in lab.code()


def test_the_code_of_a_broken_stack_says_so(make):
    lab = make((784,), [layers.LSTM(4)])
    assert "# Keras raises an error: it does not fit at layer 1." in lab.code()
    with pytest.raises(ValueError, match="incompatible"):
        exec(lab.code(), {})


def test_nothing_of_the_student_is_touched(make):
    given = [layers.Bidirectional(layers.GRU(4)), layers.Dense(1)]
    number = int(given[1].name.rpartition("_")[2] or 0)
    state = random.getstate()
    lab = make((28, 28), given)
    lab.controls["layer"].value = 0
    lab.controls["units"].value = 3
    assert lab.wait(30)
    assert lab.stack.joints[0].output_shape == (None, 6)
    assert random.getstate() == state
    assert layers.Dense(1).name == f"dense_{number + 1}"
    assert not given[0].built


def test_any_order_of_everything(make):
    lab = make(data.digits("images"), CNN)
    rng = random.Random(0)
    for _ in range(25):
        name = rng.choice([*lab.controls, *lab.buttons, *lab.buttons])
        if name in lab.buttons:
            lab.buttons[name].click()
        else:
            control = lab.controls[name]
            match control:
                case widgets.Dropdown():
                    control.index = rng.randrange(len(control.options))
                case widgets.Checkbox():
                    control.value = not control.value
                case widgets.IntSlider() | widgets.FloatSlider():
                    control.value = rng.choice([control.min, control.max])
        settled(lab)


def test_a_function_of_ones_own_stays(make):
    def cube(x):
        return x**3

    lab = make((4,), [layers.Dense(2, activation=cube, name="mine")])
    move(lab, units=3)
    assert (lab.layers[0].activation, lab.layers[0].units) == (cube, 3)
    assert "activation" not in shown(lab)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((784,), ValueError, "input_shape is 784; give whole numbers from 1 up, such as (784,)"),
        (((28, -1),), ValueError, "input_shape is (28, -1)"),
        (((4,), []), ValueError, "layers has 0 layers: give 1 to 24"),
        (((4,), ["Dense"]), TypeError, "Position 1 of the stack is 'Dense': give a layer"),
    ],
)
def test_errors(arguments, error, text):
    with pytest.raises(error) as caught:
        labs.bricks(*arguments)
    assert text in str(caught.value)


def middle(lab, index):
    """The place of a brick in the picture."""
    [handle] = [
        one for one in lab.picture.sheet.handles if one.value.startswith(f"layer {index + 1},")
    ]
    left, top, wide, high = handle.place
    return left + wide / 2, top + high / 2


def test_a_hand_picks_a_brick(make):
    lab = make((28, 28, 1), CNN)
    hand(lab, "brick 1")
    assert lab.controls["layer"].value == 0
    assert kinds(lab) == ["Conv2D", "MaxPooling2D", "Flatten", "Dense"]


def test_a_hand_moves_a_brick_through_the_stack_and_back(make):
    lab = make((28, 28, 1), CNN)
    x, y = middle(lab, 3)
    hand(lab, "brick 1", middle(lab, 1), (x, y - 40))
    assert kinds(lab) == ["MaxPooling2D", "Flatten", "Dense", "Conv2D"]
    assert lab.controls["layer"].value == 3
    hand(lab, "brick 1", middle(lab, 2), middle(lab, 0), (x, 390))
    assert kinds(lab) == ["Conv2D", "MaxPooling2D", "Flatten", "Dense"]
    assert lab.status == "done"


def test_a_brick_is_taken_from_the_tray_and_dropped_where_the_hand_is(make):
    lab = make((28, 28, 1), CNN)
    hand(lab, "a new Dropout")
    assert kinds(lab) == ["Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dropout"]
    x, y = middle(lab, 0)
    hand(lab, "a new BatchNormalization", (700, 100), (x, y - 10))
    assert kinds(lab)[:3] == ["Conv2D", "BatchNormalization", "MaxPooling2D"]
    hand(lab, "a new Dropout", (x, 10))  # the same kind once more
    assert kinds(lab)[-1] == "Dropout"
    assert len(kinds(lab)) == 7


def test_the_handle_of_a_brick_stays_its_own_while_it_moves(make):
    lab = make((28, 28, 1), CNN)
    [screen] = [one for one in lab.widget.children if isinstance(one, Screen)]
    for row in (1, 2, 3, 3):  # as the arrow key up on it, and once more at the top
        screen._handle_custom_msg({"kind": "key", "label": "brick 1", "x": 0, "y": 1}, [])
        settled(lab)
        assert kinds(lab).index("Conv2D") == row
        [brick] = [one for one in lab.picture.sheet.handles if one.label == "brick 1"]
        assert brick.value.startswith(f"layer {row + 1}, layers.Conv2D")


def test_a_high_stack_says_that_it_waits_for_keras(make, monkeypatch):
    lab, statuses = make((784,), [layers.Dense(3 + i) for i in range(7)]), []
    monkeypatch.setattr(lab, "say", lambda status, text: statuses.append((status, text)))
    for count in (8, 9):
        press(lab, "add")
        assert len(kinds(lab)) == count
    waits = "for Keras, which infers the shapes of 9 layers"
    assert [status for status, _ in statuses] == ["done", "waiting", "done"]
    assert statuses[1] == ("waiting", waits)


def test_each_folded_layer_can_be_picked(make):
    lab = make((784,), [layers.Dense(3 + i) for i in range(20)])
    assert "more layers" in lab.describe()
    for index in (9, 4, 12):
        hand(lab, f"brick {index + 1}")
        assert lab.controls["layer"].value == index


def test_a_stored_picture_has_no_tray(make):
    lab = make((28, 28, 1), CNN)
    still = lab.still()
    assert "take a layer" in texts(lab.picture)
    assert "take a layer" not in texts(still)
    assert still.describe() == lab.picture.describe()


def test_a_layer_with_nothing_inside_is_no_wrapper(make):
    class Empty(layers.Layer):
        layer = None  # a name that Keras's wrappers have

        def call(self, x):
            return x

    lab = make((8,), [Empty(), layers.Dense(2)])
    lab.controls["layer"].value = 0
    assert lab.wait(30)
    assert (lab.status, lab.error) == ("done", None)
