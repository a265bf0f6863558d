"""The lab of the whole workflow, without a browser: move a control, wait, look."""

import by_hand
import fresh
import keras
import numpy as np
import pytest
from looking import flaws_at_all_widths, texts

from anatomy import data, labs, predictions, training
from anatomy.workflow.workflow.facts import build, findings, judge, repaired, script, split
from anatomy.workflow.workflow.line import EXAMPLES, KINDS, example, parse

MOONS = "moons; dense 8 tanh; dense 1 sigmoid; adam 0.03; epochs 3"
WAVES = "waves; dense 8 tanh; dense 1 linear; adam 0.03; epochs 3"


@pytest.fixture
def lab():
    lab = labs.workflow(MOONS)
    assert lab.wait(60)
    yield lab
    lab.close()


def move(lab, **values):
    by_hand.move(lab, **values)
    return lab.status


def press(lab, name):
    lab.buttons[name].click()
    assert lab.wait(60)
    return lab.status


def type_in(lab, line):
    lab.controls["state"].value = line
    assert lab.wait(60)
    return lab.status


@pytest.mark.parametrize("line", [MOONS, WAVES])
def test_of_one_or_two_features_the_function_stands_beside_the_curves(line):
    lab, data_set = labs.workflow(line), line.partition(";")[0]
    assert lab.wait(60)
    beside = lab.picture.facts["beside"]
    task, ends, values, parts = beside[-1]
    assert len(ends) == lab.model.input_shape[-1]
    first = [low for low, _ in ends] if len(ends) == 1 else [ends[0][0], ends[1][1]]
    expected = lab.model.predict(np.array([first]), verbose=0)
    np.testing.assert_allclose(values[0], expected[0], atol=1e-5)
    assert task.classes == ((0, 1) if data_set == "moons" else ())
    assert [len(x) for x, *_ in parts] == [len(split(data_set).x_val), len(split(data_set).x_train)]
    assert "the model" in texts(lab.picture)
    assert flaws_at_all_widths(lab.picture) == []
    assert ("Over the plane the model decides" in lab.describe()) == (data_set == "moons")
    diverges = f"{data_set}; dense 8 tanh; dense 1; mse; sgd 100; epochs 3"
    assert type_in(lab, diverges) == "diverged"  # nothing finite is left
    assert flaws_at_all_widths(lab.picture) == []
    lab.close()


