"""The fresh prompts of the shipped tasks: where a rule makes them by that rule, elsewhere from lists."""
