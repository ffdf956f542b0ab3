# %% [markdown]
# # From twelve prompts to a recommendation
#
# You have a model, and a task for which you can write twelve prompts with the right answers. Would it help to amplify
# some neurons: of which layer, how many, and how much? This notebook finds out, in less than two minutes on one core.
# It runs in the project's folder `docs/`, where the library is installed (`pip install .`) and the model is fetched:
#
#     snakemake --cores 1 results/models/smollm2-135m/model.safetensors

# %%
import matplotlib.pyplot as plt
import numpy as np

from sna.engine.grid import Grid
from sna.engine.layers import measure_amplifications
from sna.engine.reference import amplified, is_top, log_probability
from sna.engine.sweep import SweepInput, sweep_layer
from sna.experiments.aggregation import improvement
from sna.experiments.controls import draw_random
from sna.experiments.ranking import mean_activations, rank_neurons
from sna.inputs.tasks import read_contrast
from sna.model.loading import load_model
from sna.model.prompts import tokenize

model = load_model("../results/models/smollm2-135m", "smollm2-135m", n_layers=30)

# %% [markdown]
# ## Measure first
#
# What is a young animal called? The target is the text that ought to follow a prompt; the space between them belongs to
# the target. Its probability without amplification is the baseline.

# %%
young = {"dog": "puppy", "cat": "kitten", "cow": "calf", "sheep": "lamb", "horse": "foal", "goat": "kid"}
young |= {"pig": "piglet", "bear": "cub", "duck": "duckling", "goose": "gosling", "swan": "cygnet", "deer": "fawn"}
texts = [f"A young {animal} is called a" for animal in young]
targets = [f" {name}" for name in young.values()]
prompts = [tokenize(model, text, target) for text, target in zip(texts, targets, strict=True)]

baseline = measure_amplifications(model, prompts).baseline.numpy()
for text, target, probability in zip(texts, targets, baseline, strict=True):
    print(f"{text + target:40} {probability:.3f}")
print(f"{'mean':40} {baseline.mean():.3f}")

# %% [markdown]
# The paper expects gains where this mean is below 0.07, and next to none above 0.10.
#
# ## Rank the neurons
#
# A neuron belongs to the task if it responds more to the task's prompts than to ordinary prose. Prompts that chose the
# neurons and the configuration are no judges of them. So the twelve are split into two halves: what one half chooses is
# measured on the other. All twelve together choose what is recommended in the end.

# %%
first = np.arange(12) % 2 == 0
parts = [first, ~first, np.ones(12, dtype=bool)]
responses = mean_activations(model, texts)
prose = mean_activations(model, read_contrast("../tasks/contrast/prose.yaml").texts)
rankings = [rank_neurons(responses[part], prose, n_neurons=200).neuron_ids for part in parts]

# %% [markdown]
# ## Sweep
#
# Every third layer, with three numbers of neurons and three multipliers: 90 configurations of each part's neurons. The
# engine measures all configurations of a layer in one pass, exactly.

# %%
layers = range(0, 30, 3)
grid = Grid(n_neurons=[10, 50, 200], multipliers=[1.5, 2.0, 3.0])
swept = [
    sweep_layer(model, layer, [SweepInput(prompts, [ranking[layer] for ranking in rankings])], grid)[0]
    for layer in layers
]
probabilities = np.stack([result.probabilities.numpy() for result in swept])


def gains(part: int, on: int) -> np.ndarray:
    """Return the improvement in percent under each configuration (layer, neurons, multiplier) of a part's neurons."""
    return improvement(probabilities[:, part][..., parts[on]].mean(axis=-1), baseline[parts[on]].mean())


def choose(part: int) -> tuple:
    """Return the place of the configuration that a part of the prompts finds best."""
    own = gains(part, on=part)
    return np.unravel_index(own.argmax(), own.shape)


def configuration(part: int) -> tuple[int, np.ndarray, float]:
    """Return the layer, the neurons and the multiplier that a part of the prompts chooses."""
    layer, count, multiplier = choose(part)
    return layers[layer], rankings[part][layers[layer], : grid.n_neurons[count]], grid.multipliers[multiplier]


