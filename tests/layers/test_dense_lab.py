"""The lab of one unit, without a browser."""

import random
import threading

import fresh
import keras
import numpy as np
import pytest
from by_hand import move
from digits import digits
from keras import layers
from looking import flaws_at_all_widths, hand, texts

from anatomy import data, labs
from anatomy.base.words import factor, number

DIGITS = digits()


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
    model.compile("rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def shared(model):
    """One lab, for tests to which it is all one whether it has trained, and that point nowhere."""
    lab = labs.dense(model, DIGITS, epochs=3)
    assert lab.wait(30)
    yield lab
    lab.close()


START = {"sample": 0, "unit": 0, "activation": "softmax", "bias": 0.0, "brightness": 1.0,
         "shift": 0, "epochs": 0}  # fmt: skip


@pytest.fixture
def lab(shared):
    move(shared, **START)
    return shared


@pytest.fixture
def untrained(model):
    lab = labs.dense(model, DIGITS, epochs=3)
    assert lab.wait(30)
    yield lab
    lab.close()


def shifted(x, right):
    image, moved = x.reshape(28, 28), np.zeros((28, 28), "float32")
    for column in range(28):
        if 0 <= column + right < 28:
            moved[:, column + right] = image[:, column]
    return moved.ravel()


@pytest.mark.parametrize("activation", ["softmax", "linear", "relu", "sigmoid", "tanh", "softplus"])
def test_its_numbers_are_those_of_numpy(lab, model, activation):
    kernel, bias = (np.asarray(w, "float64") for w in model.layers[0].weights)
    move(lab, sample=17, unit=4, activation=activation, bias=-1.3, brightness=0.35, shift=-6)
    bias[4] -= 1.3
    z = 0.35 * shifted(DIGITS.x_val[17], -6).astype("float64") @ kernel + bias
    with np.errstate(over="ignore"):
        a = {
            "softmax": np.exp(z) / np.exp(z).sum(),
            "linear": z,
            "relu": np.maximum(z, 0),
            "sigmoid": 1 / (1 + np.exp(-z)),
            "tanh": np.tanh(z),
            "softplus": np.log1p(np.exp(z)),
        }[activation]
    np.testing.assert_allclose(lab.unit.sums, z, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(lab.unit.outputs, a, rtol=1e-5, atol=1e-6)
    assert f"{activation} gives {number(lab.unit.outputs[4])}" in lab.message


def test_as_it_is_given_it_is_the_layer_itself(lab, model):
    for sample in (0, 3):
        move(lab, sample=sample, unit=5)
        expected = np.asarray(model(DIGITS.x_val[sample : sample + 1]))[0]
        np.testing.assert_allclose(lab.unit.outputs, expected, rtol=1e-5, atol=1e-7)
        assert lab.status == "done"
        assert f"Unit 5 of 10: the sum is {number(lab.unit.sums[5])}, softmax gives" in lab.message
        assert f"sample {sample}, y = {DIGITS.y_val[sample]}" in lab.describe()


def test_all_controls_follow_the_hand_and_have_names(untrained):
    lab = untrained
    assert lab.at == START
    assert list(lab.controls) == list(START)
    for name, control in lab.controls.items():
        assert control.description, name
        assert getattr(control, "continuous_update", True)


def test_epochs_are_those_of_fit_and_the_model_keeps_its_weights(lab, model):
    before = model.get_weights()
    move(lab, epochs=2, unit=3)
    copy = keras.models.clone_model(model)
    copy.set_weights(before)
    copy.compile("rmsprop", loss="sparse_categorical_crossentropy")
    keras.utils.set_random_seed(0)
    copy.fit(DIGITS.x_train, DIGITS.y_train, batch_size=32, epochs=2, verbose=0)
    for mine, fitted in zip(lab.weights[2], copy.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, fitted)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not model.optimizer.built or model.optimizer.iterations == 0
    text = lab.describe()
    assert "before fit(), up to ±0.08" in text
    assert "after 2 epochs, up to" in text
    assert "After 2 epochs of fit(). Unit 3 of 10" in lab.message
    expected = np.asarray(copy(DIGITS.x_val[:1]))[0]
    np.testing.assert_allclose(lab.unit.outputs, expected, rtol=1e-5, atol=1e-7)
    kernels = lab.picture.facts["kernels"]
    np.testing.assert_array_equal(kernels["before fit()"], before[0])
    np.testing.assert_array_equal(kernels["after 2 epochs"], copy.get_weights()[0])


def test_it_trains_once_and_looks_the_rest_up(lab):
    move(lab, epochs=1)
    weights = list(lab.weights)
    assert len(weights) == 4
    for epoch in (3, 0, 2):
        move(lab, epochs=epoch)
        np.testing.assert_array_equal(lab.unit.kernel, weights[epoch][0])
    assert all(one is other for one, other in zip(lab.weights, weights, strict=True))
    assert "1 epoch of fit()" not in lab.message


def test_the_initial_weights_are_those_it_was_given_with():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((10,)), layers.Dense(1)])
    model.compile("sgd", loss="mse")
    split = data.diabetes()
    given = model.get_weights()
    lab = labs.dense(model, split, epochs=1)
    model.fit(split.x_train, split.y_train, verbose=0)
    trained = model.get_weights()
    move(lab, epochs=1)
    model.set_weights(given)
    model.compile("sgd", loss="mse")
    keras.utils.set_random_seed(0)
    model.fit(split.x_train, split.y_train, verbose=0)
    np.testing.assert_allclose(lab.unit.kernel, model.get_weights()[0], rtol=1e-6)
    assert not np.allclose(lab.unit.kernel, trained[0], rtol=1e-6)
    lab.close()


