"""Keras and JAX, each imported when something of it is first used: a picture needs neither."""

import importlib


class Lazy:
    """A package, imported when one of its attributes is asked for."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, attribute):
        return getattr(importlib.import_module(self._name), attribute)


jax, keras = Lazy("jax"), Lazy("keras")
