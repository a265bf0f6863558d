"""The door to every lab: controls, a picture and a run.

``fit``   a student's own ``build()``: its arguments on sliders, refitted as they move
``playground``  the function as it forms, every unit's face, weights to move by hand
``sketch``  your own handwriting, read at every stroke, and what each layer makes of it
``step``  one training step under the microscope
``dense``  one unit of a Dense layer on real data, and what training makes of its kernel
``conv``  the window of a convolution on a real image
``lstm``  a digit, row by row through an LSTM: gates, cell state, hidden state
``loss``  a loss and its gradient at a prediction and a target, and what one step would do
``ctc``  a label without places: drag the logits of a few frames, and see its loss move
``model``  a model's topology on sliders, and a sample that flows through it
``hypotheses``  a topology as a space of functions: does any come near a target?
``outlier``  one point to drag: what it does to a line by MSE, MAE and Huber
``shortcut``  what fit() is given, and what a model makes of it: more than its loss
``update``  gradients by hand into a real optimizer: what it remembers, how far it steps
``divergence``  a learning rate that breaks a training: each outcome found, the step that overshot
``race``  optimizers on a surface, from where you put them, step by step
``sweep``  every learning rate at once: the valley and the cliff, and a marker to move
``workflow``  data, layers, loss, optimizer, fit(), and where it is wrong: all in one place
``predict``  a question, answered by a guess before it is settled
``bricks``  layers as bricks: what fits on what, and what repairs it
"""

import gc as _gc

from anatomy.base.lab import Lab
from anatomy.check.predict import Predict as predict
from anatomy.fit.history.lab import Fit as fit
from anatomy.fit.playground.lab import Playground as playground
from anatomy.fit.sketch.lab import Sketch as sketch
from anatomy.fit.step.lab import Step as step
from anatomy.hypotheses.search.lab import Hypotheses as hypotheses
from anatomy.layers.bricks.lab import Bricks as bricks
from anatomy.layers.conv.lab import Conv as conv
from anatomy.layers.dense.lab import Dense as dense
from anatomy.layers.lstm.lab import Lstm as lstm
from anatomy.losses.ctc.lab import Ctc as ctc
from anatomy.losses.curve.lab import Loss as loss
from anatomy.losses.outlier.lab import Outlier as outlier
from anatomy.losses.shortcut.lab import Shortcut as shortcut
from anatomy.models.graph.lab import Model as model
from anatomy.optimizers.divergence.lab import Divergence as divergence
from anatomy.optimizers.race.lab import Race as race
from anatomy.optimizers.sweep.lab import Sweep as sweep
from anatomy.optimizers.update.lab import Update as update
from anatomy.workflow.workflow.lab import Workflow as workflow

# Keras and JAX are loaded and stay: that the garbage collector should go through them costs 0.1 s,
# again and again, while a hand is on a slider.
_gc.freeze()

__all__ = [name for name in dir() if name[0] != "_"]
