"""The interpretability libraries that the engine is compared with."""

from collections.abc import Sequence
from copy import deepcopy

import nnsight
from torch import Tensor
from transformer_lens.model_bridge import TransformerBridge
from transformers import PreTrainedModel

from benchmarks.methods import OneByOne
from benchmarks.workload import Workload
from sna.model.loading import LanguageModel


def twin(network: PreTrainedModel) -> PreTrainedModel:
    """Copy a network's modules, which the libraries alter, but not its weights."""
    return deepcopy(network, memo={id(weight): weight for weight in network.parameters()})


class TransformerLens(OneByOne):
    """TransformerLens' `run_with_hooks` on a padded batch."""

    name = "transformerlens"

    def __init__(self, model: LanguageModel, every: int = 1) -> None:
        super().__init__(every)
        self.bridge = TransformerBridge.boot_transformers(
            model.name, hf_model=twin(model.network), tokenizer=deepcopy(model.tokenizer), device=str(model.device)
        )

    def measure(self, layer: int, workload: Workload, neuron_ids: Sequence[int], multiplier: float) -> Tensor:
        """Multiply what enters the down projection."""

        def amplify(activations: Tensor, hook: object) -> Tensor:
            activations[..., neuron_ids] *= multiplier
            return activations

        hooks = [(f"blocks.{layer}.mlp.out.hook_in", amplify)]
        logits = self.bridge.run_with_hooks(workload.padded.tokens, return_type="logits", fwd_hooks=hooks)
        return workload.padded.probabilities(logits)


class NNsight(OneByOne):
    """nnsight's tracing on a padded batch, with all blocks below the amplified one skipped.

    The residual stream that enters the amplified block is computed once a task, and kept.
    """

    name = "nnsight"

    def __init__(self, model: LanguageModel, every: int = 1) -> None:
        super().__init__(every)
        paths = {module: path for path, module in model.network.named_modules()}
        down = [paths[module] for module in model.adapter.down_projections]
        self.traced = nnsight.NNsight(twin(model.network))
        self.projections = [self.traced.get(path) for path in down]
        # The block is what holds the module that every family calls mlp.
        self.blocks = [self.traced.get(path.partition(".mlp.")[0]) for path in down]
        self.entering: dict[tuple[int, Tensor], Tensor] = {}

    def prepare(self, layer: int, workloads: Sequence[Workload]) -> None:
        """Run the blocks below the amplified one."""
        for tokens in (workload.padded.tokens for workload in workloads):
            with self.traced.trace(tokens, use_cache=False) as tracer:
                self.entering[layer, tokens] = self.blocks[layer].input.save()
                tracer.stop()

    def measure(self, layer: int, workload: Workload, neuron_ids: Sequence[int], multiplier: float) -> Tensor:
        """Multiply what enters the down projection."""
        tokens = workload.padded.tokens
        with self.traced.trace(tokens, use_cache=False):
            for block in self.blocks[:layer]:
                block.skip(self.entering[layer, tokens])
            self.projections[layer].input[..., neuron_ids] *= multiplier
            logits = self.traced.output.logits.save()
        return workload.padded.probabilities(logits)
