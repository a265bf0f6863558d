"""What the next move would need, compiled while a student looks, in a thread of its own.

A compilation cannot be interrupted, so it is none of the worker's. Whoever moves drops what is
still to be done.
"""

import atexit
import contextlib
import os
import threading
import time

LONGEST = 15.0  # seconds after a move in which others may be prepared
EACH = 3.0  # seconds after which a job stops at the end of its present execution


def spare():
    """Whether this machine has a core to spare."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return cores > 1 and load < cores


class Ahead:
    """Does jobs one after the other, each a function of ``stop()``, until something else is asked.

    A thread lives while there are jobs, and gives way to all others.
    """

    def __init__(self):
        self._changed = threading.Lock()
        self._jobs, self._end, self._thread, self._asked = [], 0.0, None, 0

    def ask(self, jobs):
        """Asks for these jobs, in place of those before, where there is a core to spare."""
        with self._changed:
            self._asked += 1
            self._jobs, self._end = list(jobs) if spare() else [], time.monotonic() + LONGEST
            if self._jobs and self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="anatomy-ahead", daemon=True
                )
                self._thread.start()
                atexit.register(self._finish, self._thread)

    def cancel(self):
        """Drops what has not begun, and stops what has after its present execution."""
        self.ask(())

    def _finish(self, thread, patience=5.0):
        """At the end of the process: a thread that is cut off inside XLA would abort it."""
        self.cancel()
        thread.join(patience)

    def _work(self):
        if hasattr(os, "setpriority"):  # on Linux a thread has a priority of its own
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        while True:
            with self._changed:
                late = time.monotonic() > self._end
                if late or not self._jobs:
                    self._jobs, self._thread = [], None
                    return atexit.unregister(self._finish)
                job, asked = self._jobs.pop(0), self._asked
            end = time.monotonic() + EACH
            with contextlib.suppress(Exception):  # then the move itself will tell
                job(lambda asked=asked, end=end: asked != self._asked or time.monotonic() > end)


#: That of this process.
ahead = Ahead()
