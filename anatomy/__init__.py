"""The anatomy of a neural network, to look at and to play with.

The rooms, from the ground up (imports run one way, upwards)::

    facts and training             draw                  labs
    ------------------             ----                  ----
    data        small data sets    training_loop  ...    fit     your build() on sliders
    training    fit(), instant     history        ...    step    one training step, opened
    layers      what clips on      layer, tensor  ...    dense, conv, lstm   a layer, opened
    check       exercises          bricks         ...    bricks  a stack to build and mend
    models      a graph of layers  model          ...    model   its topology on sliders
    hypotheses  members, a path    search         ...    hypotheses  a target, and the search
    losses      what is asked      ctc            ...    ctc     a label without places
    optimizers  how weights move   optimizer      ...    update, race, sweep   how steps are made
    predictions and the truth      confusion      ...    workflow   the whole chapter

Facts are NumPy arrays and Keras objects. ``draw`` turns facts into a
``Picture``; ``labs`` gives a picture controls and a training run.

Keras needs a backend before it is first imported. When none was chosen (by
the environment or by a Keras already imported), ``anatomy`` chooses JAX,
where a fit of a small model is fastest. Of the processor's cores it leaves one
to the notebook, unless ``NPROC`` says how many XLA may use: small models train
faster so (large convolutions slower), and their pictures appear much sooner.
Importing ``anatomy`` does nothing else and imports nothing heavy: the rooms
load when they are first entered.
"""

import importlib
import os
import sys

if "keras" not in sys.modules:
    os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("NPROC", str(max(1, (os.cpu_count() or 1) - 1)))

__version__ = "0.1.0"
__all__ = [
    "check",
    "data",
    "draw",
    "hypotheses",
    "labs",
    "layers",
    "losses",
    "models",
    "optimizers",
    "predictions",
    "training",
]


def __getattr__(name):
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
