"""Where each architecture keeps its parts.

An adapter takes a model apart into `sna.model.architecture`, on which everything else in the library works: no other
module knows an architecture by name. One belongs here only if between its MLP's hidden layer and the residual stream
there is nothing but a projection and, at most, a norm, as `sna.engine.packed_pass` has it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, activations

from sna.errors import InputError
from sna.model.architecture import Activation, ArchitectureAdapter, Block, Norm, Projection, Rotary
from sna.model.widening import stored_weight, wide

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
    return Norm(wide(module.weight), None if module.bias is None else wide(module.bias), module.eps, centred=True)


def _rms_norm(module: Any) -> Norm:
    return Norm(wide(module.weight), None, module.variance_epsilon, centred=False)


def _offset_rms_norm(module: Any) -> Norm:
    """Gemma keeps by how much a weight differs from 1."""
    return Norm(1 + wide(module.weight), None, module.eps, centred=False)


def _linear(module: nn.Linear) -> Projection:
    return Projection(stored_weight(module), module.bias)


def _transposed(module: Any) -> Projection:
    """GPT-2's Conv1D keeps its weight as (in, out)."""
    return Projection(stored_weight(module).T, module.bias)


def _stacked(*modules: nn.Linear) -> Projection:
    biases = tuple(module.bias for module in modules)
    bias = None if biases[0] is None else torch.cat(biases)
    return Projection(torch.cat(tuple(stored_weight(module) for module in modules)), bias)


# Transformers gives the parts of its modules no types, hence Any.


