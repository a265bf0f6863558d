"""Search: a fit() as the path that it takes through a space of functions."""