halves = [(0, 1), (1, 0)]
found = [gains(half, on=other)[choose(half)] for half, other in halves]
for half, other in halves:
    layer, neurons, multiplier = configuration(half)
    print(f"half {half + 1} chooses layer {layer}, {len(neurons)} neurons x {multiplier}: ", end="")
    print(f"{gains(half, on=half).max():+.1f} % on itself, {found[half]:+.1f} % on half {other + 1}")

# %% [markdown]
# The gain on itself is too good: it is the best of 90, on the prompts that chose it.
#
# ## Would random neurons do as well?
#
# As many others of the same layer are multiplied by as much, on the same prompts, 20 times for each half.

# %%
rng = np.random.default_rng(1)
random = []
for half, other in halves:
    layer, neurons, multiplier = configuration(half)
    draws = [draw_random(neurons, model.adapter.n_neurons, rng) for _ in range(20)]
    [result] = sweep_layer(model, layer, [SweepInput(prompts, draws)], Grid([len(neurons)], [multiplier]))
    measured = result.probabilities.numpy()[:, 0, 0, parts[other]]
    random.append(improvement(measured.mean(axis=-1), baseline[parts[other]].mean()))
as_good = sum(np.sum(draws >= own) for draws, own in zip(random, found, strict=True))
print(f"the task's neurons {np.mean(found):+.1f} %, random ones {np.mean(random):+.1f} %")
print(f"{as_good} of 40 random sets do as well")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), width_ratios=[2, 1], sharey=True, layout="constrained")
for half, other in halves:
    own, others = (gains(half, on).reshape(len(layers), -1) for on in (half, other))
    best = own.argmax(axis=1)
    colour = f"C{half}"
    left.plot(layers, own.max(axis=1), ":", color=colour, label=f"chosen by half {half + 1}, on itself")
    left.plot(layers, others[range(len(layers)), best], "o-", color=colour, label=f"the same, on half {other + 1}")
    right.plot(np.full(20, half) + rng.uniform(-0.15, 0.15, 20), random[half], "o", color="0.75")
    right.plot(half, found[half], "D", color=colour)
left.set(xlabel="layer", ylabel="gain in percent", title="Each layer's best configuration")
right.set(xticks=[0, 1], xticklabels=["on half 2", "on half 1"], xlim=(-0.5, 1.5), title="Beside random neurons (grey)")
for axes in (left, right):
    axes.axhline(0, color="0.3", linewidth=0.8)
left.legend(fontsize=8)
plt.show()

# %% [markdown]
# ## The recommendation
#
# What all twelve prompts choose, and as much gain as the halves found on each other; if it is more than random neurons
# give.

# %%
layer, neurons, multiplier = configuration(2)
print(f"layer {layer}, {len(neurons)} neurons x {multiplier}")
beaten = all(own > np.quantile(draws, 0.95) for draws, own in zip(random, found, strict=True))
print(f"expect {np.mean(found):+.1f} %" if beaten else "not recommended: random neurons do about as well")

# %% [markdown]
# Six prompts in a half are few: six others would have found other figures. This project's own tasks have 12 prompts
# that rank the neurons, at least as many others that choose the configuration, and 240 fresh ones that judge it. Of 24
# prompts or more `sna.calibration.calibrate.calibrate` gives the gain with its interval, and side effects on prose.
#
# ## Use it
#
# `amplified` multiplies neurons in every forward pass of `model.network` inside the block, and leaves the weights
# alone. The engine is held against it.

# %%
before = sum(is_top(model, prompt) for prompt in prompts)
with amplified(model, {layer: neurons}, multiplier):
    probability = np.mean([np.exp(log_probability(model, prompt)) for prompt in prompts])
    after = sum(is_top(model, prompt) for prompt in prompts)
print(f"mean probability {baseline.mean():.3f} before, {probability:.3f} after")
print(f"right answers {before} before, {after} after")
difference = abs(improvement(probability, baseline.mean()) - gains(2, on=2).max())
print(f"engine and reference differ by {difference:.0e} percentage points")
