"""How an optimizer moves what it trains: numbers behind the pictures.

``update``  a few gradients through a real Keras optimizer: its state and its steps
``surface`` a loss over two weights: a formula, or a Keras model that has no more
``path``    where an optimizer goes on a surface, step by step
"""

from anatomy.optimizers.path import Path, path
from anatomy.optimizers.surfaces import SURFACES, Surface, surface
from anatomy.optimizers.update import Update, fresh, update

__all__ = ["SURFACES", "Path", "Surface", "Update", "fresh", "path", "surface", "update"]
