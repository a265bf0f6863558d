"""Each change of a wrong cell trains, and right cells get not a word, compiled as for a student."""

import contextlib

import pytest
from explain import test_cells, test_shell
from explain.test_cells import (
    test_a_cell_that_was_held_out_is_explained_and_its_change_works,
    test_a_wrong_cell_is_explained_and_its_change_works,
)
from explain.test_old import test_old_code_is_explained_and_runs_as_todays
from explain.test_shell import cell, test_right_cells_get_not_a_word

__all__ = [
    "cell",
    "test_a_cell_that_was_held_out_is_explained_and_its_change_works",
    "test_a_wrong_cell_is_explained_and_its_change_works",
    "test_old_code_is_explained_and_runs_as_todays",
    "test_right_cells_get_not_a_word",
]


@pytest.fixture(autouse=True)
def _compiled(monkeypatch):
    for module in (test_cells, test_shell):
        monkeypatch.setattr(module, "uncompiled", contextlib.nullcontext)
