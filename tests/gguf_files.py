"""Tiny models in GGUF, as llama.cpp's converter writes them, with a tokenizer of either kind."""

import json
from pathlib import Path

import gguf
from gguf import TokenType
from tiny_models import PROSE, build_tokenizer
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedModel

from sna.fetching.models.gguf_tokenizer import KNOWN_TEXT, SPACE, Vocabulary

TEXTS = [PROSE, KNOWN_TEXT, "na\u00efve caf\u00e9"]
CONTROL = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>"]
ADDED = ["\n", "\n\n", "  ", "   ", "\t", "<table>"]


def sentencepiece_vocabulary(**changes) -> Vocabulary:
    """Train a vocabulary as Gemma's is laid out: what the makers added, bytes, joint tokens in order, characters."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Split(SPACE, "merged_with_next")
    trained.train_from_iterator([text.replace(" ", SPACE) for text in TEXTS], trainers.BpeTrainer(vocab_size=300))
    pieces = sorted(trained.get_vocab(), key=trained.get_vocab().get)
    ordinary = [*(piece for piece in pieces if len(piece) > 1), *(piece for piece in pieces if len(piece) == 1)]
    tokens = {
        TokenType.CONTROL: CONTROL,
        TokenType.USER_DEFINED: ADDED,
        TokenType.BYTE: [f"<0x{byte:02X}>" for byte in range(256)],
        TokenType.NORMAL: ordinary,
    }
    scores = [-1000.0] * len(CONTROL + ADDED) + [0.0] * 256 + [-float(rank) for rank in range(len(ordinary))]
    given = {
        "kind": "llama",
        "tokens": [token for group in tokens.values() for token in group],
        "types": [int(kind) for kind, group in tokens.items() for _ in group],
        "scores": scores,
        "merges": [],
        "named": {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"},
        "before": ["<bos>"],
        "after": [],
        "space_first": False,
    }
    return Vocabulary(**(given | changes))


def add_sentencepiece(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    """Write a tokenizer of SentencePiece's kind."""
    writer.add_tokenizer_model(vocabulary.kind)
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_scores(vocabulary.scores)
    writer.add_token_types(vocabulary.types)
    writer.add_bos_token_id(vocabulary.tokens.index("<bos>"))
    writer.add_eos_token_id(vocabulary.tokens.index("<eos>"))
    writer.add_unk_token_id(vocabulary.tokens.index("<unk>"))
    writer.add_pad_token_id(vocabulary.tokens.index("<pad>"))
    writer.add_add_bos_token(bool(vocabulary.before))
    writer.add_add_space_prefix(vocabulary.space_first)


def add_byte_level(writer: gguf.GGUFWriter) -> None:
    """Write the tokenizer of the other tiny models, byte-level BPE."""
    tokenizer = json.loads(build_tokenizer().backend_tokenizer.to_str())["model"]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(sorted(tokenizer["vocab"], key=tokenizer["vocab"].get))
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["merges"]])


def write_gguf(model: PreTrainedModel, path: Path, vocabulary: Vocabulary | None = None, **more: object) -> None:
    """Write a Llama in float32, with a tokenizer of SentencePiece's kind or else byte-level BPE, and more metadata."""
    config = model.config
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    if vocabulary:
        add_sentencepiece(writer, vocabulary)
    else:
        add_byte_level(writer)
    for method, value in more.items():
        getattr(writer, method)(value)
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        for projection, count in heads.items():
            if projection in name:
                # GGUF keeps the two halves of a rotary embedding interleaved.
                tensor = tensor.unflatten(0, (count, 2, -1)).transpose(1, 2).flatten(0, 2)  # noqa: PLW2901
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), tensor.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
