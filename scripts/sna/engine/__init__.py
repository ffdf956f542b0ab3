"""Amplification: the exact sweep of a layer, and the reference that it is held against."""
