"""A model's topology on sliders: the graph redrawn as they move, a sample flowing through it."""

import inspect
import time

import ipywidgets as widgets
import numpy as np

from anatomy import draw, models
from anatomy.draw.model_values import words
from anatomy.labs.controls import control, controls, value
from anatomy.labs.lab import Lab
from anatomy.labs.script import script

PAUSE = 0.15  # seconds from a layer's values to the next one's
LAB = ("expand", "values", "sample")  # controls of the lab itself


class Model(Lab):
    """The graph of the model that a student's own ``build()`` returns, as its arguments move.

    Nothing is trained: the weights are those that a seed of 0 gives. With "values" each box
    shows what its layer hands on for one sample; "flow" lets them arrive layer by layer.

    Args:
        build: function of keyword arguments that returns a ``keras.Model``.
        data: samples to let through: an ``anatomy.data`` split, whose validation images are
            taken, or an array ``(n, ...)``, or a list or dict of such arrays for several
            inputs. None: no values are shown.
        **abbreviations: for each argument of ``build`` a control, as for ``labs.fit``.

    Attributes:
        model: the model that is shown.

    Raises:
        TypeError, ValueError: for a ``build``, data or abbreviation that cannot be used; what
            ``build`` raises for its first arguments.
    """

    def __init__(self, build, data=None, **abbreviations):
        if not inspect.isfunction(build):
            raise TypeError(
                f"build is {build!r}; give a function that takes keyword arguments and returns "
                "a keras.Model."
            )
        self.build, self._arrays = build, getattr(data, "x_val", data)
        made = controls(build, abbreviations)
        if taken := [name for name in LAB if name in made]:
            raise TypeError(
                f"{build.__name__}() has an argument {taken[0]!r}, which the lab has too."
            )
        self._parameters = tuple(made)
        self.model = build(**{name: value(one) for name, one in made.items()})
        if any(node.kind == "model" for node in models.graph(self.model).nodes):
            made["expand"] = control("expand", False)
        buttons = {}
        if self._arrays is not None:
            made["values"] = control("values", False)
            made["sample"] = control("sample", (0, self._samples() - 1), 0)
            made["sample"].continuous_update = True
            buttons["flow"] = widgets.Button(
                description="flow", tooltip="Let a sample flow through, layer by layer"
            )
        for name in self._parameters:
            if hasattr(made[name], "continuous_update"):
                made[name].continuous_update = True
        self._flowing = False
        super().__init__(draw.model(self.model), made, buttons)
        if buttons:
            buttons["flow"].on_click(lambda button: self._flow())
        self._post()

    def code(self):
        settings = self._settings()
        given = ", ".join(f"{name}={settings[name]!r}" for name in self._parameters)
        return script(
            self.build,
            ["import anatomy  # first: it chooses the JAX backend", "import keras"],
            [
                "keras.utils.set_random_seed(0)",
                f"model = {self.build.__name__}({given})",
                "model.summary()",
            ],
        )

    def _rows(self):
        column = widgets.VBox(
            [*self.controls.values(), widgets.HBox(list(self.buttons.values()))],
            layout={"width": "345px", "flex": "0 0 auto"},
        )
        screen = widgets.VBox(
            [self._line, self._image, self._words], layout={"flex": "1 1 560px", "min_width": "0"}
        )
        return [widgets.HBox([column, screen], layout={"flex_flow": "row wrap"})]

    def _flow(self):
        self._flowing = True
        if self.controls["values"].value:
            self._post()
        else:
            self.controls["values"].value = True

    def _work(self, request):
        settings, flowing = self._settings(), self._flowing
        self._flowing = False
        model = self._built({name: settings[name] for name in self._parameters})
        shown = settings.get("values", False)
        picture = draw.model(
            model,
            expand=settings.get("expand", False),
            values=self._sample(settings["sample"]) if shown else None,
        )
        self.model, self.picture, self.error = model, picture, None
        self._image.layout.max_width = f"{picture.size[0]}px"
        if shown and flowing:
            self._let_flow(request)
        self._frame()
        self._say("done", self._sentence(settings))

    def _let_flow(self, request):
        """Shows the values of one layer after the other."""
        nodes = self.picture.graph.nodes
        for count, node in enumerate(nodes, 1):
            if request.cancelled:
                break
            self.picture.show(count)
            self._frame()
            self._say("flowing", f"{node.name}: {words(self.picture.values[count - 1][0])}")
            time.sleep(PAUSE)
        self.picture.show(len(nodes))

    def _sentence(self, settings):
        graph = self.picture.graph
        said = f"{graph.layers} layers, {graph.parameters:,} parameters."
        if self.picture.values is not None:
            said += f" Sample {settings['sample']} flows through; the weights are not trained."
        return said

    def _built(self, settings):
        import keras
        from keras.src.utils.naming import reset_uids

        reset_uids()  # layers are named as in a fresh process
        keras.utils.set_random_seed(0)
        model = self.build(**settings)
        models.graph(model)  # raises what is wrong with it
        return model

    def _samples(self):
        arrays = self._arrays
        arrays = arrays.values() if isinstance(arrays, dict) else arrays
        return len(arrays if isinstance(arrays, np.ndarray) else next(iter(arrays)))

    def _sample(self, i):
        """One sample, in the form of the data."""
        if isinstance(self._arrays, dict):
            return {name: array[i] for name, array in self._arrays.items()}
        if isinstance(self._arrays, list | tuple):
            return [array[i] for array in self._arrays]
        return self._arrays[i]
