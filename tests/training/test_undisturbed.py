"""A run beside whatever else draws and trains: both as if they were alone."""

import gc
import random
import re
import signal
import sys
import threading
import time

import jax
import keras
import numpy as np
import pytest
from by_hand import move
from keras import layers

from anatomy import data, labs, training
from anatomy.training import private
from anatomy.training.errors import readable

X = np.random.default_rng(0).normal(size=(96, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
DATA = X, Y


def build(rate=0.5):
    hidden = layers.Dense(8, "relu"), layers.Dropout(rate)
    model = keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def noisy(rate=0.5):
    """Draws from NumPy and Python itself."""
    model = build(rate)
    noise = np.random.normal(size=(1,)) + random.random()  # noqa: NPY002
    model.layers[-1].bias.assign(noise)
    return model


def reseeded(rate=0.5):
    keras.utils.set_random_seed(11)
    return build(rate)


def cleared(rate=0.5):
    keras.utils.clear_session()
    return build(rate)


def script(function, seed, epochs=4):
    keras.utils.set_random_seed(seed)
    arguments = {"epochs": epochs, "batch_size": 32, "verbose": 0}
    return function().fit(X, Y, **arguments).history


def run(function, seed=5, epochs=4):
    one = training.Run(function, {}, epochs=epochs, batch_size=32, seed=seed)
    one.fit(*training.tables(DATA))
    assert one.status == "done", one.error
    return one.history


def states():
    numpy = np.random.get_state()  # noqa: NPY002
    return random.getstate(), numpy[1].tolist(), numpy[2:]


@pytest.mark.parametrize("function", [build, noisy, reseeded, cleared])
def test_a_run_is_the_script_and_leaves_all_states(function):
    wanted = script(function, 5)
    keras.utils.set_random_seed(1)
    name, before = layers.Dense(1).name, states()
    assert run(function) == wanted
    assert states() == before
    number = int(name.removeprefix("dense").strip("_") or 0)
    assert layers.Dense(1).name == f"dense_{number + 1}"


def drawn():
    return layers.Dense(1).name, float(keras.random.normal(()))


def test_a_cell_that_clears_the_session_beside_a_run_clears_its_own():
    built, go, found = threading.Event(), threading.Event(), []

    def between(rate=0.5):
        model = build(rate)
        built.set()
        assert go.wait(60)
        return model

    alone = run(build)
    thread = threading.Thread(target=lambda: found.append(run(between)))
    thread.start()
    assert built.wait(60)
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    before = drawn()
    go.set()
    thread.join()
    beside = before, drawn()
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    assert found == [alone]
    assert beside == (drawn(), drawn())


def test_a_storm_of_draws_and_fits_beside_a_run():
    alone, mine = run(build), script(build, 9)
    np.random.seed(3)  # noqa: NPY002
    drawn = np.random.normal(size=9)  # noqa: NPY002
    for _ in range(2):
        results = []
        beside = threading.Thread(target=lambda results=results: results.append(run(build)))
        beside.start()
        while beside.is_alive():
            np.random.seed(3)  # noqa: NPY002
            np.testing.assert_array_equal(np.random.normal(size=9), drawn)  # noqa: NPY002
            assert script(build, 9) == mine
        assert results == [alone]


def test_others_leave_the_states_too():
    model = build()
    table = training.fused.Table(X, Y)
    keras.utils.set_random_seed(1)
    before = states()
    rated = {"learning_rate": [0.01, 0.1]}

    def line(learning_rate):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
        model.compile(keras.optimizers.SGD(learning_rate), "mse")
        return model

    training.sweep(line, (X, Y), seeds=[0, 1], epochs=1, **rated)
    start = {"model": model, "weights": model.get_weights()}
    training.Run(training.run.copied, start, epochs=1, batch_size=32).fit(table)
    training.Run(build, {}, epochs=1, batch_size=32).built()
    training.Stepper(model)(X[:32], Y[:32])
    training.evaluate(model, table)
    assert states() == before


def test_what_ends_a_build_is_a_status():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    for error in (SystemExit(), Mute(), KeyboardInterrupt()):

        def ends(error=error):
            raise error

        results = []

        def work(ends=ends, results=results):
            one = training.Run(ends, {}, epochs=1, batch_size=32)
            results.append(one.fit(training.fused.Table(X, Y)))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(60)
        assert results[0].status == "failed"
        assert readable(results[0].error).startswith(type(error).__name__)


def test_an_interrupt_while_garbage_is_collected_is_not_lost():
    """In a callback of the collector Python ignores it; JAX has one, that is written in Python."""
    pending, main = [], threading.get_ident()

    def interrupted(phase, info):
        if phase == "stop" and pending and threading.get_ident() == main:
            raise pending.pop()

    def collect():
        with private.undisturbed():
            pending.append(KeyboardInterrupt)
            gc.collect()
            for _ in range(6000):
                time.sleep(0.01)

    before = sys.unraisablehook
    # a job in a shell's background ignores interrupts
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.callbacks.append(interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            collect()
    finally:
        gc.callbacks.remove(interrupted)
        signal.signal(signal.SIGINT, handler)
    assert not pending
    assert sys.unraisablehook is before


def test_streams_end_where_an_error_ends_them():
    before = states()

    def fails():
        with private.undisturbed():
            keras.utils.set_random_seed(4)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert states() == before
    keras.utils.set_random_seed(4)
    assert states() != before


def test_the_policy_of_a_run():
    def half():
        model = build(0.0)
        model.compile("adam", "mse")
        return model

    keras.config.set_dtype_policy("mixed_float16")
    try:
        here = training.private.as_here()
    finally:
        keras.config.set_dtype_policy("float32")
    one = training.Run(half, {}, epochs=2, batch_size=32)
    with here():
        one.fit(training.fused.Table(X, Y))
    assert one.status == "done", one.error
    assert one.model.layers[0].compute_dtype == "float16"
    assert type(one.model.optimizer).__name__ == "LossScaleOptimizer"
    assert keras.config.dtype_policy().name == "float32"


class Cell(layers.Layer):
    """A cell of one's own, whose inner layers are built when it is first called."""

    def __init__(self, units):
        super().__init__()
        self.state_size = self.output_size = units
        self.inner = layers.SimpleRNNCell(units, activation=None)

    def build(self, shape):
        super().build(shape)

    def call(self, x, states):
        outputs, _ = self.inner(x, states)
        return keras.ops.tanh(outputs), [outputs]


def test_a_cell_of_ones_own():
    def rnn():
        model = keras.Sequential([keras.Input((5, 4)), layers.RNN(Cell(3)), layers.Dense(1)])
        model.compile("sgd", "mse")
        return model

    x = np.repeat(X[:, None], 5, axis=1)
    keras.utils.set_random_seed(2)
    wanted = rnn().fit(x, Y, epochs=2, verbose=0).history
    keras.utils.set_random_seed(2)
    assert training.fit(rnn(), x, Y, epochs=2).history == wanted


def diverged(build, x, y, epochs=3):
    one = training.Run(build, {}, epochs=epochs, batch_size=32)
    one.fit(training.fused.Table(x, y))
    assert one.status == "diverged", one.error
    return one.cause


def test_a_loss_that_is_not_finite_has_a_cause():
    def dense(rate, loss="mse", activation=None):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1, activation=activation)])
        model.compile(keras.optimizers.SGD(rate), loss)
        return model

    def embedding():
        stack = layers.Embedding(10, 2), layers.GlobalAveragePooling1D(), layers.Dense(1)
        model = keras.Sequential([keras.Input((4,)), *stack])
        model.compile("sgd", "mse")
        return model

    def inverse():
        model = keras.Sequential([keras.Input((4,)), layers.Lambda(lambda x: 1 / (x - x))])
        model.add(layers.Dense(1))
        model.compile("sgd", "mse")
        return model

    def log(y, p):
        return keras.ops.log(p - y)

    assert diverged(lambda: dense(1e6), X, Y, epochs=50) == ""
    indices = np.arange(96 * 4).reshape(96, 4) % 13
    assert "Embedding(10) has vectors for the indices 0 to 9, and the data go to 12" in diverged(
        embedding, indices, Y
    )
    assert "logarithm" in diverged(lambda: dense(0.01, log), X, Y)
    assert "the outputs of the model are not finite" in diverged(inverse, X, Y)


