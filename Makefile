# Every target builds .venv by itself when it is missing or older than requirements.lock. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
VENV15 := .venv-duckdb15
READY15 := $(VENV15)/.ready
CHROMIUM ?= /usr/bin/chromium
WORKERS ?= 2

# pip is quiet; on a terminal a counter shows how far it is, and on failure its last lines are printed.
define install_locked
	@echo "Setting up $(1) from requirements.lock: once, a few minutes at most."
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "finflow needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv $(1) >$(1).log 2>&1 || $(PYTHON) -m venv --without-pip $(1)
	@mv $(1).log $(1)/pip.log
	@pip="$(1)/bin/python -m pip"; $$pip --version >/dev/null 2>&1 || pip="$(PYTHON) -m pip --python $(1)/bin/python"; \
	$$pip install --no-input --require-hashes -r requirements.lock >$(1)/pip.log & pid=$$!; \
	while kill -0 $$pid 2>/dev/null; do sleep 1; \
	  [ ! -t 1 ] || printf '\r  %s packages' "$$(grep -c -e ^Collecting -e '^Requirement already' $(1)/pip.log)"; done; \
	wait $$pid || { echo; tail -n 20 $(1)/pip.log; echo "Setting up $(1) failed; pip says why above."; exit 1; }; \
	$$pip install --quiet --no-input --no-deps --no-build-isolation -e . && echo "  ready"
endef

.PHONY: help demo test lint lab bench test-browser test-duckdb15 test-long golden lock

help:  ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1	/p' Makefile | expand -t 16

demo: $(READY)  ## load the sample case, run the notebooks, print where the report is
	@$(BIN)/python -m finflow demo

test: $(READY)  ## everything that needs only Python
	@$(BIN)/python -m pytest -q -n $(WORKERS) -m "not browser and not long"

lint: $(READY)  ## ruff, mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

$(READY): requirements.lock pyproject.toml
	$(call install_locked,$(VENV))
	@touch $@
