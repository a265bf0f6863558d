"""How nbgrader reads this folder: masters with their solutions are in source/."""

import importlib.util
from pathlib import Path

from nbformat.v4 import new_code_cell
from nbgrader import utils
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute, OverwriteCells

c = get_config()  # noqa: F821  (nbgrader gives it)
KIT = Path(importlib.util.find_spec("anatomy").origin).parents[1]
AFRESH = f"""
import sys
sys.path.insert(0, {str(KIT)!r})
for name in [name for name in sys.modules if name.partition(".")[0] == "anatomy"]:
    del sys.modules[name]
"""


class Judge(Execute):
    """Before each check, the kit and all that the set defines are as they were handed out.

    So nothing is won by an answer that changes them, nor by an ``anatomy/`` of one's own.
    """

    def preprocess_cell(self, cell, resources, index):
        if utils.is_grade(cell):
            above = [one for one in self.nb.cells[:index] if one.cell_type == "code"]
            own = [one.source for one in above if utils.is_locked(one) and not utils.is_grade(one)]
            self.execute_cell(new_code_cell("\n".join([AFRESH, *own])), index, store_history=False)
        return super().preprocess_cell(cell, resources, index)


class Restore(OverwriteCells):
    """Puts the locked cells back; that a check got its hidden test again needs no warning."""

    def report_change(self, name, attr, old, new):
        if attr != "checksum":
            super().report_change(name, attr, old, new)


own = {Execute: Judge, OverwriteCells: Restore}
for steps in ("sanitize_preprocessors", "autograde_preprocessors"):
    usual = getattr(Autograde, steps).default()
    c.Autograde[steps] = [own.get(step, step) for step in usual]
c.CourseDirectory.course_id = "anatomy"
c.ClearSolutions.code_stub = {"python": ""}  # what is left stands before it: name = ...
c.ExecutePreprocessor.extra_arguments = ["--log-level=ERROR"]  # of each kernel
c.ExecutePreprocessor.timeout = 300  # seconds a cell may take on a busy server
c.ExecutePreprocessor.interrupt_on_timeout = True  # an endless loop costs its problem, not the set
c.ExecutePreprocessor.raise_on_iopub_timeout = False  # nor does a flood of outputs, part of it lost
