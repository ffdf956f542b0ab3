"""What there is to explore: fetched models, studies with results, and which record speaks of a file's making.

Paths are relative to the project's folder, where the explorer and the workflow run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sna.errors import InputError
from sna.exploration.views import AnyView
from sna.files import sha256
from sna.inputs.config import Config, validate_config
from sna.inputs.yaml_files import read_yaml
from sna.model.loading import LanguageModel, load_model
from sna.provenance.record import find_makers, find_records

CONFIG = "config.yaml"
RESULTS = Path("results")
_MODEL_FILES = ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json")


def read_config(path: str | Path = CONFIG) -> Config:
    """Read the project's configuration.

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
        """What a test of the study found."""
        return RESULTS / self.study / "statistics" / f"{name}.json"


def model_files(model: str) -> list[Path]:
    """Return the files of a model that its numbers come from."""
    return [RESULTS / "models" / model / name for name in _MODEL_FILES]


def is_fetched(model: str) -> bool:
    """Say whether a model can be loaded without fetching anything."""
    return all(path.is_file() for path in model_files(model))


def load_fetched(config: Config, model: str, threads: int) -> LanguageModel:
    """Load a model of the configuration.

    Raises
    ------
    InputError
        If the configuration does not know it, or it has not been fetched.
    """
    if model not in config.models:
        raise InputError(f"{CONFIG}: models: there is no model {model!r}; choose from {', '.join(config.models)}")
    if not is_fetched(model):
        raise InputError(f"The model {model} has not been fetched. Fetch it: {how_to_make(model_files(model)[0])}")
    folder = RESULTS / "models" / model
    return load_model(folder, model, config.models[model].layers, config.engine.device, threads)


def how_to_make(path: Path, study: str | None = None) -> str:
    """Return the command that makes a file."""
    return f"snakemake --cores all {path}" + (f" --config study={study}" if study else "")


def find_record(path: Path) -> Path | None:
    """Return the record of the job that made a file, or None if there is none."""
    record = find_makers(find_records(RESULTS)).get(path.as_posix())
    return None if record is None else Path(record)


def sources(view: AnyView) -> list[Path]:
    """List the files that a view's numbers come from."""
    files = StudyFiles(view.study, view.model)
    if view.screen == "results":
        return [files.experiments]
    ranked = [] if view.screen == "try" and view.listed else [files.ranking]
    measured = [files.baseline] if view.screen == "together" else []
    return [*model_files(view.model), *ranked, *measured]


def checksums(paths: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of files, by path."""
    return {path.as_posix(): sha256(path) for path in paths}
