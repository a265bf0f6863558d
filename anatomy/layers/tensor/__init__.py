"""An array of numbers as what it is: its rank, its axes, the image that it may be."""
