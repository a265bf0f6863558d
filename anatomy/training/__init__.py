"""Keras ``fit()``, made instant.

``fused``       one compiled call an epoch, the same numbers as ``fit()``
``compiled``    its train step as a loop over the batches, of one model or of many that differ in
                their numbers; the store of what is compiled
``run``         one run of a student's ``build()``: seed, build, compile, fit
``divergence``  the step after which a loss was no finite number, and what made it so
``step``        one training step, taken apart; whether a model takes one
``population``  many trainings at once: a whole axis of learning rates, seeds
``members``     where each of these starts, and which are trained in one call
``rates``       what learning rates come to: the best, the cliff, too small or too large
``backends``    functions of arrays, compiled and differentiated on every backend
``runner``      one background worker, the latest request wins; a thread that compiles ahead
``errors``      what a student's own code raised, as a line to read
``private``     what is used of Keras without its leave, and random streams of one's own
"""

from anatomy.training.compiled import cache_on_disk, store
from anatomy.training.divergence import Moment, at_step, cause, last_finite
from anatomy.training.fused import evaluate, fit, samples, tables
from anatomy.training.members import RATE
from anatomy.training.population import Sweep, sweep
from anatomy.training.rates import LINES, OUTCOMES, Valley, outcomes, valleys
from anatomy.training.run import Run
from anatomy.training.runner import runner
from anatomy.training.step import Step, Stepper
