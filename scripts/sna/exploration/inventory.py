"""What there is to explore: fetched models, studies with results, and which record speaks of a file's making.

Paths are relative to the project's folder, where the explorer and the workflow run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sna.errors import InputError
from sna.exploration.views import AnyView, ResultsView, TogetherView, TryView
from sna.files import sha256
from sna.inputs.config import Config, validate_config
from sna.inputs.yaml_files import read_yaml
from sna.model.loading import LanguageModel, load_model
from sna.places import RESULTS as RESULTS_FOLDER
from sna.provenance.graph import find_makers
from sna.provenance.record import find_records

CONFIG = "config.yaml"
RESULTS = Path(RESULTS_FOLDER)
CALIBRATIONS = RESULTS / "calibrations"
_MODEL_FILES = ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json")


def read_config(path: str | Path = CONFIG) -> Config:
    """Return the project's configuration.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Config

    Raises
    ------
    InputError
        If it is missing or wrong.
    """
    return validate_config(read_yaml(path), path)


@dataclass(frozen=True)
class StudyFiles:
    """Where a study keeps what a screen reads of one model.

    Attributes
    ----------
    study, model : str
        Their names in the configuration.
    """

    study: str
    model: str

    @property
    def experiments(self) -> Path:
        """The table of experiments, of all the study's models."""
        return RESULTS / self.study / "experiments.parquet"

    @property
    def baseline(self) -> Path:
        """The evaluation prompts with their baseline probabilities."""
        return RESULTS / self.study / "baseline" / f"{self.model}.parquet"

    @property
    def ranking(self) -> Path:
        """The ranking of neurons by task and layer."""
        return RESULTS / self.study / "neurons" / f"{self.model}.parquet"

    def statistics(self, name: str) -> Path:
        """Return the file of a statistic.

        Parameters
        ----------
        name : str
            Without its ending.

        Returns
        -------
        Path
        """
        return RESULTS / self.study / "statistics" / f"{name}.json"


def find_calibrations() -> list[Path]:
    """List the recommendations that `calibrate` has written.

    Returns
    -------
    list of Path
        By model and task; each lies beside its intervention and its page.
    """
    return sorted(CALIBRATIONS.glob("*/*/recommendation.json"))


def model_files(model: str) -> list[Path]:
    """Return the files of a model that its numbers come from.

    Parameters
    ----------
    model : str
        Its name in the configuration.

    Returns
    -------
    list of Path
        The weights first.
    """
    return [RESULTS / "models" / model / name for name in _MODEL_FILES]


def is_fetched(model: str) -> bool:
    """Say whether a model can be loaded without fetching anything.

    Parameters
    ----------
    model : str
        Its name in the configuration.

    Returns
    -------
    bool
    """
    return all(path.is_file() for path in model_files(model))


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


def how_to_make(path: Path, study: str | None = None) -> str:
    """Return the command that makes a file.

    Parameters
    ----------
    path : Path
    study : str, optional
        The study that the file belongs to.

    Returns
    -------
    str
    """
    return f"snakemake --cores all {path}" + (f" --config study={study}" if study else "")


def find_record(path: Path) -> Path | None:
    """Return the record of the job that made a file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Path or None
        None if there is none.
    """
    record = find_makers(find_records(RESULTS)).get(path.as_posix())
    return None if record is None else Path(record)


def sources(view: AnyView) -> list[Path]:
    """Return the files that a view's numbers come from.

    Parameters
    ----------
    view : View

    Returns
    -------
    list of Path
    """
    files = StudyFiles(view.study, view.model)
    if isinstance(view, ResultsView):
        return [files.experiments]
    ranked = [] if isinstance(view, TryView) and view.listed else [files.ranking]
    measured = [files.baseline] if isinstance(view, TogetherView) else []
    return [*model_files(view.model), *ranked, *measured]


def checksums(paths: Iterable[Path]) -> dict[str, str]:
    """Return the checksums of files.

    Parameters
    ----------
    paths : iterable of Path

    Returns
    -------
    dict of str to str
        SHA-256 by path.
    """
    return {path.as_posix(): sha256(path) for path in paths}
