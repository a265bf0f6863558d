"""The line of a workflow: what is written is read back, and nothing else is read at all."""

import random
import string

import pytest

from anatomy.workflow.workflow import line
from anatomy.workflow.workflow.line import EXAMPLES, KINDS, State, example, parse

GOOD = str(example("digits"))
CHOICES = {
    "activation": line.ACTIVATIONS,
    "return_sequences": (False, True),
    "rate": (0.0, 0.1, 0.25, 0.9),
    "target_shape": ((28, 28), (28, 28, 1), (784,), (14, 56), (1, 1, 1, 1)),
}


def layer(rng):
    kind = rng.choice([*KINDS])
    values = (
        rng.choice(CHOICES[name]) if name in CHOICES else rng.randint(*line.VALUES[name])
        for name in KINDS[kind][1]
    )
    return kind, *values


def state(rng):
    return State(
        rng.choice([*EXAMPLES]),
        tuple(layer(rng) for _ in range(rng.randint(1, line.MOST))),
        rng.choice(line.LOSSES),
        rng.choice([*line.OPTIMIZERS]),
        float(f"{10 ** rng.uniform(-5, 2):.3g}"),
        rng.choice(line.METRICS),
        rng.randint(*line.VALUES["epochs"]),
        int(rng.choice(line.VALUES["batch_size"])),
        rng.randint(*line.VALUES["seed"]),
    )


def test_random_states_go_round():
    rng = random.Random(0)
    for _ in range(400):
        one = state(rng)
        text = str(one)
        assert parse(text) == one
        assert str(parse(text)) == text
        assert parse(text.replace(" ", "+")) == one  # in an address
        assert parse(f"  {text.replace(';', ' ;  ')};") == one
        assert len(text) < line.LONGEST
        head, *parts = text.split("; ")
        settings = [part for part in parts if part.split()[0] not in KINDS]
        layers = [part for part in parts if part not in settings]
        rng.shuffle(settings)  # all but the data and the order of the layers
        assert parse("; ".join([head, *settings, *layers])) == one


def test_the_line_is_short_and_reads():
    assert GOOD == (
        "digits; dense 32 relu; dense 10 softmax; sparse_categorical_crossentropy; "
        "rmsprop 0.001; epochs 10; batch 128; seed 0"
    )
    made = parse("digits images; conv2d 8 3; lstm 4; lstm 4 sequences; dense 1")
    assert made.layers == (
        ("conv2d", 8, 3, "linear"), ("lstm", 4, False), ("lstm", 4, True), ("dense", 1, "linear")
    )  # fmt: skip
    assert "conv2d 8 3 linear; lstm 4; lstm 4 sequences; dense 1 linear" in str(made)


@pytest.mark.parametrize("data", EXAMPLES)
def test_what_is_left_out_fits_the_data(data):
    made = parse(f"{data}; dense 3")
    units, activation, loss, metric = line.usual(data)
    assert (made.loss, made.metric) == (loss, metric)
    assert example(data).layers[-1] == ("dense", units, activation)
    assert "metric" not in str(made)
    assert "metric none" in str(parse(f"{data}; dense 3; metric none"))


BAD = {
    "": "'' is no data set. A line begins with one of: digits, digits sequences",
    "digit; dense 3": "'digit' is no data set",
    "digits": "has 0 layers: give 1 to 7, such as dense 32 relu",
    "digits" + "; dense 3" * 8: "has 8 layers",
    "digits; dens 3": "'dens 3' is not understood. Is dense meant?",
    "digits; dense": "'dense': dense takes units, activation. Write such as \"dense 32 relu\"",
    "digits; dense 3 relu 4": "'dense 3 relu 4': dense takes units, activation",
    "digits; dense 0": "'dense 0': units is a whole number from 1 to 512",
    "digits; dense 1e2": "'dense 1e2': units is a whole number",
    "digits; dense -1": "'dense -1': units is a whole number",
    "digits; dense ٣": "'dense ٣': units is a whole number",
    "digits; dense 99999999999": "units is a whole number from 1 to 512",
    "digits; dense 3 rellu": "'dense 3 rellu': activation is one of linear, relu",
    "digits; conv2d 8 relu": "kernel_size is a whole number",
    "digits; conv2d 8": "conv2d takes filters, kernel_size, activation",
    "digits; dropout 1.5": "'dropout 1.5': rate is a number from 0 to 0.9",
    "digits; reshape 28x0": "write a shape as whole numbers, such as 28x28x1",
    "digits; reshape 28x28x1x1x1": "write a shape",
    "digits; lstm 3 all": "return_sequences is one of last, sequences",
    "digits; flatten 3": "flatten takes nothing. Write such as \"flatten\"",
    "digits; dense 3; adam": "'adam': adam takes learning_rate. Write such as \"adam 0.001\"",
    "digits; dense 3; adam nan": "'adam nan': learning_rate is a number from 1e-05 to 100",
    "digits; dense 3; adam inf": "learning_rate is a number",
    "digits; dense 3; adam 1e99": "learning_rate is a number",
    "digits; dense 3; adam 0": "learning_rate is a number",
    "digits; dense 3; adam 0.1; sgd 0.1": "'sgd 0.1' is the second optimizer: give one",
    "digits; dense 3; mse; mae": "'mae' is the second loss",
    "digits; dense 3; epochs 1000": "'epochs 1000': epochs is a whole number from 1 to 200",
    "digits; dense 3; batch 33": "'batch 33': batch_size is one of 16, 32, 64, 128, 256",
    "digits; dense 3; metric f1": "'metric f1': metric is one of accuracy, mae, mse, none",
    "digits; dense 3; __import__('os')": "is not understood",
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BAD.items())
def test_a_bad_line_is_one_clear_error(text, said):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        parse(text)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 400


HOSTILE = [
    None, 5, b"digits; dense 3", ["digits"], "digits" * 10**6, "digits;" * 10**5, "\0",
    "digits; \0", "digits; dense 3; adam 9**9**9", "digits; dense (lambda: 1)()",
    "digits; reshape 9x" + "9" * 99, "digits; dense 3; adam " + "9" * 500, "digits; " + "(" * 500,
    "digits; dense ²", "digits\ndense", "../../etc/passwd", "digits; ${HOME}", "digits; dense %s",
    "digits; dense {0}", "digits; dense 0x1F", "digits; dense 1_0", "digits; dense 3; adam 1_0.0",
    "digits; dense True", "DIGITS; DENSE 3",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:30])
def test_a_hostile_line_raises_a_value_error_alone(text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        parse(text)
    assert len(str(caught.value)) < 400


def test_broken_lines_raise_a_value_error_or_mean_something():
    rng, alphabet = random.Random(1), string.printable + "é٣²;;;   0123456789"
    for _ in range(600):
        text = list(str(state(rng)))
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(text))
            text[at : at + rng.randint(0, 2)] = rng.choices(alphabet, k=rng.randint(0, 3))
        try:
            made = parse("".join(text))
        except ValueError:
            continue
        assert parse(str(made)) == made  # what is taken is within all bounds