def test_it_trains_what_a_script_would(lab):
    def build():
        hidden = keras.layers.Dense(8, activation="tanh")
        last = keras.layers.Dense(1, activation="sigmoid")
        model = keras.Sequential([keras.Input((2,)), hidden, last])
        optimizer = keras.optimizers.Adam(0.03)
        model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
        return model

    assert lab.status == "done"
    run = training.Run(build, {}, epochs=3, batch_size=32, seed=0)  # plain fit(): test_fused.py
    run.fit(*training.tables(data.moons()))
    assert lab.history == run.history
    assert set(lab.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert not lab.findings


def test_each_control_is_a_part_of_the_line(lab):
    for values, parts in (
        ({"learning_rate": 0.5}, ["adam 0.5;"]),
        (
            {"optimizer": "sgd", "layer": 0, "units": 12, "activation": "relu"},
            ["sgd 0.5;", "dense 12 relu; dense 1 sigmoid"],
        ),
        (
            {"metric": "mae", "loss": "mse", "epochs": 2, "batch_size": 64, "seed": 7},
            ["; metric mae; epochs 2; batch 64; seed 7", "; mse; "],
        ),
    ):
        before = lab.history
        assert move(lab, **values) == "done"
        assert all(part in lab.state for part in parts)
        assert lab.history != before
        assert lab.controls["state"].value == lab.state
    hidden = lab.model.layers[0]
    assert (hidden.units, hidden.activation) == (12, keras.activations.relu)
    assert (lab.model.loss, type(lab.model.optimizer)) == ("mse", keras.optimizers.SGD)
    assert list(lab.history) == ["loss", "mae", "val_loss", "val_mae"]
    assert len(lab.history["loss"]) == 2


def test_a_state_is_restored_exactly(lab):
    move(lab, learning_rate=0.02, epochs=2, seed=3)
    other = labs.workflow.from_state(lab.state)
    assert other.wait(60)
    assert other.state == lab.state
    assert other.history == lab.history
    other.close()
    type_in(lab, "moons; dense 3 relu; dense 1 sigmoid; sgd 0.1234; epochs 1")  # pasted
    move(lab, layer=0)
    assert lab.controls["units"].value == 3
    assert lab.controls["learning_rate"].value == 0.1234  # no step of its slider, and yet exact
    assert float(lab.model.optimizer.learning_rate) == pytest.approx(0.1234)
    assert lab.status == "done"


def test_a_bad_line_leaves_all_as_it_is(lab):
    state, history = lab.state, lab.history
    assert type_in(lab, "moons; dens 3") == "done"
    assert "All is left as it was. 'dens 3' is not understood. Is dense meant?" in lab.message
    assert (lab.state, lab.history) == (state, history)
    move(lab, seed=4)
    assert "All is left" not in lab.message
    assert lab.controls["state"].value == lab.state
    for bad in ("moons", None, "__import__('os')"):
        with pytest.raises(ValueError):  # noqa: PT011
            labs.workflow.from_state(bad)


def test_layers_are_added_changed_moved_and_taken_away(lab):
    buttons = lab.buttons
    lab.controls["layer"].value = 0
    buttons["add"].click()
    assert "dense 8 tanh; dense 32 relu; dense 1 sigmoid" in lab.state
    lab.controls["kind"].value = "Dropout"
    assert "dense 8 tanh; dropout 0.5; dense 1 sigmoid" in lab.state
    assert press(lab, "down") == "done"
    assert buttons["down"].disabled
    assert "moons; dropout 0.5; dense 8 tanh; dense 1 sigmoid" in lab.state
    assert [type(layer).__name__ for layer in lab.model.layers] == ["Dropout", "Dense", "Dense"]
    buttons["remove"].click()
    assert "moons; dense 8 tanh; dense 1 sigmoid" in lab.state
    for _ in range(9):
        buttons["add"].click()
    assert lab.state.count("dense") == 7
    assert buttons["add"].disabled
    lab.controls["layer"].value = 6
    for _ in range(7):
        buttons["remove"].click()
    assert lab.wait(60)
    assert "moons; dense 8 tanh; binary" in lab.state
    assert lab.status == "broken"  # of the last layer, eight units are left
    assert press(lab, "repair") == "done"
    assert "moons; dense 1 sigmoid; binary" in lab.state


def test_layers_are_looked_at_as_bricks(lab):
    move(lab, look="layers")
    assert lab.picture.facts["stack"].parameters == lab.model.count_params()
    assert [handle.press for handle in lab.picture.sheet.handles] == [{"layer": 0}, {"layer": 1}]
    move(lab, layer=1)
    assert lab.picture.facts["selected"] == 1
    assert len(lab.runs) == 1  # to look is not to train


@pytest.mark.parametrize(
    ("state", "why", "line"),
    [
        ("digits images; dense 8 relu; dense 10 softmax", "for each position", "flatten; dense 8"),
        ("digits; conv2d 4 3 relu; dense 10 softmax", "a vector of 784", "reshape 28x28x1; conv2d"),
        ("digits sequences; lstm 4 sequences; dense 10 softmax", "for each timestep", "lstm 4;"),
    ],
)
def test_a_broken_stack_says_where_and_what_repairs_it(state, why, line):
    lab = labs.workflow(f"{state}; epochs 1; batch 256; sgd 0.1")
    assert lab.wait(60)
    assert lab.status == "broken"
    assert not lab.runs
    assert "nothing is trained" in lab.message
    assert why in lab.message
    assert "repair: " in " ".join(mark.settings.get("text", "") for mark in lab.picture.sheet.marks)
    assert why in lab.describe()
    assert not lab.buttons["repair"].disabled
    assert "# It does not fit at layer" in lab.code()
    new = repaired(parse(lab.state))
    assert line in str(new)
    assert judge(new).fits
    if "flatten" in line:  # the quickest to train
        assert press(lab, "repair") == "done"
        assert lab.state == str(new)
        assert "does not fit" not in lab.message
        assert np.isfinite(lab.history["loss"]).all()
    lab.close()


def test_the_loss_doctor_is_asked(lab):
    assert move(lab, layer=1, activation="linear") == "done"
    assert lab.findings[0].code == "from_logits forgotten"
    assert "The loss doctor: from_logits forgotten." in lab.message
    assert "from_logits forgotten: The output is linear" in lab.describe()
    assert press(lab, "repair") == "done"
    assert "dense 8 tanh; dense 1 sigmoid" in lab.state
    assert not lab.findings
    assert "doctor" not in lab.message


def test_what_keras_refuses_is_a_status_and_nothing_is_lost(lab):
    history, picture = lab.history, lab.picture.describe()
    assert move(lab, loss="categorical_crossentropy", layer=1, units=3) == "broken"
    assert "Keras raises an error. ValueError" in lab.message
    assert (lab.history, lab.picture.describe()) == (history, picture)
    assert move(lab, loss="binary_crossentropy", units=1) == "done"


def test_a_cell_of_the_confusion_matrix_shows_its_mistakes(lab):
    move(lab, look="confusion")
    cells = [h for h in lab.picture.sheet.handles if "taken for" in h.label]
    assert sum(int(cell.value) for cell in cells) == len(data.moons().y_val)
    for cell in cells[:2]:
        by_hand.press(lab, cell.label)
        assert lab.controls["look"].value == "mistakes"
        title = cell.label.removesuffix(": see them")
        assert lab.picture.describe().startswith(f"{title}: {cell.value} of ")
        move(lab, seed=1)
        assert lab.picture.describe().startswith(title)
        move(lab, seed=0)
        by_hand.press(lab, "the confusion matrix")
        assert lab.controls["look"].value == "confusion"
        assert "Press the title" not in lab.message
    move(lab, look="mistakes")
    assert "taken for" not in lab.picture.describe().split(".")[0]


def test_confusion_and_mistakes_are_those_of_the_model(lab):
    split = data.moons()
    p = lab.model.predict(split.x_val, verbose=0)
    runs = len(lab.runs)
    move(lab, look="confusion")
    right = predictions.confusion(split.y_val, p, split.classes).right
    assert f"{right} right" in lab.picture.describe()
    move(lab, look="mistakes")
    np.testing.assert_array_equal(lab.picture.facts["probabilities"], p)
    assert len(lab.runs) == runs  # to look is not to train
    move(lab, learning_rate=0.5)
    p = lab.model.predict(split.x_val, verbose=0)
    np.testing.assert_array_equal(lab.picture.facts["probabilities"], p)
    assert lab.picture.describe() in lab.describe()


def test_a_regression_is_looked_at_by_its_residuals(lab):
    move(lab, look="confusion")
    move(lab, data="diabetes")
    assert lab.controls["look"].options == ("curves", "residuals", "layers")
    assert lab.controls["metric"].value == "mae"
    press(lab, "example")
    move(lab, look="residuals", epochs=2)
    split = data.diabetes()
    p = lab.model.predict(split.x_val, verbose=0)
    np.testing.assert_array_equal(lab.picture.facts["probabilities"], p)


def test_a_diverged_run_says_so_and_shows_its_curves(lab):
    press(lab, "example")
    move(lab, data="diabetes", look="curves")
    assert type_in(lab, "diabetes; dense 8 relu; dense 1; sgd 100; epochs 3") == "diverged"
    move(lab, look="residuals")
    assert "diverged" in lab.picture.describe()


def test_outputs_that_cannot_be_drawn_are_said_in_words(lab):
    type_in(lab, "digits; dense 1 linear; mse; sgd 0.001; epochs 1")
    move(lab, look="mistakes")
    assert lab.picture.describe().startswith("History")
    assert "No picture of predictions: y_true has a label 9" in lab.message


def test_earlier_runs_stay_beside_the_present_one(lab):
    move(lab, learning_rate=0.5)
    move(lab, layer=0, units=16)
    assert lab.picture.facts["label"] == "dense 16 tanh, adam 0.5"
    labels = [label for label, *_ in lab.picture.facts["others"]]
    assert labels == ["dense 8 tanh", "dense 8 tanh, adam 0.03"]
    move(lab, data="xor")  # other data: nothing to compare
    assert not lab.picture.facts["others"]


def test_fit_new_seed_stop_and_run(lab):
    history = lab.history
    assert press(lab, "fit") == "done"
    assert lab.history == history
    assert lab.run() == history
    press(lab, "new_seed")
    assert lab.controls["seed"].value == 1
    assert lab.history != history
    lab.stop()
    assert lab.wait(60)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_fits_and_is_sound(name):
    state = example(name)
    assert judge(state).fits
    assert not findings(state)
    assert repaired(state) is None


@pytest.mark.parametrize(
    ("name", "metric", "low", "high"),
    [
        ("moons", "val_accuracy", 0.97, 1),
        ("spirals", "val_accuracy", 0.97, 1),
        ("waves", "val_loss", 0.01, 0.03),  # 0.1², the noise, is the least there is
    ],
)
def test_an_example_does_well(name, metric, low, high):
    lab = labs.workflow(str(example(name)))
    assert lab.wait(60)
    assert low <= lab.history[metric][-1] <= high
    lab.close()


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_repaired_fits(kind):
    words = {
        "units": "8", "filters": "4", "kernel_size": "3", "pool_size": "2", "rate": "0.5",
        "target_shape": "28x28x1", "activation": "relu", "return_sequences": "last",
    }  # fmt: skip
    layer = " ".join([kind, *(words[name] for name in KINDS[kind][1])])
    for name in ("digits images", "diabetes"):
        state = parse(f"{name}; {layer}; dense 3 relu; mae")
        new = repaired(state, findings(state) if judge(state).fits else ())
        if new is None:  # nothing is wrong, or nothing simple repairs it
            assert judge(state).broken or not findings(state)
            continue
        assert judge(new).fits
        assert not findings(new)
        assert parse(str(new)) == new


def test_the_script_runs_by_itself_to_the_same_loss():
    lab = labs.workflow(
        "breast_cancer; batch_normalization; dense 16 relu; dropout 0.25; dense 1 sigmoid; "
        "adamw 0.0123; metric none; epochs 3; seed 5"
    )
    assert lab.wait(60)
    assert f"loss {lab.history['loss'][-1]!r}" in fresh.run(lab.code())
    lab.close()


def test_the_script_of_every_example_makes_the_model_that_is_trained():
    for name in EXAMPLES:
        state = example(name)
        source = script(state).replace("model.fit(", "dict(")
        source = source[: source.index("history =")]
        namespace = {}
        exec(source, namespace)
        keras.utils.set_random_seed(state.seed)
        expected, model = build(state), namespace["model"]
        assert namespace["split"].code == split(name).code
        for one, other in zip(model.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
        one, other = (m.optimizer.get_config() | {"name": ""} for m in (model, expected))
        assert one == other
        assert model.loss == expected.loss
        assert (model._compile_metrics is None) == (expected._compile_metrics is None)
