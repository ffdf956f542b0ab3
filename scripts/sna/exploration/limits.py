"""How much the explorer takes on at once, so that a screen that many may use answers soon."""

from sna.errors import InputError

#: Characters of a prompt and of a target, before they are tokens.
TEXT = 4000
TARGET = 200
#: Tokens of a prompt with its target.
PROMPT = 200
#: Tokens of a continuation.
CONTINUATION = 60
#: Configurations of a sweep: every layer of a model as large as the paper's, with the paper's 56.
CONFIGURATIONS = 2000
#: Neurons that are listed by hand.
LISTED = 500
MULTIPLIER = 100.0


def check_prompt(tokens: int) -> None:
    """Refuse a prompt and target that are too long.

    Parameters
    ----------
    tokens : int
        How many they have together.

    Raises
    ------
    InputError
        If they have more tokens than `PROMPT`.
    """
    if tokens > PROMPT:
        raise InputError(f"Prompt and target have {tokens} tokens; the explorer takes at most {PROMPT}. Shorten them.")


def check_configurations(n_layers: int, n_counts: int, n_multipliers: int) -> None:
    """Refuse a sweep that is too large.

    Parameters
    ----------
    n_layers, n_counts, n_multipliers : int
        How many layers, neuron counts and multipliers it has.

    Raises
    ------
    InputError
        If it has more configurations than `CONFIGURATIONS`.
    """
    asked = n_layers * n_counts * n_multipliers
    if asked > CONFIGURATIONS:
        most = CONFIGURATIONS // (n_counts * n_multipliers)
        raise InputError(
            f"{n_layers} layers x {n_counts} neuron counts x {n_multipliers} multipliers are {asked:,} configurations; "
            f"the explorer takes at most {CONFIGURATIONS:,}. Choose {most} layers or fewer, or run a study of your own."
        )
