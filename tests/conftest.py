"""Shared by all tests: the backend is chosen first; two processes share the tests out."""

import pytest

import anatomy  # noqa: F401  (before any test imports Keras)

SWEEP = "::test_every_control_of["


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """What stays together: a notebook's cells, that share a kernel; the browser's tests; a file's.

    The sweeps over all controls take a minute a notebook: each goes by itself.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file, _, test = nodeid.partition("::")
            if file.startswith("tests/browser/"):
                return "tests/browser"
            return nodeid if test.startswith(SWEEP[2:]) else file

    return Scheduling(config, log)


def pytest_collection_modifyitems(items):
    """The longest first, so that no process waits for another at the end."""
    items.sort(key=lambda item: SWEEP not in item.nodeid)
    items.sort(key=lambda item: not item.nodeid.startswith("tests/browser/"))
