"""How an optimizer moves what it trains: numbers behind the pictures.

``update``  a few gradients through a real Keras optimizer: its state and its steps
"""

from anatomy.optimizers.update import Update, fresh, update

__all__ = ["Update", "fresh", "update"]
