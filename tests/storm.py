"""A lab under a storm: of moves, and of whatever else the student runs beside it."""

import random
import re
import threading
import time

import every_control
import every_lab
import keras
import numpy as np

FIT = ["fit", "playground", "dense", "hypotheses", "outlier", "shortcut", "divergence", "sweep"]
#: Calls of labs that fit a model as soon as they are shown.
TRAINING = [
    call
    for call in every_lab.LABS
    if call.startswith(tuple(f"labs.{n}(" for n in [*FIT, "workflow"]))
]
#: Each move of these changes what the moves before have made.
EDITORS = "labs.bricks()", "labs.ctc()"
PATIENCE = 300  # seconds until all is quiet after a storm


class Room:
    """Where labs are made: the names of the notebook of all labs.

    The longest of its runs has three epochs: here a storm is to end.
    """

    def __init__(self):
        self.names = {}
        exec(every_lab.BEGIN.replace(f"LONG = {every_lab.LONG}", "LONG = 3"), self.names)

    def lab(self, call):
        """The lab of this call, as it stands at first."""
        lab = eval(call, self.names)
        if type(lab).__name__ == "Playground":
            lab.controls["epochs"].value = 3
        every_control.settle(lab, call)
        return lab


def shake(lab, moves, seconds):
    """Moves controls at random, evenly over that time, and waits until the lab is quiet."""
    draw = random.Random(0)
    places = {name: every_control.moves(one) for name, one in lab.controls.items()}
    places = {name: found for name, found in places.items() if found and name != "epochs"}
    start = time.monotonic()
    for number in range(moves):
        name = draw.choice(sorted(places))
        trait, value = draw.choice(places[name])
        setattr(lab.controls[name], trait, value)
        time.sleep(max(0.0, start + seconds * (number + 1) / moves - time.monotonic()))
    assert lab.wait(PATIENCE), f"not quiet {PATIENCE} s after the storm"
    assert lab.error is None, lab.error


def cell(room):
    """What a student may run: draws from every random state, and a ``fit()``; all its numbers."""
    keras.utils.set_random_seed(7)
    drawn = random.random(), np.random.rand(), float(keras.random.normal(()))  # noqa: NPY002
    split = room.names["waves"]
    model = room.names["bend"]()
    history = model.fit(split.x_train, split.y_train, batch_size=32, epochs=2, verbose=0)
    return drawn, history.history, float(keras.random.normal(()))


def message(lab):
    """The line beneath the picture without the time that it took."""
    return re.sub(r"in [\d.]+ s", "in no time", lab.message)


def last_wins(room, call, moves, seconds):
    """After a storm a lab shows what one shows that was moved there at once."""
    shaken, calm = room.lab(call), room.lab(call)
    shake(shaken, moves, seconds)
    if call in EDITORS:
        shake(calm, moves, 0)
    for name, control in calm.controls.items():
        if hasattr(control, "value"):
            control.value = shaken.controls[name].value
    every_control.settle(calm, call)
    assert shaken.at == calm.at
    assert [message(shaken)] == [message(calm)]
    assert [one.name for one in threading.enumerate()].count("anatomy-training") == 1
    for lab in (shaken, calm):
        lab.close()


def as_alone(room, call, times):
    """A lab and a student's cell beside it: each as if it were alone, to the last pixel."""
    wanted = cell(room)
    shown = []
    for number in range(1 + times):
        lab = eval(call, room.names)
        while number and not lab.wait(0):
            assert cell(room) == wanted
        every_control.settle(lab, call)
        shown.append((message(lab), lab.picture.describe(), lab.picture.png(1)))
        lab.close()
    assert shown == [shown[0]] * len(shown)
