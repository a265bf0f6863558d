"""What every committed notebook keeps to; nbval runs the notebooks themselves."""

import copy
import dis
import re
import types

import make_notebooks
import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

MOST_BYTES = 1_000_000
MOST_LINES = 15
CHECKED = "nbval-check-output"
MEANT = "raises-exception"
OF_ONE_RUN = re.compile(r"at 0x[0-9a-f]{6,}|/tmp/|/home/|/root/|/Users/")


def lines(cell):
    return [line for line in cell.source.splitlines() if line.strip()]


def texts(cell):
    """All that a cell's outputs say, as text."""
    for output in cell.outputs:
        yield output.get("text", "")
        data = output.get("data", {})
        yield from (str(data[kind]) for kind in data if kind.startswith("text/"))


def problems(notebook):
    """What keeps a notebook from being committed, one line each."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and lines(cell)]
    outputs = [output for cell in code for output in cell.outputs]
    unmeant = [cell for cell in code if MEANT not in cell.metadata.get("tags", [])]

    cleaned = copy.deepcopy(notebook)
    make_notebooks.clean(cleaned)
    if cleaned != notebook:
        yield "carries widget state, timings or metadata: run `make notebooks`"
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        yield "was not executed from top to bottom: run `make notebooks`"
    if any(output.output_type == "error" for cell in unmeant for output in cell.outputs):
        yield "stores an error"
    if any(output.get("name") == "stderr" for output in outputs):
        yield "stores a warning or a log"
    if not notebook.cells or not notebook.cells[0].source.startswith("# "):
        yield "does not begin with a title"
    for cell in code:
        if len(lines(cell)) > MOST_LINES:
            yield f"has a code cell of over {MOST_LINES} lines, beginning {lines(cell)[0]!r}"
        if said := OF_ONE_RUN.search(" ".join(texts(cell))):
            yield f"stores {said[0]!r}, which is true of one run or machine only"

    # Alone, Keras would look for TensorFlow. The tests choose JAX and so would never notice.
    imports = re.findall(
        r"^(?:import|from) (anatomy|keras)", "\n".join(c.source for c in code), re.M
    )
    if imports[:1] == ["keras"]:
        yield "imports keras before anatomy, which chooses the backend"


def chapter_problems(notebook):
    """What a chapter must have besides."""
    first_code = [cell.cell_type for cell in notebook.cells].index("code")
    if "?" not in "".join(cell.source for cell in notebook.cells[:first_code]):
        yield "asks no question before its first code"
    if not re.search(r"\]\(exercises/\d\d_\w+\.ipynb\)", notebook.cells[-1].source):
        yield "does not end with a link to its problem set"
    if not any(CHECKED in cell.metadata.get("tags", []) for cell in notebook.cells):
        yield f"has no cell tagged {CHECKED}, so a stale output would go unseen"


EXERCISES = sorted(make_notebooks.FOLDER.glob("exercises/*.ipynb"))


@pytest.mark.parametrize("path", [*make_notebooks.find(), *EXERCISES], ids=lambda path: path.name)
def test_notebook_is_fit_to_commit(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    found = list(problems(notebook))
    if path.parent == make_notebooks.FOLDER:
        found += chapter_problems(notebook)
    if path.stat().st_size > MOST_BYTES:
        found.append(f"has {path.stat().st_size:,} bytes, over {MOST_BYTES:,}")
    assert not found


def a_notebook(*cells):
    notebook = new_notebook(cells=[new_markdown_cell("# What happens?"), *cells])
    notebook.metadata = nbformat.from_dict(make_notebooks.METADATA)
    return notebook


def a_cell(source="1 + 1", count=1, outputs=(), **metadata):
    return new_code_cell(source, execution_count=count, outputs=list(outputs), metadata=metadata)


def test_a_good_notebook_has_no_problems():
    more = new_markdown_cell("[Problems](exercises/01_anatomy.ipynb)")
    asks = a_cell(outputs=[new_output("stream", text="2")], tags=[CHECKED])
    notebook = a_notebook(asks, more)
    assert not [*problems(notebook), *chapter_problems(notebook)]


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        (a_cell(count=2), "top to bottom"),
        (a_cell("x = 1\n" * 16), "over 15 lines"),
        (a_cell("import keras\nimport anatomy"), "before anatomy"),
        (a_cell(execution={"iopub.status.busy": "now"}), "timings"),
        (a_cell(outputs=[new_output("stream", name="stderr", text="slow")]), "warning"),
        (a_cell(outputs=[new_output("stream", text="<Dense at 0x7f30aa>")]), "at 0x7f30aa"),
        (a_cell(outputs=[new_output("error", ename="E", evalue="", traceback=["E: "])]), "error"),
        (
            a_cell(outputs=[new_output("display_data", {make_notebooks.WIDGET_VIEW: {}})]),
            "widget state",
        ),
    ],
)
def test_a_bad_cell_is_found(cell, word):
    (problem,) = problems(a_notebook(cell))
    assert word in problem


def test_a_chapter_asks_and_checks():
    notebook = a_notebook(a_cell())
    notebook.cells[0].source = "# A statement"
    assert [line.split()[0] for line in chapter_problems(notebook)] == ["asks", "does", "has"]


def test_make_executes_and_cleans(tmp_path):
    """A view goes, the text beside it stays, and ids and tags. A second time changes nothing."""
    path = tmp_path / "a.ipynb"
    notebook = a_notebook(
        a_cell("import ipywidgets\nipywidgets.IntSlider(3)", None, tags=["kept"]),
        a_cell("import os\nprint(os.environ.get('KERAS_BACKEND'), os.getcwd())", None),
    )
    notebook.metadata["widgets"] = {"state": {}}
    nbformat.write(notebook, path)

    make_notebooks.main([path])
    once = path.read_text()
    made = nbformat.reads(once, as_version=4)
    slider, printed = made.cells[1:]
    assert list(slider.outputs[0].data) == ["text/plain"]
    assert slider.metadata == {"tags": ["kept"]}
    assert printed.outputs[0].text == f"None {tmp_path}\n"
    assert [cell.id for cell in made.cells] == [cell.id for cell in notebook.cells]
    assert made.metadata == make_notebooks.METADATA
    assert [cell.execution_count for cell in made.cells[1:]] == [1, 2]

    make_notebooks.main([path])
    assert path.read_text() == once


def test_make_leaves_a_notebook_that_raises_as_it_was(tmp_path):
    path = tmp_path / "a.ipynb"
    nbformat.write(a_notebook(a_cell("1 / 0", None)), path)
    before = path.read_text()
    with pytest.raises(SystemExit, match="ZeroDivisionError"):
        make_notebooks.main([path])
    assert path.read_text() == before


LINK = re.compile(r"\]\(([^)#:]+\.(?:ipynb|md|png))\)")
PAGES = [*make_notebooks.find(), *EXERCISES, *make_notebooks.FOLDER.glob("*.md")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = path.read_text()
    assert [link for link in LINK.findall(text) if not (path.parent / link).exists()] == []


GLOSSARY = (make_notebooks.FOLDER / "glossary.md").read_text()
ROW = re.compile(r"^\| ([^|]+?) \| [^|]+ \| \[\d\]\((\w+\.ipynb)\) \| `([\w.]+)` \|$", re.M)


def test_the_glossary_points_to_what_is_there():
    rows = ROW.findall(GLOSSARY)
    assert len(rows) == GLOSSARY.count("\n| ") - 2  # all but the head and the line below it
    assert [word for word, *_ in rows] == sorted((word for word, *_ in rows), key=str.lower)
    for word, notebook, picture in rows:
        cells = nbformat.read(make_notebooks.FOLDER / notebook, 4).cells
        text = "\n".join(cell.source for cell in cells)
        assert word.removesuffix("()").lower() in text.lower()
        assert picture in text


def names(code):
    """The names that a cell binds for all cells, and those that it, or a function in it, reads."""
    stored, loaded = set(), set()
    for one in dis.get_instructions(code):
        if one.opname == "STORE_NAME":
            stored.add(one.argval)
        elif one.opname in ("LOAD_NAME", "LOAD_GLOBAL") and one.argval not in stored:
            loaded.add(one.argval)
        elif isinstance(one.argval, types.CodeType):
            loaded |= names(one.argval)[1] - stored
    return stored, loaded


@pytest.mark.parametrize("path", make_notebooks.find(), ids=lambda path: path.name)
def test_a_name_that_cells_share_is_bound_in_one_of_them(path):
    """So each cell can be run again at any time: no later cell has changed what it reads."""
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    source = TransformerManager().transform_cell
    both = [names(compile(source(cell.source), cell.id, "exec")) for cell in cells]
    binds = {
        name: [cell.id for cell, (stored, _) in zip(cells, both, strict=True) if name in stored]
        for name in set().union(*(loaded for _, loaded in both))
    }
    assert {name: ids for name, ids in binds.items() if len(ids) > 1} == {}
