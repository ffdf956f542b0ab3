#!/bin/sh
# Check the engine on one NVIDIA GPU, in less than 6 minutes on an H100: whether it is exact, how fast, in how much memory.
#
#     tests/gpu/check.sh            with .venv, or else python3
#     PYTHON=... tests/gpu/check.sh
#
# It needs no network and no weights. TransformerLens and nnsight (envs/benchmark.txt) are compared if they are there.
# Writes results/gpu.json. Exits with 1 if something is wrong or too slow, and with 0 where there is no GPU, with the
# reason.
set -eu
cd "$(dirname "$0")/../.."
[ -n "${PYTHON:-}" ] || { [ -x .venv/bin/python ] && PYTHON=.venv/bin/python || PYTHON=python3; }
export PYTHONPATH=scripts:tests${PYTHONPATH:+:$PYTHONPATH} PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1
exec "$PYTHON" -m gpu
