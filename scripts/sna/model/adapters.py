"""Where each architecture keeps its parts.

An adapter takes a model apart into `sna.model.architecture`, on which everything else in the library works: no other
module knows an architecture by name. One belongs here only if a block's output is linear in its MLP's hidden layer, as
`sna.engine.packed_pass` has it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel, activations

from sna.errors import InputError
from sna.model.architecture import Activation, ArchitectureAdapter, Block, Norm, Projection

_GELU_TANH = Activation(partial(nn.functional.gelu, approximate="tanh"), ("gelu", "tanh"))
_GELU = Activation(nn.functional.gelu, ("gelu", "none"))
_SILU = Activation(nn.functional.silu, ("swish", ""))
_ACTIVATIONS = {
    activations.NewGELUActivation: _GELU_TANH,
    activations.GELUTanh: _GELU_TANH,
    activations.GELUActivation: _GELU,
    activations.SiLUActivation: _SILU,
}


def _activation(module: nn.Module) -> Activation:
    """Return an activation function; where transformers writes out one that torch has, torch's."""
    return _ACTIVATIONS.get(type(module), Activation(module))


def _layer_norm(module: nn.LayerNorm) -> Norm:
    return Norm(module.weight, module.bias, module.eps, centred=True)


def _rms_norm(module: Any) -> Norm:
    return Norm(module.weight, None, module.variance_epsilon, centred=False)


def _linear(module: nn.Linear) -> Projection:
    return Projection(module.weight, module.bias)


def _transposed(module: Any) -> Projection:
    """GPT-2's Conv1D keeps its weight as (in, out)."""
    return Projection(module.weight.T, module.bias)


def _stacked(*modules: nn.Linear) -> Projection:
    biases = tuple(module.bias for module in modules)
    bias = None if biases[0] is None else torch.cat(biases)
    return Projection(torch.cat(tuple(module.weight for module in modules)), bias)


# Transformers gives the parts of its modules no types, hence Any.


def _gpt2(network: Any) -> ArchitectureAdapter:
    body = network.transformer

    def block(module: Any) -> Block:
        width = module.attn.split_size
        weight, bias = module.attn.c_attn.weight.T, module.attn.c_attn.bias
        return Block(
            attention_norm=_layer_norm(module.ln_1),
            mlp_norm=_layer_norm(module.ln_2),
            query=Projection(weight[:width], bias[:width]),
            key_value=Projection(weight[width:], bias[width:]),
            attention_output=_transposed(module.attn.c_proj),
            head_width=module.attn.head_dim,
            scaling=module.attn.scaling,
            window=None,
            up=_transposed(module.mlp.c_fc),
            activation=_activation(module.mlp.act),
            down=_transposed(module.mlp.c_proj),
        )

    return ArchitectureAdapter(
        down_projections=[module.mlp.c_proj for module in body.h],
        blocks=[block(module) for module in body.h],
        embed=lambda tokens, positions: body.wte(tokens) + body.wpe(positions),
        rotary=None,
        final_norm=_layer_norm(body.ln_f),
        unembedding=_linear(network.get_output_embeddings()),
        n_ctx=network.config.n_positions,
    )


def _gpt_neox(network: Any) -> ArchitectureAdapter:
    body = network.gpt_neox

    def part(fused: Tensor, heads: int, which: list[int]) -> Tensor:
        """Pick queries (0), keys (1) or values (2), which are interleaved head by head."""
        by_head = fused.unflatten(0, (heads, 3, -1))
        return torch.cat([by_head[:, index].flatten(0, 1) for index in which])

    def block(module: Any) -> Block:
        attention, mlp = module.attention, module.mlp
        heads = network.config.num_attention_heads
        fused = attention.query_key_value

        def projection(which: list[int]) -> Projection:
            bias = None if fused.bias is None else part(fused.bias, heads, which)
            return Projection(part(fused.weight, heads, which), bias)

        return Block(
            attention_norm=_layer_norm(module.input_layernorm),
            mlp_norm=_layer_norm(module.post_attention_layernorm),
            query=projection([0]),
            key_value=projection([1, 2]),
            attention_output=_linear(attention.dense),
            head_width=attention.head_size,
            scaling=attention.scaling,
            window=None,
            up=_linear(mlp.dense_h_to_4h),
            activation=_activation(mlp.act),
            down=_linear(mlp.dense_4h_to_h),
            parallel=module.use_parallel_residual,
        )

    return ArchitectureAdapter(
        down_projections=[module.mlp.dense_4h_to_h for module in body.layers],
        blocks=[block(module) for module in body.layers],
        embed=lambda tokens, positions: body.embed_in(tokens),
        rotary=body.rotary_emb,
        final_norm=_layer_norm(body.final_layer_norm),
        unembedding=_linear(network.get_output_embeddings()),
        n_ctx=network.config.max_position_embeddings,
    )


