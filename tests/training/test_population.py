"""Many trainings in one compiled call, against model.fit() one by one."""

import gc
import weakref

import jax
import keras
import numpy as np
import pytest
from keras import layers

from anatomy import training
from anatomy.training import compiled, members, population
from anatomy.training.population import sweep

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 2)).astype("float32")
Y = (X[:, :1] * X[:, 1:] > 0).astype("int32")
VAL = X[:32] + 0.1, Y[:32]
RATES = [0.001, 0.01, 0.05]


def net(optimizer, *hidden, metrics=("accuracy",)):
    model = keras.Sequential([keras.Input((2,)), *hidden, layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer, "binary_crossentropy", metrics=list(metrics))
    return model


def line(learning_rate=0.01):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


def two_metrics(learning_rate=0.01):
    hidden = layers.Dense(8, activation="tanh"), layers.Dense(8, activation="tanh")
    metrics = "accuracy", "mae"
    return net(keras.optimizers.SGD(learning_rate), *hidden, metrics=metrics)


def dropout(learning_rate=0.01):
    return net(keras.optimizers.Adam(learning_rate), layers.Dense(8), layers.Dropout(0.5))


def normalized(learning_rate=0.01):
    # A bias before it has a gradient of rounding errors, and RMSprop makes full steps of these.
    hidden = layers.Dense(8, use_bias=False), layers.BatchNormalization()
    return net(keras.optimizers.RMSprop(learning_rate), *hidden)


def unbuilt(learning_rate=0.01):
    """Of layers without an input, one of them with code of one's own."""
    model = keras.Sequential([layers.Dense(4), layers.Lambda(lambda x: x * x), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate, momentum=0.9), "mse")
    return model


def scaled(learning_rate=0.01):
    """Of an optimizer that wraps another, as mixed_float16 has it."""
    model = line()
    inner = keras.optimizers.SGD(learning_rate)
    model.compile(keras.optimizers.LossScaleOptimizer(inner), "mse")
    return model


def deep(units, learning_rate=0.01):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(units), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


def halved(learning_rate=0.01):
    model = line()
    model.compile(keras.optimizers.SGD(learning_rate / 2), "mse")
    return model


def decayed(learning_rate=0.01):
    model = line()
    schedule = keras.optimizers.schedules.ExponentialDecay(learning_rate, 2, 0.9)
    model.compile(keras.optimizers.SGD(schedule), "mse")
    return model


def averaged(learning_rate=0.01):
    model = line()
    model.compile(keras.optimizers.SGD(learning_rate, use_ema=True), "mse")
    return model


def noisy(scale=1.0):
    """Draws from the generator that shuffles, and changes numbers only."""
    model = line()
    model.set_weights([scale * np.random.normal(size=(2, 1)), np.zeros(1)])  # noqa: NPY002
    return model


def plain(build, parameters, seed, data, epochs, batch_size):
    """(history, weights) of what a script would do."""
    keras.utils.set_random_seed(seed)
    model = build(**parameters)
    arguments = {"batch_size": batch_size, "epochs": epochs, "validation_data": data[1]}
    history = model.fit(*data[0], **arguments, verbose=0).history
    return history, model.get_weights()


def fused(build, parameters, seed, data, epochs, batch_size):
    """The same, bit for bit (test_fused.py), and compiled once."""
    run = training.Run(build, parameters, epochs=epochs, batch_size=batch_size, seed=seed)
    run.fit(*(part and training.fused.Table(*part) for part in data))
    return run.history, run.model.get_weights()


def check(found, build, data, fit=fused, batch_size=32, members=None):
    """Asserts that members have the history and the weights of fits of their own."""
    for i in members or range(len(found)):
        parameters = dict(found.parameters[i])
        seed = parameters.pop("seed")
        history, weights = fit(build, parameters, seed, data, found.epochs, batch_size)
        assert set(found.history) == set(history)
        for name, values in history.items():
            mine = found.history[name][i]
            np.testing.assert_allclose(mine, values, rtol=1e-5, atol=1e-5, err_msg=name)
        for mine, weight in zip(found.weights_of[i], weights, strict=True):
            np.testing.assert_allclose(mine, weight, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("build", [two_metrics, dropout, normalized, unbuilt, scaled])
def test_each_member_is_its_own_fit(build):
    data = (X, Y), VAL
    found = sweep(build, data, learning_rate=RATES[1:], seeds=[0, 7], epochs=3)
    assert [one["seed"] for one in found.parameters] == [0, 7, 0, 7]
    assert all(a.shape == (4, 3) and a.dtype == "float32" for a in found.history.values())
    assert "val_loss" in found.history
    assert (found.plain, found.compiled) == (None, ())
    check(found, build, data, plain, members=[0, 3] if build is dropout else [3])


@pytest.mark.parametrize("batch_size", [36, 1000])
def test_batches_that_do_not_divide(batch_size):
    data = (X, Y), (X[:40], Y[:40])
    found = sweep(line, data, learning_rate=RATES, epochs=2, batch_size=batch_size)
    check(found, line, data, batch_size=batch_size)


def test_units_are_compiled_in():
    found = sweep(deep, (X, Y), units=[2, 3], learning_rate=RATES[1:], epochs=2)
    assert found.compiled == ("units",)
    assert "units is compiled in" in repr(found)
    assert [len(weights[1]) for weights in found.weights_of] == [2, 2, 3, 3]
    check(found, deep, ((X, Y), None))


@pytest.mark.parametrize(
    ("build", "axes", "compiled"),
    [
        (halved, {"learning_rate": RATES[:2]}, ()),
        (decayed, {"learning_rate": RATES[:2]}, ("learning_rate",)),
        (noisy, {"scale": [0.5, 1.5]}, ()),
    ],
)
def test_an_axis_does_what_build_makes_of_it(build, axes, compiled):
    found = sweep(build, (X, Y), **axes, epochs=2)
    assert found.compiled == compiled
    check(found, build, ((X, Y), None))


def test_seeds_alone():
    found = sweep(line, (X, Y), seeds=range(3), epochs=2)
    assert found.axes == {"seed": [0, 1, 2]}
    kernels = [kernel for kernel, bias in found.weights_of]
    assert len({kernel.tobytes() for kernel in kernels}) == 3
    check(found, line, ((X, Y), None))


def test_the_model_takes_the_weights():
    found = sweep(line, ((X, Y), VAL), learning_rate=RATES, epochs=3)
    for i in range(3):
        found.model.set_weights(found.weights_of[i])
        loss = found.model.evaluate(*VAL, verbose=0, return_dict=True)["loss"]
        np.testing.assert_allclose(found.history["val_loss"][i, -1], loss, rtol=1e-5)


def test_a_member_that_diverges_leaves_the_others():
    found, alone = (
        sweep(line, (X, Y), learning_rate=[0.01, rate, 0.03], epochs=20) for rate in (1e3, 0.02)
    )
    assert not np.isfinite(found.history["loss"][1, -1])
    assert "2 members" in repr(found)
    for i in (0, 2):
        for mine, other in zip(found.weights_of[i], alone.weights_of[i], strict=True):
            np.testing.assert_array_equal(mine, other)
    np.testing.assert_array_equal(found.history["loss"][[0, 2]], alone.history["loss"][[0, 2]])
    check(found, line, ((X, Y), None), members=[0, 2])


@pytest.mark.parametrize("seeds", [[0], [0, 1, 2, 3, 4]])
def test_members_that_do_not_fit_in_memory_go_in_parts(monkeypatch, seeds):
    keep, parts = population.Sweep.keep, {}
    monkeypatch.setattr(
        population.Sweep,
        "keep",
        lambda self, some, *a: parts.update({some.tobytes(): some.shape}) or keep(self, some, *a),
    )
    start = members.start(line, {}, 0, training.fused.Table(X, Y))
    step = compiled.Functions(start.model).step
    member = members.footprint(step, start.state, [X[:32], Y[:32]])
    assert member > 4 * X[:32].size
    monkeypatch.setattr(members, "MEMORY", 3.5 * member)
    found = sweep(line, (X, Y), learning_rate=[*RATES, 0.1, 0.2], seeds=seeds, epochs=2)
    sizes = [*parts.values()]
    assert len(set(sizes)) == 1
    assert 1 < np.prod(sizes[0]) <= 3
    assert len(sizes) * np.prod(sizes[0]) >= len(found)
    check(found, line, ((X, Y), None))


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


def test_other_rates_compile_nothing(compilations):
    training.store.clear()
    sweep(line, ((X, Y), VAL), learning_rate=RATES, epochs=3)
    assert compilations
    compilations.clear()
    sweep(line, ((X, Y), VAL), learning_rate=[0.2, 0.3, 0.4], epochs=20)
    assert compilations == []


def test_compiled_code_is_freed_with_the_store():
    sweep(line, (X, Y), learning_rate=RATES, epochs=1)
    model = members.start(line, {}, 0, training.fused.Table(X, Y)).model
    functions, found = training.store.functions(model, training.fused.Table(X, Y))
    gone = weakref.ref(functions.members)
    del functions
    training.store.clear()
    gc.collect()
    assert (found, gone()) == (True, None)


def test_progress_and_stop(monkeypatch):
    monkeypatch.setattr(compiled.Loop, "MOST", 1)  # an epoch a call
    seen = []

    def on_change(found):
        seen.append(int(np.isfinite(found.history["loss"][0]).sum()))
        assert None not in found.weights_of

    found = sweep(
        line,
        (X, Y),
        learning_rate=RATES,
        epochs=50,
        on_change=on_change,
        stop=lambda: len(seen) >= 4,
    )
    assert found.stopped
    assert "stopped" in repr(found)
    assert seen == [1, 2, 3, 4]
    assert np.isfinite(found.history["loss"]).sum(axis=1).tolist() == [4, 4, 4]
    first = sweep(line, (X, Y), learning_rate=RATES, epochs=4)
    np.testing.assert_array_equal(found.weights_of[0][0], first.weights_of[0][0])


def test_a_cell_that_waits_long_sees_how_far_it_is(monkeypatch, capsys):
    arguments = {"learning_rate": RATES, "epochs": 2}
    sweep(line, (X, Y), **arguments)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(population, "BAR", 0)
    sweep(line, (X, Y), **arguments)
    assert "6/6" in capsys.readouterr().out


def test_stopped_before_it_began():
    found = sweep(line, (X, Y), learning_rate=RATES, stop=lambda: True)
    assert found.stopped
    assert found.history == {}
    assert found.weights_of == [None] * 3


def test_moving_averages_have_a_fit_each():
    found = sweep(averaged, (X, Y), learning_rate=RATES[:2], epochs=2)
    assert "moving averages" in found.plain
    check(found, averaged, ((X, Y), None))


def test_another_backend_has_a_fit_each(monkeypatch, capsys):
    arguments = {"learning_rate": RATES[:2], "seeds": [0, 1], "epochs": 2}
    together = sweep(line, ((X, Y), VAL), **arguments)
    monkeypatch.setattr(population, "BAR", 0)
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    found = sweep(line, ((X, Y), VAL), **arguments)
    assert "torch" in found.plain
    assert found.plain in repr(found)
    assert "8/8" in capsys.readouterr().out
    assert list(found.history) == list(together.history)
    for name, values in together.history.items():
        np.testing.assert_allclose(found.history[name], values, rtol=1e-5)


def test_what_build_raises_is_raised(monkeypatch):
    with pytest.raises(ValueError, match="units"):
        sweep(deep, (X, Y), units=[0])
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ValueError, match="units"):
        sweep(deep, (X, Y), units=[0])


def ignores_rate(learning_rate):
    return line()


def ignores_units(units, learning_rate):
    return line(learning_rate)


def no_model(learning_rate):
    return learning_rate


BAD = X.copy()
BAD[5, 1] = np.nan


@pytest.mark.parametrize(
    ("build", "arguments", "error", "message"),
    [
        (line, {"learning_rate": []}, ValueError, r"learning_rate is list \[\]; give a list"),
        (
            line,
            {"learning_rate": [0.1, -0.5]},
            ValueError,
            r"learning_rate\[1\] is -0.5; give a number",
        ),
        (line, {"learning_rate": [0.0]}, ValueError, r"learning_rate\[0\] is 0.0; give a number"),
        (
            line,
            {"learning_rate": [float("nan")]},
            ValueError,
            r"learning_rate\[0\] is nan; give a number",
        ),
        (line, {"learning_rate": ["fast"]}, TypeError, r"learning_rate\[0\] is 'fast'; give a"),
        (line, {"learning_rate": 0.1}, TypeError, "learning_rate is 0.1; give a list"),
        (line, {"optimizer": "sgd"}, TypeError, "optimizer is 'sgd'; give a list"),
        (line, {"seeds": 3}, TypeError, "seeds is 3"),
        (line, {"seeds": []}, ValueError, r"seeds is list \[\]; give a list of 1 to"),
        (line, {"seeds": [-1]}, ValueError, r"seeds\[0\] is -1; give a whole number"),
        (line, {"seed": [1, 2]}, ValueError, r"give seeds=\[1, 2\]"),
        (line, {"epochs": 0}, ValueError, "epochs is 0"),
        (line, {"batch_size": 0.5}, ValueError, "batch_size is 0.5"),
        (line, {"units": [1, 2]}, TypeError, r"line\(\) has no argument units=\[1, 2\]"),
        (ignores_rate, {"learning_rate": [0.1, 0.2]}, ValueError, "it ignores learning_rate"),
        (ignores_rate, {"learning_rate": [0.1]}, ValueError, "it ignores learning_rate"),
        (
            ignores_units,
            {"units": [1, 2], "learning_rate": [0.1]},
            ValueError,
            "it ignores units",
        ),
        (no_model, {"learning_rate": [0.1]}, TypeError, "must return a compiled keras.Model"),
        (line, {"data": (BAD, Y)}, ValueError, "x has 1 NaN or infinite value, .* row 5"),
        (line, {"data": ((X, Y), (BAD, Y))}, ValueError, "x_val has 1 NaN"),
        (line, {"data": (X, Y[:3])}, TypeError, "one target for each"),
    ],
)
def test_bad_input_gets_one_message(build, arguments, error, message):
    with pytest.raises(error, match=message):
        sweep(build, **{"data": (X, Y)} | arguments)
