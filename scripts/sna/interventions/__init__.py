"""Interventions: an amplification as a file, applied to a network wherever transformers loads it."""
