"""How an optimizer moves what it trains: numbers behind the pictures.

``update``     a few gradients through a real Keras optimizer: its state and its steps
``surface``    a loss over two weights: a formula, or a Keras model that has no more
``path``       where an optimizer goes on a surface, step by step
``plane``      a slice of the loss of a Keras model: a plane through the space of its weights
``curvature``  the largest curvature of a loss, and the largest learning rate that it leaves stable
``overshoot``  the loss along minus the gradient, and where a step of a learning rate lands
"""

from anatomy.optimizers.divergence.curvature import Curvature, curvature
from anatomy.optimizers.divergence.facts import Overshoot, overshoot
from anatomy.optimizers.landscape.facts import Plane, plane
from anatomy.optimizers.race.facts import Path, path
from anatomy.optimizers.race.surfaces import SURFACES, Surface, surface
from anatomy.optimizers.update.facts import Update, fresh, update
