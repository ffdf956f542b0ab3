# The commands of this project. Each makes .venv from the pins first; they need Python 3.11 or newer, pip and make.
PYTHON ?= python3
CORES ?= all
BIN := .venv/bin

.PHONY: report smoke test lint

report: .venv/workflow
	$(BIN)/snakemake --cores $(CORES) report

smoke: .venv/workflow
	$(BIN)/snakemake --cores $(CORES) report --config study=smoke

test: .venv/development
	$(BIN)/pytest -n auto

lint: .venv/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

.venv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv

.venv/workflow: envs/requirements.txt | .venv
	$(BIN)/pip install --quiet --requirement $<
	touch $@

.venv/development: envs/development.txt .venv/workflow
	$(BIN)/pip install --quiet --requirement $<
	touch $@
