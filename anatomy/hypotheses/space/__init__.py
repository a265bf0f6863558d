"""Space: the functions that a topology can be."""
