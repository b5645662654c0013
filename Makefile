# Two commands: `make up` runs Followthrough, `make test` runs the whole suite.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help up test check bench simulate faults lock clean system-packages

help: ## Say what can be done
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

up: $(VENV)/.installed ## Start everything, print the addresses; Ctrl-C stops it
	@$(BIN)/followthrough up

# Tests that start the whole product, or kill it, have the machine to themselves; the others share its cores.
ALONE := tests/acceptance tests/faults tests/flows tests/cli/test_up.py

test: $(VENV)/.installed-dev ## Run the whole suite; starts and stops what it needs
	@$(BIN)/python -m pytest -n auto $(ALONE:%=--ignore=%)
	@$(BIN)/python -m pytest $(ALONE)

check: $(VENV)/.installed-dev ## Lint, format, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright --warnings
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/.installed-dev ## Measure the human step with real processes
	@$(BIN)/python -m benchmarks.human_step

simulate: $(VENV)/.installed-dev ## Live simulated years; from SEED=1 until YEARS=10000 or MINUTES= are over
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.simulator

faults: $(VENV)/.installed-dev ## Kill processes at random for long; KILLS=1000 by default
	@FOLLOWTHROUGH_KILLS=$${KILLS:-1000} $(BIN)/python -m pytest tests/faults -s

lock: $(VENV)/.installed-dev ## Resolve the dependencies anew, hashed and without addresses
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements-dev.txt

clean: ## Remove the virtual environment; data in .followthrough stays
	rm -rf $(VENV) build *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Followthrough needs Python 3.11 or newer. Name one with: make PYTHON=python3.12 up"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing (once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing with development tools (once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.installed
