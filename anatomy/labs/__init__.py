"""ipywidgets: controls, a picture and a run. One file a lab.

``fit``   a student's own ``build()``: its arguments on sliders, refitted as they move
``step``  one training step under the microscope
"""

from anatomy.labs.fit import Fit as fit
from anatomy.labs.lab import Lab
from anatomy.labs.step import Step as step

__all__ = ["Lab", "fit", "step"]
