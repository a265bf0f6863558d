"""One background worker that owns every ``fit()``; of each owner, the latest request wins."""

import atexit
import contextlib
import gc
import threading
import time

#: Held by the worker while it has a job, and by whoever does a lab's work in its place.
training = threading.RLock()


def one_at_a_time():
    """A context for whoever trains in a cell: a lab's training goes on beside it, on JAX.

    Elsewhere random numbers come from one state, that of PyTorch or TensorFlow: there it holds
    `training`, as neither of two fits at once could be reproduced.
    """
    import keras

    return contextlib.nullcontext() if keras.backend.backend() == "jax" else training


class Request:
    """A job that was posted; ``job(request)`` looks at `cancelled` between executions.

    Attributes:
        superseded: whether a newer request of the same owner cancelled this one.
        error: what the job raised, or None.
    """

    def __init__(self, owner, job, ready):
        self.owner, self.job, self.ready = owner, job, ready
        self.error = None
        self.superseded = False
        self._cancelled = threading.Event()
        self._done = threading.Event()

    @property
    def cancelled(self):
        """Whether a newer request, or a stop, has made this one void."""
        return self._cancelled.is_set()

    def cancel(self, superseded=False):
        """Makes the request void: it never starts, or stops after the present execution."""
        self.superseded = superseded
        self._cancelled.set()

    def wait(self, timeout=None):
        """Waits until the request has run or was dropped; False after ``timeout`` seconds."""
        return self._done.wait(timeout)


class Runner:
    """Runs jobs one after the other in one daemon thread, which starts with the first.

    A job is a function of its `Request`. An owner has at most one job waiting and one
    running: to post is to cancel both. Owners are served in the order in which they came.
    """

    def __init__(self):
        self._changed = threading.Condition()
        self._waiting = {}  # owner -> Request, in order of arrival
        self._running = None
        self._thread = None

    def post(self, owner, job, delay=0.0):
        """Asks for ``job`` after ``delay`` seconds, in place of what ``owner`` asked before."""
        request = Request(owner, job, time.monotonic() + delay)
        with self._changed:
            self.cancel(owner, superseded=True)
            self._waiting[owner] = request
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._work, name="anatomy-training", daemon=True
                )
                self._thread.start()
                atexit.register(self._finish)
            self._changed.notify_all()
        return request

    def cancel(self, owner, superseded=False):
        """Drops what ``owner`` has waiting and asks what it has running to stop."""
        with self._changed:
            dropped = self._waiting.pop(owner, None)
            if dropped is not None:
                dropped.cancel(superseded)
                dropped._done.set()
            if self._running is not None and self._running.owner is owner:
                self._running.cancel(superseded)

    def _finish(self, patience=5.0):
        """At the end of the process: a thread that is cut off inside XLA would abort it."""
        with self._changed:
            running = self._running
            for owner in list(self._waiting):
                self.cancel(owner)
            if running is not None:
                running.cancel()
        if running is not None:
            running.wait(patience)

    def _next(self):
        """The first request whose time has come; waits for it."""
        with self._changed:
            while True:
                now = time.monotonic()
                for owner, request in self._waiting.items():
                    if request.ready <= now:
                        self._running = self._waiting.pop(owner)
                        return self._running
                soonest = min((r.ready for r in self._waiting.values()), default=None)
                self._changed.wait(None if soonest is None else soonest - now)

    def _work(self):
        # Keras and JAX are loaded and stay: that the garbage collector should go through them
        # costs 0.1 s, again and again, while a hand is on a slider.
        gc.freeze()
        while True:
            request = self._next()
            try:
                with training:
                    if not request.cancelled:
                        request.job(request)
            except (
                BaseException
            ) as error:  # the job's own affair, sys.exit() too: the worker lives on
                request.error = error
            finally:
                with self._changed:
                    self._running = None
                request._done.set()
                del request  # an idle worker holds no model


#: The runner of this process.
runner = Runner()
