"""Putting a model's files where every later stage looks for them, all or none."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sna.files import writing
from sna.places import ORIGIN


@contextmanager
def placing(folder: Path, files: Sequence[str]) -> Generator[Path]:
    """Give a folder to write a model to; its files take their places when the block ends without an error.

    Parameters
    ----------
    folder : Path
        Receives the files, origin.json last: a folder with origin.json holds a whole model.
    files : sequence of str
        Names of those that the block writes, besides origin.json.

    Yields
    ------
    Path
        A folder on the same file system, so that moving the files is a rename.

    Raises
    ------
    InputError
        If the disk is full.
    """
    with writing(folder.parent):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
            yield Path(temporary)
            (folder / ORIGIN).unlink(missing_ok=True)
            for file in (*files, ORIGIN):
                Path(temporary, file).replace(folder / file)
