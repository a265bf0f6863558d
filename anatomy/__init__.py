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

``draw``, ``labs`` and ``predictions`` are doors: names and a map, nothing else. ``lazy`` has Keras
and JAX, which are imported when something of them is first used.

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
#: Variables that name what this machine may not have -> what would do.
WORKS = {
    "KERAS_BACKEND": "jax",
    "NPROC": "1",
    "MPLBACKEND": "agg",
    "JAX_PLATFORMS": "cpu",
    "JAX_PLATFORM_NAME": "cpu",
    "JAX_DISABLE_JIT": "0",
}

if "keras" not in sys.modules:
    os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "jax"
os.environ["NPROC"] = os.environ.get("NPROC") or str(max(1, (os.cpu_count() or 1) - 1))

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
    """Raises where an environment variable has a value with which nothing trains or draws here.

    Raises:
        ImportError: that names the variable, and what would do.
    """
    given = {name: value for name, value in os.environ.items() if value}
    chosen = given.get("KERAS_BACKEND", "jax")
    if not ("keras" in sys.modules or (chosen in BACKENDS and importlib.util.find_spec(chosen))):
        why = "is not installed" if chosen in BACKENDS else "is none with which Keras trains"
        raise _wrong(["KERAS_BACKEND"], f"{chosen!r} {why}")
    if not given["NPROC"].isdecimal() or not int(given["NPROC"]):
        raise _wrong(["NPROC"], "that is no number of cores, 1 or more")
    for package, prefix in ("jax", "JAX_"), ("matplotlib", "MPLBACKEND"):
        # Loaded here only where a variable of its own is set, and not by Jupyter.
        names = [n for n in given if n.startswith(prefix) and given[n][:7] != "module:"]
        if not names or (package in BACKENDS and package != chosen):
            continue
        try:
            loaded = importlib.import_module(package)
            if package == "jax":
                loaded.jit(abs).lower(1.0).compile()(1.0)
        except Exception as error:  # of many kinds, an AssertionError without a word among them
            told = [name for name in names if name.lower() in str(error).lower()]
            told = told or WORKS.keys() & names or names
            raise _wrong(told, f"{package} cannot start with it") from error


def _wrong(names, why):
    given = " and ".join(f"{name}={os.environ[name]}" for name in names)
    good = "".join(f", or set {name}={WORKS[name]}," for name in names if name in WORKS)
    return ImportError(
        f"{given}, and {why}: leave it out{good} before Python starts (in a notebook: restart "
        "the kernel)."
    )


def load_ipython_extension(shell):
    """``%load_ext anatomy``: errors of Keras's are explained beneath their cell."""
    importlib.import_module(f"{__name__}.explain.lab").load(shell)


def unload_ipython_extension(shell):
    """``%unload_ext anatomy``: nothing is explained any more."""
    importlib.import_module(f"{__name__}.explain.lab").unload(shell)


def __getattr__(name):
    if name in __all__:
        if name != "data":  # of NumPy alone
            check_environment()
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