def _llama(network: Any) -> ArchitectureAdapter:
    body = network.model

    def block(module: Any) -> Block:
        attention, mlp = module.self_attn, module.mlp
        return Block(
            attention_norm=_rms_norm(module.input_layernorm),
            mlp_norm=_rms_norm(module.post_attention_layernorm),
            query=_linear(attention.q_proj),
            key_value=_stacked(attention.k_proj, attention.v_proj),
            attention_output=_linear(attention.o_proj),
            head_width=attention.head_dim,
            scaling=attention.scaling,
            window=_window(network, attention),
            up=_linear(mlp.up_proj),
            gate=_linear(mlp.gate_proj),
            activation=_activation(mlp.act_fn),
            down=_linear(mlp.down_proj),
            query_norm=_rms_norm(attention.q_norm) if hasattr(attention, "q_norm") else None,
            key_norm=_rms_norm(attention.k_norm) if hasattr(attention, "k_norm") else None,
        )

    return ArchitectureAdapter(
        down_projections=[module.mlp.down_proj for module in body.layers],
        blocks=[block(module) for module in body.layers],
        embed=lambda tokens, positions: body.embed_tokens(tokens),
        rotary=body.rotary_emb,
        final_norm=_rms_norm(body.norm),
        unembedding=_linear(network.get_output_embeddings()),
        n_ctx=network.config.max_position_embeddings,
    )


def _window(network: Any, attention: Any) -> int | None:
    """Return how far back attention reaches: in qwen each layer says so, in mistral the config, in llama it is None."""
    if hasattr(attention, "sliding_window"):
        return attention.sliding_window
    return getattr(network.config, "sliding_window", None)


#: By the name that transformers has for an architecture, `model_type`.
ADAPTERS: dict[str, Callable[[PreTrainedModel], ArchitectureAdapter]] = {
    "gpt2": _gpt2,
    "gpt_neox": _gpt_neox,
    "llama": _llama,
    "mistral": _llama,
    "qwen2": _llama,
    "qwen3": _llama,
}


def check_architecture(architecture: str, where: str) -> None:
    """Refuse an architecture that has no adapter.

    Parameters
    ----------
    architecture : str
        What transformers calls it: `model_type`.
    where : str
        The file and the key that name the model, for the message.

    Raises
    ------
    InputError
        With the architectures that work.
    """
    if architecture not in ADAPTERS:
        known = ", ".join(ADAPTERS)
        raise InputError(f"{where}: architecture {architecture!r} is not supported; those that work: {known}")


#: Rotary embeddings whose angles depend on nothing but a token's position, by transformers' names.
_FIXED_ROPE = {"default", "linear", "yarn", "llama3", "proportional"}


def check_rope(config: PreTrainedConfig, where: str) -> None:
    """Refuse rotary embeddings whose factors depend on how long the text is.

    The engine runs prompts of all lengths in one pass, in which a token's angles are the same for all of them.

    Parameters
    ----------
    config : PreTrainedConfig
        The model's.
    where : str
        The file and the key that name the model, for the message.

    Raises
    ------
    InputError
        With the rope types that work.
    """
    rope = getattr(config, "rope_parameters", None) or {}
    # Of some models each kind of layer has its own.
    kinds = [rope, *(of_layers for of_layers in rope.values() if isinstance(of_layers, dict))]
    for kind in {kind.get("rope_type", "default") for kind in kinds} - _FIXED_ROPE:
        raise InputError(
            f"{where}: rope type {kind!r} is not supported: its factors depend on the length of the text; "
            f"those that work: {', '.join(sorted(_FIXED_ROPE))}"
        )


def adapt(network: PreTrainedModel) -> ArchitectureAdapter:
    """Return a model's parts.

    Parameters
    ----------
    network : PreTrainedModel
        As transformers loads it.

    Returns
    -------
    ArchitectureAdapter
        It shares the model's weights, where the model's layout allows.
    """
    return ADAPTERS[network.config.model_type](network)
