# The commands of this project. Each makes its environment from the pins first; they need Python 3.11 or newer, pip and make.
PYTHON ?= python3
CORES ?= all
BIN := .venv/bin

.PHONY: report models smoke explorer test lint schema prompts docs benchmark peers

report: .venv/workflow
	$(BIN)/snakemake --cores $(CORES) report

models: .venv/workflow
	$(BIN)/snakemake --cores $(CORES) report --config study=both

smoke: .venv/workflow
	$(BIN)/snakemake --cores $(CORES) report --config study=smoke

# On this machine alone: .streamlit/config.toml says so.
explorer: .venv/explorer
	$(BIN)/python scripts/serve_explorer.py

test: .venv/development
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto

lint: .venv/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ty check scripts
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

# The schema that editors check config.yaml by; a test says when it is out of date.
schema: .venv/workflow
	$(BIN)/python scripts/write_config_schema.py

# The banks of fresh prompts, tasks/fresh/<task>.tsv; a test says when they are out of date.
prompts: .venv/development
	$(BIN)/python scripts/write_fresh_prompts.py

# The documentation, docs/site/index.html; its tutorial runs meanwhile, on the real model.
docs: .venv/docs results/models/smollm2-135m/model.safetensors
	OMP_NUM_THREADS=1 PYTHONPATH="$(CURDIR)/docs:$(CURDIR)/scripts" $(BIN)/sphinx-build --quiet --fail-on-warning --fresh-env docs docs/site

# How long the engine takes beside other methods, which have an environment of their own; about 25 minutes on one core.
benchmark: .venv-benchmark/peers results/models/smollm2-135m/model.safetensors
	OMP_NUM_THREADS=1 PYTHONPATH=scripts:tests .venv-benchmark/bin/python -m benchmarks

# Whether an intervention does in nnsight, TransformerLens and lm-evaluation-harness what it does here.
peers: .venv-benchmark/tested
	OMP_NUM_THREADS=1 .venv-benchmark/bin/python -m pytest tests/unit/interventions

.venv-benchmark/tested: envs/peers.txt .venv-benchmark/peers
	.venv-benchmark/bin/pip install --quiet --requirement $<
	touch $@

results/models/smollm2-135m/model.safetensors: | .venv/workflow
	$(BIN)/snakemake --cores 1 $@

.venv .venv-benchmark:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $@

.venv/workflow: envs/requirements.txt | .venv
	$(BIN)/pip install --quiet --requirement $<
	touch $@

.venv/explorer: envs/explorer.txt .venv/workflow
	$(BIN)/pip install --quiet --requirement $<
	touch $@

.venv/docs: envs/docs.txt .venv/workflow
	$(BIN)/pip install --quiet --requirement $<
	touch $@

.venv/development: envs/development.txt .venv/explorer
	$(BIN)/pip install --quiet --requirement $<
	touch $@

.venv-benchmark/peers: envs/benchmark.txt envs/requirements.txt | .venv-benchmark
	.venv-benchmark/bin/pip install --quiet --requirement $<
	touch $@
