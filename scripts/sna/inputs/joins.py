"""Where a prompt and its target meet: whether the space between them seems to be missing, or wrong.

A target that is written without its space is another text, with another probability: after "The capital of France is" a
model expects " Paris", and hardly ever "Paris". YAML drops the space of a target that is not quoted.
"""

import unicodedata

# Of languages that put no spaces between words, as Unicode names their characters. Korean is not among them.
_WITHOUT_SPACES = (
    "BOPOMOFO", "CJK", "FULLWIDTH", "HALFWIDTH", "HIRAGANA", "IDEOGRAPHIC", "KATAKANA", "KHMER", "LAO", "MYANMAR",
    "THAI", "TIBETAN",
)  # fmt: skip
_OPENING = {"Ps", "Pi", "Sc"}
_OPENING_MARKS = "¿¡@#\\"
_QUOTES = "\"'`"
_OPERATORS = "-*/&^%|"
_SPACES = {"", " ", "\t", "\N{IDEOGRAPHIC SPACE}"}
_NAMES = {" ": "a space", "\t": "a tab", "\n": "a line break"}


def doubtful_join(prompt: str, target: str) -> str:
    """Say why the text between a prompt and its target is probably not what was meant.

    Parameters
    ----------
    prompt, target : str
        Neither is empty.

    Returns
    -------
    str
        Empty if nothing is wrong with it.
    """
    before = prompt[len(prompt.rstrip()) :]
    after = target[: len(target) - len(target.lstrip())]
    end = target[len(target.rstrip()) :]
    if not prompt.strip() or not target.strip():
        return ""
    one_line = "\n" not in before + after
    doubts = {
        f"the target ends with {_described(end)}, whose probability counts too": end,
        "the prompt ends with a line break, and the target begins with a space: is one of them too much?": (
            "\n" in before and after == " "
        ),
        f"the prompt ends with {_described(before)}: move the space between them to the target": one_line and before,
        f"the target begins with {_described(after)} instead of one space": one_line and after not in _SPACES,
        f"{prompt[-1]!r} and {target[0]!r} meet without a space: is the target's leading space missing?": (
            not before + after and _begins_word(target) and _wants_space(prompt)
        ),
    }
    return next((doubt for doubt, found in doubts.items() if found), "")


def _described(spaces: str) -> str:
    if len(spaces) != 1:
        return f"{len(spaces)} characters of white space"
    return _NAMES.get(spaces, f"the space U+{ord(spaces):04X}")


def _without_spaces(char: str) -> bool:
    return unicodedata.name(char, "").startswith(_WITHOUT_SPACES)


def _begins_word(target: str) -> bool:
    first = target[0]
    return (first.isalnum() or first == "_" or unicodedata.category(first) == "Sc") and not _without_spaces(first)


def _wants_space(prompt: str) -> bool:
    """Say whether a word after a text has a space before it: not after an opening bracket, nor in x=1, but in x = 1."""
    last = prompt[-1]
    if unicodedata.category(last) in _OPENING or last in _OPENING_MARKS or _without_spaces(last):
        return False
    if last in _QUOTES:
        # It opens where it does not follow a word.
        earlier = prompt[:-1]
        return bool(earlier) and not earlier[-1].isspace() and unicodedata.category(earlier[-1]) not in _OPENING
    rest = prompt
    while rest and _is_operator(rest[-1]):
        rest = rest[:-1]
    return rest == prompt or rest[-1:].isspace()


def _is_operator(char: str) -> bool:
    return char in _OPERATORS or unicodedata.category(char) in ("Sm", "Pd")
