"""Keras and JAX, each imported when something of it is first used: a picture needs neither."""

import importlib


class Lazy:
    """A package, imported when one of its attributes is asked for."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, attribute):
        value = getattr(importlib.import_module(self._name), attribute)
        setattr(self, attribute, value)  # so that it is found at once from now on
        return value


jax, keras = Lazy("jax"), Lazy("keras")
