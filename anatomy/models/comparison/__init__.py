"""Whether two models are built alike, and if not, where they first differ."""
