"""Which runs share compiled functions; what compiles and what does not."""

import gc
import os
import sys
import threading
import weakref
from pathlib import Path

import jax
import keras
import numpy as np
import pytest
from keras import layers

from anatomy import training
from anatomy.training import backends, compiled
from anatomy.training.runner import BEHIND

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = np.random.default_rng(1).integers(0, 2, 64)


def build(units=4, activation="relu", learning_rate=0.01, momentum=0.0, rate=0.0, loss="mse"):
    model = keras.Sequential(
        [
            keras.Input((4,), name="x"),
            layers.Dense(units, activation=activation, name="hidden"),
            layers.Dropout(rate, name="dropout"),
            layers.Dense(1, name="y"),
        ],
        name="net",
    )
    model.compile(optimizer=keras.optimizers.SGD(learning_rate, momentum), loss=loss)
    return model


@pytest.fixture
def compilations():
    """A list that grows by one for each program that XLA compiles."""
    seen = []

    def listen(event, duration, **_):
        if event == "/jax/core/compile/backend_compile_duration":
            seen.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield seen
    jax.monitoring.unregister_event_duration_listener(listen)


def fit(**parameters):
    train, _ = training.tables((X, Y))
    run = training.Run(build, parameters, epochs=2, batch_size=32)
    assert run.fit(train).status == "done", run.error
    return run


def test_a_new_learning_rate_compiles_nothing(compilations):
    fit(units=5)
    assert compilations  # the listener does hear them
    compilations.clear()
    slow, fast = fit(units=5, learning_rate=1e-3), fit(units=5, learning_rate=0.1)
    assert compilations == []
    assert slow.history != fast.history


def test_shared_functions_give_the_numbers_of_a_fit_of_ones_own():
    fit(learning_rate=0.5)
    shared = fit(learning_rate=0.02)
    keras.utils.set_random_seed(0)
    alone = build(learning_rate=0.02).fit(X, Y, batch_size=32, epochs=2, verbose=0)
    assert shared.history == alone.history


@pytest.mark.parametrize(
    "other",
    [
        {"units": 5},
        {"activation": "tanh"},
        {"momentum": 0.9},
        {"rate": 0.5},
        {"loss": "mae"},
        {"loss": keras.losses.Huber(0.5)},
        {"loss": lambda y, p: keras.ops.abs(y - p)},
        {"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)},
    ],
)
def test_what_is_compiled_in_is_in_the_key(other):
    assert compiled.key(build(**other)) != compiled.key(build())
    assert compiled.key(build(**other)) == compiled.key(build(**other))


def test_the_numbers_are_not_in_the_key():
    assert compiled.key(build(learning_rate=0.5)) == compiled.key(build())


def test_a_frozen_layer_has_another_key():
    frozen = build()
    frozen.layers[0].trainable = False
    frozen.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
    assert compiled.key(frozen) != compiled.key(build())


def test_code_of_ones_own_is_not_shared():
    class Twice(layers.Layer):
        def call(self, x):
            return 2 * x

    def model(layer):
        made = keras.Sequential([keras.Input((4,)), layer, layers.Dense(1)])
        made.compile(optimizer="sgd", loss="mse")
        return made

    assert compiled.key(model(Twice())) is None
    assert compiled.key(model(layers.Lambda(lambda x: 2 * x))) is None
    assert compiled.key(model(layers.Dense(2, activation=lambda x: 2 * x))) is None

    class Subclassed(keras.Model):
        def call(self, x):
            return x

    own = Subclassed()
    own.compile(optimizer="sgd", loss="mse")
    assert compiled.key(own) is None
    assert not training.store.functions(own)[1]


def ready(**parameters):
    """A model right before the first step of its fit()."""
    model = build(**parameters)
    training.fused.build(model, training.fused.Table(X, Y), shuffle=False)
    return model


def test_a_changed_template_is_not_used():
    store = compiled.Store()
    first = ready()
    store.functions(first)
    assert store.functions(ready())[1]
    first.layers[0].trainable = False
    assert not store.functions(ready())[1]


def test_what_has_run_runs_again_though_its_template_is_changed(monkeypatch):
    def run(learning_rate):
        parameters = {"units": 7, "learning_rate": learning_rate}
        return training.Run(build, parameters, epochs=1, batch_size=32).fit(table)

    table, keys, key = training.fused.Table(X, Y), [], compiled.key
    first, second = run(0.01), run(0.02)
    first.model.layers[0].trainable = False
    monkeypatch.setattr(compiled, "key", lambda *of: keys.append(of) or key(*of))
    third = run(0.02)
    assert third.history == second.history
    assert len(keys) == 1  # it is not asked for twice in a move


@pytest.mark.parametrize("wrong", [(X[:0], Y[:0]), (X[:, :2], Y), (X, Y.astype(str))])
def test_a_run_that_failed_leaves_nothing_behind(wrong):
    training.store.clear()

    def open_ended():  # takes any number of features
        model = keras.Sequential([layers.Dense(3), layers.Dense(2)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, metrics=["accuracy"])
        return model

    def run(data):
        one = training.Run(open_ended, {}, epochs=2, batch_size=32)
        return one.fit(*training.tables(data))

    alone = run((X, Y))
    training.store.clear()
    run(wrong)
    after = run((X, Y))
    assert after.status == "done", after.error
    assert after.history == alone.history


def test_what_names_are_resolved_by_is_in_the_key():
    model, table = build(loss="mse"), training.fused.Table(X, Y)
    rows = training.fused.Table(X, np.eye(2)[Y])
    assert compiled.key(model, table) != compiled.key(model, rows)
    assert compiled.key(model, table) == compiled.key(model, training.fused.Table(X[:9], Y[:9]))


def test_an_optimizer_that_wraps_another(compilations):
    def wrapped(learning_rate=0.01, momentum=0.0):
        model = build()
        inner = keras.optimizers.SGD(learning_rate, momentum)
        model.compile(keras.optimizers.LossScaleOptimizer(inner), "mse")
        return model

    def run(**parameters):
        one = training.Run(wrapped, parameters, epochs=2, batch_size=32)
        return one.fit(training.fused.Table(X, Y)).history

    assert compiled.key(wrapped()) == compiled.key(wrapped(0.5))
    assert compiled.key(wrapped()) != compiled.key(wrapped(momentum=0.9))
    slow = run()
    compilations.clear()
    assert run(learning_rate=0.1) != slow
    assert compilations == []


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 2), ((0.1, 0.2), (0.1, 0.3)), (keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1, 0.9))],
)
def test_an_optimizer_of_ones_own_with_settings_that_it_does_not_tell(one, other):
    class Own(keras.optimizers.SGD):
        def __init__(self, setting):
            super().__init__(0.1)
            self.setting = setting

    keys = []
    for setting in (one, other, one):
        model = build()
        model.compile(Own(setting), "mse")
        keys.append(compiled.key(model))
    assert keys[0] == keys[2] != keys[1]


