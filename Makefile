# Two commands do all the set-up on a fresh machine: make demo, make test.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
# Compiled modules are kept, as after the first start on any machine: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo panel test lint types validate benchmarks clean

help:
	@echo "make demo        run the whole job on the built-in synthetic patient"
	@echo "make panel       open the panel of the 3D Slicer module, without Slicer"
	@echo "make test        style, types and all tests (installs system packages on Debian and Ubuntu)"
	@echo "make validate    the studies that take longer than a minute"
	@echo "make benchmarks  side-by-side measurements against other software"
	@echo "make clean       remove the environment and all caches (results stay)"
	@echo "PYTHON=/path/to/python3.12 chooses the interpreter of a new environment."

$(BIN)/python:
	@PYTHON="$(PYTHON)" Testing/create-environment.sh $(VENV)

# One stamp per set of packages: nothing is asked of the network again until pyproject.toml changes.
$(VENV)/installed-%: pyproject.toml | $(BIN)/python
	@echo "Installing DosePaintingHRS with its $* packages; the first time takes a few minutes."
	@$(BIN)/python -m pip install --quiet --editable '.[$*]'
	@touch $@

demo: $(VENV)/installed-report
	@out=demo-output; number=2; \
	while [ -e "$$out" ]; do out="demo-output-$$number"; number=$$((number + 1)); done; \
	$(BIN)/dosepainting-hrs demo "$$out" || exit $$?; \
	echo; \
	echo "Report:   $(CURDIR)/$$out/report.html"; \
	echo "RTSTRUCT: $(CURDIR)/$$out/HRS.dcm"

panel: $(VENV)/installed-test
	@Testing/install-system-packages.sh
	cd Testing && ../$(BIN)/python -m slicer_host panel ../DosePaintingHRS/DosePaintingHRS.py

test: $(VENV)/installed-test
	@Testing/install-system-packages.sh
	@$(MAKE) --no-print-directory lint types
	$(BIN)/pytest -rs -n logical --dist loadfile

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-test
	$(BIN)/mypy

validate: $(VENV)/installed-test
	@missed=; for study in $$(find Testing/validation -name '*.py' | sort); do \
		echo "$$study"; $(BIN)/python "$$study" || missed="$$missed $$study"; \
	done; \
	if [ -n "$$missed" ]; then echo "Goals missed, or not run to the end:$$missed"; exit 1; fi

BENCHMARKS := run threshold_times segmentation_times map_times registration adjusting learning

benchmarks: $(VENV)/installed-test
	@missed=; for one in $(BENCHMARKS); do \
		echo "$$one"; $(BIN)/python "Testing/benchmarks/$$one.py" || missed="$$missed $$one"; \
	done; \
	if [ -n "$$missed" ]; then echo "Goals missed, or not run to the end:$$missed"; exit 1; fi

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build DosePaintingHRS/*.egg-info
	find DosePaintingHRS Testing -name __pycache__ -type d -prune -exec rm -rf {} +
