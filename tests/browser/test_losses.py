"""The labs of losses on a laptop: wholly in view; predictions and a threshold are dragged."""

import re

import pytest
from browser import look

LINES = {
    "curve": "labs.loss()",
    "triangle": 'labs.loss("categorical_crossentropy", other=None)',
    "ctc": "labs.ctc()",
    "outlier": "labs.outlier(straight, points, epochs=2)",
    "rare": "labs.shortcut(two, halves, epochs=1, share=[0.0, 1.0])",
    "kernels": "labs.shortcut(ten, some_digits, epochs=1, share=[0.0, 1.0])",
}
KERNELS = """
def ten():
    last = layers.Dense(10, activation="softmax")
    model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), last])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

def some_digits(share=1.0):
    return {"x": digits.x_val, "y": digits.y_val, "validation_data": (digits.x_val, digits.y_val)}

"""


@pytest.fixture
def labs(page, run):
    """The labs on the commonest laptop, by the name of each."""
    lines = [f"{KERNELS if name == 'kernels' else ''}{line}" for name, line in LINES.items()]
    return dict(zip(LINES, look.on_a_laptop(page, run, lines), strict=True))


def test_labs_of_losses_fit_a_laptop_and_are_dragged(page, labs, tmp_path):
    from playwright.sync_api import expect

    assert look.misfits(page, labs, tmp_path) == {}

    def to(name, label, across, up, text):
        """Drags a handle to a part of its width and height, and expects it in the description."""
        lab = labs[name]
        lab.scroll_into_view_if_needed()
        handle = lab.locator(f'.anatomy-handle[aria-label="{label}"]')
        box = handle.bounding_box()
        place = box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]
        look.drag(page, handle, *place)
        expect(lab.locator("img")).to_have_attribute("alt", re.compile(text))

    to("curve", "the prediction, binary_crossentropy", 0.8, 0.5, r"At Y′ = 0\.[78]")
    to("triangle", "the prediction, categorical_crossentropy", 0.15, 0.08, r"At Y′ = \(0\.[78]")
    to("ctc", "frame 2, 7", 0.95, 0.5, "Read frame by frame: 7 3 7")
    to("rare", "the threshold", 0.5 - 6, 0.5, r"threshold 0\.[123]")
