"""Which kinds of attention the library can compute, of those that a model's configuration may ask for."""

from transformers import PreTrainedConfig

from sna.errors import InputError

#: Rotary embeddings whose angles depend on nothing but a token's position, by transformers' names.
_FIXED_ROPE = {"default", "linear", "yarn", "llama3", "proportional"}


def check_attention(config: PreTrainedConfig, where: str) -> None:
    """Refuse attention by which a token's state depends on more than the tokens before it.

    The engine runs prompts of all lengths in one pass, in which those that begin alike share what they begin with. So a
    token must see none that come later, and turn by an angle that is the same in texts of all lengths.

    Parameters
    ----------
    config : PreTrainedConfig
        The model's.
    where : str
        The file and the key that name the model, for the message.

    Raises
    ------
    InputError
        If attention is bidirectional; or with the rope types that work.
    """
    if getattr(config, "use_bidirectional_attention", None):
        raise InputError(
            f"{where}: use_bidirectional_attention is not supported: a token's state would depend on those after it; "
            "false works"
        )
    rope = getattr(config, "rope_parameters", None) or {}
    # Of some models each kind of layer has its own.
    kinds = [rope, *(of_layers for of_layers in rope.values() if isinstance(of_layers, dict))]
    for kind in {kind.get("rope_type", "default") for kind in kinds} - _FIXED_ROPE:
        raise InputError(
            f"{where}: rope type {kind!r} is not supported: its factors depend on the length of the text; "
            f"those that work: {', '.join(sorted(_FIXED_ROPE))}"
        )


def attention_implementation(config: PreTrainedConfig) -> str | None:
    """Return which of transformers' attention implementations computes what a model's configuration says.

    Parameters
    ----------
    config : PreTrainedConfig
        The model's.

    Returns
    -------
    {"eager"} or None
        None for transformers' choice, which leaves out soft caps without a word.
    """
    return "eager" if getattr(config, "attn_logit_softcapping", None) else None
