"""One's own digit, drawn by hand: what a model makes of it, layer by layer."""
