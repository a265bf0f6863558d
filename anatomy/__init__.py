"""The anatomy of a neural network, to look at and to play with.

One concept, one folder, three files: ``facts.py`` holds what is true (NumPy arrays and Keras
objects), ``draw.py`` turns facts into marks on a sheet and the sentence that says the same, and
``lab.py`` gives the picture controls and a run. Imports run that way and no other::

    fit         history  loop  step                                       chapter 1
    layers      tensor  card  dense  conv  lstm  stacks  bricks                   2
    models      graph  blocks  comparison  layout  settings                       3
    hypotheses  space  search                                                     4
    losses      curve  ctc  doctor  outlier  shortcut                             5
    optimizers  update  race  sweep  divergence  landscape  schedule              6
    workflow    predictions  workflow                                             7

    explain     what went wrong in a student's own cell: ``%load_ext anatomy``

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

import functools
import importlib.util
import os
import sys

BACKENDS = "jax", "torch", "tensorflow"  # with which Keras trains

if "keras" not in sys.modules:
    os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("NPROC", str(max(1, (os.cpu_count() or 1) - 1)))

__version__ = "0.2.0"
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


@functools.cache
def check_environment():
    """Raises where the backend that was chosen cannot train here.

    Raises:
        ImportError: that names the environment variable, and what would do.
    """
    do = "before Python starts (in a notebook: restart the kernel), or leave it out."
    chosen = os.environ.get("KERAS_BACKEND", "jax")
    if "keras" not in sys.modules:
        package = chosen if chosen in BACKENDS else None
        if package is None or importlib.util.find_spec(package) is None:
            why = f"{package} is not installed" if package else "Keras trains nothing with it"
            raise ImportError(f"KERAS_BACKEND={chosen}, and {why}: set KERAS_BACKEND=jax {do}")
    platforms = os.environ.get("JAX_PLATFORMS", "")
    if chosen == "jax" and platforms and "cpu" not in platforms:
        import jax

        try:
            jax.devices()
        except Exception as error:  # of many kinds, an AssertionError without a word among them
            raise ImportError(
                f"JAX_PLATFORMS={platforms}, and JAX finds no such device: set "
                f"JAX_PLATFORMS=cpu {do}"
            ) from error


def load_ipython_extension(shell):
    """``%load_ext anatomy``: errors of Keras's are explained beneath their cell."""
    importlib.import_module(f"{__name__}.explain.lab").load(shell)


def unload_ipython_extension(shell):
    """``%unload_ext anatomy``: nothing is explained any more."""
    importlib.import_module(f"{__name__}.explain.lab").unload(shell)


def __getattr__(name):
    if name in __all__:
        check_environment()
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
