"""What there is to explore: fetched models, studies with results, and which record speaks of a file's making.

Paths are relative to the project's folder, where the explorer and the workflow run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sna.exploration.views import AnyView, ResultsView, TogetherView, TryView
from sna.files import sha256
from sna.inputs.config import Config, validate_config
from sna.inputs.yaml_files import read_yaml
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
    def prompts(self) -> Path:
        """The same, prompt by prompt."""
        return RESULTS / self.study / "prompts.parquet"

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


def read_makers(results: Path) -> dict[Path, Path]:
    """Return which record speaks of each file's making.

    Parameters
    ----------
    results : Path
        The folder of all results.

    Returns
    -------
    dict of Path to Path
        The record by the file.
    """
    return {Path(path): Path(record) for path, record in find_makers(find_records(results)).items()}


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
        return [files.experiments, *filter(Path.is_file, [files.prompts])]
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
