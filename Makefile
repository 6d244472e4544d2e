# Every target builds .venv by itself when it is missing or older than requirements.lock. `make help` lists them.

PYTHON ?= python3
CHROMIUM ?= /usr/bin/chromium
WORKERS ?= 2
BIN := .venv/bin
# Where the environment forbids Python to keep what it compiled, each of hundreds of processes compiles all sources anew.
export PYTHONDONTWRITEBYTECODE :=

# pip stays quiet; a terminal shows how many packages it has looked at, and a failure shows pip's last lines.
# Debian's python3 may come without ensurepip: then the pip of that python installs into the new environment, pip too.
define install_locked
	@echo "Setting up $(1) from requirements.lock: once, a few minutes at most."
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "finflow needs Python 3.11 or newer. Name one: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv $(1) >/dev/null 2>&1 || $(PYTHON) -m venv --without-pip $(1)
	@pip="$(1)/bin/python -m pip"; $$pip --version >/dev/null 2>&1 || pip="$(PYTHON) -m pip --python $(1)/bin/python"; \
	$$pip install --no-input --require-hashes -r requirements.lock >$(1)/pip.log 2>&1 & work=$$!; \
	while kill -0 $$work 2>/dev/null; do sleep 1; \
	  [ ! -t 1 ] || printf '\r  %s packages' "$$(grep -c -e ^Collecting -e '^Requirement already' $(1)/pip.log)"; done; \
	wait $$work && $$pip install --no-input --no-deps --no-build-isolation -e . >>$(1)/pip.log 2>&1 && echo "  ready" || \
	{ echo; tail -n 20 $(1)/pip.log; echo "Setting up $(1) failed: pip says why above."; exit 1; }
endef

.PHONY: help demo lab test lint test-browser test-package test-duckdb15 test-long bench golden lock

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1	/p' Makefile | expand -t 16

demo: .venv/.ready ## load the sample case, run the notebooks, print where the report is
	@$(BIN)/python -m finflow demo

lab: .venv/.ready ## open JupyterLab on a working copy of the notebooks for the sample case
	@$(BIN)/python -m finflow lab

test: .venv/.ready lint ## everything that needs only Python
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not browser and not long and not package"

lint: .venv/.ready ## ruff and mypy alone
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

test-browser: .venv/.ready ## the pictures and the report in headless Chromium
	@[ -x "$(CHROMIUM)" ] || { echo "Chromium is not at $(CHROMIUM). On Debian: apt-get install --no-install-recommends chromium"; \
	  echo "Elsewhere: make test-browser CHROMIUM=/where/it/is"; exit 1; }
	@CHROMIUM="$(CHROMIUM)" $(BIN)/python -m pytest -q -m browser

test-package: .venv/.ready ## the wheel in an empty environment: what it carries, and the demo from there
	@$(BIN)/python -m pytest -q -m package

test-duckdb15: .venv-duckdb15/.ready ## the tests on DuckDB 1.5
	@.venv-duckdb15/bin/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not browser and not long and not package"

test-long: .venv/.ready ## tests that take minutes to hours
	@$(BIN)/python -m pytest -q -m long

bench: .venv/.ready ## measure, print a table, write benchmarks/results.json
	@$(BIN)/python -m benchmarks

golden: .venv/.ready ## rebuild the executed twins of the notebooks; say in the commit which figure changed and why
	@$(BIN)/python -m tests.golden

lock: .venv/.ready ## write requirements.lock anew from pyproject.toml
	@$(BIN)/python -m pip install --quiet --target .venv/uv uv
	@.venv/uv/bin/uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header \
	  --no-annotate --extra dev pyproject.toml -o requirements.lock

.venv/.ready: requirements.lock pyproject.toml
	$(call install_locked,.venv)
	@touch $@

.venv-duckdb15/.ready: requirements.lock pyproject.toml .ci/duckdb15.lock
	$(call install_locked,.venv-duckdb15)
	@.venv-duckdb15/bin/python -m pip install --no-input --no-deps --require-hashes -r .ci/duckdb15.lock \
	  >>.venv-duckdb15/pip.log 2>&1 || { tail -n 20 .venv-duckdb15/pip.log; exit 1; }
	@touch $@
