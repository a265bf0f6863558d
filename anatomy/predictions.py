"""What a model predicted, beside the truth: which classes it confuses, where it is most wrong.

``confusion``   how often each class was taken for which
``judge``       each prediction of a classifier beside its truth
``residuals``   each prediction of a regression beside its truth
"""

from anatomy.workflow.predictions.facts import (
    Confusion,
    Judged,
    Residuals,
    confusion,
    judge,
    residuals,
)

__all__ = [name for name in dir() if name[0] != "_"]
