"""How soon labs.workflow answers a move: real fit() and picture included."""

import itertools

import pytest
from benchmarks.conftest import spread

from anatomy import labs

TIMES = 10


@pytest.fixture(scope="module")
def lab():
    lab = labs.workflow("digits; dense 32 relu; dense 10 softmax; epochs 5; batch 128")
    assert lab.wait(60)
    yield lab
    lab.close()


@pytest.mark.parametrize(
    ("what", "name", "values", "known"),
    [
        ("another rate, 5 epochs of digits", "learning_rate", (0.002, 0.005), True),
        ("another look", "look", ("confusion", "mistakes", "curves"), True),
        ("another width, compiled, 5 epochs", "units", range(33, 33 + TIMES), False),
    ],
    ids=["rate", "look", "width"],
)
def test_a_move(lab, what, name, values, known, row, seconds):
    def move(value):
        lab.controls[name].value = value
        assert lab.wait(60)

    for value in values if known else ():
        move(value)
    moves = itertools.islice(itertools.cycle(values), TIMES)
    taken = [1000 * seconds(lambda value=value: move(value)) for value in moves]
    row(f"labs.workflow: {what}", spread(taken))
