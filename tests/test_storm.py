"""A short storm on each lab, and two runs beside a student's own cells."""

import every_lab
import pytest
import storm


@pytest.fixture(scope="module")
def room():
    return storm.Room()


@pytest.mark.parametrize("call", every_lab.LABS)
def test_the_last_of_many_moves_wins(call, room):
    storm.last_wins(room, call, moves=25, seconds=0.25)


@pytest.mark.parametrize("call", storm.TRAINING)
def test_a_lab_and_a_cell_are_as_alone(call, room):
    storm.as_alone(room, call, times=2)