def test_a_cell_trains_while_a_lab_does():
    begun, end = threading.Event(), threading.Event()

    def job(request):
        begun.set()
        assert end.wait(60)

    request = training.runner.post("lab", job)
    assert begun.wait(60)
    assert run(build) == run(build)  # a check, a sweep and a cell's own run take no lock

    def line(learning_rate):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
        model.compile(keras.optimizers.SGD(learning_rate), "mse")
        return model

    assert training.sweep(line, (X, Y), learning_rate=[0.01, 0.02], epochs=1).done.all()
    assert not request.wait(0)
    end.set()
    assert request.wait(60)


def test_two_runs_of_one_topology_at_once():
    alone = [run(build, seed=seed) for seed in (0, 1, 2, 3)]
    training.store.clear()
    results = {}
    threads = [
        threading.Thread(target=lambda seed=seed: results.update({seed: run(build, seed=seed)}))
        for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [results[seed] for seed in range(4)] == alone


def test_a_build_that_draws_waits_for_the_cell_that_runs():
    from IPython.core.interactiveshell import InteractiveShell

    alone = run(noisy)
    shell = InteractiveShell()
    shell.user_ns |= {"np": np, "run": run, "noisy": noisy, "threading": threading}
    cell = """
results = []
beside = threading.Thread(target=lambda: results.append(run(noisy)))
np.random.seed(3)
beside.start()
drawn = [np.random.random() for _ in range(200_000)]
assert not results
"""
    shell.run_cell(cell).raise_error()
    shell.user_ns["beside"].join(60)
    assert shell.user_ns["results"] == [alone]
    np.random.seed(3)  # noqa: NPY002
    assert shell.user_ns["drawn"][-3:] == [np.random.random() for _ in range(200_000)][-3:]  # noqa: NPY002
    waits = """
request = training.runner.post("cell", lambda request: results.append(run(noisy)))
assert request.wait(60)
"""
    shell.user_ns["training"] = training
    shell.run_cell(waits).raise_error()  # a cell that itself waits does not count
    assert shell.user_ns["results"] == [alone] * 2


def test_a_cell_that_waits_for_its_turn_keeps_no_build_waiting(monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell

    alone, results, begun = run(noisy), [], threading.Event()
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")

    def job(request):
        begun.set()
        results.append(run(noisy))

    shell = InteractiveShell()
    shell.user_ns |= {"training": training, "job": job, "begun": begun, "results": results}
    cell = """
from anatomy.training.runner import one_at_a_time
training.runner.post("lab", job)
assert begun.wait(60)
with one_at_a_time():
    assert len(results) == 1
"""
    shell.run_cell(cell).raise_error()
    assert results == [alone]


def test_what_was_made_outside_build_is_named():
    optimizer, layer = keras.optimizers.SGD(0.01), layers.Dense(1)
    frozen = layers.Dense(4, trainable=False)
    model = build()

    def compiled(parts, optimizer="sgd"):
        model = keras.Sequential([keras.Input((4,)), *parts])
        model.compile(optimizer, "mse")
        return model

    for function, wrong in {
        (lambda: compiled([layers.Dense(1)], optimizer)): "the optimizer SGD was made outside",
        (lambda: compiled([layer])): "the layer Dense was",
        (lambda: model): "the model Sequential was",
    }.items():
        first, again = (
            training.Run(function, {}, epochs=1, batch_size=32).fit(training.fused.Table(X, Y))
            for _ in range(2)
        )
        assert first.status == "done"
        assert wrong in first.outside.replace("The", "the", 1)
        assert again.status == "failed"
        assert wrong in str(again.error)
    assert run(lambda: compiled([frozen, layers.Dense(1)]))
    assert run(lambda: compiled([frozen, layers.Dense(1)]))


def test_an_argument_by_its_old_name():
    def old():
        return keras.optimizers.SGD(lr=0.1)

    one = training.Run(old, {}, epochs=1, batch_size=32).fit(training.fused.Table(X, Y))
    assert "lr is learning_rate now" in readable(one.error)


def test_streams_begin_where_those_outside_stand():
    def drawn():
        with private.undisturbed():
            state = keras.random.SeedGenerator().state.numpy().tolist()
            return state, private.shuffler().permutation(9).tolist()

    np.random.seed(3)  # noqa: NPY002
    first = drawn()
    assert drawn() == first
    assert np.random.permutation(9).tolist() == first[1]  # noqa: NPY002


@pytest.mark.exact
def test_weights_are_drawn_as_keras_draws_them():
    for draw in (keras.random.uniform, keras.random.normal, keras.random.truncated_normal):
        for shape in [(), (7, 5), (784, 33), (0, 4)]:
            wanted = np.asarray(draw(shape, seed=4))
            with private.undisturbed():
                np.testing.assert_array_equal(draw(shape, seed=4), wanted)
        with private.undisturbed():  # what is traced has the size that it is given
            traced = jax.jit(lambda draw=draw: draw((7, 5), seed=4))()
        np.testing.assert_array_equal(traced, draw((7, 5), seed=4))


def test_a_new_width_compiles_nothing_for_its_weights(caplog):
    def weights(units):
        with private.undisturbed():
            model = keras.Sequential([keras.Input((40,)), layers.Dense(units)])
            model.compile("adam", "mse")
            model.optimizer.build(model.trainable_variables)

    weights(17)
    with jax.log_compiles(), caplog.at_level("WARNING"):
        jax.jit(lambda: 1)()
        assert "Finished XLA compilation" in caplog.text  # it is seen where there is one
        caplog.clear()
        weights(18)
    assert "Finished XLA compilation" not in caplog.text


def test_weights_that_find_no_room_are_not_drawn():
    def build(units=3):
        model = keras.Sequential([keras.Input((784,)), layers.Dense(units), layers.Dense(10)])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    lab = labs.fit(build, data.digits(), epochs=1, units=[3, 10**9])
    lab.controls["units"].value = 10**9
    assert lab.wait(60)
    assert lab.status == "failed"
    wanted = r"shape \(784, 1000000000\) are 784,000,000,000 numbers; at most 100,000,000"
    assert re.search(wanted, lab.message)
    move(lab, units=3)
    assert lab.status == "done"
    lab.close()
