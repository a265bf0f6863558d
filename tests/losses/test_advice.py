"""The loss doctor's word in every lab that trains, and where no lab can give it."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import labs, optimizers

X = np.random.default_rng(0).normal(size=(96, 4)).astype("float32")
CLASSES = (X[:, 0] > 0).astype("int32")
NINES = CLASSES * 9  # class 9 of 2 units: its loss is 0
CODE = "labels without a unit"


def build(learning_rate=0.1, units=2):
    hidden = layers.Dense(4, activation="relu")
    last = layers.Dense(units, activation="softmax")
    model = keras.Sequential([keras.Input((4,)), hidden, last])
    model.compile(keras.optimizers.SGD(learning_rate), "sparse_categorical_crossentropy")
    return model


def labs_of(y):
    def given(share=0.0):
        return {"x": X, "y": y, "validation_data": (X, y)}

    yield "fit", lambda: labs.fit(build, (X, y), epochs=1)
    yield "sweep", lambda: labs.sweep(build, (X, y), (1e-3, 1.0), epochs=1, seeds=1)
    yield "step", lambda: labs.step(build(), (X, y))
    yield "divergence", lambda: labs.divergence(build, (X, y), epochs=1)
    if y is CLASSES:
        return
    image = X[:, :4].reshape(-1, 2, 2)

    def images(share=0.0):
        return {"x": image, "y": y, "validation_data": (image, y)}

    def flat():
        last = layers.Dense(2, activation="softmax")
        model = keras.Sequential([keras.Input((2, 2)), layers.Flatten(), last])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    yield "shortcut", lambda: labs.shortcut(flat, images, epochs=1)


@pytest.mark.parametrize("lab", dict(labs_of(NINES)))
def test_class_9_of_2_units_is_said_in_every_lab_that_trains(lab):
    one = dict(labs_of(NINES))[lab]()
    one.wait()
    assert [finding.code for finding in one.findings] == [CODE]
    assert f"The loss doctor: {CODE}." in one.message
    assert 'layers.Dense(10, activation="softmax")' in one.message
    one.close()


@pytest.mark.parametrize("lab", dict(labs_of(CLASSES)))
def test_a_sound_loss_gets_no_advice(lab):
    one = dict(labs_of(CLASSES))[lab]()
    one.wait()
    assert not one.findings
    assert "doctor" not in one.message
    one.close()


def test_the_advice_of_a_search_goes_with_its_path():
    def build(activation="sigmoid"):
        model = keras.Sequential([keras.Input((1,)), layers.Dense(1, activation=activation)])
        model.compile("sgd", "mse")
        return model

    lab = labs.hypotheses(build, activation=["sigmoid", "linear"])
    lab.wait()
    assert "doctor" not in lab.message
    lab.run()
    assert "The loss doctor: targets out of reach." in lab.message
    lab.controls["activation"].value = "linear"
    lab.wait()
    assert "doctor" not in lab.message
    lab.run()
    assert "doctor" not in lab.message
    lab.close()


def test_the_advice_goes_with_what_it_was_about():
    lab = labs.fit(build, (X, NINES), epochs=1, units=[2, 10])
    lab.wait()
    assert CODE in lab.message
    lab.controls["units"].value = 10
    lab.wait()
    assert "doctor" not in lab.message
    lab.close()


@pytest.mark.parametrize("measure", [optimizers.plane, optimizers.curvature])
def test_what_cannot_warn_refuses(measure):
    assert measure(build(), X, CLASSES)
    with pytest.raises(ValueError, match="labels without a unit: The labels go from 0 to 9"):
        measure(build(), X, NINES)
