"""How long a live frame takes."""

import numpy as np
from benchmarks.conftest import spread

from anatomy import draw

EPOCHS = 50


def a_history(seed):
    """Four curves as those of a fit."""
    noise = np.random.default_rng(seed).normal(0, 0.01, (4, EPOCHS))
    fall = 2 * np.exp(-np.arange(EPOCHS) / 10)
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    return {
        name: list((1 - fall / 2 if "acc" in name else fall + 0.1) + more)
        for name, more in zip(names, noise, strict=True)
    }


def test_a_live_frame(row, seconds):
    """All frames of ten runs, each beside the three before it."""
    picture, others = draw.history({}), []
    first, later = [], []
    for number in range(10):
        history = a_history(number)
        for epoch in range(1, EPOCHS + 1):
            so_far = {name: values[:epoch] for name, values in history.items()}

            def show(so_far=so_far, label=f"units={number}"):
                picture.update(so_far, epochs=EPOCHS, label=label, others=others[:3])
                picture.frame()

            (later if epoch > 1 else first).append(1000 * seconds(show))
        others.insert(0, (f"units={number}", history, False))
    row("a live frame, drawn and encoded", spread(later), "15 ms")
    row("the first frame of a new run", spread(first[4:]))
