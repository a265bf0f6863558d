"""One background worker that owns every ``fit()``; of each owner, the latest request wins."""

import atexit
import contextlib
import ctypes
import functools
import os
import sys
import threading
import time
from pathlib import Path

import psutil

from anatomy.lazy import keras

PAUSE = 0.02  # seconds between two looks whether a cell still runs
DEEPEST = 8  # jobs of other owners that may be done on top of one another
LONGEST = 15.0  # seconds after a move in which others may be prepared
EACH = 3.0  # seconds after which a job stops at the end of its present execution
BEHIND = 10  # the priority, on Linux, of threads that others need not wait for
LOOK, IDLE = 0.1, 0.7  # seconds of a look at the machine; cores that idle where it is not busy

_alone = threading.RLock()


@contextlib.contextmanager
def one_at_a_time():
    """A context for whoever builds or trains: on JAX others may do so meanwhile.

    Elsewhere random numbers come from one state, that of PyTorch or TensorFlow: there it is a
    lock, as neither of two fits at once could be reproduced.
    """
    with contextlib.nullcontext() if keras.backend.backend() == "jax" else _alone:
        yield


#: Held while the global random generators are a run's: a cell begins before or after.
globals_held = threading.RLock()


class Stopped(Exception):
    """Raised where what is asked to stop can: between two executions, or while it waits."""


def interrupts(error):
    """Whether an error is the student's own Kernel > Interrupt, of which the cell is to end."""
    main = threading.current_thread() is threading.main_thread()
    return main and isinstance(error, KeyboardInterrupt)


def patiently(event, timeout=None):
    """``event.wait(timeout)``: a cell that waits so for the kit is none that runs."""
    return event.wait(timeout)


def cell_runs():
    """Whether a cell of the student's runs, in the main thread; not one that waits for the kit.

    Told by the functions in which the main thread is: there is no cell in a plain script.
    """
    main = threading.main_thread()
    if threading.current_thread() is main:
        return False
    frame, inside = sys._current_frames().get(main.ident), set()
    while frame is not None:
        inside.add(frame.f_code)
        frame = frame.f_back
    shell = sys.modules.get("IPython.core.interactiveshell")
    # The frame of the second is there while it waits for its lock, and not while it has it.
    waits = patiently.__code__, one_at_a_time.__wrapped__.__code__
    return shell is not None and (
        shell.InteractiveShell.run_cell_async.__code__ in inside and inside.isdisjoint(waits)
    )


@contextlib.contextmanager
def between_cells():
    """Waits until no cell runs; one that begins meanwhile waits for the end.

    Raises:
        Stopped: where this is the worker's job, and that is cancelled meanwhile.
    """
    _register()
    while True:
        with globals_held:
            if not cell_runs():
                yield
                return
        runner.wait_for_cell()
        time.sleep(PAUSE)


@functools.cache
def _register():
    """Lets cells begin while nobody holds the global generators."""

    def before_a_cell(*_):
        with globals_held:
            pass

    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)
    if shell := get_ipython():
        shell.events.register("pre_run_cell", before_a_cell)


