"""One worker; the latest request wins."""

import subprocess
import sys
import threading
import time

from anatomy.training import Runner


def test_jobs_of_several_owners_all_run_in_one_thread():
    runner, seen = Runner(), []
    requests = [
        runner.post(owner, lambda request: seen.append(threading.current_thread()))
        for owner in ("a", "b", "c")
    ]
    assert all(request.wait(5) for request in requests)
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
    assert runner._waiting == {}
    assert runner._running is None


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
