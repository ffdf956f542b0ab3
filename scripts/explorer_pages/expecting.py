"""What a study lets one expect of amplification: on fresh prompts first, then on those that chose the configuration."""

import streamlit as st

from explorer_pages import screen, shared
from sna.experiments.summary import zone_of
from sna.exploration.inventory import StudyFiles
from sna.exploration.outlook import Outlook, fresh_gain, look_up
from sna.formats import estimate, share, signed, tasks, words
from sna.inputs.config import Config


def show_outlook(baseline: float, files: StudyFiles, config: Config) -> None:
    """Say what the study's data let one expect where a prompt's baseline lies.

    Parameters
    ----------
    baseline : float
        The target's probability.
    files : StudyFiles
    config : Config
    """
    experiments = screen.attempt(lambda: shared.experiments(files.experiments, files.model))
    if experiments is None:
        st.info("The study has no results yet that could say what to expect here.", icon=":material/info:")
        return
    zone = zone_of(baseline, config.zones.boundaries)
    held_out, fresh = (shared.statistics(files.statistics(name), files.model) for name in ("held_out", "fresh"))
    outlook = look_up(experiments, zone, config.zones.boundaries, held_out, fresh)
    st.info(_expect(outlook, zone, files.study), icon=":material/lightbulb:")
    said = {"held_out": outlook and outlook.held_out is not None, "fresh": outlook and outlook.fresh}
    screen.cite(files.experiments, *(files.statistics(name) for name, used in said.items() if used))


def _expect(outlook: Outlook | None, zone: int, study: str) -> str:
    """Say what a study found in a zone."""
    if outlook is None:
        return f"No task of the study `{study}` lies in zone {zone}: its data say nothing of what to expect here."
    fresh = ""
    if outlook.fresh is not None:
        fresh = (
            f"On fresh prompts the study `{study}` has {tasks(len(outlook.fresh.tasks))} in zone {zone}: "
            f"{_listed(outlook.fresh.tasks)}. Their best configurations change the target by "
            f"{estimate(outlook.fresh.mean, 'percent')} on average.\n\n"
        )
    held_out = ""
    if outlook.held_out is not None:
        held_out = f" (on prompts that did not choose them: {signed(outlook.held_out)} %)"
    several = len(outlook.tasks) > 1
    average = f" on average, from {signed(outlook.least)} to {signed(outlook.most)} %" if several else ""
    return (
        f"{fresh}In zone {zone} the study `{study}` has {tasks(len(outlook.tasks))}: {_listed(outlook.tasks)}. "
        f"The best configurations gain {signed(outlook.mean)} %{average}"
        f"{held_out}; {share(outlook.success_rate)} of all configurations improve."
    )


def show_fresh_gain(task: str | None, files: StudyFiles) -> None:
    """Say what a task's best configuration is worth on fresh prompts, beside random neurons, if the study knows it.

    Parameters
    ----------
    task : str or None
        None if no task is chosen.
    files : StudyFiles
    """
    path = files.statistics("fresh")
    found = fresh_gain(shared.statistics(path, files.model), task) if task else None
    if found is None or task is None:
        return
    best = found.configuration
    st.markdown(
        f"On {found.prompts} fresh prompts for {words(task)}, which had no part in the choice, its best configuration "
        f"({best.neurons} neurons of layer {best.layer}, multiplied by {best.multiplier:g}) changes the target's mean "
        f"probability by **{estimate(found.improvement, 'percent')}**; as many random neurons by "
        f"{estimate(found.random, 'percent')}."
    )
    screen.cite(path)


def _listed(names: list[str]) -> str:
    return ", ".join(map(words, names))
