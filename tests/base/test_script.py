"""The script out of a function holds all that the function uses."""

import linecache
import sys
import types

import keras
import numpy as np
from keras import layers
from keras.layers import Dense as Brick

from anatomy.base.script import script

UNITS = [8, 4]
ARRAY = np.zeros(3)


class Twice(layers.Layer):
    def call(self, x):
        return 2 * x


def stack(x):
    for units in UNITS:
        x = Twice()(Brick(units)(x))
    return x


def build(activation="relu"):
    inputs = keras.Input((2,))
    return keras.Model(inputs, layers.Dense(1, activation=activation)(stack(inputs)))


def family(after, scale=1):
    def built(units=2):
        return after(keras.Sequential([keras.Input((2,)), layers.Dense(scale * units)]))

    return built


def test_a_lambda_is_taken_out_of_the_line_it_stands_in():
    def returned():
        return family(
            after=lambda model: keras.Sequential([model, layers.Dense(1)]), scale=3
        )  # fmt: skip

    pair = lambda x: x, lambda x: keras.Sequential([x, layers.Dense(5)])
    for function, count in ((returned(), 25), (family(pair[1]), 21), (family(pair[0]), 6)):
        text = script(function, ["import keras"], ["count = built().count_params()"])
        scope = {"__name__": "script"}
        exec(compile(text, "script", "exec"), scope)
        assert scope["count"] == count


def test_a_lambda_is_called_as_it_is_written():
    made = (lambda: lambda units: keras.layers.Dense(units))()
    text = script(made, ["import keras"], [f"layer = {made.__name__}(units=3)"])
    scope = {"__name__": "script"}
    exec(compile(text, "script", "exec"), scope)
    assert scope["layer"].units == 3


def test_a_script_runs_by_itself():
    text = script(build, ["import keras"], ["model = build()"])
    scope = {"__name__": "script"}
    exec(compile(text, "script", "exec"), scope)
    assert scope["model"].count_params() == build().count_params()


def test_a_class_of_a_notebook_is_taken_out_of_its_cell(monkeypatch):
    """A notebook's module has no file; a cell has its lines."""
    cell = "import keras\n\n\n@keras.saving.register_keras_serializable()\n"
    cell += "class Half(keras.layers.Layer):\n    def call(self, x):\n        return x / 2\n\n\n"
    cell += "def build():\n    return Half()\n"
    module = types.ModuleType("a_notebook")
    monkeypatch.setitem(sys.modules, "a_notebook", module)
    monkeypatch.setitem(
        linecache.cache, "<cell>", (len(cell), None, cell.splitlines(True), "<cell>")
    )
    exec(compile(cell, "<cell>", "exec"), vars(module))
    text = script(module.build, ["import keras"], ["half = build()(np.ones(2))"])
    assert text.count("register_keras_serializable()\nclass Half") == 1
    scope = {"__name__": "script", "np": np}
    exec(compile(text, "script", "exec"), scope)
    assert np.asarray(scope["half"]).tolist() == [0.5, 0.5]


def test_its_order_and_imports():
    text = script(build, ["import keras"], ["model = build()"])
    assert text.startswith("import keras\nfrom keras import layers\n")
    assert "from keras.layers import Dense as Brick" in text
    assert "UNITS = [8, 4]" in text
    assert text.count("import keras\n") == 1
    assert text.index("class Twice") < text.index("def stack") < text.index("def build")
    assert text.endswith("\nmodel = build()\n")


def test_what_has_no_source_is_said():
    def build():
        return ARRAY

    assert "# ARRAY = ...  # your own ndarray" in script(build, [], [])


def test_a_local_name_is_not_taken_for_a_global_one():
    def build(Brick):
        ARRAY = Brick(1)
        return ARRAY

    text = script(build, [], [])
    assert "your own" not in text
    assert "import" not in text


def test_enclosing_values():
    units = 3

    def build():
        return units

    assert "units = 3" in script(build, [], [])


def test_a_function_without_a_source():
    scope = {}
    exec("def build(): return 1", scope)
    assert "# build: its source cannot be found" in script(scope["build"], [], ["build()"])
