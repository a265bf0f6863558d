"""Controls from abbreviations, as ``ipywidgets.interact`` has them."""

import contextlib
import functools
import inspect
import math
import weakref

import ipywidgets as widgets

from anatomy.base.type import width
from anatomy.data import calls

MOST = 10_000  # positions of a slider of floats, between which it is stepped

#: Parameters that compile nothing new, and so may follow the hand while it drags.
LIVE = {"learning_rate", "epochs", "patience"}

#: Controls that students made themselves: they outlive the labs that they are given to.
GIVEN = weakref.WeakSet()


class _Shared:
    """A layout or a style of many widgets: it outlives them, and none may change it."""

    def close(self):
        pass

    def __setattr__(self, name, value):
        if vars(self).get("_model_id") and name in self.keys:
            own = f"Give this one its own: control.layout = {{{name!r}: {value!r}}}, say."
            raise AttributeError(f"Many widgets share this {type(self).__name__}. {own}")
        super().__setattr__(name, value)


@functools.cache
def look(kind=widgets.Layout, **settings):
    """The one layout, or style, with these settings: widgets are many, looks are few."""
    return type(kind.__name__, (_Shared, kind), {})(**settings)


@contextlib.contextmanager
def alike(created):
    """Widgets that are made meanwhile share the plain `look`, and are noted in a list."""

    def dress(widget):
        created.append(widget)
        for name in ("layout", "style"):
            if widget.has_trait(name) and not widget.trait_has_value(name):
                setattr(widget, name, look(getattr(type(widget), name).klass))

    before = widgets.Widget._widget_construction_callback
    widgets.Widget.on_widget_constructed(dress)
    try:
        yield
    finally:
        widgets.Widget.on_widget_constructed(before)


def dressed(name, widget, live=False):
    """The widget as the control of this name: its label, its width, its class on the page."""
    widget.description, widget.layout = name, look(width="auto")
    label(widget, 98)
    if hasattr(widget, "continuous_update"):
        widget.continuous_update = live
    return widget.add_class(f"anatomy-{name.replace('_', '-')}")


def label(widget, width):
    """Sets the width of the label of a control of the kit's, in CSS pixels."""
    if widget not in GIVEN:
        widget.style = look(type(widget).style.klass, description_width=f"{width}px")


def hide(widget, hidden):
    """Takes a control off the page, or shows it again."""
    widget.layout = look(width="auto", **({"display": "none"} if hidden else {}))


def strip(controls, buttons, columns):
    """The controls and buttons of a lab on a page: in columns, or as many in a row as there fit."""
    if columns:
        box = widgets.HBox([_column(controls, buttons, *one) for one in columns])
        box.add_class("anatomy-columns")
    else:
        shown = [one for one in controls.values() if isinstance(one, widgets.Widget)]
        box = widgets.Box([*shown, *_row([*buttons.values()])])
    return box.add_class("anatomy-controls")


def _column(controls, buttons, least, heads):
    """Controls and buttons beneath each other, under their heads; labels as long as need be."""
    parts = []
    items = [item for items in heads.values() for item in items]
    own = [controls[item] for item in items if isinstance(item, str)]
    longest = max((width(one.description, 13) for one in own), default=0)
    for one in own:
        label(one, min(98, round(longest) + 8))
    for head, items in heads.items():
        parts.append(widgets.HTML(f"<b>{head}</b>") if isinstance(head, str) else head)
        for item in items:
            if isinstance(item, tuple):
                parts += _row([buttons[name] for name in item])
            else:
                parts.append(controls[item] if isinstance(item, str) else item)
    layout = look(flex=f"1 1 {least}px", min_width="0", overflow="hidden")
    return widgets.VBox(parts, layout=layout)


def _row(buttons):
    return [widgets.HBox(buttons, layout=look(flex_flow="row wrap"))] if buttons else []


