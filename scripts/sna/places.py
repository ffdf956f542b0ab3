"""Where files are: the names of folders and files that several parts of the project look for.

Snakemake may run in another folder than the project's, which then serves several folders of studies: results lie where
it runs, and what the project ships is found from there.
"""

from pathlib import Path

#: The project's folder.
ROOT = Path(__file__).resolve().parents[2]
#: What only the project has: a folder of studies may use these names for something else.
CODE = ("Snakefile", "rules", "scripts", "envs")

#: The folder of all results, from the folder where Snakemake runs: those of each study, the models and the reviews.
RESULTS = "results"
#: The folder of the records, in that of a study, of the models or of the reviews.
RECORDS = "records"
#: What a job that fetches leaves beside its data: where they came from.
ORIGIN = "origin.json"
#: What a job that tunes a model leaves beside that: the prompts that it was tuned on.
TRAINING = "training.tsv"
#: The folder of the locks that runs hold.
LOCKS = f"{RESULTS}/.locks"


def find(name: str | Path) -> str:
    """Return the path of a file by its name in the project: where Snakemake runs if it is there, else in the project.

    Parameters
    ----------
    name : str or Path
        Such as ``tasks/addition.yaml``. An absolute path is one already.

    Returns
    -------
    str
        The name itself if it is there, or nowhere.
    """
    is_own = Path(name).exists() and Path(name).parts[0] not in CODE
    return str(ROOT / name if not is_own and (ROOT / name).exists() else name)


def name_of(path: str | Path) -> str:
    """Return the name of a file in the project, by which `find` finds it; records have it, so that both can be moved.

    Parameters
    ----------
    path : str or Path
        Of any file.

    Returns
    -------
    str
        The path itself if it is relative, or not of a file that the project ships.
    """
    if not Path(path).is_absolute() or not Path(path).is_relative_to(ROOT):
        return str(path)
    name = Path(path).relative_to(ROOT)
    return str(path) if name.parts[:1] == (RESULTS,) else name.as_posix()


def working_folder() -> Path:
    """Return the folder that a command is about: where it is started, if the workflow ran there, or the project's.

    Returns
    -------
    Path
        An absolute one.
    """
    return Path.cwd() if any(Path(RESULTS).glob(f"*/{RECORDS}")) else ROOT
