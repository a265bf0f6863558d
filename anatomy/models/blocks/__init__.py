"""Repeated blocks of a graph, folded."""
