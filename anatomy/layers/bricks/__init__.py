"""Layers as bricks: what fits onto what, where a stack breaks, and what repairs it."""
