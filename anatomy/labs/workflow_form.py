"""The four steps of a workflow as controls: what they stand at is a State, and is set by one."""

import html

import ipywidgets as widgets

from anatomy.draw.brick import total
from anatomy.labs import workflow_state as line
from anatomy.labs.controls import control, value
from anatomy.labs.workflow_model import split
from anatomy.labs.workflow_rows import Rows, new

LOOKS = {True: ("curves", "confusion", "mistakes"), False: ("curves", "residuals")}
STEPS = ("1. Define the data", "2. Define the model", "3. Configure the learning process",
         "4. Iterate with fit()")  # fmt: skip
WIDTHS = (330, 262, 208)  # the least, in CSS pixels, of steps 1 and 2, of 3 and of 4
#: A control -> the attribute of a State that it stands for.
FIELDS = {
    "data": "data", "loss": "loss", "optimizer": "optimizer", "learning_rate": "rate",
    "metric": "metric", "epochs": "epochs", "batch_size": "batch", "seed": "seed",
}  # fmt: skip


class Form:
    """All controls of the workflow lab.

    Attributes:
        controls: dict name -> ipywidgets control.
        layers: the `Rows` of the stack.
        busy: whether the form is setting its controls by itself; what they then report is no news.
        about: HTML below the first two steps, for the worker to write.
    """

    def __init__(self):
        self.busy, self.layers = False, Rows()
        self.about = {
            step: widgets.HTML(layout={"width": "auto", "min_height": "24px"})
            for step in ("data", "model")
        }
        self.controls = {
            "data": control("data", list(line.EXAMPLES)),
            **self.layers.controls,
            "loss": control("loss", list(line.LOSSES)),
            "optimizer": control("optimizer", list(line.OPTIMIZERS)),
            "learning_rate": _slider(1e-3),
            "metric": control("metric", list(line.METRICS)),
            "epochs": control("epochs", line.EPOCHS),
            "batch_size": control("batch_size", list(line.BATCHES)),
            "seed": control("seed", line.SEED),
            "look": control("look", widgets.ToggleButtons(options=LOOKS[True])),
        }
        for name in FIELDS:
            self.controls[name].style.description_width = "88px"
            self.controls[name].layout.width = "auto"
        self.controls["look"].style.button_width = "96px"
        self.controls["look"].tooltip = "look at"
        self.controls["data"].observe(lambda change: self._adapt(), names="value")
        for row in self.layers.rows:
            row.controls["kind"].observe(lambda change, row=row: self._renew(row), names="value")

    @property
    def state(self):
        """The State that the controls stand at."""
        at = {field: value(self.controls[name]) for name, field in FIELDS.items()}
        return line.State(layers=self.layers.value, **at)

    @state.setter
    def state(self, state):
        self.busy = True
        self.layers.show(state.layers)
        self.controls["learning_rate"].options = rates(state.rate)
        for name, field in FIELDS.items():
            self.controls[name].value = getattr(state, field)
        self._offer(state.data)
        self.busy = False

    def steps(self, buttons):
        """The four steps beside each other, with these buttons among them."""
        made = self.controls
        adding, fitting = (
            widgets.HBox([buttons[name] for name in names])
            for names in (("add", "example"), ("fit", "stop", "new_seed"))
        )
        data, model, learning, iterating = (
            [widgets.HTML(f"<b>{head}</b>", layout={"margin": "4px 0 0"}), *step]
            for head, step in zip(STEPS, [
                [made["data"], self.about["data"]],
                [*(row.widget for row in self.layers.rows), adding, self.about["model"]],
                [made[name] for name in ("loss", "optimizer", "learning_rate", "metric")],
                [*(made[name] for name in ("epochs", "batch_size", "seed")), fitting],
            ], strict=True)
        )  # fmt: skip
        columns = [
            widgets.VBox(parts, layout={"flex": f"1 1 {width}px", "min_width": "0"})
            for width, parts in zip(WIDTHS, ([*data, *model], learning, iterating), strict=True)
        ]
        return widgets.HBox(columns, layout={"flex_flow": "row wrap", "grid_gap": "0 18px"})

    def introduce(self, state, stack):
        """Below the first two steps: what the data and the stack are."""
        data = split(state.data)
        n, m, shape = len(data.x_train), len(data.x_val), data.x_train.shape[1:]
        what = f"{len(data.classes)} classes" if data.classes else "one number each"
        sizes = [one.output_shape[1:] for one in stack.joints if one.output_shape]
        path = " → ".join("×".join(map(str, size)) for size in [shape, *sizes])
        end = " ✗" if stack.broken else f": {total(stack):,} parameters"
        texts = {"data": f"{n:,} + {m:,} samples {shape}, {what}", "model": path + end}
        for step, text in texts.items():
            self.about[step].value = (
                '<div style="line-height: 1.35; padding: 2px 0 2px 4px; white-space: normal">'
                f"{html.escape(text)}</div>"
            )
        self.layers.mark(stack.broken.index if stack.broken else None)

    def added(self):
        """The State with a layer more, before the last."""
        layers = self.layers.value
        return self._with((*layers[:-1], new("dense"), layers[-1])[: line.MOST])

    def removed(self, k):
        """The State without a layer; the last one that is left stays."""
        layers = self.layers.value
        return self._with(layers[:k] + layers[k + 1 :] or layers)

    def lifted(self, k):
        """The State with a layer one place further up."""
        layers = [*self.layers.value]
        layers[k - 1 : k + 1] = layers[k], layers[k - 1]
        return self._with(tuple(layers))

    def next_seed(self):
        """Moves the seed on."""
        seed = self.controls["seed"]
        seed.value = (seed.value + 1) % (seed.max + 1)

    def _with(self, layers):
        at = self.state
        return line.State(**{**vars(at), "layers": layers})

    def _adapt(self):
        """Other data: what there is to look at, and a metric of their kind."""
        if self.busy:
            return
        self.busy, data = True, self.controls["data"].value
        metric = self.controls["metric"]
        if self._offer(data) and metric.value != "none":
            metric.value = line.usual(data)[3]
        self.busy = False

    def _offer(self, data):
        """Offers the pictures that there are for these data; True when they are others."""
        look, looks = self.controls["look"], LOOKS[split(data).classes is not None]
        other = tuple(look.options) != looks
        if other:
            look.options = looks
        return other

    def _renew(self, row):
        """Another kind of layer: its own settings."""
        if not self.busy and row.number <= self.layers.count:
            self.busy = True
            row.show(row.value)
            self.busy = False


def _slider(rate):
    slider = widgets.SelectionSlider(options=rates(rate), description="learning_rate")
    return control("learning_rate", slider)


def rates(given):
    """Pairs (text, learning rate) of a slider on which the given one stands too.

    A logarithmic slider of ipywidgets would not do: the page moves it to the next step of its
    own, and the lab would train at another rate than a State says.
    """
    low, high = line.RATE
    usual = (float(f"{step}e{power}") for power in range(-5, 3) for step in (1, 2, 5))
    steps = sorted({rate for rate in usual if low <= rate <= high} | {given})
    return [(f"{rate:g}", rate) for rate in steps]
