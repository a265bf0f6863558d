"""The fused fit() against Keras's own, seed for seed and bit for bit."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import training
from anatomy.training import compiled, fused
from anatomy.training.runner import Stopped

RNG = np.random.default_rng(0)
FLAT = RNG.normal(size=(96, 8)).astype("float32")
IMAGES = RNG.normal(size=(96, 8, 8, 1)).astype("float32")
SERIES = RNG.normal(size=(96, 6, 4)).astype("float32")
LABELS = RNG.integers(0, 3, 96)

pytestmark = pytest.mark.exact


def classifier(x, *hidden, **compile_arguments):
    model = keras.Sequential([keras.Input(x.shape[1:]), *hidden, layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    arguments = {"optimizer": "adam", "loss": loss, "metrics": ["accuracy"]} | compile_arguments
    model.compile(**arguments)
    return model


def two_outputs():
    inputs = keras.Input((8,))
    x = layers.Dense(8, activation="relu")(inputs)
    outputs = {
        "kind": layers.Dense(3, activation="softmax", name="kind")(x),
        "size": layers.Dense(1, name="size")(x),
    }
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer="rmsprop",
        loss={"kind": "sparse_categorical_crossentropy", "size": "mse"},
        loss_weights={"kind": 1.0, "size": 0.3},
        metrics={"kind": ["accuracy"], "size": ["mae"]},
    )
    return model


def dense(**arguments):
    return classifier(FLAT, layers.Dense(8, activation="relu"), **arguments)


def noisy():
    hidden = layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.5)
    metrics = ["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2)]
    return classifier(FLAT, *hidden, metrics=metrics)


def averaged():
    hidden = layers.Dense(8, kernel_regularizer="l2")
    return classifier(FLAT, hidden, optimizer=keras.optimizers.Adam(use_ema=True))


def falling():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 20)
    return dense(optimizer=keras.optimizers.SGD(schedule), metrics=None)


def unbuilt():
    model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="sgd", loss=loss, metrics=["accuracy"])
    return model


SOME = FLAT[:50], LABELS[:50]
CASES = {
    "dense": (dense, FLAT, {}),
    "dropout, batch normalization, metrics": (noisy, FLAT, {}),
    "lstm": (lambda: classifier(SERIES, layers.LSTM(5)), SERIES, {}),
    "convolution": (
        lambda: classifier(IMAGES, layers.Conv2D(4, 3, activation="relu"), layers.Flatten()),
        IMAGES,
        {},
    ),
    "regularizer, moving average": (averaged, FLAT, {}),
    "schedule, no metrics": (falling, FLAT, {}),
    "unbuilt model": (unbuilt, FLAT, {}),
    "weighted metrics": (
        lambda: dense(weighted_metrics=["accuracy"]),
        FLAT,
        {"sample_weight": RNG.uniform(size=96).astype("float32")},
    ),
    "class weight, validation split, ragged last batch": (
        dense,
        FLAT,
        {"class_weight": {0: 1.0, 1: 2.0, 2: 0.5}, "validation_split": 0.25, "batch_size": 22},
    ),
    "validation batch size and frequency": (
        dense,
        FLAT,
        {
            "validation_data": SOME,
            "validation_batch_size": 7,
            "validation_freq": 2,
            "epochs": 6,
        },
    ),
    "many steps, not shuffled": (dense, FLAT, {"batch_size": 4, "shuffle": False}),
    "one batch": (dense, FLAT, {"batch_size": 1000}),
    "batch size left out, float64, validation data": (
        dense,
        FLAT.astype("float64"),
        {"batch_size": None, "validation_data": SOME},
    ),
}


def both(build, x, y, **arguments):
    """The same fit twice, plain and fused: (history, weights) of each."""
    arguments = {"batch_size": 32, "epochs": 3} | arguments
    out = []
    for fit in (plain, training.fit):
        keras.utils.set_random_seed(3)
        model = build()
        history = fit(model, x, y, **arguments)
        out.append((history, model))
    return out


def plain(model, x, y, **arguments):
    return model.fit(x, y, verbose=0, **arguments)


@pytest.mark.parametrize("name", CASES)
def test_equals_plain_fit(name):
    build, x, arguments = CASES[name]
    (plain_history, plain_model), (history, model) = both(build, x, LABELS, **arguments)
    assert history.plain is None
    assert history.history == plain_history.history
    assert history.epoch == plain_history.epoch
    assert history.params == plain_history.params
    for fused_weight, plain_weight in zip(model.weights, plain_model.weights, strict=True):
        np.testing.assert_array_equal(fused_weight, plain_weight)
    for one, other in zip(model.optimizer.variables, plain_model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "name", ["convolution", "dropout, batch normalization, metrics", "unbuilt model"]
)
def test_evaluate_equals_the_plain_one(name):
    build, x, _ = CASES[name]
    for table in (
        training.fused.Table(x, LABELS),
        training.fused.Table(x, LABELS, RNG.uniform(size=96).astype("float32")),
    ):
        keras.utils.set_random_seed(3)
        model = build()
        found = training.evaluate(model, table)
        weights = table.arguments["sample_weight"]
        wanted = model.evaluate(x, LABELS, sample_weight=weights, verbose=0, return_dict=True)
        assert found == wanted


def test_evaluate_knows_no_class_weights():
    keras.utils.set_random_seed(3)
    model = dense()
    weighted = training.fused.Table(FLAT, LABELS, class_weight={0: 1.0, 1: 9.0, 2: 1.0})
    plain = training.evaluate(model, training.fused.Table(FLAT, LABELS), batch_size=36)
    assert training.evaluate(model, weighted, batch_size=36) == plain
    assert plain == model.evaluate(FLAT, LABELS, batch_size=36, verbose=0, return_dict=True)


def test_evaluate_on_another_backend_is_the_plain_one(monkeypatch):
    model = dense()
    wanted = training.evaluate(model, training.fused.Table(FLAT, LABELS))
    monkeypatch.setattr(fused, "why_plain", lambda model: "another backend")
    assert training.evaluate(model, training.fused.Table(FLAT, LABELS)) == wanted


def test_two_outputs():
    y = {"kind": LABELS, "size": RNG.normal(size=(96, 1)).astype("float32")}
    (plain_history, _), (history, _) = both(two_outputs, FLAT, y, validation_split=0.25)
    assert history.plain is None
    assert "val_kind_accuracy" in history.history
    assert history.history == plain_history.history


def test_several_inputs():
    def build():
        left, right = keras.Input((8,)), keras.Input((6, 4))
        both = layers.Concatenate()([left, layers.Flatten()(right)])
        model = keras.Model([left, right], layers.Dense(1)(both))
        model.compile(optimizer="sgd", loss="mse")
        return model

    y = RNG.normal(size=(96, 1)).astype("float32")
    (plain_history, _), (history, _) = both(build, [FLAT, SERIES], y)
    assert history.history == plain_history.history


def test_epoch_callbacks_are_called_and_obeyed():
    def callbacks():
        return [
            keras.callbacks.EarlyStopping("loss", patience=0, min_delta=10.0),
            keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2),
        ]

    out = []
    for fit in (plain, training.fit):
        keras.utils.set_random_seed(0)
        model = dense()
        out.append(fit(model, FLAT, LABELS, epochs=9, callbacks=callbacks()))
    assert out[1].plain is None
    assert out[1].history == out[0].history
    assert len(out[1].history["loss"]) == 2


def test_a_custom_train_step_is_fused_too():
    class Doubled(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            return self.dense(x)

        def train_step(self, state, data):
            logs, state = super().train_step(state, data)
            return {"twice": 2 * logs["loss"]}, state

    def build():
        model = Doubled()
        model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
        return model

    (plain_history, _), (history, _) = both(build, FLAT, LABELS)
    assert list(history.history) == ["twice"]
    assert history.history == plain_history.history


@pytest.mark.parametrize(
    ("reason", "compile_arguments", "arguments"),
    [
        ("eagerly", {"run_eagerly": True}, {"batch_size": 96}),
        ("TerminateOnNaN", {}, {"callbacks": [keras.callbacks.TerminateOnNaN()]}),
        ("steps_per_epoch", {}, {"steps_per_epoch": 3}),
        ('shuffle="batch"', {}, {"shuffle": "batch"}),
    ],
)
def test_what_cannot_be_fused_runs_plainly_and_says_so(reason, compile_arguments, arguments):
    (plain_history, _), (history, _) = both(
        lambda: dense(**compile_arguments), FLAT, LABELS, epochs=1, **arguments
    )
    assert reason in history.plain
    assert history.history == plain_history.history


def test_another_backend_runs_plainly(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    assert "torch" in fused.why_plain(dense())


@pytest.mark.parametrize("after", [0, 1, 5])
def test_stop_keeps_the_weights_that_it_has(after):
    executions = iter(range(100))
    model = dense()
    with pytest.raises(Stopped):
        fused.fit_tables(
            model,
            training.fused.Table(FLAT, LABELS),
            batch_size=8,
            epochs=50,
            each=True,
            stop=lambda: next(executions) >= after,
        )
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert int(model.optimizer.iterations) > after
    model.fit(FLAT, LABELS, verbose=0)  # plain fit works on it


def test_stop_during_validation_keeps_the_model_usable():
    model = dense()
    calls = iter(range(1000))
    with pytest.raises(Stopped):
        fused.fit_tables(
            model,
            training.fused.Table(FLAT, LABELS),
            training.fused.Table(FLAT, LABELS),
            batch_size=96,
            callbacks=[keras.callbacks.EarlyStopping("loss")],  # so each epoch is a call of its own
            stop=lambda: next(calls) >= 1,  # the training epoch is one execution
        )
    assert int(model.optimizer.iterations) == 1
    model.evaluate(FLAT, LABELS, verbose=0)


def test_a_failing_fit_leaves_the_weights():
    model = dense()
    before = model.get_weights()

    def boom():
        raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        fused.fit_tables(model, training.fused.Table(FLAT, LABELS), stop=boom)
    assert len(model.get_weights()) == len(before)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


@pytest.mark.parametrize("form", [dict, list])
def test_one_output_in_a_dict_or_a_list(form):
    def build():
        inputs = keras.Input((8,))
        output = layers.Dense(1, name="y")(inputs)
        model = keras.Model(inputs, {"y": output} if form is dict else [output])
        model.compile("sgd", {"y": "mse"} if form is dict else ["mse"])
        return model

    y = RNG.normal(size=(96, 1)).astype("float32")
    (plain_history, _), (history, _) = both(build, FLAT, {"y": y} if form is dict else [y])
    assert history.history == plain_history.history


def test_several_epochs_run_in_one_call_and_end_where_they_should():
    functions, calls = None, []
    table = training.fused.Table(FLAT, LABELS)

    def trained(epochs, ends=lambda logs: False, **arguments):
        nonlocal functions
        keras.utils.set_random_seed(3)
        model = dense()
        functions = functions or compiled.Functions(model)
        fused.fit_tables(
            model, table, batch_size=8, epochs=epochs, functions=functions, ends=ends, **arguments
        )
        return model

    trained(3)  # the first calls tell how long a step takes
    whole = trained(40, on_epochs=lambda logs: calls.append(len(logs)))
    assert sum(calls) == 40
    assert max(calls) > 1
    each = trained(40, each=True, on_epochs=lambda logs: calls.append(len(logs)))
    assert calls[-40:] == [1] * 40
    assert whole.history.history == each.history.history

    losses = whole.history.history["loss"]
    early = trained(40, ends=lambda logs: logs["loss"] == np.float32(losses[16]))
    alone = trained(17)
    assert early.history.history["loss"] == losses[:17] == alone.history.history["loss"]
    for one, other in zip(early.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
