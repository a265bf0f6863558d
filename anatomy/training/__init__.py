"""Keras ``fit()``, made instant.

``fused``     one compiled call an epoch, the same numbers as ``fit()``
``loop``      a train step, compiled into a loop over the batches
``compiled``  which runs may share one compiled model
``run``       one run of a student's ``build()``: seed, build, compile, fit
``step``      one training step, taken apart
``population``  many trainings at once: a whole axis of learning rates, seeds
``valley``  what such a sweep found: the best rate, and the cliff
``divergence``  the step of a run after which its loss was no finite number
``runner``    one background worker; the latest request wins
``disk``      compiled code kept on disk between sessions, for those who ask
"""

from anatomy.training.compiled import store
from anatomy.training.disk import cache_on_disk
from anatomy.training.divergence import Moment, at_step, last_finite
from anatomy.training.fused import Table, evaluate, fit, fit_tables
from anatomy.training.loop import Stopped
from anatomy.training.population import Sweep, sweep
from anatomy.training.run import Run, readable, tables
from anatomy.training.runner import Runner, runner, training
from anatomy.training.step import Step, Stepper
from anatomy.training.valley import Valley, valleys

__all__ = [
    "Moment",
    "Run",
    "Runner",
    "Step",
    "Stepper",
    "Stopped",
    "Sweep",
    "Table",
    "Valley",
    "at_step",
    "cache_on_disk",
    "evaluate",
    "fit",
    "fit_tables",
    "last_finite",
    "readable",
    "runner",
    "store",
    "sweep",
    "tables",
    "training",
    "valleys",
]
