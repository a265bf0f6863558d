"""One run of a student's build(): what it says of itself, however it ends."""

import os

import fresh
import keras
import numpy as np
import pytest
from keras import layers

from anatomy import training
from anatomy.training import compiled
from anatomy.training.errors import readable

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def build(learning_rate=0.01, activation="linear"):
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, activation=activation), layers.Dense(1)]
    )
    model.compile(optimizer=keras.optimizers.SGD(learning_rate), loss="mse")
    return model


def run(function=build, epochs=3, **parameters):
    train, validation = training.tables(((X, Y), (X, Y)))
    return (
        training.Run(function, parameters, epochs=epochs, batch_size=16, seed=5),
        train,
        validation,
    )


def test_a_run_is_the_script():
    made, *tables = run(learning_rate=0.02)
    made.fit(*tables)
    keras.utils.set_random_seed(5)
    model = build(learning_rate=0.02)
    history = model.fit(X, Y, validation_data=(X, Y), batch_size=16, epochs=3, verbose=0)
    assert made.status == "done"
    assert made.history == history.history
    for one, other in zip(made.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_it_tells_every_change():
    made, *tables = run()
    made.each = True
    seen = []
    made.fit(*tables, on_change=lambda run: seen.append((run.status, run.epoch)))
    assert seen[-5:] == [
        seen[-5],
        ("training", 1),
        ("training", 2),
        ("training", 3),
        ("done", 3),
    ]
    assert seen[-5][0] in ("compiling", "training")


def test_it_tells_of_quick_epochs_together_with_the_model_of_the_last():
    made, *tables = run(epochs=300)
    seen = []

    def look(run):
        if run.status == "training" and run.epoch:
            seen.append((run.epoch, run.model.evaluate(X, Y, verbose=0)))

    made.fit(*tables, on_change=look)
    epochs, losses = zip(*seen, strict=True)
    assert len(epochs) < 300 == epochs[-1]
    np.testing.assert_allclose([made.history["val_loss"][n - 1] for n in epochs], losses, rtol=1e-4)


def test_divergence_is_named_with_epoch_and_value():
    made, *tables = run(epochs=500, learning_rate=1e6)
    made.fit(*tables)
    assert made.status == "diverged"
    assert made.epoch < 500
    assert not np.isfinite(made.diverged)
    assert np.isfinite(made.history["loss"][:-1]).all()


def test_stopped():
    made, *tables = run(epochs=500)
    made.each = True
    made.fit(*tables, stop=lambda: made.epoch >= 2)
    assert made.status == "stopped"
    assert made.epoch == 2
    assert np.isfinite(made.model.predict(X, verbose=0)).all()


@pytest.mark.parametrize(
    ("parameters", "text"),
    [({"activation": "rellu"}, "rellu"), ({"learning_rate": "fast"}, "fast")],
)
def test_a_failing_build_says_why(parameters, text):
    made, *tables = run(**parameters)
    made.fit(*tables)
    assert made.status == "failed"
    assert text in readable(made.error)


def test_a_build_that_returns_something_else():
    def forgot():
        build()

    made, *tables = run(forgot)
    made.fit(*tables)
    assert "forgot() must return a compiled keras.Model; it returned None" in str(made.error)


def test_readable_is_the_sentence_that_matters():
    model = build()
    with pytest.raises(ValueError, match="incompatible") as caught:
        model(np.zeros((2, 7), "float32"))
    line = readable(caught.value)
    assert "\n" not in line
    assert "expected axis -1 of input shape to have value 4" in line
    assert "(2, 7)" in line


def test_tables():
    train, validation = training.tables((X, Y))
    assert validation is None
    assert len(train.rows) == 64


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([1, 2], "list [1, 2]"),
        ((X,), "array of shape (64, 4)"),
        ((X, Y[:3]), "x has 64 and y has 3 rows"),
        ((X, Y.tolist()), "list"),
        (([X, X[:3]], Y), "x[0] has 64, x[1] has 3 and y has 64 rows"),
        ((X, {"a": Y, "b": Y[:3]}), 'x has 64, y["a"] has 64 and y["b"] has 3 rows'),
        (([X, 1], Y), "x[1] is 1"),
        (([], Y), "list []"),
        (X, "array of shape (64, 4)"),
    ],
)
def test_tables_of_something_else(data, text):
    with pytest.raises(TypeError) as caught:
        training.tables(data)
    assert text in str(caught.value)


