"""A shortcut: what a model can learn instead of the task, and still lower its loss."""