def watch(lab, follow):
    """Calls ``follow(status, unit)`` after each drawing."""
    update = lab.picture.update

    def updated(*facts, **more):
        update(*facts, **more)
        follow(lab.status, lab.unit.number)

    lab.picture.update = updated


def test_controls_stay_alive_while_it_trains(untrained):
    lab, seen = untrained, []

    def follow(status, unit):
        seen.append((status, unit))
        if len(seen) <= 3:
            lab.controls["unit"].value = len(seen)

    watch(lab, follow)
    move(lab, epochs=3)
    assert seen[:3] == [("compiling", 0), ("training", 1), ("training", 2)]
    assert len(lab.weights) == 4
    assert (lab.status, lab.unit.number) == ("done", 3)
    assert "Unit 3 of 10" in lab.message


def test_stop_keeps_what_was_reached(untrained):
    lab = untrained
    watch(lab, lambda status, unit: status == "compiling" and lab.stop())
    move(lab, epochs=3)
    assert lab.status == "stopped"
    assert "After 1 of 3 epochs." in lab.message
    del lab.picture.update
    move(lab, epochs=2)
    assert lab.status == "done"


def test_divergence_has_a_name():
    model = keras.Sequential([keras.Input((10,)), layers.Dense(4), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e3), loss="mse")
    lab = labs.dense(model, data.diabetes())
    move(lab, epochs=10)
    assert lab.status == "diverged"
    assert "the loss is not a finite number" in lab.message
    assert np.isfinite(lab.unit.outputs).all()
    move(lab, unit=2)
    assert lab.status == "diverged"
    move(lab, epochs=0)
    assert lab.status == "done"
    lab.close()


def test_run_works_in_this_thread(lab):
    seen = []
    watch(lab, lambda *_: seen.append(threading.current_thread()))
    lab.put(unit=6)
    assert lab.run() is lab.unit
    del lab.picture.update
    assert lab.unit.number == 6
    assert set(seen) == {threading.current_thread()}


def test_a_lab_changes_no_random_state_before_it_trains(model):
    before = random.getstate()
    lab = labs.dense(model, DIGITS)
    move(lab, unit=2, shift=3)
    assert random.getstate() == before
    lab.close()


