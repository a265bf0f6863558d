"""The verdicts of the exercises, from twenty seeds."""

import pytest
from exercises import problems

TRAINED = [answer for answer in problems.answers() if problems.trains(answer)]


@pytest.mark.parametrize("answer", TRAINED, ids=str)
def test_an_answer_is_judged_alike_from_every_seed(answer, monkeypatch):
    for seed in range(20):
        verdict = problems.verdict(answer, seed, monkeypatch)
        assert verdict.right is answer.right, (seed, verdict)
