"""What a layer was made with and called with, as text that can be compared."""

LEFT_OUT = ("name", "trainable")  # of a layer: of no account, and told elsewhere


def arguments(layer):
    """Pairs (name, text) of the arguments that a layer was made with; () where it keeps none."""
    try:
        config = layer.get_config()
    except Exception:  # whatever a student's own get_config raises
        return ()
    return tuple(_pairs(config))


def _pairs(config, before=""):
    for name in sorted(set(config) - {*LEFT_OUT}):
        match config[name]:
            case {"class_name": kind, "config": {"trainable": _} as inside}:  # what it wraps
                yield before + name, kind
                yield from _pairs(inside, f"{before}{name}.")
            case value:
                yield before + name, text(value)


def constants(call):
    """What a layer was called with besides tensors, such as "2.0" or "use_causal_mask=True".

    None and False are what a call asks for that says nothing; a Sequential says training=False.
    """
    import keras

    given = [("", one) for one in call.arguments.args]
    given += [(f"{name}=", one) for name, one in call.arguments.kwargs.items()]
    return ", ".join(
        name + text(one)
        for name, one in given
        if not all(isinstance(part, keras.KerasTensor) for part in keras.tree.flatten(one))
        and one is not None
        and one is not False
    )


def text(value):
    """A value of a Keras configuration in few words: the dict of a regularizer is L2(l2=0.01)."""
    import keras

    match value:
        case keras.KerasTensor():
            return "·"
        case {"class_name": "DTypePolicy", "config": {"name": name}}:
            return name
        case {"class_name": kind, "config": config}:
            return f"{kind}({text(config)})"
        case dict():
            skipped = LEFT_OUT if "trainable" in value else ()
            names = [n for n in value if n not in skipped and value[n] is not None]
            return ", ".join(f"{name}={text(value[name])}" for name in names)
        case slice():
            return ":".join("" if n is None else str(n) for n in (value.start, value.stop))
        case list() | tuple():
            return "(" + ", ".join(map(text, value)) + ")"
    return repr(value)
