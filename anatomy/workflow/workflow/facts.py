"""A workflow as a real Keras model, as the script that creates it, and as what would repair it."""

import functools
import textwrap
from dataclasses import replace

import numpy as np

from anatomy import data
from anatomy.layers import stack
from anatomy.layers.bricks.facts import label as spelled
from anatomy.layers.bricks.facts import new, settings
from anatomy.layers.code import arguments
from anatomy.layers.symbolic import unseen
from anatomy.lazy import keras
from anatomy.losses import diagnose
from anatomy.workflow.workflow.line import KINDS, MOST, NEW, OPTIMIZERS, usual, written

NAMES = {kind: name for name, (kind, _) in KINDS.items()}
#: The layers of a workflow -> their settings, at what a new one has.
PLAIN = {kind: {name: NEW[name] for name in names} for kind, names in KINDS.values()}


@functools.cache
def split(name):
    """The data of a workflow; "digits images" are ``data.digits("images")``."""
    function, *kind = name.split()
    return getattr(data, function)(*kind)


def lines(layers):
    """Layers of Keras as the tuples of a State.

    Raises:
        ValueError: where the line of a workflow has no words for a layer.
    """
    tuples = []
    for layer in layers:
        kind = type(layer).__name__
        names = PLAIN.get(kind, ())
        if kind not in PLAIN or {*arguments(layer)} - {*names, "name"}:
            raise ValueError(f"A workflow has no words for {spelled(layer)}.")
        values = settings(layer)
        tuples.append((NAMES[kind], *(values[name] for name in names)))
    return tuple(tuples)


def layers_of(layers):
    """The layers of a State, as new ``keras.layers.Layer``."""
    return [
        new(KINDS[kind][0], dict(zip(KINDS[kind][1], values, strict=True)))
        for kind, *values in layers
    ]


def judge(state):
    """The `Stack` of a State; one that leaves positions or timesteps over does not fit either."""
    return _judged(state.data, state.layers)


@functools.lru_cache(maxsize=64)  # a learning rate that is dragged changes nothing here
def _judged(name, layers):
    shape, outputs = split(name).x_train.shape[1:], (usual(name)[0],)
    with unseen():
        judged = stack(shape, layers_of(layers))
        if not judged.fits or len(judged.shapes[-1]) != 2:
            judged = stack(shape, layers_of(layers), outputs=outputs)
    return judged


def build(state):
    """The compiled ``keras.Sequential`` of a State: just what its `script` writes."""
    model = _model(state.data, state.layers)
    optimizer = getattr(keras.optimizers, OPTIMIZERS[state.optimizer])
    model.compile(
        optimizer=optimizer(learning_rate=state.learning_rate),
        loss=state.loss,
        metrics=None if state.metric == "none" else [state.metric],
    )
    return model


def predictions(state, model, x):
    """What a model of this State outputs for these samples."""
    predictor = _predictor(state.data, state.layers)
    predictor.set_weights(model.get_weights())
    return np.asarray(predictor.predict(x, verbose=0))


def _model(name, layers):
    return keras.Sequential([keras.Input(split(name).x_train.shape[1:]), *layers_of(layers)])


_predictor = functools.lru_cache(maxsize=8)(_model)  # to predict with: a run's own would compile


def script(state):
    """The workflow as plain Keras, which runs by itself to the same loss."""
    judged, note = judge(state), ""
    if broken := judged.broken:
        note = f"It does not fit at layer {broken.index + 1}. {broken.why}"
    calls = [f"keras.Input({judged.input_shape[1:]!r})", *(joint.call for joint in judged.joints)]
    layers = "\n".join(f"        {call}," for call in calls)
    optimizer = f"{OPTIMIZERS[state.optimizer]}(learning_rate={state.learning_rate!r})"
    metrics = "" if state.metric == "none" else f'    metrics=["{state.metric}"],\n'
    see = "draw.mistakes(split.x_val, split.y_val, predictions, split.classes)"
    if split(state.data).classes:
        see += "\n# draw.confusion(split.y_val, predictions, split.classes)"
    head = "".join(f"# {line}\n" for line in textwrap.wrap(note, 90))
    return f"""\
{head}from anatomy import data  # first: it chooses the JAX backend
import keras
from keras import layers

# 1. Define the data
split = {split(state.data).code}

# 2. Define the model
keras.utils.set_random_seed({state.seed})
model = keras.Sequential(
    [
{layers}
    ]
)

# 3. Configure the learning process
model.compile(
    optimizer=keras.optimizers.{optimizer},
    loss="{state.loss}",
{metrics})

# 4. Iterate over the training data
history = model.fit(
    split.x_train,
    split.y_train,
    validation_data=(split.x_val, split.y_val),
    batch_size={state.batch_size},
    epochs={state.epochs},
)
print("loss", history.history["loss"][-1])

# Where is it wrong? In a notebook, after: from anatomy import draw
predictions = model.predict(split.x_val)
# {see}
"""


def findings(state):
    """The findings of the loss doctor for a State that fits."""
    with unseen(values=True):
        return diagnose(build(state), split(state.data).y_train)


def repaired(state, found=()):
    """The State with a stack that fits, and an end that does where the loss doctor objects.

    Returns:
        State, or None where there is nothing to repair, or nothing simple repairs it.
    """
    judged, layers = judge(state), state.layers
    if judged.fits and not found:
        return None
    units, activation, loss, metric = usual(state.data)
    if not judged.fits:
        try:
            with unseen():
                layers = lines(judged.repair())
        except ValueError:  # nothing simple repairs it, or the line has no words for it
            return None
    end = ("dense", units, activation)
    layers = (*layers[:-1], end) if layers[-1][0] == "dense" else (*layers, end)
    if len(layers) > MOST:
        return None
    metric = metric if state.metric != "none" else "none"
    better = replace(state, layers=layers, loss=loss, metric=metric)
    return better if judge(better).fits and not findings(better) else None


def label(state, others):
    """What tells a State from others, such as "adam 0.01, seed 1"."""
    parts = []
    if any(state.layers != other.layers for other in others):
        alike = all(len(other.layers) == len(state.layers) for other in others)
        parts.append(written(
            one
            for k, one in enumerate(state.layers)
            if not alike or any(other.layers[k] != one for other in others)
        ))  # fmt: skip
    for names, text in (
        (("loss",), state.loss),
        (("optimizer", "learning_rate"), f"{state.optimizer} {state.learning_rate!r}"),
        (("epochs",), f"epochs {state.epochs}"),
        (("batch_size",), f"batch {state.batch_size}"),
        (("seed",), f"seed {state.seed}"),
    ):
        if any(getattr(state, n) != getattr(other, n) for other in others for n in names):
            parts.append(text)
    return ", ".join(parts)
