"""Fetched models; in a module of its own, so that a screen that needs none does not wait for torch."""

from sna.errors import InputError
from sna.exploration.inventory import CONFIG, RESULTS, how_to_make, is_fetched, model_files
from sna.inputs.config import Config
from sna.model.loading import LanguageModel, load_model


def load_fetched(config: Config, model: str, threads: int) -> LanguageModel:
    """Return a model of the configuration.

    Parameters
    ----------
    config : Config
    model : str
        Its name.
    threads : int
        How many threads torch may use on the CPU.

    Returns
    -------
    LanguageModel

    Raises
    ------
    InputError
        If the configuration does not know it, or it has not been fetched.
    """
    if model not in config.models:
        raise InputError(f"{CONFIG}: models: there is no model {model!r}; choose from {', '.join(config.models)}")
    if not is_fetched(model):
        raise InputError(f"The model {model} has not been fetched. Fetch it: {how_to_make(model_files(model)[0])}")
    folder, layers, engine = RESULTS / "models" / model, config.models[model].layers, config.engine
    return load_model(folder, model, layers, engine.device, threads, start_token=engine.start_token)
