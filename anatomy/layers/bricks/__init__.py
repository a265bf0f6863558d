"""Layers as LEGO bricks: a stack as a picture, and joined by hand."""
