"""Controls from abbreviations, as ``ipywidgets.interact`` has them."""

import inspect
import math
import weakref

import ipywidgets as widgets

from anatomy.data import calls, gate

#: A range of positive floats that spans this many decades gets a logarithmic slider.
DECADES = 2

#: Parameters that compile nothing new, and so may follow the hand while it drags.
LIVE = {"learning_rate", "epochs", "patience"}

#: Controls that students made themselves: they outlive the labs that they are given to.
GIVEN = weakref.WeakSet()


def controls(function, abbreviations, others=()):
    """A control for each keyword argument of ``function``.

    Args:
        function: the student's function; each parameter has a default or an abbreviation.
        abbreviations: dict name -> ``(min, max)`` or ``(min, max, step)``, a list of
            choices, a bool, a str, a number, ``ipywidgets.fixed(value)``, or a control.
            A parameter without one gets its control from its default.
        others: names that may be meant by one that is none.

    Returns:
        dict name -> ipywidgets control, in the order of the function's parameters.

    Raises:
        TypeError: for a name that the function does not have, or a parameter that has
            neither default nor abbreviation.
        ValueError: for an abbreviation that gives no control.
    """
    signature, title = inspect.signature(function), f"{function.__name__}()"
    parameters = signature.parameters
    if any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters.values()):
        raise TypeError(
            f"{title} takes *args or **kwargs; name its arguments, so that each can have a control."
        )
    calls.bound(signature, title, (), abbreviations, inspect.Signature.bind_partial, others)
    created = {}
    for name, parameter in parameters.items():
        if name not in abbreviations and parameter.default is parameter.empty:
            raise TypeError(
                f"{title} needs a value for {name!r}: give it a default, or a control such as "
                f"{name}=(1, 10)."
            )
        abbreviation = abbreviations.get(name, parameter.default)
        created[name] = control(name, abbreviation, parameter.default, live=name in LIVE)
    return created


def of_build(build, abbreviations, taken=()):
    """`controls` for a student's ``build``, none of whose arguments has a name of ``taken``.

    Raises:
        TypeError: also where ``build`` has such an argument.
    """
    created = controls(build, abbreviations, taken)
    if both := [name for name in taken if name in created]:
        raise TypeError(f"{build.__name__}() has an argument {both[0]!r}, which the lab has too.")
    return created


def control(name, abbreviation, default=inspect.Parameter.empty, *, live=False):
    """One control for one abbreviation; ``default`` is its first value where it fits.

    ``live``: whether it follows the hand while it drags.
    """
    widget = _logarithmic(abbreviation, default) or _from_number(abbreviation)
    if widget is None:
        try:
            widget = widgets.interactive.widget_from_abbrev(abbreviation, default)
        except ValueError:
            raise ValueError(
                f"{name}={abbreviation!r} gives no control; give (min, max), the smaller one first."
            ) from None
    useless = getattr(widget, "options", None) == () or getattr(widget, "max", 0) == math.inf
    if widget is None or useless:
        raise ValueError(
            f"{name}={abbreviation!r} gives no control; give (min, max), a list of choices, "
            "True or False, or an ipywidgets control."
        )
    if widget is not abbreviation:  # not the student's own widget
        _check_default(name, widget, default)
        widget.description = name
        widget.style.description_width = "98px"
        widget.layout.width = "auto"
        if hasattr(widget, "continuous_update"):
            widget.continuous_update = live
    elif isinstance(widget, widgets.Widget):
        GIVEN.add(widget)
    if isinstance(widget, widgets.Widget):
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
            gate.one_of(name, wanted, choices)
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
        widget.value = wanted
    elif isinstance(widget, widgets.FloatLogSlider):
        widget.value = min(max(wanted, widget.base**widget.min), widget.base**widget.max)
    elif hasattr(widget, "min"):
        steps = round((wanted - widget.min) / widget.step) if widget.step else 0
        near = widget.min + steps * widget.step if widget.step else wanted
        widget.value = type(widget.value)(min(max(near, widget.min), widget.max))
    else:
        widget.value = wanted


def step(widget, by):
    """Moves a control by so many of its steps, as its own arrow keys would."""
    if hasattr(widget, "options"):
        count = len(widget._options_full)
        widget.index = min(max((widget.index or 0) + by, 0), count - 1)
    elif isinstance(widget, widgets.FloatLogSlider):
        put(widget, widget.value * widget.base ** (by * widget.step))
    elif hasattr(widget, "min"):
        put(widget, widget.value + by * (widget.step or 1))


def beside(widget):
    """The values one step to either side of where a control stands.

    None of a slider that follows the hand: it compiles nothing.
    """
    if not isinstance(widget, widgets.Widget) or getattr(widget, "continuous_update", False):
        return []
    if hasattr(widget, "options"):
        options, at = [option for _, option in widget._options_full], widget.index
        near = (at + 1, at - 1) if isinstance(at, int) else ()
        return [options[i] for i in near if 0 <= i < len(options)]
    if isinstance(widget.value, bool):
        return [not widget.value]
    if isinstance(widget, widgets.FloatLogSlider):
        ends, factor = (widget.base**widget.min, widget.base**widget.max), widget.base**widget.step
        near = widget.value * factor, widget.value / factor
    elif hasattr(widget, "min") and widget.step:
        ends = widget.min, widget.max
        near = widget.value + widget.step, widget.value - widget.step
    else:
        return []
    return [rounded(widget, one) for one in near if ends[0] <= one <= ends[1]]


def _logarithmic(abbreviation, default):
    """A logarithmic slider for a range of positive floats over two decades or more."""
    if not (isinstance(abbreviation, tuple) and len(abbreviation) == 2):
        return None
    low, high = abbreviation
    if not (any(isinstance(end, float) for end in abbreviation) and 0 < low < high):
        return None
    if math.log10(high / low) < DECADES:
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
    if not isinstance(stands, int | float) or not math.isclose(stands, default, rel_tol=0.01):
        raise ValueError(
            f"{name}={default!r}, given or the default, is where its control cannot stand; it "
            f"stands at {stands!r}. Widen the range or change the value."
        )