@pytest.mark.parametrize("epoch", [0, 2])
def test_its_code(lab, model, epoch, capsys):
    move(lab, epochs=epoch, sample=5, unit=3, shift=4, brightness=0.5, bias=0.7, activation="tanh")
    scope = {"model": model}
    exec(lab.code(), scope)
    np.testing.assert_allclose(scope["outputs"], lab.unit.outputs, rtol=1e-6, atol=1e-7)
    move(lab, shift=-3, activation="softmax", bias=0, brightness=1)
    exec(lab.code(), scope)
    np.testing.assert_allclose(scope["outputs"], lab.unit.outputs, rtol=1e-6, atol=1e-7)
    assert "brightness" not in lab.code()
    assert "bias + " not in lab.code()


def test_its_code_in_a_fresh_process():
    make = (
        "import anatomy, keras\nkeras.utils.set_random_seed(3)\n"
        "layer = keras.layers.Dense(4, activation='relu', use_bias=False)\n"
        "layer.build((None, 30))\n"
    )
    scope = {}
    exec(make, scope)
    lab = labs.dense(scope["layer"], data.breast_cancer())
    move(lab, sample=9, unit=2, bias=1.5)
    printed = fresh.run(make + lab.code())
    assert float(printed.split()[-1]) == pytest.approx(lab.unit.outputs[2], rel=1e-5)
    lab.close()


def table(n=3, features=2):
    return np.arange(n * features, dtype="float64").reshape(n, features)


def built(units=3, features=2, **more):
    layer = layers.Dense(units, **more)
    layer.build((None, features))
    return layer


@pytest.mark.parametrize(
    ("layer", "x", "units"),
    [
        (built(1, 1), table(1, 1), 1),
        (built(512, 784), DIGITS.x_val, 512),
        (built(2, 49, use_bias=False), table(4, 49), 2),
        (built(3, 4, activation=lambda z: z * z), table(5, 4), 3),
        (built(3, 4, activation=layers.LeakyReLU()), table(5, 4).reshape(5, 2, 2), 3),
        (built(2, 4, dtype="mixed_bfloat16"), table(5, 4), 2),
    ],
)
def test_layers_of_all_kinds(layer, x, units):
    lab = labs.dense(layer, x)
    assert lab.wait(30)
    assert "epochs" not in lab.controls
    expected = np.asarray(layer(x[:1].reshape(1, -1).astype("float32"))).astype("float32")[0]
    np.testing.assert_array_equal(lab.unit.outputs, expected)
    move(lab, unit=units - 1, sample=len(x) - 1)
    for name in lab.controls["activation"].options[-2:]:
        move(lab, activation=name)
        assert lab.status == "done"
    assert ("shift" in lab.controls) == (x[0].size >= 49)
    assert ("softmax" in lab.controls["activation"].options) == (units > 1)
    lab.close()


def test_images_go_through_flatten_to_the_first_dense_layer():
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(5, name="first"),
         layers.Dense(10, activation="softmax")]
    )  # fmt: skip
    model.compile("adam", loss="sparse_categorical_crossentropy")
    split = data.digits("images")
    lab = labs.dense(model, (split.x_train[:64], split.y_train[:64]), epochs=2)
    move(lab, epochs=2)
    assert lab.status == "done"
    assert len(lab.unit.outputs) == 5
    scope = {"model": model, "x": split.x_train[:64]}
    scope |= {"x_train": split.x_train[:64], "y_train": split.y_train[:64]}
    exec(lab.code(), scope)
    np.testing.assert_allclose(scope["outputs"], lab.unit.outputs, rtol=1e-5, atol=1e-6)
    lab.close()


def test_no_training_without_targets_or_a_compiled_model(model):
    plain = keras.Sequential([keras.Input((784,)), layers.Dense(2)])
    for given, x in ((model, DIGITS.x_val), (plain, DIGITS), (model.layers[0], DIGITS)):
        lab = labs.dense(given, x)
        assert lab.wait(30)
        assert "epochs" not in lab.controls
        assert "its own, up to" in lab.describe()
        lab.close()


