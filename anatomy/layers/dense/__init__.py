"""One unit of a Dense layer at work: input times kernel, summed, plus bias, activation."""
