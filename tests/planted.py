"""Tasks for tiny models, and a model in which a task's neurons do help."""

from pathlib import Path

import numpy as np
import torch
from tiny_models import LAYERS, build_tiny_model

from sna.experiments.ranking import mean_activations, rank_neurons
from sna.inputs.tasks import Prompt, Task
from sna.model.loading import LanguageModel, load_model

CONTRAST = [f"It sleeps {number} times in the warm sun until the evening comes." for number in range(12)]
PROSE = [f"The evening comes {number} times, and then it sleeps in the sun." for number in range(6)]
#: The layer, the last one; how many of its neurons are made to help; and how much they write for the right target.
LAYER, HELPING, STRENGTH = LAYERS - 1, 5, 5.0


def made_up_task(evaluation: int = 24, name: str = "foxes") -> Task:
    """Return a task: foxes jump over the dog, birds fly over the sun."""

    def ask(number: int) -> Prompt:
        if number % 2:
            return Prompt(prompt=f"The quick brown fox number {number} jumps over the", target=" dog")
        return Prompt(prompt=f"In the morning a small bird, number {number}, flies over the", target=" sun")

    return Task(
        name=name,
        category="semantics",
        description="What foxes and birds do.",
        selection=[ask(number) for number in range(12)],
        evaluation=[ask(number) for number in range(100, 100 + evaluation)],
    )


def made_up_nonsense(seed: int) -> Task:
    """Return a task whose prompts and targets have nothing to do with one another."""
    rng, words = np.random.default_rng(seed), PROSE[0].split()
    evaluation = [
        Prompt(
            prompt=f"{' '.join(rng.choice(words, 5))} {number}", target=" " + "".join(rng.choice(list("abcdefgh"), 2))
        )
        for number in range(24)
    ]
    return made_up_task().model_copy(update={"evaluation": evaluation})


@torch.no_grad()
def plant(folder: Path) -> LanguageModel:
    """Return a model in whose last layer a task's first `HELPING` neurons tell its two targets apart."""
    build_tiny_model("llama", folder)
    model, task = load_model(folder, "tiny", LAYERS), made_up_task()
    texts = [item.prompt for item in task.selection]
    # Of the last layer: what its neurons write changes no activation, and so no rank.
    ranking = rank_neurons(mean_activations(model, texts), mean_activations(model, CONTRAST), HELPING)
    neurons = ranking.neuron_ids[LAYER].tolist()
    down, seen = model.adapter.down_projections[LAYER], []
    handle = down.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0][0, -1, neurons]))
    for item in task.evaluation:
        model.network(torch.tensor([model.encode(item.prompt)]))
    handle.remove()
    dog, sun = (model.network.get_output_embeddings().weight[model.encode(text)[0]] for text in (" dog", " sun"))
    apart = torch.tensor([STRENGTH if item.target == " dog" else -STRENGTH for item in task.evaluation])
    weights = torch.linalg.lstsq(torch.stack(seen), apart[:, None]).solution[:, 0]
    down.weight[:, neurons] = torch.outer((dog - sun) / (dog - sun).norm(), weights)
    model.network.save_pretrained(folder)
    return load_model(folder, "tiny", LAYERS)
