"""Shared by all tests: the backend, compiled code on disk, who runs what, and memory."""

import os

import memory
import pytest

import anatomy  # before any test imports Keras: it chooses the backend

#: What begins first, so that no process waits for another at the end.
LONGEST = "notebooks/0", "tests/browser/", "tests/exercises/"


def pytest_configure(config):
    import notebook_items

    config.pluginmanager.register(notebook_items)
    if getattr(config.option, "numprocesses", None):  # its workers run the tests
        return
    import jax

    if folder := anatomy.training.cache_on_disk(config.cache.mkdir("compiled")):
        for name in (
            "jax_compilation_cache_dir",
            "jax_persistent_cache_min_compile_time_secs",
            "jax_persistent_cache_min_entry_size_bytes",
        ):  # for kernels and scripts
            os.environ[name.upper()] = str(getattr(jax.config, name))
    assert folder


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """What stays together: a notebook's cells, that share a kernel; a file's tests."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return "tests/browser" if file.startswith("tests/browser/") else file

    return Scheduling(config, log)


def pytest_collection_modifyitems(items):
    """The longest first."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(autouse=True, scope="module")
def _little_memory():
    """A process runs many files: it does not keep what each has compiled."""
    yield
    memory.trim()
