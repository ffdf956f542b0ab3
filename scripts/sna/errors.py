"""The one exception that stands for something the user can put right."""


class InputError(Exception):
    """Bad input: a file, a config key, or an environment that the user can mend.

    Its message names the file and the key, says what is wrong, and what would be right. Wherever it surfaces (the
    Snakefile, a script) only the message is printed, never a traceback.
    """
