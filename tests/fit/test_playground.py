"""The playground: what its units output, and a training that is touched by hand."""

import itertools

import fresh
import keras
import numpy as np
import pytest
from by_hand import move
from keras import layers
from looking import flaws_at_all_widths, marks, texts

from anatomy import data, labs
from anatomy.base.words import number
from anatomy.fit.playground import facts
from anatomy.fit.playground.facts import Session, columns, shared, task

XOR = data.xor(noise=0.1)
PARTS = shared(XOR, 0.5)


def build(units=3, learning_rate=0.3):
    model = keras.Sequential([keras.Input((2,))])
    model.add(layers.Dense(units, activation="tanh"))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(keras.optimizers.SGD(learning_rate), "binary_crossentropy", metrics=["accuracy"])
    return model


def branches():
    x = keras.Input((2,))
    left, right = layers.Dense(3, "relu")(x), layers.Dense(3, "tanh")(x)
    both = layers.Concatenate()([layers.Dropout(0.5)(left), layers.BatchNormalization()(right)])
    y = layers.Dense(3, activation="softmax")(both + layers.Dense(6)(both))
    model = keras.Model(x, y)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


class Features(layers.Layer):
    """x1 and x2, and what is fed beside them."""

    def __init__(self, beside):
        super().__init__()
        self.beside = beside

    def call(self, x):
        more = {"nothing": [], "squares": [x**2], "product": [x[:, :1] * x[:, 1:]]}
        return keras.ops.concatenate([x, *more[self.beside]], axis=1)