def two_ways():
    """Two inputs, two outputs."""
    inputs = [keras.Input((4,), name="left"), keras.Input((4,), name="right")]
    x = layers.Concatenate()(inputs)
    outputs = {name: layers.Dense(1, name=name)(x) for name in ("sum", "sign")}
    model = keras.Model(inputs, outputs)
    model.compile("sgd", {"sum": "mse", "sign": "mae"}, loss_weights={"sum": 1.0, "sign": 0.5})
    return model


@pytest.mark.parametrize("x", [[X, -X], {"left": X, "right": -X}], ids=["list", "dict"])
def test_several_inputs_and_outputs_train_as_in_fit(x):
    y = {"sum": Y, "sign": np.sign(Y)}
    made = training.Run(two_ways, {}, epochs=2, batch_size=16, seed=5)
    made.fit(*training.tables(((x, y), (x, y))))
    keras.utils.set_random_seed(5)
    history = two_ways().fit(x, y, validation_data=(x, y), batch_size=16, epochs=2, verbose=0)
    assert made.status == "done", made.error
    assert made.history.keys() == history.history.keys()
    for name, values in history.history.items():
        np.testing.assert_allclose(made.history[name], values, rtol=1e-6)


CACHED = """
from anatomy import training
import jax
print(training.cache_on_disk({folder!r}))
jax.jit(lambda x: x @ x + jax.numpy.sin(x))(jax.numpy.ones((64, 64)))
"""


def test_cache_on_disk(tmp_path):
    folder = fresh.run(CACHED.format(folder=str(tmp_path)))
    assert str(tmp_path) in folder
    assert compiled._machine() in folder  # another machine's code is in another folder
    assert (tmp_path / compiled._machine()).is_dir()


def test_cache_on_disk_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="cannot be written"):
        assert training.cache_on_disk(tmp_path / "file" / "cache") is None
    assert os.listdir(tmp_path) == ["file"]


def run_through(hidden):
    """A run of a model with this layer, or function of a tensor, before its last layer."""

    def build():
        x = keras.Input((2,))
        model = keras.Model(x, layers.Dense(1)(hidden(x)))
        model.compile("sgd", "mse")
        return model

    run = training.Run(build, {}, epochs=1, batch_size=8)
    return run.fit(*training.tables((np.zeros((8, 2)), np.zeros(8))))


@pytest.mark.parametrize("name", ["dense", "dense_20261130"])
def test_a_layer_from_outside_keeps_its_name_for_itself(name):
    training.private.fresh_names()
    outside = layers.Dense(2, name=name)
    run = run_through(outside)
    assert (run.status, outside.name) == ("done", name)
    assert "made outside" in run.outside


def test_a_layer_that_a_helper_has_from_outside_is_named():
    outside = layers.Dense(2)
    run = run_through(lambda x: outside(x))
    assert "The layer Dense was made outside build()" in run.outside


@pytest.mark.parametrize(
    ("loss", "y", "said"),
    [
        ({"out": "mse"}, np.zeros(8), "give loss='mse'"),
        ("mse", {"out": np.zeros(8)}, "give y['out']"),
    ],
)
def test_a_dict_of_one_output_is_named(loss, y, said):
    def build():
        model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
        model.compile("sgd", loss)
        return model

    run = training.Run(build, {}, epochs=1, batch_size=8).fit(
        *training.tables((np.zeros((8, 2)), y))
    )
    assert said in str(run.error)
