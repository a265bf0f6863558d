"""A loss over the prediction, its gradient, and one step of descent."""
