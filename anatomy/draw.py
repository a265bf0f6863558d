"""The door to every picture: facts in, a ``Picture`` out.

    training_loop   data, layers, loss, optimizer, and what each passes to the next
    step            one training step, with its real tensors
    unit            one unit of a Dense layer: kernel times input, sum, activation
    history         loss and metrics over the epochs of a fit()
    convolution     the window on an image, patch times kernel, the feature map
    bricks          a stack of layers, with studs in the form of their shapes
    tensor          any array of rank 0 to 5, its axes named
    layer           a layer, opened: its parts and the arguments that make them
    model           any Keras model: branches, skips, nested models, repeated blocks
    recurrence      a sequence, row by row through an LSTM: its gates and states
    hypotheses      members of a hypothesis space: a fan of functions, or decision regions
    loss            a loss and its gradient over the prediction; of classes, on a triangle
    ctc             a label without places: its lattice over the frames, its paths
    confusion       which classes a model takes for which
    mistakes        where a model is most wrong: images, rows, points, residuals
    optimizer       gradient in, step out, and what an optimizer remembers between
    outlier         lines by several losses, and a point that pulls at them
    rare            where a model puts the samples of a rare class, and all others
    kernels         what the units of a softmax layer look for in an image
    search          fit() as a search: the function that bends onto its target
    search_map      the same as a way through a map of functions
    landscape       the loss of a model over a slice of its weights, and a path on it
    sweep           where each learning rate ends: the valley, its band over seeds, the cliff
    heatmap         where each pair of a learning rate and a momentum ends, as a cell
    divergence      a learning rate that breaks a training, among all that were tried
    paths           optimizers on the contours of a surface, and their losses
    schedule        the learning rate over the steps of a training
    overshoot       the loss along minus the gradient, and where a step of a rate lands

Each returns a ``Picture``: a figure, and ``describe()``, the same in words; ``update(...)`` draws
other facts, ``svg()`` is the picture with real text. Never pyplot, and no Keras until a Keras
model is to be drawn. ``larger(1.4)`` shows all of them larger: to project.
"""

from anatomy.base.picture import Picture, larger
from anatomy.fit.history.draw import history
from anatomy.fit.loop.draw import training_loop
from anatomy.fit.step.draw import step
from anatomy.hypotheses.search.draw import search, search_map
from anatomy.hypotheses.space.draw import hypotheses
from anatomy.layers.bricks.draw import bricks
from anatomy.layers.card.draw import layer
from anatomy.layers.conv.draw import convolution
from anatomy.layers.dense.draw import unit
from anatomy.layers.lstm.draw import recurrence
from anatomy.layers.tensor.draw import tensor
from anatomy.losses.ctc.draw import ctc
from anatomy.losses.curve.draw import loss
from anatomy.losses.outlier.draw import outlier
from anatomy.losses.shortcut.draw import kernels, rare
from anatomy.models.graph.draw import model
from anatomy.optimizers.divergence.draw import divergence, overshoot
from anatomy.optimizers.landscape.draw import landscape
from anatomy.optimizers.race.draw import paths
from anatomy.optimizers.schedule.draw import schedule
from anatomy.optimizers.sweep.draw import heatmap, sweep
from anatomy.optimizers.update.draw import optimizer
from anatomy.workflow.predictions.draw import confusion, mistakes

__all__ = [name for name in dir() if name[0] != "_"]