class Request:
    """A job that was posted; ``job(request)`` looks at `cancelled` between executions.

    Attributes:
        superseded: whether a newer request of the same owner cancelled this one.
        error: what the job raised, or None.
        waits: called with nothing while the job waits for a cell to end.
    """

    waits = staticmethod(lambda: None)

    def __init__(self, owner, job, ready):
        self.owner, self.job, self.ready = owner, job, ready
        self.error = self._again = None
        self.superseded = False
        self._cancelled = threading.Event()
        self._done = threading.Event()

    @property
    def cancelled(self):
        """Whether a newer request, or a stop, has made this one void."""
        return self._cancelled.is_set()

    def cancel(self, superseded=False):
        """Makes the request void: it never starts, or stops after the present execution."""
        self.superseded = self.superseded or superseded  # a later Stop does not undo it
        self._cancelled.set()

    def end(self):
        """The job is done, or dropped: what it holds is let go."""
        self.job = None
        self._done.set()

    def wait(self, timeout=None):
        """Waits until the request has run or was dropped; False after ``timeout`` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        if not patiently(self._done, timeout):
            return False
        if self._again is None:
            return True
        return self._again.wait(None if end is None else max(0.0, end - time.monotonic()))


class Runner:
    """Runs jobs in one daemon thread, which starts with the first.

    A job is a function of its `Request`. An owner has at most one job waiting and one running: to
    post is to cancel both. The owner that asked last is served first: a running job calls
    `give_way` between two executions, which does what others have asked for, and then goes on.

    Attributes:
        held: a lock. While somebody has it nothing begins: of all that is posted the last does.
    """

    def __init__(self, name="anatomy-training"):
        self._name = name
        self.held = threading.RLock()  # `with` a Condition, an interrupt may keep it for good
        self._changed = threading.Condition(self.held)
        self._waiting = {}  # owner -> Request, in order of arrival
        self._thread, self._running = None, []  # requests being done, each on one that gave way

    @property
    def here(self):
        """Whether the present thread is its own."""
        return threading.current_thread() is self._thread

    @property
    def running(self):
        """The owner whose job is being done now, or None."""
        return self._running[-1].owner if self._running else None

    def post(self, owner, job, delay=0.0):
        """Asks for ``job`` after ``delay`` seconds, in place of what ``owner`` asked before."""
        request = Request(owner, job, time.monotonic() + delay)
        with self.held:
            self.cancel(owner, superseded=True)
            self._restart_above(owner)
            self._waiting[owner] = request
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
                atexit.register(self._finish)
            self._changed.notify_all()
        return request

    def cancel(self, owner, superseded=False):
        """Drops what ``owner`` has waiting and asks what it has running to stop."""
        with self.held:
            dropped = self._waiting.pop(owner, None)
            if dropped is not None:
                dropped.cancel(superseded)
                dropped.end()
            for request in self._running:
                if request.owner is owner:
                    request.cancel(superseded)

    def give_way(self):
        """Does what others have asked for; called by a running job between two executions."""
        if not self.here:
            return
        while len(self._running) < DEEPEST:
            with self.held:
                owners = [request.owner for request in self._running]
                if self._running[-1].cancelled or (request := self._ready(but=owners)) is None:
                    return
                self._running.append(request)
            self._do(request)

    def wait_for_cell(self):
        """Says that the running job waits, and lets others go first; raises `Stopped`."""
        if self.here:
            self._running[-1].waits()
            self.give_way()
            if self._running[-1].cancelled:
                raise Stopped

    def _restart_above(self, owner):
        """What is done on top of an owner's old job would keep it waiting: it begins anew later."""
        owners = [request.owner for request in self._running]
        if owner not in owners:
            return
        for above in self._running[owners.index(owner) + 1 :]:
            if above.owner is not owner and not above.cancelled:
                above.cancel(superseded=True)
                again = Request(above.owner, above.job, above.ready)
                above._again = self._waiting.setdefault(above.owner, again)

    def _finish(self, patience=5.0):
        """At the end of the process: a thread that is cut off inside XLA would abort it."""
        with self.held:
            running = list(self._running)
            for owner in list(self._waiting):
                self.cancel(owner)
            for request in running:
                request.cancel()
        for request in running:
            request.wait(patience)

    def _ready(self, but=()):
        """Takes the request whose time has come and that was posted last; None where none is."""
        now = time.monotonic()
        for owner, request in reversed(self._waiting.items()):
            if request.ready <= now and owner not in but:
                return self._waiting.pop(owner)
        return None

    def _do(self, request):
        try:
            if not request.cancelled:
                with one_at_a_time():
                    request.job(request)
        except BaseException as error:  # the job's own affair, sys.exit() too: the worker lives on
            request.error = error
        finally:
            with self.held:
                self._running.remove(request)
            request.end()

    def _work(self):
        while True:
            with self.held:
                while (request := self._ready()) is None:
                    soonest = min((r.ready for r in self._waiting.values()), default=None)
                    wait = None if soonest is None else max(0.0, soonest - time.monotonic())
                    self._changed.wait(wait)
                self._running.append(request)
            self._do(request)
            del request  # an idle worker holds no model


#: The runner of this process.
runner = Runner()


def cores():
    """How many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else psutil.cpu_count()


def spare():
    """Whether a core of this machine idles, while one looks."""
    return psutil.cpu_count() * (1 - psutil.cpu_percent(LOOK) / 100) > IDLE


def tidy():
    """Gives the machine back what a compilation held for a while, some 60 MB: glibc keeps it."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


@functools.cache
def compile_behind():
    """XLA compiles in threads of its own, a core each: whatever draws and answers goes first.

    They bear no name and Python does not know them. Those in which it computes have a name.
    """
    tasks = Path("/proc/self/task")
    python = {thread.native_id for thread in threading.enumerate()}
    with contextlib.suppress(OSError):  # not Linux, or a thread that has just ended
        unnamed = (tasks / str(os.getpid()) / "comm").read_text()
        for task in tasks.iterdir():
            if int(task.name) not in python and (task / "comm").read_text() == unnamed:
                os.setpriority(os.PRIO_PROCESS, int(task.name), BEHIND)


class Ahead:
    """What the next move would need, compiled while a student looks, in a thread of its own.

    A compilation cannot be interrupted, so it is none of the worker's. Jobs, each a function of
    ``stop()``, are done one after the other, until something else is asked. The thread gives way
    to all others.

    Attributes:
        owner: of the jobs that were asked for last; request: the last `Request`, or None.
    """

    def __init__(self):
        self._runner, self.owner, self.request = Runner("anatomy-ahead"), None, None

    @property
    def here(self):
        """Whether the present thread is its own."""
        return self._runner.here

    def ask(self, jobs, owner=None):
        """Asks for these jobs, in place of those before; each begins when a core is spare."""
        self.owner = owner
        self._runner.cancel(self)
        possible = cores() > 1 and keras.backend.backend() == "jax"  # elsewhere nothing is shared
        if (jobs := list(jobs)) and possible:
            self.request = self._runner.post(self, functools.partial(self._do, jobs))

    def cancel(self):
        """Drops what has not begun, and stops what has after its present execution."""
        self.ask(())

    @staticmethod
    def _do(jobs, request):
        if hasattr(os, "setpriority"):  # on Linux a thread has a priority of its own
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BEHIND)
        late = time.monotonic() + LONGEST

        def over(end=late):
            return request.cancelled or time.monotonic() > end

        for job in jobs:
            while not (spare() or over()):
                pass  # a look takes a while
            if over():
                break
            with contextlib.suppress(Exception):  # then the move itself will tell
                job(stop=functools.partial(over, time.monotonic() + EACH))
        tidy()


#: That of this process.
ahead = Ahead()
