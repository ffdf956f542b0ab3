"""What the check of a GPU found, in Markdown."""

from benchmarks.table import METHODS, table


def render(results: dict) -> str:
    """Lay out the errors, the seconds a layer, and the paper's sweep."""
    shapes = results["shapes"]
    errors = results["families"] | {name: found["errors"] for name, found in shapes.items()}
    precisions = list(next(iter(errors.values())))
    exactness = table(
        ["largest relative error", *precisions],
        ([name, *(f"{of_model[precision]:.0e}" for precision in precisions)] for name, of_model in errors.items()),
    )
    timed = next(iter(shapes.values()))["layers"]["layers"][0]["seconds"]
    speed = table(
        ["seconds", "layer", *(METHODS[name] for name in timed), "share of peak"],
        (
            [name, each["layer"], *(f"{each['seconds'][method]:.3f}" for method in timed), f"{each['peak_share']:.0%}"]
            for name, found in shapes.items()
            for each in found["layers"]["layers"]
        ),
    )
    sweeps = table(
        ["the paper's sweep", "experiments", "seconds", "peak memory"],
        (
            [name, f"{found['sweep']['experiments']:,}", f"{found['sweep']['seconds']:.1f}", _size(found["sweep"])]
            for name, found in shapes.items()
        ),
    )
    on = f"{results['device']}, {results['memory'] / 2**30:.0f} GiB, torch {results['versions']['torch']}"
    return "\n\n".join([on, exactness, speed, sweeps, *(f"WRONG: {wrong}" for wrong in results["wrong"])]) + "\n"


def _size(swept: dict) -> str:
    return "not measured" if swept["peak_memory"] is None else f"{swept['peak_memory'] / 2**30:.1f} GiB"
