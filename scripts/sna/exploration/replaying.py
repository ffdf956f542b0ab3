"""The numbers of a view, as JSON has them: what the explorer shows, computed again."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from sna.experiments.summary import summarize_tasks, zone_of
from sna.exploration.asking import Reading, ask, compare, compare_target, continue_prompt, read_prompt
from sna.exploration.beside import read_layers, try_random
from sna.exploration.combining import joint_neurons, measure_task, prompts_of
from sna.exploration.intervals import measure_intervals, read_layer
from sna.exploration.inventory import StudyFiles
from sna.exploration.loading import load_fetched
from sna.exploration.results import at_layer, configuration, layer_map
from sna.exploration.sweeping import sweep_prompt
from sna.exploration.trying import chosen_neurons, continue_both, try_prompt
from sna.exploration.views import AnyView, ResultsView, SweepView, TogetherView, TryView
from sna.files import sha256
from sna.inputs.config import Config, Statistics
from sna.model.loading import LanguageModel
from sna.tables import BASELINE, EXPERIMENTS, NEURONS, read_table


def changed_files(made_from: Mapping[str, str]) -> list[str]:
    """Return those files that are missing, or are no longer those that a view was made from.

    Parameters
    ----------
    made_from : mapping of str to str
        SHA-256 by path.

    Returns
    -------
    list of str
        Their paths.
    """
    return [path for path, checksum in made_from.items() if not _is_still(path, checksum)]


def _is_still(path: str, checksum: str) -> bool:
    # A path may be one that no system has, or that may not be read.
    with suppress(OSError):
        return Path(path).is_file() and sha256(path) == checksum
    return False


def replay(view: AnyView, config: Config, threads: int) -> dict[str, Any]:
    """Return a view's numbers.

    Parameters
    ----------
    view : View
    config : Config
        The project's configuration.
    threads : int
        How many threads torch may use.

    Returns
    -------
    dict
        As JSON has them.

    Raises
    ------
    InputError
        If a model, a table, or something that the view chooses is not there.
    """
    files = StudyFiles(view.study, view.model)
    if isinstance(view, ResultsView):
        return _replay_results(view, files, config.statistics)
    model = load_fetched(config, view.model, threads)
    if isinstance(view, TryView):
        return _replay_try(view, files, model, config)
    if isinstance(view, SweepView):
        return _replay_sweep(view, files, model)
    return _replay_together(view, files, model, config.statistics)


def _replay_results(view: ResultsView, files: StudyFiles, settings: Statistics) -> dict[str, Any]:
    experiments = read_table(files.experiments, EXPERIMENTS)
    experiments = experiments[experiments["model"] == view.model]
    grid = at_layer(experiments, view.task, view.layer)
    if files.prompts.is_file():
        prompts = read_layer(files.prompts, view.model, view.task, view.layer)
        grid = grid.merge(measure_intervals(prompts, settings), on=["neurons", "multiplier"])
    return {
        "configuration": configuration(experiments, view).to_dict(),
        "layers": _records(layer_map(experiments)),
        "grid": _records(grid),
        "tasks": _records(summarize_tasks(experiments, "best")),
    }


def _replay_try(view: TryView, files: StudyFiles, model: LanguageModel, config: Config) -> dict[str, Any]:
    prompt = read_prompt(model, view.prompt, view.target)
    neuron_ids = chosen_neurons(view, model, None if view.listed else read_table(files.ranking, NEURONS))
    tried = try_prompt(model, view, prompt, neuron_ids, ask(model, prompt))
    unamplified = continue_prompt(model, prompt.prompt, view.tokens, view.temperature, view.seed)
    numbers = {
        "tokens": len(prompt.prompt) + len(prompt.target),
        "zone": zone_of(tried.before.target, config.zones.boundaries),
        "applied": tried.applied,
        "before": _target(tried.before),
        "after": _target(tried.after),
        "improvement": tried.improvement,
        "target_tokens": _records(compare_target(model, tried.before, tried.after)),
        "next_tokens": _records(compare(model, tried.before, tried.after)),
        "continuation": continue_both(model, view, prompt, neuron_ids, unamplified, applied=tried.applied)._asdict(),
        "neurons": neuron_ids,
    }
    if view.random and tried.applied:
        beside = try_random(model, view, prompt, neuron_ids, tried.before, settings=config.statistics)
        numbers["random"] = {"draws": _records(beside.draws), "improvement": asdict(beside.improvement)}
    if view.lens:
        amplified = neuron_ids if tried.applied else {}
        numbers["lens"] = _records(read_layers(model, prompt, amplified, view.multiplier))
    return numbers


def _replay_sweep(view: SweepView, files: StudyFiles, model: LanguageModel) -> dict[str, Any]:
    prompt = read_prompt(model, view.prompt, view.target)
    steps = sweep_prompt(model, view, prompt, read_table(files.ranking, NEURONS))
    return {"configurations": _records(pd.concat(steps))}


def _replay_together(
    view: TogetherView, files: StudyFiles, model: LanguageModel, settings: Statistics
) -> dict[str, Any]:
    neuron_ids = joint_neurons(view, read_table(files.ranking, NEURONS))
    baseline = read_table(files.baseline, BASELINE)
    rows = [
        measure_task(model, view, neuron_ids, prompts_of(baseline, task), settings=settings) for task in view.measured
    ]
    tasks = pd.concat(rows)
    return {"neurons": neuron_ids, "tasks": _records(tasks)}


def _target(reading: Reading) -> dict[str, float]:
    return {"probability": reading.target, "rank": reading.rank}


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return rows.to_dict(orient="records")
