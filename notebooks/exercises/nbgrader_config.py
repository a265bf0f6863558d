"""How nbgrader reads this folder: masters with their solutions are in source/."""

c = get_config()  # noqa: F821  (nbgrader gives it)
c.CourseDirectory.course_id = "anatomy"
c.ClearSolutions.code_stub = {"python": ""}  # what is left stands before it: name = ...
c.ExecutePreprocessor.timeout = 300  # seconds a cell may take on a busy server
c.ExecutePreprocessor.interrupt_on_timeout = True  # an endless loop costs its problem, not the set
