"""Calibration: which amplification suits a model and a task, and whether it is worth it."""
