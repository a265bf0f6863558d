"""The one look at data before anything is compiled: which array, which row, which value is wrong.

Keras trains on NaN without a word, and says "Invalid dtype: str96" of a label that is a word.
"""

import contextlib

import numpy as np

from anatomy.base.words import count, listed
from anatomy.data.calls import shown

#: What may stand for data, for messages.
WANTED = "a split such as data.digits(), or NumPy arrays as (x, y) or ((x, y), (x_val, y_val))"

NAMES = "x", "y", "sample_weight"

#: What is said of arrays that hold other things than numbers.
ODD = {
    "MASKED": "is a masked array, and fit() would train on what is masked; give {}.filled(0), and "
    "sample_weight 0 for these rows",
    "V": "is structured, with the fields {1}; give "
    "numpy.lib.recfunctions.structured_to_unstructured({0})",
    "M": 'holds dates; give numbers, such as {}.astype("float64")',
    "C": "is complex; give its .real and .imag as two features",
}

#: The names of the axes of one sample, by how many there are.
AXES = {
    1: ("features",),
    2: ("timesteps", "features"),
    3: ("height", "width", "channels"),
    4: ("frames", "height", "width", "channels"),
}
PIXELS = {"height": "rows of pixels", "width": "columns of pixels"}


def checked(data):
    """Training and validation data as NumPy arrays that ``fit()`` can use.

    Args:
        data: an `anatomy.data.Split`; or ``(x, y)``, ``(x, y, sample_weight)``, or a pair of
            these for training and validation. Each is a NumPy array or a pandas table; for
            several inputs or outputs a list or dict of them.

    Returns:
        ``(training, validation)``: tuples of two or three; validation may be None.

    Raises:
        TypeError: for what is no array of numbers; or unequal numbers of rows.
        ValueError: for no rows, or a value that is no finite number.
    """
    train, validation = parts(data)
    check_values(train)
    if validation is not None:
        check_values(validation, "_val")
    return train, validation


def refusal(check, *args, **named):
    """Why one of these checks refuses what it is given; or ""."""
    try:
        check(*args, **named)
    except (TypeError, ValueError) as error:
        return str(error)
    return ""


def parts(data):
    """`checked` as far as types and numbers of rows go, without a look at the values."""
    if hasattr(data, "x_train"):
        pair = [(data.x_train, data.y_train), (data.x_val, data.y_val)]
    elif isinstance(data, tuple | list) and data and all(isinstance(p, tuple) for p in data):
        pair = list(data)
    else:
        pair = [data]
    if not (len(pair) < 3 and all(isinstance(p, tuple) and len(p) in (2, 3) for p in pair)):
        raise TypeError(f"data is {shown(data)}; give {WANTED}.")
    train, validation, *_ = *map(_part, pair, ("", "_val")), None
    return train, validation


def _part(part, suffix):
    """One of ``(x, y)`` or ``(x, y, sample_weight)``, as NumPy arrays of equal length."""
    named = zip((name + suffix for name in NAMES), part, strict=False)
    arrays = {n: None if v is None and n[0] == "s" else _each(v, n) for n, v in named}
    check_rows(**arrays)
    return tuple(arrays.values())


def check_rows(**arrays):
    """Raises where arrays have unequal numbers of rows; those that are None do not count."""
    counts = {}
    for name, value in arrays.items():
        counts |= {place: len(array) for place, array in named_arrays(value, name)}
    if len(set(counts.values())) > 1:
        rows = listed(f"{name} has {number}" for name, number in counts.items())
        raise TypeError(f"{rows} rows; give one target for each sample.")


def check_shape(name, array, *axes):
    """Raises where an array has other axes: each a size, or a name where any from 1 up will do."""
    shape = np.shape(array)
    pairs = zip(axes, shape, strict=False)
    fits = all(size and (isinstance(axis, str) or axis == size) for axis, size in pairs)
    if not fits or len(shape) != len(axes):
        wanted = ", ".join(map(str, axes)) + "," * (len(axes) == 1)
        raise ValueError(f"{name} has shape {shape}; give ({wanted}).")


