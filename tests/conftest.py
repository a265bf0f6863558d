"""Shared by all tests: the backend is chosen before any of them imports Keras."""

import anatomy  # noqa: F401
