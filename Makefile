# The commands of the house. `make help` says what each one does.

PYTHON ?= python3
UV ?= uv
NPM ?= npm
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

# Branch coverage in per cent: the pure core, and the floors above it.
CORE_COVERAGE ?= 100
FLOOR_COVERAGE ?= 90
# Test processes side by side; 0 runs them in one process (for a debugger).
JOBS ?= 2

LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: help install format lint test demo bench bench-peers lock clean

help: ## Say what each command does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Make .venv with everything that the locked requirements name
	@echo "Sluice is installed in $(VENV). Next: 'make demo' for the whole story, or '$(BIN)/sluice --help'."

$(INSTALLED): requirements/dev.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Sluice needs Python 3.11 or newer, and there is no '$(PYTHON)'; name one: make install PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Sluice needs Python 3.11 or newer, got $$($(PYTHON) -V 2>&1); name another one: make install PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

format: $(INSTALLED) ## Format the code and sort its imports
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lint: $(INSTALLED) ## Check style, types and the floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## Check everything: lint, tests, branch coverage
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -n $(JOBS)
	@$(BIN)/coverage combine --quiet
	@echo "Coverage of the pure core (at least $(CORE_COVERAGE) %):"
	@$(BIN)/coverage report --include='sluice/*' --fail-under=$(CORE_COVERAGE)
	@echo "Coverage of the floors above it (at least $(FLOOR_COVERAGE) %):"
	@$(BIN)/coverage report --omit='sluice/*' --fail-under=$(FLOOR_COVERAGE)

demo: $(INSTALLED) ## Show the whole story on the bundled agent, without keys
	@$(BIN)/sluice demo

bench: $(INSTALLED) ## Measure us beside the peers that 'make bench-peers' installed
	@missed=0; for name in trajectory_scoring gate_statistics gate_overhead; do $(BIN)/python -m benchmarks.$$name || missed=1; done; exit $$missed

bench-peers: ## Install the peers that the benchmarks compare with, each in an environment of its own
	PYTHON=$(PYTHON) NPM=$(NPM) bash benchmarks/peers/install.sh

lock: ## Lock the requirements again, after a change of pyproject.toml
	@command -v $(UV) >/dev/null || { echo "locking needs uv, and there is no '$(UV)'; install it: https://docs.astral.sh/uv" >&2; exit 1; }
	$(LOCK) --extra dev pyproject.toml --output-file requirements/dev.txt
	$(LOCK) --constraint requirements/dev.txt pyproject.toml --output-file requirements/run.txt

clean: ## Remove what the commands made, the environments included
	rm -rf $(VENV) .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov build dist
