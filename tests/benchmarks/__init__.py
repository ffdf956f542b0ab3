"""How long the engine takes, beside what a user would otherwise write: `make benchmark`."""
