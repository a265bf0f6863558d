"""The extension in IPython: beside the student's error, never in its way."""

import atexit
import io
import subprocess
import sys
import warnings

import keras
import pytest
from explain import cells, held_out
from explain.cells import RIGHT
from explain.test_cells import uncompiled
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from jupyter_client.manager import run_kernel

from anatomy.explain import lab

WRONG = """
keras.Sequential([keras.Input((28, 28)), layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10)])
"""
SETUP = """
import keras
import numpy as np
from keras import layers
x, y = np.random.rand(64, 4).astype("float32"), np.random.rand(64)

def build(activation=None, loss="mse"):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, activation=activation)])
    model.compile("sgd", loss)
    return model
"""


@pytest.fixture
def cell():
    """``cell(text)`` runs a cell: (its result, what it printed)."""
    shell = InteractiveShell(user_ns={})

    def run(text):
        with capture_output() as captured, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras's own, for the student
            result = shell.run_cell(text, store_history=True)
        return result, captured.stdout

    run.shell = shell
    run("%load_ext anatomy")
    run(SETUP)
    yield run
    run("%unload_ext anatomy")
    shell.user_ns.clear()  # IPython keeps the shell
    atexit.unregister(shell.atexit_operations)


def test_an_error_keeps_its_type_and_text_and_has_an_explanation_beneath_it(cell):
    result, text = cell(WRONG)
    assert isinstance(result.error_in_exec, ValueError)
    assert "expected min_ndim=4" in str(result.error_in_exec)
    error, _, block = text.partition("-- anatomy: layers that do not fit --")
    assert "ValueError" in error
    assert "where:  keras.Sequential([keras.Input((28, 28)), layers.Conv2D(8, 3)" in block
    assert "layers.Reshape((28, 28, 1)), layers.Conv2D(8, 3)" in block.partition("  + ")[2]


CALLBACK = """
class Broken(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        1 / 0

build().fit(x, y, callbacks=[Broken()], verbose=0)
"""


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0",
        "np.zeros(3) + np.zeros(4)",
        "1 +",
        "open('no')",
        "{}['acc']",
        "raise KeyboardInterrupt",
        CALLBACK,
        *("tf.strings.upper('a')", "torch.ones(3)", "one_hot", "imdb.head()", "Pipeline([])"),
        *("add(1, 2)", "Sequental([])", "layers_"),
        *("K = K + 1", "metrics.mean_squared_error(y, y)", "Counter(y)", "shape", "mnist[0]"),
        "from anatomy import layers as kit\nkit.stack('no shape', [])",
    ],
)
def test_an_error_that_is_not_of_keras_is_left_alone(cell, text):
    _, printed = cell(text)
    assert "-- anatomy" not in printed


def test_a_changed_model_of_an_earlier_cell_is_built_again(cell):
    cell("model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])")
    cell("model.compile('sgd', 'mse')")
    _, text = cell("model.fit(x, y, verbose=0)")
    assert "  + model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])" in text


def test_cells_that_raised_before_are_in_no_trials_way(cell):
    cell("model = keras.Sequential([keras.Input((28, 28)), layers.Conv2D(8, 3)])")
    cell("model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])")
    _, text = cell("model.compile(keras.optimizers.SGD(lr=0.1), 'mse')")
    assert "+ model.compile(keras.optimizers.SGD(learning_rate=0.1), 'mse')" in text
    cell("model.compile('sgd', 'mse')")
    _, text = cell("model.fit(x, y, nb_epoch=1, verbose=0)")
    assert "+ model.fit(x, y, epochs=1, verbose=0)" in text


def test_a_cell_that_was_replaced_is_blamed_for_nothing(cell):
    cell("model = keras.Sequential([layers.Dense(1, input_shape=(64, 4))])")
    cell("model = build('rellu')")
    cell("model = build()")
    text = cell("model.fit(list(x), y, verbose=0)")[1]
    assert "-- anatomy: data that are not what the model takes --" in text
    text = cell("model.fit(x[:, :3], y, verbose=0)")[1]
    assert "what:   x has 3 features; the model takes 4." in text


def test_a_timed_cell_is_explained_like_any_other(cell):
    cell("model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])")
    _, text = cell("%%time\nmodel.fit(x, y, verbose=0)")
    assert "-- anatomy: not compiled --" in text
    assert '  + model.compile(optimizer="adam", loss="mse")' in text


def test_an_error_in_a_function_of_an_earlier_cell_is_changed_there(cell):
    cell("def net(units):\n    return layers.Dense(units, activaton='relu')")
    cell("other = 1")
    assert "  +     return layers.Dense(units, activation='relu')" in cell("net(3)")[1]


