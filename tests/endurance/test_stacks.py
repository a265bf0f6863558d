"""The first step of training of every stack that was repaired."""

import pytest
from layers import test_stack


@pytest.mark.parametrize(("row", "silent"), **test_stack.named_broken())
def test_a_repaired_stack_trains(row, silent):
    test_stack.test_what_was_traced_trains(row, silent)