def controls(function, abbreviations, taken=(), *, live=False):
    """A control for each keyword argument of ``function``.

    Args:
        function: the student's function; each parameter has a default or an abbreviation.
        abbreviations: dict name -> ``(min, max)`` or ``(min, max, step)``, a list of choices, a
            bool, a str, a number, ``ipywidgets.fixed(value)``, or a control; else by the default.
        taken: names of controls that the lab itself has.
        live: whether all of them follow the hand while it drags; else those of `LIVE`.

    Returns:
        dict name -> ipywidgets control, in the order of the function's parameters.

    Raises:
        TypeError: for a name that the function lacks, a parameter without default and abbreviation,
            or one whose name is taken.
        ValueError: for an abbreviation that gives no control.
    """
    signature, title = inspect.signature(function), f"{function.__name__}()"
    parameters = signature.parameters
    if any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters.values()):
        raise TypeError(
            f"{title} takes *args or **kwargs; name its arguments, so that each can have a control."
        )
    calls.bound(signature, title, (), abbreviations, inspect.Signature.bind_partial, taken)
    created = {}
    for name, parameter in parameters.items():
        if name not in abbreviations and parameter.default is parameter.empty:
            raise TypeError(
                f"{title} needs a value for {name!r}: give it a default, or a control such as "
                f"{name}=(1, 10)."
            )
        abbreviation = abbreviations.get(name, parameter.default)
        created[name] = control(name, abbreviation, parameter.default, live=live or name in LIVE)
    if both := [name for name in taken if name in created]:
        raise TypeError(f"{title} has an argument {both[0]!r}, which the lab has too.")
    return created


def control(name, abbreviation, default=inspect.Parameter.empty, *, live=False):
    """One control for one abbreviation; ``default`` is its first value where it fits.

    ``live``: whether it follows the hand while it drags.
    """
    widget = _logarithmic(abbreviation, default) or _from_number(abbreviation)
    if widget is None:
        with contextlib.suppress(ValueError):  # of a range that ends before it begins
            widget = widgets.interactive.widget_from_abbrev(abbreviation, default)
    useless = getattr(widget, "options", None) == () or getattr(widget, "max", 0) == math.inf
    if widget is None or useless:
        raise ValueError(
            f"{name}={abbreviation!r} gives no control; give (min, max), the smaller one first, "
            "a list of choices, True or False, or an ipywidgets control."
        )
    if widget is not abbreviation:  # not the student's own widget
        _check_default(name, widget, default)
        return dressed(name, widget, live)
    if isinstance(widget, widgets.Widget):
        GIVEN.add(widget)
        widget.add_class(f"anatomy-{name.replace('_', '-')}")
    return widget


def whole(name, wanted, choices):
    """The control of an argument of ``fit()``: one that has a number, or as it was abbreviated."""
    live = name in LIVE
    error = ValueError(
        f"{name}={wanted!r}: give a whole number from 1 up, or a control such as (1, 50)."
    )
    if isinstance(wanted, bool) or (isinstance(wanted, int) and wanted < 1):
        raise error
    if isinstance(wanted, int):
        if isinstance(choices, list):
            calls.one_of(name, wanted, choices)
        else:
            choices = min(wanted, choices[0]), max(wanted, choices[1])
        widget = control(name, choices, wanted, live=live)
    else:
        widget = control(name, wanted, live=live)
    if not isinstance(value(widget), int) or value(widget) < 1:
        raise error
    return widget


def batch_sizes(wanted):
    """The control of ``batch_size``."""
    sizes = {16, 32, 64, 128, 256} | ({wanted} if type(wanted) is int else set())
    return whole("batch_size", wanted, sorted(sizes))


def value(widget):
    """What a control stands at; a logarithmic slider at three significant digits."""
    return rounded(widget, widget.value)


def rounded(widget, value):
    """A value of a control as a student reads it: the browser changes digits beyond."""
    return float(f"{value:.3g}") if isinstance(widget, widgets.FloatLogSlider) else value