SCALED = keras.Sequential([keras.Input((4,)), layers.Rescaling(2.0, name="twice"), layers.Dense(2)])


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"model": None}, TypeError, "model is None; give a keras.layers.Dense or a keras.Model"),
        ({"model": layers.Dense(3, name="new")}, ValueError, "Dense 'new' is not built"),
        ({"model": keras.Sequential([layers.Dense(3)])}, ValueError, "is not built"),
        ({"model": keras.Sequential([layers.Flatten()])}, ValueError, "has no Dense layer"),
        ({"model": SCALED}, ValueError, "reads the output of 'twice'"),
        ({"data": [1, 2]}, TypeError, "give a split such as data.digits()"),
        ({"data": table(5, 3)}, ValueError, "x has shape (5, 3)"),
        ({"data": np.zeros((0, 2))}, ValueError, "x has no rows"),
        ({"data": table() * np.nan}, ValueError, "NaN or infinite value"),
        ({"epochs": 0}, ValueError, "epochs is 0; give a whole number"),
        ({"batch_size": 1.5}, ValueError, "batch_size is 1.5; give a whole number"),
    ],
)
def test_errors(arguments, error, text):
    with pytest.raises(error) as caught:
        labs.dense(**{"model": built(), "data": table()} | arguments)
    assert text in str(caught.value)


def test_a_training_that_fails_is_a_status_and_the_picture_stays():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", loss="categorical_crossentropy")
    lab = labs.dense(model, (table(), np.zeros(3, "int32")))
    assert lab.wait(30)
    shown = lab.picture.describe()
    lab.controls["epochs"].value = 1
    assert lab.wait(30)
    assert lab.status == "failed"
    assert lab.picture.describe() == shown
    lab.controls["epochs"].value = 0
    assert lab.wait(30)
    assert lab.status == "done"
    lab.close()


def test_a_hand_points_at_a_pixel(untrained):
    lab = untrained
    before = lab.picture.describe()
    [handle] = [one for one in lab.picture.sheet.handles if one.label == "a pixel of kernel"]
    left, top, wide, high = handle.place
    hand(lab, "a pixel of kernel", (left + (9 + 0.5) / 28 * wide, top + (14 + 0.5) / 28 * high))
    x, weight = (float(part.reshape(28, 28)[14, 9]) for part in (lab.unit.x, lab.unit.weights))
    equation = f"{factor(x, 3)} × {factor(weight, 3)} = {factor(x * weight, 3)}"
    assert lab.picture.describe() == f"{before} {equation}"
    seen = texts(lab.picture)
    assert {f"pixel {number(x, 3)}", f"weight {number(weight, 3)}"} < set(seen)
    assert f"product {number(x * weight, 3)}" in seen
    assert flaws_at_all_widths(lab.picture) == []
    hand(lab, "unit 3, before fit()")
    assert lab.at["unit"] == 3


def test_the_first_arrow_key_points_at_a_pixel(untrained):
    lab = untrained
    before = lab.picture.describe()
    [handle] = [one for one in lab.picture.sheet.handles if one.label == "a pixel of input x"]
    lab._grab(handle, {"kind": "key", "x": 1, "y": 0})
    assert lab.wait(30)
    x, weight = float(lab.unit.x.flat[0]), float(lab.unit.weights.flat[0])
    equation = f"{factor(x, 3)} × {factor(weight, 3)} = {factor(x * weight, 3)}"
    assert lab.picture.describe() == f"{before} {equation}"


def test_the_loss_doctor_is_asked_before_a_copy_is_trained(lab):
    """Of class numbers under mse, say; of a layer alone nothing is trained."""
    assert lab.findings == ()
    model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
    model.compile("rmsprop", loss="mse")
    advised = labs.dense(model, DIGITS, epochs=1)
    assert "The loss doctor: " in advised.message
    alone = labs.dense(model.layers[0], DIGITS)
    assert "doctor" not in alone.message
    for one in (advised, alone):
        one.close()