def test_a_model_of_many_weights_is_not_tried(cell):
    cell("model = keras.Sequential([keras.Input((4,)), layers.Dense(2_000_000), layers.Dense(1)])")
    _, text = cell("model.fit(x, y, verbose=0)")
    assert "No change was tried: the model has over 5,000,000 weights." in text


def test_a_trial_writes_no_file_and_changes_no_large_array(cell, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("anatomy.explain.trial.BYTES", 100)
    cell("model = build(); z = np.ones((64, 4), 'float32')")
    _, text = cell("model.save('mine')")
    assert "+ model.save('mine.keras')" in text
    cell("z /= 2\nlayers.Dense(1, activaton='relu')(z)")
    assert cell.shell.user_ns["z"].max() == 0.5
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_the_students_is_touched(cell):
    outcomes = []
    for _ in range(2):  # the second time without the extension
        cell("keras.utils.clear_session(); keras.utils.set_random_seed(3); model = build()")
        cell("z = np.zeros(4); tensor = keras.Input((28, 28))")
        cell("z += 1; layers.Dense(3, activaton='relu')")
        cell("wrong = layers.Conv2D(4, 3)(tensor)")
        cell("np.random.rand(); model(x[0])")
        cell("left = layers.Dense(1).name, np.random.rand(), float(keras.random.uniform(()))")
        cell("nodes = len(tensor._keras_history[0]._outbound_nodes)")
        names = cell.shell.user_ns
        weights = [one.tolist() for one in names["model"].get_weights()]
        outcomes.append([names[name] for name in ("left", "nodes")] + [weights])
        assert names["z"].tolist() == [1] * 4
        cell("%unload_ext anatomy")
    assert outcomes[0] == outcomes[1]


def test_last_explains_again_and_quiet_explains_nothing(cell):
    assert "no error to explain" in cell("%anatomy last")[1]
    first = cell(WRONG)[1].partition("-- anatomy")[2]
    assert cell("%anatomy last")[1].strip().partition("-- anatomy")[2].strip() == first.strip()
    cell("%anatomy quiet")
    assert "anatomy" not in cell(WRONG)[1]
    cell("%anatomy quiet")
    assert "-- anatomy" in cell(WRONG)[1]


def test_an_error_inside_the_explanation_never_hides_the_students(cell, monkeypatch):
    def broken(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr("anatomy.explain.explanation.explain", broken)
    result, text = cell(WRONG)
    assert isinstance(result.error_in_exec, ValueError)
    assert "broken" not in text


OTHERS = """
def handler(shell, kind, error, tb, tb_offset=None):
    shell.showtraceback((kind, error, tb), tb_offset=tb_offset)
    print("the other handler")

errors = []
get_ipython().set_custom_exc((Exception,), handler)
get_ipython().events.register("post_run_cell", lambda result: errors.append(result.error_in_exec))
"""


def test_a_kernel_with_plain_hooks_explains_beside_another_extension():
    messages = []
    with run_kernel(stderr=subprocess.DEVNULL) as client:  # no widgets, as in VS Code and Colab
        for text in ("%load_ext anatomy\nimport keras\nfrom keras import layers", OTHERS, WRONG):
            hook = messages.append if text is WRONG else lambda message: None
            reply = client.execute_interactive(text, output_hook=hook, timeout=120)["content"]
        client.execute_interactive("print(errors[-1])", output_hook=messages.append, timeout=120)
    assert reply["ename"] == "ValueError"
    assert "expected min_ndim=4" in reply["evalue"]
    shown = [(m["msg_type"], m["content"]) for m in messages if "execute" not in m["msg_type"]]
    kinds = [kind for kind, _ in shown if kind != "status"]
    assert kinds == ["error", "stream", "display_data", "update_display_data", "stream"]
    first, last = (content["data"] for kind, content in shown if "display" in kind)
    assert "Trying a change" in first["text/html"]
    assert "tried in a copy" in last["text/html"]
    assert "change, tried in a copy:" in last["text/plain"]
    said = [content["text"] for kind, content in shown if kind == "stream"]
    assert said[0] == "the other handler\n"
    assert "expected min_ndim=4" in said[1]


def test_a_fault_that_keras_let_pass_is_said_once_for_each_model(cell):
    cell("model = build('softmax')")
    assert "anatomy: softmax of one unit." in cell("model.fit(x, y, verbose=0);")[1]
    assert "anatomy" not in cell("model.fit(x, y, verbose=0);")[1]
    assert "anatomy: softmax of one unit." in cell("build('softmax').fit(x, y, verbose=0);")[1]


FIRST = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
shell.run_cell("%load_ext anatomy")
shell.run_cell('''
import keras
import numpy as np
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, "softmax")])
model.compile("sgd", "mse")
model.fit(np.ones((8, 4)), np.ones(8), verbose=0);
''')
"""


def test_a_fault_is_noticed_in_the_very_cell_that_imports_keras():
    run = [sys.executable, "-W", "ignore", "-c", FIRST]
    assert "anatomy: softmax of one unit." in subprocess.check_output(run, text=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("build().fit(x * np.nan, y, verbose=0);", "row 0"),
        ("build().fit(1e4 * x, y, epochs=3, verbose=0);", "learning rate"),
    ],
)
def test_a_training_that_broke_is_noticed(cell, text, said):
    assert said in cell(text)[1]


def test_a_training_that_goes_well_gets_not_a_word(cell):
    text = cell("losses = build().fit(x, y, epochs=5, verbose=0).history['loss']")[1]
    assert 0 < cell.shell.user_ns["losses"][-1] < cell.shell.user_ns["losses"][0]
    assert "anatomy" not in text


def test_unshuffled_classes_are_noticed(cell):
    cell("y = np.repeat([0, 1], 32)")
    cell("model = build('sigmoid', 'binary_crossentropy')")
    text = cell("model.fit(x, y, validation_split=0.5, verbose=0);")[1]
    assert "class 1 is never trained" in text


def test_unloading_puts_everything_back(cell):
    shell, callbacks = cell.shell, cell.shell.events.callbacks
    counts = {name: len(several) for name, several in callbacks.items()}
    watched = keras.Model.fit
    cell("%unload_ext anatomy")
    assert keras.Model.fit is not watched
    assert "anatomy" not in keras.Model.fit.__code__.co_filename
    assert len(callbacks["post_run_cell"]) == counts["post_run_cell"] - 1
    assert not {"anatomy", "modern"} & {*shell.magics_manager.magics["line"],
                                        *shell.magics_manager.magics["cell"]}  # fmt: skip
    assert "anatomy" not in cell(WRONG)[1]


def test_right_cells_get_not_a_word(cell):
    assert len(RIGHT) == 60
    cell(cells.SETUP)
    for text in [*RIGHT, *held_out.RIGHT]:
        with uncompiled():
            result, printed = cell(text)
        assert result.error_in_exec is None, text
        assert "anatomy" not in printed, text


def test_what_another_one_has_wrapped_is_left_to_them(cell):
    ours = keras.Model.fit
    keras.Model.fit = theirs = lambda *args, **kwargs: ours(*args, **kwargs)
    cell("%unload_ext anatomy")
    assert keras.Model.fit is theirs
    cell("model = build('softmax')")
    assert "anatomy" not in cell("model.fit(x, y, verbose=0);")[1]
    keras.Model.fit = ours.__wrapped__


def test_modern_shows_an_old_cell_and_runs_nothing(cell):
    text = cell("%%modern\nmodel.fit(x, y, nb_epoch=3)\n1 / 0")[1]
    assert "+ model.fit(x, y, epochs=3)" in text
    assert "ZeroDivisionError" not in text
    assert "Nothing here is old." in cell("%%modern\nmodel.fit(x, y, epochs=3)")[1]


def test_a_notebook_shows_html_and_then_the_change_in_the_same_place(cell, monkeypatch):
    shown = []

    def publish(data, transient, update=False):
        shown.append(data)

    monkeypatch.setattr(cell.shell.display_pub, "publish", publish)
    cell.shell.kernel = io
    cell(WRONG)
    first, last = (one["text/html"] for one in shown)
    assert "<img alt=" in first
    assert "Trying a change" in first
    assert "tried in a copy" in last
    assert "Reshape((28, 28, 1))" in last
    assert "-- anatomy" in shown[1]["text/plain"]


def test_each_explanation_has_a_place_of_its_own_on_the_page(cell, monkeypatch):
    """JupyterLab writes an update wherever its name was used, in this kernel or the one before."""
    places = []

    def publish(data, transient, update=False):
        places.append((transient["display_id"], update))

    monkeypatch.setattr(cell.shell.display_pub, "publish", publish)
    cell.shell.kernel = io
    cell(WRONG)
    extension = lab._loaded[cell.shell]
    extension.show(extension.last)  # where it lies another would lie, once it is freed
    new = [name for name, update in places if not update]
    assert len(set(new)) == 2
    assert [name for name, update in places if update] == new[:1]  # its change is known by then
