"""The benchmark's results in Markdown."""

from collections.abc import Iterable, Sequence

METHODS = {
    "reference": "hook, prompt by prompt",
    "batched": "hook, prompts in a batch",
    "transformerlens": "TransformerLens",
    "nnsight": "nnsight, skipping layers below",
    "engine": "engine",
}


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def render(results: dict) -> str:
    """Lay out what the benchmark found: how many times faster the engine is, seconds by layer, seconds by size."""
    models = results["models"]
    names = [name for name in METHODS if name in results["configurations_timed"]]
    others = [name for name in names if name != "engine"]
    ratios = table(
        ["the engine is faster than", *(METHODS[name] for name in others), "share of peak", "disagreement", "relative"],
        (
            [
                model,
                *(f"{found[f'ratio_{name}']:.1f}x" for name in others),
                f"{found['peak_share']:.0%}",
                f"{found['max_abs_error']:.0e}",
                f"{found['max_relative_error']:.0e}",
            ]
            for model, found in models.items()
        ),
    )
    by_layer = table(
        ["seconds", "layer", *(METHODS[name] for name in names), "share of peak"],
        (
            [
                model,
                of_layer["layer"],
                *(f"{of_layer['seconds'][name]:.2f}" for name in names),
                f"{of_layer['peak_share']:.0%}",
            ]
            for model, found in models.items()
            for of_layer in found["layers"]
        ),
    )
    scaling = [
        table(
            [kind, *(entry["size"] for entry in entries)],
            [["engine, seconds", *(f"{entry['seconds']:.2f}" for entry in entries)]],
        )
        for kind, entries in results["scaling"].items()
    ]
    return "\n\n".join([ratios, by_layer, *scaling, _explain(results)]) + "\n"


def _explain(results: dict) -> str:
    whole = results["configurations"]
    timed = "; ".join(
        f"{part} for {METHODS[name]}" for name, part in results["configurations_timed"].items() if part != whole
    )
    peaks = ", ".join(f"{model} {found['peak'] / 1e9:.0f}" for model, found in results["models"].items())
    return (
        f"Medians of {results['rounds']} rounds, one thread, float32, {results['machine']['processor']}. "
        f"{results['prompts']} prompts of {len(results['tasks'])} tasks ({', '.join(results['tasks'])}), "
        f"{whole} configurations of a layer. A configuration takes every other method the same time, so of the {whole} "
        f"only some were timed, and their seconds multiplied: {timed}. "
        "What nnsight computes once below the amplified layer is not charged. "
        f"Peak: the fastest packed matrix product in the model's own shapes, in GFLOP/s: {peaks}. "
        "Disagreement: the largest between any two methods in a target's probability, absolute and relative."
    )
