"""Whether the engine is exact on a GPU, and how fast it is there: tests/gpu/check.sh."""
