"""Execute the notebooks in place and clean them, so that they can be committed.

    make notebooks                                     all of them
    .venv/bin/python tests/make_notebooks.py PATH ...  only these

A committed notebook reads without a kernel, and changes only where its content does. It keeps its
outputs, cell ids, tags and execution counts; of a picture 256 colours, which are a third of its
bytes and no grey or hue more than a shade off. It loses widget state and widget views (a front end
that finds a view but no state shows an error; one that finds no view shows the picture and the text
beside it), the script that names a live lab's sliders, timings, and all else that only says which
machine ran it.
"""

import base64
import io
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image

FOLDER = Path(__file__).parents[1] / "notebooks"
CELL_TIMEOUT = 600  # seconds
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
LIVE = (WIDGET_VIEW, "application/javascript")


def find():
    """The chapter's notebooks, in reading order; `make_assignments` makes the exercises."""
    return sorted(FOLDER.glob("*.ipynb"))


def execute(notebook, folder):
    """Run all cells in a fresh kernel that works in the notebook's folder."""
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_TIMEOUT,
        coalesce_streams=True,  # else the same prints are stored in other pieces each time
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    # A student's machine has chosen no backend: the notebook has to.
    client.execute(env={k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"})


def smaller(png):
    """A PNG in base64 with 256 colours; one that has them already is left as it is."""
    image = Image.open(io.BytesIO(base64.b64decode(png)))
    if image.mode == "P":
        return png
    file = io.BytesIO()
    palette = image.convert("RGB").quantize(
        256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
    )
    palette.save(file, "png", optimize=True)
    return base64.b64encode(file.getvalue()).decode("ascii")


def clean(notebook):
    """Drop what differs between runs or machines, and what reads badly without a kernel."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        for key in ("execution", "trusted", "scrolled", "collapsed"):
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            for output in cell.outputs:
                data = output.get("data", {})
                for kind in LIVE:
                    data.pop(kind, None)
                if "image/png" in data:
                    data["image/png"] = smaller(data["image/png"])
                if output.output_type == "error":  # one that is meant: without this machine's paths
                    output.traceback = [f"{output.ename}: {output.evalue}"]
            cell.outputs = [output for output in cell.outputs if output.get("data") != {}]


def make(path):
    """Execute and clean one notebook; a cell that raises leaves the file as it was."""
    notebook = nbformat.read(path, as_version=4)
    execute(notebook, path.parent)
    clean(notebook)
    nbformat.write(notebook, path)


def main(paths):
    for path in paths or find():
        start = time.perf_counter()
        try:
            make(path)
        except CellExecutionError as error:
            sys.exit(f"{path}: a cell raised, nothing was written\n{error}")
        took, size = time.perf_counter() - start, path.stat().st_size
        print(f"{os.path.relpath(path)}: {took:.1f} s, {size // 1000} kB")


if __name__ == "__main__":
    main([Path(argument).resolve() for argument in sys.argv[1:]])
