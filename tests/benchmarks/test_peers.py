"""What else a student could use for the same: each on the same Keras model, in the same run.

Pictures count from the call to the bytes of a PNG, in this process: no browser is in it.
"""

import io
import itertools
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import keras
import pytest
from benchmarks.conftest import spread
from benchmarks.test_training import digits
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from IPython.utils.capture import capture_output
from keras import layers

from anatomy import data, draw, labs

EPOCHS = 10


def chain():
    return keras.Sequential([keras.Input((784,)), *[layers.Dense(32, "relu") for _ in range(8)]])


def branches():
    start = keras.Input((28, 28, 8))
    ends = [layers.Conv2D(8, size, padding="same")(start) for size in (1, 3, 5)]
    return keras.Model(start, layers.Dense(10)(layers.Flatten()(layers.Concatenate()(ends))))


def kit(model):
    return draw.model(model).png(scale=1)


def plot_model(model):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.png"
        keras.utils.plot_model(model, path, show_shapes=True, show_layer_names=True)
        return path.read_bytes()


def visualkeras(model):
    import visualkeras

    file = io.BytesIO()
    visualkeras.graph_view(model).save(file, "png")
    return file.getvalue()


@pytest.mark.parametrize("build", [chain, branches])
@pytest.mark.parametrize("theirs", [plot_model, visualkeras])
def test_a_model_is_drawn(build, theirs, row, seconds, side_by_side):
    if theirs is visualkeras:
        pytest.importorskip("visualkeras")
    else:
        pytest.importorskip("pydot")
        if shutil.which("dot") is None:
            pytest.skip("Graphviz is not installed (Debian: apt install graphviz)")
    model = build()
    seconds(lambda: kit(model)), seconds(lambda: theirs(model))  # what is imported once
    ours, other = side_by_side(lambda: kit(model), lambda: theirs(model), 9)
    row(
        f"draw.model, a model of {len(model.layers)} layers",
        spread(ours),
        f"{theirs.__name__}: {spread(other)}",
        times=statistics.median(other) / statistics.median(ours),
    )


def plotted(rate, split):
    """What a cell with ``ipywidgets.interact`` does at each move: build, fit, pyplot."""
    import matplotlib.pyplot as plt

    model = digits(rate)
    history = model.fit(*split, batch_size=32, epochs=EPOCHS, verbose=0)
    plt.plot(history.history["loss"])
    plt.show()


def followed(rate, split):
    """The same with livelossplot, which draws after each epoch."""
    from livelossplot import PlotLosses  # its callback for Keras asks for TensorFlow
    from livelossplot.outputs import MatplotlibPlot

    plot = PlotLosses(outputs=[MatplotlibPlot()])
    callback = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: (plot.update(dict(logs)), plot.send())
    )
    digits(rate).fit(*split, batch_size=32, epochs=EPOCHS, verbose=0, callbacks=[callback])


@pytest.fixture
def inline():
    """Pictures of pyplot are encoded for a page, as in a notebook."""
    import matplotlib.pyplot as plt

    before = plt.get_backend()
    shell = InteractiveShell.instance()
    plt.switch_backend("module://matplotlib_inline.backend_inline")
    select_figure_formats(shell, {"png"})
    yield
    plt.switch_backend(before)
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("theirs", [plotted, followed], ids=["interact", "livelossplot"])
def test_a_new_learning_rate_is_drawn(theirs, row, side_by_side, inline):
    if theirs is followed:
        pytest.importorskip("livelossplot")
    split, rates = data.digits(), itertools.cycle([0.002, 0.003, 0.001])
    lab = labs.fit(digits, split, learning_rate=(1e-4, 1.0), epochs=EPOCHS)
    assert lab.wait(120), lab.status

    first = []

    def ours():
        before, start = lab.message, time.perf_counter()
        lab.controls["learning_rate"].value = next(rates)
        while lab.message == before or "epoch" not in lab.message:
            time.sleep(0.001)
        first.append(1000 * (time.perf_counter() - start))
        assert lab.wait(60)

    def other():
        with capture_output() as captured:
            theirs(next(rates), (split.x_train, split.y_train))
        assert "image/png" in captured.outputs[-1].data

    ours(), other()
    mine, others = side_by_side(ours, other, 5)
    lab.close()
    name = {plotted: "interact and pyplot", followed: "livelossplot"}[theirs]
    row(
        f"labs.fit, a new rate to the last picture of {EPOCHS} epochs (digits)",
        f"{spread(mine)}, the first after {spread(first[1:])}",
        f"{name}: {spread(others)}, without validation",
        times=statistics.median(others) / statistics.median(mine),
    )
