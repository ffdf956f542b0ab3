"""Tokenizers of GGUF files: the one kind built from the file's own tokens and scores, and all of them checked.

A GGUF file has a tokenizer of one of two kinds. Byte-level BPE lists its merges, and transformers reads it.
SentencePiece's BPE has a score for each token instead: of all neighbours in a text, those are joined first whose joint
token scores highest [1]_. Of a Gemma's file transformers takes the scores for the log probabilities of a Unigram model,
which splits "The capital" into "The| c|ap|it|al", and leaves out the start token. So that kind is built here, as
llama.cpp reads it [2]_.

References
----------
.. [1] T. Kudo and J. Richardson, SentencePiece: A simple and language independent subword tokenizer and detokenizer for
   Neural Text Processing, EMNLP 2018.
.. [2] llama.cpp, src/llama-vocab.cpp: llm_tokenizer_spm_session and llama_vocab::impl::load.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any, Literal, cast

from gguf import GGUFReader, TokenType
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from sna.errors import InputError
from sna.fetching.foreign import reading
from sna.fetching.models.checkpoint import Checkpoint

# What SentencePiece writes for a space, and byte-level BPE.
SPACE, BYTE_SPACE = "\u2581", "\u0120"
#: Words and single spaces alone, which any tokenizer cuts at the same places before it merges.
KNOWN_TEXT = (
    "the people of the old town said that they would not go back to the house by the river until the summer had come"
    " again and all of the children were well enough to walk through the forest without help from their parents"
)
#: How many times as many tokens as the file's own that text may have, or how many times fewer.
TOLERANCE = 1.2
_PREFIX = "tokenizer.ggml."
_OTHERWISE = "give the model with its own tokenizer.json, by source: hub or path"


@dataclass(frozen=True)
class Vocabulary:
    """What a GGUF file says of its tokenizer.

    Attributes
    ----------
    kind : {"llama", "gpt2"}
        Whose way of splitting it is: "llama" stands for SentencePiece's BPE, "gpt2" for byte-level BPE.
    tokens : list of str
        In the order of their ids.
    types : list of int
        Of each token, as `gguf.TokenType` has them.
    scores : list of float
        Of each token; of the kind "llama", the highest are joined first.
    merges : list of str
        Of the kind "gpt2": two tokens with a space between, the first to be joined first.
    named : dict of str to str
        The tokens that transformers calls `bos_token`, `eos_token`, `unk_token` and `pad_token`, as far as there are.
    before, after : list of str
        The tokens that are put before and after a text.
    space_first : bool
        Whether a text is split as if a space stood before it.
    """

    kind: Literal["llama", "gpt2"]
    tokens: list[str]
    types: list[int]
    scores: list[float]
    merges: list[str]
    named: dict[str, str]
    before: list[str]
    after: list[str]
    space_first: bool


def read_vocabulary(path: Path, key: str) -> Vocabulary:
    """Read what a GGUF file says of its tokenizer.

    Parameters
    ----------
    path : Path
    key : str
        The config file and key that named the file, for messages.

    Returns
    -------
    Vocabulary

    Raises
    ------
    InputError
        If the file has no tokenizer, a damaged one, or one of another kind.
    """
    with reading(f"{key}: the tokenizer in {path.name} cannot be read"):
        fields = {name: field.contents() for name, field in GGUFReader(path).fields.items() if name.startswith(_PREFIX)}

        def given(name: str, otherwise: Any) -> Any:
            return fields.get(_PREFIX + name, otherwise)

        kind, tokens = fields[f"{_PREFIX}model"], fields[f"{_PREFIX}tokens"]
        if kind not in ("llama", "gpt2"):
            raise InputError(
                f"{key}: the tokenizer in {path.name} is of the kind {kind}, not llama or gpt2; {_OTHERWISE}"
            )
        spm = kind == "llama"
        ids = {
            "bos_token": given("bos_token_id", 1 if spm else None),
            "eos_token": given("eos_token_id", 2 if spm else None),
            "unk_token": given("unknown_token_id", 0 if spm else None),
            "pad_token": given("padding_token_id", None),
        }
        named = {name: tokens[number] for name, number in ids.items() if number is not None}
        vocabulary = Vocabulary(
            kind=kind,
            tokens=tokens,
            types=given("token_type", [TokenType.NORMAL] * len(tokens)),
            scores=fields[f"{_PREFIX}scores"] if spm else [0.0] * len(tokens),
            merges=[] if spm else fields[f"{_PREFIX}merges"],
            named=named,
            before=[named["bos_token"]] if given("add_bos_token", spm) else [],
            after=[named["eos_token"]] if given("add_eos_token", False) else [],
            space_first=given("add_space_prefix", spm),
        )
    if len({len(tokens), len(set(tokens)), len(vocabulary.types), len(vocabulary.scores)}) > 1:
        raise InputError(f"{key}: the tokenizer in {path.name} is damaged: a token twice, or without a type or score")
    return vocabulary


def read_tokenizer(checkpoint: Checkpoint) -> PreTrainedTokenizerBase:
    """Read the tokenizer of a model in GGUF.

    Parameters
    ----------
    checkpoint : Checkpoint
        With a GGUF file.

    Returns
    -------
    PreTrainedTokenizerBase
        It puts before and after a text what the file says.

    Raises
    ------
    InputError
        As `read_vocabulary` and `check_tokenizer`; or if transformers cannot read it.
    """
    vocabulary = read_vocabulary(checkpoint.folder / str(checkpoint.gguf), checkpoint.key)
    with reading(checkpoint.unreadable("the tokenizer")):
        if vocabulary.kind == "llama":
            tokenizer = build_tokenizer(vocabulary)
        else:
            # Transformers types it as if there could be none.
            tokenizer = cast(PreTrainedTokenizerFast, AutoTokenizer.from_pretrained(**checkpoint.arguments))
            if vocabulary.before or vocabulary.after:
                tokenizer.backend_tokenizer.post_processor = _around(vocabulary)
    check_tokenizer(tokenizer, vocabulary, checkpoint.key)
    return tokenizer


def build_tokenizer(vocabulary: Vocabulary) -> PreTrainedTokenizerFast:
    """Build a tokenizer of SentencePiece's kind.

    A merge of two tokens ranks by the score of their joint token, and of several that give the same token the one with
    the longest first half ranks first, as transformers has it for tokenizers that it converts. Control tokens are found
    in a text before anything else, and so are the tokens that the vocabulary's makers added, such as runs of spaces.
    What has no token is split into bytes.

    Parameters
    ----------
    vocabulary : Vocabulary
        Of the kind "llama".

    Returns
    -------
    PreTrainedTokenizerFast
    """

    def tokens_of(*types: TokenType) -> list[str]:
        return [token for token, kind in zip(vocabulary.tokens, vocabulary.types, strict=True) if kind in types]

    model = models.BPE(
        vocab={token: number for number, token in enumerate(vocabulary.tokens)},
        merges=_merges(vocabulary, set(tokens_of(TokenType.NORMAL))),
        unk_token=vocabulary.named.get("unk_token"),
        fuse_unk=True,
        byte_fallback=True,
    )
    tokenizer = Tokenizer(model)
    first = [normalizers.Prepend(SPACE)] if vocabulary.space_first else []
    tokenizer.normalizer = normalizers.Sequence([*first, normalizers.Replace(" ", SPACE)])
    last = [decoders.Strip(" ", 1, 0)] if vocabulary.space_first else []
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), *last]
    )
    control, added = tokens_of(TokenType.CONTROL, TokenType.UNKNOWN), tokens_of(TokenType.USER_DEFINED)
    # Both are found in the text as it is, where a space is still a space: so it stands in runs of spaces.
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in control])
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in added])
    tokenizer.post_processor = _around(vocabulary)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **vocabulary.named)


def check_tokenizer(tokenizer: PreTrainedTokenizerBase, vocabulary: Vocabulary, key: str) -> None:
    """Refuse a tokenizer that splits a known text into far more or fewer tokens than the file's own merges do.

    Parameters
    ----------
    tokenizer : PreTrainedTokenizerBase
        What was made of the file.
    vocabulary : Vocabulary
        What the file says.
    key : str
        The config file and key that named the file, for messages.

    Raises
    ------
    InputError
        If the numbers differ by more than the factor `TOLERANCE`.
    """
    found = len(tokenizer(KNOWN_TEXT, add_special_tokens=False)["input_ids"])
    own = len(split(KNOWN_TEXT, vocabulary))
    if not own / TOLERANCE <= found <= own * TOLERANCE:
        raise InputError(
            f"{key}: the tokenizer that was read splits a text of {len(KNOWN_TEXT.split())} words into {found} tokens,"
            f" the file's own {'scores' if vocabulary.kind == 'llama' else 'merges'} into {own}; {_OTHERWISE}"
        )


def split(text: str, vocabulary: Vocabulary) -> list[str]:
    """Split words and single spaces into tokens in the plainest way, to compare a tokenizer with.

    Parameters
    ----------
    text : str
        Consists of ASCII letters and spaces.
    vocabulary : Vocabulary

    Returns
    -------
    list of str
        What is not in the vocabulary stands there in single characters.
    """
    if vocabulary.kind == "llama":
        scores = dict(zip(vocabulary.tokens, vocabulary.scores, strict=True))
        text = f"{' ' if vocabulary.space_first else ''}{text}".replace(" ", SPACE)
        return _join(list(text), lambda left, right: -scores.get(left + right, -inf))
    ranks = {merge: rank for rank, merge in enumerate(vocabulary.merges)}
    first, *others = text.split(" ")
    words = [first, *(BYTE_SPACE + word for word in others)]
    return [token for word in words for token in _join(list(word), lambda *pair: ranks.get(" ".join(pair), inf))]


def _join(symbols: list[str], rank: Callable[[str, str], float]) -> list[str]:
    """Join the neighbours that rank first, from the left among equals, as long as any have a rank."""
    while len(symbols) > 1:
        ranks = [rank(*pair) for pair in pairwise(symbols)]
        if min(ranks) == inf:
            break
        place = ranks.index(min(ranks))
        symbols[place : place + 2] = [symbols[place] + symbols[place + 1]]
    return symbols


def _merges(vocabulary: Vocabulary, normal: set[str]) -> list[tuple[str, str]]:
    """Return all pairs of ordinary tokens that are one together, those first that are to be joined first."""
    ranked = sorted(zip(vocabulary.scores, vocabulary.tokens, strict=True), key=lambda scored: -scored[0])
    return [
        (token[:cut], token[cut:])
        for _, token in ranked
        if token in normal
        for cut in range(len(token) - 1, 0, -1)
        if token[:cut] in normal and token[cut:] in normal
    ]


def _around(vocabulary: Vocabulary) -> processors.TemplateProcessing:
    before, after = vocabulary.before, vocabulary.after
    return processors.TemplateProcessing(
        single=[*before, "$A", *after],
        pair=[*before, "$A", *after, *before, "$B", *after],
        special_tokens=[(token, vocabulary.tokens.index(token)) for token in {*before, *after}],
    )
