"""Layers clipped together: what fits onto what, where a stack breaks, and what repairs it."""