def test_a_schedule_of_ones_own_is_not_known_by_its_configuration():
    class Own(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, peak):
            self.peak = peak

        def __call__(self, step):
            if not self.peak:
                raise OSError("no plan")
            return self.peak / (1.0 + keras.ops.cast(step, "float32"))

        def get_config(self):
            return {}

    for peak in (0, 0.1, 0.5):
        status, loss = fit_of(Own(peak))
        assert (status == "failed") == (not peak), status
        if peak:
            keras.utils.set_random_seed(0)
            model = build(learning_rate=Own(peak))
            assert loss == model.fit(X, Y, epochs=2, batch_size=32, verbose=0).history["loss"]


def fit_of(rate):
    run = training.Run(lambda: build(learning_rate=rate), {}, epochs=2, batch_size=32)
    run.fit(training.fused.Table(X, Y))
    return run.status, run.history.get("loss")


def test_what_is_kept_outlives_jax_caches(compilations):
    fit(units=7)
    jax.clear_caches()
    model = ready(units=7)
    functions, found = training.store.functions(model, training.fused.Table(X, Y))
    assert found
    compilations.clear()
    training.fit(model, X, Y, batch_size=32, functions=functions)
    assert len(compilations) < 10  # metrics that begin anew, and no loop


def test_the_store_is_bounded_and_the_last_used_stays():
    store = compiled.Store(size=2)
    gone = weakref.ref(store.functions(ready(units=2))[0])
    store.functions(ready(units=1))
    assert store.functions(ready(units=1))[1]
    store.functions(ready(units=3))
    gc.collect()
    assert len(store) == 2
    assert gone() is None
    assert store.functions(ready(units=1))[1]
    assert not store.functions(ready(units=2))[1]
    store.clear()
    assert len(store) == 0


@pytest.mark.parametrize(
    ("loss", "name", "values"),
    [(keras.losses.Huber, "delta", (0.3, 1.0)), (keras.losses.CosineSimilarity, "axis", (0, -1))],
)
def test_what_a_loss_leaves_out_of_its_configuration_is_in_the_key(loss, name, values):
    model, keys = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]), []
    for value in (*values, values[0]):
        model.compile("sgd", loss(**{name: value}))
        keys.append(compiled.key(model))
    assert keys[0] == keys[2] != keys[1]


def test_on_another_backend_arrays_go_in_and_come_out(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "another")
    slope = backends.value_and_grad(lambda x: keras.ops.sum(x**2))
    found = backends.compiled(lambda pair, by: [slope(one * by) for one in pair])((X, 2 * X), 3.0)
    for (value, gradient), x in zip(found, (3 * X, 6 * X), strict=True):
        assert isinstance(gradient, np.ndarray)
        np.testing.assert_allclose(value, np.sum(x**2), rtol=1e-5)
        np.testing.assert_allclose(gradient, 2 * x, rtol=1e-5)


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has its own priority")
def test_what_draws_and_answers_goes_before_what_compiles():
    training.Run(build, {}, epochs=1, batch_size=32).fit(training.fused.Table(X, Y))
    python = {thread.native_id for thread in threading.enumerate()}
    tasks = {int(task.name) for task in Path("/proc/self/task").iterdir()}
    others = {os.getpriority(os.PRIO_PROCESS, task) for task in tasks - python}
    assert BEHIND in others
    assert os.getpriority(os.PRIO_PROCESS, threading.main_thread().native_id) < BEHIND
