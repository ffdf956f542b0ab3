"""The prompt and the target that somebody types or chooses."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from explorer_pages import screen, shared
from explorer_pages.screen import Screen
from explorer_pages.shared import TaskPrompt
from sna.exploration.limits import TARGET, TEXT
from sna.formats import words
from sna.inputs.joins import doubtful_join


def choose_prompt(
    own: Screen, study: str, best: Callable[[str], Mapping[str, Any]] = lambda task: {}
) -> dict[str, str] | None:
    """Let one type a prompt and a target, or choose them from the study.

    Parameters
    ----------
    own : Screen
    study : str
    best : callable
        What else the screen's widgets are set to after an example was chosen, by its task.

    Returns
    -------
    dict or None
        A view's `prompt` and `target`; None, and a message, if one of them is missing.
    """
    examples = screen.attempt(lambda: shared.prompts(study))
    example = own.get("example")
    if example not in examples or (own.get("prompt"), own.get("target")) != (example.prompt, example.target):
        own.put("example", None)
    st.selectbox(
        "A prompt of the study",
        examples,
        index=None,
        placeholder="Choose one, or type below",
        format_func=lambda item: f"{words(item.task)}: {item.prompt}{item.target}",
        key=own.key("example"),
        on_change=partial(_take, own, best),
    )
    prompt = st.text_area("Prompt", key=own.default("prompt", ""), max_chars=TEXT, height=100)
    hint = "With the space before it, if there is one."
    target = st.text_input("Target", key=own.default("target", ""), max_chars=TARGET, help=hint)
    if not prompt:
        st.info("Type a prompt: the text that the model reads.", icon=":material/edit:")
    elif not target:
        st.info("Type a target: the text whose probability is asked for.", icon=":material/edit:")
    elif doubt := doubtful_join(prompt, target):
        st.info(f"Is it meant so? {doubt[0].upper()}{doubt[1:]}", icon=":material/space_bar:")
    return {"prompt": prompt, "target": target} if prompt and target else None


def _take(own: Screen, best: Callable[[str], Mapping[str, Any]]) -> None:
    """After an example was chosen, take its prompt, its target and its task, and what is best for that."""
    example: TaskPrompt | None = own.get("example")
    if example is not None:
        for name, value in (example._asdict() | dict(best(example.task))).items():
            own.put(name, value)
