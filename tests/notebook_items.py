"""What else is asked of a notebook that nbval has run: in the same kernel, so that it runs once.

After the cells of each chapter comes an item that has Chromium look at the notebook and its living
labs, one that gives every answer to every question, and one that moves every control of every lab.
"""

import copy
import re
from pathlib import Path

import make_notebooks
import nbformat
import pytest
from browser import barriers, look
from nbval.plugin import IPyNbFile

PATIENCE = 900  # seconds for all controls of a notebook
SCREENS, LONGER = 25, {"05_losses.ipynb": 32, "06_optimizers.ipynb": 27}  # 05: two lessons
ANSI = re.compile(r"\x1b\[[\d;]*m")
TESTS = f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"  # in the kernel too


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Further items for each chapter."""
    report = yield
    if isinstance(collector, IPyNbFile) and collector.path.parent == make_notebooks.FOLDER:
        cells = list(report.result)
        for kind in (InChromium, EveryAnswer, EveryControl):
            report.result.append(kind.from_parent(collector, name=kind.__name__, cells=cells))
    return report


class OfTheSameRun(pytest.Item):
    """Something to ask of a notebook whose cells have all run."""

    def __init__(self, *, cells, **kwargs):
        super().__init__(**kwargs)
        self.cells = cells

    def setup(self):
        if self.parent.kernel is None or any(cell.test_outputs is None for cell in self.cells):
            pytest.skip("not all cells of the notebook were run")

    def reportinfo(self):
        return self.path, None, f"{self.path.name}: {self.name}"

    def repr_failure(self, excinfo):
        return (
            str(excinfo.value) if excinfo.errisinstance(Raised) else super().repr_failure(excinfo)
        )


class Raised(Exception):
    """What the kernel raised, and its traceback."""


class InTheKernel(OfTheSameRun):
    """Code that is run in the notebook's kernel."""

    def runtest(self):
        outputs = []
        client = self.parent.kernel.kc
        reply = client.execute_interactive(
            self.code, store_history=False, allow_stdin=False, timeout=PATIENCE,
            output_hook=outputs.append,
        )  # fmt: skip
        content = reply["content"]
        if content["status"] != "ok":
            traceback = ANSI.sub("", "\n".join(content.get("traceback", [])))
            raise Raised(f"{content.get('evalue', 'the kernel died')}\n{traceback}")


class EveryAnswer(InTheKernel):
    """Every question gets each right and each wrong answer, and reveals what is so."""

    code = TESTS + "import every_answer\nevery_answer.answer_all()"


class EveryControl(InTheKernel):
    """Every control of every lab goes to each of its ends and options."""

    code = TESTS + "import every_control\nassert every_control.sweep_all()"


class InChromium(OfTheSameRun):
    """It is not long; pictures have texts, controls names; the labs fit a laptop and answer.

    What else may shut somebody out, the kinds of control have in common: tests/browser looks.
    """

    def setup(self):
        if look.SKIP:
            pytest.skip(look.WHY)
        super().setup()

    def notebook(self):
        """The notebook with the outputs that nbval has seen."""
        notebook = copy.deepcopy(self.parent.nb)
        code = (cell for cell in notebook.cells if cell.cell_type == "code")
        for cell, run in zip(code, self.cells, strict=True):
            cell.outputs = [nbformat.from_dict(output) for output in run.test_outputs]
        return notebook

    def runtest(self):
        jupyter, chromium = look.tools(self.config)
        name = self.path.name
        jupyter.write(self.notebook(), name)
        connection = Path(self.parent.kernel.km.connection_file).read_text()
        jupyter.attach(connection, name)
        try:
            with look.page(chromium, jupyter.home / f"{name}.png") as (page, errors):
                page.set_viewport_size(look.LAPTOP)
                labs = look.open_running(page, errors, jupyter, name)
                assert labs
                assert look.screens(page) <= LONGER.get(name, SCREENS)
                assert barriers.untold(page) + barriers.unnamed(page) == []
                named = {f"{self.path.stem}-{k}": lab for k, lab in enumerate(labs, start=1)}
                assert look.misfits(page, named, jupyter.home) == {}
                for lab in labs:
                    look.answers(lab)
        finally:
            jupyter.forget()
