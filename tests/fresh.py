"""Runs a script in a fresh process, forked where Keras and JAX have been imported already.

Nothing else is there: no backend has begun, nothing is compiled, no name and no seed is set. What
is about importing, about the environment or about the end of Python takes a whole new Python.
"""

import contextlib
import io
import multiprocessing
import os
import re
import warnings
from concurrent.futures import ProcessPoolExecutor

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["anatomy", "keras"])


def run(script):
    """What a script prints; raises what it raises, and what it warns of where a test would."""
    first = re.search(r"^(?:import|from) (anatomy|keras)\b", script, re.M)[1]
    assert first == "anatomy", "the kit chooses the backend: it is imported before Keras"
    with ProcessPoolExecutor(1, PROCESSES) as pool:
        return pool.submit(_run, script, dict(os.environ), warnings.filters[:]).result()


def _run(script, environment, filters):
    os.environ |= environment
    warnings.resetwarnings()
    warnings.filters.extend(filters)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    return printed.getvalue()