def put(widget, wanted):
    """Moves a control as near to a value as it can stand."""
    if hasattr(widget, "options"):
        options = [option for _, option in widget._options_full]
        if wanted not in options:
            wanted = min(options, key=lambda option: abs(option - wanted))
    elif isinstance(widget, widgets.FloatLogSlider):
        wanted = min(max(wanted, widget.base**widget.min), widget.base**widget.max)
    elif hasattr(widget, "min"):
        if by := widget.step:
            wanted = widget.min + by * round((wanted - widget.min) / by)
        wanted = type(widget.value)(min(max(wanted, widget.min), widget.max))
    widget.value = wanted


def positions(widget):
    """(all values at which a control can stand, the place among them where it stands), or None."""
    at, by = widget.value, getattr(widget, "step", None)
    if isinstance(getattr(widget, "index", ()), int | None):
        return [option for _, option in widget._options_full], widget.index or 0
    if isinstance(at, bool):
        return [False, True], int(at)
    if not by or not isinstance(at, int | float) or not hasattr(widget, "min"):
        return None
    low, steps = widget.min, math.floor((widget.max - widget.min) / by + 1e-9)
    if isinstance(at, int):
        return range(low, low + steps * by + 1, by), (at - low) // by
    if steps > MOST:
        return None
    values = [round(low + by * i, 10) for i in range(steps + 1)]
    if isinstance(widget, widgets.FloatLogSlider):
        at = math.log(at, widget.base)
        values = [rounded(widget, widget.base**exponent) for exponent in values]
    return values, round((at - low) / by)


def step(widget, by):
    """Moves a control by so many of its steps, as its own arrow keys would."""
    if places := positions(widget):
        values, at = places
        put(widget, values[min(max(at + by, 0), len(values) - 1)])
    elif hasattr(widget, "min"):
        put(widget, widget.value + by * (widget.step or 1))


def beside(widget):
    """The values one step to either side; none of what follows the hand, which compiles nothing."""
    live = not isinstance(widget, widgets.Widget) or getattr(widget, "continuous_update", False)
    values, at = (not live and positions(widget)) or ((), 0)
    return [values[place] for place in (at + 1, at - 1) if 0 <= place < len(values)]


def _logarithmic(abbreviation, default):
    """A logarithmic slider for a range of positive floats over two decades or more."""
    if not (isinstance(abbreviation, tuple) and len(abbreviation) == 2):
        return None
    low, high = abbreviation
    floats = any(isinstance(end, float) for end in abbreviation)
    if not (floats and 0 < low < high) or math.log10(high / low) < 2:
        return None
    start = default if isinstance(default, int | float) else math.sqrt(low * high)
    # The start is one of the steps: the browser moves a slider that stands between two.
    decades = math.log10(max(start, low) / low)
    return widgets.FloatLogSlider(
        value=start,
        min=math.log10(low),
        max=math.log10(high),
        step=decades / round(decades / 0.05) if decades > 0.05 else 0.05,
        readout_format=".3g",
    )


def _from_number(abbreviation):
    """A slider around a bare positive number: nobody wants -32 units."""
    if isinstance(abbreviation, bool) or not isinstance(abbreviation, int | float):
        return None
    if isinstance(abbreviation, int) and abbreviation > 0:
        return widgets.IntSlider(value=abbreviation, min=1, max=4 * abbreviation)
    if isinstance(abbreviation, float) and abbreviation > 0:
        return _logarithmic((abbreviation / 100, abbreviation * 100), abbreviation)
    return None


def _check_default(name, widget, default):
    """A default outside the range would be moved in silence, and the lab start elsewhere."""
    if isinstance(default, bool) or not isinstance(default, int | float):
        return
    stands = value(widget)
    if isinstance(stands, str):
        raise ValueError(f"{name} has the default {default!r}, a number; give numbers, not text.")
    if not isinstance(stands, int | float) or not math.isclose(stands, default, rel_tol=0.01):
        raise ValueError(
            f"{name}={default!r}, given or the default, is where its control cannot stand; it "
            f"stands at {stands!r}. Widen the range or change the value."
        )
