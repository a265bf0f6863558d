"""The workflow: what a model predicted, and all of the chapter in one place."""