def check_values(part, suffix=""):
    """Raises where there are no rows, or a value that is no finite number.

    Args:
        part: ``(x, y)`` or ``(x, y, sample_weight)``, as `parts` returns them.
        suffix: what their names end in, for messages.
    """
    for name, value in zip(NAMES, part, strict=False):
        for place, array in named_arrays(value, name + suffix):
            if not len(array):
                raise ValueError(f"{place} has no rows: there is nothing to train on.")
            _check_numbers(array, place)


def named_arrays(value, name):
    """Pairs of a place, such as 'x[1]' or 'x["left"]', and the array that stands there."""
    if isinstance(value, dict):
        return [(f'{name}["{key}"]', array) for key, array in value.items()]
    if isinstance(value, list | tuple):
        return [(f"{name}[{i}]", array) for i, array in enumerate(value)]
    return [] if value is None else [(name, value)]


def check_kind(value, name):
    """Raises where x or y, as fit() takes it, holds no numbers; NaN are left to fit()."""
    for place, array in named_arrays(_each(value, name), name):
        if array.dtype.kind not in "biuf":
            _check_numbers(array, place)


def _each(value, name):
    """The arrays of x, y or weights, in the structure that they came in."""
    if isinstance(value, list) and value and not hasattr(value[0], "__array__"):
        raise TypeError(
            f"{name} is a list, and a list stands for several inputs; give np.array({name})."
        )
    arrays = [_array(array, place) for place, array in named_arrays(value, name)]
    if not arrays:
        raise TypeError(f"{name} is {shown(value)}; give {WANTED}.")
    if isinstance(value, dict):
        return dict(zip(value, arrays, strict=True))
    return arrays if isinstance(value, list | tuple) else arrays[0]


def _array(value, name):
    """A NumPy array for a table of pandas or a tensor; raises for what is no array."""
    if hasattr(value, "to_numpy") or ({"__array__", "__len__"} <= {*dir(value)} and np.ndim(value)):
        value = value.to_numpy() if hasattr(value, "to_numpy") else np.asanyarray(value)
    if not isinstance(value, np.ndarray) or not value.ndim:
        raise TypeError(f"{name} is {shown(value)}; give {WANTED}.")
    return value


def _check_numbers(array, name):
    """Raises where an array holds anything but finite numbers; says where the first is."""
    kind = "masked" if isinstance(array, np.ma.MaskedArray) else array.dtype.kind
    if said := ODD.get(kind.upper()):
        raise TypeError(f"{name} {said.format(name, listed(array.dtype.names or ()))}.")
    if kind in "USO":
        _refuse_objects(array, name)
    if kind == "f" and not (finite := np.isfinite(array)).all():
        first, bad = tuple(np.argwhere(~finite)[0]), count(np.sum(~finite), "NaN or infinite value")
        raise ValueError(
            f"{name} has {bad}, the first, {array[first]}, in {_place(first)}: no loss can be "
            "computed. Leave such rows out, or put a number there."
        )


def _refuse_objects(array, name):
    """Raises for text and other objects; says of which kind the first is, and where."""
    lengths = sorted({len(one) for one in array.flat if isinstance(one, list | tuple | np.ndarray)})
    if lengths:
        if len(lengths) > 1:
            raise TypeError(
                f"{name} is of dtype object: its rows have unequal lengths, {lengths[0]} to "
                f"{lengths[-1]}; make them equal with keras.utils.pad_sequences({name})."
            )
        raise TypeError(f"{name} is of dtype object, an array of lists; give np.stack({name}).")
    for index, one in np.ndenumerate(array):
        if isinstance(one, str | bytes):
            hint = f"numbers of classes: np.unique({name}, return_inverse=True)[1]"
            if name[0] != "y":
                hint = "numbers, such as a column of 0 and 1 for each word"
            with contextlib.suppress(ValueError):
                array.astype(float)  # numbers as text
                hint = f'{name}.astype("float32")'
            raise TypeError(f"{name} holds text, {str(one)!r:.40} in {_place(index)}; give {hint}.")
        if not isinstance(one, int | float | np.number | np.bool_):
            raise TypeError(
                f"{name} is of dtype object and holds {one!r:.40} in {_place(index)}; give "
                "numbers alone."
            )
    raise TypeError(f'{name} is of dtype object; give {name}.astype("float32").')


