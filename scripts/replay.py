"""Replay a view that was exported from the explorer: `python scripts/replay.py view.yaml`, in the project's folder.

Reads the view, the project's configuration, and the model and tables that the view names; prints its numbers as JSON.
"""

import argparse
import json
import sys

import torch

from sna.errors import InputError
from sna.exploration.inventory import read_config
from sna.exploration.replaying import changed_files, replay
from sna.exploration.views import read_export
from sna.piping import pipeable


def main(path: str) -> None:
    """Print the numbers of a view; warn of files that are not those that it was made from."""
    try:
        view, made_from = read_export(path)
        for changed in changed_files(made_from):
            print(f"warning: {changed} is not what this view was made from; its numbers may differ", file=sys.stderr)
        numbers = replay(view, read_config(), threads=torch.get_num_threads())
    except InputError as error:
        sys.exit(f"error: {error}")
    print(json.dumps(numbers, indent=2, ensure_ascii=False, allow_nan=False))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("view", help="a YAML file that the explorer exported")
    given = parser.parse_args()
    with pipeable():
        main(given.view)