def _gpt2(network: Any) -> ArchitectureAdapter:
    body = network.transformer

    def block(module: Any) -> Block:
        width = module.attn.split_size
        fused = _transposed(module.attn.c_attn)
        return Block(
            attention_norm=_layer_norm(module.ln_1),
            mlp_norm=_layer_norm(module.ln_2),
            query=fused.part(slice(width)),
            key_value=fused.part(slice(width, None)),
            attention_output=_transposed(module.attn.c_proj),
            head_width=module.attn.head_dim,
            scaling=module.attn.scaling,
            window=None,
            rotary=None,
            up=_transposed(module.mlp.c_fc),
            activation=_activation(module.mlp.act),
            down=_transposed(module.mlp.c_proj),
        )

    return ArchitectureAdapter(
        down_projections=[module.mlp.c_proj for module in body.h],
        blocks=[block(module) for module in body.h],
        embed=lambda tokens, positions: body.wte(tokens) + body.wpe(positions),
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
            return Projection(part(stored_weight(fused), heads, which), bias)

        return Block(
            attention_norm=_layer_norm(module.input_layernorm),
            mlp_norm=_layer_norm(module.post_attention_layernorm),
            query=projection([0]),
            key_value=projection([1, 2]),
            attention_output=_linear(attention.dense),
            head_width=attention.head_size,
            scaling=attention.scaling,
            window=None,
            rotary=body.rotary_emb,
            up=_linear(mlp.dense_h_to_4h),
            activation=_activation(mlp.act),
            down=_linear(mlp.dense_4h_to_h),
            parallel=module.use_parallel_residual,
        )

    return ArchitectureAdapter(
        down_projections=[module.mlp.dense_4h_to_h for module in body.layers],
        blocks=[block(module) for module in body.layers],
        embed=lambda tokens, positions: body.embed_in(tokens),
        final_norm=_layer_norm(body.final_layer_norm),
        unembedding=_linear(network.get_output_embeddings()),
        n_ctx=network.config.max_position_embeddings,
    )


# What the families that are laid out like Llama differ in: where their norms are, what they fuse, what their MLPs have.


def _norms_before(module: Any, norm: Callable[[Any], Norm]) -> dict[str, Any]:
    return {"attention_norm": norm(module.input_layernorm), "mlp_norm": norm(module.post_attention_layernorm)}


def _norms_after(module: Any, norm: Callable[[Any], Norm]) -> dict[str, Any]:
    return {
        "attention_norm": None,
        "mlp_norm": None,
        "attention_output_norm": norm(module.post_attention_layernorm),
        "mlp_output_norm": norm(module.post_feedforward_layernorm),
    }


def _norms_around(module: Any, norm: Callable[[Any], Norm]) -> dict[str, Any]:
    return _norms_after(module, norm) | {
        "attention_norm": norm(module.input_layernorm),
        "mlp_norm": norm(module.pre_feedforward_layernorm),
    }


def _separate(attention: Any) -> dict[str, Any]:
    return {"query": _linear(attention.q_proj), "key_value": _stacked(attention.k_proj, attention.v_proj)}


def _fused(attention: Any) -> dict[str, Any]:
    fused = _linear(attention.qkv_proj)
    width = attention.o_proj.in_features
    return {"query": fused.part(slice(width)), "key_value": fused.part(slice(width, None))}


def _gated(mlp: Any) -> dict[str, Any]:
    return {"gate": _linear(mlp.gate_proj), "up": _linear(mlp.up_proj), "activation": _activation(mlp.act_fn)}


def _gated_fused(mlp: Any) -> dict[str, Any]:
    fused = _linear(mlp.gate_up_proj)
    width = mlp.down_proj.in_features
    return {
        "gate": fused.part(slice(width)),
        "up": fused.part(slice(width, None)),
        "activation": _activation(mlp.activation_fn),
    }


def _plain(mlp: Any) -> dict[str, Any]:
    return {"up": _linear(mlp.c_fc), "activation": _activation(mlp.act)}


def _llama(
    network: Any,
    *,
    norm: Callable[[Any], Norm] = _rms_norm,
    norms: Callable[[Any, Callable[[Any], Norm]], dict[str, Any]] = _norms_before,
    projections: Callable[[Any], dict[str, Any]] = _separate,
    mlp: Callable[[Any], dict[str, Any]] = _gated,
    down: str = "down_proj",
    capped: bool = False,
) -> ArchitectureAdapter:
    """Return the parts of Llama, or of a family that is laid out like it.

    Parameters
    ----------
    network : PreTrainedModel
    norm, norms : callable
        What a norm is, and where a block has norms.
    projections, mlp : callable
        What attention reads, and the MLP but for its last projection.
    down : str
        What that is called.
    capped : bool
        Whether attention is soft-capped if the configuration says by what; transformers has families that ignore it.

    Returns
    -------
    ArchitectureAdapter
    """
    body, config = network.model, network.config

    def block(module: Any, rotary: Rotary) -> Block:
        attention = module.self_attn
        return Block(
            **norms(module, norm),
            **projections(attention),
            **mlp(module.mlp),
            attention_output=_linear(attention.o_proj),
            head_width=attention.head_dim,
            scaling=attention.scaling,
            attention_cap=config.attn_logit_softcapping if capped else None,
            window=_window(network, attention),
            rotary=rotary,
            down=_linear(getattr(module.mlp, down)),
            query_norm=norm(attention.q_norm) if hasattr(attention, "q_norm") else None,
            key_norm=norm(attention.k_norm) if hasattr(attention, "k_norm") else None,
        )

    return ArchitectureAdapter(
        down_projections=[getattr(module.mlp, down) for module in body.layers],
        blocks=[block(*parts) for parts in zip(body.layers, _rotaries(network), strict=True)],
        embed=lambda tokens, positions: body.embed_tokens(tokens),
        final_norm=norm(body.norm),
        unembedding=_linear(network.get_output_embeddings()),
        n_ctx=config.max_position_embeddings,
        logit_cap=getattr(config, "final_logit_softcapping", None),
    )


def _rotaries(network: Any) -> list[Rotary]:
    """Return how each block turns queries and keys; in some families that depends on the kind of its attention."""
    rotary, config = network.model.rotary_emb, network.config
    if not hasattr(rotary, "layer_types"):
        return [rotary] * config.num_hidden_layers
    of_kinds = {kind: partial(rotary, layer_type=kind) for kind in rotary.layer_types}
    return [of_kinds[kind] for kind in config.layer_types]


def _window(network: Any, attention: Any) -> int | None:
    """Return how far back attention reaches: where layers differ each says so, else the config, if it is bounded."""
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
    "gemma": partial(_llama, norm=_offset_rms_norm),
    "gemma2": partial(_llama, norm=_offset_rms_norm, norms=_norms_around, capped=True),
    "gemma3_text": partial(_llama, norm=_offset_rms_norm, norms=_norms_around),
    "olmo2": partial(_llama, norms=_norms_after),
    "olmo3": partial(_llama, norms=_norms_after),
    "phi3": partial(_llama, projections=_fused, mlp=_gated_fused),
    "starcoder2": partial(_llama, norm=_layer_norm, mlp=_plain, down="c_proj"),
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
