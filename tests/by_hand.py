"""A lab without a browser: move its controls and press its picture as a hand would."""


def move(lab, **values):
    """Sets these controls, one after the other, and waits; nothing failed."""
    for name, value in values.items():
        lab.controls[name].value = value
    assert lab.wait(60)
    assert lab.error is None, lab.error


def press(lab, label, x=None, y=None):
    """Presses, or drags to a place of the picture, its one handle with this label, and waits."""
    (handle,) = [one for one in lab.picture.sheet.handles if one.label == label]
    left, top, _, _ = handle.place
    at = {"x": left if x is None else x, "y": top if y is None else y}
    lab._grab(handle, {"kind": "grab", **at})
    assert lab.wait(60)
    assert lab.error is None, lab.error
