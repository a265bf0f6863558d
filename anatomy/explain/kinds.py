"""What can go wrong between a student's line and Keras, as one table; the first row that applies.

`r` is the `Raised` error, and `it` what the clue found.
"""

from anatomy.base.words import listed
from anatomy.explain import changes as to
from anatomy.explain import clues as when
from anatomy.explain import old, rewrite
from anatomy.explain.clues import first
from anatomy.explain.source import called

SYMBOLIC = r"Tracer\w+Error|ConcretizationTypeError|NonConcreteBooleanIndexError|A KerasTensor"
NAMESAKES = r"unique names?.*?'(\w+)'|[Nn]ame '(\w+)' is already|The name \"(\w+)\" is used"
UNBUILT = "must build|yet been built|never been called|no defined (?:in|out)put"
OTHERS = "cannot recognize variable|optimizer_variables|different set of"
MISSING = r"missing \d+ required positional arguments?: (.*)"

# A row: the title; the clue, a pattern of the error's name and message, whose first group is then
# found, or a function of r; what came, what is taken, and why: text, or a function of r and it; and
# the edits to try, the likeliest first: None, or a function of r and it that returns lists of them.
KINDS = (
    ("old code", old.found, "{it.words}", lambda r, it: [it.apart]),
    ("a name that is not imported", when.unimported,
     lambda r, it: f"Keras has {listed(it)}, and nothing here imports "
     f"{'them' if len(it) > 1 else 'it'}.",
     to.imported),
    ("an own layer without super().__init__()", when.without_super,
     "{it.parent.name}.__init__() sets attributes before the layer itself is set up: "
     "super().__init__() comes first.",
     lambda r, it: [[r.cells.line(it.body[0], "super().__init__()")]]),
    ("weights created in call()", when.in_call,
     "{it.parent.name}.call() creates weights. call() runs many times; weights are created once, "
     "in __init__() or in build(input_shape).",
     to.before_call),
    ("values wanted of a symbol", lambda r: first(SYMBOLIC, r) and r.scope,
     lambda r, own: (f"While Keras traces {own.name}(), its" if hasattr(own, "name") else "These")
     + " tensors have shapes and no values yet: NumPy, and Python's own float() and if, need "
     "values. keras.ops works on symbols too.",
     to.on_symbols),
    ("a name without name=", "`name` must be passed as a keyword argument",
     "The first argument of add_weight() is the shape today; the name is passed as name=.",
     lambda r, it: [[r.cells.wrap(r.inner.args[0], "name=", "")]]),
    ("a model without call()", r"does not have a `call\(\)` method",
     "{r.owner.__class__.__name__} has no call(), in which Keras computes the output from the "
     "input.",
     to.as_call),
    ("memory", "MemoryError|RESOURCE_EXHAUSTED|[Oo]ut of memory",
     "There is not enough memory. Look at the layer with the most weights, often a Dense behind a "
     "Flatten, and at batch_size.",
     None),
    ("a model that lost its weights", when.lost,
     "An earlier fit() of this model stopped with an error, and Keras lost its weights on the way. "
     "Run the cells again that build and compile it.",
     None),
    # names
    ("a misspelt name in quotes", when.misspelt,
     "Keras knows nothing by the name {it.name!r}; {it}", to.renamed),
    ("an unknown argument", when.half_a_model,
     "keras.Model takes both, inputs and outputs.", None),
    ("an unknown argument", when.argument, "{it.where}() has no argument {it.name!r}; {it}",
     to.renamed),
    ("an argument that is missing", MISSING,
     lambda r, it: f"{called(r.call) or 'The call'}() cannot do without {it}.", None),
    ("a curve by another name", when.curve,
     "The history has no {it.name!r}; it has {it.where}.", to.renamed),
    ("a History in the place of its curves", "'History' object is not subscriptable",
     "fit() returns a History; the dict of its curves is history.history.",
     lambda r, it: [[r.cells.wrap(r.inner.value, "", ".history")]]),
    ("an unknown name", when.unknown, "{it.where} has no {it.name!r}; {it}", to.renamed),
    ("a class in the place of a layer", when.classes,
     lambda r, it: f"{listed(dict.fromkeys(map(r.cells.text, it)))} is a class. A layer is made by "
     "calling it, with brackets.",
     lambda r, it: [[r.cells.wrap(node, "", "()") for node in it]]),
    ("layers that are not in a list", when.unlisted,
     "keras.Sequential takes its layers in one list, in square brackets.", to.in_list),
    ("a number in the place of a shape", when.no_shape,
     lambda r, it: f"A shape is a tuple, also of one size: ({r.cells.text(it)},), with a comma.",
     to.as_shape),
    ("a whole number wanted", when.no_whole,
     lambda r, it: f"{r.cells.text(it)} stands where a whole number is wanted.",
     lambda r, it: [[r.cells.replace(it, str(int(float(it.value))))]]),
    ("a model that is not built", UNBUILT,
     "The weights are created when the shape of the input is known, and here it is not yet. Begin "
     "the model with keras.Input(...), or call it on data first.",
     None),
    # compile()
    ("not compiled", lambda r: first(r"must call .*compile\(\)", r) and r.model,
     "{r.function}() needs a loss and an optimizer: compile() sets both.", to.compiled),
    ("metrics that are not in a list", "Expected `metrics` argument to be a list",
     "compile() takes metrics in a list, in square brackets, also a single one.",
     lambda r, it: [[r.cells.wrap(r.argument("metrics"), "[", "]")]]),
    ("an optimizer of another model", OTHERS,
     "The optimizer has trained another model, whose weights it remembers. Each model needs an "
     "optimizer of its own.",
     to.own_optimizer),
    # graphs and shapes
    ("an input shape with the samples in it", when.with_samples,
     lambda r, it: f"The shape {next(iter(it.values()))} begins with the samples axis. An input "
     "shape is that of one sample: Keras adds the axis of the batch.",
     to.without_samples),
    ("an input given twice", "already been configured to use input shape",
     "The model has an input already, and another one is added.", to.one_input),
    ("a name twice", NAMESAKES,
     "Two layers have the name {it!r}: each layer of a model has its own.", to.another_name),
    ("a graph that is not connected", "not connected|[Dd]isconnected",
     "The outputs were computed from another Input than the one that is given as inputs: no path "
     "leads from one to the other.",
     to.connected),
    ("one tensor wanted, several given", when.several,
     lambda r, it: f"{type(r.layer).__name__} takes one tensor, and was called on {it}. A layer "
     "such as Concatenate makes one of them.",
     to.one_tensor),
    ("several tensors wanted", lambda r: len(getattr(r.call, "args", ())) > 1 and when.joins(r),
     "{it} joins several tensors, which it takes in one list.", to.in_list),
    ("tensors that cannot be joined", when.unlike,
     lambda r, it: f"{when.joins(r)} joins tensors of shapes that go together, and these are "
     f"{listed(it)}.",
     to.alike),
    ("a layer on what is no tensor", "values must be KerasTensors",
     "keras.Model takes what keras.Input() and layers return. Data are passed to fit() and "
     "predict().",
     to.tensor),
    ("a layer on what is no tensor", when.no_tensor,
     lambda r, it: f"{type(r.layer).__name__} was called on {it}. A layer takes arrays, or what "
     "another layer returns when it is called.",
     to.tensor),
    # data
    ("data that are not what the model takes", when.data, lambda r, it: next(iter(it.values())),
     to.fitting),
    ("no targets", lambda r: r.function == "fit" and r.y is None and when.is_array(r.x),
     "fit() got no targets: fit(x, y) compares the predictions for x with y.", None),
    ("other weights", when.other_weights,
     "These weights are of another architecture: {it[1]} where the model has {it[0]}. Build the "
     "model that they were saved from, with the same layers and sizes.",
     to.as_saved),
    # layers, outputs, targets
    ("layers that do not fit", when.of_data,
     "{r.broken.why} The shape of an input is that of one sample, and {it[0]} has samples of "
     "{it[1]}.",
     to.of_data),
    ("layers that do not fit", lambda r: r.broken, "{it.why}", to.other_layers),
    ("several outputs", when.heads, lambda r, it: f"T{it[1:]}.",
     to.headed),
    ("output, loss and targets", rewrite.of_doctor, "{it[0][0]}",
     lambda r, it: (edits for _, several in it for edits in several)),
    ("a generator of another form", "validation_split.*(only|not) supported",
     "validation_split takes the last rows of arrays, and x makes batches. Split the data before, "
     "and give the rest as validation_data.",
     None),
    ("a generator of another form", when.uncalled,
     "{it.id} is a function. fit() takes the generator that it returns: call it, with brackets.",
     lambda r, it: [[r.cells.wrap(it, "", "()")]]),
    ("a generator of another form", when.generator,
     "fit() takes a generator of batches: {it}() should yield a tuple (x, y) of arrays, whose "
     "first axis is that of the samples.",
     to.tuples),
)  # fmt: skip


def judged(r):
    """(title, what, changes) of an error: the first row of `KINDS` that applies; None for none."""
    for title, clue, what, changes in KINDS:
        try:
            if it := first(clue, r) if isinstance(clue, str) else clue(r):
                text = what.format(r=r, it=it) if isinstance(what, str) else what(r, it)
                return title, text, changes(r, it) if changes else ()
        except Exception:  # a kind that stumbles says nothing
            continue
    return None
