# The anatomy kit: `make` lists what there is. Any make from 3.81 (macOS) on, any sh.

# Only looked for when an environment is made: the first python that is new enough.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p $(NEW_ENOUGH) 2>/dev/null && { echo $$p; exit; }; done; echo python3)
NEW_ENOUGH = -c "import sys; sys.exit(sys.version_info < (3, 11))"

# The folder may be moved: that breaks the scripts in .venv/bin (so `python -m` throughout) and the
# installed path to anatomy (so the stamps of what is installed carry the folder's name).
PY = .venv/bin/python
HERE := $(shell pwd | cksum | cut -d " " -f 1)
LAB = .venv/lab-$(HERE)
TEST = .venv/test-$(HERE)
# A Python that was uninstalled takes its stamps along.
$(shell [ -x $(PY) ] || rm -f .venv/lab-* .venv/test-*)

WORKERS = -n logical --maxprocesses 4 --no-loadscope-reorder
NOT_ITS_MACHINERY = $(addprefix --ignore=tests/,browser exercises test_project.py test_setup.py \
	test_colab.py test_notebooks.py test_export.py)

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

lab: $(LAB)  ## open the first notebook in JupyterLab
	$(PY) -m jupyterlab --ServerApp.root_dir=. $(if $(filter 0,$(shell id -u)),--allow-root) \
		$(LAB_FLAGS) notebooks/01_anatomy.ipynb

test: $(TEST)  ## lint, unit tests, every notebook, a real browser
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pytest $(WORKERS) $(PYTEST_FLAGS)

endurance: $(TEST)  ## what takes long: every exercise from twenty seeds, graded by nbgrader
	$(PY) -m pytest tests/endurance $(WORKERS) $(PYTEST_FLAGS)

lowest: $(TEST)  ## unit tests on the lowest versions that pyproject.toml allows
	$(PY) tests/lowest.py .venv/lowest.txt
	$(PY) -m venv .venv/lowest
	.venv/lowest/bin/python -m pip install --disable-pip-version-check -q -c .venv/lowest.txt \
		-e . pytest pytest-xdist nbval nbclient hypothesis
	.venv/lowest/bin/python -m pytest tests $(NOT_ITS_MACHINERY) $(WORKERS) $(PYTEST_FLAGS)

bench: $(TEST)  ## measure how fast the labs answer, beside what else there is
	$(PY) -m pip install --disable-pip-version-check -q -r tests/benchmarks/requirements.txt
	$(PY) -m pytest tests/benchmarks -s -p no:cacheprovider

classroom: $(TEST)  ## measure how many students this machine carries
	$(PY) tests/benchmarks/classroom.py

notebooks: $(TEST)  ## execute every notebook in place and clean it
	$(PY) tests/make_notebooks.py

assignments: $(TEST)  ## make the students' exercises from their masters, with nbgrader
	$(PY) tests/make_assignments.py

site: $(TEST)  ## write the notebooks as pages in which the labs play, recorded: build/site
	$(PY) tests/make_site.py

address:  ## say where the project lives: make address REPOSITORY=owner/name
	@old=$$(sed -n 's#^Repository = "https://github.com/\([^"]*\)".*#\1#p' pyproject.toml); \
	test -n "$(REPOSITORY)" || { echo "now $$old; change it with REPOSITORY=owner/name" >&2; exit 1; }; \
	sed -i.old "s#$$old#$(REPOSITORY)#g" pyproject.toml README.md notebooks/*.ipynb; \
	new="$(REPOSITORY)"; site="https://$${new%%/*}.github.io/$${new#*/}/"; \
	text="Look at it before you install anything"; \
	sed -i.old "s#\*\*\[*$$text[^*]*\*\*#**[$$text]($$site)**#" README.md; \
	rm -f pyproject.toml.old README.md.old notebooks/*.ipynb.old

clean:  ## remove all that make has made, .venv too
	rm -rf .venv build *.egg-info .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: help lab test endurance lowest bench classroom notebooks assignments site address clean

# Setting up. What usually goes wrong on a fresh machine gets one line that says what to do.
say = { echo "$(1)" >&2; exit 1; }
again = run make $(MAKECMDGOALS) again

.venv/bin/python:
	@"$(PYTHON)" $(NEW_ENOUGH) 2>/dev/null || $(call say,Python 3.11 or newer is needed and \
	'$(PYTHON)' is $$("$(PYTHON)" --version 2>/dev/null || echo not there): install one or name \
	one with make $(MAKECMDGOALS) PYTHON=/path/to/python3.11)
	@"$(PYTHON)" -m venv --clear .venv >/dev/null 2>&1 || { rm -rf .venv; $(call say,'$(PYTHON)' \
	cannot make a virtual environment: install its venv module (Debian and Ubuntu: apt install \
	python3-venv) and $(again)); }

$(LAB): .venv/bin/python requirements.txt pyproject.toml
	@echo "Installing JupyterLab, Keras and the kit into .venv, once: a minute or two."
	@$(call install,-r requirements.txt -e .)

$(TEST): $(LAB) tests/requirements.txt
	@echo "Installing the test tools into .venv, once."
	@$(call install,-r tests/requirements.txt)

LOG = .venv/pip.log
OFFLINE = grep -qiE "connection|timed out|from versions: none" $(LOG)
REASON = $$(grep -m 1 ERROR $(LOG) || tail -n 1 $(LOG))

define install
$(PY) -m pip install --disable-pip-version-check $(1) >$(LOG) 2>&1 || if $(OFFLINE); \
	then $(call say,No network: the packages could not be fetched ($(LOG)). Connect and $(again).); \
	else $(call say,pip failed: $(REASON) (all of it: $(LOG))); fi
touch $@
endef
