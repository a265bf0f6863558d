"""Shared by all tests: the backend, compiled code on disk, who runs what, and memory."""

import collections
import gc
import os

import memory
import pytest
import quick

import anatomy  # before any test imports Keras: it chooses the backend

#: JAX's settings, which its processes inherit.
VARIABLES = (
    "JAX_COMPILATION_CACHE_DIR",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES",
)
CHAPTER, PROBLEMS = "notebooks/0", "tests/exercises/test_problems.py"


def pytest_configure(config):
    import notebook_items

    config.pluginmanager.register(notebook_items)
    if not getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput"):
        share_compiled_code(config)


def share_compiled_code(config):
    """What one process has compiled, all have: workers, kernels of notebooks, scripts."""
    if VARIABLES[0] in os.environ or not hasattr(config, "cache"):  # -p no:cacheprovider
        return
    import jax

    if anatomy.training.cache_on_disk(config.cache.mkdir("compiled")):
        os.environ |= {name: str(getattr(jax.config, name.lower())) for name in VARIABLES}


def group(nodeid):
    """What stays in one process: a notebook's cells, that share a kernel; a set; a file's tests."""
    file = nodeid.partition("::")[0]
    if file.startswith("tests/browser/"):
        return "tests/browser"
    return nodeid.partition("-")[0] if file == PROBLEMS else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Shares the groups out among the processes."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group(nodeid)

    return Scheduling(config, log)


def pytest_collection_modifyitems(items):
    """The longest first, so that no process waits for another at the end."""
    cells = collections.Counter(group(item.nodeid) for item in items)

    def place(item):
        file = group(item.nodeid)
        if file.startswith(CHAPTER):
            return 0, -cells[file]
        return (1 if file.startswith(("tests/browser", PROBLEMS)) else 2), 0

    items.sort(key=place)


def pytest_collection_finish():
    """The collector passes over what is loaded by now, and looks through all the rest less often.

    Of 35 s of CPU that the tests of two pictures took, 6 were its own.
    """
    gc.freeze()
    gc.set_threshold(700, 10, 50)


@pytest.fixture(scope="module")
def quick_weights():
    """Initial weights from NumPy: Keras's own compile once for each new shape."""
    import keras
    import numpy as np

    random = np.random.default_rng(0)

    def drawn(self, shape, dtype="float32", **_):
        return keras.ops.convert_to_tensor(random.normal(size=shape), dtype)

    initializers = keras.initializers
    with pytest.MonkeyPatch.context() as patch:
        for kind in (initializers.VarianceScaling, initializers.Orthogonal, initializers.Zeros):
            patch.setattr(kind, "__call__", drawn)
        yield


@pytest.fixture(scope="module", autouse=True)
def _compiler(request):
    """A file whose tests are of the last digit is marked "exact": nothing is hurried there."""
    quick.hurry(request.node.get_closest_marker("exact") is None)
    yield
    os.environ.pop("XLA_FLAGS", None)


@pytest.fixture(autouse=True)
def _exact(request):
    """So is a single test."""
    single = any(mark.name == "exact" for mark in request.node.own_markers)
    if single:
        quick.hurry(False)
    yield
    if single:
        quick.hurry()


@pytest.fixture(autouse=True)
def _little_memory():
    """A process runs many tests: it does not keep all that each has compiled."""
    yield
    memory.trim()
