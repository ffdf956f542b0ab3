"""What the claims rest on: one module a statistic, each with one function that returns a frozen dataclass.

A function takes one model's rows, so a study of several models calls it once a model. Degenerate data (too few tasks,
nothing that varies, an empty zone) gives None in place of a figure. The random numbers come from the configured seed,
and rows are sorted before they are used, so the same tables give the same figures to the last bit.
"""