def check_fits(model, x, name="x"):
    """Raises where a model cannot take x, in words that say which axis.

    Args:
        model: a ``keras.Model``; one that does not know its inputs yet takes anything.
        x: an array ``(n, ...)``, or a list or dict of these, of arrays that `checked` returned.

    Raises:
        ValueError: as "x has 2 features; the model takes 4".
    """
    x, inputs = _each(x, name), getattr(model, "inputs", None)
    if not inputs:
        return
    named = getattr(model, "input", None)
    names = sorted(named) if isinstance(named, dict) else [one.name for one in inputs]
    if isinstance(x, dict) and not set(names) <= set(x):
        takes = f"the inputs {listed(map(repr, names))}"
        takes = takes if len(names) > 1 else f"one array: give {name}[{next(iter(x))!r}]"
        raise ValueError(f"{name} has the names {listed(map(repr, x))}; the model takes {takes}.")
    if isinstance(x, dict):
        x = {key: x[key] for key in names}  # Keras picks those that it needs
    arrays = named_arrays(x, name)
    if len(arrays) != len(inputs):
        comes, takes = count(len(arrays), "array"), count(len(inputs), "input")
        raise ValueError(f"{name} has {comes}; the model takes {takes}.")
    for (place, array), one in zip(arrays, inputs, strict=True):
        _check_shape(place, array.shape, tuple(one.shape[1:]))


def of_others(names, loss, y):
    """Why losses or targets are not those of these outputs; or ""."""
    several = f"the model has {len(names)} outputs, {listed(map(repr, names))}, and"
    asked, given = loss if isinstance(loss, dict) else names, y if isinstance(y, dict) else ()
    for what, value, least in ("losses", loss, {*given}), ("targets", y, {*asked}):
        if isinstance(value, dict) and not least <= set(value) <= set(names):
            return f"{several} the {what} are for {listed(map(repr, value))}"
        if isinstance(value, list | tuple) and len(value) != len(names):
            return f"{several} the {what} are a list of {len(value)}"
    one = y is not None and not isinstance(y, dict | list | tuple)
    return f"{several} the targets are one array" * one


def of_one(loss, y, names, outputs):
    """Why a loss or targets in a dict are not those of a model of one output; or "".

    Args:
        names: of the output, empty where it has none. outputs: a dict where it stands in one.
    """
    named = [*outputs] if isinstance(outputs, dict) else []
    for what, value, known in ("loss", loss, names), ("y", y, named):
        if isinstance(value, dict) and value and not {*value} & {*known}:
            [name, one], *_ = value.items()
            give = f"y[{name!r}]" if what == "y" else f"loss={one!r}"
            if known:
                return f"{what} is for {name!r}, and the model has one output, {known[0]!r}"
            return f"{what} is a dict, and the model has one output without a name: give {give}"
    return ""


def _check_shape(name, every, wanted):
    shape = every[1:]
    if len(shape) + 1 == len(wanted) and wanted[-1] == 1:
        shape = (*shape, 1)  # Keras adds or drops a last axis of one by itself
    elif len(shape) == len(wanted) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != len(wanted):
        takes = ", ".join("any" if size is None else str(size) for size in wanted)
        takes += "," * (len(wanted) == 1)
        comes = f"samples of shape {shape}" if shape else f"shape {every}, one number a sample"
        raise ValueError(f"{name} has {comes}; the model takes ({takes}).")
    axes = AXES.get(len(wanted), [f"in axis {k + 1}" for k in range(len(wanted))])
    for size, takes, axis in zip(shape, wanted, axes, strict=True):
        if takes not in (None, size):
            axis = PIXELS.get(axis, axis)
            raise ValueError(f"{name} has {size} {axis}; the model takes {takes}.")


def _place(index):
    """(3, 2) -> "row 3, column 2"."""
    row, *rest = map(int, index)
    if not rest:
        return f"row {row}"
    return f"row {row}, column {rest[0]}" if len(rest) == 1 else f"row {row} at {tuple(rest)}"
