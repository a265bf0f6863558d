"""Facts in, Picture out: matplotlib drawings of the anatomy, one file a subject.

    training_loop   data, layers, loss, optimizer: who hands what to whom
    step            one training step, with its real tensors
    history         loss and metrics over the epochs of a fit()

Each function returns a ``Picture``: a figure, and ``describe()``, the same in
words. Never pyplot, and no Keras until a Keras model is to be drawn.
"""

from anatomy.draw.history import history
from anatomy.draw.picture import Picture
from anatomy.draw.step import step
from anatomy.draw.training_loop import training_loop

__all__ = ["Picture", "history", "step", "training_loop"]
