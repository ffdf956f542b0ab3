# The commands of this project. Each makes its environment from its lock first; they need Python 3.11 or newer, pip and make.
PYTHON ?= python3
CORES ?= all
BIN := .venv/bin

.PHONY: report models smoke explorer test lint lock schema prompts docs benchmark peers

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

# The locks, after an edit of a pin: what else they hold stays as it is; without them, what is newest is taken.
COMPILE = UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-emit-package torch
lock: .venv/development
	$(COMPILE) envs/development.txt envs/docs.txt --output-file envs/locks/development.txt
	$(COMPILE) envs/explorer.txt --constraint envs/locks/development.txt --output-file envs/locks/explorer.txt
	$(COMPILE) envs/requirements.txt --constraint envs/locks/development.txt --output-file envs/locks/workflow.txt
	$(COMPILE) envs/peers.txt --constraint envs/locks/workflow.txt --output-file envs/locks/peers.txt

# The schema that editors check config.yaml by; a test says when it is out of date.
schema: .venv/workflow
	$(BIN)/python scripts/write_config_schema.py

# The banks of fresh prompts, tasks/fresh/<task>.tsv; a test says when they are out of date.
prompts: .venv/development
	$(BIN)/python scripts/write_fresh_prompts.py

# The documentation, docs/site/index.html; its tutorial runs meanwhile, on the real model.
docs: .venv/development results/models/smollm2-135m/model.safetensors
	OMP_NUM_THREADS=1 PYTHONPATH="$(CURDIR)/docs:$(CURDIR)/scripts" $(BIN)/sphinx-build --quiet --fail-on-warning --fresh-env docs docs/site

# How long the engine takes beside other methods, which have an environment of their own; about 25 minutes on one core.
benchmark: .venv-benchmark/peers results/models/smollm2-135m/model.safetensors
	OMP_NUM_THREADS=1 PYTHONPATH=scripts:tests .venv-benchmark/bin/python -m benchmarks

# Whether an intervention does in nnsight, TransformerLens and lm-evaluation-harness what it does here.
peers: .venv-benchmark/peers
	OMP_NUM_THREADS=1 .venv-benchmark/bin/python -m pytest tests/unit/interventions

results/models/smollm2-135m/model.safetensors: | .venv/workflow
	$(BIN)/snakemake --cores 1 $@

.venv .venv-benchmark:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $@

# A lock holds all that its environment has, with checksums, but for torch: of that any build will do, and one for CUDA
# brings libraries of its own. The pins name it, and nothing else that is not there by then.
define install
$(@D)/bin/pip install --quiet --no-deps --require-hashes --requirement $<
$(@D)/bin/pip install --quiet --requirement envs/requirements.txt
touch $@
endef

.venv/%: envs/locks/%.txt | .venv
	$(install)

.venv-benchmark/%: envs/locks/%.txt | .venv-benchmark
	$(install)
