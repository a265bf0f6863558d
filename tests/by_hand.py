"""A lab without a browser: move its controls as a hand would."""


def move(lab, **values):
    """Sets these controls, one after the other, and waits; nothing failed."""
    for name, value in values.items():
        lab.controls[name].value = value
    assert lab.wait(60)
    assert lab.error is None, lab.error