def fed(beside="nothing"):
    model = keras.Sequential([keras.Input((2,)), Features(beside), layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
    return model


def line(units=10):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(units, "relu"), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def session(function=build, parts=PARTS, **parameters):
    return Session(function, parameters, *parts, batch_size=32, seed=1)


@pytest.fixture
def lab():
    lab = labs.playground(build, "xor", epochs=20, units=(1, 9), learning_rate=(1e-3, 3.0))
    assert lab.wait(120)
    yield lab
    lab.close()


def test_columns_of_two_branches_and_a_skip():
    found = columns(branches())
    names = [one.type for one in found]
    joined = found[names.index("Concatenate")]
    assert sorted(found[i].type for i in joined.sources) == ["BatchNormalization", "Dropout"]
    added = found[names.index("Add")]
    assert added.depth == joined.depth + 2
    assert [one.units for one in found][-1] == 3
    assert [one.kernel for one in found if one.type == "Dense"] == [True] * 4


@pytest.mark.parametrize(
    ("shape", "layer", "text"),
    [
        ((3,), layers.Dense(1), r"takes \(3,\)"),
        ((2,), layers.Reshape((2, 1)), r"'reshape.*' \(Reshape\) outputs \(2, 1\)"),
        ((5, 2), layers.LSTM(3), r"one or two features; the model takes \(5, 2\)"),
    ],
)
def test_what_cannot_be_shown_is_named(shape, layer, text):
    with pytest.raises(ValueError, match=text):
        columns(keras.Sequential([keras.Input(shape), layer]))


def test_a_pause_changes_nothing_of_what_follows():
    """In the middle of a call of many epochs too, for all of which the orders were drawn."""
    whole, paused = session(), session()
    session().fit(30)  # from the third call on a call has many epochs
    whole.fit(30)
    asked = itertools.count()
    paused.fit(30, stop=lambda: next(asked) > 1)
    passed = paused.epoch
    paused.fit(30 - passed)
    assert 0 < passed < 30
    assert paused.history == whole.history


def test_a_unit_is_what_its_layer_outputs():
    one = session(branches)
    one.fit(3)
    wired = one.model
    for column, outputs in zip(one.columns, one.outputs(), strict=True):
        if column.type != "Add":
            part = keras.Model(wired.inputs[0], wired.get_layer(column.name).output)
            np.testing.assert_allclose(part(one.places), outputs, atol=1e-5)
    np.testing.assert_allclose(wired.predict(one.places, verbose=0), one.outputs()[-1], atol=1e-5)


@pytest.mark.parametrize(
    ("loss", "y", "classes", "level"),
    [
        ("binary_crossentropy", [0, 1, 1], (0, 1), 0.5),
        (keras.losses.BinaryCrossentropy(from_logits=True), [0, 1, 1], (0, 1), 0.0),
        ("hinge", [-1, 1, 1], (-1, 1), 0.0),
        ("mse", [0.1, 0.2, 0.7], (), 0.0),
        ("categorical_crossentropy", [[1, 0, 0], [0, 0, 1], [0, 1, 0]], (0, 1, 2), 0.5),
    ],
)
def test_what_the_output_stands_for(loss, y, classes, level):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", loss)
    assert task(model, y) == facts.Task(classes, level)


def test_a_pause_a_weight_and_a_point_are_those_of_the_script(lab):
    lab.buttons["step"].click()
    assert lab.wait(60)
    assert lab.session.epoch == 21
    hidden = next(i for i, one in enumerate(lab.session.columns) if one.name == "dense")
    lab.unseen["unit"].value = lab.session.number(hidden, 2)
    lab.unseen["source"].value = 1
    assert lab.unseen["weight"].value == pytest.approx(lab.session.kernel(hidden)[1, 2])
    lab.unseen["weight"].value = -2.5
    assert lab.wait(60)
    assert lab.session.kernel(hidden)[1, 2] == -2.5
    move(lab, press_adds="class 1")
    lab.unseen["point"].value = (0.25, -0.75)
    assert lab.wait(60)
    assert (lab.session.x[-1].tolist(), lab.session.y[-1]) == ([0.25, -0.75], 1)
    assert lab.session.epoch == 21
    assert lab.message.endswith("By hand: 1 weight moved, 1 point added.")
    lab.buttons["play"].click()
    assert lab.wait(60)
    assert (lab.status, lab.session.epoch) == ("done", 41)
    assert float(fresh.run(lab.code())) == lab.history["loss"][-1]


def test_features_fed_beside_two_are_a_layer_of_the_script():
    """A straight line does not part XOR; in three inputs it does, and in four circles."""
    lab = labs.playground(fed, "xor", epochs=60, beside=["nothing", "product", "squares"])
    accuracies = []
    for data_set, beside, units in (("xor", "nothing", 2), ("xor", "product", 3),
                                    ("circles", "squares", 4)):  # fmt: skip
        move(lab, data=data_set, beside=beside)
        assert [one.units for one in lab.session.columns] == [2, units, 1]
        accuracies.append(lab.history["accuracy"][-1])
    assert accuracies[0] < 0.7 < 0.95 < min(accuracies[1:])
    places = lab.session.places
    np.testing.assert_allclose(lab.session.outputs()[1], np.c_[places, places**2], atol=1e-6)
    assert float(fresh.run(lab.code())) == lab.history["loss"][-1]
    lab.close()


def test_the_first_epochs_are_those_of_fit(lab):
    (x, y), validation = PARTS
    keras.utils.set_random_seed(0)
    history = (
        build().fit(x, y, validation_data=validation, batch_size=32, epochs=20, verbose=0).history
    )
    assert lab.history == history


def test_rewind_and_a_new_rate_begin_with_the_same_weights(lab):
    first = lab.session.frames[0]
    lab.buttons["rewind"].click()
    assert lab.wait(60)
    assert lab.session.epoch == 0
    move(lab, learning_rate=0.01)
    assert lab.session.epoch == 20
    for one, other in zip(first[1], lab.session.frames[0][1], strict=True):
        np.testing.assert_array_equal(one, other)
    lab.buttons["new_seed"].click()
    assert lab.wait(60)
    assert not np.array_equal(first[1][0], lab.session.frames[0][1][0])


def test_pause_keeps_what_was_reached_and_play_goes_on(lab):
    lab.controls["epochs"].max = 10**6
    lab.controls["epochs"].value = 10**6
    while lab.session.epoch < 50:
        pass
    lab.buttons["pause"].click()
    assert lab.wait(60)
    assert lab.status == "stopped"
    reached = lab.session.epoch
    assert len(lab.history["loss"]) == reached >= 50
    lab.buttons["step"].click()
    assert lab.wait(60)
    assert lab.session.epoch == reached + 1


def test_an_earlier_epoch_is_looked_at_and_left_again(lab):
    now = lab.picture.describe()
    lab.unseen["epoch"].value = 1
    assert lab.wait(60)
    epoch, weights = lab.session.at(1)
    assert f"After epoch {epoch}: " in lab.picture.describe() or epoch == 0
    assert lab.session.outputs(weights)[-1].shape == (len(lab.session.places), 1)
    lab.unseen["epoch"].value = 10**6 + 20  # the key End
    assert lab.wait(60)
    assert (lab.status, lab.picture.describe()) == ("done", now)


def test_a_point_is_added_by_keys_where_the_cross_is(lab):
    def key(x, y):
        (plane,) = [h for h in lab.picture.sheet.handles if "adds a point" in h.label]
        lab._grab(plane, {"kind": "key", "x": x, "y": y})
        assert lab.wait(60)
        return plane

    count = len(lab.session.x)
    assert not marks(lab.picture, "dots", marker="+")
    key(0, 0)
    assert len(lab.session.x) == count  # a press adds nothing yet
    lab.controls["press_adds"].value = "class 1"
    assert lab.wait(60)
    assert len(marks(lab.picture, "dots", marker="+")) == 1
    key(1, 0)
    key(0, 1)
    assert key(0, 0).sent()["kind"] == "press"
    assert len(lab.session.x) == count + 1
    (left, right), (bottom, top) = lab.session.ends
    middle = np.array([left + right, bottom + top]) / 2
    step = np.array([right - left, top - bottom]) / 24
    np.testing.assert_allclose(lab.session.x[-1], middle + step, atol=1e-6)


def test_a_hover_reads_the_weights_of_a_unit(lab):
    handles = {handle.label: handle.value for handle in lab.picture.sheet.handles}
    outputs, kernel = lab.session.outputs()[1], lab.session.kernel(1)
    text = f"{number(outputs[:, 2].min())} to {number(outputs[:, 2].max())}"
    weights = ", ".join(map(number, kernel[:, 2]))
    assert handles["unit 3 of dense"] == f"{text}, weights {weights}"


def test_handles_lead_to_units_weights_the_plane_and_the_epochs(lab):
    labels = [handle.label for handle in lab.picture.sheet.handles]
    assert "unit 3 of dense" in labels
    assert "weight from unit 2 of dense" in labels
    assert "the epoch" in labels
    plane = next(h for h in lab.picture.sheet.handles if "adds a point" in h.label)
    left, top, *_ = plane.place
    (low, _), (_, up) = lab.session.ends
    assert plane.to(left, top)["point"] == pytest.approx((low, up))


@pytest.mark.parametrize(
    ("function", "parts"),
    [
        (build, PARTS),
        (branches, PARTS),
        (line, (shared(data.waves("sine"), 0.1)[0], None)),
    ],
)
def test_the_picture_is_sound(function, parts):
    from anatomy.fit.playground.draw import playground

    one = session(function, parts)
    picture = playground(one, planned=9)
    assert flaws_at_all_widths(picture) == []
    one.fit(9)
    picture.update(unit=(1, 1))
    assert flaws_at_all_widths(picture) == []
    assert "epoch 9" in texts(picture)


def test_of_many_units_the_first_are_shown_and_it_says_so():
    from anatomy.fit.playground.draw import playground

    picture = playground(session(line, (shared(data.waves("sine"), 0.1)[0], None)))
    assert "8 of 10" in texts(picture)
    assert "The first 8 of 10 units of dense are shown." in picture.describe()
    assert len(marks(picture, "strokes")) >= 2


def test_an_unknown_data_set_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="data is 'xorr'; did you mean 'xor'"):
        labs.playground(build, "xorr")


def test_the_loss_doctor_looks_on():
    def build():
        model = keras.Sequential([keras.Input((2,)), layers.Dense(2, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    x = np.random.default_rng(0).normal(size=(32, 2)).astype("float32")
    lab = labs.playground(build, (x, np.arange(32) % 2 * 9), epochs=10)
    lab.wait()
    lab.close()
    assert "labels without a unit" in lab.message
