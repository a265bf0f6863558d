"""One worker; the latest request wins."""

import contextlib
import subprocess
import sys
import threading
import time

from anatomy.training.runner import Runner


def test_jobs_of_several_owners_all_run_in_one_thread():
    runner, seen = Runner(), []
    requests = [
        runner.post(owner, lambda request: seen.append(threading.current_thread()))
        for owner in ("a", "b", "c")
    ]
    assert all(request.wait(60) for request in requests)
    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert seen[0] is not threading.current_thread()


def test_the_latest_request_wins():
    runner, finished, started = Runner(), [], threading.Event()

    def job(name):
        def work(request):
            started.set()
            while name == "first" and not request.cancelled:
                time.sleep(0.001)
            if not request.cancelled:
                finished.append(name)

        return work

    first = runner.post("lab", job("first"))
    assert started.wait(5)
    second = runner.post("lab", job("second"))
    third = runner.post("lab", job("third"))
    assert third.wait(5)
    assert first.superseded
    assert second.superseded
    assert finished == ["third"]


def test_cancel_stops_what_runs_and_drops_what_waits():
    runner, started = Runner(), threading.Event()

    def until_cancelled(request):
        started.set()
        while not request.cancelled:
            time.sleep(0.001)

    running = runner.post("a", until_cancelled)
    assert started.wait(5)
    waiting = runner.post("b", until_cancelled)
    runner.cancel("b")
    assert waiting.wait(0)
    runner.cancel("a")
    assert running.wait(5)
    assert not running.superseded


def test_a_delayed_job_waits_and_keeps_nobody_waiting():
    runner, order = Runner(), []
    late = runner.post("a", lambda request: order.append("late"), delay=0.2)
    soon = runner.post("b", lambda request: order.append("soon"))
    assert soon.wait(5)
    assert order == ["soon"]
    assert late.wait(5)
    assert order == ["soon", "late"]


def test_a_job_that_raises_does_not_end_the_worker():
    runner = Runner()
    bad = runner.post("a", lambda request: 1 / 0)
    assert bad.wait(5)
    assert isinstance(bad.error, ZeroDivisionError)
    good = runner.post("a", lambda request: None)
    assert good.wait(5)
    assert good.error is None


def test_a_thousand_requests_and_one_worker():
    runner, before = Runner(), threading.active_count()
    for _ in range(1000):
        last = runner.post("lab", lambda request: time.sleep(0.001))
    assert last.wait(10)
    assert threading.active_count() == before + 1
    assert runner.running is None


TRAINS_AT_THE_END = """
import time
from anatomy import data, labs
import keras

def build():
    layers = keras.layers
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(24, 3), layers.Flatten(), \
layers.Dense(10)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model

lab = labs.fit(build, data.digits("images"), epochs=50)
while lab.status != "training":
    time.sleep(0.01)
"""


def test_a_process_that_ends_while_a_lab_trains_ends_well():
    code = [sys.executable, "-c", TRAINS_AT_THE_END]
    ended = subprocess.run(code, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_owner_that_asked_last_goes_first_and_the_other_goes_on():
    runner, order, started, go = Runner(), [], threading.Event(), threading.Event()

    def long(request):
        order.append("long begins")
        started.set()
        while not go.is_set() and not request.cancelled:
            runner.give_way()
        order.append("long ends")

    def short(name):
        return lambda request: order.append(name)

    first = runner.post("long", long)
    assert started.wait(5)
    assert runner.post("b", short("b")).wait(5)
    assert runner.post("c", short("c")).wait(5)
    go.set()
    assert first.wait(5)
    assert order == ["long begins", "b", "c", "long ends"]


def test_who_is_asked_again_while_he_waits_goes_first_and_the_one_above_begins_anew():
    runner, order = Runner(), []
    begun = {name: threading.Event() for name in ("a", "b")}
    go = threading.Event()

    def job(name, quick=False):
        def work(request):
            order.append(f"{name} begins")
            begun[name].set()
            while not quick and not go.is_set() and not request.cancelled:
                runner.give_way()
            order.append(f"{name} {'is dropped' if request.cancelled else 'ends'}")

        return work

    runner.post("a", job("a"))
    assert begun["a"].wait(5)
    b = runner.post("b", job("b"))
    assert begun["b"].wait(5)
    again = runner.post("a", job("a", quick=True))
    assert again.wait(5)
    go.set()
    assert b.wait(5)
    assert order == [
        "a begins", "b begins", "b is dropped", "a is dropped", "a begins", "a ends",
        "b begins", "b ends",
    ]  # fmt: skip


def test_an_interrupt_as_a_lock_is_taken_does_not_keep_it():
    def interrupt(frame, event, _):
        if event == "return" and frame.f_code is threading.Condition.__enter__.__code__:
            raise KeyboardInterrupt

    runner = Runner()
    sys.setprofile(interrupt)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            runner.cancel("nobody")
    finally:
        sys.setprofile(None)
    assert runner.post("owner", lambda request: None).wait(10)
