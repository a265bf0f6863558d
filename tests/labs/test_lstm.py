"""The lab of the LSTM, without a browser."""

import os
import subprocess
import sys
import threading

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import data, labs

DIGITS = data.digits("sequences")
SMALL = np.random.default_rng(0).uniform(size=(3, 6, 2)).astype("float32")


def sequential(*stack, shape=(28, 28), loss="sparse_categorical_crossentropy"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(shape), *stack])
    model.compile("rmsprop", loss=loss)
    return model


@pytest.fixture(scope="module")
def reader():
    """A small LSTM in several models: it is compiled once."""
    return layers.LSTM(4)


def classifier():
    return sequential(layers.LSTM(8, name="reader"), layers.Dense(10, activation="softmax"))


@pytest.fixture(scope="module")
def shared():
    """One lab of one model, for tests that leave the model as it is."""
    lab = labs.lstm(classifier(), DIGITS)
    assert lab.wait(30)
    yield lab
    lab.close()


@pytest.fixture
def lab(shared):
    for name, value in {"sample": 0, "timestep": 1, "unit": 0, "return_sequences": False}.items():
        shared.controls[name].value = value
    assert shared.wait(30)
    assert shared.status == "done"
    return shared


def move(lab, **values):
    for name, value in values.items():
        lab.controls[name].value = value
    assert lab.wait(30)
    assert lab.error is None


def closed(lab):
    assert lab.wait(30)
    lab.close()
    return lab


def test_it_begins_at_the_first_row(lab):
    assert list(lab.controls) == ["sample", "timestep", "unit", "return_sequences"]
    assert lab.controls["sample"].max == len(DIGITS.x_val) - 1
    assert (lab.controls["timestep"].min, lab.controls["timestep"].max) == (1, 28)
    assert lab.controls["unit"].max == 7
    assert lab.picture.now.timestep == 1
    assert "row 1 of 28: unit 0 forgets" in lab._line.value


def test_what_it_shows_is_what_keras_computes(lab):
    move(lab, sample=5, timestep=12, unit=3)
    now, model = lab.picture.now, lab.model
    np.testing.assert_array_equal(now.facts.x, DIGITS.x_val[5])
    # The same layer on the first 12 rows only: its last hidden state is that of timestep 12.
    h = np.asarray(model.layers[0](DIGITS.x_val[5:6, :12]))[0]
    assert now.values["h"] == pytest.approx(h[3], abs=1e-6)
    predictions = np.asarray(model.layers[1](h[None]))[0]
    np.testing.assert_allclose(lab.predictions[11], predictions, atol=1e-6)
    np.testing.assert_allclose(lab.predictions[-1], model(DIGITS.x_val[5:6])[0], atol=1e-6)
    right = "right" if predictions.argmax() == DIGITS.y_val[5] else "wrong"
    assert f"The model now says {predictions.argmax()}, {predictions.max():.0%}, {right}." in (
        lab._line.value
    )
    assert "row 12 of 28: unit 3 " in lab._line.value


def test_return_sequences_frames_what_the_layer_would_return(lab):
    for whole, shape in ((True, "(28, 8)"), (False, "(8,)")):
        move(lab, return_sequences=whole)
        assert lab.picture.describe().count(f"return_sequences={whole}: the layer returns") == 1
        assert shape in lab.picture.describe()


def test_next_reads_the_next_row_and_after_the_last_the_next_sample(lab):
    move(lab, timestep=26)
    seen = []
    for _ in range(4):
        lab.buttons["next"].click()
        assert lab.wait(30)
        seen.append((lab.controls["sample"].value, lab.picture.now.timestep))
    assert seen == [(0, 27), (0, 28), (1, 1), (1, 2)]
    assert "sample 1, target" in lab.picture.label
    last = lab.controls["sample"].max
    move(lab, sample=last, timestep=28)
    lab.buttons["next"].click()
    assert (lab.controls["sample"].value, lab.controls["timestep"].value) == (last, 28)


def test_the_still_picture_has_read_all_rows(lab):
    move(lab, timestep=4)
    bundle, _ = lab._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "image/png" in bundle
    assert "row 28 of 28" in bundle["text/plain"]
    assert lab.picture.now.timestep == 4


def test_a_move_in_time_makes_no_new_facts(lab):
    facts = lab.facts
    move(lab, timestep=9, unit=4)
    assert lab.facts is facts
    move(lab, sample=1)
    assert lab.facts is not facts


def test_run_reads_in_this_thread(lab):
    seen, read = [], lab._read
    lab._read = lambda sample: (seen.append(threading.current_thread()), read(sample))
    assert lab.run() is lab.facts
    del lab._read
    assert seen == [threading.current_thread()]


