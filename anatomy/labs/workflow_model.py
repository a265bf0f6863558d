"""A workflow as a real Keras model, as the script that makes it, and as what would mend it."""

import functools
import textwrap
from dataclasses import replace

import numpy as np

from anatomy import data
from anatomy.labs.brick import from_layer
from anatomy.labs.workflow_state import KINDS, MOST, OPTIMIZERS, stacked, usual
from anatomy.layers import stack
from anatomy.layers.symbolic import unseen
from anatomy.losses import diagnose

PREDICTORS = 8


@functools.cache
def split(name):
    """The data of a workflow; "digits images" are ``data.digits("images")``."""
    function, *kind = name.split()
    return getattr(data, function)(*kind)


def layers_of(kinds):
    """The layers of a State, as new ``keras.layers.Layer``."""
    import keras

    return [
        getattr(keras.layers, KINDS[kind][0])(**dict(zip(KINDS[kind][1], values, strict=True)))
        for kind, *values in kinds
    ]


def judge(state):
    """The `Stack` of a State; one that leaves positions or timesteps over does not fit either."""
    return _judged(state.data, state.layers)


@functools.lru_cache(maxsize=64)  # a learning rate that is dragged changes nothing here
def _judged(name, kinds):
    shape, asked = split(name).x_train.shape[1:], (usual(name)[0],)
    with unseen():
        made = stack(shape, layers_of(kinds))
        if not made.fits or len(made.joints[-1].output_shape) != 2:
            made = stack(shape, layers_of(kinds), outputs=asked)
    return made


def build(state):
    """The compiled ``keras.Sequential`` of a State: just what its `script` writes."""
    import keras

    shape = split(state.data).x_train.shape[1:]
    model = keras.Sequential([keras.Input(shape), *layers_of(state.layers)])
    model.compile(
        optimizer=getattr(keras.optimizers, OPTIMIZERS[state.optimizer])(learning_rate=state.rate),
        loss=state.loss,
        metrics=None if state.metric == "none" else [state.metric],
    )
    return model


def made(state):
    """The data and layers of a State: with these the same, no other model is made."""
    return state.data, state.layers


class Predictors:
    """Compiled models to predict with, one for each stack of late: a run's own would compile."""

    def __init__(self):
        self._models, self._last = {}, (None, None)

    def __call__(self, state, model):
        """What a model of this State predicts for its validation data."""
        import keras

        if self._last[0] is not model:
            one = self._models.pop(made(state), None) or keras.models.clone_model(model)
            self._models = dict([*self._models.items(), (made(state), one)][-PREDICTORS:])
            one.set_weights(model.get_weights())
            self._last = model, np.asarray(one.predict(split(state.data).x_val, verbose=0))
        return self._last[1]


def script(state, made, note=""):
    """The workflow as plain Keras, which runs by itself to the same loss.

    Args:
        made: the `Stack` of the State.
        note: what there is to say about it, as a comment at the top.
    """
    calls = [f"keras.Input({made.input_shape[1:]!r})", *(joint.call for joint in made.joints)]
    stacked = "\n".join(f"        {call}," for call in calls)
    optimizer = f"{OPTIMIZERS[state.optimizer]}(learning_rate={state.rate!r})"
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
{stacked}
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
    batch_size={state.batch},
    epochs={state.epochs},
)
print("loss", history.history["loss"][-1])

# Where is it wrong? In a notebook, after: from anatomy import draw
predictions = model.predict(split.x_val)
# {see}
"""


def mended(state, findings=()):
    """The State with a stack that fits, and where the loss doctor found something an end that fits.

    Returns:
        State, or None where there is nothing to mend, or nothing simple mends it.
    """
    units, activation, loss, metric = usual(state.data)
    made, layers = judge(state), state.layers
    if made.fits and not findings:
        return None
    if not made.fits:
        try:
            with unseen():
                layers = tuple(map(said, made.repair()))
        except ValueError:  # nothing simple mends it, or it has no words in the line
            return None
    fitting = ("dense", units, activation)
    layers = (*layers[:-1], fitting) if layers[-1][0] == "dense" else (*layers, fitting)
    if len(layers) > MOST:
        return None
    metric = metric if state.metric != "none" else "none"
    new = replace(state, layers=layers, loss=loss, metric=metric)
    return new if judge(new).fits and not found(new) else None


def found(state):
    """What the loss doctor says of a State that fits."""
    with unseen(values=True):
        return diagnose(build(state), split(state.data).y_train)


def said(layer):
    """A layer as the tuple that a State has; a ValueError where the line has no words for it."""
    brick = from_layer(layer)
    settings = brick["settings"]
    for kind, (name, known) in KINDS.items():
        if name == brick["type"]:
            extra = {n: v for n, v in settings.items() if n not in known}
            if brick["more"] or extra.items() - {"strides": 1, "padding": "valid"}.items():
                break
            values = (settings[name] for name in known)
            return kind, *(tuple(v) if isinstance(v, list) else v for v in values)
    raise ValueError(f"A workflow has no words for {layer!r}.")


def label(state, others):
    """What tells a State from others, such as "adam 0.01, seed 1"."""
    parts = []
    if any(state.layers != other.layers for other in others):
        same = all(len(other.layers) == len(state.layers) for other in others)
        differ = [
            one
            for k, one in enumerate(state.layers)
            if not same or any(other.layers[k] != one for other in others)
        ]
        parts.append(stacked(tuple(differ)))
    for names, text in (
        (("loss",), state.loss),
        (("optimizer", "rate"), f"{state.optimizer} {state.rate!r}"),
        (("epochs",), f"epochs {state.epochs}"),
        (("batch",), f"batch {state.batch}"),
        (("seed",), f"seed {state.seed}"),
    ):
        if any(getattr(state, n) != getattr(other, n) for other in others for n in names):
            parts.append(text)
    return ", ".join(parts)
