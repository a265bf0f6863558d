"""Where the boxes of a graph stand, and the lines between them."""
