"""A language model under the same names whatever its architecture, and the tokens of its prompts."""
