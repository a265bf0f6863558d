"""Make the site: the notebooks as static pages, in which the labs play as they were recorded.

    python tests/make_site.py [folder]

Needs no network and makes pages that need none: formulas are drawn now, pictures and labs lie
beside the page. What each lab records stands in `recorded.py`.
"""

import concurrent.futures
import html
import os
import re
import shutil
import sys
import time
import tomllib
from pathlib import Path

import jinja2
import make_notebooks
import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbconvert.filters import markdown2html
from nbformat.v4 import new_code_cell, new_output
from recorded import CALLS, RECORDED

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "site"
TEMPLATES = Path(__file__).parent / "site"
EXERCISES = make_notebooks.FOLDER / "exercises"
LAST = "Out[max(Out)]"  # the output of the cell that was executed last
LAB = re.compile(r"(\w+) lab \(")  # so begins the text of a lab in a notebook
FORMULA = re.compile(r"(?<![\\$\w])\$(?=\S)([^$\n]+?)(?<=\S)\$(?![\w$])")
#: What one notebook has compiled, all have, and those of the next time.
COMPILED = {
    "JAX_COMPILATION_CACHE_DIR": str(FOLDER.parent / "compiled"),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.05",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}
FIRST = "Fit", "labs/01_anatomy-2.html"  # the lab to begin with
SIZE = 17  # CSS pixels of the text around a formula
LINKS = [("Contents", "index.html"), ("Gallery", "gallery.html"), ("Glossary", "glossary.html")]


def main(folder=FOLDER):
    """Makes the whole site."""
    start = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    notebooks = make_notebooks.find()
    longest = sorted(notebooks, key=lambda path: -len(RECORDED[path.stem]))
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for lines in pool.map(record, longest, [folder] * len(longest)):
            print(*lines, sep="\n", flush=True)
    write(notebooks, folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    took = (time.perf_counter() - start) / 60
    print(f"{os.path.relpath(folder)}: {size / 1e6:.1f} MB in {took:.1f} minutes")


def write(notebooks, folder):
    """All pages, around the labs that are recorded in the folder."""
    for path in notebooks:
        show(path, folder / f"{path.stem}.html", folder)
    (folder / "exercises").mkdir(exist_ok=True)
    for path in sorted(EXERCISES.glob("*.ipynb")):
        show(path, folder / "exercises" / f"{path.stem}.html", folder)
    glossary = (make_notebooks.FOLDER / "glossary.md").read_text(encoding="utf-8")
    page(folder / "glossary.html", "Glossary", of_markdown(glossary), folder)
    page(folder / "index.html", "The anatomy of a neural network", contents(), folder)
    page(folder / "gallery.html", "Gallery", gallery(notebooks, folder), folder)
    (folder / "site.css").write_text(style(), encoding="utf-8")


# The labs


def labs_of(notebook):
    """[(index of its cell, kind)] of the labs of a notebook, told by their stored outputs."""
    return [
        (i, found[1].lower())
        for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for output in cell.outputs
        if (found := LAB.match(output.get("data", {}).get("text/plain", "")))
    ]


def address(stem, number):
    """Where the recording of a notebook's lab lies in the site."""
    return f"labs/{stem}-{number}.html"


def record(path, folder):
    """Runs a notebook, and records each lab right after its cell; what there is to say of it."""
    (folder / "labs").mkdir(exist_ok=True)

    def file(number):
        return folder / address(path.stem, number)

    def call(number, choice):
        return f"{LAST}.record({str(file(number))!r}, **{choice!r});"

    return [
        f"{path.stem}, {kind}: {file(number).stat().st_size / 1e6:.1f} MB in {took:.0f} s"
        for number, kind, took in beside(path, call)
    ]


def beside(path, call):
    """Runs a notebook and, right after the cell of each lab, code in which `LAST` is that lab.

    Args:
        path: of the notebook.
        call: function of a lab's number, from 1, and of what is recorded of it, that returns code.

    Yields:
        (number, kind, seconds that the code took) of each lab.
    """
    notebook, number = nbformat.read(path, as_version=4), 0
    places = [i for i, _ in labs_of(notebook)]
    chosen = dict(zip(places, RECORDED[path.stem], strict=True))
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, kernel_name="python3", timeout=None, resources=resources)
    environment = COMPILED | {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    with client.setup_kernel(env=environment):
        for i, cell in enumerate(notebook.cells[: places[-1] + 1]):
            client.execute_cell(cell, i)
            if i in chosen:
                number, start, (kind, choice) = number + 1, time.perf_counter(), chosen[i]
                notebook.cells.append(new_code_cell(call(number, choice)))  # its outputs are there
                last = len(notebook.cells) - 1
                client.execute_cell(notebook.cells[last], last, store_history=False)
                yield number, kind, time.perf_counter() - start


# The pages


def show(path, file, folder):
    """A notebook as a page."""
    notebook = nbformat.read(path, as_version=4)
    numbers = {i: n for n, (i, _) in enumerate(labs_of(notebook), start=1)}
    for i, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            cell.source = with_formulas(cell.source)
        elif cell.cell_type == "code":
            recorded = address(path.stem, numbers.get(i, 0))
            cell.outputs = outputs(cell.outputs, recorded if (folder / recorded).exists() else "")
    body, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)
    title = re.search(r"^# (.+)", notebook.cells[0].source, re.M)[1]
    page(file, title, linked(body), folder, run=elsewhere(path))


def outputs(found, recorded):
    """The outputs of a cell: pictures with their text, and the recorded lab where there is one."""
    shown = []
    for output in found:
        data = output.get("data", {})
        text, markup = data.get("text/plain", ""), data.get("text/html", "")
        lab = LAB.match(text)
        if (
            "anatomy-still" in markup
            or "anatomy-description" in markup
            or ("text/plain" in data and not text)
        ):
            continue  # beside a picture, whose text is with it; the place of a living lab
        if lab and recorded:
            shown.append(new_output("display_data", {"text/html": played(lab[1], recorded)}))
        elif "image/png" in data:
            shown.append(new_output("display_data", {"text/html": image(output)}))
        else:
            shown.append(output)
    return shown


def played(kind, recorded):
    """A recorded lab as HTML."""
    return (
        f'<iframe src="{recorded}" title="{kind} lab, recorded" loading="lazy" height="560">'
        f'</iframe><p class="run"><a href="{recorded}">This lab on a page of its own</a></p>'
    )


def image(output):
    """An output's picture as HTML, with its text."""
    data, size = output["data"], output.get("metadata", {}).get("image/png", {})
    text = data.get("text/plain", "")
    text = "The figure that the code above draws" if text.startswith("<Figure") else text
    sides = " ".join(
        f'{name}="{round(size[name])}"' for name in ("width", "height") if name in size
    )
    png = "".join(data["image/png"].split())
    markup = f'<img src="data:image/png;base64,{png}" {sides} alt="{html.escape(text)}">'
    return scrolling(markup) if size.get("width", 0) > 560 else markup


def scrolling(markup):
    """What scrolls sideways by itself where the page is narrower."""
    return f'<div class="scroll">{markup}</div>'


def page(file, title, body, folder, run=()):
    """Writes a page with a head and links."""
    body = re.sub(r"<table\b.*?</table>", lambda found: scrolling(found[0]), body, flags=re.S)
    template = jinja2.Template((TEMPLATES / "page.html").read_text(encoding="utf-8"))
    root = "../" * len(file.relative_to(folder).parents[:-1])
    links = LINKS + [
        (f"{n} {path.stem[3:].replace('_', ' ')}", f"{path.stem}.html")
        for n, path in enumerate(make_notebooks.find(), 1)
    ]
    file.write_text(
        template.render(title=html.escape(title), body=body, root=root, links=links, run=run),
        encoding="utf-8",
    )


def of_markdown(text):
    """Markdown as HTML, with the links of the site."""
    return linked(markdown2html(with_formulas(text)))


def linked(markup):
    """Links to notebooks and to Markdown as links to pages."""
    local = r'(<a\b[^>]*href=")(?![a-z]+:)(?:notebooks/)?([^"#]*)\.(?:ipynb|md)(?=[#"])'
    return re.sub(local, r"\1\2.html", markup)


def contents():
    """The page to begin with: what README says of the notebooks."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    about = re.search(r"^(Layers, models,.*?)$", readme, re.M)[1]
    table = re.search(r"^\| notebook.*?\n\n", readme, re.M | re.S)[0]
    sets = "\n".join(
        f"- [{nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].lstrip('# ')}]"
        f"(exercises/{path.name})"
        for path in sorted(EXERCISES.glob("*.ipynb"))
    )
    return of_markdown(
        f"# The anatomy of a neural network\n\n{about}\n\n"
        "These pages play with nothing installed: every lab in them was recorded, state by state. "
        "Move a slider, or drag in a picture. The living kit trains anew at each move.\n\n"
        f"{played(*FIRST)}\n\n{table}\n\n## Problems\n\n{sets}\n\n"
        "All pictures and labs with their calls are in the [gallery](gallery.html), the words in "
        "the [glossary](glossary.html).\n"
    )


def elsewhere(path):
    """[(name, address)] of where a notebook lives, as `make address` has written it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    repository = project["urls"]["Repository"].removeprefix("https://github.com/")
    version = re.search(r'__version__ = "(.+)"', (ROOT / "anatomy/__init__.py").read_text())[1]
    place = path.relative_to(ROOT).as_posix()
    return [
        ("Binder", f"https://mybinder.org/v2/gh/{repository}/v{version}?urlpath=lab/tree/{place}"),
        ("Colab", f"https://colab.research.google.com/github/{repository}/blob/v{version}/{place}"),
    ]


def calls():
    """[(name as it is called, whether a lab)] of all that the doors offer."""
    from anatomy import draw, labs

    pictures = [name for name in draw.__all__ if name not in ("Picture", "larger")]
    every = [(f"labs.{name}", True) for name in labs.__all__ if name != "Lab"]
    return [*every, *((f"draw.{name}", False) for name in pictures)]


def gallery(notebooks, folder):
    """Every lab and picture once: what it is, a call of it, and how it looks."""
    import anatomy

    cells = [
        (path, cell, numbers.get(i, 0))
        for path in notebooks
        for notebook in [nbformat.read(path, as_version=4)]
        for numbers in [{i: n for n, (i, _) in enumerate(labs_of(notebook), start=1)}]
        for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
    ]
    parts = [of_markdown("# Gallery\n\nEvery lab and every picture, with a call.")]
    for call, lab in calls():
        door, name = call.split(".")
        about = getattr(getattr(anatomy, door), name).__doc__.strip().split("\n\n")[0]
        text = f"## `{call}`\n\n{' '.join(about.replace('``', '`').split())}\n\n"
        shows = re.compile(rf"^(?:\w+ = )?{re.escape(call)}(?:\.\w+)?\(", re.M)
        found = [one for one in cells if shows.search(one[1].source)]
        stills = [one for one in found if pictured(one[1].outputs)] or (found if lab else [])
        if call in CALLS:
            text, shown = f"{text}```python\n{CALLS[call]}\n```", still(call)
        elif not stills:
            shown = ""  # a test says so
        else:
            path, cell, number = stills[0]
            text += f"```python\n{cell.source}\n```\n\nIn [notebook {int(path.stem[:2])}]"
            text += f"({path.stem}.html)"
            if lab and (folder / address(path.stem, number)).exists():
                text += f"; [play with it]({address(path.stem, number)})"
            output = pictured(cell.outputs)
            shown = image(output) if output else ""
        parts.append(f'<section class="gallery">{of_markdown(text)}{shown}</section>')
    return "\n".join(parts)


def still(call):
    """The picture that a call of `CALLS` shows, as HTML."""
    *lines, last = CALLS[call].rstrip().split("\n")
    names = {}
    exec("\n".join(lines), names)
    shown = eval(last, names)
    if hasattr(shown, "still"):
        shown.wait()
        shown = shown.still()
    data, metadata = shown._repr_mimebundle_()
    data["image/png"] = make_notebooks.smaller(data["image/png"])
    return image({"data": data, "metadata": metadata})


def pictured(found):
    """The last of some outputs that is a picture, or None."""
    return next((o for o in reversed(found) if "image/png" in o.get("data", {})), None)


def style():
    """The style sheet, with the colours of code on light and on dark paper."""
    from pygments.formatters import HtmlFormatter

    def rules(style):
        found = HtmlFormatter(style=style).get_style_defs(".highlight").splitlines()
        return "\n".join(rule for rule in found if re.match(r"\.highlight \.\w+ \{", rule))

    plain = (TEMPLATES / "site.css").read_text(encoding="utf-8")
    dark = rules("github-dark")
    return f"{plain}\n{rules('default')}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


# Formulas, drawn now: nobody's page has to fetch what would draw them


def with_formulas(text):
    """Markdown with each formula as an inline picture that a screen reader reads as TeX."""
    parts = re.split(r"(```.*?```|`[^`\n]+`)", text, flags=re.S)  # code stays as it is
    parts[::2] = [FORMULA.sub(lambda found: formula(found[1]), part) for part in parts[::2]]
    return "".join(parts)


def formula(tex):
    """A formula as SVG."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(math_fontfamily="stix", size=SIZE * 1.08)
    path = TextPath((0, 0), f"${tex}$", prop=font)
    letters = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}
    drawn = []
    for points, code in path.iter_segments(curves=True, simplify=False):
        places = " ".join(f"{value:.2f}" for value in points) if code != 79 else ""
        drawn.append(letters[int(code)] + places)
    box = path.get_extents()
    left, wide = min(0, box.x0) - 0.5, max(box.x1, 1) + 1
    low, high = min(box.y0, 0) - 0.5, box.y1 + 0.5
    return (
        f'<svg class="math" role="img" aria-label="{html.escape(tex)}" '
        f'viewBox="{left:.2f} {-high:.2f} {wide - left:.2f} {high - low:.2f}" '
        f'style="height:{(high - low) / SIZE:.3f}em;vertical-align:{low / SIZE:.3f}em">'
        f'<path transform="scale(1 -1)" d="{"".join(drawn)}"/></svg>'
    )


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
