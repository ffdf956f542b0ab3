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
#: The layer, the last one, and how many of its neurons are made to help.
LAYER, HELPING = LAYERS - 1, 5


def made_up_task(evaluation: int = 24, name: str = "foxes") -> Task:
    """Return a task: after the name of a fox, which number it has, what it jumps over."""
    selection = [
        Prompt(prompt=f"The quick brown fox number {number} jumps over the", target=" dog") for number in range(12)
    ]
    return Task(
        name=name,
        category="semantics",
        description="What foxes do.",
        selection=selection,
        evaluation=[
            Prompt(prompt=f"The lazy brown fox number {number} jumps over the", target=" dog" if number % 2 else " sun")
            for number in range(100, 100 + evaluation)
        ],
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
    """Return a model in whose last layer a task's first `HELPING` neurons write what makes its targets likelier."""
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
    unembedding = model.network.get_output_embeddings().weight
    targets = [model.encode(text)[0] for text in (" dog", " sun")]
    wanted = unembedding[targets].mean(0) - unembedding.mean(0)
    down.weight[:, neurons] = torch.outer(wanted / wanted.norm(), torch.stack(seen).mean(0).sign())
    model.network.save_pretrained(folder)
    return load_model(folder, "tiny", LAYERS)