def test_the_code_prints_the_hidden_states(lab, tmp_path, monkeypatch, capsys):
    move(lab, sample=5)
    monkeypatch.chdir(tmp_path)
    lab.model.save("model.keras")
    exec(lab.code(), scope := {})
    np.testing.assert_allclose(scope["h"][0], lab.facts.h[-1], atol=1e-6)
    assert capsys.readouterr().out.startswith("(1, 8)\n")
    move(lab, return_sequences=True)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    code = lab.code().replace("print(h)", "print(h.tolist())")
    run = [sys.executable, "-c", code]
    shape, values = subprocess.check_output(run, env=environment, text=True).splitlines()
    assert shape == "(1, 28, 8)"
    np.testing.assert_allclose(np.array(eval(values))[0], lab.facts.h, atol=1e-6)


def test_the_model_is_left_as_it_is_and_read_as_it_stands():
    model = classifier()
    before, nodes = model.get_weights(), [len(layer._inbound_nodes) for layer in model.layers]
    lab = labs.lstm(model, (DIGITS.x_train[:32], DIGITS.y_train[:32]))
    move(lab, timestep=28)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    assert [len(layer._inbound_nodes) for layer in model.layers] == nodes
    model.set_weights([2 * weight for weight in before])
    move(lab, unit=1)  # the picture follows a model that was trained since
    h = np.asarray(model.layers[0](DIGITS.x_train[:1]))[0]
    assert lab.picture.now.values["h"] == pytest.approx(h[1], abs=1e-6)
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


def test_layers_before_the_lstm_and_another_after_it():
    model = sequential(
        layers.Conv1D(3, 2, name="before"), layers.LSTM(4, return_sequences=True),
        layers.LSTM(2), layers.Dense(2, activation="softmax"), shape=(6, 2),
    )  # fmt: skip
    lab = closed(labs.lstm(model, (SMALL, np.array([0, 1, 0]))))
    np.testing.assert_allclose(lab.facts.x, model.layers[0](SMALL[:1])[0], atol=1e-6)
    assert lab.predictions is None  # the next LSTM wants them all
    assert "x = model.get_layer('before')(x)" in lab.code()


def test_logits_become_probabilities_and_one_hot_targets_classes(reader):
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model = sequential(reader, layers.Dropout(0.5), layers.Dense(3), shape=(6, 2),
                       loss=loss)  # fmt: skip
    lab = closed(labs.lstm(model, (SMALL, np.eye(3)[[2, 1, 0]])))
    expected = keras.ops.softmax(model(SMALL[:1]))[0]
    np.testing.assert_allclose(lab.predictions[-1], expected, atol=1e-6)
    assert lab.picture.now.target == 2


@pytest.mark.parametrize("last", [layers.Dense(1), layers.Dense(3), layers.Dense(20, "softmax")])
def test_outputs_that_are_no_few_probabilities_are_not_shown(reader, last):
    model = sequential(reader, last, shape=(6, 2))
    lab = closed(labs.lstm(model, (SMALL, np.zeros(3))))
    assert lab.predictions is None
    assert lab.status == "done"


def test_one_sample_one_row_one_unit():
    layer = layers.LSTM(1)
    layer.build((None, 1, 1))
    lab = labs.lstm(layer, np.ones((1, 1, 1)))
    assert lab.wait(30)
    lab.buttons["next"].click()
    assert closed(lab).status == "done"


def test_weights_that_diverged_have_a_name():
    layer = layers.LSTM(2)
    layer.build((None, 6, 2))
    layer.set_weights([np.full_like(weight, np.nan) for weight in layer.get_weights()])
    assert closed(labs.lstm(layer, SMALL)).status == "diverged"


def branched():
    x = keras.Input((6, 2))
    flat = layers.Flatten()(x)
    return keras.Model(x, layers.Concatenate()([layers.LSTM(2)(x), flat]))


def gru():
    layer = layers.GRU(2)
    layer.build((None, 6, 2))
    return layer


@pytest.mark.parametrize(
    ("make", "x", "error", "text"),
    [
        (gru, SMALL, TypeError, "give an LSTM"),
        (lambda: sequential(layers.Dense(2)), SMALL, TypeError, "has no LSTM; its layers: Dense."),
        (branched, SMALL, ValueError, "is not a chain of layers"),
        (lambda: sequential(layers.Masking(name="hide"), layers.LSTM(2), shape=(6, 2)),
         SMALL * 0, ValueError, "'hide' masks the sequence"),
        (classifier, SMALL, ValueError, "cannot read x of shape (1, 6, 2)"),
        (lambda: layers.LSTM(2), SMALL, ValueError, "is not built"),
        (classifier, [1, 2], TypeError, "give a split such as data.digits()"),
        (classifier, SMALL[:0], ValueError, "there is no sample in it"),
    ],
)  # fmt: skip
def test_errors(make, x, error, text):
    with pytest.raises(error) as caught:
        labs.lstm(make(), x)
    assert text in str(caught.value)


def test_an_error_later_is_a_status_and_the_picture_stays():
    lab = labs.lstm(classifier(), DIGITS)
    assert lab.wait(30)
    before = lab.picture.describe()
    lab._x = np.concatenate([lab._x[:1], lab._x[:1]])[:, :, :5]
    lab.controls["sample"].value = 1
    closed(lab)
    assert lab.status == "failed"
    assert "ValueError: x has shape (28, 5)" in lab._line.value
    assert lab.picture.describe() == before
