"""The trainings behind a verdict: real ``fit()``s, from fixed seeds."""

from anatomy.training import Run, tables, training

SEEDS = (0, 1, 2)  # an answer that is right by luck is right on one of them


def built(build):
    """What ``build()`` returns; raises a TypeError unless it is a compiled ``keras.Model``."""
    return Run(build, {}, epochs=1, batch_size=32).built()


def run(build, data, *, epochs, batch_size=32, seed=0):
    """One `training.Run` of ``build()`` on these data; raises what stopped it."""
    with training:
        one = Run(build, {}, epochs=epochs, batch_size=batch_size, seed=seed)
        one.fit(*tables(data))
    if one.error is not None:
        raise one.error
    return one


def runs(build, data, *, epochs, batch_size=32):
    """A run for each of `SEEDS`."""
    return [run(build, data, epochs=epochs, batch_size=batch_size, seed=s) for s in SEEDS]


def alone(last, loss, shape):
    """A compiled model of this layer and no other; the layer that is given stays as it is."""
    import keras

    copy = type(last).from_config(last.get_config())
    model = keras.Sequential([keras.Input(shape), copy])
    model.compile(keras.optimizers.Adam(0.05), loss)
    return model
