"""The lab of the LSTM, without a browser."""

import re

import fresh
import keras
import numpy as np
import pytest
from by_hand import move
from digits import digits
from keras import layers
from looking import flaws

from anatomy import labs

DIGITS = digits("sequences")
SMALL = np.random.default_rng(0).uniform(size=(3, 6, 2)).astype("float32")


def sequential(*stack, shape=(28, 28), loss="sparse_categorical_crossentropy"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(shape), *stack])
    model.compile("rmsprop", loss=loss)
    return model


def classifier():
    return sequential(layers.LSTM(8, name="reader"), layers.Dense(10, activation="softmax"))


@pytest.fixture(scope="module")
def shared():
    """One lab of one model, for tests that leave the model as it is."""
    lab = labs.lstm(classifier(), DIGITS)
    assert lab.wait(60)
    yield lab
    lab.close()


@pytest.fixture
def lab(shared):
    move(shared, sample=0, timestep=1, unit=0, return_sequences=False)
    assert shared.status == "done"
    return shared


def closed(lab):
    assert lab.wait(60)
    lab.close()
    return lab


def test_it_begins_at_the_first_row(lab):
    assert set(lab.controls) == {"sample", "timestep", "unit", "panels", "return_sequences"}
    assert lab.controls["sample"].max == len(DIGITS.x_val) - 1
    assert (lab.controls["timestep"].min, lab.controls["timestep"].max) == (1, 28)
    assert lab.controls["unit"].max == 7
    assert "row 1 of 28: unit 0 forgets" in lab.message


def test_its_panels_open_one_by_one(lab):
    assert lab.controls["panels"].max == 7
    for open_ in range(1, 7):
        move(lab, panels=open_)
        closed = [h for h in lab.picture.sheet.handles if h.label.startswith("open: ")]
        assert [handle.press["panels"] for handle in closed] == [*range(open_ + 1, 8)]
        assert flaws(lab.picture) == []
    lab._grab(closed[0], {"kind": "grab", "x": 0, "y": 0, "first": True})
    assert lab.at["panels"] == 7
    assert lab.still().facts["panels"] is None


def test_what_it_shows_is_what_keras_computes(lab):
    move(lab, sample=5, timestep=12, unit=3)
    model = lab.model
    np.testing.assert_array_equal(lab.facts.x, DIGITS.x_val[5])
    assert lab.picture.facts["facts"] is lab.facts
    # The same layer on the first 12 rows only: its last hidden state is that of timestep 12.
    h = np.asarray(model.layers[0](DIGITS.x_val[5:6, :12]))[0]
    np.testing.assert_allclose(lab.facts.h[11], h, atol=1e-6)
    assert f"it shows {h[3]:.2f}.".replace("-", "−") in lab.message
    predictions = np.asarray(model.layers[1](h[None]))[0]
    np.testing.assert_allclose(lab.predictions[11], predictions, atol=1e-6)
    np.testing.assert_allclose(lab.predictions[-1], model(DIGITS.x_val[5:6])[0], atol=1e-6)
    right = "right" if predictions.argmax() == DIGITS.y_val[5] else "wrong"
    best = f"{predictions.argmax()}, {predictions.max():.0%}, {right}."
    assert f"The model now predicts {best}" in lab.message
    assert "row 12 of 28: unit 3 " in lab.message


def test_return_sequences_frames_what_the_layer_would_return(lab):
    for whole, shape in ((True, "(28, 8)"), (False, "(8,)")):
        move(lab, return_sequences=whole)
        assert f"return_sequences={whole}: the layer returns" in lab.picture.describe()
        assert shape in lab.picture.describe()


def test_next_reads_the_next_row_and_after_the_last_the_next_sample(lab):
    move(lab, timestep=26)
    seen = []
    for _ in range(4):
        lab.buttons["next"].click()
        assert lab.wait(30)
        seen.append((lab.controls["sample"].value, lab.picture.facts["timestep"]))
    assert seen == [(0, 27), (0, 28), (1, 1), (1, 2)]
    assert lab.picture.facts["label"].startswith("sample 1, target")
    last = lab.controls["sample"].max
    move(lab, sample=last, timestep=28)
    lab.buttons["next"].click()
    assert (lab.controls["sample"].value, lab.controls["timestep"].value) == (last, 28)


def test_the_still_picture_has_read_all_rows(lab):
    move(lab, timestep=4)
    assert "row 28 of 28" in lab.still().describe()
    assert lab.picture.facts["timestep"] == 4


def test_run_reads_in_this_thread(lab):
    lab.controls["sample"].unobserve_all()
    lab.controls["sample"].value = 3
    assert lab.run() is lab.facts
    np.testing.assert_array_equal(lab.facts.x, DIGITS.x_val[3])
    lab.controls["sample"].observe(lambda change: lab.moved(change), names="value")


