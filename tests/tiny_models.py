"""Tiny random models of every family, built on the spot, in the layout that save_pretrained leaves."""

from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma3TextConfig,
    GemmaConfig,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
    Olmo2Config,
    Olmo3Config,
    Phi3Config,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
    Starcoder2Config,
)

from sna.model.adapters import ADAPTERS

LAYERS = 4
WIDTH = 512
CONTEXT = 128
PROSE = "The quick brown fox jumps over the lazy dog, and then it sleeps in the warm sun until the evening comes."

_shape = {
    "hidden_size": 32,
    "intermediate_size": WIDTH,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "max_position_embeddings": CONTEXT,
    # Larger than usual, so that a random model's probabilities differ from one another.
    "initializer_range": 0.2,
    # Of these, models guess at ids of their own unless told.
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": None,
}
_grouped = _shape | {"num_key_value_heads": 2}
_headed = _grouped | {"head_dim": 8}
_mixed = {"layer_types": ["sliding_attention", "full_attention"] * (LAYERS // 2), "sliding_window": 6}
_ropes = {
    "sliding_attention": {"rope_type": "default", "rope_theta": 100.0},
    "full_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4},
}
_caps = {"attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0}
_partial = {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5}
_configs = {
    "gpt2": lambda **kwargs: GPT2Config(
        **(
            {
                "n_embd": 32,
                "n_inner": WIDTH,
                "n_layer": LAYERS,
                "n_head": 4,
                "n_positions": CONTEXT,
                "initializer_range": 0.2,
                "bos_token_id": None,
                "eos_token_id": None,
            }
            | kwargs
        )
    ),
    "gpt_neox": lambda **kwargs: GPTNeoXConfig(**(_shape | kwargs)),
    "llama": lambda **kwargs: LlamaConfig(**(_grouped | kwargs)),
    "mistral": lambda **kwargs: MistralConfig(**(_headed | {"sliding_window": 6} | kwargs)),
    "qwen2": lambda **kwargs: Qwen2Config(**(_grouped | kwargs)),
    "qwen3": lambda **kwargs: Qwen3Config(**(_headed | kwargs)),
    # With every option that changes what they compute.
    "gemma": lambda **kwargs: GemmaConfig(**(_headed | {"attention_bias": True} | kwargs)),
    "gemma2": lambda **kwargs: Gemma2Config(
        **(_headed | _mixed | {"attention_bias": True, "query_pre_attn_scalar": 5} | _caps | kwargs)
    ),
    "gemma3_text": lambda **kwargs: Gemma3TextConfig(
        **(_headed | _mixed | {"attention_bias": True, "query_pre_attn_scalar": 5, "rope_parameters": _ropes} | kwargs)
    ),
    "olmo2": lambda **kwargs: Olmo2Config(**(_grouped | {"attention_bias": True} | kwargs)),
    "olmo3": lambda **kwargs: Olmo3Config(**(_grouped | _mixed | {"rope_parameters": _ropes} | kwargs)),
    "phi3": lambda **kwargs: Phi3Config(**(_grouped | {"sliding_window": 6, "rope_parameters": _partial} | kwargs)),
    "starcoder2": lambda **kwargs: Starcoder2Config(**(_grouped | {"sliding_window": 6} | kwargs)),
}
assert set(_configs) == set(ADAPTERS)


def build_tokenizer(texts: Iterable[str] = (PROSE,), vocabulary: int = 320) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE tokenizer, which can split any text, by default on one sentence."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    # Transformers adds this token to a qwen2 tokenizer that has none, which the model would have no embedding for.
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, initial_alphabet=alphabet, special_tokens=["<|endoftext|>"])
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def build_tiny_config(family: str, vocabulary: int, **overrides) -> PreTrainedConfig:
    """Return the configuration of a small model of a family."""
    return _configs[family](vocab_size=vocabulary, **overrides)


def build_tiny_model(family: str, folder: Path, seed: int = 0, **overrides) -> Path:
    """Save a random model of a family, with its tokenizer, and return its folder.

    Every parameter is random, biases and norms too, so that an adapter that forgets one is found out.
    """
    tokenizer = build_tokenizer()
    config = build_tiny_config(family, len(tokenizer), **overrides)
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.2)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
