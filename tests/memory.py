"""Keeps a process that compiles model after model well below 1.5 GB."""

import gc
import os
import sys
from pathlib import Path

MOST, ROOM = 1.2e9, 1e8  # bytes
_left = 0  # bytes, when compiled code was last dropped
STATM = Path("/proc/self/statm")


def resident():
    """Bytes that this process holds; 0 where that cannot be seen."""
    if not STATM.exists():
        return 0
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def trim(most=MOST):
    """Drops compiled code where the process holds more: the cache on disk has it.

    Where something else is what it holds, once more only after it has grown.
    """
    global _left
    if resident() >= max(most, _left + ROOM) and "jax" in sys.modules:
        forget()
        _left = resident()


def forget():
    """Drops compiled code."""
    import jax

    from anatomy.training import store
    from anatomy.training.runner import tidy

    store.clear()
    jax.clear_caches()
    gc.collect()
    tidy()