def test_the_code_prints_the_hidden_states(lab, tmp_path, monkeypatch, capsys):
    move(lab, sample=5)
    monkeypatch.chdir(tmp_path)
    lab.model.save("model.keras")
    exec(lab.code(), scope := {})
    np.testing.assert_allclose(scope["h"][0], lab.facts.h[-1], atol=1e-6)
    assert capsys.readouterr().out.startswith("(1, 8)\n")
    move(lab, return_sequences=True)
    code = lab.code().replace("print(h)", "print(h.tolist())")
    shape, values = fresh.run(code).splitlines()
    assert shape == "(1, 28, 8)"
    np.testing.assert_allclose(np.array(eval(values))[0], lab.facts.h, atol=1e-6)


def test_the_model_is_left_as_it_is_and_read_as_it_stands():
    model = classifier()
    before = model.get_weights()
    lab = labs.lstm(model, (DIGITS.x_train[:32], DIGITS.y_train[:32]))
    move(lab, timestep=28)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    model.set_weights([2 * weight for weight in before])
    move(lab, unit=1)  # the picture follows a model that was trained since
    h = np.asarray(model.layers[0](DIGITS.x_train[:1]))[0]
    np.testing.assert_allclose(lab.facts.h[-1], h, atol=1e-6)
    closed(lab)


def test_a_layer_alone_and_an_array():
    layer = layers.LSTM(4, return_sequences=True, go_backwards=True)
    layer.build((None, 6, 2))
    lab = closed(labs.lstm(layer, SMALL))
    assert lab.predictions is None
    assert lab.controls["return_sequences"].value is True
    assert "row 6 of 6 (backwards: timestep 1)" in lab.picture.describe()
    np.testing.assert_allclose(lab.facts.h, layer(SMALL[:1])[0], atol=1e-6)
    code = lab.code()
    assert 'keras.Sequential([keras.Input((6, 2)), layer]).save("model.keras")' in code
    assert "# x: your own array" in code


def test_layers_before_the_lstm_and_one_hot_targets():
    model = sequential(
        layers.Conv1D(3, 2, name="before"), layers.LSTM(2), layers.Dense(3, activation="softmax"),
        shape=(6, 2),
    )  # fmt: skip
    lab = closed(labs.lstm(model, (SMALL, np.eye(3)[[2, 1, 0]])))
    np.testing.assert_allclose(lab.facts.x, model.layers[0](SMALL[:1])[0], atol=1e-6)
    assert lab.picture.facts["target"] == 2
    assert "x = model.get_layer('before')(x)" in lab.code()


def test_more_classes_than_find_room_are_not_shown():
    model = sequential(layers.LSTM(1), layers.Dense(20, "softmax"), shape=(6, 2))
    lab = closed(labs.lstm(model, (SMALL, np.zeros(3))))
    assert lab.predictions is None
    assert lab.status == "done"


def test_weights_that_diverged_have_a_name():
    layer = layers.LSTM(1)
    layer.build((None, 1, 1))
    layer.set_weights([np.full_like(weight, np.nan) for weight in layer.get_weights()])
    lab = labs.lstm(layer, np.ones((1, 1, 1)))
    assert lab.wait(30)
    lab.buttons["next"].click()  # one sample, one row: nowhere to go
    assert closed(lab).status == "diverged"


@pytest.mark.parametrize(
    ("model", "x", "error", "text"),
    [
        (classifier, SMALL, ValueError, "x has 6 timesteps; the model takes"),
        (lambda: layers.LSTM(2), SMALL, ValueError, "is not built"),
        (classifier, [1, 2], TypeError, "give a split such as data.digits()"),
        (classifier, SMALL[:0], ValueError, "x has no rows"),
    ],
)
def test_errors(model, x, error, text):
    with pytest.raises(error, match=re.escape(text)):
        labs.lstm(model(), x)


def test_an_error_later_is_a_status_and_the_picture_stays():
    x = np.ones((2, 28, 28), "float32")
    model = classifier()
    lab = labs.lstm(model, (x, np.zeros(2)))
    assert lab.wait(30)
    before = lab.picture.describe()
    model.layers[0].stateful = True
    lab.controls["sample"].value = 1
    closed(lab)
    assert lab.status == "failed"
    assert "is stateful" in lab.message
    assert lab.picture.describe() == before


def test_what_is_stored_says_what_its_picture_shows(lab, monkeypatch):
    """The lab is at its first row, with one panel open; the stored picture has all of them."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    lab._ipython_display_()
    words = shown[0]["text/plain"]
    assert lab.still().describe() in words
    assert lab.picture.describe() not in words
