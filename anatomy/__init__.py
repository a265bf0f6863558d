"""The anatomy of a neural network, to look at and to play with.

One concept, one folder, three files: ``facts.py`` holds what is true (NumPy arrays and Keras
objects), ``draw.py`` turns facts into marks on a sheet and the sentence that says the same, and
``lab.py`` gives the picture controls and a run. Imports run that way and no other::

    fit         history  loop  step                                       chapter 1
    layers      tensor  card  dense  conv  lstm  bricks                           2
    models      graph                                                             3
    hypotheses  space  search                                                     4
    losses      curve  ctc  doctor  outlier  shortcut                             5
    optimizers  update  race  sweep  divergence  landscape  schedule              6
    workflow    predictions  workflow                                             7

    training    Keras fit(), made instant           check   exercises, judged by what answers do
    data        small data sets, a gate for yours   base    what every concept is made of

``draw``, ``labs`` and ``predictions`` are doors: names and a map, nothing else.

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
