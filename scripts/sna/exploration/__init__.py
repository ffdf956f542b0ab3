"""What the explorer and `scripts/replay.py` compute: measurements on one prompt, views of results, and their links."""
