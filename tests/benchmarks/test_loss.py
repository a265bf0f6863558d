"""How soon a loss follows the hand: two beside each other, drawn and encoded."""

import numpy as np
import pytest
from benchmarks.conftest import spread

from anatomy import draw

STEPS = np.linspace(0, 1, 40)
LINE = ("binary_crossentropy", "mse"), {"over": "logit"}
TRIANGLE = ("categorical_crossentropy", "mse"), {"over": "logit"}


@pytest.mark.parametrize(
    ("what", "case", "moves"),
    [
        ("prediction", LINE, [{"target": 1, "at": 12 * t - 6} for t in STEPS]),
        ("target", LINE, [{"target": t, "at": -1} for t in STEPS]),
        ("three logits", TRIANGLE, [{"target": 1, "at": (8 * t - 4, 0, 1)} for t in STEPS]),
        ("class", TRIANGLE, [{"target": i % 3, "at": (0, 0, 1)} for i in range(12)]),
    ],
)  # fmt: skip
def test_a_move(what, case, moves, row, seconds):
    losses, more = case
    picture = draw.loss(*losses, **more, **moves[0])

    def show(move):
        picture.update(*losses, **more, **move)
        picture.frame()

    show(moves[0])
    taken = [1000 * seconds(lambda move=move: show(move)) for move in moves]
    target = "" if what == "class" else "50 ms"
    row(f"draw.loss, two losses: another {what}", spread(taken), target)
