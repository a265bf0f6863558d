"""A class on this machine: how soon its labs answer, and what each student's kernel holds.

    make classroom                                        1, 2, 4, ... as long as memory lasts
    .venv/bin/python tests/benchmarks/classroom.py 16     only a class of 16
    .venv/bin/python tests/benchmarks/classroom.py 16 --compiled FOLDER
                                                          which finds there what it needs compiled

Each student has a kernel with the fit lab of notebook 1, moves the learning rate every 4 s on
average and the number of units every 30 s. A move is answered when the first picture of its run is
there. There is no browser: a picture's way to a screen is not in it. A kernel's share of the memory
counts pages that several kernels have in common, such as the code of XLA, only in part.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import time
from pathlib import Path

import nbformat
import numpy as np
from jupyter_client.manager import start_new_kernel

ROOT = Path(__file__).parents[2]
SECONDS = 60  # that a class works
REST = 30  # seconds before memory is read
SPARE = 500e6  # bytes of memory that a further kernel may need
#: What the notebook's cells hold that make its first fit lab.
CELLS = "import keras", "digits = data.digits()", "def build(", "labs.fit("

STUDENT = """
import json, random, re, time

line = next(p for p in lab.widget.children if "anatomy-status" in str(getattr(p, "value", "")))

def move(name, value):
    assert lab.wait(60)
    answers = []
    def saw(change):
        if re.search(r"epoch \\d+ of", change["new"]):
            answers.append(time.perf_counter())
    line.observe(saw, "value")
    start = time.perf_counter()
    lab.controls[name].value = value
    while not answers and time.perf_counter() < start + 60:
        time.sleep(0.002)
    line.unobserve(saw, "value")
    return 1000 * (answers[0] - start)

def work(seconds, number):
    draw, took = random.Random(number), {"learning_rate": [], "units": []}
    end = time.monotonic() + seconds
    due = {"learning_rate": draw.expovariate(1 / 4), "units": draw.expovariate(1 / 30)}
    due = {name: time.monotonic() + wait for name, wait in due.items()}
    while (at := min(due.values())) < end:
        time.sleep(max(0, at - time.monotonic()))
        name = min(due, key=due.get)
        value = draw.randint(1, 128) if name == "units" else 10 ** draw.uniform(-5, 0)
        took[name].append(move(name, value))
        due[name] = time.monotonic() + draw.expovariate(1 / (30 if name == "units" else 4))
    return took

def held():
    text = open("/proc/self/smaps_rollup").read()
    return [int(re.search(rf"{name}:\\s+(\\d+)", text)[1]) / 1000 for name in ("Rss", "Pss")]
"""

#: A teacher who lets the lab compile all that the class may ask for.
FILL = """
for units in range(1, 129):
    lab.controls["units"].value = units
    assert lab.wait(60)
"""
WRITES = "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"  # what took less is not written
NEVER = "1000000"


class Student:
    """A kernel with the fit lab of notebook 1."""

    def __init__(self):
        notebook = nbformat.read(ROOT / "notebooks/01_anatomy.ipynb", as_version=4)
        code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        cells = [next(source for source in code if part in source) for part in CELLS]
        self.manager, self.client = start_new_kernel(cwd=str(ROOT / "notebooks"))
        self.run("\n".join([*cells, "assert lab.wait(120), lab.status", STUDENT]))

    def ask(self, code):
        """Begins to run code."""
        self._asked = self.client.execute(code)

    def answer(self):
        """What the code that was asked for has printed."""
        text = ""
        while True:
            message = self.client.get_iopub_msg(timeout=SECONDS + 300)
            if message["parent_header"].get("msg_id") != self._asked:
                continue
            content = message["content"]
            if message["msg_type"] == "stream" and content["name"] == "stdout":
                text += content["text"]
            elif message["msg_type"] == "error":
                raise RuntimeError("\n".join(content["traceback"]))
            elif content.get("execution_state") == "idle":
                return text

    def run(self, code):
        self.ask(code)
        return self.answer()

    def leave(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def available():
    """Bytes of memory that this machine could still give."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("MemAvailable")]
    return int(line.split()[1]) * 1024


def busy():
    """Seconds of processor time that this machine has spent."""
    user, nice, system, *_ = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    return (int(user) + int(nice) + int(system)) / 100


def quantile(values, share):
    """The smallest of these values that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def lesson(students):
    """A row of the table: how this class fared."""
    for number, student in enumerate(students):
        student.ask(f"print(json.dumps(work({SECONDS}, {number})))")
    took = [json.loads(student.answer()) for student in students]
    rates = [ms for one in took for ms in one["learning_rate"]]
    units = [ms for one in took for ms in one["units"]] or [float("nan")]
    time.sleep(REST)
    before = busy()
    time.sleep(10)
    idle = (busy() - before) / 10
    memory = np.array([json.loads(student.run("print(held())")) for student in students])
    (held, share), most = np.median(memory, 0), memory[:, 0].max()
    return (
        f"{len(students):8}  {statistics.median(rates):6.0f} {quantile(rates, 0.95):6.0f}"
        f"  {statistics.median(units):6.0f} {quantile(units, 0.95):6.0f}"
        f"  {held:6.0f} {most:6.0f}  {share:6.0f}"
        f"  {100 * idle:6.1f}%"
    )


def main(sizes):
    cores = len(os.sched_getaffinity(0))
    versions = ", ".join(
        f"{n} {importlib.metadata.version(n)}" for n in ("keras", "jax", "anatomy")
    )
    print(f"{cores} cores, {platform.machine()}, Python {platform.python_version()}, {versions}")
    print("          new rate, ms   other units    MB a kernel              idle")
    print("students  median    95%  median    95%  median   most   share     CPU", flush=True)
    students = []
    try:
        for size in sizes:
            while len(students) < size and available() > SPARE:
                students.append(Student())
            print(lesson(students), flush=True)
            if len(students) < size:
                break
    finally:
        for student in students:
            student.leave()


def fill(folder):
    """Compiles for all kernels that begin later; they read it, and write nothing."""
    os.environ |= {"JAX_COMPILATION_CACHE_DIR": folder, WRITES: "0"}
    teacher = Student()
    teacher.run(FILL)
    teacher.leave()
    os.environ[WRITES] = NEVER


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=[2**n for n in range(8)])
    parser.add_argument("--compiled", metavar="FOLDER")
    asked = parser.parse_args()
    if asked.compiled:
        fill(asked.compiled)
    main(asked.sizes)
