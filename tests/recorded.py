"""What the site records of the labs of each notebook, in the order of their cells.

Each line is what ``lab.record(path, ...)`` is called with: a number of positions, a list of values,
or ``...`` for all of them. A lab has at least 20 states, or all that there are.
"""

# ruff: noqa: C408 -- as the calls have them

KINDS = [  # of a layer; the one that stands there comes last, so that each is a new one
    "Conv1D", "Conv2D", "MaxPooling2D", "GlobalAveragePooling2D", "Flatten", "Embedding", "LSTM",
    "Bidirectional", "Dropout", "Dense",
]  # fmt: skip

RECORDED = {
    "01_anatomy": [
        dict(stage=..., sample=6),
        dict(learning_rate=21, activation=...),
    ],
    "02_layers": [
        dict(unit=..., sample=4, epochs=[0, 10]),
        dict(row=..., column=...),
        dict(timestep=..., sample=4),
        dict(input=..., kind=KINDS),
    ],
    "03_models": [
        dict(depth=[1, 2, 4, 8, 12], units=[1, 4, 16, 64]),
        dict(branches=[1, 2, 3, 4, 8], width=[1, 4, 16, 32]),
        dict(weight=[0.0, 0.5, 1.0, 2.0, 5.0], width=[1, 8, 32, 64]),
        dict(branches=..., filters=[1, 2, 4, 6, 8]),
        dict(branches=..., filters=[1, 2, 4, 6, 8]),
        dict(depth=[1, 2, 5, 10, 20], width=[4, 16], skip=...),
    ],
    "04_hypothesis_space": [
        dict(target=["line", "step", "hill", "sine", "waves", "zigzag"], units=[2, 16],
             activation=["tanh", "linear"]),
    ],
    "05_losses": [
        dict(logit=41, target=[0.0, 1.0]),
        dict(learning_rate=13, loss=...),
        dict(seed=[0, 1, 2, 3, 4, 5, 6], loss=...),
        dict(x=7, y=7),
        dict(weight=21),
        dict(share=...),
        dict(label=..., logit_3=9),
    ],
    "06_optimizers": [
        dict(step=13, optimizer=..., gradients=["steady", "noisy", "alternating", "one spike"]),
        dict(step=21, surface=...),
        dict(learning_rate=41),
        dict(learning_rate=21, momentum=...),
        dict(peak=9, schedule=...),
    ],
    "07_workflow": [
        dict(patience=[1, 2, 5, 10, 20], seed=[0, 1, 2, 3]),
        dict(optimizer=..., learning_rate=[0.0001, 0.001, 0.01, 0.1],
             look=["curves", "confusion", "mistakes"]),
    ],
}  # fmt: skip
